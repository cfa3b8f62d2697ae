"""What the sound codec does to waves that it was never trained on, in numbers."""

from __future__ import annotations

import math

import numpy as np
import torch

from models.sound.codec import HOP, RATE, SoundCodec
from models.sound.spectrum import bands, spectra

ENVELOPE = 60
"""Samples of a point of the envelope, 2.5 ms."""
RISEN = 0.1
"""A sound has begun where its envelope first reaches this share of its peak."""
FLOOR_DB = -80.0


def metrics(codec: SoundCodec, waves: dict[str, list[np.ndarray]]) -> dict[str, float]:
    """Through the codec and back, on foley (scenes and single sounds).

    ``lsd_db``: log-spectral distance, root mean square over bins, mean over frames that are heard; ``mel_db``: mean
    absolute difference of levels in bands, of the same frames; both of levels above -80 dBFS. ``onset_ms``: median of
    how far the beginning of a single sound is moved, ``onset_worst_ms`` its 90th percentile. ``level_db``: median
    change of loudness. ``silence_dbfs``: what silence becomes, -200 at least.
    """
    rows: list[tuple[float, float, float]] = []
    lags: list[float] = []
    for kind in ("scene", "single"):
        for wave in waves.get(kind, ()):
            true = torch.from_numpy(wave)
            if float(true.square().mean().sqrt()) < 1e-4:
                continue
            made = codec.decode(codec.encode(true))[: len(true)]
            rows.append((*distances(made, true), decibel(made) - decibel(true)))
            if kind == "single":
                lags.append(abs(begins_ms(made) - begins_ms(true)))
    silence = codec.decode(codec.encode(torch.zeros(RATE)))
    lsd, mel, loud = zip(*rows, strict=True)
    found = {
        "lsd_db": np.mean(lsd), "mel_db": np.mean(mel), "level_db": np.median(loud), "onset_ms": np.median(lags),
        "onset_worst_ms": np.quantile(lags, 0.9), "silence_dbfs": max(-200.0, decibel(silence)),
    }  # fmt: skip
    return {name: round(float(value), 2) for name, value in found.items()}


def distances(made_N: torch.Tensor, true_N: torch.Tensor) -> tuple[float, float]:
    """Log-spectral distance and mean difference of bands, dB, over the frames where either is heard."""
    length = len(true_N) // HOP * HOP
    power = spectra(torch.stack([made_N[:length], true_N[:length]])).abs().square()
    wide = torch.einsum("kf,bft->bkt", bands(), power)
    made, true = (10.0 * (power + 10.0 ** (FLOOR_DB / 10.0)).log10()).unbind(0)
    made_wide, true_wide = (10.0 * (wide + 10.0 ** (FLOOR_DB / 10.0)).log10()).unbind(0)
    heard = wide.amax((0, 1)) > 10.0 ** (-70.0 / 10.0)
    lsd = (made - true).square().mean(0).sqrt()[heard].mean()
    return float(lsd), float((made_wide - true_wide).abs()[:, heard].mean())


def begins_ms(wave_N: torch.Tensor) -> float:
    """When the envelope first reaches ``RISEN`` of its peak."""
    length = len(wave_N) // ENVELOPE * ENVELOPE
    strength = wave_N[:length].unflatten(0, (-1, ENVELOPE)).square().mean(1).sqrt()
    first = int((strength >= RISEN * strength.max()).int().argmax())
    return 1000.0 * first * ENVELOPE / RATE


def decibel(wave_N: torch.Tensor) -> float:
    """Level re full scale of the root mean square."""
    return 20.0 * math.log10(float(wave_N.square().mean().sqrt()) + 1e-12)
