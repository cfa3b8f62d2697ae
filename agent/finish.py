"""The end of a run: what came of it goes into the tables, the film and its papers to their place."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from agent.crew import Crew
from agent.film import Film, film_of
from agent.state import FilmState
from storyboards.errors import BadOutput, StorageFailed
from tools.disk import writing

if TYPE_CHECKING:
    from agent.deliver import Delivery


def finish(crew: Crew, state: FilmState, place: Path, began: float) -> Film:
    """Say in the tables what came of a run that ``began`` then (monotonic), and put the film where it was asked for."""
    with writing(place):
        place.parent.mkdir(parents=True, exist_ok=True)
    memory = crew.memory
    memory.cuts.close(state.project, state.cut, state.status, str(place.absolute()), tuple(state.notes))
    film = film_of(crew, state.project)
    files = crew.publisher.deliver(_delivery(film, began), crew.store, place)
    memory.projects.change(state.project, status=state.status)
    return replace(film, files=files, wall_s=round(time.monotonic() - began, 3))


def _delivery(film: Film, began: float) -> Delivery:
    from agent.deliver import Delivery

    facts = {"made in": f"{time.monotonic() - began:.1f} s", "seed": str(film.storyboard.seed)}
    return Delivery(
        board=film.storyboard, timeline=film.timeline, status=film.status, cut=film.cut, takes=film.takes,
        kept=film.playing, claims=film.claims, verdicts=film.verdicts, notes=film.notes, revisions=film.revisions,
        facts=facts, cast=film.cast,
    )  # fmt: skip


def check_writable(out: Path) -> None:
    """Find out before any work whether a film can be put there.

    Raises:
        BadOutput: it cannot.
    """
    if out.is_dir():
        raise BadOutput(f"{out} is a folder.", next_step="Give the name of a file, such as film.mp4.")
    probe = out.with_name(f".{out.name}.probe")
    with writing(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()


def mark_failed(crew: Crew, project: str) -> None:
    """Leave the status behind if the disk still lets us; the error that ended the run matters more."""
    try:
        if crew.memory.projects.open(project).status in ("new", "planned"):
            crew.memory.projects.change(project, status="failed")
    except StorageFailed:
        return
