"""Footage decoded once, at reduced size: all that the measurements look at and listen to."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

LONG_SIDE = 320
MOST_FRAMES = 160
"""Frames kept; of longer footage only every second, third … is."""


@dataclass(frozen=True)
class Look:
    """A shot as seen.

    Attributes:
        frames_THWC: uint8 RGB, the long side at most ``LONG_SIDE``.
        number_T: each frame's number in the file.
        step: frames of the file from one kept frame to the next.
        rate_hz: frames of the file in a second.
        decoded: frames in the file.
        width, height: of the file.
    """

    frames_THWC: np.ndarray
    number_T: np.ndarray
    step: int
    rate_hz: float
    decoded: int
    width: int
    height: int

    @property
    def aspect(self) -> float:
        return self.width / self.height

    @property
    def duration_s(self) -> float:
        return self.decoded / self.rate_hz

    def seconds(self, kept: int | np.ndarray) -> float | np.ndarray:
        """Time of a kept frame."""
        return self.number_T[kept] / self.rate_hz

    def part(self, start: int, stop: int) -> Look:
        """The frames of the file from ``start`` up to ``stop``, numbered from 0."""
        kept = (self.number_T >= start) & (self.number_T < stop)
        return Look(self.frames_THWC[kept], self.number_T[kept] - start, self.step, self.rate_hz,
                    max(0, min(stop, self.decoded) - start), self.width, self.height)  # fmt: skip


def small_size(width: int, height: int) -> tuple[int, int]:
    """Width and height at which footage is looked at: even, in its own shape, never enlarged."""
    scale = min(1.0, LONG_SIDE / max(width, height))
    return max(2, 2 * round(width * scale / 2)), max(2, 2 * round(height * scale / 2))


def look_at(video: Path, most_frames: int = MOST_FRAMES) -> Look:
    """Decode a file.

    Raises:
        BadMedia: it cannot be decoded.
    """
    from tools.media import probe, read_frames

    facts = probe(video)
    width, height = small_size(facts.width, facts.height)
    rate = float(facts.rate.fraction) if facts.rate else 24.0
    return collect(read_frames(video, width, height), facts.width, facts.height, rate, facts.frames, most_frames)


def collect(
    frames: Iterable[np.ndarray], width: int, height: int, rate_hz: float, expected: int, most_frames: int = MOST_FRAMES
) -> Look:
    """Keep every n-th of decoded frames (H, W, 3), at most ``most_frames`` of ``expected``, and count them all."""
    step = max(1, math.ceil(expected / most_frames))
    kept: list[np.ndarray] = []
    count = 0
    for count, frame in enumerate(frames, start=1):
        if (count - 1) % step == 0:
            kept.append(frame)
    return Look(
        np.stack(kept) if kept else np.zeros((0, 2, 2, 3), np.uint8), np.arange(len(kept)) * step, step, rate_hz, count,
        width, height,
    )  # fmt: skip
