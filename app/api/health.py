"""Whether the server is well, and how much it does."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response
from pydantic import BaseModel

from app.api.access import Reader, TheStudio
from app.api.faults import FAULTS

router = APIRouter(tags=["server"])


class Health(BaseModel):
    """``ok`` when the database answers; jobs that wait and that run."""

    status: str
    queued: int
    running: int


@router.get("/healthz", response_model=Health, summary="Whether the server is well")
async def healthz(studio: TheStudio) -> Health:
    await asyncio.to_thread(studio.keys.listing)
    queued, running = studio.open_jobs()
    return Health(status="ok", queued=queued, running=running)


@router.get(
    "/metrics", response_class=PlainTextResponse, responses={k: FAULTS[k] for k in (401, 403)}, summary="For Prometheus"
)
async def metrics(request: Request, studio: TheStudio, caller: Reader) -> Response:
    text = await asyncio.to_thread(request.app.state.metrics.text, studio)
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")
