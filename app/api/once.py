"""Requests that came twice make one video.

A client's own ``Idempotency-Key`` names a request for a day. The official SDK sends none, but says when it tries again:
then the same fields from the same caller, within ten minutes, are the same request.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from starlette.datastructures import UploadFile

from app.api.faults import BadField, Conflict
from app.service.callers import Caller
from app.service.studio import Studio
from app.service.videos import REPEAT_S, VideoRecord
from storyboards.errors import UnknownName

RETRY_S = 600.0
_PIECE = 1 << 20


@dataclass(frozen=True)
class Once:
    """One request. ``made`` is the video that it made before, if it did; ``again`` says that it may have."""

    studio: Studio
    caller: Caller
    token: str
    fingerprint: str
    again: bool
    made: VideoRecord | None = None

    async def run(self, request: Request, make: Callable[[], VideoRecord]) -> VideoRecord:
        """Make the video, unless another request with the same name has made it meanwhile."""
        if not self.token:
            return await asyncio.to_thread(make)
        async with request.app.state.once:
            if self.again and (found := await self.look()) is not None:
                return found
            return await asyncio.to_thread(self._make, make)

    def _make(self, make: Callable[[], VideoRecord]) -> VideoRecord:
        record = make()
        self.studio.videos.answered(self.caller, self.token, self.fingerprint, record.id)
        return record

    async def look(self) -> VideoRecord | None:
        """What this request made before.

        Raises:
            Conflict: its key was used for another request.
        """
        within_s = REPEAT_S if self.token.startswith("key:") else RETRY_S
        found = await asyncio.to_thread(self.studio.videos.asked_before, self.caller, self.token, within_s)
        if found is None:
            return None
        if found[0] != self.fingerprint:
            raise Conflict("this Idempotency-Key was used for another request.", "idempotency_key_reused")
        try:
            return await asyncio.to_thread(self.studio.videos.find, found[1], self.caller)
        except UnknownName:
            return None


async def once_of(request: Request, studio: Studio, caller: Caller, fields: Mapping[str, Any]) -> Once:
    """How a request is told from another.

    Raises:
        BadField: an Idempotency-Key that is too long. Conflict: see :meth:`Once.look`.
    """
    key, tries = request.headers.get("idempotency-key", ""), request.headers.get("x-stainless-retry-count")
    if len(key) > 255:
        raise BadField("an Idempotency-Key has at most 255 characters.", "idempotency-key")
    if not key and tries is None:
        return Once(studio, caller, "", "", again=False)
    fingerprint = await fingerprint_of(request.url.path, fields)
    again = bool(key) or tries not in ("", "0")
    once = Once(studio, caller, f"key:{key}" if key else f"same:{fingerprint}", fingerprint, again)
    made = await once.look() if again else None
    return Once(studio, caller, once.token, fingerprint, again, made)


async def fingerprint_of(path: str, fields: Mapping[str, Any]) -> str:
    """sha256 of what a request asks for, files by their content."""
    digest = hashlib.sha256(path.encode())

    async def add(value: Any) -> Any:
        if isinstance(value, UploadFile):
            whole = hashlib.sha256()
            while piece := await value.read(_PIECE):
                whole.update(piece)
            await value.seek(0)
            return {"file": whole.hexdigest()}
        if isinstance(value, dict):
            return {key: await add(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [await add(inner) for inner in value]
        return value

    digest.update(json.dumps(await add(dict(fields)), sort_keys=True, default=str).encode("utf-8", "replace"))
    return digest.hexdigest()
