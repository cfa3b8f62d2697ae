"""More film after what there is: who is in it, and whether it goes on from the last frame."""

from __future__ import annotations

import pytest

from app.service.planning import extended
from storyboards.shot import Element, Part, Shot, Transition
from storyboards.storyboard import Storyboard

FOX, OWL = Element(id="fox", subject="fox", colour="red"), Element(id="owl", subject="owl", colour="blue")


def board(*elements: Element, **of: object) -> Storyboard:
    parts = tuple(Part(element=element.id) for element in elements)
    shot = Shot.model_validate({"id": "s1", "frames": 48, "setting": "forest", "parts": parts, **of})
    return Storyboard(title="A wood", width=128, height=72, elements=elements, shots=(shot,))


def test_the_same_moment_goes_on_from_the_last_frame() -> None:
    tail = board(FOX.model_copy(update={"id": "it"}), OWL)
    whole = extended(board(FOX), tail, goes_on=True)
    assert [shot.continues for shot in whole.shots] == [False, True]
    assert [part.element for part in whole.shots[1].parts] == ["fox", "owl"]
    assert whole.shots[1].transition == Transition()
    assert [shot.continues for shot in extended(board(FOX), tail).shots] == [False, False], "who films cannot do that"


@pytest.mark.parametrize("other", [{"setting": "city"}, {"time": "night"}, {"weather": "snow"}])
def test_another_place_time_or_weather_is_a_cut(other: dict[str, str]) -> None:
    whole = extended(board(FOX, time="day", weather="clear"), board(FOX, **other), goes_on=True)
    assert not whole.shots[1].continues


def test_somebody_else_alone_is_a_cut() -> None:
    assert not extended(board(FOX), board(OWL), goes_on=True).shots[1].continues
