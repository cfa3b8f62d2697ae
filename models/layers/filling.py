"""Pictures cut, made smaller, filled in, and covers moved to their edges."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F  # noqa: N812

from models.layers.compose import boxed

FINEST = 720
"""Rows of a frame that are kept at most."""


def cut_to(picture_CHW: torch.Tensor, aspect: float) -> torch.Tensor:
    """The middle of a picture, in another shape (width by height)."""
    height, width = picture_CHW.shape[-2:]
    wide, high = min(width, max(1, round(height * aspect))), min(height, max(1, round(width / aspect)))
    top, left = (height - high) // 2, (width - wide) // 2
    return picture_CHW[..., top : top + high, left : left + wide]


def stored(picture_3HW: torch.Tensor, aspect: float) -> torch.Tensor:
    """A picture as it is kept: no larger than its middle of this shape can be shown."""
    rows = cut_to(picture_3HW, aspect).shape[1]
    if rows <= FINEST:
        return picture_3HW
    return resized(picture_3HW, tuple(max(1, round(side * FINEST / rows)) for side in picture_3HW.shape[1:]))


def resized(picture_CHW: torch.Tensor, size: Sequence[int]) -> torch.Tensor:
    made = F.interpolate(picture_CHW[None], tuple(size), mode="bilinear", antialias=True, align_corners=False)
    return made[0].clamp(0, 1)


def flat_share(picture_3HW: torch.Tensor, rows: int = 256, least: float = 4 / 255) -> float:
    """Share of the pixels of a picture, at so many rows at most, whose neighbours are nearly as bright."""
    height, width = picture_3HW.shape[-2:]
    size = (min(rows, height), max(3, round(width * min(rows, height) / height)))
    grey = F.interpolate(picture_3HW[None], size, mode="bilinear", antialias=True, align_corners=False).mean(1)
    span = F.max_pool2d(grey, 3, 1, 1) + F.max_pool2d(-grey, 3, 1, 1)
    return float((span < least).float().mean())


def spread(value_CHW: torch.Tensor, known_HW: torch.Tensor) -> torch.Tensor:
    """What is known, and between it what lies between: pull and push (Gortler et al. 1996, sec. 3.4).

    Args:
        known_HW: 0 to 1.
    """
    if min(known_HW.shape) <= 2 or bool((known_HW > 0.99).all()):
        mean = (value_CHW * known_HW).sum((1, 2)) / known_HW.sum().clamp_min(1e-6)
        return torch.lerp(mean[:, None, None].expand_as(value_CHW), value_CHW, known_HW)
    height, width = known_HW.shape
    pad = (0, width % 2, 0, height % 2)
    weight = F.avg_pool2d(F.pad(known_HW[None], pad), 2)
    pulled = F.avg_pool2d(F.pad(value_CHW * known_HW, pad), 2) / weight.clamp_min(1e-6)
    coarse = spread(pulled, (weight[0] * 2.0).clamp(0, 1))
    pushed = F.interpolate(coarse[None], scale_factor=2, mode="bilinear", align_corners=False)[0, :, :height, :width]
    return torch.lerp(pushed, value_CHW, known_HW)


def mirrored_in(value_CHW: torch.Tensor, known_HW: torch.Tensor) -> torch.Tensor:
    """Gaps of rows filled with what lies to their left and right, mirrored, the nearer side more.

    Places are alike along rows: sky goes on beside sky, and ground beside ground. What neither side knows stays.

    Args:
        known_HW: 0 to 1.
    """
    sure = known_HW > 0.98
    width = known_HW.shape[1]
    column = torch.arange(width).expand_as(known_HW)
    left = torch.where(sure, column, -1).cummax(1).values
    right = torch.where(sure, column, width).flip(1).cummin(1).values.flip(1)
    made, weights = torch.zeros_like(value_CHW), torch.zeros_like(known_HW)
    for edge, beyond in ((left, left < 0), (right, right >= width)):
        mirrored = 2 * edge - column
        source = mirrored.clamp(0, width - 1)
        good = sure.gather(1, source) & ~beyond & (mirrored == source)
        weight = good / (column - edge).abs().clamp_min(1).square()
        made += value_CHW.gather(2, source.expand_as(value_CHW)) * weight
        weights += weight
    filled = torch.where(weights > 0, made / weights.clamp_min(1e-12), value_CHW)
    filled = torch.lerp(filled, value_CHW, known_HW)
    return torch.where((weights > 0) | sure, filled, spread(filled, (known_HW > 0.5).float()))


def guided(cover_HW: torch.Tensor, picture_3HW: torch.Tensor, radius: int, eps: float = 2e-4) -> torch.Tensor:
    """A rough cover whose edges are moved to those of the picture (guided filter, He et al. 2013, with colours)."""
    inside = boxed(torch.ones_like(cover_HW), radius)

    def mean(x: torch.Tensor) -> torch.Tensor:
        return torch.stack([boxed(each, radius) for each in x]) / inside

    guide, p = picture_3HW, cover_HW[None]
    mu, mp = mean(guide), mean(p)
    cov_ip = mean(guide * p) - mu * mp
    pairs = (guide[:, None] * guide[None]).flatten(0, 1)
    cov = mean(pairs).unflatten(0, (3, 3)) - mu[:, None] * mu[None]
    cov = cov + eps * torch.eye(3)[..., None, None]
    a = torch.linalg.solve(cov.permute(2, 3, 0, 1), cov_ip.permute(1, 2, 0)).permute(2, 0, 1)
    b = mp - (a * mu).sum(0, keepdim=True)
    return ((mean(a) * guide).sum(0) + mean(b)[0]).clamp(0, 1)
