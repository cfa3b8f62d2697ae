"""What is happening, as it happens: for progress bars, streams and logs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

EventKind = Literal["project", "plan", "price", "shoot", "take", "review", "revise", "assemble", "cut", "final", "note"]


@dataclass(frozen=True)
class Event:
    """One step of the making.

    Attributes:
        shot_id: the shot concerned, empty for the whole film.
        message: what is being done, for a person.
        done: the share of the whole film that is made, 0 to 1; it never falls within one run.
    """

    kind: EventKind
    message: str
    done: float
    shot_id: str = ""


Listener = Callable[[Event], None]


class Wire:
    """Carries events from any thread to a listener on the event loop, with the share done kept from falling."""

    def __init__(self, listener: Listener | None, loop: asyncio.AbstractEventLoop) -> None:
        self._listener, self._loop = listener, loop
        self._done = 0.0

    def send(self, kind: EventKind, message: str, done: float | None = None, shot_id: str = "") -> None:
        """Tell the listener; ``done`` None repeats the last share."""
        self._loop.call_soon_threadsafe(self._deliver, kind, message, done, shot_id)

    def _deliver(self, kind: EventKind, message: str, done: float | None, shot_id: str) -> None:
        self._done = max(self._done, min(done, 1.0)) if done is not None else self._done
        if self._listener is not None:
            self._listener(Event(kind=kind, message=message, done=round(self._done, 4), shot_id=shot_id))
