"""Green land: forest, meadow, mountain."""

from __future__ import annotations

from models.world.light import mix
from models.world.settings.heavens import sky
from models.world.settings.plants import broadleaf, bush, fern, flower, pine, trunk, tuft
from models.world.settings.props import darker, fence, paler, path, rock
from models.world.settings.sketch import FLAT, GLOW, Layer, Plan, Ridge, Sketch, Texture
from models.world.vocabulary import RGB

HORIZON = 0.15
"""Where the walkable ground ends, in stage units."""


def ground(
    plan: Plan, top: RGB, bottom: RGB, level: float = HORIZON, roll: float = 0.02, texture: float = 0.06
) -> Ridge:
    """The plane on which the actors walk: lighter far away, darker towards the viewer."""
    return Ridge(
        plan.ridge("ground", level, roll, 1.9),
        top,
        bottom,
        0.42,
        texture=Texture(texture, 0.13, 0.035, plan.scene.seed),
    )


def pool(sk: Sketch, colour: RGB, alpha: float = 0.35) -> None:
    """A pool of light where the actors are."""
    sk.ellipse((0.0, -0.01), 0.75, 0.10, colour, alpha=alpha, soft=0.07, **FLAT)


def forest(plan: Plan) -> list[Layer]:
    """Tall trunks in three depths, a bright clearing, ferns, shafts of light."""
    layers = sky(plan)
    hue = plan.chance("hue").choice(((0.20, 0.48, 0.26), (0.30, 0.50, 0.22), (0.16, 0.44, 0.34)))
    back = Sketch()
    for x, c in plan.slots("back", 0.11, jitter=0.9):
        pine(back, x, 0.06, c.uniform(0.44, 0.66), paler(hue, 0.10), c)
    layers.append(
        Layer(
            "far trees", 0.22, [back, Ridge(plan.ridge("far", 0.17, 0.05, 0.9), paler(hue, 0.18), hue, 0.2)], haze=0.52
        )
    )
    middle = Sketch()
    for x, c in plan.slots("middle", 0.30, jitter=0.7):
        if c.random() < 0.5:
            trunk(middle, x, 0.13, 0.80, c.uniform(0.022, 0.032), (0.38, 0.28, 0.22), c)
        else:
            broadleaf(middle, x, 0.14, c.uniform(0.42, 0.56), hue, c)
    for x, c in plan.slots("canopy", 0.17, jitter=0.8):
        middle.circle((x, 0.76 + c.uniform(-0.02, 0.06)), c.uniform(0.10, 0.15), darker(hue, 0.10), shade=0.5)
    low = Ridge(plan.ridge("mid", 0.17, 0.04, 0.8), mix(hue, (0.62, 0.74, 0.30), 0.25), darker(hue, 0.15), 0.2)
    shafts = Sketch()
    if plan.scene.weather == "clear" and plan.scene.time != "night":
        for x, c in plan.slots("shafts", 0.36, jitter=0.8):
            w, lean = c.uniform(0.03, 0.06), -0.26 * plan.light.side
            shafts.polygon(
                [(x, 0.95), (x + w, 0.95), (x + w * 1.8 + lean, 0.05), (x - w + lean, 0.05)],
                mix(plan.light.key, (1, 1, 0.9), 0.4),
                alpha=0.14,
                soft=0.02,
                **GLOW,
            )
    layers.append(Layer("trees", 0.5, [middle, low, shafts], haze=0.22))
    _forest_floor(hue, plan, layers)
    return layers


def _forest_floor(hue: RGB, plan: Plan, layers: list[Layer]) -> None:
    """The clearing and what frames it."""
    floor: RGB = mix((0.46, 0.52, 0.26), hue, 0.35)
    litter = Sketch()
    pool(litter, paler(floor, 0.35))
    path(litter, plan.chance("path").uniform(-0.5, 0.5), 0.145, (0.66, 0.58, 0.38))
    for x, c in plan.slots("ferns", 0.52, jitter=0.9):
        fern(litter, x, c.uniform(0.09, 0.13), c.uniform(0.06, 0.09), paler(hue, 0.06), c)
        fern(litter, x + 0.22, c.uniform(-0.25, -0.20), c.uniform(0.08, 0.11), darker(hue, 0.12), c)
    for x, c in plan.slots("litter", 0.14, jitter=1.0):
        y = c.uniform(-0.24, 0.10)
        litter.ellipse(
            (x, y),
            c.uniform(0.02, 0.05),
            0.008,
            c.choice(((0.72, 0.52, 0.26), (0.60, 0.40, 0.22), paler(floor, 0.25))),
            alpha=0.6,
            line=0.0,
            shade=0.0,
        )
    for x, c in plan.slots("undergrowth", 0.24, jitter=0.8):
        tuft(litter, x, c.uniform(0.09, 0.15), c.uniform(0.05, 0.08), paler(hue, 0.12), c)
        if c.random() < 0.2:
            mushroom(litter, x + 0.08, c.uniform(-0.14, 0.08), 0.045)
    layers.append(Layer("ground", 1.0, [ground(plan, paler(floor, 0.12), darker(floor, 0.42)), litter]))
    near = Sketch()
    for x, c in plan.slots("near trunks", 1.5, 1.5, jitter=0.25):
        side = 0.78 if x >= 0 else -0.78
        trunk(near, x + side, -0.36, 1.3, c.uniform(0.07, 0.09), (0.20, 0.15, 0.15), c)
    for x, c in plan.slots("near leaves", 0.16, 1.5, jitter=0.7):
        near.circle((x, 0.80 + c.uniform(-0.015, 0.04)), c.uniform(0.07, 0.10), darker(hue, 0.52), shade=0.3)
    layers.append(Layer("near", 1.5, [near], front=True))


def mushroom(sk: Sketch, x: float, y: float, h: float) -> None:
    """A red one with white spots."""
    sk.capsule((x, y), (x, y + 0.6 * h), 0.16 * h, 0.13 * h, (0.95, 0.90, 0.80), line=0.0)
    sk.ellipse((x, y + 0.68 * h), 0.48 * h, 0.30 * h, (0.82, 0.24, 0.20), shade=0.6)
    for dx, dy in ((-0.2, 0.75), (0.12, 0.84), (0.28, 0.66)):
        sk.circle((x + dx * h, y + dy * h), 0.075 * h, (1.0, 0.95, 0.88), **FLAT)


def meadow(plan: Plan) -> list[Layer]:
    """Rolling hills, single trees, flowers that sway."""
    layers = sky(plan)
    grass: RGB = plan.chance("hue").choice(((0.46, 0.68, 0.28), (0.40, 0.64, 0.32), (0.56, 0.70, 0.30)))
    layers.append(
        Layer(
            "mountains",
            0.10,
            [Ridge(plan.ridge("blue", 0.25, 0.12, 1.1, 0.35), (0.44, 0.58, 0.72), (0.58, 0.72, 0.74), 0.2)],
            haze=0.45,
        )
    )
    trees = Sketch()
    for x, c in plan.slots("wood", 0.13, jitter=0.9):
        if c.random() < 0.6:
            bush(trees, x, 0.185 + c.uniform(-0.01, 0.015), c.uniform(0.06, 0.11), darker(grass, 0.28), c)
    hills = Ridge(
        plan.ridge("hills", 0.19, 0.07, 1.0), paler(grass, 0.10), grass, 0.16, cap=0.012, cap_colour=paler(grass, 0.4)
    )
    layers.append(Layer("hills", 0.25, [trees, hills], haze=0.34))
    middle = Sketch()
    for x, c in plan.slots("trees", 0.62, jitter=0.7):
        broadleaf(middle, x, 0.15, c.uniform(0.26, 0.38), (0.30, 0.56, 0.26), c)
        bush(middle, x + 0.2, 0.15, 0.12, (0.34, 0.58, 0.28), c)
    layers.append(
        Layer(
            "trees",
            0.55,
            [middle, Ridge(plan.ridge("mid", 0.17, 0.035, 1.3), paler(grass, 0.2), grass, 0.14)],
            haze=0.14,
        )
    )
    _field(grass, plan, layers)
    return layers


def _field(grass: RGB, plan: Plan, layers: list[Layer]) -> None:
    """The field and the flowers before it."""
    field = Sketch()
    pool(field, paler(grass, 0.35))
    path(field, plan.chance("path").uniform(-0.6, 0.6), 0.14, (0.88, 0.80, 0.58))
    run = plan.chance("fence").choice((-1, 1))
    for k in range(3):
        fence(field, run * (0.52 + 0.46 * k) - 0.22, 0.12, 0.44, 0.075, (0.95, 0.92, 0.86))
    for x, c in plan.slots("specks", 0.09, jitter=1.2):
        field.circle(
            (x, c.uniform(-0.02, 0.12)),
            c.uniform(0.006, 0.010),
            c.choice(((1, 0.96, 0.9), (0.98, 0.86, 0.35), (0.94, 0.56, 0.66))),
            shade=0.2,
            line=0.0,
        )
    for x, c in plan.slots("tufts", 0.20, jitter=0.9):
        tuft(field, x, c.uniform(-0.20, 0.10), c.uniform(0.04, 0.06), darker(grass, 0.14), c)
    layers.append(Layer("ground", 1.0, [ground(plan, paler(grass, 0.16), darker(grass, 0.34)), field]))
    near = Sketch()
    for x, c in plan.slots("flowers", 0.21, 1.45, jitter=0.8):
        tuft(near, x + 0.05, -0.30, c.uniform(0.08, 0.12), darker(grass, 0.30), c, sway=0.012)
        flower(
            near,
            x,
            -0.30,
            c.uniform(0.10, 0.18),
            c.choice(((0.95, 0.40, 0.42), (1.0, 0.94, 0.88), (0.72, 0.46, 0.86), (0.98, 0.76, 0.24))),
            c,
            sway=0.014,
        )
    layers.append(Layer("flowers", 1.45, living=near, front=True))


def mountain(plan: Plan) -> list[Layer]:
    """Snow-capped peaks, pine slopes, a stony slope_."""
    layers = sky(plan)
    stone: RGB = plan.chance("hue").choice(((0.46, 0.50, 0.60), (0.52, 0.48, 0.54), (0.42, 0.52, 0.58)))
    peaks = Sketch()
    for x, c in plan.slots("peaks", 0.62, jitter=0.5):
        peak(peaks, x, 0.10, c.uniform(0.46, 0.62), c.uniform(0.34, 0.44), stone)
    layers.append(
        Layer(
            "peaks",
            0.08,
            [peaks, Ridge(plan.ridge("base", 0.17, 0.05, 1.0), mix(stone, (0.4, 0.55, 0.45), 0.4), stone, 0.2)],
            haze=0.36,
        )
    )
    slope = Sketch()
    green: RGB = (0.22, 0.42, 0.34)
    for x, c in plan.slots("pines", 0.085, jitter=0.9):
        pine(slope, x, 0.16 + 0.03 * c.random(), c.uniform(0.10, 0.18), green, c)
    layers.append(
        Layer(
            "pines",
            0.32,
            [slope, Ridge(plan.ridge("slope", 0.18, 0.06, 1.1), paler(green, 0.12), green, 0.2)],
            haze=0.26,
        )
    )
    slope_ = Sketch()
    earth: RGB = (0.60, 0.64, 0.46)
    trail: RGB = (0.80, 0.73, 0.60)
    trail_at = plan.chance("path").uniform(-0.5, 0.5)
    path(slope_, trail_at, 0.14, trail)
    pool(slope_, paler(earth, 0.4))
    for x, c in plan.slots("rocks", 0.34, jitter=0.9):
        rock(slope_, x, c.uniform(0.07, 0.13), c.uniform(0.07, 0.16), mix(stone, earth, 0.3), c)
        rock(slope_, x + 0.15, c.uniform(-0.24, -0.16), c.uniform(0.05, 0.09), darker(earth, 0.15), c)
        tuft(slope_, x + 0.09, c.uniform(-0.18, 0.08), 0.05, (0.42, 0.56, 0.32), c)
        slope_.circle(
            (x - 0.07, c.uniform(-0.2, 0.08)),
            0.010,
            c.choice(((0.72, 0.56, 0.90), (1, 1, 0.95), (0.98, 0.80, 0.36))),
            line=0.0,
        )
    layers.append(
        Layer(
            "ground",
            1.0,
            [ground(plan, mix(earth, (0.62, 0.74, 0.46), 0.5), darker(earth, 0.34), texture=0.08), slope_],
        )
    )
    near = Sketch()
    for x, c in plan.slots("near rocks", 0.8, 1.5, jitter=0.5):
        rock(near, x + (0.42 if x >= 0 else -0.42), -0.36, c.uniform(0.22, 0.34), (0.24, 0.25, 0.31), c)
    layers.append(Layer("near", 1.45, [near], front=True))
    return layers


def peak(sk: Sketch, x: float, y: float, h: float, half: float, stone: RGB) -> None:
    """A mountain with a lit and a shaded face under snow."""
    top = (x, y + h)
    sk.polygon([(x - half, y), (x + half, y), top], stone, 0.004, shade=0.3)
    sk.polygon(
        [(x + 0.05 * half, y), (x + half, y), top, (x + 0.16 * half, y + 0.55 * h)], darker(stone, 0.28), 0.002, **FLAT
    )
    snow: RGB = (0.96, 0.98, 1.0)
    sk.polygon(
        [(x - 0.36 * half, y + 0.64 * h), (x - 0.12 * half, y + 0.70 * h), (x + 0.02 * half, y + 0.62 * h), top],
        snow,
        0.003,
        shade=0.1,
        line=0.0,
    )
    sk.polygon(
        [(x + 0.02 * half, y + 0.62 * h), (x + 0.15 * half, y + 0.70 * h), (x + 0.34 * half, y + 0.66 * h), top],
        mix(snow, (0.62, 0.70, 0.86), 0.6),
        0.003,
        **FLAT,
    )
