"""Under the water."""

from __future__ import annotations

import math
import random

from models.world.light import mix
from models.world.settings.land import pool
from models.world.settings.props import darker, paler, rock
from models.world.settings.sketch import FLAT, GLOW, Layer, Plan, Ridge, Sketch, Texture, Wash
from models.world.vocabulary import RGB


def underwater(plan: Plan) -> list[Layer]:
    """Light from above, coral, weeds that sway, bubbles that rise."""
    light = plan.light
    deep: RGB = mix(light.air, (0.02, 0.12, 0.28), 0.55)
    back = Layer(
        "water",
        0.02,
        [Wash(((-0.2, deep), (0.25, light.air), (0.80, mix(light.air, (0.85, 1.0, 0.98), 0.55 * light.tint[1]))))],
    )
    reef = Sketch()
    for x, c in plan.slots("far reef", 0.28, jitter=0.8):
        rock(reef, x, 0.08, c.uniform(0.18, 0.36), (0.30, 0.46, 0.56), c)
    layers = [
        back,
        Layer(
            "far reef",
            0.25,
            [reef, Ridge(plan.ridge("far", 0.14, 0.06, 0.9), (0.40, 0.60, 0.66), (0.34, 0.52, 0.62), 0.2)],
            haze=0.62,
        ),
    ]
    shoal = Sketch()
    for x, c in plan.slots("shoal", 0.24, jitter=1.2):
        _little_fish(shoal, x, c.uniform(0.30, 0.62), c.uniform(0.020, 0.032), c)
    layers.append(Layer("beams", 0.3, living=_beams(plan)))
    layers.append(Layer("shoal", 0.4, living=shoal, haze=0.35))
    coral = Sketch()
    for x, c in plan.slots("coral", 0.34, jitter=0.7):
        _coral(
            coral,
            x,
            0.11,
            c.uniform(0.12, 0.22),
            c.choice(((0.92, 0.46, 0.48), (0.96, 0.66, 0.36), (0.72, 0.44, 0.74), (0.95, 0.58, 0.70))),
            c,
        )
    weeds = Sketch()
    for x, c in plan.slots("weeds", 0.36, jitter=0.9):
        _weed(weeds, x, 0.10, c.uniform(0.20, 0.38), (0.26, 0.58, 0.40), c)
    layers.append(
        Layer(
            "coral",
            0.55,
            [coral, Ridge(plan.ridge("mid", 0.15, 0.04, 1.0), (0.72, 0.72, 0.58), (0.56, 0.62, 0.58), 0.2)],
            weeds,
            haze=0.30,
        )
    )
    _sea_bed(plan, layers)
    return layers


def _sea_bed(plan: Plan, layers: list[Layer]) -> None:
    """Corals and the bed of the sea, and what floats over it."""
    sand: RGB = (0.86, 0.80, 0.62)
    floor = Sketch()
    pool(floor, (1.0, 0.98, 0.82), 0.5)
    for x, c in plan.slots("bands", 0.17, jitter=1.1):
        floor.ellipse(
            (x, c.uniform(-0.22, 0.10)), c.uniform(0.07, 0.15), 0.006, (0.98, 1.0, 0.88), alpha=0.35, soft=0.006, **FLAT
        )
    for x, c in plan.slots("stones", 0.45, jitter=0.9):
        rock(floor, x, c.uniform(0.05, 0.10), c.uniform(0.07, 0.14), (0.48, 0.52, 0.54), c)
        floor.circle((x + 0.16, c.uniform(-0.2, 0.05)), 0.016, (0.96, 0.62, 0.50), line=0.0)
    layers.append(
        Layer(
            "ground",
            1.0,
            [
                Ridge(
                    plan.ridge("ground", 0.13, 0.03, 1.5),
                    paler(sand, 0.1),
                    (0.44, 0.52, 0.56),
                    0.42,
                    texture=Texture(0.06, 0.12, 0.03, 9),
                ),
                floor,
            ],
        )
    )
    bubbles = Sketch()
    for x, c in plan.slots("bubbles", 0.26, jitter=0.9):
        r = c.uniform(0.008, 0.017)
        look = {"vy": 0.11, "wrap": 6.0, "phase": c.random(), "sway": 0.0, "line": 0.0, "glow": 0.7, "shade": 0.0}
        bubbles.circle((x, 0.25), r, (0.85, 0.97, 1.0), alpha=0.45, **look)
        bubbles.circle((x - 0.3 * r, 0.25 + 0.3 * r), 0.4 * r, (1, 1, 1), alpha=0.9, **look)
    layers.append(Layer("bubbles", 1.0, living=bubbles, front=True))
    near = Sketch()
    for x, c in plan.slots("near weeds", 0.50, 1.45, jitter=0.7):
        if abs(x) > 0.5:
            _weed(near, x, -0.34, c.uniform(0.34, 0.52), (0.08, 0.28, 0.30), c)
    layers.append(Layer("near", 1.45, living=near, front=True))


def _beams(plan: Plan) -> Sketch:
    """Light that falls in from above."""
    beams = Sketch()
    for x, c in plan.slots("beams", 0.30, jitter=0.8):
        w = c.uniform(0.03, 0.08)
        beams.polygon(
            [(x, 0.9), (x + w, 0.9), (x + 2.2 * w - 0.25, -0.2), (x - w - 0.25, -0.2)],
            mix(plan.light.air, (0.9, 1, 1), 0.6),
            alpha=0.16,
            soft=0.025,
            **GLOW,
            pulse=0.6,
            rate=0.12,
            phase=c.random(),
        )
    return beams


def _little_fish(sk: Sketch, x: float, y: float, w: float, chance: random.Random) -> None:
    colour = chance.choice(((0.95, 0.62, 0.34), (0.96, 0.86, 0.46), (0.52, 0.72, 0.88)))
    look = {"vx": 0.05, "wrap": 14.0, "phase": chance.random(), "line": 0.0}
    sk.polygon(
        [(x - 1.6 * w, y + 0.6 * w), (x - 1.6 * w, y - 0.6 * w), (x - 0.6 * w, y)], darker(colour, 0.15), 0.002, **look
    )
    sk.ellipse((x, y), w, 0.55 * w, colour, **look)


def _weed(sk: Sketch, x: float, y: float, h: float, colour: RGB, chance: random.Random) -> None:
    phase = chance.random()
    for i in range(2):
        bx, top = x + 0.05 * i, h * (1.0 - 0.28 * i)
        bend = 0.028 * chance.choice((-1, 1))
        points = [(bx + bend * math.sin(0.95 * k), y + k / 6 * top) for k in range(7)]
        for k in range(6):
            sk.capsule(
                points[k],
                points[k + 1],
                0.0195 - 0.0026 * k,
                0.0169 - 0.0026 * k,
                paler(colour, 0.08 * i + 0.025 * k),
                shade=0.0,
                line=0.3,
                root=y,
                sway=0.035,
                rate=0.22,
                phase=phase + 0.12 * i,
                span=h,
            )


def _coral(sk: Sketch, x: float, y: float, h: float, colour: RGB, chance: random.Random) -> None:
    for i in range(5):
        lean = (i - 2) * 0.17 + chance.uniform(-0.05, 0.05)
        tip = (x + lean * h * 1.5, y + h * (1.0 - 0.12 * abs(i - 2)))
        sk.capsule(
            (x + 0.25 * lean * h, y - 0.02), tip, 0.055 * h, 0.075 * h, darker(colour, 0.12 * (i % 2)), shade=0.5
        )
        sk.circle(tip, 0.10 * h, paler(colour, 0.18), shade=0.3)
