"""How far a judge can be believed, from claims whose truth is known: the numbers of a calibration."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np

from evals.statistics import LEAST_CLUSTERS, Interval, cluster_interval

BINS, DRAWS = 10, 500
Row = dict[str, Any]


def stated(row: Row) -> float | None:
    """The probability that the claim holds, as the judge says it; None where it could not tell."""
    if row["outcome"] == "unmeasurable":
        return None
    sure = 0.5 + 0.5 * float(row["confidence"]) if row["judge"] == "measure" else float(row["confidence"])
    return sure if row["outcome"] == "pass" else 1.0 - sure


def kind_row(kind: str, rows: Sequence[Row]) -> Row:
    """Counts, accuracy, sensitivity, specificity, Cohen's kappa, ECE and AUROC, each with its interval by scene.

    Intervals are None below eight scenes; a number is None where one of the two truths does not occur.
    """
    told = [row for row in rows if row["outcome"] != "unmeasurable"]
    true = [row for row in told if row["true"]]
    false = [row for row in told if not row["true"]]
    seeds = [row["seed"] for row in told]
    both = bool(true) and bool(false)
    return {
        "kind": kind, "true": sum(row["true"] for row in rows), "false": sum(not row["true"] for row in rows),
        "told": len(told), "coverage": round(len(told) / len(rows), 4) if rows else 0.0,
        "accuracy": _mean([float(_right(row)) for row in told], seeds),
        "sensitivity": _mean([float(_right(row)) for row in true], [row["seed"] for row in true]),
        "specificity": _mean([float(_right(row)) for row in false], [row["seed"] for row in false]),
        "kappa": _drawn(kappa, told) if both else None, "ece": _drawn(ece, told) if told else None,
        "auroc": _drawn(auroc, told) if both else None,
    }  # fmt: skip


def _right(row: Row) -> bool:
    return bool((row["outcome"] == "pass") == row["true"])


def _mean(values: list[float], seeds: list[Hashable]) -> Row | None:
    if not values:
        return None
    if len(set(seeds)) < LEAST_CLUSTERS:
        return _as_row(Interval(float(np.mean(values)), float("nan"), float("nan"), len(values), len(set(seeds))))
    return _as_row(cluster_interval(values, seeds))


def _as_row(interval: Interval) -> Row:
    def kept(value: float) -> float | None:
        return None if np.isnan(value) else round(value, 4)

    return {"mean": kept(interval.mean), "low": kept(interval.low), "high": kept(interval.high)}


def _drawn(measure: Callable[[Sequence[Row]], float], rows: Sequence[Row]) -> Row:
    """A statistic with a percentile bootstrap interval that draws whole scenes."""
    groups: dict[Hashable, list[Row]] = {}
    for row in rows:
        groups.setdefault(row["seed"], []).append(row)
    mean = measure(rows)
    if len(groups) < LEAST_CLUSTERS:
        return _as_row(Interval(mean, float("nan"), float("nan"), len(rows), len(groups)))
    scenes, rng = list(groups.values()), np.random.default_rng(0)
    found = []
    for _ in range(DRAWS):
        picked = rng.integers(0, len(scenes), len(scenes))
        found.append(measure([row for k in picked for row in scenes[k]]))
    low, high = np.nanquantile(found, [0.025, 0.975])
    return _as_row(Interval(mean, float(low), float(high), len(rows), len(groups)))


def kappa(rows: Sequence[Row]) -> float:
    """Cohen, "A coefficient of agreement for nominal scales" (1960)."""
    said = np.array([row["outcome"] == "pass" for row in rows])
    true = np.array([row["true"] for row in rows])
    agree = float((said == true).mean())
    chance = float(said.mean() * true.mean() + (1 - said.mean()) * (1 - true.mean()))
    return 1.0 if chance == 1.0 else (agree - chance) / (1 - chance)


def ece(rows: Sequence[Row]) -> float:
    """Expected calibration error over ten equal bins (Naeini et al. 2015)."""
    return float(sum(b["count"] * abs(b["stated"] - b["found"]) for b in bins(rows)) / max(1, len(rows)))


def bins(rows: Sequence[Row]) -> list[Row]:
    """Ten bins of stated probability: how many claims, the mean stated, the share that is true."""
    known = [(p, bool(row["true"])) for row in rows if (p := stated(row)) is not None]
    made = []
    for number in range(BINS):
        group = [(p, true) for p, true in known if min(BINS - 1, int(p * BINS)) == number]
        mean = float(np.mean([p for p, _ in group])) if group else (number + 0.5) / BINS
        found = float(np.mean([true for _, true in group])) if group else 0.0
        made.append({"count": len(group), "stated": round(mean, 4), "found": round(found, 4)})
    return made


def auroc(rows: Sequence[Row]) -> float:
    """Chance that a true claim is stated likelier than a false one, ties half (Hanley and McNeil 1982)."""
    from scipy.stats import rankdata

    p = np.array([stated(row) for row in rows], float)
    true = np.array([row["true"] for row in rows])
    n, m = int(true.sum()), int((~true).sum())
    if not n or not m:
        return float("nan")
    return float((rankdata(p)[true].sum() - n * (n + 1) / 2) / (n * m))
