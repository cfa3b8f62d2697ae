"""A shot becomes a picture file in the store, checked before anybody relies on it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from storyboards.errors import BadMedia, TakeCorrupt
from tools import faults
from tools.contract import Filming, Progress, RemoteBackend, ShotRequest, VideoBackend, quiet
from tools.media import extract_still, probe
from tools.store import Store


@dataclass(frozen=True)
class FilmedPicture:
    """The picture of one take: H.264 without sound, ``frames`` long with its handle, stored under ``video_sha256``.

    ``recipe``, ``latents_sha256`` and ``notes`` are what the backend said of it (:class:`tools.contract.Filming`).
    """

    video_sha256: str
    frames: int
    wall_s: float
    cost_usd: float
    recipe: Mapping[str, object] = field(default_factory=dict)
    latents_sha256: str = ""
    notes: tuple[str, ...] = ()


def generate_video(
    request: ShotRequest, backend: VideoBackend, store: Store, key: str, progress: Progress = quiet, job: str = "",
    on_job: Callable[[str], None] = lambda job: None,
) -> FilmedPicture:  # fmt: skip
    """Let ``backend`` film the shot, check the file and keep it.

    Args:
        key: the take's key, passed on so that a provider that dedupes is not paid twice.
        progress: told the share done; raising in it cancels, and nothing is kept.
        job: of an order that was placed before at a backend that works elsewhere: it is collected, not ordered again.
        on_job: told the id of a job as soon as it was ordered, before it is waited for.

    Raises:
        TakeCorrupt: the backend made something else than was asked.
        GenerationFailed: the backend could not.
        StorageFailed: the file could not be kept.
    """
    started = time.monotonic()
    with store.scratch(".mp4") as draft:
        faults.reached("video.film.before")
        if isinstance(backend, RemoteBackend):
            if not job:
                job = backend.order(request, key, progress)
                faults.reached("video.ordered.before")
                on_job(job)
            filming = backend.collect(job, request, draft, progress) or Filming()
        else:
            filming = backend.film(request, draft, key, progress) or Filming()
        faults.reached("video.film.after")
        check_picture(draft, request, backend.name)
        sha256 = store.put(draft, ".mp4")
    latents = store.put_bytes(filming.latents, ".latents") if filming.latents else ""
    return FilmedPicture(
        video_sha256=sha256, frames=request.frames, wall_s=time.monotonic() - started,
        cost_usd=backend.price_usd(request), recipe=filming.recipe, latents_sha256=latents, notes=filming.notes,
    )  # fmt: skip


def check_picture(path: Path, request: ShotRequest, backend: str) -> None:
    """Is this file the picture that was asked for, down to its last frame?

    Raises:
        TakeCorrupt: naming everything that differs.
    """
    shot_id = request.shot.id
    if not path.is_file() or path.stat().st_size == 0:
        raise TakeCorrupt(f"the backend {backend} wrote no picture.", shot_id=shot_id, next_step="Film it again.")
    try:
        problems = list(_differences(path, request))
        if not problems:
            extract_still(path, request.frames - 1)
    except BadMedia as error:
        raise TakeCorrupt(
            f"the picture from {backend} is damaged: {error.message}", shot_id=shot_id, next_step="Film it again."
        ) from error
    if problems:
        raise TakeCorrupt(
            f"the backend {backend} made something else than was asked: {'; '.join(problems)}.", shot_id=shot_id,
            next_step="Film it again, or choose another backend.",
        )  # fmt: skip


def _differences(path: Path, request: ShotRequest) -> Iterator[str]:
    facts = probe(path)
    if facts.video_codec != "h264":
        yield f"the codec is {facts.video_codec or 'none'}, not h264"
    if facts.frames != request.frames:
        yield f"{facts.frames} frames instead of {request.frames}"
    if (facts.width, facts.height) != (request.width, request.height):
        yield f"{facts.width}x{facts.height} instead of {request.width}x{request.height}"
    if facts.rate != request.rate:
        yield f"{facts.rate} frames a second instead of {request.rate}"
