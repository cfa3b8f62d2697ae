"""The twenty briefs of ``evals/briefs``: what the rulebook catches of each, and that the checker can say no."""

from __future__ import annotations

import asyncio

import pytest

from agent.rulebook import Rulebook
from evals.brief_checks import Case, Fact, cases, check, run, table
from storyboards.brief import Brief
from tests.agent.planning import keeps_the_rules, plan

CASES = cases()


def test_there_are_twenty_briefs_with_facts() -> None:
    assert len(CASES) == 20
    assert sum(len(case.expected) for case in CASES) > 80


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_facts_of_a_brief_are_caught(case: Case) -> None:
    board = asyncio.run(Rulebook().plan(Brief(text=case.text)))
    keeps_the_rules(board, 1.0 if "explainer" in case.name else 0.75)
    missed = [fact.told for fact in check(board, case.expected) if not fact.caught]
    assert missed == []


def test_the_checker_sees_what_a_plan_misses() -> None:
    board = plan("A brown dog sleeps in the city at night.")
    fox = next(case for case in CASES if case.name == "01_story_fox")
    facts = check(board, fox.expected)
    assert not any(
        fact.caught for fact in facts if fact.told in ("1 fox", "orange fox", "6 shots", "sound bell", "setting forest")
    )
    wrong = check(board, {"never": {"dog": ["sleep"]}, "absent": ["dog"], "music": "none", "times": ["night", "day"]})
    assert [fact.caught for fact in wrong] == [False, False, False, True, False, False]


def test_an_expectation_of_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(KeyError):
        check(plan("A cat sleeps."), {"smell": "roses"})


def test_the_table_has_a_row_for_each_brief() -> None:
    rows = table(asyncio.run(run(Rulebook()))).splitlines()
    assert len(rows) == 22
    assert table([(CASES[0], plan(CASES[0].text), [Fact("a fact", False)])]).count("a fact") == 1
