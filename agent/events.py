"""What is happening, as it happens: for progress bars, streams and logs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

EventKind = Literal[
    "project", "plan", "price", "cast", "shoot", "take", "review", "revise", "tool", "assemble", "cut", "final", "note",
    "spend",
]  # fmt: skip


@dataclass(frozen=True)
class Planned:
    """With ``plan``: the storyboard in force."""

    board: str
    shots: int
    duration_s: float


@dataclass(frozen=True)
class Priced:
    """With ``price``: what the film will cost, and the token to agree by; ``seconds`` of work, None if unknown."""

    token: str
    cost_usd: float
    cost_usd_at_most: float
    seconds: float | None


@dataclass(frozen=True)
class Filming:
    """With ``shoot``: the share of the take that is filmed, 0 to 1."""

    share: float


@dataclass(frozen=True)
class TakeMade:
    """With ``take``: a take is ready, or was made before and is used again (``wall_s`` 0)."""

    key: str
    ordinal: int
    wall_s: float
    cost_usd: float


@dataclass(frozen=True)
class Judged:
    """With ``review`` and a shot: what is said of the take that is kept, in counts of claims."""

    take: str
    passed: int
    failed: int
    unmeasurable: int


@dataclass(frozen=True)
class ToolUsed:
    """With ``tool``: what the reviser does, and which reviser it is."""

    reviser: str
    what: str


@dataclass(frozen=True)
class Spent:
    """With ``spend``: dollars for this, and for the project so far."""

    what: str
    cost_usd: float
    total_usd: float


Detail = Planned | Priced | Filming | TakeMade | Judged | ToolUsed | Spent


@dataclass(frozen=True)
class Event:
    """One step of the making.

    Attributes:
        shot_id: the shot concerned, empty for the whole film.
        message: what is being done, for a person.
        done: the share of the whole film that is made, 0 to 1; it never falls within one run.
        detail: the same for a program, where there is more to say.
    """

    kind: EventKind
    message: str
    done: float
    shot_id: str = ""
    detail: Detail | None = None


Listener = Callable[[Event], None]


class Wire:
    """Carries events from any thread to a listener on the event loop, with the share done kept from falling."""

    def __init__(self, listener: Listener | None, loop: asyncio.AbstractEventLoop) -> None:
        self._listener, self._loop = listener, loop
        self._done = 0.0

    def send(
        self, kind: EventKind, message: str, done: float | None = None, shot_id: str = "", detail: Detail | None = None
    ) -> None:
        """Tell the listener; ``done`` None repeats the last share."""
        self._loop.call_soon_threadsafe(self._deliver, kind, message, done, shot_id, detail)

    def _deliver(self, kind: EventKind, message: str, done: float | None, shot_id: str, detail: Detail | None) -> None:
        self._done = max(self._done, min(done, 1.0)) if done is not None else self._done
        if self._listener is not None:
            self._listener(Event(kind, message, round(self._done, 4), shot_id, detail))
