"""A camera says by EXIF how it was held: pictures are read upright, and as they lie where that cannot be read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tools.media import png_bytes, read_on_white, read_picture

ORIENTATION = 0x0112


def photo(place: Path, held: int, **more: object) -> Path:
    """20 × 40, its upper half white, as a camera that was held so writes it."""
    pixels = np.zeros((40, 20, 3), np.uint8)
    pixels[:20] = 255
    exif = Image.Exif()
    exif[ORIENTATION] = held
    for tag, value in more.items():
        exif[int(tag)] = value
    path = place / "photo.jpg"
    Image.fromarray(pixels).save(path, exif=exif, quality=95)
    return path


@pytest.mark.parametrize(("held", "white"), [(1, "top"), (3, "bottom"), (6, "right"), (8, "left")])
def test_a_picture_is_read_as_the_camera_was_held(tmp_path: Path, held: int, white: str) -> None:
    read = read_picture(photo(tmp_path, held))
    assert read.shape == ((40, 20, 3) if held in (1, 3) else (20, 40, 3))
    edges = {"top": read[:3], "bottom": read[-3:], "left": read[:, :3], "right": read[:, -3:]}
    assert float(edges[white].mean()) > 250


def test_words_that_make_no_sense_beside_it_do_no_harm(tmp_path: Path) -> None:
    read = read_picture(photo(tmp_path, 6, **{str(0x010F): "abc"}))
    assert read.shape == (20, 40, 3)


def test_what_is_see_through_is_read_on_white(tmp_path: Path) -> None:
    pixels = np.zeros((8, 8, 4), np.uint8)
    pixels[:4] = (200, 100, 50, 255)
    (tmp_path / "cut.png").write_bytes(png_bytes(pixels))
    read = read_on_white(tmp_path / "cut.png")
    assert read[0, 0].tolist() == [200, 100, 50]
    assert read[7, 7].tolist() == [255, 255, 255]
