"""The loop study and the table of backends: gains that are known are found, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evals.backend_table import rows_of, table_of
from evals.filming import DirectorFilmer
from evals.loop_study import Study, run_study
from evals.loop_tables import kept_take, numbers_of, tables_of
from evals.runs import Running, run_suite
from evals.statistics import TooFewClusters, paired_gain
from evals.suites import Plan, Suite, reduced, suite
from storyboards.errors import BadInput
from tests.evals.films import ffmpeg_film, plan, timeline_of
from tests.fakes import PaintedBackend, fake_crew, tiny_board

KINDS = {"s1.colour.a": "colour", "s1.setting": "setting"}


def take(critic: float, examiner: float, outcome: str, kept: int) -> dict[str, Any]:
    return {"kept": kept, "critic": dict.fromkeys(KINDS, critic), "examiner": dict.fromkeys(KINDS, examiner),
            "outcomes": dict.fromkeys(KINDS, outcome)}  # fmt: skip


def record(number: int, directed: list[dict[str, Any]], random: list[dict[str, Any]]) -> dict[str, Any]:
    shot = {"shot": "s1", "kinds": KINDS, "takes": {"directed": directed, "random": random}}
    return {"plan": f"p{number}", "shots": [shot]}


def helped(number: int) -> dict[str, Any]:
    """The directed retake is better by 0.4 for the examiner, the random one by nothing and not kept."""
    off = 0.01 * number
    first = take(0.3, 0.4 + off, "fail", 0)
    return record(number, [first, take(0.8, 0.8 + off, "pass", 1)], [first, take(0.2, 0.1, "fail", 0)])


def test_a_gain_that_is_there_is_found() -> None:
    rows = {(row["score"], row["first"], row["second"]): row for row in numbers_of([*map(helped, range(9))])["gains"]}
    assert rows["examiner", "first", "directed"]["gain"] == pytest.approx(0.4)
    assert rows["examiner", "first", "directed"]["low"] > 0.3
    assert rows["examiner", "first", "random"]["gain"] == 0
    assert rows["examiner", "random", "directed"]["gain"] == pytest.approx(0.4)
    assert rows["kept", "first", "directed"]["of_second"] == 1.0


def test_the_gap_between_the_judges_is_of_the_take_that_is_kept() -> None:
    numbers = numbers_of([*map(helped, range(9))])
    rounds = {(row["policy"], row["round"]): row for row in numbers["rounds"]}
    assert rounds["directed", 1]["gap"] == pytest.approx(0.3 - 0.44)
    assert rounds["directed", 2]["gap"] == pytest.approx(0.8 - 0.84)
    assert rounds["random", 2]["gap"] == rounds["random", 1]["gap"], "the worse take is not kept"
    wider = {row["policy"]: row["widening"] for row in numbers["widening"]}
    assert wider == {"directed": pytest.approx(0.1), "random": 0.0}
    assert "| directed | 18 | 2.00 | 100% | 9 |" in tables_of(numbers)
    assert "| random | 18 | 2.00 | 100% | 0 |" in tables_of(numbers)


def test_a_shot_that_was_not_filmed_again_counts_as_no_gain() -> None:
    still = [record(k, [take(0.9, 0.9, "pass", 0)], [take(0.9, 0.9, "pass", 0)]) for k in range(9, 18)]
    gain = numbers_of([*map(helped, range(9)), *still])["gains"][0]
    assert gain["gain"] == pytest.approx(0.2)
    assert kept_take(still[0]["shots"][0], "directed", 5) == still[0]["shots"][0]["takes"]["directed"][0]


def test_claims_that_one_take_says_nothing_of_are_left_out() -> None:
    rows = [helped(number) for number in range(8)]
    for row in rows:
        del row["shots"][0]["takes"]["directed"][1]["examiner"]["s1.colour.a"]
    assert numbers_of(rows)["gains"][0]["claims"] == 8


def test_the_interval_of_a_gain_is_that_of_its_clusters() -> None:
    gain = paired_gain([(f"p{k}", 0.0, float(k < 4)) for k in range(8) for _ in range(50)])
    assert gain.mean == 0.5
    assert gain.high - gain.low == pytest.approx(2 * 2.3646 * (0.25 / 7) ** 0.5, rel=1e-3)


def boards(count: int) -> tuple[Plan, ...]:
    return tuple(Plan(f"plan-{k}", tiny_board(1, seed=k + 1)) for k in range(count))


def test_the_study_films_both_ways_and_goes_on_where_it_was(tmp_path: Path) -> None:
    backends = []

    def crew_of(home: Path) -> Any:
        backends.append(PaintedBackend(wrong_first=frozenset({"s1"})))
        return fake_crew(home, backend=backends[-1])

    study = Study(boards(8), crew_of, tmp_path, takes=3)
    numbers = run_study(study)
    kept = next(row for row in numbers["gains"] if (row["score"], row["second"]) == ("kept", "directed"))
    assert kept["of_second"] > kept["of_first"], "the first take is purple, the second as planned"
    assert {row["policy"]: row["takes"] for row in numbers["spent"]} == {"directed": 16, "random": 16}
    assert (numbers["saved"]["takes_a_shot"], numbers["saved"]["high"]) == (0.0, 0.0)
    assert [len(backend.filmed) for backend in backends] == [2] * 8, "equal takes are shared"
    assert not list((tmp_path / "work").iterdir())
    assert run_study(study) == numbers
    assert [backend.filmed for backend in backends[8:]] == [[]] * 8


def test_too_few_plans_are_refused_before_anything_is_filmed(tmp_path: Path) -> None:
    with pytest.raises(TooFewClusters, match="got 7"):
        run_study(Study(boards(7), lambda home: pytest.fail("a crew was asked for"), tmp_path))


def test_a_reduced_suite_has_the_same_plans_in_another_size() -> None:
    whole = suite("dev", 9)
    small = reduced(whole, 0.6, longest=2, limit=3)
    assert [plan.name for plan in small.plans] == ["dev-001", "dev-002", "dev-005"]
    assert {(plan.board.width, plan.board.height) for plan in small.plans} == {(192, 108)}
    assert small.plans[1].board.shots == whole.plans[1].board.shots
    assert small.name == "dev at 0.6, 2 shots at most"
    assert reduced(whole).digest == whole.digest
    with pytest.raises(BadInput):
        reduced(whole, 0)


def test_rows_without_references_have_a_name_and_a_version_of_their_own(tmp_path: Path) -> None:
    with_them = DirectorFilmer("reel", lambda home: fake_crew(home), crew_version="1")
    bare = replace(with_them, references=False)
    assert (with_them.name, bare.name) == ("reel", "reel, no references")
    assert with_them.version != bare.version
    assert replace(with_them, takes=1).name == "reel, first take"


class Painter:
    """Films every plan in one colour, whatever it asks for."""

    version = "1"

    def __init__(self, colour: str) -> None:
        self.name = self.colour = colour

    def film(self, board: Any, out: Path, home: Path) -> Any:
        from evals.filming import Filmed

        ffmpeg_film(out, *((self.colour, board.rate.seconds(shot.frames)) for shot in board.shots))
        return Filmed(timeline_of(board), 1.5, 0.0, len(board.shots))


def test_the_table_sets_every_run_against_the_first(tmp_path: Path) -> None:
    plans = Suite("small", tuple(Plan(f"p{k}", plan(0.5, seed=k)) for k in range(8)))
    for colour in ("red", "blue"):
        run_suite(Running(plans, Painter(colour), tmp_path / colour))
    rows = rows_of({"one": tmp_path / "red", "other": tmp_path / "blue"})
    assert [row["backend"] for row in rows] == ["red", "blue"]
    assert rows[0]["gain"] is None
    assert rows[1]["gain"]["plans"] == 8
    assert rows[1]["affirmed"] is None, "nobody looked"
    table = table_of(rows)
    assert table.count("\n| o") == 2
    assert "| 1.5 |" in table
