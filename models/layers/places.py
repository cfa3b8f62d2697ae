"""Where the tokens of layers lie: a plate's cells about the first frame, and a slot for each subject below it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.nn import functional as F  # noqa: N812

from models.codec import Canvas
from models.conditions import Segment, segment
from models.layers.parts import CELL, SPRITE
from models.layers.sheet import SIDE, TOKENS
from models.layers.window import Window, frame_size
from models.shapes import grid_positions, latent_frames, latent_times

FIRST_SLOT, SLOT_ROWS = 40, 16
"""Row of the first subject's sheet, and rows from one subject to the next."""
POSE_ROW = 8
"""Row of a subject's poses below its slot."""
LOOK_ROW, CAMERA_ROW = -40, -48


def plate_positions(cells: Window, canvas: Canvas) -> torch.Tensor:
    """Positions of a plate's cells, row by row, in cells from the middle of the first frame: (r·c, 3)."""
    height, width = frame_size(canvas)
    position_L3 = grid_positions(torch.zeros(1), cells.rows, cells.columns)
    middle_row = cells.top + cells.rows / 2 - height / CELL / 2
    middle_column = cells.left + cells.columns / 2 - width / CELL / 2
    return position_L3 + torch.tensor([0.0, middle_row, middle_column])


def corner_of(position_L3: torch.Tensor, canvas: Canvas) -> tuple[tuple[int, int], int]:
    """Corner and rows of the plate whose cells lie there; undoes :func:`plate_positions`."""
    height, width = frame_size(canvas)
    down, right = position_L3[0, 1:].tolist()
    top, left = (round(-(at - 0.5) - side / CELL / 2) for at, side in ((down, height), (right, width)))
    return (top * CELL, left * CELL), len(position_L3[:, 1].unique())


def sheet_positions(slot: int) -> torch.Tensor:
    """Positions of a subject's sheet, (16, 3)."""
    down = FIRST_SLOT + SLOT_ROWS * slot + (SIDE - 1) / 2
    return grid_positions(torch.zeros(1), SIDE, SIDE) + torch.tensor([0.0, down, 0.0])


def moving(role: str, latent_TC: torch.Tensor, row: int, canvas: Canvas) -> Segment:
    """One token a latent frame, all in one row."""
    count = len(latent_TC)
    position_L3 = grid_positions(latent_times(count, canvas.fps), 1, 1) + torch.tensor([0.0, float(row), 0.0])
    return segment(role, latent_TC, position_L3, frame_L=torch.arange(count))


def laid_out(cells: Window, canvas: Canvas, subjects: int) -> tuple[Segment, ...]:
    """Plate, sheets, look and poses of a clip, empty."""
    latents = latent_frames(canvas.frames)
    plate = plate_positions(cells, canvas)
    return (
        segment("plate", torch.zeros(len(plate), 1), plate),
        *(segment("sheet", torch.zeros(TOKENS, 1), sheet_positions(slot)) for slot in range(subjects)),
        segment("look", torch.zeros(1, 1), torch.tensor([[0.0, LOOK_ROW, 0.0]])),
        *(
            moving("pose", torch.zeros(latents, 1), FIRST_SLOT + SLOT_ROWS * slot + POSE_ROW, canvas)
            for slot in range(subjects)
        ),
    )


def by_role(
    parts: Sequence[Segment],
) -> tuple[Segment, Segment, list[Segment], list[Segment], Segment | None]:
    """Plate, look, sheets and poses by slot, and the camera if there is one."""
    of: dict[str, list[Segment]] = {role: [] for role in ("plate", "look", "sheet", "pose", "camera")}
    for part in parts:
        if part.role in of:
            of[part.role].append(part)
    for role in ("sheet", "pose"):
        of[role].sort(key=lambda part: float(part.position_L3[0, 1]))
    if len(of["plate"]) != 1 or len(of["look"]) != 1 or len(of["sheet"]) != len(of["pose"]) or len(of["camera"]) > 1:
        found = ", ".join(f"{len(found)} of {role}" for role, found in of.items())
        raise ValueError(f"a clip is one plate, one look, as many poses as sheets and at most one camera; got {found}")
    return of["plate"][0], of["look"][0], of["sheet"], of["pose"], (of["camera"] or [None])[0]  # type: ignore[list-item]


def fitted(picture_4HW: torch.Tensor) -> torch.Tensor:
    """RGBA, 0 to 1, any size, as a premultiplied sheet: fitted into the square, what is left over transparent."""
    whole = torch.cat([picture_4HW[:3] * picture_4HW[3:], picture_4HW[3:]])[None].float()
    height, width = whole.shape[-2:]
    side = max(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    square = F.pad(whole, (left, side - width - left, top, side - height - top))
    if side != SPRITE:
        square = F.interpolate(square, (SPRITE, SPRITE), mode="bilinear", antialias=True, align_corners=False)
    return square[0].clamp(0, 1)
