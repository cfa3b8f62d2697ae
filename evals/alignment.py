"""Which stretch of a film is which planned shot, by dynamic programming over lengths and looks.

Needleman and Wunsch, "A general method applicable to the search for similarities" (1970), with runs: several found
stretches may be one planned shot (a cut was seen that is none), one stretch may hold several planned shots (their
dissolve was not seen), and either side may be left over.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from evals.shot_finding import Edge, Segment

SKIP_SHOT, SKIP_SEGMENT = 1.1, 0.9
MERGE, SPLIT_SOFT, SPLIT_HARD = 0.35, 0.15, 0.8
LOOKS = 1.6
LONGEST_RUN = 4
SWAP_GAIN = 0.12
"""Mean affinity by which another order must look better than the planned one."""


@dataclass(frozen=True)
class Planned:
    """A shot as planned: its length, and whether a dissolve or fade leads into it."""

    shot_id: str
    length_s: float
    soft: bool = False


@dataclass(frozen=True)
class Placed:
    """Where a planned shot plays: frames ``start`` to ``stop``; ``why_not`` instead if it was not found."""

    shot_id: str
    start: int = 0
    stop: int = 0
    edge: Edge = "cut"
    note: str = ""
    why_not: str = ""

    @property
    def found(self) -> bool:
        return self.stop > self.start


@dataclass(frozen=True)
class _Step:
    cost: float
    shots: int
    segments: int


def align(
    planned: Sequence[Planned], found: Sequence[Segment], rate_hz: float, affinity_NM: np.ndarray | None = None
) -> tuple[Placed, ...]:
    """Place every planned shot, in planned order.

    Args:
        affinity_NM: 0 to 1, how much each planned shot (row) looks like each found stretch; None if nobody looked.
    """
    likes = np.full((len(planned), len(found)), 1.0) if affinity_NM is None else affinity_NM
    best: dict[tuple[int, int], tuple[float, _Step | None]] = {(0, 0): (0.0, None)}
    for i in range(len(planned) + 1):
        for j in range(len(found) + 1):
            for step in _steps_into(i, j, planned, found, rate_hz, likes):
                before = best[i - step.shots, j - step.segments][0] + step.cost
                if (i, j) not in best or before < best[i, j][0] - 1e-12:
                    best[i, j] = (before, step)
    placed: list[Placed] = []
    i, j = len(planned), len(found)
    while (i, j) != (0, 0):
        last = best[i, j][1]
        assert last is not None, "only the corner has no step"
        i, j = i - last.shots, j - last.segments
        placed = list(_placements(last, planned[i : i + last.shots], found[j : j + last.segments])) + placed
    return tuple(placed)


def _steps_into(
    i: int, j: int, planned: Sequence[Planned], found: Sequence[Segment], rate_hz: float, likes: np.ndarray
) -> Iterator[_Step]:
    if i >= 1:
        yield _Step(SKIP_SHOT, 1, 0)
    if j >= 1:
        yield _Step(SKIP_SEGMENT, 0, 1)
    for run in range(1, LONGEST_RUN + 1):
        if i >= 1 and j >= run:
            frames = np.array([segment.frames for segment in found[j - run : j]], float)
            looks = float((likes[i - 1, j - run : j] * frames).sum() / frames.sum())
            length = abs(math.log(frames.sum() / rate_hz / planned[i - 1].length_s))
            yield _Step(_bounded(length) + LOOKS * (1.0 - looks) + MERGE * (run - 1), 1, run)
        if run > 1 and i >= run and j >= 1:
            rows = planned[i - run : i]
            length = abs(math.log(found[j - 1].frames / rate_hz / sum(row.length_s for row in rows)))
            looks = float(np.average(likes[i - run : i, j - 1], weights=[row.length_s for row in rows]))
            missed = sum(SPLIT_SOFT if row.soft else SPLIT_HARD for row in rows[1:])
            yield _Step(_bounded(2.0 * length) + LOOKS * (1.0 - looks) + missed, run, 1)


def _bounded(cost: float) -> float:
    return min(cost, 1.5)


def _placements(step: _Step, shots: Sequence[Planned], segments: Sequence[Segment]) -> Iterator[Placed]:
    if not segments:
        for shot in shots:
            yield Placed(shot.shot_id, why_not="no stretch of the film was matched to this shot")
    elif len(shots) == 1:
        note = f"{len(segments)} found stretches taken together" if len(segments) > 1 else ""
        yield Placed(shots[0].shot_id, segments[0].start, segments[-1].stop, segments[0].edge, note)
    elif shots:
        whole = sum(shot.length_s for shot in shots)
        at_s, first = 0.0, segments[0]
        for number, shot in enumerate(shots):
            start = first.start + round(first.frames * at_s / whole)
            at_s += shot.length_s
            stop = first.start + round(first.frames * at_s / whole)
            edge: Edge = first.edge if number == 0 else "planned"
            note = "" if number == 0 else "no cut is seen here; it was set where the plan has it"
            yield Placed(shot.shot_id, start, stop, edge, note)


def relative(affinity_NM: np.ndarray) -> np.ndarray:
    """Affinities against the best of their row and of their column, 0 to 1.

    A film in a style that the finder does not know is unlike every shot alike: that must not make every shot missing.
    """
    rows = affinity_NM / affinity_NM.max(1, keepdims=True).clip(1e-6)
    columns = affinity_NM / affinity_NM.max(0, keepdims=True).clip(1e-6)
    return np.asarray(np.sqrt(rows * columns))


def reordered(
    planned: Sequence[Planned], found: Sequence[Segment], rate_hz: float, affinity_NM: np.ndarray,
    placed: Sequence[Placed],
) -> tuple[Placed, ...] | None:  # fmt: skip
    """The shots where they look best, if that is another order than the planned one and clearly better than ``placed``.

    Args:
        placed: in planned order, from :func:`align`.
    """
    from scipy.optimize import linear_sum_assignment

    if len(planned) < 2 or len(found) < len(planned):
        return None
    seconds = np.array([segment.frames for segment in found]) / rate_hz
    away = np.abs(np.log(seconds[None] / np.array([shot.length_s for shot in planned])[:, None]))
    rows, columns = linear_sum_assignment(0.15 * np.minimum(away, 3.0) - affinity_NM)
    if bool((np.diff(columns) > 0).all()):
        return None
    before = np.array([_looks_there(place, found, affinity_NM[k]) for k, place in enumerate(placed)])
    gain = affinity_NM[rows, columns] - before
    moved = np.flatnonzero(np.abs(gain) > 1e-9)
    if not len(moved) or float(gain[moved].mean()) < SWAP_GAIN:
        return None
    spans = _with_leftovers(planned, found, columns.tolist(), rate_hz)
    order = np.argsort(columns)
    return tuple(
        Placed(shot.shot_id, start, stop, found[columns[k]].edge, "" if order[k] == k else "out of the planned order")
        for k, (shot, (start, stop)) in enumerate(zip(planned, spans, strict=True))
    )


def _looks_there(place: Placed, found: Sequence[Segment], likes_M: np.ndarray) -> float:
    """How much a shot looks like the stretches where it was placed; 0 if it was not."""
    shares = np.array([max(0, min(s.stop, place.stop) - max(s.start, place.start)) for s in found], float)
    return float((shares * likes_M).sum() / shares.sum()) if shares.sum() else 0.0


def _with_leftovers(
    planned: Sequence[Planned], found: Sequence[Segment], columns: list[int], rate_hz: float
) -> list[tuple[int, int]]:
    """The stretch of each shot, with those beside it that nobody else has if its length is then nearer to the plan."""
    spans = [(found[k].start, found[k].stop) for k in columns]
    for number, segment in enumerate(found):
        if number in columns:
            continue
        for index, (start, stop) in enumerate(spans):
            if segment.start != stop and segment.stop != start:
                continue
            length_s = planned[index].length_s
            now, then = (abs(math.log(n / rate_hz / length_s)) for n in (stop - start, stop - start + segment.frames))
            if then < now:
                spans[index] = (min(start, segment.start), max(stop, segment.stop))
                break
    return spans
