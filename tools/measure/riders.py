"""Riders: two that are seen as one, told apart by the colours that the plan gives them.

Whoever sits in or on another overlaps it, so that the finder often sees one subject. Where the plan's colours differ,
the pixels of that one subject still say where each of the two is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from tools.measure.colour import NAMES, estimate_light, names_of
from tools.measure.subjects import Box, Region

if TYPE_CHECKING:
    from tools.measure.witness import Witness

LEAST_SHARE, LEAST_PIXELS = 0.06, 12
"""Of the pixels of a region that have somebody's colour, for somebody to be there."""
CONFUSED = tuple(map(frozenset, (
    ("red", "orange"), ("orange", "brown"), ("orange", "yellow"), ("red", "brown"), ("red", "pink"), ("pink", "purple"),
    ("blue", "purple"),
)))  # fmt: skip
"""Colours that light and shade turn into each other."""
ANYBODYS = frozenset({"black", "white", "grey"})
"""What eyes, outlines, shadows and bellies are, too."""
LIT, LAMPS = frozenset({"car", "train", "rocket"}), "yellow"
"""What has windows and lamps, and their colour."""
HUNG = "balloon"
"""What carries its rider below its middle."""


@dataclass(frozen=True)
class Aboard:
    """Two in one region, in one sample: where the rider's and the carrier's pixels are, x and y from the top left, in
    shares of the frame; the box is of both."""

    sample: int
    rider: tuple[float, float]
    carrier: tuple[float, float]
    width: float
    box: Box


def rides_in(seen: Witness) -> tuple[tuple[str, str], ...]:
    """Riders and carriers of the plan."""
    return tuple(
        (part.element, action.target)
        for part in seen.request.shot.parts
        for action in part.actions
        if action.verb == "ride" and action.target
    )


@lru_cache(maxsize=2)
def aboard(seen: Witness, rider: str, carrier: str) -> tuple[Aboard, ...]:
    """The samples in which both are seen in one region; none where their colours do not tell them apart.

    Remembered for the claims of one take, and not longer: a witness holds all its frames.
    """
    mine, below = (seen.planned_colour(each) for each in (rider, carrier))
    lamps = _subject(seen, carrier) in LIT and mine == LAMPS
    if mine == below or ANYBODYS & {mine, below} or frozenset((mine, below)) in CONFUSED or lamps:
        return ()
    found = []
    for regions in seen.survey.regions:
        here = [one for region in regions if (one := _both(seen, region, mine, below)) is not None]
        found += here[:1]
    return tuple(found)


def _both(seen: Witness, region: Region, mine: str, below: str) -> Aboard | None:
    """Where two colours are in a region; None if one of them is hardly there."""
    y, x, names = _named(seen, region)
    masks = [names == NAMES.index(colour) for colour in (mine, below)]
    if any(mask.sum() < max(LEAST_PIXELS, LEAST_SHARE * len(names)) for mask in masks):
        return None
    (rx, ry), (cx, cy) = ((float(x[mask].mean()), float(y[mask].mean())) for mask in masks)
    low, high = np.quantile(x[masks[1]], [0.05, 0.95])
    return Aboard(region.sample, (rx, ry), (cx, cy), float(high - low), region.box)


def _named(seen: Witness, region: Region) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places, as shares of the frame, and names, as places in ``NAMES``, of all pixels of a region."""
    frame = seen.look.frames_THWC[seen.survey.samples[region.sample]]
    cover: np.ndarray = np.zeros_like(seen.survey.cover_Shw[region.sample], bool)
    cover[region.cells[:, 0], region.cells[:, 1]] = True
    rows = np.arange(frame.shape[0]) * cover.shape[0] // frame.shape[0]
    columns = np.arange(frame.shape[1]) * cover.shape[1] // frame.shape[1]
    y, x = np.nonzero(cover[rows][:, columns])
    names = names_of(frame[y, x], estimate_light(seen.request.shot.time))
    return (y + 0.5) / frame.shape[0], (x + 0.5) / frame.shape[1], names


def hangs(seen: Witness, carrier: str) -> bool:
    """Whether whoever rides is below what carries it."""
    return _subject(seen, carrier) == HUNG


def _subject(seen: Witness, element_id: str) -> str:
    return next(e.subject for e in seen.request.elements if e.id == element_id)
