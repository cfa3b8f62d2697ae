"""The OpenAI-Videos-compatible API: ``/v1/videos`` and what hangs on it."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from app.api.access import Maker, Reader, TheConfig, TheStudio
from app.api.faults import FAULTS, BadField, Conflict
from app.api.files import serve_stored
from app.api.forms import fields_of, number_field, text_field
from app.api.once import Once, once_of
from app.api.outgoing import Outgoing
from app.api.stills import spritesheet_of, thumbnail_of
from app.api.video_orders import asked_of, character_picture, pieces_of, source_of
from app.api.video_shapes import Character, VideoDeleted, VideoList, VideoShape, form_of, shape_of
from app.service.callers import Caller
from app.service.copies import copy_project
from app.service.jobs import Job
from app.service.orders import Edit, Extend, Order
from app.service.studio import Studio
from app.service.videos import VideoRecord
from storyboards.errors import UnknownName

router = APIRouter(prefix="/v1/videos", tags=["videos"], responses=FAULTS)

VideoId = Annotated[str, Path(pattern=r"^video_[0-9a-f]{32}$")]
TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
FILE: dict[str, Any] = {"type": "string", "format": "binary"}
BY_SHOT: dict[str, Any] = {"type": "object", "additionalProperties": FILE, "x-json": {
    "type": "object", "additionalProperties": TEXT, "maxProperties": 8}}  # fmt: skip
VIDEO = FILE | {"x-json": {"type": "object", "properties": {"id": TEXT}, "required": ["id"]}}
CREATE = form_of(
    {
        "prompt": TEXT, "model": TEXT, "seconds": {"type": "string"}, "size": {"type": "string"},
        "input_reference": FILE | {"x-json": {"type": "object", "properties": {"image_url": TEXT, "file_id": TEXT}}},
        "seed": {"type": "integer", "minimum": 0},
        "clips": BY_SHOT, "first_frames": BY_SHOT, "backdrops": BY_SHOT,
        "voice_over": FILE | {"x-json": TEXT}, "voice_text": {"type": "string", "maxLength": 20_000},
    },
    ["prompt"],
)  # fmt: skip
PROMPTED = form_of({"prompt": TEXT, "video": VIDEO}, ["prompt", "video"])
EXTENDED = form_of({"prompt": TEXT, "video": VIDEO, "seconds": {"type": "string"}}, ["prompt", "video", "seconds"])
NAMED = {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": {
    "type": "object", "properties": {"name": TEXT, "video": FILE}, "required": ["name", "video"]}}}}}  # fmt: skip


@router.post("", response_model=VideoShape, openapi_extra=CREATE, summary="Make a video of a prompt")
async def create(request: Request, studio: TheStudio, config: TheConfig, caller: Maker) -> Response:
    async with fields_of(request) as fields:
        once = await once_of(request, studio, caller, fields)
        if once.made is not None:
            return _answer(studio, config, once.made)
        outgoing: Outgoing = request.app.state.outgoing
        asked = await asked_of(fields, studio, caller, outgoing)

    def make() -> VideoRecord:
        made: list[VideoRecord] = []
        studio.submit(
            asked.order, caller=caller, seconds=asked.seconds,
            also=lambda session, job: made.append(
                studio.videos.add(session, job.id, job.project, caller, asked.about)
            ),
        )  # fmt: skip
        return made[0]

    return _answer(studio, config, await once.run(request, make))


@router.get("", response_model=VideoList, summary="List videos")
async def listing(
    studio: TheStudio, caller: Reader, after: Annotated[str, Query(max_length=80)] = "",
    limit: Annotated[int, Query(ge=1, le=100)] = 20, order: Literal["asc", "desc"] = "desc",
) -> VideoList:  # fmt: skip
    def page() -> VideoList:
        records = studio.videos.listing(caller, after, limit + 1, order)
        shapes = [shape_of(record, studio.job(record.job)) for record in records[:limit]]
        ends = (shapes[0].id, shapes[-1].id) if shapes else (None, None)
        return VideoList(data=shapes, first_id=ends[0], last_id=ends[1], has_more=len(records) > limit)

    return await asyncio.to_thread(page)


@router.post("/edits", response_model=VideoShape, openapi_extra=PROMPTED, summary="Change a video in words")
async def edit(request: Request, studio: TheStudio, config: TheConfig, caller: Maker) -> Response:
    async with fields_of(request) as fields:
        once = await once_of(request, studio, caller, fields)
        if once.made is not None:
            return _answer(studio, config, once.made)
        prompt, source = text_field(fields, "prompt"), await source_of(fields, studio, caller)
    order = Edit(words=_words(prompt))
    return await _follow(request, studio, config, caller, source, order, prompt, "", once)


@router.post("/extensions", response_model=VideoShape, openapi_extra=EXTENDED, summary="Make a video longer")
async def extend(request: Request, studio: TheStudio, config: TheConfig, caller: Maker) -> Response:
    async with fields_of(request) as fields:
        once = await once_of(request, studio, caller, fields)
        if once.made is not None:
            return _answer(studio, config, once.made)
        prompt, seconds = text_field(fields, "prompt"), number_field(fields, "seconds", 1, 600)
        if seconds is None:
            raise BadField("seconds is required.", "seconds", code="missing_required_parameter")
        source = await source_of(fields, studio, caller)
    order = Extend(words=prompt, seconds=seconds)
    return await _follow(request, studio, config, caller, source, order, prompt, "", once)


@router.post("/characters", response_model=Character, openapi_extra=NAMED, summary="Make a character of a clip")
async def character(request: Request, studio: TheStudio, caller: Maker) -> Character:
    async with fields_of(request) as fields:
        name, file = text_field(fields, "name", most=80), fields.get("video")
        if file is None or isinstance(file, str | dict | list):
            raise BadField("video is a file.", "video", code="missing_required_parameter")
        clip = await studio.uploads.take(pieces_of(file), file.filename or "clip", caller)
    if clip.kind not in ("clip", "picture"):
        raise BadField(f"a clip was expected, the file is a {clip.kind}.", "video")

    def keep() -> Character:
        sha256 = clip.sha256
        if clip.kind == "clip":
            sha256 = character_picture(studio.uploads.path(clip.id), studio.store)
        kept = studio.uploads.record("character", name, sha256, {"of": clip.id}, caller, prefix="char")
        return Character(id=kept.id, created_at=int(kept.at_s), name=kept.name)

    return await asyncio.to_thread(keep)


@router.get("/characters/{character_id}", response_model=Character, summary="A character")
async def one_character(character_id: str, studio: TheStudio, caller: Reader) -> Character:
    kept = await asyncio.to_thread(studio.uploads.find, character_id, caller)
    if kept.kind != "character":
        raise UnknownName(f"there is no character {character_id!r}.")
    return Character(id=kept.id, created_at=int(kept.at_s), name=kept.name)


@router.get("/{video_id}", response_model=VideoShape, summary="A video as it stands")
async def retrieve(video_id: VideoId, studio: TheStudio, config: TheConfig, caller: Reader) -> Response:
    record = studio.videos.seen(video_id)
    if record is None or not caller.sees(record.tenant) or studio.seen(record.job) is None:
        record = await asyncio.to_thread(studio.videos.find, video_id, caller)
        await asyncio.to_thread(studio.job, record.job)
    return _answer(studio, config, record)


@router.delete("/{video_id}", response_model=VideoDeleted, summary="Delete a video, its project and its film")
async def delete(video_id: VideoId, studio: TheStudio, caller: Maker) -> VideoDeleted:
    record = await asyncio.to_thread(studio.videos.find, video_id, caller)
    await studio.stopped(record.job, caller)
    await asyncio.to_thread(studio.sweeper.forget, record, studio.videos)
    return VideoDeleted(id=record.id)


@router.get(
    "/{video_id}/content", response_class=Response, summary="The film, or a picture of it",
    responses={
        200: {"content": {"video/mp4": {}, "image/webp": {}, "image/jpeg": {}}},
        206: {"content": {"video/mp4": {}}, "description": "The range that was asked for"},
        304: {"description": "Not changed"}, 416: {"description": "No such range"},
    },
)  # fmt: skip
async def content(
    video_id: VideoId, studio: TheStudio, caller: Reader,
    variant: Literal["video", "thumbnail", "spritesheet"] = "video",
) -> Response:  # fmt: skip
    record = await asyncio.to_thread(studio.videos.find, video_id, caller)
    job = await asyncio.to_thread(studio.job, record.job)
    if job.state != "done":
        words = "the video could not be made" if job.is_over else f"the video is {int(job.progress * 100)} % done"
        raise Conflict(f"{words}; there is no content.", "video_not_ready", next_step="Retrieve it to see its status.")
    cut = job.result["cut"]
    if variant != "video":
        picture = thumbnail_of if variant == "thumbnail" else spritesheet_of
        cut = await asyncio.to_thread(picture, studio.store, cut)
    return serve_stored(studio.store, cut, name=f"{record.project}{'.mp4' if variant == 'video' else ''}")


@router.post("/{video_id}/remix", response_model=VideoShape, summary="A changed copy of a video",
             openapi_extra=form_of({"prompt": TEXT}, ["prompt"]))  # fmt: skip
async def remix(video_id: VideoId, request: Request, studio: TheStudio, config: TheConfig, caller: Maker) -> Response:
    record = await asyncio.to_thread(studio.videos.find, video_id, caller)
    async with fields_of(request) as fields:
        once = await once_of(request, studio, caller, fields)
        if once.made is not None:
            return _answer(studio, config, once.made)
        prompt = text_field(fields, "prompt")
    order = Edit(words=_words(prompt))
    return await _follow(request, studio, config, caller, record.project, order, prompt, record.id, once)


async def _follow(
    request: Request, studio: Studio, config: TheConfig, caller: Caller, source: str, order: Order, prompt: str,
    remixed_from: str, once: Once,
) -> Response:  # fmt: skip
    """A video that is made from another one's plan; the other stays as it is."""

    def make() -> VideoRecord:
        row = studio.project(source, caller)
        board = studio.memory.projects.board(source, row.board) if row.board else None
        if board is None:
            raise Conflict("the video has no plan yet.", "video_not_ready", next_step="Wait until it is completed.")
        copy = copy_project(studio.memory, source, prompt)
        studio.jobs_kept.give(copy, caller.tenant)
        more = order.seconds if isinstance(order, Extend) else 0.0
        backend = studio.memory.ledger.filmed_with(source)
        job = studio.submit(
            order.model_copy(update={"backend": backend}), copy, caller, seconds=board.duration_s + more
        )
        about = {
            "model": _model_of(studio, source), "prompt": prompt, "seconds": f"{board.duration_s + more:g}",
            "size": f"{board.width}x{board.height}", **({"remixed_from": remixed_from} if remixed_from else {}),
        }  # fmt: skip
        return studio.videos.record(job.id, copy, caller, about)

    return _answer(studio, config, await once.run(request, make))


def _model_of(studio: Studio, project: str) -> str:
    backend = studio.memory.ledger.filmed_with(project)
    return "storyreel" if backend in (None, studio.directors.default) else f"storyreel-{backend}"


def _words(prompt: str) -> str:
    if len(prompt) > 20_000:
        raise BadField("an edit has at most 20,000 characters.", "prompt")
    return prompt


def _answer(studio: Studio, config: TheConfig, record: VideoRecord) -> Response:
    job: Job = studio.seen(record.job) or studio.job(record.job)
    headers = {} if job.is_over else {"openai-poll-after-ms": str(config.poll_after_ms)}
    return Response(shape_of(record, job).model_dump_json(), media_type="application/json", headers=headers)
