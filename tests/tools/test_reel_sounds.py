"""Foley by the landed generator: in time with the plan, as long as the shot, apart from the world's, and honest."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from agent.crew import Listening
from models.latents import to_bytes
from models.reel import Ask, Making, Reel
from storyboards.errors import BackendUnavailable, GenerationFailed
from storyboards.storyboard import read_storyboard
from tests.models.tiny_reel import write_tiny
from tools import generate_audio
from tools.backends.reel_sounds import ReelSounds
from tools.backends.reel_words import spoken
from tools.contract import SOUND_RATE_HZ, ShotRequest, request_for
from tools.measure.listening import listen_in, spectrogram

BELL_S = 1.25


def request(**changes: object) -> ShotRequest:
    shot = {
        "id": "one", "duration_s": 2.5, "setting": "village", "parts": [{"element": "fox", "side": "left"}],
        "sounds": [{"sound": "bell", "at_s": BELL_S}],
    } | changes  # fmt: skip
    film = read_storyboard({
        "title": "T", "rate": "24", "width": 640, "height": 360, "shots": [shot],
        "elements": [{"id": "fox", "subject": "fox"}],
    })  # fmt: skip
    return request_for(film, film.shots[0])


@pytest.fixture(scope="module")
def sounds() -> ReelSounds:
    return ReelSounds()


def test_a_cue_is_heard_when_the_plan_says(sounds: ReelSounds) -> None:
    wave = sounds.foley(request())
    assert wave is not None
    assert wave.shape == (2, round(2.5 * SOUND_RATE_HZ))
    assert wave.dtype == np.float32
    assert float(np.abs(wave).max()) <= 0.95
    loud = np.abs(wave).max(0)
    assert abs(int(np.argmax(loud > 0.3 * loud.max())) / SOUND_RATE_HZ - BELL_S) < 0.08
    levels = spectrogram(wave.mean(0), SOUND_RATE_HZ)
    assert listen_in(levels, "bell", BELL_S).score > listen_in(levels, "bark", BELL_S).score


def test_foley_follows_the_take_that_it_is_for(sounds: ReelSounds, tmp_path: Path) -> None:
    asked = request(parts=[{"element": "fox", "actions": [{"verb": "jump"}]}], sounds=[])
    said = spoken(asked)
    reel = Reel.load(making=Making(2, 2, text=1.5, flow_map=True))
    made = reel.clip(Ask(said.caption, said.canvas, said.subjects, said.path), said.seed)
    kept = tmp_path / "latents"
    kept.write_bytes(to_bytes(made.shown, {}))
    for_the_take, again, imagined = (sounds.foley_for(asked, path) for path in (kept, kept, None))
    assert for_the_take is not None
    assert again is not None
    assert imagined is not None
    np.testing.assert_array_equal(for_the_take, again)
    assert not np.array_equal(for_the_take, imagined)


def test_nothing_is_made_where_nothing_is_to_be_heard(sounds: ReelSounds) -> None:
    assert sounds.foley(request(parts=[], sounds=[])) is None


def test_it_is_a_department_that_listens_with_a_version_of_its_own(sounds: ReelSounds) -> None:
    assert isinstance(sounds, Listening)
    assert not isinstance(generate_audio, Listening)
    assert sounds.VERSION != generate_audio.VERSION
    assert sounds.ambience_key(request()) == generate_audio.ambience_key(request())


def test_weights_without_sound_and_latents_of_another_kind_are_refused(sounds: ReelSounds, tmp_path: Path) -> None:
    write_tiny(tmp_path)
    with pytest.raises(BackendUnavailable, match="without sound"):
        ReelSounds(tmp_path).foley(request())
    wrong = tmp_path / "latents"
    wrong.write_bytes(b"no latents")
    with pytest.raises(GenerationFailed, match="no sound can be made"):
        sounds.foley_for(request(), wrong)
