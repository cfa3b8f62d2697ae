"""The places of the world: each lays itself out in layers from the seed of its scene."""

from __future__ import annotations

from collections.abc import Callable

from models.world.settings import heavens, land, town, water
from models.world.settings.sketch import Layer, Plan

PLACES: dict[str, Callable[[Plan], list[Layer]]] = {
    "forest": land.forest,
    "beach": water.beach,
    "city": town.city,
    "desert": land.desert,
    "snowfield": land.snowfield,
    "mountain": land.mountain,
    "meadow": land.meadow,
    "underwater": water.underwater,
    "space": heavens.space,
    "moon": heavens.moon,
    "room": town.room,
    "cave": town.cave,
    "harbour": water.harbour,
    "village": town.village,
    "river": water.river,
    "sky": heavens.above_clouds,
}


def build(plan: Plan) -> list[Layer]:
    """The layers of the plan's setting, far to near."""
    return PLACES[plan.scene.setting](plan)
