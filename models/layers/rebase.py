"""A clip told from another of its moments: the same camera, subjects and plate, as that frame sees them.

A network that was trained on short clips knows places, paths and poses only from the first frame of each. Rows are told
anew in closed form and without loss; a plate is looked at again. Where frame s of a path sees a layer's point ``P`` at
``R(roll)·(σ_s·P − δ_s)``, its point is now ``P' = σ_s·P − δ_s``, and any frame f has ``σ' = σ_f/σ_s`` and
``δ' = δ_f − σ'·δ_s``. The roll stays, because a plate is upright whatever the first frame's roll.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812
from einops import rearrange

from models.codec import Canvas
from models.layers.parallax import shares
from models.layers.parts import CELL, DENSITY
from models.layers.window import SLACK, Window, frame_size

NEAR, FAR = slice(0, 2), slice(3, 5)
"""δ at parallax 1 and 0 in a row of the camera; log σ follows each."""
WHOLE = 0.98
"""Share of a cell that a plate must show for the cell to be known."""
LOOKS = 4
"""How often the parallax of a point is looked up where the point lies by the parallax that was found."""


class Plate(NamedTuple):
    """A plate in pixels (4, H, W), 0 to 1, and row and column of the first frame's top left corner in it."""

    picture_4HW: torch.Tensor
    corner: tuple[int, int]


def path_from(path_F9: torch.Tensor, row_9: torch.Tensor) -> torch.Tensor:
    """A path as the frame with this row sees it, which then has δ = 0 and σ = 1; (F, 9)."""
    told = path_F9.clone()
    for delta in (NEAR, FAR):
        told[:, delta.stop] = path_F9[:, delta.stop] - row_9[delta.stop]
        told[:, delta] = path_F9[:, delta] - told[:, delta.stop, None].exp() * row_9[delta]
    return told


def path_onto(path_F9: torch.Tensor, row_9: torch.Tensor) -> torch.Tensor:
    """A path that goes on from the frame with this row, told from where that row is; undoes :func:`path_from`."""
    told = path_F9.clone()
    for delta in (NEAR, FAR):
        told[:, delta.stop] = path_F9[:, delta.stop] + row_9[delta.stop]
        told[:, delta] = path_F9[:, delta] + path_F9[:, delta.stop, None].exp() * row_9[delta]
    return told


def poses_from(row_FR: torch.Tensor, row_9: torch.Tensor) -> torch.Tensor:
    """Rows of pose, codes behind them, as the frame with this row of the camera sees them; (..., F, R)."""
    told = row_FR.clone()
    told[..., :2] = row_FR[..., :2] * row_9[2].exp() - row_9[NEAR]
    told[..., 2] = row_FR[..., 2] + row_9[2]
    return told


def poses_onto(row_FR: torch.Tensor, row_9: torch.Tensor) -> torch.Tensor:
    """Undoes :func:`poses_from`."""
    told = row_FR.clone()
    told[..., :2] = (row_FR[..., :2] + row_9[NEAR]) / row_9[2].exp()
    told[..., 2] = row_FR[..., 2] - row_9[2]
    return told


def plate_from(plate: Plate, row_9: torch.Tensor, cells: Window, canvas: Canvas) -> tuple[torch.Tensor, torch.Tensor]:
    """Look at a plate from the frame with this row.

    Returns:
        the cells as a picture (4, 16·rows, 16·columns), 0 to 1, and for each cell, row by row, whether the plate shows
        it, (rows·columns,) bool.
    """
    point_HW2 = _points(cells, canvas)
    # A point is seen where a point of the plate goes by its own parallax.
    at_HW2 = _found(plate, canvas, lambda p: _backwards(point_HW2, row_9, p))
    seen_4HW, inside_HW = _looked(plate, canvas, at_HW2)
    share = rearrange(inside_HW.float(), "(r y) (c x) -> r c y x", y=CELL, x=CELL).mean((2, 3))
    return seen_4HW, share.reshape(-1) >= WHOLE


def grown(
    plate: Plate, seen: Plate, row_9: torch.Tensor, cells: Window, canvas: Canvas, anew: bool = False
) -> Plate:  # fmt: skip
    """The plate over these cells of its own; where it shows nothing it is filled from ``seen``, told from ``row_9``.

    ``anew``: ``seen`` comes first, and the plate fills what that does not show.
    """
    point_HW2 = _points(cells, canvas)
    there_HW2 = _found(seen, canvas, lambda p: _forwards(point_HW2, row_9, p))
    seen_4HW, shown_HW = _looked(seen, canvas, there_HW2)
    own_4HW, inside_HW = _looked(plate, canvas, point_HW2)
    return Plate(torch.where(inside_HW & ~(shown_HW & anew), own_4HW, seen_4HW), cells.corner)


def covering(plate: Plate, cells: Window, row_9: torch.Tensor, canvas: Canvas) -> Window:
    """The cells of a plate that also show what a window told from ``row_9`` shows: never fewer than it has."""
    point_HW2 = _points(cells, canvas)
    height, width = frame_size(canvas)
    has = window_of(plate)
    top, left, bottom, right = has.top, has.left, has.top + has.rows, has.left + has.columns
    for parallax in (0.0, 1.0):
        at_HW2 = _backwards(point_HW2, row_9, torch.full((2, 1, 1), parallax)) * DENSITY / CELL
        down, along = height / 2 / CELL - at_HW2[..., 1], width / 2 / CELL + at_HW2[..., 0]
        top, left = min(top, math.floor(float(down.min()) + SLACK)), min(left, math.floor(float(along.min()) + SLACK))
        bottom, right = (
            max(bottom, math.ceil(float(down.max()) - SLACK)),
            max(right, math.ceil(float(along.max()) - SLACK)),
        )
    return Window(top, left, bottom - top, right - left)


def window_of(plate: Plate) -> Window:
    """The cells of a plate."""
    top, left = plate.corner
    return Window(-top // CELL, -left // CELL, plate.picture_4HW.shape[1] // CELL, plate.picture_4HW.shape[2] // CELL)


def _points(cells: Window, canvas: Canvas) -> torch.Tensor:
    """Middles of the pixels of cells, in frame heights right of and above the middle of the first frame, (H, W, 2)."""
    height, width = frame_size(canvas)
    down = torch.arange(cells.rows * CELL) + 0.5 + cells.top * CELL - height / 2
    along = torch.arange(cells.columns * CELL) + 0.5 + cells.left * CELL - width / 2
    right, up = torch.meshgrid(along / DENSITY, -down / DENSITY, indexing="xy")
    return torch.stack([right, up], -1)


def _moved(row_9: torch.Tensor, share_2HW: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """δ and σ, (H, W, 2) each, where so much of the near camera's way is shown to the side and up."""
    share_HW2 = share_2HW.permute(1, 2, 0)
    near, far = row_9[0:3], row_9[3:6]
    delta = far[:2] + (near - far)[:2] * share_HW2
    return delta, (far[2] + (near - far)[2] * share_HW2).exp()


def _backwards(point_HW2: torch.Tensor, row_9: torch.Tensor, share_2HW: torch.Tensor) -> torch.Tensor:
    delta, scale = _moved(row_9, share_2HW)
    return (point_HW2 + delta) / scale


def _forwards(point_HW2: torch.Tensor, row_9: torch.Tensor, share_2HW: torch.Tensor) -> torch.Tensor:
    delta, scale = _moved(row_9, share_2HW)
    return point_HW2 * scale - delta


def _found(plate: Plate, canvas: Canvas, at: Callable[[torch.Tensor], torch.Tensor]) -> torch.Tensor:
    """Points of a plate, (H, W, 2), where ``at`` says which one is meant by its share of the way, as it is shown."""
    share = shares(plate.picture_4HW[3:], DENSITY)
    point_HW2 = at(torch.ones(2, 1, 1))
    for _ in range(LOOKS):
        point_HW2 = at(_sampled(share, _grid(plate, canvas, point_HW2)))
    return point_HW2


def _looked(plate: Plate, canvas: Canvas, point_HW2: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """What a plate shows at points, its border beyond it, (C, H, W); and which points lie in it, (H, W) bool."""
    at = _grid(plate, canvas, point_HW2)
    edge = 1.0 + 1e-4
    return _sampled(plate.picture_4HW, at), (at.abs() <= edge).all(-1)


def _grid(plate: Plate, canvas: Canvas, point_HW2: torch.Tensor) -> torch.Tensor:
    """Points as coordinates of grid_sample in a plate, (H, W, 2)."""
    rows, columns = plate.picture_4HW.shape[-2:]
    height, width = frame_size(canvas)
    column = point_HW2[..., 0] * DENSITY + plate.corner[1] + width / 2
    row = plate.corner[0] + height / 2 - point_HW2[..., 1] * DENSITY
    return torch.stack([column * (2.0 / columns) - 1.0, row * (2.0 / rows) - 1.0], -1)


def _sampled(image_CHW: torch.Tensor, at_HW2: torch.Tensor) -> torch.Tensor:
    return F.grid_sample(image_CHW[None], at_HW2[None], padding_mode="border", align_corners=False)[0]
