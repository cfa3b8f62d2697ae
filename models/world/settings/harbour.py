"""The harbour: a quay, boats, a town across the water."""

from __future__ import annotations

import random

from models.world.light import mix
from models.world.settings.heavens import sky
from models.world.settings.land import pool
from models.world.settings.props import barrel, crate, darker, house, paler
from models.world.settings.sketch import FLAT, GLOW, Layer, Plan, Ridge, Sketch, Texture, flat
from models.world.settings.water import glints, glitter, sea_colours
from models.world.vocabulary import RGB


def harbour(plan: Plan) -> list[Layer]:
    """A quay of planks, moored boats, houses and a lighthouse across the water."""
    horizon = 0.30
    layers = sky(plan, horizon)
    hue: RGB = (0.20, 0.46, 0.62)
    lit = plan.light.dark
    town = Sketch()
    walls: tuple[RGB, ...] = (
        (0.92, 0.82, 0.66),
        (0.84, 0.56, 0.48),
        (0.74, 0.80, 0.82),
        (0.95, 0.90, 0.82),
        (0.62, 0.72, 0.66),
    )
    for x, c in plan.slots("houses", 0.185, jitter=0.35):
        house(
            town,
            x,
            0.315,
            c.uniform(0.145, 0.19),
            c,
            c.choice(walls),
            c.choice(((0.66, 0.34, 0.28), (0.42, 0.40, 0.48), (0.72, 0.44, 0.30))),
            lit,
        )
    chance = plan.chance("tower")
    _lighthouse(town, chance.choice((-1, 1)) * chance.uniform(0.40, 0.60), 0.31, 0.30, lit)
    far, near_water = sea_colours(plan, hue)
    quay = Ridge(flat(0.315), (0.52, 0.50, 0.50), (0.40, 0.40, 0.44), 0.03)
    water = Ridge(flat(0.285), far, near_water, 0.22, texture=Texture(0.05, 0.2, 0.012, 3), settles=False)
    hill = Ridge(plan.ridge("hill", 0.38, 0.10, 1.0), (0.46, 0.60, 0.50), (0.50, 0.64, 0.56), 0.2)
    layers.append(
        Layer(
            "far shore",
            0.16,
            [hill, town, quay, water, glitter(plan, 0.28, 0.12)],
            glints(plan, 0.10, 0.27, 0.08),
            haze=0.24,
        )
    )
    _quay(plan, layers)
    return layers


def _quay(plan: Plan, layers: list[Layer]) -> None:
    """Boats and the quay."""
    boats = Sketch()
    for x, c in plan.slots("boats", 0.66, jitter=0.6):
        sailboat(boats, x, 0.17 + c.uniform(-0.01, 0.03), c.uniform(0.14, 0.20), c)
    layers.append(Layer("boats", 0.45, living=boats, haze=0.1))
    wood: RGB = (0.64, 0.48, 0.34)
    planks = Sketch()
    for n in range(4):
        y = 0.075 - 0.045 * n - 0.018 * n * n
        planks.capsule(
            (-plan.reach - 0.5, y),
            (plan.reach + 0.5, y),
            0.0035 + 0.001 * n,
            0.0035 + 0.001 * n,
            darker(wood, 0.35),
            **FLAT,
        )
    for x, c in plan.slots("joints", 0.26, jitter=0.6):
        n = c.randrange(3)
        y = 0.075 - 0.045 * n - 0.018 * n * n
        planks.capsule((x, y), (x, y - 0.06 - 0.02 * n), 0.003, 0.003, darker(wood, 0.35), **FLAT)
    pool(planks, paler(wood, 0.4), 0.3)
    stack = plan.chance("stack").choice((-1, 1)) * 0.62
    for base in (stack - 1.6, stack, stack + 1.6):
        crate(planks, base, 0.075, 0.12)
        crate(planks, base + 0.13, 0.075, 0.10, (0.62, 0.48, 0.36))
        crate(planks, base + 0.05, 0.175, 0.09, (0.78, 0.62, 0.42))
        barrel(planks, base - 0.13, 0.065, 0.12)
    for x, _ in plan.slots("posts", 0.56, jitter=0.3):
        planks.capsule((x, 0.02), (x, 0.17), 0.026, 0.026, darker(wood, 0.25))
        planks.ellipse((x, 0.19), 0.027, 0.010, paler(wood, 0.2), shade=0.0)
        planks.curve([(x, 0.14), (x + 0.28, 0.085), (x + 0.56, 0.14)], 0.007, 0.007, (0.84, 0.76, 0.58), shade=0.3)
    deck = Ridge(flat(0.115), paler(wood, 0.10), darker(wood, 0.36), 0.36, texture=Texture(0.07, 0.30, 0.012, 4))
    edge = Ridge(flat(0.125), darker(wood, 0.5), darker(wood, 0.5), 0.2)
    layers.append(Layer("ground", 1.0, [edge, deck, planks]))


def _lighthouse(sk: Sketch, x: float, y: float, h: float, lit: float) -> None:
    for i in range(4):
        a, b = 0.105 - 0.012 * i, 0.105 - 0.012 * (i + 1)
        low = y + 0.19 * h * i
        sk.polygon(
            [
                (x - a * h * 1.2, low),
                (x + a * h * 1.2, low),
                (x + b * h * 1.2, low + 0.19 * h),
                (x - b * h * 1.2, low + 0.19 * h),
            ],
            (0.95, 0.94, 0.90) if i % 2 == 0 else (0.82, 0.26, 0.24),
            shade=0.0,
        )
    if lit > 0.3:
        sk.circle((x, y + 0.83 * h), 0.34 * h, (1.0, 0.9, 0.6), alpha=0.35 * lit, soft=0.2 * h, **GLOW)
    sk.box(
        x - 0.06 * h, y + 0.76 * h, x + 0.06 * h, y + 0.90 * h, mix((0.65, 0.75, 0.80), (1.0, 0.9, 0.55), lit), glow=lit
    )
    sk.polygon([(x - 0.09 * h, y + 0.90 * h), (x + 0.09 * h, y + 0.90 * h), (x, y + 1.02 * h)], (0.62, 0.20, 0.20))


def sailboat(sk: Sketch, x: float, y: float, w: float, chance: random.Random) -> None:
    """A moored boat that bobs."""
    hull = chance.choice(((0.78, 0.26, 0.24), (0.22, 0.40, 0.62), (0.94, 0.92, 0.86), (0.28, 0.52, 0.46)))
    move = {"vx": 0.0, "sway": 0.010, "rate": 0.22, "phase": chance.random(), "root": y - 0.02, "span": w}
    sk.ellipse((x, y - 0.01), 0.62 * w, 0.016, darker(hull, 0.5), alpha=0.45, soft=0.008, **FLAT)
    sk.capsule((x, y), (x, y + 1.25 * w), 0.020 * w, 0.014 * w, (0.45, 0.32, 0.22), **move)
    sk.polygon(
        [(x + 0.04 * w, y + 0.22 * w), (x + 0.46 * w, y + 0.24 * w), (x + 0.04 * w, y + 1.2 * w)],
        (0.97, 0.94, 0.86),
        0.01 * w,
        shade=0.4,
        **move,
    )
    sk.polygon(
        [(x - 0.05 * w, y + 0.24 * w), (x - 0.32 * w, y + 0.26 * w), (x - 0.05 * w, y + 0.98 * w)],
        (0.93, 0.88, 0.80),
        0.01 * w,
        shade=0.4,
        **move,
    )
    sk.polygon(
        [
            (x - 0.38 * w, y - 0.02),
            (x + 0.36 * w, y - 0.02),
            (x + 0.54 * w, y + 0.17 * w),
            (x - 0.50 * w, y + 0.17 * w),
        ],
        hull,
        0.012 * w,
        shade=0.6,
        **move,
    )
    sk.capsule(
        (x - 0.48 * w, y + 0.16 * w),
        (x + 0.52 * w, y + 0.16 * w),
        0.016 * w,
        0.016 * w,
        paler(hull, 0.5),
        **FLAT,
        **move,
    )
