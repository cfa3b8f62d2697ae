"""A backend that errs: at its rate, alike for the same request, and with the truth told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from agent.crew import Crew
from agent.produce import film_take, intent_for
from evals.erring import ErringBackend, in_part, misunderstood, truth_of
from evals.suites import suite
from storyboards.brief import Brief
from storyboards.claims import shot_claims
from storyboards.errors import BadInput
from storyboards.shot import DEEDS, LIGHT, LOOKS, PLACE, Take
from storyboards.storyboard import Storyboard
from tests.fakes import PaintedBackend, fake_crew, tiny_board
from tools.contract import request_for

BOARD = suite("dev", 9).plans[8].board
SHOT = BOARD.shots[0]


def test_nothing_is_changed_at_no_rate_and_everything_at_the_highest() -> None:
    assert misunderstood(SHOT, BOARD.elements, 0.0, 1) == (SHOT, BOARD.elements)
    shot, cast = misunderstood(SHOT, BOARD.elements, 1.0, 1)
    assert (shot.setting, shot.time, shot.camera.move) != (SHOT.setting, SHOT.time, SHOT.camera.move)
    assert all(a.subject != b.subject for a, b in zip(cast, BOARD.elements, strict=True))


def test_it_errs_at_its_rate() -> None:
    times = [misunderstood(SHOT, BOARD.elements, 0.2, seed)[0].time != SHOT.time for seed in range(1000)]
    assert np.mean(times) == pytest.approx(0.2, abs=0.04)


def test_what_is_filmed_instead_is_a_plan_that_can_be_filmed() -> None:
    for plan in suite("dev", 12).plans:
        for seed, shot in enumerate(plan.board.shots):
            filmed, cast = misunderstood(shot, plan.board.elements, 0.5, seed)
            told = {element.id: element for element in cast}
            there = {part.element for part in filmed.parts}
            board = plan.board.model_copy(update={"elements": tuple(told.get(e.id, e) for e in plan.board.elements)})
            assert shot_claims(board, filmed)
            assert all(action.target in there | {""} for part in filmed.parts for action in part.actions)


def test_a_retake_in_part_errs_anew_in_that_alone() -> None:
    order = [part.element for part in SHOT.parts]
    wrong, right = misunderstood(SHOT, BOARD.elements, 1.0, 1), (SHOT, BOARD.elements)
    shot, cast = in_part(wrong, right, (PLACE, *(f"{LOOKS}{element}" for element in order)), order)
    assert shot.setting == SHOT.setting
    assert (shot.time, shot.camera) == (wrong[0].time, wrong[0].camera)
    assert [element for element in cast if element.id in order] == [
        element for element in BOARD.elements if element.id in order
    ]
    shot, cast = in_part(wrong, right, (LIGHT, *(f"{DEEDS}{element}" for element in order)), order)
    assert (shot.setting, shot.time, shot.parts) == (wrong[0].setting, SHOT.time, SHOT.parts)
    assert cast == wrong[1]
    assert in_part(right, wrong, (), order) == (SHOT.model_copy(update={"seed": wrong[0].seed}), BOARD.elements)


def filmed_by(crew: Crew, board: Storyboard) -> Take:
    shot = board.shots[0]
    crew.memory.projects.create(Brief(text="A fox."), "Fox", "p")
    return film_take(crew, intent_for(crew, "p", board, shot), request_for(board, shot))


def test_the_truth_of_a_take_is_what_was_filmed(tmp_path: Path) -> None:
    board = tiny_board(1)
    crew = fake_crew(tmp_path, backend=ErringBackend(PaintedBackend(), 0.6))
    take = filmed_by(crew, board)
    truth = truth_of(board, take)
    assert truth is not None
    filmed = take.recipe["erred"]["shot"]
    assert truth["s1.setting"] == float(filmed["setting"] == board.shots[0].setting)
    assert truth["s1.camera"] == float(filmed["camera"]["move"] == board.shots[0].camera.move)
    assert 0.0 in truth.values()
    honest = fake_crew(tmp_path / "h")
    assert truth_of(board, filmed_by(honest, board)) is None


def test_a_rate_that_is_none_is_refused() -> None:
    with pytest.raises(BadInput, match=r"rate of 1\.5"):
        ErringBackend(PaintedBackend(), 1.5)
