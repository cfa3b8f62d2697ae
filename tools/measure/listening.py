"""Is a named sound heard, and when: matched patches of the log-mel spectrogram.

The world's synthesiser says how each word of its vocabulary sounds. A few examples of every word, as patches of the
spectrogram that begin a little before the onset, are laid over the recording at every time; the similarity is a
weighted normalised correlation. A sound is heard where its own word matches well, and no other word matches clearly
better. Nothing of the scene's own event list is used.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

RATE_HZ = 24_000
HOP_S = 0.01
BANDS = 32
LOW_HZ, HIGH_HZ = 70.0, 11_000.0
BEFORE, LONGEST = 8, 56
"""Hops of a patch before the onset, and at most in all."""
FLOOR_DB = 42.0
EXAMPLES = 4
GOOD = 0.60
"""A match from which on a word may be heard; true events reach 0.63 in 99 of 100 mixtures."""
THERE_S = 0.10
VARIED = {"beep": 12, "chirp": 8, "radio": 6, "bubble": 8, "rustle": 8, "whoosh": 6}
"""Words that sound otherwise every time need more examples."""
SERIAL = frozenset({"footstep", "flap"})
"""Words whose single events follow each other, each its own: the nearest one is meant, though another be clearer."""
SURFACES = ("leaves", "sand", "stone", "snow", "grass", "wood")


@dataclass(frozen=True)
class Patch:
    """An example of a word: levels (BANDS, n) 0 to 1 and the weight of each cell, summing to 1."""

    sound: str
    levels: np.ndarray
    weights: np.ndarray


def spectrogram(wave: np.ndarray, rate_hz: int) -> np.ndarray:
    """Power in mel bands, dB above 1e-10, shape (BANDS, hops); hop h is centred on h * HOP_S.

    Args:
        wave: (N,) mono, -1 to 1.
        rate_hz: any; resampled by picking whole ratios of 48 kHz, otherwise by interpolation.
    """
    mono = _resampled(np.asarray(wave, np.float64), rate_hz)
    size, hop = 512, round(HOP_S * RATE_HZ)
    padded = np.pad(mono, (size // 2, size))
    count = max(1, len(mono) // hop)
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop][:count]
    power = np.abs(np.fft.rfft(frames * np.hanning(size), axis=1)) ** 2 / size
    return 10.0 * np.log10(_filters(size) @ power.T + 1e-10) + 100.0


def _resampled(wave: np.ndarray, rate_hz: int) -> np.ndarray:
    if rate_hz == RATE_HZ:
        return wave
    if rate_hz == 2 * RATE_HZ:
        kernel = np.array([0.25, 0.5, 0.25])
        return np.convolve(wave, kernel, "same")[::2]
    count = int(len(wave) * RATE_HZ / rate_hz)
    return np.interp(np.arange(count) / RATE_HZ, np.arange(len(wave)) / rate_hz, wave)


@lru_cache(maxsize=4)
def _filters(size: int) -> np.ndarray:
    def mel(hz: np.ndarray | float) -> np.ndarray:
        return 2595.0 * np.log10(1.0 + np.asarray(hz) / 700.0)

    edges = 700.0 * (10.0 ** (np.linspace(mel(LOW_HZ), mel(HIGH_HZ), BANDS + 2) / 2595.0) - 1.0)
    freqs = np.fft.rfftfreq(size, 1.0 / RATE_HZ)
    rows = []
    for low, mid, high in zip(edges, edges[1:], edges[2:], strict=False):
        row = np.clip(np.minimum((freqs - low) / (mid - low), (high - freqs) / (high - mid)), 0.0, None)
        if row.sum() == 0.0:
            row[np.argmin(np.abs(freqs - mid))] = 1.0
        rows.append(row / row.sum())
    return np.stack(rows)


@lru_cache(maxsize=1)
def sound_bank() -> tuple[Patch, ...]:
    """Examples of every word, made once per process (about a second)."""
    from models.world.performance import SoundEvent
    from models.world.sound import one_sound
    from models.world.vocabulary import SOUNDS

    patches = []
    for sound in SOUNDS:
        surfaces = SURFACES if sound == "footstep" else ("",)
        for surface in surfaces:
            for example in range(2 if surface else VARIED.get(sound, EXAMPLES)):
                rng = np.random.default_rng([example, zlib.crc32(sound.encode())])
                wave = one_sound(SoundEvent(sound, 0.0, surface=surface), rng, 2 * RATE_HZ)
                patches.append(_patch(sound, wave))
    return tuple(patches)


def _patch(sound: str, wave: np.ndarray) -> Patch:
    silence = np.zeros(round(BEFORE * HOP_S * 2 * RATE_HZ), wave.dtype)
    level = spectrogram(np.concatenate([silence, wave, silence]), 2 * RATE_HZ)
    peak = level.max()
    levels = np.clip((level - (peak - FLOOR_DB)) / FLOOR_DB, 0.0, 1.0)[:, :LONGEST]
    heard = np.flatnonzero(levels.max(0) > 0.35)
    levels = levels[:, : min(LONGEST, max(int(heard[-1]) + 4, BEFORE + 12))]
    weights = 0.15 + levels
    return Patch(sound, levels, weights / weights.sum())


def match(levels_db: np.ndarray, patch: Patch, hops: np.ndarray) -> np.ndarray:
    """Similarity (-1 to 1) of the patch with its onset at each of ``hops``.

    The recording is clipped to the patch's own range below the loudest cell that the patch covers, so the level of
    the sound does not matter. Cells where the recording is louder than the patch may be another sound: they count less.
    """
    length = patch.levels.shape[1]
    padded = np.pad(levels_db, ((0, 0), (BEFORE, length)), mode="constant", constant_values=float(levels_db.min()))
    windows = np.lib.stride_tricks.sliding_window_view(padded, length, axis=1)[:, hops]
    windows = windows.transpose(1, 0, 2)
    strong = patch.levels > 0.55
    gain = np.quantile(windows[:, strong] - FLOOR_DB * patch.levels[strong], 0.4, axis=1)
    seen = np.clip((windows - gain[:, None, None]) / FLOOR_DB, 0.0, 1.25)
    weights = patch.weights[None] / (1.0 + np.clip(seen - patch.levels, 0.0, None) * 3.0)
    weights /= weights.sum((1, 2), keepdims=True)
    mean_seen = (weights * seen).sum((1, 2), keepdims=True)
    mean_patch = (weights * patch.levels).sum((1, 2), keepdims=True)
    a, b = seen - mean_seen, patch.levels - mean_patch
    cross = (weights * a * b).sum((1, 2))
    energy = np.sqrt((weights * a * a).sum((1, 2)) * (weights * b * b).sum((1, 2)))
    return cross / (energy + 1e-3)


@dataclass(frozen=True)
class Heard:
    """Best match of a word near a time: where, how well, how loud, and the strongest other word there.

    ``score_there`` is the best match within ``THERE_S`` of the asked time itself.
    """

    at_s: float
    score: float
    score_there: float
    level_db: float
    rival: str
    rival_score: float


def listen(wave: np.ndarray, rate_hz: int, sound: str, at_s: float, reach_s: float = 0.5) -> Heard:
    """Look for ``sound`` around ``at_s``. ``level_db`` is the loudest cell there, dB re full scale power (about)."""
    levels = spectrogram(wave, rate_hz)
    return listen_in(levels, sound, at_s, reach_s)


def listen_in(levels: np.ndarray, sound: str, at_s: float, reach_s: float = 0.5) -> Heard:
    """As :func:`listen`, for a spectrogram that is already there."""
    count = levels.shape[1]
    centre = round(at_s / HOP_S)
    reach = round(reach_s / HOP_S)
    hops = np.arange(max(0, centre - reach), min(count, centre + reach + 1))
    if not len(hops):
        return Heard(at_s, 0.0, 0.0, -100.0, "", 0.0)
    own = np.max([match(levels, p, hops) for p in sound_bank() if p.sound == sound], axis=0)
    slack = 0.3 if sound in SERIAL else 0.01
    best = _nearest_peak(own, np.abs(hops - centre) * HOP_S, slack)
    near = hops[max(0, best - 3) : best + 4]
    rivals: dict[str, float] = {}
    for patch in sound_bank():
        if patch.sound != sound:
            score = float(match(levels, patch, near).max())
            rivals[patch.sound] = max(score, rivals.get(patch.sound, -1.0))
    rival = max(rivals, key=lambda name: rivals[name])
    after = levels[:, hops[best] : hops[best] + 12]
    there = own[np.abs(hops - centre) * HOP_S <= THERE_S]
    return Heard(float(hops[best] * HOP_S), float(own[best]), float(there.max(initial=0.0)), float(after.max()) - 100.0,
                 rival, rivals[rival])  # fmt: skip


def _nearest_peak(scores: np.ndarray, away_s: np.ndarray, slack: float) -> int:
    """Of the local maxima that come within ``slack`` of the best one, the nearest."""
    sides = np.pad(scores, 1, constant_values=-2.0)
    peaks = np.flatnonzero((scores >= sides[:-2]) & (scores >= sides[2:]))
    good = peaks[scores[peaks] >= max(GOOD, float(scores.max()) - slack)]
    if not len(good):
        return int(np.argmax(scores))
    return int(good[np.argmin(away_s[good] - 0.1 * scores[good])])
