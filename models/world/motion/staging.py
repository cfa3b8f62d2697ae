"""Where everyone is: starting places, speeds that stay in view, paths over time."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from models.world import vocabulary
from models.world.figures import perspective
from models.world.figures.traits import Gait, gait_of, traits_of
from models.world.motion.beats import WEIGHTLESS, Beat, beats_of, blends, elapsed, smooth
from models.world.scene import Actor, Scene
from models.world.vocabulary import SubjectKind

_SHARE = {"wide": 0.0, "medium": 0.60, "close": 1.05}
_HOPS = ("jump", "bounce")
WATER: dict[str, float] = {"river": 0.13, "harbour": 0.13, "beach": 0.12}
"""Height over the nearest ground at which the water of a setting is seen; swimmers and boats are there."""


@dataclass
class Plan:
    """One actor's way through the clip. Lengths in stage units, times in seconds."""

    actor: Actor
    index: int
    kind: SubjectKind
    gait: Gait
    height: float
    width: float
    ground: float
    beats: list[Beat]
    spans: list[tuple[float, float]]
    weightless: bool
    gravity: float
    view_height: float
    start_x: float = 0.0
    water: float | None = None
    speeds: list[float] = field(default_factory=list)
    levels: list[tuple[float, float]] = field(default_factory=list)

    def moved(self, t: np.ndarray) -> list[np.ndarray]:
        """Signed way made by each beat up to each time."""
        ways = []
        for beat, speed, spent in zip(self.beats, self.speeds, elapsed(self.beats, self.spans, t), strict=True):
            if beat.action in _HOPS and speed:
                ways.append(speed * beat.duration_s * hop_progress(beat, t))
            else:
                ways.append(speed * spent)
        return ways

    def x(self, t: np.ndarray) -> np.ndarray:
        return self.start_x + sum(self.moved(t), np.zeros_like(t))

    def level(self, t: np.ndarray) -> np.ndarray:
        """Height above the ground that beats ask for, without hops and bobbing."""
        y = np.full_like(t, self.levels[0][0])
        for beat, (low, high) in zip(self.beats, self.levels, strict=True):
            if low == high:
                continue
            start, end = rise_span(beat)
            y += (high - low) * smooth(t, start, end)
        return y


def rise_span(beat: Beat) -> tuple[float, float]:
    """When, inside a beat, a change of height happens."""
    d = beat.duration_s
    if beat.action == "land":
        return beat.start_s, beat.start_s + 0.75 * d
    if beat.vertical:
        return beat.start_s + 0.10 * d, beat.start_s + 0.95 * d
    return beat.start_s, beat.start_s + min(1.1, 0.9 * d)


def hops_of(beat: Beat) -> int:
    """How many hops fit into a jump or a bounce."""
    pace = 1.15 if beat.action == "jump" else 0.62
    return max(1, round(beat.duration_s / pace))


HOP_AIR = {"jump": (0.26, 0.74), "bounce": (0.10, 0.90)}
"""The share of a hop's cycle that is spent in the air."""


def hop_phase(beat: Beat, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Number of the hop and phase (0 to 1) in it."""
    n = hops_of(beat)
    u = np.clip((t - beat.start_s) / beat.duration_s, 0.0, 1.0) * n
    whole = np.minimum(np.floor(u), n - 1)
    return whole, u - whole


def hop_progress(beat: Beat, t: np.ndarray) -> np.ndarray:
    """Share of the whole way made: the ground is only covered in the air."""
    whole, phase = hop_phase(beat, t)
    start, end = HOP_AIR[beat.action]
    return (whole + np.clip((phase - start) / (end - start), 0.0, 1.0)) / hops_of(beat)


def hop_arc(beat: Beat, t: np.ndarray) -> np.ndarray:
    """Height of the hop as a share of its top."""
    _, phase = hop_phase(beat, t)
    start, end = HOP_AIR[beat.action]
    a = np.clip((phase - start) / (end - start), 0.0, 1.0)
    return 4.0 * a * (1.0 - a)


def stage_height(scene: Scene) -> float:
    """Stage units of height that the framing shows."""
    share = _SHARE[scene.camera.framing]
    if not share or not scene.actors:
        return 1.0
    heights = [standing_height(actor) for actor in scene.actors]
    focus = heights[scene.focus] if 0 <= scene.focus < len(heights) else max(heights)
    return focus / share


def standing_height(actor: Actor) -> float:
    """Height of the standing actor on the stage, perspective included."""
    return vocabulary.SUBJECTS[actor.subject].height * vocabulary.SIZES[actor.size] * perspective(actor.depth)


def plan_scene(scene: Scene, aspect: float) -> list[Plan]:
    """A plan for every actor, in the scene's order. ``aspect`` is width over height."""
    tall = stage_height(scene)
    plans = [_plan(scene, index, tall) for index in range(len(scene.actors))]
    for plan in plans:
        _split_meetings(plan, plans)
        plan.spans = blends(plan.beats)
        plan.speeds = [_speed(plan, beat, tall * aspect) for beat in plan.beats]
        _set_levels(plan, scene.setting)
    if not plans:
        return []
    slots = _slots(plans, tall * aspect, scene.camera.framing == "wide")
    for plan in plans:
        if not any(beat.action == "chase" for beat in plan.beats):
            _fit(plan, slots[plan.index], tall * aspect, len(plans) == 1)
    for plan in plans:
        if any(beat.action == "chase" for beat in plan.beats):
            _fit(plan, slots[plan.index], tall * aspect, False)
            _follow(plan, plans)
    for plan in plans:
        _approach(plan, plans)
    if scene.camera.framing == "wide":
        _keep_in_view(plans, aspect, scene.duration_s)
    return plans


def _keep_in_view(plans: list[Plan], view: float, duration_s: float) -> None:
    """Shift chases, then shrink all ways alike, until everyone's middle stays well inside a wide frame."""
    grid = np.linspace(0.0, duration_s, 33)
    for plan in plans:
        targets = [b.target for b in plan.beats if b.action == "chase" and 0 <= b.target < len(plans) and b.target != plan.index]
        if targets:
            pair = [plan, plans[targets[0]]]
            low = min(float(p.x(grid).min()) + _inside(p, view) for p in pair)
            high = max(float(p.x(grid).max()) - _inside(p, view) for p in pair)
            shift = -(low + high) / 2 if low < 0 < high else -min(low, 0.0) - max(high, 0.0)
            for p in pair:
                p.start_x += shift
    share = min((_inside(p, view) / max(float(np.abs(p.x(grid)).max()), 1e-9) for p in plans), default=1.0)
    if share < 1.0:
        for plan in plans:
            plan.start_x *= share
            plan.speeds = [speed * share for speed in plan.speeds]


def _inside(plan: Plan, view: float) -> float:
    """How far from the middle of the frame an actor may get."""
    return max(view / 2 - 0.50 * plan.width - 0.01, 0.13 * view)


def _plan(scene: Scene, index: int, tall: float) -> Plan:
    actor = scene.actors[index]
    kind, h = vocabulary.SUBJECTS[actor.subject], standing_height(actor)
    return Plan(
        actor, index, kind, gait_of(actor.subject, actor.identity), h, kind.width * h, 0.14 * actor.depth,
        beats_of(scene, index), [], scene.setting in WEIGHTLESS, 0.45 if scene.setting == "moon" else 1.0, tall,
    )  # fmt: skip


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
        beats += [replace(beat, end_s=arrive, target=target), replace(beat, action="greet", start_s=arrive, travels=False, target=target)]
    plan.beats = [
        replace(after, sign=before.sign) if after.action == "idle" and before.action == "greet" else after
        for before, after in zip([beats[0], *beats], beats, strict=False)
    ]


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
    elif action in _HOPS:
        speed, least = g.walk * h, 0.055 * view
    else:
        speed, least = g.walk * h * (0.9 if action == "carry" else 1.0), 0.062 * view
    return beat.sign * min(max(speed, least), 0.6 * view)


def flies(plan: Plan) -> bool:
    """Whether the actor moves about in the air rather than on its feet."""
    return plan.actor.subject in ("bird", "owl") or plan.kind.body == "floater"


def _set_levels(plan: Plan, setting: str) -> None:
    """Height above the ground at the start and the end of every beat."""
    h, tall = plan.height, plan.view_height
    top = max(0.70 - plan.ground - h, 0.05) if tall >= 1.0 else 0.42 * tall
    base = _base_level(plan, setting, tall)
    air = min(max(0.44 - 0.5 * h, base + 0.10), top) if tall >= 1.0 else base + 0.30 * tall
    first = next((b for b in plan.beats if b.action != "idle"), plan.beats[0])
    plan.water = None if plan.weightless or setting not in WATER else WATER[setting] * (1.0 if tall >= 1.0 else 0.3)
    now = base
    if first.action == "swim" and plan.water is not None and not first.vertical:
        now = plan.water
    if first.action == "land" or (first.action == "fly" and first.vertical <= 0) or (first.action == "carry" and plan.kind.body == "bird" and flies(plan)):
        now = air if first.vertical >= 0 or first.action == "land" else min(top, air + 0.12 * tall)
    levels = []
    for beat in plan.beats:
        after = _level_after(plan, beat, now, base, air, top, tall)
        levels.append((now, after))
        now = after
    plan.levels = levels


def _base_level(plan: Plan, setting: str, tall: float) -> float:
    """Height of an actor that stands, by its home and the setting."""
    h, kind = plan.height, plan.kind
    if plan.weightless:
        floor = 0.04 if setting == "underwater" else 0.0
        return max(0.26 - 0.5 * h, floor) if tall >= 1.0 else 0.05
    if kind.home == "water" and setting in WATER:
        return WATER[setting] * (1.0 if tall >= 1.0 else 0.3)
    if kind.home == "water" and kind.body == "fish":
        return max(0.22 - 0.5 * h, 0.04)
    if kind.body == "floater" and plan.actor.subject != "rocket":
        return {"balloon": 0.10, "lantern": 0.18, "kite": 0.26}[plan.actor.subject]
    return 0.0


def _level_after(plan: Plan, beat: Beat, now: float, base: float, air: float, top: float, tall: float) -> float:
    lift = min(0.34, 0.35 * tall)
    grounded = plan.kind.group == "person" or plan.kind.body == "biped" or plan.actor.subject == "penguin"
    if beat.action == "rise":
        return now if grounded and not plan.weightless else min(now + lift, max(top, now))
    if beat.action == "land":
        return base if plan.kind.body != "floater" or plan.weightless else min(base, 0.03)
    if beat.action in ("fly", "swim") and beat.vertical:
        low = base if beat.action == "swim" else min(base, 0.06)
        return min(now + lift, max(top, now)) if beat.vertical > 0 else max(now - lift, low)
    if beat.action == "fly" or (beat.action == "carry" and plan.kind.body == "bird" and flies(plan)):
        return air
    if beat.action == "swim" and plan.water is not None:
        return plan.water
    if beat.action in ("idle", "spin", "look around", "wave", "greet", "swim", "chase", "meet", "carry", "bounce"):
        return now
    return base if plan.kind.body not in ("floater", "fish") else now


def _slots(plans: list[Plan], view: float, wide: bool) -> list[tuple[float, float]]:
    """A stretch of the ground line (left, right) for every actor, so that they do not overlap by accident."""
    margin = 0.03 * view
    if len(plans) == 1:
        return [(-view / 2 + margin, view / 2 - margin)]
    order = sorted(plans, key=_order)
    for plan in plans:
        for beat in plan.beats:
            if beat.action == "chase" and 0 <= beat.target < len(plans) and beat.target != plan.index:
                target = plans[beat.target]
                order.remove(plan)
                order.insert(order.index(target) + (0 if _heading(target, plan) > 0 else 1), plan)
                break
    pitch = view / len(plans)
    if not wide:
        pitch = max(pitch, 0.80 * sum(plan.width for plan in plans) / len(plans))
    apart = any(beat.action in ("meet", "greet") for plan in plans for beat in plan.beats)
    slots = [(0.0, 0.0)] * len(plans)
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
        gap = abs(float(other.x(at)[0] - plan.x(at)[0])) - 0.52 * (plan.width + other.width) - 0.02
        way = max(gap, 0.0) * (0.5 if mutual else 1.0)
        plan.speeds[number] = beat.sign * way / max(beat.duration_s, 1e-6)


def phase_of(plan: Plan) -> float:
    """An individual's own offset of its idle rhythms, 0 to 1."""
    traits = traits_of(plan.actor.subject, plan.actor.identity)
    return (traits.marking * 0.137 + plan.index * 0.31 + traits.warmth) % 1.0
