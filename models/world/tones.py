"""The bricks of every sound: noise, bands, resonances, gliding harmonics, envelopes. All mono, numpy, no state.

Everything is vectorised over samples; the only Python loops run over a few harmonics or modes. Filters work in the
frequency domain on noise *before* it is shaped in time, so that nothing rings ahead of its onset.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Wave = NDArray[np.float32]
Curve = NDArray[np.floating[Any]]
Formant = tuple[float, float, float]
"""Centre in Hz, bandwidth in Hz, linear gain."""

HOP = 48
"""Samples between two control points of a gliding sound."""


def clock(duration_s: float, rate: int) -> Wave:
    """Return the times of ``round(duration_s * rate)`` samples in seconds."""
    return np.arange(max(1, round(duration_s * rate)), dtype=np.float32) / np.float32(rate)


def noise(count: int, rng: np.random.Generator) -> Wave:
    """Return white Gaussian noise of unit RMS."""
    return rng.standard_normal(count, dtype=np.float32)


def band_gain(freqs_hz: Curve, low_hz: float, high_hz: float, order: int = 2) -> Curve:
    """Return a Butterworth-like band-pass magnitude; 0 Hz is always removed."""
    safe = np.maximum(freqs_hz, 1e-3)
    gain = 1.0 / np.sqrt((1.0 + (low_hz / safe) ** (2 * order)) * (1.0 + (safe / high_hz) ** (2 * order)))
    gain[freqs_hz <= 0.0] = 0.0
    return gain


def banded(count: int, rate: int, low_hz: float, high_hz: float, rng: np.random.Generator, order: int = 2) -> Wave:
    """Return noise of unit RMS between two frequencies."""
    size = 1 << max(6, (count - 1).bit_length())
    gain = band_gain(np.fft.rfftfreq(size, 1.0 / rate), low_hz, high_hz, order)
    shaped = np.fft.irfft(np.fft.rfft(noise(size, rng)) * gain.astype(np.float32), size)[:count]
    return unit(shaped.astype(np.float32))


def formant_noise(count: int, rate: int, formants: Sequence[Formant], rng: np.random.Generator) -> Wave:
    """Return noise of unit RMS breathed through resonances."""
    size = 1 << max(6, (count - 1).bit_length())
    gain = resonance(np.fft.rfftfreq(size, 1.0 / rate), formants)
    gain[0] = 0.0
    shaped = np.fft.irfft(np.fft.rfft(noise(size, rng)) * gain.astype(np.float32), size)[:count]
    return unit(shaped.astype(np.float32))


def unit(wave: Wave) -> Wave:
    """Scale to unit RMS."""
    return wave / np.float32(np.sqrt(np.mean(wave * wave)) + 1e-9)


def swept_noise(centre_hz: Wave, width_hz: float, rate: int, rng: np.random.Generator) -> Wave:
    """Return noise of unit RMS whose centre frequency follows a curve (a complex low-pass noise, shifted up)."""
    count = len(centre_hz)
    size = 1 << max(6, (count - 1).bit_length())
    freqs = np.abs(np.fft.fftfreq(size, 1.0 / rate))
    spectrum = (noise(size, rng) + 1j * noise(size, rng)) * np.exp(-0.5 * (freqs / width_hz) ** 2)
    slow = np.fft.ifft(spectrum)[:count]
    shifted = np.real(slow * np.exp(1j * turns(centre_hz, rate)))
    return unit(shifted.astype(np.float32))


def turns(freq_hz: Wave | NDArray[np.float64], rate: int) -> NDArray[np.float64]:
    """Return the phase in radians of a tone whose frequency follows a curve, starting at 0."""
    steps = np.asarray(freq_hz, np.float64) * (2.0 * np.pi / rate)
    return np.cumsum(steps) - steps[0]


def curve(times: Wave, points: Sequence[tuple[float, float]]) -> Wave:
    """Interpolate (second, value) points over the sample times."""
    xs, ys = zip(*points, strict=True)
    return np.interp(times, xs, ys).astype(np.float32)


def resonance(freqs_hz: Curve, formants: Sequence[Formant]) -> Curve:
    """Return the summed magnitude of second-order resonances."""
    total = np.zeros_like(freqs_hz)
    for centre_hz, width_hz, gain in formants:
        total += gain / np.sqrt(1.0 + ((freqs_hz - centre_hz) / (0.5 * width_hz)) ** 2)
    return total


def strike(
    duration_s: float,
    rate: int,
    freqs_hz: Sequence[float],
    decays_s: Sequence[float],
    gains: Sequence[float],
    attack_s: float = 0.0004,
) -> Wave:
    """Return a struck body: decaying sine modes that begin at the first sample. ``decays_s`` are times to 1/e."""
    times = clock(duration_s, rate)
    total = np.zeros_like(times)
    for freq_hz, decay_s, gain in zip(freqs_hz, decays_s, gains, strict=True):
        if freq_hz < 0.48 * rate:
            reach = min(len(times), int(9.0 * decay_s * rate) + 1)
            near = times[:reach]
            phase = np.float32(2.0 * np.pi * freq_hz) * near
            total[:reach] += np.float32(gain) * np.exp(-near / np.float32(decay_s)) * np.sin(phase)
    return total * np.minimum(1.0, times / np.float32(attack_s) + 0.05).astype(np.float32)


def harmonics(
    freq_hz: Wave,
    rate: int,
    formant_track: Sequence[tuple[float, Sequence[Formant]]],
    tilt: float = 1.0,
    most: int = 40,
) -> Wave:
    """Return a gliding harmonic tone coloured by moving resonances (additive source and filter).

    Args:
        freq_hz: fundamental per sample.
        formant_track: (share of the sound 0 to 1, formants) in order; all with equally many formants.
        tilt: harmonic h starts with amplitude ``h ** -tilt``.
        most: harmonics at most; those above 0.45 of the rate are silent.

    Sines of the harmonics come from the Chebyshev recurrence sin(hx) = 2 cos(x) sin((h-1)x) - sin((h-2)x).
    """
    count = len(freq_hz)
    frames = -(-count // HOP)
    padded = np.pad(np.asarray(freq_hz, np.float64), (0, frames * HOP - count), mode="edge")
    phase = turns(padded, rate)
    at = np.minimum(np.arange(frames + 1) * HOP, frames * HOP - 1)
    control_hz = padded[at]
    track = _formants_at(formant_track, np.linspace(0.0, 1.0, frames + 1))
    ramp = np.linspace(0.0, 1.0, HOP, endpoint=False)
    twice_cos = 2.0 * np.cos(phase)
    before, now = np.zeros_like(phase), np.sin(phase)
    total = np.zeros((frames, HOP))
    highest = min(most, int(0.45 * rate / max(20.0, float(control_hz.min()))))
    for harmonic in range(1, highest + 1):
        partial_hz = control_hz * harmonic
        level = np.zeros(frames + 1)
        for centre, width, gain in track:
            level += gain / np.sqrt(1.0 + ((partial_hz - centre) / (0.5 * width)) ** 2)
        level *= harmonic**-tilt
        level[partial_hz > 0.45 * rate] = 0.0
        total += now.reshape(frames, HOP) * (level[:-1, None] + np.diff(level)[:, None] * ramp)
        before, now = now, twice_cos * now - before
    return total.reshape(-1)[:count].astype(np.float32)


def _formants_at(
    track: Sequence[tuple[float, Sequence[Formant]]], shares: NDArray[np.float64]
) -> list[tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]]:
    places = [share for share, _ in track]
    columns = []
    for slot in range(len(track[0][1])):
        rows = [np.interp(shares, places, [formants[slot][axis] for _, formants in track]) for axis in range(3)]
        columns.append((rows[0], rows[1], rows[2]))
    return columns


def wander(count: int, rate: int, speed_hz: float, rng: np.random.Generator) -> Wave:
    """Return a smooth random curve of about unit RMS that changes ``speed_hz`` times a second."""
    knots = max(4, int(count / rate * speed_hz) + 4)
    values = rng.standard_normal(knots)
    return np.interp(np.linspace(0, knots - 1, count), np.arange(knots), values).astype(np.float32)


def crackle(
    duration_s: float,
    rate: int,
    per_s: float,
    low_hz: float,
    high_hz: float,
    rng: np.random.Generator,
    decay_s: float = 0.004,
) -> Wave:
    """Return small clicks at random times with random weights: dry leaves, gravel, fire."""
    count = max(1, round(duration_s * rate))
    sparse = np.zeros(count, np.float32)
    number = max(2, int(duration_s * per_s))
    sparse[rng.integers(0, count, number)] = rng.exponential(1.0, number).astype(np.float32)
    grain = np.exp(-clock(decay_s * 6, rate) / decay_s).astype(np.float32)
    dense = np.convolve(sparse, grain)[:count] * banded(count, rate, low_hz, high_hz, rng)
    return unit(dense.astype(np.float32))


def rise_fall(times: Wave, attack_s: float, decay_s: float) -> Wave:
    """Return an envelope that rises as a half cosine and falls exponentially (1/e after ``decay_s``)."""
    rise = 0.5 - 0.5 * np.cos(np.pi * np.clip(times / max(attack_s, 1e-5), 0.0, 1.0))
    return (rise * np.exp(-np.maximum(0.0, times - attack_s) / decay_s)).astype(np.float32)


def swell(times: Wave, attack_s: float, release_s: float) -> Wave:
    """Return an envelope of 1 with half-cosine sides."""
    end_s = float(times[-1])
    rise = np.clip(times / max(attack_s, 1e-5), 0.0, 1.0)
    fall = np.clip((end_s - times) / max(release_s, 1e-5), 0.0, 1.0)
    return (0.25 * (1.0 - np.cos(np.pi * rise)) * (1.0 - np.cos(np.pi * fall))).astype(np.float32)


def settled(wave: Wave, rate: int, attack_s: float = 0.0003, release_s: float = 0.012) -> Wave:
    """Return the sound with silent ends and no direct current, so that it can be laid anywhere without a click."""
    times = clock(len(wave) / rate, rate)[: len(wave)]
    window = swell(times, attack_s, min(release_s, 0.4 * len(wave) / rate))
    shaped = wave * window
    return (shaped - window * (shaped.sum(dtype=np.float64) / max(1e-9, window.sum(dtype=np.float64)))).astype(
        np.float32
    )


def place(into: Wave, wave: Wave, at: int) -> None:
    """Add ``wave`` to ``into`` from sample ``at``; what falls outside either end is left out."""
    start, stop = max(0, at), min(len(into), at + len(wave))
    if stop > start:
        into[start:stop] += wave[start - at : stop - at]


def row(duration_s: float, rate: int, pieces: Sequence[tuple[float, Wave]]) -> Wave:
    """Return pieces laid at their times (seconds, wave) into one sound of the given length."""
    total = np.zeros(max(1, round(duration_s * rate)), np.float32)
    for at_s, piece in pieces:
        place(total, piece, round(at_s * rate))
    return total


def room(wave: Wave, rate: int, decay_s: float, wet: float, rng: np.random.Generator) -> Wave:
    """Return the sound with a short diffuse tail (convolution with decaying noise); twice ``decay_s`` longer."""
    tail_s = 2.0 * decay_s
    times = clock(tail_s, rate)
    impulse = noise(len(times), rng) * np.exp(-times * (3.0 / decay_s)) * np.minimum(1.0, times / 0.008)
    impulse /= np.float32(np.sqrt(np.sum(impulse * impulse)) + 1e-9)
    count = len(wave) + len(times)
    size = 1 << (count - 1).bit_length()
    wetted = np.fft.irfft(np.fft.rfft(wave, size) * np.fft.rfft(impulse, size), size)[:count].astype(np.float32)
    total = np.float32(wet) * wetted
    total[: len(wave)] += wave
    return total
