"""A run, or one scored film, as a page that opens from the disk: no network, no script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evals.pictures import COLUMNS, wave_path
from evals.tally import deciding, interval_row, kind_rows, tier_rows

Document = dict[str, Any]
OPEN_CARDS = 3
"""Films that are shown unfolded, the worst first."""
BINS_PX = 240


@dataclass(frozen=True)
class Mark:
    """A planned or heard moment on a waveform; ``x`` in columns of the envelope."""

    x: float
    label: str
    outcome: str


@dataclass(frozen=True)
class FilmCard:
    """What the page shows of one film."""

    name: str
    plan: Document
    card: Document
    spend: Document
    rows: tuple[Document, ...]
    strips: Document
    wave: str
    planned: tuple[Mark, ...]
    heard: tuple[Mark, ...]
    cuts: tuple[Mark, ...]

    @property
    def failures(self) -> tuple[Document, ...]:
        return tuple(row for row in self.rows if row["outcome"] == "fail")

    @property
    def others(self) -> tuple[Document, ...]:
        return tuple(row for row in self.rows if row["outcome"] != "fail")

    @property
    def counts(self) -> Document:
        names = [row["outcome"] for row in self.rows]
        return {name: names.count(name) for name in ("pass", "fail", "unmeasurable")}

    @property
    def share(self) -> float | None:
        told = self.counts["pass"] + self.counts["fail"]
        return self.counts["pass"] / told if told else None

    @property
    def chips(self) -> tuple[tuple[str, str], ...]:
        """(kind, outcome): a kind fails if any claim of it does, passes if any passes."""
        found: dict[str, set[str]] = {}
        for row in self.rows:
            found.setdefault(row["claim"]["kind"], set()).add(row["outcome"])
        ranked = ("fail", "pass", "unmeasurable")
        return tuple((kind, next(name for name in ranked if name in names)) for kind, names in found.items())


def render_run(
    manifest: Mapping[str, Any], plans: Sequence[Document], summary: Document, calibration: Document | None = None
) -> str:
    """The page of a run as HTML text; equal arguments give equal bytes."""
    cards = [film_card(plan) for plan in plans]
    broken = [card for card in cards if card.failures]
    worst = sorted(broken, key=lambda card: (card.share or 0.0, card.name))
    shown = {card.name for card in worst[:OPEN_CARDS]}
    return _page().render(
        title=f"{summary['suite']} · {summary['backend']}", manifest=manifest, summary=summary, cards=cards,
        opened=shown, worst=worst[:OPEN_CARDS], diagrams=reliability(calibration), single=False, columns=COLUMNS,
    )  # fmt: skip


def render_film(plan: Document, card: Document, pictures: Document) -> str:
    """The page of one scored film."""
    entry: Document = {"name": card["title"] or "film", "plan": plan, "card": card, "pictures": pictures,
             "spend": {"wall_s": None, "cost_usd": None, "takes": None, "nodes": {}, "failure": ""}}  # fmt: skip
    cards = {"film": card}
    pairs = [("film", deciding(answer["verdicts"])["outcome"]) for answer in card["answers"]]
    summary = {
        "suite": "one film", "backend": "", "judges": [{"name": name, "tier": "", "version": ""}
                                                       for name in card["judges"]],
        "plans": 1, "planned": 1, "all": interval_row("all", pairs), "tiers": tier_rows(cards),
        "kinds": kind_rows(cards), "films": [], "probes": [], "void": "", "seconds": [], "cost_usd": 0.0,
    }  # fmt: skip
    film = film_card(entry)
    return _page().render(
        title=film.name, manifest={"drifted": []}, summary=summary, cards=[film], opened={film.name}, worst=[],
        diagrams=(), single=True, columns=COLUMNS,
    )  # fmt: skip


def _page() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    page = Environment(loader=PackageLoader("evals", "templates"), autoescape=True, undefined=StrictUndefined,
                       trim_blocks=True, lstrip_blocks=True)  # fmt: skip
    page.filters["percent"] = lambda value: "–" if value is None else f"{100 * value:.1f} %"
    page.filters["seconds"] = lambda value: "–" if value is None else f"{value:.1f} s"
    return page.get_template("run.html.j2")


def film_card(entry: Document) -> FilmCard:
    """What is shown of a plan's record."""
    card, pictures = entry["card"], entry["pictures"]
    proofs = pictures["evidence"]
    rows = []
    for answer in card["answers"]:
        verdict = deciding(answer["verdicts"])
        others = [v for v in answer["verdicts"] if v["tier"] != verdict["tier"]]
        rows.append({"claim": answer["claim"], "outcome": verdict["outcome"], "verdict": verdict, "others": others,
                     "still": proofs.get(answer["claim"]["id"])})  # fmt: skip
    planned, heard, cuts = marks(entry["plan"], card)
    return FilmCard(
        entry["name"], entry["plan"], card, entry["spend"], tuple(rows), pictures["strips"],
        wave_path(pictures["wave"]), planned, heard, cuts,
    )  # fmt: skip


def marks(plan: Document, card: Document) -> tuple[tuple[Mark, ...], tuple[Mark, ...], tuple[Mark, ...]]:
    """Planned sounds and lines, where sounds were heard, and where shots begin, in columns of the envelope."""
    whole_s = max(card["frames"] / max(card["rate_hz"], 1e-6), 1e-6)
    begins = {row["shot"]: row["start"] / card["rate_hz"] for row in card["shots"] if row["end"] > row["start"]}

    def x(seconds: float) -> float:
        return round(min(max(seconds / whole_s, 0.0), 1.0) * COLUMNS, 2)

    planned, heard = [], []
    for answer in card["answers"]:
        claim, verdict = answer["claim"], deciding(answer["verdicts"])
        if claim["kind"] not in ("sound", "narration") or claim["shot_id"] not in begins:
            continue
        name = claim["expected"] if claim["kind"] == "sound" else "voice"
        due_s = begins[claim["shot_id"]] + (claim["number"] or 0.0)
        planned.append(Mark(x(due_s), f"{name}, planned at {due_s:.2f} s", verdict["outcome"]))
        span = verdict["evidence"]["span_s"]
        if span and claim["kind"] == "sound" and not verdict["measured"].startswith("not heard"):
            heard.append(Mark(x(span[0] + 0.02), f"{name}, heard: {verdict['measured']}", verdict["outcome"]))
    cuts = tuple(Mark(x(at_s), shot, "") for shot, at_s in begins.items() if at_s > 0)
    return tuple(planned), tuple(heard), cuts


def reliability(calibration: Document | None) -> tuple[Document, ...]:
    """Diagrams of a calibration: for every judge the bins of stated against found probability."""
    if not isinstance(calibration, dict):
        return ()
    made = []
    for judge in calibration.get("judges", ()):
        bins = judge["reliability"]
        most = max((row["count"] for row in bins), default=1)
        points = [
            {"x": BINS_PX * row["stated"], "y": BINS_PX * (1 - row["found"]), "count": row["count"],
             "r": 3.0 + 7.0 * (row["count"] / most) ** 0.5}
            for row in bins if row["count"]
        ]  # fmt: skip
        path = " ".join(f"{p['x']:.1f},{p['y']:.1f}" for p in points)
        made.append({"name": judge["name"], "ece": judge["ece"], "points": points, "path": path, "side": BINS_PX})
    return tuple(made)
