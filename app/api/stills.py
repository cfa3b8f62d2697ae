"""Pictures of a finished film, made once and kept in the store."""

from __future__ import annotations

import io
from collections.abc import Callable

from storyboards.storyboard import digest_of
from tools.store import Store

THUMBNAIL_PX = 640
CELL_PX, CELLS, COLUMNS = 320, 20, 5


def thumbnail_of(store: Store, cut: str) -> str:
    """sha256 of a WebP of a frame a third into the film."""

    def draw() -> tuple[bytes, str]:
        from PIL import Image

        from tools.media import extract_still, probe

        film = store.path(cut)
        picture = Image.fromarray(extract_still(film, max(0, probe(film).frames // 3)))
        picture.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
        file = io.BytesIO()
        picture.save(file, format="WEBP", quality=82)
        return file.getvalue(), ".webp"

    return _kept(store, ["thumbnail", cut, THUMBNAIL_PX], draw)


def spritesheet_of(store: Store, cut: str) -> str:
    """sha256 of a JPEG of :data:`CELLS` frames at even steps, row by row."""

    def draw() -> tuple[bytes, str]:
        from PIL import Image

        from tools.media import contact_sheet, probe

        film = store.path(cut)
        frames = probe(film).frames
        steps = [frames * (2 * cell + 1) // (2 * CELLS) for cell in range(CELLS)]
        sheet = Image.open(io.BytesIO(contact_sheet([(film, steps)], COLUMNS, cell_width=CELL_PX)), formats=["PNG"])
        file = io.BytesIO()
        sheet.convert("RGB").save(file, format="JPEG", quality=82)
        return file.getvalue(), ".jpg"

    return _kept(store, ["spritesheet", cut, CELL_PX, CELLS], draw)


def still_of(store: Store, video: str, frame: int, width: int) -> str:
    """sha256 of a JPEG of one frame, ``width`` pixels wide."""

    def draw() -> tuple[bytes, str]:
        from tools.media import jpeg_stills

        return jpeg_stills(store.path(video), [frame], width)[0], ".jpg"

    return _kept(store, ["still", video, frame, width], draw)


def _kept(store: Store, recipe: list[object], draw: Callable[[], tuple[bytes, str]]) -> str:
    key = digest_of(recipe)
    known = store.recall(key)
    if known is None:
        content, suffix = draw()
        known = store.put_bytes(content, suffix)
        store.remember(key, known)
    return known
