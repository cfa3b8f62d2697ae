"""Any OpenAI-Videos-compatible server as a backend: a shot is ordered as a job, waited for, and collected.

Ordering costs money and is done once; the job's id is handed over before anything else, so that a run that is killed
collects what it paid for. Once there is an id, only the server's own word that the job failed makes it a failure:
everything else can be collected again, for nothing. What comes back is a stranger's file: it must be what was ordered,
is decoded under the limits of ``tools.media`` and encoded again in the frames, size and rate of the shot.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import NoReturn

from storyboards.errors import BackendUnavailable, BadInput, BadMedia, GenerationFailed, TakeCorrupt, TakeDoubtful
from storyboards.storyboard import digest_of
from tools.backends.attended import attended
from tools.backends.fitting import Size, fit_film
from tools.backends.shown import BEGINS, picture_shown
from tools.backends.video_wire import Job, Patience, Server, Trouble, Wire
from tools.contract import Filming, Progress, ShotRequest, quiet
from tools.media import CODEC_VERSION
from tools.store import file_sha256

GRACE_S = 0.6
"""For which a cancelled run still waits for the answer to an order, so that it need not be doubted."""
COLLECTED = 0.9
"""Share of the work that is done when the file is here."""
REPLAYS = 4
"""Orders under keys of their own after a server that dedupes answers with jobs that failed before."""
MODERATED = ("moderation", "policy", "safety", "content_filter")


@dataclass(frozen=True)
class Offer:
    """What the server films. Empty ``sizes`` or ``lengths_s``: whatever it is asked for, in whole seconds."""

    sizes: tuple[Size, ...] = ()
    lengths_s: tuple[float, ...] = ()

    def size_for(self, width: int, height: int) -> Size:
        """The size of the nearest shape; among those the smallest that is large enough, else the largest."""
        if not self.sizes:
            return (width, height)

        def badness(size: Size) -> tuple[float, bool, float]:
            shape = (size[0] / size[1]) / (width / height)
            small = size[0] < width and size[1] < height
            return (round(max(shape, 1 / shape), 2), small, (-1 if small else 1) * size[0] * size[1])

        return min(self.sizes, key=badness)

    def length_for(self, needed_s: float) -> float | None:
        """The shortest length that is long enough, None if there is none."""
        if not self.lengths_s:
            return float(max(1, ceil(needed_s - 1e-6)))
        return min((length for length in self.lengths_s if length >= needed_s - 1e-6), default=None)


@dataclass(frozen=True)
class Ordered:
    """A shot in the fields of an order."""

    prompt: str
    size: Size
    length_s: float
    picture: bytes
    notes: tuple[str, ...]


class OpenAIVideos:
    """A :class:`tools.contract.RemoteBackend`.

    Args:
        server: where it is, and which model films there.
        offer: the sizes and lengths that it films.
        dedupes: the server makes one job of two orders with the same ``Idempotency-Key``.
        uses_references: the picture that a shot begins with, else one that was given of an element, is sent as
            ``input_reference``, which models take for their first frame.

    Raises:
        BadInput: no address or model was given.
    """

    name = "openai-videos"

    def __init__(
        self, server: Server, patience: Patience | None = None, offer: Offer | None = None, *, dedupes: bool = False,
        uses_references: bool = False,
    ) -> None:  # fmt: skip
        if not server.base_url.strip() or not server.model.strip():
            raise BadInput(
                "the video server needs an address and a model id.",
                next_step="Set STORYREEL_VIDEO_BASE_URL and STORYREEL_VIDEO_MODEL.",
            )
        self._server, self._patience, self._offer = server, patience or Patience(), offer or Offer()
        self._wire = Wire(server, self._patience)
        self.dedupes, self.uses_references = dedupes, uses_references

    @property
    def abilities(self) -> frozenset[str]:
        """A server that is sent pictures begins with them."""
        return BEGINS if self.uses_references else frozenset()

    @property
    def version(self) -> str:
        """Of the model and what is asked of it, and of the encoding.

        Not of the address: a server that moved still has the jobs that were paid for.
        """
        how = digest_of([self._offer.sizes, self._offer.lengths_s, self.uses_references])
        return f"2.{self._server.model}.{how[:8]}.{CODEC_VERSION}"

    def price_usd(self, request: ShotRequest) -> float:
        """0: the price is set by whoever pays (:class:`tools.backends.priced.PricedBackend`)."""
        return 0.0

    def billed_s(self, request: ShotRequest) -> float:
        """Seconds of picture that are ordered for a shot, and paid for."""
        needed_s = request.rate.seconds(request.frames)
        return self._offer.length_for(needed_s) or needed_s

    def film(self, request: ShotRequest, out: Path, idempotency_key: str, progress: Progress) -> Filming | None:
        return self.collect(self.order(request, idempotency_key, progress), request, out, progress)

    def order(self, request: ShotRequest, idempotency_key: str, progress: Progress = quiet) -> str:
        """Order the shot; the id of the job. See :class:`tools.contract.RemoteBackend`."""
        ordered = self._ordered(request)
        width, height = ordered.size
        fields = {
            "model": self._server.model, "prompt": ordered.prompt, "seconds": f"{ordered.length_s:g}",
            "size": f"{width}x{height}",
        }  # fmt: skip

        async def place() -> Job:
            key = idempotency_key
            job = await self._wire.order(fields, ordered.picture, key, again=self.dedupes)
            for _ in range(REPLAYS):
                if job.state != "failed" or not self.dedupes:
                    break
                # The answer to an order from before; what failed was not charged, and is ordered under a new key.
                key = digest_of([key, job.id])
                job = await self._wire.order(fields, ordered.picture, key, again=True)
            return job

        try:
            return attended(place(), progress, lambda: 0.0, GRACE_S).id
        except Trouble as trouble:
            self._not_ordered(trouble, request)

    def collect(self, job: str, request: ShotRequest, out: Path, progress: Progress = quiet) -> Filming | None:
        """Wait for the job and write its picture. See :class:`tools.contract.RemoteBackend`.

        Raises:
            TakeCorrupt: what was handed over is not what was ordered; it can be fetched again.
        """
        ordered = self._ordered(request)
        draft = out.with_suffix(".fetched.mp4")
        seen = Job(job, "working")

        async def received() -> Job:
            nonlocal seen
            until_s = time.monotonic() + self._patience.job_s
            while True:
                seen = await self._told_of(job)
                if seen.state != "working":
                    break
                await self._wait(seen, until_s)
            if seen.state == "completed":
                await self._wire.fetch(job, draft)
            return seen

        try:
            ended = attended(received(), progress, lambda: COLLECTED * seen.share)
            if ended.state == "failed":
                raise self._failed(ended, request)
            notes = self._fitted(draft, ordered, request, out, progress)
            recipe = {
                "model": self._server.model, "job": job, "prompt": ordered.prompt, "seconds": ordered.length_s,
                "size": list(ordered.size), "fetched_sha256": file_sha256(draft),
            }  # fmt: skip
        except Trouble as trouble:
            self._not_collected(trouble, job, request)
        finally:
            draft.unlink(missing_ok=True)
        return Filming(recipe, notes=(*ordered.notes, *notes))

    def _ordered(self, request: ShotRequest) -> Ordered:
        """The order of a shot.

        Raises:
            BadStoryboard: a word that has no caption.
            GenerationFailed: it is longer than the server films.
        """
        from models.world.caption import captions
        from tools.staging import scene_of

        needed_s = request.rate.seconds(request.frames)
        length_s = self._offer.length_for(needed_s)
        if length_s is None:
            most_s = max(self._offer.lengths_s)
            raise GenerationFailed(
                f"the shot lasts {needed_s:.2f} s; {self._server.model} films {most_s:g} s at most.",
                shot_id=request.shot.id, next_step="Make the shot shorter, or two of it; nothing was ordered.",
            )  # fmt: skip
        size = self._offer.size_for(request.width, request.height)
        picture, notes = picture_shown(request, size) if self.uses_references else (b"", ())
        return Ordered(captions(scene_of(request), sound=False).full, size, length_s, picture, notes)

    async def _told_of(self, job: str) -> Job:
        """How a job stands; a server that is away for a while is waited for."""
        away_s = time.monotonic() + self._patience.outage_s
        while True:
            try:
                return await self._wire.look(job)
            except Trouble as trouble:
                if trouble.kind == "refused" or time.monotonic() > away_s:
                    raise
                await asyncio.sleep(self._patience.poll_s)

    async def _wait(self, job: Job, until_s: float) -> None:
        patience = self._patience
        pause_s = min(patience.longest_wait_s, max(0.01, patience.poll_s if job.wait_s is None else job.wait_s))
        if time.monotonic() + pause_s > until_s:
            raise Trouble("lost", f"has not finished within {patience.job_s:g} s")
        await asyncio.sleep(pause_s)

    def _fitted(
        self, draft: Path, ordered: Ordered, request: ShotRequest, out: Path, progress: Progress
    ) -> tuple[str, ...]:
        def rest(share: float) -> None:
            progress(COLLECTED + (1 - COLLECTED) * share)

        try:
            return fit_film(draft, ordered.size, ordered.length_s, request, out, rest)
        except BadMedia as error:
            raise TakeCorrupt(
                f"the film from {self._server.base_url} is refused: {error.message}", shot_id=request.shot.id,
                next_step="It is paid for: `storyreel resume` fetches it once more; an edit that redoes the shot "
                "pays for another.",
            ) from error  # fmt: skip

    def _failed(self, job: Job, request: ShotRequest) -> GenerationFailed:
        moderated = any(word in job.code for word in MODERATED)
        return GenerationFailed(
            f"{self._server.base_url} {'declined the shot' if moderated else 'could not film it'}: {job.failure}",
            shot_id=request.shot.id, next_step="Say the shot in other words." if moderated else "Film it again.",
        )  # fmt: skip

    def _not_ordered(self, trouble: Trouble, request: ShotRequest) -> NoReturn:
        """Raise what is known of an order that has no job."""
        said = f"{self._server.base_url} {trouble.why}"
        if trouble.kind == "lost":
            raise TakeDoubtful(
                f"{said} after the shot was ordered; it may have been charged.", shot_id=request.shot.id,
                next_step="Look it up there, or pay for another take by an edit that redoes this shot.",
            ) from trouble  # fmt: skip
        closed = trouble.status in (401, 402, 403, 404, 429) or 300 <= trouble.status < 400
        if trouble.kind in ("unreached", "busy") or closed or trouble.code == "model_not_found":
            raise BackendUnavailable(
                f"{said}; nothing was ordered.", shot_id=request.shot.id,
                next_step="Check STORYREEL_VIDEO_BASE_URL, _MODEL and _API_KEY, or film with another backend.",
            ) from trouble  # fmt: skip
        raise GenerationFailed(
            f"{said}; the shot was declined and nothing was charged.", shot_id=request.shot.id,
            next_step="Say the shot in other words, or film with another backend.",
        ) from trouble  # fmt: skip

    def _not_collected(self, trouble: Trouble, job: str, request: ShotRequest) -> NoReturn:
        """Raise what is known of a job that was ordered and is not here."""
        said = f"{self._server.base_url} {trouble.why} (job {job})"
        if trouble.status in (404, 410):
            raise TakeDoubtful(
                f"{said}: it no longer knows what was paid for.", shot_id=request.shot.id,
                next_step="Look it up there, or pay for another take by an edit that redoes this shot.",
            ) from trouble  # fmt: skip
        if trouble.kind == "refused" and trouble.status == 0:
            raise TakeCorrupt(
                f"the film is refused: {said}.", shot_id=request.shot.id,
                next_step="It is paid for: `storyreel resume` asks for it once more.",
            ) from trouble  # fmt: skip
        raise BackendUnavailable(
            f"{said}.", shot_id=request.shot.id, next_step="`storyreel resume` collects it; it is not paid for again."
        ) from trouble
