"""Music: in key, on the beat, coming home, and each mood unlike the others."""

from __future__ import annotations

import time
from itertools import pairwise

import numpy as np
import pytest
import torch

from models.world.instruments import INSTRUMENTS, note_hz
from models.world.moods import CADENCES, MODES, MOOD_TABLE
from models.world.music import CEILING, SILENCE_S, compose
from models.world.score import Score, write_score
from models.world.vocabulary import MOODS

RATE = 24_000


def chord_at(score: Score, beat: float):
    return [chord for chord in score.chords if chord.beat <= beat + 1e-6][-1]


def pulse_bpm(wave: np.ndarray, rate: int, near_bpm: float) -> float:
    """The tempo within 12 % of the asked one at whose multiples (1 to 16 beats) the rises of energy repeat best."""
    hop, size = rate // 200, 512
    starts = range(0, len(wave) - size, hop)
    levels = np.log(1e-3 + np.abs(np.fft.rfft(np.stack([wave[at : at + size] for at in starts]) * np.hanning(size))))
    rises = np.maximum(0.0, levels[4:] - levels[:-4]).mean(1)
    rises -= rises.mean()
    repeat = np.fft.irfft(np.abs(np.fft.rfft(rises, 1 << 16)) ** 2)[: len(rises)]
    tempi = np.linspace(0.88 * near_bpm, 1.12 * near_bpm, 241)
    lags = np.arange(1, 17)[None] * (60.0 * 200 / tempi)[:, None]
    score = np.interp(lags, np.arange(len(repeat)), repeat).sum(1)
    return float(tempi[score.argmax()])


def test_every_mood_has_music() -> None:
    assert set(MOOD_TABLE) == set(MOODS)


@pytest.mark.parametrize("mood", MOODS)
@pytest.mark.parametrize("duration_s", [2.0, 3.7, 11.0, 31.3, 120.0])
def test_the_melody_is_in_key_and_comes_home(mood: str, duration_s: float) -> None:
    for seed in range(6):
        score = write_score(mood, None, duration_s, seed)
        scale = {(score.key + step) % 12 for step in MODES[score.mode]}
        assert np.mean([note.pitch % 12 in scale for note in score.melody]) >= 0.95
        last = max(score.melody, key=lambda note: note.beat)
        assert last.beat == score.final_beat
        assert last.pitch % 12 == score.key
        assert score.chords[-1].numeral in ("I", "i")
        assert score.chords[-2].numeral in CADENCES or duration_s < 5
        assert 0.55 <= score.ring_s <= 6.5
        assert score.seconds(score.final_beat) + score.ring_s == pytest.approx(duration_s, abs=0.01)


@pytest.mark.parametrize("mood", MOODS)
def test_downbeats_carry_chord_tones_and_voices_move_little(mood: str) -> None:
    for seed in range(4):
        score = write_score(mood, None, 60.0, seed)
        down = [n for n in score.melody if (n.beat - score.pickup) % score.beats_per_bar == 0]
        assert np.mean([n.pitch % 12 in chord_at(score, n.beat).classes for n in down]) >= 0.9
        moves = [
            abs(high - low)
            for one, two in pairwise(score.chords)
            if len(one.voicing) == len(two.voicing)
            for low, high in zip(one.voicing, two.voicing, strict=True)
        ]
        assert np.mean(moves) < 3.5
        leaps = [abs(b.pitch - a.pitch) for a, b in pairwise(score.melody)]
        assert max(leaps) <= 14
        assert np.mean([leap <= 5 for leap in leaps]) > 0.7


def test_the_motif_returns() -> None:
    """The answering phrase opens with the rhythm of the asking one."""
    score = write_score("calm", 72.0, 31.0, 1)
    bar = score.beats_per_bar
    start = score.final_beat - 8 * bar

    def rhythm(first: float) -> list[tuple[float, float]]:
        return [(n.beat - first, n.beats) for n in score.melody if first <= n.beat < first + bar]

    assert rhythm(start)
    assert rhythm(start) == rhythm(start + 4 * bar)


@pytest.mark.parametrize(
    ("mood", "tempo"), [("playful", 128.0), ("tense", 96.0), ("triumphant", 116.0), ("calm", 76.0)]
)
def test_the_tempo_asked_for_is_the_tempo_heard(mood: str, tempo: float) -> None:
    wave = compose(mood, tempo, 36.0, 3, RATE).mean(0).numpy()
    assert pulse_bpm(wave, RATE, tempo) == pytest.approx(tempo, rel=0.025)


@pytest.mark.parametrize("mood", MOODS)
def test_a_piece_is_exactly_as_long_as_asked_and_ends_in_silence(mood: str) -> None:
    for duration_s in (2.0, 7.013):
        wave = compose(mood, None, duration_s, 5, RATE)
        assert wave.shape == (2, round(duration_s * RATE))
        assert wave.dtype == torch.float32
        quiet = round(SILENCE_S * RATE)
        assert not wave[:, -quiet:].any()
        assert 0.02 < float(wave.pow(2).mean().sqrt()) < 0.2
        assert float(wave.abs().max()) <= CEILING
        assert abs(float(wave.mean())) < 1e-3
        assert float((wave[0] - wave[1]).abs().max()) > 0.01


def test_moods_are_told_apart_by_tempo_density_brightness_and_mode() -> None:
    """Nearest centroid over four seeds, leave one out, on features of the sound and the page, is right each time."""
    features: dict[str, list[np.ndarray]] = {}
    for mood in MOODS:
        for seed in range(4):
            score = write_score(mood, None, 24.0, seed)
            wave = compose(mood, None, 24.0, seed, RATE).mean(0).numpy()
            power = np.abs(np.fft.rfft(wave)) ** 2
            freqs = np.fft.rfftfreq(len(wave), 1 / RATE)
            minor = 3 in MODES[score.mode]
            features.setdefault(mood, []).append(np.array([
                np.log2(score.tempo_bpm), len(score.melody) / 24.0, np.mean([n.pitch for n in score.melody]) / 6.0,
                np.log2((power * freqs).sum() / power.sum()), 1.5 * minor, len(score.percussion) / 48.0,
            ]))  # fmt: skip
    spread = np.std([row for rows in features.values() for row in rows], axis=0)
    for mood, rows in features.items():
        for left_out, row in enumerate(rows):
            centroids = {
                name: np.mean([r for k, r in enumerate(others) if name != mood or k != left_out], axis=0)
                for name, others in features.items()
            }
            assert min(centroids, key=lambda name: float(np.linalg.norm((centroids[name] - row) / spread))) == mood


def test_the_same_seed_is_the_same_piece_and_another_is_another() -> None:
    one, two = (compose("sad", None, 5.0, 9, RATE) for _ in range(2))
    assert torch.equal(one, two)
    assert write_score("sad", None, 30.0, 1).melody != write_score("sad", None, 30.0, 2).melody


@pytest.mark.parametrize("name", ["pluck", "flute", "bowed", "brass", "electric piano", "marimba", "music box", "bass"])
def test_instruments_are_in_tune(name: str) -> None:
    """Within 6 cents of equal temperament, on the strongest partial near the fundamental."""
    play = INSTRUMENTS[name][0]
    for pitch in (45, 57, 69, 81):
        wave = play(note_hz(pitch), 1.0, 48_000)[2400:40_000]
        spectrum = np.abs(np.fft.rfft(wave * np.hanning(len(wave)), 1 << 20))
        freqs = np.fft.rfftfreq(1 << 20, 1 / 48_000)
        near = (freqs > note_hz(pitch) * 0.97) & (freqs < note_hz(pitch) * 1.03)
        heard = freqs[near][spectrum[near].argmax()]
        assert abs(1200 * np.log2(heard / note_hz(pitch))) < 6


def test_bad_requests_are_refused() -> None:
    for mood, tempo, duration_s in (
        ("grumpy", None, 10.0),
        ("calm", 10.0, 10.0),
        ("calm", None, 1.0),
        ("calm", None, 601.0),
    ):
        with pytest.raises(ValueError, match=r"mood|tempo|music"):
            compose(mood, tempo, duration_s, 0)


def test_thirty_seconds_are_played_in_less_than_four() -> None:
    began = time.process_time()
    compose("triumphant", None, 30.0, 0, 48_000)
    assert time.process_time() - began < 4.0
