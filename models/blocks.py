"""The parts of the transformer, in reading order: norms, rotary positions, attention, SwiGLU, modulation, block.

Nothing here knows what a token is. Shapes are (B, L, D); positions are real numbers and their arithmetic is fp32.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from einops import rearrange
from torch import nn
from torch.nn import functional

from models.context import Stored

THETAS = (10_000.0, 100.0, 100.0)
"""Longest over shortest wavelength along time, rows and columns."""


class RMSNorm(nn.Module):
    """``x / rms(x)``, with a learned gain if asked (Zhang and Sennrich 2019, arXiv:1910.07467). In fp32."""

    def __init__(self, width: int, gain: bool = True) -> None:
        super().__init__()
        self.width = width
        self.gain = nn.Parameter(torch.ones(width)) if gain else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        gain = None if self.gain is None else self.gain.float()
        return functional.rms_norm(x.float(), (self.width,), gain, 1e-6).type_as(x)


class FusedLinear(nn.Linear):
    """Several maps from one input in one matrix. Muon has to take it apart again, so it says how many there are."""

    def __init__(self, inside: int, outside: int, parts: int) -> None:
        super().__init__(inside, outside * parts, bias=False)
        self.parts = parts


@dataclass(frozen=True)
class Turns:
    """Cosines and sines of the angles of every token, (B, 1, L, P) fp32."""

    cos: torch.Tensor
    sin: torch.Tensor


def turns(position_BL3: torch.Tensor, head_width: int) -> Turns:
    """Angles of the 3-axis rotary embedding (Su et al. 2021, arXiv:2104.09864, one axis after the other).

    Of the P = head_width/2 pairs, 5/16 each turn with the row and the column and the rest with time; the frequencies
    of an axis fall geometrically from 1 radian a unit to 1/theta. Positions are real numbers in real units.
    """
    pairs = head_width // 2
    across = pairs * 5 // 16
    angles = []
    for axis, count in enumerate((pairs - 2 * across, across, across)):
        steps = torch.arange(count, device=position_BL3.device, dtype=torch.float32)
        frequency_P = THETAS[axis] ** (-steps / max(1, count - 1))
        angles.append(position_BL3[..., axis, None].float() * frequency_P)
    angle_BLP = torch.cat(angles, -1)[:, None]
    return Turns(angle_BLP.cos(), angle_BLP.sin())


def turn(x_BKLP2: torch.Tensor, by: Turns) -> torch.Tensor:
    """Rotate each pair (channel p, channel p + P) of queries or keys, (B, K, L, 2P), by its angle."""
    first, second = x_BKLP2.float().chunk(2, -1)
    turned = torch.cat([first * by.cos - second * by.sin, second * by.cos + first * by.sin], -1)
    return turned.type_as(x_BKLP2)


class Attention(nn.Module):
    """Full self-attention with normalised queries and keys (Dehghani et al. 2023, arXiv:2302.05442)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        if width % heads or (width // heads) % 2:
            raise ValueError(f"a width of {width} does not divide into {heads} heads of an even width")
        self.heads, self.head_width = heads, width // heads
        self.qkv = FusedLinear(width, width, 3)
        self.norm_q = RMSNorm(self.head_width)
        self.norm_k = RMSNorm(self.head_width)
        self.out = nn.Linear(width, width, bias=False)

    def forward(
        self, x_BLD: torch.Tensor, by: Turns, mask_B1LL: torch.Tensor | None = None, stored: Stored | None = None
    ) -> torch.Tensor:
        """``mask_B1LL`` is True where the token of a row may look at the token of a column; None lets all look. With
        ``stored`` rows may be fewer than columns: the keys and values of the others are those that it holds."""
        q, k, v = rearrange(self.qkv(x_BLD), "b l (three k c) -> three b k l c", three=3, k=self.heads)
        q, k = turn(self.norm_q(q), by).type_as(v), turn(self.norm_k(k), by).type_as(v)
        if stored is not None:
            k, v = stored.joined(k, v)
        y = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask_B1LL)
        return self.out(rearrange(y, "b k l c -> b l (k c)"))


class SwiGLU(nn.Module):
    """``down(silu(gate(x)) · up(x))``, Shazeer 2020 (arXiv:2002.05202)."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.gate_up = FusedLinear(width, hidden, 2)
        self.down = nn.Linear(hidden, width, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        gate, up = self.gate_up(x).chunk(2, -1)
        return self.down(functional.silu(gate) * up)


def hidden_width(width: int) -> int:
    """Width inside SwiGLU: 8/3 of the width, so that it costs as much as a plain layer of 4, in steps of 16."""
    return 16 * math.ceil(width * 8 / 3 / 16)


class RefinerBlock(nn.Module):
    """Attention and SwiGLU with plain norms: what reads the caption, which has no time of its own."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm_1, self.norm_2 = RMSNorm(width), RMSNorm(width)
        self.attention = Attention(width, heads)
        self.mlp = SwiGLU(width, hidden_width(width))

    def forward(self, x_BLD: torch.Tensor, by: Turns, mask_B1LL: torch.Tensor | None = None) -> torch.Tensor:
        x_BLD = x_BLD + self.attention(self.norm_1(x_BLD), by, mask_B1LL)
        return x_BLD + self.mlp(self.norm_2(x_BLD))


class TimeEmbedding(nn.Module):
    """Sines of t, and of the span t − r, through one small network each.

    The last layer of the span's network starts at zero: a network that is trained at r = t only has not heard of r,
    and a flow map can be trained from its weights later.
    """

    WAVES = 128

    def __init__(self, width: int) -> None:
        super().__init__()
        self.of_t = nn.Sequential(nn.Linear(2 * self.WAVES, width), nn.SiLU(), nn.Linear(width, width))
        unheard = nn.Linear(width, width)
        nn.init.zeros_(unheard.weight)
        nn.init.zeros_(unheard.bias)
        self.of_span = nn.Sequential(nn.Linear(2 * self.WAVES, width), nn.SiLU(), unheard)

    def forward(self, t: torch.Tensor, r: torch.Tensor) -> torch.Tensor:
        """(…) and (…) in [0, 1] to (…, D)."""
        return self.of_t(waves(t, self.WAVES)) + self.of_span(waves(t - r, self.WAVES))


def waves(t: torch.Tensor, count: int) -> torch.Tensor:
    """Cosines and sines of 1000·t at ``count`` frequencies from 1 to 1/10000, (…, 2·count) fp32."""
    frequency = torch.exp(-math.log(10_000) * torch.arange(count, device=t.device, dtype=torch.float32) / count)
    angle = 1000 * t.float()[..., None] * frequency
    return torch.cat([angle.cos(), angle.sin()], -1)


class Modulation(nn.Module):
    """AdaLN-single: what the time says to every block, computed once (Chen et al. 2023, arXiv:2310.00426, 2.3).

    Starts at zero, so that every gate is shut and every block is the identity.
    """

    def __init__(self, width: int, parts: int = 6) -> None:
        super().__init__()
        self.linear = FusedLinear(width, width, parts)
        nn.init.zeros_(self.linear.weight)

    def forward(self, embedding_BLD: torch.Tensor) -> torch.Tensor:
        return self.linear(functional.silu(embedding_BLD))


class RoleTable(nn.Module):
    """What a block adds to the modulation for each role, from zero; the only place where roles differ in a block."""

    def __init__(self, roles: int, width: int, parts: int) -> None:
        super().__init__()
        self.rows = nn.Parameter(torch.zeros(roles, parts * width))
        self.parts = parts

    def forward(self, shared_BLM: torch.Tensor, role_BL: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """``parts`` tensors (B, L, D)."""
        if role_BL.is_cuda:
            # The gradient of an index adds the tokens of a role one after the other; that of a product does not.
            ones_BLR = functional.one_hot(role_BL, len(self.rows)).to(shared_BLM.dtype)
            return (shared_BLM + ones_BLR @ self.rows.to(shared_BLM.dtype)).chunk(self.parts, -1)
        return (shared_BLM + functional.embedding(role_BL, self.rows)).chunk(self.parts, -1)


class Block(nn.Module):
    """One layer of the single stream: attention and SwiGLU, scaled, shifted and gated by time and role."""

    def __init__(self, width: int, heads: int, roles: int) -> None:
        super().__init__()
        self.table = RoleTable(roles, width, 6)
        self.norm_1, self.norm_2 = RMSNorm(width, gain=False), RMSNorm(width, gain=False)
        self.attention = Attention(width, heads)
        self.mlp = SwiGLU(width, hidden_width(width))

    def forward(
        self,
        x_BLD: torch.Tensor,
        shared_BLM: torch.Tensor,
        role_BL: torch.Tensor,
        by: Turns,
        mask_B1LL: torch.Tensor | None = None,
        stored: Stored | None = None,
    ) -> torch.Tensor:
        shift_1, scale_1, gate_1, shift_2, scale_2, gate_2 = self.table(shared_BLM, role_BL)
        x_BLD = x_BLD + gate_1 * self.attention(self.norm_1(x_BLD) * (1 + scale_1) + shift_1, by, mask_B1LL, stored)
        return x_BLD + gate_2 * self.mlp(self.norm_2(x_BLD) * (1 + scale_2) + shift_2)
