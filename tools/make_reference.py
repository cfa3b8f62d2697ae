"""Pictures that fix what an element of the cast looks like: drawn for it, or given by a person. PNGs in the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from storyboards.shot import Element
from storyboards.storyboard import digest_of
from tools.contract import Artist
from tools.store import Store

MOST_PX = 512
"""A given picture is made no larger than this."""
CLEAR = 250
"""Cover below which a pixel counts as see-through."""
SURE, LEAST_CELLS = 0.5, 12
"""Probability from which a cell of the finder is a subject's, and the fewest cells of a subject."""
UNDRAWN = {"id", "name", "described_as", "voice", "library"}
"""Fields of an element that change no pixel of its reference."""


@dataclass(frozen=True)
class MadeReference:
    """A reference in the store. ``recipe`` says how it was made; ``note`` is for people, empty if there is none."""

    sha256: str
    recipe: Mapping[str, object]
    note: str = ""


def reference_key(element: Element, artist: Artist) -> str:
    """sha256 of everything that determines the reference that this artist draws of an element."""
    looks = element.model_dump(mode="json", exclude=UNDRAWN)
    return digest_of({"element": looks, "artist": artist.name, "version": artist.version})


def make_reference(element: Element, artist: Artist, store: Store) -> MadeReference:
    """Draw an element and keep the picture.

    Raises:
        BadStoryboard: a word that cannot be drawn.
        GenerationFailed: the artist could not.
        StorageFailed: the picture could not be kept.
    """
    from tools.media import png_bytes

    drawn = artist.draw(element)
    sha256 = store.put_bytes(png_bytes(drawn.picture), ".png")
    recipe = {"artist": artist.name, "version": artist.version, "caption": drawn.caption, "seed": drawn.seed}
    return MadeReference(sha256, recipe)


def take_reference(picture: Path, store: Store) -> MadeReference:
    """Keep a person's own picture as a reference, its background removed where its subject can be told from it.

    Raises:
        BadMedia: not a PNG or JPEG that can be read.
        StorageFailed: it could not be kept.
    """
    from tools.media import png_bytes, read_cutout, smaller

    whole = smaller(read_cutout(picture), MOST_PX)
    if bool((whole[..., 3] < CLEAR).any()):
        how = "its own transparency is kept"
    else:
        cover = subject_cover(whole[..., :3])
        if cover is None:
            how = "no subject was found in it, so its background is kept"
        else:
            whole = np.dstack([whole[..., :3], cover])
            how = "its background was removed"
    cut = _cropped(whole)
    sha256 = store.put_bytes(png_bytes(cut), ".png")
    return MadeReference(sha256, {"picture": picture.name, "background": how}, f"{picture.name}: {how}")


def subject_cover(picture_HW3: np.ndarray) -> np.ndarray | None:
    """How much the subject of a picture covers each pixel, uint8 (H, W); None where the finder sees none.

    The finder has learned from the world of this repository; in photographs it often sees none, or too much.
    """
    import torch
    from scipy.ndimage import label

    from models.finder import input_size, load_finder

    height, width = picture_HW3.shape[:2]
    frame = torch.from_numpy(picture_HW3.copy()).permute(2, 0, 1)[None].float() / 255
    small = torch.nn.functional.interpolate(frame, input_size(height, width), mode="area")
    with torch.inference_mode():
        found = load_finder()(torch.cat([small, small], 1))
    cover_hw = found.subject_Bhw[0].sigmoid().numpy()
    regions, _ = label(cover_hw > SURE, np.ones((3, 3)))
    sizes = np.bincount(regions.ravel())[1:]
    if not len(sizes) or sizes.max() < LEAST_CELLS:
        return None
    cells = np.where(regions == 1 + int(sizes.argmax()), cover_hw, 0.0).astype(np.float32)
    grown = torch.nn.functional.interpolate(
        torch.from_numpy(cells)[None, None], (height, width), mode="bilinear", align_corners=False
    )[0, 0]
    # A cell that is half covered is an edge.
    cover: np.ndarray = ((grown - 0.25) * 2.0).clamp(0, 1).mul(255).round().byte().numpy()
    return cover


def read_reference(path: Path) -> np.ndarray:
    """A kept reference, RGBA (H, W, 4) uint8.

    Raises:
        BadMedia: it is damaged.
    """
    from tools.media import read_cutout

    return read_cutout(path)


def _cropped(picture_HW4: np.ndarray) -> np.ndarray:
    """The box of what is not see-through, with a margin of a twentieth."""
    rows, columns = np.nonzero(picture_HW4[..., 3] > 8)
    if not len(rows):
        return picture_HW4
    margin = max(1, round(0.05 * max(np.ptp(rows) + 1, np.ptp(columns) + 1)))
    top, left = max(0, rows.min() - margin), max(0, columns.min() - margin)
    return np.ascontiguousarray(picture_HW4[top : rows.max() + margin + 1, left : columns.max() + margin + 1])
