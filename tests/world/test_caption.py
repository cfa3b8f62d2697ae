"""Captions say what the scene holds, in words that agree with each other, and nothing else."""

from __future__ import annotations

import re

import pytest

from models.world import vocabulary
from models.world.ambience import ambience_names
from models.world.caption import SYNONYMS, captions
from models.world.sample import sample_scenes
from models.world.scene import Accessory, Act, Actor, Camera, Cue, Scene


def says(text: str, word: str) -> bool:
    """Whether the word, or a phrase listed for it, stands in the text as whole words."""
    forms = (word, *SYNONYMS.get(word, ()))
    return any(re.search(rf"\b{re.escape(form)}\b", text, re.IGNORECASE) for form in forms)


def words_of(scene: Scene) -> list[str]:
    words = [scene.setting, scene.time, scene.style, scene.camera.move, scene.camera.framing]
    if not (scene.weather == "clear" and scene.setting in vocabulary.WEATHERLESS):
        words.append(scene.weather)
    for actor in scene.actors:
        words += [actor.colour, actor.size, actor.side]
        words += [word for worn in actor.accessories for word in (worn.name, worn.colour)]
        for act in actor.acts:
            words += [word for word in (act.action, act.direction, act.thing) if word]
    return words + [cue.sound for cue in scene.cues] + list(ambience_names(scene))


def test_the_full_caption_says_every_word_of_the_scene() -> None:
    for scene in sample_scenes(10, 250):
        text = captions(scene).full
        for word in words_of(scene):
            assert says(text, word), (word, text)
        for actor in scene.actors:
            assert any(form in text for form in (actor.subject, *SYNONYMS.get(actor.subject, ()),
                                                 *(["children", "women", "men", "foxes"]))), text  # fmt: skip


def test_no_caption_claims_a_colour_subject_or_setting_that_is_not_there() -> None:
    for scene in sample_scenes(5000, 120):
        present = {actor.colour for actor in scene.actors} | {
            worn.colour for actor in scene.actors for worn in actor.accessories
        }
        kinds = {actor.subject for actor in scene.actors} | {act.thing for a in scene.actors for act in a.acts}
        made = captions(scene)
        for text in (made.full, made.short, *made.wordings):
            spoken = set(re.findall(r"[a-z]+", text.lower()))
            assert (spoken & set(vocabulary.COLOURS)) <= present, text
            drawn = spoken & (set(vocabulary.SUBJECTS) - {"bird", "ball", "train", "rocket", "whale"})
            assert drawn <= kinds, text


def test_actions_are_told_in_the_order_of_time_with_their_directions() -> None:
    fox = Actor("fox", "orange", acts=(Act("sleep", 2.0, 4.0), Act("walk", 0.0, 1.0, "right"), Act("jump", 1.0, 2.0)))
    text = captions(Scene((fox,))).short
    assert "An orange fox walks to the right, then jumps, then sleeps" in text


def test_actions_at_the_same_time_are_told_with_and() -> None:
    man = Actor("man", "blue", acts=(Act("walk", 0.0, 4.0, "left"), Act("wave", 1.0, 2.0)))
    assert "walks to the left and waves" in captions(Scene((man,))).full


def test_two_of_a_kind_are_counted_with_a_plural() -> None:
    foxes = tuple(Actor("fox", "red", side=side, acts=(Act("run", 0.0, 4.0),)) for side in ("left", "right"))
    made = captions(Scene(foxes, setting="snowfield"))
    assert made.short == "Two red foxes on a snowfield by day."
    assert "Two red foxes." in made.full
    assert "the first red fox is to the left of the second red fox" in made.full.lower()
    children = tuple(Actor("child", "blue") for _ in range(3))
    assert "Three blue children" in captions(Scene(children)).short


def test_who_is_chased_is_named_so_that_they_can_be_told_apart() -> None:
    chase = (Act("chase", 0.0, 4.0, "right", target=1),)
    cases = {
        ("owl", "brown"): "chases the owl to the right",
        ("fox", "white"): "chases the white fox to the right",
        ("fox", "red"): "chases the other fox to the right",
    }
    for (subject, colour), words in cases.items():
        scene = Scene((Actor("fox", "red", acts=chase), Actor(subject, colour)))
        assert words in captions(scene).full


@pytest.mark.parametrize(("colour", "subject", "words"), [
    ("orange", "fox", "an orange fox"), ("red", "owl", "a red owl"),
])  # fmt: skip
def test_articles_follow_the_next_word(colour: str, subject: str, words: str) -> None:
    assert words in captions(Scene((Actor(subject, colour),))).short.lower()


def test_glasses_have_no_article_and_a_hat_has_one() -> None:
    worn = (Accessory("glasses", "green"), Accessory("hat", "orange"))
    assert "wearing green glasses and an orange hat" in captions(Scene((Actor("dog", "brown", "small", worn),))).full


def test_sounds_are_told_in_order_with_their_sources() -> None:
    cues = (Cue("thunder", 2.0), Cue("bark", 1.0, 0))
    text = captions(Scene((Actor("dog", "brown"),), weather="storm", cues=cues)).full
    assert "with a bark from the dog, then thunder" in text


def test_wheels_roll_and_do_not_walk() -> None:
    text = captions(Scene((Actor("car", "red", acts=(Act("run", 0.0, 4.0, "left"),)),), setting="city")).full
    assert "speeds to the left" in text
    assert "runs" not in text


def test_wordings_differ_and_are_the_same_every_time() -> None:
    scene = Scene((Actor("cat", "black", acts=(Act("run", 0.0, 4.0, "left"),)),), camera=Camera("pan left"), seed=3)
    made = captions(scene)
    assert made == captions(scene)
    assert len(made.wordings) >= 4
    assert captions(Scene(scene.actors, camera=scene.camera, seed=4)).wordings != made.wordings


def test_an_empty_scene_is_called_by_its_place() -> None:
    made = captions(Scene(setting="moon", time="night"))
    assert made.short == "On the moon at night."
    assert "clear" not in made.full


def test_every_caption_is_made_of_clean_sentences() -> None:
    for scene in sample_scenes(900, 150):
        made = captions(scene)
        for text in (made.full, made.short, *made.wordings):
            assert text.endswith(".")
            assert not re.search(r" [,.]|,,|\.\.|  |\bNone\b| a [aeiou]", text), text
            assert all(sentence[0].isupper() for sentence in text[:-1].split(". ")), text
