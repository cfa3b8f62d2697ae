"""A calibration as tables for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Row = dict[str, Any]


def judge_tables(judge: Row) -> str:
    """Markdown: claims, ladders, cross-talk, null changes, exploits."""
    parts = [f"## {judge['name']} {judge['version']}", "", f"Expected calibration error over all: {judge['ece']:.3f}"]
    for title, text in (
        ("Claims", _kinds(judge["kinds"])), ("Dose and response", _ladders(judge["ladders"])),
        ("Cross-talk", _crosstalk(judge["crosstalk"])), ("Changes that must change nothing", _nulls(judge["nulls"])),
        ("Exploits", _exploits(judge["exploits"])),
    ):  # fmt: skip
        if text:
            parts += ["", f"### {title}", "", text]
    return "\n".join(parts)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    lines = [f"| {' | '.join(head)} |", "|" + "|".join("---" if k == 0 else "--:" for k in range(len(head))) + "|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def number(value: Row | None) -> str:
    """A mean with its interval, as far as they are known."""
    if value is None or value["mean"] is None:
        return "–"
    if value["low"] is None or value["high"] is None:
        return f"{value['mean']:.3f}"
    return f"{value['mean']:.3f} [{value['low']:.3f}, {value['high']:.3f}]"


def _kinds(rows: Sequence[Row]) -> str:
    names = ("accuracy", "sensitivity", "specificity", "kappa", "ece", "auroc")
    return _table(
        ("kind", "true", "false", "told", *names),
        [(r["kind"], str(r["true"]), str(r["false"]), f"{r['coverage']:.0%}", *(number(r[name]) for name in names))
         for r in rows],
    )  # fmt: skip


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"


def _ladders(rows: Sequence[Row]) -> str:
    most = max((len(r["steps"]) for r in rows), default=0)
    body = []
    for r in rows:
        cells = [f"{s['dose']:g}: {_percent(s['fail'])}" for s in r["steps"]]
        body.append((f"{r['name']} ({r['unit']})", r["kind"], *cells, *[""] * (most - len(cells))))
    return _table(("fault", "claims", *(f"dose {k + 1}: fail" for k in range(most))), body)


def _crosstalk(rows: Sequence[Row]) -> str:
    kinds = list(dict.fromkeys(kind for r in rows for kind in r["kinds"]))
    body = []
    for r in rows:
        cells = [_percent(r["kinds"].get(kind)) for kind in kinds]
        marked = [f"**{cell}**" if kind in r["breaks"] else cell for kind, cell in zip(kinds, cells, strict=True)]
        body.append((r["fault"], *marked))
    return _table(("fault", *kinds), body)


def _nulls(rows: Sequence[Row]) -> str:
    body = [(r["change"], str(r["claims"]), f"{r['flips']:.1%}", f"{r['told or not']:.1%}") for r in rows]
    return _table(("change", "claims", "turned round", "told in only one"), body)


def _exploits(rows: Sequence[Row]) -> str:
    body = [(r["exploit"], f"{r['kept']:.0%}", f"{r['clean']:.0%}", f"{r['below']} of {r['clips']}") for r in rows]
    return _table(("exploit", "claims kept", "clean clip", "scored below it"), body)
