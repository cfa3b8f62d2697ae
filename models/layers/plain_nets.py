"""Networks that read a plain picture as layers: one looks at the whole picture, one at each subject closely.

The first says for every pixel whether a subject covers it, where the middle of that subject's box is (as in
CenterNet, Zhou et al. 2019, "Objects as Points"), what lies behind it and how near that is. The second is shown the
subject twice: as it was found, to say how it is turned, and then upright and facing right, to say what it looks like
standing and in which pose it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from einops import rearrange
from torch import nn
from torch.nn import functional as F  # noqa: N812

from models.layers.parts import LOOK, SPRITE
from models.layers.sheet import SIDE, TOKENS, Mixing

MARGIN = 1.25
"""Sides of its box that the first look at a subject spans."""
TURN = (
    "facing", "sin_lean", "cos_lean", "wet", "water", "ground", "shadow_half", "shadow", "depth", "dx", "dy",
    "log_side",
)  # fmt: skip
"""What the first look says. ``facing`` and ``wet`` are logits; ``dx``, ``dy`` in box sides and ``log_side`` move the
box to where it should be; the rest are entries of ``models.layers.parts.POSE``."""
CLOSE = 9
"""Layers of a close look: premultiplied colour, colour, own cover, cover of others, and what is inside the frame."""


@dataclass(frozen=True)
class PlainParams:
    """Widths at 1/2, 1/4 and 1/8 of the picture; of close looks at 32, 16, 8 and 4 pixels; tokens and codes made."""

    half: int = 24
    quarter: int = 56
    eighth: int = 96
    close: tuple[int, int, int, int] = (24, 48, 64, 96)
    channels: int = 32
    code: int = 12

    @classmethod
    def tiny(cls) -> PlainParams:
        return cls(8, 8, 8, (8, 8, 8, 8), channels=8, code=4)


class Seen(NamedTuple):
    """What the network says of B pictures; H and W of the picture, h and w half of them.

    Attributes:
        cover_BHW, gate_BHW: logits: a subject covers the pixel; the background is not what is seen there.
        change_B3HW: what is added to the filled background where the gate is open, -0.5 to 0.5.
        parallax_BHW: 0 to 1.
        centre_Bhw: logit: the middle of a subject's box is here.
        vote_B3hw: where the middle of the box of what is seen here lies, right and up in frame heights, and the
            logarithm of its side.
        look_BL: a row of ``models.layers.parts.LOOK``, 0 to 1.
    """

    cover_BHW: torch.Tensor
    gate_BHW: torch.Tensor
    change_B3HW: torch.Tensor
    parallax_BHW: torch.Tensor
    centre_Bhw: torch.Tensor
    vote_B3hw: torch.Tensor
    look_BL: torch.Tensor


class Block(nn.Module):
    """Convolution, normalisation, activation; the input is added where the shape allows."""

    def __init__(self, inside: int, outside: int, stride: int = 1, dilation: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inside, outside, 3, stride, dilation, dilation, bias=False)
        self.norm = nn.BatchNorm2d(outside)
        self.adds = inside == outside and stride == 1

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.silu(self.norm(self.conv(x)))
        return x + y if self.adds else y


class WholeLook(nn.Module):
    """A U-Net over the picture (B, 3, H, W), 0 to 1, H and W divisible by 8."""

    def __init__(self, p: PlainParams) -> None:
        super().__init__()
        self.stem = Block(14, p.half)
        self.at2 = Block(p.half, p.half)
        self.down4 = Block(p.half, p.quarter, 2)
        self.at4 = Block(p.quarter, p.quarter)
        self.down8 = Block(p.quarter, p.eighth, 2)
        self.at8 = nn.Sequential(Block(p.eighth, p.eighth, dilation=2), Block(p.eighth, p.eighth, dilation=4))
        self.whole = nn.Linear(p.eighth, p.eighth)
        self.up4 = nn.Conv2d(p.eighth, p.quarter, 1)
        self.join4 = Block(p.quarter, p.quarter)
        self.up2 = nn.Conv2d(p.quarter, p.half, 1)
        self.join2 = nn.Sequential(Block(p.half, p.half), Block(p.half, p.half))
        self.fine = nn.Conv2d(p.half, 6 * 4, 3, padding=1)
        self.coarse = nn.Conv2d(p.half, 4, 1)
        self.look = nn.Linear(2 * p.eighth, len(LOOK))
        nn.init.constant_(self.coarse.bias[0:1], -4.0)  # type: ignore[index]

    def forward(self, picture_B3HW: torch.Tensor) -> Seen:
        x = rearrange(picture_B3HW - 0.5, "b c (h p) (w q) -> b (c p q) h w", p=2, q=2)
        h, w = x.shape[-2:]
        down = torch.linspace(-1, 1, h).to(x)[:, None].expand(h, w)
        along = torch.linspace(-1, 1, w).to(x)[None].expand(h, w)
        x = torch.cat([x, torch.stack([down, along]).expand(len(x), -1, -1, -1)], 1)
        x2 = self.at2(self.stem(x))
        x4 = self.at4(self.down4(x2))
        x8 = self.at8(self.down8(x4))
        mean, most = x8.mean((-1, -2)), x8.amax((-1, -2))
        x8 = x8 + self.whole(mean)[..., None, None]
        y4 = self.join4(x4 + _twice(self.up4(x8)))
        y2 = self.join2(x2 + _twice(self.up2(y4)))
        fine, coarse = F.pixel_shuffle(self.fine(y2), 2), self.coarse(y2)
        return Seen(
            fine[:, 0], fine[:, 1], 0.5 * torch.tanh(fine[:, 2:5]), fine[:, 5].sigmoid(), coarse[:, 0],
            torch.cat([coarse[:, 1:3], coarse[:, 3:] - 1.0], 1), self.look(torch.cat([mean, most], 1)).sigmoid(),
        )  # fmt: skip


class CloseLook(nn.Module):
    """Convolutions from 64 pixels to 4."""

    def __init__(self, inside: int, widths: tuple[int, int, int, int]) -> None:
        super().__init__()
        a, b, c, d = widths
        self.steps = nn.Sequential(Block(inside, a, 2), Block(a, b, 2), Block(b, c, 2), Block(c, c), Block(c, d, 2))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.steps(x)


class Turned(nn.Module):
    """The first look at a subject: how it is turned and where its box is."""

    def __init__(self, p: PlainParams) -> None:
        super().__init__()
        self.look = CloseLook(CLOSE, p.close)
        self.hidden = nn.Linear(p.close[3] * TOKENS + 3, 96)
        self.out = nn.Linear(96, len(TURN))

    def forward(self, close_B9SS: torch.Tensor, box_B3: torch.Tensor) -> torch.Tensor:
        """Rows of ``TURN``, (B, 12); ``box_B3`` is x, y and log side of the box that was looked at."""
        flat = self.look(close_B9SS).flatten(1)
        return self.out(F.silu(self.hidden(torch.cat([flat, box_B3], 1))))


class Dressed(nn.Module):
    """The second look, upright and facing right: tokens of the standing sheet and the code of the pose.

    What the codec's own encoder makes of the cut-out is where the tokens start from: a figure that stands is then
    nearly right.
    """

    def __init__(self, p: PlainParams) -> None:
        super().__init__()
        width = p.close[3]
        self.look = CloseLook(CLOSE, p.close)
        self.token = nn.Linear(p.channels + width, width)
        self.place = nn.Parameter(0.3 * torch.randn(TOKENS, width))
        self.whole = nn.Linear(width * TOKENS, width)
        self.mixing = nn.ModuleList(Mixing(width, 4) for _ in range(2))
        self.out = nn.Linear(width, p.channels)
        self.kept = nn.Parameter(torch.full((p.channels,), 0.7))
        self.code = nn.Sequential(nn.Linear(width * TOKENS, 128), nn.SiLU(), nn.Linear(128, p.code))

    def forward(self, close_B9SS: torch.Tensor, own_BNC: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Tokens (B, 16, C) and codes (B, code); ``own_BNC`` are the codec's tokens of the cut-out."""
        seen = rearrange(self.look(close_B9SS), "b d h w -> b (h w) d", h=SIDE)
        whole = F.silu(self.whole(seen.flatten(1)))
        x = self.token(torch.cat([own_BNC, seen], -1)) + self.place
        for block in self.mixing:
            x = block(x, whole)
        return self.kept * own_BNC + self.out(x), self.code(x.flatten(1))


class PlainNetwork(nn.Module):
    """All three looks."""

    def __init__(self, params: PlainParams | None = None) -> None:
        super().__init__()
        p = self.params = params or PlainParams()
        self.whole, self.turned, self.dressed = WholeLook(p), Turned(p), Dressed(p)


def filled(picture_B3HW: torch.Tensor, keep_BHW: torch.Tensor) -> torch.Tensor:
    """The picture with what is not kept (0 to 1) filled from around it: pulled to coarser pixels and pushed back.

    Source: Gortler et al. 1996, "The Lumigraph", section 3.4.
    """
    weight = keep_BHW[:, None].clamp(0, 1)
    levels = [(picture_B3HW * weight, weight)]
    while max(levels[-1][0].shape[-2:]) > 1:
        colour, weight = levels[-1]
        levels.append((_halved(colour), _halved(weight)))
    colour, weight = levels.pop()
    made = colour / weight.clamp_min(1e-4)
    for colour, weight in reversed(levels):
        above = F.interpolate(made, colour.shape[-2:], mode="bilinear", align_corners=False)
        made = torch.lerp(above, colour / weight.clamp_min(1e-4), weight.clamp(0, 1) ** 2)
    return made


def background(picture_B3HW: torch.Tensor, seen: Seen, cover_BHW: torch.Tensor) -> torch.Tensor:
    """What lies behind, (B, 4, H, W) 0 to 1 with its parallax.

    Args:
        cover_BHW: of subjects, 0 to 1.
    """
    wide = F.max_pool2d(cover_BHW[:, None], 3, 1, 1)[:, 0]
    behind = filled(picture_B3HW, 1.0 - wide) + seen.change_B3HW
    gate = torch.maximum(seen.gate_BHW.sigmoid(), wide)[:, None]
    return torch.cat([torch.lerp(picture_B3HW, behind, gate), seen.parallax_BHW[:, None]], 1)


def close(
    picture_B3HW: torch.Tensor, own_BHW: torch.Tensor, other_BHW: torch.Tensor, box_B3: torch.Tensor,
    lean_B2: torch.Tensor, right_B: torch.Tensor, wide: float = 1.0,
) -> torch.Tensor:  # fmt: skip
    """A close look at one subject of each picture, (B, 9, 64, 64): see ``CLOSE``.

    Args:
        picture_B3HW: the pictures, 0 to 1; covers may have fewer pixels.
        box_B3: x, y (up, from the middle, in frame heights) and logarithm of the side of the box.
        lean_B2: sine and cosine of how far it leans counter-clockwise.
        right_B: whether it faces right; if not, it is mirrored.
        wide: sides of the box that are shown.
    """
    aspect = picture_B3HW.shape[-1] / picture_B3HW.shape[-2]
    at = ((torch.arange(SPRITE) + 0.5) / SPRITE - 0.5).to(picture_B3HW) * wide
    up, along = torch.meshgrid(-at, at, indexing="ij")
    right = along * torch.where(right_B, 1.0, -1.0)[:, None, None]
    sin, cos = lean_B2[:, 0, None, None], lean_B2[:, 1, None, None]
    side = box_B3[:, 2].exp()[:, None, None]
    x = box_B3[:, 0, None, None] + side * (right * cos - up * sin)
    y = box_B3[:, 1, None, None] + side * (right * sin + up * cos)
    grid = torch.stack([2.0 * x / aspect, -2.0 * y], -1)
    colour = F.grid_sample(picture_B3HW, grid, mode="bilinear", padding_mode="border", align_corners=False)
    covers = torch.stack([own_BHW, other_BHW, torch.ones_like(own_BHW)], 1)
    own, other, inside = F.grid_sample(covers, grid, mode="bilinear", align_corners=False).split(1, 1)
    return torch.cat([colour * own, colour, own, other, inside], 1)


def _halved(x: torch.Tensor) -> torch.Tensor:
    return F.avg_pool2d(x, 2, ceil_mode=True)


def _twice(x: torch.Tensor) -> torch.Tensor:
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
