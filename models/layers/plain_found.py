"""Where the subjects of a plain picture are, from what the network says of its pixels."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch.nn import functional as F  # noqa: N812

from models.layers.plain_nets import Seen

MOST_SUBJECTS = 3
SURE = 0.25
"""How sure the network has to be of a subject that nobody has asked for."""
LEAST_SIDE, MOST_SIDE = 0.08, 2.0
"""Of a box, in frame heights."""
_CLUTTER = 0.3
"""Cover below which a pixel votes for nothing."""

Box = tuple[float, float, float, float]
"""x0, y0, x1, y1 as shares of the frame, from its top left corner."""


def found(
    seen: Seen, aspect: float, subjects: int | None, boxes: Sequence[Box] | None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Boxes (K, 3) as x, y, log side and covers (K, H, W) of the subjects of one picture.

    A pixel that a subject covers belongs to the peak nearest to where it votes that its middle is; a box is the mean
    of the votes. Without such pixels it is what the network says at the peak, or the given box.
    """
    cover_HW = seen.cover_BHW[0].sigmoid()
    heat_hw, vote_3hw = seen.centre_Bhw[0].sigmoid(), seen.vote_B3hw[0]
    place_2hw = places(heat_hw.shape[0], heat_hw.shape[1], aspect)
    peak_K3 = (
        _peaks(heat_hw, vote_3hw, place_2hw, subjects)
        if boxes is None
        else torch.tensor([_of_box(box, aspect) for box in boxes]).reshape(-1, 3)
    )
    if not len(peak_K3):
        return peak_K3, torch.zeros(0, *cover_HW.shape)
    thin_hw = F.interpolate(cover_HW[None, None], heat_hw.shape, mode="area")[0, 0]
    middle_2hw = place_2hw + vote_3hw[:2]
    far_Khw = (middle_2hw[None] - peak_K3[:, :2, None, None]).norm(dim=1) / peak_K3[:, 2].exp()[:, None, None]
    if boxes is not None:
        far_Khw = far_Khw + 4.0 * torch.stack([_outside(box, place_2hw, aspect) for box in boxes])
    owner_hw = far_Khw.argmin(0)
    rows, covers = [], []
    for k, peak in enumerate(peak_K3):
        mine = (owner_hw == k) & (far_Khw[k] < 1.0)
        weight = thin_hw * mine * (thin_hw > _CLUTTER)
        if float(weight.sum()) > 0.5:
            voted = torch.cat([middle_2hw, vote_3hw[2:]])
            peak = (voted * weight).sum((1, 2)) / weight.sum()
        rows.append(torch.cat([peak[:2], peak[2:].clamp(math.log(LEAST_SIDE), math.log(MOST_SIDE))]))
        grown = F.interpolate(mine.float()[None, None], cover_HW.shape, mode="bilinear", align_corners=False)[0, 0]
        covers.append(cover_HW * grown)
    box_K3, cover_KHW = torch.stack(rows), torch.stack(covers)
    if boxes is None:
        order = box_K3[:, 0].argsort()
        return box_K3[order], cover_KHW[order]
    return box_K3, cover_KHW


def sureness(seen: Seen, box_K3: torch.Tensor, aspect: float) -> torch.Tensor:
    """How sure the network is that a subject's middle is in the middle of each box, (K,), 0 to 1."""
    heat_hw = F.max_pool2d(seen.centre_Bhw[:1].sigmoid()[:, None], 5, 1, 2)
    grid = torch.stack([box_K3[:, 0] * 2.0 / aspect, -2.0 * box_K3[:, 1]], -1)[None, None]
    return F.grid_sample(heat_hw, grid, mode="nearest", padding_mode="zeros", align_corners=False)[0, 0, 0]


def places(height: int, width: int, aspect: float) -> torch.Tensor:
    """Where pixels are, right and up from the middle in frame heights, (2, H, W)."""
    right = ((torch.arange(width) + 0.5) / width - 0.5) * aspect
    up = 0.5 - (torch.arange(height) + 0.5) / height
    return torch.stack(torch.meshgrid(right, up, indexing="xy"))


def _peaks(
    heat_hw: torch.Tensor, vote_3hw: torch.Tensor, place_2hw: torch.Tensor, subjects: int | None
) -> torch.Tensor:
    """The strongest places of the map that are the strongest around them, as boxes (K, 3)."""
    wanted = MOST_SUBJECTS if subjects is None else subjects
    top = heat_hw * (F.max_pool2d(heat_hw[None], 5, 1, 2)[0] == heat_hw)
    value_K, index_K = top.flatten().topk(min(wanted, top.numel()))
    if subjects is None:
        index_K = index_K[value_K > SURE]
    box_3N = torch.cat([place_2hw, vote_3hw[2:]]).flatten(1)
    return box_3N[:, index_K].mT.clone()


def _of_box(box: Box, aspect: float) -> list[float]:
    x0, y0, x1, y1 = box
    side = 1.1 * max((x1 - x0) * aspect, y1 - y0, LEAST_SIDE)
    return [((x0 + x1) / 2 - 0.5) * aspect, 0.5 - (y0 + y1) / 2, math.log(side)]


def _outside(box: Box, place_2hw: torch.Tensor, aspect: float) -> torch.Tensor:
    """1 where a pixel is outside of a given box, with a twentieth of the frame to spare."""
    x, y = place_2hw[0] / aspect + 0.5, 0.5 - place_2hw[1]
    spare = 0.05
    inside = (x > box[0] - spare) & (x < box[2] + spare) & (y > box[1] - spare) & (y < box[3] + spare)
    return (~inside).float()
