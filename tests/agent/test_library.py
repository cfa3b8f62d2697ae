"""Cast again in another film: the picture comes along, the take says that it was shown, and a claim checks it."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.director import Director
from agent.history import History
from agent.library import Library
from agent.memory.memory import Memory
from agent.preferences import Preferences
from storyboards.brief import Brief
from storyboards.claims import Claim, compile_claims
from storyboards.critique import Verdict
from storyboards.errors import BadInput, UnknownName
from storyboards.storyboard import read_storyboard
from tests.agent.test_references import Sketcher, studio
from tests.fakes import PlainExaminer, ScriptedPlanner, fake_crew, tiny_board
from tools.contract import Footage, ShotRequest

BRIEF = Brief(text="A fox goes home.")


class Comparer(PlainExaminer):
    """Says that two shots show the same when the element in both is of one colour and identity."""

    def measure_continuity(
        self, claims: tuple[Claim, ...], footage: dict[str, Footage], requests: dict[str, ShotRequest]
    ) -> tuple[Verdict, ...]:
        verdicts = []
        for claim in claims:
            looks = []
            for name in (claim.other, claim.shot_id):
                assert footage[name].video.exists()
                looks += [(e.subject, e.colour, e.identity) for e in requests[name].elements if e.id == claim.element]
            outcome = "pass" if len(looks) == 2 and looks[0] == looks[1] else "fail"
            verdicts.append(Verdict(claim_id=claim.id, outcome=outcome, tier="T1", measured=str(looks)))  # type: ignore[arg-type]
        return tuple(verdicts)


async def two_films(home: Path) -> tuple[Director, Library]:
    """A film with a fox called Robin, and another with an owl and a cat."""
    crew, _ = studio(home, tiny_board(2, seed=3))
    cast = [{"id": "hero", "subject": "owl", "colour": "purple", "identity": 5},
            {"id": "cat", "subject": "cat", "colour": "white"}]  # fmt: skip
    shots = [{"id": f"s{n}", "frames": 8, "setting": "village", "parts": [{"element": element["id"]}]}
             for n, element in enumerate(cast, start=1)]  # fmt: skip
    other = read_storyboard(tiny_board(2).document() | {"elements": cast, "shots": shots})
    await Director(crew).make(BRIEF, project="first")
    crew = fake_crew(home, backend=crew.backend, artist=crew.artist, planner=ScriptedPlanner(other), store=crew.store,
                     memory=crew.memory, examiner=Comparer())  # fmt: skip
    director = Director(crew)
    await director.make(Brief(text="An owl in a village."), project="second")
    return director, Library(crew)


async def test_a_character_of_one_film_is_cast_in_another_and_it_is_proven(tmp_path: Path) -> None:
    director, library = await two_films(tmp_path)
    item = library.keep("first", "fox", "Robin")
    assert (item.kind, item.origin["project"], len(item.sha256)) == ("character", "first", 64)
    backend = director.crew.backend
    assert isinstance(backend, Sketcher)
    backend.filmed.clear()
    changes = library.cast("second", "robin", "hero")
    assert "element hero: subject owl → fox" in changes
    assert director.show("second").shots[0].causes[:2] == (
        "element hero: subject owl → fox", "element hero: colour purple → orange",
    )  # fmt: skip
    film = await director.resume("second")
    assert backend.filmed == ["s1"], "only the shot it is in"
    assert backend.shown["s1"] == ["hero!"]
    take = next(t for t in film.takes if film.is_kept(t) and t.shot_id == "s1")
    assert take.recipe["references"] == [item.sha256]
    proof = next(v for v in film.verdicts if v.claim_id == "s1.continuity.hero.library")
    assert (proof.outcome, proof.tier) == ("pass", "T1")
    assert f"the reference {item.sha256[:8]} is in the take's recipe" in proof.evidence.note
    assert library.cast("second", "Robin", "hero") == (), "it is cast so already"


async def test_a_take_without_the_picture_fails_its_claim(tmp_path: Path) -> None:
    director, library = await two_films(tmp_path)
    library.keep("first", "fox", "Robin")
    library.cast("second", "Robin", "hero")
    backend = director.crew.backend
    real = type(backend).film

    def forgetful(request, out, key, progress):  # type: ignore[no-untyped-def]
        real(backend, request, out, key, progress)

    backend.film = forgetful  # type: ignore[method-assign]
    film = await director.resume("second")
    proof = next(v for v in film.verdicts if v.claim_id == "s1.continuity.hero.library")
    assert (proof.outcome, proof.tier) == ("fail", "T0")
    assert film.status == "degraded"


async def test_undoing_a_cast_takes_its_picture_away_too(tmp_path: Path) -> None:
    director, library = await two_films(tmp_path)
    library.keep("first", "fox", "Robin")
    library.cast("second", "Robin", "hero")
    await director.resume("second")
    filmed = len(director.crew.backend.filmed)  # type: ignore[attr-defined]
    History(director.crew).undo("second")
    film = await director.resume("second")
    assert len(director.crew.backend.filmed) == filmed  # type: ignore[attr-defined]
    assert film.cast["hero"].origin == "drawn"
    assert film.status == "complete"
    assert not [claim for claim in compile_claims(film.storyboard) if claim.id.endswith(".library")]


async def test_what_else_can_be_kept_and_what_cannot(tmp_path: Path) -> None:
    director, library = await two_films(tmp_path)
    assert library.keep("first", "music", "calm theme").document["mood"] == "calm"
    assert library.keep("first", "style").name == "style of first"
    assert library.keep("first", "forest", "the wood").kind == "place"
    assert library.keep("first", "voice:fox", "a voice").document == {"voice": "narrator"}
    director.change("second", "no music")
    assert library.cast("second", "calm theme") == ("music none → calm",)
    assert "element forest joins the cast" in library.cast("second", "the wood", "village")
    with pytest.raises(BadInput, match="already"):
        library.keep("first", "fox", "The Wood")
    with pytest.raises(UnknownName, match="there are fox, owl"):
        library.keep("first", "dragon")
    with pytest.raises(UnknownName, match="calm theme"):
        library.cast("second", "nobody")
    library.keep("first", "fox", "Robin")
    with pytest.raises(UnknownName, match="whose place Robin takes"):
        library.cast("second", "Robin")
    director.lock("second", "s1")
    with pytest.raises(BadInput, match="shot 1 is locked"):
        library.cast("second", "Robin", "hero")
    assert [item.name for item in library.find("orange")] == ["Robin"]
    library.forget("Robin")
    assert library.find("orange") == []


def test_an_element_that_was_never_in_the_library_keeps_its_digest() -> None:
    board = tiny_board(2)
    assert "library" not in board.document()["elements"][0]
    robin = board.changed(elements=(board.elements[0].model_copy(update={"library": "Robin"}), board.elements[1]))
    assert robin.document()["elements"][0]["library"] == "Robin"
    assert robin.digest() != board.digest()


def test_what_is_asked_for_again_and_again_is_a_preference_until_it_is_forgotten(tmp_path: Path) -> None:
    from agent.changes import changes_between
    from agent.edits import apply_edit

    memory = Memory(tmp_path)
    preferences, board = Preferences(memory), tiny_board(3)

    def ask(project: str, words: str) -> None:
        preferences.learn(project, words, changes_between(board, apply_edit(board, words).board))

    ask("one", "make shot 2 darker")
    ask("one", "make shot 2 darker")
    assert preferences.all() == [], "the same words in the same film are one time"
    ask("two", "make shot 1 darker")
    ask("two", "make it vertical")
    ask("three", "in vertical format")
    ask("three", "make shot 3 brighter")
    found = {(p.subject, p.value): p for p in preferences.all()}
    assert set(found) == {("light", "darker shots"), ("shape", "9:16")}
    assert found["light", "darker shots"].origins[0] == "in two: “make shot 1 darker”"
    assert [hit.kind for hit in memory.index.search("vertical")] == ["preference", "preference"]
    preferences.forget(found["shape", "9:16"].number)
    assert [p.subject for p in preferences.all()] == ["light"]
    assert memory.index.search("vertical") == []
    with pytest.raises(UnknownName):
        preferences.forget(9)
    preferences.forget_all()
    assert preferences.all() == []
