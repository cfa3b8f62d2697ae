"""Who rides on whom, how large both are drawn, and the ways of carriers whose acts are left open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from models.world import vocabulary
from models.world.figures import joints_of, perspective
from models.world.figures.channels import INDEX
from models.world.figures.seats import rider_height, sat, seat_of, seated, tilt_of
from models.world.motion.beats import weights
from models.world.motion.plan import Plan
from models.world.performance import Track
from models.world.scene import Act, Scene


def carriers_of(scene: Scene) -> dict[int, int]:
    """The carrier of every rider, by index; a ride on oneself, or round in a circle, does not count."""
    carriers: dict[int, int] = {}
    for index, actor in enumerate(scene.actors):
        ride = next((act for act in actor.acts if act.action == "ride" and act.target >= 0), None)
        if ride is None:
            continue
        above, seen = ride.target, {index}
        while above in carriers and above not in seen:
            seen.add(above)
            above = carriers[above]
        if above not in seen and ride.target != index:
            carriers[index] = ride.target
    return carriers


def acts_of(scene: Scene, index: int) -> tuple[Act, ...]:
    """The acts of an actor; a carrier that is told nothing travels while it is ridden."""
    actor = scene.actors[index]
    how = vocabulary.RIDDEN.get(actor.subject, "walk")
    if actor.acts or how not in vocabulary.SUBJECTS[actor.subject].actions:
        return actor.acts
    riders = [rider for rider, carrier in carriers_of(scene).items() if carrier == index]
    rides = [
        act for rider in riders for act in scene.actors[rider].acts if act.action == "ride" and act.target == index
    ]
    return tuple(Act(how, act.start_s, act.end_s, act.direction) for act in rides[:1])


def depth_of(scene: Scene, index: int) -> float:
    """How far away an actor is: a rider is where its carrier is."""
    carriers = carriers_of(scene)
    while index in carriers:
        index = carriers[index]
    return scene.actors[index].depth


def standing_height(scene: Scene, index: int) -> float:
    """Height of the standing actor on the stage, perspective included: carriers grow, riders are made to fit."""
    actor, carriers = scene.actors[index], carriers_of(scene)
    kind = vocabulary.SUBJECTS[actor.subject]
    height = kind.height * vocabulary.SIZES[actor.size] * perspective(depth_of(scene, index))
    if index in carriers.values():
        # A small carrier must still show who is in it, a large one must not fill the sky.
        height = min(height * seat_of(actor.subject).grow, max(0.62, height))
    if index in carriers:
        carrier = carriers[index]
        riders = sum(1 for other in carriers.values() if other == carrier)
        height = rider_height(
            actor.subject, height, scene.actors[carrier].subject, standing_height(scene, carrier), riders
        )
    return height


def pair_height(scene: Scene, index: int) -> float:
    """Height of an actor together with its carrier or its riders."""
    carriers = carriers_of(scene)
    low = carriers.get(index, index)
    if low not in carriers.values():
        return standing_height(scene, index)
    above = {"on": 0.55, "in": 0.0, "window": 0.0}[seat_of(scene.actors[low].subject).manner]
    riders = [standing_height(scene, rider) for rider, carrier in carriers.items() if carrier == low]
    return standing_height(scene, low) + above * max(riders)


def seat_riders(scene: Scene, plans: Sequence[Plan], tracks: Sequence[Track], t: np.ndarray) -> tuple[Track, ...]:
    """The tracks with everybody who rides put into the seat, carriers before their riders."""
    carriers, placed = carriers_of(scene), list(tracks)
    done = [index for index in range(len(plans)) if index not in carriers]
    while len(done) < len(plans):
        for rider, carrier in carriers.items():
            if rider not in done and carrier in done:
                placed[rider] = _seat(scene, plans[rider], placed[rider], placed[carrier], carrier, t)
                done.append(rider)
    return tuple(placed)


def _seat(scene: Scene, plan: Plan, track: Track, under: Track, carrier: int, t: np.ndarray) -> Track:
    actor, mount = plan.actor, scene.actors[carrier]
    shares = weights(plan.beats, plan.spans, t)
    share = sum((w for w, b in zip(shares, plan.beats, strict=True) if b.seat == carrier), np.zeros_like(t))
    aboard = torch.from_numpy(np.ascontiguousarray(share, np.float32)).to(track.x.device)
    if not bool((aboard > 0).any()):
        return track
    places = joints_of(mount, under, ridden=True)
    yaw = under.pose[:, INDEX["yaw"]]
    pose = sat(track.pose, actor.subject, mount.subject, yaw, aboard)
    lean = track.lean * (1.0 - aboard) + tilt_of(places, mount.subject) * aboard
    facing = pose[:, INDEX["yaw"]].cos()
    zero = torch.zeros_like(track.x)
    posed = replace(track, x=zero, y=zero, pose=pose, lean=lean, facing=facing)
    local = joints_of(actor, posed)
    others = sorted(rider for rider, below in carriers_of(scene).items() if below == carrier)
    offset = (2.0 * others.index(plan.index) / (len(others) - 1) - 1.0) * -0.75 if len(others) > 1 else 0.0
    x, y = seated(posed, local, places, actor.subject, mount.subject, offset)
    hop = 0.35 * plan.height * 4.0 * aboard * (1.0 - aboard)
    return replace(
        posed,
        x=track.x * (1.0 - aboard) + x * aboard,
        y=track.y * (1.0 - aboard) + y * aboard + hop,
        waterline=None,
        aboard=aboard,
    )


__all__ = [
    "acts_of", "carriers_of", "depth_of", "pair_height", "seat_riders", "standing_height",
]  # fmt: skip
