"""Places by the water: beach, harbour, river."""

from __future__ import annotations

import math

from models.world.light import mix
from models.world.settings.heavens import sky, sun_place
from models.world.settings.land import pool
from models.world.settings.plants import broadleaf, bush, palm, tuft
from models.world.settings.props import darker, paler, rock
from models.world.settings.sketch import FLAT, GLOW, Layer, Plan, Ridge, Sketch, Texture, flat
from models.world.vocabulary import RGB


def sea_colours(plan: Plan, hue: RGB) -> tuple[RGB, RGB]:
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
    far, near_water = sea_colours(plan, hue)
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
    _shore(plan, layers)
    return layers


def _shore(plan: Plan, layers: list[Layer]) -> None:
    """The shore and the palms."""
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
    spot = plan.chance("parasol").choice((-1, 1)) * 0.55
    for base in (spot - 1.7, spot, spot + 1.7):
        _parasol(shore, base, 0.055, 0.30)
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
        palm(near, x + (0.84 if x >= 0 else -0.84), -0.36, c.uniform(0.84, 0.98), c, (0.14, 0.36, 0.26))
    layers.append(Layer("palms", 1.4, [near], front=True))


def _parasol(sk: Sketch, x: float, y: float, h: float) -> None:
    red: RGB = (0.90, 0.34, 0.32)
    sk.ellipse((x + 0.1 * h, y - 0.02 * h), 0.5 * h, 0.05 * h, (0.45, 0.34, 0.26), alpha=0.35, soft=0.012, **FLAT)
    towel = [(0.12, -0.10), (0.66, -0.10), (0.74, 0.03), (0.24, 0.03)]
    sk.polygon([(x + dx * h, y + dy * h) for dx, dy in towel], (0.40, 0.66, 0.76), 0.006 * h, shade=0.2)
    for k in (0.3, 0.7):
        foot, head = (x + (0.12 + 0.54 * k) * h, y - 0.10 * h), (x + (0.24 + 0.50 * k) * h, y + 0.03 * h)
        sk.capsule(foot, head, 0.02 * h, 0.02 * h, (0.96, 0.95, 0.90), **FLAT)
    sk.capsule((x, y), (x - 0.06 * h, y + 0.82 * h), 0.018 * h, 0.018 * h, (0.92, 0.88, 0.80), shade=0.0)
    top = (x - 0.07 * h, y + 0.98 * h)
    for i in range(6):
        a, b = x - 0.56 * h + 0.165 * h * i, x - 0.56 * h + 0.165 * h * (i + 1)
        lift = [0.60 + 0.055 * math.sin(3.14 * k / 6) for k in (i, i + 1)]
        tone = red if i % 2 == 0 else (0.98, 0.95, 0.90)
        sk.polygon([(a, y + lift[0] * h), (b, y + lift[1] * h), top], tone, 0.012 * h, shade=0.5, line=0.4)


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
    far, near_water = sea_colours(plan, hue)
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
    _banks(grass, plan, layers)
    return layers


def _banks(grass: RGB, plan: Plan, layers: list[Layer]) -> None:
    """The water and the near bank."""
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
