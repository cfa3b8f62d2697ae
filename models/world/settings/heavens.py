"""The sky over every landscape, and the places that are all sky: clouds, space, the moon."""

from __future__ import annotations

import random

from models.world.light import mix
from models.world.settings.plants import broadleaf
from models.world.settings.props import cloud, darker
from models.world.settings.sketch import FLAT, GLOW, Layer, Plan, Ridge, Sketch, Wash
from models.world.vocabulary import RGB


def sky(plan: Plan, horizon_y: float = 0.12, low_sun: bool = True) -> list[Layer]:
    """Gradient, sun or moon and stars; then clouds that drift.

    ``horizon_y`` is where the gradient ends; ``low_sun`` puts the sun near it at dawn and dusk.
    """
    light, scene = plan.light, plan.scene
    stops = ((horizon_y, light.horizon), (horizon_y + 0.24, light.middle), (0.92, light.zenith))
    back = Layer("sky", 0.02, [Wash(stops, graded=False)])
    bodies = Sketch()
    x, y = sun_place(plan, horizon_y, low_sun)
    veiled = 0.0 if scene.weather == "clear" else (0.75 if scene.weather in ("cloudy", "snow") else 1.0)
    if scene.time == "night":
        _stars(bodies, plan, 1.0 - veiled)
        _moon(bodies, x, y, 0.055, 1.0 - 0.75 * veiled)
    else:
        low = scene.time in ("dawn", "dusk") and low_sun
        colour: RGB = (1.0, 0.97, 0.84) if scene.time == "day" else light.key
        strength = 1.0 - 0.72 * veiled
        glow = GLOW
        bodies.circle((x, y), 0.36, mix(colour, light.horizon, 0.3), alpha=0.30 * strength, soft=0.20, **glow)
        bodies.circle((x, y), 0.13, colour, alpha=0.40 * strength, soft=0.06, **glow)
        if veiled < 1.0:
            bodies.circle(
                (x, y), 0.062 if low else 0.05, mix(colour, (1, 1, 1), 0.45), alpha=strength, soft=0.002, **glow
            )
    back.marks.append(bodies)
    return [back, _clouds(plan, horizon_y)]


def sun_place(plan: Plan, horizon_y: float, low_sun: bool = True) -> tuple[float, float]:
    """Where the sun, or at night the moon, stands: stage x, y."""
    chance = plan.chance("sun")
    x = chance.uniform(0.30, 0.48)
    if plan.scene.time == "night":
        return x * chance.choice((-1, 1)), chance.uniform(0.56, 0.62)
    low = plan.scene.time in ("dawn", "dusk") and low_sun
    return x * plan.light.side, min(0.60, horizon_y + (0.20 if low else 0.44))


def _stars(sk: Sketch, plan: Plan, strength: float) -> None:
    if strength <= 0.05:
        return
    for x, chance in plan.slots("stars", 0.060, jitter=1.8):
        y = 0.20 + 0.62 * chance.random()
        r = chance.choice((0.003, 0.004, 0.0055, 0.008))
        sk.circle((x, y), r, (0.93, 0.95, 1.0), alpha=strength * chance.uniform(0.45, 0.95), soft=0.004, **GLOW)
        if r > 0.007:
            sk.circle((x, y), 3.0 * r, (0.7, 0.8, 1.0), alpha=0.3 * strength, soft=0.02, **GLOW)


def _moon(sk: Sketch, x: float, y: float, r: float, strength: float) -> None:
    look = GLOW
    sk.circle((x, y), 5.0 * r, (0.50, 0.62, 0.92), alpha=0.30 * strength, soft=3.0 * r, **look)
    sk.circle((x, y), 1.7 * r, (0.80, 0.86, 1.0), alpha=0.35 * strength, soft=0.6 * r, **look)
    sk.circle((x, y), r, (0.97, 0.96, 0.88), alpha=strength, **look)
    for dx, dy, k in ((-0.3, 0.25, 0.26), (0.32, -0.12, 0.2), (-0.1, -0.42, 0.16)):
        sk.circle((x + dx * r, y + dy * r), k * r, (0.86, 0.86, 0.80), alpha=0.8 * strength, soft=0.1 * r, **look)


def _clouds(plan: Plan, horizon_y: float) -> Layer:
    light, scene = plan.light, plan.scene
    layer = Layer("clouds", 0.06, drift=0.006 if scene.weather == "clear" else 0.012)
    sk = Sketch()
    sunny = mix(light.key, (1, 1, 1), 0.55) if scene.time != "night" else mix(light.middle, (0.55, 0.64, 0.86), 0.5)
    overcast = scene.weather in ("cloudy", "rain", "snow", "storm")
    if overcast:
        top: RGB = mix(light.middle, sunny, 0.36 if scene.weather != "storm" else 0.12)
        base = mix(light.middle, light.zenith, 0.62) if scene.weather != "storm" else darker(light.zenith, 0.35)
        for row, (y, w, spacing) in enumerate(((0.66, 0.95, 0.52), (0.54, 0.70, 0.46), (0.42, 0.48, 0.44))):
            for x, chance in plan.slots(f"overcast{row}", spacing):
                cloud(
                    sk,
                    x,
                    y + chance.uniform(-0.03, 0.03),
                    w * chance.uniform(0.8, 1.15),
                    mix(top, light.horizon, 0.2 * row),
                    mix(base, light.horizon, 0.2 * row),
                    chance,
                )
    elif scene.weather == "clear":
        top, base = mix(light.middle, sunny, 0.85), mix(light.middle, light.horizon, 0.45)
        for x, chance in plan.slots("clouds", 0.62, jitter=0.7):
            w = chance.uniform(0.26, 0.46)
            cloud(sk, x, chance.uniform(0.46, 0.66), w, top, base, chance, alpha=0.95 if scene.time != "night" else 0.6)
        for x, chance in plan.slots("wisps", 0.55, jitter=0.8):
            y = horizon_y + chance.uniform(0.13, 0.22)
            sk.ellipse((x, y), chance.uniform(0.12, 0.24), 0.011, top, alpha=0.5, soft=0.006, **GLOW)
    if len(sk):
        layer.marks.append(sk)
    return layer


def above_clouds(plan: Plan) -> list[Layer]:
    """The sky itself: a sea of clouds below, towers of cloud around."""
    light = plan.light
    layers = sky(plan, horizon_y=0.0)
    white = mix(mix(light.horizon, light.key, 0.4), (1, 1, 1), 0.45 if plan.scene.time != "night" else 0.12)
    shade = mix(light.middle, light.horizon, 0.35)
    for n, (level, w, parallax) in enumerate(((0.10, 0.62, 0.16), (-0.02, 0.80, 0.38), (-0.17, 1.0, 0.75))):
        sk = Sketch()
        for x, chance in plan.slots(f"sea{n}", 0.42 * w + 0.06):
            cloud(
                sk,
                x,
                level + chance.uniform(-0.03, 0.02),
                w * chance.uniform(0.8, 1.2),
                mix(shade, white, 0.62 + 0.18 * n),
                mix(light.middle, shade, 0.25 + 0.15 * n),
                chance,
            )
        under = Ridge(
            plan.ridge(f"bank{n}", level + 0.01, 0.05, 0.7),
            mix(shade, white, 0.35 + 0.2 * n),
            mix(shade, light.middle, 0.3),
            0.30,
            soft=0.012,
            glow=1.0,
            line=0.0,
        )
        if n == 1:
            for x, chance in plan.slots("islands", 0.95, jitter=0.5):
                _island(sk, x, chance.uniform(0.30, 0.42), chance.uniform(0.14, 0.20), chance)
        layers.append(Layer(f"cloud sea {n}", parallax, [sk, under], drift=0.004 + 0.004 * n))
    return layers


def _island(sk: Sketch, x: float, y: float, w: float, chance: random.Random) -> None:
    """A piece of land that floats."""
    earth: RGB = (0.62, 0.47, 0.38)
    sk.polygon(
        [
            (x - 0.86 * w, y),
            (x + 0.86 * w, y),
            (x + 0.34 * w, y - 0.5 * w),
            (x - 0.05 * w, y - 0.85 * w),
            (x - 0.4 * w, y - 0.42 * w),
        ],
        earth,
        0.03 * w,
        shade=0.6,
    )
    sk.polygon(
        [(x + 0.15 * w, y), (x + 0.86 * w, y), (x + 0.34 * w, y - 0.5 * w), (x - 0.05 * w, y - 0.85 * w)],
        darker(earth, 0.22),
        0.02 * w,
        **FLAT,
    )
    sk.ellipse((x, y + 0.02 * w), 0.95 * w, 0.16 * w, (0.48, 0.70, 0.36), shade=0.5)
    broadleaf(sk, x + chance.uniform(-0.3, 0.3) * w, y + 0.05 * w, 0.9 * w, (0.36, 0.62, 0.32), chance)
