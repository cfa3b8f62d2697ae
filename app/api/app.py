"""The server's app: the studio, its routes, the gate in front of them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

from fastapi import FastAPI
from starlette.routing import Route

from app.api import direction, findings, health, projects, studio_tools, talk, videos, workshop
from app.api.config import ServeConfig
from app.api.faults import hang_faults
from app.api.gate import Gate
from app.api.metrics import Metrics
from app.api.outgoing import Outgoing
from app.mcp import McpDoor
from app.service.hooks import Postman
from app.service.studio import Studio
from app.web import page_routes

ANSWERING = 12
"""Threads for what an answer waits for: the disk, or the child process that decodes an upload. Each that
computes is one more that the loop waits for, so they are not many."""
DESCRIPTION = """A brief goes in, a finished cut comes out, and every shot has been checked against the plan.

`/v1` speaks OpenAI's wire format; `/api` is the studio's own."""


def build_app(studio: Studio, config: ServeConfig | None = None, outgoing: Outgoing | None = None) -> FastAPI:
    """The app over a studio that it starts and closes with itself.

    Raises:
        NotAllowed: it would serve strangers without keys.
    """
    config = config or ServeConfig()
    config.check(studio.keys.are_in_use())
    metrics, door = Metrics(), McpDoor(studio)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(ANSWERING, "storyreel-answer"))
        studio.listeners.append(lambda job: metrics.ended(job.kind, job.state))
        await asyncio.to_thread(studio.start)
        postman = Postman(studio.hooks, app.state.outgoing.send)
        postman.start()
        try:
            async with door.open():
                yield
        finally:
            await asyncio.to_thread(studio.close)
            await asyncio.to_thread(postman.stop)

    app = FastAPI(
        title="storyreel", version="0.1.0", description=DESCRIPTION, lifespan=lifespan, docs_url=None, redoc_url=None,
        openapi_url="/openapi.json",
    )  # fmt: skip
    app.state.studio, app.state.config, app.state.metrics = studio, config, metrics
    app.state.outgoing = outgoing or Outgoing(config.targets)
    app.state.once = asyncio.Lock()
    hang_faults(app)
    rooms = (videos, talk, studio_tools, projects, direction, findings, workshop, health)
    for router in (*(room.router for room in rooms), *page_routes()):
        app.include_router(router)
    app.router.routes.append(Route("/mcp", door, include_in_schema=False))
    app.add_middleware(Gate, config=config, metrics=metrics)
    return app
