"""What a person brings along: clips that play as shots, and a recorded voice over the film."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path

from agent.crew import Crew
from agent.edit_order import mended
from agent.memory.references import KeptReference
from storyboards.brief import MAX_DURATION_S, MIN_DURATION_S, Brief
from storyboards.errors import BadMedia, UnknownName
from storyboards.shot import CutFrom, Shot
from storyboards.storyboard import Storyboard, VoiceOver

VOICE_OVER = "voice-over"
AFTER_VOICE_S = 0.5
"""Picture after the last word."""


@dataclass(frozen=True)
class Material:
    """Files of a person.

    Attributes:
        clips: by the shot that they play as: its number, its id, ``first`` or ``last``.
        voice_over: a sound file; ``voice_text`` are its words, if they are known.
    """

    clips: Mapping[str, Path] = field(default_factory=dict)
    voice_over: Path | None = None
    voice_text: str = ""

    def __bool__(self) -> bool:
        return bool(self.clips) or self.voice_over is not None


def read_material(crew: Crew, material: Material) -> list[KeptReference]:
    """The files read and in the store; nothing is remembered yet.

    Raises:
        BadMedia: one cannot be read, or is not what it is given as.
    """
    kept = []
    for shot, path in material.clips.items():
        from tools.media import probe

        facts = probe(path)
        if not facts.has_picture or facts.rate is None:
            raise BadMedia(f"{path.name} has no moving picture.", next_step="Give an MP4, MOV, MKV or WebM.")
        sha256 = crew.store.put(path, path.suffix.lower())
        kept.append(KeptReference(shot, "clip", sha256, sha256, {"called": path.name}))
    if material.voice_over is not None:
        kept.append(_read_voice(crew, material.voice_over, material.voice_text))
    return kept


def _read_voice(crew: Crew, path: Path, text: str) -> KeptReference:
    from tools.contract import SOUND_RATE_HZ
    from tools.media import loudness, read_wave, write_wave

    wave = read_wave(path)
    if not wave.shape[1]:
        raise BadMedia(f"{path.name} has no sound in it.", next_step="Give a WAV or MP3.")
    with crew.store.scratch(".wav") as draft:
        write_wave(draft, wave)
        sha256 = crew.store.put(draft, ".wav")
    over = VoiceOver(
        sha256=sha256, length_s=round(wave.shape[1] / SOUND_RATE_HZ, 3), lufs=loudness(wave).lufs, text=text.strip()
    )
    document = {"called": path.name, "voice_over": over.model_dump(mode="json")}
    return KeptReference(VOICE_OVER, "voice", sha256, sha256, document)


def voice_of(kept: list[KeptReference]) -> VoiceOver | None:
    """The voice-over among what was read."""
    found = next((reference for reference in kept if reference.origin == "voice"), None)
    return VoiceOver.model_validate(found.recipe["voice_over"]) if found is not None else None


def as_long_as(brief: Brief, over: VoiceOver | None) -> Brief:
    """The brief with the length of the voice, if it leaves its own open."""
    from agent.llm_planner import asked_of

    if over is None or asked_of(brief).seconds is not None:
        return brief
    seconds = min(MAX_DURATION_S, max(MIN_DURATION_S, ceil(2 * (over.length_s + AFTER_VOICE_S)) / 2))
    return brief.model_copy(update={"duration_s": seconds})


def laid_in(crew: Crew, board: Storyboard, kept: list[KeptReference]) -> Storyboard:
    """The plan with what was brought: clips play as their shots, and the voice takes the narrator's place.

    A clip that is longer than its shot plays from its beginning; a shorter one makes the shot shorter.

    Raises:
        UnknownName: there is no such shot. BadMedia: a clip is too short for any.
    """
    for reference in kept:
        if reference.origin == "clip":
            board = _with_clip(crew, board, _meant(board, reference.element), reference.sha256)
    over = voice_of(kept)
    if over is None:
        return board
    shots = tuple(
        shot.model_copy(update={"lines": tuple(line for line in shot.lines if line.speaker != "narrator")})
        for shot in board.shots
    )
    return board.changed(shots=shots, voice_over=over)


def brought(crew: Crew, project: str) -> list[KeptReference]:
    """Everything that was brought to a project so far."""
    references = crew.memory.references
    return [*references.of(project, "clip").values(), *references.of(project, "voice").values()]


def _meant(board: Storyboard, said: str) -> Shot:
    """The shot of a number, an id, ``first`` or ``last``."""
    word = said.strip().lower().removeprefix("shot").strip(" -_")
    numbers = {"first": 1, "last": len(board.shots)}
    number = int(word) if re.fullmatch(r"\d{1,3}", word) else numbers.get(word, 0)
    if 1 <= number <= len(board.shots):
        return board.shots[number - 1]
    found = next((shot for shot in board.shots if shot.id == word), None)
    if found is None:
        raise UnknownName(
            f"there is no shot {said!r} for the clip; the film has {len(board.shots)} shots.",
            next_step="Say its number, such as 2.",
        )
    return found


def _with_clip(crew: Crew, board: Storyboard, shot: Shot, sha256: str) -> Storyboard:
    from tools.cut_take import clip_facts

    whole = clip_facts(crew.store.path(sha256), float(board.rate.fraction))
    frames = min(shot.frames, whole)
    seconds = board.rate.seconds(frames)
    cut = CutFrom(clip=sha256, start=0, length=frames, whole=whole)
    fitted = shot.model_copy(
        update={
            "frames": frames, "cut": cut, "continues": False, "patch": None,
            "sounds": tuple(cue for cue in shot.sounds if cue.at_s < seconds),
            "lines": tuple(
                line.model_copy(update={"at_s": min(line.at_s, max(0.0, seconds - 0.1))}) for line in shot.lines
            ),
        }
    )  # fmt: skip
    return board.changed(shots=mended([fitted if other.id == shot.id else other for other in board.shots]))
