"""References of the cast from the brief to the take: drawn once, kept, shown to the right shots, and made stale."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agent.crew import Crew
from agent.director import Director
from agent.references import element_called, looks, request_of
from storyboards.brief import Brief
from storyboards.errors import BackendUnavailable, BadMedia
from storyboards.shot import Element
from storyboards.storyboard import Storyboard
from tests.fakes import PaintedBackend, ScriptedPlanner, fake_crew, tiny_board
from tests.models.tiny_reel import QUICK, write_tiny
from tools.backends.animatic import Animatic
from tools.backends.reel import ReelBackend
from tools.contract import Drawing, Filming, Progress, ShotRequest
from tools.media import png_bytes

BRIEF = Brief(text="A fox goes home.")


class Sketcher(PaintedBackend):
    """Paints shots as before, uses references, and draws the cast in plain colours."""

    uses_references = True

    def __init__(self) -> None:
        super().__init__()
        self.drawn: list[str] = []
        self.shown: dict[str, list[str]] = {}

    def draw(self, element: Element) -> Drawing:
        self.drawn.append(element.id)
        tone = 10 * len(element.subject) + len(element.colour)
        return Drawing(np.full((8, 8, 4), tone, np.uint8), f"A {element.colour} {element.subject}.", element.identity)

    def film(self, request: ShotRequest, out: Path, idempotency_key: str, progress: Progress) -> Filming:
        super().film(request, out, idempotency_key, progress)
        self.shown[request.shot.id] = [f"{r.element}{'!' if r.given else ''}" for r in request.references]
        digests = [reference.sha256 for reference in request.references]
        return Filming({"references": digests}, b"latents of " + request.shot.id.encode(), ("hands are hard",))


def studio(home: Path, board: Storyboard | None = None) -> tuple[Crew, Sketcher]:
    sketcher = Sketcher()
    planner = ScriptedPlanner(board or tiny_board(3))
    return fake_crew(home, backend=sketcher, artist=sketcher, planner=planner), sketcher


def photo(folder: Path, tone: int = 200, name: str = "mine.png") -> Path:
    pixels = np.zeros((20, 20, 4), np.uint8)
    pixels[5:15, 5:15] = (tone, 0, 0, 255)
    (folder / name).write_bytes(png_bytes(pixels))
    return folder / name


async def test_every_element_is_drawn_once_and_shown_to_the_shots_it_is_in(tmp_path: Path) -> None:
    crew, sketcher = studio(tmp_path)
    film = await Director(crew).make(BRIEF, project="fox")
    assert sorted(sketcher.drawn) == ["cat", "fox", "owl"]
    assert sketcher.shown == {"s1": ["fox"], "s2": ["owl"], "s3": ["cat"]}
    assert {name: kept.recipe["caption"] for name, kept in film.cast.items()} == {
        "fox": "A orange fox.", "owl": "A purple owl.", "cat": "A white cat.",
    }  # fmt: skip
    assert all(crew.store.verify(kept.sha256) for kept in film.cast.values())
    await Director(crew).resume("fox")
    assert len(sketcher.drawn) == 3, "what is there is not drawn again"


async def test_what_a_backend_says_stays_with_the_take(tmp_path: Path) -> None:
    crew, _ = studio(tmp_path)
    film = await Director(crew).make(BRIEF, project="fox")
    take = next(take for take in film.takes if take.shot_id == "s1")
    assert take.recipe == {"references": [film.cast["fox"].sha256]}
    assert crew.store.path(take.latents_sha256).read_bytes() == b"latents of s1"
    assert "shot s1: hands are hard" in film.notes
    assert film.status == "complete", "a limit of the words is said, and does not degrade"
    again = await Director(crew).make(BRIEF, project="twin")
    assert [t.latents_sha256 for t in again.takes] == [t.latents_sha256 for t in film.takes]


async def test_a_changed_element_makes_its_own_sheet_and_shots_stale_and_no_others(tmp_path: Path) -> None:
    crew, sketcher = studio(tmp_path)
    director = Director(crew)
    film = await director.make(BRIEF, project="fox")
    sketcher.drawn.clear()
    sketcher.filmed.clear()
    changed = film.storyboard.changed(
        elements=tuple(
            e.model_copy(update={"colour": "green"}) if e.id == "owl" else e for e in film.storyboard.elements
        )
    )
    after = await director.remake("fox", changed, "a green owl")
    assert sketcher.drawn == ["owl"]
    assert sketcher.filmed == ["s2"]
    assert after.cast["fox"].sha256 == film.cast["fox"].sha256
    assert after.cast["owl"].sha256 != film.cast["owl"].sha256


async def test_a_persons_picture_is_shown_instead_and_makes_only_its_shots_stale(tmp_path: Path) -> None:
    crew, sketcher = studio(tmp_path)
    director = Director(crew)
    await director.make(BRIEF, project="fox")
    sketcher.filmed.clear()
    film = await director.edit("fox", "", references={"Owl": photo(tmp_path)})
    assert sketcher.filmed == ["s2"]
    assert sketcher.shown["s2"] == ["owl!"]
    assert film.cast["owl"].origin == "given"
    assert "the look of 'Owl' is that of mine.png: its own transparency is kept" in film.notes
    await director.edit("fox", "", references={"Owl": photo(tmp_path)})
    assert sketcher.filmed == ["s2"], "the same picture again changes nothing"
    await director.edit("fox", "", references={"Owl": photo(tmp_path, 90)})
    assert sketcher.filmed == ["s2", "s2"]
    assert {shot.id: shot.status for shot in director.show("fox").shots} == dict.fromkeys(("s1", "s2", "s3"), "current")


async def test_a_picture_may_come_with_the_brief(tmp_path: Path) -> None:
    crew, sketcher = studio(tmp_path)
    await Director(crew).make(BRIEF, project="fox", references={"fox": photo(tmp_path)})
    assert sorted(sketcher.drawn) == ["cat", "owl"]
    assert sketcher.shown["s1"] == ["fox!"]


async def test_a_picture_of_nobody_in_the_cast_degrades_the_film_and_says_who_is(tmp_path: Path) -> None:
    crew, _ = studio(tmp_path)
    film = await Director(crew).make(BRIEF, project="fox", references={"dragon": photo(tmp_path)})
    assert film.status == "degraded"
    assert "the picture given for 'dragon' is not used: in the cast are fox, owl, cat" in film.reasons


async def test_a_bad_picture_is_refused_before_anything_is_begun(tmp_path: Path) -> None:
    crew, sketcher = studio(tmp_path)
    (tmp_path / "bad.png").write_text("no")
    with pytest.raises(BadMedia):
        await Director(crew).make(BRIEF, project="fox", references={"fox": tmp_path / "bad.png"})
    assert crew.memory.projects.find("fox") is None
    await Director(crew).make(BRIEF, project="fox")
    before = Director(crew).show("fox").versions
    with pytest.raises(BadMedia):
        await Director(crew).edit("fox", "make shot 1 darker", references={"fox": tmp_path / "bad.png"})
    assert Director(crew).show("fox").versions == before
    assert len(sketcher.filmed) == 3


async def test_a_lost_sheet_is_drawn_again(tmp_path: Path) -> None:
    crew, sketcher = studio(tmp_path)
    film = await Director(crew).make(BRIEF, project="fox")
    crew.store.path(film.cast["cat"].sha256).write_bytes(b"spoiled")
    sketcher.drawn.clear()
    again = await Director(crew).resume("fox")
    assert sketcher.drawn == ["cat"]
    assert crew.store.verify(again.cast["cat"].sha256)


async def test_a_backend_that_does_not_look_is_not_refilmed_for_a_picture(tmp_path: Path) -> None:
    crew = fake_crew(tmp_path, planner=ScriptedPlanner(tiny_board(2)), artist=Animatic())
    assert isinstance(crew.backend, PaintedBackend)
    film = await Director(crew).make(BRIEF, project="fox")
    assert {kept.recipe["artist"] for kept in film.cast.values()} == {"animatic"}
    film = await Director(crew).edit("fox", "", references={"fox": photo(tmp_path)})
    assert len(crew.backend.filmed) == 2
    assert film.cast["fox"].origin == "given"


def test_names_find_the_element_that_is_meant() -> None:
    cast = (
        Element(id="fox", subject="fox", name="Rusty"), Element(id="cat-1", subject="cat"),
        Element(id="cat-2", subject="cat", described_as="a tiger"),
    )  # fmt: skip
    board = tiny_board(1, elements=[e.model_dump() for e in cast])
    found = {name: element_called(board, name) for name in ("rusty", " FOX", "cat", "tiger", "cat-1", "dog")}
    ids = {name: element.id if element else None for name, element in found.items()}
    assert ids == {"rusty": "fox", " FOX": "fox", "cat": None, "tiger": "cat-2", "cat-1": "cat-1", "dog": None}


def test_a_place_is_shown_to_the_shots_that_are_there(tmp_path: Path) -> None:
    place = Element(id="wood", kind="place", subject="forest")
    board = tiny_board(3)
    board = board.changed(elements=(*board.elements, place))
    crew, _ = studio(tmp_path, board)
    crew.memory.projects.create(BRIEF, "fox", "fox")
    from agent.references import draw_cast

    assert draw_cast(crew, "fox", board) == []
    assert set(looks(crew, "fox", board)) == {"fox", "owl", "cat", "wood"}
    requests = [request_of(crew, "fox", board, shot) for shot in board.shots]
    assert [[r.element for r in request.references] for request in requests] == [
        ["fox", "wood"], ["owl", "wood"], ["cat"],
    ]  # fmt: skip


def reel_crew(home: Path, weights: Path, **more: Any) -> Crew:
    backend = ReelBackend(folder=weights, making=QUICK)
    return fake_crew(home, backend=backend, artist=backend, planner=ScriptedPlanner(tiny_board(2)), **more)


async def test_the_reel_makes_a_film_of_two_shots(tmp_path: Path) -> None:
    write_tiny(tmp_path / "weights")
    crew = reel_crew(tmp_path / "home", tmp_path / "weights", judges=())
    film = await Director(crew).make(BRIEF, project="fox", references={"owl": photo(tmp_path)})
    assert {take.backend for take in film.takes} == {"reel"}
    assert {name: kept.origin for name, kept in film.cast.items()} == {"fox": "drawn", "owl": "given"}
    by_shot = {take.shot_id: take for take in film.takes if film.is_kept(take)}
    told = {shot: take.recipe["references"] for shot, take in by_shot.items()}
    assert told == {
        "s1": [{"element": "fox", "sha256": film.cast["fox"].sha256, "given": False}],
        "s2": [{"element": "owl", "sha256": film.cast["owl"].sha256, "given": True}],
    }
    assert all(crew.store.verify(take.latents_sha256) for take in by_shot.values())
    other = reel_crew(tmp_path / "other", tmp_path / "weights", judges=())
    twin = await Director(other).make(BRIEF, project="fox", references={"owl": photo(tmp_path)})
    assert [t.video_sha256 for t in twin.takes] == [t.video_sha256 for t in film.takes]


async def test_new_weights_are_new_takes_of_what_is_filmed_next_only(tmp_path: Path) -> None:
    write_tiny(tmp_path / "one")
    write_tiny(tmp_path / "two", seed=5)
    crew = reel_crew(tmp_path / "home", tmp_path / "one", judges=())
    film = await Director(crew).make(BRIEF, project="fox")
    newer = ReelBackend(folder=tmp_path / "two", making=QUICK)
    later = replace(crew, backend=newer, artist=newer)
    again = await Director(later).resume("fox")
    assert [t.key for t in again.takes] == [t.key for t in film.takes], "what is ready stays ready"
    assert again.cast["fox"].sha256 != film.cast["fox"].sha256


async def test_a_reel_without_weights_says_so_and_keeps_the_plan(tmp_path: Path) -> None:
    crew = reel_crew(tmp_path / "home", tmp_path / "nothing")
    with pytest.raises(BackendUnavailable, match="storyreel train"):
        await Director(crew).make(BRIEF, project="fox")
    assert [shot.status for shot in Director(crew).show("fox").shots] == ["missing", "missing"]
