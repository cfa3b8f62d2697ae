"""What the generator is told of a shot: who goes to another is told which way that is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.layers.seats import Seats
from models.world.scene import Act, Actor, Scene
from storyboards.clock import FrameRate
from storyboards.shot import Action, CameraWork, Element, Part, Shot
from tools.backends.reel_words import rides_of, spoken, towards_each_other
from tools.contract import ShotRequest


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


def ride(rider: str = "fox") -> ShotRequest:
    parts = (Part(element="who", side="left", actions=(Action(verb="ride", target="what", end=0.5),
                                                       Action(verb="walk", start=0.5))),
             Part(element="what", side="left", actions=(Action(verb="swim", direction="right"),)))  # fmt: skip
    cast = (Element(id="who", subject=rider, colour="red", identity=7), Element(id="what", subject="boat", identity=8))
    shot = Shot(id="s1", frames=96, setting="river", camera=CameraWork(), parts=parts)
    return ShotRequest(shot=shot, elements=cast, style="storybook", width=128, height=72,
                       rate=FrameRate(numerator=24), place_seed=5, handle_frames=0)  # fmt: skip


def test_who_rides_has_a_seat_for_as_long_as_the_plan_says() -> None:
    said = spoken(ride())
    (found,), notes = rides_of(said, Seats.load())
    assert (found.rider, found.carrier, notes) == (0, 1, [])
    assert len(found.aboard_F) == said.canvas.frames
    assert float(found.aboard_F[20]) == 1.0
    assert float(found.aboard_F[-1]) == 0.0


def test_without_a_seat_it_is_said_that_riders_are_left_to_the_generator() -> None:
    said = spoken(ride())
    assert rides_of(said, None) == ([], ["no table of seats is there (seats.json); where riders are is left to the "
                                         "generator"])  # fmt: skip
    few = replace(Seats.load(), riders=("owl",))
    rides, (note,) = rides_of(said, few)
    assert rides == []
    assert "no seat is known for a medium fox on a medium boat" in note


def test_where_nobody_rides_nothing_is_said() -> None:
    request = ride()
    walk = replace(request, shot=request.shot.model_copy(update={"parts": request.shot.parts[1:]}),
                   elements=request.elements[1:])  # fmt: skip
    assert rides_of(spoken(walk), None) == ([], [])
