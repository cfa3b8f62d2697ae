"""The share of claims that is kept, from the probabilities of a judge, without labels."""

from __future__ import annotations

import numpy as np
import pytest

from evals.keeps import AT, keeps_of, share_kept


def beliefs(share: float, count: int, seed: int = 0) -> list[float]:
    """P(yes) at even odds of claims of which ``share`` is true, for a feature that is normal with means +1 and -1."""
    rng = np.random.default_rng(seed)
    true = rng.random(count) < share
    x = rng.normal(np.where(true, 1.0, -1.0), 1.0)
    return list(1.0 / (1.0 + np.exp(-2.0 * x)))


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_the_share_is_found_without_labels(share: float) -> None:
    assert share_kept(beliefs(share, 4000)) == pytest.approx(share, abs=0.03)


def test_a_judge_who_knows_nothing_leaves_what_was_believed() -> None:
    assert share_kept([0.5] * 100) == pytest.approx(AT, abs=1e-6)


def test_few_claims_do_not_make_a_certainty() -> None:
    assert 0.5 < share_kept([0.01]) < AT
    assert keeps_of([("colour", 0.999)] * 3 + [("count", 0.01)] * 300)["count"] < 0.2
