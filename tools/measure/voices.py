"""Voices and music in a mixed sound track: is somebody speaking in a span, are tones held."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

RATE_HZ = 48_000
RISE_DB = 3.0
SYLLABIC = 0.42
"""Share of the envelope's fluctuation at 2 to 8 Hz, the rate of syllables (Houtgast and Steeneken, 1985)."""
INAUDIBLE_DB = -60.0
MUSICAL = 0.20


@dataclass(frozen=True)
class Voice:
    """Level of the speech band (300 to 3400 Hz) in a span, its rise over where nobody speaks, its syllabic share."""

    level_db: float
    rise_db: float
    syllables: float


def hear_voice(wave: np.ndarray, span_s: tuple[float, float], spoken: list[tuple[float, float]] | None = None) -> Voice:
    """Measure a span of (N,) mono at 48 kHz.

    Args:
        spoken: every span in which somebody speaks; the rest of the track is what the voice must rise over.
    """
    envelope = speech_envelope(wave)
    rate = 100.0
    start, stop = int(span_s[0] * rate), max(int(span_s[0] * rate) + 1, int(span_s[1] * rate))
    inside = envelope[start:stop]
    if not len(inside) or not len(envelope):
        return Voice(-120.0, 0.0, 0.0)
    free = np.ones(len(envelope), bool)
    for a, b in [*(spoken or []), span_s]:
        free[max(0, int((a - 0.1) * rate)) : int((b + 0.2) * rate)] = False
    level = _db(float(np.mean(inside**2)))
    rest = _db(float(np.mean(envelope[free] ** 2))) if free.sum() > 20 else -120.0
    return Voice(level, level - max(rest, -80.0), syllabic_share(inside, rate))


def speech_envelope(wave: np.ndarray) -> np.ndarray:
    """Envelope of the speech band at 100 Hz."""
    from scipy.signal import butter, sosfilt

    if not len(wave):
        return np.zeros(0)
    band = butter(3, [300.0, 3400.0], "bandpass", fs=RATE_HZ, output="sos")
    power = sosfilt(band, np.asarray(wave, np.float64)) ** 2
    hop = RATE_HZ // 100
    count = len(power) // hop
    return np.sqrt(power[: count * hop].reshape(count, hop).mean(1))


def syllabic_share(envelope: np.ndarray, rate_hz: float) -> float:
    """Share of the envelope's fluctuation (up to 20 Hz) that lies between 2 and 8 Hz."""
    if len(envelope) < rate_hz * 0.6:
        return 0.0
    spectrum = np.abs(np.fft.rfft((envelope - envelope.mean()) * np.hanning(len(envelope)))) ** 2
    freqs = np.fft.rfftfreq(len(envelope), 1.0 / rate_hz)
    whole = spectrum[(freqs > 0.4) & (freqs < 20.0)].sum()
    return float(spectrum[(freqs >= 2.0) & (freqs <= 8.0)].sum() / (whole + 1e-12))


def held_tones(wave: np.ndarray) -> float:
    """Share of the time in which at least two narrow peaks of the spectrum stay in place for a third of a second.

    Noise has no peaks that stay, speech glides, single calls are short.
    """
    size, hop = 8192, 2400
    mono = np.asarray(wave, np.float32)
    if len(mono) < size + 8 * hop:
        return 0.0
    frames = np.lib.stride_tricks.sliding_window_view(mono, size)[::hop]
    low, high = int(110 / RATE_HZ * size), int(2200 / RATE_HZ * size)
    window = np.hanning(size).astype(np.float32)
    level = np.stack([20 * np.log10(np.abs(np.fft.rfft(frame * window))[low:high] + 1e-6) for frame in frames])
    around = np.stack([np.roll(level, shift, 1) for shift in (-8, -6, -5, 5, 6, 8)]).mean(0)
    top = (level >= np.roll(level, 1, 1)) & (level >= np.roll(level, -1, 1))
    peak = top & (level > around + 12.0) & (level > level.max() - 55.0)
    near = peak | np.roll(peak, 1, 1) | np.roll(peak, -1, 1)
    held = peak.copy()
    for back in range(1, 7):
        held[back:] &= near[:-back]
    held[:6] = False
    return float((held.sum(1) >= 2).mean())


def _db(power: float) -> float:
    return 10.0 * float(np.log10(max(power, 1e-12)))
