"""The places of the world: each lays itself out in layers from the seed of its scene."""

from __future__ import annotations

from collections.abc import Callable

from models.world.light import mix
from models.world.settings import barren, cosmos, depths, harbour, heavens, indoors, land, town, water
from models.world.settings.sketch import Layer, Plan, Sketch
from models.world.vocabulary import WEATHERLESS

PLACES: dict[str, Callable[[Plan], list[Layer]]] = {
    "forest": land.forest,
    "beach": water.beach,
    "city": town.city,
    "desert": barren.desert,
    "snowfield": barren.snowfield,
    "mountain": land.mountain,
    "meadow": land.meadow,
    "underwater": depths.underwater,
    "space": cosmos.space,
    "moon": cosmos.moon,
    "room": indoors.room,
    "cave": indoors.cave,
    "harbour": harbour.harbour,
    "village": town.village,
    "river": water.river,
    "sky": heavens.above_clouds,
}


def build(plan: Plan) -> list[Layer]:
    """The layers of the plan's setting, far to near."""
    layers = PLACES[plan.scene.setting](plan)
    if plan.scene.weather in ("rain", "storm") and plan.scene.setting not in WEATHERLESS:
        for layer in layers:
            if layer.name == "ground":
                layer.marks.append(_puddles(plan))
    return layers


def _puddles(plan: Plan) -> Sketch:
    """Shallow water that mirrors the sky."""
    sk = Sketch()
    mirror = mix(plan.light.middle, plan.light.horizon, 0.6)
    for x, chance in plan.slots("puddles", 0.34, jitter=1.0):
        y = chance.uniform(-0.22, 0.05)
        w = (0.09 + 0.25 * (0.06 - y)) * chance.uniform(0.7, 1.1)
        look = {"shade": 0.0, "line": 0.0, "soft": 0.004}
        sk.ellipse((x, y - 0.004), 1.04 * w, 0.17 * w, (0.16, 0.17, 0.24), alpha=0.35, **look)
        sk.ellipse((x, y), w, 0.15 * w, mirror, alpha=0.75, glow=0.8, **look)
        sk.ellipse((x - 0.25 * w, y + 0.03 * w), 0.45 * w, 0.035 * w, (1.0, 1.0, 1.0), alpha=0.16, glow=0.5, **look)
    return sk
