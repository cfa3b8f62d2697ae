"""A toy codec and source: one coloured square that walks round a grid of two by two cells."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch

from models.codec import Canvas, Example
from models.conditions import Segment, segment
from models.packing import TokenSpec
from models.shapes import grid_positions, latent_times, line_positions
from models.text import Tokenizer
from models.train.loop import Studio
from models.train.recipe import Batching, Checking, Recipe
from models.transformer import Transformer

COLOURS = {"red": (1.5, -0.7, -0.7), "green": (-0.7, 1.5, -0.7), "blue": (-0.7, -0.7, 1.5), "white": (1.2, 1.2, 1.2)}
CORNERS = ("first", "second", "third", "fourth")
TOKENIZER = Tokenizer(tuple(f" {word}" for word in (*COLOURS, *CORNERS, "square")))
LATENTS = 4
SPECS = (TokenSpec("reference", 3, "ground"), TokenSpec("camera", 2), TokenSpec("ground", 3), TokenSpec("cell", 3))


def held_out(colour: str, corner: str) -> bool:
    return (list(COLOURS).index(colour) + CORNERS.index(corner)) % 4 == 3


class ToyCodec:
    """Only its kinds of tokens are needed to train."""

    name = "toy"
    specs = SPECS

    def __init__(self, version: str = "1") -> None:
        self.version = self.meaning = version

    def camera(self, path_F9: torch.Tensor, canvas: Canvas) -> Segment:
        position = line_positions(latent_times(LATENTS))
        return segment("camera", path_F9[:LATENTS, :2], position, frame_L=torch.arange(LATENTS))

    def blank(self, canvas: Canvas, subjects: int, path_F9: torch.Tensor) -> tuple[Segment, ...]:
        return clip_of("red", "first")

    def picture(self, picture_3HW: torch.Tensor, canvas: Canvas, subjects: int) -> tuple[Segment, ...]:
        raise NotImplementedError("a toy has no pictures")

    def reference(self, picture_CHW: torch.Tensor) -> Segment:
        raise NotImplementedError("a toy has no pictures")

    def decode(
        self, parts: Sequence[Segment], canvas: Canvas, height: int, width: int, fps: float
    ) -> torch.Tensor:  # fmt: skip
        raise NotImplementedError("a toy has no pictures")


def clip_of(colour: str, corner: str) -> tuple[Segment, ...]:
    """Ground of two tokens in the square's colour, and the square that steps to the next cell with every latent."""
    shade = torch.tensor(COLOURS[colour])
    cell_TNC = torch.full((LATENTS, 4, 3), -0.4)
    for latent in range(LATENTS):
        cell_TNC[latent, (CORNERS.index(corner) + latent) % 4] = shade
    frames = torch.arange(LATENTS).repeat_interleave(4)
    cells = segment("cell", cell_TNC.flatten(0, 1), grid_positions(latent_times(LATENTS), 2, 2), frame_L=frames)
    return segment("ground", shade.expand(2, 3).clone(), grid_positions(torch.zeros(1), 1, 2)), cells


@dataclass
class ToySource:
    """Seeds to examples, one each; ``test`` has the held-out pairs. Remembers what it was asked."""

    asked: list[tuple[int, str]] = field(default_factory=list)
    stills: bool = False

    def examples(self, seeds: Sequence[int], split: str = "train") -> list[Example]:
        self.asked += [(seed, split) for seed in seeds]
        return [self._example(seed, split) for seed in seeds]

    def _example(self, seed: int, split: str) -> Example:
        pairs = [(c, p) for c in COLOURS for p in CORNERS if held_out(c, p) == (split == "test")]
        colour, corner = pairs[zlib.crc32(f"{seed} {split}".encode()) % len(pairs)]
        clip = clip_of(colour, corner)
        camera = ToyCodec().camera(torch.full((LATENTS, 9), 0.5), Canvas(13)).masked(0.0)
        words = (f"{colour} square {corner}", f"{colour} {corner}", f"square {colour} {corner}")
        references = tuple(clip[0].only(torch.tensor([True, False])) for _ in range(3))
        counts = (("cell", torch.arange(1.0, 17.0) / 8),)
        if self.stills:
            return Example(words[:1], clip[:1])
        return Example(words, clip, (camera,), references, counts)


def build(samples: bool = False) -> Studio:
    return Studio(ToyCodec(), ToySource(), TOKENIZER, write_sample if samples else None)


def write_sample(network: Transformer, tokenizer: Tokenizer, folder: Path, step: int) -> None:
    """As a codec would write a sheet; the random numbers it takes must not change the training."""
    torch.rand(5)
    (folder / f"{step}.txt").write_text(f"{len(tokenizer.words)} {network.training}")


def recipe(stage: str = "video", muon: bool = True, **changes: object) -> Recipe:
    from dataclasses import replace

    own = replace(
        Recipe.of("tiny", stage, muon=muon), batching=Batching(16, 400), checking=Checking(6, (0.3, 0.7)), warm_up=10
    )
    return replace(own, **changes)  # type: ignore[arg-type]
