"""Faults of the picture as such: frozen, black, flickering."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

BLOCK = 10
FREEZE_S = 0.5
"""Shortest standstill that is called a freeze; animation drawn on threes or fours never holds so long."""
FREEZE_LEVELS = 0.45
"""Change of the most changed blocks, in 8-bit levels of green, under which two frames are the same picture."""
KEY_APART, KEY_LEVELS = 6, 6.0
"""Frames that must stand still on both sides of a key frame, and the largest change that it makes."""
BLACK_LEVELS = 22.0
FLICKER_LEVELS = 2.0
FLICKER_SHARE = 0.15


@dataclass(frozen=True)
class Fault:
    """Kept frames [start, stop) in which the fault was worst, and its measure."""

    found: bool
    measure: float
    start: int
    stop: int


def block_means(frames_THWC: np.ndarray) -> np.ndarray:
    """Mean luma of blocks of ``BLOCK`` pixels: (T, rows, columns), 0 to 255."""
    luma = frames_THWC.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    count, height, width = luma.shape
    rows, columns = max(1, height // BLOCK), max(1, width // BLOCK)
    return (
        luma[:, : rows * BLOCK, : columns * BLOCK]
        .reshape(count, rows, luma[:, : rows * BLOCK].shape[1] // rows, columns, -1)
        .mean((2, 4))
    )


def change_of_blocks(frames_THWC: np.ndarray) -> np.ndarray:
    """(T-1,) mean absolute change of the three most changed blocks of 5 by 5 pixels, in levels: small things count."""
    green = frames_THWC[..., 1].astype(np.int16)
    change = np.abs(np.diff(green, axis=0)).astype(np.float32)
    count, height, width = change.shape
    rows, columns = max(1, height // 5), max(1, width // 5)
    blocks = change[:, : rows * 5, : columns * 5].reshape(count, rows, 5, columns, 5).mean((2, 4)).reshape(count, -1)
    most = min(3, blocks.shape[1])
    return np.partition(blocks, -most, axis=1)[:, -most:].mean(1)


def find_freeze(frames_THWC: np.ndarray, rate_hz: float) -> Fault:
    """The longest run of equal frames. A single jump (a key frame of the codec) does not end a run.

    Args:
        rate_hz: kept frames in a second.
    """
    if len(frames_THWC) < 3:
        return Fault(False, 0.0, 0, len(frames_THWC))
    change = change_of_blocks(frames_THWC)
    still = change < FREEZE_LEVELS
    start, stop = longest_run(_bridged(still, change))
    needed = max(3, round(FREEZE_S * rate_hz))
    length = stop - start
    return Fault(length >= min(needed, len(still)), length / rate_hz, start, stop + 1)


def _bridged(still: np.ndarray, change: np.ndarray) -> np.ndarray:
    """Small single jumps between two long standstills are a codec's key frames: part of the standstill."""
    whole = still.copy()
    for at in np.flatnonzero(~still):
        before, after = still[max(0, at - KEY_APART) : at], still[at + 1 : at + 1 + KEY_APART]
        if min(len(before), len(after)) == KEY_APART and before.all() and after.all() and change[at] < KEY_LEVELS:
            whole[at] = True
    return whole


def find_black(frames_THWC: np.ndarray) -> Fault:
    """Frames in which (nearly) nothing is brighter than ``BLACK_LEVELS``; night keeps its stars, lamps and subjects."""
    luma = frames_THWC[:, ::2, ::2].astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    bright = np.quantile(luma.reshape(len(luma), -1), 0.99, axis=1)
    start, stop = longest_run(bright < BLACK_LEVELS)
    return Fault(stop > start, float(bright.min()), start, stop)


def find_flicker(frames_THWC: np.ndarray) -> Fault:
    """Brightness of the whole picture that jumps up and down: the share of frames that differ from both neighbours.

    The median over blocks of the second difference is taken, so that things that move do not count; a flash of
    lightning is a few frames and stays under the share.
    """
    if len(frames_THWC) < 5:
        return Fault(False, 0.0, 0, len(frames_THWC))
    blocks = block_means(frames_THWC).reshape(len(frames_THWC), -1)
    bend = np.median(blocks[1:-1] - 0.5 * (blocks[:-2] + blocks[2:]), axis=1)
    jumps = np.abs(bend) > FLICKER_LEVELS * np.clip(np.median(blocks) / 90.0, 0.35, 1.0)
    share = float(jumps.mean())
    start, stop = longest_run(jumps)
    return Fault(share > FLICKER_SHARE and int(jumps.sum()) >= 5, share, start + 1, stop + 1)


def longest_run(flags: np.ndarray) -> tuple[int, int]:
    """Half-open bounds of the longest run of True, (0, 0) if there is none."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    if not len(edges):
        return 0, 0
    starts, stops = edges[::2], edges[1::2]
    best = int(np.argmax(stops - starts))
    return int(starts[best]), int(stops[best])
