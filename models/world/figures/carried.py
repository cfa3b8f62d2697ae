"""What is carried: it hangs, stands or is gripped where the body holds it."""

from __future__ import annotations

from typing import Any

from models.world.figures.anatomy import Anatomy
from models.world.figures.palette import IVORY, Colour, mix
from models.world.figures.rig import Rig, Spot

_WOOD: Colour = (0.55, 0.37, 0.22)


def hold(body: Anatomy, thing: str, drive: str, share: float) -> None:
    """A carried thing that is there as far as channel ``drive`` says; ``share`` is its scale in standing heights."""
    rig, a = body.rig, body.hold
    joint, spot = a.joint, (a.x, a.y, a.z)
    if rig.has_joint(joint):
        joint, spot = rig.joint(f"held.{drive}", joint, spot), (0.0, 0.0, 0.0)
    _HOLD[thing](_Held(rig, joint, spot, drive, share * a.size, body.hang))


class _Held:
    """Draws the parts of a held thing: everything scales and fades in with its channel."""

    def __init__(self, rig: Rig, joint: str, spot: Spot, drive: str, scale: float, hang: bool) -> None:
        self.rig, self.joint, self.spot, self.drive, self.s, self.hang = rig, joint, spot, drive, scale, hang

    def _at(self, spot: tuple[float, float]) -> int:
        return self.rig.point(self.joint, self.spot, {self.drive: (spot[0] * self.s, spot[1] * self.s)}, level=True)

    def _look(self, rest: dict[str, float]) -> dict[str, Any]:
        return {**rest, "alpha": {self.drive: rest.get("alpha", 1.0)}}

    def capsule(
        self, a: tuple[float, float], b: tuple[float, float], ra: float, rb: float, tint: Colour, **rest: float
    ) -> None:
        widths = ({self.drive: ra * self.s}, {self.drive: rb * self.s})
        self.rig.capsule_of(self._at(a), self._at(b), widths[0], widths[1], tint, **self._look(rest))

    def circle(self, c: tuple[float, float], r: float, tint: Colour, **rest: float) -> None:
        self.capsule(c, c, r, r, tint, **rest)

    def polygon(self, corners: list[tuple[float, float]], tint: Colour, rounding: float, **rest: float) -> None:
        points = [self._at(p) for p in corners]
        self.rig.polygon_of(points, tint, {self.drive: rounding * self.s}, **self._look(rest))


def _held_lantern(h: _Held) -> None:
    y = -0.30 if h.hang else 0.28
    h.circle((0, y), 0.36, (1.0, 0.86, 0.45), glow=1.0, shade=0.0, line=0.0, soft=0.16, alpha=0.30)
    h.capsule((0, y + 0.30), (0, y + 0.16), 0.02, 0.02, (0.30, 0.25, 0.22))
    h.polygon(
        [(-0.13, y - 0.18), (0.13, y - 0.18), (0.11, y + 0.12), (-0.11, y + 0.12)],
        (1.0, 0.84, 0.36),
        0.03,
        glow=0.9,
        shade=0.1,
    )
    h.capsule((-0.14, y + 0.15), (0.14, y + 0.15), 0.045, 0.045, (0.36, 0.28, 0.22))
    h.capsule((-0.15, y - 0.21), (0.15, y - 0.21), 0.045, 0.045, (0.36, 0.28, 0.22))


def _held_ball(h: _Held) -> None:
    y = -0.16 if h.hang else 0.20
    h.circle((0, y), 0.23, (0.90, 0.25, 0.22), shade=0.6)
    h.capsule((-0.17, y), (0.17, y), 0.06, 0.06, IVORY, shade=0.0, line=0.0)


def _held_balloon(h: _Held) -> None:
    h.capsule((0, 0), (-0.10, 1.22), 0.016, 0.016, (0.45, 0.40, 0.42), shade=0.0, line=0.2)
    h.polygon([(-0.16, 1.18), (-0.04, 1.18), (-0.10, 1.28)], (0.86, 0.22, 0.32), 0.01)
    h.capsule((-0.10, 1.50), (-0.10, 1.57), 0.25, 0.29, (0.92, 0.26, 0.36), shade=0.6)
    h.capsule((-0.21, 1.64), (-0.17, 1.71), 0.04, 0.035, (1.0, 0.85, 0.88), shade=0.0, line=0.0)


def _held_flower(h: _Held) -> None:
    h.capsule((0, -0.12), (0.06, 0.34), 0.022, 0.020, (0.25, 0.55, 0.25), line=0.4)
    h.capsule((0.02, 0.08), (0.14, 0.14), 0.03, 0.05, (0.30, 0.62, 0.28), line=0.4)
    for x, y in ((0.0, 0.13), (0.125, 0.04), (0.08, -0.11), (-0.08, -0.11), (-0.125, 0.04)):
        h.circle((0.06 + x, 0.40 + y), 0.085, (0.97, 0.55, 0.70), shade=0.1, line=0.4)
    h.circle((0.06, 0.40), 0.075, (0.99, 0.82, 0.25), shade=0.1, line=0.0)


def _held_box(h: _Held) -> None:
    y = -0.14 if h.hang else 0.19
    h.polygon(
        [(-0.20, y - 0.17), (0.20, y - 0.17), (0.20, y + 0.15), (-0.20, y + 0.15)], (0.78, 0.58, 0.34), 0.025, shade=0.4
    )
    h.capsule((0, y - 0.17), (0, y + 0.15), 0.035, 0.035, (0.85, 0.25, 0.28), shade=0.0, line=0.0)
    h.capsule((-0.21, y + 0.06), (0.21, y + 0.06), 0.022, 0.022, (0.62, 0.44, 0.25), shade=0.0, line=0.0)


def _held_umbrella(h: _Held) -> None:
    h.capsule((0.04, -0.26), (-0.22, 1.22), 0.028, 0.028, _WOOD, line=0.3)
    tint = (0.28, 0.52, 0.80)
    h.polygon(
        [(-1.06, 1.06), (0.66, 1.22), (0.46, 1.52), (0.06, 1.72), (-0.46, 1.67), (-0.88, 1.39)], tint, 0.04, shade=0.5
    )
    h.polygon(
        [(-0.50, 1.13), (0.08, 1.185), (0.0, 1.66), (-0.36, 1.64)], mix(tint, IVORY, 0.65), 0.03, shade=0.2, line=0.0
    )
    h.capsule((-0.21, 1.70), (-0.23, 1.82), 0.03, 0.015, _WOOD, line=0.3)


def _held_book(h: _Held) -> None:
    y = -0.06 if h.hang else 0.20
    h.polygon([(-0.27, y - 0.17), (0.27, y - 0.17), (0.27, y + 0.17), (-0.27, y + 0.17)], (0.55, 0.20, 0.30), 0.025)
    h.polygon(
        [(-0.23, y - 0.14), (-0.012, y - 0.15), (-0.012, y + 0.16), (-0.23, y + 0.17)],
        IVORY,
        0.012,
        shade=0.0,
        line=0.2,
    )
    h.polygon(
        [(0.23, y - 0.14), (0.012, y - 0.15), (0.012, y + 0.16), (0.23, y + 0.17)], IVORY, 0.012, shade=0.0, line=0.2
    )


_HOLD = {
    "lantern": _held_lantern,
    "ball": _held_ball,
    "balloon": _held_balloon,
    "flower": _held_flower,
    "box": _held_box,
    "umbrella": _held_umbrella,
    "book": _held_book,
}
