"""Kill a film that is filmed for money at a numbered fault point, and read the bill. test_paid_crash.py runs it.

The server is another process: it charges for every order, never dedupes, and lives on when its client dies.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import agent.director as direction
from agent.memory.memory import Memory
from storyboards.brief import Brief
from storyboards.errors import StoryreelError
from tests.agent.children import PROJECT, die_at, in_child, points_of, ready_takes
from tests.agent.crash_yard import NoAmbience
from tests.fakes import PlainEditor, ScriptedPlanner, fake_crew, tiny_board
from tools.backends.openai_videos import OpenAIVideos
from tools.backends.priced import BackendPrice, PricedBackend
from tools.backends.video_wire import Patience, Server

PRICE_USD = 0.25
BRIEF = Brief(text="A fox and an owl go home.")


def crew_of(home: Path, url: str) -> Any:
    board = tiny_board(2, 8, music=None)
    shots = tuple(
        shot.model_copy(update={"prompt": f"{board.element(shot.parts[0].element).colour} {shot.id}"})
        for shot in board.shots
    )
    backend = PricedBackend(OpenAIVideos(Server(url, "m"), Patience(poll_s=0.02)), BackendPrice(usd_per_call=PRICE_USD))
    return fake_crew(home, memory=Memory(home), editor=PlainEditor(), sound=NoAmbience(), backend=backend,
                     planner=ScriptedPlanner(board.changed(shots=shots)), parallel=1)  # fmt: skip


def film(home: Path, url: str, answer: Path | None = None, words: str = "") -> None:
    """Make the film, or go on with it, or edit it; what came of it is written to ``answer``."""
    director = direction.Director(crew_of(home, url))
    known = director.crew.memory.projects.find(PROJECT) is not None
    try:
        if not known:
            made = asyncio.run(director.make(BRIEF, project=PROJECT))
        else:
            made = asyncio.run(director.edit(PROJECT, words) if words else director.resume(PROJECT))
        said = {"end": made.status, "spend_usd": made.spend_usd}
    except StoryreelError as error:
        said = {"end": type(error).__name__, "next": error.next_step}
    if answer is not None:
        answer.write_text(json.dumps(said))


def bill(log: Path) -> Counter[str]:
    return Counter(log.read_text().split()) if log.exists() else Counter()


def crash_and_resume(root: Path, number: int, url: str, log: Path) -> dict[str, Any]:
    home, answer, before = root / f"home-{number}", root / f"answer-{number}", bill(log)

    def doomed() -> None:
        die_at(number)
        film(home, url)

    in_child(doomed)
    ready = ready_takes(home)
    in_child(lambda: film(home, url, answer))
    said = json.loads(answer.read_text())
    entries = Memory(home).ledger.entries(PROJECT)
    unknown = [entry.intent.shot.id for entry in entries if entry.state == "unknown"]
    redone = ""
    if unknown:
        # A person decides to pay for another take of what is in doubt.
        again = " and ".join(f"redo shot {shot_id.removeprefix('s')}" for shot_id in unknown)
        in_child(lambda: film(home, url, answer, again))
        redone = json.loads(answer.read_text())["end"]
    charged = bill(log) - before
    spent_usd, _ = Memory(home).ledger.spent(PROJECT)
    states = {entry.intent.key: entry.state for entry in Memory(home).ledger.entries(PROJECT)}
    after = ready_takes(home)
    result = {
        "point": number, **said, "unknown": unknown, "redone": redone,
        "double": [key for key, count in charged.items() if count > 1],
        "lost": [key for key, sha256 in ready.items() if after.get(key) != sha256],
        "unaccounted": [key for key in charged if states.get(key) not in ("ready", "unknown")],
        "charged_usd": round(PRICE_USD * charged.total(), 2), "spent_usd": round(spent_usd, 2),
    }  # fmt: skip
    shutil.rmtree(home, ignore_errors=True)
    return result


def clean_run(root: Path, url: str) -> dict[str, Any]:
    home, answer, points = root / "home-clean", root / "answer-clean", root / "points"

    names = points_of(lambda: film(home, url, answer), points)
    return {**json.loads(answer.read_text()), "points": names}


if __name__ == "__main__":
    place, served, charges = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    film(place / "home-warm", served)
    assert threading.active_count() == 1
    numbers = [int(number) for number in sys.argv[4:]]
    if not numbers:
        print(json.dumps(clean_run(place, served)), flush=True)
    for point in numbers:
        os.write(1, (json.dumps(crash_and_resume(place, point, served, charges)) + "\n").encode())
