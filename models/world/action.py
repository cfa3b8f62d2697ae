"""Choreography: what every actor of a scene does over time, as tracks, sound events and the truth for the judge.

A pure function of time: the same moment has the same pose at any frame rate. Beats follow each other with smooth
weights; ways are integrals of speeds times those weights, so feet can be planted exactly (see ``motion``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from models.world import vocabulary
from models.world.figures.channels import CHANNELS, INDEX
from models.world.motion.beats import MOVING, smooth, weights
from models.world.motion.contacts import events_of
from models.world.motion.gaits import TAU
from models.world.motion.plan import Plan, hop_arc, phase_of
from models.world.motion.poses import idling, pose_of
from models.world.motion.riding import seat_riders
from models.world.motion.staging import plan_scene, stage_height
from models.world.performance import Performance, SoundEvent, Track
from models.world.scene import Scene

__all__ = ["CHANNELS", "ActionSpan", "action_spans", "channel", "perform", "view_of"]


@dataclass(frozen=True)
class ActionSpan:
    """What one actor does between two times, as it is shown; ``direction`` is left, right, up, down or none."""

    actor: int
    action: str
    start_s: float
    end_s: float
    direction: str = ""


def perform(scene: Scene, times_F: torch.Tensor, aspect: float) -> Performance:
    """The tracks of all actors at the given times, and every sound event of the whole clip.

    Args:
        scene: the scene.
        times_F: seconds, any order and number; results are on its device.
        aspect: width over height of the frame, positive.
    """
    if aspect <= 0:
        raise ValueError(f"the aspect is width over height and positive, got {aspect}")
    t = times_F.detach().to("cpu", torch.float64).numpy()
    plans = plan_scene(scene, aspect)
    tracks = seat_riders(scene, plans, [_track(plan, scene, t, times_F.device) for plan in plans], t)
    view = view_of(scene, aspect, plans)
    events = [event for plan in plans for event in events_of(plan, scene.setting, scene.duration_s, view)]
    events += [_cue(cue.sound, cue.at_s, cue.actor, cue.gain_db, plans, view) for cue in scene.cues]
    return Performance(times_F, tracks, tuple(sorted(events, key=lambda e: (e.at_s, e.actor, e.sound))))


def channel(track: Track, name: str) -> torch.Tensor:
    """One articulation channel of a track, (F,), by its name in :data:`CHANNELS`."""
    return track.pose[:, INDEX[name]]


def view_of(scene: Scene, aspect: float, plans: Sequence[Plan] = ()) -> tuple[float, float]:
    """Left and right edge of what the framing shows: a wide frame is centred on the stage, others on the focus."""
    wide = aspect * stage_height(scene, aspect)
    plans = plans or plan_scene(scene, aspect)
    if scene.camera.framing == "wide" or not plans:
        return -wide / 2, wide / 2
    grid = np.linspace(0.0, scene.duration_s, 9)
    seen = [plans[scene.focus]] if 0 <= scene.focus < len(plans) else plans
    centre = float(np.mean([plan.x(grid).mean() for plan in seen]))
    return centre - wide / 2, centre + wide / 2


def action_spans(scene: Scene) -> list[ActionSpan]:
    """What happens when, one span for every act that is shown, in order of actors and times.

    A direction that the act left open is the one that the choreography chose.
    """
    spans = []
    for index, plan in enumerate(plan_scene(scene, 16 / 9)):
        shown: dict[int, ActionSpan] = {}
        for beat in plan.beats:
            if beat.act < 0:
                continue
            act = plan.actor.acts[beat.act]
            start = shown[beat.act].start_s if beat.act in shown else beat.start_s
            direction = (
                shown[beat.act].direction
                if beat.act in shown
                else _direction(act.action, beat.sign, beat.travels, beat.vertical)
            )
            shown[beat.act] = ActionSpan(index, act.action, start, beat.end_s, direction)
        spans += list(shown.values())
    return spans


def _direction(action: str, sign: float, travels: bool, vertical: float) -> str:
    if travels and (action in MOVING or not vertical):
        return "right" if sign > 0 else "left"
    return {1.0: "up", -1.0: "down"}.get(vertical, "")


def _cue(
    sound: str, at_s: float, actor: int, gain_db: float, plans: list[Plan], view: tuple[float, float]
) -> SoundEvent:
    if not 0 <= actor < len(plans):
        return SoundEvent(sound, at_s, actor, gain_db)
    x = float(plans[actor].x(np.array([at_s]))[0])
    pan = float(np.clip(2.0 * (x - view[0]) / (view[1] - view[0]) - 1.0, -1.0, 1.0))
    return SoundEvent(sound, at_s, actor, gain_db, pan)


def _track(plan: Plan, scene: Scene, t: np.ndarray, device: torch.device) -> Track:
    shares = weights(plan.beats, plan.spans, t)
    ways = plan.moved(t)
    pose = np.zeros((len(CHANNELS), len(t)))
    for name, value in idling(plan, t).items():
        pose[INDEX[name]] += value
    for number, share in enumerate(shares):
        if not share.any():
            continue
        beat = plan.beats[number]
        for name, value in pose_of(plan, number, t, ways[number] * np.sign(plan.speeds[number] or 1.0)).items():
            pose[INDEX[name]] += share * value
        if beat.thing:
            pose[INDEX[_carry_channel(plan, beat.thing)]] += share
    pose[INDEX["blink"]] = pose[INDEX["blink"]].clip(0.0, 1.0)
    x, y = plan.x(t), plan.ground + plan.level(t) + _hop(plan, t, shares)
    lean = _lean(plan, t, shares)
    _turn(plan, t, pose, x)
    x, y = _pivot(plan, t, x, y, lean, shares)
    if plan.kind.body == "floater" or plan.weightless:
        y = y + 0.012 * np.sin(TAU * (t / 3.3 + phase_of(plan)))
    pose[INDEX["ground"]] = _over_ground(plan, scene.setting, shares)
    depth, tall, facing = np.full_like(t, plan.actor.depth), np.full_like(t, plan.height), np.cos(pose[INDEX["yaw"]])
    afloat = _afloat(plan, shares)
    rows = [x, y - draught(plan) * afloat, depth, tall, facing, lean, pose.T]
    if plan.water is not None and afloat.any():
        rows.append(plan.ground + plan.level(t) - 2.0 * (1.0 - afloat))
    return Track(*(torch.from_numpy(np.ascontiguousarray(row, np.float32)).to(device) for row in rows))


def _afloat(plan: Plan, shares: list[np.ndarray]) -> np.ndarray:
    """0 on dry land to 1 in the water of the place."""
    if plan.water is None:
        return np.zeros_like(shares[0])
    if plan.kind.home == "water":
        return np.ones_like(shares[0])
    swims = [share for beat, share in zip(plan.beats, shares, strict=True) if beat.action == "swim"]
    return sum(swims, np.zeros_like(shares[0]))


def draught(plan: Plan) -> float:
    """How deep a body lies in the water, in stage units."""
    shares = {
        "vehicle": 0.11,
        "fish": 0.30,
        "biped": 0.14,
        "quadruped": 0.36,
        "turtle": 0.22,
        "dragon": 0.25,
        "bird": 0.30,
    }
    return shares.get(plan.kind.body, 0.2) * plan.height


def _over_ground(plan: Plan, setting: str, shares: list[np.ndarray]) -> np.ndarray:
    """1 over ground, 0 over water and where there is none."""
    if not vocabulary.SURFACES[setting]:
        return np.zeros_like(shares[0])
    return 1.0 - _afloat(plan, shares)


def _carry_channel(plan: Plan, thing: str) -> str:
    things = list(dict.fromkeys(act.thing for act in plan.actor.acts if act.action == "carry" and act.thing))
    return "carry" if things.index(thing) == 0 else "carry_next"


def _hop(plan: Plan, t: np.ndarray, shares: list[np.ndarray]) -> np.ndarray:
    y = np.zeros_like(t)
    for beat in plan.beats:
        if beat.action in ("jump", "bounce"):
            top = (0.62 if beat.action == "jump" else 0.30) * plan.height
            if plan.kind.body == "roller" and beat.action == "bounce":
                top = 1.5 * plan.height
            top = min(top / plan.gravity, 0.36 * plan.view_height)
            y += top * hop_arc(beat, t)
    return y


def _lean(plan: Plan, t: np.ndarray, shares: list[np.ndarray]) -> np.ndarray:
    """Whole-body rotation: swimmers and fliers lie forwards, sleepers lie down, rockets tilt the way they go."""
    lean = np.zeros_like(t)
    upright = plan.kind.body == "biped" or plan.actor.subject == "penguin"
    for number, (beat, share) in enumerate(zip(plan.beats, shares, strict=True)):
        if upright and beat.action == "swim":
            lean -= beat.sign * 1.22 * share
        elif upright and beat.action == "fly":
            lean -= beat.sign * (0.85 if not beat.vertical else 0.15) * share
        elif plan.kind.body == "biped" and beat.action in ("sleep", "wake") and not plan.weightless:
            down = share
            if beat.action == "wake":
                down = share * (
                    1.0 - smooth(t, beat.start_s + 0.22 * beat.duration_s, beat.start_s + 0.75 * beat.duration_s)
                )
            lean += beat.sign * 1.50 * down
        elif plan.kind.body == "floater" and plan.speeds[number]:
            lean -= beat.sign * {"rocket": 0.75, "kite": 0.25}.get(plan.actor.subject, 0.10) * share
        if beat.action == "spin" and plan.actor.subject in ("rocket", "kite"):
            lean -= beat.sign * _spin_angle(beat.duration_s, smooth_run(t, beat.start_s, beat.end_s), whole=True)
    return lean


def _spin_angle(duration_s: float, progress: np.ndarray, whole: bool) -> np.ndarray:
    """Angle of a spin: whole turns for what has no two sides, and slower than a turn and a half a second."""
    turns = max(1.0, round(0.55 * duration_s)) if whole else max(2.0, round(1.1 * duration_s)) / 2.0
    if turns * 1.25 > 1.45 * duration_s:
        turns = 0.5 if not whole else 1.0
    return TAU * turns * progress


def smooth_run(t: np.ndarray, start: float, end: float) -> np.ndarray:
    """0 at start to 1 at end with short eases, so that the top speed is 1.25 times the mean."""
    ease = 0.2 * (end - start)
    u = np.clip(t, start, end) - start
    full = (end - start) - ease
    ramp = np.where(u < ease, 0.5 * u * u / ease, u - 0.5 * ease)
    late = np.clip(u - (end - start - ease), 0.0, None)
    return (ramp - 0.5 * late * late / ease) / full


def _turn(plan: Plan, t: np.ndarray, pose: np.ndarray, x: np.ndarray) -> None:
    """Yaw by beats, spins and the roll of wheels, written into the pose."""
    yaw, roll = pose[INDEX["yaw"]], pose[INDEX["roll"]]
    beats = plan.beats
    free = plan.kind.body in ("floater", "roller")
    if free:
        yaw[:] = 0.0
        shown = np.zeros_like(t)
    else:
        shown = np.full_like(t, 0.0 if beats[0].sign > 0 else np.pi)
        for before, after, span in zip(beats, beats[1:], plan.spans, strict=False):
            if before.sign != after.sign:
                shown += (np.pi if after.sign < 0 else -np.pi) * smooth(t, span[0] - 0.05, span[0] + 0.40)
    for beat in beats:
        if beat.action == "spin" and plan.actor.subject not in ("rocket", "kite"):
            angle = _spin_angle(beat.duration_s, smooth_run(t, beat.start_s, beat.end_s), whole=True)
            if plan.kind.body == "roller":
                roll -= beat.sign * angle
            else:
                shown = shown + angle
    yaw[:] = yaw * np.cos(shown) + shown
    if plan.gait.wheel:
        forwards = 1.0 if free else np.cos(shown)
        roll -= forwards * (x - plan.start_x) / (plan.gait.wheel * plan.height)


def _pivot(
    plan: Plan, t: np.ndarray, x: np.ndarray, y: np.ndarray, lean: np.ndarray, shares: list[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """A body that leans turns about its middle, and one that lies rests on the ground with its back."""
    x = x + 0.5 * plan.height * np.sin(lean)
    lifted = np.zeros_like(t)
    for beat, share in zip(plan.beats, shares, strict=True):
        if beat.action in ("sleep", "wake") and plan.kind.body == "biped":
            lifted = lifted + 0.19 * plan.height * np.abs(np.sin(lean)) * share
        else:
            # In the water a swimmer lies on its surface instead of turning about its middle.
            afloat = 0.12 if beat.action == "swim" and plan.water is not None else 0.5
            lifted = lifted + afloat * plan.height * (1.0 - np.cos(lean)) * share
    return x, y + lifted
