"""Shots cut from what there is: nothing is filmed for them, and what plays is what was filmed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from agent.director import Director
from agent.film import Film
from agent.plan_tools import apply_tool
from storyboards.brief import Brief
from storyboards.cutting import is_cut
from storyboards.shot import Shot
from storyboards.storyboard import Storyboard, read_storyboard
from tests.fakes import PaintedBackend, ScriptedPlanner, fake_crew, tiny_board
from tools.catalogue import CATALOGUE
from tools.contract import Progress, ShotRequest
from tools.media import FrameWriter, read_frames

BRIEF = Brief(text="A fox goes home.")


class Counting(PaintedBackend):
    """Paints the number of the frame as its brightness, so that a frame can be told from any other."""

    def film(self, request: ShotRequest, out: Path, idempotency_key: str, progress: Progress) -> None:
        self.filmed.append(request.shot.id)
        with FrameWriter(out, request.width, request.height, request.rate) as writer:
            for frame in range(request.frames):
                writer.write(np.full((request.height, request.width, 3), 20 + 10 * frame, np.uint8))


def director(home: Path, board: Storyboard) -> Director:
    return Director(fake_crew(home, planner=ScriptedPlanner(board), backend=Counting(price_usd=0.5), judges=()))


def changed(director: Director, name: str, **arguments: object) -> Storyboard:
    projects = director.crew.memory.projects
    board = projects.board("fox", projects.open("fox").board)
    call = CATALOGUE[name].arguments.model_validate({"shot": "s1", **arguments})
    return apply_tool(board, name, call, director.crew.backend)[0]


def shown(director: Director, film: Film, shot_id: str = "s1") -> list[int]:
    """Numbers of the filmed frames that play in a shot, the handle left out."""
    take = next(take for take in film.takes if film.is_kept(take) and take.shot_id == shot_id)
    frames = list(read_frames(director.crew.store.path(take.video_sha256)))[: take.frames]
    return [round((float(frame.mean()) - 20) / 10) for frame in frames]


@pytest.fixture
def board() -> Storyboard:
    document = tiny_board(2, 16, music=None).document()
    part = document["shots"][0]["parts"][0]
    part["actions"] = [{"verb": "walk", "end": 0.5}, {"verb": "look around", "start": 0.5}]
    return read_storyboard(document)


async def test_a_trim_plays_a_window_of_the_take_that_is_there(tmp_path: Path, board: Storyboard) -> None:
    made = director(tmp_path, board)
    await made.make(BRIEF, project="fox")
    backend = made.crew.backend
    assert isinstance(backend, Counting)
    backend.filmed.clear()
    film = await made.remake("fox", changed(made, "trim", seconds=1.0, keep="end"), "trim")
    assert shown(made, film) == list(range(8, 16))
    assert [action.verb for action in film.storyboard.shot("s1").parts[0].actions] == ["look around"]
    film = await made.remake("fox", changed(made, "trim", seconds=0.5, keep="start"), "trim again")
    assert shown(made, film) == list(range(8, 12)), "a trim of a trim is of the same take"
    film = await made.remake("fox", changed(made, "retime", seconds=1.0), "slower")
    assert shown(made, film) == [8, 8, 9, 9, 10, 10, 11, 11]
    film = await made.remake("fox", changed(made, "retime", seconds=0.5), "as it was")
    film = await made.remake("fox", changed(made, "extend", seconds=0.5), "more of it")
    assert shown(made, film) == list(range(8, 16)), "what was cut off comes back"
    assert backend.filmed == []
    assert film.spend_usd == 1.0, "two takes and no more"
    film = await made.remake("fox", changed(made, "extend", seconds=0.5), "more than there is")
    assert backend.filmed == ["s1"]
    assert shown(made, film) == list(range(12))


async def test_a_cut_is_filmed_once_its_picture_is_changed(tmp_path: Path, board: Storyboard) -> None:
    made = director(tmp_path, board)
    await made.make(BRIEF, project="fox")
    backend = made.crew.backend
    assert isinstance(backend, Counting)
    await made.edit("fox", "trim shot 1 by 1 second")
    backend.filmed.clear()
    proposal = made.propose("fox", "make shot 1 darker")
    assert (proposal.stale, proposal.price.cost_usd) == (("s1",), 0.5)
    film = await made.apply("fox", proposal.token)
    assert backend.filmed == ["s1"]
    assert not is_cut(film.storyboard.shot("s1"))
    assert shown(made, film) == list(range(8))
    assert made.propose("fox", "shot 1 slower").price.cost_usd == 0.0


async def test_a_plan_that_was_never_filmed_is_filmed_in_its_new_length(tmp_path: Path, board: Storyboard) -> None:
    made = director(tmp_path, board)
    await made.make(BRIEF, project="fox")
    made.change("fox", "make the fox blue")
    film = await made.edit("fox", "trim shot 1 by 1 second")
    backend = made.crew.backend
    assert isinstance(backend, Counting)
    assert sorted(backend.filmed) == ["s1", "s1", "s2"]
    assert shown(made, film) == list(range(8)), "the whole of what was filmed, not a window of it"


def test_plans_without_cuts_keep_their_digest(board: Storyboard) -> None:
    assert "cut" not in board.document()["shots"][0]
    assert Shot.model_validate(board.shots[0].model_dump()) == board.shots[0]
