"""One shot is stopped while it is filmed; the others go on."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.director import Director
from agent.events import Event
from storyboards.brief import Brief
from storyboards.errors import GenerationFailed
from tests.fakes import PaintedBackend, ScriptedPlanner, fake_crew, tiny_board

BRIEF = Brief(text="three shots", duration_s=3)


async def test_the_others_are_filmed_and_the_stopped_one_by_the_next_run(tmp_path: Path) -> None:
    backend = PaintedBackend(delay_s=0.1)
    crew = fake_crew(tmp_path, planner=ScriptedPlanner(tiny_board(3, frames=4)), backend=backend, parallel=1)

    def stopping(event: Event) -> None:
        if event.kind == "shoot" and event.shot_id == "s1":
            crew.stops.stop("film", "s1")

    with pytest.raises(GenerationFailed, match="stopped") as failed:
        await Director(crew).make(BRIEF, "film", stopping)
    assert failed.value.shot_id == "s1"
    assert backend.filmed == ["s1", "s2", "s3"]
    assert [entry.state for entry in crew.memory.ledger.entries("film", "s1")] == ["running"]
    assert crew.memory.ledger.spent("film")[0] == 0

    film = await Director(crew).resume("film")
    assert film.status == "complete"
    assert backend.filmed == ["s1", "s2", "s3", "s1"], "only what was stopped is filmed again"


async def test_a_stopped_retake_leaves_the_take_there_is(tmp_path: Path) -> None:
    backend = PaintedBackend(always_wrong=True, delay_s=0.05)
    crew = fake_crew(tmp_path, planner=ScriptedPlanner(tiny_board(2, frames=4)), backend=backend, parallel=1)

    def stopping(event: Event) -> None:
        if event.kind == "revise" and event.shot_id == "s1":
            crew.stops.stop("film", "s1")

    film = await Director(crew).make(BRIEF, "film", stopping)
    assert film.status == "degraded", "the first take broke a promise, and it stays"
    assert any("s1: you stopped its filming" in note for note in film.notes), film.notes
    assert backend.filmed == ["s1", "s2"], "the second take of s1 was stopped before it began, and no third was ordered"
