"""The results of a run, made from what is kept of each plan alone: made again, they are the same to the byte."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from evals.records import read_json, write_text
from evals.tally import count, interval_row, kind_rows, share, tally, tier_rows
from storyboards.errors import BadInput

SCHEMA = "storyreel.summary/1"
COLUMNS = ("name", "pass", "fail", "unmeasurable", "adherence", "low", "high", "coverage", "films")
Document = dict[str, Any]


def write_results(out: Path) -> Document:
    """All results of a run, from ``run.json``, ``probes.json`` and ``plans`` of its folder; returns the summary.

    Raises:
        BadInput: there is no run in it.
    """
    from evals.report import render_run

    manifest, probes = read_manifest(out), read_json(out / "probes.json") or []
    plans = read_plans(out, manifest)
    void = why_void(probes)
    if void:
        plans = [{**plan, "card": without_tier_two(plan["card"], void)} for plan in plans]
    summary = summarise(manifest, plans, probes)
    write_text(out / "claims.jsonl", "".join(claim_lines(plans)))
    write_text(out / "summary.json", json.dumps(summary, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    write_text(out / "summary.csv", table_csv(summary))
    calibration = read_json(out / "calibration.json")
    write_text(out / "report.html", render_run(manifest, plans, summary, calibration))
    return summary


def read_manifest(out: Path) -> Document:
    """The manifest of a run.

    Raises:
        BadInput: there is none.
    """
    manifest = read_json(out / "run.json")
    if not isinstance(manifest, dict) or "plans" not in manifest:
        raise BadInput(f"{out} holds no run.", next_step="Give the folder that `storyreel eval --out` wrote.")
    return manifest


def read_plans(out: Path, manifest: Document) -> list[Document]:
    """What is kept of each plan, in the suite's order; a plan that is not scored yet is left out."""
    rows = (read_json(out / "plans" / f"{name}.json") for name in sorted(manifest["plans"]))
    return [row for row in rows if isinstance(row, dict)]


def why_void(probes: Iterable[Mapping[str, Any]]) -> str:
    """Why tier T2 does not count; empty if it does."""
    failed = [row for row in probes if not row["passed"]]
    words = [f"{row['name']} ({row['failure'] or str(row['affirmed']) + ' of ' + str(row['asked']) + ' affirmed'})"
             for row in failed]  # fmt: skip
    return f"T2 is void, probes failed: {', '.join(words)}" if failed else ""


def without_tier_two(card: Document, why: str) -> Document:
    """The card with every verdict of T2 taken out."""
    answers = []
    for answer in card["answers"]:
        kept = [verdict for verdict in answer["verdicts"] if verdict["tier"] != "T2"]
        kept = kept or [{**answer["verdicts"][0], "tier": "T1", "outcome": "unmeasurable", "measured": why}]
        answers.append({**answer, "verdicts": kept})
    return {**card, "answers": answers, "notes": [*card["notes"], why], **tally(answers)}


def summarise(manifest: Document, plans: list[Document], probes: list[Document]) -> Document:
    """Counts, shares with their intervals, what it cost; per plan, per kind and per tier."""
    cards = {plan["name"]: plan["card"] for plan in plans}
    pairs = [(name, answer["outcome"] if not why_void(probes) else _outcome(answer))
             for name, card in cards.items() for answer in card["answers"]]  # fmt: skip
    return {
        "schema_version": SCHEMA, "suite": manifest["suite"], "backend": manifest["backend"],
        "judges": manifest["judges"], "plans": len(plans), "planned": len(manifest["plans"]),
        "all": interval_row("all", pairs), "tiers": tier_rows(cards), "kinds": kind_rows(cards),
        "films": [_film_row(plan) for plan in plans], "probes": probes, "void": why_void(probes),
        "cost_usd": round(sum(plan["spend"]["cost_usd"] or 0.0 for plan in plans), 6), "seconds": _seconds(plans),
    }  # fmt: skip


def _outcome(answer: Document) -> str:
    from evals.tally import deciding

    return str(deciding(answer["verdicts"])["outcome"])


def _film_row(plan: Document) -> Document:
    card, spend = plan["card"], plan["spend"]
    counts = count(_outcome(answer) for answer in card["answers"])
    return {
        "name": plan["name"], **counts, "adherence": share(counts), "shots": len(plan["plan"]["shots"]),
        "duration_s": round(sum(shot["duration_s"] for shot in plan["plan"]["shots"]), 3),
        "film_s": spend["wall_s"], "score_s": round(sum(card.get("seconds", {}).values()), 3),
        "takes": spend["takes"], "cost_usd": spend["cost_usd"], "failure": spend["failure"],
    }  # fmt: skip


def _seconds(plans: list[Document]) -> list[Document]:
    """Median and total seconds of each step over the plans."""
    rows: dict[str, list[float]] = {}
    for plan in plans:
        for name, seconds in (plan["spend"]["nodes"] or {}).items():
            rows.setdefault(f"film: {name}", []).append(seconds)
        for name, seconds in plan["card"].get("seconds", {}).items():
            rows.setdefault(f"score: {name}", []).append(seconds)
    return [{"step": name, "median_s": round(float(np.median(spent)), 3), "total_s": round(sum(spent), 3)}
            for name, spent in rows.items()]  # fmt: skip


def claim_lines(plans: list[Document]) -> Iterable[str]:
    """One line of JSON for every claim of every plan."""
    for plan in plans:
        for answer in plan["card"]["answers"]:
            row = {"plan": plan["name"], "claim": answer["claim"], "outcome": _outcome(answer),
                   "verdicts": answer["verdicts"]}  # fmt: skip
            yield json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n"


def table_csv(summary: Document) -> str:
    """All, tiers and kinds as comma-separated values."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("table", *COLUMNS))
    for table, rows in (("all", [summary["all"]]), ("tier", summary["tiers"]), ("kind", summary["kinds"])):
        for row in rows:
            writer.writerow((table, *("" if row[name] is None else row[name] for name in COLUMNS)))
    return text.getvalue()
