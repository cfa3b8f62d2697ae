"""Synthetic pictures with known motion, for tests of the measurements."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import ndimage

View = tuple[float, float, float, float]
"""Middle x and y in pixels of the big picture, magnification, turn of the camera in radians (clockwise positive)."""


def texture(height: int = 500, width: int = 900, seed: int = 0) -> np.ndarray:
    """Smooth random blobs, 0 to 1."""
    blobs = ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal((height, width)), 5)
    return np.clip(0.5 + blobs / (6 * blobs.std()), 0.0, 1.0)


def seen_through(view: View, picture: np.ndarray, height: int = 180, width: int = 320) -> np.ndarray:
    """One grey frame (H, W) 0 to 1 of a camera over the big picture."""
    x, y, scale, turn = view
    rows, columns = np.mgrid[:height, :width]
    u, v = (columns + 0.5 - width / 2) / scale, (rows + 0.5 - height / 2) / scale
    c, s = np.cos(turn), np.sin(turn)
    return ndimage.map_coordinates(picture, [y + s * u + c * v, x + c * u - s * v], order=1, mode="reflect")


def filmed(view_of: Callable[[int], View], frames: int = 48, far: float | None = None) -> np.ndarray:
    """(T, H, W, 3) uint8. With ``far`` the upper half is a layer that shifts only by that share of the move."""
    near, back = texture(), texture(seed=1)
    rows = []
    for index in range(frames):
        x, y, scale, turn = view_of(index)
        frame = seen_through((x, y, scale, turn), near)
        if far is not None:
            x0, y0, _, _ = view_of(0)
            behind = seen_through((x0 + far * (x - x0), y0 + far * (y - y0), scale, turn), back)
            frame = np.concatenate([behind[:90], frame[90:]])
        rows.append(frame)
    return (np.repeat(np.stack(rows)[..., None], 3, -1) * 255).round().astype(np.uint8)
