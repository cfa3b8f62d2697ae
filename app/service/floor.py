"""The studio floor: a thread with an event loop of its own, so that filming never keeps those waiting who only ask."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import sys
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from storyboards.errors import StorageFailed

Result = TypeVar("Result")

NICENESS = 10
"""Of every thread and program that the floor starts; they inherit it on Linux, where it is a thread's own."""


class Floor:
    """Starts at once; :meth:`close` ends its loop after what runs on it."""

    def __init__(self, name: str = "storyreel-floor", niceness: int = NICENESS) -> None:
        self._niceness = niceness
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Result]) -> Future[Result]:
        """Carry out a coroutine on the floor, from any thread."""
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def call(self, function: Callable[[], object]) -> None:
        """Call a function on the floor soon, from any thread."""
        with contextlib.suppress(RuntimeError):  # the floor is closed: nothing is under way any more
            self.loop.call_soon_threadsafe(function)

    def close(self) -> None:
        self.call(self.loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        if sys.platform == "linux" and self._niceness:
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), self._niceness)
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
            self.loop.run_until_complete(self.loop.shutdown_default_executor())
        finally:
            self.loop.close()


def hold_home(home: Path) -> int:
    """The handle of the lock that says that this studio is the only one in its home; the kernel drops it with us.

    Raises:
        StorageFailed: there is another one.
    """
    handle = os.open(home / "studio.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise StorageFailed(
            f"another server is at work in {home}.", next_step="Use that one (MCP is at its /mcp), or another --home."
        ) from None
    return handle
