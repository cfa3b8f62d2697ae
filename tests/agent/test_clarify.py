"""What a brief leaves open is asked, with a default; what it says is not."""

from __future__ import annotations

import pytest

from agent.clarify import Topic, answered, audience_in, questions_of
from storyboards.brief import Brief
from storyboards.errors import BadInput


@pytest.mark.parametrize(
    ("brief", "topics"),
    [
        (Brief(text="A fox walks home."), ["length", "aspect", "audience"]),
        (Brief(text="A 20 second vertical ad for our customers about a robot."), []),
        (Brief(text="A bedtime story about a whale, 16:9."), ["length"]),
        (Brief(text="A fox walks home.", duration_s=8, aspect="1:1"), ["audience"]),
        (Brief(text="A fox walks home.", size=(640, 360), audience="adults"), ["length"]),
    ],
)  # fmt: skip
def test_only_what_is_open_is_asked(brief: Brief, topics: list[str]) -> None:
    assert [question.topic for question in questions_of(brief)] == topics


def test_nobody_has_to_answer() -> None:
    brief = answered(Brief(text="A fox walks home. It sleeps. It wakes. It eats.", seed=3), {})
    assert (brief.duration_s, brief.aspect, brief.audience, brief.seed) == (24.0, "16:9", "everyone", 3)
    assert questions_of(brief) == ()


def test_answers_are_understood_in_words() -> None:
    brief = answered(
        Brief(text="A fox."), {"length": "about 1.5 minutes", "aspect": "Vertical, please", "audience": "cats"}
    )
    assert (brief.duration_s, brief.aspect, brief.audience) == (90.0, "9:16", "cats")


def test_what_the_brief_says_is_not_overruled() -> None:
    said = Brief(text="A 20 second vertical ad for our customers about a robot.")
    assert answered(said, {"length": "60 s", "aspect": "1:1"}) == said


@pytest.mark.parametrize("answers", [{"length": "long"}, {"length": "3 hours"}, {"aspect": "round"}])
def test_answers_without_sense_are_refused(answers: dict[Topic, str]) -> None:
    with pytest.raises(BadInput):
        answered(Brief(text="A fox."), answers)


def test_an_audience_is_not_any_for() -> None:
    assert audience_in("a gift for my small children") == "children"
    assert audience_in("He waits for the train.") == ""
