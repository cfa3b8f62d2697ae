"""Parts of the reader: blocks, matches between frames, mixing in time, close-ups, and the measures of a picture."""

from __future__ import annotations

import math

import torch
from einops import rearrange
from torch import nn
from torch.nn import functional as F  # noqa: N812

HEIGHT, WIDTH = 64, 112
FRAMES = 25
"""Frames of a clip that are read, evenly spread: six a second of a clip of four."""
WAYS: tuple[str, ...] = ("", "left", "right", "up", "down")
REACH = 3
"""Cells that a picture may move from one frame to the next and still be followed."""


class Block(nn.Module):
    """Convolution, normalisation, activation; with the input added where the shape allows."""

    def __init__(self, inside: int, outside: int, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inside, outside, 3, stride, 1, bias=False)
        self.norm = nn.BatchNorm2d(outside)
        self.adds = inside == outside and stride == 1

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.silu(self.norm(self.conv(x)))
        return x + y if self.adds else y


def twice(x: torch.Tensor) -> torch.Tensor:
    """Twice as large, bilinear."""
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


def exact(like: torch.Tensor) -> torch.autocast:
    """A context in which nothing is rounded to half precision, on the device of ``like``."""
    return torch.autocast(like.device.type, enabled=False)


def correlate(first_NChw: torch.Tensor, second_NChw: torch.Tensor, reach: int = REACH, every: int = 1) -> torch.Tensor:
    """How well each cell matches the cells around its place in the next frame: (N, (2 reach + 1)², h, w), fp32.

    Cosines; what lies beyond the frame matches with 0. Row by row: the match ``reach`` up and left comes first
    (the local correlation volume of PWC-Net, Sun et al. 2018, sec. 3). Whole rows are multiplied and their diagonals
    kept, which moves less memory than one product for each place.

    Args:
        every: follow only every so many-th cell of the first frame, each way.
    """
    with exact(first_NChw):
        a, b = F.normalize(first_NChw.float(), dim=1), F.normalize(second_NChw.float(), dim=1)
        height, width = a.shape[-2:]
        side = 2 * reach + 1
        # (N, C, side, w + 2 reach, h): the rows that lie ``reach`` above to ``reach`` below each row.
        rows = F.pad(b, (reach, reach, reach, reach)).unfold(2, height, 1)[..., ::every]
        whole = torch.einsum("nchw,ncdvh->ndhwv", a[..., ::every, ::every], rows)
        near = torch.arange(0, width, every, device=a.device)[:, None] + torch.arange(side, device=a.device)
        kept = torch.gather(whole, -1, near.expand(*whole.shape[:3], *near.shape))
        return rearrange(kept, "n d h w s -> n (d s) h w")


def steps_of(reach: int, device: torch.device) -> torch.Tensor:
    """The displacement (x, y) in cells of each match of :func:`correlate`, ((2 reach + 1)², 2)."""
    line = torch.arange(-reach, reach + 1, device=device, dtype=torch.float32)
    y, x = torch.meshgrid(line, line, indexing="ij")
    return torch.stack([x, y], -1).flatten(0, 1)


class InTime(nn.Module):
    """Mixing over the frames of a sequence (B, F, C): rounds of convolution and attention, each added.

    Every frame is told when in the clip it is, from 0 to 1.
    """

    HEADS = 4

    def __init__(self, width: int, rounds: int = 2) -> None:
        super().__init__()
        self.clock = nn.Linear(6, width)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2 * rounds))
        self.near = nn.ModuleList(nn.Conv1d(width, width, 5, padding=2) for _ in range(rounds))
        self.qkv = nn.ModuleList(nn.Linear(width, 3 * width) for _ in range(rounds))
        self.out = nn.ModuleList(nn.Linear(width, width) for _ in range(rounds))

    def forward(self, x_BFC: torch.Tensor) -> torch.Tensor:
        x_BFC = x_BFC + self.clock(_hours(x_BFC.shape[1], x_BFC.device))
        for n, (conv, qkv, out) in enumerate(zip(self.near, self.qkv, self.out, strict=True)):
            near = conv(self.norms[2 * n](x_BFC).transpose(1, 2)).transpose(1, 2)
            x_BFC = x_BFC + F.silu(near)
            three = rearrange(qkv(self.norms[2 * n + 1](x_BFC)), "b f (t k d) -> t b k f d", t=3, k=self.HEADS)
            mixed = F.scaled_dot_product_attention(three[0], three[1], three[2])
            x_BFC = x_BFC + out(rearrange(mixed, "b k f d -> b f (k d)"))
        return x_BFC


def _hours(frames: int, device: torch.device) -> torch.Tensor:
    """Waves of the time from the first frame (0) to the last (1): (F, 6)."""
    time = torch.linspace(0.0, 1.0, frames, device=device)[:, None]
    angle = time * torch.tensor([1.0, 2.0, 4.0], device=device) * math.pi
    return torch.cat([angle.sin(), angle.cos()], 1)


def moments(weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Middle and deviation (…, 2), x then y, of weights (…, h, w) that add up to 1; the frame is -1 to 1 each way."""
    height, width = weight.shape[-2:]
    x = (torch.arange(width, device=weight.device) + 0.5) * (2.0 / width) - 1.0
    y = (torch.arange(height, device=weight.device) + 0.5) * (2.0 / height) - 1.0
    across, along = weight.sum(-2), weight.sum(-1)
    middle = torch.stack([(across * x).sum(-1), (along * y).sum(-1)], -1)
    square = torch.stack([(across * x * x).sum(-1), (along * y * y).sum(-1)], -1)
    # A subject of a single cell still has the size of a cell.
    least = torch.tensor([0.3 / width, 0.3 / height], device=weight.device).square()
    return middle, ((square - middle.square()).clamp_min(0.0) + least).sqrt()


def close_up(maps_NChw: torch.Tensor, box_NQ4: torch.Tensor, side: int) -> torch.Tensor:
    """Cut boxes (x0, y0, x1, y1; the frame is -1 to 1) out of maps: (N, Q, C, side, side), fp32; 0 beyond the frame."""
    steps = (torch.arange(side, device=maps_NChw.device) + 0.5) / side
    x = box_NQ4[..., 0:1] + (box_NQ4[..., 2:3] - box_NQ4[..., 0:1]) * steps
    y = box_NQ4[..., 1:2] + (box_NQ4[..., 3:4] - box_NQ4[..., 1:2]) * steps
    count, asked = box_NQ4.shape[:2]
    grid = torch.stack([x[:, :, None].expand(-1, -1, side, -1), y[..., None].expand(-1, -1, -1, side)], -1)
    with exact(maps_NChw):
        flat = F.grid_sample(maps_NChw.float(), grid.flatten(1, 2).float(), mode="bilinear", align_corners=False)
    return rearrange(flat, "n c (q y) x -> n q c y x", q=asked, y=side).reshape(count, asked, -1, side, side)
