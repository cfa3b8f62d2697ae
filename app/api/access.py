"""Who is asking: a key in the header or in the page's cookie, or the person at this machine when there are no keys."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from agent.memory.guests import for_guest
from app.api.config import ServeConfig
from app.api.faults import Unauthenticated
from app.service.callers import LOCAL, Caller
from app.service.studio import Studio

COOKIE = "storyreel_key"
"""Holds the page's key: HttpOnly, SameSite=Strict."""

bearer = HTTPBearer(auto_error=False, description="A key of `storyreel keys create`")


def studio_of(request: Request) -> Studio:
    studio: Studio = request.app.state.studio
    return studio


def config_of(request: Request) -> ServeConfig:
    config: ServeConfig = request.app.state.config
    return config


Shown = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


async def caller_of(request: Request, shown: HTTPAuthorizationCredentials | None) -> Caller:
    """Who is asking.

    Raises:
        Unauthenticated: keys are needed, and there is none or it is no good one.
    """
    keys = studio_of(request).keys
    secret = shown.credentials if shown is not None else request.cookies.get(COOKIE, "")
    if not keys.are_fresh(secret):
        await asyncio.to_thread(keys.refresh, secret)
    needed = keys.are_in_use() or not config_of(request).is_loopback
    caller = keys.check(secret) if needed and secret else None if needed else LOCAL
    if caller is None:
        raise Unauthenticated("this server needs a good key.", next_step="Send `Authorization: Bearer KEY`.")
    request.state.caller = caller
    for_guest.set(not caller.is_local)
    return caller


async def reader(request: Request, shown: Shown) -> Caller:
    """Who is asking, and may read."""
    caller = await caller_of(request, shown)
    caller.must_have("read")
    return caller


async def maker(request: Request, shown: Shown) -> Caller:
    """Who is asking, and may make."""
    caller = await caller_of(request, shown)
    caller.must_have("make")
    return caller


Reader = Annotated[Caller, Depends(reader)]
Maker = Annotated[Caller, Depends(maker)]


async def _the_studio(request: Request) -> Studio:
    return studio_of(request)


async def _the_config(request: Request) -> ServeConfig:
    return config_of(request)


TheStudio = Annotated[Studio, Depends(_the_studio)]
TheConfig = Annotated[ServeConfig, Depends(_the_config)]
"""Coroutines, since what is none is called in a thread of its own, and a poll would wait for two of them."""
