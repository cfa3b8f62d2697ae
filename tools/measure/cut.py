"""Claims about the finished film: what its file holds, and whether cuts, voices and music are where they should be."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from storyboards.claims import TRUE_PEAK_MAX_DBTP, Claim, ClaimKind
from storyboards.critique import Verdict
from storyboards.errors import BadMedia, JudgeFailed
from storyboards.storyboard import Storyboard
from storyboards.timeline import Timeline
from tools.measure import voices
from tools.measure.verdicts import cannot_tell, passed, say

if TYPE_CHECKING:
    from tools.media import Loudness, MediaFacts

CUT_JUMP = 2.5
"""A cut changes the picture by this many times the usual change between neighbouring frames."""
WINDOW_FRAMES = 8
CELL_PX = 8


class Screening:
    """The film as shown, each thing measured once, when first asked for."""

    def __init__(self, video: Path, board: Storyboard, timeline: Timeline) -> None:
        self.video, self.board, self.timeline = video, board, timeline

    @cached_property
    def facts(self) -> MediaFacts:
        from tools.media import probe

        return probe(self.video)

    @cached_property
    def loudness(self) -> Loudness:
        from tools.media import loudness

        return loudness(self.video)

    @cached_property
    def wave(self) -> np.ndarray:
        """(2, N) at 48 kHz."""
        from tools.media import read_wave

        return read_wave(self.video)

    def changes_around(self, frame: int) -> np.ndarray:
        """Mean differences of neighbouring frames in brightness, 0 to 1, on cells of 8 x 8 pixels.

        Returns:
            the change into ``frame`` first, then those into up to eight frames before it and eight after it.
        """
        from tools.media import read_planes

        begin = max(0, frame - WINDOW_FRAMES - 1)
        shots = itertools.islice(read_planes(self.video, begin), frame + WINDOW_FRAMES + 1 - begin)
        cells = np.stack([_cells(planes.y) for planes in shots])
        changes = np.abs(np.diff(cells, axis=0)).mean((1, 2))
        at = frame - begin - 1
        return np.concatenate([changes[at : at + 1], changes[:at], changes[at + 1 :]])


def _cells(luma: np.ndarray) -> np.ndarray:
    """Means of cells of 8 x 8 pixels, 0 to 1."""
    height, width = (side // CELL_PX for side in luma.shape)
    cut = luma[: height * CELL_PX, : width * CELL_PX].reshape(height, CELL_PX, width, CELL_PX)
    return np.asarray(cut.mean((1, 3), dtype=np.float32) / 255.0)


def measure_cut(video: Path, board: Storyboard, claims: tuple[Claim, ...], timeline: Timeline) -> tuple[Verdict, ...]:
    """One verdict for each claim about the film, in their order.

    Raises:
        JudgeFailed: the film cannot be read.
    """
    seen = Screening(video, board, timeline)
    try:
        return tuple(_answer(claim, seen) for claim in claims)
    except BadMedia as error:
        raise JudgeFailed(f"the cut could not be measured: {error}") from error


def _answer(claim: Claim, seen: Screening) -> Verdict:
    answer = ANSWERS.get(claim.kind)
    if answer is None or (claim.kind == "duration" and claim.shot_id):
        return cannot_tell(claim, "a claim about one take, not about the cut")
    return answer(claim, seen)


def duration(claim: Claim, seen: Screening) -> Verdict:
    frames = seen.facts.frames
    right = claim.number is not None and abs(frames - claim.number) <= (claim.tolerance or 0)
    return say(claim, passed(right), f"{frames} frames, {seen.board.rate.seconds(frames):.3f} s", tier="T0")


def size(claim: Claim, seen: Screening) -> Verdict:
    facts = seen.facts
    measured = f"{facts.width}x{facts.height}@{facts.rate}"
    return say(claim, passed(measured == claim.expected), measured, tier="T0")


def streams(claim: Claim, seen: Screening) -> Verdict:
    facts = seen.facts
    if not (facts.has_picture and facts.has_sound):
        missing = "sound" if facts.has_picture else "picture"
        return say(claim, "fail", f"there is no {missing} stream", tier="T0")
    late_s = facts.sound_start_s - facts.video_start_s
    right = abs(late_s) <= (claim.tolerance or 0.04)
    return say(claim, passed(right), f"the sound starts {1000 * late_s:+.0f} ms after the picture", tier="T0",
               note=f"{facts.video_codec} and {facts.sound_codec}")  # fmt: skip


def loudness(claim: Claim, seen: Screening) -> Verdict:
    if not seen.facts.has_sound:
        return say(claim, "fail", "there is no sound")
    lufs, peak = seen.loudness
    if lufs is None or peak is None:
        return say(claim, "fail", "silence")
    target, slack = claim.number if claim.number is not None else -14.0, claim.tolerance or 1.0
    right = abs(lufs - target) <= slack + 0.05 and peak <= TRUE_PEAK_MAX_DBTP + 0.05
    return say(claim, passed(right), f"{lufs:.1f} LUFS, {peak:.1f} dBTP")


def order(claim: Claim, seen: Screening) -> Verdict:
    """The manifest's order, and a jump in the picture at each place where it has a cut."""
    found = " ".join(clip.shot_id for clip in seen.timeline.picture)
    if found != claim.expected:
        return say(claim, "fail", found, tier="T0")
    cuts = [clip.record.start for clip in seen.timeline.picture[1:] if clip.transition.kind == "cut"]
    if not cuts:
        return say(claim, "pass", found, 0.8, tier="T0", note="as the timeline has it")
    there = [frame for frame in cuts if 0 < frame < seen.facts.frames and _jumps(seen.changes_around(frame))]
    note = f"{len(there)} of {len(cuts)} cuts are seen at their planned frame"
    missing = next((frame for frame in cuts if frame not in there), None)
    span = None if missing is None else (seen.board.rate.seconds(missing), seen.board.rate.seconds(missing + 1))
    if len(there) >= 0.8 * len(cuts):
        return say(claim, "pass", found, 0.9, note=note)
    if len(there) < 0.5 * len(cuts):
        return say(claim, "fail", note, 0.8, frame=missing, span_s=span)
    return cannot_tell(claim, note, found)


def _jumps(changes: np.ndarray) -> bool:
    """Is the first change far above the others, those of the frames around it?"""
    usual = float(np.median(changes[1:])) if len(changes) > 1 else 0.0
    return bool(len(changes) and changes[0] > CUT_JUMP * usual + 0.008)


def captions(claim: Claim, seen: Screening) -> Verdict:
    """Every planned line stands in the captions, word for word, while its shot plays."""
    problems = []
    for shot in seen.board.shots:
        span = seen.board.span_of(shot.id)
        begins, ends = seen.board.rate.seconds(span.start), seen.board.rate.seconds(span.end)
        rows = [caption for caption in seen.timeline.captions if caption.shot_id == shot.id]
        shown = _words(" ".join(caption.text for caption in rows))
        planned = _words(" ".join(line.text for line in shot.lines))
        if shown != planned:
            problems.append(f"shot {shot.id}: “{shown[:60]}” for “{planned[:60]}”")
        elif rows:
            due_s, at_s = begins + shot.lines[0].at_s, rows[0].start_s
            if not max(begins - 0.05, due_s - 0.5) <= at_s <= ends:
                problems.append(f"shot {shot.id}: shown at {at_s:.2f} s, spoken from {due_s:.2f} s")
    if any(a.end_s > b.start_s + 0.01 for a, b in pairwise(seen.timeline.captions)):
        problems.append("captions overlap")
    if problems:
        return say(claim, "fail", problems[0], tier="T0", note="; ".join(problems[1:4]))
    return say(claim, "pass", f"{len(seen.timeline.captions)} captions", tier="T0")


def _words(text: str) -> str:
    return " ".join(text.split()).casefold()


def title(claim: Claim, seen: Screening) -> Verdict:
    """Letters are not read here: the manifest says what is set."""
    clip = next((clip for clip in seen.timeline.picture if clip.shot_id == claim.shot_id), None)
    found = clip.title if clip else ""
    return say(claim, passed(_words(found) == _words(claim.expected)), found or "no title", 0.8, tier="T0",
               note="as the timeline has it")  # fmt: skip


def narration(claim: Claim, seen: Screening) -> Verdict:
    """Is a voice heard while the line, or the voice-over, should be? What it says is not understood here."""
    if not claim.shot_id and claim.number is None:
        return cannot_tell(claim, "words are not understood here")
    spoken = [clip for clip in seen.timeline.sound if clip.track == "dialogue" and clip.shot_id == claim.shot_id]
    begins = 0.0
    if claim.shot_id:
        begins = seen.board.rate.seconds(seen.board.span_of(claim.shot_id).start) + (claim.number or 0.0)
    if not spoken:
        return cannot_tell(claim, "nobody can speak here; the words are in the captions")
    clip = min(spoken, key=lambda row: abs(row.at_s - begins))
    if abs(clip.at_s - begins) > 1.0:
        return say(claim, "fail", f"planned at {begins:.2f} s, laid at {clip.at_s:.2f} s", 0.8, tier="T0")
    if not seen.facts.has_sound:
        return say(claim, "fail", "there is no sound")
    span = (clip.at_s, clip.at_s + clip.length_s)
    everyone = [(c.at_s, c.at_s + c.length_s) for c in seen.timeline.sound if c.track == "dialogue"]
    heard = voices.hear_voice(seen.wave.mean(0), span, everyone)
    measured = f"speech band {heard.rise_db:+.1f} dB against the rest, syllables {heard.syllables:.2f}"
    if heard.level_db < voices.INAUDIBLE_DB:
        return say(claim, "fail", "silence", 0.95, span_s=span)
    if heard.rise_db > voices.RISE_DB or heard.syllables > voices.SYLLABIC:
        return say(
            claim, "pass", measured, 0.7, span_s=span, note="a voice is heard; its words are not understood here"
        )
    return cannot_tell(claim, "no voice stands out", measured)


def music(claim: Claim, seen: Screening) -> Verdict:
    """Present or absent: the manifest, and tones that are held. The mood is not measured."""
    if not seen.facts.has_sound:
        return say(claim, passed(claim.expected == "none"), "there is no sound")
    planned = claim.expected != "none"
    laid = any(clip.track == "music" for clip in seen.timeline.sound)
    tonal = voices.held_tones(seen.wave.mean(0))
    measured = f"tones are held in {tonal:.0%} of the film"
    if planned != laid:
        found = f"the timeline has {'no ' if planned else ''}music"
        return say(claim, "fail", found, 0.95, tier="T0", note=measured)
    if planned == (tonal > voices.MUSICAL):
        return say(claim, "pass", measured, 0.75, note=f"mood “{claim.expected}” is not measured" if planned else "")
    if planned and tonal < 0.25 * voices.MUSICAL:
        return say(claim, "fail", f"no music is heard: {measured}", 0.8)
    return cannot_tell(claim, "held tones do not agree with the timeline", measured)


ANSWERS: dict[ClaimKind, Callable[[Claim, Screening], Verdict]] = {
    "duration": duration, "size": size, "streams": streams, "loudness": loudness, "order": order, "captions": captions,
    "title": title, "narration": narration, "music": music,
}  # fmt: skip
