"""Enclosed places: a room and a cave."""

from __future__ import annotations

import math
import random

from models.world.light import mix
from models.world.settings.land import pool
from models.world.settings.props import LAMP, darker, paler, rock
from models.world.settings.sketch import FLAT, GLOW, Layer, Plan, Ridge, Sketch, Texture, Wash, flat
from models.world.vocabulary import RGB


def room(plan: Plan) -> list[Layer]:
    """A living room: papered wall, a window that shows the sky, shelf, armchair, lamp, rug."""
    light = plan.light
    lit = plan.light.dark
    chance = plan.chance("room")
    paper: RGB = chance.choice(((0.62, 0.72, 0.66), (0.86, 0.72, 0.58), (0.66, 0.68, 0.80), (0.84, 0.66, 0.64)))
    wall = Sketch()
    for x, _ in plan.slots("stripes", 0.16, jitter=0.0):
        wall.box(x - 0.035, 0.0, x + 0.035, 1.6, paler(paper, 0.14), **FLAT, alpha=0.6)
    side = chance.choice((-1, 1))
    for wx in (side * 0.34 - 1.7, side * 0.34, side * 0.34 + 1.7):
        _sky_window(wall, wx, 0.46, 0.40, 0.36, plan)
    _shelf(wall, -side * 0.42, 0.30, chance)
    wall.box(-side * 0.04 - 0.09, 0.44, -side * 0.04 + 0.09, 0.62, (0.52, 0.36, 0.26), 0.004)
    wall.box(-side * 0.04 - 0.072, 0.458, -side * 0.04 + 0.072, 0.602, (0.70, 0.82, 0.84), shade=-0.4, line=0.0)
    wall.circle((-side * 0.04 + 0.01, 0.52), 0.035, (0.93, 0.62, 0.36), line=0.0)
    skirting = Ridge(flat(0.205), (0.94, 0.91, 0.85), (0.84, 0.80, 0.74), 0.05)
    back = Wash(((0.1, darker(paper, 0.14)), (0.45, paper), (0.9, darker(paper, 0.10))), graded=True)
    layers = [Layer("wall", 0.62, [back, wall, skirting])]
    wood: RGB = (0.70, 0.50, 0.34)
    floor = Sketch()
    for n in range(5):
        y = 0.135 - 0.035 * n - 0.012 * n * n
        floor.capsule((-plan.reach - 0.5, y), (plan.reach + 0.5, y), 0.0025, 0.0025, darker(wood, 0.28), **FLAT)
    rug: RGB = chance.choice(((0.74, 0.34, 0.34), (0.30, 0.48, 0.60), (0.44, 0.54, 0.40)))
    for k, (w, tone) in enumerate(((0.66, darker(rug, 0.2)), (0.62, rug), (0.46, paler(rug, 0.3)), (0.42, rug))):
        floor.ellipse((0.0, -0.06), w, 0.135 * w / 0.66, tone, shade=0.0, line=0.5 if k == 0 else 0.0)
    for base in (-1.7, 0.0, 1.7):
        _armchair(floor, base - side * 0.60, 0.08, 0.30, chance.choice(((0.82, 0.60, 0.30), (0.42, 0.56, 0.60))))
        _floor_lamp(floor, base + side * 0.70, 0.10, 0.50, max(lit, 0.0))
        _plant(floor, base + side * 0.08 + 0.85, 0.10, 0.20)
    boards = Ridge(flat(0.165), paler(wood, 0.12), darker(wood, 0.30), 0.40, texture=Texture(0.05, 0.4, 0.02, 8))
    if light.dark < 0.9:
        floor.polygon(
            [(side * 0.22, 0.15), (side * 0.50, 0.15), (side * 0.30, -0.12), (side * -0.06, -0.12)],
            mix(light.key, (1, 1, 1), 0.3),
            alpha=0.22,
            soft=0.02,
            **GLOW,
        )
    layers.append(Layer("floor", 1.0, [boards, floor]))
    return layers


def _sky_window(sk: Sketch, x: float, y: float, w: float, h: float, plan: Plan) -> None:
    light = plan.light
    frame: RGB = (0.95, 0.93, 0.88)
    glow = GLOW
    sk.box(x - 0.56 * w, y - 0.56 * h, x + 0.56 * w, y + 0.56 * h, frame, 0.006, shade=0.0)
    for n in range(12):
        share = n / 11
        colour = (
            mix(light.horizon, light.middle, share * 2)
            if share < 0.5
            else mix(light.middle, light.zenith, share * 2 - 1)
        )
        low = y - 0.48 * h + 0.96 * h * n / 12
        sk.box(x - 0.5 * w, low, x + 0.5 * w, low + 0.10 * h, colour, soft=0.006, **glow)
    if plan.scene.time == "night":
        sk.circle((x + 0.22 * w, y + 0.22 * h), 0.036, (0.97, 0.96, 0.86), **glow)
        for dx, dy in ((-0.3, 0.3), (-0.1, 0.12), (-0.36, -0.1), (0.34, -0.05)):
            sk.circle((x + dx * w, y + dy * h), 0.006, (0.95, 0.96, 1.0), **glow)
    else:
        at = 0.24 if plan.scene.time == "day" else -0.12
        sk.circle((x + 0.2 * w, y + at * h), 0.034, mix(light.key, (1, 1, 1), 0.4), **glow)
    for k in range(3):
        sk.circle((x + (k - 1) * 0.36 * w, y - 0.52 * h), 0.24 * w, light.shown((0.42, 0.60, 0.44), 0.35), **glow)
    sk.box(x - 0.56 * w, y - 0.70 * h, x + 0.56 * w, y - 0.485 * h, frame, 0.003, **FLAT)
    for a, b in (((x, y - 0.5 * h), (x, y + 0.5 * h)), ((x - 0.5 * w, y + 0.04 * h), (x + 0.5 * w, y + 0.04 * h))):
        sk.capsule(a, b, 0.008, 0.008, frame, **FLAT)
    cloth: RGB = (0.78, 0.40, 0.36)
    for s in (-1, 1):
        sk.polygon(
            [
                (x + s * 0.46 * w, y + 0.66 * h),
                (x + s * 0.76 * w, y + 0.66 * h),
                (x + s * 0.74 * w, y - 0.78 * h),
                (x + s * 0.58 * w, y - 0.78 * h),
            ],
            cloth,
            0.006,
            shade=0.2,
        )
        sk.capsule(
            (x + s * 0.64 * w, y + 0.6 * h), (x + s * 0.66 * w, y - 0.74 * h), 0.006, 0.010, darker(cloth, 0.25), **FLAT
        )
    sk.capsule((x - 0.82 * w, y + 0.69 * h), (x + 0.82 * w, y + 0.69 * h), 0.010, 0.010, (0.42, 0.30, 0.22))
    if plan.scene.weather == "rain":
        for k in range(6):
            sk.capsule(
                (x + (k - 2.5) * 0.15 * w, y + 0.3 * h - 0.08 * (k % 3)),
                (x + (k - 2.6) * 0.15 * w, y + 0.1 * h - 0.08 * (k % 3)),
                0.003,
                0.003,
                (0.9, 0.95, 1.0),
                alpha=0.5,
                **glow,
            )


def _shelf(sk: Sketch, x: float, y: float, chance: random.Random) -> None:
    wood: RGB = (0.55, 0.38, 0.26)
    sk.box(x - 0.20, 0.16, x + 0.20, y + 0.36, darker(wood, 0.35), 0.004)
    for row in range(3):
        low = 0.24 + 0.135 * row
        at = x - 0.175
        while at < x + 0.16:
            w, h = chance.uniform(0.018, 0.032), chance.uniform(0.075, 0.105)
            sk.box(
                at,
                low,
                at + w,
                low + h,
                chance.choice(
                    ((0.78, 0.34, 0.30), (0.30, 0.50, 0.60), (0.90, 0.74, 0.42), (0.44, 0.58, 0.44), (0.88, 0.84, 0.76))
                ),
                0.001,
                shade=0.3,
                line=0.0,
            )
            at += w + 0.004
        sk.box(x - 0.20, low - 0.014, x + 0.20, low, wood, 0.001)
    sk.box(x - 0.215, y + 0.35, x + 0.215, y + 0.375, paler(wood, 0.1), 0.002)


def _armchair(sk: Sketch, x: float, y: float, h: float, colour: RGB) -> None:
    sk.ellipse((x, y - 0.01), 0.62 * h, 0.07 * h, (0.2, 0.14, 0.12), alpha=0.35, soft=0.02, **FLAT)
    sk.box(x - 0.36 * h, y + 0.15 * h, x + 0.36 * h, y + 0.95 * h, darker(colour, 0.12), 0.08 * h, shade=0.5)
    sk.box(x - 0.34 * h, y + 0.08 * h, x + 0.34 * h, y + 0.42 * h, paler(colour, 0.12), 0.06 * h, shade=0.5)
    for s in (-1, 1):
        sk.box(
            x + s * 0.46 * h - 0.08 * h,
            y + 0.06 * h,
            x + s * 0.46 * h + 0.08 * h,
            y + 0.56 * h,
            colour,
            0.07 * h,
            shade=0.5,
        )


def _floor_lamp(sk: Sketch, x: float, y: float, h: float, lit: float) -> None:
    iron: RGB = (0.32, 0.26, 0.24)
    sk.ellipse((x, y), 0.12 * h, 0.03 * h, iron)
    sk.capsule((x, y), (x, y + 0.8 * h), 0.012 * h, 0.012 * h, iron)
    if lit > 0.3:
        sk.circle((x, y + 0.84 * h), 0.62 * h, LAMP, alpha=0.34 * lit, soft=0.30 * h, **GLOW)
    sk.polygon(
        [
            (x - 0.19 * h, y + 0.74 * h),
            (x + 0.19 * h, y + 0.74 * h),
            (x + 0.11 * h, y + 1.0 * h),
            (x - 0.11 * h, y + 1.0 * h),
        ],
        mix((0.93, 0.86, 0.72), LAMP, lit),
        0.01 * h,
        glow=lit,
        shade=0.3,
    )


def _plant(sk: Sketch, x: float, y: float, h: float) -> None:
    for dx in (-0.5, -0.22, 0.05, 0.30, 0.55):
        sk.capsule(
            (x + 0.2 * dx * h, y + 0.35 * h),
            (x + dx * h, y + (1.15 - 0.5 * abs(dx)) * h),
            0.07 * h,
            0.05 * h,
            (0.30, 0.56, 0.36),
            shade=0.5,
        )
    sk.polygon(
        [(x - 0.20 * h, y + 0.42 * h), (x + 0.20 * h, y + 0.42 * h), (x + 0.14 * h, y), (x - 0.14 * h, y)],
        (0.80, 0.46, 0.34),
        0.02 * h,
        shade=0.5,
    )


def cave(plan: Plan) -> list[Layer]:
    """Rock walls, stalactites, crystals that glow, an opening to the sky."""
    chance = plan.chance("cave")
    stone: RGB = chance.choice(((0.46, 0.44, 0.56), (0.52, 0.46, 0.48), (0.40, 0.48, 0.54)))
    glow: RGB = chance.choice(((0.40, 0.92, 0.90), (0.72, 0.58, 1.0), (0.52, 0.95, 0.62)))
    mouth = _mouth(plan, stone, chance)
    back = Wash(
        ((-0.1, darker(stone, 0.30)), (0.3, darker(stone, 0.34)), (0.9, darker(stone, 0.62))),
        Texture(0.12, 0.22, 0.16, 5),
        graded=True,
    )
    floor_far = Ridge(plan.ridge("far floor", 0.15, 0.05, 0.8), darker(stone, 0.18), darker(stone, 0.3), 0.2)
    layers = [Layer("back wall", 0.25, [back, mouth, floor_far], haze=0.10)]
    spikes = Sketch()
    for x, c in plan.slots("stalactites", 0.15, jitter=0.9):
        w, h = c.uniform(0.04, 0.07), c.uniform(0.12, 0.34)
        spikes.polygon(
            [(x - w, 1.0), (x + w, 1.0), (x + 0.3 * w, 0.80 - 0.35 * h), (x, 0.80 - h)],
            darker(stone, 0.24),
            0.006,
            shade=0.7,
        )
        spikes.polygon(
            [(x - 0.8 * w, 1.0), (x - 0.3 * w, 1.0), (x + 0.02 * w, 0.82 - h)],
            paler(stone, 0.05),
            0.002,
            **FLAT,
            alpha=0.7,
        )
    for x, c in plan.slots("pillars", 0.42, jitter=0.8):
        h = c.uniform(0.12, 0.26)
        spikes.polygon(
            [(x - 0.08, 0.08), (x + 0.08, 0.08), (x + 0.02, 0.08 + h), (x - 0.015, 0.08 + h)],
            darker(stone, 0.14),
            0.01,
            shade=0.7,
        )
    for x, c in plan.slots("crystals", 0.46, jitter=0.7):
        _crystal(spikes, x, 0.13, c.uniform(0.10, 0.17), glow, c)
    layers.append(
        Layer(
            "stalactites",
            0.55,
            [spikes, Ridge(plan.ridge("mid", 0.155, 0.04, 0.8), darker(stone, 0.04), darker(stone, 0.2), 0.2)],
            haze=0.05,
        )
    )
    _cave_inside(stone, plan, glow, layers)
    return layers


def _mouth(plan: Plan, stone: RGB, chance: random.Random) -> Sketch:
    """The way out, and the sky that is seen through it."""
    mouth = Sketch()
    x0 = chance.uniform(0.25, 0.42) * chance.choice((-1, 1))
    look = GLOW
    mouth.ellipse((x0, 0.34), 0.44, 0.40, mix(stone, plan.light.middle, 0.5), alpha=0.6, soft=0.16, **FLAT)
    mouth.ellipse((x0, 0.32), 0.24, 0.26, plan.light.middle, soft=0.006, **look)
    mouth.ellipse((x0, 0.26), 0.215, 0.19, mix(plan.light.horizon, plan.light.middle, 0.35), soft=0.04, **look)
    if plan.scene.time == "night":
        mouth.circle((x0 + 0.08, 0.45), 0.034, (0.97, 0.96, 0.88), **look)
        for dx, dy in ((-0.1, 0.48), (-0.03, 0.40), (-0.13, 0.36)):
            mouth.circle((x0 + dx, dy), 0.006, (0.95, 0.96, 1.0), **look)
    else:
        mouth.circle(
            (x0 + 0.05, 0.42 if plan.scene.time == "day" else 0.26),
            0.042,
            mix(plan.light.key, (1, 1, 1), 0.4),
            soft=0.003,
            **look,
        )
    for k in range(15):
        a = -0.55 + 4.25 * k / 14
        r = chance.uniform(0.05, 0.10)
        at = (x0 + 0.265 * math.cos(a), 0.32 + 0.285 * math.sin(a))
        mouth.circle(at, r, darker(stone, 0.34), shade=0.7, soft=0.004)
        mouth.circle(
            (x0 + 0.36 * math.cos(a), 0.32 + 0.38 * math.sin(a)), r + 0.03, darker(stone, 0.40), shade=0.5, soft=0.02
        )
    return mouth


def _cave_inside(stone: RGB, plan: Plan, glow: RGB, layers: list[Layer]) -> None:
    """What stands in the cave."""
    floor = Sketch()
    pool(floor, paler(stone, 0.35), 0.40)
    for x, c in plan.slots("stones", 0.32, jitter=0.9):
        rock(floor, x, c.uniform(0.06, 0.11), c.uniform(0.07, 0.14), darker(stone, 0.10), c)
        floor.ellipse(
            (x + 0.1, c.uniform(-0.2, 0.0)),
            c.uniform(0.05, 0.12),
            0.012,
            mix(stone, glow, 0.4),
            alpha=0.35,
            soft=0.008,
            **FLAT,
        )
    for x, c in plan.slots("near crystals", 0.9, jitter=0.6):
        _crystal(floor, x + 0.2, 0.07, c.uniform(0.08, 0.12), glow, c)
    layers.append(
        Layer(
            "ground",
            1.0,
            [
                Ridge(
                    plan.ridge("ground", 0.135, 0.03, 1.3),
                    paler(stone, 0.12),
                    darker(stone, 0.42),
                    0.40,
                    texture=Texture(0.09, 0.12, 0.05, 6),
                ),
                floor,
            ],
        )
    )
    near = Sketch()
    for x, c in plan.slots("near rocks", 0.85, 1.5, jitter=0.4):
        rock(near, x + (0.5 if x >= 0 else -0.5), -0.38, c.uniform(0.28, 0.42), darker(stone, 0.68), c)
        near.polygon(
            [(x - 0.12, 1.2), (x + 0.12, 1.2), (x + 0.03, 0.62), (x, 0.58)], darker(stone, 0.70), 0.01, shade=0.3
        )
    layers.append(Layer("near", 1.5, [near], front=True))


def _crystal(sk: Sketch, x: float, y: float, h: float, colour: RGB, chance: random.Random) -> None:
    sk.circle((x, y + 0.5 * h), 1.5 * h, colour, alpha=0.20, soft=0.7 * h, **GLOW)
    for lean, size in ((-0.45, 0.62), (0.42, 0.70), (0.0, 1.0)):
        lean += chance.uniform(-0.08, 0.08)
        w, top = 0.15 * h * (0.6 + 0.4 * size), size * h
        tx = x + lean * h
        bx = x + 0.3 * lean * h
        sk.polygon(
            [(bx - w, y), (bx + w, y), (tx + 0.9 * w, y + 0.72 * top), (tx, y + top), (tx - 0.9 * w, y + 0.72 * top)],
            colour,
            0.002,
            glow=0.75,
            shade=0.5,
        )
        sk.polygon(
            [(bx - w, y), (bx - 0.2 * w, y), (tx - 0.1 * w, y + 0.95 * top), (tx - 0.9 * w, y + 0.72 * top)],
            paler(colour, 0.55),
            glow=0.8,
            **FLAT,
            alpha=0.8,
        )
