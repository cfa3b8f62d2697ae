"""The numbers of a loop study, from what was kept of every take; gains are paired by claim and clustered by plan."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from evals.compare import flip_test
from evals.statistics import LEAST_CLUSTERS, cluster_interval, paired_gain

Document = dict[str, Any]
Pair = tuple[str, float, float]
PAIRS = (("first", "directed"), ("first", "random"), ("random", "directed"))
SCORES = ("examiner", "kept")
"""``examiner``: its P(yes). ``kept``: 1 for a claim that passes and 0 for one that fails, measured or examined.
``truth``, where the backend errs on purpose: 1 for what was filmed as planned and 0 for what was not."""


def numbers_of(records: Sequence[Document]) -> Document:
    """Gains over all claims and by kind, the gap between the judges by round, and what it cost.

    Raises:
        TooFewClusters: under eight plans.
    """
    shots = [(record["plan"], shot) for record in records for shot in record["shots"]]
    scores = (*SCORES, "truth") if "truth" in shots[0][1]["takes"]["directed"][0] else SCORES
    gains = [_gain(shots, score, *pair) for score in scores for pair in PAIRS]
    kinds = sorted({kind for _, shot in shots for kind in shot["kinds"].values()})
    by_kind = [row for kind in kinds for pair in PAIRS[::2] if (row := _gain_of_kind(shots, kind, *pair)) is not None]
    rounds = max(len(shot["takes"]["directed"]) for _, shot in shots)
    return {
        "plans": len(records), "shots": len(shots), "gains": gains, "kinds": by_kind,
        "rounds": [_round(shots, policy, at) for policy in ("directed", "random") for at in range(rounds)],
        "widening": [_widening(shots, policy) for policy in ("directed", "random")],
        "spent": [_spent(shots, policy) for policy in ("directed", "random")],
        "saved": _saved(shots),
    }  # fmt: skip


def kept_take(shot: Document, policy: str, at: int = -1) -> Document:
    """The take that is kept after round ``at`` (from 0; the last if negative). ``first`` keeps the first of any."""
    if policy == "first":
        return dict(shot["takes"]["directed"][0])
    takes = shot["takes"][policy]
    last = len(takes) - 1 if at < 0 else min(at, len(takes) - 1)
    return dict(takes[takes[last]["kept"]])


def _score(take: Document, score: str) -> dict[str, float]:
    """0 to 1 by claim, of those that it says something about."""
    if score != "kept":
        return dict(take[score])
    return {name: float(outcome == "pass") for name, outcome in take["outcomes"].items() if outcome != "unmeasurable"}


def _pairs(
    shots: Iterable[tuple[str, Document]], score: str, first: str, second: str, kind: str = ""
) -> list[Pair]:  # fmt: skip
    """Plan, first and second for every claim of which something can be said in both takes."""
    rows = []
    for plan, shot in shots:
        a, b = (_score(kept_take(shot, policy), score) for policy in (first, second))
        rows += [(plan, a[name], b[name]) for name, its in shot["kinds"].items()
                 if name in a and name in b and kind in ("", its)]  # fmt: skip
    return rows


def _gain(shots: Sequence[tuple[str, Document]], score: str, first: str, second: str, kind: str = "") -> Document:
    rows = _pairs(shots, score, first, second, kind)
    gain = paired_gain(rows)
    return {
        "score": score, "kind": kind or "all", "first": first, "second": second, "claims": len(rows),
        "of_first": _mean(a for _, a, _ in rows), "of_second": _mean(b for _, _, b in rows),
        "gain": round(gain.mean, 5), "low": round(gain.low, 5), "high": round(gain.high, 5),
        "flip_p": round(flip_test(gain.sums), 5),
    }  # fmt: skip


def _gain_of_kind(shots: Sequence[tuple[str, Document]], kind: str, first: str, second: str) -> Document | None:
    """None under eight plans that have the kind."""
    plans = {plan for plan, _, _ in _pairs(shots, "examiner", first, second, kind)}
    return _gain(shots, "examiner", first, second, kind) if len(plans) >= LEAST_CLUSTERS else None


def _both(shots: Iterable[tuple[str, Document]], policy: str, at: int) -> list[Pair]:
    """Plan, the critic's and the examiner's P(yes) of every claim after a round, of claims that both answer."""
    rows = []
    for plan, shot in shots:
        take = kept_take(shot, policy, at)
        rows += [(plan, take["critic"][name], p) for name, p in take["examiner"].items() if name in take["critic"]]
    return rows


def _round(shots: Sequence[tuple[str, Document]], policy: str, at: int) -> Document:
    """Both judges after a round; a shot that was not filmed again stays as it was."""
    rows = _both(shots, policy, at)
    gap = paired_gain([(plan, examiner, critic) for plan, critic, examiner in rows])
    filmed = sum(len(shot["takes"][policy]) > at for _, shot in shots)
    return {
        "policy": policy, "round": at + 1, "filmed": filmed, "claims": len(rows),
        "critic": _mean(c for _, c, _ in rows), "examiner": _mean(e for _, _, e in rows),
        "gap": round(gap.mean, 5), "low": round(gap.low, 5), "high": round(gap.high, 5),
    }  # fmt: skip


def _widening(shots: Sequence[tuple[str, Document]], policy: str) -> Document:
    """How much farther the critic is above the examiner at the end than after the first take, claim by claim."""
    rows = []
    for plan, shot in shots:
        ends = [kept_take(shot, policy, at) for at in (0, -1)]
        shared = set.intersection(*(set(take[judge]) for take in ends for judge in ("critic", "examiner")))
        gaps = [{name: take["critic"][name] - take["examiner"][name] for name in shared} for take in ends]
        rows += [(plan, gaps[0][name], gaps[1][name]) for name in sorted(shared)]
    gain = paired_gain(rows)
    return {"policy": policy, "claims": len(rows), "widening": round(gain.mean, 5),
            "low": round(gain.low, 5), "high": round(gain.high, 5)}  # fmt: skip


def _spent(shots: Sequence[tuple[str, Document]], policy: str) -> Document:
    takes = [float(len(shot["takes"][policy])) for _, shot in shots]
    again = [float(count > 1) for count in takes]
    interval = cluster_interval(again, [plan for plan, _ in shots])
    return {"policy": policy, "takes": int(sum(takes)), "takes_a_shot": round(float(np.mean(takes)), 4),
            "filmed_again": round(interval.mean, 4), "low": round(interval.low, 4), "high": round(interval.high, 4),
            "another_kept": sum(shot["takes"][policy][-1]["kept"] > 0 for _, shot in shots)}  # fmt: skip


def _saved(shots: Sequence[tuple[str, Document]]) -> Document:
    """Takes a shot of directed retakes less those of other seeds; below 0 they cost less."""
    rows = [(plan, float(len(s["takes"]["random"])), float(len(s["takes"]["directed"]))) for plan, s in shots]
    more = paired_gain(rows)
    return {"takes_a_shot": round(more.mean, 4), "low": round(more.low, 4), "high": round(more.high, 4)}


def _mean(values: Iterable[float]) -> float:
    return round(float(np.mean(list(values))), 5)


def tables_of(numbers: Document) -> str:
    """The numbers as Markdown."""
    lines = ["| score | claims | first | second | from | to | gain [95 %] | p |", "|---|--:|---|---|--:|--:|---|--:|"]
    for row in (*numbers["gains"], *numbers["kinds"]):
        name = row["score"] if row["kind"] == "all" else f"examiner: {row['kind']}"
        lines.append(f"| {name} | {row['claims']} | {row['first']} | {row['second']} | {row['of_first']:.3f} | "
                     f"{row['of_second']:.3f} | {_span(row, 'gain')} | {row['flip_p']:.3f} |")  # fmt: skip
    lines += ["", "| policy | round | filmed | claims | critic | examiner | gap [95 %] |",
              "|---|--:|--:|--:|--:|--:|---|"]  # fmt: skip
    for row in numbers["rounds"]:
        lines.append(f"| {row['policy']} | {row['round']} | {row['filmed']} | {row['claims']} | {row['critic']:.3f} | "
                     f"{row['examiner']:.3f} | {_span(row, 'gap')} |")  # fmt: skip
    lines += ["", "| policy | takes | a shot | filmed again | another take kept | gap grows by [95 %] |",
              "|---|--:|--:|--:|--:|---|"]  # fmt: skip
    for spent, wider in zip(numbers["spent"], numbers["widening"], strict=True):
        again = f"{spent['filmed_again']:.0%} | {spent['another_kept']}"
        lines.append(f"| {spent['policy']} | {spent['takes']} | {spent['takes_a_shot']:.2f} | {again} | "
                     f"{_span(wider, 'widening')} |")  # fmt: skip
    lines += ["", f"Takes a shot, directed less random: {_span(numbers['saved'], 'takes_a_shot')}"]
    return "\n".join((*lines, ""))


def _span(row: Document, name: str) -> str:
    return f"{row[name]:+.3f} [{row['low']:+.3f}, {row['high']:+.3f}]"
