"""The ear: which sounds of the world's vocabulary begin when, from a recording. ``models.judge.train_ear`` teaches it.

A sound event detector of the usual build: log-mel bands, a convolutional network, one curve per sound (Cakir et al.
2017, without the recurrence).
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

from models import checkpoint
from models.judge.network import WEIGHTS, card_path
from models.world.vocabulary import SOUNDS

KIND = "ear"
RATE_HZ = 24_000
HOP, WINDOW, BANDS = 240, 600, 48
LOW_HZ, HIGH_HZ = 60.0, 11_500.0
STEP_S = 2 * HOP / RATE_HZ
"""Seconds from one point of the curves to the next."""
FLOOR_DB = -75.0


@dataclass(frozen=True)
class EarParams:
    """Channels of the four rounds over time and bands, and of the mixing over time."""

    first: int = 20
    second: int = 32
    third: int = 48
    fourth: int = 64
    time: int = 128
    rounds: int = 4

    @classmethod
    def examiner(cls) -> EarParams:
        return cls(24, 36, 44, 56, 112, 5)

    @classmethod
    def tiny(cls) -> EarParams:
        return cls(4, 4, 4, 8, 8, 1)


@lru_cache(maxsize=2)
def mel_filters() -> torch.Tensor:
    """Triangles of equal width on the mel scale (BANDS, WINDOW // 2 + 1), each adding up to 1."""

    def mel(hz: float) -> float:
        return 2595.0 * math.log10(1.0 + hz / 700.0)

    points = torch.linspace(mel(LOW_HZ), mel(HIGH_HZ), BANDS + 2, dtype=torch.float64)
    edges = 700.0 * (10.0 ** (points / 2595.0) - 1.0)
    hz = torch.arange(WINDOW // 2 + 1, dtype=torch.float64) * RATE_HZ / WINDOW
    rising = (hz[None] - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - hz[None]) / (edges[2:] - edges[1:-1])[:, None]
    rows = torch.minimum(rising, falling).clamp_min(0.0)
    # A low band may lie between two frequencies of the transform.
    nearest = F.one_hot((hz[None] - edges[1:-1, None]).abs().argmin(1), len(hz)).double()
    rows = torch.where(rows.sum(1, keepdim=True) > 0, rows, nearest)
    return (rows / rows.sum(1, keepdim=True)).float()


def mels(wave_BN: torch.Tensor) -> torch.Tensor:
    """Levels in bands, dB within ``FLOOR_DB`` and 0, brought to about -1 to 1: (B, BANDS, T), T = N // HOP + 1.

    Args:
        wave: mono at ``RATE_HZ``, -1 to 1.
    """
    window = torch.hann_window(WINDOW)
    spectrum = torch.stft(wave_BN, WINDOW, HOP, window=window, return_complex=True, center=True, pad_mode="constant")
    power = torch.einsum("kf,bft->bkt", mel_filters(), spectrum.abs().square()) / window.square().sum()
    level = 10.0 * torch.log10(power + 1e-10)
    return (level.clamp(FLOOR_DB, 0.0) - FLOOR_DB / 2.0) / (-FLOOR_DB / 2.0)


class _Round(nn.Module):
    def __init__(self, inside: int, outside: int, pool: tuple[int, int]) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inside, outside, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(outside)
        self.pool = pool

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.max_pool2d(F.silu(self.norm(self.conv(x))), self.pool, ceil_mode=True)


class Ear(nn.Module):
    """Log-mel levels (B, BANDS, T) to logits of every sound beginning at every ``STEP_S``: (B, T / 2, sounds)."""

    def __init__(self, params: EarParams | None = None) -> None:
        super().__init__()
        p = self.params = params or EarParams()
        self.body = nn.Sequential(
            _Round(2, p.first, (2, 1)), _Round(p.first, p.second, (2, 2)), _Round(p.second, p.third, (2, 1)),
            _Round(p.third, p.fourth, (2, 1)),
        )  # fmt: skip
        self.flat = nn.Conv1d(p.fourth * (BANDS // 16), p.time, 1)
        self.near = nn.ModuleList(
            nn.Conv1d(p.time, p.time, 5, padding=2 * 2**n, dilation=2**n) for n in range(p.rounds)
        )
        self.norms = nn.ModuleList(nn.GroupNorm(4, p.time) for _ in range(p.rounds))
        self.answer = nn.Conv1d(p.time, len(SOUNDS), 1)
        nn.init.constant_(self.answer.bias, -4.0)  # type: ignore[arg-type]

    def forward(self, levels_BKT: torch.Tensor) -> torch.Tensor:
        # Next to the level itself, by how much it rises: an onset is a rise.
        rise = F.pad(levels_BKT[..., 1:] - levels_BKT[..., :-1], (1, 0))
        x = self.body(torch.stack([levels_BKT, 3.0 * rise], 1))
        y = self.flat(x.flatten(1, 2))
        for conv, norm in zip(self.near, self.norms, strict=True):
            y = y + F.silu(conv(norm(y)))
        return self.answer(y).transpose(1, 2).float()


def ear_card(role: str) -> Path:
    """Where the card of a role's ear lies."""
    card_path(role)
    return WEIGHTS / f"{role}-ear.json"


def ear_config(net: Ear) -> dict[str, int]:
    return asdict(net.params)


@lru_cache(maxsize=4)
def load_ear(path: Path) -> Ear:
    """The trained network, ready to listen.

    Raises:
        CheckpointRefused: weights or card are missing or changed.
    """
    tensors, card = checkpoint.load(path, kind=KIND)
    net = Ear(EarParams(**{name: int(value) for name, value in card.config.items()}))
    checkpoint.fit(path, tensors, net.state_dict())
    net.load_state_dict(tensors, strict=True)
    return net.eval()


@torch.inference_mode()
def hear(net: Ear, wave_CN: np.ndarray, rate_hz: int) -> torch.Tensor:
    """Logits (T, sounds) of a recording (N,) or (channels, N) of any rate; row t is at ``t * STEP_S`` seconds.

    The recording is brought to one loudness first, so that how loud it is does not count.
    """
    mono = np.asarray(wave_CN, np.float32)
    mono = mono.mean(0) if mono.ndim == 2 else mono
    wave = at_rate(torch.from_numpy(mono), rate_hz)
    return net(mels(levelled(wave)[None]))[0]


def at_rate(wave_N: torch.Tensor, rate_hz: int) -> torch.Tensor:
    """A wave at ``RATE_HZ``: every second sample after a short low-pass, or interpolated."""
    if rate_hz == RATE_HZ:
        return wave_N
    if rate_hz == 2 * RATE_HZ:
        kernel = torch.tensor([-0.03, 0.0, 0.28, 0.5, 0.28, 0.0, -0.03])[None, None]
        return F.conv1d(wave_N[None, None], kernel, padding=3)[0, 0, ::2]
    count = max(1, int(len(wave_N) * RATE_HZ / rate_hz))
    return F.interpolate(wave_N[None, None], size=count, mode="linear", align_corners=False)[0, 0]


def levelled(wave_N: torch.Tensor) -> torch.Tensor:
    """The wave with its loudest 20 ms at a mean square of -12 dB; silence stays silence."""
    blocks = F.avg_pool1d(wave_N.square()[None, None], 480, 240, ceil_mode=True) if len(wave_N) >= 480 else None
    loudest = float(blocks.max()) if blocks is not None else float(wave_N.square().mean())
    return wave_N if loudest < 1e-8 else wave_N * math.sqrt(10.0**-1.2 / loudest)
