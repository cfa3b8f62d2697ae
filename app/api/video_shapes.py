"""Videos on the wire, as OpenAI's clients read them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel

from app.service.jobs import Job
from app.service.videos import VideoRecord

STATUSES: dict[str, Literal["queued", "in_progress", "completed", "failed"]] = {
    "queued": "queued", "running": "in_progress", "held": "in_progress", "done": "completed", "failed": "failed",
    "cancelled": "failed",
}  # fmt: skip


class VideoFault(BaseModel):
    """Why a video could not be made."""

    code: str
    message: str
    param: str | None = None
    type: str | None = None


class VideoExtra(BaseModel):
    """What only this server tells.

    Attributes:
        status: ``complete`` or ``degraded`` once there is a film; ``degraded`` then says in words why.
        message: what is being done.
        links: relative addresses of the film's other faces.
    """

    project: str
    job: str
    status: str = ""
    degraded: list[str] = []
    notes: list[str] = []
    claims: dict[str, int] = {}
    spend_usd: float = 0.0
    message: str = ""
    links: dict[str, str] = {}


class VideoShape(BaseModel):
    """A video. Times are seconds since 1970, ``progress`` is 0 to 100, ``seconds`` and ``size`` are strings."""

    id: str
    object: Literal["video"] = "video"
    created_at: int
    model: str
    progress: int
    seconds: str
    size: str
    status: Literal["queued", "in_progress", "completed", "failed"]
    completed_at: int | None = None
    expires_at: int | None = None
    prompt: str | None = None
    remixed_from_video_id: str | None = None
    error: VideoFault | None = None
    storyreel: VideoExtra


class VideoList(BaseModel):
    """A page of videos; the next begins ``after`` the last one's id."""

    object: Literal["list"] = "list"
    data: list[VideoShape]
    first_id: str | None
    last_id: str | None
    has_more: bool


class VideoDeleted(BaseModel):
    id: str
    deleted: bool = True
    object: Literal["video.deleted"] = "video.deleted"


class Character(BaseModel):
    """A character made of a clip; name it in ``characters`` when a video is made."""

    id: str
    created_at: int
    name: str
    object: Literal["character"] = "character"


def shape_of(record: VideoRecord, job: Job) -> VideoShape:
    """A video as it stands now."""
    about, result = record.about, job.result
    links = {"project": f"/api/projects/{record.project}", "events": f"/api/projects/{record.project}/events"}
    if job.state == "done":
        links["content"] = f"/v1/videos/{record.id}/content"
        links["report"] = f"/api/projects/{record.project}/report"
    claims = result.get("claims", {})
    return VideoShape(
        id=record.id, created_at=int(record.made_at_s), model=about["model"], progress=_progress(job),
        seconds=seconds_text(result["duration_s"]) if "duration_s" in result else about["seconds"],
        size=result.get("size") or about["size"], status=STATUSES[job.state],
        completed_at=int(job.ended_at_s) if job.state == "done" else None, prompt=about["prompt"],
        remixed_from_video_id=about.get("remixed_from"), error=_error(job),
        storyreel=VideoExtra(
            project=record.project, job=job.id, status=result.get("status", ""), degraded=result.get("reasons", []),
            notes=result.get("notes", []), claims={key: int(value) for key, value in claims.items()},
            spend_usd=result.get("spend_usd", 0.0), message=job.message, links=links,
        ),
    )  # fmt: skip


def _progress(job: Job) -> int:
    return 100 if job.state == "done" else min(99, int(job.progress * 100))


def _error(job: Job) -> VideoFault | None:
    if job.state == "cancelled":
        return VideoFault(code="cancelled", message="the video was cancelled.", type="invalid_request_error")
    if job.error is None:
        return None
    kind = "server_error" if job.error.code == "internal_error" else "invalid_request_error"
    words = f"{job.error.message} {job.error.next_step}".strip()
    return VideoFault(code=job.error.code, message=words, type=kind)


def seconds_text(seconds: float) -> str:
    """``8`` and not ``8.0``; ``7.5`` where it is not whole."""
    return f"{seconds:g}"


def form_of(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    """An OpenAPI request body that may come as multipart or as JSON."""
    schema = {"type": "object", "properties": properties, "required": required}
    plain = {
        "type": "object",
        "properties": {k: v.get("x-json", v) for k, v in properties.items()},
        "required": required,
    }
    content = {"multipart/form-data": {"schema": schema}, "application/json": {"schema": plain}}
    return {"requestBody": {"required": True, "content": content}}
