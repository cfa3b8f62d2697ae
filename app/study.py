"""Studies of the whole: ``python -m app.study loop``, ``backends`` and ``keeps``, each with ``--out DIR``.

``loop`` asks whether the loop helps (:mod:`evals.loop_study`); ``backends`` runs one suite on everything that films and
on the baselines and makes one table (:mod:`evals.backend_table`). ``keeps`` finds how much of a plan a backend's first
takes keep (:mod:`evals.keeps`), which tells the loop what to doubt. All go on where they were stopped.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from app.settings import Settings, read_settings

if TYPE_CHECKING:
    from agent.crew import Crew
    from evals.filming import DirectorFilmer
    from evals.suites import Suite

ROWS: tuple[tuple[str, str], ...] = (
    ("reel", "reel: loop and references"), ("first-take", "reel: first take only"),
    ("bare", "reel: no references"), ("animatic", "animatic (the world itself)"),
    ("random", "random clip: another scene"), ("static", "static: the right scene's first frame"),
)  # fmt: skip
"""Rows of the table of backends: the folder of the run, and the name."""


def run_loop(settings: Settings, suite: Suite, out: Path, backend: str, takes: int, erring: float) -> None:
    """Film the suite under two policies of retakes, and print the tables."""
    from dataclasses import replace

    from app.evals import crew_maker
    from evals.erring import ErringBackend
    from evals.loop_study import Study, run_study
    from evals.loop_tables import tables_of
    from tools.own_judge import OwnJudge

    maker = crew_maker(settings.model_copy(update={"critic": True}), backend)

    def crew_of(home: Path) -> Crew:
        crew = maker(home)
        critic = next(judge for judge in crew.judges if isinstance(judge, OwnJudge))
        return replace(crew, backend=ErringBackend(crew.backend, erring, critic.version)) if erring else crew

    sys.stdout.write(tables_of(run_study(Study(suite.plans, crew_of, out, takes), _say)))


def run_keeps(settings: Settings, suite: Suite, out: Path, backend: str) -> None:
    """Film first takes of the suite, and print what share of claims of each kind the critic takes for kept."""
    from app.evals import crew_maker
    from evals.keeps import found_of

    crew_of = crew_maker(settings.model_copy(update={"critic": True}), backend)
    sys.stdout.write(found_of(suite.plans, crew_of, out, _say))


def run_backends(settings: Settings, suite: Suite, out: Path, backend: str, takes: int, rows: tuple[str, ...]) -> None:
    """Run the suite on every row, write ``table.md`` and ``table.json`` into the folder, and print the table."""
    from evals.backend_table import rows_of, table_of
    from evals.records import write_json, write_text
    from evals.runs import Running, run_suite
    from evals.statistics import enough
    from tools.own_judge import OwnJudge

    enough(len(suite.plans))
    examiner = OwnJudge("examiner")
    for row in rows:
        sys.stderr.write(f"{row}\n")
        run_suite(Running(suite, filmer_of(settings, row, backend, takes), out / row, examiner), _say)
    found = rows_of({name: out / row for row, name in ROWS if row in rows})
    write_json(out / "table.json", found)
    write_text(out / "table.md", table_of(found))
    sys.stdout.write(table_of(found))


def filmer_of(settings: Settings, row: str, backend: str, takes: int) -> DirectorFilmer:
    """Who films a row of the table."""
    from dataclasses import replace

    from app.evals import filmer

    if row in ("animatic", "random", "static"):
        return filmer(settings, row, takes)
    return replace(filmer(settings, backend, 1 if row == "first-take" else takes), references=row != "bare")


def _say(what: str, at: int, count: int) -> None:
    sys.stderr.write(f"{at:>4} of {count}  {what}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("study", choices=("loop", "backends", "keeps"))
    parser.add_argument("--out", type=Path, required=True, help="folder of the study")
    parser.add_argument("--suite", default="", help="test for backends and dev for the others, if not given")
    parser.add_argument("--limit", type=int, help="only the first plans; eight at least")
    parser.add_argument("--longest", type=int, default=4, help="shots of the plans that are filmed, at most")
    parser.add_argument("--scale", type=float, default=0.6, help="of the plans' size; 320 x 180 becomes 192 x 108")
    parser.add_argument("--backend", default="reel")
    parser.add_argument("--takes", type=int, default=3, help="that a shot may cost")
    parser.add_argument("--erring", type=float, default=0.0, help="rate at which each promise is broken, for loop")
    parser.add_argument("--rows", default=",".join(row for row, _ in ROWS), help="of the table of backends")
    chosen = parser.parse_args()
    from evals.suites import reduced, suite
    from storyboards.errors import StoryreelError, UnknownName

    settings = read_settings(os.environ)
    try:
        whole = suite(chosen.suite or ("test" if chosen.study == "backends" else "dev"))
        plans = reduced(whole, chosen.scale, chosen.longest, chosen.limit)
        if chosen.study == "keeps":
            run_keeps(settings, plans, chosen.out, chosen.backend)
        elif chosen.study == "loop":
            run_loop(settings, plans, chosen.out, chosen.backend, chosen.takes, chosen.erring)
        else:
            rows = tuple(chosen.rows.split(","))
            known = [row for row, _ in ROWS]
            if set(rows) - set(known):
                raise UnknownName(f"the table has no row {sorted(set(rows) - set(known))[0]!r}.",
                                  next_step=f"Choose of: {', '.join(known)}.")  # fmt: skip
            run_backends(settings, plans, chosen.out, chosen.backend, chosen.takes, rows)
    except StoryreelError as error:
        raise SystemExit(f"{error}") from error


if __name__ == "__main__":
    main()
