"""Shots that a person stopped while they were filmed. The run goes on with the others."""

from __future__ import annotations

import threading


class Cancelled(Exception):
    """Raised inside a tool's progress to stop it; never leaves the run that was cancelled."""


class ShotStopped(Cancelled):
    """Raised inside a tool's progress to stop one shot; the run that films the others catches it."""


class Stops:
    """Which shots of which projects are to be left as they are, until another run begins. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stopped: set[tuple[str, str]] = set()

    def stop(self, project: str, shot_id: str) -> None:
        with self._lock:
            self._stopped.add((project, shot_id))

    def has(self, project: str, shot_id: str) -> bool:
        with self._lock:
            return (project, shot_id) in self._stopped

    def clear(self, project: str) -> None:
        """A run begins or ends: nothing of the project is stopped any more."""
        with self._lock:
            self._stopped = {stop for stop in self._stopped if stop[0] != project}
