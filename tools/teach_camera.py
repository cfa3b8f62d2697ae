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
LEAST_CLIPS = 2
"""Clips in which the camera has to be followed."""
MOVING = (0, 1, 2, 6)
"""Columns of a path that say where the camera goes: right, up, closer and roll."""
DEPTH_TRAVEL = 0.5
"""How far what is near and what is far part where the picture grows: halfway between a zoom and a dolly."""


@dataclass(frozen=True)
class MeasuredMove:
    """What a camera did in several clips.

    Attributes:
        path_F9: rows of ``models.layers.parts.CAMERA``, (``PATH_FRAMES``, 9).
        agreement: mean correlation of the clips' paths with one another, -1 to 1; 1 for a single clip.
        seconds: mean length of the clips.
        left_out: names of the files that show too little to follow.
    """

    path_F9: torch.Tensor
    agreement: float
    seconds: float
    left_out: tuple[str, ...] = ()


def measure_move(clips: Sequence[Path]) -> MeasuredMove:
    """The move that these clips have in common; those that show too little to follow a camera by are left out.

    Raises:
        BadMedia: one is no clip, too few can be followed, or the camera moves in none of them.
    """
    import torch

    measured, seconds, unseen = [], [], []
    for clip in clips:
        look = look_at(clip)
        if len(look.frames_THWC) < 6:
            raise BadMedia(
                f"{clip.name} has too few frames to show a move.", next_step="Give clips of a second or more."
            )
        flow, outside_PRC, trust = _flow(look)
        if trust < LEAST_TRUST:
            unseen.append(clip.name)
            continue
        measured.append(_stretched(rows_of(flow, outside_PRC)))
        seconds.append(look.duration_s)
    if len(measured) < LEAST_CLIPS:
        raise BadMedia(
            f"{', '.join(unseen)} show too little to follow the camera by.",
            next_step="Give clips with more to see in the background.",
        )
    path_F9 = np.median(np.stack(measured), 0)
    if max(float(np.ptp(path_F9[:, column])) for column in MOVING) < LEAST_MOVE:
        raise BadMedia(
            "the camera stands still in these clips.", next_step="Give clips in which it moves the same way."
        )
    return MeasuredMove(torch.from_numpy(path_F9).float(), _agreement(measured), float(np.mean(seconds)), tuple(unseen))


def rows_of(flow: Flow, outside_PRC: np.ndarray) -> np.ndarray:
    """What the scenery did as rows of ``models.layers.parts.CAMERA``, (F, 9): the inverse of what a path shows."""
    travel = np.array(travelled(flow, outside_PRC))
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


def travelled(flow: Flow, outside_PRC: np.ndarray) -> tuple[float, float]:
    """How far the camera travelled instead of turning, sideways and up, 0 to 1.

    What is low in the frame is near, and moves more than the rest where the camera travels: so the motion that the
    similarity leaves over is laid along the height of the frame, pair by pair, and compared with the shift.
    """
    rows, columns = flow.tiles_PRC2.shape[1:3]
    y = (np.arange(rows) + 0.5) / rows
    ys, xs = np.meshgrid(y, (np.arange(columns) + 0.5) / columns, indexing="ij")
    pairs = np.repeat(np.arange(flow.pairs), rows * columns)
    fitted = flow.scenery_at(np.tile(xs.ravel(), flow.pairs), np.tile(ys.ravel(), flow.pairs), pairs)
    rest_PN2 = np.clip(flow.tiles_PRC2.reshape(-1, 2) - fitted, -0.05, 0.05).reshape(flow.pairs, -1, 2)
    weight_PN = (flow.trust_PRC * outside_PRC).reshape(flow.pairs, -1) + 1e-6
    middle_P = (weight_PN * ys.ravel()).sum(1) / weight_PN.sum(1)
    low_PN = ys.ravel() - middle_P[:, None]
    slope_P2 = np.einsum("pn,pnc->pc", weight_PN * low_PN, rest_PN2) / (weight_PN * low_PN**2).sum(1)[:, None]
    shares = (slope_P2 * flow.shift_P2).sum(0) / ((flow.shift_P2**2).sum(0) + 1e-6)
    return _ramp(shares[0], TURN_SHEAR, TRAVEL_SHEAR), _ramp(shares[1], TILT_STRETCH, CRANE_STRETCH)


def _flow(look: Look) -> tuple[Flow, np.ndarray, float]:
    """The motion of a clip, where its tiles show scenery, and how well that can be followed, 0 to 1."""
    stride = max(1, round(look.rate_hz / look.step / MEASURED_HZ))
    frames = look.frames_THWC[::stride]
    rows, columns = tile_grid(*frames.shape[1:3])
    cover = survey(look).tile_cover(len(look.frames_THWC), rows, columns)[::stride]
    flow = measure_flow(frames, cover)
    outside_PRC = np.where(np.maximum(cover[:-1], cover[1:]) < 0.3, 1.0, 0.02)
    return flow, outside_PRC, read_camera(flow, outside_PRC).trust


def _ramp(share: float, low: float, high: float) -> float:
    return float(np.clip((share - low) / (high - low), 0.0, 1.0))


def _stretched(rows_F9: np.ndarray) -> np.ndarray:
    at = np.linspace(0, len(rows_F9) - 1, PATH_FRAMES)
    return np.stack([np.interp(at, np.arange(len(rows_F9)), column) for column in rows_F9.T], 1)


def _agreement(paths: Sequence[np.ndarray]) -> float:
    columns = [path[:, MOVING].ravel() for path in paths]
    pairs = [float(np.corrcoef(a, b)[0, 1]) for a, b in itertools.combinations(columns, 2) if a.std() > 0 < b.std()]
    return float(np.mean(pairs)) if pairs else 1.0
