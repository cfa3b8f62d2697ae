"""What generators do to pictures, done to true ones, so that the reader judges what is shown and not how sharply.

Resizing, blur, blocks that have lost their fine detail, small warps that drift, grain and blotches, a little tint.
Every clip draws its own; all frames of a clip are treated alike, but for grain and drift.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch.nn import functional as F  # noqa: N812

BLOCK = 8
CLEAN = 0.2
"""Share of the clips that are left as they are."""


def smeared(video_BFCHW: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Spoil each clip (B, F, 3, H, W), 0 to 1, in its own way; about ``CLEAN`` of them are left alone."""
    spoilt = []
    for clip in video_BFCHW:
        if rng.random() >= CLEAN:
            for chance, spoil in ((0.3, _resized), (0.25, _blurred), (0.35, _blocky), (0.3, _warped), (0.3, _tinted)):
                if rng.random() < chance:
                    clip = spoil(clip, rng)
            if rng.random() < 0.5:
                clip = _grainy(clip, rng)
        spoilt.append(clip)
    return torch.stack(spoilt).clamp_(0.0, 1.0)


def _resized(clip: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    height, width = clip.shape[-2:]
    share = float(rng.uniform(0.45, 0.9))
    small = F.interpolate(clip, size=(round(height * share), round(width * share)), mode="area")
    return F.interpolate(small, size=(height, width), mode="bilinear", align_corners=False)


def _blurred(clip: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    sigma = float(rng.uniform(0.4, 1.1))
    x = torch.arange(-3, 4).float()
    bell = torch.exp(-0.5 * (x / sigma) ** 2)
    kernel = (bell / bell.sum()).expand(3, 1, 1, -1)
    wide = F.conv2d(F.pad(clip, (3, 3, 0, 0), mode="replicate"), kernel, groups=3)
    return F.conv2d(F.pad(wide, (0, 0, 3, 3), mode="replicate"), kernel.transpose(-1, -2), groups=3)


def low_pass(keep: int) -> torch.Tensor:
    """The projection (64, 64) of a block's pixels onto its ``keep`` lowest diagonals of the cosine transform."""
    k = torch.arange(BLOCK).double()
    basis = torch.cos(math.pi * (k[None] + 0.5) * k[:, None] / BLOCK) * math.sqrt(2.0 / BLOCK)
    basis[0] *= math.sqrt(0.5)
    waves = torch.einsum("uy,vx->uvyx", basis, basis).reshape(BLOCK**2, BLOCK**2)
    kept = ((k[:, None] + k[None]) < keep).reshape(-1, 1).double()
    return (waves.T @ (kept * waves)).float()


def _blocky(clip: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Blocks without fine detail, at a random place of the grid; colour is coarser than brightness."""
    keep = int(rng.integers(3, 8))
    shift = (int(rng.integers(BLOCK)), int(rng.integers(BLOCK)))
    luma = clip.mean(1, keepdim=True)
    parts = []
    for part, kept in ((luma, keep), (clip - luma, max(2, keep - 2))):
        moved = part.roll(shift, (-2, -1))
        blocks = F.unfold(moved.flatten(0, 1)[:, None], BLOCK, stride=BLOCK)
        smooth = torch.einsum("pq,nqk->npk", low_pass(kept), blocks)
        parts.append(
            F.fold(smooth, moved.shape[-2:], BLOCK, stride=BLOCK).view_as(moved).roll((-shift[0], -shift[1]), (-2, -1))
        )
    return parts[0] + parts[1]


def _warped(clip: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """A smooth displacement of up to about two pixels that drifts in time."""
    frames, _, height, width = clip.shape
    reach = float(rng.uniform(0.3, 1.0))
    fields = rng.standard_normal((2, 2, 5, 8)).astype(np.float32) * reach
    fixed, drift = torch.from_numpy(fields)
    time = torch.linspace(0.0, 1.0, frames)[:, None, None, None]
    field = F.interpolate(fixed + 0.7 * time * drift, size=(height, width), mode="bicubic", align_corners=True)
    y = (torch.arange(height) + 0.5) * (2.0 / height) - 1.0
    x = (torch.arange(width) + 0.5) * (2.0 / width) - 1.0
    to_x = x[None, None] + field[:, 0] * (2.0 / width)
    to_y = y[None, :, None] + field[:, 1] * (2.0 / height)
    return F.grid_sample(clip, torch.stack([to_x, to_y], -1), padding_mode="border", align_corners=False)


def _tinted(clip: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    gain = torch.from_numpy(rng.uniform(0.95, 1.05, (3, 1, 1)).astype(np.float32)) * float(rng.uniform(0.95, 1.05))
    return (clip * gain).clamp(0.0, 1.0) ** float(rng.uniform(0.93, 1.07))


def _grainy(clip: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    height, width = clip.shape[-2:]
    grain = torch.from_numpy(rng.standard_normal(clip.shape).astype(np.float32)) * float(rng.uniform(0.0, 0.03))
    coarse = torch.from_numpy(rng.standard_normal((len(clip), 3, 8, 14)).astype(np.float32))
    blotches = F.interpolate(coarse, size=(height, width), mode="bilinear", align_corners=False)
    return clip + grain + blotches * float(rng.uniform(0.0, 0.035))
