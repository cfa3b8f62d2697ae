"""Faults of the picture as such: frozen, black, flickering."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

BLOCK = 10
FREEZE_S = 0.58
"""Shortest standstill that is called a freeze; animation drawn on threes or fours never holds so long."""
FREEZE_LEVELS = 3.6
"""8-bit levels of green: at crf 20 a standstill stays under 3.6 nearly always, an idle subject over 4."""
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


def change_of_blocks(frames_THWC: np.ndarray, apart: int = 1) -> np.ndarray:
    """(T - apart,) mean absolute change, over ``apart`` frames, of the three most changed blocks of 5 by 5 pixels."""
    green = frames_THWC[..., 1].astype(np.int16)
    change = np.abs(green[apart:] - green[:-apart]).astype(np.float32)
    count, height, width = change.shape
    rows, columns = max(1, height // 5), max(1, width // 5)
    blocks = change[:, : rows * 5, : columns * 5].reshape(count, rows, 5, columns, 5).mean((2, 4)).reshape(count, -1)
    most = min(3, blocks.shape[1])
    return np.partition(blocks, -most, axis=1)[:, -most:].mean(1)


def find_freeze(frames_THWC: np.ndarray, rate_hz: float) -> Fault:
    """The longest stretch in which nothing changes, not even the three blocks that change most.

    Frames a quarter of a second apart are compared: what a codec does to a standstill stays under ``FREEZE_LEVELS``,
    while somebody who only breathes does not.

    Args:
        rate_hz: kept frames in a second.
    """
    apart = max(1, round(0.25 * rate_hz))
    if len(frames_THWC) <= apart + 2:
        return Fault(False, 0.0, 0, len(frames_THWC))
    start, stop = longest_run(change_of_blocks(frames_THWC, apart) < FREEZE_LEVELS)
    length_s = (stop - start + apart) / rate_hz if stop > start else 0.0
    return Fault(length_s >= FREEZE_S, length_s, start, min(stop + apart, len(frames_THWC)))


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
