"""What generators do to pictures, done to true ones, so that the reader judges what is shown and not how sharply.

Resizing, blur, blocks that have lost their fine detail, small warps that drift, grain and blotches, a little tint.
Every clip draws its own; all frames of a clip are treated alike, but for grain and drift. Who is spoilt and how much
is drawn on the CPU, so that a GPU is not waited for; noise is drawn where the clips are.

``B`` clips of ``F`` frames, ``n`` of them that are being spoilt.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import torch
from einops import rearrange
from torch.nn import functional as F  # noqa: N812

BLOCK = 8
CLEAN = 0.2
"""Share of the clips that are left as they are."""
LEAST_SHARE, MOST_SHARE = 0.45, 0.9
"""To what share of their size pictures are shrunk."""

Spoil = Callable[[torch.Tensor, np.random.Generator], torch.Tensor]


def smeared(video_BFCHW: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Spoil each clip (B, F, 3, H, W), 0 to 1, in its own way; about ``CLEAN`` of them are left alone."""
    spoils: tuple[tuple[float, Spoil], ...] = (
        (0.3, _resized), (0.25, _blurred), (0.35, _blocky), (0.3, _warped), (0.3, _tinted), (0.5, _grainy),
    )  # fmt: skip
    spoilt = video_BFCHW.clone()
    some = rng.random(len(spoilt)) >= CLEAN
    for chance, spoil in spoils:
        chosen = np.flatnonzero(some & (rng.random(len(spoilt)) < chance))
        if len(chosen):
            rows = torch.from_numpy(chosen).to(spoilt.device)
            spoilt[rows] = spoil(spoilt[rows], rng)
    return spoilt.clamp_(0.0, 1.0)


def dice_of(rng: np.random.Generator, device: torch.device) -> torch.Generator:
    """A source of chance on a device, which follows from that on the CPU."""
    return torch.Generator(device).manual_seed(int(rng.integers(1 << 62)))


def _drawn(rng: np.random.Generator, low: float, high: float, like: torch.Tensor) -> torch.Tensor:
    """One number for each clip, shaped to be multiplied with clips."""
    numbers = rng.uniform(low, high, len(like)).astype(np.float32)
    return torch.from_numpy(numbers).to(like.device)[:, None, None, None, None]


def _applied(clips: torch.Tensor, down_nHH: torch.Tensor, along_nWW: torch.Tensor) -> torch.Tensor:
    """Each clip's own linear maps of its columns and of its rows."""
    flat = rearrange(clips, "n f c h w -> n (f c) h w")
    flat = torch.einsum("nyh,nkhw->nkyw", down_nHH, flat)
    return torch.einsum("nxw,nkyw->nkyx", along_nWW, flat).unflatten(1, clips.shape[1:3])


@lru_cache(maxsize=8)
def _shrinkings(length: int, device: torch.device) -> torch.Tensor:
    """For every smaller length down to ``LEAST_SHARE``, shrinking by area and growing again: (sizes, L, L)."""
    line = torch.eye(length)[:, None]
    made = []
    for small in range(math.floor(LEAST_SHARE * length), length + 1):
        shrunk = F.interpolate(line, size=small, mode="area")
        made.append(F.interpolate(shrunk, size=length, mode="linear", align_corners=False)[:, 0].T)
    return torch.stack(made).to(device)


def _resized(clips: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    shares = rng.uniform(LEAST_SHARE, MOST_SHARE, len(clips))
    maps = []
    for length in clips.shape[-2:]:
        number = np.round(shares * length).astype(np.int64) - math.floor(LEAST_SHARE * length)
        maps.append(_shrinkings(length, clips.device)[torch.from_numpy(number).to(clips.device)])
    return _applied(clips, maps[0], maps[1])


def _blurred(clips: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """A Gaussian bell of 0.4 to 1.1 pixels; at the edges what is there counts more."""
    sigma = _drawn(rng, 0.4, 1.1, clips)[:, 0, 0]
    maps = []
    for length in clips.shape[-2:]:
        x = torch.arange(length, device=clips.device)
        bell = torch.exp(-0.5 * ((x[:, None] - x[None]) / sigma) ** 2)
        maps.append(bell / bell.sum(-1, keepdim=True))
    return _applied(clips, maps[0], maps[1])


def low_pass(keep: int) -> torch.Tensor:
    """The projection (64, 64) of a block's pixels onto its ``keep`` lowest diagonals of the cosine transform."""
    k = torch.arange(BLOCK).double()
    basis = torch.cos(math.pi * (k[None] + 0.5) * k[:, None] / BLOCK) * math.sqrt(2.0 / BLOCK)
    basis[0] *= math.sqrt(0.5)
    waves = torch.einsum("uy,vx->uvyx", basis, basis).reshape(BLOCK**2, BLOCK**2)
    kept = ((k[:, None] + k[None]) < keep).reshape(-1, 1).double()
    return (waves.T @ (kept * waves)).float()


@lru_cache(maxsize=2)
def _low_passes(device: torch.device) -> torch.Tensor:
    """:func:`low_pass` for 0 to 8 diagonals: (9, 64, 64)."""
    return torch.stack([low_pass(keep) for keep in range(BLOCK + 1)]).to(device)


def _blocky(clips: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Blocks without fine detail, at a random place of the grid; colour is coarser than brightness."""
    keep = rng.integers(3, 8, len(clips))
    shift = (int(rng.integers(BLOCK)), int(rng.integers(BLOCK)))
    luma = clips.mean(2, keepdim=True)
    whole = torch.zeros_like(clips)
    for part, kept in ((luma, keep), (clips - luma, np.maximum(2, keep - 2))):
        project = _low_passes(clips.device)[torch.from_numpy(kept).to(clips.device)]
        blocks = rearrange(
            part.roll(shift, (-2, -1)), "n f c (h p) (w q) -> n (f c h w) (p q)", p=BLOCK, q=BLOCK
        )  # fmt: skip
        smooth = rearrange(
            blocks @ project, "n (f c h w) (p q) -> n f c (h p) (w q)", f=part.shape[1], c=part.shape[2],
            h=part.shape[3] // BLOCK, p=BLOCK,
        )  # fmt: skip
        whole = whole + smooth.roll((-shift[0], -shift[1]), (-2, -1))
    return whole


def _warped(clips: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """A smooth displacement of up to about two pixels that drifts in time."""
    count, frames, _, height, width = clips.shape
    dice = dice_of(rng, clips.device)
    fields = torch.randn(count, 2, 2, 5, 8, generator=dice, device=clips.device) * _drawn(rng, 0.3, 1.0, clips)
    time = torch.linspace(0.0, 1.0, frames, device=clips.device)[:, None, None, None]
    field = (fields[:, :1] + 0.7 * time * fields[:, 1:]).flatten(0, 1)
    field = F.interpolate(field, size=(height, width), mode="bicubic", align_corners=True)
    y = (torch.arange(height, device=clips.device) + 0.5) * (2.0 / height) - 1.0
    x = (torch.arange(width, device=clips.device) + 0.5) * (2.0 / width) - 1.0
    to_x = x[None, None] + field[:, 0] * (2.0 / width)
    to_y = y[None, :, None] + field[:, 1] * (2.0 / height)
    grid = torch.stack([to_x, to_y], -1)
    moved = F.grid_sample(clips.flatten(0, 1), grid, padding_mode="border", align_corners=False)
    return moved.unflatten(0, (count, frames))


def _tinted(clips: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    gains = rng.uniform(0.95, 1.05, (len(clips), 1, 3, 1, 1)).astype(np.float32)
    gain = torch.from_numpy(gains).to(clips.device) * _drawn(rng, 0.95, 1.05, clips)
    return (clips * gain).clamp(0.0, 1.0) ** _drawn(rng, 0.93, 1.07, clips)


def _grainy(clips: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    count, frames, _, height, width = clips.shape
    dice = dice_of(rng, clips.device)
    grain = torch.randn(clips.shape, generator=dice, device=clips.device) * _drawn(rng, 0.0, 0.03, clips)
    coarse = torch.randn(count * frames, 3, 8, 14, generator=dice, device=clips.device)
    blotches = F.interpolate(coarse, size=(height, width), mode="bilinear", align_corners=False)
    return clips + grain + blotches.unflatten(0, (count, frames)) * _drawn(rng, 0.0, 0.035, clips)
