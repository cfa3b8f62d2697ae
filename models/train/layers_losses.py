"""What the networks of the layers codec are trained to do, and how well they do it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch.nn import functional as F  # noqa: N812

from models.layers.observe import KINDS
from models.layers.parts import Layers, Sprites
from models.layers.plate import DEPTH_WEIGHT, PlateCodec
from models.layers.sheet import SheetCodec, premultiplied

SEEN = 0.05
"""Opacity from which a pixel belongs to a figure."""


def differences(error_BCHW: torch.Tensor) -> torch.Tensor:
    """Mean absolute difference between neighbours, of an error: edges in the wrong place or of the wrong strength."""
    down, along = error_BCHW.diff(dim=-2).abs().mean(), error_BCHW.diff(dim=-1).abs().mean()
    return down + along


def plate_loss(made_B4HW: torch.Tensor, plate_B4HW: torch.Tensor) -> torch.Tensor:
    """L1 + 0.5 L2 + half of the differences, parallax at ``DEPTH_WEIGHT``."""
    error = (made_B4HW - plate_B4HW) * _error_scale(made_B4HW)
    return error.abs().mean() + 0.5 * error.square().mean() + 0.5 * differences(error)


def _error_scale(like_B4HW: torch.Tensor) -> torch.Tensor:
    scale = like_B4HW.new_ones(4, 1, 1)
    scale[3:].fill_(DEPTH_WEIGHT)
    return scale


def figure_loss(made_B4SS: torch.Tensor, wanted_B4SS: torch.Tensor, ground_2B3: torch.Tensor) -> torch.Tensor:
    """The same on figures laid over two grounds of plain colour each, and on opacity; the figure counts five times.

    Laid over a ground g, an error (e, a) of premultiplied colour and opacity is e − a·g.
    """
    error = made_B4SS - wanted_B4SS
    near = F.max_pool2d((wanted_B4SS[:, 3:] > SEEN).float(), 7, 1, 3)
    weight = (1.0 + 4.0 * near) / 2.0
    over = [error[:, :3] - error[:, 3:] * ground[..., None, None] for ground in ground_2B3]
    # All three at once, because on a GPU many small operations cost more than one large one; means of three channels.
    share = error.new_full((7, 1, 1), 1.0 / 9.0)
    share[6:].fill_(1.0 / 3.0)
    shown = torch.cat([*over, error[:, 3:]], 1)
    counted = shown * (weight * share)
    return 7.0 * (counted.abs().mean() + (shown * counted).mean() + 0.5 * differences(counted))


def decibel(square_error: float) -> float:
    """Signal to noise of values from 0 to 1."""
    return -10.0 * math.log10(max(square_error, 1e-10))


@torch.inference_mode()
def plate_quality(net: PlateCodec, clips: Sequence[Layers]) -> dict[str, float]:
    """Of whole plates: ``plate_db`` of colour, the worst plate's, ``depth_db``, and those of the linear code alone."""
    colours, depths, linear, device = [], [], [], net.into.weight.device
    for clip in clips:
        plate = clip.plate[None].to(device).float() / 255.0
        latent = net.encode(plate)
        error = (net.decode(latent).clamp(0, 1) - plate).square()
        colours.append(float(error[:, :3].mean()))
        depths.append(float(error[:, 3:].mean()))
        linear.append(float((net.linear(plate).clamp(0, 1) - plate)[:, :3].square().mean()))
    mean = [sum(values) / len(values) for values in (colours, depths, linear)]
    return {
        "plate_db": round(decibel(mean[0]), 2),
        "plate_db_worst": round(decibel(max(colours)), 2),
        "depth_db": round(decibel(mean[1]), 2),
        "linear_plate_db": round(decibel(mean[2]), 2),
    }


@torch.inference_mode()
def figure_quality(net: SheetCodec, figures: Sprites, noise: float = 0.0) -> dict[str, float | str]:
    """Of posed figures over grey, within each figure's box.

    Returns:
        ``figure_db`` and ``standing_db``; ``silhouette`` is the intersection over union at half opacity, ``colour``
        the mean error of a figure's mean colour, 0 to 1; ``worst_kind`` of subject and its ``worst_db``.
    """
    rows = [_of_figures(net, figures, at, noise) for at in range(0, len(figures.sheets), 64)]
    error, standing, overlap, colour = (torch.cat(column) for column in zip(*rows, strict=True))
    of_kind = {int(k): decibel(float(error[figures.kinds == k].mean())) for k in figures.kinds.unique()}
    worst = min(of_kind, key=lambda k: of_kind[k])
    return {
        "figure_db": round(decibel(float(error.mean())), 2),
        "standing_db": round(decibel(float(standing.mean())), 2),
        "silhouette": round(float(overlap.mean()), 4),
        "colour": round(float(colour.mean()), 4),
        "worst_kind": KINDS[worst],
        "worst_db": round(of_kind[worst], 2),
    }


def _of_figures(net: SheetCodec, figures: Sprites, at: int, noise: float) -> tuple[torch.Tensor, ...]:
    sheets, posed = (part[at : at + 64].float() / 255.0 for part in (figures.sheets, figures.posed))
    articulation, still = figures.articulation[at : at + 64], figures.standing[at : at + 64]
    clean = net.encode(sheets)
    drawn = torch.randn(clean.shape, generator=torch.Generator().manual_seed(at))
    tokens = clean + noise * drawn.to(clean.device)
    made = premultiplied(net.decode(tokens, net.code(articulation, clean)))
    standing = premultiplied(net.decode(tokens, net.code(still, clean)))
    a, b = made[:, 3] > 0.5, posed[:, 3] > 0.5
    overlap = (a & b).sum((1, 2)) / (a | b).sum((1, 2)).clamp_min(1)
    colour = (_mean_colour(made) - _mean_colour(posed)).abs().mean(1)
    return boxed_error(made, posed), boxed_error(standing, sheets), overlap, colour


def boxed_error(made_B4SS: torch.Tensor, wanted_B4SS: torch.Tensor) -> torch.Tensor:
    """Mean squared error of colour over grey within the box of each wanted figure, (B,)."""
    error = made_B4SS - wanted_B4SS
    shown = (error[:, :3] - 0.5 * error[:, 3:]).square().mean(1)
    seen = wanted_B4SS[:, 3] > SEEN
    rows, columns = seen.any(2), seen.any(1)
    box = _between(rows)[:, :, None] & _between(columns)[:, None]
    return (shown * box).sum((1, 2)) / box.sum((1, 2)).clamp_min(1)


def _between(there_BN: torch.Tensor) -> torch.Tensor:
    """From the first to the last that is there."""
    return (there_BN.cumsum(1) > 0) & (there_BN.flip(1).cumsum(1).flip(1) > 0)


def _mean_colour(sprite_B4SS: torch.Tensor) -> torch.Tensor:
    return sprite_B4SS[:, :3].sum((2, 3)) / sprite_B4SS[:, 3].sum((1, 2))[:, None].clamp_min(1e-3)
