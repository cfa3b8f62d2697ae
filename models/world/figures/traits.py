"""What an identity seed decides about a body, and what the choreography must know of it."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from models.world import vocabulary

VARIATION = 0.12
"""Largest relative change of a proportion by identity."""


@dataclass(frozen=True)
class Traits:
    """Proportions (factors around 1) and choices (integers, shares of 0 to 1) of one individual."""

    head: float
    leg: float
    girth: float
    length: float
    ear: float
    eye: float
    tail: float
    marking: int
    tone: int
    hair: int
    style: int
    accent: int
    warmth: float


@lru_cache(maxsize=4096)
def traits_of(subject: str, identity: int) -> Traits:
    """The traits of an individual; the same seed gives another individual in another subject."""
    rng = np.random.default_rng([zlib.crc32(subject.encode()), identity & 0xFFFFFFFF])
    head, leg, girth, length, ear, eye, tail = (1.0 + VARIATION * rng.uniform(-1.0, 1.0, 7)).tolist()
    marking, tone, hair, style, accent = rng.integers(0, 60, 5).tolist()
    warmth = float(rng.uniform(-1.0, 1.0))
    return Traits(head, leg, girth, length, ear, eye, tail, marking, tone, hair, style, accent, warmth)


@dataclass(frozen=True)
class Gait:
    """How a body moves over the ground, in standing heights.

    Attributes:
        legs: how many feet touch the ground: 0, 2 or 4.
        leg: length of a leg.
        stride: ground covered by one whole cycle of a walk.
        walk, run: natural speeds in heights a second.
        wheel: radius of what rolls; 0 for what does not.
        lift: how high a foot is raised in a walk.
    """

    legs: int
    leg: float
    stride: float
    walk: float
    run: float
    wheel: float
    lift: float


_GAITS: dict[str, Gait] = {
    "child": Gait(2, 0.25, 0.50, 0.72, 1.45, 0.0, 0.070),
    "biped": Gait(2, 0.31, 0.62, 0.62, 1.30, 0.0, 0.080),
    "robot": Gait(2, 0.26, 0.44, 0.55, 1.10, 0.0, 0.070),
    "fox": Gait(4, 0.37, 0.62, 0.85, 2.00, 0.0, 0.080),
    "cat": Gait(4, 0.36, 0.60, 0.85, 2.00, 0.0, 0.080),
    "dog": Gait(4, 0.38, 0.60, 0.90, 2.00, 0.0, 0.080),
    "rabbit": Gait(4, 0.24, 0.44, 0.80, 1.90, 0.0, 0.070),
    "bear": Gait(4, 0.36, 0.56, 0.65, 1.40, 0.0, 0.070),
    "deer": Gait(4, 0.44, 0.66, 0.62, 1.50, 0.0, 0.090),
    "horse": Gait(4, 0.44, 0.66, 0.62, 1.50, 0.0, 0.090),
    "turtle": Gait(4, 0.20, 0.34, 0.55, 1.10, 0.0, 0.060),
    "dragon": Gait(4, 0.27, 0.44, 0.55, 1.20, 0.0, 0.070),
    "bird": Gait(2, 0.20, 0.26, 0.70, 1.40, 0.0, 0.060),
    "owl": Gait(2, 0.12, 0.18, 0.50, 1.10, 0.0, 0.040),
    "penguin": Gait(2, 0.11, 0.22, 0.55, 1.10, 0.0, 0.040),
    "fish": Gait(0, 0.0, 0.0, 0.95, 1.90, 0.0, 0.0),
    "whale": Gait(0, 0.0, 0.0, 0.65, 1.10, 0.0, 0.0),
    "car": Gait(0, 0.0, 0.0, 1.20, 2.40, 0.185, 0.0),
    "train": Gait(0, 0.0, 0.0, 1.00, 1.90, 0.13, 0.0),
    "boat": Gait(0, 0.0, 0.0, 0.55, 1.00, 0.0, 0.0),
    "roller": Gait(0, 0.0, 0.0, 1.20, 2.60, 0.50, 0.0),
    "floater": Gait(0, 0.0, 0.0, 0.60, 1.20, 0.0, 0.0),
}


@lru_cache(maxsize=4096)
def gait_of(subject: str, identity: int) -> Gait:
    """The gait of an individual: its legs are as long as it is drawn."""
    kind = vocabulary.SUBJECTS[subject]
    base = _GAITS.get(subject) or _GAITS[kind.body]
    leg = leg_of(subject, identity)
    share = leg / base.leg if base.leg else 1.0
    return Gait(base.legs, leg, base.stride * share, base.walk, base.run, base.wheel, base.lift * share)


def leg_of(subject: str, identity: int) -> float:
    """Length of an individual's leg in standing heights."""
    base = _GAITS.get(subject) or _GAITS[vocabulary.SUBJECTS[subject].body]
    return base.leg * (1.0 + 0.7 * (traits_of(subject, identity).leg - 1.0))
