"""Numbers of a calibration with known answers."""

import numpy as np
import pytest

from evals.judging import auroc, bins, ece, kappa, kind_row


def row(seed: int, true: bool, says: float, judge: str = "reader") -> dict:
    passed = says >= 0.5
    sure = says if passed else 1 - says
    return {"seed": seed, "kind": "colour", "claim": "c", "true": true, "judge": judge,
            "outcome": "pass" if passed else "fail", "confidence": sure}  # fmt: skip


def test_a_perfect_judge():
    rows = [row(k, k % 2 == 0, 1.0 if k % 2 == 0 else 0.0) for k in range(40)]
    found = kind_row("colour", rows)
    assert found["accuracy"]["mean"] == found["sensitivity"]["mean"] == found["specificity"]["mean"] == 1.0
    assert found["kappa"]["mean"] == found["auroc"]["mean"] == 1.0
    assert found["ece"]["mean"] == 0.0
    assert found["accuracy"]["low"] < 1.0, "forty scenes do not prove perfection"


def test_a_judge_that_always_says_yes_has_no_specificity():
    found = kind_row("colour", [row(k, k % 2 == 0, 0.9) for k in range(40)])
    assert found["sensitivity"]["mean"] == 1.0
    assert found["specificity"]["mean"] == 0.0
    assert found["kappa"]["mean"] == 0.0
    assert found["auroc"]["mean"] == 0.5


def test_calibration_is_the_distance_of_what_is_said_from_what_is_so():
    rng = np.random.default_rng(0)
    honest = [row(k, bool(rng.random() < p), p) for k, p in enumerate(rng.uniform(0.5, 1.0, 4000))]
    assert ece(honest) < 0.03
    boastful = [row(k, bool(rng.random() < 0.6), 0.95) for k in range(2000)]
    assert ece(boastful) == pytest.approx(0.35, abs=0.03)
    assert sum(b["count"] for b in bins(honest)) == 4000


def test_auroc_and_kappa_by_hand():
    rows = [row(0, True, 0.9), row(1, True, 0.6), row(2, False, 0.7), row(3, False, 0.2)]
    assert auroc(rows) == pytest.approx(3 / 4)
    assert kappa(rows) == pytest.approx((0.75 - 0.5) / 0.5)


def test_what_could_not_be_told_is_coverage_not_error():
    rows = [row(k, True, 0.9) for k in range(10)]
    rows += [{**row(k, True, 0.9), "outcome": "unmeasurable"} for k in range(10)]
    found = kind_row("colour", rows)
    assert found["coverage"] == 0.5
    assert found["accuracy"]["mean"] == 1.0
