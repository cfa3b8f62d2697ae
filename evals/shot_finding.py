"""Where the shots of a film begin, found in its pixels: hard cuts and dissolves.

A cut is a change far above the changes around it (so a whip pan is none) that stays (so a flash is none). A dissolve is
a change over a third of a second or more whose middle frame is nearly the mean of its ends; the middle of a camera move
is not. Nothing but numpy and the decoder is needed; see docs/decisions/0050-harness.md for what was refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from tools.media import MediaFacts, Planes

Edge = Literal["start", "cut", "dissolve", "given", "planned"]

LONG_SIDE_PX = 96
CUT_RATIO, CUT_FLOOR = 3.0, 0.045
"""A cut changes the picture this many times as much as the frames around it do, and at least so much of full scale."""
AROUND = 6
STAYS = 0.6
"""Share of the jump that must still be there three frames later."""
REACHES_S = (0.17, 0.33, 0.67)
BLEND_FLOOR, BLEND_RATIO, BLEND_RESIDUE = 0.07, 2.0, 0.22
"""Ends of a dissolve differ by this much and this many times as much as frames so far apart do around it, and its
middle is this near (in shares of that) to their mean."""
SHORTEST_S = 0.25


@dataclass(frozen=True)
class Segment:
    """Frames ``start`` up to ``stop``; ``edge`` says how its beginning was told."""

    start: int
    stop: int
    edge: Edge = "cut"

    @property
    def frames(self) -> int:
        return self.stop - self.start


def find_shots(video: Path, facts: MediaFacts | None = None) -> tuple[Segment, ...]:
    """The shots of a film in order, without gaps.

    Raises:
        BadMedia: it cannot be decoded or has no picture.
    """
    from tools.media import probe, read_planes

    known = facts or probe(video)
    scale = LONG_SIDE_PX / max(known.width, known.height, 1)
    size = [max(16, 2 * round(side * scale / 2)) for side in (known.width, known.height)]
    rate_hz = float(known.rate.fraction) if known.rate else 24.0
    return segments_of(thumbnails(read_planes(video, 0, *size)), rate_hz)


def thumbnails(pictures: Iterable[Planes]) -> np.ndarray:
    """Brightness and colour of each picture on cells of 4 pixels, (T, 3, h, w) in shares of full scale."""
    return np.stack(list(_cells(pictures)))


def _cells(pictures: Iterable[Planes]) -> Iterator[np.ndarray]:
    for planes in pictures:
        y = _pooled(planes.y, 4)
        u, v = (_pooled(plane, 2)[: y.shape[0], : y.shape[1]] for plane in (planes.u, planes.v))
        yield np.stack([y[: u.shape[0], : u.shape[1]], u, v])


def _pooled(plane: np.ndarray, cell: int) -> np.ndarray:
    height, width = (side // cell * cell for side in plane.shape)
    blocks = plane[:height, :width].reshape(height // cell, cell, width // cell, cell)
    return np.asarray(blocks.mean((1, 3), dtype=np.float32) / 255.0)


def segments_of(cells_TKhw: np.ndarray, rate_hz: float) -> tuple[Segment, ...]:
    """The same from thumbnails.

    Args:
        cells_TKhw: (T, 3, h, w), 0 to 1.
    """
    count = len(cells_TKhw)
    shortest = max(2, round(SHORTEST_S * rate_hz))
    cuts = _hard_cuts(cells_TKhw, shortest)
    edges: dict[int, Edge] = {0: "start"}
    for frame in cuts:
        edges[frame] = "cut"
    for frame in _dissolves(cells_TKhw, rate_hz, cuts):
        if all(abs(frame - other) >= shortest for other in edges) and count - frame >= shortest:
            edges[frame] = "dissolve"
    starts = sorted(edges)
    return tuple(Segment(a, b, edges[a]) for a, b in zip(starts, [*starts[1:], count], strict=True))


def _apart(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    """Mean distance of thumbnails (…, 3, h, w): brightness, and colour counted twice."""
    away = np.abs(one - two).mean((-1, -2))
    return np.asarray(away[..., 0] + 2.0 * (away[..., 1] + away[..., 2]))


def _hard_cuts(cells: np.ndarray, shortest: int) -> list[int]:
    change = np.concatenate([[0.0], _apart(cells[1:], cells[:-1])])
    found: list[int] = []
    for frame in map(int, np.flatnonzero(change > CUT_FLOOR)):
        near = np.r_[change[max(1, frame - AROUND) : frame], change[frame + 1 : frame + 1 + AROUND]]
        # The one or two largest changes nearby may be another cut; a camera move changes all of them.
        usual = float(np.sort(near)[: max(1, len(near) - 2)].mean()) if len(near) else 0.0
        after = min(frame + 2, len(cells) - 1)
        lasting = min(
            float(_apart(cells[after], cells[frame - 1])), float(_apart(cells[frame], cells[max(0, frame - 3)]))
        )
        if change[frame] > CUT_RATIO * usual and lasting > STAYS * change[frame]:
            if found and frame - found[-1] < shortest:
                if change[frame] > change[found[-1]]:
                    found[-1] = frame
            elif frame >= 2:
                found.append(frame)
    return found


def _dissolves(cells: np.ndarray, rate_hz: float, cuts: list[int]) -> list[int]:
    """Middle frames of dissolves, the clearest of each neighbourhood."""
    candidates: list[tuple[float, int, int]] = []
    for reach_s in REACHES_S:
        reach = max(2, round(reach_s * rate_hz / 2))
        middles = np.arange(reach, len(cells) - reach)
        if not len(middles):
            continue
        ends = _apart(cells[middles + reach], cells[middles - reach])
        mean = 0.5 * (cells[middles + reach] + cells[middles - reach])
        residue = _apart(cells[middles], mean) / np.maximum(ends, 1e-6)
        quarter = 0.75 * cells[middles - reach] + 0.25 * cells[middles + reach]
        residue = np.maximum(residue, _apart(cells[middles - reach // 2], quarter) / np.maximum(ends, 1e-6))
        usual = _usual(ends, 4 * reach)
        good = (ends > np.maximum(BLEND_FLOOR, BLEND_RATIO * usual)) & (residue < BLEND_RESIDUE)
        for index in np.flatnonzero(good):
            middle = int(middles[index])
            if not any(abs(middle - cut) <= reach + 1 for cut in cuts):
                candidates.append((float(ends[index] * (1 - residue[index])), middle, reach))
    kept: dict[int, int] = {}
    for _, middle, reach in sorted(candidates, reverse=True):
        if all(abs(middle - other) > 3 * max(reach, far) for other, far in kept.items()):
            kept[middle] = reach
    return sorted(kept)


def _usual(ends: np.ndarray, away: int) -> np.ndarray:
    """The median of the values between ``away`` and three times as far, on both sides: what the camera does anyway."""
    rows = []
    for index in range(len(ends)):
        before = ends[max(0, index - 3 * away) : max(0, index - away)]
        rest = np.concatenate([before, ends[index + away : index + 3 * away]])
        rows.append(float(np.median(rest)) if len(rest) else 0.0)
    return np.array(rows)
