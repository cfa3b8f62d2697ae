"""Shots that are made of other takes: one that begins where another ends, and one with a region filmed anew."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from agent.director import Director
from agent.film import Film
from agent.plan_tools import apply_tool
from storyboards.brief import Brief
from storyboards.errors import BadEdit, BadStoryboard, ToolRefused
from storyboards.storyboard import Storyboard
from tests.fakes import PaintedBackend, ScriptedPlanner, fake_crew, tiny_board
from tools.catalogue import CATALOGUE
from tools.contract import Filming, Progress, ShotRequest
from tools.media import FrameWriter, extract_still, read_frames, read_picture

BRIEF = Brief(text="A fox goes home.")


class Joining(PaintedBackend):
    """Paints a grey that grows lighter by the frame, from black or from the picture that a shot begins with. A region
    that is painted anew is white."""

    abilities = frozenset({"continue_from_last_frame", "inpaint_region"})

    def film(self, request: ShotRequest, out: Path, idempotency_key: str, progress: Progress) -> Filming:
        self.filmed.append(request.shot.id)
        begin = 10 + request.shot.seed % 7
        if request.opening is not None:
            begin += int(read_picture(request.opening.path).mean())
        with FrameWriter(out, request.width, request.height, request.rate) as writer:
            for frame in range(request.frames):
                picture = np.full((request.height, request.width, 3), begin + 4 * frame, np.uint8)
                if request.shot.patch is not None:
                    assert request.base is not None
                    assert request.base.latents.read_bytes() == b"latents"
                    picture[:, : round(request.width * request.shot.patch.right)] = 255
                writer.write(picture)
        return Filming(latents=b"latents")


def director(home: Path, continuing: Sequence[str], backend: PaintedBackend, **changes: object) -> Director:
    board = tiny_board(4, 8, music=None)
    shots = tuple(shot.model_copy(update={"continues": shot.id in continuing}) for shot in board.shots)
    planner = ScriptedPlanner(board.changed(shots=shots))
    return Director(fake_crew(home, **{"planner": planner, "backend": backend, "judges": (), **changes}))


def changed(director: Director, name: str, **arguments: object) -> Storyboard:
    projects = director.crew.memory.projects
    board = projects.board("fox", projects.open("fox").board)
    call = CATALOGUE[name].arguments.model_validate(arguments)
    return apply_tool(board, name, call, director.crew.backend)[0]


def ends(director: Director, film: Film) -> dict[str, tuple[float, float]]:
    """Brightness of the first and the last frame of every shot."""
    path = director.crew.store.path
    return {
        take.shot_id: tuple(
            round(float(extract_still(path(take.video_sha256), at).mean())) for at in (0, take.frames - 1)
        )
        for take in film.takes
        if film.is_kept(take)
    }  # type: ignore[misc]


async def test_shots_that_continue_are_filmed_one_after_the_other(tmp_path: Path) -> None:
    backend = Joining()
    made = director(tmp_path, ("s2", "s3"), backend)
    film = await made.make(BRIEF, project="fox")
    assert sorted(backend.filmed[:2]) == ["s1", "s4"]
    assert backend.filmed[2:] == ["s2", "s3"]
    seen = ends(made, film)
    assert seen["s2"][0] == pytest.approx(seen["s1"][1] + 10, abs=3)
    assert seen["s3"][0] == pytest.approx(seen["s2"][1] + 10, abs=3)
    assert seen["s4"][0] == pytest.approx(10, abs=3)
    backend.filmed.clear()
    await made.edit("fox", "make shot 1 darker")
    assert backend.filmed == ["s1", "s2", "s3"], "what follows begins with another picture"
    backend.filmed.clear()
    await made.edit("fox", "make shot 3 darker")
    assert backend.filmed == ["s3"]
    await made.resume("fox")
    assert backend.filmed == ["s3"]


async def test_another_take_of_the_shot_before_is_another_beginning(tmp_path: Path) -> None:
    backend = Joining()
    made = director(tmp_path, ("s2",), backend)
    brief = BRIEF.model_copy(update={"limits": BRIEF.limits.model_copy(update={"takes_at_once": 2})})
    film = await made.make(brief, project="fox")
    first = next(take for take in film.takes if film.is_kept(take) and take.shot_id == "s1")
    second = next(take for take in film.takes if take.shot_id == "s1" and take.key != first.key)
    begun = {take.recipe["begins_with"] for take in film.takes if take.shot_id == "s2"}
    assert begun == {first.video_sha256}
    made.pick("fox", "s1", second.ordinal)
    after = await made.resume("fox")
    playing = next(take for take in after.takes if after.is_kept(take) and take.shot_id == "s2")
    assert playing.recipe["begins_with"] == second.video_sha256


async def test_a_shot_is_continued_and_a_region_filmed_anew_by_tools(tmp_path: Path) -> None:
    backend = Joining()
    made = director(tmp_path, (), backend)
    await made.make(BRIEF, project="fox")
    backend.filmed.clear()
    film = await made.remake("fox", changed(made, "continue_from_last_frame", shot="s2"), "continue")
    assert backend.filmed == ["s2"]
    region = {"left": 0.0, "top": 0.0, "right": 0.5, "bottom": 1.0, "why": "a stain"}
    film = await made.remake("fox", changed(made, "inpaint_region", shot="s3", **region), "inpaint")
    assert backend.filmed == ["s2", "s3"]
    take = next(take for take in film.takes if film.is_kept(take) and take.shot_id == "s3")
    frame = next(read_frames(made.crew.store.path(take.video_sha256))).astype(float)
    assert frame[:, :28].mean() > 240
    assert frame[:, 36:].mean() < 30
    with pytest.raises(BadEdit, match="nothing to continue from"):
        changed(made, "continue_from_last_frame", shot="s1")
    with pytest.raises(BadEdit, match="left before its right"):
        changed(made, "inpaint_region", shot="s3", **{**region, "right": 0.0})
    back = await made.edit("fox", "redo shot 3")
    assert back.storyboard.shot("s3").patch is None


async def test_who_cannot_says_so_before_anything_is_filmed(tmp_path: Path) -> None:
    backend = PaintedBackend()
    made = director(tmp_path, ("s2",), backend)
    with pytest.raises(ToolRefused, match="painted cannot continue from last frame, which shot 2 needs"):
        await made.make(BRIEF, project="fox")
    assert backend.filmed == []
    with pytest.raises(ToolRefused, match="painted cannot inpaint region"):
        changed(made, "inpaint_region", shot="s3", left=0.0, top=0.0, right=0.5, bottom=1.0, why="a stain")


async def test_a_shot_is_continued_by_words(tmp_path: Path) -> None:
    backend = Joining()
    made = director(tmp_path, (), backend)
    await made.make(BRIEF, project="fox")
    backend.filmed.clear()
    joined = await made.edit("fox", "begin shot 3 with the last frame of shot 2")
    assert (joined.storyboard.shot("s3").continues, backend.filmed) == (True, ["s3"])
    with pytest.raises(BadEdit, match="right before it"):
        await made.edit("fox", "shot 4 continues shot 2")
    apart = await made.edit("fox", "shot 3 no longer continues shot 2")
    assert (apart.storyboard.shot("s3").continues, backend.filmed) == (False, ["s3"]), "its first take is there still"
    assert (await made.edit("fox", "shot 2 continues shot 1")).storyboard.shot("s2").continues
    moved = await made.edit("fox", "move shot 2 to the beginning")
    assert not moved.storyboard.shots[0].continues
    plain = director(tmp_path / "plain", (), PaintedBackend())
    await plain.make(BRIEF, project="fox")
    with pytest.raises(ToolRefused, match="painted cannot continue"):
        plain.change("fox", "shot 3 continues shot 2")
    assert plain.show("fox").cut == "current"


def test_the_first_shot_continues_nothing() -> None:
    board = tiny_board(2)
    with pytest.raises(BadStoryboard, match="nothing to continue from"):
        board.with_shot(board.shots[0].model_copy(update={"continues": True}))
