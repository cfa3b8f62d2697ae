"""Does the camera go where it was sent: the path that is measured in a clip against the path that was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from evals.adherence_makers import bytes_of
from evals.statistics import LEAST_CLUSTERS, Interval, TooFewClusters
from models.reader import NOBODY, Reader, fitted

CHANNELS = ("x", "y", "growth", "roll")
"""How far the scenery goes right and up (frame heights), how much it grows (ln) and turns (radians, clockwise)."""


@dataclass(frozen=True)
class CameraPaths:
    """Of the scenery, summed up from the first frame: (F, 4), columns as in ``CHANNELS``."""

    measured_F4: np.ndarray
    asked_F4: np.ndarray


def camera_paths(video_FCHW: torch.Tensor, path_F9: torch.Tensor, net: Reader | None = None) -> CameraPaths:
    """Measure a clip (0 to 1) by registration of neighbouring frames, beside what its camera was asked to do.

    Args:
        path_F9: rows of ``models.layers.parts.CAMERA``, one for each frame.
        net: a reader, to leave out what subjects cover; all tiles count if None.

    Raises:
        ValueError: the path has not one row for each frame.
    """
    from tools.measure.motion import measure_flow

    if len(video_FCHW) != len(path_F9) or len(path_F9) < 2:
        raise ValueError(f"{len(video_FCHW)} frames and {len(path_F9)} rows of a path; they must be as many, 2 or more")
    frames = bytes_of(video_FCHW)
    flow = measure_flow(frames, None if net is None else subject_tiles(net, video_FCHW))
    steps = np.concatenate([flow.shift_P2 * (1.0, -1.0), flow.growth_P[:, None], flow.turn_P[:, None]], 1)
    return CameraPaths(_summed(steps), _summed(asked_steps(path_F9)))


@torch.inference_mode()
def subject_tiles(net: Reader, video_FCHW: torch.Tensor) -> np.ndarray:
    """Share of each tile of the registration that a subject covers, (F, rows, columns), as the reader sees it.

    Frames between those that are read have what the nearest of them has.
    """
    from tools.measure.motion import tile_grid

    small = fitted(video_FCHW)
    seen = 1.0 - net.eye(small).subject_NShw.softmax(1)[:, NOBODY]
    tiles = torch.nn.functional.adaptive_avg_pool2d(seen[:, None], tile_grid(*video_FCHW.shape[-2:]))[:, 0]
    nearest = np.linspace(0, len(small) - 1, len(video_FCHW)).round().astype(int)
    return tiles.numpy()[nearest]


def asked_steps(path_F9: torch.Tensor) -> np.ndarray:
    """What the scenery in the middle of the frame does from each frame to the next, (F - 1, 4).

    Half way between what is at the actors' distance and what is infinitely far. What frame f has in its middle lies
    at ``(g·δ_f − δ_{f+1})`` in the next one, g being the ratio of scales (see ``models.layers.parts``).
    """
    path = path_F9.double().numpy()
    steps = np.zeros((len(path) - 1, 4))
    turn = path[1:, 6]
    for at in (0, 3):
        growth = np.diff(path[:, at + 2])
        moved = np.exp(growth)[:, None] * path[:-1, at : at + 2] - path[1:, at : at + 2]
        steps[:, 0] += 0.5 * (np.cos(turn) * moved[:, 0] - np.sin(turn) * moved[:, 1])
        steps[:, 1] += 0.5 * (np.sin(turn) * moved[:, 0] + np.cos(turn) * moved[:, 1])
        steps[:, 2] += 0.5 * growth
    steps[:, 3] = -np.diff(path[:, 6])
    return steps


def _summed(steps_P4: np.ndarray) -> np.ndarray:
    return np.concatenate([np.zeros((1, 4)), np.cumsum(steps_P4, 0)])


def camera_r(video_FCHW: torch.Tensor, path_F9: torch.Tensor, net: Reader | None = None) -> float:
    """Correlation (Pearson) of the measured with the asked path over all frames and ``CHANNELS`` of one clip.

    Not a number where nothing was asked to move, or nothing moved.
    """
    return pooled_r([camera_paths(video_FCHW, path_F9, net)])


def pooled_r(paths: Sequence[CameraPaths], channel: str = "") -> float:
    """The correlation over many clips, of one channel or of all."""
    columns = slice(None) if not channel else slice(CHANNELS.index(channel), CHANNELS.index(channel) + 1)
    measured = np.concatenate([path.measured_F4[:, columns].ravel() for path in paths])
    asked = np.concatenate([path.asked_F4[:, columns].ravel() for path in paths])
    if measured.std() < 1e-9 or asked.std() < 1e-9:
        return float("nan")
    return float(np.corrcoef(measured, asked)[0, 1])


def r_interval(paths: Sequence[CameraPaths], channel: str = "", draws: int = 1000, seed: int = 0) -> Interval:
    """The pooled correlation with a percentile bootstrap interval that draws whole clips.

    Raises:
        TooFewClusters: under eight clips.
    """
    if len(paths) < LEAST_CLUSTERS:
        raise TooFewClusters(f"an interval needs at least {LEAST_CLUSTERS} clips, got {len(paths)}.")
    sums = np.stack([_moments(path, channel) for path in paths])
    picks = np.random.default_rng(seed).integers(0, len(paths), (draws, len(paths)))
    found = _r_of(sums[picks].sum(1))
    low, high = np.nanquantile(found, [0.025, 0.975])
    return Interval(float(_r_of(sums.sum(0)[None])[0]), float(low), float(high), int(sums[:, 0].sum()), len(paths))


def _moments(path: CameraPaths, channel: str) -> np.ndarray:
    """Number, sums and sums of squares and products, from which a correlation is made."""
    columns = slice(None) if not channel else slice(CHANNELS.index(channel), CHANNELS.index(channel) + 1)
    a, b = path.measured_F4[:, columns].ravel(), path.asked_F4[:, columns].ravel()
    return np.array([len(a), a.sum(), b.sum(), (a * a).sum(), (b * b).sum(), (a * b).sum()])


def _r_of(sums_D6: np.ndarray) -> np.ndarray:
    n, a, b, aa, bb, ab = sums_D6.T
    spread = np.sqrt(np.maximum(n * aa - a * a, 0.0) * np.maximum(n * bb - b * b, 0.0))
    return np.where(spread > 1e-12, (n * ab - a * b) / np.maximum(spread, 1e-12), np.nan)
