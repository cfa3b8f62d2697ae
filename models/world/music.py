"""Music by mood: a score is written (:mod:`score`), then played, placed in a room and set to level."""

from __future__ import annotations

import numpy as np
import torch

from models.world.instruments import INSTRUMENTS, PERCUSSION, note_hz
from models.world.moods import MOOD_TABLE
from models.world.score import Note, Score, write_score
from models.world.tones import Wave, clock, noise

LEVEL_DB = -20.0
"""RMS of the sounding part of a piece, relative to full scale."""
CEILING = 0.89
SILENCE_S = 0.05
"""Nothing sounds in the last moments of a piece."""
_BLOCK = 1 << 17


def compose(mood: str, tempo_bpm: float | None, duration_s: float, seed: int, rate: int = 48_000) -> torch.Tensor:
    """Write and play a piece.

    Args:
        mood: from ``vocabulary.MOODS``.
        tempo_bpm: 40 to 200, or None for one that suits the mood.
        duration_s: 2 to 600; the last chord rings out inside it.
        seed: another piece of the same mood.

    Returns:
        (2, N) float32 within ±0.89, N = round(duration_s * rate).

    Raises:
        ValueError: for an unknown mood or numbers out of range.
    """
    return play_score(write_score(mood, tempo_bpm, duration_s, seed), seed, rate)


def play_score(score: Score, seed: int, rate: int = 48_000) -> torch.Tensor:
    """Play a score: humanised by the seed (5 ms and 6 % of velocity), in stereo, with a room. See :func:`compose`."""
    count = round(score.duration_s * rate)
    rng = np.random.default_rng([seed & 0xFFFFFFFF, 77])
    kind = MOOD_TABLE[score.mood]
    mix = np.zeros((2, count), np.float32)
    made: dict[tuple[str, int, int], Wave] = {}
    for note in (*score.melody, *score.harmony, *score.bass, *score.percussion):
        instrument = note.part if note.part in PERCUSSION else kind.parts[note.part]
        if instrument:
            _lay(mix, note, instrument, score, made, rng, rate)
    _add_room(mix, kind.reverb_s, kind.wet, rate)
    _master(mix, score, rate)
    return torch.from_numpy(mix)


def _lay(
    mix: Wave,
    note: Note,
    instrument: str,
    score: Score,
    made: dict[tuple[str, int, int], Wave],
    rng: np.random.Generator,
    rate: int,
) -> None:
    """Add one note where its instrument sits; notes of the last chord last until the end of the piece."""
    late_s, louder = 0.005 * rng.standard_normal(), 1.0 + 0.06 * rng.standard_normal()
    start_s = score.seconds(note.beat)
    length_s = score.seconds(note.beat + note.beats) - start_s
    if note.beat >= score.final_beat:
        length_s = max(0.2, score.duration_s - start_s - 0.3)
    steps = max(1, round(length_s * 20))
    place = (instrument, note.pitch, steps)
    if place not in made:
        made[place] = INSTRUMENTS[instrument][0](note_hz(note.pitch), steps / 20, rate)
    wave = made[place]
    start = max(0, round((start_s + late_s) * rate))
    stop = min(mix.shape[1], start + len(wave))
    if stop > start:
        _, peak, pan = INSTRUMENTS[instrument]
        angle = (pan + 1.0) * np.pi / 4.0
        loud = peak * louder * note.velocity**1.3
        mix[0, start:stop] += wave[: stop - start] * np.float32(loud * np.cos(angle))
        mix[1, start:stop] += wave[: stop - start] * np.float32(loud * np.sin(angle))


def _add_room(mix: Wave, decay_s: float, level: float, rate: int) -> None:
    """Add the sound of a room: convolution with decaying noise that darkens, overlap-added in blocks."""
    rng = np.random.default_rng(1234)
    times = clock(1.4 * decay_s, rate)
    tails = []
    for _ in range(2):
        bright, dull = noise(len(times), rng), noise(len(times), rng)
        dull = np.convolve(dull, np.hanning(14) / 3.5, mode="same").astype(np.float32)
        tail = 0.35 * bright * np.exp(-times * (11.0 / decay_s)) + dull * np.exp(-times * (6.9 / decay_s))
        shaped = tail * np.minimum(1.0, times / 0.012)
        tails.append(shaped / np.sqrt(np.sum(shaped * shaped)))
    size = 1 << (len(times) + _BLOCK - 1).bit_length()
    responses = np.fft.rfft(np.stack(tails).astype(np.float32), size) * np.float32(level)
    count = mix.shape[1]
    step = size - len(times) + 1
    # Blocks are taken from the last to the first, so that each is still dry when it is read.
    for first in reversed(range(0, count, step)):
        dry = mix[:, first : first + step]
        crossed = dry[::-1] * np.float32(0.3) + dry * np.float32(0.7)
        block = np.fft.irfft(np.fft.rfft(crossed, size) * responses, size)
        stop = min(count, first + size)
        mix[:, first:stop] += block[:, : stop - first].astype(np.float32)


def _master(mix: Wave, score: Score, rate: int) -> None:
    """Set the level, round off the peaks, fade the last ring into silence, remove direct current; in place."""
    mix -= mix.mean(axis=1, keepdims=True)
    sounding = mix[:, : round(score.seconds(score.final_beat) * rate) + rate // 2]
    power = float(np.vdot(sounding[0], sounding[0]) + np.vdot(sounding[1], sounding[1])) / sounding.size
    mix *= np.float32(10.0 ** (LEVEL_DB / 20.0) / max(1e-6, np.sqrt(power)))
    knee = 0.6
    loud = np.nonzero(np.abs(mix) > knee)
    peaks = mix[loud]
    rounded = knee + (CEILING - knee) * np.tanh((np.abs(peaks) - knee) / (CEILING - knee))
    mix[loud] = np.sign(peaks) * rounded
    count = mix.shape[1]
    quiet = round(SILENCE_S * rate)
    fade = min(round(1.5 * rate), round(0.7 * score.ring_s * rate), count - quiet)
    mix[:, count - quiet :] = 0.0
    mix[:, count - quiet - fade : count - quiet] *= (0.5 + 0.5 * np.cos(np.linspace(0.0, np.pi, fade))).astype(
        np.float32
    )
    opening = min(count, round(0.004 * rate))
    mix[:, :opening] *= np.linspace(0.0, 1.0, opening, dtype=np.float32)
