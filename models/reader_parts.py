"""Parts of the reader: blocks, the eye for the camera's move, and the reading of what one subject does."""

from __future__ import annotations

import torch
from einops import rearrange
from torch import nn
from torch.nn import functional as F  # noqa: N812

HEIGHT, WIDTH = 64, 112
FRAMES = 13
"""Frames of a clip that are read, evenly spread."""
WAYS: tuple[str, ...] = ("", "left", "right", "up", "down")
REACH = 3
"""Cells that a picture may move from one frame to the next and still be followed."""
ROI = 6
"""Cells of the side of the close-up of a subject."""


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


def correlate(first_NChw: torch.Tensor, second_NChw: torch.Tensor, reach: int = REACH) -> torch.Tensor:
    """How well each cell matches the cells around its place in the next frame: (N, (2 reach + 1)², h, w).

    Cosines; what lies beyond the frame matches with 0. Row by row: the match ``reach`` up and left comes first
    (the local correlation volume of PWC-Net, Sun et al. 2018, sec. 3).
    """
    a, b = F.normalize(first_NChw, dim=1), F.normalize(second_NChw, dim=1)
    height, width = a.shape[-2:]
    padded = F.pad(b, (reach, reach, reach, reach))
    steps = range(2 * reach + 1)
    return torch.stack([(a * padded[:, :, y : y + height, x : x + width]).sum(1) for y in steps for x in steps], 1)


class InTime(nn.Module):
    """Mixing over the frames of a sequence (B, F, C): two convolutions and one head of attention, each added."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.near = nn.ModuleList(nn.Conv1d(width, width, 3, padding=1) for _ in range(2))
        self.norm = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)

    def forward(self, x_BFC: torch.Tensor) -> torch.Tensor:
        for conv in self.near:
            x_BFC = x_BFC + F.silu(conv(x_BFC.transpose(1, 2))).transpose(1, 2)
        q, k, v = self.qkv(self.norm(x_BFC)).chunk(3, -1)
        return x_BFC + F.scaled_dot_product_attention(q, k, v)


class CameraEye(nn.Module):
    """The camera's move from how the scenery of neighbouring frames matches."""

    WIDTH = 32

    def __init__(self, quarter: int, width: int, moves: int) -> None:
        super().__init__()
        self.key = nn.Conv2d(quarter, 16, 1)
        self.first = Block((2 * REACH + 1) ** 2 + 1, self.WIDTH)
        self.then = nn.Sequential(Block(self.WIDTH, self.WIDTH, 2), Block(self.WIDTH, self.WIDTH, 2))
        self.flat = nn.Linear(self.WIDTH * 4 * 7, width)
        self.time = InTime(width)
        self.move = nn.Linear(2 * width, moves)

    def forward(self, map_BFChw: torch.Tensor, nobody_BFhw: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits of the move (B, moves), and how each pair of neighbours matches (B, F - 1, WIDTH, h, w)."""
        clips = len(map_BFChw)
        keys = rearrange(self.key(map_BFChw.flatten(0, 1)), "(b f) c h w -> b f c h w", b=clips)
        match = correlate(keys[:, :-1].flatten(0, 1), keys[:, 1:].flatten(0, 1))
        scenery = torch.tanh(nobody_BFhw[:, :-1].flatten(0, 1)[:, None] * 0.2)
        met = self.first(torch.cat([match, scenery], 1))
        coarse = F.adaptive_avg_pool2d(self.then(met), (4, 7)).flatten(1)
        steps = self.time(F.silu(rearrange(self.flat(coarse), "(b f) c -> b f c", b=clips)))
        move = self.move(torch.cat([steps.mean(1), steps.amax(1)], -1))
        return move, rearrange(met, "(b f) c h w -> b f c h w", b=clips)


class Tracks(nn.Module):
    """What one subject does at each frame, from a close-up of it and from how it and the scenery move."""

    def __init__(self, half: int, quarter: int, match: int, width: int, answers: int) -> None:
        super().__init__()
        self.close_up = nn.Linear(ROI * ROI * half, width)
        self.rest = nn.Linear(quarter + 3 * match + 5, width)
        self.time = InTime(width)
        self.answer = nn.Linear(width, answers)

    def forward(
        self, fine_BFChw: torch.Tensor, map_BFChw: torch.Tensor, match_BFChw: torch.Tensor, weight_BFQhw: torch.Tensor
    ) -> torch.Tensor:
        """Logits (B, Q, F, answers). ``weight`` says where each subject is, adding up to 1 over the cells."""
        clips, asked = len(weight_BFQhw), weight_BFQhw.shape[2]
        place, spread = moments(weight_BFQhw)
        box = torch.cat([place - 2.2 * spread, place + 2.2 * spread], -1)
        crops = rearrange(close_up(fine_BFChw.flatten(0, 1), box.flatten(0, 1), ROI), "n q c y x -> n q (c y x)")
        looks = rearrange(self.close_up(crops), "(b f) q c -> b q f c", b=clips)
        # The last frame has no next one; it is told what the pair before it shows.
        match = torch.cat([match_BFChw, match_BFChw[:, -1:]], 1)
        own = torch.einsum("bfqhw,bfchw->bqfc", weight_BFQhw, match)
        whole = match.mean((-1, -2))[:, None].expand(-1, asked, -1, -1)
        most = match.amax((-1, -2))[:, None].expand(-1, asked, -1, -1)
        about = torch.einsum("bfqhw,bfchw->bqfc", weight_BFQhw, map_BFChw)
        where = rearrange(torch.cat([place, spread, spread.prod(-1, keepdim=True)], -1), "b f q c -> b q f c")
        tokens = F.silu(looks + self.rest(torch.cat([about, own, whole, most, where], -1)))
        mixed = self.time(tokens.flatten(0, 1))
        return rearrange(self.answer(mixed), "(b q) f k -> b q f k", q=asked)


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
    """Cut boxes (x0, y0, x1, y1; the frame is -1 to 1) out of maps: (N, Q, C, side, side); 0 beyond the frame."""
    steps = (torch.arange(side, device=maps_NChw.device) + 0.5) / side
    x = box_NQ4[..., 0:1] + (box_NQ4[..., 2:3] - box_NQ4[..., 0:1]) * steps
    y = box_NQ4[..., 1:2] + (box_NQ4[..., 3:4] - box_NQ4[..., 1:2]) * steps
    count, asked = box_NQ4.shape[:2]
    grid = torch.stack([x[:, :, None].expand(-1, -1, side, -1), y[..., None].expand(-1, -1, -1, side)], -1)
    flat = F.grid_sample(maps_NChw, grid.flatten(1, 2), mode="bilinear", align_corners=False)
    return rearrange(flat, "n c (q y) x -> n q c y x", q=asked, y=side).reshape(count, asked, -1, side, side)
