"""Things that stand in a landscape, each drawn from a place, a size and its own randomness."""

from __future__ import annotations

import math
import random

from models.world.light import mix
from models.world.settings.sketch import FLAT, GLOW, Sketch
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


def pine(sk: Sketch, x: float, y: float, h: float, colour: RGB, chance: random.Random, snow: float = 0.0) -> None:
    """A conifer in four tiers, lighter on top."""
    wide = h * chance.uniform(0.19, 0.25)
    sk.capsule((x, y), (x, y + 0.3 * h), 0.035 * h, 0.03 * h, (0.33, 0.23, 0.17))
    for i in range(4):
        low = y + h * (0.12 + 0.21 * i)
        half = wide * (1.0 - 0.22 * i)
        peak = low + h * (0.34 if i < 3 else 0.27)
        tone = mix(darker(colour, 0.22), paler(colour, 0.10), i / 3)
        sk.polygon([(x - half, low), (x + half, low), (x, peak)], tone, 0.012 * h, shade=0.5)
        if snow > 0.0:
            sk.polygon(
                [(x - 0.55 * half, low + 0.45 * (peak - low)), (x + 0.45 * half, low + 0.50 * (peak - low)), (x, peak)],
                (0.95, 0.97, 1.0),
                0.012 * h,
                shade=0.1,
                alpha=snow,
            )


def broadleaf(sk: Sketch, x: float, y: float, h: float, colour: RGB, chance: random.Random) -> None:
    """A round tree: trunk with two boughs, crown of discs that is lighter towards the light."""
    bark = (0.40, 0.28, 0.20)
    lean = chance.uniform(-0.05, 0.05) * h
    sk.capsule((x, y - 0.02 * h), (x + lean, y + 0.55 * h), 0.055 * h, 0.03 * h, bark)
    sk.capsule((x + 0.6 * lean, y + 0.36 * h), (x + lean + 0.16 * h, y + 0.6 * h), 0.025 * h, 0.018 * h, bark)
    cx, cy = x + lean, y + 0.70 * h
    puffs = [(0.0, 0.02, 0.26), (-0.21, -0.07, 0.19), (0.21, -0.05, 0.20), (-0.10, 0.14, 0.20), (0.12, 0.13, 0.19)]
    for dx, dy, r in puffs:
        sk.circle((cx + dx * h, cy + dy * h), r * h * chance.uniform(0.92, 1.1), darker(colour, 0.20), shade=0.5)
    for dx, dy, r in puffs:
        sk.circle(
            (cx + (dx - 0.03) * h, cy + (dy + 0.045) * h), 0.76 * r * h, colour, shade=0.35, line=0.0, soft=0.008 * h
        )
    sk.circle((cx - 0.09 * h, cy + 0.15 * h), 0.12 * h, paler(colour, 0.22), shade=0.2, line=0.0, soft=0.03 * h)


def trunk(sk: Sketch, x: float, y: float, h: float, r: float, colour: RGB, chance: random.Random) -> None:
    """A tall stem that leaves the frame at the top, with roots, bark light and a broken branch."""
    bow = chance.uniform(-0.03, 0.03)
    sk.curve([(x, y), (x + bow, y + 0.5 * h), (x + 0.5 * bow, y + h)], r, 0.72 * r, colour, shade=0.0)
    for side in (-1, 1):
        sk.capsule((x, y + 0.9 * r), (x + side * 1.9 * r, y - 0.4 * r), 0.75 * r, 0.2 * r, colour, shade=0.2)
    sk.curve(
        [(x - 0.45 * r, y + 0.05), (x + bow - 0.45 * r, y + 0.5 * h), (x + 0.5 * bow - 0.4 * r, y + h)],
        0.18 * r,
        0.14 * r,
        paler(colour, 0.16),
        **FLAT,
        soft=0.12 * r,
    )
    if chance.random() < 0.6:
        side = chance.choice((-1, 1))
        at = y + chance.uniform(0.3, 0.6) * h
        sk.capsule((x + 0.6 * bow, at), (x + side * 3.2 * r, at + 2.4 * r), 0.34 * r, 0.14 * r, colour, shade=0.2)


def palm(sk: Sketch, x: float, y: float, h: float, chance: random.Random, green: RGB = (0.22, 0.56, 0.30)) -> None:
    """A leaning palm."""
    side = chance.choice((-1, 1))
    stem = [
        (x, y),
        (x + side * 0.05 * h, y + 0.35 * h),
        (x + side * 0.15 * h, y + 0.68 * h),
        (x + side * 0.29 * h, y + 0.95 * h),
    ]
    sk.curve(stem, 0.038 * h, 0.024 * h, (0.55, 0.40, 0.26))
    tx, ty = stem[-1]
    for i, angle in enumerate((-0.5, 0.1, 0.65, 1.25, 1.85, 2.45, 3.1, 3.6)):
        length = h * chance.uniform(0.34, 0.42)
        mid = (tx + math.cos(angle) * 0.55 * length, ty + math.sin(angle) * 0.42 * length + 0.05 * h)
        tip = (tx + math.cos(angle) * length, ty + math.sin(angle) * 0.42 * length - 0.10 * h)
        sk.curve(
            [(tx, ty), mid, tip], 0.030 * h, 0.010 * h, paler(green, 0.05 * (i % 3)) if i % 2 else darker(green, 0.12)
        )
    for dx in (-0.02, 0.025):
        sk.circle((tx + dx * h, ty - 0.02 * h), 0.026 * h, (0.42, 0.28, 0.17))


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


def bush(sk: Sketch, x: float, y: float, w: float, colour: RGB, chance: random.Random) -> None:
    """A low heap of leaves."""
    for i in range(4):
        dx = (i / 3 - 0.5) * 0.8 * w
        r = w * chance.uniform(0.20, 0.30)
        sk.circle((x + dx, y + 0.5 * r), r, darker(colour, 0.16), shade=0.6)
    for i in range(3):
        dx = (i / 2 - 0.5) * 0.6 * w - 0.03 * w
        sk.circle((x + dx, y + 0.19 * w), 0.17 * w, paler(colour, 0.08), shade=0.4, line=0.0, soft=0.01)


def tuft(sk: Sketch, x: float, y: float, h: float, colour: RGB, chance: random.Random, sway: float = 0.0) -> None:
    """Blades of grass in a fan."""
    phase = chance.random()
    for i in range(4):
        dx = (i - 1.5) * 0.26 * h + chance.uniform(-0.06, 0.06) * h
        tone = paler(colour, 0.10 * (i % 2))
        sk.capsule(
            (x + 0.3 * dx, y),
            (x + 1.3 * dx, y + h * chance.uniform(0.7, 1.0)),
            0.075 * h,
            0.02 * h,
            tone,
            shade=0.6,
            line=0.0,
            root=y,
            sway=sway,
            rate=0.35,
            phase=phase + 0.03 * i,
            span=h,
        )


def flower(sk: Sketch, x: float, y: float, h: float, colour: RGB, chance: random.Random, sway: float = 0.0) -> None:
    """A stem with a round head of petals."""
    phase, root = chance.random(), y
    look = {"root": root, "sway": sway, "rate": 0.35, "phase": phase, "span": h}
    lean = chance.uniform(-0.12, 0.12) * h
    sk.capsule((x, y), (x + lean, y + h), 0.05 * h, 0.04 * h, (0.28, 0.52, 0.25), line=0.0, **look)
    cx, cy, r = x + lean, y + h, 0.17 * h
    for i in range(5):
        a = 1.2566 * i + 0.3
        sk.circle(
            (cx + 1.05 * r * math.cos(a), cy + 1.05 * r * math.sin(a)), 0.86 * r, colour, shade=0.3, line=0.0, **look
        )
    sk.circle((cx, cy), 0.8 * r, (1.0, 0.85, 0.35), shade=0.3, line=0.0, **look)


def lamp(sk: Sketch, x: float, y: float, h: float, lit: float) -> None:
    """A street lamp."""
    iron = (0.20, 0.22, 0.28)
    sk.capsule((x, y), (x, y + 0.86 * h), 0.020 * h, 0.014 * h, iron)
    sk.box(x - 0.045 * h, y, x + 0.045 * h, y + 0.05 * h, iron, 0.01 * h)
    if lit > 0.3:
        sk.circle((x, y + 0.90 * h), 0.34 * h, LAMP, glow=1.0, alpha=0.26 * lit, soft=0.20 * h, **FLAT)
    sk.circle((x, y + 0.90 * h), 0.062 * h, mix((0.86, 0.88, 0.85), LAMP, lit), glow=lit, shade=0.2)
    sk.polygon([(x - 0.07 * h, y + 0.945 * h), (x + 0.07 * h, y + 0.945 * h), (x, y + 1.02 * h)], iron, 0.006 * h)
