"""A clip played while it is made: frames and their sound, piece by piece, in memory that does not grow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from models.conditions import Segment
from models.layers.codec import LayersCodec
from models.layers.kept import Kept
from models.layers.strip import Strip
from models.layers.views import Screen
from models.length import strips
from models.reel import Ask, Making, Reel
from models.shapes import FPS
from models.sound.codec import HOP, RATE
from models.sound.tokens import ClipSound, sound_of
from models.windows import Said, layers_of

HELD = 4
"""Frames that wait for what follows, so that their sound is decoded with both sides."""
CONTEXT = 12
"""Tokens of sound before a piece that are decoded with it."""
CROSSED = RATE // 10
"""Samples in which the sound of one piece goes over into the next's."""


@dataclass(frozen=True)
class Piece:
    """Some frames of a film and the sound of the same time.

    Attributes:
        frames: uint8 (n, H, W, 3).
        wave: mono at ``models.sound.codec.RATE``, (N,); None where the film is silent.
    """

    frames: torch.Tensor
    wave: torch.Tensor | None


def streamed(
    reel: Reel, ask: Ask, height: int, width: int, fps: float, seed: int = 0, said: Said | None = None,
    making: Making | None = None,
) -> Iterator[Piece]:  # fmt: skip
    """The film of :func:`models.length.long_clip`, each piece as soon as it is made.

    Raises:
        ValueError: as ``long_clip``.
    """
    ask = reel.opened(ask)
    shown = Playing(layers_of(reel, ask), height, width, fps, ask.kept)
    total = ask.canvas.frames
    for strip in strips(reel, ask, seed, said, making):
        yield from shown.pieces(strip, last=strip.frames >= total)


class Playing:
    """A strip as it grows, on a screen of one size. What was shown is never shown again.

    Args:
        kept: the picture that it begins with, if its pixels are shown.

    Attributes:
        shown: frames so far, at ``fps``.
    """

    def __init__(
        self, codec: LayersCodec, height: int, width: int, fps: float, kept: Kept | None = None
    ) -> None:  # fmt: skip
        self.codec, self.height, self.width, self.fps, self.kept = codec, height, width, fps, kept
        self.shown = 0
        self._screen: Screen | None = None
        self._of: tuple[Segment, ...] = ()
        self._heard: _Heard | None = None

    def pieces(self, strip: Strip, last: bool) -> Iterator[Piece]:
        """What of the strip can be shown now: all of it at the ``last`` time, else all but its ``HELD`` last frames."""
        done = strip.frames if last else strip.frames - HELD
        upto = round(done / FPS * self.fps) if last else int((done - 1) / FPS * self.fps) + 1
        if upto <= self.shown:
            return
        start = self.shown
        at_F = (torch.arange(start, upto, dtype=torch.float64) * (FPS / self.fps)).clamp(max=strip.frames - 1)
        rows = [_between(row_FR, at_F) for row_FR in strip.rows_KFR]
        fallen = start + round(strip.fallen_s * self.fps)
        frames = self._on(strip).frames(rows, _between(strip.path_F9, at_F), fallen, self.fps, strip.origin)
        for block in frames:
            self.shown += len(block)
            yield Piece(block, self._wave(strip, last and self.shown >= upto))

    def _on(self, strip: Strip) -> Screen:
        """The screen with what of the strip does not move; decoded again only where that has changed."""
        of = (strip.plate, strip.look, *strip.sheets)
        if self._screen is None or not all(map(_same, of, self._of)):
            screen = Screen(
                self.codec, strip.plate, strip.look, strip.sheets, strip.canvas, self.height, self.width
            )  # fmt: skip
            if self._screen is not None:
                screen.rows_K = self._screen.rows_K
            if self.kept is not None:
                screen.keep(self.kept, strip.rows_KFR[:, 0], strip.path_F9[0])
            self._screen, self._of = screen, of
        return self._screen

    def _wave(self, strip: Strip, last: bool) -> torch.Tensor | None:
        """The sound up to the last frame that was shown."""
        if strip.sound_TC is None:
            return None
        if self._heard is None:
            self._heard = _Heard(sound_of(self.codec))
        end = strip.frames * HOP if last else round(self.shown / self.fps * RATE)
        return self._heard.upto(strip.sound_TC, end)


class _Heard:
    """Sound that is decoded some tokens at a time and crossed over where two pieces meet."""

    def __init__(self, sound: ClipSound) -> None:
        self.sound, self.given, self.tokens = sound, 0, 0
        self.start, self.wave = 0, torch.zeros(0)

    def upto(self, latent_TC: torch.Tensor, end: int) -> torch.Tensor:
        """Samples from where the last call ended up to ``end``, of all tokens that are there."""
        if len(latent_TC) > self.tokens:
            first = max(0, self.given // HOP - CONTEXT)
            fresh = self.sound.codec.decode(latent_TC[first:].float()).clone()
            old = self.wave[self.given - self.start :][:CROSSED]
            rise = torch.linspace(0.0, 1.0, len(old))
            own = fresh[self.given - first * HOP :][: len(old)]
            own.copy_(old * (1.0 - rise) + own * rise)
            self.tokens, self.start, self.wave = len(latent_TC), first * HOP, fresh
        piece = self.wave[self.given - self.start : end - self.start]
        self.given = max(self.given, end)
        return piece


def _same(one: Segment, other: Segment) -> bool:
    return torch.equal(one.clean_LC, other.clean_LC) and torch.equal(one.position_L3, other.position_L3)


def _between(row_FR: torch.Tensor, at_F: torch.Tensor) -> torch.Tensor:
    """Rows at moments, in frames; between two in a straight line."""
    low_F = at_F.floor().long()
    high_F, share_F1 = (low_F + 1).clamp(max=len(row_FR) - 1), (at_F - low_F).to(row_FR)[:, None]
    return row_FR[low_F] * (1 - share_F1) + row_FR[high_F] * share_F1
