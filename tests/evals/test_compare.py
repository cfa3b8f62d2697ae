"""Comparisons are paired, clustered and careful."""

import numpy as np
import pytest

from evals.compare import compare, difference, flip_test
from evals.manifest import differences
from evals.statistics import TooFewClusters


def outcomes(plans: int, claims: int, kept: float, seed: int, kind: str = "colour"):
    rng = np.random.default_rng(seed)
    return {
        (f"p{plan}", f"s1.{kind}.{claim}"): (kind, "pass" if rng.random() < kept else "fail")
        for plan in range(plans) for claim in range(claims)
    }  # fmt: skip


def test_equal_runs_do_not_differ():
    run = outcomes(20, 5, 0.7, 0)
    row = compare(run, run)[0]
    assert (row.gain, row.low, row.high) == (0.0, 0.0, 0.0)
    assert (row.flip_p, row.mcnemar_p) == (1.0, 1.0)


def test_a_real_gain_is_found_and_its_interval_leaves_out_zero():
    row = compare(outcomes(40, 6, 0.6, 1), outcomes(40, 6, 0.9, 2))[0]
    assert row.gain == pytest.approx(0.3, abs=0.08)
    assert row.low > 0
    assert row.flip_p < 0.01
    assert 0 < row.detectable < 0.2


def test_claims_of_one_plan_are_not_independent():
    """Eight plans whose thirty claims stand or fall together are eight observations, not 240."""
    rows = [(f"p{plan}", False, plan < 5) for plan in range(8) for _ in range(30)]
    row = difference("all", rows)
    assert row.mcnemar_p < 1e-6, "which takes claims for independent"
    assert row.flip_p == pytest.approx(2 / 2**5)
    assert row.high - row.low > 0.5


def test_what_one_run_could_not_tell_is_left_out():
    first, second = outcomes(10, 2, 1.0, 0), outcomes(10, 2, 1.0, 0)
    second = {key: (kind, "unmeasurable") if key[1].endswith("0") else (kind, o) for key, (kind, o) in second.items()}
    assert compare(first, second)[0].claims == 10


def test_fewer_than_eight_plans_are_refused():
    with pytest.raises(TooFewClusters):
        compare(outcomes(7, 9, 0.5, 0), outcomes(7, 9, 0.9, 1))


def test_holm_is_over_the_kinds():
    first = outcomes(10, 3, 0.5, 0) | outcomes(10, 3, 0.5, 1, "time")
    second = outcomes(10, 3, 0.9, 2) | outcomes(10, 3, 0.5, 3, "time")
    _, *kinds = compare(first, second)
    assert {row.name for row in kinds} == {"colour", "time"}
    assert all(row.holm_p >= row.flip_p for row in kinds)


def test_the_exact_and_the_drawn_flip_test_agree():
    sums = np.array([2.0, 1, -1, 3, 2, 1, 1, 2, -1, 1, 2, 1])
    drawn = flip_test(np.concatenate([sums, [1e-9]]), flips=20_000)
    assert flip_test(sums) == pytest.approx(drawn, abs=0.01)


def test_runs_that_were_measured_otherwise_do_not_compare():
    one = {"score_version": "1", "suite": "dev", "plans": {"a": "1"}, "judges": [], "measuring_weights": {},
           "decoder": "av 1", "backend": "animatic"}  # fmt: skip
    assert differences(one, {**one, "backend": "reel"}) == ()
    assert "decoder" in differences(one, {**one, "decoder": "av 2"})[0]
    assert "plans: 2 are not in both" in differences(one, {**one, "plans": {"b": "1"}})[0]
