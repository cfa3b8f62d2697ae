"""Suites are what was published, and cover what they say."""

from typing import get_args

import pytest

from evals.suites import DEV_PLANS, SUITES, committed_hashes, drifted, suite
from storyboards.claims import ClaimKind, compile_claims
from storyboards.errors import UnknownName


@pytest.fixture(scope="module")
def dev():
    return suite("dev")


def test_dev_covers_every_kind_of_claim_and_one_to_twelve_shots(dev):
    assert len(dev.plans) == DEV_PLANS >= 60
    kinds = {claim.kind for plan in dev.plans for claim in compile_claims(plan.board)}
    assert kinds == set(get_args(ClaimKind))
    lengths = {len(plan.board.shots) for plan in dev.plans}
    assert {1, 12} <= lengths
    assert len({plan.digest for plan in dev.plans}) == DEV_PLANS


@pytest.mark.parametrize("name", ["dev", "test", "stress"])
def test_plans_are_those_that_were_published(name):
    drawn = suite(name)
    assert len(committed_hashes()[name]) == len(drawn.plans)
    assert drifted(drawn) == ()


def test_a_changed_plan_is_seen(dev):
    first = dev.plans[0]
    other = type(first)(first.name, first.board.changed(seed=1))
    assert drifted(type(dev)("dev", (other, *dev.plans[1:]))) == (first.name,)


def test_suites_share_no_plan():
    digests = [plan.board.changed(title="x").digest() for name in SUITES for plan in suite(name).plans]
    assert len(set(digests)) == len(digests)


def test_fresh_plans_follow_their_seed():
    assert suite("fresh", 3, seed=1).digest == suite("fresh", 3, seed=1).digest
    assert suite("fresh", 3, seed=1).digest != suite("fresh", 3, seed=2).digest


def test_stress_is_hard():
    plans = suite("stress").plans
    assert max(len(plan.board.shots) for plan in plans) == 12
    assert max(len(shot.parts) for plan in plans for shot in plan.board.shots) == 3
    moves = {shot.camera.move for plan in plans for shot in plan.board.shots}
    assert {"whip pan", "crash zoom", "bolt"} <= moves


def test_an_unknown_suite_is_named():
    with pytest.raises(UnknownName, match="no suite 'prod'"):
        suite("prod")
