"""Foley and ambience: onsets, partials, sides, levels and seams with known answers."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models.world import ambience, foley, sound
from models.world.performance import SoundEvent
from models.world.scene import Scene
from models.world.vocabulary import AMBIENCES, SETTINGS, SOUNDS, SURFACES, TIMES, WEATHERLESS, WEATHERS

RATE = 24_000
PERCUSSIVE = ("footstep", "splash", "bounce", "thunder", "bell", "thud", "clank", "knock", "chime", "bark", "beep")


def onset_s(wave: np.ndarray, rate: int) -> float:
    """The first moment at which a 1 ms window reaches a tenth of the loudest one in the first 50 ms."""
    width = rate // 1000
    energy = np.convolve(wave**2, np.ones(width), mode="full")[width - 1 :]
    first = int(np.argmax(np.abs(wave) > 0))
    reach = energy[first : first + rate // 20].max()
    return float(np.argmax(energy > 0.1 * reach)) / rate


def test_every_word_has_its_own_sound_and_no_other_does() -> None:
    assert set(sound.MAKERS) == set(SOUNDS)
    assert len({maker for maker, _ in sound.MAKERS.values()}) == len(SOUNDS)
    assert set(ambience.BEDS) == set(AMBIENCES)


@pytest.mark.parametrize("name", PERCUSSIVE)
def test_percussive_sounds_begin_when_they_are_asked_to(name: str) -> None:
    for seed, at_s in enumerate((0.25, 0.7013)):
        wave = sound.render_events([SoundEvent(name, at_s)], 2.0, seed, RATE).sum(0).numpy()
        assert abs(onset_s(wave, RATE) - at_s) < 0.005


@pytest.mark.parametrize("name", SOUNDS)
def test_nothing_is_heard_before_the_onset_and_something_within_a_millisecond(name: str) -> None:
    start = round(0.5 * RATE)
    wave = sound.render_events([SoundEvent(name, 0.5)], 1.5, 3, RATE)[0].numpy()
    assert not wave[:start].any()
    assert np.abs(wave[start : start + RATE // 1000 + 1]).max() > 1e-4 * np.abs(wave).max()


@pytest.mark.parametrize("name", SOUNDS)
def test_each_sound_has_no_direct_current_no_click_and_its_usual_level(name: str) -> None:
    wave = sound.one_sound(SoundEvent(name, 0.0), np.random.default_rng(5), 48_000)
    assert abs(float(wave.mean())) < 1e-5
    assert np.abs(wave[-8:]).max() < 1e-3
    assert np.abs(wave).max() == pytest.approx(sound.MAKERS[name][1], rel=1e-5)


def test_the_partials_of_the_bell_are_those_of_a_church_bell() -> None:
    wave = sound.one_sound(SoundEvent("bell", 0.0), np.random.default_rng(0), 48_000)[:96_000]
    spectrum = np.abs(np.fft.rfft(wave * np.hanning(len(wave)), 1 << 18))
    freqs = np.fft.rfftfreq(1 << 18, 1 / 48_000)
    floor = np.median(spectrum[(freqs > 200) & (freqs < 2500)])
    for ratio in foley.BELL_PARTIALS[:5]:
        wanted = foley.BELL_PRIME_HZ * ratio
        near = (freqs > wanted * 0.97) & (freqs < wanted * 1.03)
        assert freqs[near][spectrum[near].argmax()] == pytest.approx(wanted, abs=1.5)
        assert spectrum[near].max() > 20 * floor


def test_the_falling_pitch_of_an_animal_is_where_it_should_be() -> None:
    """A hoot is nearly one tone of 330 to 380 Hz; a chirp is above 3 kHz; a growl is mostly below 800 Hz."""

    def centroid(name: str) -> float:
        wave = sound.one_sound(SoundEvent(name, 0.0), np.random.default_rng(1), 48_000)
        power = np.abs(np.fft.rfft(wave)) ** 2
        return float((power * np.fft.rfftfreq(len(wave), 1 / 48_000)).sum() / power.sum())

    assert 300 < centroid("hoot") < 420
    assert centroid("chirp") > 3000
    assert centroid("growl") < 900
    assert centroid("growl") < centroid("bark") < centroid("squeak")


def test_pan_left_is_louder_left_and_centre_is_even() -> None:
    for pan, check in ((-0.7, 1), (0.7, -1), (0.0, 0)):
        left, right = sound.render_events([SoundEvent("bell", 0.1, pan=pan)], 1.0, 0, RATE).pow(2).mean(1).tolist()
        assert np.sign(round(left - right, 9)) == check
    one = sound.render_events([SoundEvent("bell", 0.1, pan=-1.0)], 1.0, 0, RATE)
    assert float(one[1].abs().max()) < 1e-6


def test_gain_is_in_decibels() -> None:
    loud, soft = (sound.render_events([SoundEvent("thud", 0.0, gain_db=g)], 1.0, 0, RATE).abs().max() for g in (0, -6))
    assert float(loud / soft) == pytest.approx(10 ** (6 / 20), rel=1e-4)


def test_surfaces_sound_different() -> None:
    surfaces = sorted(set(SURFACES.values()) - {""})
    waves = [sound.one_sound(SoundEvent("footstep", 0.0, surface=s), np.random.default_rng(4), RATE) for s in surfaces]
    spectra = []
    for wave in waves:
        bands = np.add.reduceat(np.abs(np.fft.rfft(wave, 16_384)) ** 2, [0, 100, 300, 800, 2000, 4500])
        spectra.append(np.sqrt(bands / bands.sum()))
    for first in range(len(spectra)):
        for second in range(first):
            assert float(spectra[first] @ spectra[second]) < 0.999, (surfaces[first], surfaces[second])


def test_a_crowd_of_loud_sounds_does_not_clip() -> None:
    events = [
        SoundEvent(name, 0.2 + 0.01 * i, gain_db=12.0) for i, name in enumerate(("roar", "thunder", "thud", "bark"))
    ]
    mix = sound.render_events(events, 2.0, 0, RATE)
    assert float(mix.abs().max()) <= sound.CEILING + 1e-6
    at_ceiling = "".join("1" if top else "0" for top in (mix[0].abs() > 0.9999 * mix[0].abs().max()).tolist())
    assert max(len(run) for run in at_ceiling.split("0")) < 8, "flat tops are clipping"


def test_shape_length_type_determinism_and_variation() -> None:
    events = [SoundEvent("footstep", 0.3, surface="snow"), SoundEvent("meow", 1.0), SoundEvent("bell", 9.0)]
    one, two = (sound.render_events(events, 2.517, 7, RATE) for _ in range(2))
    assert one.shape == (2, round(2.517 * RATE))
    assert one.dtype == torch.float32
    assert torch.equal(one, two)
    assert not torch.equal(one, sound.render_events(events, 2.517, 8, RATE))
    assert not sound.render_events([], 1.0, 0, RATE).any()


def test_unknown_sounds_and_impossible_durations_are_refused() -> None:
    with pytest.raises(ValueError, match="kazoo"):
        sound.render_events([SoundEvent("kazoo", 0.0)], 1.0, 0)
    with pytest.raises(ValueError, match="duration"):
        sound.render_events([], 0.0, 0)
    with pytest.raises(ValueError, match="disco"):
        ambience.render_bed(("disco",), RATE, 0.0, 1.0)


@pytest.mark.parametrize("name", AMBIENCES)
def test_a_bed_runs_on_over_a_cut_and_is_heard_but_not_loud(name: str) -> None:
    whole = ambience.render_bed((name,), RATE, 7.0, 8.0)
    parts = [ambience.render_bed((name,), RATE, 7.0, 3.3), ambience.render_bed((name,), RATE, 10.3, 4.7)]
    assert float((whole - torch.cat(parts, 1)).abs().max()) < 1e-4
    level_db = 20 * np.log10(float(whole.pow(2).mean().sqrt()))
    assert -46 < level_db < -24
    assert abs(float(whole.mean())) < 2e-3
    assert float((whole[0] - whole[1]).abs().max()) > 1e-4


def test_every_scene_has_a_bed_and_weather_is_heard_where_there_is_weather() -> None:
    for setting in SETTINGS:
        for moment in TIMES:
            for weather in WEATHERS:
                names = ambience.ambience_names(Scene(setting=setting, time=moment, weather=weather))
                assert names
                assert set(names) <= set(AMBIENCES)
                assert ("rain" in names) == (weather == "rain" and setting not in WEATHERLESS)
                assert ("storm" in names) == (weather == "storm" and setting not in WEATHERLESS)
    assert ambience.ambience_names(Scene(setting="forest")) == ("forest by day",)
    assert ambience.ambience_names(Scene(setting="meadow", time="night")) == ("crickets by night",)
    assert ambience.ambience_names(Scene(setting="meadow", time="night", weather="snow")) == ("wind",)


def test_a_bed_renders_as_long_as_the_scene_and_does_not_depend_on_its_seed() -> None:
    one = ambience.render_ambience(Scene(setting="beach", duration_s=1.5, seed=1), RATE)
    two = ambience.render_ambience(Scene(setting="beach", duration_s=1.5, seed=2), RATE)
    assert one.shape == (2, 36_000)
    assert torch.equal(one, two)
    with pytest.raises(ValueError, match="positive"):
        ambience.render_ambience(Scene(), RATE, 0.0, 0.0)
