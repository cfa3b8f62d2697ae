"""Named sounds found by ear: which, when, and not where they are not."""

from __future__ import annotations

import numpy as np
import pytest

from models.world.performance import SoundEvent
from models.world.sound import render_events
from tools.measure.listening import GOOD, listen
from tools.measure.voices import hear_voice, held_tones

RATE_HZ = 48_000


def mixed(*events: SoundEvent, seconds: float = 3.0, seed: int = 3) -> np.ndarray:
    return render_events(events, seconds, seed).numpy().mean(0)


@pytest.mark.parametrize("sound", ["bell", "footstep", "splash", "bark", "meow", "horn", "knock", "chirp", "thud"])
def test_a_sound_is_found_within_two_hops(sound: str) -> None:
    heard = listen(mixed(SoundEvent(sound, 1.2)), RATE_HZ, sound, 1.1)
    assert heard.score > GOOD
    assert heard.at_s == pytest.approx(1.2, abs=0.02)
    assert heard.score > heard.rival_score - 0.03


@pytest.mark.parametrize("late_s", [0.04, 0.08, 0.12, 0.2])
def test_the_lag_is_measured_with_its_sign(late_s: float) -> None:
    clicks = [SoundEvent("knock", 1.0 + late_s)]
    assert listen(mixed(*clicks), RATE_HZ, "knock", 1.0).at_s - 1.0 == pytest.approx(late_s, abs=0.02)


def test_of_a_row_of_steps_the_nearest_is_meant() -> None:
    steps = [SoundEvent("footstep", 0.4 + 0.36 * k, surface="wood") for k in range(6)]
    assert listen(mixed(*steps), RATE_HZ, "footstep", 1.12).at_s == pytest.approx(1.12, abs=0.02)


def test_another_sound_in_its_place_is_named() -> None:
    heard = listen(mixed(SoundEvent("bell", 1.2)), RATE_HZ, "bark", 1.2)
    assert heard.rival == "bell"
    assert heard.rival_score - heard.score > 0.25


def test_silence_is_silent() -> None:
    heard = listen(np.zeros(2 * RATE_HZ), RATE_HZ, "bell", 1.0)
    assert heard.level_db < -80
    assert heard.score < 0.5


def test_a_level_change_does_not_change_the_match() -> None:
    wave = mixed(SoundEvent("bell", 1.2), SoundEvent("footstep", 0.5))
    loud, quiet = (listen(gain * wave, RATE_HZ, "bell", 1.2) for gain in (1.0, 0.3))
    assert loud.score == pytest.approx(quiet.score, abs=0.02)


def test_syllables_are_told_from_a_steady_noise() -> None:
    rng = np.random.default_rng(0)
    noise = 0.01 * rng.standard_normal(6 * RATE_HZ)
    time = np.arange(2 * RATE_HZ) / RATE_HZ
    syllables = np.clip(np.sin(2 * np.pi * 4 * time), 0, 1)
    noise[2 * RATE_HZ : 4 * RATE_HZ] += 0.1 * np.sin(2 * np.pi * 700 * time) * syllables
    there, not_there = hear_voice(noise, (2.0, 4.0)), hear_voice(noise, (4.5, 5.8), [(2.0, 4.0)])
    assert there.rise_db > 10
    assert there.syllables > 0.6
    assert abs(not_there.rise_db) < 1
    assert not_there.syllables < 0.6


def test_held_tones_are_music_and_noise_is_not() -> None:
    time = np.arange(4 * RATE_HZ) / RATE_HZ
    chord = sum(0.1 * np.sin(2 * np.pi * f * time) for f in (220.0, 277.2, 329.6))
    assert held_tones(np.asarray(chord)) > 0.8
    assert held_tones(0.1 * np.random.default_rng(0).standard_normal(4 * RATE_HZ)) < 0.1
