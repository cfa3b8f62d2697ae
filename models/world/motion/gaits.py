"""How bodies get along: on feet, on wings, in water."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.world.motion.plan import Plan, flies

TAU = 2.0 * np.pi


Pose = dict[str, np.ndarray]


WALK_STANCE, RUN_STANCE = 0.62, 0.36


_STEP_PHASES = {
    ("walk", 2): (0.0, 0.5),
    ("run", 2): (0.0, 0.5),
    ("walk", 4): (0.25, 0.75, 0.0, 0.5),
    ("run", 4): (0.0, 0.12, 0.50, 0.62),
}


@dataclass(frozen=True)
class Stride:
    """The gait of one beat: length of a whole cycle in stage units, its stance share and each foot's phase."""

    length: float
    stance: float
    phases: tuple[float, ...]
    gallop: bool


def stride_of(plan: Plan, number: int) -> Stride | None:
    """The stride of a beat that goes on legs; None for all others."""
    beat, speed, g = plan.beats[number], abs(plan.speeds[number]), plan.gait
    if not g.legs or not speed or beat.action not in ("walk", "run", "chase", "meet", "carry"):
        return None
    if beat.action == "carry" and flies(plan):
        return None
    natural = g.walk * plan.height
    hurry = beat.action in ("run", "chase")
    if hurry:
        share = speed / (g.run * plan.height)
        length = g.stride * plan.height * 1.55 * float(np.clip(share**0.75, 0.30, 1.25))
    else:
        length = g.stride * plan.height * float(np.clip((speed / natural) ** 0.6, 0.35, 1.35))
    if plan.gravity < 1.0:
        length *= 1.35
    hops = plan.actor.subject == "rabbit" and g.legs == 4
    kind = "run" if hurry or hops else "walk"
    return Stride(length, RUN_STANCE if kind == "run" else WALK_STANCE, _STEP_PHASES[kind, g.legs], kind == "run")


def feet(plan: Plan, stride: Stride, way: np.ndarray) -> Pose:
    """Feet that stay where they touch while the body passes over them, and the body's answer to the steps.

    ``way`` is the distance made in the stage, forwards positive, so a planted foot moves back exactly as fast.
    """
    h, lift = plan.height, plan.gait.lift * (1.7 if stride.gallop else 1.0)
    cycle = way / stride.length
    reach = stride.length * stride.stance / h
    pose: Pose = {}
    for foot, offset in enumerate(stride.phases):
        phase = (cycle + offset) % 1.0
        swing = np.clip((phase - stride.stance) / (1.0 - stride.stance), 0.0, 1.0)
        planted = reach * (0.5 - phase / stride.stance)
        flown = -0.5 * reach * np.cos(np.pi * swing)
        pose[f"foot{foot}_x"] = np.where(phase < stride.stance, planted, flown)
        pose[f"foot{foot}_y"] = np.where(phase < stride.stance, 0.0, lift * np.sin(np.pi * swing) ** 1.0)
        pose[f"toe{foot}"] = np.where(phase < stride.stance, 0.0, -0.55 * np.sin(np.pi * swing) * (1.0 - 1.35 * swing))
    a, drop = TAU * cycle, 0.30 * (reach * 0.5) ** 2 / max(plan.gait.leg, 0.05)
    if plan.gait.legs == 2:
        strength = 0.85 if stride.gallop else 0.55
        pose["bob"] = (0.035 if stride.gallop else -0.014) * np.cos(2 * a + (2.2 if stride.gallop else 0.0)) - drop
        pose["arm_near"], pose["arm_far"] = -strength * np.cos(a), strength * np.cos(a)
        bent = 1.15 if stride.gallop else 0.15
        pose["elbow_near"], pose["elbow_far"] = bent - 0.2 * np.cos(a), bent + 0.2 * np.cos(a)
        pose["pitch"] = np.full_like(way, -0.20 if stride.gallop else -0.04)
        if plan.kind.body == "bird":
            pose["pitch"] = 0.05 * np.sin(2 * a)
            pose["nod"] = 0.10 * np.sin(2 * a + 1.0)
    elif stride.gallop:
        pose["pitch"] = 0.11 * np.sin(a + 0.6)
        pose["bob"] = 0.040 * np.sin(a - 0.9) - drop
        pose["nod"] = -0.10 * np.sin(a + 0.3)
        pose["ear"] = 0.25 + 0.15 * np.sin(a)
    else:
        pose["bob"] = 0.010 * np.cos(2 * a) - drop
        pose["pitch"] = 0.018 * np.sin(2 * a + 0.5)
        pose["nod"] = 0.06 * np.sin(2 * a)
    pose["tail"] = 0.22 * np.sin(a) + (-0.25 if stride.gallop else 0.0)
    pose["tail_tip"] = 0.30 * np.sin(a - 1.0)
    return pose


def flight(plan: Plan, t: np.ndarray, effort: float = 1.0) -> Pose:
    """On the wing, under power or adrift, by body."""
    body, one = plan.kind.body, np.ones_like(t)
    if body in ("bird", "dragon"):
        a = TAU * t * flap_rate(plan)
        return {
            "wing_open": one,
            "wing": 0.12 + 0.78 * np.sin(a),
            "wing_tip": 0.08 + 0.85 * np.sin(a - 0.9),
            "bob": -0.045 * np.sin(a - 0.5),
            "drift": one,
            "tail": 0.10 * np.sin(a - 1.4),
            "tail_tip": 0.15 * np.sin(a - 2.2),
            "effort": 0.8 * one,
            "arm_near": -0.7 + 0.5 * np.sin(a),
            "arm_far": -0.7 + 0.5 * np.sin(a),
        }
    if body == "biped":
        return {
            "drift": one,
            "arm_near": 2.65 + 0.08 * np.sin(TAU * t * 0.6),
            "arm_far": 0.5 * one,
            "effort": effort * one,
            "foot0_x": -0.05 + 0.03 * np.sin(TAU * t * 0.8),
            "foot1_x": 0.02 - 0.03 * np.sin(TAU * t * 0.8),
            "foot1_y": 0.03 * one,
            "toe0": -0.7 * one,
            "toe1": -0.7 * one,
            "nod": 0.30 * one,
        }
    if body == "floater":
        sway = TAU * t * 0.55
        return {
            "effort": effort * one,
            "tail": 0.16 * np.sin(sway + 0.8),
            "tail_tip": 0.30 * np.sin(sway * 1.7),
            "bob": 0.02 * np.sin(sway),
            "pitch": 0.05 * np.sin(sway + 0.4),
        }
    return {"drift": one, **paddling(plan, t)}


def flap_rate(plan: Plan) -> float:
    """Wing beats a second."""
    return {"bird": 3.6, "owl": 2.4, "dragon": 1.7}.get(plan.actor.subject, 2.8)


def paddling(plan: Plan, t: np.ndarray) -> Pose:
    """Swimming: fins and flukes, a crawl, or paddling feet."""
    body, one = plan.kind.body, np.ones_like(t)
    if body == "fish":
        rate = 0.62 if plan.actor.subject == "whale" else 1.9
        a = TAU * t * rate
        big = plan.actor.subject == "whale"
        return {
            "tail": (0.17 if big else 0.24) * np.sin(a),
            "tail_tip": (0.45 if big else 0.55) * np.sin(a - 1.1),
            "wing": 0.35 * np.sin(a * 0.8 - 0.6),
            "pitch": (0.045 if big else 0.02) * np.sin(a + 1.2),
            "bob": (0.035 if big else 0.015) * np.sin(a),
            "yaw": (0.0 if big else 0.10) * np.sin(a - 0.4),
            "effort": 0.5 * one,
        }
    if body == "vehicle":
        return {
            "pitch": 0.045 * np.sin(TAU * t * 0.45),
            "bob": 0.02 * np.sin(TAU * t * 0.45 + 1.0),
            "effort": 0.9 * one,
            "tail": 0.2 * np.sin(TAU * t * 1.1),
        }
    a = TAU * t * 1.15
    if plan.gait.legs == 2:
        pose: Pose = {"drift": one, "nod": 0.75 * one, "effort": 0.4 * one}
        pose["arm_near"], pose["arm_far"] = 2.0 + 1.05 * np.sin(a), 2.0 - 1.05 * np.sin(a)
        pose["elbow_near"], pose["elbow_far"] = 0.35 - 0.3 * np.cos(a), 0.35 + 0.3 * np.cos(a)
        for foot, sign in ((0, 1.0), (1, -1.0)):
            pose[f"foot{foot}_x"] = -0.02 + sign * 0.055 * np.sin(2.2 * a)
            pose[f"toe{foot}"] = -0.8 * one
        return pose
    pose = {
        "pitch": 0.07 + 0.03 * np.sin(a),
        "bob": 0.02 * np.sin(a + 0.8),
        "nod": 0.10 * one,
        "drift": 0.4 * one,
        "effort": 0.3 * one,
    }
    for foot, offset in enumerate((0.0, 0.5, 0.55, 0.05)):
        turn = 1.5 * a + TAU * offset
        pose[f"foot{foot}_x"] = 0.085 * np.cos(turn) * (1.0 if plan.actor.subject != "turtle" else 1.5)
        pose[f"foot{foot}_y"] = 0.05 - 0.05 * np.sin(turn)
    pose["tail"] = 0.2 * np.sin(a)
    return pose
