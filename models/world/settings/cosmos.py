"""Away from the Earth: space and the moon."""

from __future__ import annotations

import math
import random

from models.world.light import mix
from models.world.settings.props import darker, paler
from models.world.settings.sketch import FLAT, GLOW, Layer, Plan, Ridge, Sketch, Texture, Wash
from models.world.vocabulary import RGB


def space(plan: Plan) -> list[Layer]:
    """Nebula, stars, a ringed planet and a moon."""
    tone = {
        "dawn": (0.58, 0.36, 0.62),
        "day": (0.24, 0.30, 0.66),
        "dusk": (0.78, 0.36, 0.20),
        "night": (0.18, 0.13, 0.40),
    }
    hue = tone[plan.scene.time]
    stops = ((-0.5, darker(hue, 0.55)), (0.2, darker(hue, 0.72)), (0.9, (0.03, 0.03, 0.10)))
    chance = plan.chance("nebula")
    back = Sketch()
    look = GLOW
    for i in range(9):
        x, y = chance.uniform(-1.0, 1.0), chance.uniform(-0.2, 0.7)
        back.ellipse(
            (x, y),
            chance.uniform(0.25, 0.5),
            chance.uniform(0.08, 0.2),
            mix(hue, ((0.25, 0.75, 0.85), (0.95, 0.5, 0.8))[i % 2], 0.35),
            alpha=0.20,
            soft=0.16,
            **look,
        )
    for row in range(3):
        for x, c in plan.slots(f"stars{row}", 0.10, jitter=1.8):
            r = c.choice((0.0025, 0.0035, 0.005, 0.0075))
            back.circle(
                (x, -0.3 + 0.38 * row + 0.38 * c.random()),
                r,
                c.choice(((1, 1, 1), (0.8, 0.88, 1.0), (1.0, 0.9, 0.78))),
                alpha=c.uniform(0.5, 1.0),
                soft=0.003,
                **look,
            )
    far = Sketch()
    px, py, r = (
        chance.uniform(0.38, 0.6) * chance.choice((-1, 1)),
        chance.uniform(0.44, 0.54),
        chance.uniform(0.14, 0.18),
    )
    body = chance.choice(((0.90, 0.60, 0.38), (0.42, 0.68, 0.80), (0.80, 0.46, 0.62)))
    _planet(far, px, py, r, body, ring=True)
    mx, my = -px * chance.uniform(0.9, 1.2), chance.uniform(0.10, 0.30)
    _planet(far, mx, my, 0.06, (0.72, 0.72, 0.76), ring=False)
    near = _globe(chance)
    return [
        Layer("stars", 0.02, [Wash(stops), back]),
        Layer("planets", 0.12, [far]),
        Layer("globe", 0.35, [near]),
        Layer("dust", 1.0, living=_dust(plan)),
    ]


def _globe(chance: random.Random) -> Sketch:
    """The edge of a world below."""
    near = Sketch()
    gx = chance.uniform(-0.3, 0.3)
    globe = chance.choice(((0.26, 0.52, 0.70), (0.56, 0.36, 0.58), (0.28, 0.56, 0.50)))
    near.circle((gx, -1.62), 1.50, globe, alpha=0.35, soft=0.03, glow=0.5, shade=0.0)
    near.circle((gx, -1.64), 1.48, globe, shade=0.5)
    near.circle((gx + 0.06, -1.69), 1.48, darker(globe, 0.35), shade=0.2, soft=0.03, line=0.0)
    for i in range(5):
        near.ellipse(
            (gx + chance.uniform(-0.7, 0.7), -0.2 - 0.03 * i),
            chance.uniform(0.06, 0.18),
            0.012,
            paler(globe, 0.4),
            alpha=0.5,
            soft=0.01,
            line=0.0,
        )
    return near


def _planet(sk: Sketch, x: float, y: float, r: float, colour: RGB, ring: bool) -> None:
    sk.circle((x, y), 1.5 * r, colour, alpha=0.22, soft=0.4 * r, **GLOW)
    if ring:
        _ring(sk, x, y, r, darker(paler(colour, 0.4), 0.3), 3.05, 6.37)
    sk.circle((x, y), r, colour, shade=0.5)
    for dy, k in ((0.45, 0.86), (0.05, 0.97), (-0.42, 0.88)):
        sk.ellipse((x, y + dy * r), k * r, 0.11 * r, paler(colour, 0.28), alpha=0.65, soft=0.03 * r, **FLAT)
    sk.circle((x + 0.34 * r, y - 0.26 * r), 0.78 * r, darker(colour, 0.7), alpha=0.42, soft=0.26 * r, **FLAT)
    if ring:
        _ring(sk, x, y, r, paler(colour, 0.45), -0.10, 3.24)


def _ring(sk: Sketch, x: float, y: float, r: float, colour: RGB, start: float, stop: float) -> None:
    """Half of a tilted ring: angles run over the front from 0 to pi and behind from pi to 2 pi."""
    points = []
    for i in range(15):
        a = start + (stop - start) * i / 14
        u, v = 1.75 * r * math.cos(a), -0.42 * r * math.sin(a)
        points.append((x + 0.97 * u - 0.24 * v, y + 0.24 * u + 0.97 * v))
    sk.curve(points, 0.075 * r, 0.075 * r, colour, shade=0.0)


def _dust(plan: Plan) -> Sketch:
    sk = Sketch()
    for x, chance in plan.slots("dust", 0.30, jitter=1.0):
        sk.circle(
            (x, chance.uniform(-0.2, 0.7)),
            0.006,
            (0.85, 0.9, 1.0),
            alpha=0.6,
            soft=0.004,
            glow=1.0,
            shade=0.0,
            vx=-0.012,
            wrap=9.0,
            phase=chance.random(),
            pulse=0.6,
            rate=0.4,
        )
    return sk


def moon(plan: Plan) -> list[Layer]:
    """Grey plains with craters under black sky, the Earth above the ridge."""
    chance = plan.chance("moon")
    tone = {
        "dawn": (0.32, 0.20, 0.30),
        "day": (0.10, 0.12, 0.24),
        "dusk": (0.34, 0.18, 0.20),
        "night": (0.05, 0.06, 0.15),
    }
    stars = Sketch()
    for row in range(2):
        for x, c in plan.slots(f"stars{row}", 0.11, jitter=1.8):
            stars.circle(
                (x, 0.12 + 0.34 * row + 0.36 * c.random()),
                c.choice((0.003, 0.004, 0.007)),
                (1, 1, 1),
                alpha=c.uniform(0.5, 1.0),
                soft=0.003,
                **GLOW,
            )
    ex, ey, r = chance.uniform(0.3, 0.52) * chance.choice((-1, 1)), 0.52, 0.12
    glow = {"glow": 1.0, "line": 0.0}
    stars.circle((ex, ey), 1.6 * r, (0.35, 0.62, 0.95), alpha=0.35, soft=0.4 * r, shade=0.0, **glow)
    stars.circle((ex, ey), r, (0.20, 0.46, 0.80), shade=0.3, **glow)
    for dx, dy, a, b in ((-0.3, 0.25, 0.42, 0.3), (0.25, -0.3, 0.35, 0.26), (0.45, 0.4, 0.22, 0.2)):
        stars.ellipse((ex + dx * r, ey + dy * r), a * r, b * r, (0.36, 0.66, 0.38), shade=0.2, soft=0.05 * r, **glow)
    for dx, dy, a in ((-0.1, 0.62, 0.5), (-0.35, -0.45, 0.45), (0.3, 0.05, 0.4)):
        stars.ellipse(
            (ex + dx * r, ey + dy * r), a * r, 0.1 * r, (0.95, 0.97, 1.0), alpha=0.85, shade=0.0, soft=0.05 * r, **glow
        )
    stars.circle(
        (ex + 0.3 * r, ey - 0.28 * r), 0.8 * r, (0.02, 0.04, 0.14), alpha=0.35, soft=0.3 * r, shade=0.0, **glow
    )
    hue = tone[plan.scene.time]
    layers = [
        Layer(
            "stars",
            0.02,
            [Wash(((0.1, mix(hue, (0.3, 0.3, 0.45), 0.35)), (0.4, hue), (0.9, (0.02, 0.02, 0.06)))), stars],
        )
    ]
    _moon_ground(layers, plan, chance)
    return layers


def _moon_ground(layers: list[Layer], plan: Plan, chance: random.Random) -> None:
    """Ridges and the cratered plain."""
    for n, (level, height, tone_, p) in enumerate(((0.24, 0.16, 0.46, 0.2), (0.16, 0.08, 0.56, 0.45))):
        grey = (tone_, tone_, 1.06 * tone_)
        layers.append(
            Layer(
                f"hills {n}",
                p,
                [Ridge(plan.ridge(f"hills{n}", level, height, 0.9, 0.3), paler(grey, 0.15), darker(grey, 0.35), 0.2)],
                haze=0.2 - 0.1 * n,
            )
        )
    ground = Ridge(
        plan.ridge("plain", 0.10, 0.025, 1.6),
        (0.74, 0.74, 0.78),
        (0.50, 0.50, 0.57),
        0.34,
        texture=Texture(0.07, 0.10, 0.03, 5),
    )
    craters = Sketch()
    for x, c in plan.slots("craters", 0.30, jitter=0.9):
        y = c.uniform(-0.22, 0.06)
        w = (0.10 + 0.22 * (0.08 - y)) * c.uniform(0.5, 1.0)
        craters.ellipse((x, y + 0.02 * w), w, 0.26 * w, (0.84, 0.84, 0.88), shade=0.0, soft=0.004)
        craters.ellipse((x, y), 0.88 * w, 0.21 * w, (0.44, 0.44, 0.51), shade=-0.6, soft=0.004)
    side = chance.choice((-1, 1))
    for base in (side * 0.60 - 1.7, side * 0.60, side * 0.60 + 1.7):
        _lander(craters, base, 0.07, 0.24)
    layers.append(Layer("ground", 1.0, [ground, craters]))


def _lander(sk: Sketch, x: float, y: float, h: float) -> None:
    foil: RGB = (0.88, 0.68, 0.34)
    for s in (-1, 1):
        sk.capsule(
            (x + 0.22 * h * s, y + 0.40 * h), (x + 0.46 * h * s, y + 0.02 * h), 0.022 * h, 0.022 * h, (0.72, 0.74, 0.78)
        )
        sk.ellipse((x + 0.46 * h * s, y + 0.01 * h), 0.09 * h, 0.025 * h, (0.72, 0.74, 0.78))
    sk.polygon(
        [
            (x - 0.30 * h, y + 0.22 * h),
            (x + 0.30 * h, y + 0.22 * h),
            (x + 0.34 * h, y + 0.46 * h),
            (x - 0.34 * h, y + 0.46 * h),
        ],
        foil,
        0.02 * h,
        shade=0.6,
    )
    sk.polygon(
        [
            (x - 0.26 * h, y + 0.48 * h),
            (x + 0.26 * h, y + 0.48 * h),
            (x + 0.18 * h, y + 0.86 * h),
            (x - 0.18 * h, y + 0.86 * h),
        ],
        (0.90, 0.91, 0.94),
        0.03 * h,
        shade=0.5,
    )
    sk.circle((x, y + 0.66 * h), 0.085 * h, (0.20, 0.26, 0.38))
    sk.capsule((x + 0.12 * h, y + 0.86 * h), (x + 0.18 * h, y + 1.08 * h), 0.012 * h, 0.008 * h, (0.80, 0.82, 0.86))
    pole = x + 0.85 * h
    sk.capsule((pole, y - 0.02 * h), (pole, y + 0.62 * h), 0.014 * h, 0.014 * h, (0.90, 0.90, 0.92))
    sk.polygon(
        [(pole, y + 0.40 * h), (pole + 0.32 * h, y + 0.38 * h), (pole + 0.32 * h, y + 0.58 * h), (pole, y + 0.62 * h)],
        (0.90, 0.42, 0.36),
        shade=0.3,
    )
