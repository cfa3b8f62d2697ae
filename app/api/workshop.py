"""Uploads, jobs and webhooks: what is not of one project."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.access import Maker, Reader, TheStudio
from app.api.faults import FAULTS, BadField, TooLargeFile
from app.api.files import serve_stored
from app.api.outgoing import Outgoing
from app.service.hooks import HookEvent, HookView
from app.service.jobs import Job
from app.service.uploads import Upload
from storyboards.errors import OverLimit

router = APIRouter(prefix="/api", responses=FAULTS)

Id = Annotated[str, Path(pattern=r"^[a-z]+_[0-9a-f]{8,40}$")]
BODY = {"requestBody": {"required": True, "content": {
    "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}}  # fmt: skip


@router.post("/uploads", response_model=Upload, status_code=201, tags=["uploads"], openapi_extra=BODY,
             summary="Send a picture, a clip, a sound or a text as the body")  # fmt: skip
async def upload(
    request: Request, studio: TheStudio, caller: Maker,
    x_file_name: Annotated[str, Header(max_length=400, description="what to call it")] = "file",
) -> Upload:  # fmt: skip
    if request.headers.get("content-type", "").startswith("multipart/"):
        raise BadField("send the file itself as the body, with any content-type but a form's.", "body")
    try:
        return await studio.uploads.take(request.stream(), x_file_name, caller)
    except OverLimit as error:
        raise TooLargeFile(error.message, next_step=error.next_step) from error


@router.get("/uploads", response_model=list[Upload], tags=["uploads"], summary="What was sent, the newest first")
async def uploads(studio: TheStudio, caller: Reader) -> list[Upload]:
    return await asyncio.to_thread(studio.uploads.listing, caller)


@router.get("/uploads/{upload_id}", response_model=Upload, tags=["uploads"], summary="An upload")
async def one_upload(upload_id: Id, studio: TheStudio, caller: Reader) -> Upload:
    return await asyncio.to_thread(studio.uploads.find, upload_id, caller)


@router.get("/uploads/{upload_id}/content", response_class=Response, tags=["uploads"],
            responses={200: {"content": {"application/octet-stream": {}}}}, summary="What was kept of it")  # fmt: skip
async def upload_content(upload_id: Id, studio: TheStudio, caller: Reader) -> Response:
    found = await asyncio.to_thread(studio.uploads.find, upload_id, caller)
    return serve_stored(studio.store, found.sha256, name=found.id)


@router.get("/jobs", response_model=list[Job], tags=["jobs"], summary="Jobs, the newest first")
async def jobs(
    studio: TheStudio, caller: Reader, project: Annotated[str, Query(max_length=80)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[Job]:  # fmt: skip
    return await asyncio.to_thread(studio.jobs, caller, project, limit)


@router.get("/jobs/{job_id}", response_model=Job, tags=["jobs"], summary="A job as it stands")
async def job(job_id: Id, studio: TheStudio, caller: Reader) -> Job:
    known = studio.seen(job_id)
    if known is not None and caller.sees(known.tenant):
        return known
    return await asyncio.to_thread(studio.job, job_id, caller)


@router.post("/jobs/{job_id}/cancel", response_model=Job, tags=["jobs"], summary="Stop a job, keep what it finished")
async def cancel(job_id: Id, studio: TheStudio, caller: Maker) -> Job:
    return await studio.cancel(job_id, caller)


class NewHook(BaseModel):
    """Where messages go, and which; every kind if none is named."""

    model_config = ConfigDict(extra="forbid")
    url: str = Field(min_length=8, max_length=2048)
    events: list[HookEvent] = Field(default_factory=list, max_length=8)


class MadeHook(HookView):
    """A webhook with its secret, which is shown this once."""

    secret: str


@router.post("/webhooks", response_model=MadeHook, status_code=201, tags=["webhooks"],
             summary="Be told of videos and films, signed by Standard Webhooks")  # fmt: skip
async def add_hook(body: NewHook, request: Request, studio: TheStudio, caller: Maker) -> MadeHook:
    outgoing: Outgoing = request.app.state.outgoing
    await asyncio.to_thread(outgoing.check, body.url)
    view, secret = await asyncio.to_thread(studio.hooks.add, body.url, tuple(body.events), caller)
    return MadeHook(**view.model_dump(), secret=secret)


@router.get("/webhooks", response_model=list[HookView], tags=["webhooks"], summary="Who is told")
async def hooks(studio: TheStudio, caller: Reader) -> list[HookView]:
    return await asyncio.to_thread(studio.hooks.listing, caller)


@router.delete("/webhooks/{hook_id}", status_code=204, response_class=Response, tags=["webhooks"],
               summary="Tell them no more")  # fmt: skip
async def drop_hook(hook_id: Id, studio: TheStudio, caller: Maker) -> Response:
    await asyncio.to_thread(studio.hooks.drop, hook_id, caller)
    return Response(status_code=204)
