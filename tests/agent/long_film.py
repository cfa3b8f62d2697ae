"""A film of sixty shots planned by a language model in stages and made by the animatic, then one edit of 45 shots.

Run as a program it prints times and memory as one line of JSON: ``python -m tests.agent.long_film FOLDER [SHOTS]``, of
which three quarters are edited.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from agent.director import Director
from agent.events import Event
from app.bootstrap import build_director
from app.dev_llm.mind import studio_mind
from app.dev_llm.server import MODEL, DevServer
from app.settings import LLMSettings, Settings
from storyboards.brief import Brief, Limits
from storyboards.clock import FrameRate


def brief_of(shots: int) -> Brief:
    """A second a shot."""
    return Brief(
        text=f"A film in {shots} shots: a fox walks through the forest, crosses a river, meets an owl in a village and "
        "sleeps by the sea. A bear chases a rabbit up a mountain. A robot finds a lantern in the desert and carries it "
        "home.",
        duration_s=float(shots), size=(128, 72), rate=FrameRate(numerator=12),
        limits=Limits(takes_per_shot=1, policy="first"),
    )  # fmt: skip


def resident_mb() -> float:
    """Memory that this process holds: what is freed is given back first, which glibc otherwise does when it likes."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, 1)


async def make_and_edit(home: Path, shots: int = 60) -> dict[str, Any]:
    with DevServer(studio_mind) as server:
        llm = LLMSettings(base_url=server.base_url, model=MODEL)
        director = build_director(Settings(home=home, llm=llm), "animatic")
        began, takes, edited = time.monotonic(), list[float](), list[str]()

        def weigh(event: Event) -> None:
            if event.kind == "take":
                takes.append(resident_mb())

        film = await director.make(brief_of(shots), project="long", on_event=weigh)
        made_s, calls = time.monotonic() - began, server.calls
    memory = {
        "after the first takes": takes[min(9, shots // 4)],
        "after all takes": takes[-1],
        "film cut": resident_mb(),
    }
    before = {take.key: take.video_sha256 for take in film.takes}
    began, changed = time.monotonic(), shots * 3 // 4

    def note(event: Event) -> None:
        if event.kind == "take":
            edited.append(event.shot_id)

    after = await Director(director.crew).edit("long", f"make shots 1 to {changed} darker", on_event=note)
    memory["edit cut"] = resident_mb()
    kept = {take.key: take.video_sha256 for take in after.takes}
    return {
        "shots": len(film.storyboard.shots), "status": film.status, "calls": calls, "made_s": round(made_s, 1),
        "edited_shots": sorted(set(edited), key=lambda name: int(name[1:])),
        "edited_s": round(time.monotonic() - began, 1),
        "others_as_they_were": all(after.playing[s.id] == film.playing[s.id] for s in film.storyboard.shots[changed:]),
        "old_takes_kept": all(kept.get(key) == sha256 for key, sha256 in before.items()),
        "memory_mb": memory, "database_mb": round((home / "storyreel.db").stat().st_size / 2**20, 2),
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(asyncio.run(make_and_edit(Path(sys.argv[1]), *map(int, sys.argv[2:3])))))
