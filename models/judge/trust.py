"""From evidence to a probability, per kind of claim: logistic regression on claims whose truth is known.

``evals.trust`` fits it, on seeds that nothing else uses, for one pair of weights (a sight and an ear), whose hashes it
bears. Beside each regression stand the probabilities below which a claim is denied and above which it is affirmed. The
critic denies only what is half as likely as nearly every true claim was: a loop that takes true claims for false films
takes for nothing. The examiner sits in no loop and errs as often one way as the other.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from models.checkpoint import CheckpointRefused

DENY_SHARE = 0.5
"""The critic denies a claim below this share of the probability that all but ``ODD`` true claims of the fit reached."""
ODD = 0.004
"""Share of true claims that are left out of that: the least of many thousands would forbid every denial."""
FALSE_AFFIRMED = 0.04
"""Share of the false claims of the fit that may be affirmed, where that leaves a choice."""
TRUE_DENIED = 0.03
"""Share of the true claims of the fit that the examiner may deny."""
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
    features_NF: np.ndarray, true_N: np.ndarray, ridge: float = 0.5, rounds: int = 40, is_wary: bool = True
) -> Kind:  # fmt: skip
    """Fit by Newton's method; true and false claims weigh the same together, however many there are of each.

    Args:
        is_wary: deny only what hardly a true claim comes near, as in a loop; else what ``TRUE_DENIED`` of them reach.

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
    least = float(np.quantile(p[true > 0.5], ODD if is_wary else TRUE_DENIED))
    deny = min(DENY_AT_MOST, DENY_SHARE * least if is_wary else least)
    affirm = max(AFFIRM_AT_LEAST, float(np.quantile(p[true < 0.5], 1.0 - FALSE_AFFIRMED)))
    return Kind(tuple(round(float(v), 5) for v in w[:-1]), round(float(w[-1]), 5), round(deny, 4),
                round(min(affirm, 0.98), 4), count)  # fmt: skip


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
