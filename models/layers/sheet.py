"""Figures as tokens: a standing figure is 16 tokens, a pose of it is a code of 12 numbers.

The decoder lays the figure's tokens out anew for a code (limbs go far, so every place attends to all of the figure),
then grows them to a sprite of 64 × 64 pixels. What an articulation means depends on whose limbs they are, so the code
is read together with the figure.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import NamedTuple

import torch
from einops import rearrange
from torch import nn
from torch.nn import functional as F  # noqa: N812

from models.flow import Normaliser
from models.layers.parts import ARTICULATION, SPRITE
from models.layers.plate import beside, exactly, from_patches, patches, principal

SIDE = 4
TOKENS = SIDE * SIDE
"""Tokens of a sheet."""
MOST_CODE = 4.0
"""Codes are bounded, softly."""


@dataclass(frozen=True)
class SheetParams:
    """Sizes: channels of a token, numbers of a code, attention, and widths at 8, 16, 32 and 64 pixels."""

    channels: int = 32
    code: int = 12
    width: int = 192
    heads: int = 4
    blocks: int = 3
    grown: tuple[int, int, int, int] = (128, 96, 48, 16)

    @classmethod
    def tiny(cls) -> SheetParams:
        return cls(channels=8, code=4, width=16, heads=2, blocks=1, grown=(8, 8, 8, 8))


class Mixing(nn.Module):
    """Attention and a small network over the tokens of a figure, modulated by the pose."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.modulation = nn.Linear(width, 4 * width)
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.up = nn.Linear(width, 2 * width)
        self.down = nn.Linear(2 * width, width)

    def forward(self, x_BND: torch.Tensor, pose_BD: torch.Tensor) -> torch.Tensor:
        scale1, shift1, scale2, shift2 = self.modulation(pose_BD)[:, None].chunk(4, -1)
        normed = F.layer_norm(x_BND, x_BND.shape[-1:]) * (1 + scale1) + shift1
        q, k, v = rearrange(self.qkv(normed), "b n (three k d) -> three b k n d", three=3, k=self.heads)
        seen = F.scaled_dot_product_attention(q, k, v)
        x_BND = x_BND + self.proj(rearrange(seen, "b k n d -> b n (k d)"))
        normed = F.layer_norm(x_BND, x_BND.shape[-1:]) * (1 + scale2) + shift2
        return x_BND + self.down(F.gelu(self.up(normed)))


class Growing(nn.Module):
    """Twice the size, then a block of convolutions between which the pose modulates."""

    def __init__(self, width: int, grown: int, pose: int) -> None:
        super().__init__()
        self.wider = nn.Conv2d(width, grown * 4, 1)
        self.first = nn.Conv2d(grown, grown, 3, padding=1)
        self.modulation = nn.Linear(pose, 2 * grown)
        self.second = nn.Conv2d(grown, grown, 3, padding=1)

    def forward(self, x_BChw: torch.Tensor, pose_BD: torch.Tensor, more: torch.Tensor | None = None) -> torch.Tensor:
        x = beside(F.pixel_shuffle(self.wider(x_BChw), 2))
        x = x if more is None else x + more
        scale, shift = self.modulation(pose_BD)[..., None, None].chunk(2, 1)
        return x + self.second(F.gelu(self.first(F.gelu(x)) * (1 + scale) + shift))


class Figure(NamedTuple):
    """A figure as the decoder reads it: its places, who it is, its texture at 16 pixels, and a linear first picture."""

    place_BND: torch.Tensor
    identity_BD: torch.Tensor
    texture_BD16: torch.Tensor
    picture_B4SS: torch.Tensor

    def repeated(self, times: int) -> Figure:
        """Each figure so many times in a row, for as many poses."""
        return Figure(*(part.repeat_interleave(times, 0) for part in self))


class SheetCodec(nn.Module):
    """Standing figures to tokens, articulations to codes, and both to sprites."""

    def __init__(self, params: SheetParams | None = None) -> None:
        super().__init__()
        p = self.params = params or SheetParams()
        self.normaliser = Normaliser(p.channels)
        self.code_normaliser = Normaliser(p.code)
        self.articulation_normaliser = Normaliser(ARTICULATION)
        self._make_encoder(p)
        self._make_decoder(p)

    def _make_encoder(self, p: SheetParams) -> None:
        a, b = p.grown[2], p.grown[1]
        self.into = nn.Conv2d(4 * (SPRITE // SIDE) ** 2, p.channels, 1)
        self.seen = nn.Sequential(
            nn.Conv2d(4, a, 4, 4),
            nn.GELU(),
            nn.Conv2d(a, b, 3, 2, 1),
            nn.GELU(),
            nn.Conv2d(b, b, 3, padding=1),
            nn.GELU(),
            nn.Conv2d(b, p.width, 3, 2, 1),
            nn.GELU(),
            nn.Conv2d(p.width, p.width, 3, padding=1),
            nn.GELU(),
            nn.Conv2d(p.width, p.channels, 1),
        )
        nn.init.zeros_(self.seen[-1].weight)  # type: ignore[arg-type]
        nn.init.zeros_(self.seen[-1].bias)  # type: ignore[arg-type]
        self.whose = nn.Linear(TOKENS * p.channels, p.width // 2)
        self.reader = nn.Sequential(
            nn.Linear(ARTICULATION + p.width // 2, p.width),
            nn.GELU(),
            nn.Linear(p.width, p.width),
            nn.GELU(),
            nn.Linear(p.width, p.code),
        )

    def _make_decoder(self, p: SheetParams) -> None:
        self.token = nn.Linear(p.channels, p.width)
        self.place = nn.Parameter(0.5 * torch.randn(TOKENS, p.width))
        self.pose = nn.Sequential(
            nn.Linear(p.code + p.width, p.width), nn.GELU(), nn.Linear(p.width, p.width), nn.GELU()
        )
        self.identity = nn.Linear(TOKENS * p.channels, p.width)
        self.texture = nn.Linear(p.channels, p.grown[1] * 16)
        self.out = nn.Conv2d(p.channels, 4 * (SPRITE // SIDE) ** 2, 1)
        self.mixing = nn.ModuleList(Mixing(p.width, p.heads) for _ in range(p.blocks))
        widths = (p.width, *p.grown)
        self.growing = nn.ModuleList(Growing(width, grown, p.width) for width, grown in itertools.pairwise(widths[:4]))
        self.finest = nn.Conv2d(p.grown[2], p.grown[3] * 4, 1)
        self.last = nn.Sequential(
            nn.Conv2d(p.grown[3] + 4, p.grown[3], 3, padding=1), nn.GELU(), nn.Conv2d(p.grown[3], 4, 3, padding=1)
        )

    @torch.no_grad()
    def start(self, sheet_B4SS: torch.Tensor, articulation_NA: torch.Tensor) -> None:
        """Take the linear part of the encoder and the scale of the articulations from data, 0 to 1."""
        rows_NP = rearrange(patches(sheet_B4SS), "b p h w -> (b h w) p")
        mean, directions, deviation = principal(rows_NP, self.params.channels)
        self.into.weight.copy_(directions[..., None, None])
        self.into.bias.copy_(-directions @ mean)  # type: ignore[union-attr]
        self.out.weight.copy_((directions.mT * deviation.clamp_min(1e-4))[..., None, None])
        self.out.bias.copy_(mean)  # type: ignore[union-attr]
        self.normaliser.mean_C.zero_()
        self.normaliser.deviation_C.copy_(deviation.clamp_min(1e-4))
        self.articulation_normaliser.mean_C.copy_(articulation_NA.mean(0))
        # A channel that hardly ever moves is not blown up.
        self.articulation_normaliser.deviation_C.copy_(articulation_NA.std(0).clamp_min(0.05))

    def raw(self, sheet_B4SS: torch.Tensor) -> torch.Tensor:
        """Tokens before they are normalised, (B, 16, C)."""
        own = exactly(self.into, patches(sheet_B4SS)) + self.seen(sheet_B4SS)
        return rearrange(own, "b c h w -> b (h w) c")

    def encode(self, sheet_B4SS: torch.Tensor) -> torch.Tensor:
        """Standing figures, premultiplied RGBA from 0 to 1, as normalised tokens (B, 16, C), row by row.

        Raises:
            ValueError: a sheet of another size.
        """
        if sheet_B4SS.shape[1:] != (4, SPRITE, SPRITE):
            raise ValueError(f"a sheet is (B, 4, {SPRITE}, {SPRITE}), got {tuple(sheet_B4SS.shape)}")
        return self.normaliser(self.raw(sheet_B4SS))

    def raw_code(self, articulation_BA: torch.Tensor, token_BNC: torch.Tensor) -> torch.Tensor:
        """Codes before they are normalised, (B, code)."""
        limbs = self.articulation_normaliser(articulation_BA).clamp(-6, 6)
        return self.reader(torch.cat([limbs, self.whose(token_BNC.flatten(1))], -1))

    def code(self, articulation_BA: torch.Tensor, token_BNC: torch.Tensor) -> torch.Tensor:
        """Articulations of the figures as codes (B, code), about unit deviation and within ±``MOST_CODE``."""
        return bounded(self.code_normaliser(self.raw_code(articulation_BA, token_BNC)))

    def figure(self, token_BNC: torch.Tensor) -> Figure:
        """What the decoder needs of a figure, the same for all its poses."""
        texture = rearrange(self.texture(token_BNC), "b (h w) (d y x) -> b d (h y) (w x)", h=SIDE, y=SIDE, x=SIDE)
        picture = from_patches(exactly(self.out, rearrange(token_BNC, "b (h w) c -> b c h w", h=SIDE)))
        return Figure(self.token(token_BNC) + self.place, self.identity(token_BNC.flatten(1)), texture, picture)

    def pictured(self, figure: Figure, code_BK: torch.Tensor) -> torch.Tensor:
        """Sprites (B, 4, 64, 64) of figures in poses; premultiplied, about 0 to 1, not clamped."""
        pose_BD = self.pose(torch.cat([code_BK, figure.identity_BD], -1))
        x_BND = figure.place_BND
        for block in self.mixing:
            x_BND = block(x_BND, pose_BD)
        x = rearrange(x_BND, "b (h w) d -> b d h w", h=SIDE)
        coarse, middle, fine = self.growing
        x = fine(middle(coarse(x, pose_BD), pose_BD, figure.texture_BD16), pose_BD)
        x = F.pixel_shuffle(self.finest(F.gelu(x)), 2)
        return self.last(beside(torch.cat([x, figure.picture_B4SS], 1)))

    def decode(self, token_BNC: torch.Tensor, code_BK: torch.Tensor) -> torch.Tensor:
        """Sprites of tokens and codes, (B, 4, 64, 64); see :meth:`pictured`."""
        return self.pictured(self.figure(token_BNC), code_BK)


def bounded(code: torch.Tensor) -> torch.Tensor:
    """Within ±``MOST_CODE``; hardly changed within ±1."""
    return MOST_CODE * torch.tanh(code / MOST_CODE)


def premultiplied(sprite_B4HW: torch.Tensor) -> torch.Tensor:
    """What may be laid over a picture: alpha within 0 to 1, colour within 0 to alpha."""
    alpha = sprite_B4HW[:, 3:].clamp(0, 1)
    return torch.cat([torch.minimum(sprite_B4HW[:, :3].clamp_min(0), alpha), alpha], 1)
