"""What happens while jobs run, with ids, for streams: a ring for each project and job, kept in memory.

Ids rise across restarts, because they begin at the milliseconds of the start. Whoever comes back with an id that the
ring no longer covers is told ``reset`` first: what was missed is in the tables.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import threading
import time
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict

RING = 512
"""Happenings kept for one channel."""
CHANNELS = 512
"""Channels kept; those that were silent longest go first."""


class Happening(BaseModel):
    """One step, as a stream tells it.

    Attributes:
        id: rises with time; 0 for a ``beat``, which only says that the line is alive.
        kind: an :data:`agent.events.EventKind`, ``job`` when a job changed state, ``change`` when the project did,
            ``reset`` when something was missed, or ``beat``.
        done: share of the job that is done, 0 to 1; ``share`` that of the take that is filmed, where it is known.
        detail: fields of the event's :data:`agent.events.Detail`, None where it has none.
    """

    model_config = ConfigDict(frozen=True)
    id: int
    kind: str
    project: str = ""
    job: str = ""
    state: str = ""
    shot_id: str = ""
    message: str = ""
    done: float = 0.0
    share: float | None = None
    detail: dict[str, Any] | None = None
    at_s: float = 0.0

    def __hash__(self) -> int:
        """By what tells happenings apart: the fields' own hash would refuse a detail, which is a dict."""
        return hash((self.id, self.kind))


@dataclass
class _Channel:
    ring: deque[Happening] = field(default_factory=lambda: deque(maxlen=RING))
    lost: int = 0
    waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = field(default_factory=set)


class Happenings:
    """The rings. Safe for threads; each reader waits on its own loop and holds no queue that could grow."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._channels: OrderedDict[str, _Channel] = OrderedDict()
        self._first = int(time.time() * 1000)
        self._ids = itertools.count(self._first + 1)
        self._dropped = 0
        self.readers = 0

    def tell(self, channels: Iterable[str], happening: Happening) -> Happening:
        """Put a happening into channels (project names, job ids) under a new id."""
        with self._lock:
            told = happening.model_copy(update={"id": next(self._ids), "at_s": round(time.time(), 3)})
            for name in filter(None, channels):
                channel = self._channel(name)
                if len(channel.ring) == RING:
                    channel.lost = channel.ring[0].id
                channel.ring.append(told)
                for loop, flag in list(channel.waiting):
                    try:
                        loop.call_soon_threadsafe(flag.set)
                    except RuntimeError:  # that loop was closed under its reader
                        channel.waiting.discard((loop, flag))
        return told

    def kept(self, name: str) -> list[Happening]:
        """Everything of a channel that is kept, the oldest first; empty for one that was never told anything."""
        with self._lock:
            channel = self._channels.get(name)
            return list(channel.ring) if channel else []

    async def follow(self, name: str, after: int = 0, beat_s: float = 15.0) -> AsyncGenerator[Happening]:
        """What :meth:`bunches` gives, one by one; close the iterator to stop."""
        async with contextlib.aclosing(self.bunches(name, after, beat_s)) as bunches:
            async for bunch in bunches:
                for happening in bunch:
                    yield happening

    async def bunches(self, name: str, after: int = 0, beat_s: float = 15.0) -> AsyncGenerator[list[Happening]]:
        """Everything of a channel after an id, then what comes, for ever; close the iterator to stop.

        What is there at once comes at once, so that a reader who begins late costs one message and not hundreds.

        Args:
            after: id of the last happening that was seen; 0 for all that is kept, -1 for only what comes.
            beat_s: seconds of silence after which a ``beat`` is given.
        """
        here = (asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            channel = self._channel(name)
            channel.waiting.add(here)
            self.readers += 1
            last = channel.ring[-1].id if channel.ring else self._first
            missed = 0 < after < max(channel.lost, self._first)
        after = last if after < 0 else after
        try:
            if missed:
                yield [Happening(id=last, kind="reset", message="some happenings were missed; look again")]
                after = last
            while True:
                here[1].clear()
                with self._lock:
                    fresh = [happening for happening in channel.ring if happening.id > after]
                if fresh:
                    yield fresh
                    after = fresh[-1].id
                else:
                    try:
                        await asyncio.wait_for(here[1].wait(), beat_s)
                    except TimeoutError:
                        yield [Happening(id=0, kind="beat", at_s=round(time.time(), 3))]
        finally:
            with self._lock:
                channel.waiting.discard(here)
                self.readers -= 1

    def _channel(self, name: str) -> _Channel:
        channel = self._channels.setdefault(name, _Channel(lost=self._dropped))
        self._channels.move_to_end(name)
        if len(self._channels) > CHANNELS:
            idle = next((key for key, found in self._channels.items() if not found.waiting and key != name), None)
            if idle is not None:
                ring = self._channels.pop(idle).ring
                self._dropped = max(self._dropped, ring[-1].id if ring else 0)
        return channel
