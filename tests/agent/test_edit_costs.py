"""An edit costs what it changes: exactly the expected shots get new takes; the rest are the same files."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agent.director import Director
from agent.film import Film
from agent.history import History
from storyboards.brief import Brief
from storyboards.storyboard import read_storyboard
from tests.fakes import PaintedBackend, ScriptedPlanner, fake_crew, tiny_board

BELL = "add a bell in shot 2 at 0.5 seconds"
"""A take with another sound and the same picture: nothing is painted for it."""

CUTS = ("shot 3 half as long", "trim shot 3 by 0.3 seconds", "shot 3 slower", "shot 3 in slow motion")
"""A take that is cut from the one that is there: nothing is painted for it."""

EDITS: list[tuple[str, set[str]]] = [
    ("make shot 2 darker", {"s2"}),
    ("shot 3 2 seconds", {"s3"}),
    *((words, {"s3"}) for words in CUTS),
    ("make the fox blue", {"s1", "s4"}),
    ("give the owl a hat", {"s2"}),
    ("make the cat bigger", {"s3"}),
    ("swap the owl for a white dog", {"s2"}),
    ("it should rain in shot 4", {"s4"}),
    ("set shot 1 at night", {"s1"}),
    ("change the setting of shot 3 to the beach", {"s3"}),
    ("camera pans left in shot 2", {"s2"}),
    ("close-up in shot 4", {"s4"}),
    ("the fox should run to the left in shot 1", {"s1"}),
    ("add a dog to shot 3", {"s3"}),
    (BELL, {"s2"}),
    ("add a shot of the owl sleeping after shot 2", {"s5"}),
    ("redo shot 3", {"s3"}),
    ("dissolve into shot 3", {"s2"}),
    ("in watercolour style", {"s1", "s2", "s3", "s4"}),
    ("make it vertical", {"s1", "s2", "s3", "s4"}),
    ("remove shot 3", set()),
    ("move shot 4 to the beginning", set()),
    ("swap shots 2 and 3", set()),
    ("no music", set()),
    ("sad music", set()),
    ("title \"Home\" on the last shot", set()),
    ("in shot 2 the narrator says \"Once.\"", set()),
    ("call it \"The Lantern\"", set()),
    ("lock shot 2", set()),
]  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Director, Film]:
    board = tiny_board(4)
    document = board.document()
    document["shots"][3]["parts"][0]["element"] = "fox"
    document["elements"] = document["elements"][:3]
    crew = fake_crew(tmp_path_factory.mktemp("home"), planner=ScriptedPlanner(read_storyboard(document)), judges=())
    director = Director(crew)
    return director, asyncio.run(director.make(Brief(text="A fox goes home."), project="fox"))


def files(director: Director, film: Film) -> dict[str, tuple[str, bytes, bytes]]:
    """Of every shot that plays: the key of its take, and its picture and sound byte for byte."""
    store = director.crew.store
    return {
        take.shot_id: (
            take.key, store.path(take.video_sha256).read_bytes(),
            store.path(take.sound_sha256).read_bytes() if take.sound_sha256 else b"",
        )
        for take in film.takes if film.is_kept(take)
    }  # fmt: skip


@pytest.mark.parametrize(("words", "expected"), EDITS, ids=[words for words, _ in EDITS])
async def test_an_edit_films_what_it_changes_and_nothing_else(
    made: tuple[Director, Film], words: str, expected: set[str]
) -> None:
    director, film = made
    History(director.crew).go("fox", "1")
    before = files(director, film)
    backend = director.crew.backend
    assert isinstance(backend, PaintedBackend)
    backend.filmed.clear()
    after = files(director, await director.edit("fox", words))
    assert set(backend.filmed) == (set() if words in (BELL, *CUTS) else expected), "what was painted"
    assert {shot for shot in after if after[shot][0] not in {key for key, _, _ in before.values()}} == expected
    assert all(after[shot] == before[shot] for shot in after.keys() - expected)


async def test_an_edit_that_comes_back_costs_nothing(made: tuple[Director, Film], tmp_path: Path) -> None:
    director, film = made
    History(director.crew).go("fox", "1")
    backend = director.crew.backend
    assert isinstance(backend, PaintedBackend)
    await director.edit("fox", "make shot 2 darker")
    backend.filmed.clear()
    back = await director.edit("fox", "make shot 2 brighter", out=tmp_path / "back.mp4")
    assert backend.filmed == []
    assert files(director, back) == files(director, film)
