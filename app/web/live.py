"""The stream behind an open page: whatever of it is no longer as it was sent last, sent again.

A stream begins with everything that changes, so a page that was away (asleep, offline, or its server restarted) is
right again as soon as it is back; nothing depends on a message that could be missed.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import TYPE_CHECKING

from app.web.answers import partial
from storyboards.errors import StoryreelError

if TYPE_CHECKING:
    from app.service.callers import Caller
    from app.service.studio import Studio
    from app.web.desk import Desk
    from app.web.render import Renderer

BEAT_S = 15.0
"""Seconds of silence after which a comment says that the line is alive."""

PAUSE_S, REST = 0.4, 3.0
"""Between two looks at the tables, however fast things happen: at least this long, and so many times what a look took
that watching a long film never takes more than a quarter of a core from filming it."""


async def stream(desk: Desk, renderer: Renderer, project: str, theme: str) -> AsyncIterator[str]:
    """Server-sent events of one page, for ever."""
    sent: dict[str, str] = {}
    async with contextlib.aclosing(_stirrings(desk.studio, project, desk.caller)) as stirrings:
        async for stirred in stirrings:
            if not stirred:
                yield ": still here\n\n"
                continue
            began = time.monotonic()
            try:
                regions = await asyncio.to_thread(_regions, desk, renderer, project, theme)
            except StoryreelError:
                return
            parts = changed(sent, regions)
            sent = regions
            if parts:
                yield event("".join(partial(name, text) for name, text in parts.items()))
            await asyncio.sleep(max(PAUSE_S, REST * (time.monotonic() - began)))


async def _stirrings(studio: Studio, project: str, caller: Caller) -> AsyncGenerator[bool, None]:
    """True when something may have changed, and at once to begin with; False for a sign of life."""
    yield True
    stir, quiet = asyncio.Event(), False

    async def listen() -> None:
        nonlocal quiet
        async with contextlib.aclosing(studio.events(project, -1, caller, beat_s=BEAT_S)) as happenings:
            async for happening in happenings:
                quiet = happening.kind == "beat"
                stir.set()

    listening = asyncio.create_task(listen())
    try:
        yield True  # again, for what happened between the first look and the listening
        while not listening.done():
            await asyncio.wait({listening, waiting := asyncio.create_task(stir.wait())}, return_when="FIRST_COMPLETED")
            waiting.cancel()
            stir.clear()
            yield not quiet
    finally:
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError, StoryreelError):
            await listening


def _regions(desk: Desk, renderer: Renderer, project: str, theme: str) -> dict[str, str]:
    return renderer.film_regions(desk.content(project, theme))


def changed(before: Mapping[str, str], now: Mapping[str, str]) -> dict[str, str]:
    """The parts that are to be sent: cards on their own, unless the board itself (which shots, in which order) differs.

    The first time everything is.
    """
    cards = [name for name in now if name.startswith("shot-")]
    same_shots = cards == [name for name in before if name.startswith("shot-")]
    parts = {name: text for name, text in now.items() if before.get(name) != text}
    if same_shots:
        parts.pop("board", None)
    else:
        parts = {name: text for name, text in parts.items() if name not in cards} | {"board": now["board"]}
    return parts


def event(text: str) -> str:
    """Text as the data of one server-sent event."""
    return "".join(f"data: {line}\n" for line in text.splitlines()) + "\n"
