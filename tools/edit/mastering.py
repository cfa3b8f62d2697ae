"""A mix brought to the delivery loudness, with no true peak above the limit: gain alone where that is enough, else gain
and a look-ahead limiter, tried again until the loudness is met."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import numpy as np

from tools.contract import SOUND_RATE_HZ
from tools.media import Loudness, WaveReader, WaveWriter, loudness

TARGET_LUFS, CLOSE_ENOUGH_LU = -14.0, 0.1
PEAK_LIMIT_DBTP = -1.5
"""Half a decibel under what is promised: AAC decodes to peaks a little above those it was given."""
MAX_PASSES, MAX_GAIN_DB = 5, 60.0
REACHES = tuple(round(reach_s * SOUND_RATE_HZ) for reach_s in (0.012, 0.004, 0.001))
"""Samples over which the limiter turns down before a peak and up after it: gently first, tighter where a sound as dense
as surf or rain leaves no room to be loud enough."""
LEAST_SLOPE = 0.3
OVERSAMPLING = 4
"""ITU-R BS.1770-5, annex 2: true peaks are read at four times 48 kHz."""
BLOCK = 10 * SOUND_RATE_HZ
HALO = 64
"""Samples beside a block that the interpolation filter needs."""


class Master:
    """A mix (a float wave of known loudness) that is written at any loudness; its peaks are looked for once.

    Raises:
        ValueError: the mix is silent; nothing can bring it to a loudness.
    """

    def __init__(self, mix: Path, found: Loudness) -> None:
        if found.lufs is None:
            raise ValueError("silence has no loudness to start from")
        self._wave, self._lufs, self._peak_dbtp = WaveReader(mix), found.lufs, found.true_peak_dbtp or -99.0
        self._tried: dict[int, list[tuple[float, float]]] = {reach: [] for reach in REACHES}

    @cached_property
    def _peaks(self) -> np.ndarray:
        return np.concatenate(list(_true_peaks(self._wave)))

    def write(self, out: Path, target_lufs: float = TARGET_LUFS, limit_dbtp: float = PEAK_LIMIT_DBTP) -> None:
        """Write it to ``out`` at the target loudness, limited.

        What was tried for another target is where it begins.
        """
        gain_db = min(MAX_GAIN_DB, target_lufs - self._lufs)
        if self._peak_dbtp + gain_db <= limit_dbtp:
            _write(self._wave, out, gain_db, None, limit_dbtp)
            return
        for reach, tried in self._tried.items():
            if tried:
                gain_db = min(MAX_GAIN_DB, _next_gain(tried, target_lufs))
            for _ in range(MAX_PASSES):
                _write(self._wave, out, gain_db, self._peaks, limit_dbtp, reach)
                level = loudness(out).lufs
                if level is None:
                    return
                tried.append((gain_db, level))
                if abs(level - target_lufs) <= CLOSE_ENOUGH_LU:
                    return
                if _is_full(tried):
                    break
                gain_db = min(MAX_GAIN_DB, _next_gain(tried, target_lufs))


def _is_full(tried: list[tuple[float, float]]) -> bool:
    """Whether more gain hardly makes it louder: at this reach the limiter takes back what the gain adds."""
    if len(tried) < 2 or tried[-1][0] <= tried[-2][0]:
        return False
    return (tried[-1][1] - tried[-2][1]) / (tried[-1][0] - tried[-2][0]) < LEAST_SLOPE


def _next_gain(tried: list[tuple[float, float]], target_lufs: float) -> float:
    """Where a straight line through the last two tries meets the target; the first step takes the limiter for mild."""
    gain_db, level = tried[-1]
    slope = 0.8
    if len(tried) > 1 and gain_db != tried[-2][0]:
        slope = min(1.0, max(LEAST_SLOPE, (level - tried[-2][1]) / (gain_db - tried[-2][0])))
    return gain_db + (target_lufs - level) / slope


def _true_peaks(wave: WaveReader) -> Iterator[np.ndarray]:
    """The larger side's true peak around each sample, block by block."""
    from scipy.signal import resample_poly

    for begin in range(0, wave.length, BLOCK):
        end = min(begin + BLOCK, wave.length)
        block = wave.read(begin - HALO, end + HALO)
        fine = np.abs(resample_poly(block, OVERSAMPLING, 1, axis=1)).max(axis=0)
        # The points between this sample and its two neighbours count as its own.
        around = fine.reshape(-1, OVERSAMPLING).max(axis=1)
        yield np.maximum(around, np.roll(around, 1))[HALO:-HALO].astype(np.float32)


def _write(
    wave: WaveReader, out: Path, gain_db: float, peaks: np.ndarray | None, limit_dbtp: float, reach: int = 0
) -> None:
    gain, limit = np.float32(10 ** (gain_db / 20)), np.float32(10 ** (limit_dbtp / 20))
    with WaveWriter(out, wave.length) as writer:
        for begin in range(0, wave.length, BLOCK):
            end = min(begin + BLOCK, wave.length)
            block = wave.read(begin, end) * gain
            if peaks is not None:
                block *= _reduction(peaks, gain, limit, begin, end, reach)
            writer.write(block)


def _reduction(peaks: np.ndarray, gain: np.float32, limit: np.float32, begin: int, end: int, reach: int) -> np.ndarray:
    """Factor for each sample of a block, at most what brings its peak to the limit, and smooth.

    The least factor within reach is held on both sides and then averaged over the same reach, so that the average at a
    peak holds nothing but values that are low enough for it.
    """
    from scipy.ndimage import minimum_filter1d, uniform_filter1d

    first, last = max(0, begin - 2 * reach), min(len(peaks), end + 2 * reach)
    needed = np.minimum(1.0, limit / np.maximum(peaks[first:last].astype(np.float64) * gain, 1e-9))
    held = minimum_filter1d(needed, 2 * reach + 1, mode="nearest")
    smooth = uniform_filter1d(uniform_filter1d(held, reach + 1, mode="nearest"), reach + 1, mode="nearest")
    return smooth[begin - first : end - first].astype(np.float32)
