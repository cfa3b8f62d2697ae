"""Short-time spectra on the token's own grid: eight frames to a token, each in the middle of its hop."""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch.nn import functional as F  # noqa: N812

RATE = 24_000
"""Samples a second."""
STEP = 250
"""Samples from one frame to the next."""
WINDOW = 512
BINS = WINDOW // 2 + 1
BANDS = 64
QUIET = 1e-4
"""Amplitude of a sine, full scale 1, where levels turn from linear to logarithmic: -80 dBFS."""
_EDGE = (WINDOW - STEP) // 2


def window(size: int, like: torch.Tensor) -> torch.Tensor:
    """Hann's, periodic."""
    return torch.hann_window(size, device=like.device, dtype=like.dtype)


def spectra(wave_BN: torch.Tensor) -> torch.Tensor:
    """Complex spectra (B, BINS, N / STEP) where a sine of amplitude 1 has magnitude 1; N is a multiple of STEP."""
    shape = window(WINDOW, wave_BN)
    padded = F.pad(wave_BN, (_EDGE, _EDGE))
    return torch.stft(padded, WINDOW, STEP, window=shape, center=False, return_complex=True) * (2.0 / shape.sum())


def waves(spectrum_BFT: torch.Tensor) -> torch.Tensor:
    """The inverse of :func:`spectra`: least squares over what the frames share, (B, T · STEP)."""
    count = spectrum_BFT.shape[-1]
    shape = torch.hann_window(WINDOW, device=spectrum_BFT.device)
    frames = torch.fft.irfft(spectrum_BFT * (shape.sum() / 2.0), WINDOW, dim=1) * shape[:, None]
    both = torch.cat([frames, shape.square()[None, :, None].expand(1, -1, count)])
    length = (count - 1) * STEP + WINDOW
    laid = F.fold(both, (1, length), (1, WINDOW), stride=(1, STEP))[:, 0, 0, _EDGE : _EDGE + count * STEP]
    return laid[:-1] / laid[-1:].clamp_min(1e-3)


def level(magnitude: torch.Tensor) -> torch.Tensor:
    """Compressed magnitude: ``ln(1 + m / QUIET)``, 0 for silence, 9.2 for a full sine."""
    return torch.log1p(magnitude / QUIET)


def magnitude(level: torch.Tensor) -> torch.Tensor:
    """The inverse of :func:`level`; what is below 0 is silent."""
    return QUIET * torch.expm1(level.clamp(0.0, 10.0))


def bend(spectrum_BFT: torch.Tensor) -> torch.Tensor:
    """How far the frequency of each bin is from its centre, in bins, within ±WINDOW / (2 · STEP): from the turn of the
    phase since the frame before (the first frame's is 0). Same shape, real."""
    turned = spectrum_BFT[..., 1:] * spectrum_BFT[..., :-1].conj()
    expected = torch.polar(torch.ones(BINS, device=turned.device), _turn(turned.device))[:, None]
    return F.pad(torch.angle(turned * expected.conj()) * (WINDOW / (2.0 * math.pi * STEP)), (1, 0))


def phases(bend_BFT: torch.Tensor) -> torch.Tensor:
    """Running phase of every bin whose frequency is so far from its centre, radians: the sum of all turns so far.

    Neighbouring bins start half a turn apart, as those of one sine in the middle of the window are.
    """
    count = torch.arange(bend_BFT.shape[-1], device=bend_BFT.device)
    bins = torch.arange(BINS, device=bend_BFT.device)
    # Whole turns are left out in integers, so that long sounds lose no precision.
    base = (bins[:, None] * (count[None] * STEP + WINDOW // 2)) % WINDOW * (2.0 * math.pi / WINDOW)
    return base + (bend_BFT * (2.0 * math.pi * STEP / WINDOW)).cumsum(-1)


def _turn(device: torch.device) -> torch.Tensor:
    return (torch.arange(BINS, device=device) * STEP % WINDOW) * (2.0 * math.pi / WINDOW)


@lru_cache(maxsize=8)
def bands(size: int = WINDOW, count: int = BANDS) -> torch.Tensor:
    """Triangles on the mel scale from 50 to 12,000 Hz, each adding up to 1: (count, size / 2 + 1)."""

    def mel(hz: float) -> float:
        return 2595.0 * math.log10(1.0 + hz / 700.0)

    points = torch.linspace(mel(50.0), mel(RATE / 2.0), count + 2, dtype=torch.float64)
    edges = 700.0 * (10.0 ** (points / 2595.0) - 1.0)
    hz = torch.arange(size // 2 + 1, dtype=torch.float64) * RATE / size
    # A low band may be narrower than a bin: each reaches at least to the bins beside its centre.
    reach = RATE / size
    low = torch.minimum(edges[:-2], edges[1:-1] - reach)[:, None]
    high = torch.maximum(edges[2:], edges[1:-1] + reach)[:, None]
    middle = edges[1:-1, None]
    rows = torch.minimum((hz - low) / (middle - low), (high - hz) / (high - middle)).clamp_min(0.0)
    return (rows / rows.sum(1, keepdim=True)).float()


@lru_cache(maxsize=2)
def spread() -> torch.Tensor:
    """From bands to bins: what each bin takes of each band, (BINS, BANDS), rows adding up to 1."""
    weight = bands().mT + 1e-6 * torch.eye(BINS, BANDS)
    nearest = F.one_hot(bands().argmax(1).sub(torch.arange(BINS)[:, None]).abs().argmin(1), BANDS).float()
    covered = bands().sum(0)[:, None] > 0
    return torch.where(covered, weight / weight.sum(1, keepdim=True), nearest)
