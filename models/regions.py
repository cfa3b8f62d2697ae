"""Which tokens of a clip lie in a region of its picture: what inpainting a region makes anew."""

from __future__ import annotations

from typing import Any

import torch

from models.codec import Canvas, Codec
from models.conditions import Segment
from models.reel import Made

Box = tuple[float, float, float, float]
"""Left, top, right and bottom, 0 to 1 of the first frame from its top left corner."""


def tokens_within(codec: Codec, made: Made, box: Box) -> list[torch.Tensor | float]:
    """A mask for every part of what was made: 1 where its tokens lie in the region, 0 elsewhere.

    Cells of a plate, or of a grid in every frame, lie where they are in the first frame. In the layers codec a subject
    is made anew, looks and movement, if the middle of its box lies in the region in half of the frames or more.

    Raises:
        ValueError: nothing lies in it.
    """
    canvas = made.ask.canvas
    if codec.name == "layers":
        masks = _layers_within(codec, made, box)
    else:
        masks = [_cells_within(part, canvas.height / canvas.width, box, canvas.height / 16) for part in made.parts]
    if not any(bool(torch.as_tensor(mask).any()) for mask in masks):
        raise ValueError("nothing of the shot lies in that region")
    return masks


def _layers_within(codec: Any, made: Made, box: Box) -> list[torch.Tensor | float]:
    from models.layers.parts import CELL
    from models.layers.window import frame_size

    canvas: Canvas = made.ask.canvas
    height, width = frame_size(canvas)
    seen = codec.layers(made.shown, canvas, canvas.fps)
    inside = [_is_within(pose_FP, seen.camera_FC, width / height, box) for pose_FP in seen.poses_KFP]
    turns = {"sheet": iter(inside), "pose": iter(inside)}
    masks: list[torch.Tensor | float] = []
    for part in made.parts:
        if part.role == "plate":
            masks.append(_cells_within(part, height / width, box, height / CELL))
        else:
            masks.append(float(next(turns[part.role])) if part.role in turns else 0.0)
    return masks


def _is_within(pose_FP: torch.Tensor, camera_FC: torch.Tensor, aspect: float, box: Box) -> bool:
    """Is the middle of a subject in the box in half of the frames or more? The camera's roll is left out of account."""
    left, top, right, bottom = box
    scale_F = camera_FC[:, 2].exp()
    along_F = (pose_FP[:, 0] * scale_F - camera_FC[:, 0]) / aspect + 0.5
    down_F = 0.5 - (pose_FP[:, 1] * scale_F - camera_FC[:, 1])
    inside_F = (left <= along_F) & (along_F < right) & (top <= down_F) & (down_F < bottom)
    return float(inside_F.float().mean()) >= 0.5


def _cells_within(part: Segment, height_over_width: float, box: Box, rows: float) -> torch.Tensor:
    """1 for the tokens whose middle lies in the box; ``rows`` of cells are a frame height."""
    left, top, right, bottom = box
    down_L = part.position_L3[:, 1] / rows + 0.5
    along_L = part.position_L3[:, 2] / (rows / height_over_width) + 0.5
    return ((left <= along_L) & (along_L < right) & (top <= down_L) & (down_L < bottom)).float()
