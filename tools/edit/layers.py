"""Pictures laid over pictures, in the planes the codec stores: no trip through RGB, exact in eight bits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tools.media import Planes
from tools.titles import Still

BLACK_Y, NEUTRAL = 16, 128
"""Black in studio range (ITU-R BT.709, table 4)."""


@dataclass(frozen=True)
class Plate:
    """A still ready for laying on planes at (x, y): per plane, what is added and what share of the ground stays."""

    x: int
    y: int
    added: Planes
    kept: Planes


def plate_of(still: Still, width: int, height: int) -> Plate | None:
    """The part of a still that lies in the frame, converted to BT.709 4:2:0; None if nothing of it does."""
    x, y = max(0, still.x), max(0, still.y)
    rgba = still.rgba[y - still.y : height - still.y, x - still.x : width - still.x]
    rgba = rgba[: rgba.shape[0] // 2 * 2, : rgba.shape[1] // 2 * 2]
    if not rgba.size:
        return None
    alpha = rgba[..., 3].astype(np.float32)
    red, green, blue = (rgba[..., channel].astype(np.float32) / 255 for channel in range(3))
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue  # BT.709, section 3
    planes = (16 + 219 * luma, 128 + 224 * (blue - luma) / 1.8556, 128 + 224 * (red - luma) / 1.5748)
    share = _halved(alpha)
    added = (planes[0] * alpha, _halved(planes[1] * alpha), _halved(planes[2] * alpha))
    return Plate(
        x=x, y=y, added=Planes(*(np.round(plane).astype(np.uint16) for plane in added)),
        kept=Planes(*(np.round(255 - cover).astype(np.uint16) for cover in (alpha, share, share))),
    )  # fmt: skip


def lay(ground: Planes, plate: Plate) -> None:
    """Blend the plate into ``ground``, in place."""
    for plane, added, kept, scale in zip(ground, plate.added, plate.kept, (1, 2, 2), strict=True):
        rows = slice(plate.y // scale, plate.y // scale + added.shape[0])
        columns = slice(plate.x // scale, plate.x // scale + added.shape[1])
        total: np.ndarray = plane[rows, columns] * kept + added + np.uint16(128)
        plane[rows, columns] = (total + (total >> 8)) >> 8  # division by 255, exact in 16 bits


def blend(before: Planes, after: Planes, share: float) -> Planes:
    """``share`` of the second picture over the first, 0 to 1."""
    weight = round(share * 256)
    return Planes(*(_mixed(a, b, weight) for a, b in zip(before, after, strict=True)))


def _mixed(a: np.ndarray, b: np.ndarray, weight: int) -> np.ndarray:
    total: np.ndarray = a * np.uint16(256 - weight) + b * np.uint16(weight) + np.uint16(128)
    return (total >> 8).astype(np.uint8)


def from_black(picture: Planes, share: float) -> Planes:
    """``share`` of the picture over black, 0 to 1."""
    levels = (BLACK_Y, NEUTRAL, NEUTRAL)
    black = Planes(*(np.full_like(plane, level) for plane, level in zip(picture, levels, strict=True)))
    return blend(black, picture, share)


def _halved(plane: np.ndarray) -> np.ndarray:
    return plane.reshape(plane.shape[0] // 2, 2, plane.shape[1] // 2, 2).mean(axis=(1, 3))
