"""Who starts where, how fast they go, and that all of it stays in view."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.world import vocabulary
from models.world.figures.traits import gait_of
from models.world.motion.beats import WEIGHTLESS, Beat, beats_of, blends, elapsed
from models.world.motion.levels import set_levels
from models.world.motion.plan import HOPS, Plan, flies
from models.world.motion.riding import acts_of, carriers_of, depth_of, pair_height, standing_height
from models.world.scene import Scene

FRAMED = {"medium": 0.60, "close": 1.05}
"""Share of the frame height that the framed actor takes: its height, or its length in a narrow frame."""
SMALLEST, LARGEST = 0.24, 0.45
"""In a wide frame the framed actor is at least and at most this share of the height, if there is room."""
CLOSER = 1.5
"""How much nearer than usual the camera comes for a small actor in a wide frame."""
FARTHEST = 1.35
"""Most stage units of height that a wide frame shows."""
_ROOMY = 0.70
"""A body counts as this much of its width over the aspect where that is more than its height."""


def framed_size(scene: Scene, aspect: float) -> float:
    """Stage units of frame height that the framed actor takes: its height, or its length in a narrow frame."""
    index = framed_actor(scene)
    height = pair_height(scene, index)
    low = carriers_of(scene).get(index, index)
    width = vocabulary.SUBJECTS[scene.actors[low].subject].width * standing_height(scene, low)
    return max(height, _ROOMY * width / aspect)


def framed_actor(scene: Scene) -> int:
    """Index of the actor the camera frames; the tallest where the scene leaves it open."""
    if 0 <= scene.focus < len(scene.actors):
        return scene.focus
    return max(range(len(scene.actors)), key=lambda index: standing_height(scene, index))


def stage_height(scene: Scene, aspect: float) -> float:
    """Stage units of height that the framing shows."""
    if not scene.actors:
        return 1.0
    size = framed_size(scene, aspect)
    if scene.camera.framing != "wide":
        return size / FRAMED[scene.camera.framing]
    low = [index for index in range(len(scene.actors)) if index not in carriers_of(scene)]
    widths = [vocabulary.SUBJECTS[scene.actors[i].subject].width * standing_height(scene, i) for i in low]
    room = max((sum(widths) + 0.10 * len(low)) / (0.80 * aspect), max(standing_height(scene, i) for i in low) / 0.75)
    room = max(room, 1.0) if len(low) > 2 else room
    nearest, farthest = max(1.0 / CLOSER, min(room, 1.0)), min(max(1.0, size / LARGEST, 0.9 * room), FARTHEST)
    return float(np.clip(size / SMALLEST, nearest, farthest))


def plan_scene(scene: Scene, aspect: float) -> list[Plan]:
    """A plan for every actor, in the scene's order. ``aspect`` is width over height."""
    tall = stage_height(scene, aspect)
    plans = [_plan(scene, index, tall) for index in range(len(scene.actors))]
    for plan in plans:
        _split_meetings(plan, plans)
    _face_who_comes(plans)
    for plan in plans:
        plan.spans = blends(plan.beats)
        plan.speeds = [_speed(plan, beat, tall * aspect) for beat in plan.beats]
        set_levels(plan, scene.setting, scene.camera.framing == "wide")
    if not plans:
        return []
    walkers = [plan for plan in plans if not all(beat.seat >= 0 for beat in plan.beats)]
    slots = _slots(walkers, len(plans), tall * aspect, scene.camera.framing == "wide")
    for plan in walkers:
        if not any(beat.action == "chase" for beat in plan.beats):
            _fit(plan, slots[plan.index], tall * aspect, len(walkers) == 1)
    for plan in walkers:
        if any(beat.action == "chase" for beat in plan.beats):
            _fit(plan, slots[plan.index], tall * aspect, False)
            _follow(plan, plans)
    for plan in walkers:
        _approach(plan, plans)
    if scene.camera.framing == "wide":
        _keep_in_view(walkers, plans, tall * aspect, scene.duration_s)
    for plan in walkers:
        _board(plan, plans)
    return plans


def _board(plan: Plan, plans: list[Plan]) -> None:
    """Who gets on or off during the clip comes to its carrier, goes along with it, and leaves from where it is."""
    rides = [number for number, beat in enumerate(plan.beats) if beat.seat >= 0]
    for number in rides:
        beat, carrier = plan.beats[number], plans[plan.beats[number].seat]
        ends = carrier.x(np.array([beat.start_s, beat.end_s]))
        spent = elapsed(plan.beats, plan.spans, np.array([plan.beats[-1].end_s]))[number]
        plan.speeds[number] = float(ends[1] - ends[0]) / max(float(spent[0]), 1e-6)
    if rides:
        first = plan.beats[rides[0]]
        aside = 0.45 * _way_in(plan, first) * plans[first.seat].width if rides[0] else 0.0
        at = np.array([first.start_s])
        plan.start_x += float(plans[first.seat].x(at)[0] - plan.x(at)[0]) - aside


def _way_in(plan: Plan, beat: Beat) -> float:
    """From which side it comes: the way it went before."""
    return next((b.sign for b in plan.beats if b.travels and b.end_s <= beat.start_s + 1e-6), 1.0)


def _keep_in_view(walkers: list[Plan], plans: list[Plan], view: float, duration_s: float) -> None:
    """Shift chases, then shrink all ways alike, until everyone's middle stays well inside a wide frame."""
    grid = np.linspace(0.0, duration_s, 33)
    for plan in walkers:
        targets = [
            b.target
            for b in plan.beats
            if b.action == "chase" and 0 <= b.target < len(plans) and b.target != plan.index
        ]
        if targets:
            pair = [plan, plans[targets[0]]]
            low = min(float(p.x(grid).min()) + _inside(p, view) for p in pair)
            high = max(float(p.x(grid).max()) - _inside(p, view) for p in pair)
            shift = -(low + high) / 2 if low < 0 < high else -min(low, 0.0) - max(high, 0.0)
            for p in pair:
                p.start_x += shift
    share = min((_inside(p, view) / max(float(np.abs(p.x(grid)).max()), 1e-9) for p in walkers), default=1.0)
    if share < 1.0:
        for plan in walkers:
            plan.start_x *= share
            plan.speeds = [speed * share for speed in plan.speeds]


def _inside(plan: Plan, view: float) -> float:
    """How far from the middle of the frame an actor may get."""
    return max(view / 2 - 0.50 * plan.width - 0.01, 0.13 * view)


def _plan(scene: Scene, index: int, tall: float) -> Plan:
    depth = depth_of(scene, index)
    actor = replace(scene.actors[index], depth=depth, acts=acts_of(scene, index))
    kind, h = vocabulary.SUBJECTS[actor.subject], standing_height(scene, index)
    carriers = carriers_of(scene)
    beats = beats_of(scene, actor)
    if index not in carriers:
        beats = [replace(b, action="stand", seat=-1) if b.action == "ride" else replace(b, seat=-1) for b in beats]
    # Whoever follows or meets a rider follows or meets what carries it.
    beats = [replace(b, target=carriers.get(b.target, b.target)) if b.action in ("chase", "meet") else b for b in beats]
    return Plan(
        actor,
        index,
        kind,
        gait_of(actor.subject, actor.identity),
        h,
        kind.width * h,
        0.14 * depth,
        beats,
        [],
        scene.setting in WEIGHTLESS,
        0.45 if scene.setting == "moon" else 1.0,
        tall,
    )


def _split_meetings(plan: Plan, plans: list[Plan]) -> None:
    """A meeting is a walk towards the other, then a greeting face to face."""
    beats: list[Beat] = []
    for beat in plan.beats:
        if beat.action != "meet":
            beats.append(beat)
            continue
        target = beat.target if 0 <= beat.target < len(plans) and beat.target != plan.index else -1
        if target >= 0:
            beat = replace(beat, sign=1.0 if _order(plans[target]) > _order(plan) else -1.0)
        arrive = beat.start_s + 0.62 * beat.duration_s
        beats += [
            replace(beat, end_s=arrive, target=target),
            replace(beat, action="greet", start_s=arrive, travels=False, target=target),
        ]
    plan.beats = [
        replace(after, sign=before.sign) if after.action == "idle" and before.action == "greet" else after
        for before, after in zip([beats[0], *beats], beats, strict=False)
    ]


def _face_who_comes(plans: list[Plan]) -> None:
    """Whoever stays where it is while another comes to meet it looks that way."""
    for plan in plans:
        for beat in plan.beats:
            if beat.action != "meet" or beat.target < 0:
                continue
            host = plans[beat.target]
            if not any(b.travels or b.action in ("chase", "greet") for b in host.beats):
                host.beats = [replace(b, sign=-beat.sign) for b in host.beats]


def _order(plan: Plan) -> tuple[float, int]:
    return vocabulary.SIDES[plan.actor.side], plan.index


def _speed(plan: Plan, beat: Beat, view: float) -> float:
    """Natural signed speed of a beat in stage units a second, at least what can be read as motion."""
    if not beat.travels:
        return 0.0
    g, h = plan.gait, plan.height
    action = beat.action
    if action in ("run", "chase"):
        speed, least = g.run * h, 0.11 * view
    elif action == "fly" or (action == "carry" and flies(plan)):
        speed, least = max(1.5 * h, 0.26), 0.09 * view
    elif action in ("land", "rise"):
        speed, least = 0.5 * h, 0.0
    elif action in HOPS:
        speed, least = g.walk * h, 0.055 * view
    else:
        speed, least = g.walk * h * (0.9 if action == "carry" else 1.0), 0.062 * view
    return beat.sign * min(max(speed, least), 0.6 * view)


def _slots(plans: list[Plan], count: int, view: float, wide: bool) -> list[tuple[float, float]]:
    """A stretch of the ground line (left, right) for every actor, so that they do not overlap by accident."""
    margin = 0.03 * view
    if len(plans) == 1:
        return [(-view / 2 + margin, view / 2 - margin)] * count
    order = sorted(plans, key=_order)
    for plan in plans:
        for beat in plan.beats:
            if beat.action == "chase" and 0 <= beat.target < count and beat.target != plan.index:
                target = next((other for other in plans if other.index == beat.target), None)
                if target is None:
                    continue
                order.remove(plan)
                order.insert(order.index(target) + (0 if _heading(target, plan) > 0 else 1), plan)
                break
    pitch = view / len(plans)
    if not wide:
        pitch = max(pitch, 0.80 * sum(plan.width for plan in plans) / len(plans))
    apart = any(beat.action in ("meet", "greet") for plan in plans for beat in plan.beats)
    slots = [(0.0, 0.0)] * count
    for place, plan in enumerate(order):
        middle = (place - (len(plans) - 1) / 2) * pitch
        if apart and len(plans) == 2:
            middle = np.sign(middle) * max(abs(middle), (0.47 * view - 0.5 * plan.width) if wide else abs(middle))
        slots[plan.index] = (middle - pitch / 2 + margin / 2, middle + pitch / 2 - margin / 2)
    return slots


def _heading(target: Plan, chaser: Plan) -> float:
    """The way in which a chase goes: the target's, else the chaser's."""
    way = sum(speed * beat.duration_s for speed, beat in zip(target.speeds, target.beats, strict=True))
    if abs(way) > 1e-6:
        return float(np.sign(way))
    return next(beat.sign for beat in chaser.beats if beat.action == "chase")


def _fit(plan: Plan, slot: tuple[float, float], view: float, alone: bool) -> None:
    """Choose the start and scale the speeds so that the path stays inside its slot."""
    room = max(slot[1] - slot[0] - plan.width, 0.24 * view if alone or view > 0.9 else 0.14 * view)
    edges = np.array([0.0, *(beat.end_s for beat in plan.beats)])
    path = sum(plan.moved(edges), np.zeros_like(edges))
    low, high = float(path.min()), float(path.max())
    scale = min(1.0, room / (high - low)) if high - low > 1e-9 else 1.0
    plan.speeds = [speed * scale for speed in plan.speeds]
    low, high = low * scale, high * scale
    middle = (slot[0] + slot[1]) / 2
    if plan.beats[0].action == "meet" and plan.beats[0].target >= 0:
        # How far it walks is decided by where the other is.
        plan.start_x = middle
        return
    home = middle - (low + high) / 2
    if alone and plan.actor.side != "centre":
        half = max((slot[1] - slot[0] - plan.width) / 2, 0.0)
        home = middle + vocabulary.SIDES[plan.actor.side] * half
    # A path wider than its slot is centred on it: both ends stick out alike.
    first, last = middle - room / 2 - low, middle + room / 2 - high
    plan.start_x = float(np.clip(home, first, max(first, last)))


def _follow(plan: Plan, plans: list[Plan]) -> None:
    """A chaser keeps a gap behind its target and goes as fast."""
    for number, beat in enumerate(plan.beats):
        if beat.action != "chase" or not 0 <= beat.target < len(plans) or beat.target == plan.index:
            continue
        target = plans[beat.target]
        span = np.array([beat.start_s, beat.end_s])
        ahead = target.x(span)
        way = float(ahead[1] - ahead[0])
        gap = 0.52 * (plan.width + target.width) + 0.02
        sign = _heading(target, plan)
        plan.beats = [replace(b, sign=sign) if i == number else b for i, b in enumerate(plan.beats)]
        if abs(way) > 0.25 * plan.height:
            plan.speeds[number] = way / beat.duration_s
            start = float(ahead[0]) - sign * gap
        else:
            plan.speeds[number] = sign * abs(plan.speeds[number]) * 0.6
            start = float(ahead[1]) - sign * gap - plan.speeds[number] * beat.duration_s
        before = sum(plan.moved(np.array([beat.start_s])), np.zeros(1))
        plan.start_x = start - float(before[0])
        return


def _approach(plan: Plan, plans: list[Plan]) -> None:
    """The walk of a meeting ends face to face with the other, each coming half-way when both come."""
    for number, beat in enumerate(plan.beats):
        if beat.action != "meet" or beat.target < 0:
            continue
        other = plans[beat.target]
        mutual = any(b.action == "meet" and b.target == plan.index for b in other.beats)
        at = np.array([beat.start_s])
        gap = abs(float(other.x(at)[0] - plan.x(at)[0])) - 0.53 * (plan.width + other.width) - 0.02
        way = max(gap, 0.0) * (0.5 if mutual else 1.0)
        spent = elapsed(plan.beats, plan.spans, np.array([plan.beats[-1].end_s]))[number]
        plan.speeds[number] = beat.sign * way / max(float(spent[0]), 1e-6)
