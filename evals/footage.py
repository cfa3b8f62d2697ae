"""A film taken apart into shots that judges can look at, one small file each, removed when the scoring ends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from evals.alignment import Placed, Planned, align, relative, reordered
from evals.edit_list import EditList
from evals.shot_finding import Segment, find_shots
from storyboards.clock import FrameRate
from storyboards.errors import BadEdit
from storyboards.shot import Shot
from storyboards.storyboard import Storyboard
from tools.contract import SOUND_RATE_HZ, Footage, ShotRequest, request_for

if TYPE_CHECKING:
    from tools.media import MediaFacts

LONG_SIDE_PX = 640
"""Judges look at less than this."""
CRF = 12
LEAST_FRAMES = 4
SEEN_COUNTS = 3


@dataclass(frozen=True)
class Reel:
    """A film in a scratch folder, cut apart as asked.

    Attributes:
        scratch: an existing folder; its owner removes it.
    """

    video: Path
    facts: MediaFacts
    scratch: Path

    @property
    def rate(self) -> FrameRate:
        return self.facts.rate or FrameRate(numerator=24)

    @cached_property
    def wave(self) -> np.ndarray | None:
        """(2, N) at 48 kHz, from the first picture on; None without sound."""
        from tools.media import read_wave

        if not self.facts.has_sound:
            return None
        lead = round((self.facts.sound_start_s - self.facts.video_start_s) * SOUND_RATE_HZ)
        wave = read_wave(self.video)
        return np.pad(wave, ((0, 0), (lead, 0))) if lead > 0 else wave[:, -lead:]

    def clip(self, start: int, stop: int) -> Path:
        """Frames ``start`` up to ``stop`` as a file of their own, at most ``LONG_SIDE_PX`` long."""
        from tools.media import FrameWriter, read_planes

        path = self.scratch / f"{start}-{stop}.mp4"
        if path.exists():
            return path
        scale = min(1.0, LONG_SIDE_PX / max(self.facts.width, self.facts.height))
        width, height = (max(16, 2 * round(side * scale / 2)) for side in (self.facts.width, self.facts.height))
        with FrameWriter(path, width, height, self.rate, crf=CRF) as writer:
            for number, planes in enumerate(read_planes(self.video, start, width, height)):
                if number >= stop - start:
                    break
                writer.write_planes(planes)
        return path

    def sound(self, start: int, stop: int) -> Path | None:
        """The sound under those frames as a wave file; None if the film has none."""
        from tools.media import write_wave

        if self.wave is None:
            return None
        path = self.scratch / f"{start}-{stop}.wav"
        if not path.exists():
            first, last = (round(self.rate.seconds(frame) * SOUND_RATE_HZ) for frame in (start, stop))
            part = self.wave[:, first:last]
            write_wave(path, np.pad(part, ((0, 0), (0, max(0, last - first - part.shape[1])))))
        return path

    def footage(self, place: Placed, trim: int = 0) -> Footage:
        """What a judge is shown of a placed shot; ``trim`` leaves frames of a transition out of the picture."""
        frames = place.stop - place.start - trim
        video = self.clip(place.start + trim, place.stop)
        return Footage(video, self.sound(place.start, place.stop), self.rate, frames)


def placed_by(edits: EditList, board: Storyboard, frames: int) -> dict[str, Placed]:
    """The places that an edit list gives; shots it does not name are missing.

    Raises:
        BadEdit: it names a shot that the plan does not have, or frames that the film does not have.
    """
    known = {shot.id for shot in board.shots}
    strange = sorted({span.shot for span in edits.shots} - known)
    if strange:
        raise BadEdit(f"the edit list has shots that the plan does not have: {', '.join(strange)}.",
                      next_step=f"The plan has {', '.join(sorted(known))}.")  # fmt: skip
    rows: dict[str, Placed] = {}
    for span in edits.shots:
        if span.start >= frames:
            rows[span.shot] = Placed(span.shot, why_not=f"the edit list puts it at frame {span.start}, after the end")
        elif span.shot not in rows:
            rows[span.shot] = Placed(span.shot, span.start, min(span.end, frames), "given")
    return {shot.id: rows.get(shot.id) or Placed(shot.id, why_not="the edit list does not have it")
            for shot in board.shots}  # fmt: skip


def placed_by_sight(reel: Reel, board: Storyboard) -> tuple[dict[str, Placed], tuple[Segment, ...]]:
    """The places found in the picture, and the stretches that were found."""
    found = find_shots(reel.video, reel.facts)
    rate_hz = float(reel.rate.fraction)
    planned = [
        Planned(shot.id, board.rate.seconds(shot.frames), shot.transition.kind == "dissolve") for shot in board.shots
    ]
    if len(board.shots) == 1 and len(found) == 1:
        places = align(planned, found, rate_hz)
    else:
        likes = relative(affinities(reel, board, found))
        places = align(planned, found, rate_hz, likes)
        places = reordered(planned, found, rate_hz, likes, places) or places
    return _settled(places, board, reel.rate), found


def _settled(places: tuple[Placed, ...], board: Storyboard, rate: FrameRate) -> dict[str, Placed]:
    """A dissolve is found by its middle: its shot begins, and the one before ends, half its length earlier."""
    early: dict[int, int] = {}
    for place in places:
        transition = board.shot(place.shot_id).transition
        if place.found and place.edge == "dissolve" and transition.kind == "dissolve":
            half = rate.frames(transition.frames / 2 / float(board.rate.fraction))
            early[place.start] = max(0, place.start - half)
    rows = {}
    for place in places:
        if place.found:
            place = replace(place, start=early.get(place.start, place.start), stop=early.get(place.stop, place.stop))
        if place.found and place.stop - place.start < LEAST_FRAMES:
            place = Placed(place.shot_id, why_not=f"only {place.stop - place.start} frames of it were found")
        rows[place.shot_id] = place
    return rows


def affinities(reel: Reel, board: Storyboard, found: tuple[Segment, ...]) -> np.ndarray:
    """How much each planned shot looks like each found stretch (N, M), 0 to 1: light, weather, framing, who is seen.

    The geometric mean of the finder's probabilities of the planned words, none below a hundredth.
    """
    from tools.measure.look import look_at
    from tools.measure.subjects import Survey, survey

    surveys: list[Survey | None] = []
    for segment in found:
        enough = segment.frames >= LEAST_FRAMES
        surveys.append(survey(look_at(reel.clip(segment.start, segment.stop), 48)) if enough else None)
    return np.array(
        [[likeness(board, shot, seen) if seen else 0.0 for seen in surveys] for shot in board.shots]
    )  # fmt: skip


def likeness(board: Storyboard, shot: Shot, seen: object) -> float:
    from tools.measure.colour import NAMES
    from tools.measure.subjects import Survey

    assert isinstance(seen, Survey)
    odds = [seen.time.get(shot.time, 0.5), seen.weather.get(shot.weather, 0.5)]
    odds += [seen.framing.get(shot.camera.framing, 0.5), float(seen.counts[min(len(shot.parts), SEEN_COUNTS)])]
    for part in shot.parts:
        colour = board.element(part.element).colour
        if colour in NAMES:
            likely = [float(track.colour()[NAMES.index(colour)]) for track in seen.tracks]
            odds.append(max(likely, default=0.05))
    return float(np.exp(np.log(np.clip(odds, 0.01, 1.0)).mean()))


def request_of(board: Storyboard, shot: Shot, footage: Footage) -> ShotRequest:
    """The request as if the shot had been asked for at the length and rate at which it was found."""
    asked = shot.model_copy(update={"frames": max(LEAST_FRAMES, footage.frames)})
    return replace(request_for(board, shot), shot=asked, rate=footage.rate, handle_frames=0)
