"""Built places: city and village."""

from __future__ import annotations

import random

from models.world.light import mix
from models.world.settings.heavens import sky
from models.world.settings.land import pool
from models.world.settings.plants import broadleaf, bush, flower, tuft
from models.world.settings.props import LAMP, darker, fence, house, lamp, paler
from models.world.settings.sketch import FLAT, GLOW, Layer, Plan, Ridge, Sketch, Texture, flat
from models.world.vocabulary import RGB


def city(plan: Plan) -> list[Layer]:
    """Towers in three depths, lit windows at night, a street with lamps."""
    layers = sky(plan)
    lit = plan.light.dark
    for n, (spacing, low, high, tone, p, haze) in enumerate(
        (
            (0.17, 0.34, 0.62, (0.56, 0.62, 0.74), 0.10, 0.50),
            (0.26, 0.28, 0.54, (0.62, 0.56, 0.60), 0.30, 0.26),
        )
    ):
        towers = Sketch()
        for x, c in plan.slots(f"towers{n}", spacing, jitter=0.5):
            hue = mix(tone, c.choice(((0.80, 0.62, 0.50), (0.50, 0.60, 0.74), (0.72, 0.70, 0.66))), 0.5)
            _tower(
                towers, x, 0.10, spacing * c.uniform(0.62, 0.92), c.uniform(low, high), hue, lit, c, 0.030 + 0.012 * n
            )
        layers.append(Layer(f"towers {n}", p, [towers, Ridge(flat(0.12), darker(tone, 0.3), tone, 0.2)], haze=haze))
    shops = Sketch()
    for x, c in plan.slots("shops", 0.44, jitter=0.12):
        wall = c.choice(
            ((0.82, 0.50, 0.42), (0.88, 0.74, 0.54), (0.50, 0.62, 0.66), (0.72, 0.66, 0.76), (0.90, 0.86, 0.78))
        )
        _shop(shops, x, 0.13, 0.40, c.uniform(0.30, 0.42), wall, lit, c)
    layers.append(
        Layer("shops", 0.66, [shops, Ridge(flat(0.14), (0.62, 0.60, 0.62), (0.56, 0.55, 0.60), 0.1)], haze=0.06)
    )
    street = Sketch()
    road: RGB = (0.44, 0.45, 0.52)
    pool(street, paler(road, 0.35), 0.35)
    for x, _ in plan.slots("slabs", 0.24, jitter=0.0):
        street.capsule((x, 0.115), (x + 0.03, 0.062), 0.002, 0.003, (0.52, 0.51, 0.55), **FLAT)
        street.polygon(
            [(x, -0.165), (x + 0.11, -0.165), (x + 0.10, -0.142), (x, -0.142)], (0.92, 0.88, 0.76), alpha=0.8, **FLAT
        )
    for x, c in plan.slots("lamps", 0.74, jitter=0.25):
        lamp(street, x, 0.085, 0.36, lit)
        if c.random() < 0.7:
            bush(street, x + 0.30, 0.10, 0.11, (0.34, 0.56, 0.34), c)
    pavement = Ridge(flat(0.12), (0.76, 0.74, 0.74), (0.68, 0.66, 0.68), 0.07)
    kerb = Ridge(flat(0.058), (0.86, 0.84, 0.82), (0.50, 0.50, 0.55), 0.02)
    tarmac = Ridge(flat(0.04), paler(road, 0.10), darker(road, 0.30), 0.30, texture=Texture(0.05, 0.12, 0.03, 4))
    layers.append(Layer("ground", 1.0, [pavement, kerb, tarmac, street]))
    return layers


def _tower(
    sk: Sketch, x: float, y: float, w: float, h: float, colour: RGB, lit: float, chance: random.Random, pane: float
) -> None:
    sk.box(x - 0.5 * w, y - 0.1, x + 0.5 * w, y + h, colour, 0.002, shade=0.2)
    sk.box(x + 0.22 * w, y - 0.1, x + 0.5 * w, y + h, darker(colour, 0.20), 0.001, shade=0.1, line=0.0)
    if chance.random() < 0.4:
        sk.box(x - 0.28 * w, y + h, x + 0.2 * w, y + h + 0.05, darker(colour, 0.08), 0.002)
        sk.capsule((x - 0.05 * w, y + h), (x - 0.05 * w, y + h + 0.11), 0.004, 0.002, darker(colour, 0.3))
    cols = max(2, int(w / (1.55 * pane)))
    rows = int((h - 0.05) / (1.75 * pane))
    step = w / cols
    for row in range(rows):
        for col in range(cols):
            on = chance.random()
            cx, cy = x - 0.5 * w + (col + 0.5) * step, y + h - 0.035 - row * 1.75 * pane
            if on < 0.16:
                continue
            shine = lit if on < 0.62 else 0.0
            glass = mix(paler(colour, 0.34), (0.62, 0.80, 0.92), 0.5)
            sk.box(
                cx - 0.34 * step,
                cy - 0.5 * pane,
                cx + 0.34 * step,
                cy + 0.5 * pane,
                mix(glass, LAMP, shine),
                glow=shine,
                **FLAT,
            )


def _shop(sk: Sketch, x: float, y: float, w: float, h: float, wall: RGB, lit: float, chance: random.Random) -> None:
    sk.box(x - 0.5 * w, y - 0.08, x + 0.5 * w, y + h, wall, 0.003, shade=0.3)
    sk.box(x - 0.53 * w, y + h - 0.012, x + 0.53 * w, y + h + 0.014, paler(wall, 0.35), 0.002)
    for i in range(3):
        wx = x + (i - 1) * 0.29 * w
        shine = lit if chance.random() < 0.7 else 0.0
        sk.box(wx - 0.085 * w, y + 0.56 * h, wx + 0.085 * w, y + 0.88 * h, paler(wall, 0.5), 0.004)
        sk.box(
            wx - 0.065 * w,
            y + 0.585 * h,
            wx + 0.065 * w,
            y + 0.86 * h,
            mix((0.54, 0.68, 0.78), LAMP, shine),
            glow=shine,
            shade=-0.4,
            line=0.0,
        )
    if lit > 0.3:
        sk.ellipse((x, y + 0.06), 0.5 * w, 0.16, LAMP, alpha=0.30 * lit, soft=0.10, **GLOW)
    sk.box(
        x - 0.40 * w,
        y - 0.08,
        x + 0.12 * w,
        y + 0.36 * h,
        mix((0.56, 0.72, 0.80), LAMP, lit),
        0.003,
        glow=lit,
        shade=-0.3,
    )
    sk.box(x + 0.20 * w, y - 0.08, x + 0.40 * w, y + 0.36 * h, darker(wall, 0.45), 0.003)
    stripe = chance.choice(((0.86, 0.30, 0.28), (0.26, 0.52, 0.50), (0.26, 0.40, 0.66), (0.90, 0.62, 0.24)))
    for i in range(6):
        a = x - 0.46 * w + i * 0.153 * w
        colour = stripe if i % 2 == 0 else (0.97, 0.94, 0.88)
        sk.polygon(
            [
                (a + 0.01 * w, y + 0.50 * h),
                (a + 0.143 * w, y + 0.50 * h),
                (a + 0.153 * w, y + 0.36 * h),
                (a, y + 0.36 * h),
            ],
            colour,
            0.002,
            shade=0.4,
            line=0.0,
        )


def village(plan: Plan) -> list[Layer]:
    """Cottages around a green with a cobbled lane; windows shine at dusk."""
    layers = sky(plan)
    lit = plan.light.dark
    snow = 0.9 if plan.scene.weather == "snow" else 0.0
    grass: RGB = (0.48, 0.64, 0.34)
    hills = Ridge(plan.ridge("hills", 0.28, 0.12, 1.0), (0.46, 0.60, 0.46), (0.54, 0.68, 0.48), 0.2)
    layers.append(Layer("hills", 0.12, [hills], haze=0.45))
    walls: tuple[RGB, ...] = ((0.95, 0.89, 0.76), (0.90, 0.76, 0.58), (0.82, 0.60, 0.50), (0.78, 0.82, 0.80))
    roofs: tuple[RGB, ...] = ((0.70, 0.36, 0.28), (0.54, 0.36, 0.32), (0.44, 0.44, 0.52))
    far = Sketch()
    for x, c in plan.slots("far houses", 0.26, jitter=0.5):
        house(far, x, 0.185, c.uniform(0.13, 0.18), c, c.choice(walls), c.choice(roofs), lit, snow)
        bush(far, x + 0.13, 0.18, 0.09, (0.36, 0.54, 0.32), c)
    layers.append(
        Layer(
            "far houses",
            0.30,
            [far, Ridge(plan.ridge("green", 0.195, 0.02, 0.9), paler(grass, 0.1), grass, 0.1)],
            haze=0.28,
        )
    )
    near = Sketch()
    for x, c in plan.slots("houses", 0.60, jitter=0.35):
        if c.random() < 0.72:
            house(near, x, 0.155, c.uniform(0.30, 0.38), c, c.choice(walls), c.choice(roofs), lit, snow)
            bush(near, x - 0.24, 0.145, 0.12, (0.36, 0.58, 0.32), c)
        else:
            broadleaf(near, x, 0.15, c.uniform(0.34, 0.42), (0.34, 0.56, 0.28), c)
    layers.append(
        Layer(
            "houses",
            0.62,
            [near, Ridge(plan.ridge("yards", 0.16, 0.012, 0.9), paler(grass, 0.12), grass, 0.12)],
            haze=0.08,
        )
    )
    _green(plan, lit, grass, layers)
    return layers


def _green(plan: Plan, lit: float, grass: RGB, layers: list[Layer]) -> None:
    """The near houses and the lane."""
    stone: RGB = (0.76, 0.70, 0.62)
    lane = Sketch()
    for row in range(6):
        half, tall = 0.040 + 0.010 * row, 0.0138 + 0.0040 * row
        y = 0.056 - 0.034 * row - 0.0055 * row * row
        for x, c in plan.slots(f"cobbles{row}", 2.16 * half, jitter=0.08):
            tone = mix(stone, c.choice(((0.92, 0.88, 0.82), (0.60, 0.57, 0.57), (0.74, 0.66, 0.58))), 0.40)
            wide = half * c.uniform(0.94, 1.02)
            lane.box(
                x - wide + tall,
                y - 0.4 * tall,
                x + wide - tall,
                y + 0.4 * tall,
                tone,
                0.6 * tall,
                alpha=0.85,
                shade=0.5,
                line=0.3,
            )
    pool(lane, paler(stone, 0.4), 0.3)
    for x, c in plan.slots("lamps", 0.95, jitter=0.3):
        lamp(lane, x + 0.3, 0.085, 0.30, lit)
        fence(lane, x - 0.36, 0.10, 0.34, 0.07, (0.95, 0.92, 0.86))
        for k in range(3):
            flower(
                lane,
                x - 0.30 + 0.11 * k,
                0.085,
                0.055,
                c.choice(((0.95, 0.45, 0.46), (1.0, 0.92, 0.80), (0.96, 0.76, 0.30))),
                c,
            )
        tuft(lane, x, 0.085, 0.05, darker(grass, 0.1), c)
    verge = Ridge(plan.ridge("verge", 0.125, 0.014, 1.2), paler(grass, 0.14), grass, 0.08)
    cobbles = Ridge(plan.ridge("lane", 0.072, 0.008, 1.2), darker(stone, 0.18), darker(stone, 0.5), 0.34, soft=0.004)
    layers.append(Layer("ground", 1.0, [verge, cobbles, lane]))
