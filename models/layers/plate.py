"""The backdrop as tokens: a plate of colour and parallax, one token to a cell of 16 × 16 pixels.

A linear patch code (PCA) does most of it in closed form; convolutions that start at zero add what a cell alone cannot
know, and close the seams. Nothing depends on the size of the plate or on where a cell lies.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from einops import rearrange
from torch import nn
from torch.nn import functional as F  # noqa: N812

from models.flow import Normaliser
from models.layers.parts import CELL

LAYERS = 4
"""Red, green, blue and parallax."""
DEPTH_WEIGHT = 0.3
"""What parallax counts beside a colour; it is smoothed before anything is bent by it."""
_PATCH = LAYERS * CELL * CELL


@dataclass(frozen=True)
class PlateParams:
    """Sizes: channels of a token; widths at cells, at quarter cells and at pixels; blocks at the first two."""

    channels: int = 64
    width: int = 160
    middle: int = 96
    fine: int = 28
    blocks: int = 3
    middle_blocks: int = 2

    @classmethod
    def tiny(cls) -> PlateParams:
        return cls(channels=8, width=16, middle=8, fine=8, blocks=1, middle_blocks=1)


def patches(plate_BCHW: torch.Tensor) -> torch.Tensor:
    """Cells as rows, (B, 4·16·16, h, w)."""
    return rearrange(plate_BCHW, "b c (h y) (w x) -> b (c y x) h w", y=CELL, x=CELL)


def from_patches(patch_BPhw: torch.Tensor) -> torch.Tensor:
    """The inverse of :func:`patches`."""
    return rearrange(patch_BPhw, "b (c y x) h w -> b c (h y) (w x)", c=LAYERS, y=CELL, x=CELL)


def principal(rows_NP: torch.Tensor, count: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Mean (P,), the first principal directions (count, P), and the deviation along each (count,).

    Raises:
        ValueError: there are fewer rows or columns than directions.
    """
    if min(rows_NP.shape) < count:
        raise ValueError(f"{count} directions need as many rows and columns, got {tuple(rows_NP.shape)}")
    rows = rows_NP.double()
    mean = rows.mean(0)
    centred = rows - mean
    values, vectors = torch.linalg.eigh(centred.mT @ centred / len(rows))
    return mean.float(), vectors.mT.flip(0)[:count].float(), values.flip(0)[:count].clamp_min(0).sqrt().float()


def exactly(linear: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """A closed-form map in single precision, also where training computes in half: faint channels are differences of
    large sums."""
    with torch.autocast(x.device.type, enabled=False):
        return linear(x.float())


def beside(x_BCHW: torch.Tensor) -> torch.Tensor:
    """The same, with the channels of a pixel side by side in memory where a GPU convolves."""
    return x_BCHW.contiguous(memory_format=torch.channels_last) if x_BCHW.is_cuda else x_BCHW


class ConvBlock(nn.Module):
    """``x + conv(gelu(conv(x)))``, nothing at the start."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)  # type: ignore[arg-type]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.second(F.gelu(self.first(F.gelu(x))))


class PlateCodec(nn.Module):
    """Plates to tokens and back.

    A fresh codec knows no directions; :meth:`start` gives it the closed form.
    """

    def __init__(self, params: PlateParams | None = None) -> None:
        super().__init__()
        p = self.params = params or PlateParams()
        self.normaliser = Normaliser(p.channels)
        self.into = nn.Conv2d(_PATCH, p.channels, 1)
        self.out = nn.Conv2d(p.channels, _PATCH, 1)
        self.seen = nn.Sequential(
            nn.Conv2d(LAYERS, p.fine, 4, 4),
            nn.GELU(),
            nn.Conv2d(p.fine, p.middle, 3, padding=1),
            nn.GELU(),
            nn.Conv2d(p.middle, p.width, 4, 4),
            nn.GELU(),
            nn.Conv2d(p.width, p.width, 3, padding=1),
            nn.GELU(),
            nn.Conv2d(p.width, p.channels, 1),
        )
        self.trunk = nn.Sequential(
            nn.Conv2d(p.channels, p.width, 3, padding=1), *(ConvBlock(p.width) for _ in range(p.blocks))
        )
        self.to_middle = nn.Sequential(nn.Conv2d(p.width, p.middle * 16, 1), nn.PixelShuffle(4))
        self.middle = nn.Sequential(*(ConvBlock(p.middle) for _ in range(p.middle_blocks)))
        self.to_fine = nn.Sequential(nn.Conv2d(p.middle, p.fine * 16, 1), nn.PixelShuffle(4))
        self.fine = nn.Sequential(
            nn.Conv2d(p.fine + LAYERS, p.fine, 3, padding=1), nn.GELU(), nn.Conv2d(p.fine, LAYERS, 3, padding=1)
        )
        for last in (self.seen[-1], self.fine[-1]):
            nn.init.zeros_(last.weight)  # type: ignore[arg-type]
            nn.init.zeros_(last.bias)  # type: ignore[arg-type]

    @torch.no_grad()
    def start(self, plate_B4HW: torch.Tensor) -> None:
        """Take the linear code and its normaliser from plates, 0 to 1."""
        rows_NP = rearrange(patches(plate_B4HW), "b p h w -> (b h w) p")
        weight_P = rows_NP.new_tensor([1.0, 1.0, 1.0, DEPTH_WEIGHT]).repeat_interleave(CELL * CELL)
        mean, directions, deviation = principal(rows_NP * weight_P, self.params.channels)
        self.into.weight.copy_((directions * weight_P)[..., None, None])
        self.into.bias.copy_(-directions @ mean)  # type: ignore[union-attr]
        self.out.weight.copy_((directions / weight_P).mT[..., None, None])
        self.out.bias.copy_(mean / weight_P)  # type: ignore[union-attr]
        self.normaliser.mean_C.zero_()
        self.normaliser.deviation_C.copy_(deviation.clamp_min(1e-4))

    def encode(self, plate_B4HW: torch.Tensor) -> torch.Tensor:
        """Plates, 0 to 1, of whole cells, as normalised latents (B, C, h, w).

        Raises:
            ValueError: the plate has not whole cells or four layers.
        """
        _, layers, height, width = plate_B4HW.shape
        if layers != LAYERS or height % CELL or width % CELL:
            raise ValueError(f"a plate is (B, {LAYERS}, {CELL}·r, {CELL}·c), got {tuple(plate_B4HW.shape)}")
        own = exactly(self.into, patches(plate_B4HW)) + self.seen(plate_B4HW - 0.5)
        mean, deviation = self._scale()
        return (own - mean) / deviation

    def decode(self, latent_BChw: torch.Tensor) -> torch.Tensor:
        """Plates from normalised latents, about 0 to 1; not clamped."""
        mean, deviation = self._scale()
        skip = from_patches(exactly(self.out, latent_BChw * deviation + mean))
        middle = self.middle(beside(self.to_middle(self.trunk(latent_BChw))))
        return skip + self.fine(beside(torch.cat([self.to_fine(middle), skip - 0.5], 1)))

    def linear(self, plate_B4HW: torch.Tensor) -> torch.Tensor:
        """Plates through the closed-form code alone: what the rest of the network starts from."""
        return from_patches(self.out(self.into(patches(plate_B4HW))))

    def _scale(self) -> tuple[torch.Tensor, torch.Tensor]:
        return self.normaliser.mean_C[:, None, None], self.normaliser.deviation_C[:, None, None]
