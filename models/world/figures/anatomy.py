"""What a figure offers to things that are worn or carried, and the parts that many figures share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from models.world.figures.palette import INK, IVORY, Colour, Palette, brightness
from models.world.figures.rig import Rig, Weights
from models.world.figures.traits import Traits


@dataclass(frozen=True)
class Anchor:
    """A place on a figure: a joint, an offset in its frame, the size of what goes there, in standing heights."""

    joint: str
    x: float = 0.0
    y: float = 0.0
    size: float = 0.1
    z: float = 0.0


@dataclass(frozen=True)
class Anatomy:
    """A figure that is not dressed yet.

    Attributes:
        rig: its joints and strokes so far.
        top: where a hat or crown sits; ``size`` is half the width of the head there.
        eyes: the middle between the eyes; ``size`` is the distance from there to each eye's far edge.
        neck: where a scarf or bow goes; ``size`` is the neck's radius.
        back: where a cape or backpack hangs; ``size`` is the length of the back.
        hold: the hand, mouth or claw; ``size`` is the scale of what it can hold.
        upright: whether the back is upright (a cape hangs down) or level (a cape lies along it).
        hang: whether a held thing hangs below its anchor (else it stands on or is gripped at it).
    """

    rig: Rig
    top: Anchor
    eyes: Anchor
    neck: Anchor
    back: Anchor
    hold: Anchor
    upright: bool = True
    hang: bool = True


@dataclass(frozen=True)
class Look:
    """Who is being drawn: the palette and traits, passed to every body; ``ridden`` makes room for a rider."""

    subject: str
    colours: Palette
    traits: Traits
    leg: float
    ridden: bool = False


FACING: Weights = {"one": 1.0, "head_sin": 4.5}
"""Opacity of what is on the front of a head: gone when the head is turned away from the viewer."""

FLAT: dict[str, Any] = {"shade": 0.0, "line": 0.0}
"""The look of a mark: no shading, no outline."""

ON_FACE: dict[str, Any] = {"on": "head", "alpha": FACING, **FLAT}
"""The look of a mark on the front of a head."""


def draw_eyes(
    rig: Rig,
    on: str,
    x: float,
    y: float,
    z: float,
    size: float,
    *,
    ball: float = 0.0,
    colour: Colour = INK,
    glint: bool = True,
    glow: float = 0.0,
    coat: Colour = IVORY,
) -> None:
    """Two eyes at (x, y, ±z): tall dark ellipses with a glint that close by ``blink``.

    ``ball`` adds a white of that many eye sizes; a dark ``coat`` gets a pale iris, or its eyes would not be seen.
    """
    dark = brightness(coat) < 0.25
    iris: Colour = (0.93, 0.82, 0.38) if dark else IVORY
    ball = ball or (1.5 if dark else 0.0)
    for side in (-1.0, 1.0):
        at = (x, y, side * z)
        if ball:
            rig.ellipse(
                at,
                ball * size,
                ball * size * 1.05,
                iris,
                on=on,
                alpha=FACING,
                shade=0.0,
                line=0.3,
                grow={"blink": -0.95 * ball * size},
            )
        rig.ellipse(
            at, size * 0.82, size * 1.12, colour, on=on, alpha=FACING, **FLAT, grow={"blink": -1.0 * size}, glow=glow
        )
        if glint:
            rig.circle(
                (x + 0.32 * size, y + 0.42 * size, side * z),
                0.30 * size,
                (1.0, 1.0, 1.0),
                on=on,
                **FLAT,
                alpha={**FACING, "blink": -6.0},
            )


def draw_smile(
    rig: Rig, on: str, x: float, y: float, z: float, size: float, colour: Colour, *, middle: float = 0.0
) -> None:
    """A smile of half-width ``size`` around (x, y), ``z`` the depth of its corners and ``middle`` that of its dip."""
    for side in (-1.0, 1.0):
        rig.capsule(
            (x, y, middle),
            (x - 0.10 * size, y + 0.42 * size, side * z),
            size * 0.15,
            size * 0.11,
            colour,
            on=on,
            alpha=FACING,
            **FLAT,
            shift={"mouth": (0, -0.006)},
        )


def draw_cheeks(rig: Rig, on: str, x: float, y: float, z: float, size: float, colour: Colour) -> None:
    """A soft blush at (x, y, ±z)."""
    alpha = {"one": -0.1, "head_sin": 0.65}
    for side in (-1.0, 1.0):
        rig.circle((x, y, side * z), size, colour, on=on, alpha=alpha, **FLAT, soft=size * 0.4)
