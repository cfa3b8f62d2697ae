"""How much of the backdrop a camera path sees: the plate's grid of cells, from the path alone.

A generator has to know how large the plate is before there is one, and training has to cut it the same way.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch

from models.codec import Canvas
from models.layers.parts import CELL, DENSITY

MOST_ROWS, MOST_COLUMNS = 9, 16
"""Cells of the largest plate; beyond it the border is repeated. A first frame that is larger is still kept whole."""
SLACK = 0.02
"""Share of a cell that may be seen beyond the border before another cell is worth it."""


class Window(NamedTuple):
    """Cells of a plate. ``top`` and ``left``, 0 or less, count from the first frame's top left corner."""

    top: int
    left: int
    rows: int
    columns: int

    @property
    def corner(self) -> tuple[int, int]:
        """Row and column of the first frame's top left corner in the plate, in pixels."""
        return -self.top * CELL, -self.left * CELL


def frame_size(canvas: Canvas) -> tuple[float, float]:
    """Height and width of the first frame in plate pixels."""
    return float(DENSITY), DENSITY * canvas.width / canvas.height


def seen(path_F9: torch.Tensor, canvas: Canvas) -> torch.Tensor:
    """Plate points (x, y) at every frame's corners, ``(R(−roll)·q + δ)/σ`` for parallax 1 and 0: (2, F, 4, 2)."""
    half_w, half_h = canvas.width / canvas.height / 2, 0.5
    corner_42 = torch.tensor([[x, y] for x in (-half_w, half_w) for y in (-half_h, half_h)], dtype=torch.float64)
    path = path_F9.double()
    cos, sin = path[:, 6].cos(), path[:, 6].sin()
    back_F22 = torch.stack([torch.stack([cos, sin], -1), torch.stack([-sin, cos], -1)], -2)
    turned_F42 = torch.einsum("fij,qj->fqi", back_F22, corner_42)
    layers = [(turned_F42 + path[:, None, at : at + 2]) / path[:, None, at + 2 : at + 3].exp() for at in (0, 3)]
    return torch.stack(layers)


def window(path_F9: torch.Tensor, canvas: Canvas, most: tuple[int, int] = (MOST_ROWS, MOST_COLUMNS)) -> Window:
    """The cells that cover everything the path sees at parallax 1 and 0, and the first frame.

    Args:
        path_F9: rows of ``models.layers.parts.CAMERA``.
        most: rows and columns, at most.

    Raises:
        ValueError: the path has other rows, or a number that is not finite.
    """
    if path_F9.ndim != 2 or path_F9.shape[1] != 9 or not bool(torch.isfinite(path_F9).all()):
        raise ValueError(f"a camera path is finite numbers (F, 9), got {tuple(path_F9.shape)}")
    height, width = frame_size(canvas)
    points = seen(path_F9, canvas).reshape(-1, 2) * DENSITY
    # Pixels right of and below the first frame's top left corner.
    right, down = points[:, 0] + width / 2, height / 2 - points[:, 1]
    top, rows = _cells(float(down.min()), float(down.max()), height, most[0])
    left, columns = _cells(float(right.min()), float(right.max()), width, most[1])
    return Window(top, left, rows, columns)


def _cells(low: float, high: float, frame: float, most: int) -> tuple[int, int]:
    """First cell and number of cells along one axis."""
    own = math.ceil(frame / CELL - 1e-6)
    before = max(0, math.ceil(-low / CELL - SLACK))
    after = max(0, math.ceil(high / CELL - SLACK) - own)
    spare = max(0, most - own)
    before = min(before, max(spare - after, spare // 2))
    return -before, own + before + min(after, spare - before)
