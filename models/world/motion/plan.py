"""One actor's way through a clip: paths, heights and hops as functions of time."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from models.world.figures.traits import Gait, traits_of
from models.world.motion.beats import Beat, elapsed, smooth
from models.world.scene import Actor
from models.world.vocabulary import SubjectKind

HOPS = ("jump", "bounce")
HOP_AIR = {"jump": (0.26, 0.74), "bounce": (0.10, 0.90)}
"""The share of a hop's cycle that is spent in the air."""


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
            if beat.action in HOPS and speed:
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


def flies(plan: Plan) -> bool:
    """Whether the actor moves about in the air rather than on its feet."""
    return plan.actor.subject in ("bird", "owl") or plan.kind.body == "floater"


def phase_of(plan: Plan) -> float:
    """An individual's own offset of its idle rhythms, 0 to 1."""
    traits = traits_of(plan.actor.subject, plan.actor.identity)
    return (traits.marking * 0.137 + plan.index * 0.31 + traits.warmth) % 1.0
