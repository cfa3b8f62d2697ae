"""A run's numbers for other places: a table of several runs as CSV, and Hugging Face's eval-results YAML."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evals.records import read_json, write_text
from evals.results import read_manifest
from storyboards.errors import BadInput

DATASET = "storyreel/plan-adherence"
"""The benchmark's name in the YAML; whoever publishes it under another name changes the line."""
HEAD = ("backend", "suite", "plans", "claims", "adherence", "low", "high", "coverage", "T0", "T1", "T2", "cost_usd")


def export_run(out: Path) -> tuple[Path, ...]:
    """Write ``eval-results.yaml`` beside a run's results; returns what was written.

    Raises:
        BadInput: there is no run, or it has no summary yet.
    """
    manifest, summary = read_manifest(out), summary_of(out)
    path = out / "eval-results.yaml"
    write_text(path, results_yaml(manifest, summary))
    return (path,)


def summary_of(out: Path) -> dict[str, Any]:
    """The summary of a run.

    Raises:
        BadInput: it has none.
    """
    summary = read_json(out / "summary.json")
    if not isinstance(summary, dict):
        raise BadInput(f"{out} has no summary yet.", next_step="Run `storyreel eval` to its end.")
    return summary


def results_yaml(manifest: dict[str, Any], summary: dict[str, Any]) -> str:
    """A list of results as a model repository keeps them below ``.eval_results/``: one entry a task."""
    import yaml

    note = (
        f"suite {manifest['suite']} ({manifest['suite_sha256'][:12]}), {summary['plans']} plans, {manifest['backend']}"
    )
    entries = []
    for task, row in [("all", summary["all"]), *((row["name"], row) for row in summary["kinds"])]:
        if row["adherence"] is None:
            continue
        told = f"coverage {row['coverage']:.3f}"
        if row["low"] is not None:
            told += f", 95 % interval {row['low']:.4f} to {row['high']:.4f} clustered by film"
        entries.append({
            "dataset": {"id": DATASET, "task_id": task, "revision": manifest["suite_sha256"]},
            "value": round(100 * row["adherence"], 2), "notes": f"{note}; {told}",
        })  # fmt: skip
    return yaml.safe_dump(entries, sort_keys=False, allow_unicode=True, width=110)


def table_of(runs: Sequence[Path]) -> str:
    """One line of CSV for every run: the results table of several backends.

    Raises:
        BadInput: one of them has no summary.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEAD)
    for out in runs:
        summary = summary_of(out)
        row, tiers = summary["all"], {tier["name"]: tier["adherence"] for tier in summary["tiers"]}
        told = row["pass"] + row["fail"] + row["unmeasurable"]
        cells = (summary["backend"], summary["suite"], summary["plans"], told, row["adherence"], row["low"],
                 row["high"], row["coverage"], tiers["T0"], tiers["T1"], tiers["T2"], summary["cost_usd"])  # fmt: skip
        writer.writerow(["" if cell is None else cell for cell in cells])
    return text.getvalue()
