"""For whom a film is made changes how it is told, is seen in the plan, and never goes against the brief."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.director import Director
from agent.events import Event
from agent.llm_planner import LLMPlanner
from agent.rulebook.audience import audience_in, manner_for
from agent.rulebook.directing import plan_storyboard
from app.dev_llm.mind import studio_mind
from app.dev_llm.server import Answer, DevServer
from storyboards.brief import Brief
from storyboards.storyboard import Storyboard, read_storyboard
from tests.fakes import fake_crew

TEXT = (
    "A red fox runs through the forest. A brown owl sits on a rock in the meadow. A cat walks through the village and "
    "meets a dog. The fox runs home over the hill and sleeps."
)


def planned(audience: str, text: str = TEXT) -> Storyboard:
    return plan_storyboard(Brief(text=text, duration_s=48.0, audience=audience))


def words(board: Storyboard) -> int:
    return sum(len(line.text.split()) for shot in board.shots for line in shot.lines)


def moves(board: Storyboard) -> set[str]:
    return {shot.camera.move for shot in board.shots}


def test_children_get_longer_shots_fewer_words_and_a_steady_camera() -> None:
    plain, told = planned("everyone"), planned("children")
    assert (plain.audience, told.audience) == ("everyone", "children")
    assert told.duration_s == plain.duration_s
    assert len(told.shots) < len(plain.shots)
    assert words(told) <= words(plain)
    assert "handheld" in moves(plain)
    assert "handheld" not in moves(told)
    assert plain.music is not None
    assert told.music is not None
    assert (plain.music.mood, told.music.mood) == ("calm", "playful")


def test_customers_get_shorter_shots_from_nearer() -> None:
    plain, told = planned("adults"), planned("customers")
    assert len(told.shots) > len(plain.shots)

    def near(board: Storyboard) -> float:
        return sum(shot.camera.framing != "wide" for shot in board.shots) / len(board.shots)

    assert near(told) > near(plain)


def test_what_the_brief_says_itself_comes_first() -> None:
    asked = planned("children", f"{TEXT} 12 shots, sad music. Handheld camera.")
    assert len(asked.shots) == 12
    assert asked.music is not None
    assert asked.music.mood == "sad"


def test_the_audience_is_kept_with_the_plan_and_plans_without_one_keep_their_digest() -> None:
    told = planned("children")
    assert read_storyboard(told.document()) == told
    assert "audience" not in planned("").document()
    assert planned("everyone").changed(audience="") == planned("")


@pytest.mark.parametrize(
    ("text", "audience"),
    [("A film for kids about a whale.", "kids"), ("The fox looks for a child.", ""),
     ("She waits for the children at home. For our customers.", "customers"), ("A bedtime story.", "children")],
)  # fmt: skip
def test_the_audience_is_read_from_the_words(text: str, audience: str) -> None:
    assert audience_in(text) == audience


def test_nobody_in_particular_changes_nothing() -> None:
    assert manner_for("everyone").said == manner_for("").said == ""
    assert "steady" in manner_for("my two small kids").said


async def test_preferences_are_told_to_a_model_that_plans_and_to_the_person(tmp_path: Path) -> None:
    seen: list[str] = []
    events: list[Event] = []

    def listening(body: dict[str, object]) -> Answer:
        seen.append(json.dumps(body["messages"]))
        return studio_mind(body)

    with DevServer(listening) as server:
        crew = fake_crew(tmp_path, planner=LLMPlanner(server.base_url, "dev"), judges=())
        for name in ("owl", "cat"):
            crew.memory.habits.note("pace", "longer shots", name, "shot 2 longer")
        brief = Brief(text="A red fox walks home.", duration_s=4.0, size=(64, 64))
        film = await Director(crew).make(brief, project="fox", on_event=events.append)
    assert "pace: longer shots (2 times)" in seen[0]
    assert any("pace: longer shots (2 times)" in event.message for event in events if event.kind == "plan")
    assert "liked" not in crew.memory.projects.open("fox").brief.model_dump()
    assert film.storyboard.audience == ""
