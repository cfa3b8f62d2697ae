"""The close look: what somebody is, which colour it has, whether it is the one from before; and what it does over time.

``N`` counts moments of any clips, ``Q`` somebodies that are looked at, ``M`` moments of a clip.
"""

from __future__ import annotations

import torch
from einops import rearrange
from torch import nn
from torch.nn import functional as F  # noqa: N812

from models.judge.eye import Drift
from models.judge.shapes import AREA, DEEDS, KINDS, MOMENT_S, TINTS, JudgeParams
from models.reader_parts import WAYS, Block, InTime, close_up

SIDE = 40
"""Pixels of the side of a close-up."""
ROOM = 1.25
"""Side of what a close-up shows, to the longer side of the box."""
LEAST_PX = 14.0
"""What a close-up shows at least, in pixels of the frame."""
DROPPED = 0.25
"""Share of the deepest features that is left out in training: there are more of them than figures to learn from."""
PLACE = 19
"""Numbers of where somebody is and goes at a moment."""


class Close(nn.Module):
    """A convolutional network from a close-up and the light of its frame to a vector (N, Q, look)."""

    def __init__(self, p: JudgeParams) -> None:
        super().__init__()
        self.body = nn.Sequential(
            Block(4 * 5 + 3, p.near), Block(p.near, p.near), Block(p.near, p.middle, 2), Block(p.middle, p.middle),
            Block(p.middle, p.far, 2), Block(p.far, p.far),
        )  # fmt: skip
        self.flat = nn.Linear(p.far * (SIDE // 8) ** 2, p.look)
        self.norm = nn.LayerNorm(p.look)
        self.who = nn.Linear(p.look, KINDS + 1)
        self.tint = nn.Linear(p.look, TINTS)
        self.print = nn.Linear(p.look, p.likeness)
        # Asked in training alone, so that what a look becomes tells postures, too; the tracks answer over time.
        self.deed = nn.Linear(p.look, DEEDS)

    def forward(
        self, frames_NCHW: torch.Tensor, later_NChw: torch.Tensor, cover_Nhw: torch.Tensor, box_NQ4: torch.Tensor
    ) -> torch.Tensor:
        """``later`` is half as large; ``cover`` is how much of a cell anybody covers; boxes as :func:`around` gives."""
        asked = box_NQ4.shape[1]
        picture = F.avg_pool2d(close_up(frames_NCHW - 0.5, box_NQ4, 2 * SIDE).flatten(0, 1), 2)
        light = (frames_NCHW.mean((-1, -2)) - 0.5).repeat_interleave(asked, 0)[..., None, None]
        small = F.avg_pool2d(frames_NCHW, 2)
        moves = close_up(3.0 * (later_NChw - small).mean(1, keepdim=True), box_NQ4, SIDE).flatten(0, 1)
        anybody = close_up(cover_Nhw[:, None], box_NQ4, SIDE).flatten(0, 1)
        return self.seen(torch.cat([picture, moves, anybody], 1), light).unflatten(0, (-1, asked))

    def seen(self, near_N5SS: torch.Tensor, light_N311: torch.Tensor) -> torch.Tensor:
        """Vectors (N, look) of close-ups (colours less a half, how they change, cover) in the light of their frames."""
        near = rearrange(near_N5SS, "n c (h p) (w q) -> n (c p q) h w", p=2, q=2)
        x = torch.cat([near, light_N311.expand(-1, -1, *near.shape[-2:])], 1)
        deep = self.body(x.contiguous(memory_format=torch.channels_last)).flatten(1)
        return F.silu(self.norm(self.flat(F.dropout(deep, DROPPED, self.training))))


def around(boxes_NQ4: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """Squares around boxes (shares of the frame, as x0, y0, x1, y1), as :func:`close_up` takes them: -1 to 1."""
    size = torch.tensor([width, height], dtype=boxes_NQ4.dtype, device=boxes_NQ4.device)
    middle = 0.5 * (boxes_NQ4[..., :2] + boxes_NQ4[..., 2:])
    longer = ((boxes_NQ4[..., 2:] - boxes_NQ4[..., :2]) * size).amax(-1, keepdim=True)
    half = 0.5 * (ROOM * longer).clamp_min(LEAST_PX) / size
    return torch.cat([middle - half, middle + half], -1) * 2.0 - 1.0


def shaken(boxes_BMQ4: torch.Tensor, dice: torch.Generator, much: float = 1.0) -> torch.Tensor:
    """Boxes as a detector might give them: a little off and a little too large or small, moment by moment."""
    shape = boxes_BMQ4.shape[:-1]
    always = torch.randn(shape[0], 1, shape[2], 4, generator=dice)
    each = torch.randn(*shape, 4, generator=dice)
    drawn = (0.6 * always + 0.8 * each) * much
    middle, size = 0.5 * (boxes_BMQ4[..., :2] + boxes_BMQ4[..., 2:]), boxes_BMQ4[..., 2:] - boxes_BMQ4[..., :2]
    middle = middle + 0.05 * drawn[..., :2] * size
    half = 0.5 * size * (0.09 * drawn[..., 2:]).exp()
    return torch.cat([middle - half, middle + half], -1)


class Tracks(nn.Module):
    """What somebody does at each moment and where to, from close looks at it and from how it, the others and the
    scenery move. The numbers have a way of their own, since they drown among the features."""

    def __init__(self, p: JudgeParams) -> None:
        super().__init__()
        self.look = nn.Linear(p.look, p.track)
        self.place = nn.Sequential(nn.Linear(PLACE, p.track), nn.SiLU(), nn.Linear(p.track, p.track))
        self.drift = nn.Sequential(nn.Linear(Drift.TOLD + 3, p.track), nn.SiLU(), nn.Linear(p.track, p.track))
        self.time = InTime(p.track, p.rounds)
        self.answer = nn.Linear(p.track, DEEDS + len(WAYS))

    def forward(
        self, look_BMQC: torch.Tensor, place_BMQP: torch.Tensor, drift_BMD: torch.Tensor, flow_BMQ3: torch.Tensor
    ) -> torch.Tensor:
        """Logits (B, M, Q, deeds + ways), fp32.

        Args:
            place: from :func:`places_of`; drift: of the scenery; flow: of the picture where somebody is.
        """
        asked = look_BMQC.shape[2]
        moved = torch.cat([drift_BMD[:, :, None].expand(-1, -1, asked, -1), flow_BMQ3], -1)
        tokens = self.look(look_BMQC) + self.place(place_BMQP) + self.drift(moved)
        mixed = self.time(rearrange(tokens, "b m q c -> (b q) m c"))
        return rearrange(self.answer(mixed), "(b q) m a -> b m q a", q=asked).float()


def places_of(boxes_BMQ4: torch.Tensor, there_BMQ: torch.Tensor, drift_BMD: torch.Tensor, gap_B: torch.Tensor,
              aspect: float) -> torch.Tensor:  # fmt: skip
    """Where each is and goes, relative to the others and to the scenery: (B, M, Q, PLACE), of the order of 1.

    Args:
        there: whether it is seen; where it is not, its box means nothing.
        drift: of the scenery within a moment, cells of 8 pixels of a frame of ``AREA`` pixels.
        gap_B: seconds between moments; aspect: width by height.
    """
    seen = there_BMQ[..., None].float()
    middle, size = 0.5 * (boxes_BMQ4[..., :2] + boxes_BMQ4[..., 2:]), boxes_BMQ4[..., 2:] - boxes_BMQ4[..., :2]
    middle = torch.where(there_BMQ[..., None], middle, torch.full_like(middle, 0.5))
    size = size.clamp_min(0.01)
    bottom = middle[..., 1:] + 0.5 * size[..., 1:]
    # The scenery's drift from moment to moment, as shares of the frame, if it goes on as within the moment.
    height = (AREA / aspect) ** 0.5
    cell = torch.tensor([8.0 / (height * aspect), 8.0 / height], device=middle.device)
    rate = drift_BMD[..., :2] * cell / MOMENT_S
    drifted = (rate * gap_B[:, None, None]).cumsum(1)
    drifted = (drifted - 0.5 * rate * gap_B[:, None, None])[:, :, None]
    told = [middle - 0.5, size.log() / 2.0, bottom - 0.5, seen]
    gap = gap_B[:, None, None, None]
    for way in (middle, middle - drifted):
        told += [2.0 * _step(way, seen, 1) / gap, 1.0 * _step(way, seen, 3) / gap]
    told += [2.0 * _step(size.log(), seen, 2) / gap, gap.expand_as(seen) - 0.35]
    told.append(_nearest(middle, there_BMQ))
    return torch.cat(told, -1).clamp(-6.0, 6.0)


def _step(way_BMQ2: torch.Tensor, seen_BMQ1: torch.Tensor, reach: int) -> torch.Tensor:
    """How far it goes from ``reach`` moments before to as many after, by moment; 0 where either end is not seen."""
    here = torch.arange(way_BMQ2.shape[1], device=way_BMQ2.device)
    last = way_BMQ2.shape[1] - 1
    before, after = (here - reach).clamp_min(0), (here + reach).clamp_max(last)
    span = (after - before).clamp_min(1).to(way_BMQ2.dtype)[None, :, None, None]
    both = seen_BMQ1[:, before] * seen_BMQ1[:, after]
    return (way_BMQ2[:, after] - way_BMQ2[:, before]) / span * both


def _nearest(middle_BMQ2: torch.Tensor, there_BMQ: torch.Tensor) -> torch.Tensor:
    """From each to the nearest other that is seen; 0 if there is none."""
    count = middle_BMQ2.shape[2]
    away = middle_BMQ2[:, :, None] - middle_BMQ2[:, :, :, None]
    far = away.square().sum(-1) + 9.0 * torch.eye(count, device=away.device) + 9.0 * (~there_BMQ[:, :, None]).float()
    best = far.min(-1)
    chosen = away.gather(3, best.indices[..., None, None].expand(-1, -1, -1, 1, 2))[:, :, :, 0]
    return chosen * (best.values < 9.0)[..., None].float()
