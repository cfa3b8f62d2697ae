"""Any OpenAI-Videos-compatible server as a backend: a shot is ordered as a job, waited for, and collected.

Ordering costs money and is done once, with no retry by the SDK; the job's id is handed over before anything else, so
that a run that is killed collects what it paid for. What comes back is a stranger's file: it is decoded under the
limits of ``tools.media`` and encoded again in the frames, size and rate of the shot.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from storyboards.errors import BackendUnavailable, BadInput, GenerationFailed, MediaFailed, TakeCorrupt, TakeDoubtful
from tools.contract import Filming, Progress, ShotRequest, quiet

if TYPE_CHECKING:
    from openai import OpenAI

POLL_S, LONGEST_POLL_S = 2.0, 20.0
MOST_FILE_BYTES = 512 * 1024 * 1024
CHUNK_BYTES = 1 << 16


class OpenAIVideos:
    """A :class:`tools.contract.RemoteBackend`.

    Args:
        base_url, model: of the server; ``api_key`` is sent as a bearer token.
        limit_s: for one job, from the order to its end; ``timeout_s`` for one call.
        poll_s: between two looks at a job, where the server does not name a time.
        dedupes: the server makes one job of two orders with the same ``Idempotency-Key``.

    Raises:
        BadInput: no address or model was given.
    """

    name = "openai-videos"

    def __init__(
        self, base_url: str, model: str, api_key: str = "", *, limit_s: float = 1800.0, timeout_s: float = 60.0,
        poll_s: float = POLL_S, dedupes: bool = False,
    ) -> None:  # fmt: skip
        if not base_url.strip() or not model.strip():
            raise BadInput(
                "the video server needs an address and a model id.",
                next_step="Set STORYREEL_VIDEO_BASE_URL and STORYREEL_VIDEO_MODEL.",
            )
        self._base_url, self._model, self._api_key = base_url, model, api_key
        self._limit_s, self._timeout_s, self._poll_s, self.dedupes = limit_s, timeout_s, poll_s, dedupes

    @property
    def version(self) -> str:
        return f"1.{self._model}"

    def price_usd(self, request: ShotRequest) -> float:
        """0: the price is set by whoever pays (:class:`tools.backends.priced.PricedBackend`)."""
        return 0.0

    def film(self, request: ShotRequest, out: Path, idempotency_key: str, progress: Progress) -> Filming | None:
        return self.collect(self.order(request, idempotency_key), request, out, progress)

    def order(self, request: ShotRequest, idempotency_key: str) -> str:
        """Order the shot; the id of the job. See :class:`tools.contract.RemoteBackend`."""
        import openai

        seconds = max(1, ceil(request.rate.seconds(request.frames)))
        try:
            with self._client() as client:
                job = client.videos.create(
                    model=self._model, prompt=self._prompt(request), seconds=str(seconds),  # type: ignore[arg-type]
                    size=f"{request.width}x{request.height}",  # type: ignore[arg-type]
                    extra_headers={"Idempotency-Key": idempotency_key},
                )  # fmt: skip
        except openai.APIStatusError as error:
            if error.status_code >= 500:
                raise self._doubt(f"answered {error.status_code}", request) from error
            raise GenerationFailed(
                f"{self._base_url} refused the shot: {error.status_code} {error.message[:200]}",
                shot_id=request.shot.id, next_step="Change the shot, or film with another backend.",
            ) from error  # fmt: skip
        except openai.APIConnectionError as error:
            if _never_arrived(error):
                raise self._unavailable("cannot be reached", request) from error
            raise self._doubt("broke off", request) from error
        if not job.id:
            raise self._doubt("named no job", request)
        return str(job.id)

    def collect(self, job: str, request: ShotRequest, out: Path, progress: Progress = quiet) -> Filming | None:
        """Wait for the job and write its picture. See :class:`tools.contract.RemoteBackend`."""
        with self._client() as client:
            self._finished(client, job, request, progress)
            draft = out.with_suffix(".fetched.mp4")
            try:
                self._fetch(client, job, request, draft)
                conform(draft, request, out)
            finally:
                draft.unlink(missing_ok=True)
        progress(1.0)
        return Filming(recipe={"model": self._model, "job": job, "prompt": self._prompt(request)})

    def _finished(self, client: OpenAI, job: str, request: ShotRequest, progress: Progress) -> None:
        began = time.monotonic()
        while True:
            state, wait_s = self._state(client, job, request)
            if state.status == "completed":
                return
            if state.status == "failed":
                said = getattr(state.error, "message", "") or "it did not say why"
                raise GenerationFailed(f"{self._base_url} could not film it: {said[:200]}", shot_id=request.shot.id)
            if time.monotonic() - began > self._limit_s:
                raise self._unavailable(f"has not finished job {job} within {self._limit_s:g} s", request)
            until = time.monotonic() + wait_s
            while time.monotonic() < until:
                # Raises when the run is cancelled; the job goes on there and is collected later.
                progress(min(0.95, max(0, state.progress or 0) / 100))
                time.sleep(min(0.2, wait_s))

    def _state(self, client: OpenAI, job: str, request: ShotRequest) -> tuple[Any, float]:
        import openai

        try:
            reply = client.videos.with_raw_response.retrieve(job)
        except openai.NotFoundError as error:
            raise self._doubt(f"no longer knows job {job}", request) from error
        except openai.APIError as error:
            raise self._unavailable(f"does not tell of job {job}: {_said(error)}", request) from error
        named = reply.headers.get("openai-poll-after-ms", "")
        wait_s = float(named) / 1000 if named.isdigit() else self._poll_s
        return reply.parse(), min(LONGEST_POLL_S, max(0.01, wait_s))

    def _fetch(self, client: OpenAI, job: str, request: ShotRequest, draft: Path) -> None:
        import openai

        fetched = 0
        try:
            with client.videos.with_streaming_response.download_content(job) as reply, draft.open("wb") as handle:
                for chunk in reply.iter_bytes(CHUNK_BYTES):
                    fetched += len(chunk)
                    if fetched > MOST_FILE_BYTES:
                        raise TakeCorrupt(f"the picture of job {job} is over {MOST_FILE_BYTES >> 20} MiB.")
                    handle.write(chunk)
        except openai.APIError as error:
            raise self._unavailable(f"does not hand over job {job}: {_said(error)}", request) from error
        except OSError as error:
            raise MediaFailed(f"the picture of job {job} could not be written: {error}.") from error

    def _prompt(self, request: ShotRequest) -> str:
        return request.shot.prompt or f"{request.shot.setting}, {request.shot.time}, {request.style}"

    @contextmanager
    def _client(self) -> Iterator[OpenAI]:
        from openai import OpenAI

        with warnings.catch_warnings():
            # The SDK deprecates the methods since OpenAI shut its own service; the wire lives on elsewhere.
            warnings.simplefilter("ignore", DeprecationWarning)
            with OpenAI(
                base_url=self._base_url, api_key=self._api_key or "none", timeout=self._timeout_s, max_retries=0
            ) as client:
                yield client

    def _unavailable(self, why: str, request: ShotRequest) -> BackendUnavailable:
        return BackendUnavailable(
            f"{self._base_url} {why}.", shot_id=request.shot.id, next_step="`storyreel resume` collects what it has."
        )  # fmt: skip

    def _doubt(self, why: str, request: ShotRequest) -> TakeDoubtful:
        return TakeDoubtful(
            f"{self._base_url} {why} after the shot was ordered; it may have been charged.", shot_id=request.shot.id,
            next_step="Look it up there, or pay for another take by an edit that redoes this shot.",
        )  # fmt: skip


def conform(fetched: Path, request: ShotRequest, out: Path) -> None:
    """Encode a stranger's film in the frames, size and rate of the shot: nearest in time, filling the frame.

    Raises:
        TakeCorrupt: it cannot be decoded or is shorter than the shot.
    """
    from storyboards.errors import BadMedia
    from tools.media import FrameWriter, probe, read_frames

    try:
        facts = probe(fetched)
        scale = max(request.width / facts.width, request.height / facts.height)
        width, height = (2 * ceil(side * scale / 2) for side in (facts.width, facts.height))
        left, top = (width - request.width) // 2, (height - request.height) // 2
        if facts.rate is None:
            raise BadMedia("it does not say how many frames a second it has.")
        step = facts.rate.fraction / request.rate.fraction
        written, last = 0, None
        with FrameWriter(out, request.width, request.height, request.rate) as writer:
            for number, frame in enumerate(read_frames(fetched, width, height)):
                last = np.ascontiguousarray(frame[top : top + request.height, left : left + request.width])
                while written < request.frames and round(written * step) <= number:
                    writer.write(last)
                    written += 1
                if written == request.frames:
                    break
            # A film that ends a frame or two early by rounding is held; one that is shorter is not what was asked.
            if last is not None and request.frames - written <= 2:
                for _ in range(request.frames - written):
                    writer.write(last)
                written = request.frames
    except BadMedia as error:
        raise TakeCorrupt(f"the picture cannot be read: {error.message}", shot_id=request.shot.id) from error
    if written < request.frames:
        raise TakeCorrupt(
            f"the picture lasts {written} frames of the {request.frames} that were asked for.", shot_id=request.shot.id
        )


def _never_arrived(error: Exception) -> bool:
    """Did the connection fail before anything was sent?"""
    seen: BaseException | None = error
    while seen is not None:
        if type(seen).__name__ in ("ConnectError", "ConnectTimeout"):
            return True
        seen = seen.__cause__
    return False


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:160]
