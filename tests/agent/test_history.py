"""Versions, undo and redo; status with its cause; takes picked by hand; edits that are priced first."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.changes import changes_between, in_words
from agent.director import Director
from agent.edits import apply_edit
from agent.film import ShotView
from agent.history import History
from storyboards.brief import Brief, Limits
from storyboards.errors import ApprovalNeeded, BadInput, UnknownName
from tests.fakes import PaintedBackend, ScriptedPlanner, fake_crew, tiny_board

BRIEF = Brief(text="A fox goes home.")


def studio(home: Path, **changes: object) -> Director:
    return Director(fake_crew(home, planner=ScriptedPlanner(tiny_board(3)), **changes))


def shots(director: Director) -> dict[str, ShotView]:
    return {shot.id: shot for shot in director.show("fox").shots}


@pytest.mark.parametrize(("words", "said"), [
    ("make shot 2 darker", ["shot 2: exposure 0 → -0.7 stops"]),
    ("shot 1 1.5 seconds", ["film length 3.00 s → 3.50 s", "shot 1: length 1.00 s → 1.50 s",
                         "shot 1: goes on from none → 1.00 s of its take"]),
    ("make the fox blue", ["element fox: colour orange → blue"]),
    ("give the fox a red scarf", ["element fox: wears none → red scarf"]),
    ("no music", ["music calm → none"]),
    ("it should rain in shot 3", ["shot 3: weather clear → rain"]),
    ("camera pans left in shot 2", ["shot 2: camera move static → pan left"]),
    ("swap shots 1 and 2", ["order s1 s2 s3 → s2 s1 s3"]),
    ("lock shot 2", ["shot 2: locked no → yes"]),
    ("remove shot 3", ["film length 3.00 s → 2.00 s", "element cat leaves the cast", "shot 3 (as it was) removed"]),
    ("in watercolour style", ["style storybook → watercolour"]),
    ('title "Home" on shot 3', ["shot 3: title none → Home"]),
    ("add a bell in shot 2 at 0.5 seconds", ["shot 2: sounds none → bell at 0.5 s"]),
])  # fmt: skip
def test_what_an_edit_changed_is_said_field_by_field(words: str, said: list[str]) -> None:
    before = tiny_board(3)
    assert list(in_words(changes_between(before, apply_edit(before, words).board))) == said
    assert changes_between(before, before) == ()


async def test_undo_and_redo_go_back_and_forth_and_film_nothing(tmp_path: Path) -> None:
    director = studio(tmp_path)
    film = await director.make(BRIEF, project="fox")
    first = film.storyboard.digest()
    second = (await director.edit("fox", "make shot 2 darker")).storyboard.digest()
    third = (await director.edit("fox", "make the owl green")).storyboard.digest()
    filmed, history = len(director.crew.backend.filmed), History(director.crew)
    assert [v.current for v in history.versions("fox")] == [False, False, True]
    assert history.versions("fox")[2].changes == ("element owl: colour purple → green",)
    assert history.undo("fox").changes == ("element owl: colour green → purple",)
    history.undo("fox")
    assert director.crew.memory.projects.open("fox").board == first
    with pytest.raises(BadInput, match="nothing to undo"):
        history.undo("fox")
    history = History(studio(tmp_path).crew)
    assert [history.redo("fox").digest, history.redo("fox").digest] == [second, third]
    with pytest.raises(BadInput, match="nothing to redo"):
        history.redo("fox")
    history.undo("fox")
    assert [shot.status for shot in director.show("fox").shots] == ["current"] * 3
    again = await director.resume("fox")
    assert len(director.crew.backend.filmed) == filmed, "takes of every version are kept"
    assert again.storyboard.digest() == second
    await director.edit("fox", "make shot 1 darker")
    with pytest.raises(BadInput, match="nothing to redo"):
        history.redo("fox")
    assert history.go("fox", "3").digest == third, "what was dropped can still be gone to"


async def test_branches_are_left_and_come_back_to(tmp_path: Path) -> None:
    director = studio(tmp_path)
    await director.make(BRIEF, project="fox")
    history = History(director.crew)
    history.branch("fox", "night")
    night = director.change("fox", "set it at night")
    assert any("time day → night" in row for row in night)
    turn = history.go("fox", "main")
    assert turn.number == 1
    assert turn.branch == "main"
    assert any("time night → day" in row for row in turn.changes)
    director.change("fox", "make shot 1 darker")
    assert history.branch("fox", "night").number == 2
    assert history.go("fox", "before").number == 3, "where it stood before its last step"
    history.undo("fox")
    history.undo("fox")
    assert history.versions("fox")[2].current
    with pytest.raises(UnknownName, match="versions 1 to 3"):
        history.go("fox", "9")
    with pytest.raises(BadInput, match="cannot be called"):
        history.branch("fox", "../up")


async def test_a_stale_shot_says_which_field_made_it_so(tmp_path: Path) -> None:
    director = studio(tmp_path)
    await director.make(BRIEF, project="fox")
    director.change("fox", "make the fox blue and make shot 2 darker")
    seen = shots(director)
    assert {name: shot.status for name, shot in seen.items()} == {"s1": "stale", "s2": "stale", "s3": "current"}
    assert seen["s1"].causes == ("element fox: colour orange → blue",)
    assert seen["s2"].causes == ("exposure 0 → -0.7 stops",)
    assert director.show("fox").cut == "stale"
    assert len(director.show("fox").cut_causes) == 2
    await director.resume("fox")
    assert director.show("fox").cut == "current"
    director.change("fox", "shot 3 1.5 seconds")
    director.change("fox", 'title "Home" on shot 2')
    seen = shots(director)
    assert (seen["s3"].causes, seen["s2"].status) == (("length 1.00 s → 1.50 s",), "current")
    assert "shot 2: title none → Home" in director.show("fox").cut_causes
    director.change("fox", "dissolve into shot 2")
    assert shots(director)["s1"].causes == ("frames under the next dissolve 0 → 4",)


async def test_a_picked_take_plays_until_its_shot_changes(tmp_path: Path) -> None:
    backend = PaintedBackend(wrong_first=frozenset({"s1"}))
    director = studio(tmp_path, backend=backend)
    film = await director.make(BRIEF, project="fox")
    assert shots(director)["s1"].playing == 2, "the judge keeps the second take"
    assert director.pick("fox", "s1", 1) == "shot 1: take 1 is kept"
    assert director.show("fox").cut_causes == ("shot 1: take 1 was picked, take 2 plays",)
    filmed = len(backend.filmed)
    picked = await director.resume("fox")
    first = next(t for t in film.takes if (t.shot_id, t.ordinal) == ("s1", 1))
    assert picked.playing["s1"] == first.key
    assert len(backend.filmed) == filmed, "what a person chose is not filmed again"
    assert shots(director)["s1"].picked == 1
    after = await director.edit("fox", "make shot 1 darker")
    assert shots(director)["s1"].picked is None
    assert after.playing["s1"] != first.key
    with pytest.raises(BadInput, match="earlier plan"):
        director.pick("fox", "s1", 1)
    with pytest.raises(UnknownName, match="no take 9"):
        director.pick("fox", "s1", 9)
    History(director.crew).undo("fox")
    assert shots(director)["s1"].picked == 1, "the choice comes back with the plan that it was made for"
    assert director.unpick("fox", "s1") == "shot 1: the judge chooses again"
    assert (await director.resume("fox")).playing["s1"] != first.key


async def test_a_locked_shot_is_a_version_and_stays_filmed(tmp_path: Path) -> None:
    director = studio(tmp_path)
    await director.make(BRIEF, project="fox")
    assert director.lock("fox", "s2") == ("shot 2: locked no → yes",)
    assert director.lock("fox", "s2") == ()
    assert shots(director)["s2"].locked
    assert shots(director)["s2"].status == "current"
    assert director.lock("fox", "s2", False) == ("shot 2: locked yes → no",)


async def test_an_edit_is_priced_first_and_refused_when_anything_changed(tmp_path: Path) -> None:
    backend = PaintedBackend(price_usd=0.25)
    director = studio(tmp_path, backend=backend)
    await director.make(BRIEF.model_copy(update={"limits": Limits(takes_per_shot=1)}), project="fox")
    before = director.crew.memory.projects.open("fox").board
    proposal = director.propose("fox", "make shot 2 darker")
    assert (proposal.stale, proposal.price.cost_usd) == (("s2",), 0.25)
    assert proposal.changes == ("shot 2: exposure 0 → -0.7 stops",)
    assert director.crew.memory.projects.open("fox").board == before
    filmed = len(backend.filmed)
    film = await director.apply("fox", proposal.token)
    assert (film.changes, len(backend.filmed) - filmed) == (proposal.changes, 1)
    with pytest.raises(UnknownName, match="no proposal"):
        await director.apply("fox", proposal.token)
    stale = director.propose("fox", "make shot 3 darker")
    director.change("fox", "make shot 1 darker")
    with pytest.raises(ApprovalNeeded, match="the plan of 'fox' changed"):
        await director.apply("fox", stale.token)
    dear = director.propose("fox", "make shot 3 darker")
    backend.price = 0.5
    with pytest.raises(ApprovalNeeded, match="the price"):
        await director.apply("fox", dear.token)
    assert len(backend.filmed) - filmed == 1
