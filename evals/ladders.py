"""Clips made worse step by step, in one way at a time, and changes that must change nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from evals.corruptions import Clip, late_by
from storyboards.claims import ClaimKind

Spoil = Callable[[Clip, float], Clip]


@dataclass(frozen=True)
class Ladder:
    """Doses of one fault. ``breaks`` is the kind of claim that must fail more as the dose grows."""

    name: str
    unit: str
    breaks: ClaimKind
    doses: tuple[float, ...]
    spoil: Spoil


def turned(clip: Clip, degrees: float) -> Clip:
    """Hues turned, brightness kept: a rotation in the plane of U and V (BT.601)."""
    frames = clip[0].astype(np.float32)
    y = frames @ np.array([0.299, 0.587, 0.114], np.float32)
    u, v = 0.492 * (frames[..., 2] - y), 0.877 * (frames[..., 0] - y)
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    u, v = c * u - s * v, s * u + c * v
    red, blue = y + v / 0.877, y + u / 0.492
    green = (y - 0.299 * red - 0.114 * blue) / 0.587
    return np.stack([red, green, blue], -1).clip(0, 255).round().astype(np.uint8), clip[1]


def flickered(clip: Clip, percent: float) -> Clip:
    gain = np.where(np.arange(len(clip[0])) % 2, 1.0 - percent / 100, 1.0)[:, None, None, None]
    return (clip[0] * gain).round().astype(np.uint8), clip[1]


def frozen(clip: Clip, seconds: float) -> Clip:
    """A frame a third into the clip held for so long."""
    frames = clip[0].copy()
    start, held = len(frames) // 3, round(24 * seconds)
    frames[start : start + held] = frames[start]
    return frames, clip[1]


def faster(clip: Clip, percent: float) -> Clip:
    count = max(4, round(len(clip[0]) / (1 + percent / 100)))
    return clip[0][np.linspace(0, len(clip[0]) - 1, count).round().astype(int)], clip[1]


def dimmed(clip: Clip, percent: float) -> Clip:
    """Six frames in the middle brought down by so much."""
    frames = clip[0].copy()
    middle = len(frames) // 2
    frames[middle : middle + 6] = (frames[middle : middle + 6] * (1 - percent / 100)).astype(np.uint8)
    return frames, clip[1]


def drifting(clip: Clip, pixels: float) -> Clip:
    """The whole frame slides against the planned pan by so many pixels a frame, edges repeated."""
    frames = [np.roll(frame, round(pixels * number), 1) for number, frame in enumerate(clip[0])]
    return np.stack(frames), clip[1]


LADDERS: tuple[Ladder, ...] = (
    Ladder("hue turned", "degrees", "colour", (0, 20, 40, 80, 120, 180), turned),
    Ladder("sound late", "ms", "sound", (0, 40, 80, 120, 160, 200, 300), lambda clip, ms: late_by(ms / 1000)(clip)),
    Ladder("flicker", "%", "flicker", (0, 1, 2, 4, 8, 16), flickered),
    Ladder("freeze", "s", "freeze", (0, 0.25, 0.5, 0.75, 1.0, 1.5), frozen),
    Ladder("speed", "% faster", "duration", (0, 1, 2, 5, 10, 50), faster),
    Ladder("dark frames", "%", "black", (0, 50, 75, 90, 95, 100), dimmed),
    Ladder("slide", "px a frame", "camera", (0, 0.5, 1, 2, 4, 8), drifting),
)


def _shifted(clip: Clip) -> Clip:
    return np.concatenate([clip[0][:, :, :1], clip[0][:, :, :-1]], 2), clip[1]


def _gained(share: float) -> Callable[[Clip], Clip]:
    def change(clip: Clip) -> Clip:
        return (clip[0] * share).clip(0, 255).round().astype(np.uint8), clip[1]

    return change


NULLS: dict[str, Callable[[Clip], Clip]] = {
    "one pixel": _shifted, "gain +2 %": _gained(1.02), "gain -2 %": _gained(0.98), "crf 28": lambda clip: clip,
    "renamed": lambda clip: clip, "paraphrased": lambda clip: clip,
}  # fmt: skip
"""Changes that must not move a verdict; the last three change the file or the words, not the clip."""


def blank(clip: Clip) -> Clip:
    return np.full_like(clip[0], 96), np.zeros_like(clip[1])


def static(clip: Clip) -> Clip:
    return np.repeat(clip[0][:1], len(clip[0]), 0), clip[1]


def duplicated(clip: Clip) -> Clip:
    """The first half of the picture twice."""
    half = max(1, len(clip[0]) // 2)
    return clip[0][np.arange(len(clip[0])) % half], clip[1]


def juddering(clip: Clip) -> Clip:
    """Every second frame twice: half the work for the same length."""
    return clip[0][np.arange(len(clip[0])) // 2 * 2], clip[1]


def reversed_clip(clip: Clip) -> Clip:
    return clip[0][::-1].copy(), clip[1][:, ::-1].copy()


def card_of_words(clip: Clip) -> Clip:
    from evals.probes import CARD, text_card

    card = text_card(clip[0].shape[2], clip[0].shape[1], CARD)
    return np.repeat(card[None], len(clip[0]), 0), np.zeros_like(clip[1])


EXPLOITS: dict[str, Callable[[Clip], Clip]] = {
    "static": static, "blank": blank, "duplicated": duplicated, "juddering": juddering,
    "text card": card_of_words, "reversed": reversed_clip,
}  # fmt: skip
"""What somebody might hand in to be scored well for nothing."""
