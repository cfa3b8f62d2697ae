"""Trees, bushes and flowers, each drawn from a place, a size and its own randomness."""

from __future__ import annotations

import math
import random

from models.world.light import mix
from models.world.settings.props import darker, paler
from models.world.settings.sketch import FLAT, Sketch
from models.world.vocabulary import RGB


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
    """A round tree: trunk with two boughs, a crown of leafy clusters in three tones, lighter towards the light."""
    bark = (0.40, 0.28, 0.20)
    lean = chance.uniform(-0.05, 0.05) * h
    sk.capsule((x, y - 0.02 * h), (x + lean, y + 0.55 * h), 0.052 * h, 0.03 * h, bark)
    sk.capsule((x + 0.6 * lean, y + 0.36 * h), (x + lean + 0.16 * h, y + 0.6 * h), 0.025 * h, 0.016 * h, bark)
    cx, cy = x + lean, y + 0.70 * h
    turn = chance.uniform(0.0, 0.6)
    sk.ellipse((cx, cy + 0.02 * h), 0.31 * h, 0.25 * h, darker(colour, 0.24), shade=0.5)
    for i in range(10):
        a = turn + 0.6283 * i
        r = chance.uniform(0.085, 0.125) * h
        sk.circle(
            (cx + 0.29 * h * math.cos(a), cy + 0.22 * h * math.sin(a) + 0.02 * h),
            r,
            darker(colour, 0.20 - 0.08 * math.sin(a)),
            shade=0.4,
        )
    for dx, dy, r in (
        (-0.16, -0.02, 0.13),
        (0.15, -0.01, 0.13),
        (0.0, 0.10, 0.15),
        (-0.10, 0.17, 0.10),
        (0.12, 0.17, 0.09),
        (0.01, -0.09, 0.10),
    ):
        sk.circle(
            (cx + dx * h, cy + dy * h),
            r * h * chance.uniform(0.9, 1.1),
            mix(colour, darker(colour, 0.1), 0.5 - dy),
            shade=0.35,
            line=0.0,
            soft=0.006 * h,
        )
    for dx, dy, r in (
        (-0.20, 0.05, 0.055),
        (-0.11, 0.15, 0.075),
        (0.03, 0.20, 0.055),
        (-0.03, 0.07, 0.05),
        (0.14, 0.10, 0.045),
    ):
        sk.ellipse(
            (cx + dx * h, cy + dy * h),
            1.25 * r * h,
            0.8 * r * h,
            paler(colour, 0.16),
            shade=0.2,
            line=0.0,
            soft=0.010 * h,
            alpha=0.85,
        )


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
    """A leaning palm with feathered fronds."""
    side = chance.choice((-1, 1))
    stem = [(x + side * 0.30 * h * (t / 7) ** 1.7, y + 0.95 * h * t / 7) for t in range(8)]
    bark = (0.58, 0.43, 0.29)
    sk.curve(stem, 0.040 * h, 0.024 * h, bark, shade=0.0)
    for n, (sx, sy) in enumerate(stem[1:-1]):
        sk.capsule(
            (sx - 0.026 * h, sy),
            (sx + 0.026 * h, sy + 0.006 * h),
            0.006 * h,
            0.006 * h,
            darker(bark, 0.28 - 0.02 * n),
            **FLAT,
        )
    tx, ty = stem[-1]
    for i, angle in enumerate((-0.62, 3.76, 0.0, 3.14, 0.55, 2.60, 1.05, 2.10)):
        length = h * chance.uniform(0.30, 0.36)
        tone = mix(darker(green, 0.22), paler(green, 0.10), i / 7)
        points = []
        for k in range(6):
            t = k / 5
            drop = 0.17 * h * t * t
            points.append(
                (
                    tx + math.cos(angle) * length * t,
                    ty + math.sin(angle) * 0.75 * length * t - drop + 0.03 * h * math.sin(3.1 * t),
                )
            )
        for k in range(1, 6):
            (ax, ay), (bx, by) = points[k - 1], points[k]
            out = 0.058 * h * (1.0 - 0.16 * abs(k - 2))
            for s in (-1, 1):
                tip = (
                    bx + 0.5 * (bx - ax) - s * 0.30 * (by - ay) / max(length, 1e-3) * h,
                    by - out * (0.95 if s > 0 else 0.55),
                )
                sk.capsule((ax, ay), tip, 0.013 * h, 0.003 * h, tone, shade=0.0, line=0.0)
        sk.curve(points, 0.014 * h, 0.005 * h, paler(tone, 0.10), shade=0.0, line=0.4)
    for dx in (-0.022, 0.026):
        sk.circle((tx + dx * h, ty - 0.022 * h), 0.026 * h, (0.42, 0.28, 0.17))


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


def fern(sk: Sketch, x: float, y: float, h: float, colour: RGB, chance: random.Random) -> None:
    """A rosette of arching fronds."""
    for i, lean in enumerate((-0.95, 0.95, -0.6, 0.62, -0.22, 0.25)):
        lean += chance.uniform(-0.08, 0.08)
        tone = mix(darker(colour, 0.20), paler(colour, 0.14), i / 5)
        points = [
            (x + lean * h * t, y + h * (1.25 * t - 0.55 * t * t * (0.6 + abs(lean)))) for t in (0.0, 0.35, 0.7, 1.0)
        ]
        sk.curve(points, 0.085 * h, 0.025 * h, tone, shade=0.3, line=0.3)
