"""Claims about the subjects: who is there, how many, what colour, which way, how near."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from storyboards.claims import Claim
from storyboards.critique import Verdict
from storyboards.shot import Action
from tools.measure.colour import NAMES, Naming, estimate_light, name_colour
from tools.measure.riders import aboard, hangs, rides_in
from tools.measure.subjects import Region, Track
from tools.measure.verdicts import cannot_tell, passed, say
from tools.measure.witness import Witness
from tools.vocabulary import SIZES, SUBJECTS

COLOUR_SURE, COLOUR_OUT = 0.60, 0.12
"""Probability from which a colour is taken to be there, and under which not."""
CROWD = (0.85, 0.03)
"""The same to fail a colour where subjects are told apart by their places only: it may be another's."""
PIXEL_FLOOR, PIXEL_POWER = 0.10, 0.6
THROUGHOUT, A_WHILE, DISTINCT = 0.80, 0.25, 0.50
"""Shares of the samples in which a subject is found, and the height of its centre's peak, that make it sure."""
COUNT_SURE = 0.40
MOVED, STAYED = 0.05, 0.015
"""Net travel, in frame heights, that is a motion, and that is none."""
ALONG = 0.35
"""Net travel below which a camera that travels sideways may make a motion seem the other way."""
FRAMING_SURE, FRAMING_OUT = 0.55, 0.15
NEARLY = 0.25
"""Of the logarithm of a height: framings that are this much farther than the nearest are as likely by size."""
MEDIUM, CLOSE = 0.60, 0.95
"""Height of a subject that stands, as a share of the frame's, in a medium and in a close shot."""
SMALLEST, LARGEST = 0.24, 0.45
"""The same in a wide shot, at least and at most."""


def largest(track: Track) -> Region:
    return max(track.regions, key=lambda region: region.area)


def subject(claim: Claim, seen: Witness) -> Verdict:
    """Which animal it is, is not measured here; but where nobody is at all, a claimed subject is missing."""
    survey = seen.survey
    if not survey.tracks and survey.count_S.max(initial=0) == 0:
        return say(claim, "fail", "nobody is seen", float(survey.counts[0]))
    return cannot_tell(claim, "measurements find subjects but do not know what they are")


def count(claim: Claim, seen: Witness) -> Verdict:
    """Subjects that are followed all through; any that is there for a while only, or dimly, leaves the number open."""
    survey = seen.survey
    planned = round(claim.number or 0)
    sure = [track for track in survey.tracks if _presence(track, seen) >= THROUGHOUT and _strength(track) >= DISTINCT]
    open_ = [track for track in survey.tracks if track not in sure and _presence(track, seen) >= A_WHILE]
    share = float(survey.counts[len(sure)])
    measured = f"{len(sure)} all through, {len(open_)} for a while or dimly; P({len(sure)}) = {share:.2f}"
    if open_ or share < COUNT_SURE:
        return cannot_tell(claim, "the two ways of counting differ, or are unsure", measured)
    if len(sure) < planned and rides_in(seen):
        return cannot_tell(claim, "whoever rides may be seen as one with what carries it", measured)
    if len(sure) < planned and seen.request.shot.camera.framing != "wide":
        return cannot_tell(claim, "the frame is close; others may be outside", measured)
    box = largest(sure[0]).box if sure else None
    return say(claim, passed(len(sure) == planned), str(len(sure)), share, frame=0, box=box, note=measured)


def _presence(track: Track, seen: Witness) -> float:
    """Share of the samples in which the subject was found."""
    return len(track.regions) / max(1, len(seen.survey.samples))


def _strength(track: Track) -> float:
    return float(np.median([region.strength for region in track.regions]))


def colour(claim: Claim, seen: Witness) -> Verdict:
    """Two measurements of one region: the network's, which knows belly from back, and the names of its pixels."""
    track = seen.cast.get(claim.element)
    if track is None or (not seen.names_known and any(claim.element in pair for pair in rides_in(seen))):
        return _colour_as_one(claim, seen) or _colour_of_anyone(claim, seen)
    region = largest(track)
    named, odds = colour_odds(track, seen)
    name = max(odds, key=lambda word: odds[word])
    note = (f"{named.share:.0%} of its pixels are near {named.median}, {named.name}; "
            f"P({claim.expected}) = {odds[claim.expected]:.2f}")  # fmt: skip
    frame = seen.number(region.sample)
    if name == claim.expected and odds[name] >= COLOUR_SURE:
        return say(claim, "pass", name, odds[name], note=note, frame=frame, box=region.box)
    crowd = len(seen.request.shot.parts) > 1 and not seen.names_known
    sure, out = CROWD if crowd else (COLOUR_SURE, COLOUR_OUT)
    if crowd and _another_has(claim, track, seen):
        return say(claim, "unmeasurable", name, 0.0, note=f"{note}; another subject has the colour, and who is who is "
                   "told by side alone", frame=frame, box=region.box)  # fmt: skip
    if odds[claim.expected] <= out and odds[name] >= sure and named.shares.get(claim.expected, 0.0) < 0.25:
        return say(claim, "fail", name, odds[name], note=note, frame=frame, box=region.box)
    measured = f"between {claim.expected} and {name}" if name != claim.expected else f"perhaps {name}"
    return say(claim, "unmeasurable", measured, 0.0, note=note, frame=frame, box=region.box)


def _another_has(claim: Claim, track: Track, seen: Witness) -> bool:
    """Whether another subject has the colour: told apart by side alone, they may have been taken for each other."""
    column = NAMES.index(claim.expected)
    return any(other is not track and other.colour()[column] >= COLOUR_SURE for other in seen.survey.tracks)


def colour_odds(track: Track, seen: Witness) -> tuple[Naming, dict[str, float]]:
    """The names of the pixels, and the network's probabilities weighted by how many pixels have each name (any name
    keeps a little)."""
    named = _pixels(largest(track), seen)
    weights = [p * (PIXEL_FLOOR + named.shares.get(name, 0.0)) ** PIXEL_POWER
               for name, p in zip(NAMES, track.colour().tolist(), strict=True)]  # fmt: skip
    return named, {name: weight / sum(weights) for name, weight in zip(NAMES, weights, strict=True)}


def _colour_as_one(claim: Claim, seen: Witness) -> Verdict | None:
    """Of two that may be seen as one, a colour that is in it is there, and none is missing; None for anybody else."""
    pairs = [pair for pair in rides_in(seen) if claim.element in pair]
    if not pairs:
        return None
    # Who is who is told by the plan's colours, so another one is not looked for.
    both = aboard(seen, *pairs[0]) if claim.expected == seen.planned_colour(claim.element) else ()
    shown = sum(1 for regions in seen.survey.regions if regions)
    if len(both) < 0.5 * shown or not both:
        return cannot_tell(claim, "whoever rides may be seen as one with what carries it")
    last = both[-1]
    measured = f"{claim.expected} beside the other's colour in {len(both) / shown:.0%} of the samples"
    return say(claim, "pass", measured, 0.8, frame=seen.number(last.sample), box=last.box)


def _colour_of_anyone(claim: Claim, seen: Witness) -> Verdict:
    """Who is who is unknown: only a colour that nobody has is a failure."""
    tracks = seen.survey.tracks
    if not tracks:
        return cannot_tell(claim, "no subject was found")
    odds = [dict(zip(NAMES, track.colour().tolist(), strict=True)) for track in tracks]
    names = [max(row, key=lambda word, row=row: row[word]) for row in odds]  # type: ignore[misc]
    if len(tracks) >= len(seen.request.shot.parts):
        if all(row[claim.expected] <= 0.02 and max(row.values()) > 0.9 for row in odds):
            return say(claim, "fail", " and ".join(names), 0.8, note="no subject has this colour")
        if all(name == claim.expected and row[name] >= COLOUR_SURE for name, row in zip(names, odds, strict=True)):
            return say(claim, "pass", claim.expected, 0.8, note="every subject has this colour")
    return cannot_tell(claim, "which subject is which cannot be told", " and ".join(names))


def _pixels(region: Region, seen: Witness) -> Naming:
    """What the region's pixels are called under the planned light."""
    frame = seen.look.frames_THWC[seen.survey.samples[region.sample]]
    height, width = seen.survey.cover_Shw.shape[1:]
    y = ((region.cells[:, 0] + 0.5) / height * frame.shape[0]).astype(int)
    x = ((region.cells[:, 1] + 0.5) / width * frame.shape[1]).astype(int)
    return name_colour(frame[y, x], estimate_light(seen.request.shot.time))


def action_of(claim: Claim, seen: Witness) -> Action | None:
    """The planned action that a claim ``….element.n`` is about."""
    part = seen.request.shot.part_of(claim.element)
    number = claim.id.rpartition(".")[2]
    if part is None or not number.isdigit() or not 1 <= int(number) <= len(part.actions):
        return None
    return part.actions[int(number) - 1]


def during(track: Track, action: Action, seen: Witness) -> list[Region]:
    """Regions of the track while the action lasts."""
    frames = seen.look.decoded
    start, end = action.start * frames, action.end * frames
    return [region for region in track.regions if start - 1 <= seen.number(region.sample) <= end + 1]


def travelled(regions: list[Region], seen: Witness) -> np.ndarray:
    """Net travel against the scenery, frame heights, x right and y down."""
    return sum((seen.travel(a, b) for a, b in pairwise(regions)), np.zeros(2))


def direction(claim: Claim, seen: Witness) -> Verdict:
    action, track = action_of(claim, seen), seen.cast.get(claim.element)
    if track is None or action is None:
        nobody = not seen.survey.tracks
        return cannot_tell(claim, "no subject was found" if nobody else "which subject is meant cannot be told")
    regions = during(track, action, seen)
    if len(regions) < 3:
        return cannot_tell(claim, "the subject is hardly seen while it should move")
    dx = float(travelled(regions, seen)[0])
    word = "right" if dx > 0 else "left"
    measured = f"{word} by {abs(dx):.2f} frame heights against the scenery"
    span = (seen.second(regions[0].sample), seen.second(regions[-1].sample))
    if abs(dx) < STAYED or seen.camera.trust < 0.2:
        return cannot_tell(claim, "hardly any motion against the scenery", measured)
    if abs(dx) < MOVED:
        return cannot_tell(claim, "too little motion to be sure", measured)
    if word != claim.expected and abs(dx) < ALONG and "truck" in seen.request.shot.camera.move:
        return cannot_tell(
            claim, "the camera travels along, and what is near goes by faster than what is far", measured
        )
    region = regions[-1]
    return say(claim, passed(word == claim.expected), measured, min(1.0, 0.6 + abs(dx)), span_s=span,
               frame=seen.number(region.sample), box=region.box)  # fmt: skip


def relation(claim: Claim, seen: Witness) -> Verdict:
    first, second = seen.cast.get(claim.element), seen.cast.get(claim.other)
    if claim.expected == "ride" and not (seen.names_known and first and second):
        return _rides_as_one(claim, seen)
    if first is None or second is None:
        return cannot_tell(claim, "which subject is which cannot be told")
    if claim.expected == "left of":
        return _left_of(claim, seen, first, second)
    both = _together(first, second)
    if len(both) < 3:
        return cannot_tell(claim, "the two are hardly seen together")
    if claim.expected == "meet":
        return _meets(claim, seen, both)
    if claim.expected == "ride":
        return _rides(claim, seen, both)
    return _chases(claim, seen, both)


def _together(first: Track, second: Track) -> list[tuple[Region, Region]]:
    there = {region.sample: region for region in second.regions}
    return [(region, there[region.sample]) for region in first.regions if region.sample in there]


def _left_of(claim: Claim, seen: Witness, first: Track, second: Track) -> Verdict:
    if not seen.names_known:
        return cannot_tell(claim, "both have one colour, so who is left cannot be told")
    both = _together(first, second)
    if not both or both[0][0].sample > 4:
        return cannot_tell(claim, "the two are not seen together at the start")
    a, b = both[0]
    gap = (b.x - a.x) * seen.look.aspect
    measured = f"x {a.x:.2f} and {b.x:.2f}"
    if abs(gap) < 0.06:
        return cannot_tell(claim, "they are above each other", measured)
    return say(claim, passed(gap > 0), measured, 0.95, frame=seen.number(a.sample), box=a.box)


def _gap(a: Region, b: Region, aspect: float) -> float:
    return float(np.hypot((a.x - b.x) * aspect, a.y - b.y))


def _meets(claim: Claim, seen: Witness, both: list[tuple[Region, Region]]) -> Verdict:
    aspect = seen.look.aspect
    start, end = _gap(*both[0], aspect), min(_gap(*pair, aspect) for pair in both[-3:])
    measured = f"their distance goes from {start:.2f} to {end:.2f} frame heights"
    last = both[-1][0]
    if end < 0.75 * start:
        return say(claim, "pass", measured, 0.85, frame=seen.number(last.sample), box=last.box)
    if end > 0.95 * start:
        return say(claim, "fail", measured, 0.7, frame=seen.number(last.sample), box=last.box)
    return cannot_tell(claim, "they come a little nearer", measured)


def _rides_as_one(claim: Claim, seen: Witness) -> Verdict:
    """Where two are seen as one, their colours in it say who is over whom."""
    both = aboard(seen, claim.element, claim.other)
    shown = sum(1 for regions in seen.survey.regions if regions)
    if not both or len(both) < 0.5 * shown:
        return cannot_tell(claim, "which subject is which cannot be told")
    apart = [max(abs(one.rider[0] - one.carrier[0]) - 0.5 * one.width, 0.0) for one in both]
    over = sum(gap < 0.02 for gap in apart) / shown
    lift = float(np.median([one.carrier[1] - one.rider[1] for one in both]))
    measured = f"its colour is over the other's in {over:.0%} of the samples, {lift:+.2f} above its middle"
    if over >= 0.5 and (lift < -0.05 if hangs(seen, claim.other) else lift > 0.02):
        return say(claim, "pass", measured, 0.8, frame=seen.number(both[-1].sample), box=both[-1].box)
    return cannot_tell(claim, "they are seen as one, but not clearly one on the other", measured)


def _rides(claim: Claim, seen: Witness, both: list[tuple[Region, Region]]) -> Verdict:
    """The rider's middle is over or within its carrier's box the whole time, and not under its middle."""
    apart = [max(abs(a.x - b.x) - 0.5 * (b.box[2] - b.box[0]), 0.0) for a, b in both]
    over = sum(gap < 0.02 for gap in apart) / len(apart)
    lift = float(np.median([b.y - a.y for a, b in both]))
    measured = f"over the other in {over:.0%} of the frames, {lift:+.2f} of the height above its middle"
    last = both[-1][0]
    hung = hangs(seen, claim.other)
    if over >= 0.8 and (lift > -0.02 or hung):
        return say(claim, "pass", measured, 0.85, frame=seen.number(last.sample), box=last.box)
    if over < 0.4 or (lift < -0.08 and not hung):
        return say(claim, "fail", measured, 0.75, frame=seen.number(last.sample), box=last.box)
    return cannot_tell(claim, "they are together, but not clearly one on the other", measured)


def _chases(claim: Claim, seen: Witness, both: list[tuple[Region, Region]]) -> Verdict:
    one, two = (travelled([pair[k] for pair in both], seen)[0] for k in (0, 1))
    ahead = float(np.median([(b.x - a.x) for a, b in both])) * seen.look.aspect
    side = "right" if ahead > 0 else "left"
    measured = f"they go {one:+.2f} and {two:+.2f}; the other is {abs(ahead):.2f} to the {side}"
    last = both[-1][0]
    if min(abs(one), abs(two)) < MOVED or abs(ahead) < 0.05:
        return cannot_tell(claim, "too little motion or distance to be sure", measured)
    if not seen.names_known and np.sign(one) == np.sign(two):
        return cannot_tell(claim, "one follows the other, but who is who cannot be told", measured)
    right = bool(np.sign(one) == np.sign(two) == np.sign(ahead))
    return say(claim, passed(right), measured, 0.8, frame=seen.number(last.sample), box=last.box)


def framing(claim: Claim, seen: Witness) -> Verdict:
    """The network's word and the subject's size must agree: a rabbit that fills the height is not in a wide shot."""
    odds = seen.survey.framing
    name = max(odds, key=lambda word: odds[word])
    parts = seen.request.shot.parts
    track = seen.cast.get(parts[0].element) if parts else None
    track = track or max(seen.survey.tracks, key=lambda t: largest(t).area, default=None)
    if track is None:
        return cannot_tell(claim, "no subject was found")
    region = largest(track)
    tall = float(np.quantile([r.box[3] - r.box[1] for r in track.regions], 0.75))
    by_size = _framings_by_size(tall, seen)
    measured = f"{name}; the subject takes {tall:.0%} of the height, as in a {' or '.join(by_size)} shot"
    out = odds[claim.expected] <= FRAMING_OUT and claim.expected not in by_size
    if name in by_size and (name == claim.expected or out) and odds[name] >= FRAMING_SURE:
        return say(claim, passed(name == claim.expected), measured, odds[name], frame=seen.number(region.sample),
                   box=region.box)  # fmt: skip
    return cannot_tell(claim, f"between framings (P({claim.expected}) = {odds[claim.expected]:.2f})", measured)


def _framings_by_size(tall: float, seen: Witness) -> tuple[str, ...]:
    """The framings in which the first subject's usual height would be near ``tall`` (a share of the frame's): the
    nearest, and any that is hardly farther, as in a narrow frame, where a long body leaves little to tell."""
    part = seen.request.shot.parts[0]
    element = next(e for e in seen.request.elements if e.id == part.element)
    kind = SUBJECTS[element.subject]
    shot = seen.request.shot
    if any(action.verb == "ride" for other in shot.parts for action in other.actions):
        # A rider and what carries it are framed as one, and drawn to fit each other.
        return ()
    stands = kind.height * SIZES[element.size] * (1.0 - 0.3 * part.depth)
    # A wide frame comes up to half as near again for what is small; a long body counts by its length.
    wide = min(max(stands, min(SMALLEST, 1.5 * stands)), LARGEST)
    by_width = seen.look.aspect / kind.width / 0.70
    usual = {"wide": min(wide, LARGEST * by_width), "medium": min(MEDIUM, MEDIUM * by_width),
             "close": min(CLOSE, CLOSE * by_width)}  # fmt: skip
    away = {word: abs(float(np.log(max(tall, 0.01) / height))) for word, height in usual.items()}
    return tuple(word for word in usual if away[word] <= min(away.values()) + NEARLY)
