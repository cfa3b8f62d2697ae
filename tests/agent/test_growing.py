"""Shots that are made longer: what their takes show stays, and only the rest is filmed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from agent.director import Director
from agent.film import Film
from agent.plan_tools import apply_tool
from storyboards.brief import Brief
from storyboards.cutting import grown_shot, is_cut, is_grown
from storyboards.shot import Shot
from storyboards.storyboard import Storyboard, read_storyboard
from tests.fakes import PaintedBackend, ScriptedPlanner, fake_crew, tiny_board
from tools.catalogue import CATALOGUE
from tools.contract import Filming, Progress, ShotRequest, request_for, take_key
from tools.media import FrameWriter, read_frames

BRIEF = Brief(text="A fox goes home.")


class Going(PaintedBackend):
    """Paints 10 and the number of its takes so far; of a take that goes on what was there, and 100 more after it. Its
    latents are the brightness of each frame."""

    def film(self, request: ShotRequest, out: Path, idempotency_key: str, progress: Progress) -> Filming:
        self.filmed.append(request.shot.id)
        shown: list[int] = []
        if request.base is not None and request.base.latents is not None:
            shown = list(request.base.latents.read_bytes())
        new = (110 if shown else 10) + 5 * len(self.filmed)
        shown = (shown + [new] * request.frames)[: request.frames]
        with FrameWriter(out, request.width, request.height, request.rate) as writer:
            for level in shown:
                writer.write(np.full((request.height, request.width, 3), level, np.uint8))
        return Filming(latents=bytes(shown))


@pytest.fixture
def board() -> Storyboard:
    document = tiny_board(2, 16, music=None).document()
    part = document["shots"][0]["parts"][0]
    part["actions"] = [{"verb": "walk", "end": 0.5}, {"verb": "look around", "start": 0.5}]
    return read_storyboard(document)


@pytest.fixture
def made(tmp_path: Path, board: Storyboard) -> Director:
    return Director(fake_crew(tmp_path, planner=ScriptedPlanner(board), backend=Going(price_usd=0.5), judges=()))


def levels(director: Director, film: Film) -> list[int]:
    take = next(take for take in film.takes if film.is_kept(take) and take.shot_id == "s1")
    frames = list(read_frames(director.crew.store.path(take.video_sha256)))[: take.frames]
    return [round(float(frame.mean()), -1) for frame in frames]  # type: ignore[misc]


def filmed(director: Director) -> list[str]:
    backend = director.crew.backend
    assert isinstance(backend, Going)
    taken, backend.filmed = backend.filmed, ["x"] * 2
    return taken


async def test_a_longer_shot_keeps_what_it_shows(made: Director) -> None:
    before = levels(made, await made.make(BRIEF, project="fox"))
    filmed(made)
    film = await made.edit("fox", "make shot 1 1 second longer")
    assert filmed(made)[2:] == ["s1"]
    after = levels(made, film)
    assert len(after) == len(before) + 8
    assert after[: len(before)] == before
    assert min(after[len(before) :]) > 100
    first, second = film.storyboard.shot("s1").parts[0].actions
    assert first.end == pytest.approx(0.5 * 16 / 24, abs=1e-3), "it walks as long as it did"
    assert second.end == 1.0


async def test_the_tool_grows_it_and_growing_again_keeps_both(made: Director, board: Storyboard) -> None:
    await made.make(BRIEF, project="fox")
    call = CATALOGUE["extend"].arguments.model_validate({"shot": "s1", "seconds": 0.5})
    once = await made.remake("fox", apply_tool(board, "extend", call, made.crew.backend)[0], "extend")
    twice = await made.edit("fox", "shot 1 1 second longer")
    assert levels(made, twice)[:20] == levels(made, once)
    assert twice.storyboard.shot("s1").grown == once.storyboard.shot("s1").model_copy(
        update={"prompt": "", "source": "", "title": "", "lines": ()}
    )
    taken = len(filmed(made))
    shorter = await made.edit("fox", "trim shot 1 to 1 second")
    assert is_cut(shorter.storyboard.shot("s1"))
    assert levels(made, shorter) == levels(made, twice)[:8]
    assert len(filmed(made)) == 2 < taken, "it is cut from the longest take"


async def test_another_picture_is_filmed_from_its_beginning(made: Director) -> None:
    await made.make(BRIEF, project="fox")
    await made.edit("fox", "make shot 1 longer")
    darker = await made.edit("fox", "make shot 1 darker")
    shot = darker.storyboard.shot("s1")
    assert shot.grown is not None
    assert not is_grown(shot)
    assert len(set(levels(made, darker))) == 1
    again = await made.edit("fox", "redo shot 1")
    assert again.storyboard.shot("s1").grown is None


async def test_a_plan_that_was_not_filmed_is_filmed_at_its_new_length(tmp_path: Path, board: Storyboard) -> None:
    longer = board.with_shot(grown_shot(board.shot("s1"), 40))
    made = Director(fake_crew(tmp_path, planner=ScriptedPlanner(longer), backend=Going(price_usd=0.5), judges=()))
    film = await made.make(BRIEF, project="fox")
    assert len(levels(made, film)) == 40
    assert len(set(levels(made, film))) == 1
    assert not film.notes


def test_how_a_shot_grew_is_part_of_its_recipe_and_other_plans_keep_theirs(board: Storyboard) -> None:
    longer = board.with_shot(grown_shot(board.shot("s1"), 40))
    plain = longer.with_shot(longer.shot("s1").model_copy(update={"grown": None}))
    keys = {take_key(request_for(each, each.shot("s1")), "painted", "1") for each in (board, longer, plain)}
    assert len(keys) == 3
    assert "grown" not in board.document()["shots"][0]


def test_only_what_is_the_same_but_longer_goes_on(board: Storyboard) -> None:
    shot = board.shot("s1")
    longer = grown_shot(shot, 40)
    assert is_grown(longer)
    assert is_grown(longer.model_copy(update={"seed": 9})), "another seed goes on otherwise"
    for other in ({"time": "night"}, {"frames": 16}, {"parts": shot.parts}, {"grown": None}):
        assert not is_grown(longer.model_copy(update=other)), other
    with pytest.raises(ValueError, match="does not grow to 16"):
        grown_shot(shot, 16)
    assert Shot.model_validate_json(longer.model_dump_json()) == longer
