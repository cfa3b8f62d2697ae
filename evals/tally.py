"""Counting verdicts: over one film or a whole run, per tier and per kind, from the documents that are kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evals.statistics import LEAST_CLUSTERS, Interval, cluster_interval

Document = dict[str, Any]
TIERS = ("T0", "T1", "T2")


def deciding(verdicts: Sequence[Document]) -> Document:
    """The verdict that decides: of the first tier that could tell, else of the first."""
    ranked = sorted(verdicts, key=lambda verdict: TIERS.index(verdict["tier"]))
    return next((verdict for verdict in ranked if verdict["outcome"] != "unmeasurable"), ranked[0])


def count(outcomes: Iterable[str]) -> Document:
    rows = list(outcomes)
    return {name: rows.count(name) for name in ("pass", "fail", "unmeasurable")}


def share(counts: Mapping[str, int]) -> float | None:
    """Passed of what could be told, 0 to 1; None if nothing could."""
    told = counts["pass"] + counts["fail"]
    return round(counts["pass"] / told, 6) if told else None


def covered(counts: Mapping[str, int]) -> float:
    whole = sum(counts.values())
    return round((counts["pass"] + counts["fail"]) / whole, 6) if whole else 0.0


def tally(answers: Sequence[Document]) -> Document:
    """``claims``, ``adherence``, ``coverage``, ``tiers`` (a tier that nobody asked is "not run") and ``kinds``."""
    outcomes = [deciding(answer["verdicts"])["outcome"] for answer in answers]
    claims = count(outcomes)
    by_tier = {tier: [v["outcome"] for a in answers for v in a["verdicts"] if v["tier"] == tier] for tier in TIERS}
    kinds: dict[str, list[str]] = {}
    for answer, outcome in zip(answers, outcomes, strict=True):
        kinds.setdefault(answer["claim"]["kind"], []).append(outcome)
    return {
        "claims": claims, "adherence": share(claims), "coverage": covered(claims),
        "tiers": {tier: count(rows) if rows else "not run" for tier, rows in by_tier.items()},
        "kinds": {kind: count(rows) for kind, rows in kinds.items()},
    }  # fmt: skip


def with_tier_two(measured: Document, looked: Document | None) -> Document:
    """A card with the verdicts of the judge that looks put beside its own.

    Args:
        looked: a card of the same film and plan of which only the T2 verdicts are used.
    """
    if looked is None:
        return measured
    seen = {answer["claim"]["id"]: [v for v in answer["verdicts"] if v["tier"] == "T2"] for answer in looked["answers"]}
    answers = []
    for answer in measured["answers"]:
        verdicts = [*answer["verdicts"], *seen.get(answer["claim"]["id"], [])]
        answers.append({**answer, "verdicts": verdicts, "outcome": deciding(verdicts)["outcome"]})
    names = [*measured["judges"], *(name for name in looked["judges"] if name not in measured["judges"])]
    return {**measured, "answers": answers, "judges": names, "notes": [*measured["notes"], *looked["notes"]],
            **tally(answers)}  # fmt: skip


def kind_rows(cards: Mapping[str, Document]) -> list[Document]:
    """Per kind over all films, in the order in which kinds first appear: counts, share, coverage and its interval.

    Intervals are clustered by film; ``low`` and ``high`` are None below eight films.
    """
    rows: dict[str, list[tuple[str, str]]] = {}
    for name, card in cards.items():
        for answer in card["answers"]:
            rows.setdefault(answer["claim"]["kind"], []).append((name, deciding(answer["verdicts"])["outcome"]))
    return [interval_row(kind, group) for kind, group in rows.items()]


def tier_rows(cards: Mapping[str, Document]) -> list[Document]:
    """The same per tier; a tier without verdicts has a coverage of None."""
    rows = []
    for tier in TIERS:
        group = [(name, v["outcome"]) for name, card in cards.items() for answer in card["answers"]
                 for v in answer["verdicts"] if v["tier"] == tier]  # fmt: skip
        row = interval_row(tier, group)
        rows.append(row if group else {**row, "coverage": None})
    return rows


def interval_row(name: str, group: Sequence[tuple[str, str]]) -> Document:
    """One row of a table.

    Args:
        group: (film, outcome) of every claim.
    """
    counts = count(outcome for _, outcome in group)
    told = [(film, float(outcome == "pass")) for film, outcome in group if outcome != "unmeasurable"]
    interval: Interval | None = None
    if len({film for film, _ in told}) >= LEAST_CLUSTERS:
        interval = cluster_interval([value for _, value in told], [film for film, _ in told])
    return {
        "name": name, **counts, "adherence": share(counts), "coverage": covered(counts),
        "low": round(interval.low, 6) if interval else None, "high": round(interval.high, 6) if interval else None,
        "films": len({film for film, _ in group}),
    }  # fmt: skip
