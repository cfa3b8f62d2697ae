"""The animatic: the world itself at full size, from the shot alone. Instant, exact, free."""

from __future__ import annotations

import functools
import hashlib
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from tools.contract import Progress, ShotRequest
from tools.media import CODEC_VERSION, FrameWriter
from tools.staging import scene_of

CHUNK_FRAMES = 8
"""Frames rendered at once: enough to keep the processor busy, few enough to stay small at 4K."""


class Animatic:
    """The world's renderer as a video backend. Equal requests give equal bytes; its version follows the art."""

    name = "animatic"

    @property
    def version(self) -> str:
        return f"{_art_digest()[:16]}.{CODEC_VERSION}"

    def price_usd(self, request: ShotRequest) -> float:
        return 0.0

    def film(self, request: ShotRequest, out: Path, idempotency_key: str, progress: Progress) -> None:
        """Render a chunk while the one before is encoded; memory does not grow with the length of the shot.

        Raises:
            BadStoryboard: a word the world does not know.
            MediaFailed, DiskFull: the file could not be written; nothing is left.
        """
        scene = scene_of(request)
        from models.world.render import Film

        film = Film(scene, request.width, request.height, float(request.rate.fraction))
        rendered = 0
        with (
            FrameWriter(out, request.width, request.height, request.rate) as writer,
            ThreadPoolExecutor(1) as encoder,
        ):
            writing: Future[None] | None = None
            for chunk in film.frames(CHUNK_FRAMES):
                frames = chunk[: request.frames - rendered]
                rendered += len(frames)
                if writing is not None:
                    writing.result()
                writing = encoder.submit(writer.write, frames)
                progress(rendered / request.frames)
            if writing is not None:
                writing.result()


@functools.cache
def _art_digest() -> str:
    """sha256 of the sources that draw the world: other art, other takes."""
    import models.world

    folder = Path(models.world.__file__).parent
    digest = hashlib.sha256()
    for source in sorted(folder.rglob("*.py")):
        digest.update(source.relative_to(folder).as_posix().encode() + b"\0" + source.read_bytes() + b"\0")
    return digest.hexdigest()
