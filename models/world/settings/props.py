"""Things that stand in a landscape, each drawn from a place, a size and its own randomness."""

from __future__ import annotations

import math
import random

from models.world.light import mix
from models.world.settings.sketch import FLAT, GLOW, Pair, Sketch
from models.world.vocabulary import RGB

LAMP: RGB = (1.0, 0.83, 0.45)
"""The warm light of windows, lamps and lanterns."""


def paler(colour: RGB, t: float) -> RGB:
    """Towards a warm white."""
    return mix(colour, (1.0, 0.98, 0.90), t)


def darker(colour: RGB, t: float) -> RGB:
    """Towards a deep blue."""
    return mix(colour, (0.07, 0.09, 0.17), t)


def cloud(
    sk: Sketch, x: float, y: float, w: float, top: RGB, base: RGB, chance: random.Random, alpha: float = 1.0
) -> None:
    """A heap of soft discs with a flat underside; colours glow, because the sky's colours are already lit."""
    count = 6
    look = {"glow": 1.0, "shade": 0.0, "line": 0.0, "alpha": alpha}
    heights = [0.10, 0.19, 0.28, 0.25, 0.17, 0.09]
    sk.ellipse((x, y + 0.01 * w), 0.52 * w, 0.055 * w, base, soft=0.03 * w, **look)
    bumps = []
    for i in range(count):
        bx = x + (i / (count - 1) - 0.5) * 0.78 * w + chance.uniform(-0.03, 0.03) * w
        r = heights[i] * w * chance.uniform(0.75, 1.05)
        bumps.append((bx, y + 0.55 * r, r))
    for bx, by, r in bumps:
        sk.ellipse((bx, by), 1.05 * r, 0.82 * r, base, soft=0.012 * w, **look)
    for n, (bx, by, r) in enumerate(bumps):
        tone = mix(top, base, 0.10 * (n % 3))
        sk.ellipse((bx - 0.07 * r, by + 0.15 * r), 0.96 * r, 0.70 * r, tone, soft=0.016 * w, **look)
        sk.ellipse((bx + 0.10 * r, by - 0.34 * r), 0.86 * r, 0.40 * r, base, soft=0.06 * w, **GLOW, alpha=0.5 * alpha)


def house(
    sk: Sketch, x: float, y: float, w: float, chance: random.Random, wall: RGB, roof: RGB, lit: float, snow: float = 0.0
) -> None:
    """A cottage: gable, door, windows that shine when ``lit``, chimney."""
    h = w * chance.uniform(0.62, 0.78)
    top = y + h
    sk.box(x + 0.2 * w, top + 0.12 * w, x + 0.31 * w, top + 0.44 * w, darker(roof, 0.30), 0.006 * w)
    sk.box(x - 0.5 * w, y - 0.06 * w, x + 0.5 * w, top, wall, 0.008 * w, shade=0.45)
    sk.box(x - 0.5 * w, y - 0.06 * w, x + 0.5 * w, y + 0.10 * w, darker(wall, 0.20), **FLAT)
    peak = top + w * chance.uniform(0.40, 0.54)
    sk.polygon(
        [(x - 0.62 * w, top - 0.03 * w), (x + 0.62 * w, top - 0.03 * w), (x + 0.08 * w, peak), (x - 0.08 * w, peak)],
        roof,
        0.012 * w,
        shade=0.6,
    )
    sk.box(x - 0.60 * w, top - 0.045 * w, x + 0.60 * w, top - 0.005 * w, darker(roof, 0.35), 0.004 * w, shade=0.0)
    if snow > 0.0:
        sk.polygon(
            [
                (x - 0.50 * w, top + 0.12 * w),
                (x + 0.50 * w, top + 0.12 * w),
                (x + 0.08 * w, peak + 0.01 * w),
                (x - 0.08 * w, peak + 0.01 * w),
            ],
            (0.95, 0.97, 1.0),
            0.02 * w,
            shade=0.2,
            alpha=snow,
        )
    door = chance.choice(((0.52, 0.28, 0.20), (0.24, 0.42, 0.42), (0.60, 0.22, 0.22)))
    side = chance.choice((-1, 1))
    sk.box(
        x + side * 0.20 * w - 0.085 * w, y - 0.06 * w, x + side * 0.20 * w + 0.085 * w, y + 0.30 * w, door, 0.012 * w
    )
    window(sk, x - side * 0.20 * w, y + 0.26 * w, 0.23 * w, 0.24 * w, lit)
    sk.circle((x, top + 0.17 * w), 0.075 * w, darker(roof, 0.45))
    sk.circle((x, top + 0.17 * w), 0.052 * w, mix((0.55, 0.68, 0.76), LAMP, lit), glow=lit, shade=0.2)


def window(sk: Sketch, x: float, y: float, w: float, h: float, lit: float) -> None:
    """A window of four panes around (x, y); ``lit`` 0 mirrors the sky, 1 shines."""
    frame = (0.93, 0.90, 0.84)
    if lit > 0.3:
        sk.ellipse((x, y), 1.5 * w, 1.3 * h, LAMP, glow=1.0, alpha=0.20 * lit, soft=0.6 * w, **FLAT)
    sk.box(x - 0.58 * w, y - 0.58 * h, x + 0.58 * w, y + 0.58 * h, mix(frame, (0.45, 0.34, 0.28), lit), 0.03 * w)
    sk.box(
        x - 0.46 * w, y - 0.46 * h, x + 0.46 * w, y + 0.46 * h, mix((0.52, 0.66, 0.76), LAMP, lit), glow=lit, shade=-0.5
    )
    for a, b in (((x, y - 0.46 * h), (x, y + 0.46 * h)), ((x - 0.46 * w, y), (x + 0.46 * w, y))):
        sk.capsule(a, b, 0.035 * w, 0.035 * w, mix(frame, (0.45, 0.34, 0.28), lit), **FLAT)


def rock(sk: Sketch, x: float, y: float, w: float, colour: RGB, chance: random.Random) -> None:
    """A boulder with a lit top."""
    h = w * chance.uniform(0.45, 0.65)
    tip = chance.uniform(-0.12, 0.12) * w
    sk.polygon(
        [
            (x - 0.5 * w, y),
            (x + 0.5 * w, y),
            (x + 0.36 * w, y + 0.62 * h),
            (x + tip + 0.1 * w, y + h),
            (x + tip - 0.16 * w, y + 0.96 * h),
            (x - 0.42 * w, y + 0.5 * h),
        ],
        colour,
        0.05 * w,
        shade=0.8,
    )
    sk.polygon(
        [
            (x - 0.34 * w, y + 0.52 * h),
            (x + tip, y + 0.62 * h),
            (x + tip + 0.04 * w, y + h),
            (x + tip - 0.16 * w, y + 0.98 * h),
        ],
        paler(colour, 0.22),
        0.03 * w,
        **FLAT,
        alpha=0.7,
    )


def lamp(sk: Sketch, x: float, y: float, h: float, lit: float) -> None:
    """A street lamp."""
    iron = (0.20, 0.22, 0.28)
    sk.capsule((x, y), (x, y + 0.86 * h), 0.020 * h, 0.014 * h, iron)
    sk.box(x - 0.045 * h, y, x + 0.045 * h, y + 0.05 * h, iron, 0.01 * h)
    if lit > 0.3:
        sk.circle((x, y + 0.90 * h), 0.34 * h, LAMP, glow=1.0, alpha=0.26 * lit, soft=0.20 * h, **FLAT)
    sk.circle((x, y + 0.90 * h), 0.062 * h, mix((0.86, 0.88, 0.85), LAMP, lit), glow=lit, shade=0.2)
    sk.polygon([(x - 0.07 * h, y + 0.945 * h), (x + 0.07 * h, y + 0.945 * h), (x, y + 1.02 * h)], iron, 0.006 * h)


def fence(sk: Sketch, x: float, y: float, w: float, h: float, colour: RGB) -> None:
    """A length of picket fence starting at ``x``."""
    for k in (0.35, 0.72):
        sk.capsule((x, y + k * h), (x + w, y + k * h), 0.07 * h, 0.07 * h, darker(colour, 0.12), line=0.3)
    count = max(2, round(w / (0.42 * h)))
    for i in range(count + 1):
        px = x + w * i / count
        corners = [
            (px - 0.09 * h, y),
            (px + 0.09 * h, y),
            (px + 0.09 * h, y + 0.85 * h),
            (px, y + h),
            (px - 0.09 * h, y + 0.85 * h),
        ]
        sk.polygon(corners, colour, 0.01 * h, shade=0.3)


def path(sk: Sketch, x: float, y: float, colour: RGB, bend: float = 0.10) -> None:
    """A trail that winds from the viewer to the far end of the ground."""

    def edge(t: float, side: float, widen: float) -> Pair:
        middle = x + bend * math.sin(3.4 * t) * (0.4 + t)
        return middle + side * widen * (0.030 + 0.26 * t * t), y - 0.012 - 0.44 * t * t

    for widen, tone, alpha in ((1.14, darker(colour, 0.14), 0.45), (1.0, colour, 0.85)):
        for k in range(10):
            a, b = k / 10, (k + 1) / 10 + 0.004
            corners = [edge(a, -1, widen), edge(a, 1, widen), edge(b, 1, widen), edge(b, -1, widen)]
            sk.polygon(
                corners, mix(tone, paler(tone, 0.12), 1.0 - a), 0.003, alpha=alpha if widen > 1.0 else 1.0, **FLAT
            )
    for k in range(7):
        t = 0.2 + 0.12 * k
        cx, cy = edge(t, 0.5 * math.sin(5.0 * k), 1.0)
        sk.ellipse((cx, cy), 0.02 + 0.03 * t, 0.004 + 0.005 * t, darker(colour, 0.16), alpha=0.5, soft=0.003, **FLAT)


def crate(sk: Sketch, x: float, y: float, w: float, colour: RGB = (0.72, 0.54, 0.36)) -> None:
    """A wooden box with a cross of planks."""
    sk.box(x - 0.5 * w, y, x + 0.5 * w, y + 0.9 * w, colour, 0.02 * w, shade=0.4)
    for a, b in (((-0.4, 0.1), (0.4, 0.8)), ((-0.44, 0.08), (0.44, 0.08)), ((-0.44, 0.82), (0.44, 0.82))):
        sk.capsule(
            (x + a[0] * w, y + a[1] * w), (x + b[0] * w, y + b[1] * w), 0.05 * w, 0.05 * w, darker(colour, 0.25), **FLAT
        )


def barrel(sk: Sketch, x: float, y: float, h: float) -> None:
    """A barrel with two hoops."""
    wood: RGB = (0.60, 0.42, 0.28)
    sk.ellipse((x, y + 0.5 * h), 0.40 * h, 0.56 * h, wood, shade=0.5)
    for k in (0.24, 0.76):
        sk.capsule(
            (x - 0.35 * h, y + k * h), (x + 0.35 * h, y + k * h), 0.035 * h, 0.035 * h, (0.36, 0.36, 0.42), **FLAT
        )
    sk.ellipse((x, y + 0.98 * h), 0.27 * h, 0.07 * h, paler(wood, 0.25), **FLAT)
