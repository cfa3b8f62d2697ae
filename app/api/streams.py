"""Happenings as server-sent events."""

from __future__ import annotations

from collections.abc import AsyncIterator

from app.service.happenings import Happening


async def events_of(happenings: AsyncIterator[Happening]) -> AsyncIterator[str]:
    """Each happening as an event with its id; a beat is a comment, which readers pass over."""
    yield "retry: 2000\n\n"
    async for happening in happenings:
        if happening.kind == "beat":
            yield ": beat\n\n"
        else:
            yield f"id: {happening.id}\nevent: {happening.kind}\ndata: {happening.model_dump_json()}\n\n"
