"""A camera's move out of clips: the path of each is measured, and the middle one of all is kept.

The generator is given the camera's path as tokens in every clip that it makes, so a move that no word of it says need
not be learned: it has to be known. What is measured is how most of the scenery moves; whether near and far move apart,
as where a camera travels, is told by how the picture shears.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from storyboards.errors import BadMedia
from tools.measure.camera import (
    CRANE_STRETCH,
    LEAST_TRUST,
    TILT_STRETCH,
    TRAVEL_SHEAR,
    TURN_SHEAR,
    CameraReading,
    read_camera,
)
from tools.measure.look import Look, look_at
from tools.measure.motion import Flow, measure_flow, tile_grid
from tools.measure.subjects import survey

if TYPE_CHECKING:
    import torch

PATH_FRAMES = 49
"""Frames of a taught path; it is stretched over whatever is filmed with it."""
MEASURED_HZ = 12
LEAST_MOVE = 0.05
"""Range of a path, in frame heights, radians or ln of the size, under which nothing moved."""
DEPTH_TRAVEL = 0.5
"""How far what is near and what is far part where the picture grows: halfway between a zoom and a dolly."""


@dataclass(frozen=True)
class MeasuredMove:
    """What a camera did in several clips.

    Attributes:
        path_F9: rows of ``models.layers.parts.CAMERA``, (``PATH_FRAMES``, 9).
        agreement: mean correlation of the clips' paths with one another, -1 to 1; 1 for a single clip.
        seconds: mean length of the clips.
    """

    path_F9: torch.Tensor
    agreement: float
    seconds: float


def measure_move(clips: Sequence[Path]) -> MeasuredMove:
    """The move that these clips have in common.

    Raises:
        BadMedia: one is no clip, shows too little to follow, or the camera moves in none of them.
    """
    import torch

    measured, seconds = [], []
    for clip in clips:
        look = look_at(clip)
        if len(look.frames_THWC) < 6:
            raise BadMedia(
                f"{clip.name} has too few frames to show a move.", next_step="Give clips of a second or more."
            )
        flow, reading = _flow(look)
        if reading.trust < LEAST_TRUST:
            raise BadMedia(
                f"{clip.name} shows too little to follow the camera by.", next_step="Leave it out, or give another."
            )
        measured.append(_stretched(rows_of(flow, reading)))
        seconds.append(look.duration_s)
    path_F9 = np.median(np.stack(measured), 0)
    if max(float(np.ptp(path_F9[:, column])) for column in (0, 1, 2, 6)) < LEAST_MOVE:
        raise BadMedia(
            "the camera stands still in these clips.", next_step="Give clips in which it moves the same way."
        )
    return MeasuredMove(torch.from_numpy(path_F9).float(), _agreement(measured), float(np.mean(seconds)))


def rows_of(flow: Flow, reading: CameraReading) -> np.ndarray:
    """What the scenery did as rows of ``models.layers.parts.CAMERA``, (F, 9): the inverse of what a path shows."""
    travel = np.array([
        _share(reading.whole.shear_rows, reading.whole.x * 1.78, TURN_SHEAR, TRAVEL_SHEAR),
        _share(reading.whole.stretch_y, reading.whole.y, TILT_STRETCH, CRANE_STRETCH),
    ])  # fmt: skip
    rows = np.zeros((flow.pairs + 1, 9))
    for pair in range(flow.pairs):
        shift, turn = flow.shift_P2[pair] * (1.0, -1.0), flow.turn_P[pair]
        roll = rows[pair, 6] - turn
        moved = np.array([[np.cos(roll), np.sin(roll)], [-np.sin(roll), np.cos(roll)]]) @ shift
        for at, way in ((0, 1.0), (3, -1.0)):
            growth = flow.growth_P[pair] * (1.0 + way * DEPTH_TRAVEL)
            rows[pair + 1, at : at + 2] = np.exp(growth) * rows[pair, at : at + 2] - moved * (1.0 + way * travel)
            rows[pair + 1, at + 2] = rows[pair, at + 2] + growth
        rows[pair + 1, 6] = roll
    return rows


def _flow(look: Look) -> tuple[Flow, CameraReading]:
    stride = max(1, round(look.rate_hz / look.step / MEASURED_HZ))
    frames = look.frames_THWC[::stride]
    rows, columns = tile_grid(*frames.shape[1:3])
    cover = survey(look).tile_cover(len(look.frames_THWC), rows, columns)[::stride]
    flow = measure_flow(frames, cover)
    outside = 1.0 - np.maximum(cover[:-1], cover[1:])
    return flow, read_camera(flow, np.where(outside > 0.7, 1.0, 0.02))


def _share(part: float, whole: float, low: float, high: float) -> float:
    """0 for a camera that turns, 1 for one that travels."""
    if abs(whole) < 1e-3:
        return 0.0
    return float(np.clip((abs(part / whole) - low) / (high - low), 0.0, 1.0))


def _stretched(rows_F9: np.ndarray) -> np.ndarray:
    at = np.linspace(0, len(rows_F9) - 1, PATH_FRAMES)
    return np.stack([np.interp(at, np.arange(len(rows_F9)), column) for column in rows_F9.T], 1)


def _agreement(paths: Sequence[np.ndarray]) -> float:
    columns = [path[:, (0, 1, 2, 6)].ravel() for path in paths]
    pairs = [float(np.corrcoef(a, b)[0, 1]) for a, b in itertools.combinations(columns, 2) if a.std() > 0 < b.std()]
    return float(np.mean(pairs)) if pairs else 1.0
