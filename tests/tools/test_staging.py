"""A shot becomes a scene: shares become seconds, names become places in the cast, unknown words become errors."""

from __future__ import annotations

from dataclasses import replace

import pytest

from storyboards.clock import FrameRate
from storyboards.errors import BadStoryboard
from storyboards.shot import Action, CameraWork, Element, Part, Shot, SoundCue, Wear
from tools.contract import ShotRequest
from tools.staging import scene_of

FOX = Element(id="fox", subject="fox", colour="red", wears=(Wear(name="scarf", colour="blue"),), identity=7)
OWL = Element(id="owl", subject="owl")
SHOT = Shot(
    id="s1", frames=48, setting="forest", time="dusk", weather="snow", seed=3, exposure=-0.5,
    parts=(
        Part(element="owl", side="right", depth=0.4),
        Part(element="fox", side="left", actions=(Action(verb="walk", direction="right", end=0.5),
                                                  Action(verb="meet", target="owl", start=0.5))),
    ),
    camera=CameraWork(move="pan left", framing="medium"),
    sounds=(SoundCue(sound="hoot", at_s=1.5, by="owl"), SoundCue(sound="bell", at_s=0.25)),
)  # fmt: skip
REQUEST = ShotRequest(
    shot=SHOT, elements=(OWL, FOX), style="ink", width=96, height=64, rate=FrameRate(numerator=24), place_seed=100,
    handle_frames=12,
)  # fmt: skip


def changed(**changes: object) -> ShotRequest:
    return replace(REQUEST, shot=SHOT.model_copy(update=changes))


def test_a_shot_becomes_a_scene() -> None:
    scene = scene_of(REQUEST)
    owl, fox = scene.actors
    assert (fox.subject, fox.colour, fox.identity, fox.side) == ("fox", "red", 7, "left")
    assert (fox.accessories[0].name, fox.accessories[0].colour) == ("scarf", "blue")
    assert owl.colour == "brown", "an element without a colour has its natural one"
    assert [(act.action, act.target) for act in fox.acts] == [("walk", -1), ("meet", 0)]
    assert [(cue.sound, cue.at_s, cue.actor) for cue in scene.cues] == [("hoot", 1.5, 0), ("bell", 0.25, -1)]
    assert (scene.camera.move, scene.camera.framing) == ("pan left", "medium")
    assert (scene.style, scene.exposure, scene.seed) == ("ink", -0.5, 103)


def test_what_is_going_on_at_the_end_goes_on_through_the_handle() -> None:
    scene = scene_of(REQUEST)
    fox = scene.actors[1]
    assert scene.duration_s == pytest.approx(2.5)
    assert [(act.start_s, act.end_s) for act in fox.acts] == [(0.0, 1.0), (1.0, 2.5)]


def test_the_handle_changes_nothing_before_the_end() -> None:
    without = scene_of(replace(REQUEST, handle_frames=0))
    assert without.actors[1].acts[0] == scene_of(REQUEST).actors[1].acts[0]


@pytest.mark.parametrize(
    ("request_", "names"),
    [
        (changed(setting="volcano"), ["shot s1", "setting", "volcano", "forest"]),
        (changed(time="noon"), ["time of day", "noon", "dusk"]),
        (changed(camera=CameraWork(move="zoom")), ["camera move", "zoom", "dolly in"]),
        (changed(sounds=(SoundCue(sound="quack", at_s=0),)), ["sound", "quack", "hoot"]),
        (replace(REQUEST, elements=(OWL, FOX.model_copy(update={"colour": "mauve"}))), ["fox", "mauve", "purple"]),
        (replace(REQUEST, elements=(OWL, FOX.model_copy(update={"subject": "unicorn"}))), ["fox", "unicorn", "deer"]),
        (replace(REQUEST, style="oil"), ["style", "oil", "watercolour"]),
    ],
)
def test_an_unknown_word_is_named_with_its_field_and_the_words_allowed(request_: ShotRequest, names: list[str]) -> None:
    with pytest.raises(BadStoryboard) as caught:
        scene_of(request_)
    assert [name for name in names if name not in str(caught.value)] == []


def test_a_target_that_is_not_in_the_shot_is_named() -> None:
    lonely = changed(parts=(Part(element="fox", actions=(Action(verb="chase", target="owl"),)),))
    with pytest.raises(BadStoryboard, match="chase 'owl', who is not in the shot"):
        scene_of(lonely)
