"""How much of a camera's travel each point of a plate takes part in: all of what is near, nothing of what is far away.

A plate holds a parallax for every pixel. Shown as it is, every edge of it would tear open, for there is nothing behind.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812

RELIEF = 0.65
"""How much of the parallax between near and far is shown up and down: there a plate has to stretch."""
FINER = 4
"""Rows of what is shown to those of the plate, so that the line along which it slips is thin."""


def shares(depth_1HW: torch.Tensor, density: float) -> torch.Tensor:
    """Of the near camera's way, to the side and up, (2, FINER · H, W), 0 to 1.

    Args:
        depth_1HW: parallax of a plate's pixels, 0 to 1.
        density: rows in a frame height.
    """
    upward = F.interpolate(smoothed(depth_1HW, density)[None], scale_factor=(FINER, 1), mode="bilinear")[0]
    return torch.cat([slipping(depth_1HW[0], density)[None], upward])


def slipping(depth_HW: torch.Tensor, density: float) -> torch.Tensor:
    """Parallax along rows as on a stage: a backdrop that stays upright, in front of it a floor, and a line along which
    one slips past the other.

    What stands up is not bent by a camera that travels, since all of it moves alike; and where a line is nearly level,
    nothing is torn by a slip along it. There are ``FINER`` times as many rows in what comes back.
    """
    rows = len(depth_HW)
    middle_H = depth_HW.median(1).values
    ground, top = float(middle_H[-max(1, round(0.06 * density)) :].mean()), float(middle_H[: rows // 3].mean())
    level = 0.5 * (ground + top)
    on_floor = (middle_H > level) if ground - top > 0.1 else torch.zeros(rows, dtype=torch.bool)
    first = rows - int(on_floor.flip(0).long().cumprod(0).sum())
    if first == rows or first == 0:
        return torch.full((FINER * rows, depth_HW.shape[1]), float(depth_HW.mean()))
    behind = depth_HW[max(0, first - round(0.4 * density)) : max(1, first - round(0.04 * density))]
    backdrop = float(behind.median())
    floor_H = torch.cummax(middle_H, 0).values.clamp_min(float(middle_H[first]))
    seam_W = _seam(depth_HW, first, 0.5 * (backdrop + float(middle_H[first])), density)
    row_H = (torch.arange(FINER * rows) + 0.5) / FINER
    down_HW = ((row_H[:, None] - seam_W) * FINER + 0.5).clamp(0.0, 1.0)
    return backdrop + (floor_H.repeat_interleave(FINER)[:, None] - backdrop) * down_HW


def _seam(depth_HW: torch.Tensor, first: int, level: float, density: float) -> torch.Tensor:
    """The row at which the floor begins, by column: level over short ways, near the row where it begins mostly."""
    reach, near = round(0.35 * density), 0.2 * density
    floor_W = (depth_HW > level).flip(0).long().cumprod(0).sum(0)
    begins_W = (len(depth_HW) - floor_W).float().clamp(first - near, first + near)
    for _ in range(2):
        padded = F.pad(begins_W[None, None], (reach, reach), mode="replicate")
        begins_W = F.avg_pool1d(padded, 2 * reach + 1, 1)[0, 0]
    return begins_W


def smoothed(depth_1HW: torch.Tensor, density: float) -> torch.Tensor:
    """Parallax up and down, without steps: what a camera that rises or comes near stretches is never torn."""
    radius_x, radius_y = max(1, round(0.35 * density)), max(1, round(0.15 * density))
    x = depth_1HW[None]
    for _ in range(2):
        x = F.avg_pool2d(
            F.pad(x, (radius_x, radius_x, radius_y, radius_y), mode="replicate"),
            (2 * radius_y + 1, 2 * radius_x + 1),
            1,
        )
    return 1.0 - RELIEF * (1.0 - x[0])
