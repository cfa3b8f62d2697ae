"""The seam between pictures and the network: what a codec must do, and what it hands to training.

A codec turns clips into segments of tokens and back. The network, the sampler and the trainer know nothing else
about pictures, so the *layers* codec (``models.layers``) and the *grid* codec (``models.grid``) take each other's
place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch

from models.conditions import Segment
from models.packing import TokenSpec
from models.shapes import FPS


@dataclass(frozen=True)
class Canvas:
    """What a clip measures: ``frames`` is 1 + 4k at ``fps``; height and width are pixels at the codec's own size."""

    frames: int
    height: int = 64
    width: int = 112
    fps: int = FPS


@dataclass(frozen=True)
class Example:
    """One clip as training sees it; every latent is clean and normalised.

    Attributes:
        captions: the full one first, the short one second, then other wordings; what is heard is not in them.
        clip: what the network makes: timeless parts (plates, sheets) and parts with latent frames.
        given: what is always known when it is there, such as the camera's path (role ``camera``).
        references: pictures of the same subjects or the same place elsewhere: other light, pose and scene. Made by the
            codec in the modality that its references have; :func:`models.conditions.with_references` places them.
        counts: what the tokens of a segment count in the loss, by role: (L,), 1 if absent.
    """

    captions: tuple[str, ...]
    clip: tuple[Segment, ...]
    given: tuple[Segment, ...] = ()
    references: tuple[Segment, ...] = ()
    counts: tuple[tuple[str, torch.Tensor], ...] = ()


class Codec(Protocol):
    """Pictures to tokens and back.

    ``name`` is ``layers`` or ``grid``; ``specs`` are the kinds of tokens, references, camera and history included;
    ``version`` is a digest of all its weights, so that takes can name what made them; ``meaning`` a digest of what
    decides its latents, so that a decoder may be refined under a network that was trained on them.
    """

    name: str
    specs: tuple[TokenSpec, ...]
    version: str
    meaning: str

    def camera(self, path_F9: torch.Tensor, canvas: Canvas) -> Segment:
        """The camera's path (see ``models.layers.parts``) as clean tokens of role ``camera``, one a latent frame."""

    def blank(self, canvas: Canvas, subjects: int, path_F9: torch.Tensor) -> tuple[Segment, ...]:
        """Places for everything that is made of a clip with so many subjects: zeros, mask 1."""

    def picture(self, picture_3HW: torch.Tensor, canvas: Canvas, subjects: int) -> tuple[Segment, ...]:
        """A first frame, 0 to 1, at the codec's own size, as the tokens of latent frame 0 and the timeless ones."""

    def reference(self, picture_CHW: torch.Tensor) -> Segment:
        """A picture of one subject or place, RGB or RGBA, 0 to 1, any size, as a reference."""

    def decode(
        self, parts: Sequence[Segment], canvas: Canvas, height: int, width: int, fps: float
    ) -> torch.Tensor:  # fmt: skip
        """The clip as uint8 (F, height, width, 3) at ``fps``, as long as the canvas lasts."""


class Source(Protocol):
    """Where training finds its examples: the same seeds give the same examples."""

    def examples(self, seeds: Sequence[int], split: str = "train") -> list[Example]:
        """One example or more for every seed; ``split`` as in :func:`models.world.sample.sample_scene`."""
