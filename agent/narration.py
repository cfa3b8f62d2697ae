"""Spoken lines laid into the film: at their own pace where they fit, a little faster or over the cut elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from agent.captions import captions_of
from agent.crew import Crew
from agent.dialogue import spoken_as
from agent.memory.cuts import Stem
from agent.sounds import SILENCE, gain_to, stem_of
from agent.state import Note
from storyboards.errors import SpeechFailed
from storyboards.shot import Line
from storyboards.storyboard import Storyboard, VoiceOver
from storyboards.timeline import Caption, SoundClip
from tools.contract import Speech, Word
from tools.word_times import estimated_words

FASTEST = 1.25
SPEECH_LUFS = -18.0
BREATH_S = 0.12
"""Silence kept between two lines."""
UNSPOKEN = "unspoken"
CUT_OFF_S = 0.05
"""More than this much of a line missing at the end of the film is noted."""


@dataclass(frozen=True)
class Narration:
    clips: tuple[SoundClip, ...]
    captions: tuple[Caption, ...]
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class _Cue:
    """A line and the time it has: it begins at ``at_s``, may fill its shot, and may at most run to ``until_s``."""

    shot_id: str
    line: Line
    at_s: float
    shot_end_s: float
    until_s: float


def narrate(crew: Crew, board: Storyboard) -> Narration:
    """Speak every line and place it.

    A line keeps its natural pace if it fits its shot; otherwise it is spoken up to 1.25 times as fast; if that is still
    too long it runs on under the next shot until the next line begins; and if even that is too short, the next line
    waits and the delay is noted. What is still unsaid when the film ends is cut off, and the film is degraded.
    """
    clips: list[SoundClip] = []
    captions: list[Caption] = []
    notes: list[Note] = []
    if board.voice_over is not None:
        over = _voice_over(board, board.voice_over)
        clips, captions, notes = [*over.clips], [*over.captions], [*over.notes]
    free_s, voiceless = 0.0, 0
    for cue in _cues(board):
        at_s = max(cue.at_s, free_s)
        if at_s > cue.at_s + BREATH_S:
            notes.append(Note(text=f"shot {cue.shot_id}: a line waits {at_s - cue.at_s:.1f} s for the one before it"))
        try:
            stem = _fitted(crew, board, cue, at_s)
        except SpeechFailed as error:
            text = f"shot {cue.shot_id}: a line is in the captions only: {error.message}"
            notes.append(Note(text=text, degrades=True))
            stem = _unspoken(board, cue.line)
        end_s = min(at_s + float(stem.document["length_s"]), board.duration_s)
        missing_s = at_s + float(stem.document["length_s"]) - board.duration_s
        if missing_s > CUT_OFF_S:
            text = f"shot {cue.shot_id}: the film ends {missing_s:.1f} s before the line “{cue.line.text}” does"
            notes.append(Note(text=text, degrades=True))
        if end_s <= at_s:
            continue
        words = [Word(*word) for word in stem.document["words"]]
        captions += captions_of(
            words, at_s, max(end_s, min(cue.until_s, end_s + 1.0)), cue.line.speaker, cue.shot_id,
            bool(stem.document["estimated"]),
        )  # fmt: skip
        if stem.sha256 == SILENCE:
            voiceless += stem.key != UNSPOKEN
        else:
            clips.append(
                SoundClip(
                    track="dialogue",
                    sha256=stem.sha256,
                    at_s=round(at_s, 4),
                    length_s=round(end_s - at_s, 4),
                    gain_db=gain_to(SPEECH_LUFS, stem),
                    fade_out_s=0.05 if missing_s > 0 else 0.0,
                    shot_id=cue.shot_id,
                )
            )
        free_s = end_s + BREATH_S
    if voiceless:
        notes.append(Note(text=f"nobody could speak the {voiceless} lines of the film: they are captions only"))
    return Narration(tuple(clips), tuple(captions), tuple(notes))


def _voice_over(board: Storyboard, over: VoiceOver) -> Narration:
    """A person's recording from the beginning of the film, at the level of speech; captions if its words are known."""
    end_s = min(over.length_s, board.duration_s)
    gain_db = 0.0 if over.lufs is None else round(max(-24.0, min(24.0, SPEECH_LUFS - over.lufs)), 2)
    missing_s = over.length_s - board.duration_s
    clip = SoundClip(
        track="dialogue", sha256=over.sha256, at_s=0.0, length_s=round(end_s, 4), gain_db=gain_db,
        fade_out_s=0.05 if missing_s > 0 else 0.0,
    )  # fmt: skip
    notes = []
    if missing_s > CUT_OFF_S:
        text = f"the film ends {missing_s:.1f} s before the voice-over does"
        notes.append(Note(text=text, degrades=True))
    if any(shot.lines for shot in board.shots):
        notes.append(Note(text="lines of the cast are spoken beside the voice-over"))
    words = estimated_words(over.text, over.length_s) if over.text else ()
    captions = captions_of(words, 0.0, end_s, "narrator", board.shots[0].id, True) if words else ()
    return Narration((clip,), captions, tuple(notes))


def length_of(crew: Crew, board: Storyboard, line: Line) -> float:
    """Seconds that a line takes at its natural pace.

    Raises:
        SpeechFailed: it could not be spoken.
    """
    return float(_spoken(crew, board, line, 1.0).document["length_s"])


def _cues(board: Storyboard) -> list[_Cue]:
    cues: list[_Cue] = []
    for shot in board.shots:
        span = board.span_of(shot.id)
        start_s, end_s = board.rate.seconds(span.start), board.rate.seconds(span.end)
        for line in sorted(shot.lines, key=lambda spoken: spoken.at_s):
            if line.text.strip():
                cues.append(_Cue(shot.id, line, start_s + line.at_s, end_s, board.duration_s))
    following = [*(cue.at_s - BREATH_S for cue in cues[1:]), board.duration_s][: len(cues)]
    return [_Cue(c.shot_id, c.line, c.at_s, c.shot_end_s, until_s) for c, until_s in zip(cues, following, strict=True)]


def _fitted(crew: Crew, board: Storyboard, cue: _Cue, at_s: float) -> Stem:
    """The line at the gentlest pace that fits its shot, or failing that at the one that fits before the next line."""
    natural = _spoken(crew, board, cue.line, 1.0)
    length_s = float(natural.document["length_s"])
    room_s = min(cue.shot_end_s, max(cue.until_s, at_s)) - at_s
    if length_s <= room_s:
        return natural
    for window_s in (room_s, cue.until_s - at_s):
        pace = length_s / window_s if window_s > 0 else float("inf")
        # Synthesisers keep a pace only nearly, so a little more is asked for than is needed.
        if pace <= FASTEST:
            return natural if pace <= 1.0 else _spoken(crew, board, cue.line, min(FASTEST, round(pace * 1.03, 2)))
    return _spoken(crew, board, cue.line, FASTEST)


def _unspoken(board: Storyboard, line: Line) -> Stem:
    """Word times for a line that the speaker could not say. Not remembered: a later run tries to speak it again."""
    from tools.speak import SilentSpeaker

    speech = SilentSpeaker().say(line.text, "narrator", board.language, 1.0)
    return Stem(UNSPOKEN, "speech", SILENCE, 0.0, _document(speech))


def _document(speech: Speech) -> dict[str, Any]:
    words = [[word.text, word.start_s, word.end_s] for word in speech.words]
    return {"words": words, "length_s": speech.length_s, "speaker": speech.speaker, "estimated": speech.estimated}


def _spoken(crew: Crew, board: Storyboard, line: Line, pace: float) -> Stem:
    own = board.voice if line.speaker == "narrator" else board.element(line.speaker).voice or board.voice
    voice = spoken_as(own, line.emotion)
    speaker = crew.speaker
    recipe = {
        "text": line.text, "voice": voice, "language": board.language, "pace": pace, "speaker": speaker.name,
        "version": speaker.version,
    }  # fmt: skip

    def make() -> tuple[np.ndarray | None, dict[str, Any]]:
        speech = speaker.say(line.text, voice, board.language, pace)
        return speech.wave, {**_document(speech), "voice": own}

    return stem_of(crew, "speech", recipe, make)
