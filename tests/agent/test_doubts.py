"""Doubt: what is undecided and more likely broken than kept is worth another take, and never a failure."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from agent.director import Director
from agent.review import _asked, _undoubted, settle
from agent.revise import revise_shot
from storyboards.brief import Brief, Limits
from storyboards.claims import Claim
from storyboards.critique import Critique, Verdict
from tests.agent.test_review import CLAIMS, SHOT
from tests.fakes import PaintedBackend, ScriptedPlanner, fake_crew, tiny_board
from tools.contract import Footage, ShotRequest

COUNT = next(claim for claim in CLAIMS if claim.kind == "colour")


def unsure(claim: Claim, p: float | None, judge: str = "critic") -> Verdict:
    return Verdict(claim_id=claim.id, outcome="unmeasurable", tier="T2", judge=judge, measured="brown", probability=p)


@pytest.mark.parametrize(
    ("p", "kept", "given"), [(0.5, 0.9, 0.9), (0.1, 0.9, 0.5), (0.9, 0.5, 0.9), (0.02, 0.8, 0.0755)]
)
def test_a_probability_is_that_of_films_that_keep_so_much(p: float, kept: float, given: float) -> None:
    (verdict,) = settle((COUNT,), [(unsure(COUNT, p),)], {"colour": kept})
    assert verdict.probability == pytest.approx(given, abs=1e-3)
    assert verdict.is_doubtful is (given < 0.5)


def test_nothing_is_doubted_of_a_backend_that_nobody_has_measured() -> None:
    (verdict,) = settle((COUNT,), [(unsure(COUNT, 0.01),)])
    assert verdict.probability is None
    assert not verdict.is_doubtful


def test_what_was_measured_is_not_doubted() -> None:
    measured = Verdict(claim_id=COUNT.id, outcome="pass", tier="T1", judge="measure")
    (verdict,) = settle((COUNT,), [(measured,), (unsure(COUNT, 0.01),)], {"colour": 0.5})
    assert verdict.outcome == "pass"
    assert not verdict.is_doubtful


def test_a_doubt_keeps_what_the_measurement_said() -> None:
    blind = Verdict(claim_id=COUNT.id, outcome="unmeasurable", tier="T1", judge="measure", measured="too small")
    (verdict,) = settle((COUNT,), [(blind,), (unsure(COUNT, 0.1),)], {"colour": 0.5})
    assert verdict.measured == "brown"
    assert "measure: too small" in verdict.evidence.note


def critique(key: str, *verdicts: Verdict) -> Critique:
    return Critique(shot_id="s1", take_key=key, verdicts=verdicts)


def test_the_likelier_take_is_better_and_about_as_likely_ones_are_level() -> None:
    low, near, high = (critique(name, unsure(COUNT, p)) for name, p in (("low", 0.2), ("near", 0.3), ("high", 0.9)))
    assert high.is_better_than(low)
    assert not low.is_better_than(high)
    assert low.is_level_with(near)
    assert not low.is_level_with(high)


def test_one_broken_claim_weighs_less_than_several_that_are_likely_broken() -> None:
    """A measurement errs now and then, so what it found is no reason to keep a take with nothing right in it."""
    broken = Verdict(claim_id=COUNT.id, outcome="fail", tier="T1")
    others = [claim for claim in CLAIMS if claim.id != COUNT.id][:3]
    one_broken = critique("broken", broken, *(unsure(claim, 0.9) for claim in others))
    all_doubted = critique("doubted", unsure(COUNT, 0.9), *(unsure(claim, 0.1) for claim in others))
    none_broken = critique("kept", unsure(COUNT, 0.9), *(unsure(claim, 0.9) for claim in others))
    assert one_broken.is_better_than(all_doubted)
    assert none_broken.is_better_than(one_broken)


def test_a_doubt_is_mended_like_a_failure_and_said_as_a_doubt() -> None:
    found = critique("t1", unsure(COUNT, 0.1))
    assert found.failures == ()
    revision = revise_shot(SHOT, CLAIMS, [SHOT], [found], found)
    assert revision is not None
    assert revision.shot.seed != SHOT.seed
    assert "the colour should be “orange” and may be “brown”" in revision.why
    sure = critique("t1", unsure(COUNT, 0.9))
    assert revise_shot(SHOT, CLAIMS, [SHOT], [sure], sure) is None


def test_what_was_measured_broken_and_is_affirmed_is_not_decided() -> None:
    broken = Verdict(claim_id=COUNT.id, outcome="fail", tier="T1", judge="measure", measured="grey", confidence=0.9)
    affirmed = Verdict(
        claim_id=COUNT.id,
        outcome="pass",
        tier="T2",
        judge="critic",
        measured="orange",
        confidence=0.97,
        probability=0.97,
    )
    (verdict,) = settle((COUNT,), [(broken,), (affirmed,)])
    assert verdict.outcome == "unmeasurable"
    assert "measure found it broken" in verdict.evidence.note
    assert not verdict.is_doubtful
    (verdict,) = settle((COUNT,), [(broken,), (affirmed.model_copy(update={"probability": None}),)])
    assert verdict.outcome == "fail", "a judge whose probabilities nobody knows overrules no measurement"
    (verdict,) = settle((COUNT,), [(broken,), (unsure(COUNT, 0.6),)])
    assert verdict.outcome == "fail"


def test_only_a_judge_that_hears_appeals_is_asked_about_what_is_broken() -> None:
    broken = Verdict(claim_id=COUNT.id, outcome="fail", tier="T1", judge="measure")
    fit = Verdict(claim_id=CLAIMS[0].id, outcome="pass", tier="T1", judge="measure")
    doubter, appeals = Doubter(0.5), Doubter(0.5)
    appeals.hears_appeals = True
    assert _asked(doubter, (CLAIMS[0], COUNT), [(broken, fit)]) == ()
    assert _asked(appeals, (CLAIMS[0], COUNT), [(broken, fit)]) == (COUNT,)


class Rated(PaintedBackend):
    """A backend that is known to keep half of the colours."""

    def __init__(self, rated_by: str = "1") -> None:
        super().__init__()
        self.rated_by = rated_by

    @property
    def keeps(self) -> Mapping[str, float]:
        return {"colour": 0.5}


class Doubter:
    """Decides nothing; believes in a colour by the number of the take."""

    name, tier, version = "doubter", "T2", "1"
    hears_appeals = False

    def __init__(self, *beliefs: float) -> None:
        self.beliefs, self.seen = beliefs, dict[Path, float]()

    def judge(self, footage: Footage, claims: tuple[Claim, ...], request: ShotRequest) -> tuple[Verdict, ...]:
        p = self.seen.setdefault(footage.video, self.beliefs[min(len(self.seen), len(self.beliefs) - 1)])
        return tuple(unsure(claim, p if claim.kind == "colour" else None) for claim in claims)


def takes_made(home: Path, backend: PaintedBackend, judge: Doubter) -> int:
    board = tiny_board(1)
    crew = fake_crew(home, planner=ScriptedPlanner(board), backend=backend, judges=(judge,))
    film = asyncio.run(Director(crew).make(Brief(text="x", limits=Limits(takes_per_shot=3)), project="p"))
    assert not any("colour" in reason for reason in film.reasons), "a doubt is no failure"
    return len(crew.memory.ledger.entries("p", board.shots[0].id))


def test_the_loop_films_again_what_it_doubts_until_it_does_not(tmp_path: Path) -> None:
    assert takes_made(tmp_path / "a", Rated(), Doubter(0.1, 0.9)) == 2
    assert takes_made(tmp_path / "b", Rated(), Doubter(0.1)) == 3
    assert takes_made(tmp_path / "c", PaintedBackend(), Doubter(0.1)) == 1, "unknown backends are not doubted"
    assert takes_made(tmp_path / "d", Rated("another judge"), Doubter(0.1)) == 1, "nor by another judge's measure"


def test_that_nothing_can_be_doubted_is_said(tmp_path: Path) -> None:
    crew = fake_crew(tmp_path, planner=ScriptedPlanner(tiny_board(1)), judges=(Doubter(0.5), Doubter(0.5)))
    assert _undoubted(crew) == (), "nobody ever measured what it keeps"
    assert _undoubted(replace(crew, backend=Rated())) == ()
    (note,) = _undoubted(replace(crew, backend=Rated("another judge")))
    assert "nothing is doubted" in note.text
    assert not note.degrades
