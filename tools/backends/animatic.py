"""The animatic: the world itself at full size, from the shot alone. Instant, exact, free."""

from __future__ import annotations

import functools
import hashlib
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from storyboards.shot import Element
from tools.contract import Drawing, Progress, ShotRequest
from tools.media import CODEC_VERSION, FrameWriter
from tools.staging import actor_of, place_of, scene_of

if TYPE_CHECKING:
    import torch

    from models.world.scene import Scene


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
        with (
            _crowd.entered(),
            FrameWriter(out, request.width, request.height, request.rate) as writer,
            ThreadPoolExecutor(1) as encoder,
        ):
            rendered = 0
            writing: Future[None] | None = None
            size = request.width, request.height, float(request.rate.fraction)
            for block in blocks_of(scene, size, 2 if _crowd.alone else 1):
                frames = block[: request.frames - rendered]
                rendered += len(frames)
                if writing is not None:
                    writing.result()
                writing = encoder.submit(writer.write, frames)
                progress(rendered / request.frames)
            if writing is not None:
                writing.result()

    def draw(self, element: Element) -> Drawing:
        """An element standing in plain light, or a place with nobody in it, as the world draws it.

        Raises:
            BadStoryboard: a word the world does not know.
        """
        import numpy as np

        from models.codec import Canvas
        from models.layers.observe import place_plate, sheet
        from models.layers.source import named
        from models.world.scene import Scene

        if element.kind == "place":
            place = place_of(element)
            plate_4HW = place_plate(place, Canvas(1))[:, :64, :112].permute(1, 2, 0).numpy()
            whole = np.dstack([plate_4HW[..., :3], np.full(plate_4HW.shape[:2], 255, np.uint8)])
            return Drawing(np.ascontiguousarray(whole), f"{place.setting}.", place.seed)
        actor = actor_of(element)
        drawn = sheet(actor, Scene(actors=(actor,))).permute(1, 2, 0).float().numpy()
        cover = drawn[..., 3:]
        colour = np.clip(drawn[..., :3] * 255.0 / np.maximum(cover, 1.0), 0, 255)
        straight = np.concatenate([colour, cover], -1).round().astype(np.uint8)
        return Drawing(straight, named(actor), actor.identity)


def blocks_of(scene: Scene, size: tuple[int, int, float], threads: int) -> Iterator[torch.Tensor]:
    """The frames of a scene in order, uint8 (n, H, W, 3), drawn block by block by threads in turn.

    Args:
        size: width and height in pixels, frames per second.
        threads: each has a film of its own; the bytes are the same for any number.
    """
    from models.world.render import Film

    with ThreadPoolExecutor(threads) as pool:
        films = list(pool.map(lambda _: Film(scene, *size), range(threads)))
        count = films[0].block_count
        coming = [pool.submit(films[number].block, number) for number in range(min(threads, count))]
        for number in range(count):
            block = coming.pop(0).result()
            if number + threads < count:
                coming.append(pool.submit(films[number % threads].block, number + threads))
            yield block


class _Crowd:
    """How many shots are being drawn in this process: one alone may use a second core."""

    def __init__(self) -> None:
        self._lock, self._inside = threading.Lock(), 0

    @property
    def alone(self) -> bool:
        return self._inside == 1

    @contextmanager
    def entered(self) -> Iterator[None]:
        with self._lock:
            self._inside += 1
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1


_crowd = _Crowd()


@functools.cache
def _art_digest() -> str:
    """sha256 of the sources that draw the world: other art, other takes."""
    import models.world

    folder = Path(models.world.__file__).parent
    digest = hashlib.sha256()
    for source in sorted(folder.rglob("*.py")):
        digest.update(source.relative_to(folder).as_posix().encode() + b"\0" + source.read_bytes() + b"\0")
    return digest.hexdigest()
