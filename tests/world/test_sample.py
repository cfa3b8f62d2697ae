"""Random scenes are valid, varied, sensible, and never leak what is held out."""

from __future__ import annotations

from collections import Counter

import pytest

from models.world import vocabulary
from models.world.sample import SPLITS, held_out, sample_scene, sample_scenes
from models.world.scene import Actor, Scene


def test_what_is_held_out_is_never_in_training_and_always_in_the_test() -> None:
    assert not any(held_out(scene) for split in ("train", "val") for scene in sample_scenes(0, 400, split))
    assert all(held_out(scene) for scene in sample_scenes(0, 400, "test"))


def test_a_tenth_of_all_combinations_is_held_out() -> None:
    share = [
        held_out(Scene((Actor(subject, colour),), setting=setting))
        for subject in vocabulary.SUBJECTS for colour in vocabulary.COLOURS for setting in vocabulary.SETTINGS
    ]  # fmt: skip
    assert sum(share) / len(share) == pytest.approx(0.10, abs=0.015)


def test_splits_share_no_seed_and_no_scene() -> None:
    seeds = {split: {scene.seed for scene in sample_scenes(0, 300, split)} for split in SPLITS}
    identities = {
        split: {actor.identity for scene in sample_scenes(0, 300, split) for actor in scene.actors} for split in SPLITS
    }
    for first, second in (("train", "val"), ("train", "test"), ("val", "test")):
        assert not seeds[first] & seeds[second]
        assert not identities[first] & identities[second]


def test_every_word_is_drawn() -> None:
    scenes = sample_scenes(0, 2500)
    actors = [actor for scene in scenes for actor in scene.actors]
    acts = [act for actor in actors for act in actor.acts]
    seen = {
        "subject": ({a.subject for a in actors}, vocabulary.SUBJECTS),
        "colour": ({a.colour for a in actors}, vocabulary.COLOURS),
        "size": ({a.size for a in actors}, vocabulary.SIZES),
        "side": ({a.side for a in actors}, vocabulary.SIDES),
        "action": ({a.action for a in acts}, vocabulary.ACTIONS),
        "carried": ({a.thing for a in acts if a.thing}, vocabulary.CARRIED),
        "worn": ({w.name for a in actors for w in a.accessories}, vocabulary.ACCESSORIES),
        "setting": ({s.setting for s in scenes}, vocabulary.SETTINGS),
        "time": ({s.time for s in scenes}, vocabulary.TIMES),
        "weather": ({s.weather for s in scenes}, vocabulary.WEATHERS),
        "move": ({s.camera.move for s in scenes}, vocabulary.CAMERA_MOVES),
        "framing": ({s.camera.framing for s in scenes}, vocabulary.FRAMINGS),
        "style": ({s.style for s in scenes}, vocabulary.STYLES),
    }
    for kind, (drawn, words) in seen.items():
        assert drawn == set(words), kind
    assert {len(scene.actors) for scene in scenes} == {0, 1, 2, 3}


def test_acts_are_possible_and_follow_each_other_to_the_end_of_the_clip() -> None:
    for scene in sample_scenes(100, 500):
        for index, actor in enumerate(scene.actors):
            assert actor.acts
            assert actor.acts[0].start_s == 0.0
            assert actor.acts[-1].end_s == pytest.approx(scene.duration_s)
            for before, after in zip(actor.acts, actor.acts[1:], strict=False):
                assert before.end_s == after.start_s
            for act in actor.acts:
                assert act.action in vocabulary.SUBJECTS[actor.subject].actions
                assert (act.action in ("chase", "meet", "ride")) == (act.target >= 0)
                assert act.target != index
                assert (act.action == "carry") == bool(act.thing)
        for cue in scene.cues:
            assert 0.0 <= cue.at_s < scene.duration_s


def test_most_subjects_are_where_they_belong_and_weather_is_where_it_can_be() -> None:
    scenes = sample_scenes(0, 1000)
    fish = [scene.setting for scene in scenes for actor in scene.actors if actor.subject == "fish"]
    assert Counter(fish)["underwater"] > 0.4 * len(fish)
    assert all(scene.weather == "clear" for scene in scenes if scene.setting in vocabulary.WEATHERLESS)
    unnatural = [a.colour != vocabulary.SUBJECTS[a.subject].natural for s in scenes for a in s.actors]
    assert 0.3 < sum(unnatural) / len(unnatural) < 0.7


def test_the_same_seed_gives_the_same_scene_and_the_duration_can_be_asked_for() -> None:
    assert sample_scene(41) == sample_scene(41) == sample_scenes(40, 2)[1]
    assert sample_scene(41) != sample_scene(42)
    assert sample_scene(41, duration_s=3.0).duration_s == 3.0
    with pytest.raises(ValueError, match="split"):
        sample_scene(1, split="exam")
