"""Projects: made, seen, followed, deleted."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import ValidationError

from app.api.access import Maker, Reader, TheConfig, TheStudio
from app.api.faults import FAULTS, BadField
from app.api.project_shapes import (
    NewProject,
    NewStoryboard,
    ProjectLine,
    ProjectShape,
    Started,
    brought_of,
    line_of,
)
from app.api.streams import events_of
from app.service.callers import Caller
from app.service.orders import Make, Remake
from app.service.studio import Studio
from storyboards.brief import Brief, Limits
from storyboards.clock import FrameRate
from storyboards.errors import UnknownName
from storyboards.storyboard import Storyboard

router = APIRouter(prefix="/api/projects", tags=["projects"], responses=FAULTS)

Name = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9._-]{0,79}$", description="a project's name")]


@router.get("", response_model=list[ProjectLine], summary="Every project, the last changed first")
async def listing(studio: TheStudio, caller: Reader) -> list[ProjectLine]:
    return [line_of(project) for project in await asyncio.to_thread(studio.projects, caller)]


@router.post("", response_model=Started, status_code=202, summary="Make a film of a brief")
async def create(body: NewProject, studio: TheStudio, caller: Maker) -> Started:
    order = Make(
        brief=brief_of(body), hold=body.hold, looks=body.looks, backend=body.backend, **brought_of(body)
    )  # fmt: skip
    job = await asyncio.to_thread(studio.submit, order, caller=caller, name=body.name, seconds=body.duration_s or 0.0)
    return Started(project=job.project, job=job)


@router.get("/{name}", response_model=ProjectShape, summary="A project as it stands")
async def one(name: Name, studio: TheStudio, caller: Reader) -> ProjectShape:
    return await asyncio.to_thread(shape_of, studio, name, caller)


@router.delete("/{name}", status_code=204, response_class=Response, summary="Delete a project and its film")
async def delete(name: Name, studio: TheStudio, caller: Maker) -> Response:
    await asyncio.to_thread(studio.project, name, caller)
    for job in await asyncio.to_thread(studio.jobs, caller, name):
        if not job.is_over:
            await studio.stopped(job.id, caller)
    await asyncio.to_thread(studio.delete, name, caller)
    return Response(status_code=204)


@router.get("/{name}/storyboard", summary="The plan in force")
async def storyboard(name: Name, studio: TheStudio, caller: Reader) -> dict[str, object]:
    def read() -> dict[str, object]:
        return board_of(studio, name, caller).document()

    return await asyncio.to_thread(read)


@router.put("/{name}/storyboard", response_model=Started, status_code=202, summary="Put another plan in force, film it")
async def put_storyboard(name: Name, body: NewStoryboard, studio: TheStudio, caller: Maker) -> Started:
    order = Remake(storyboard=body.storyboard, why=body.why, **brought_of(body))
    job = await asyncio.to_thread(studio.submit, order, name, caller)
    return Started(project=name, job=job)


@router.get(
    "/{name}/events", response_class=Response, summary="What happens, as server-sent events",
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)  # fmt: skip
async def events(
    name: Name, request: Request, studio: TheStudio, config: TheConfig, caller: Reader,
    after: Annotated[int, Query(ge=-1, le=2**53)] = 0,
    last_event_id: Annotated[str, Header(max_length=40)] = "",
) -> StreamingResponse:  # fmt: skip
    if not studio.is_at_work_for(name, caller):
        await asyncio.to_thread(studio.project, name, caller)
    seen = int(last_event_id) if last_event_id.isascii() and last_event_id.isdigit() else after

    async def lines() -> AsyncIterator[bytes]:
        following = studio.happenings.bunches(name, seen, config.beat_s)
        async with contextlib.aclosing(following):
            async for line in events_of(following):
                yield line

    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(lines(), media_type="text/event-stream", headers=headers)


def brief_of(body: NewProject) -> Brief:
    """The brief that a body asks for.

    Raises:
        BadField: naming the field.
    """
    width, _, height = (body.size or "").partition("x")
    try:
        return Brief(
            text=body.brief, duration_s=body.duration_s, aspect=body.aspect,
            size=(int(width), int(height)) if body.size else None, rate=FrameRate.model_validate(body.fps),
            seed=body.seed, style=body.style, captions=body.captions,
            limits=Limits(
                takes_per_shot=body.takes_per_shot, takes_at_once=body.takes_at_once, policy=body.policy,
                cost_usd=body.max_cost_usd,
            ),
        )  # fmt: skip
    except ValidationError as error:
        row = error.errors(include_url=False)[0]
        where = str(row["loc"][0]) if row["loc"] else "brief"
        param = {"rate": "fps", "text": "brief"}.get(where, where)
        raise BadField(str(row["msg"]).removeprefix("Value error, "), param) from error


def board_of(studio: Studio, name: str, caller: Caller) -> Storyboard:
    """Raises UnknownName: no such project for this caller, or nothing is planned yet."""
    row = studio.project(name, caller)
    if not row.board:
        raise UnknownName(f"project {name!r} has no plan yet.", next_step="Follow its events.")
    return studio.memory.projects.board(name, row.board)


def shape_of(studio: Studio, name: str, caller: Caller) -> ProjectShape:
    """A project as it stands, for this caller."""
    studio.project(name, caller)
    view = studio.director(name).show(name)
    cut = studio.memory.cuts.latest(name)
    reasons: list[str] = []
    if cut is not None and cut.status == "degraded":
        reasons = list(studio.director(name).film(name).reasons)
    base = f"/api/projects/{name}"
    links = {"events": f"{base}/events", "storyboard": f"{base}/storyboard"}
    if cut is not None:
        links |= {"film": f"{base}/film", "report": f"{base}/report"}
    return ProjectShape(
        name=name, title=view.title, status=view.status, degraded=reasons,
        notes=[note.text for note in cut.notes] if cut else [], shots=list(view.shots),
        messages=[{"role": message.role, "text": message.text} for message in view.messages], versions=view.versions,
        cut=view.cut, cut_causes=list(view.cut_causes),
        duration_s=round(sum(shot.duration_s for shot in view.shots), 3),
        spend_usd=view.spend_usd, work_s=view.work_s, jobs=studio.jobs(caller, name, 5), links=links,
    )  # fmt: skip
