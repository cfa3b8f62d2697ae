"""The eval commands: words of the command line into calls of ``evals``, and what came of them on the screen."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_args

from app.settings import Settings
from storyboards.brief import RetakePolicy
from storyboards.errors import UnknownName

if TYPE_CHECKING:
    from rich.table import Table

    from agent.crew import Crew
    from evals.filming import DirectorFilmer
    from tools.contract import Judge

JUDGES = ("t1", "examiner", "critic", "vlm")
FIRST_TAKE = "first-take"


def run_score(
    settings: Settings, plan: Path, video: Path, edits: Path | None, captions: Path | None, judge: str,
    report: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Score a film and print the claims, the kinds and what failed."""
    from evals.edit_list import read_edit_list
    from evals.pictures import pictures_of
    from evals.report import render_film
    from evals.score import score_video
    from storyboards.clock import FrameRate
    from tools.documents import read_document
    from tools.media import probe

    board = read_document(plan)
    rate = probe(video).rate or FrameRate(numerator=24)
    cuts = read_edit_list(edits, rate) if edits is not None else None
    card = score_video(board, video, edits=cuts, looking=looking_judge(judge, settings), captions=captions)
    document = card.document()
    if report is not None:
        from evals.records import write_text

        write_text(report, render_film(board.document(), document, pictures_of(video, document)))
    if as_json:
        print_json({**document, "seconds": dict(card.seconds), "report": str(report) if report else ""})
        return
    print_scores(document)
    if report is not None:
        sys.stdout.write(f"\n{report}\n")


def run_eval(
    settings: Settings, name: str, out: Path, limit: int | None, backend: str, takes: int, policy: str, judge: str,
    seed: int, disk_mb: int, again: bool, as_json: bool,
) -> None:  # fmt: skip
    """Run a suite, or only write its results again, and print the summary."""
    from evals.export import export_run
    from evals.results import write_results
    from evals.runs import Running, run_suite
    from evals.suites import suite

    if again:
        summary = write_results(out)
    else:
        from rich.console import Console

        console = Console(stderr=True, quiet=as_json)
        run = Running(suite(name, limit, seed), filmer(settings, backend, takes, policy), out,
                      looking_judge(judge, settings), disk_mb * 1024**2, seed)  # fmt: skip
        summary = run_suite(run, lambda what, at, count: console.print(f"{at:>4} of {count}  {what}"))
    export_run(out)
    if as_json:
        print_json({**summary, "out": str(out), "report": str(out / "report.html")})
        return
    print_summary(summary)
    sys.stdout.write(f"\n{out / 'report.html'}\n")


def run_compare(first: Path, second: Path, as_json: bool) -> None:
    """Compare two runs and print the table."""
    from evals.compare import compare_runs

    found = compare_runs(first, second)
    if as_json:
        print_json(found)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"{found['second']} against {found['first']}, suite {found['suite']}", title_justify="left")
    for name in ("claims", "n", "plans", "first", "second", "gain [95 %]", "p", "Holm", "detectable"):
        table.add_column(name, justify="left" if name == "claims" else "right")
    for row in (found["all"], *found["kinds"]):
        holm = "" if row["holm_p"] is None else f"{row['holm_p']:.3f}"
        least = "" if row["detectable"] is None else f"{row['detectable']:.3f}"
        gain = f"{row['gain']:+.3f} [{row['low']:+.3f}, {row['high']:+.3f}]"
        table.add_row(row["name"], str(row["claims"]), str(row["plans"]), f"{row['first']:.3f}",
                      f"{row['second']:.3f}", gain, f"{row['flip_p']:.3f}", holm, least)  # fmt: skip
    Console().print(table)


def run_calibrate(
    settings: Settings, out: Path, judge: str, scenes: int, others: int, seed: int, parts: str, as_json: bool
) -> None:  # fmt: skip
    """Calibrate the measurements, or a judge that looks, and print the tables."""
    from rich.console import Console

    from evals.calibrate import PARTS, Calibrating, calibrate, tables
    from tools.measure import Measurements

    looking = looking_judge(judge, settings)
    chosen = tuple(parts.split(",")) if parts else PARTS
    job = Calibrating(out, (looking,) if looking is not None else (Measurements(),), seed, scenes, others, chosen)
    console = Console(stderr=True, quiet=as_json)
    found = calibrate(job, lambda what, at, count: console.print(f"{at:>4} of {count}  {what}"))
    if as_json:
        print_json(found)
        return
    sys.stdout.write(tables(found))


def looking_judge(name: str, settings: Settings) -> Judge | None:
    """The judge of tier T2 of this name; None for ``t1``, which only measures.

    Raises:
        UnknownName: no such judge. BadInput: it needs a setting that is missing. JudgeFailed: weights are not here.
    """
    if name == "t1":
        return None
    if name == "vlm":
        return _vlm()
    if name in ("examiner", "critic"):
        from tools.own_judge import OwnJudge

        own: Judge = OwnJudge(name)
        return own
    raise UnknownName(f"there is no judge {name!r}.", next_step=f"Choose one of: {', '.join(JUDGES)}.")


def _vlm() -> Judge:
    """Any OpenAI-compatible server; nothing is called unless the address and the model are set."""
    from tools.judge import VlmJudge

    address, model = (os.environ.get(f"STORYREEL_JUDGE_{word}", "") for word in ("BASE_URL", "MODEL"))
    judge: Judge = VlmJudge(address, model, os.environ.get("STORYREEL_JUDGE_API_KEY", ""), second_opinions=True)
    return judge


def filmer(settings: Settings, backend: str, takes: int, policy: str = "directed") -> DirectorFilmer:
    """Who films the plans: a backend through the director, its first takes only, or a baseline.

    Raises:
        UnknownName: no such backend, or no such policy.
    """
    from app.bootstrap import BACKENDS, choose_backend
    from evals.filming import BASELINES, DirectorFilmer

    if policy not in get_args(RetakePolicy):
        raise UnknownName(
            f"there is no policy {policy!r}.", next_step=f"Choose one of: {', '.join(get_args(RetakePolicy))}."
        )
    baseline = backend if backend in BASELINES else ""
    first = backend == FIRST_TAKE
    inner = "animatic" if baseline or first else backend
    if inner not in BACKENDS:
        known = ", ".join((*BACKENDS, FIRST_TAKE, *BASELINES))
        raise UnknownName(f"there is no backend {backend!r}.", next_step=f"Choose one of: {known}.")

    import tools.edit
    import tools.generate_audio

    version = ".".join((choose_backend(inner).version, tools.edit.VERSION, tools.generate_audio.VERSION))
    return DirectorFilmer(
        baseline or inner, crew_maker(settings, inner), 1 if first else takes, baseline, version,
        cast(RetakePolicy, policy),
    )  # fmt: skip


def crew_maker(settings: Settings, backend: str) -> Callable[[Path], Crew]:
    """Makes crews in home folders; all of them share one backend and one set of judges, so that weights are read once.

    Raises:
        UnknownName: no such backend. JudgeFailed: the critic's weights are missing or changed.
    """
    from dataclasses import replace

    from app.bootstrap import artist_of, build_director, choose_backend, choose_judges

    filming, judges = choose_backend(backend, settings), choose_judges(settings)

    def crew_of(home: Path) -> Crew:
        crew = build_director(settings.model_copy(update={"home": home, "critic": False}), "animatic").crew
        return replace(crew, backend=filming, artist=artist_of(filming), judges=judges)

    return crew_of


def print_json(document: object) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def print_scores(document: dict[str, Any]) -> None:
    """The claims, the tiers side by side, the kinds, and each failure with where to look."""
    from rich.console import Console

    console = Console()
    claims = document["claims"]
    console.print(f"[bold]{document['title']}[/bold]  claims: {claims['pass']} pass, {claims['fail']} fail, "
                  f"{claims['unmeasurable']} unmeasurable", highlight=False)  # fmt: skip
    tiers = [f"{tier} {row if isinstance(row, str) else _counts(row)}" for tier, row in document["tiers"].items()]
    console.print("   ".join(tiers), highlight=False)
    table = _table("kind", "pass", "fail", "unmeasurable")
    for kind, row in document["kinds"].items():
        table.add_row(kind, str(row["pass"]), str(row["fail"]), str(row["unmeasurable"]))
    console.print(table)
    for answer in document["answers"]:
        if answer["outcome"] == "fail":
            verdict = next(v for v in answer["verdicts"] if v["outcome"] == "fail")
            place = verdict["evidence"]
            where = f" (frame {place['frame']})" if place["frame"] is not None else ""
            console.print(f"[red]fail[/red] {answer['claim']['id']}: {answer['claim']['text']} "
                          f"Found: {verdict['measured']}{where}", highlight=False, markup=True)  # fmt: skip


def print_summary(summary: dict[str, Any]) -> None:
    """One row per kind, the tiers, and how much was told."""
    from rich.console import Console

    table = _table("", "pass", "fail", "unmeasurable", "kept", "95 %", "told")
    for row in (summary["all"], *summary["tiers"], *summary["kinds"]):
        if row["coverage"] is None:
            table.add_row(row["name"], "not run", "", "", "", "", "")
            continue
        kept = "–" if row["adherence"] is None else f"{row['adherence']:.3f}"
        interval = "" if row["low"] is None else f"{row['low']:.3f} to {row['high']:.3f}"
        table.add_row(row["name"], str(row["pass"]), str(row["fail"]), str(row["unmeasurable"]), kept, interval,
                      f"{row['coverage']:.0%}")  # fmt: skip
    Console().print(table)
    if summary["void"]:
        Console().print(f"[red]{summary['void']}[/red]")


def _counts(row: dict[str, int]) -> str:
    return f"{row['pass']}/{row['fail']}/{row['unmeasurable']}"


def _table(*names: str) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for number, name in enumerate(names):
        table.add_column(name, justify="left" if number == 0 else "right")
    return table
