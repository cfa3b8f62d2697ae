"""Does an element look the same in two shots, by the palette of its regions; does one shot begin where another ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from storyboards.claims import BEGINS_WITH, ONE_VOICE, Claim
from storyboards.critique import Verdict
from tools.contract import Footage, ShotRequest
from tools.measure.colour import NAMES, oklab, to_linear
from tools.measure.pictures import colour_odds, largest
from tools.measure.subjects import Track
from tools.measure.verdicts import cannot_tell, say
from tools.measure.witness import Witness, witness_of
from tools.media import extract_still

if TYPE_CHECKING:
    from models.finder import Finder

SURE_COLOUR, OTHER_COLOUR = 0.55, 0.35
"""Probability that both colours need, and the probability of one colour for both that another one stays under."""
SAME_SHARES = 0.40
"""Overlap of the two palettes (sum of the smaller shares) from which they may be one; dusk and night change it."""

THUMB = (32, 18)
"""Width and height at which two frames are compared."""
SAME_FRAME, OTHER_FRAME = 0.06, 0.12
"""Mean difference of two frames up to which they are one, and from which they are not."""


@dataclass(frozen=True)
class Signature:
    """``colours``: probability of each colour name. ``palette``: share of hue bins. ``slender``: height over width,
    median over the shot."""

    colours: np.ndarray
    palette: np.ndarray
    slender: float


def signature(track: Track, seen: Witness) -> Signature:
    """Measure a track: hues are counted relative to the light, by chroma, so that dusk and night do not count."""
    bins = np.zeros(9)
    shapes = []
    for region in track.regions:
        frame = seen.look.frames_THWC[seen.survey.samples[region.sample]]
        height, width = seen.survey.cover_Shw.shape[1:]
        y = ((region.cells[:, 0] + 0.5) / height * frame.shape[0]).astype(int)
        x = ((region.cells[:, 1] + 0.5) / width * frame.shape[1]).astype(int)
        bins += _hues(frame[y, x])
        x0, y0, x1, y1 = region.box
        shapes.append((y1 - y0) / max(1e-3, (x1 - x0) * seen.look.aspect))
    _, odds = colour_odds(track, seen)
    return Signature(np.array([odds[name] for name in NAMES]), bins / max(1.0, bins.sum()), float(np.median(shapes)))


def _hues(pixels_N3: np.ndarray) -> np.ndarray:
    """Counts of six hues, and of grey in three steps of lightness."""
    lab = oklab(to_linear(pixels_N3 / 255.0))
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    hue = ((np.arctan2(lab[:, 2], lab[:, 1]) / (2 * np.pi)) % 1.0 * 6).astype(int).clip(0, 5)
    grey = 6 + np.digitize(lab[:, 0], [0.4, 0.75])
    return np.bincount(np.where(chroma > 0.045, hue, grey), minlength=9).astype(float)


def measure_continuity(
    claims: tuple[Claim, ...],
    footage: dict[str, Footage],
    requests: dict[str, ShotRequest],
    finder: Finder | None = None,
) -> tuple[Verdict, ...]:
    """Compare each claim's element in its shot with the same element in the shot that the claim names.

    Args:
        footage, requests: by shot id; each shot is looked at once.

    Returns:
        One verdict per claim: ``pass`` if colour and palette agree, ``fail`` if the colour is another one, else
        ``unmeasurable``.
    """
    needed = {
        shot_id
        for claim in claims
        if claim.expected not in (BEGINS_WITH, ONE_VOICE)
        for shot_id in (claim.shot_id, claim.other)
    }
    witnesses = {
        name: witness_of(footage[name], requests[name], finder)
        for name in footage
        if name in requests and name in needed
    }
    return tuple(
        _begins(claim, footage) if claim.expected == BEGINS_WITH else _compare(claim, witnesses) for claim in claims
    )


def _begins(claim: Claim, footage: dict[str, Footage]) -> Verdict:
    """Is the first frame of the shot the last one of the other, but for encoding and one frame of motion?"""
    if claim.shot_id not in footage or claim.other not in footage:
        return cannot_tell(claim, f"there is no footage of shots {claim.other} and {claim.shot_id}")
    before, after = footage[claim.other], footage[claim.shot_id]
    last = extract_still(before.video, before.frames - 1, *THUMB).astype(np.float64)
    first = extract_still(after.video, 0, *THUMB).astype(np.float64)
    apart = float(np.abs(first - last).mean()) / 255
    measured = f"the two frames differ by {apart:.1%}"
    if apart <= SAME_FRAME:
        return say(claim, "pass", measured, 1.0 - 0.5 * apart / SAME_FRAME, frame=0)
    if apart >= OTHER_FRAME:
        return say(claim, "fail", measured, 0.9, frame=0)
    return cannot_tell(claim, "neither alike nor unlike enough", measured)


def _compare(claim: Claim, witnesses: dict[str, Witness]) -> Verdict:
    if claim.expected == ONE_VOICE:
        return cannot_tell(claim, "one voice is not told from another here")
    marks = []
    for shot_id in (claim.other, claim.shot_id):
        seen = witnesses.get(shot_id)
        if seen is None:
            return cannot_tell(claim, f"there is no footage of shot {shot_id}")
        track = seen.cast.get(claim.element)
        if track is None:
            return cannot_tell(claim, f"the element cannot be told from others in shot {shot_id}")
        marks.append((signature(track, seen), seen, largest(track)))
    (one, _, _), (two, later, region) = marks
    agree = float(np.minimum(one.palette, two.palette).sum())
    names = [NAMES[int(mark.colours.argmax())] for mark in (one, two)]
    together = float((one.colours * two.colours).sum())
    sure = min(one.colours.max(), two.colours.max())
    measured = f"{names[0]} and {names[1]}, palettes agree by {agree:.0%}"
    note = f"height over width {one.slender:.2f} and {two.slender:.2f}; P(one colour) = {together:.2f}"
    frame = later.number(region.sample)
    if names[0] == names[1] and sure > SURE_COLOUR and agree > SAME_SHARES:
        return say(claim, "pass", measured, 0.5 + 0.5 * together * agree, note=note, frame=frame, box=region.box)
    if names[0] != names[1] and sure > SURE_COLOUR and together < OTHER_COLOUR and agree < 0.6:
        return say(claim, "fail", measured, 0.85, note=note, frame=frame, box=region.box)
    return cannot_tell(claim, note, measured)
