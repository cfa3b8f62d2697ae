"""How high above the ground everyone is, by home, setting and action."""

from __future__ import annotations

from models.world.motion.beats import Beat
from models.world.motion.plan import Plan, flies

WATER: dict[str, float] = {"river": 0.15, "harbour": 0.165, "beach": 0.16}
"""Height over the nearest ground at which the water of a setting is seen; swimmers and boats are there."""

FAR_WATER: dict[str, float] = {"river": 0.225, "harbour": 0.24, "beach": 0.26}
"""How far up the stage the water still is water."""


def set_levels(plan: Plan, setting: str, wide: bool) -> None:
    """Height above the ground at the start and the end of every beat."""
    h, tall = plan.height, plan.view_height
    top = max(0.70 * tall - plan.ground - h, 0.05) if wide else 0.42 * tall
    base = _base_level(plan, setting, wide)
    air = min(max(0.44 * tall - 0.5 * h, base + 0.10), top) if wide else base + 0.30 * tall
    first = next((b for b in plan.beats if b.action != "idle"), plan.beats[0])
    plan.water = None if plan.weightless or setting not in WATER else _surface(plan, setting)
    now = base
    if first.action == "swim" and plan.water is not None and not first.vertical:
        now = plan.water
    if (
        first.action == "land"
        or (first.action == "fly" and first.vertical <= 0)
        or (first.action == "carry" and plan.kind.body == "bird" and flies(plan))
    ):
        now = air if first.vertical >= 0 or first.action == "land" else min(top, air + 0.12 * tall)
    levels = []
    for beat in plan.beats:
        after = _level_after(plan, beat, now, base, air, top, tall)
        levels.append((now, after))
        now = after
    plan.levels = levels


def _surface(plan: Plan, setting: str) -> float:
    """Height over the actor's ground at which it lies in the water; the far end of the water is not passed."""
    return min(WATER[setting], FAR_WATER[setting] - plan.ground)


def _base_level(plan: Plan, setting: str, wide: bool) -> float:
    """Height of an actor that stands, by its home and the setting."""
    h, kind = plan.height, plan.kind
    if plan.weightless:
        floor = 0.04 if setting == "underwater" else 0.0
        return max(0.26 - 0.5 * h, floor) if wide else 0.05
    if kind.home == "water" and setting in WATER:
        return _surface(plan, setting)
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
    if beat.action in (
        "idle",
        "spin",
        "look around",
        "wave",
        "greet",
        "swim",
        "chase",
        "meet",
        "carry",
        "bounce",
        "ride",
    ):
        return now
    return base if plan.kind.body not in ("floater", "fish") else now
