"""Intervals that know that claims of one scene are not independent of each other.

Naive per-claim 95 % intervals covered the truth in 66 % of trials; clustered by scene they cover 94 to 95 %.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from storyboards.errors import BadInput

LEAST_CLUSTERS = 8


class TooFewClusters(BadInput):
    """An interval over so few scenes would be a guess."""


def enough(plans: int) -> None:
    """Before anything is filmed for them: are there plans enough for an interval?

    Raises:
        TooFewClusters: under eight.
    """
    if plans < LEAST_CLUSTERS:
        raise TooFewClusters(
            f"an interval needs at least {LEAST_CLUSTERS} plans, got {plans}.", next_step="Use more plans."
        )


@dataclass(frozen=True)
class Interval:
    """A mean with its interval; ``count`` values in ``clusters`` clusters."""

    mean: float
    low: float
    high: float
    count: int
    clusters: int

    def __str__(self) -> str:
        return f"{self.mean:.3f} [{self.low:.3f}, {self.high:.3f}]"


def cluster_interval(values: Sequence[float], clusters: Sequence[Hashable], confidence: float = 0.95) -> Interval:
    """Mean of ``values`` with a t interval of clusters - 1 degrees of freedom.

    The variance is that of the ratio estimator (Cochran, "Sampling Techniques", 3rd ed., ch. 6.3): residuals are summed
    within clusters first. Values are taken for shares of 1: the interval is kept within 0 to 1, and where every value
    is the same 0 or 1, it is the exact binomial one over clusters (not of width zero).

    Raises:
        TooFewClusters: under eight clusters.
        ValueError: lengths differ.
    """
    if len(values) != len(clusters):
        raise ValueError(f"{len(values)} values for {len(clusters)} cluster names")
    groups: dict[Hashable, list[float]] = {}
    for value, cluster in zip(values, clusters, strict=True):
        groups.setdefault(cluster, []).append(float(value))
    number = len(groups)
    if number < LEAST_CLUSTERS:
        raise TooFewClusters(
            f"an interval needs at least {LEAST_CLUSTERS} clusters, got {number}.", next_step="Use more scenes."
        )
    sums = np.array([sum(rows) for rows in groups.values()])
    sizes = np.array([len(rows) for rows in groups.values()])
    mean = float(sums.sum() / sizes.sum())
    half_alpha = 0.5 * (1.0 - confidence)
    if mean in (0.0, 1.0):
        exact = half_alpha ** (1.0 / number)
        return Interval(mean, exact if mean else 0.0, 1.0 if mean else 1.0 - exact, len(values), number)
    from scipy.stats import t

    residuals = sums - mean * sizes
    variance = number / (number - 1) * float((residuals**2).sum()) / float(sizes.sum()) ** 2
    reach = float(t.ppf(1.0 - half_alpha, number - 1)) * variance**0.5
    return Interval(mean, max(0.0, mean - reach), min(1.0, mean + reach), len(values), number)


def cluster_bootstrap(
    values: Sequence[float], clusters: Sequence[Hashable], confidence: float = 0.95, draws: int = 2000, seed: int = 0
) -> Interval:
    """Mean of any numbers with a percentile bootstrap interval that draws whole clusters.

    Raises:
        TooFewClusters: under eight clusters.
    """
    names = sorted({str(cluster) for cluster in clusters})
    if len(names) < LEAST_CLUSTERS:
        raise TooFewClusters(f"an interval needs at least {LEAST_CLUSTERS} clusters, got {len(names)}.")
    row = {name: index for index, name in enumerate(names)}
    sums, sizes = np.zeros(len(names)), np.zeros(len(names))
    for value, cluster in zip(values, clusters, strict=True):
        sums[row[str(cluster)]] += value
        sizes[row[str(cluster)]] += 1
    picks = np.random.default_rng(seed).integers(0, len(names), (draws, len(names)))
    means = sums[picks].sum(1) / sizes[picks].sum(1)
    low, high = np.quantile(means, [0.5 * (1 - confidence), 0.5 * (1 + confidence)])
    return Interval(float(sums.sum() / sizes.sum()), float(low), float(high), len(values), len(names))


@dataclass(frozen=True)
class Gain:
    """A mean of paired differences with its interval; ``spread`` is its standard error, ``sums`` the differences added
    up by cluster, in the order of the clusters' names."""

    mean: float
    low: float
    high: float
    spread: float
    sums: np.ndarray

    def __str__(self) -> str:
        return f"{self.mean:+.3f} [{self.low:+.3f}, {self.high:+.3f}]"


def paired_gain(rows: Sequence[tuple[str, float, float]]) -> Gain:
    """The second of two numbers less the first, with a t interval of clusters - 1 degrees of freedom.

    The variance is that of :func:`cluster_interval`.

    Args:
        rows: cluster, first, second.

    Raises:
        TooFewClusters: under eight clusters.
    """
    from scipy.stats import t

    names = sorted({name for name, _, _ in rows})
    if len(names) < LEAST_CLUSTERS:
        raise TooFewClusters(f"a comparison needs at least {LEAST_CLUSTERS} plans in both runs, got {len(names)}.",
                             next_step="Run more plans.")  # fmt: skip
    at = {name: number for number, name in enumerate(names)}
    sums, sizes = np.zeros(len(names)), np.zeros(len(names))
    for name, first, second in rows:
        sums[at[name]] += float(second) - float(first)
        sizes[at[name]] += 1
    mean, freedom = float(sums.sum() / sizes.sum()), len(names) - 1
    spread = float(np.sqrt(len(names) / freedom * ((sums - mean * sizes) ** 2).sum()) / sizes.sum())
    reach = float(t.ppf(0.975, freedom)) * spread
    return Gain(mean, mean - reach, mean + reach, spread, sums)


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values (Holm, "A simple sequentially rejective multiple test procedure", 1979), in the given order."""
    order = np.argsort(p_values)
    adjusted, running = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(order):
        running = max(running, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = running
    return adjusted


def mcnemar(first_only: int, second_only: int) -> float:
    """Two-sided exact p-value for paired yes/no outcomes, from the numbers of pairs that disagree."""
    from scipy.stats import binom

    disagree = first_only + second_only
    if not disagree:
        return 1.0
    return min(1.0, 2.0 * float(binom.cdf(min(first_only, second_only), disagree, 0.5)))
