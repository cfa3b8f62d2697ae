"""Rows as tables: shares that are right with intervals by scene, what is taken for what, clips against frozen ones."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from evals.adherence_measured import UNMEASURABLE
from evals.adherence_score import QUESTIONS, Row
from evals.statistics import LEAST_CLUSTERS, Interval, cluster_interval, mcnemar

MOST_MIXED = 3


def interval_of(rows: Sequence[Row]) -> Interval | None:
    """Share of right rows with an interval clustered by scene; None under eight scenes."""
    seeds = [row.seed for row in rows]
    if len(set(seeds)) < LEAST_CLUSTERS:
        return None
    return cluster_interval([float(row.right) for row in rows], seeds)


def summary(rows: Iterable[Row]) -> dict[str, dict[str, dict[str, Any]]]:
    """By what was scored and by question: share, interval, numbers, what is mixed up most."""
    grouped: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        grouped[row.of][row.kind].append(row)
    told: dict[str, dict[str, dict[str, Any]]] = {}
    for of, kinds in grouped.items():
        told[of] = {}
        for kind in sorted(kinds, key=_place):
            clear = [row for row in kinds[kind] if row.said != UNMEASURABLE]
            found = interval_of(clear)
            told[of][kind] = {
                "share": round(sum(row.right for row in clear) / max(1, len(clear)), 4), "rows": len(clear),
                "unmeasurable": len(kinds[kind]) - len(clear), "interval": asdict(found) if found else None,
                "mixed": mixed(clear),
            }  # fmt: skip
    return told


def _place(kind: str) -> int:
    return QUESTIONS.index(kind) if kind in QUESTIONS else len(QUESTIONS)


def mixed(rows: Sequence[Row]) -> list[str]:
    """The commonest mistakes: ``asked → said (times)``."""
    wrong = Counter((row.asked, row.said) for row in rows if not row.right)
    return [f"{asked} → {said} ({times})" for (asked, said), times in wrong.most_common(MOST_MIXED)]


def against(rows: Sequence[Row], one: str, other: str, kind: str) -> dict[str, float] | None:
    """Pairs of the same question about ``one`` and about ``other``: who alone was right how often, and McNemar's p.

    None where there are no pairs.
    """
    by_of: dict[str, dict[tuple[int, str, int], bool]] = {one: {}, other: {}}
    seen: Counter[tuple[str, int, str]] = Counter()
    for row in rows:
        if row.kind == kind and row.of in by_of:
            # Two actors of a scene may be asked for the same word: they are told apart by their order.
            order = seen[row.of, row.seed, row.asked]
            seen[row.of, row.seed, row.asked] += 1
            by_of[row.of][row.seed, row.asked, order] = row.right
    shared = by_of[one].keys() & by_of[other].keys()
    if not shared:
        return None
    first = sum(by_of[one][key] and not by_of[other][key] for key in shared)
    second = sum(by_of[other][key] and not by_of[one][key] for key in shared)
    return {"pairs": len(shared), f"only {one}": first, f"only {other}": second, "p": mcnemar(first, second)}


def table(told: dict[str, dict[str, dict[str, Any]]]) -> str:
    """Markdown: one row a question, one column for each thing that was scored, and what is mixed up most."""
    columns = [of for of in ("picture", "clip", "frozen", "stranger", "measured") if of in told]
    lines = [f"| question | {' | '.join(columns)} | mixed up most |", f"|---|{'---|' * (len(columns) + 1)}"]
    for kind in (*QUESTIONS, *sorted({k for kinds in told.values() for k in kinds} - set(QUESTIONS))):
        cells = [_cell(told[of].get(kind)) for of in columns]
        if any(cells):
            source = next(told[of] for of in ("clip", "picture", *columns) if kind in told.get(of, {}))
            lines.append(f"| {kind} | {' | '.join(cells)} | {', '.join(source.get(kind, {}).get('mixed', []))} |")
    return "\n".join(lines)


def _cell(found: dict[str, Any] | None) -> str:
    if found is None:
        return ""
    if found["interval"] is None:
        return f"{found['share']:.3f} ({found['rows']})" if found["rows"] else UNMEASURABLE
    left = found["unmeasurable"]
    told = f"; {left / (left + found['rows']):.0%} unmeasurable" if left else ""
    return f"{Interval(**found['interval'])}{told}"
