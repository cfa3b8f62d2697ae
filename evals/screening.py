"""Claims about a whole film of which nobody gave the edit: from its file, its pictures and its sound alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from evals.alignment import Placed
from storyboards.claims import Claim
from storyboards.critique import Verdict
from storyboards.errors import BadMedia, MediaFailed
from storyboards.storyboard import Storyboard
from storyboards.timeline import Caption, Timeline
from tools.measure.verdicts import cannot_tell, passed, say

if TYPE_CHECKING:
    from tools.media import MediaFacts

WORDS_PER_S = 2.6
"""Usual pace of narration, for the length of a line whose recording nobody has given."""
CUT_NEAR_FRAMES = 2
_TIME = re.compile(r"(\d+):(\d\d):(\d\d)[,.](\d{3})")


@dataclass(frozen=True)
class Screening:
    """The film as shown, with the places of its shots.

    Attributes:
        captions_file: SubRip or WebVTT text beside the film, or None for what is inside it.
    """

    video: Path
    board: Storyboard
    facts: MediaFacts
    placed: Mapping[str, Placed]
    reordered: bool = False
    captions_file: Path | None = None

    @property
    def rate_hz(self) -> float:
        return float(self.facts.rate.fraction) if self.facts.rate else float(self.board.rate.fraction)

    @cached_property
    def wave(self) -> np.ndarray:
        """(N,) mono at 48 kHz; empty without sound."""
        from tools.media import read_wave

        return read_wave(self.video).mean(0) if self.facts.has_sound else np.zeros(0, np.float32)

    def begins_s(self, shot_id: str) -> float:
        return self.placed[shot_id].start / self.rate_hz


def screen(claims: Sequence[Claim], seen: Screening) -> tuple[Verdict, ...]:
    """One verdict for each claim about the cut, in their order."""
    from tools.measure import measure_cut

    answers = {"duration": duration, "order": order, "music": music, "narration": narration, "title": title,
               "captions": captions}  # fmt: skip
    # The rest reads nothing but the file.
    empty = Timeline(title="", rate=seen.board.rate, width=seen.board.width, height=seen.board.height, picture=())
    return tuple(
        answers[claim.kind](claim, seen) if claim.kind in answers
        else measure_cut(seen.video, seen.board, (claim,), empty)[0]
        for claim in claims
    )  # fmt: skip


def duration(claim: Claim, seen: Screening) -> Verdict:
    """To the frame where the rates agree, else to half a frame of the plan."""
    frames, rate = seen.facts.frames, seen.board.rate
    measured_s = frames / seen.rate_hz
    away = abs(measured_s - rate.seconds(round(claim.number or 0)))
    same = seen.facts.rate == rate
    right = frames == claim.number if same else away <= 0.5 / float(rate.fraction)
    note = "" if same else f"at {seen.facts.rate} frames a second instead of {rate}"
    return say(claim, passed(right), f"{frames} frames, {measured_s:.3f} s", tier="T0", note=note)


def order(claim: Claim, seen: Screening) -> Verdict:
    """Shots were matched by their looks and lengths; a planned hard cut must be seen."""
    missing = [name for name in claim.expected.split() if not seen.placed[name].found]
    if missing:
        return say(claim, "fail", f"not found: {' '.join(missing)}", 0.85)
    by_start = sorted(seen.placed.values(), key=lambda place: place.start)
    found = " ".join(place.shot_id for place in by_start)
    if found != claim.expected:
        return say(claim, "fail", found, 0.75, note="told by what the shots look like")
    unseen = [
        place for shot in seen.board.shots[1:] if shot.transition.kind == "cut"
        for place in (seen.placed[shot.id],) if place.edge == "planned"
    ]  # fmt: skip
    if unseen:
        at = unseen[0].start
        note = f"{len(unseen)} planned cuts are not seen, the first before shot {unseen[0].shot_id}"
        return cannot_tell(claim, note, found) if len(unseen) < 0.5 * len(by_start) else say(
            claim, "fail", note, 0.7, frame=at, span_s=(at / seen.rate_hz, (at + 1) / seen.rate_hz)
        )  # fmt: skip
    return say(claim, "pass", found, 0.8, note="cuts found in the picture, shots matched by length and looks")


def music(claim: Claim, seen: Screening) -> Verdict:
    """Present or absent, by tones that are held. The mood is not measured."""
    from tools.measure import voices

    planned = claim.expected != "none"
    if not seen.facts.has_sound:
        return say(claim, passed(not planned), "there is no sound")
    tonal = voices.held_tones(seen.wave)
    measured = f"tones are held in {tonal:.0%} of the film"
    note = f"mood “{claim.expected}” is not measured" if planned else ""
    if planned and tonal < 0.25 * voices.MUSICAL:
        return say(claim, "fail", f"no music is heard: {measured}", 0.8)
    if planned == (tonal > voices.MUSICAL):
        return say(claim, "pass", measured, 0.7, note=note)
    if not planned and tonal > 2 * voices.MUSICAL:
        return say(claim, "fail", measured, 0.6)
    return cannot_tell(claim, "held tones, but not enough to call them music", measured)


def narration(claim: Claim, seen: Screening) -> Verdict:
    """Is a voice heard where the line should be spoken? What it says is not understood here."""
    from tools.measure import voices

    if not seen.placed[claim.shot_id].found:
        return say(claim, "fail", "its shot was not found in the film", 0.9)
    if not seen.facts.has_sound:
        return say(claim, "fail", "there is no sound")
    begins = seen.begins_s(claim.shot_id) + (claim.number or 0.0)
    span = (begins, begins + max(0.6, len(claim.expected.split()) / WORDS_PER_S))
    heard = voices.hear_voice(seen.wave, span)
    measured = f"speech band {heard.rise_db:+.1f} dB against the rest, syllables {heard.syllables:.2f}"
    if heard.level_db < voices.INAUDIBLE_DB:
        return say(claim, "fail", "silence", 0.95, span_s=span)
    if heard.rise_db > voices.RISE_DB and heard.syllables > voices.SYLLABIC:
        return say(claim, "pass", measured, 0.6, span_s=span, note="a voice is heard; its words are not understood")
    return cannot_tell(claim, "no voice stands out", measured)


def title(claim: Claim, seen: Screening) -> Verdict:
    return cannot_tell(claim, "letters are not read here")


def captions(claim: Claim, seen: Screening) -> Verdict:
    """Every planned line stands in the captions, word for word, while its shot plays."""
    from tools.measure import measure_cut

    found = caption_rows(seen)
    if not found:
        return say(claim, "fail", "there are no captions in the file or beside it", tier="T0")
    board = seen.board
    rows = []
    for caption in found:
        middle = 0.5 * (caption.start_s + caption.end_s)
        home = next((p for p in seen.placed.values() if p.found and p.start <= middle * seen.rate_hz < p.stop), None)
        if home is None:
            continue
        # Told as if the shot began where the plan has it, so that one late cut is not counted here again.
        shift = board.rate.seconds(board.span_of(home.shot_id).start) - home.start / seen.rate_hz
        rows.append(caption.model_copy(
            update={"shot_id": home.shot_id, "start_s": caption.start_s + shift, "end_s": caption.end_s + shift}
        ))  # fmt: skip
    shown = Timeline(title="", rate=board.rate, width=board.width, height=board.height, picture=(),
                     captions=tuple(sorted(rows, key=lambda row: row.start_s)))  # fmt: skip
    return measure_cut(seen.video, board, (claim,), shown)[0]


def caption_rows(seen: Screening) -> tuple[Caption, ...]:
    """The captions beside the film, else those inside it; none if there are none."""
    from tools.media import run_ffmpeg, sniff

    if seen.captions_file is not None:
        try:
            return parse_captions(seen.captions_file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise BadMedia(f"the captions {seen.captions_file} cannot be read ({error}).") from error
    if not seen.facts.caption_languages:
        return ()
    words = ["-f", sniff(seen.video), "-i", f"file:{seen.video.absolute()}", "-map", "0:s:0", "-f", "srt", "pipe:1"]
    try:
        return parse_captions(run_ffmpeg(words).stdout.decode("utf-8", "replace"))
    except MediaFailed:
        return ()


def parse_captions(text: str) -> tuple[Caption, ...]:
    """SubRip or WebVTT cues; markup is dropped."""
    rows = []
    for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n")):
        lines = block.strip().split("\n")
        at = next((k for k, line in enumerate(lines) if "-->" in line), None)
        times = _TIME.findall(lines[at]) if at is not None else []
        if at is None or len(times) < 2:
            continue
        start_s, end_s = (int(h) * 3600 + int(m) * 60 + int(s) + int(ms) / 1000 for h, m, s, ms in times[:2])
        words = re.sub(r"<[^>]*>|\{\\[^}]*\}", "", " ".join(lines[at + 1 :])).strip()
        if words:
            rows.append(Caption(start_s=start_s, end_s=end_s, text=words))
    return tuple(rows)
