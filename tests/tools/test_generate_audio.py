"""The three stems of a shot: foley on time, a bed without seams, music that ends with the film."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import models.world
from storyboards.errors import BadStoryboard, OverLimit
from storyboards.storyboard import MusicPlan, Storyboard, read_storyboard
from tools import generate_audio
from tools.contract import SOUND_RATE_HZ, request_for
from tools.media import loudness

RATE = SOUND_RATE_HZ


def board(**changes: object) -> Storyboard:
    shot = {
        "id": "one", "duration_s": 3.0, "setting": "village", "parts": [{"element": "fox", "side": "left"}],
        "sounds": [{"sound": "bell", "at_s": 1.25}],
    } | changes  # fmt: skip
    return read_storyboard({
        "title": "T", "rate": "24", "width": 640, "height": 360, "shots": [shot],
        "elements": [{"id": "fox", "subject": "fox"}],
    })  # fmt: skip


def request(**changes: object):
    film = board(**changes)
    return request_for(film, film.shots[0])


def test_a_cue_is_heard_when_the_plan_says() -> None:
    wave = generate_audio.foley(request())
    assert wave is not None
    assert wave.shape == (2, 3 * RATE)
    assert wave.dtype == np.float32
    assert abs(int(np.argmax(np.abs(wave).max(0) > 1e-3)) / RATE - 1.25) < 0.005


def test_what_an_action_causes_is_heard_from_the_side_it_happens_on() -> None:
    walk = {"element": "fox", "side": "left", "actions": [{"verb": "jump"}]}
    wave = generate_audio.foley(request(parts=[walk], sounds=[]))
    assert wave is not None
    left, right = (wave**2).sum(1)
    assert left > right > 0


def test_a_still_shot_without_cues_has_no_foley() -> None:
    assert generate_audio.foley(request(parts=[], sounds=[])) is None


def test_foley_covers_the_handle_of_a_dissolve() -> None:
    film = board()
    second = film.shots[0].model_copy(update={"id": "two"})
    document = film.document()
    document["shots"].append({**second.model_dump(mode="json"), "transition": {"kind": "dissolve", "frames": 12}})
    film = read_storyboard(document)
    wave = generate_audio.foley(request_for(film, film.shots[0]))
    assert wave is not None
    assert wave.shape[1] == round(3.5 * RATE)


def test_a_bed_runs_on_over_a_cut_and_its_key_says_when() -> None:
    near, far = request(), request(seed=9, camera={"move": "pan left"})
    assert generate_audio.ambience_key(near) == generate_audio.ambience_key(far) == "birds"
    whole = generate_audio.ambience_bed(near, 0.0, 4.0)
    first, second = generate_audio.ambience_bed(near, 0.0, 2.5), generate_audio.ambience_bed(far, 2.5, 1.5)
    assert whole is not None
    assert first is not None
    assert second is not None
    assert np.abs(np.concatenate([first, second], 1) - whole).max() < 1e-4
    assert generate_audio.ambience_key(request(weather="rain")) == "rain + wind"


def test_a_shot_that_asks_for_no_ambience_has_none() -> None:
    quiet = request(ambience=False)
    assert generate_audio.ambience_bed(quiet, 0.0, 1.0) is None
    assert generate_audio.ambience_key(quiet) == ""


@pytest.mark.parametrize("length_s", [0.7, 2.0, 9.02])
def test_music_is_exactly_as_long_as_the_film_and_ends_in_silence(length_s: float) -> None:
    wave = generate_audio.music(MusicPlan(mood="calm"), length_s, 3)
    assert wave.shape == (2, round(length_s * RATE))
    assert np.abs(wave[:, -24:]).max() < 1e-3
    assert np.abs(wave).max() > 0.05
    assert np.array_equal(wave, generate_audio.music(MusicPlan(mood="calm"), length_s, 3))


def test_stems_have_the_level_a_mix_expects() -> None:
    level = loudness(generate_audio.music(MusicPlan(mood="triumphant"), 12.0, 1)).lufs
    bed = generate_audio.ambience_bed(request(), 0.0, 6.0)
    assert bed is not None
    under = loudness(bed).lufs
    assert level is not None
    assert under is not None
    assert -26 < level < -14
    assert -45 < under < -25


def test_what_cannot_be_made_is_refused_in_words() -> None:
    with pytest.raises(BadStoryboard, match="kazoo"):
        generate_audio.foley(request(sounds=[{"sound": "kazoo", "at_s": 0.1}]))
    with pytest.raises(BadStoryboard, match="grumpy"):
        generate_audio.music(MusicPlan(mood="grumpy"), 5.0, 0)
    with pytest.raises(OverLimit):
        generate_audio.music(MusicPlan(mood="calm"), 700.0, 0)
    with pytest.raises(BadStoryboard, match="length"):
        generate_audio.ambience_bed(request(), 0.0, 0.0)


def test_the_version_follows_the_sources_that_can_be_heard() -> None:
    assert len(generate_audio.VERSION) == 16
    folder = Path(models.world.__file__).parent
    assert all((folder / name).exists() for name in generate_audio._SOURCES)
    with pytest.raises(AttributeError):
        _ = generate_audio.VERSIONS
