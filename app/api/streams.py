"""Happenings as server-sent events."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import lru_cache

from app.service.happenings import CHANNELS, Happening


async def events_of(bunches: AsyncIterator[list[Happening]]) -> AsyncIterator[bytes]:
    """Each bunch as one message of events with their ids; a beat is a comment, which readers pass over."""
    yield b"retry: 2000\n\n"
    async for bunch in bunches:
        yield b"".join(b": beat\n\n" if happening.kind == "beat" else event_of(happening) for happening in bunch)


@lru_cache(maxsize=8 * CHANNELS)
def event_of(happening: Happening) -> bytes:
    """A happening as an event, written once for all who follow."""
    return f"id: {happening.id}\nevent: {happening.kind}\ndata: {happening.model_dump_json()}\n\n".encode()
