"""A shot begins with a person's picture: it is in the plan, reaches who films, and promises nothing that it shows."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from agent.archive import export_project, import_project
from agent.chat.engine import Chat
from agent.chat.opening import openings_in, without_material
from agent.chat.replies import Attachment
from agent.crew import Crew
from agent.director import Director
from agent.film import Film
from agent.material import Material, files_of
from agent.memory.memory import Memory
from storyboards.brief import Brief
from storyboards.errors import BadMedia, BadStoryboard, ContentMissing, ToolRefused, UnknownName
from storyboards.shot import FirstFrame
from storyboards.storyboard import Storyboard
from tests.fakes import PaintedBackend, ScriptedPlanner, fake_crew, tiny_board
from tools.contract import Filming, Progress, ShotRequest
from tools.media import png_bytes, read_picture
from tools.store import Store

BRIEF = Brief(text="A fox goes home.")


class Beginning(PaintedBackend):
    """Remembers with which picture each shot began, and whether the cast was in it."""

    abilities = frozenset({"begin_with_picture", "continue_from_last_frame"})

    def __init__(self) -> None:
        super().__init__()
        self.begun: dict[str, tuple[float, bool]] = {}

    def film(self, request: ShotRequest, out: Path, idempotency_key: str, progress: Progress) -> Filming | None:
        if request.opening is not None:
            self.begun[request.shot.id] = float(read_picture(request.opening.path).mean()), request.opening.cast
        return super().film(request, out, idempotency_key, progress)


def picture(place: Path, name: str, grey: int, size: tuple[int, int] = (90, 160)) -> Path:
    path = place / name
    path.write_bytes(png_bytes(np.full((*size, 3), grey, np.uint8)))
    return path


def crew_of(home: Path, **changes: object) -> Crew:
    planner = ScriptedPlanner(tiny_board(3, 16, music=None))
    return fake_crew(home, **{"planner": planner, "judges": (), "backend": Beginning(), **changes})


def kinds_of(film: Film, shot_id: str) -> set[str]:
    return {claim.kind for claim in film.claims if claim.shot_id == shot_id}


def begun(board: Storyboard) -> dict[str, bool]:
    return {shot.id: shot.first_frame.cast for shot in board.shots if shot.first_frame is not None}


async def test_a_shot_begins_with_a_picture_that_reaches_who_films_and_promises_nothing_it_shows(
    tmp_path: Path,
) -> None:
    crew = crew_of(tmp_path / "home")
    backend, director = crew.backend, Director(crew)
    assert isinstance(backend, Beginning)
    material = Material(
        first_frames={"1": picture(tmp_path, "a.png", 60)}, backdrops={"last": picture(tmp_path, "b.png", 180)}
    )
    film = await director.make(BRIEF, project="fox", material=material)
    assert begun(film.storyboard) == {"s1": True, "s3": False}
    assert backend.begun == {"s1": (60.0, True), "s3": (180.0, False)}
    light = {"setting", "time", "weather"}
    assert not kinds_of(film, "s1") & (light | {"colour", "framing"})
    assert {"subject", "colour", "framing"} <= kinds_of(film, "s3"), "who comes into a backdrop is as the plan says"
    assert not kinds_of(film, "s3") & light
    assert light <= kinds_of(film, "s2")
    said = [message.text for message in crew.memory.projects.messages("fox")]
    assert any("shot 1 begins with a.png." in text for text in said)
    backend.filmed.clear()
    again = await director.edit("fox", "", material=Material(first_frames={"1": picture(tmp_path, "c.png", 90)}))
    assert (backend.filmed, backend.begun["s1"]) == (["s1"], (90.0, True)), "another picture is another take"
    alone = await director.edit("fox", "shot 1 no longer begins with the picture")
    assert begun(alone.storyboard) == {"s3": False}
    assert again.storyboard.shot("s1").first_frame is not None


async def test_a_picture_to_begin_with_goes_with_the_archive(tmp_path: Path) -> None:
    crew = crew_of(tmp_path / "home")
    material = Material(first_frames={"2": picture(tmp_path, "a.png", 60)})
    film = await Director(crew).make(BRIEF, project="fox", material=material)
    (sha256,) = files_of(film.storyboard)
    out = export_project(crew, "fox", tmp_path / "fox.zip").out
    away = crew_of(tmp_path / "away", memory=Memory(tmp_path / "away"), store=Store(tmp_path / "away" / "store"))
    assert import_project(away, out) == "fox"
    assert away.store.holds(sha256)
    away.store.path(sha256).unlink()
    with pytest.raises(ContentMissing, match="the picture that shot s2 begins with is gone"):
        await Director(away).edit("fox", "redo shot 2")


async def test_who_cannot_begin_with_a_picture_says_so_before_anything_is_filmed(tmp_path: Path) -> None:
    crew = crew_of(tmp_path / "home", backend=PaintedBackend())
    backend = crew.backend
    assert isinstance(backend, PaintedBackend)
    material = Material(backdrops={"2": picture(tmp_path, "a.png", 60)})
    with pytest.raises(ToolRefused, match="painted cannot begin with a picture, which shot 2 does") as refused:
        await Director(crew).make(BRIEF, project="fox", material=material)
    assert "“shot 2 no longer begins with the picture”" in str(refused.value)
    assert backend.filmed == []


async def test_a_picture_that_cannot_be_used_is_refused_with_its_name(tmp_path: Path) -> None:
    director = Director(crew_of(tmp_path / "home"))
    await director.make(BRIEF, project="fox")
    (tmp_path / "no.png").write_text("no picture")
    wrong: tuple[tuple[Mapping[str, Path], type[Exception], str], ...] = (
        ({"1": tmp_path / "no.png"}, BadMedia, "no.png is none of the formats"),
        ({"1": picture(tmp_path, "s.png", 9, (32, 200))}, BadMedia, "s.png is smaller than 64 pixels a side"),
        ({"9": picture(tmp_path, "a.png", 9)}, UnknownName, "no shot '9' for the picture; the film has 3 shots"),
    )
    for frames, error, why in wrong:
        with pytest.raises(error, match=why):
            await director.edit("fox", "", material=Material(first_frames=frames))


async def test_a_shot_that_begins_with_a_picture_continues_nothing(tmp_path: Path) -> None:
    director = Director(crew_of(tmp_path / "home"))
    await director.make(BRIEF, project="fox")
    joined = await director.edit("fox", "shot 2 continues shot 1")
    assert joined.storyboard.shot("s2").continues
    material = Material(first_frames={"2": picture(tmp_path, "a.png", 60)})
    pictured = (await director.edit("fox", "", material=material)).storyboard
    assert (pictured.shot("s2").continues, pictured.shot("s2").first_frame is not None) == (False, True)
    back = (await director.edit("fox", "shot 2 continues shot 1")).storyboard
    assert (back.shot("s2").continues, back.shot("s2").first_frame) == (True, None)
    both = back.shot("s2").model_copy(update={"first_frame": FirstFrame(sha256="0" * 64)})
    with pytest.raises(BadStoryboard, match="not both"):
        back.changed(shots=(back.shots[0], both, back.shots[2]))


@pytest.mark.parametrize(
    ("text", "frames", "backdrops", "rest"),
    [
        ("Start shot 2 with this picture.", ["2"], [], ""),
        ("Animate this photo: the fox runs away.", ["1"], [], "the fox runs away."),
        ("A fox goes home. Use this picture as the backdrop of shot 3.", [], ["3"], "A fox goes home."),
        ("use this image as the first frame of the last shot", ["last"], [], ""),
        ("Bring this drawing to life.", ["1"], [], ""),
        ("use this picture for the fox", [], [], "use this picture for the fox"),
        ("Let shot 2 begin with this picture.", ["2"], [], ""),
        ("In shot 2, begin with this picture", ["2"], [], ""),
        ("Shot 2 should start from my photo", ["2"], [], ""),
        ("The third shot begins with this drawing: a fox runs.", ["3"], [], "a fox runs."),
        ("Begin with this picture in shot 2, please", ["2"], [], "please"),
        ("A fox brings the picture to the museum.", [], [], "A fox brings the picture to the museum."),
        ("The fox starts from the frame and runs home", [], [], "The fox starts from the frame and runs home"),
        ("use the photo as background music cover", [], [], "use the photo as background music cover"),
    ],
)
def test_words_say_which_shot_a_picture_begins(
    tmp_path: Path, text: str, frames: list[str], backdrops: list[str], rest: str
) -> None:
    attached = [Attachment(picture(tmp_path, "a.png", 60))]
    found = openings_in(text, attached)
    assert [sorted(each) for each in found] == [frames, backdrops]
    assert without_material(text, attached) == rest


async def test_only_words_that_say_so_take_a_picture_away(tmp_path: Path) -> None:
    director = Director(crew_of(tmp_path / "home"))
    await director.make(BRIEF, project="fox", material=Material(first_frames={"1": picture(tmp_path, "a.png", 60)}))
    for words in ("make shot 1 darker but not the whole picture", "shot 1 no longer begins with my drawing"):
        board = (await director.edit("fox", words)).storyboard
        assert (board.shot("s1").first_frame is None) == ("begins" in words), words


async def test_an_archive_has_the_pictures_of_older_plans(tmp_path: Path) -> None:
    crew = crew_of(tmp_path / "home")
    director = Director(crew)
    film = await director.make(
        BRIEF, project="fox", material=Material(first_frames={"1": picture(tmp_path, "a.png", 60)})
    )
    await director.edit("fox", "", material=Material(first_frames={"1": picture(tmp_path, "b.png", 90)}))
    out = export_project(crew, "fox", tmp_path / "fox.zip").out
    away = crew_of(tmp_path / "away", memory=Memory(tmp_path / "away"), store=Store(tmp_path / "away" / "store"))
    import_project(away, out)
    (older,) = files_of(film.storyboard)
    assert away.store.holds(older)


async def test_pictures_come_with_messages_or_as_was_chosen(tmp_path: Path) -> None:
    crew = crew_of(tmp_path / "home")
    chat = Chat(Director(crew))
    shown = picture(tmp_path, "a.png", 60)
    await Director(crew).make(BRIEF, project="fox")
    told = await chat.say("fox", "start shot 2 with this picture", attachments=[Attachment(shown)])
    assert told.film is not None
    assert begun(told.film.storyboard) == {"s2": True}
    assert "shot 2 begins with a.png" in told.text
    chosen = [
        Attachment(shown, "sea.png", meant="backdrop of shot 1"),
        Attachment(shown, "me.png", meant="beginning of shot 3"),
    ]
    told = await chat.say("fox", "", attachments=chosen, film=False)
    board = await asyncio.to_thread(crew.memory.projects.board, "fox", crew.memory.projects.open("fox").board)
    assert begun(board) == {"s1": False, "s2": True, "s3": True}
    twice = [Attachment(shown, meant="beginning of shot 1"), Attachment(shown, meant="backdrop of shot 1")]
    assert "two pictures are to begin shot 1" in (await chat.say("fox", "", attachments=twice)).text
