"""Watching a shot: where anybody is at each moment, who that is over time, and what all of it is like.

Long shots are watched in stretches of at most ``STRETCH_S``, each at its own ``MOMENTS`` moments.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch.nn import functional as F  # noqa: N812

from models.judge.close import around, places_of
from models.judge.lessons import print_of, under
from models.judge.network import Sight
from models.judge.shapes import DEEDS, MOMENT_S, NOBODY, QUESTIONS, looked_at, moments_of
from models.reader_parts import WAYS

STRETCH_S = 6.2
THERE = 0.25
"""Least probability of the middle of somebody."""
MOST = 5
"""Somebodies of a moment that are looked at closely."""
PEOPLE = 4
"""Somebodies of a stretch who are followed."""
FAR = 0.9
"""Cost of a link from one moment to the next that is not made."""


@dataclass(frozen=True)
class Somebody:
    """Whoever is followed over the M moments of a stretch. Log-probabilities unless said.

    Attributes:
        boxes_M4: shares of the frame; where it is not seen, where it was last.
        there_M: whether it is seen; strength_M: probability of its middle.
        who_K: over the subjects and nobody, mean over the moments at which it is seen; tint_K: over the colours.
        deeds_MK, ways_MK: over actions and directions, by moment.
        print_C: of length 1.
    """

    boxes_M4: torch.Tensor
    there_M: torch.Tensor
    strength_M: torch.Tensor
    who_K: torch.Tensor
    tint_K: torch.Tensor
    deeds_MK: torch.Tensor
    ways_MK: torch.Tensor
    print_C: torch.Tensor


@dataclass(frozen=True)
class Stretch:
    """A part of a shot as watched.

    Attributes:
        frames_M: number of the frame of each moment, in the shot.
        words: log-probabilities of the answers to ``QUESTIONS``, by moment (M, answers).
        moves_K: of the camera's moves.
        people: whoever is followed, most present first.
    """

    frames_M: torch.Tensor
    words: dict[str, torch.Tensor]
    moves_K: torch.Tensor
    people: tuple[Somebody, ...]


@dataclass(frozen=True)
class Watched:
    """A whole shot as watched; ``rate_hz`` and ``frames`` are of the file."""

    stretches: tuple[Stretch, ...]
    rate_hz: float
    frames: int


def watch(net: Sight, frames_THWC: np.ndarray, rate_hz: float, number_T: np.ndarray | None = None) -> Watched:
    """Watch a shot.

    Args:
        frames_THWC: uint8 RGB of any size.
        rate_hz: frames given per second.
        number_T: the number of each frame in the file, for evidence; 0, 1, 2 … if None.

    Raises:
        ValueError: there is no frame, or its shape is none that can be judged.
    """
    count = len(frames_THWC)
    if count < 1:
        raise ValueError("a shot has at least one frame")
    numbers = np.arange(count) if number_T is None else number_T
    parts = max(1, math.ceil(count / rate_hz / STRETCH_S - 1e-6))
    edges = np.linspace(0, count, parts + 1).round().astype(int)
    stretches = []
    for start, stop in pairwise(edges.tolist()):
        moments = moments_of((stop - start) / rate_hz, rate_hz, int(stop - start)) + int(start)
        stretches.append(_watch(net, frames_THWC, moments, numbers, rate_hz))
    return Watched(tuple(stretches), rate_hz, count)


def _watch(net: Sight, frames: np.ndarray, moments_M2: torch.Tensor, numbers: np.ndarray, rate_hz: float) -> Stretch:
    height, width = looked_at(*frames.shape[1:3])

    def scaled(rows: torch.Tensor, high: int, wide: int) -> torch.Tensor:
        picked = torch.from_numpy(np.ascontiguousarray(frames[rows.numpy()])).permute(0, 3, 1, 2).float() / 255.0
        return F.interpolate(picked, size=(high, wide), mode="bilinear", antialias=True, align_corners=False)

    first = scaled(moments_M2[:, 0], height, width)
    later = scaled(moments_M2[:, 1], height // 2, width // 2)
    gap = float((moments_M2[1:, 0] - moments_M2[:-1, 0]).float().mean()) / rate_hz if len(moments_M2) > 1 else MOMENT_S
    return watch_moments(net, first, later, gap, torch.from_numpy(numbers[moments_M2[:, 0].numpy()]))


@torch.inference_mode()
def watch_moments(
    net: Sight, first_MCHW: torch.Tensor, later_MChw: torch.Tensor, gap_s: float, frames_M: torch.Tensor
) -> Stretch:
    """Watch moments that are ``gap_s`` apart: their frames, 0 to 1, and half as large the frames ``MOMENT_S`` later."""
    height, width = first_MCHW.shape[-2:]
    small = F.avg_pool2d(first_MCHW, 2)
    seen = net.eye(small, later_MChw)
    cover = seen.cover_Nhw.sigmoid()
    move, drift, flow = net.drift(small, later_MChw, cover, 1)
    boxes, strength = peaks_of(seen.centre_Nhw.sigmoid(), seen.box_N4hw)
    look = net.close(first_MCHW, later_MChw, cover, around(boxes, height, width))
    who = net.close.who(look).float().log_softmax(-1)
    chains = link(boxes, strength, who)
    people = _followed(net, chains, boxes, strength, look, who, drift, flow, gap_s, width / height)
    words = {name: seen.words[name].log_softmax(-1) for name in QUESTIONS}
    return Stretch(frames_M, words, move[0].log_softmax(-1), people)


def peaks_of(centre_Mhw: torch.Tensor, edges_M4hw: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The boxes (M, MOST, 4) around the likeliest middles, and their probabilities; 0 where there are fewer."""
    height, width = centre_Mhw.shape[-2:]
    top = F.max_pool2d(centre_Mhw[:, None], 5, 1, 2)[:, 0]
    score = torch.where(centre_Mhw == top, centre_Mhw, torch.zeros_like(centre_Mhw)).flatten(1)
    best = score.topk(min(MOST, score.shape[1]), 1)
    y, x = (best.indices // width + 0.5) / height, (best.indices % width + 0.5) / width
    edges = edges_M4hw.flatten(2).gather(2, best.indices[:, None].expand(-1, 4, -1)).clamp_min(0.004)
    boxes = torch.stack([x - edges[:, 0], y - edges[:, 1], x + edges[:, 2], y + edges[:, 3]], -1)
    kept = torch.where(best.values > THERE, best.values, torch.zeros_like(best.values))
    return boxes, _without_doubles(boxes, kept)


def _without_doubles(boxes_MQ4: torch.Tensor, score_MQ: torch.Tensor, overlap: float = 0.75) -> torch.Tensor:
    """Scores, 0 for a box that overlaps a stronger one nearly wholly (both are of the same somebody)."""
    kept = score_MQ.clone()
    low = torch.maximum(boxes_MQ4[:, :, None, :2], boxes_MQ4[:, None, :, :2])
    high = torch.minimum(boxes_MQ4[:, :, None, 2:], boxes_MQ4[:, None, :, 2:])
    both = (high - low).clamp_min(0).prod(-1)
    area = (boxes_MQ4[..., 2:] - boxes_MQ4[..., :2]).prod(-1)
    share = both / (area[:, :, None] + area[:, None] - both).clamp_min(1e-6)
    for q in range(1, score_MQ.shape[1]):
        doubled = ((share[:, q, :q] > overlap) & (kept[:, :q] > 0)).any(1)
        kept[:, q] = torch.where(doubled, torch.zeros_like(kept[:, q]), kept[:, q])
    return kept


def link(boxes_MQ4: torch.Tensor, score_MQ: torch.Tensor, who_MQK: torch.Tensor) -> list[list[tuple[int, int]]]:
    """Chains of (moment, place) of the same somebody: the cheapest pairing from moment to moment, by where it is, how
    large, and how alike what it is; a gap of three moments is bridged. The longest first, at most ``PEOPLE``."""
    p_MQK = who_MQK.exp()
    middle = 0.5 * (boxes_MQ4[..., :2] + boxes_MQ4[..., 2:])
    size = (boxes_MQ4[..., 2:] - boxes_MQ4[..., :2]).clamp_min(1e-3).log()
    chains: list[list[tuple[int, int]]] = []
    for m in range(len(boxes_MQ4)):
        free = [q for q in range(boxes_MQ4.shape[1]) if score_MQ[m, q] > 0 and p_MQK[m, q, NOBODY] < 0.8]
        open_ = [chain for chain in chains if m - chain[-1][0] <= 4]
        costs = np.full((len(open_), len(free)), FAR)
        for row, chain in enumerate(open_):
            ends = [chain[-1], chain[-2]] if len(chain) > 1 else [chain[-1]]
            (last, place) = ends[0]
            guess = middle[last, place]
            if len(ends) > 1:
                before, where = ends[1]
                guess = guess + 0.7 * (guess - middle[before, where]) / (last - before) * (m - last)
            for column, q in enumerate(free):
                alike = float((p_MQK[last, place] * p_MQK[m, q]).sum().sqrt())
                off = float((middle[m, q] - guess).norm()) / (1.0 + 0.3 * (m - last - 1))
                costs[row, column] = (
                    1.2 * off + 0.25 * float((size[m, q] - size[last, place]).abs().mean()) + 0.5 * (1.0 - alike)
                )
        for row, column in cheapest(costs, FAR):
            open_[row].append((m, free[column]))
            free[column] = -1
        chains += [[(m, q)] for q in free if q >= 0]
    chains.sort(key=len, reverse=True)
    return [chain for chain in chains if len(chain) >= 2 or len(boxes_MQ4) < 4][:PEOPLE]


def cheapest(costs: np.ndarray, far: float) -> list[tuple[int, int]]:
    """The pairing of rows and columns that costs least, of pairs that cost less than ``far``; by trying all, since
    there are at most a handful (scipy is not here: this room runs where nothing but torch is)."""
    rows, columns = costs.shape
    best: tuple[float, list[tuple[int, int]]] = (0.0, [])

    def seek(row: int, taken: frozenset[int], spent: float, pairs: list[tuple[int, int]]) -> None:
        nonlocal best
        if row == rows:
            if spent < best[0]:
                best = (spent, pairs)
            return
        seek(row + 1, taken, spent, pairs)
        for column in range(columns):
            if column not in taken and costs[row, column] < far:
                seek(row + 1, taken | {column}, spent + costs[row, column] - far, [*pairs, (row, column)])

    # Chains that are open are few; the strongest are enough if there are very many.
    rows = min(rows, 7)
    seek(0, frozenset(), 0.0, [])
    return best[1]


def _followed(
    net: Sight, chains: Sequence[Sequence[tuple[int, int]]], boxes_MQ4: torch.Tensor, strength_MQ: torch.Tensor,
    look_MQC: torch.Tensor, who_MQK: torch.Tensor, drift: torch.Tensor, flow: torch.Tensor, gap_s: float,
    aspect: float,
) -> tuple[Somebody, ...]:  # fmt: skip
    if not chains:
        return ()
    moments, count = len(boxes_MQ4), len(chains)
    boxes, there = torch.zeros(moments, count, 4), torch.zeros(moments, count, dtype=torch.bool)
    looks, strength = torch.zeros(moments, count, look_MQC.shape[-1]), torch.zeros(moments, count)
    for k, chain in enumerate(chains):
        known = dict(chain)
        at = [known[min(known, key=lambda n: (abs(n - m), n))] for m in range(moments)]
        near = [min(known, key=lambda n: (abs(n - m), n)) for m in range(moments)]
        boxes[:, k], looks[:, k] = boxes_MQ4[near, at], look_MQC[near, at]
        there[list(known), k] = True
        strength[list(known), k] = strength_MQ[list(known), [known[n] for n in known]]
    place = places_of(boxes[None], there[None], drift, torch.tensor([gap_s]), aspect)
    done = net.tracks(looks[None], place, drift, under(flow, boxes[None]))[0]
    deeds, ways = done.split([DEEDS, len(WAYS)], -1)
    people = []
    for k, chain in enumerate(chains):
        rows, places = [m for m, _ in chain], [q for _, q in chain]
        weight = strength_MQ[rows, places][:, None]
        who = (who_MQK[rows, places] * weight).sum(0) / weight.sum()
        tint = (net.close.tint(look_MQC[rows, places]).float().log_softmax(-1) * weight).sum(0) / weight.sum()
        mark = print_of(net, looks[None, :, k], there[None, :, k])[0]
        people.append(Somebody(
            boxes[:, k], there[:, k], strength[:, k], who.log_softmax(-1), tint.log_softmax(-1),
            deeds[:, k].log_softmax(-1), ways[:, k].log_softmax(-1), mark,
        ))  # fmt: skip
    return tuple(people)
