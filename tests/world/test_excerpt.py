"""Scenes in time: what of the acts and cues lies in a stretch."""

from __future__ import annotations

import pytest

from models.world.caption import captions
from models.world.excerpt import excerpt, slowed
from models.world.scene import Act, Actor, Cue, Scene

SCENE = Scene(
    actors=(Actor("fox", "red", acts=(Act("walk", 0.0, 2.0, "right"), Act("sleep", 2.0, 4.0))),),
    setting="meadow", duration_s=4.0, cues=(Cue("bell", 1.0, -1, 0.0), Cue("knock", 3.0, -1, 0.0)),
)  # fmt: skip


def test_a_stretch_has_what_happens_in_it() -> None:
    late = excerpt(SCENE, 2.0, 4.0)
    assert late.duration_s == 2.0
    assert late.actors[0].acts == (Act("sleep", 0.0, 2.0),)
    assert [(cue.sound, cue.at_s) for cue in late.cues] == [("knock", 1.0)]
    both = excerpt(SCENE, 1.0, 3.0).actors[0].acts
    assert [(act.action, act.start_s, act.end_s) for act in both] == [("walk", 0.0, 1.0), ("sleep", 1.0, 2.0)]
    said = [captions(excerpt(SCENE, *span)).full for span in ((0.0, 2.0), (2.0, 4.0))]
    assert "walks" in said[0]
    assert "sleeps" not in said[0]
    assert "walks" not in said[1]


def test_a_moment_of_an_act_is_not_said() -> None:
    assert [act.action for act in excerpt(SCENE, 1.8, 4.0).actors[0].acts] == ["sleep"]
    with pytest.raises(ValueError, match="ends after it starts"):
        excerpt(SCENE, 2.0, 2.0)


def test_a_slowed_scene_spreads_everything() -> None:
    slow = slowed(SCENE, 12.0)
    assert slow.duration_s == 12.0
    assert [(act.start_s, act.end_s) for act in slow.actors[0].acts] == [(0.0, 6.0), (6.0, 12.0)]
    assert [cue.at_s for cue in slow.cues] == [3.0, 9.0]
