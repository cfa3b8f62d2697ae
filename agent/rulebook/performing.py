"""What each subject can perform, and the nearest action where it cannot."""

from __future__ import annotations

from tools.vocabulary import SUBJECTS

TRAVEL = frozenset({"walk", "run", "fly", "swim"})
RIDDEN = {
    "boat": "swim",
    "car": "run",
    "train": "run",
    "rocket": "fly",
    "balloon": "fly",
    "horse": "run",
    "dragon": "fly",
    "whale": "swim",
    "turtle": "walk",
    "bear": "walk",
    "deer": "run",
    "bird": "fly",
    "owl": "fly",
    "kite": "fly",
}
"""What one can travel in or on, and how it then moves."""

NEAREST = {
    "wave": ("jump", "bounce", "look around", "spin", "stand"),
    "fly": ("jump", "swim", "rise", "run", "walk", "spin"),
    "swim": ("walk", "fly", "run", "bounce", "stand"),
    "walk": ("swim", "fly", "run", "bounce"),
    "run": ("swim", "fly", "walk", "bounce"),
    "jump": ("bounce", "fly", "spin", "rise"),
    "sleep": ("stand",),
    "wake": ("bounce", "spin", "stand"),
    "look around": ("spin", "stand"),
    "land": ("walk", "swim", "bounce", "jump", "stand"),
    "rise": ("jump", "fly", "bounce", "stand"),
    "bounce": ("jump", "spin"),
    "spin": ("jump", "look around", "stand"),
    "carry": ("walk", "stand"),
    "stand": ("swim", "fly", "bounce"),
    "chase": ("run", "swim", "fly"),
    "meet": ("walk", "stand"),
}


def can(subject: str, verb: str) -> bool:
    return verb in SUBJECTS[subject].actions


def nearest_action(subject: str, verb: str) -> str:
    """``verb`` itself if the subject can perform it, else the nearest that it can."""
    if can(subject, verb):
        return verb
    return next((other for other in NEAREST.get(verb, ()) if can(subject, other)), SUBJECTS[subject].actions[0])
