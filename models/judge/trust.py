"""From evidence to a probability, per kind of claim: logistic regression on claims whose truth is known.

``evals.trust`` fits it, on seeds that nothing else uses, for one pair of weights (a sight and an ear), whose hashes it
bears. Beside each regression stand the probabilities below which a claim is denied and above which it is affirmed: of
what is told either way few may be wrong, and what lies between is left untold. The critic denies, besides, only what is
half as likely as nearly every true claim was: a loop that takes true claims for false films takes for nothing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from models.checkpoint import CheckpointRefused

WRONG, WRONG_OF_HARD = 0.045, 0.09
"""Share of what is affirmed, and of what is denied, that may be wrong in the fit, if half of all claims were true; the
latter of kinds that are hard to tell. What is told least surely is left untold until that holds."""
HARD = frozenset({"action", "direction", "continuity", "relation", "exposure"})
LEAST_TOLD = 20
"""Claims of the fit that must be told for that share to mean anything."""
DENY_SHARE = 0.5
"""The critic denies a claim below this share of the probability that all but ``ODD`` true claims of the fit reached."""
ODD = 0.004
"""Share of true claims that are left out of that: the least of many thousands would forbid every denial."""
DENY_AT_MOST, AFFIRM_AT_LEAST = 0.4, 0.6


@dataclass(frozen=True)
class Kind:
    """One kind's regression.

    Attributes:
        weights: of the features; bias: of none.
        deny_below, affirm_above: probabilities; between them nothing is told.
        claims: that it was fitted on.
    """

    weights: tuple[float, ...]
    bias: float
    deny_below: float
    affirm_above: float
    claims: int

    def p(self, features: Sequence[float]) -> float:
        """Probability of yes, 0 to 1.

        Raises:
            ValueError: there are more or fewer features than weights.
        """
        z = self.bias + sum(w * f for w, f in zip(self.weights, features, strict=True))
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, z))))


@dataclass(frozen=True)
class Trust:
    """Every kind's regression, for the weights with these hashes."""

    kinds: Mapping[str, Kind]
    sight: str
    ear: str


def fit_kind(
    features_NF: np.ndarray, true_N: np.ndarray, ridge: float = 0.5, rounds: int = 40, is_wary: bool = True,
    wrong: float = WRONG,
) -> Kind:  # fmt: skip
    """Fit by Newton's method; true and false claims weigh the same together, however many there are of each.

    Args:
        is_wary: deny only what hardly a true claim comes near, too, as in a loop.
        wrong: share of what is told either way that may be wrong.

    Raises:
        ValueError: there are no claims of one of both.
    """
    count, true = len(true_N), np.asarray(true_N, float)
    if not 0 < true.sum() < count:
        raise ValueError("a regression needs true claims and false ones")
    share = np.where(true > 0.5, 0.5 * count / true.sum(), 0.5 * count / (count - true.sum()))
    x = np.concatenate([features_NF, np.ones((count, 1))], 1)
    w = np.zeros(x.shape[1])
    penalty = np.diag([*([ridge] * features_NF.shape[1]), 1e-3])
    for _ in range(rounds):
        p = 1.0 / (1.0 + np.exp(-np.clip(x @ w, -30, 30)))
        slope = x.T @ (share * (p - true)) + penalty @ w
        curve = (x * (share * p * (1 - p))[:, None]).T @ x + penalty
        step = np.linalg.solve(curve, slope)
        w -= step
        if np.abs(step).max() < 1e-6:
            break
    p = 1.0 / (1.0 + np.exp(-np.clip(x @ w, -30, 30)))
    deny, affirm = bounds_of(p, true > 0.5, wrong)
    if is_wary:
        deny = min(deny, DENY_SHARE * float(np.quantile(p[true > 0.5], ODD)))
    return Kind(tuple(round(float(v), 5) for v in w[:-1]), round(float(w[-1]), 5), round(deny, 4),
                round(min(affirm, 0.98), 4), count)  # fmt: skip


def bounds_of(p_N: np.ndarray, is_true_N: np.ndarray, wrong: float) -> tuple[float, float]:
    """The probability below which a claim is denied and the one above which it is affirmed, such that at most a share
    ``wrong`` of either is wrong, and as much as possible is told (selective prediction, Geifman and El-Yaniv 2017)."""
    weight = np.where(is_true_N, 0.5 / is_true_N.sum(), 0.5 / (~is_true_N).sum())

    def furthest(order: np.ndarray, is_wrong: np.ndarray, upto: np.ndarray) -> float | None:
        told, errs = weight[order].cumsum(), (weight * is_wrong)[order].cumsum()
        good = (errs <= wrong * told) & upto[order] & (np.arange(1, len(order) + 1) >= LEAST_TOLD)
        return float(p_N[order[int(good.nonzero()[0][-1])]]) if good.any() else None

    affirm = furthest(np.argsort(-p_N), ~is_true_N, p_N >= AFFIRM_AT_LEAST)
    deny = furthest(np.argsort(p_N), is_true_N, p_N <= DENY_AT_MOST)
    # The last that is told is told, also after rounding.
    return (0.0 if deny is None else deny + 1e-4), (1.0 if affirm is None else affirm - 1e-4)


def save_trust(trust: Trust, path: Path, **more: object) -> None:
    document = {"sight": trust.sight, "ear": trust.ear, **more, "kinds": {k: asdict(v) for k, v in trust.kinds.items()}}
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def load_trust(path: Path, sight: str, ear: str) -> Trust:
    """The regressions for these weights.

    Raises:
        CheckpointRefused: there are none, or they were fitted for others.
    """
    next_step = "`python -m evals.trust` fits them."
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        kinds = {name: Kind(**{**row, "weights": tuple(row["weights"])}) for name, row in document["kinds"].items()}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointRefused(path, f"cannot be read: {error}", next_step) from error
    if (document["sight"], document["ear"]) != (sight, ear):
        raise CheckpointRefused(path, "was fitted for other weights", next_step)
    return Trust(kinds, sight, ear)
