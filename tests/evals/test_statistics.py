"""Intervals with known coverage, and their refusal to guess."""

from __future__ import annotations

import numpy as np
import pytest

from evals.statistics import TooFewClusters, cluster_bootstrap, cluster_interval, holm, mcnemar


def test_fewer_than_eight_clusters_are_refused() -> None:
    with pytest.raises(TooFewClusters, match="at least 8"):
        cluster_interval([1.0] * 70, [k % 7 for k in range(70)])
    with pytest.raises(TooFewClusters):
        cluster_bootstrap([1.0] * 70, [k % 7 for k in range(70)])


def test_nine_in_ten_intervals_and_more_hold_the_truth_where_claims_of_a_scene_agree() -> None:
    rng = np.random.default_rng(0)
    held = naive = 0
    for _ in range(300):
        scenes = rng.beta(4, 1.5, 40)
        values = np.concatenate([(rng.random(10) < p).astype(float) for p in scenes])
        interval = cluster_interval(values.tolist(), np.repeat(np.arange(40), 10).tolist())
        held += interval.low <= 4 / 5.5 <= interval.high
        spread = 1.96 * (values.mean() * (1 - values.mean()) / len(values)) ** 0.5
        naive += abs(values.mean() - 4 / 5.5) <= spread
    assert held / 300 > 0.91
    assert naive / 300 < 0.85


def test_all_right_is_not_an_interval_of_no_width() -> None:
    interval = cluster_interval([1.0] * 20, list(range(20)))
    assert (interval.mean, interval.high) == (1.0, 1.0)
    assert interval.low == pytest.approx(0.025 ** (1 / 20))


def test_the_bootstrap_agrees_with_the_t_interval() -> None:
    rng = np.random.default_rng(1)
    values = (rng.random(400) < 0.8).astype(float).tolist()
    clusters = [k // 8 for k in range(400)]
    a, b = cluster_interval(values, clusters), cluster_bootstrap(values, clusters)
    assert (a.low, a.high) == pytest.approx((b.low, b.high), abs=0.02)


def test_holm_and_mcnemar_known_values() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert mcnemar(0, 0) == 1.0
    assert mcnemar(0, 6) == pytest.approx(2 / 64)
