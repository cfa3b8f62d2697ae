"""What a person or a machine sees of a run: progress, tables, JSON, errors."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from storyboards.critique import score_of
from storyboards.errors import StoryreelError

if TYPE_CHECKING:
    from rich.progress import TaskID

    from agent.budget import PricedPlan
    from agent.director import Film, ProjectView
    from agent.events import Event
    from agent.memory.projects import ProjectSummary
    from storyboards.storyboard import Storyboard


class Watcher:
    """Shows what is being done. ``silent`` keeps standard output and error clean for machines."""

    def __init__(self, silent: bool) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        self._console = Console(stderr=True, quiet=silent)
        columns = (TextColumn("{task.description}"), BarColumn(bar_width=28), TimeElapsedColumn())
        self._progress = Progress(*columns, console=self._console, disable=silent)
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Watcher:
        self._progress.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.__exit__(kind, error, trace)

    def on_event(self, event: Event) -> None:
        """One bar per shot and one per step of the film."""
        name = f"shot {event.shot_id}" if event.shot_id else event.kind
        if name not in self._tasks:
            self._tasks[name] = self._progress.add_task(name, total=1.0)
        text = f"{name:<12} {event.message[:48]:<48}"
        self._progress.update(self._tasks[name], description=text, completed=event.done)

    def ask(self, priced: PricedPlan) -> bool:
        """Show the plan with its price and ask for a yes; no terminal means no."""
        self._progress.stop()
        console = Console(stderr=True)
        console.print(plan_table(priced.board))
        console.print(priced.describe())
        if not sys.stdin.isatty():
            console.print("Nobody is there to say yes: run it in a terminal, or leave out --approve.")
            return False
        answer = console.input("Film it? [y/N] ").strip().lower()
        self._progress.start()
        return answer in ("y", "yes")


def print_json(document: object) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def plan_table(board: Storyboard) -> Table:
    table = Table(title=f"{board.title} · {board.duration_s:g} s · {board.width}×{board.height}", title_justify="left")
    for name in ("", "s", "shot", "camera", "says"):
        table.add_column(name, overflow="fold")
    for number, shot in enumerate(board.shots, start=1):
        camera = f"{shot.camera.framing}, {shot.camera.move}"
        spoken = " ".join(line.text for line in shot.lines)
        seconds = f"{board.rate.seconds(shot.frames):.1f}"
        table.add_row(str(number), seconds, shot.prompt or shot.setting, camera, spoken)
    return table


def print_plan(board: Storyboard, as_json: bool) -> None:
    if as_json:
        print_json(board.document())
        return
    console = Console()
    console.print(plan_table(board))
    _print_substitutions(console, board)


def _print_substitutions(console: Console, board: Storyboard) -> None:
    for substitution in board.substitutions:
        console.print(f"[yellow]not as asked[/] {substitution}", highlight=False)


def filming(film: Film) -> list[str]:
    """Who filmed what plays."""
    return sorted({take.backend for take in film.takes if take.key in film.kept})


def film_document(film: Film) -> dict[str, Any]:
    """The one JSON object of ``--json``."""
    score = score_of(film.verdicts)
    board = film.storyboard
    return {
        "project": film.project,
        "status": film.status,
        "out": str(film.out) if film.out else None,
        "duration_s": round(film.timeline.duration_s, 6),
        "backend": filming(film),
        "shots": [
            {"id": shot.id, "duration_s": round(board.rate.seconds(shot.frames), 6), "prompt": shot.prompt}
            for shot in board.shots
        ],
        "takes": [
            {
                "shot": take.shot_id,
                "key": take.key,
                "kept": take.key in film.kept,
                "backend": take.backend,
                "wall_s": round(take.wall_s, 3),
                "recipe": take.recipe,
            }
            for take in film.takes
        ],
        "cast": [
            {"element": element, "reference": kept.sha256, "origin": kept.origin, "recipe": kept.recipe}
            for element, kept in film.cast.items()
        ],
        "claims": {"pass": score.passed, "fail": score.failed, "unmeasurable": score.unmeasurable},
        "failed": [
            {"claim": verdict.claim_id, "measured": verdict.measured}
            for verdict in film.verdicts
            if verdict.outcome == "fail"
        ],
        "substitutions": [substitution.model_dump() for substitution in board.substitutions],
        "changes": list(film.changes),
        "notes": list(film.notes),
        "spend_usd": film.spend_usd,
        "files": [str(path) for path in film.files],
        "wall_s": round(film.wall_s, 3),
    }


def print_film(film: Film, as_json: bool) -> None:
    if as_json:
        print_json(film_document(film))
        return
    console = Console()
    score = score_of(film.verdicts)
    colour = "green" if film.status == "complete" else "red"
    shots = len(film.storyboard.shots)
    who = ", ".join(filming(film))
    console.print(f"[bold {colour}]{film.status}[/] {film.storyboard.title}: {shots} shots, "
                  f"{film.timeline.duration_s:.1f} s, filmed by {who}, made in {film.wall_s:.0f} s")  # fmt: skip
    console.print(f"claims: {score.passed} passed, {score.failed} failed, {score.unmeasurable} unmeasurable")
    claims = {claim.id: claim.text for claim in film.claims}
    for verdict in film.verdicts:
        if verdict.outcome == "fail":
            text = claims.get(verdict.claim_id, "")
            console.print(f"[red]failed[/] {verdict.claim_id}: {text} Found: {verdict.measured}", highlight=False)
    _print_substitutions(console, film.storyboard)
    for change in film.changes:
        console.print(f"changed {change}", highlight=False)
    for note in film.notes:
        console.print(f"[yellow]note[/] {note}", highlight=False)
    console.print(f"project {film.project}")
    for path in film.files:
        console.print(str(path), highlight=False, soft_wrap=True)


def print_projects(rows: Sequence[ProjectSummary], as_json: bool) -> None:
    if as_json:
        print_json([row.model_dump(mode="json") for row in rows])
        return
    if not rows:
        Console().print('No projects yet. Begin with: storyreel make "a fox finds a lantern in the snow"')
        return
    table = Table("project", "title", "shots", "status")
    for row in rows:
        table.add_row(row.name, row.title, str(row.shots), row.status)
    Console().print(table)


def print_project(view: ProjectView, as_json: bool) -> None:
    if as_json:
        print_json(view.model_dump(mode="json"))
        return
    console = Console()
    console.print(f"[bold]{view.title}[/] {view.project} · {view.status}")
    table = Table("", "shot", "s", "status", "takes", "claims", "what it shows")
    for cause in view.cut_causes:
        console.print(f"[yellow]not in the film yet[/] {_plain(cause)}", highlight=False)
    for number, shot in enumerate(view.shots, start=1):
        claims = f"{shot.claims.passed}/{shot.claims.failed}/{shot.claims.unmeasurable}"
        marks = "".join(f"\n{mark}" for mark in (*shot.causes, *(["locked"] if shot.locked else [])))
        takes = f"{shot.takes}" + (f", {shot.picked} picked" if shot.picked else "")
        table.add_row(
            str(number), shot.id, f"{shot.duration_s:.1f}", f"{shot.status}{_plain(marks)}", takes, claims, shot.prompt
        )
    console.print(table)
    for message in view.messages:
        console.print(f"[dim]{message.role}[/] {message.text}", highlight=False)


def print_export(project: str, to: str, out: Path, notes: Sequence[str], as_json: bool) -> None:
    if as_json:
        print_json({"project": project, "format": to, "out": str(out), "notes": list(notes)})
        return
    console = Console()
    console.print(str(out), highlight=False, soft_wrap=True)
    for note in notes:
        console.print(f"[yellow]note[/] {note}", highlight=False)


def print_error(error: StoryreelError, as_json: bool) -> None:
    """To standard error for people; for machines one JSON object on standard output."""
    if as_json:
        document = {"kind": type(error).__name__, "message": error.message, "next_step": error.next_step,
                    "shot": error.shot_id}  # fmt: skip
        print_json({"error": document})
        return
    Console(stderr=True).print(f"[red]{type(error).__name__}[/] {_plain(str(error))}", highlight=False, soft_wrap=True)


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)
