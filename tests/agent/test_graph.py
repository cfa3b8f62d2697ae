"""The making of a film with a crew of fakes over a real graph, a real database and real media."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from agent.budget import Budget
from agent.crew import Crew
from agent.director import Director, Event
from agent.events import Wire
from agent.graph import build_graph
from agent.stages import Production
from agent.state import Filmed, FilmState, Finished, Order, Update, update_of
from storyboards.brief import Brief, Limits
from storyboards.errors import (
    ApprovalNeeded,
    BackendUnavailable,
    BadOutput,
    BudgetSpent,
    GenerationFailed,
    OverLimit,
    StorageFailed,
    UnknownName,
)
from tests.fakes import BrokenBackend, PaintedBackend, ScriptedPlanner, fake_crew, tiny_board
from tools.store import file_sha256

BRIEF = Brief(text="A fox goes home.")


def brief(**limits: float) -> Brief:
    return Brief(text="A fox goes home.", limits=Limits(**limits))


def painted(crew: Crew) -> PaintedBackend:
    assert isinstance(crew.backend, PaintedBackend)
    return crew.backend


async def test_a_brief_becomes_a_finished_film(tmp_path: Path) -> None:
    crew = fake_crew(tmp_path)
    film = await Director(crew).make(BRIEF, project="fox", out=tmp_path / "out" / "fox.mp4")
    assert film.status == "complete"
    assert film.out == tmp_path / "out" / "fox.mp4"
    assert file_sha256(film.out) == file_sha256(film.cut)
    assert [clip.shot_id for clip in film.timeline.picture] == ["s1", "s2", "s3", "s4", "s5", "s6"]
    assert sorted(painted(crew).filmed) == ["s1", "s2", "s3", "s4", "s5", "s6"]
    assert {verdict.claim_id for verdict in film.verdicts} == {claim.id for claim in film.claims}
    assert film.score.passed == 8


async def test_the_same_brief_again_renders_nothing(tmp_path: Path) -> None:
    crew = fake_crew(tmp_path)
    first = await Director(crew).make(BRIEF, project="fox")
    again = await Director(crew).make(BRIEF, project="fox")
    resumed = await Director(crew).resume("fox")
    assert len(painted(crew).filmed) == 6
    assert first.kept == again.kept == resumed.kept
    assert file_sha256(first.cut) == file_sha256(resumed.cut)


async def test_equal_brief_and_seed_give_equal_plans_takes_and_films(tmp_path: Path) -> None:
    import tools.edit

    films = []
    for name in ("one", "two"):
        crew = fake_crew(tmp_path / name, editor=tools.edit, backend=PaintedBackend(wrong_first=frozenset({"s2"})))
        films.append(await Director(crew).make(BRIEF, project=name))
    one, two = films
    assert one.storyboard.digest() == two.storyboard.digest()
    assert [take.key for take in one.takes] == [take.key for take in two.takes]
    assert [take.video_sha256 for take in one.takes] == [take.video_sha256 for take in two.takes]
    assert file_sha256(one.cut) == file_sha256(two.cut)


async def test_another_project_of_the_same_home_uses_the_takes_that_are_there(tmp_path: Path) -> None:
    crew = fake_crew(tmp_path)
    await Director(crew).make(BRIEF, project="one")
    film = await Director(crew).make(BRIEF, project="two")
    assert len(painted(crew).filmed) == 6
    assert sum(take.wall_s for take in film.takes) == 0.0


async def test_shots_are_filmed_side_by_side_and_never_more_than_allowed(tmp_path: Path) -> None:
    crew = fake_crew(tmp_path, backend=PaintedBackend(delay_s=0.4), parallel=3)
    await Director(crew).make(BRIEF)
    assert painted(crew).most_at_once == 3


async def test_a_backend_that_is_wrong_first_is_repaired_and_only_there(tmp_path: Path) -> None:
    crew = fake_crew(tmp_path, backend=PaintedBackend(wrong_first=frozenset({"s3", "s5"})))
    film = await Director(crew).make(BRIEF)
    filmed = painted(crew).filmed
    assert film.status == "complete"
    assert sorted(filmed[:6]) == ["s1", "s2", "s3", "s4", "s5", "s6"]
    assert sorted(filmed[6:]) == ["s3", "s5"]
    assert set(film.revisions) == {"s3", "s5"}
    assert "the colour should be “white” and is “purple”" in film.revisions["s3"][0]
    kept = {take.shot_id: take.ordinal for take in film.takes if film.is_kept(take)}
    assert kept == {"s1": 1, "s2": 1, "s3": 2, "s4": 1, "s5": 2, "s6": 1}
    # The promise itself was not revised.
    assert film.storyboard.shot("s3") == ScriptedPlanner().board.shot("s3")


async def test_a_film_that_stays_wrong_is_degraded_and_says_so(tmp_path: Path) -> None:
    board = tiny_board(2)
    crew = fake_crew(tmp_path, planner=ScriptedPlanner(board), backend=PaintedBackend(always_wrong=True))
    film = await Director(crew).make(brief(takes_per_shot=3))
    assert film.status == "degraded"
    assert painted(crew).filmed.count("s1") == 3, "three takes a shot and no more"
    assert any("s1.colour.fox" in reason and "purple" in reason for reason in film.reasons)
    assert any("limit of 3 takes" in note for note in film.notes)
    first = {take.key for take in film.takes if take.ordinal == 1}
    assert film.takes[0].key in film.kept
    assert film.takes[0].key in first, "a retake that is not better is not kept"


async def test_one_take_a_shot_means_no_retake(tmp_path: Path) -> None:
    crew = fake_crew(tmp_path, backend=PaintedBackend(wrong_first=frozenset({"s3"})))
    film = await Director(crew).make(brief(takes_per_shot=1))
    assert (film.status, len(painted(crew).filmed)) == ("degraded", 6)


async def test_what_costs_more_than_the_limit_is_refused_before_anything_is_spent(tmp_path: Path) -> None:
    crew = fake_crew(tmp_path, backend=PaintedBackend(price_usd=0.5))
    with pytest.raises(OverLimit, match=r"\$3\.00"):
        await Director(crew).make(brief(cost_usd=2.9))
    assert painted(crew).filmed == []


async def test_money_for_first_takes_only_buys_no_retake(tmp_path: Path) -> None:
    crew = fake_crew(tmp_path, backend=PaintedBackend(price_usd=0.5, wrong_first=frozenset({"s3"})))
    film = await Director(crew).make(brief(cost_usd=3.2), project="fox")
    assert film.status == "degraded"
    assert film.spend_usd == pytest.approx(3.0)
    assert any("cost limit" in note for note in film.notes)


async def test_time_that_is_up_before_every_shot_has_a_take_keeps_what_exists(tmp_path: Path) -> None:
    crew = fake_crew(tmp_path)
    with pytest.raises(BudgetSpent, match="time limit"):
        await Director(crew).make(brief(wall_s=0.0001), project="fox")
    film = await Director(crew).make(brief(), project="fox")
    assert film.status == "complete"


async def test_a_backend_that_failed_is_asked_again_with_another_seed(tmp_path: Path) -> None:
    crew = fake_crew(tmp_path, backend=PaintedBackend(failing={"s2": 1}))
    film = await Director(crew).make(BRIEF, project="fox")
    assert film.status == "complete"
    (take,) = [take for take in film.takes if take.shot_id == "s2"]
    assert take.seed != 0
    assert "out of paint" in film.revisions["s2"][0]


async def test_a_shot_without_any_take_ends_the_run_and_keeps_the_others(tmp_path: Path) -> None:
    crew = fake_crew(tmp_path, backend=PaintedBackend(failing={"s2": 3}))
    director = Director(crew)
    with pytest.raises(GenerationFailed, match="out of paint") as failure:
        await director.make(BRIEF, project="fox")
    assert failure.value.shot_id == "s2"
    states = {shot.id: shot.status for shot in director.show("fox").shots}
    assert states == {shot_id: "failed" if shot_id == "s2" else "current" for shot_id in states}
    film = await director.resume("fox")
    assert film.status == "complete"
    assert len([shot for shot in painted(crew).filmed if shot != "s2"]) == 5


async def test_a_backend_that_is_not_there_is_not_asked_again(tmp_path: Path) -> None:
    crew = fake_crew(tmp_path, backend=BrokenBackend())
    with pytest.raises(BackendUnavailable):
        await Director(crew).make(BRIEF)


async def test_nothing_is_filmed_without_a_yes(tmp_path: Path) -> None:
    crew = fake_crew(tmp_path)
    director = Director(crew)
    asked = []
    with pytest.raises(ApprovalNeeded):
        await director.make(BRIEF, project="fox", approve=lambda priced: bool(asked.append(priced)))
    assert painted(crew).filmed == []
    assert asked[0].token == crew.memory.projects.open("fox").board
    assert len(asked[0].shots) == 6
    with pytest.raises(ApprovalNeeded, match="changed after it was priced"):
        await director.resume("fox", token="another plan")
    film = await director.resume("fox", token=asked[0].token)
    assert film.status == "complete"
    # What was agreed to is not asked again.
    await director.resume("fox", approve=lambda priced: False)


async def test_a_plan_that_changes_while_it_is_filmed_is_not_filmed_on(tmp_path: Path) -> None:
    crew = fake_crew(tmp_path, parallel=1)
    changed = tiny_board(6, music=None)

    def meddle(event: Event) -> None:
        if event.kind == "take" and len(painted(crew).filmed) == 1:
            crew.memory.projects.adopt("fox", changed, "behind its back")

    with pytest.raises(ApprovalNeeded, match="changed after it was approved"):
        await Director(crew).make(BRIEF, project="fox", on_event=meddle)
    assert len(painted(crew).filmed) < 6


async def test_an_edit_films_only_what_it_changes(tmp_path: Path) -> None:
    crew = fake_crew(tmp_path)
    director = Director(crew)
    before = await director.make(BRIEF, project="fox")
    board = before.storyboard
    darker = board.with_shot(board.shot("s3").model_copy(update={"exposure": -0.5}))
    after = await director.remake("fox", darker, "shot 3 darker")
    assert painted(crew).filmed[6:] == ["s3"]
    assert {k for k, v in after.playing.items() if before.playing[k] != v} == {"s3"}
    quiet = await director.remake("fox", darker.changed(music=None), "no music")
    assert len(painted(crew).filmed) == 7, "music is not in any take"
    assert [clip.track for clip in quiet.timeline.sound if clip.track == "music"] == []
    back = await director.remake("fox", board, "as it was")
    assert len(painted(crew).filmed) == 7, "the first take is still there"
    assert back.kept == before.kept
    assert director.show("fox").versions == 3


async def test_an_edit_in_words_films_only_what_it_changes(tmp_path: Path) -> None:
    crew = fake_crew(tmp_path)
    director = Director(crew)
    await director.make(BRIEF, project="fox")
    film = await director.edit("fox", "make shot 3 darker")
    assert painted(crew).filmed[6:] == ["s3"]
    assert any("shot 3" in change for change in film.changes)
    again = await director.edit("fox", "redo shot 2")
    assert painted(crew).filmed[7:] == ["s2"]
    assert again.storyboard.shot("s2").seed != 0
    with pytest.raises(UnknownName, match="no project"):
        await director.edit("wolf", "make shot 3 darker")


async def test_a_cue_that_moves_changes_the_sound_and_not_the_picture(tmp_path: Path) -> None:
    crew = fake_crew(tmp_path)
    director = Director(crew)
    before = await director.make(BRIEF, project="fox")
    shot = before.storyboard.shot("s1")
    cue = shot.sounds[0].model_copy(update={"at_s": 0.5})
    after = await director.remake(
        "fox", before.storyboard.with_shot(shot.model_copy(update={"sounds": (cue,)})), "the bell later"
    )
    takes = {take.key: take for take in after.takes}
    old, new = takes[before.playing["s1"]], takes[after.playing["s1"]]
    assert (old.video_sha256, old.sound_sha256 != new.sound_sha256) == (new.video_sha256, True)
    assert len(painted(crew).filmed) == 6


async def test_shots_of_one_recipe_are_filmed_once(tmp_path: Path) -> None:
    board = tiny_board(6)
    twins = board.changed(shots=tuple(board.shot("s2").model_copy(update={"id": f"t{n}"}) for n in range(4)))
    crew = fake_crew(tmp_path, planner=ScriptedPlanner(twins), backend=PaintedBackend(delay_s=0.05), parallel=4)
    film = await Director(crew).make(BRIEF)
    assert len(painted(crew).filmed) == 1
    assert len(film.playing) == 4


async def test_progress_never_falls_and_ends_at_one(tmp_path: Path) -> None:
    events: list[Event] = []
    await Director(fake_crew(tmp_path)).make(BRIEF, on_event=events.append)
    shares = [event.done for event in events]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    kinds = {event.kind for event in events}
    assert {"project", "plan", "price", "shoot", "take", "review", "assemble", "cut", "final"} <= kinds


async def test_two_projects_of_one_home_at_once(tmp_path: Path) -> None:
    boards = [tiny_board(3), tiny_board(3, seed=8, style="ink")]
    crews = [fake_crew(tmp_path, planner=ScriptedPlanner(board)) for board in boards]
    films = await asyncio.gather(*(Director(c).make(BRIEF, project=f"p{i}") for i, c in enumerate(crews)))
    assert [film.status for film in films] == ["complete", "complete"]
    assert films[0].kept.isdisjoint(films[1].kept)


async def test_one_project_is_made_by_one_run_at_a_time(tmp_path: Path) -> None:
    crew = fake_crew(tmp_path, backend=PaintedBackend(delay_s=0.05))
    director = Director(crew)
    running = asyncio.create_task(director.make(BRIEF, project="fox"))
    while not painted(crew).filmed:
        await asyncio.sleep(0.01)
    with pytest.raises(StorageFailed, match="another run"):
        await director.resume("fox")
    assert (await running).status == "complete"


async def test_a_cancelled_run_stops_soon_and_goes_on_later(tmp_path: Path) -> None:
    crew = fake_crew(tmp_path, planner=ScriptedPlanner(tiny_board(6, 16)), backend=PaintedBackend(delay_s=0.1))
    director = Director(crew)
    running = asyncio.create_task(director.make(BRIEF, project="fox"))
    while len(painted(crew).filmed) < 3:
        await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert painted(crew).running == 0, "no thread works on"
    ready = {shot.id for shot in director.show("fox").shots if shot.status == "current"}
    begun = len(painted(crew).filmed)
    assert begun < 6
    assert (await director.resume("fox")).status == "complete"
    assert ready.isdisjoint(painted(crew).filmed[begun:])


async def test_a_place_that_cannot_be_written_is_found_before_any_work(tmp_path: Path) -> None:
    crew = fake_crew(tmp_path)
    (tmp_path / "file").write_text("")
    for place in (tmp_path, tmp_path / "file" / "film.mp4"):
        with pytest.raises(BadOutput):
            await Director(crew).make(BRIEF, out=place)
    assert (painted(crew).filmed, crew.memory.projects.all()) == ([], [])


async def test_the_state_stays_small_for_the_longest_film(tmp_path: Path) -> None:
    board = tiny_board(60, 4)
    shots = tuple(shot.model_copy(update={"camera": shot.camera.model_copy(update={"strength": 1 + i / 100})})
                  for i, shot in enumerate(board.shots))  # fmt: skip
    crew = fake_crew(tmp_path, planner=ScriptedPlanner(board.changed(shots=shots)))
    crew.memory.projects.create(BRIEF, "Long", "long")
    wire, budget = Wire(None, asyncio.get_running_loop()), Budget(BRIEF.limits)
    production = Weighing(crew, "long", BRIEF, budget, wire, None)
    try:
        result = await build_graph(production).ainvoke(FilmState(project="long"))
    finally:
        await production.close()
    assert len(FilmState.model_validate(result).kept) == 60
    assert max(production.weights) < 64 * 1024


class Weighing(Production):
    """Notes how heavy the state is when the film is done."""

    weights: tuple[int, ...] = ()

    async def final_review(self, state: FilmState) -> Finished:
        self.weights += (len(json.dumps(state.model_dump(mode="json"))),)
        return await super().final_review(state)


def test_an_update_with_a_misspelt_key_is_an_error() -> None:
    with pytest.raises(ValueError, match="filmd"):
        Filmed(filmd=[], failed=[])  # type: ignore[call-arg]


def test_a_node_whose_update_is_not_in_the_state_is_an_error() -> None:
    class Misspelt(Update):
        filmd: list[Order]

    class Defaulted(Update):
        status: str = ""

    async def misspelt(state: FilmState) -> Misspelt:
        return Misspelt(filmd=[])

    async def defaulted(state: FilmState) -> Defaulted:
        return Defaulted()

    async def bare(state: FilmState) -> dict[str, str]:
        return {"status": "complete"}

    for node in (misspelt, defaulted, bare):
        node.__annotations__["return"] = {"misspelt": Misspelt, "defaulted": Defaulted, "bare": dict}[node.__name__]
        with pytest.raises(TypeError):
            update_of(node)
