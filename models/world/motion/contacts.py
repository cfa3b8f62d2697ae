"""The sounds that follow from what is seen: steps, splashes, bounces, wing beats, engines."""

from __future__ import annotations

import numpy as np

from models.world import vocabulary
from models.world.motion.gaits import flap_rate, stride_of
from models.world.motion.plan import HOP_AIR, Plan, flies, hops_of, rise_span
from models.world.performance import SoundEvent

_RATE = 200.0
_WATER = frozenset({"river", "harbour", "beach"})


def events_of(plan: Plan, setting: str, duration_s: float, view: tuple[float, float]) -> list[SoundEvent]:
    """All sounds of one actor's motion over the clip; ``view`` is the left and right edge of the frame."""
    found: list[tuple[str, float, float]] = []
    grid = np.arange(0.0, duration_s + 1.0 / _RATE, 1.0 / _RATE)
    ways = plan.moved(grid)
    for number in range(len(plan.beats)):
        found += _steps(plan, number, grid, ways[number])
        found += _airs(plan, number, setting)
    surface = "" if plan.weightless and setting != "underwater" else vocabulary.SURFACES[setting]
    events = []
    for sound, at_s, gain_db in sorted(found, key=lambda e: e[1]):
        if not 0.0 <= at_s < duration_s:
            continue
        x = float(plan.x(np.array([at_s]))[0])
        pan = float(np.clip(2.0 * (x - view[0]) / (view[1] - view[0]) - 1.0, -1.0, 1.0))
        events.append(SoundEvent(sound, at_s, plan.index, gain_db, pan, surface if sound == "footstep" else ""))
    return events


def _steps(plan: Plan, number: int, grid: np.ndarray, way: np.ndarray) -> list[tuple[str, float, float]]:
    """The times at which feet touch: where the cycle of a foot begins anew."""
    stride = stride_of(plan, number)
    if stride is None or plan.weightless or plan.levels[number][0] > 0.02:
        return []
    beat, found = plan.beats[number], []
    light = -4.0 if plan.gait.legs == 4 else 0.0
    inside = (grid >= beat.start_s - 0.02) & (grid < beat.end_s)
    cycle, at = np.abs(way[inside]) / stride.length, grid[inside]
    if len(cycle) < 2 or cycle[-1] <= cycle[0]:
        return []
    for offset in stride.phases:
        turns = np.arange(np.ceil(cycle[0] + offset + 1e-6), np.floor(cycle[-1] + offset) + 1)
        found += [
            ("footstep", float(s), light + (2.0 if stride.gallop else 0.0))
            for s in np.interp(turns - offset, cycle, at)
        ]
    return found


def _airs(plan: Plan, number: int, setting: str) -> list[tuple[str, float, float]]:
    beat = plan.beats[number]
    if beat.action in ("jump", "bounce"):
        return _hops(plan, number, setting)
    _, end = rise_span(beat)
    found: list[tuple[str, float, float]] = []
    entering = number == 0 or plan.beats[number - 1].action != beat.action
    wings = plan.kind.body in ("bird", "dragon") and plan.actor.subject != "penguin"
    if wings and _flaps(plan, number):
        stop = end if beat.action == "land" else beat.end_s
        first = np.ceil(beat.start_s * flap_rate(plan) - 0.25)
        beats = (np.arange(first, np.ceil(stop * flap_rate(plan))) + 0.25) / flap_rate(plan)
        found += [("flap", float(s), -9.0) for s in beats if beat.start_s <= s < stop]
    if beat.action == "land" and plan.levels[number][0] > plan.levels[number][1] + 0.02 and not plan.weightless:
        water = setting == "river" or plan.kind.home == "water"
        found.append(("splash" if water else "thud", end, -2.0 if wings else 0.0))
    if plan.kind.body == "vehicle" and plan.speeds[number] and entering:
        found.append(("engine", beat.start_s, 0.0) if plan.actor.subject != "boat" else ("splash", beat.start_s, -6.0))
    if plan.actor.subject == "rocket" and beat.action in ("fly", "rise", "land") and entering:
        found.append(("engine", beat.start_s, 0.0))
    if beat.action == "spin" or (beat.action == "fly" and entering and not wings):
        found.append(("whoosh", beat.start_s + 0.05, -2.0))
    if beat.action == "swim" and entering and plan.actor.subject != "boat":
        found.append(("bubble" if setting == "underwater" else "splash", beat.start_s + 0.08, -3.0))
    return found


def _flaps(plan: Plan, number: int) -> bool:
    beat = plan.beats[number]
    if beat.action in ("fly", "land"):
        return True
    if beat.action == "rise":
        return plan.levels[number][1] > plan.levels[number][0]
    aloft = min(plan.levels[number]) > 0.02 and not plan.weightless
    return (beat.action in ("idle", "greet", "carry", "chase", "meet") and aloft) or (
        bool(plan.speeds[number]) and flies(plan) and stride_of(plan, number) is None
    )


def _hops(plan: Plan, number: int, setting: str) -> list[tuple[str, float, float]]:
    beat = plan.beats[number]
    n = hops_of(beat)
    start, end = HOP_AIR[beat.action]
    period = beat.duration_s / n
    found: list[tuple[str, float, float]] = []
    swimmer = plan.kind.body == "fish" or (setting in _WATER and plan.kind.home == "water")
    for k in range(n):
        off, down = beat.start_s + (k + start) * period, beat.start_s + (k + end) * period
        if beat.action == "jump":
            found.append(("whoosh", off, -6.0))
            if not plan.weightless:
                found.append(("splash" if swimmer else "thud", down, -1.0))
        elif not plan.weightless or plan.kind.body == "roller":
            found.append(("bounce", down, 0.0))
    return found
