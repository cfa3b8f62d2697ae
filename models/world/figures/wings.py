"""Wings that fold and beat."""

from __future__ import annotations

from models.world.figures.palette import Colour
from models.world.figures.rig import Rig

BEAK: Colour = (0.96, 0.62, 0.16)


def add_wing(
    rig: Rig,
    on: str,
    root: tuple[float, float, float],
    side: int,
    inner: float,
    outer: float,
    chord: float,
    colour: Colour,
    tip: Colour,
    folded: tuple[float, float],
) -> None:
    """A wing of two parts that folds to ``folded`` along the body and beats up and out when open.

    The front edge runs root, wrist, tip; the rear edge trails behind it by ``chord``. Beats turn about the body's
    long axis, so elevation moves the wing up and its cosine moves it towards or away from the viewer.
    """
    fx, fy = folded

    def edge(
        reach: float, beyond: float, back: float, at: tuple[float, float]
    ) -> dict[str, tuple[float, float, float]]:
        x, y = at
        return {
            "wing_open": (-x - back, -y, 0.0),
            "up": (-0.10 * reach, reach, 0.0),
            "out": (-0.05 * reach, 0.15 * reach, side * reach * 0.75),
            "tip_up": (-0.25 * beyond, beyond, 0.0),
            "tip_out": (-0.15 * beyond, 0.12 * beyond, side * beyond * 0.75),
        }

    def corner(at: tuple[float, float], reach: float, beyond: float, back: float) -> int:
        return rig.point(on, (root[0] + at[0], root[1] + at[1], root[2]), edge(reach, beyond, back, at))

    key = f"{on}.wing"
    shoulder, rear = (0.02, 0.02), (fx * 0.30, fy * 0.45 - chord * 0.30)
    wrist, wrist_rear = (fx * 0.55 + 0.02, fy * 0.55 + chord * 0.25), (fx * 0.62, fy * 0.62 - chord * 0.30)
    end = (fx, fy)
    quill = [
        corner(wrist, inner, 0, -0.03),
        corner(end, inner, outer, 0.04),
        corner(end, inner, outer * 0.82, chord * 0.85),
        corner(wrist_rear, inner, 0, chord * 1.05),
    ]
    rig.polygon_of(quill, tip, 0.022, key=f"{key}.tip", side=side, shade=0.2)
    arm = [
        corner(shoulder, 0, 0, -0.05),
        corner(wrist, inner, 0, -0.03),
        corner(wrist_rear, inner, 0, chord * 1.05),
        corner(rear, 0, 0, chord * 0.95),
    ]
    rig.polygon_of(arm, colour, 0.030, key=f"{key}.arm", side=side, shade=0.25)
