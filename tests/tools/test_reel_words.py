"""What the generator is told of a shot: who goes to another is told which way that is."""

from __future__ import annotations

import pytest

from models.world.scene import Act, Actor, Scene
from tools.backends.reel_words import towards_each_other


def met(verb: str, sides: tuple[str, str], direction: str = "", target: int = 1) -> str:
    first = Actor("fox", "red", acts=(Act(verb, 0.0, 3.0, direction, target),), side=sides[0])
    second = Actor("dog", "brown", acts=(Act("stand", 0.0, 3.0),), side=sides[1])
    told = towards_each_other(Scene((first, second), "meadow"))
    assert told.actors[1] == second
    return told.actors[0].acts[0].direction


@pytest.mark.parametrize("verb", ["chase", "meet"])
def test_who_goes_to_another_is_told_the_way(verb: str) -> None:
    assert met(verb, ("left", "right")) == "right"
    assert met(verb, ("right", "centre")) == "left"


def test_what_the_plan_says_stays() -> None:
    assert met("chase", ("left", "right"), "left") == "left"
    assert met("meet", ("centre", "centre")) == "", "there is no way between two at one place"
    assert met("meet", ("left", "right"), target=-1) == ""
    assert met("walk", ("left", "right")) == "", "nobody else is told anything"
