"""Single pictures: reading a user's image safely, and contact sheets."""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from storyboards.errors import BadMedia
from tools.media.guard import MAX_PIXELS, sniff
from tools.media.reader import extract_still

MARGIN_PX, LABEL_PX = 8, 22
PAPER, INK = (24, 25, 28), (225, 226, 230)


ORIENTATION = 0x0112
TURNS = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}
"""Of EXIF's orientations other than upright, Pillow's transposition that makes it so."""


def read_picture(path: Path) -> np.ndarray:
    """A PNG or JPEG as RGB (H, W, 3) uint8.

    Raises:
        BadMedia: neither of the two, damaged, or over the pixel limit.
    """
    return _decoded(path, "RGB")


def read_cutout(path: Path) -> np.ndarray:
    """A PNG or JPEG as RGBA (H, W, 4) uint8; what has no transparency is opaque.

    Raises:
        BadMedia: neither of the two, damaged, or over the pixel limit.
    """
    return _decoded(path, "RGBA")


def read_on_white(path: Path) -> np.ndarray:
    """A PNG or JPEG as RGB (H, W, 3) uint8, what is see-through over white.

    Raises:
        BadMedia: neither of the two, damaged, or over the pixel limit.
    """
    picture = _decoded(path, "RGBA")
    if bool((picture[..., 3] == 255).all()):
        return picture[..., :3].copy()
    cover = picture[..., 3:].astype(np.float32) / 255
    made: np.ndarray = (picture[..., :3] * cover + 255 * (1 - cover) + 0.5).astype(np.uint8)
    return made


def smaller(picture_HWC: np.ndarray, most: int) -> np.ndarray:
    """A picture whose longer side has at most so many pixels."""
    from PIL import Image

    height, width = picture_HWC.shape[:2]
    if max(height, width) <= most:
        return picture_HWC
    scale = most / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(Image.fromarray(picture_HWC).resize(size, Image.Resampling.LANCZOS))


def _orientation(picture: Any) -> int:
    """How the camera was held, as EXIF says it; 1, upright, where that cannot be read."""
    try:
        return int(picture.getexif().get(ORIENTATION, 1))
    except (OSError, ValueError, TypeError, KeyError, SyntaxError, struct.error):
        return 1


def _decoded(path: Path, mode: str) -> np.ndarray:
    from PIL import Image

    if sniff(path) not in ("png_pipe", "jpeg_pipe"):
        raise BadMedia(f"{path.name} is not a PNG or JPEG picture.", next_step="Save it as one of these.")
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(path, formats=["PNG", "JPEG"]) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                size = f"{picture.width}x{picture.height}"
                raise BadMedia(f"{path.name} is {size}; at most {MAX_PIXELS:,} pixels are read.")
            turned = TURNS.get(_orientation(picture))
            upright = picture if turned is None else picture.transpose(Image.Transpose(turned))
            return np.asarray(upright.convert(mode))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise BadMedia(f"{path.name} cannot be decoded: {error}.", next_step="Save it again.") from error


def png_bytes(picture: np.ndarray) -> bytes:
    """RGB or RGBA (H, W, C) uint8 as a PNG."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, format="PNG", optimize=False, compress_level=6)
    return buffer.getvalue()


def jpeg_stills(path: Path, frames: Sequence[int], width: int, quality: int = 82) -> list[bytes]:
    """The frames of those numbers as JPEG files, ``width`` pixels wide with their aspect kept.

    Raises:
        BadMedia: the film cannot be read or has no such frame.
    """
    from PIL import Image

    files = []
    for frame in frames:
        buffer = io.BytesIO()
        Image.fromarray(extract_cell(path, frame, width)).save(buffer, format="JPEG", quality=quality)
        files.append(buffer.getvalue())
    return files


def contact_sheet(
    films: Sequence[tuple[Path, Sequence[int]]], columns: int, labels: Sequence[str] = (), cell_width: int = 320
) -> bytes:
    """A PNG of frames side by side, row by row: every frame of every (film, frame numbers), with a label under each.

    Args:
        labels: one per cell, or one per film (repeated with the frame number), or none.

    Raises:
        BadMedia: a film cannot be read or has no such frame.
    """
    from PIL import Image, ImageDraw, ImageFont

    places = [(path, index, frame) for index, (path, row) in enumerate(films) for frame in row]
    cells = [(extract_cell(path, frame, cell_width), index, frame) for path, index, frame in places]
    if not cells:
        raise BadMedia("a contact sheet needs at least one frame.")
    columns = max(1, min(columns, len(cells)))
    cell_height = max(picture.shape[0] for picture, _, _ in cells)
    label_height = LABEL_PX if labels else 0
    step = (cell_width + MARGIN_PX, cell_height + label_height + MARGIN_PX)
    rows = -(-len(cells) // columns)
    sheet = Image.new("RGB", (columns * step[0] + MARGIN_PX, rows * step[1] + MARGIN_PX), PAPER)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(14)
    for number, (picture, film, frame) in enumerate(cells):
        x, y = MARGIN_PX + number % columns * step[0], MARGIN_PX + number // columns * step[1]
        sheet.paste(Image.fromarray(picture), (x, y))
        if labels:
            label = labels[number] if len(labels) == len(cells) else f"{labels[min(film, len(labels) - 1)]} · {frame}"
            pen.text((x + 2, y + cell_height + 3), label, fill=INK, font=font)
    buffer = io.BytesIO()
    sheet.save(buffer, format="PNG")
    return buffer.getvalue()


def extract_cell(path: Path, frame: int, width: int) -> np.ndarray:
    """A still scaled to ``width`` with its aspect kept."""
    still = extract_still(path, frame)
    height = max(1, round(still.shape[0] * width / still.shape[1]))
    from PIL import Image

    return np.asarray(Image.fromarray(still).resize((width, height), Image.Resampling.BOX if width < still.shape[1] else
                                                    Image.Resampling.BICUBIC))  # fmt: skip
