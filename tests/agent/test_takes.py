"""Rounds of takes: how many, by which policy, which is kept, when it ends, and what the judges are paid."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent.budget import Budget, price_plan
from agent.choose import best_of
from agent.crew import Crew
from agent.director import Director
from agent.review import all_verdicts, judge_take
from agent.revise import first_round, next_round, rounds_without_gain
from storyboards.brief import Brief, Limits
from storyboards.critique import Critique, Verdict
from storyboards.errors import BackendUnavailable
from storyboards.storyboard import Storyboard
from tests.fakes import ColourJudge, PaintedBackend, ScriptedPlanner, fake_crew, tiny_board
from tests.judge_server import JudgeServer, Oddity, yes_man
from tests.judges import PaidEye
from tools.contract import Progress, ShotRequest
from tools.judge import VlmJudge
from tools.judge_pictures import FramePolicy

BOARD, ONE = tiny_board(2, 4, music=None), tiny_board(1, 4, music=None)


def brief(**limits: Any) -> Brief:
    return Brief(text="A fox goes home.", limits=Limits(**limits))


def crew_of(home: Path, board: Storyboard = BOARD, **changes: Any) -> Crew:
    return fake_crew(home, planner=ScriptedPlanner(board), **changes)


def painted(crew: Crew) -> PaintedBackend:
    assert isinstance(crew.backend, PaintedBackend)
    return crew.backend


def critique(key: str, sure: float = 1.0, **outcomes: str) -> Critique:
    rows = [Verdict(claim_id=f"s1.{kind}.fox", outcome=outcome, tier="T1", confidence=sure)  # type: ignore[arg-type]
            for kind, outcome in outcomes.items()]  # fmt: skip
    return Critique(shot_id="s1", take_key=key, verdicts=tuple(rows))


def test_what_is_missing_weighs_more_than_how_it_is_framed() -> None:
    gone, framed = critique("a", subject="fail", framing="pass"), critique("b", subject="pass", framing="fail")
    assert best_of([gone, framed]) == framed
    two_small = critique("c", subject="pass", framing="fail", time="fail")
    assert best_of([gone, two_small]) == two_small


def test_level_takes_are_put_side_by_side_and_others_are_not() -> None:
    asked = []

    def prefer(one: Critique, other: Critique) -> Any:
        asked.append((one.take_key, other.take_key))
        return "second" if other.take_key == "c" else "equal"

    level = [critique(key, colour="pass") for key in "abc"]
    worse = critique("d", colour="fail")
    assert best_of([*level, worse], prefer) == level[2]
    assert asked == [("a", "b"), ("a", "c")]
    surer = critique("e", sure=1.0, colour="pass")
    assert best_of([critique("f", sure=0.6, colour="pass"), surer], prefer) == surer, "equal: the surer"


def test_rounds_are_counted_from_the_best() -> None:
    rows = [critique(key, colour="fail") for key in "abcdef"]
    assert [rounds_without_gain(rows, rows[k], 1) for k in (5, 3, 0)] == [0, 2, 5]
    assert [rounds_without_gain(rows, rows[k], 2) for k in (5, 4, 1)] == [0, 0, 2]


def test_a_round_depends_on_the_rounds_before_and_on_nothing_else() -> None:
    shot, found = BOARD.shots[0], critique("a", colour="fail")
    assert [r.shot.seed == shot.seed for r in first_round(shot, 3)] == [True, False, False]
    assert len(first_round(shot.model_copy(update={"locked": True}), 3)) == 1
    rounds = [next_round("random", shot, (), [shot], [found], found, 3) for _ in range(2)]
    assert rounds[0] == rounds[1]
    seeds = {r.shot.seed for r in (*rounds[0], *first_round(shot, 3))}
    assert len(seeds) == 6 - 2, "the first round shares its two siblings' seeds with the takes they stand for"
    assert next_round("first", shot, (), [shot], [found], found, 3) == []


async def test_takes_are_filmed_side_by_side_and_the_best_is_kept(tmp_path: Path) -> None:
    crew = crew_of(tmp_path, backend=PaintedBackend(wrong_first=frozenset({"s1"})))
    film = await Director(crew).make(brief(takes_at_once=2), project="fox")
    assert film.status == "complete"
    assert sorted(painted(crew).filmed) == ["s1", "s1", "s2", "s2"], "one round was enough"
    kept = {take.shot_id: take.ordinal for take in film.takes if film.is_kept(take)}
    assert kept == {"s1": 2, "s2": 1}
    assert film.revisions["s1"] == ("take 2: one of 2 seeds",)


async def test_more_at_once_than_allowed_are_not_filmed(tmp_path: Path) -> None:
    crew = crew_of(tmp_path, ONE, backend=PaintedBackend(always_wrong=True))
    film = await Director(crew).make(brief(takes_at_once=5, takes_per_shot=2))
    assert (len(painted(crew).filmed), film.status) == (2, "degraded")


async def test_equal_budgets_film_equally_often_and_random_changes_the_seed_alone(tmp_path: Path) -> None:
    films = {}
    for policy in ("directed", "random", "first"):
        crew = crew_of(tmp_path / policy, ONE, backend=PaintedBackend(always_wrong=True))
        films[policy] = await Director(crew).make(brief(policy=policy), project="fox")
        entries = crew.memory.ledger.entries("fox", "s1")
        if policy == "random":
            planned = ONE.shot("s1")
            shots = [entry.intent.shot.model_copy(update={"seed": planned.seed}) for entry in entries]
            assert shots == [planned] * 3
            assert len({entry.intent.shot.seed for entry in entries}) == 3
        if policy == "directed":
            assert any(entry.intent.shot.exposure for entry in entries), "the second remedy for a colour is light"
    assert {policy: len(film.takes) for policy, film in films.items()} == {"directed": 3, "random": 3, "first": 1}
    assert {film.status for film in films.values()} == {"degraded"}


async def test_it_stops_when_two_rounds_bring_nothing_and_says_so(tmp_path: Path) -> None:
    crew = crew_of(tmp_path, ONE, backend=PaintedBackend(always_wrong=True))
    film = await Director(crew).make(brief(takes_per_shot=9))
    assert len(film.takes) == 3
    assert "shot s1: 2 rounds of takes brought nothing better; the best one stays" in film.notes


class Leaving(PaintedBackend):
    """Is there for so many takes and then no more."""

    def __init__(self, takes: int, **changes: Any) -> None:
        super().__init__(**changes)
        self.left = takes

    def film(self, request: ShotRequest, out: Path, idempotency_key: str, progress: Progress) -> None:
        if not self.left:
            raise BackendUnavailable("the painter has left", shot_id=request.shot.id)
        self.left -= 1
        super().film(request, out, idempotency_key, progress)


@pytest.mark.parametrize("policy", ["directed", "random"])
async def test_a_round_that_was_interrupted_is_finished_and_not_begun_anew(policy: str, tmp_path: Path) -> None:
    asked = brief(takes_at_once=3, takes_per_shot=9, policy=policy)
    whole = crew_of(tmp_path / "whole", ONE, backend=PaintedBackend(always_wrong=True), parallel=1)
    film = await Director(whole).make(asked, project="fox")
    assert len(film.takes) == 9
    for takes in (1, 5, 7):
        home = tmp_path / f"after-{takes}"
        crew = crew_of(home, ONE, backend=Leaving(takes, always_wrong=True), parallel=1)
        with pytest.raises(BackendUnavailable):
            await Director(crew).make(asked, project="fox")
        back = crew_of(home, ONE, backend=PaintedBackend(always_wrong=True), parallel=1)
        again = await Director(back).resume("fox")
        assert [take.key for take in again.takes] == [take.key for take in film.takes]
        assert again.kept == film.kept
        assert len(painted(back).filmed) == 9 - takes


async def test_a_preference_is_paid_once_and_kept_for_ever(tmp_path: Path) -> None:
    judge = PaidEye(prefers="second")
    crew = crew_of(tmp_path, judges=(ColourJudge(), judge))
    film = await Director(crew).make(brief(takes_at_once=2), project="fox")
    assert {take.ordinal for take in film.takes if film.is_kept(take)} == {2}
    assert judge.comparisons == 2
    again = await Director(crew).resume("fox")
    assert (again.kept, judge.comparisons) == (film.kept, 2)
    assert film.spend_usd == pytest.approx(judge.LOOK_USD * (judge.looks + judge.comparisons))


async def test_what_a_judge_costs_is_in_the_ledger_and_in_the_price(tmp_path: Path) -> None:
    judge = PaidEye()
    crew = crew_of(tmp_path, judges=(judge,), backend=PaintedBackend(price_usd=0.5))
    board, priced = await Director(crew).plan(brief(takes_per_shot=2))
    assert priced.cost_usd == pytest.approx(2 * (0.5 + judge.LOOK_USD))
    assert priced.cost_usd_at_most == pytest.approx(4 * (0.5 + judge.LOOK_USD))
    film = await Director(crew).make(brief(), project="fox")
    assert film.spend_usd == pytest.approx(2 * (0.5 + judge.LOOK_USD))
    two = price_plan(board, crew.backend, Limits(takes_at_once=2), None, frozenset({"s1"}), crew.judges)
    assert two.cost_usd == pytest.approx(2 * (0.5 + judge.LOOK_USD))


async def test_a_judge_that_the_purse_does_not_cover_is_not_asked_and_that_is_said(tmp_path: Path) -> None:
    crew = crew_of(tmp_path, judges=(ColourJudge(), PaidEye()))
    asked = brief(cost_usd=0.02)
    await Director(crew).make(asked, project="fox")
    dear = PaidEye()
    dear.LOOK_USD, dear.version = 0.015, "2"
    back = crew_of(tmp_path, judges=(ColourJudge(), dear), memory=crew.memory, store=crew.store, parallel=1)
    production_budget = Budget(asked.limits)
    judged = [
        judge_take(back, "fox", BOARD, take, production_budget) for take in Director(crew).film("fox").takes
    ]  # fmt: skip
    assert dear.looks == 1
    assert [note.text for _, notes in judged for note in notes] == [
        "shot s2: the judge paid eye was not asked: the cost limit of $0.02 was reached"
    ]
    assert {v.outcome for v in judged[1][0].verdicts if ".colour." in v.claim_id} == {"pass"}


async def test_a_failing_judge_takes_nothing_from_the_others(tmp_path: Path) -> None:
    crew = crew_of(tmp_path, judges=(ColourJudge(), PaidEye(failure="gone fishing")))
    film = await Director(crew).make(brief(), project="fox")
    assert film.status == "degraded"
    assert any("gone fishing" in reason for reason in film.reasons)
    assert {v.outcome for v in film.verdicts if ".colour." in v.claim_id} == {"pass"}
    assert film.spend_usd > 0.0, "what a failing judge charged is counted"
    back = crew_of(tmp_path, judges=(ColourJudge(), PaidEye()), memory=crew.memory, store=crew.store)
    assert (await Director(back).resume("fox")).status == "complete"


async def test_a_measurement_counts_over_a_reading_and_the_quarrel_is_told(tmp_path: Path) -> None:
    judge = PaidEye(contrary=True, second_opinions=True)
    crew = crew_of(tmp_path, judges=(ColourJudge(), judge))
    film = await Director(crew).make(brief(), project="fox")
    assert film.status == "complete"
    told = next(verdict for verdict in film.verdicts if verdict.claim_id == "s1.colour.fox")
    assert (told.tier, told.outcome) == ("T1", "pass")
    assert "against paid eye (T2): fail" in told.evidence.note
    assert any(note.startswith("s1.colour.fox: colour judge (T1): pass") for note in film.notes)
    cut = crew.memory.cuts.latest("fox")
    assert cut is not None
    both = [v for v in all_verdicts(crew, "fox", film.storyboard, cut) if v.claim_id == "s1.colour.fox"]
    assert [(v.tier, v.outcome) for v in both] == [("T1", "pass"), ("T2", "fail")]


def vlm(server: JudgeServer) -> VlmJudge:
    return VlmJudge(server.base_url, "tiny", policy=FramePolicy(3, 128), max_retries=0, timeout_s=5.0)


async def test_a_film_is_mended_by_what_a_judge_that_reads_has_seen(tmp_path: Path) -> None:
    with JudgeServer() as server:
        crew = crew_of(tmp_path, judges=(vlm(server),), backend=PaintedBackend(wrong_first=frozenset({"s1"})))
        film = await Director(crew).make(brief(), project="fox")
        asked = len(server.requests)
        again = await Director(crew).resume("fox")
    assert film.status == "complete"
    assert painted(crew).filmed.count("s1") == 2
    colours = {v.claim_id: (v.tier, v.outcome) for v in film.verdicts if ".colour." in v.claim_id}
    assert colours == {"s1.colour.fox": ("T2", "pass"), "s2.colour.owl": ("T2", "pass")}
    assert (again.kept, len(server.requests)) == (film.kept, asked), "what was judged is not asked again"


async def test_a_void_judge_degrades_the_film_and_nothing_it_says_counts(tmp_path: Path) -> None:
    with JudgeServer(yes_man) as server:
        crew = crew_of(tmp_path, judges=(vlm(server),), backend=PaintedBackend(always_wrong=True))
        film = await Director(crew).make(brief(), project="fox")
    assert film.status == "degraded"
    assert any("its probes failed: shown another video" in reason for reason in film.reasons)
    assert not [v for v in film.verdicts if v.tier == "T2" and v.outcome != "unmeasurable"]


async def test_a_server_that_is_down_leaves_the_measurements(tmp_path: Path) -> None:
    with JudgeServer(oddities=[Oddity(status=500)] * 20) as server:
        crew = crew_of(tmp_path, judges=(ColourJudge(), vlm(server)))
        film = await Director(crew).make(brief(), project="fox")
        assert len(server.requests) == 1, "the others are not asked while it rests"
    assert {v.outcome for v in film.verdicts if ".colour." in v.claim_id} == {"pass"}
    assert film.status == "degraded"
