"""Is it the same figure? A print of what is inside a box, alike for one figure in any light, pose and place."""

from __future__ import annotations

import torch
from einops import rearrange
from torch import nn
from torch.nn import functional as F  # noqa: N812

from models.reader_parts import Block, close_up

SIDE = 32
"""Pixels of the side of the close-up."""
MARGIN = 0.08
"""Share of the box's longer side that is looked at beyond it."""


class Likeness(nn.Module):
    """A small convolutional network from a close-up, and the mean light of its frame, to a print of length 1."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.body = nn.Sequential(
            Block(4 * 3 + 3, width), Block(width, width), Block(width, 2 * width, 2), Block(2 * width, 2 * width),
            Block(2 * width, 2 * width, 2),
        )  # fmt: skip
        self.print = nn.Linear(4 * 2 * width, 2 * width)
        self.warmth = nn.Parameter(torch.tensor(2.3))

    def forward(self, close_NCHW: torch.Tensor, light_N3: torch.Tensor) -> torch.Tensor:
        """Prints (N, 2 width) of close-ups (N, 3, SIDE, SIDE), 0 to 1, in frames of mean colour (N, 3)."""
        x = rearrange(close_NCHW - 0.5, "n c (h p) (w q) -> n (c p q) h w", p=2, q=2)
        light = (light_N3 - 0.5)[..., None, None].expand(-1, -1, *x.shape[-2:])
        y = F.adaptive_avg_pool2d(self.body(torch.cat([x, light], 1)), 2)
        return F.normalize(self.print(y.flatten(1)), dim=1)


def square_of(boxes_N4: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """Square boxes about boxes (shares of the frame), with the margin, as :func:`close_up` takes them (N, 4)."""
    size = torch.tensor([width, height], dtype=boxes_N4.dtype, device=boxes_N4.device)
    middle = 0.5 * (boxes_N4[:, :2] + boxes_N4[:, 2:])
    longer = ((boxes_N4[:, 2:] - boxes_N4[:, :2]) * size).amax(1, keepdim=True).clamp_min(2.0)
    half = 0.5 * longer * (1.0 + 2.0 * MARGIN) / size
    return torch.cat([middle - half, middle + half], 1) * 2.0 - 1.0


def prints(net: Likeness, pictures_NCHW: torch.Tensor, boxes_N4: torch.Tensor) -> torch.Tensor:
    """Prints of what is in one box of each picture (0 to 1, any size)."""
    around = square_of(boxes_N4, *pictures_NCHW.shape[-2:])
    return net(close_up(pictures_NCHW, around[:, None], SIDE)[:, 0], pictures_NCHW.mean((-1, -2)))
