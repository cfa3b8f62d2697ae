"""How the judge looks: which moments of a shot, at which size, and the words it answers in.

A moment is a frame and the frame ``MOMENT_S`` later. ``B`` clips, ``M`` moments, ``Q`` subjects that are looked at
closely; ``H, W`` pixels of a frame, ``h, w`` cells of 4 of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from models.world.vocabulary import (
    ACTIONS,
    CAMERA_MOVES,
    COLOURS,
    FRAMINGS,
    SETTINGS,
    STYLES,
    SUBJECTS,
    TIMES,
    WEATHERS,
)

MOMENTS = 13
MOMENT_S = 0.125
AREA = 112 * 192
"""Pixels of a frame as it is looked at; its shape is the film's."""
CELL = 4
COUNTS: tuple[str, ...] = ("0", "1", "2", "3")
LIGHTS: tuple[str, ...] = ("darker", "as it is", "brighter")
QUESTIONS: dict[str, tuple[str, ...]] = {
    "setting": SETTINGS, "time": TIMES, "weather": WEATHERS, "style": STYLES, "framing": FRAMINGS, "count": COUNTS,
    "exposure": LIGHTS,
}  # fmt: skip
"""Questions about a frame as a whole, and their answers."""
NOBODY = len(SUBJECTS)
KINDS, TINTS, DEEDS, MOVES = len(SUBJECTS), len(COLOURS), len(ACTIONS), len(CAMERA_MOVES)


@dataclass(frozen=True)
class JudgeParams:
    """Channels at 1/2, 1/4 and 1/8 of what the eye sees (half the frame's size), and of a close look.

    Attributes:
        look: length of what a close look becomes; track: of what it is mixed in over time; likeness: of a print.
        rounds: of mixing over time.
    """

    half: int = 32
    quarter: int = 64
    eighth: int = 112
    near: int = 48
    middle: int = 80
    far: int = 128
    look: int = 192
    track: int = 128
    likeness: int = 48
    rounds: int = 2

    @classmethod
    def critic(cls) -> JudgeParams:
        """Who sits in the loop."""
        return cls()

    @classmethod
    def examiner(cls) -> JudgeParams:
        """Who scores what the loop has made: another build, so that it errs elsewhere."""
        return cls(half=40, quarter=72, eighth=96, near=56, middle=96, far=112, look=160, track=144, rounds=3)

    @classmethod
    def tiny(cls) -> JudgeParams:
        return cls(8, 8, 8, 8, 8, 8, 16, 16, 8, 1)


def looked_at(height: int, width: int) -> tuple[int, int]:
    """Size to which frames are scaled: about ``AREA`` pixels in the film's own shape, multiples of 16.

    Raises:
        ValueError: a side is not positive, or one is over 8 times the other.
    """
    if height < 1 or width < 1 or max(height, width) > 8 * min(height, width):
        raise ValueError(f"a frame of {width} x {height} pixels cannot be judged")
    scale = (AREA / (height * width)) ** 0.5
    return max(32, 16 * round(height * scale / 16)), max(32, 16 * round(width * scale / 16))


def moments_of(duration_s: float, rate_hz: float, frames: int, moments: int = MOMENTS) -> torch.Tensor:
    """The frames that are looked at, (M, 2) long: each moment's frame and the one ``MOMENT_S`` later.

    They are spread evenly from the first frame to the last. A still picture gives its frame twice.
    """
    gap = max(1, round(MOMENT_S * rate_hz))
    last = max(0, frames - 1 - gap)
    count = max(1, min(moments, last + 1))
    first = torch.linspace(0, last, count, dtype=torch.float64).round().long()
    return torch.stack([first, (first + gap).clamp_max(max(0, frames - 1))], 1)
