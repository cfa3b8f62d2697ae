"""The ledger: an intent comes first, a result is used for ever, and doubt is never settled by paying again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agent.crew import Crew
from agent.memory.ledger import Intent
from agent.produce import film_take, intent_for, ready_takes
from storyboards.brief import Brief
from storyboards.errors import GenerationFailed
from storyboards.storyboard import Storyboard
from tests.fakes import PaintedBackend, fake_crew, tiny_board
from tools.contract import ShotRequest, request_for

BOARD = tiny_board(3)


def project(crew: Crew, name: str = "fox") -> str:
    return crew.memory.projects.create(Brief(text="A fox."), "Fox", name).name


def wanted(crew: Crew, shot_id: str = "s1", name: str = "fox", board: Storyboard = BOARD) -> tuple[Intent, ShotRequest]:
    shot = board.shot(shot_id)
    return intent_for(crew, name, board, shot), request_for(board, shot)


def painted(crew: Crew) -> list[str]:
    assert isinstance(crew.backend, PaintedBackend)
    return crew.backend.filmed


def test_a_take_is_made_once(tmp_path: Path) -> None:
    crew = fake_crew(tmp_path)
    project(crew)
    first = film_take(crew, *wanted(crew))
    again = film_take(crew, *wanted(crew))
    assert first == again
    assert painted(crew) == ["s1"]
    assert (first.ordinal, first.frames, first.key) == (1, 8, wanted(crew)[0].key)
    assert crew.store.verify(first.video_sha256).suffix == ".mp4"
    assert ready_takes(crew, "fox", BOARD, "s1") == [first]


def test_the_line_of_a_take_goes_from_intended_to_ready(tmp_path: Path) -> None:
    crew = fake_crew(tmp_path)
    project(crew)
    intent, request = wanted(crew)
    ledger = crew.memory.ledger
    assert ledger.intend(intent).state == "intended"
    ledger.running(intent, job="job-7")
    entry = ledger.find("fox", "s1", intent.key)
    assert entry is not None
    assert (entry.state, entry.job) == ("running", "job-7")
    film_take(crew, intent, request)
    assert [e.state for e in ledger.entries("fox")] == ["ready"]


@pytest.mark.parametrize(("price_usd", "dedupes", "state", "films"), [
    (0.0, False, "ready", 1), (0.5, True, "ready", 1), (0.5, False, "unknown", 0),
])  # fmt: skip
def test_what_a_dead_run_had_begun(price_usd: float, dedupes: bool, state: str, films: int, tmp_path: Path) -> None:
    backend = PaintedBackend(price_usd=price_usd)
    backend.dedupes = dedupes  # type: ignore[attr-defined]  # an optional attribute of backends
    crew = fake_crew(tmp_path, backend=backend)
    project(crew)
    intent, request = wanted(crew)
    crew.memory.ledger.intend(intent)
    crew.memory.ledger.running(intent)
    if films:
        film_take(crew, intent, request)
    else:
        for _ in range(2):
            with pytest.raises(GenerationFailed, match="may have made and charged"):
                film_take(crew, intent, request)
    assert [entry.state for entry in crew.memory.ledger.entries("fox")] == [state]
    assert len(painted(crew)) == films


def test_a_paid_take_that_was_only_intended_was_not_begun(tmp_path: Path) -> None:
    crew = fake_crew(tmp_path, backend=PaintedBackend(price_usd=0.5))
    project(crew)
    intent, request = wanted(crew)
    crew.memory.ledger.intend(intent)
    take = film_take(crew, intent, request)
    assert take.cost_usd == 0.5
    assert crew.memory.ledger.spent("fox")[0] == 0.5
    film_take(crew, intent, request)
    assert crew.memory.ledger.spent("fox")[0] == 0.5


def test_a_take_whose_file_is_gone_or_damaged_is_made_again(tmp_path: Path) -> None:
    crew = fake_crew(tmp_path)
    project(crew)
    take = film_take(crew, *wanted(crew))
    crew.store.discard(take.video_sha256)
    again = film_take(crew, *wanted(crew))
    assert (again.video_sha256, again.ordinal) == (take.video_sha256, 1)
    crew.store.path(take.video_sha256).write_bytes(b"rotten")
    film_take(crew, *wanted(crew))
    crew.store.verify(take.video_sha256)
    assert painted(crew) == ["s1"] * 3


def test_a_failure_is_written_down_and_may_be_tried_again(tmp_path: Path) -> None:
    crew = fake_crew(tmp_path, backend=PaintedBackend(failing={"s1": 1}))
    project(crew)
    with pytest.raises(GenerationFailed, match="out of paint"):
        film_take(crew, *wanted(crew))
    (entry,) = crew.memory.ledger.entries("fox")
    assert (entry.state, entry.failure) == ("failed", "out of paint")
    assert film_take(crew, *wanted(crew)).ordinal == 1


def test_the_same_recipe_in_another_project_is_the_same_picture(tmp_path: Path) -> None:
    crew = fake_crew(tmp_path)
    project(crew), project(crew, "owl")
    first = film_take(crew, *wanted(crew))
    other = film_take(crew, *wanted(crew, name="owl"))
    assert (other.key, other.video_sha256, other.wall_s) == (first.key, first.video_sha256, 0.0)
    assert painted(crew) == ["s1"]
    assert crew.memory.ledger.spent("owl") == (0.0, 0.0)


def test_ordinals_count_the_takes_of_a_shot(tmp_path: Path) -> None:
    crew = fake_crew(tmp_path)
    project(crew)
    for seed in (0, 5, 6):
        shot = BOARD.shot("s1").model_copy(update={"seed": seed})
        film_take(crew, intent_for(crew, "fox", BOARD, shot, "another"), request_for(BOARD, shot))
    film_take(crew, *wanted(crew, "s2"))
    assert [(e.intent.shot.id, e.ordinal) for e in crew.memory.ledger.entries("fox")] == [
        ("s1", 1), ("s1", 2), ("s1", 3), ("s2", 1),
    ]  # fmt: skip
    assert [take.seed for take in ready_takes(crew, "fox", BOARD, "s1")] == [0, 5, 6]


def test_takes_of_an_older_plan_or_another_backend_are_not_current(tmp_path: Path) -> None:
    crew = fake_crew(tmp_path)
    project(crew)
    film_take(crew, *wanted(crew))
    darker = BOARD.with_shot(BOARD.shot("s1").model_copy(update={"exposure": -1.0}))
    assert ready_takes(crew, "fox", darker, "s1") == []
    other, newer = PaintedBackend(), PaintedBackend()
    other.name, newer.version = "other", "2"
    assert ready_takes(replace(crew, backend=other), "fox", BOARD, "s1") == []
    assert len(ready_takes(replace(crew, backend=newer), "fox", BOARD, "s1")) == 1, "ready stays ready"
    assert wanted(replace(crew, backend=newer))[0].key != wanted(crew)[0].key, "but a new take would be another"


def test_the_measured_pace_prices_the_next_plan(tmp_path: Path) -> None:
    crew = fake_crew(tmp_path, backend=PaintedBackend(delay_s=0.1))
    project(crew)
    assert crew.memory.ledger.pace("painted") is None
    take = film_take(crew, *wanted(crew))
    pace = crew.memory.ledger.pace("painted")
    assert pace == pytest.approx(take.wall_s / (8 * 64 * 64 / 1e6))
