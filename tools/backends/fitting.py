"""Pictures of one size and rate brought into those of a shot: scaled, cropped or padded, sampled in time, encoded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from pathlib import Path

import numpy as np

from storyboards.errors import BadMedia
from tools.contract import Progress, ShotRequest
from tools.media import FrameWriter, probe, read_frames

MOST_CROPPED = 0.2
"""Share of a picture that may be cut off; where more would have to go, bars are put around it."""
ROUNDING_PX = 16
"""By which a side may differ from what was ordered: models film in whole blocks of pixels."""
TOO_LONG_S = 1.0
UNSEEN = 0.03
"""Share that may be cut off without a word."""

Size = tuple[int, int]
"""Width and height in pixels."""


@dataclass(frozen=True)
class Fit:
    """How pictures of one size fill another: scaled to ``scaled``, then the middle cut out, or put on black."""

    source: Size
    target: Size
    scaled: Size

    @classmethod
    def of(cls, source: Size, target: Size) -> Fit:
        """Cropped if that loses at most :data:`MOST_CROPPED`, else padded."""
        ratios = [to / side for side, to in zip(source, target, strict=True)]
        cropped = 1 - min(ratios) / max(ratios) <= MOST_CROPPED
        scale = max(ratios) if cropped else min(ratios)
        round_to = ceil if cropped else round
        width, height = (max(1, round_to(side * scale - (1e-6 if cropped else 0))) for side in source)
        return cls(source, target, (width, height))

    @property
    def note(self) -> str:
        """What became of the picture's edges, in words; empty where nothing is to be seen of it."""
        (wide, high), (width, height) = self.scaled, self.target
        if wide > width + 1 or high > height + 1:
            gone = 1 - (width * height) / (max(wide, width) * max(high, height))
            cut = f"filmed at {_said(self.source)} and cropped to {_said(self.target)}: {gone:.0%} is cut off"
            return cut if gone > UNSEEN else ""
        if wide < width - 1 or high < height - 1:
            bars = 1 - (wide * high) / (width * height)
            return f"filmed at {_said(self.source)} and put on black for {_said(self.target)}: {bars:.0%} is bars"
        return ""

    def __call__(self, frame_HW3: np.ndarray) -> np.ndarray:
        """A frame of the source size, uint8, in the target size."""
        from PIL import Image

        (wide, high), (width, height) = self.scaled, self.target
        if self.scaled != self.source:
            smaller = wide < self.source[0]
            how = Image.Resampling.BOX if smaller else Image.Resampling.BICUBIC
            frame_HW3 = np.asarray(Image.fromarray(frame_HW3).resize(self.scaled, how))
        left, top = max(0, (wide - width) // 2), max(0, (high - height) // 2)
        seen = frame_HW3[top : top + height, left : left + width]
        if seen.shape[:2] == (height, width):
            return np.ascontiguousarray(seen)
        whole = np.zeros((height, width, 3), np.uint8)
        down, right = (height - seen.shape[0]) // 2, (width - seen.shape[1]) // 2
        whole[down : down + seen.shape[0], right : right + seen.shape[1]] = seen
        return whole


def retimed(frames: Iterable[np.ndarray], rate: Fraction, new_rate: Fraction, count: int) -> Iterator[np.ndarray]:
    """``count`` frames at ``new_rate``: each is the one that plays in its middle; the last is held if they run out."""
    step, made, last = rate / new_rate, 0, None
    for number, frame in enumerate(frames):
        last = frame
        while made < count and (2 * made + 1) * step / 2 < number + 1:
            yield frame
            made += 1
        if made == count:
            return
    if last is not None:
        for _ in range(count - made):
            yield last


def write_fitted(
    frames: Iterable[np.ndarray], source: Size, rate: Fraction, request: ShotRequest, out: Path, progress: Progress
) -> tuple[str, ...]:
    """Encode frames (H, W, 3) uint8 of the source's size and rate as the shot wants them; notes on what shows of it.

    Raises:
        BadMedia: there are no frames.
        MediaFailed, DiskFull: the file could not be written; nothing is left.
    """
    fit = Fit.of(source, (request.width, request.height))
    last, fitted = None, None
    with FrameWriter(out, request.width, request.height, request.rate) as writer:
        for frame in retimed(frames, rate, request.rate.fraction, request.frames):
            if frame is not last:
                last, fitted = frame, fit(frame)
            assert fitted is not None
            writer.write(fitted)
            progress(writer.frames / request.frames)
        if not writer.frames:
            raise BadMedia("there is no frame in it.")
    return (fit.note,) if fit.note else ()


def fit_film(
    source: Path, ordered: Size, ordered_s: float, request: ShotRequest, out: Path, progress: Progress
) -> tuple[str, ...]:
    """Bring a stranger's film into the form of the shot, if it is what was ordered.

    Args:
        ordered: the size that was asked for; ``ordered_s`` how long.

    Returns:
        notes on what shows of the fitting.

    Raises:
        BadMedia: it cannot be decoded to its end, or has another size or length. Nothing is left.
    """
    facts = probe(source)
    if not facts.has_picture or facts.rate is None:
        raise BadMedia("it has no moving picture.")
    if any(abs(side - wanted) > ROUNDING_PX for side, wanted in zip((facts.width, facts.height), ordered, strict=True)):
        raise BadMedia(f"it is {facts.width}x{facts.height}, and {_said(ordered)} were ordered.")
    rate = facts.rate.fraction
    needed_s = request.rate.seconds(request.frames)
    has_s = float(facts.frames / rate)
    if has_s + float(1 / rate) < needed_s:
        raise BadMedia(f"it lasts {has_s:.2f} s, and the shot needs {needed_s:.2f} s.")
    if has_s > ordered_s + TOO_LONG_S:
        raise BadMedia(f"it lasts {has_s:.2f} s, and {ordered_s:g} s were ordered.")
    frames = _whole(source, facts.frames)
    return write_fitted(frames, (facts.width, facts.height), rate, request, out, progress)


def _whole(source: Path, promised: int) -> Iterator[np.ndarray]:
    """Every frame of a film.

    Raises:
        BadMedia: fewer can be decoded than its packets promise.
    """
    seen = 0
    for frame in read_frames(source):
        seen += 1
        yield frame
    if seen < promised:
        raise BadMedia(f"only {seen} of its {promised} frames can be decoded.")


def _said(size: Size) -> str:
    return f"{size[0]}x{size[1]}"
