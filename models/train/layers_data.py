"""What the layers codec is shown in training: kept examples in other colours, mirrored, cut and noised."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import torch

from models.layers.parts import CELL
from models.train.layers_cache import Cache, joined


def recoloured(pictures_B4HW: list[torch.Tensor], generator: torch.Generator, share: float) -> list[torch.Tensor]:
    """Each example in other colours, the same in all of its pictures; the fourth layer stays.

    Hues are turned about grey by any angle and the channels made stronger or weaker, for a ``share`` of the examples.
    Where the fourth layer is opacity, colours have to be held within it afterwards.
    """
    count = len(pictures_B4HW[0])
    angle = (torch.rand(count, generator=generator) - 0.5) * 2.0 * math.pi
    cos, sin = angle.cos()[:, None, None], angle.sin()[:, None, None]
    axis = torch.tensor([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]]) / math.sqrt(3.0)
    turn = cos * torch.eye(3) + sin * axis + (1.0 - cos) / 3.0
    gain = 0.7 + 0.5 * torch.rand(count, 3, 1, generator=generator)
    chosen = (torch.rand(count, 1, 1, generator=generator) < share).float()
    matrix = chosen * gain * turn + (1.0 - chosen) * torch.eye(3)
    return [
        torch.cat([torch.einsum("bij,bjhw->bihw", matrix, x[:, :3]).clamp(0, 1), x[:, 3:]], 1) for x in pictures_B4HW
    ]


class Data:
    """Everything that is learned from, in memory.

    Args:
        folder: of the cache.
        figure_shards, clip_shards: how many of its files.
        crop: rows and columns of cells that a plate must have to be learned from.
    """

    def __init__(self, folder: Path, figure_shards: int, clip_shards: int, crop: tuple[int, int]) -> None:
        own, held = Cache(folder), Cache(folder, "val")
        self.figures = joined([own.figures(shard) for shard in range(figure_shards)])
        self.clips = [clip for shard in range(clip_shards) for clip in own.clips(shard)]
        self.held_figures = joined([held.figures(0), held.figures(1)])
        self.held_clips = held.clips(0)
        rows, columns = crop
        self.wide = [
            clip.plate
            for clip in self.clips
            if clip.plate.shape[1] >= rows * CELL and clip.plate.shape[2] >= columns * CELL
        ]

    def plates(self, count: int, crop: tuple[int, int], rng: np.random.Generator) -> torch.Tensor:
        """Pieces of plates, anywhere in them, half of them mirrored; (B, 4, H, W) 0 to 1."""
        height, width = crop[0] * CELL, crop[1] * CELL
        made = []
        for index in rng.integers(len(self.wide), size=count):
            plate = self.wide[index]
            top, left = rng.integers(plate.shape[1] - height + 1), rng.integers(plate.shape[2] - width + 1)
            piece = plate[:, top : top + height, left : left + width]
            made.append(piece.flip(2) if rng.random() < 0.5 else piece)
        return torch.stack(made).float() / 255.0


def noised(latent: torch.Tensor, most: float, generator: torch.Generator) -> torch.Tensor:
    """Latents with noise of 0 to ``most``, as much in all of one example."""
    level = most * torch.rand(len(latent), *[1] * (latent.ndim - 1), generator=generator)
    return latent + (level * torch.randn(latent.shape, generator=generator)).to(latent.device)
