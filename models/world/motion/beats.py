"""An actor's acts as beats that cover the whole clip, and how one beat gives way to the next."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np

from models.world import vocabulary
from models.world.scene import Act, Actor, Scene

BLEND_S = 0.25
"""How long one action takes to give way to the next."""

WEIGHTLESS: frozenset[str] = frozenset({"underwater", "space", "sky"})
MOVING: frozenset[str] = frozenset({"walk", "run", "fly", "swim", "carry", "chase", "meet"})
"""Actions that travel even when no direction is given."""

_LONG_BLEND_S = {"sleep": 1.0, "wake": 1.1, "rise": 0.9, "swim": 0.5, "fly": 0.5, "land": 0.4, "ride": 0.6}


@dataclass(frozen=True)
class Beat:
    """One stretch of time in which an actor does one thing.

    Attributes:
        action: from ``vocabulary.ACTIONS``, or ``idle`` (nothing was asked) or ``greet`` (the end of a meeting).
        start_s, end_s: half-open.
        sign: -1 facing and moving left, 1 right.
        travels: whether it moves along the ground line at all.
        vertical: -1 down, 1 up, 0 neither.
        target, thing: as in ``Act``.
        act: index of the act it comes from; -1 for none.
        seat: index of the actor that carries it meanwhile; -1 for none.
    """

    action: str
    start_s: float
    end_s: float
    sign: float = 1.0
    travels: bool = False
    vertical: float = 0.0
    target: int = -1
    thing: str = ""
    act: int = -1
    seat: int = -1

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s


ABOARD: frozenset[str] = frozenset({"ride", "idle", "stand", "wave", "look around", "carry", "sleep", "wake"})
"""What a rider can do without leaving its seat."""


def beats_of(scene: Scene, actor: Actor) -> list[Beat]:
    """The beats of one actor in order, covering 0 to the scene's duration without gaps."""
    end = scene.duration_s
    order = sorted(range(len(actor.acts)), key=lambda i: actor.acts[i].start_s)
    beats: list[Beat] = []
    now = 0.0
    for place, i in enumerate(order):
        act = actor.acts[i]
        until = min(act.end_s, end)
        if place + 1 < len(order):
            until = min(until, max(actor.acts[order[place + 1]].start_s, act.start_s))
        start = max(act.start_s, now)
        if until - start < 1e-3:
            continue
        if start - now > 0.05:
            beats.append(Beat("idle", now, start))
        else:
            start = now
        beats.append(_beat(act, i, start, until, actor))
        now = until
    if end - now > 0.05 or not beats:
        beats.append(Beat("idle", now, end))
    else:
        beats[-1] = replace(beats[-1], end_s=end)
    return _facing(_seated(beats), actor)


def _seated(beats: list[Beat]) -> list[Beat]:
    """Whoever rides stays in its seat until it does something that needs its feet."""
    seat, kept = -1, []
    for beat in beats:
        if beat.action == "ride":
            seat = beat.target
        elif beat.action not in ABOARD:
            seat = -1
        if seat >= 0:
            beat = replace(beat, action="ride" if beat.action in ("idle", "stand") else beat.action, seat=seat,
                           travels=False)  # fmt: skip
        elif beat.action == "ride":
            beat = replace(beat, action="stand")
        kept.append(beat)
    return kept


def _beat(act: Act, index: int, start: float, end: float, actor: Actor) -> Beat:
    body = vocabulary.SUBJECTS[actor.subject].body
    sign = {"left": -1.0, "right": 1.0}.get(act.direction, 0.0)
    vertical = {"up": 1.0, "down": -1.0}.get(act.direction, 0.0)
    if act.action == "rise":
        vertical = 1.0
    elif act.action == "land":
        vertical = -1.0
    rises = act.action in ("fly", "swim") and vertical != 0.0
    travels = (act.action in MOVING and not rises) or sign != 0.0
    if act.action in ("stand", "sleep", "wake", "look around", "wave", "spin", "ride"):
        travels = False
    if body == "floater" and act.action == "carry" and not sign:
        travels = True
    return Beat(act.action, start, end, sign, travels, vertical, act.target, act.thing, index)


def _facing(beats: list[Beat], actor: Actor) -> list[Beat]:
    """Every beat faces the way its act says, else the way the beat before it does, else by the actor's side."""
    sign = next((b.sign for b in beats if b.sign), 0.0) or (-1.0 if vocabulary.SIDES[actor.side] > 0 else 1.0)
    faced = []
    for beat in beats:
        sign = beat.sign or sign
        faced.append(replace(beat, sign=sign))
    return faced


def blends(beats: list[Beat]) -> list[tuple[float, float]]:
    """For every beat after the first, the times between which it takes over from the one before it."""
    spans: list[tuple[float, float]] = []
    for before, after in itertools.pairwise(beats):
        long = _LONG_BLEND_S.get(after.action, BLEND_S)
        if after.action in ("idle", "greet"):
            long = 0.45 if before.action in ("swim", "fly", "rise") else 0.3
        if before.action == "sleep" and after.action not in ("idle", "sleep"):
            long = 0.9
        if before.seat >= 0 and after.seat < 0:
            long = 0.6
        at = after.start_s
        back = min(BLEND_S / 2, before.duration_s / 2)
        ahead = min(long - BLEND_S / 2, after.duration_s * 0.6)
        start = at - back
        if spans:
            start = max(start, spans[-1][1])
        spans.append((start, max(at + ahead, start + 0.02)))
    return spans


def smooth(t: np.ndarray, start: float, end: float) -> np.ndarray:
    """Smoothstep from 0 at ``start`` to 1 at ``end``."""
    u = np.clip((t - start) / max(end - start, 1e-6), 0.0, 1.0)
    return u * u * (3.0 - 2.0 * u)


def smooth_integral(t: np.ndarray, start: float, end: float) -> np.ndarray:
    """The integral of :func:`smooth` from minus infinity to t."""
    span = max(end - start, 1e-6)
    u = np.clip((t - start) / span, 0.0, 1.0)
    return span * (u**3 - 0.5 * u**4) + np.maximum(t - end, 0.0)


def weights(beats: list[Beat], spans: list[tuple[float, float]], t: np.ndarray) -> list[np.ndarray]:
    """How much each beat counts at each time; they sum to 1."""
    steps = [np.ones_like(t), *(smooth(t, *span) for span in spans), np.zeros_like(t)]
    return [a - b for a, b in itertools.pairwise(steps)]


def elapsed(beats: list[Beat], spans: list[tuple[float, float]], t: np.ndarray) -> list[np.ndarray]:
    """The integral of each beat's weight from 0 to t: seconds for which it has been in force."""
    steps = [t, *(smooth_integral(t, *span) for span in spans), np.zeros_like(t)]
    return [a - b for a, b in itertools.pairwise(steps)]
