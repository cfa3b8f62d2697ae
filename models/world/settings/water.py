"""Places by the water: beach, harbour, river."""

from __future__ import annotations

import random

from models.world.light import mix
from models.world.settings.heavens import sky, sun_place
from models.world.settings.land import pool
from models.world.settings.props import broadleaf, bush, darker, house, paler, palm, rock, tuft
from models.world.settings.sketch import FLAT, GLOW, Layer, Plan, Ridge, Sketch, Texture, flat
from models.world.vocabulary import RGB


def _sea_colours(plan: Plan, hue: RGB) -> tuple[RGB, RGB]:
    """Water mirrors the sky: far and near colour, ungraded."""
    return mix(hue, (0.80, 0.93, 0.97), 0.35), darker(hue, 0.22)


def glints(plan: Plan, low: float, high: float, spacing: float, strength: float = 0.8) -> Sketch:
    """Soft lights that run over the water; wider and farther apart towards the viewer."""
    sk = Sketch()
    bright = mix(plan.light.horizon, (1, 1, 1), 0.35)
    for x, c in plan.slots("glints", spacing, jitter=1.2):
        near = c.random()
        y = high - (high - low) * near
        w = (0.022 + 0.065 * near) * c.uniform(0.7, 1.3)
        sk.ellipse(
            (x, y),
            w,
            0.0045 + 0.004 * near,
            bright,
            alpha=strength * c.uniform(0.35, 0.8),
            soft=0.003,
            glow=0.85,
            **FLAT,
            pulse=0.85,
            rate=c.uniform(0.18, 0.35),
            phase=c.random(),
            vx=0.02 * c.choice((-1, 1)),
            wrap=8.0,
        )
    return sk


def glitter(plan: Plan, horizon: float, low: float) -> Sketch:
    """The path of the sun or the moon on the water, when it can be seen."""
    sk = Sketch()
    if plan.scene.weather not in ("clear", "cloudy"):
        return sk
    x, _ = sun_place(plan, horizon)
    strength = (0.45 if plan.scene.time != "day" else 0.22) * (1.0 if plan.scene.weather == "clear" else 0.4)
    c = plan.chance("glitter")
    for i in range(9):
        t = (i + 0.5) / 9
        w = (0.05 + 0.13 * t) * c.uniform(0.8, 1.1)
        sk.ellipse(
            (x + c.uniform(-0.02, 0.02), horizon - 0.008 - t * (horizon - low)),
            w,
            0.007 + 0.007 * t,
            mix(plan.light.key, (1, 1, 1), 0.35),
            alpha=strength * (1.0 - 0.5 * t),
            soft=0.005,
            **GLOW,
        )
    return sk


def beach(plan: Plan) -> list[Layer]:
    """Sea, surf that breathes, warm sand, palms."""
    horizon = 0.30
    layers = sky(plan, horizon)
    hue: RGB = plan.chance("hue").choice(((0.16, 0.58, 0.72), (0.20, 0.64, 0.70), (0.18, 0.50, 0.74)))
    far, near_water = _sea_colours(plan, hue)
    isles = Sketch()
    for x, c in plan.slots("isles", 0.95, jitter=0.8):
        isles.ellipse((x, horizon - 0.005), c.uniform(0.12, 0.24), c.uniform(0.03, 0.07), (0.38, 0.56, 0.56), shade=0.5)
    layers.append(
        Layer(
            "sea",
            0.12,
            [
                isles,
                Ridge(flat(horizon), far, near_water, 0.22, texture=Texture(0.05, 0.22, 0.012, 3), settles=False),
                glitter(plan, horizon, 0.12),
            ],
            glints(plan, 0.10, horizon - 0.015, 0.075),
            haze=0.12,
        )
    )
    surf = Sketch()
    for x, c in plan.slots("surf", 0.22, jitter=0.7):
        for row, y in enumerate((0.135, 0.165, 0.205)):
            surf.ellipse(
                (x + 0.07 * row, y),
                c.uniform(0.10, 0.17),
                0.009 - 0.002 * row,
                (0.97, 0.99, 1.0),
                alpha=0.9 - 0.22 * row,
                soft=0.004,
                **FLAT,
                pulse=0.5,
                rate=0.22,
                phase=0.3 * row + 0.25 * c.random(),
                vy=-0.008,
                wrap=6.0,
            )
    shallows = Ridge(
        plan.ridge("shallows", 0.185, 0.012, 0.9),
        mix(hue, (0.75, 0.95, 0.90), 0.45),
        mix(hue, (0.85, 0.95, 0.86), 0.65),
        0.06,
        soft=0.006,
        settles=False,
    )
    layers.append(Layer("shallows", 0.7, [shallows], surf))
    sand: RGB = (0.95, 0.85, 0.64)
    shore = Sketch()
    pool(shore, (1.0, 0.95, 0.80), 0.45)
    for x, c in plan.slots("shells", 0.26, jitter=1.0):
        y = c.uniform(-0.22, 0.06)
        shore.ellipse((x, y), c.uniform(0.05, 0.12), 0.006, darker(sand, 0.14), alpha=0.5, soft=0.005, **FLAT)
        if c.random() < 0.4:
            shore.circle(
                (x + 0.1, y), 0.012, c.choice(((0.98, 0.72, 0.62), (1, 0.96, 0.9), (0.92, 0.56, 0.50))), line=0.0
            )
        if c.random() < 0.16:
            rock(shore, x + 0.1, 0.085, c.uniform(0.08, 0.14), (0.56, 0.54, 0.56), c)
    wet = Ridge(plan.ridge("shore", 0.125, 0.012, 1.1), (0.99, 0.99, 0.98), (0.99, 0.99, 0.98), 0.2, soft=0.004)
    damp = Ridge(
        plan.ridge("shore", 0.113, 0.012, 1.1), mix(sand, (0.62, 0.62, 0.56), 0.5), darker(sand, 0.05), 0.09, soft=0.004
    )
    dry = Ridge(
        plan.ridge("dry", 0.06, 0.02, 1.5),
        paler(sand, 0.15),
        mix(sand, (0.70, 0.50, 0.36), 0.55),
        0.34,
        texture=Texture(0.05, 0.10, 0.03, 2),
        soft=0.008,
    )
    layers.append(Layer("ground", 1.0, [wet, damp, dry, shore]))
    near = Sketch()
    for x, c in plan.slots("palms", 1.5, 1.4, jitter=0.3):
        palm(near, x + (0.70 if x >= 0 else -0.70), -0.36, c.uniform(0.78, 0.92), c, (0.14, 0.36, 0.26))
    layers.append(Layer("palms", 1.4, [near], front=True))
    return layers


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
    far, near_water = _sea_colours(plan, hue)
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
    for x, _ in plan.slots("posts", 0.56, jitter=0.3):
        planks.capsule((x, 0.02), (x, 0.17), 0.026, 0.026, darker(wood, 0.25))
        planks.ellipse((x, 0.19), 0.027, 0.010, paler(wood, 0.2), shade=0.0)
        planks.curve([(x, 0.14), (x + 0.28, 0.085), (x + 0.56, 0.14)], 0.007, 0.007, (0.84, 0.76, 0.58), shade=0.3)
    deck = Ridge(flat(0.115), paler(wood, 0.10), darker(wood, 0.36), 0.36, texture=Texture(0.07, 0.30, 0.012, 4))
    edge = Ridge(flat(0.125), darker(wood, 0.5), darker(wood, 0.5), 0.2)
    layers.append(Layer("ground", 1.0, [edge, deck, planks]))
    return layers


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


def river(plan: Plan) -> list[Layer]:
    """A river between green banks; its lights run with the stream."""
    layers = sky(plan)
    grass: RGB = plan.chance("hue").choice(((0.42, 0.62, 0.30), (0.36, 0.60, 0.36), (0.50, 0.64, 0.30)))
    layers.append(
        Layer(
            "hills",
            0.12,
            [Ridge(plan.ridge("blue", 0.34, 0.12, 1.0), (0.42, 0.58, 0.60), (0.52, 0.68, 0.60), 0.2)],
            haze=0.45,
        )
    )
    wood = Sketch()
    for x, c in plan.slots("trees", 0.24, jitter=0.8):
        broadleaf(wood, x, 0.275, c.uniform(0.22, 0.34), c.choice(((0.28, 0.52, 0.28), (0.38, 0.56, 0.24))), c)
    for x, c in plan.slots("bushes", 0.16, jitter=0.8):
        bush(wood, x, 0.265, c.uniform(0.08, 0.13), (0.34, 0.56, 0.28), c)
    bank = Ridge(plan.ridge("far bank", 0.285, 0.02, 0.8), paler(grass, 0.15), grass, 0.05)
    layers.append(Layer("far bank", 0.40, [wood, bank], haze=0.22))
    hue: RGB = (0.24, 0.54, 0.66)
    far, near_water = _sea_colours(plan, hue)
    water = Ridge(
        plan.ridge("water", 0.255, 0.006, 0.7),
        far,
        near_water,
        0.16,
        texture=Texture(0.07, 0.25, 0.012, 3),
        settles=False,
    )
    mirror = Ridge(
        plan.ridge("mirror", 0.262, 0.008, 0.7), darker(grass, 0.35), darker(grass, 0.3), 0.1, line=0.0, settles=False
    )
    stream = Sketch()
    bright = mix(plan.light.horizon, (1, 1, 1), 0.35)
    for x, c in plan.slots("stream", 0.075, jitter=1.2):
        y = c.uniform(0.095, 0.245)
        stream.ellipse(
            (x, y),
            c.uniform(0.04, 0.09),
            0.0055,
            bright,
            alpha=c.uniform(0.4, 0.8),
            soft=0.003,
            glow=0.8,
            **FLAT,
            vx=0.07 + 0.3 * (0.25 - y),
            wrap=4.0,
            phase=c.random(),
        )
    layers.append(Layer("water", 0.72, [mirror, water], stream))
    near_bank = Sketch()
    pool(near_bank, paler(grass, 0.35))
    for x, c in plan.slots("stones", 0.30, jitter=0.9):
        rock(near_bank, x, 0.085 + c.uniform(-0.01, 0.01), c.uniform(0.05, 0.11), (0.58, 0.58, 0.60), c)
        tuft(near_bank, x + 0.12, c.uniform(0.05, 0.09), c.uniform(0.05, 0.08), darker(grass, 0.1), c)
        tuft(near_bank, x + 0.05, c.uniform(-0.22, 0.0), 0.05, darker(grass, 0.18), c)
    soil = Ridge(plan.ridge("soil", 0.108, 0.02, 1.1), (0.60, 0.47, 0.34), (0.50, 0.38, 0.28), 0.03)
    top = Ridge(
        plan.ridge("soil", 0.092, 0.02, 1.1),
        paler(grass, 0.12),
        darker(grass, 0.38),
        0.36,
        texture=Texture(0.06, 0.13, 0.035, 7),
    )
    layers.append(Layer("ground", 1.0, [soil, top, near_bank]))
    near = Sketch()
    for x, c in plan.slots("reeds", 0.30, 1.45, jitter=0.8):
        if abs(x) > 0.45:
            for i in range(3):
                dx, h, phase = 0.035 * (i - 1), c.uniform(0.20, 0.34), c.random()
                look = {"root": -0.32, "sway": 0.016, "rate": 0.3, "phase": phase, "span": h}
                near.capsule(
                    (x + dx, -0.32), (x + 1.6 * dx, -0.32 + h), 0.007, 0.004, (0.24, 0.38, 0.22), line=0.0, **look
                )
                near.capsule(
                    (x + 1.5 * dx, -0.32 + 0.84 * h),
                    (x + 1.6 * dx, -0.32 + h),
                    0.013,
                    0.011,
                    (0.36, 0.24, 0.17),
                    line=0.0,
                    **look,
                )
    layers.append(Layer("reeds", 1.45, living=near, front=True))
    return layers
