"""What a film still knows in a later run, and what is made again and what is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.crew import Crew
from agent.director import Director, Film
from agent.memory.memory import Memory
from storyboards.brief import Brief, Limits
from storyboards.errors import (
    GenerationFailed,
)
from storyboards.storyboard import Storyboard
from tests.fakes import PaintedBackend, ScriptedPlanner, fake_crew

BRIEF = Brief(text="A fox goes home.")


def brief(**limits: float) -> Brief:
    return Brief(text="A fox goes home.", limits=Limits(**limits))


def painted(crew: Crew) -> PaintedBackend:
    assert isinstance(crew.backend, PaintedBackend)
    return crew.backend


async def test_a_film_knows_its_board_and_takes_after_a_restart(tmp_path: Path) -> None:
    made: Film = await Director(fake_crew(tmp_path)).make(BRIEF, project="fox")
    again = Director(fake_crew(tmp_path)).film("fox")
    assert (again.storyboard, again.kept, again.verdicts) == (made.storyboard, made.kept, made.verdicts)
    assert isinstance(again.storyboard, Storyboard)
    assert Memory(tmp_path).projects.listing()[0].model_dump() == {
        "name": "fox", "title": "The Fox’s Way", "shots": 6, "status": "complete",
    }  # fmt: skip


async def test_a_new_brief_for_a_project_is_planned_anew_and_uses_what_is_there(tmp_path: Path) -> None:
    planner = ScriptedPlanner()
    crew = fake_crew(tmp_path, planner=planner)
    director = Director(crew)
    await director.make(BRIEF, project="fox")
    await director.make(BRIEF.model_copy(update={"captions": "burn"}), project="fox")
    assert planner.calls == 1, "captions are no matter of the plan"
    film = await director.make(Brief(text="Another film."), project="fox")
    assert (planner.calls, film.storyboard.logline) == (2, "Another film.")
    assert len(painted(crew).filmed) == 6
    assert [message.text for message in director.show("fox").messages][-1] == "Another film."


async def test_a_change_that_fails_leaves_the_film_that_was(tmp_path: Path) -> None:
    crew = fake_crew(tmp_path, backend=PaintedBackend())
    director = Director(crew)
    before = await director.make(BRIEF, project="fox")
    painted(crew).failing["s3"] = 9
    darker = before.storyboard.with_shot(before.storyboard.shot("s3").model_copy(update={"exposure": -0.5}))
    with pytest.raises(GenerationFailed):
        await director.remake("fox", darker, "shot 3 darker")
    view = director.show("fox")
    assert view.status == "failed"
    assert {shot.id: shot.status for shot in view.shots}["s3"] == "stale"
    assert director.film("fox").kept == before.kept
    assert before.out.exists()


async def test_a_newer_backend_does_not_film_again_what_an_edit_leaves_alone(tmp_path: Path) -> None:
    crew = fake_crew(tmp_path)
    before = await Director(crew).make(BRIEF, project="fox")
    newer = PaintedBackend()
    newer.version = "2"
    board = before.storyboard
    darker = board.with_shot(board.shot("s3").model_copy(update={"exposure": -0.5}))
    await Director(fake_crew(tmp_path, backend=newer)).remake("fox", darker, "shot 3 darker")
    assert newer.filmed == ["s3"]


async def test_a_take_that_is_damaged_is_made_again_and_only_that(tmp_path: Path) -> None:
    crew = fake_crew(tmp_path)
    film = await Director(crew).make(BRIEF, project="fox")
    crew.store.path(film.timeline.picture[2].video_sha256).write_bytes(b"rotten")
    again = await Director(crew).resume("fox")
    assert painted(crew).filmed[6:] == ["s3"]
    assert again.kept == film.kept
