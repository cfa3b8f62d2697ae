"""Kill a film at a numbered fault point, resume it, and tell what happened. Run as a program by test_crash.py."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import agent.director as direction
import tools.edit
import tools.generate_video
from agent.memory.database import Database
from agent.memory.ledger import Entry, Intent, Ledger
from agent.memory.memory import Memory
from storyboards.brief import Brief, Limits
from storyboards.shot import Take
from tests.agent.children import PROJECT, die_at, in_child, points_of, ready_takes
from tests.fakes import ColourJudge, PaintedBackend, PlainEditor, PlainSounds, ScriptedPlanner, fake_crew, tiny_board
from tests.judges import PaidEye
from tools.contract import ShotRequest
from tools.store import Store, file_sha256

BRIEF = Brief(text="A fox goes home through the forest, along the river, to the village.")

ROUNDS = BRIEF.model_copy(update={"limits": Limits(takes_at_once=2, takes_per_shot=4)})


class AmnesicLedger(Ledger):
    """Writes everything down and looks only at what it did itself: what a director without a ledger would do."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._made_now: set[str] = set()

    def intend(self, intent: Intent) -> Entry:
        return replace(super().intend(intent), take=None, state="intended")

    def twin(self, key: str) -> Take | None:
        return None

    def ready(self, intent: Intent, take: Take) -> None:
        super().ready(intent, take)
        self._made_now.add(take.key)

    def candidates(self, project: str, shot_id: str, recipe_digest: str, backend: str) -> list[Entry]:
        found = super().candidates(project, shot_id, recipe_digest, backend)
        return [entry for entry in found if entry.intent.key in self._made_now]


class NoAmbience(PlainSounds):
    """Saves a hundred films the levelling of three beds each."""

    def ambience_bed(self, request: ShotRequest, start_s: float, length_s: float) -> np.ndarray | None:
        return None


class AmnesicStore(Store):
    def recall(self, key: str) -> str | None:
        return None


def film(home: Path, log: Path, mode: str) -> None:
    """Make the film, or go on with it if the project exists."""
    memory = Memory(home)
    store = AmnesicStore(home / "store") if mode == "amnesic" else Store(home / "store")
    if mode == "amnesic":
        memory.ledger = AmnesicLedger(memory.database)
    real = mode == "real"
    editor, sound = (tools.edit, PlainSounds()) if real else (PlainEditor(), NoAmbience())
    rounds = mode == "rounds"
    board = tiny_board(6, 4) if real else tiny_board(2 if rounds else 6, 4, music=None)
    judges = (ColourJudge(), PaidEye(prefers="second")) if rounds else (ColourJudge(),)
    crew = fake_crew(
        home, memory=memory, store=store, editor=editor, sound=sound, planner=ScriptedPlanner(board), judges=judges,
        backend=PaintedBackend(wrong_first=frozenset({"s3"}), always_wrong=rounds, log=log),
        parallel=1 if rounds else 2,
    )  # fmt: skip
    director = direction.Director(crew)
    known = memory.projects.find(PROJECT) is not None
    asyncio.run(director.resume(PROJECT) if known else director.make(ROUNDS if rounds else BRIEF, project=PROJECT))


def rendered(log: Path) -> list[str]:
    return [line.split()[1] for line in log.read_text().splitlines()] if log.exists() else []


def crash_and_resume(root: Path, number: int, mode: str) -> dict[str, Any]:
    home, log = root / f"home-{number}", root / f"log-{number}"

    def doomed() -> None:
        die_at(number)
        film(home, log, mode)

    status = in_child(doomed)
    ready, before = ready_takes(home), rendered(log)
    resumed = in_child(lambda: film(home, log, mode))
    again = rendered(log)[len(before) :]
    after = ready_takes(home)
    result = {
        "point": number, "killed": os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL,
        "resumed": resumed == 0, "film": _film_hash(home), "ready_at_death": len(ready),
        "repeated": [key for key in again if key in ready],
        "lost": [key for key, sha256 in ready.items() if after.get(key) != sha256],
    }  # fmt: skip
    shutil.rmtree(home, ignore_errors=True)
    return result


def clean_run(root: Path, mode: str) -> dict[str, Any]:
    """An undisturbed film: its hash, the points it passed, and what it rendered."""
    home, log, points = root / "home-clean", root / "log-clean", root / "points"

    names = points_of(lambda: film(home, log, mode), points)
    return {
        "resumed": bool(names), "film": _film_hash(home), "points": names, "rendered": rendered(log),
    }  # fmt: skip


def _film_hash(home: Path) -> str:
    place = home / "films" / f"{PROJECT}.mp4"
    return file_sha256(place) if place.exists() else ""


def main(root: Path, mode: str, numbers: list[int]) -> None:
    """One line of JSON for a clean run, or for every numbered death; two at a time."""
    if not numbers:
        print(json.dumps(clean_run(root, mode)), flush=True)
        return
    other = os.fork()
    for number in numbers[::2] if other else numbers[1::2]:
        os.write(1, (json.dumps(crash_and_resume(root, number, mode)) + "\n").encode())
    if other == 0:
        os._exit(0)
    os.waitpid(other, 0)


if __name__ == "__main__":
    place = Path(sys.argv[1])
    # Once in the parent, so that imports, schemas and statements are warm in every child. Its threads have ended.
    film(place / "home-warm", place / "log-warm", sys.argv[2])
    assert threading.active_count() == 1
    main(place, sys.argv[2], [int(number) for number in sys.argv[3:]])
