"""Bare land: desert and snowfield."""

from __future__ import annotations

from models.world.light import mix
from models.world.settings.heavens import sky
from models.world.settings.land import ground, peak, pool
from models.world.settings.plants import pine, tuft
from models.world.settings.props import darker, paler, rock
from models.world.settings.sketch import FLAT, Layer, Plan, Ridge, Sketch
from models.world.vocabulary import RGB


def desert(plan: Plan) -> list[Layer]:
    """Mesas, dunes with a lit and a shaded side, cacti."""
    layers = sky(plan)
    sand: RGB = plan.chance("hue").choice(((0.93, 0.74, 0.46), (0.92, 0.66, 0.42), (0.95, 0.80, 0.56)))
    mesa = Sketch()
    for x, c in plan.slots("mesa", 0.75, jitter=0.8):
        w, h = c.uniform(0.12, 0.24), c.uniform(0.14, 0.26)
        red: RGB = (0.76, 0.46, 0.36)
        mesa.polygon(
            [(x - w, 0.12), (x + w, 0.12), (x + 0.72 * w, 0.12 + h), (x - 0.76 * w, 0.12 + h)], red, 0.008, shade=0.4
        )
        mesa.polygon(
            [(x + 0.3 * w, 0.12), (x + w, 0.12), (x + 0.72 * w, 0.12 + h), (x + 0.4 * w, 0.12 + h)],
            darker(red, 0.22),
            0.004,
            **FLAT,
        )
        mesa.box(x - 0.80 * w, 0.12 + 0.62 * h, x + 0.5 * w, 0.12 + 0.69 * h, paler(red, 0.2), **FLAT, alpha=0.7)
    layers.append(
        Layer(
            "mesas",
            0.10,
            [mesa, Ridge(plan.ridge("flat", 0.16, 0.02, 1.4), mix(sand, (0.8, 0.5, 0.4), 0.4), sand, 0.2)],
            haze=0.42,
        )
    )
    for n, (level, height, p, haze) in enumerate(((0.20, 0.10, 0.28, 0.24), (0.16, 0.07, 0.6, 0.08))):
        dune = Ridge(
            plan.ridge(f"dune{n}", level, height, 1.3, 0.25),
            paler(sand, 0.20),
            mix(sand, (0.72, 0.42, 0.30), 0.45),
            0.13,
            cap=0.012,
            cap_colour=paler(sand, 0.55),
        )
        cacti = Sketch()
        if n:
            for x, c in plan.slots("cacti", 0.72, jitter=0.8):
                cactus(cacti, x, 0.13, c.uniform(0.16, 0.26), c.choice((-1, 1)))
        layers.append(Layer(f"dunes {n}", p, [cacti, dune], haze=haze))
    floor = Sketch()
    pool(floor, paler(sand, 0.45))
    for x, c in plan.slots("ripples", 0.20, jitter=1.0):
        y = c.uniform(-0.24, 0.12)
        floor.ellipse((x, y), c.uniform(0.08, 0.16), 0.006, darker(sand, 0.16), alpha=0.5, soft=0.004, **FLAT)
    for x, c in plan.slots("stones", 0.55, jitter=0.9):
        rock(floor, x, c.uniform(0.07, 0.12), c.uniform(0.05, 0.09), (0.70, 0.52, 0.40), c)
        tuft(floor, x + 0.2, c.uniform(-0.2, 0.08), 0.05, (0.68, 0.62, 0.34), c)
    layers.append(Layer("ground", 1.0, [ground(plan, paler(sand, 0.16), mix(sand, (0.62, 0.36, 0.26), 0.5)), floor]))
    near = Sketch()
    for x, c in plan.slots("near cacti", 1.3, 1.5, jitter=0.3):
        cactus(
            near, x + (0.66 if x >= 0 else -0.66), -0.36, c.uniform(0.36, 0.5), c.choice((-1, 1)), (0.16, 0.26, 0.22)
        )
    layers.append(Layer("near", 1.5, [near], front=True))
    return layers


def cactus(sk: Sketch, x: float, y: float, h: float, side: float, colour: RGB = (0.30, 0.54, 0.34)) -> None:
    """A saguaro with two arms and a flower."""
    r = 0.085 * h
    for s, at, up in ((side, 0.40, 0.30), (-side, 0.55, 0.22)):
        elbow = (x + s * 0.24 * h, y + at * h)
        sk.capsule((x, y + at * h), elbow, 0.75 * r, 0.75 * r, colour, shade=0.5)
        sk.capsule(elbow, (elbow[0], elbow[1] + up * h), 0.75 * r, 0.65 * r, colour, shade=0.3)
    sk.capsule((x, y), (x, y + 0.92 * h), r, 0.8 * r, colour, shade=0.3)
    sk.capsule((x - 0.4 * r, y + 0.1 * h), (x - 0.4 * r, y + 0.9 * h), 0.16 * r, 0.16 * r, paler(colour, 0.35), **FLAT)
    sk.circle((x, y + 1.0 * h), 0.5 * r, (0.95, 0.45, 0.60), line=0.0)


def snowfield(plan: Plan) -> list[Layer]:
    """White drifts, blue shadows, frosted pines."""
    layers = sky(plan)
    snow: RGB = (0.95, 0.97, 1.0)
    blue: RGB = (0.64, 0.75, 0.92)
    peaks = Sketch()
    for x, c in plan.slots("peaks", 0.60, jitter=0.6):
        peak(peaks, x, 0.10, c.uniform(0.28, 0.42), c.uniform(0.30, 0.42), (0.55, 0.64, 0.80))
    layers.append(
        Layer(
            "peaks",
            0.10,
            [peaks, Ridge(plan.ridge("base", 0.18, 0.05, 1.0), mix(snow, blue, 0.4), blue, 0.2)],
            haze=0.38,
        )
    )
    pines = Sketch()
    for x, c in plan.slots("pines", 0.19, jitter=0.9):
        pine(pines, x, 0.16, c.uniform(0.20, 0.36), (0.26, 0.44, 0.44), c, snow=0.92)
    drift = Ridge(
        plan.ridge("drift", 0.18, 0.06, 0.9), snow, mix(snow, blue, 0.75), 0.14, cap=0.014, cap_colour=(1, 1, 1)
    )
    layers.append(Layer("pines", 0.40, [pines, drift], haze=0.22))
    floor = Sketch()
    pool(floor, (1, 1, 1), 0.6)
    for x, c in plan.slots("shadows", 0.30, jitter=1.0):
        floor.ellipse(
            (x, c.uniform(-0.22, 0.09)),
            c.uniform(0.10, 0.24),
            c.uniform(0.008, 0.018),
            mix(snow, blue, 0.9),
            alpha=0.6,
            soft=0.010,
            **FLAT,
        )
    layers.append(
        Layer("ground", 1.0, [ground(plan, snow, mix(blue, (0.50, 0.60, 0.86), 0.4), 0.14, 0.04, 0.03), floor])
    )
    near = Sketch()
    for x, c in plan.slots("near pines", 1.4, 1.5, jitter=0.3):
        pine(near, x + (0.72 if x >= 0 else -0.72), -0.40, c.uniform(0.55, 0.72), (0.14, 0.26, 0.30), c, snow=0.85)
    layers.append(Layer("near", 1.5, [near], front=True))
    return layers
