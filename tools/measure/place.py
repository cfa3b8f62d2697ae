"""Claims about the place and its light: time of day, weather, exposure."""

from __future__ import annotations

import numpy as np

from storyboards.claims import Claim
from storyboards.critique import Verdict
from tools.measure.verdicts import cannot_tell, passed, say
from tools.measure.witness import Witness

TIME_SURE, TIME_OUT = 0.65, 0.10
WEATHER_SURE, WEATHER_OUT = 0.70, 0.08


def time(claim: Claim, seen: Witness) -> Verdict:
    return _word(claim, seen, seen.survey.time, TIME_SURE, TIME_OUT)


def weather(claim: Claim, seen: Witness) -> Verdict:
    return _word(claim, seen, seen.survey.weather, WEATHER_SURE, WEATHER_OUT)


def _word(claim: Claim, seen: Witness, odds: dict[str, float], sure: float, out: float) -> Verdict:
    """The most likely word, if it is likely enough and the claimed word is it, or is unlikely enough."""
    name = max(odds, key=lambda word: odds[word])
    luma = mean_luma(seen.look.frames_THWC)
    note = f"mean brightness {luma:.0f} of 255; P({claim.expected}) = {odds[claim.expected]:.2f}"
    if odds[name] < sure or (name != claim.expected and odds[claim.expected] > out):
        return cannot_tell(claim, note, f"{name}, or {claim.expected}" if name != claim.expected else f"perhaps {name}")
    return say(claim, passed(name == claim.expected), name, odds[name], note=note, frame=0)


def mean_luma(frames_THWC: np.ndarray) -> float:
    """Mean brightness, 0 to 255."""
    return float((frames_THWC[::4, ::2, ::2].astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)).mean())


def exposure(claim: Claim, seen: Witness) -> Verdict:
    """Darker or brighter than what? Without a take at the natural light there is nothing to compare with."""
    return cannot_tell(claim, "there is no take in the natural light to compare with",
                       f"mean brightness {mean_luma(seen.look.frames_THWC):.0f} of 255")  # fmt: skip
