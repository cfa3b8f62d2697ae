"""What each body does with its limbs in each action: functions of time alone, in the channels of a pose."""

from __future__ import annotations

import numpy as np

from models.world.figures.channels import LEGS
from models.world.motion.beats import Beat, smooth
from models.world.motion.gaits import TAU, Pose, feet, flap_rate, flight, paddling, stride_of
from models.world.motion.plan import HOP_AIR, Plan, flies, hop_arc, hop_phase, phase_of, rise_span


def sleeping(plan: Plan, t: np.ndarray, depth: np.ndarray) -> Pose:
    """Asleep as far as ``depth`` (0 to 1) says."""
    pose: Pose = {"curl": depth, "blink": depth, "breathe": depth * 1.6 * np.sin(TAU * t / 4.2)}
    if plan.kind.body in ("biped",):
        pose["arm_near"], pose["arm_far"] = 0.25 * depth, -0.1 * depth
        pose["elbow_near"] = 0.9 * depth
    elif plan.actor.subject in ("owl", "penguin"):
        pose["nod"] = -0.16 * depth + 0.03 * depth * np.sin(TAU * t / 4.2)
        pose["squash"] = -0.04 * depth
    elif plan.kind.body == "fish":
        pose["pitch"], pose["bob"] = 0.05 * depth * np.sin(TAU * t / 5.0), 0.03 * depth * np.sin(TAU * t / 5.0)
    return pose


def hopping(plan: Plan, beat: Beat, t: np.ndarray) -> Pose:
    """Crouch, spring, tuck and land; arms swing up."""
    start, end = HOP_AIR[beat.action]
    _, phase = hop_phase(beat, t)
    arc = hop_arc(beat, t)
    inside = (t >= beat.start_s) & (t <= beat.end_s)
    crouch = np.where(phase < start, np.sin(np.pi * phase / start), 0.0)
    land = np.where(phase > end, np.sin(np.pi * (phase - end) / (1.0 - end)), 0.0)
    low = (crouch + 0.8 * land) * inside
    rising = np.where((phase > start) & (phase < end), 1.0 - 2.0 * (phase - start) / (end - start), 0.0) * inside
    air = np.sin(0.5 * np.pi * arc) ** 2 * inside
    if not plan.gait.legs:
        stretch = 0.12 if beat.action == "bounce" else 0.06
        pose: Pose = {"squash": -1.9 * stretch * low + stretch * np.abs(rising) * (arc > 0.02)}
        if plan.kind.body == "fish":
            return {
                "pitch": 0.75 * rising * air,
                "tail": 0.4 * np.sin(TAU * t * 2),
                "tail_tip": 0.5 * np.sin(TAU * t * 2 - 1),
            }
        if plan.kind.body == "vehicle":
            pose["pitch"] = 0.12 * rising * air
        return pose
    leg = plan.gait.leg
    pose = {"bob": -0.34 * leg * low + 0.06 * air, "squash": -0.05 * low + 0.03 * air, "effort": 0.4 * air}
    tuck = 0.20 * leg * air
    for foot in range(plan.gait.legs):
        pose[f"foot{foot}_y"] = tuck * (1.0 if foot % 2 == 0 else 0.75)
        if plan.gait.legs == 4:
            pose[f"foot{foot}_x"] = (0.10 if foot < 2 else -0.12) * air
        pose[f"toe{foot}"] = -0.5 * air
    if plan.gait.legs == 2:
        swing = 1.0 if beat.action == "jump" else 0.55
        pose["arm_near"] = -2.1 * swing * air + 0.6 * low
        pose["arm_far"] = 2.3 * swing * air + 0.6 * low
        pose["elbow_near"] = pose["elbow_far"] = 0.3 * air
        pose["pitch"] = -0.22 * low
    else:
        pose["pitch"] = 0.28 * rising * air - 0.05 * low
        pose["tail"] = -0.4 * rising * air
        pose["ear"] = 0.6 * air
    if plan.kind.body in ("bird", "dragon"):
        pose["wing_open"] = np.minimum(1.0, 1.4 * air)
        pose["wing"] = 0.6 * np.sin(TAU * t * flap_rate(plan))
        pose["wing_tip"] = 0.6 * np.sin(TAU * t * flap_rate(plan) - 0.9)
    return pose


def waving(plan: Plan, beat: Beat, t: np.ndarray) -> Pose:
    """A greeting with the limb that is on the viewer's side."""
    one, a = np.ones_like(t), TAU * t * 1.9
    # Sides are the body's own: the one called near is the far one when the figure faces left.
    front, back, arm = (0, 1, "near") if beat.sign > 0 else (1, 0, "far")
    if plan.gait.legs == 4:
        up = 0.85 if plan.kind.body == "dragon" else 1.0
        return {
            "pitch": 0.42 * up * one,
            "bob": 0.03 * one,
            "nod": 0.10 * one,
            "tail": 0.2 * np.sin(a * 0.5),
            f"toe{front}": 1.1 * one,
            f"foot{front}_x": 0.13 + 0.07 * np.sin(a),
            f"foot{front}_y": 0.58 * up + 0.05 * np.cos(a),
            f"toe{back}": -0.6 * one,
            f"foot{back}_x": 0.05 * one,
            f"foot{back}_y": 0.24 * up * one,
        }
    if plan.actor.subject == "penguin":
        raised, bent = -1.9 + 0.35 * np.sin(a), -0.3 + 0.3 * np.sin(a - 0.8)
        return {f"arm_{arm}": raised, f"elbow_{arm}": bent, "nod": 0.06 * one}
    raised, bent = -2.30 + 0.10 * np.sin(a), -0.25 + 0.60 * np.sin(a)
    return {f"arm_{arm}": raised, f"elbow_{arm}": bent, "nod": 0.06 * one, "look": 0.20 * one}


def looking(plan: Plan, beat: Beat, t: np.ndarray) -> Pose:
    """One way, then the other, then up."""
    u = (t - beat.start_s) / beat.duration_s
    turn = smooth(u, 0.05, 0.25) - 2.0 * smooth(u, 0.38, 0.58) + smooth(u, 0.80, 1.0)
    if plan.kind.body == "fish":
        return {**paddling(plan, t * 0.6), "pitch": 0.22 * turn, "yaw": 0.5 * np.maximum(-turn, 0.0)}
    more = 1.0 if plan.kind.body != "dragon" else 0.8
    away = (
        {"biped": 0.50, "bird": 0.22}.get(plan.kind.body, 0.34)
        if plan.actor.subject not in ("owl", "penguin")
        else 0.42
    )
    return {
        "look": -away * np.maximum(turn, 0.0) + 1.25 * more * np.maximum(-turn, 0.0),
        "nod": 0.22 * (smooth(u, 0.6, 0.72) - smooth(u, 0.85, 1.0)) - 0.06 * turn,
        "ear": 0.2 * np.sin(TAU * u * 2),
    }


def carrying(plan: Plan) -> Pose:
    if plan.kind.body == "biped":
        return {"arm_near": np.array(0.95), "elbow_near": np.array(0.60)}
    if plan.actor.subject == "penguin":
        return {"arm_near": np.array(1.0), "elbow_near": np.array(0.5)}
    return {"nod": np.array(0.10)}


def idling(plan: Plan, t: np.ndarray) -> Pose:
    """Breath, blinking, the tail's swing and the twitch of an ear: added under whatever else goes on."""
    p = phase_of(plan)
    breath = np.sin(TAU * (t / 3.1 + p))
    pose: Pose = {
        "breathe": breath,
        "blink": blinking(t, p),
        "tail": 0.13 * np.sin(TAU * (t / 2.4 + p)),
        "tail_tip": 0.20 * np.sin(TAU * (t / 2.4 + p) - 1.0),
        "ear": 0.22 * np.maximum(0.0, np.sin(TAU * (t / 3.7 + p))) ** 12,
        "nod": 0.025 * np.sin(TAU * (t / 4.3 + 2 * p)),
        "look": 0.07 * np.sin(TAU * (t / 5.3 + p)),
        "mouth": 0.3 * np.maximum(0.0, breath),
    }
    if plan.kind.body == "biped":
        pose["arm_near"], pose["arm_far"] = 0.025 * breath, -0.025 * breath
    if plan.weightless and plan.gait.legs:
        slow = TAU * (t / 3.6 + p)
        pose["bob"] = 0.02 * np.sin(slow)
        for foot in range(LEGS):
            pose[f"foot{foot}_x"] = 0.02 * np.sin(slow + 1.3 * foot)
    return pose


def blinking(t: np.ndarray, p: float) -> np.ndarray:
    """Closed for a seventh of a second about every three seconds, at uneven times."""
    period = 2.9
    k = np.floor((t + period * p) / period)
    at = (k + 0.35 + 0.3 * np.sin(12.9898 * (k + 7.0 * p))) * period - period * p
    return np.clip(1.35 - np.abs(t - at) / 0.072, 0.0, 1.0)


def standing(plan: Plan, t: np.ndarray) -> Pose:
    """Nothing particular, in the manner of the body."""
    body = plan.kind.body
    if body == "fish":
        return {channel: 0.55 * value for channel, value in paddling(plan, t * 0.6).items()}
    if body == "floater":
        return flight(plan, t, 0.25 if plan.actor.subject != "rocket" else (0.35 if plan.weightless else 0.0))
    if plan.actor.subject == "boat":
        return {**paddling(plan, t), "effort": np.full_like(t, 0.15)}
    if plan.weightless and plan.gait.legs and plan.kind.body != "bird":
        return {"drift": np.full_like(t, 0.6)}
    return {}


def pose_of(plan: Plan, number: int, t: np.ndarray, way: np.ndarray) -> Pose:
    """The pose of one beat at times ``t``; ``way`` is the distance it has made, forwards positive."""
    beat, one = plan.beats[number], np.ones_like(t)
    action, stride = beat.action, stride_of(plan, number)
    if action in ("idle", "greet", "stand") or (action in ("chase", "meet", "walk", "run", "carry") and stride is None):
        return _in_place(plan, beat, number, t)
    if stride is not None:
        pose = feet(plan, stride, way)
        pose["effort"] = one * (0.85 if stride.gallop else 0.3)
        if action == "carry":
            pose.update({k: v * one for k, v in carrying(plan).items()})
        return pose
    if action == "ride":
        return riding(plan, t)
    if action == "fly":
        return flight(plan, t)
    if action in ("rise", "land"):
        return _rising(plan, beat, t)
    if action == "swim":
        return paddling(plan, t)
    if action in ("jump", "bounce"):
        return hopping(plan, beat, t)
    if action == "wave":
        return waving(plan, beat, t)
    if action == "look around":
        return {**standing(plan, t), **looking(plan, beat, t)}
    if action == "sleep":
        return sleeping(plan, t, one)
    if action == "wake":
        return sleeping(
            plan, t, 1.0 - smooth(t, beat.start_s + 0.22 * beat.duration_s, beat.start_s + 0.75 * beat.duration_s)
        )
    return {**standing(plan, t), "effort": 0.4 * one}


def riding(plan: Plan, t: np.ndarray) -> Pose:
    """At ease in a seat: hands forwards, now and then a look about."""
    sway = TAU * (t / 2.7 + phase_of(plan))
    return {
        "arm_near": 0.85 + 0.06 * np.sin(sway),
        "arm_far": 0.95 - 0.06 * np.sin(sway),
        "elbow_near": 0.45 + 0.0 * t,
        "elbow_far": 0.40 + 0.0 * t,
        "nod": 0.05 * np.sin(1.3 * sway),
        "look": 0.28 * np.sin(0.5 * sway) ** 3,
        "tail": 0.25 * np.sin(1.5 * sway),
        "tail_tip": 0.25 * np.sin(1.5 * sway - 1.0),
        "ear": 0.10 * np.sin(2.1 * sway),
    }


def _in_place(plan: Plan, beat: Beat, number: int, t: np.ndarray) -> Pose:
    one = np.ones_like(t)
    moving = bool(plan.speeds[number])
    aloft = plan.levels[number][0] > 0.02 and plan.levels[number][1] > 0.02
    if plan.kind.body in ("bird", "dragon") and ((aloft and not plan.weightless) or (moving and flies(plan))):
        return flight(plan, t)
    if plan.kind.body == "biped" and aloft and not plan.weightless:
        return flight(plan, t, 0.3)
    if moving and plan.kind.body in ("fish", "floater"):
        return flight(plan, t) if plan.kind.body == "floater" else paddling(plan, t)
    pose = standing(plan, t)
    if moving and plan.kind.body == "vehicle":
        pose = {**pose, "effort": one, "bob": 0.006 * np.sin(TAU * t * 7.0), "pitch": 0.008 * np.sin(TAU * t * 3.1)}
    if beat.action == "carry":
        pose = {**pose, **{k: v * one for k, v in carrying(plan).items()}}
    if beat.action == "greet":
        u = t - beat.start_s
        pose = {
            **pose,
            "nod": 0.14 * np.sin(TAU * u * 0.9) * np.exp(-0.6 * np.maximum(u, 0.0)),
            "tail": 0.35 * np.sin(TAU * t * 1.6),
        }
    return pose


def _rising(plan: Plan, beat: Beat, t: np.ndarray) -> Pose:
    start, end = rise_span(beat)
    if plan.kind.body == "fish":
        up = smooth(t, start, start + 0.3 * beat.duration_s) - smooth(t, end - 0.3 * beat.duration_s, end)
        pose = paddling(plan, t)
        return {**pose, "pitch": pose["pitch"] + 0.5 * up}
    if plan.kind.body == "floater":
        return flight(plan, t)
    if plan.kind.body == "roller":
        return {}
    number = plan.beats.index(beat)
    if beat.action == "rise" and plan.levels[number][0] == plan.levels[number][1]:
        sat = 1.0 - smooth(
            t,
            beat.start_s + 0.15 * beat.duration_s,
            beat.start_s + min(0.8 * beat.duration_s, 0.15 * beat.duration_s + 1.2),
        )
        lean = np.sin(np.pi * sat)
        return {"sit": sat, "pitch": -0.30 * lean, "arm_near": 0.5 * lean, "arm_far": 0.5 * lean}
    pose = flight(plan, t)
    if beat.action == "land":
        fold = 1.0 - smooth(t, end - 0.05, end + 0.35)
        touch = smooth(t, end - 0.06, end + 0.05) - smooth(t, end + 0.05, end + 0.4)
        for channel in ("wing_open", "drift"):
            if channel in pose:
                pose[channel] = pose[channel] * fold
        for channel in ("arm_near", "arm_far", "nod", "bob", "foot0_x", "foot1_x", "foot1_y", "toe0", "toe1", "effort"):
            if channel in pose:
                pose[channel] = pose[channel] * (1.0 - smooth(t, end - 0.35, end + 0.05))
        pose["squash"] = -0.09 * touch
    else:
        away = smooth(t, start - 0.1, start + 0.25)
        for channel in ("drift",):
            if channel in pose:
                pose[channel] = pose[channel] * away
    return pose
