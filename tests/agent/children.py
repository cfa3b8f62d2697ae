"""Work in forked children that die or end as processes do, so that a hundred deaths do not cost a hundred imports.

The parent makes one film to be warm and then has no threads. Used by the programs that tests kill films with.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent.memory.memory import Memory
from tools import faults

PROJECT = "fox"


def in_child(work: Callable[[], Any]) -> int:
    """The wait status of a forked child that does ``work`` and lets its threads finish what they are at."""
    child = os.fork()
    if child == 0:
        try:
            work()
            for thread in threading.enumerate():
                if thread is not threading.current_thread() and not thread.daemon:
                    thread.join()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1]


def die_at(number: int) -> None:
    """From now on, SIGKILL this process at the numbered point."""
    seen = 0

    def count(point: str) -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            print(json.dumps({"died_at": point}), file=sys.stderr, flush=True)
            os.kill(os.getpid(), signal.SIGKILL)

    faults.watch(count)


def points_of(work: Callable[[], Any], log: Path) -> list[str]:
    """Names of the fault points that ``work`` passes when nobody disturbs it; empty if it failed. ``log`` is a file."""

    def watched() -> None:
        seen: list[str] = []
        faults.watch(seen.append)
        work()
        log.write_text("\n".join(seen))

    return log.read_text().splitlines() if in_child(watched) == 0 else []


def ready_takes(home: Path) -> dict[str, str]:
    """Key of every ready take with the hash of its picture."""
    if not (home / "storyreel.db").exists():
        return {}
    entries = Memory(home).ledger.entries(PROJECT)
    return {entry.take.key: entry.take.video_sha256 for entry in entries if entry.take is not None}
