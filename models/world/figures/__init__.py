"""How each subject is drawn: from an actor and its track to strokes in stage coordinates."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import torch

from models.world import vocabulary
from models.world.figures import birds, coats, dragon, people, posing, quadrupeds, suits, swimmers, things, vehicles
from models.world.figures.anatomy import Anatomy, Look
from models.world.figures.carried import hold
from models.world.figures.channels import INDEX
from models.world.figures.palette import palette_of
from models.world.figures.rig import Rig, Table
from models.world.figures.seats import add_seat
from models.world.figures.traits import leg_of, traits_of
from models.world.figures.wear import wear, wear_behind
from models.world.performance import Track
from models.world.scene import Accessory, Actor
from models.world.strokes import Strokes

_BODIES: dict[str, Callable[[Look], Anatomy]] = {
    "child": people.draw_child,
    "woman": people.draw_woman,
    "man": people.draw_man,
    "knight": suits.draw_knight,
    "astronaut": suits.draw_astronaut,
    "robot": suits.draw_robot,
    **dict.fromkeys(coats.FRAMES, quadrupeds.draw_quadruped),
    "bird": birds.draw_bird,
    "owl": birds.draw_owl,
    "penguin": birds.draw_penguin,
    "dragon": dragon.draw_dragon,
    "fish": swimmers.draw_fish,
    "whale": swimmers.draw_whale,
    "turtle": swimmers.draw_turtle,
    "car": vehicles.draw_car,
    "train": vehicles.draw_train,
    "boat": vehicles.draw_boat,
    "rocket": things.draw_rocket,
    "balloon": things.draw_balloon,
    "ball": things.draw_ball,
    "lantern": things.draw_lantern,
    "kite": things.draw_kite,
}

HELD_HEIGHT = 0.115
"""Scale of a carried thing in stage units; whoever is large carries larger things."""


def draw_actor(actor: Actor, track: Track, times_F: torch.Tensor, ridden: bool = False) -> Strokes:
    """All strokes of an actor, with what it wears and carries, painted in order.

    Args:
        actor: who it is.
        track: where it is and how it is posed at ``times_F``.
        times_F: seconds; only their number matters, the track says the rest.
        ridden: whether somebody rides it: then it has a seat, and room for a rider.

    Returns:
        Strokes in stage coordinates over F frames, at most about 60, on the track's device.
    """
    if track.x.shape != times_F.shape:
        raise ValueError(f"the track has {track.x.shape[0]} frames, but {times_F.shape[0]} times were given")
    return posing.strokes_of(table_of(actor, track.x.device, ridden), track)


def joints_of(actor: Actor, track: Track, ridden: bool = False) -> dict[str, torch.Tensor]:
    """Where every joint of the figure is on the stage, by name: each (F, 2)."""
    table = table_of(actor, track.x.device, ridden)
    places = posing.place_joints(table, track)
    return dict(zip(table.names, places.unbind(1), strict=True))


def shadow(actor: Actor, track: Track) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """The contact shadow: x, y, half-width (stage units) and strength (0 to 1), each (F,).

    It lies on the ground under the figure and fades with the height above it; strength is 0 where there is no ground.
    """
    kind = vocabulary.SUBJECTS[actor.subject]
    ground = ground_y(track.depth)
    above = ((track.y - ground) / track.height.clamp_min(1e-6)).clamp_min(0.0)
    fade = 1.0 / (1.0 + 2.2 * above)
    lying = track.lean.abs().sin()
    wide = track.height * (0.40 * min(kind.width, 1.6) + 0.30 * lying) * (1.0 + 0.25 * above.clamp(max=2.0))
    middle = track.x - track.height * 0.5 * track.lean.sin()
    return middle, ground, wide, track.pose[:, INDEX["ground"]] * fade


def ground_y(depth: torch.Tensor) -> torch.Tensor:
    """Stage y of the ground at a depth: the far end of the walkable ground is 0.14 up the frame."""
    return 0.14 * depth


def perspective(depth: float) -> float:
    """How much smaller a figure is at ``depth`` than on the nearest plane."""
    return 1.0 / (1.0 + 0.45 * depth)


def table_of(actor: Actor, device: torch.device | str = "cpu", ridden: bool = False) -> Table:
    """The compiled figure of an actor on a device; actors that look alike share it."""
    carried: list[str] = []
    for act in actor.acts:
        if act.action == "carry" and act.thing and act.thing not in carried:
            carried.append(act.thing)
    return _placed(
        actor.subject, actor.colour, actor.accessories, actor.identity, tuple(carried[:2]), ridden, torch.device(device)
    )


@lru_cache(maxsize=512)
def _placed(
    subject: str,
    colour: str,
    accessories: tuple[Accessory, ...],
    identity: int,
    carried: tuple[str, ...],
    ridden: bool,
    device: torch.device,
) -> Table:
    return _compile(subject, colour, accessories, identity, carried, ridden).to(device)


def _compile(
    subject: str, colour: str, accessories: tuple[Accessory, ...], identity: int, carried: tuple[str, ...], ridden: bool
) -> Table:
    traits = traits_of(subject, identity)
    look = Look(subject, palette_of(subject, colour, traits), traits, leg_of(subject, identity), ridden)
    body = _BODIES[subject](look)
    rig = body.rig
    first = rig.stroke_count
    for accessory in accessories:
        wear_behind(body, accessory.name, accessory.colour)
    rig.send_back(first)
    for accessory in accessories:
        wear(body, accessory.name, accessory.colour)
    scale = max(HELD_HEIGHT / vocabulary.SUBJECTS[subject].height, 0.42)
    for thing, drive in zip(carried, ("carry", "carry_next"), strict=False):
        hold(body, thing, drive, scale)
    if ridden:
        add_seat(rig, subject, traits.girth)
    return rig.compile()


__all__ = ["Rig", "draw_actor", "ground_y", "joints_of", "perspective", "shadow", "table_of"]
