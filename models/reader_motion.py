"""What moves: the camera, read from how frames match, and a subject, looked at closely through time.

``B`` clips of ``F`` frames, ``P`` pairs of frames, ``Q`` subjects that are asked about, ``N`` frames of any clips.
"""

from __future__ import annotations

import torch
from einops import rearrange
from torch import nn
from torch.nn import functional as F  # noqa: N812

from models.reader_parts import (
    HEIGHT,
    REACH,
    WIDTH,
    Block,
    InTime,
    close_up,
    correlate,
    exact,
    moments,
    steps_of,
)

SIDE = 32
"""Pixels of the side of the close-up of a subject."""
ROOM = 2.3
"""Deviations of a subject's cells from its middle to the edge of its close-up (a block ends at 1.73)."""
LEAST_PX, MOST_PX = 5.0, 42.0
"""Half the side of what a close-up shows, in pixels of the frame."""
AROUND = 4
"""Frames before and after one, over which a way is measured."""
GRID = (4, 7)
KEYS = 16


class Matcher(nn.Module):
    """How the cells of one frame match those of a later one, and where they go.

    Args:
        inside: channels of the map.
        reach: cells that are followed, each way.
        every: cells of the map to one that is followed; those are of the size of the cells that are nobody's.
    """

    def __init__(self, inside: int, width: int, reach: int, every: int = 1) -> None:
        super().__init__()
        self.reach, self.every = reach, every
        self.key = nn.Conv2d(inside, KEYS, 1)
        self.sharp = nn.Parameter(torch.tensor(2.5))
        self.first = Block((2 * reach + 1) ** 2 + 4, width)

    def forward(
        self, map_BFChw: torch.Tensor, nobody_BFhw: torch.Tensor, lag: int
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Matches of each ``lag``-th frame with the one ``lag`` later: (B, P, width, h, w), the flow of each cell
        (B, P, 3, h, w): x and y in cells of the map and how sure, and that of the scenery in a coarse grid
        (B, P, 3, 4, 7)."""
        clips, last = len(map_BFChw), map_BFChw.shape[1] - lag
        keys = self.key(map_BFChw.flatten(0, 1)).unflatten(0, (clips, -1))
        match = correlate(keys[:, :last:lag].flatten(0, 1), keys[:, lag::lag].flatten(0, 1), self.reach, self.every)
        nobody = nobody_BFhw[:, :last:lag].flatten(0, 1)[:, None]
        with exact(match):
            share = (self.sharp.clamp(0.0, 4.5).exp() * match).softmax(1)
            flow = torch.einsum("nshw,sd->ndhw", share, steps_of(self.reach, share.device))
            peak = share.amax(1, keepdim=True)
            trust = nobody * peak + 1e-4
            coarse = F.adaptive_avg_pool2d(torch.cat([flow * trust, trust], 1), GRID)
            coarse = torch.cat([coarse[:, :2] / coarse[:, 2:], coarse[:, 2:]], 1)
        # A share of an even spread is 1.
        met = self.first(torch.cat([share * share.shape[1], flow, peak, nobody], 1))
        every = torch.cat([flow, peak], 1)
        return met.unflatten(0, (clips, -1)), every.unflatten(0, (clips, -1)), coarse.unflatten(0, (clips, -1))


class Steps(nn.Module):
    """The matches of all pairs as one sequence, mixed in time: (B, P, width)."""

    def __init__(self, inside: int, width: int) -> None:
        super().__init__()
        self.then = nn.Sequential(Block(inside, inside, 2), Block(inside, inside, 2))
        self.flat = nn.Linear((inside + 3) * GRID[0] * GRID[1], width)
        self.time = InTime(width)

    def forward(self, met_BPChw: torch.Tensor, coarse_BP3yx: torch.Tensor) -> torch.Tensor:
        clips = len(met_BPChw)
        pooled = F.adaptive_avg_pool2d(self.then(met_BPChw.flatten(0, 1)), GRID)
        whole = torch.cat([pooled, coarse_BP3yx.flatten(0, 1).to(pooled.dtype)], 1).flatten(1)
        return self.time(F.silu(self.flat(whole)).unflatten(0, (clips, -1)))


class CameraEye(nn.Module):
    """The camera's move from how the scenery of neighbouring frames matches: fast moves on coarse cells from frame to
    frame, slow ones on fine cells over two frames."""

    WIDTH = 32
    MATCH = WIDTH + 3
    """Channels of how a cell matches, the last three its flow and how sure that is."""
    FAR = 4
    LAG = 2

    def __init__(self, half: int, quarter: int, width: int, moves: int) -> None:
        super().__init__()
        self.near = Matcher(quarter, self.WIDTH, REACH)
        self.far = Matcher(half, self.WIDTH, self.FAR, 2)
        self.quick, self.slow = Steps(self.WIDTH, width), Steps(self.WIDTH, width)
        self.move = nn.Sequential(nn.Linear(4 * width, width), nn.SiLU(), nn.Linear(width, moves))

    def forward(
        self, fine_BFChw: torch.Tensor, map_BFChw: torch.Tensor, nobody_BFhw: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits of the move (B, moves), and how each pair of neighbours matches (B, F - 1, MATCH, h, w), fp32."""
        near, flow, coarse = self.near(map_BFChw, nobody_BFhw, 1)
        far, _, slowly = self.far(fine_BFChw, nobody_BFhw, self.LAG)
        quick, slow = self.quick(near, coarse), self.slow(far, slowly)
        move = self.move(torch.cat([quick.mean(1), quick.amax(1), slow.mean(1), slow.amax(1)], -1))
        return move.float(), torch.cat([near.float(), flow], 2)


class Close(nn.Module):
    """A close-up of each subject that is asked about, as a vector (N, Q, width)."""

    def __init__(self, half: int, width: int) -> None:
        super().__init__()
        inside = 4 * 5 + half
        wide, deep = max(8, width // 2), max(8, 3 * width // 4)
        self.body = nn.Sequential(
            Block(inside, wide), Block(wide, wide), Block(wide, deep, 2), Block(deep, deep), Block(deep, width, 2),
        )  # fmt: skip
        self.flat = nn.Linear(width * (SIDE // 8) ** 2, width)

    def forward(
        self, frames_NCHW: torch.Tensor, fine_NChw: torch.Tensor, nobody_Nhw: torch.Tensor, weight_NQhw: torch.Tensor,
        box_NQ4: torch.Tensor,
    ) -> torch.Tensor:  # fmt: skip
        """``weight`` says where each subject is, adding up to 1 over the cells; ``box`` what is shown, -1 to 1."""
        asked = weight_NQhw.shape[1]
        picture = F.avg_pool2d(close_up(frames_NCHW - 0.5, box_NQ4, 2 * SIDE).flatten(0, 1), 2)
        own = weight_NQhw / weight_NQhw.amax((-1, -2), keepdim=True)
        own = close_up(own.flatten(0, 1)[:, None], box_NQ4.flatten(0, 1)[:, None], SIDE)[:, 0]
        anybody = close_up(1.0 - nobody_Nhw[:, None], box_NQ4, SIDE).flatten(0, 1)
        near = rearrange(torch.cat([picture, own, anybody], 1), "n c (h p) (w q) -> n (c p q) h w", p=2, q=2)
        fine = close_up(fine_NChw, box_NQ4, SIDE // 2).flatten(0, 1)
        x = torch.cat([near, fine], 1).contiguous(memory_format=torch.channels_last)
        return F.silu(self.flat(self.body(x).flatten(1))).unflatten(0, (-1, asked))


def boxes_around(weight_NQhw: torch.Tensor, frames: int = 1) -> torch.Tensor:
    """Square boxes (N, Q, 4) around where subjects are; of clips of so many frames, their sizes change slowly."""
    middle, spread = moments(weight_NQhw)
    size = torch.tensor([WIDTH / 2, HEIGHT / 2], device=middle.device)
    half_NQ = (ROOM * (spread * size).amax(-1)).clamp(LEAST_PX, MOST_PX)
    if frames > 1:
        log_BQF = rearrange(half_NQ.log(), "(b f) q -> b q f", f=frames)
        slow = F.avg_pool1d(F.pad(log_BQF, (2, 2), mode="replicate"), 5, 1)
        half_NQ = rearrange(slow.exp(), "b q f -> (b f) q")
    half = half_NQ[..., None] / size
    return torch.cat([middle - half, middle + half], -1)


def shaken(box_NQ4: torch.Tensor, frames: int, dice: torch.Generator) -> torch.Tensor:
    """Boxes a little off and a little too large or small, alike in all frames of a clip."""
    clips, asked = len(box_NQ4) // frames, box_NQ4.shape[1]
    drawn = torch.randn(clips, asked, 3, generator=dice, device=box_NQ4.device).repeat_interleave(frames, 0)
    middle, half = 0.5 * (box_NQ4[..., :2] + box_NQ4[..., 2:]), 0.5 * (box_NQ4[..., 2:] - box_NQ4[..., :2])
    middle = middle + 0.08 * drawn[..., :2] * half
    half = half * (0.1 * drawn[..., 2:]).exp()
    return torch.cat([middle - half, middle + half], -1)


class Tracks(nn.Module):
    """What one subject does at each frame, from close-ups of it and from how it, the others and the scenery move."""

    def __init__(self, quarter: int, match: int, width: int, answers: int) -> None:
        super().__init__()
        self.rest = nn.Linear(2 * quarter + 3 * match + 4 + 4 + 1 + 8, 2 * width)
        self.join = nn.Linear(3 * width, width)
        self.time = InTime(width, 3)
        self.answer = nn.Linear(width, answers)

    def forward(
        self, look_BFQC: torch.Tensor, map_BFChw: torch.Tensor, match_BFChw: torch.Tensor, nobody_BFhw: torch.Tensor,
        weight_BFQhw: torch.Tensor,
    ) -> torch.Tensor:  # fmt: skip
        """Logits (B, Q, F, answers). ``weight`` says where each subject is, adding up to 1 over the cells."""
        asked = weight_BFQhw.shape[2]
        # The last frame has no next one; it is told what the pair before it shows.
        match = torch.cat([match_BFChw, match_BFChw[:, -1:]], 1)
        others = _others(weight_BFQhw, nobody_BFhw)
        scenery = nobody_BFhw[:, :, None] * match[:, :, -1:].detach() + 1e-6
        drift = _under(scenery / scenery.sum((-1, -2), keepdim=True), match)
        seen = [
            _under(weight_BFQhw, map_BFChw), _under(others, map_BFChw), _under(weight_BFQhw, match),
            drift.expand(-1, -1, asked, -1), match.amax((-1, -2))[:, :, None].expand(-1, -1, asked, -1),
            _where(weight_BFQhw, others, nobody_BFhw), _gone(weight_BFQhw, drift[:, :, 0, -3:-1].detach()),
        ]  # fmt: skip
        rest = F.silu(self.rest(torch.cat([part.to(look_BFQC.dtype) for part in seen], -1)))
        tokens = F.silu(self.join(torch.cat([look_BFQC, rest], -1)))
        mixed = self.time(rearrange(tokens, "b f q c -> (b q) f c"))
        return self.answer(mixed).unflatten(0, (len(look_BFQC), asked)).float()


def _under(weight_BFQhw: torch.Tensor, maps_BFChw: torch.Tensor) -> torch.Tensor:
    """Maps under weights: (B, F, Q, C)."""
    return torch.einsum("bfqhw,bfchw->bfqc", weight_BFQhw.to(maps_BFChw.dtype), maps_BFChw)


def _others(weight_BFQhw: torch.Tensor, nobody_BFhw: torch.Tensor) -> torch.Tensor:
    """Where somebody else is, as weights that add up to 1."""
    own = weight_BFQhw / weight_BFQhw.amax((-1, -2), keepdim=True)
    left = (1.0 - nobody_BFhw)[:, :, None] * (1.0 - own).clamp_min(0.0) + 1e-4
    return left / left.sum((-1, -2), keepdim=True)


def _where(weight_BFQhw: torch.Tensor, others_BFQhw: torch.Tensor, nobody_BFhw: torch.Tensor) -> torch.Tensor:
    """Place and size of a subject, those of the others relative to it, and how much is anybody's: (B, F, Q, 9)."""
    place, spread = moments(weight_BFQhw)
    there, wide = moments(others_BFQhw)
    filled = (1.0 - nobody_BFhw).mean((-1, -2))[:, :, None].expand(-1, -1, place.shape[2])
    return torch.cat([place, spread.log(), there - place, wide, filled[..., None]], -1)


def _gone(weight_BFQhw: torch.Tensor, drift_BF2: torch.Tensor) -> torch.Tensor:
    """How far a subject goes to the next frame, and from ``AROUND`` frames before to as many after: in the picture, and
    against the scenery, which drifts by so many cells from each frame to the next; (B, F, Q, 8), of the order of 1."""
    place = moments(weight_BFQhw)[0]
    frames, (height, width) = place.shape[1], weight_BFQhw.shape[-2:]
    cell = torch.tensor([2.0 / width, 2.0 / height], device=place.device)
    drifted = drift_BF2.float().cumsum(1) - drift_BF2.float()
    here = torch.arange(frames, device=place.device)
    after, later, before = ((here + n).clamp(0, frames - 1) for n in (1, AROUND, -AROUND))
    told = []
    for way in (place, place - (drifted * cell)[:, :, None]):
        told += [24.0 * (way[:, after] - way), 6.0 * (way[:, later] - way[:, before])]
    return torch.cat(told, -1)
