"""The eye: where anybody is in a frame, what the frame is like as a whole, and how the picture moves.

``N`` counts moments of any clips. The eye sees half the frame's size.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from einops import rearrange
from torch import nn
from torch.nn import functional as F  # noqa: N812

from models.judge.shapes import MOVES, QUESTIONS, JudgeParams
from models.reader_parts import Block, InTime, correlate, exact, steps_of, twice

REACH = 4
"""Cells of 8 pixels that the picture may move within a moment and still be followed."""
KEYS = 20
GRID = (4, 5)


@dataclass(frozen=True)
class Seen:
    """What the eye makes of N moments. Logits, fp32.

    Attributes:
        cover_Nhw: somebody covers the cell; centre_Nhw: the middle of somebody is here.
        box_N4hw: how far the edges of the box are from here (left, up, right, down) as shares of the frame, if it is.
        words: (N, answers) of each of ``QUESTIONS``.
        map_NChw: features of the cells of 8 pixels.
    """

    cover_Nhw: torch.Tensor
    centre_Nhw: torch.Tensor
    box_N4hw: torch.Tensor
    words: dict[str, torch.Tensor]
    map_NChw: torch.Tensor


class Eye(nn.Module):
    """A U-Net over moments: the frame and how it differs a moment later, both (N, 3, H/2, W/2), 0 to 1."""

    def __init__(self, p: JudgeParams) -> None:
        super().__init__()
        self.stem = Block(24, p.half)
        self.at2 = Block(p.half, p.half)
        self.down4 = Block(p.half, p.quarter, 2)
        self.at4 = Block(p.quarter, p.quarter)
        self.down8 = Block(p.quarter, p.eighth, 2)
        self.at8 = nn.Sequential(Block(p.eighth, p.eighth), Block(p.eighth, p.eighth))
        self.whole = nn.Linear(2 * p.eighth, p.eighth)
        self.up4 = nn.Conv2d(p.eighth, p.quarter, 1)
        self.join4 = Block(p.quarter, p.quarter)
        self.up2 = nn.Conv2d(p.quarter, p.half, 1)
        self.join2 = nn.Sequential(Block(p.half, p.half), Block(p.half, p.half))
        self.maps = nn.Conv2d(p.half, 6, 1)
        # Middles are rare: at first there are none.
        nn.init.constant_(self.maps.bias[1:2], -4.0)  # type: ignore[index]
        told = 3 * p.eighth + 2 * p.quarter + p.half
        self.told = nn.Sequential(nn.Linear(told, 2 * p.eighth), nn.SiLU())
        self.words = nn.ModuleDict({name: nn.Linear(2 * p.eighth, len(said)) for name, said in QUESTIONS.items()})

    def forward(self, first_NCHW: torch.Tensor, later_NCHW: torch.Tensor) -> Seen:
        x = torch.cat([first_NCHW - 0.5, 3.0 * (later_NCHW - first_NCHW)], 1)
        x = rearrange(x, "n c (h p) (w q) -> n (c p q) h w", p=2, q=2).contiguous(memory_format=torch.channels_last)
        x2 = self.at2(self.stem(x))
        x4 = self.at4(self.down4(x2))
        x8 = self.at8(self.down8(x4))
        mean, most = x8.mean((-1, -2)), x8.amax((-1, -2))
        # Every cell hears what the whole frame is like: its light decides what stands out.
        x8 = x8 + self.whole(torch.cat([mean, most], 1))[..., None, None]
        y4 = self.join4(x4 + self._fitting(self.up4(x8), x4))
        y2 = self.join2(x2 + self._fitting(self.up2(y4), x2))
        maps = self.maps(y2).float()
        sides = [mean, most, x8.float().std((-1, -2)).to(mean.dtype), y4.mean((-1, -2)), y4.amax((-1, -2)),
                 y2.mean((-1, -2))]  # fmt: skip
        told = self.told(torch.cat(sides, 1))
        words = {name: head(told).float() for name, head in self.words.items()}
        return Seen(maps[:, 0], maps[:, 1], maps[:, 2:], words, y4)

    @staticmethod
    def _fitting(x: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
        y = twice(x)
        return y[..., : like.shape[-2], : like.shape[-1]]


class Drift(nn.Module):
    """How the scenery moves within each moment, and over all of them the camera's move.

    Small features of both frames are matched cell by cell (PWC-Net's local correlation); cells that somebody covers
    count little.
    """

    MATCH = 24
    TOLD = 8
    """Numbers of the drift of a moment: mean flow, its spread, how it grows and turns, how sure."""

    def __init__(self, p: JudgeParams) -> None:
        super().__init__()
        self.key = nn.Sequential(Block(12, KEYS), Block(KEYS, KEYS, 2), nn.Conv2d(KEYS, KEYS, 1))
        self.sharp = nn.Parameter(torch.tensor(2.5))
        self.first = Block((2 * REACH + 1) ** 2 + 4, self.MATCH)
        self.then = Block(self.MATCH, self.MATCH)
        self.flat = nn.Linear((self.MATCH + 3) * GRID[0] * GRID[1], p.track)
        self.told = nn.Sequential(nn.Linear(self.TOLD, p.track), nn.SiLU(), nn.Linear(p.track, p.track))
        self.time = InTime(p.track, p.rounds)
        self.move = nn.Sequential(nn.Linear(2 * p.track, p.track), nn.SiLU(), nn.Linear(p.track, MOVES))

    def forward(
        self, first_NCHW: torch.Tensor, later_NCHW: torch.Tensor, anybody_Nhw: torch.Tensor, clips: int
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Logits of the camera's move (B, moves), the drift (B, M, TOLD) and the flow (B, M, 3, h, w) of cells of 8
        pixels: x and y in cells within a moment, and how sure."""
        both = torch.cat([first_NCHW, later_NCHW]) - 0.5
        x = rearrange(both, "n c (h p) (w q) -> n (c p q) h w", p=2, q=2).contiguous(memory_format=torch.channels_last)
        a, b = self.key(x).chunk(2)
        match = correlate(a, b, REACH)
        height, width = match.shape[-2:]
        empty = 1.0 - F.adaptive_avg_pool2d(anybody_Nhw[:, None], (height, width))
        with exact(match):
            share = (self.sharp.clamp(0.0, 4.5).exp() * match).softmax(1)
            flow = torch.einsum("nshw,sd->ndhw", share, steps_of(REACH, share.device))
            peak = share.amax(1, keepdim=True)
            trust = empty.square() * peak + 1e-4
            coarse = F.adaptive_avg_pool2d(torch.cat([flow * trust, trust], 1), GRID)
            coarse = torch.cat([coarse[:, :2] / coarse[:, 2:], coarse[:, 2:]], 1)
            told = drift_of(flow, trust)
        met = self.then(self.first(torch.cat([share * share.shape[1], flow, peak, empty], 1)))
        whole = torch.cat([F.adaptive_avg_pool2d(met, GRID).float(), coarse], 1).flatten(1)
        tokens = F.silu(self.flat(whole)) + self.told(told)
        mixed = self.time(tokens.unflatten(0, (clips, -1)))
        move = self.move(torch.cat([mixed.mean(1), mixed.amax(1)], -1)).float()
        every = torch.cat([flow, peak], 1)
        return move, told.unflatten(0, (clips, -1)), every.unflatten(0, (clips, -1))


def drift_of(flow_N2hw: torch.Tensor, trust_N1hw: torch.Tensor) -> torch.Tensor:
    """Mean and spread of the flow of N moments, how it grows and turns about the middle (least squares), how sure."""
    weight = trust_N1hw[:, 0] / trust_N1hw[:, 0].sum((-1, -2), keepdim=True)
    height, width = flow_N2hw.shape[-2:]
    x = torch.linspace(-1.0, 1.0, width, device=flow_N2hw.device)[None, :].expand(height, width)
    y = torch.linspace(-1.0, 1.0, height, device=flow_N2hw.device)[:, None].expand(height, width)
    mean = (flow_N2hw * weight[:, None]).sum((-1, -2))
    away = flow_N2hw - mean[..., None, None]
    spread = (away.square() * weight[:, None]).sum((-1, -2)).sqrt()
    u, v = away[:, 0], away[:, 1]
    size = (weight * (x * x + y * y)).sum((-1, -2)) + 1e-3
    grows = (weight * (u * x + v * y)).sum((-1, -2)) / size
    turns = (weight * (v * x - u * y)).sum((-1, -2)) / size
    sure = trust_N1hw.mean((-1, -2, -3))
    return torch.stack([mean[:, 0], mean[:, 1], spread[:, 0], spread[:, 1], grows, turns, sure, sure.log() / 4.0], 1)
