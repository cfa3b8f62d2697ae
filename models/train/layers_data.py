"""What the layers codec is shown in training: kept examples in other colours, mirrored, cut and noised.

Everything lies where the networks are and is drawn by a generator there, so that a GPU never waits for the processor.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import torch

from models.layers.parts import CELL, Layers, Sprites
from models.layers.plate import LAYERS
from models.train.layers_cache import Cache, joined, moved

HELD_FIGURES = 2
HELD_CLIPS = 1
"""Shards of the ``val`` split, which is never learned from."""


def recoloured(pictures_B4HW: list[torch.Tensor], generator: torch.Generator, share: float) -> list[torch.Tensor]:
    """Each example in other colours, the same in all of its pictures; the fourth layer stays.

    Hues are turned about grey by any angle and the channels made stronger or weaker, for a ``share`` of the examples.
    Where the fourth layer is opacity, colours have to be held within it afterwards. Generator and pictures are on one
    device.
    """
    count = len(pictures_B4HW[0])
    same = torch.eye(3, device=generator.device)
    angle = (uniform((count,), generator) - 0.5) * 2.0 * math.pi
    cos, sin = angle.cos()[:, None, None], angle.sin()[:, None, None]
    axis = (same.roll(1, 0) - same.roll(-1, 0)) / math.sqrt(3.0)
    turn = cos * same + sin * axis + (1.0 - cos) / 3.0
    gain = 0.7 + 0.5 * uniform((count, 3, 1), generator)
    chosen = (uniform((count, 1, 1), generator) < share).float()
    matrix = chosen * gain * turn + (1.0 - chosen) * same
    return [
        torch.cat([torch.einsum("bij,bjhw->bihw", matrix, x[:, :3]).clamp(0, 1), x[:, 3:]], 1) for x in pictures_B4HW
    ]


def partly_recoloured(
    pictures_B4HW: list[torch.Tensor], generator: torch.Generator, share: float
) -> list[torch.Tensor]:
    """The first :func:`changed` examples in other colours, the rest as they are."""
    first = changed(len(pictures_B4HW[0]), share)
    made = recoloured([x[:first] for x in pictures_B4HW], generator, 1.0)
    return [torch.cat([new, x[first:]]) for new, x in zip(made, pictures_B4HW, strict=True)]


def changed(count: int, share: float) -> int:
    """How many of so many examples have other colours; what follows them looks like the world."""
    return int(share * count)


class Plates:
    """Plates of any size, one after the other, from which pieces are cut on the device.

    Args:
        plates: uint8 (4, H, W) each.
    """

    def __init__(self, plates: Sequence[torch.Tensor], device: str | torch.device = "cpu") -> None:
        sizes = torch.tensor([plate.shape[1:] for plate in plates], dtype=torch.long).reshape(-1, 2)
        area = LAYERS * sizes.prod(1)
        self.pixels = torch.cat([plate.flatten() for plate in plates]).to(device)
        self.start, self.sizes = (area.cumsum(0) - area).to(device), sizes.to(device)

    def __len__(self) -> int:
        return len(self.start)

    def pieces(self, count: int, crop: tuple[int, int], generator: torch.Generator) -> torch.Tensor:
        """Pieces of so many cells, anywhere in plates, half of them mirrored; (B, 4, H, W) 0 to 1."""
        device = generator.device
        chosen = torch.randint(len(self), (count,), generator=generator, device=device)
        height_B, width_B = self.sizes[chosen].unbind(1)
        share_3B = uniform((3, count), generator)
        rows, columns = (torch.arange(cells * CELL, device=device) for cells in crop)
        # A draw that rounds up to 1 stays inside.
        top_B, left_B = (
            torch.minimum((share * (size - len(line) + 1)).long(), size - len(line))
            for share, size, line in ((share_3B[0], height_B, rows), (share_3B[1], width_B, columns))
        )
        mirrored_B1 = (share_3B[2] < 0.5)[:, None]
        along_BW = left_B[:, None] + torch.where(mirrored_B1, columns.flip(0), columns)
        down_BH = top_B[:, None] + rows
        layer_BL = torch.arange(LAYERS, device=device) * height_B[:, None]
        line_BLH = (layer_BL[:, :, None] + down_BH[:, None]) * width_B[:, None, None]
        at_BLHW = self.start[chosen, None, None, None] + line_BLH[..., None] + along_BW[:, None, None]
        return self.pixels[at_BLHW].float() / 255.0


class Data:
    """Everything that is learned from, on the device, and what it is measured on.

    Args:
        folder: of the cache.
        figure_shards, clip_shards: at most how many of its files.
        crop: rows and columns of cells that a plate must have to be learned from.
        kept: take what is there, instead of making what is missing.

    Attributes:
        clips, held_clips: in the memory of the processor.
        plates: those of ``clips`` that are large enough.

    Raises:
        FileNotFoundError: nothing is there.
    """

    def __init__(
        self,
        folder: Path,
        figure_shards: int,
        clip_shards: int,
        crop: tuple[int, int],
        device: str | torch.device = "cpu",
        kept: bool = False,
    ) -> None:
        own, held = Cache(folder), Cache(folder, "val")
        figures = [n for n in range(figure_shards) if not kept or own.figure_file(n).exists()]
        clips = [n for n in range(clip_shards) if not kept or own.clip_file(n).exists()]
        if not figures or not clips:
            raise FileNotFoundError(f"no examples in {folder}; render for longer, or without a limit")
        self.figures = joined([moved(own.figures(shard), device) for shard in figures])
        self.clips = [clip for shard in clips for clip in own.clips(shard)]
        self.held_figures = moved(joined([held.figures(shard) for shard in range(HELD_FIGURES)]), device)
        self.held_clips = [clip for shard in range(HELD_CLIPS) for clip in held.clips(shard)]
        self.plates = Plates([clip.plate for clip in self.clips if _holds(clip, crop)], device)

    def posed(self, count: int, generator: torch.Generator) -> Sprites:
        """So many figures, drawn anew; pictures uint8."""
        chosen = torch.randint(len(self.figures.sheets), (count,), generator=generator, device=generator.device)
        return chosen_of(self.figures, chosen)


def _holds(clip: Layers, crop: tuple[int, int]) -> bool:
    return clip.plate.shape[1] >= crop[0] * CELL and clip.plate.shape[2] >= crop[1] * CELL


def chosen_of(figures: Sprites, chosen: torch.Tensor | slice) -> Sprites:
    """Some of the figures."""
    parts = (figures.sheets, figures.posed, figures.articulation, figures.standing, figures.kinds)
    return Sprites(*(part[chosen] for part in parts))


def noised(latent: torch.Tensor, most: float, generator: torch.Generator) -> torch.Tensor:
    """Latents with noise of 0 to ``most``, as much in all of one example; the generator is on their device."""
    level = most * uniform((len(latent), *[1] * (latent.ndim - 1)), generator)
    return latent + level * normal(latent.shape, generator)


def uniform(shape: Sequence[int], generator: torch.Generator) -> torch.Tensor:
    """From 0 to 1, on the generator's device."""
    return torch.rand(shape, generator=generator, device=generator.device)


def normal(shape: Sequence[int], generator: torch.Generator) -> torch.Tensor:
    """Of deviation 1, on the generator's device."""
    return torch.randn(shape, generator=generator, device=generator.device)
