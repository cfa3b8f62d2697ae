"""What one shot's footage shows and sounds like, each thing measured once, when first asked for."""

from __future__ import annotations

from functools import cached_property, lru_cache
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tools.contract import Footage, ShotRequest
from tools.measure.camera import CameraReading, read_camera
from tools.measure.colour import NAMES
from tools.measure.listening import spectrogram
from tools.measure.look import Look, look_at
from tools.measure.motion import Flow, measure_flow, tile_grid
from tools.measure.subjects import Region, Survey, Track, survey

if TYPE_CHECKING:
    from models.finder import Finder

REMEMBERED = 8
"""Takes whose reduced frames are kept in memory, about 20 MB for four seconds each."""
MOST_PAIRS = 100
SIDES = {"left": 0, "centre": 1, "right": 2}


def witness_of(footage: Footage, request: ShotRequest, finder: Finder | None = None) -> Witness:
    """The witness of a take; the last ``REMEMBERED`` are remembered as long as their files stay as they were."""
    if finder is not None:
        return Witness(footage, request, finder)
    return _remembered(footage, request, tuple(_stamp(path) for path in (footage.video, footage.sound) if path))


@lru_cache(maxsize=REMEMBERED)
def _remembered(footage: Footage, request: ShotRequest, stamps: tuple[tuple[int, int], ...]) -> Witness:
    return Witness(footage, request)


def _stamp(path: Path) -> tuple[int, int]:
    """Size and time of the last change; zeros for a file that is not there, which looking at it will say."""
    try:
        facts = path.stat()
    except OSError:
        return 0, 0
    return facts.st_size, facts.st_mtime_ns


class Witness:
    """Looks at the footage of a request. Nothing but the decoded file and the request itself is used."""

    def __init__(self, footage: Footage, request: ShotRequest, finder: Finder | None = None) -> None:
        self.footage, self.request, self.finder = footage, request, finder

    @cached_property
    def look(self) -> Look:
        """The shot without the handle that a dissolve needs."""
        whole = look_at(self.footage.video)
        return whole.part(0, self.request.shot.frames) if whole.decoded > self.request.shot.frames else whole

    @cached_property
    def decoded(self) -> int:
        """Frames in the file, the handle included."""
        from tools.media import probe

        return probe(self.footage.video).frames

    @cached_property
    def survey(self) -> Survey:
        return survey(self.look, self.finder)

    @cached_property
    def stride(self) -> int:
        """Kept frames from one frame of the flow to the next."""
        return max(1, -(-len(self.look.frames_THWC) // MOST_PAIRS))

    @cached_property
    def cover(self) -> np.ndarray:
        frames = self.look.frames_THWC[:: self.stride]
        rows, columns = tile_grid(*frames.shape[1:3])
        return self.survey.tile_cover(len(self.look.frames_THWC), rows, columns)[:: self.stride]

    @cached_property
    def flow(self) -> Flow:
        return measure_flow(self.look.frames_THWC[:: self.stride], self.cover)

    @cached_property
    def camera(self) -> CameraReading:
        outside = 1.0 - np.maximum(self.cover[:-1], self.cover[1:])
        return read_camera(self.flow, np.where(outside > 0.7, 1.0, 0.02))

    @cached_property
    def wave(self) -> np.ndarray | None:
        """(2, N) at 48 kHz, or None without a sound file."""
        from tools.media import read_wave

        return read_wave(self.footage.sound) if self.footage.sound else None

    @cached_property
    def levels(self) -> np.ndarray:
        """The spectrogram of the sound; (bands, 0) without any."""
        if self.wave is None or self.wave.shape[1] == 0:
            return np.zeros((1, 0))
        return spectrogram(self.wave.mean(0), 48_000)

    def number(self, sample: int) -> int:
        """The frame of the file that is the sample of the survey."""
        return int(self.look.number_T[self.survey.samples[sample]])

    def second(self, sample: int) -> float:
        return self.number(sample) / self.look.rate_hz

    def travel(self, before: Region, after: Region) -> np.ndarray:
        """How far a subject came (x, y in frame heights, y down) against the scenery, between two samples."""
        kept = self.survey.samples[[before.sample, after.sample]]
        start, stop = kept[0] // self.stride, kept[1] // self.stride
        pairs = np.arange(start, min(max(stop, start), self.flow.pairs))
        share = np.linspace(0.0, 1.0, len(pairs)) if len(pairs) else np.zeros(0)
        xs = before.x + (after.x - before.x) * share
        ys = before.y + (after.y - before.y) * share
        scenery = self.flow.scenery_at(xs, ys, pairs).sum(0) if len(pairs) else np.zeros(2)
        own = np.array([(after.x - before.x) * self.look.aspect, after.y - before.y])
        return own - scenery

    @cached_property
    def cast(self) -> dict[str, Track]:
        """Which track is which element, where that can be told: by colours if the plan's differ, else by side."""
        return self._by_colour or self.by_side

    @property
    def names_known(self) -> bool:
        """Whether elements were told apart by their colours, not by the side that the plan gave them."""
        return bool(self._by_colour)

    @cached_property
    def _by_colour(self) -> dict[str, Track]:
        parts = self.request.shot.parts
        tracks = self.survey.tracks
        wanted = [self.planned_colour(part.element) for part in parts]
        if len(parts) < 2 or len(tracks) < len(parts) or len(set(wanted)) < len(wanted):
            return {}
        odds = np.log(np.stack([track.colour() for track in tracks])[:, [NAMES.index(c) for c in wanted]] + 1e-3)
        orders = permutations(range(len(tracks)), len(parts))
        ranked = sorted((sum(odds[t, k] for k, t in enumerate(order)), order) for order in orders)
        best_score, best = ranked[-1]
        sure = all(odds[t, k] > np.log(0.4) for k, t in enumerate(best))
        if not sure or (len(ranked) > 1 and best_score - ranked[-2][0] < 1.5):
            return {}
        return {part.element: tracks[t] for part, t in zip(parts, best, strict=True)}

    @cached_property
    def by_side(self) -> dict[str, Track]:
        """Elements by where they begin. With one subject in view of several planned, the camera is on the first."""
        parts = self.request.shot.parts
        tracks = self.survey.tracks
        if len(parts) == 1 and tracks:
            return {parts[0].element: max(tracks, key=lambda t: sum(r.area for r in t.regions))}
        early = [track for track in tracks if track.regions[0].sample <= 3]
        sides = [SIDES[part.side] for part in parts]
        if len(early) != len(parts) or len(set(sides)) < len(sides):
            return {}
        early.sort(key=lambda track: track.regions[0].x)
        ordered = sorted(parts, key=lambda part: SIDES[part.side])
        return {part.element: track for part, track in zip(ordered, early, strict=True)}

    def planned_colour(self, element_id: str) -> str:
        """The colour that the plan gives an element, its natural one if none."""
        from tools.vocabulary import SUBJECTS

        element = next(e for e in self.request.elements if e.id == element_id)
        return element.colour or SUBJECTS[element.subject].natural
