"""Two runs of the same plans, claim against claim: who keeps the plan better, and could chance have done it?

Differences are paired by claim and clustered by plan. The p-value that counts flips whole plans (Good, "Permutation,
Parametric and Bootstrap Tests of Hypotheses", ch. 3); McNemar's beside it takes claims for independent, which they are
not. Holm's correction is over the kinds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from evals.manifest import differences
from evals.results import read_manifest, read_plans, why_void, without_tier_two
from evals.statistics import LEAST_CLUSTERS, holm, mcnemar, paired_gain
from evals.tally import deciding
from storyboards.errors import BadInput

SCHEMA = "storyreel.comparison/1"
FLIPS, POWER = 4000, 0.80
Document = dict[str, Any]


class RunsDiffer(BadInput):
    """Two runs were not made so that their scores may be compared."""


@dataclass(frozen=True)
class Difference:
    """The second run against the first on one kind of claim, or on all.

    Attributes:
        first, second: shares of claims kept; ``gain`` is their difference with its t interval.
        only_first, only_second: claims that one kept and the other broke.
        flip_p: of flipping whole plans; ``holm_p`` corrects it for the number of kinds.
        detectable: the smallest gain that this many plans would have shown four times in five; None without spread.
    """

    name: str
    claims: int
    plans: int
    first: float
    second: float
    gain: float
    low: float
    high: float
    only_first: int
    only_second: int
    mcnemar_p: float
    flip_p: float
    detectable: float | None
    holm_p: float | None = None

    def document(self) -> Document:
        return {name: round(value, 6) if isinstance(value, float) else value for name, value in vars(self).items()}


def compare_runs(first: Path, second: Path) -> Document:
    """The comparison of two runs as plain JSON types.

    Raises:
        BadInput: a folder holds no run.
        RunsDiffer: suite, plans, judges, their weights or the decoder are not the same; says which.
        TooFewClusters: under eight plans that both have.
    """
    manifests = read_manifest(first), read_manifest(second)
    apart = differences(*manifests)
    if apart:
        raise RunsDiffer(f"the runs cannot be compared. {'. '.join(apart)}.",
                         next_step="Run both with the same suite, judges and machine setup.")  # fmt: skip
    outcomes = [told(folder, manifest) for folder, manifest in zip((first, second), manifests, strict=True)]
    rows = compare(*outcomes)
    return {
        "schema_version": SCHEMA, "suite": manifests[0]["suite"], "first": manifests[0]["backend"],
        "second": manifests[1]["backend"], "all": rows[0].document(), "kinds": [row.document() for row in rows[1:]],
    }  # fmt: skip


def told(folder: Path, manifest: Document) -> dict[tuple[str, str], tuple[str, str]]:
    """(plan, claim id) to (kind, outcome) of a run, its T2 left out if its probes failed."""
    from evals.records import read_json

    void = why_void(read_json(folder / "probes.json") or [])
    rows = {}
    for plan in read_plans(folder, manifest):
        card = without_tier_two(plan["card"], void) if void else plan["card"]
        for answer in card["answers"]:
            outcome = str(deciding(answer["verdicts"])["outcome"])
            rows[plan["name"], answer["claim"]["id"]] = (answer["claim"]["kind"], outcome)
    return rows


def compare(
    first: Mapping[tuple[str, str], tuple[str, str]], second: Mapping[tuple[str, str], tuple[str, str]]
) -> tuple[Difference, ...]:
    """All claims first, then every kind with enough plans, over the claims that could be told in both.

    Raises:
        TooFewClusters: under eight plans.
    """
    pairs: dict[str, list[tuple[str, bool, bool]]] = {"all": []}
    for key, (kind, outcome) in first.items():
        other = second.get(key, (kind, "unmeasurable"))[1]
        if "unmeasurable" in (outcome, other):
            continue
        row = (key[0], outcome == "pass", other == "pass")
        pairs["all"].append(row)
        pairs.setdefault(kind, []).append(row)
    whole = difference("all", pairs.pop("all"))
    kinds = [difference(kind, rows) for kind, rows in pairs.items() if len({r[0] for r in rows}) >= LEAST_CLUSTERS]
    corrected = holm([row.flip_p for row in kinds])
    return (whole, *(Difference(**{**vars(row), "holm_p": p}) for row, p in zip(kinds, corrected, strict=True)))


def difference(name: str, rows: Sequence[tuple[str, bool, bool]]) -> Difference:
    """One row.

    Args:
        rows: plan, kept by the first, kept by the second, for every claim that both could tell.

    Raises:
        TooFewClusters: under eight plans.
    """
    from scipy.stats import t

    gain, plans = paired_gain(rows), len({plan for plan, _, _ in rows})
    only_first, only_second = sum(a and not b for _, a, b in rows), sum(b and not a for _, a, b in rows)
    detectable = float(t.ppf(0.975, plans - 1) + t.ppf(POWER, plans - 1)) * gain.spread
    return Difference(
        name, len(rows), plans, sum(a for _, a, _ in rows) / len(rows), sum(b for _, _, b in rows) / len(rows),
        gain.mean, max(-1.0, gain.low), min(1.0, gain.high), only_first, only_second,
        mcnemar(only_first, only_second), flip_test(gain.sums), detectable if gain.spread > 0 else None,
    )  # fmt: skip


def flip_test(sums: np.ndarray, flips: int = FLIPS) -> float:
    """Two-sided p-value that the plans' differences are as often one way as the other; exact up to twelve plans."""
    there = abs(float(sums.sum()))
    moved = sums[sums != 0]
    if not len(moved):
        return 1.0
    if len(moved) <= 12:
        signs = 1 - 2 * ((np.arange(2 ** len(moved))[:, None] >> np.arange(len(moved))) & 1)
        return float((np.abs(signs @ moved) >= there - 1e-9).mean())
    signs = np.random.default_rng(0).choice((-1, 1), (flips, len(moved)))
    return float((1 + (np.abs(signs @ moved) >= there - 1e-9).sum()) / (flips + 1))
