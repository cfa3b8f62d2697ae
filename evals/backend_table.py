"""The results table: runs of one suite side by side, each against the first; ``python -m app.study backends``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evals.compare import compare_runs
from evals.export import summary_of
from evals.records import read_json
from evals.results import read_manifest, read_plans, why_void
from evals.statistics import LEAST_CLUSTERS, cluster_interval

Document = dict[str, Any]


def rows_of(runs: Mapping[str, Path]) -> list[Document]:
    """One row for every run, by the name it has in the table. The first run is what the others are compared with.

    Raises:
        BadInput: a folder holds no finished run.
        RunsDiffer: they were not of the same plans, or not measured alike. TooFewClusters: under eight plans.
    """
    first = next(iter(runs.values()))
    looked = {name: _looked(out) for name, out in runs.items()}
    told = {kind for rows in looked.values() for _, kind, outcome in rows if outcome != "unmeasurable"}
    rows = []
    for name, out in runs.items():
        summary = summary_of(out)
        gain = None if out == first else compare_runs(first, out)["all"]
        tiers = {row["name"]: row for row in summary["tiers"]}
        rows.append({
            "name": name, "backend": summary["backend"], "plans": summary["plans"], "all": summary["all"],
            "measured": tiers["T1"], "examined": tiers["T2"], "affirmed": _affirmed(looked[name], told), "gain": gain,
            "void": summary["void"], "film_s": _median([film["film_s"] for film in summary["films"]]),
        })  # fmt: skip
    return rows


def _looked(out: Path) -> list[tuple[str, str, str]]:
    """Plan, kind and outcome of every verdict of the judge that looks; none if its probes failed."""
    if why_void(read_json(out / "probes.json") or []):
        return []
    return [
        (plan["name"], answer["claim"]["kind"], verdict["outcome"])
        for plan in read_plans(out, read_manifest(out))
        for answer in plan["card"]["answers"]
        for verdict in answer["verdicts"]
        if verdict["tier"] == "T2"
    ]


def _affirmed(looked: list[tuple[str, str, str]], kinds: set[str]) -> Document | None:
    """Share of the claims of these kinds that the judge affirms, and not only of those that it tells: one that denies
    little says more by what it affirms than by what it lets pass."""
    rows = [(name, float(outcome == "pass")) for name, kind, outcome in looked if kind in kinds]
    if len({name for name, _ in rows}) < LEAST_CLUSTERS:
        return None
    share = cluster_interval([value for _, value in rows], [name for name, _ in rows])
    return {"adherence": round(share.mean, 6), "low": round(share.low, 6), "high": round(share.high, 6)}


def _median(seconds: list[float | None]) -> float | None:
    import numpy as np

    known = [value for value in seconds if value is not None]
    return round(float(np.median(known)), 1) if known else None


def table_of(rows: list[Document]) -> str:
    """The rows as Markdown, 95 % intervals clustered by plan."""
    head = ("", "kept, of what could be told", "told", "measured (T1)", "examined (T2)",
            "affirmed, of all it is asked", "against the first", "s a film")  # fmt: skip
    lines = [f"| {' | '.join(head)} |", "|---|---|--:|---|---|---|---|--:|"]
    for row in rows:
        gain = "" if row["gain"] is None else (
            f"{row['gain']['gain']:+.3f} [{row['gain']['low']:+.3f}, {row['gain']['high']:+.3f}]"
        )  # fmt: skip
        film_s = "" if row["film_s"] is None else f"{row['film_s']:g}"
        cells = (row["name"], _span(row["all"]), f"{row['all']['coverage']:.0%}", _span(row["measured"]),
                 _span(row["examined"]), _span(row["affirmed"]), gain, film_s)  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    void = {row["void"] for row in rows if row["void"]}
    return "\n".join((*lines, "", *sorted(void), ""))


def _span(row: Document | None) -> str:
    if row is None or row["adherence"] is None:
        return "–"
    if row["low"] is None:
        return f"{row['adherence']:.3f}"
    return f"{row['adherence']:.3f} [{row['low']:.3f}, {row['high']:.3f}]"
