"""The eye of the reader: what a single frame shows, as a whole and cell by cell.

``N`` counts frames, ``Q`` subjects that are asked about, ``S`` the words for subjects, ``K`` those for colours,
``h, w`` cells of 4 pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from einops import rearrange
from torch import nn
from torch.nn import functional as F  # noqa: N812

from models.reader_parts import Block, twice
from models.world.vocabulary import COLOURS, FRAMINGS, SETTINGS, STYLES, SUBJECTS, TIMES, WEATHERS

COUNTS: tuple[str, ...] = ("0", "1", "2", "3")
QUESTIONS: dict[str, tuple[str, ...]] = {
    "setting": SETTINGS, "time": TIMES, "weather": WEATHERS, "style": STYLES, "framing": FRAMINGS, "count": COUNTS,
}  # fmt: skip
"""Questions about a whole frame, and their answers."""
NOBODY = len(SUBJECTS)
SHARP = 2.0
"""Power of a cell's probability in where a subject is sought: hundreds of cells of little must not outweigh it."""


@dataclass(frozen=True)
class ReaderParams:
    """Channels at 1/2, 1/4, 1/8 and 1/16 of a frame, of a track, and of the print of a likeness."""

    half: int = 32
    quarter: int = 64
    eighth: int = 112
    deep: int = 144
    track: int = 128
    likeness: int = 40

    @classmethod
    def tiny(cls) -> ReaderParams:
        return cls(8, 8, 8, 8, 8, 8)


@dataclass(frozen=True)
class Seen:
    """What the network makes of N frames. Logits are fp32.

    Attributes:
        fine_NChw, map_NChw: features of 2-pixel and of 4-pixel cells.
        subject_NShw: logits of whose a cell is; the last is nobody's.
        colour_NKhw: logits of the colour that the subject in a cell has.
        present_NS: logits of a subject being in the frame, before anyone has looked closely.
        words: logits (N, answers) of each of ``QUESTIONS``.
    """

    fine_NChw: torch.Tensor
    map_NChw: torch.Tensor
    subject_NShw: torch.Tensor
    colour_NKhw: torch.Tensor
    present_NS: torch.Tensor
    words: dict[str, torch.Tensor]

    def nobody(self) -> torch.Tensor:
        """Probability of each cell being nobody's, (N, h, w); nothing is learnt through it."""
        return self.subject_NShw.detach().softmax(1)[:, NOBODY]


class Eye(nn.Module):
    """A U-Net over single frames: (N, 3, 64, 112), 0 to 1. Any size whose sides are multiples of 16."""

    def __init__(self, p: ReaderParams) -> None:
        super().__init__()
        self.stem = Block(12, p.half)
        self.at2 = nn.Sequential(Block(p.half, p.half), Block(p.half, p.half))
        self.down4 = Block(p.half, p.quarter, 2)
        self.at4 = nn.Sequential(Block(p.quarter, p.quarter), Block(p.quarter, p.quarter))
        self.down8 = Block(p.quarter, p.eighth, 2)
        self.at8 = nn.Sequential(Block(p.eighth, p.eighth), Block(p.eighth, p.eighth))
        self.down16 = Block(p.eighth, p.deep, 2)
        self.at16 = nn.Sequential(Block(p.deep, p.deep), Block(p.deep, p.deep))
        self.whole = nn.Linear(2 * p.deep, p.eighth)
        self.up8 = nn.Conv2d(p.deep, p.eighth, 1)
        self.join8 = Block(p.eighth, p.eighth)
        self.up4 = nn.Conv2d(p.eighth, p.quarter, 1)
        self.join4 = nn.Sequential(Block(p.quarter, p.quarter), Block(p.quarter, p.quarter))
        self.subject = nn.Conv2d(p.quarter, NOBODY + 1, 1)
        self.colour = nn.Conv2d(p.quarter, len(COLOURS), 1)
        heard = 2 * p.deep + p.eighth + 3 * p.quarter + 2 * p.half
        self.think = nn.Linear(heard, 2 * p.deep)
        self.words = nn.Linear(2 * p.deep, sum(map(len, QUESTIONS.values())) + NOBODY)
        self.sure = nn.Parameter(torch.tensor([1.0, 0.0]))

    def forward(self, frames_NCHW: torch.Tensor) -> Seen:
        x = rearrange(frames_NCHW - 0.5, "n c (h p) (w q) -> n (c p q) h w", p=2, q=2)
        x2 = self.at2(self.stem(x.contiguous(memory_format=torch.channels_last)))
        x4 = self.at4(self.down4(x2))
        x8 = self.at8(self.down8(x4))
        x16 = self.at16(self.down16(x8))
        whole = torch.cat([x16.mean((-1, -2)), x16.amax((-1, -2))], 1)
        # Every cell hears what the whole frame is like: its light decides what a colour means.
        y8 = self.join8(x8 + twice(self.up8(x16)) + self.whole(whole)[..., None, None])
        y4 = self.join4(x4 + twice(self.up4(y8)))
        subject = self.subject(y4).float()
        # The finest features know the grain and the edges of a style, and falling snow.
        heard = torch.cat([whole, y8.mean((-1, -2)), y4.mean((-1, -2)), _texture(x4), _texture(x2)], 1)
        answers = self.words(F.silu(self.think(heard))).float()
        *words, there = answers.split([*map(len, QUESTIONS.values()), NOBODY], 1)
        # A subject is there if some cells in a row are likely its own.
        likely = F.avg_pool2d(subject.log_softmax(1)[:, :NOBODY].clamp_min(-12.0), 2, 1).amax((-1, -2))
        present = self.sure[0] * likely + self.sure[1] + there
        return Seen(x2, y4, subject, self.colour(y4).float(), present, dict(zip(QUESTIONS, words, strict=True)))


def _texture(x_NChw: torch.Tensor) -> torch.Tensor:
    """Mean and deviation of every feature over the frame, (N, 2 C)."""
    flat = x_NChw.float().flatten(2)
    mean = flat.mean(-1)
    deviation = ((flat - mean[..., None]).square().mean(-1) + 1e-4).sqrt()
    return torch.cat([mean, deviation], 1).to(x_NChw.dtype)


def places(subject_NShw: torch.Tensor, asked_NQ: torch.Tensor) -> torch.Tensor:
    """Where the asked subjects (places in the vocabulary) are: (N, Q, h, w), each adding up to 1 over the cells.

    A subject that is nowhere still gets the cells that are most like it, so that every question has an answer.
    """
    share_NShw = subject_NShw.log_softmax(1)
    index = asked_NQ.clamp_min(0)[..., None, None].expand(-1, -1, *subject_NShw.shape[-2:])
    own = SHARP * torch.gather(share_NShw, 1, index)
    return own.flatten(2).softmax(-1).view_as(own)


def pooled_colour(seen: Seen, weight_NQhw: torch.Tensor) -> torch.Tensor:
    """Logits of the colour under each weight: (N, Q, 10)."""
    return torch.einsum("nqhw,nkhw->nqk", weight_NQhw, seen.colour_NKhw.log_softmax(1))
