"""What a person brings along: clips that play as shots, pictures they begin with, and a voice over the film."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path

from agent.crew import Crew
from agent.edit_order import mended
from agent.memory.references import KeptReference, Origin
from agent.references import read_references
from storyboards.brief import MAX_DURATION_S, MIN_DURATION_S, Brief
from storyboards.errors import BadInput, BadMedia, UnknownName
from storyboards.shot import CutFrom, FirstFrame, Shot, Transition
from storyboards.storyboard import Storyboard, VoiceOver

VOICE_OVER = "voice-over"
LEAST_PX, MOST_PX = 64, 2560
"""Of a picture that a shot begins with: of its shorter side, and of its longer one, to which it is made smaller."""
BROUGHT: tuple[Origin, ...] = ("clip", "frame", "voice")
"""What is laid into a new plan, in this order."""
AFTER_VOICE_S = 0.5
"""Picture after the last word."""


@dataclass(frozen=True)
class Material:
    """Files of a person.

    Attributes:
        clips: by the shot that they play as: its number, its id, ``first`` or ``last``.
        voice_over: a sound file; ``voice_text`` are its words, if they are known.
        names: what the person calls a file, where that is not its name on this machine.
        first_frames, backdrops: pictures that shots begin with, by the shot likewise: one that shows who is in it, and
            one that shows the place alone.
    """

    clips: Mapping[str, Path] = field(default_factory=dict)
    voice_over: Path | None = None
    voice_text: str = ""
    names: Mapping[Path, str] = field(default_factory=dict)
    first_frames: Mapping[str, Path] = field(default_factory=dict)
    backdrops: Mapping[str, Path] = field(default_factory=dict)

    def called(self, path: Path) -> str:
        """What a file is called in words for people."""
        return self.names.get(path, path.name)

    def __bool__(self) -> bool:
        return bool(self.clips or self.first_frames or self.backdrops) or self.voice_over is not None


def check_once(clips: Iterable[str], first_frames: Iterable[str], backdrops: Iterable[str]) -> None:
    """Raises BadInput: one shot is said of two of these, each of which says the shots of its files."""
    taken: dict[str, str] = {}
    same = {"first": "1"}
    for what, shots in (("a clip", clips), ("a first frame", first_frames), ("a backdrop", backdrops)):
        for shot in shots:
            if (other := taken.setdefault(same.get(_shot_word(shot), _shot_word(shot)), what)) != what:
                raise BadInput(f"{_shot_called(shot)} has {other} and {what}.", next_step="Give one of them.")


def read_material(crew: Crew, material: Material) -> list[KeptReference]:
    """The files read and in the store; nothing is remembered yet.

    Raises:
        BadMedia: one cannot be read, or is not what it is given as. BadInput: two are for one shot.
    """
    check_once(material.clips, material.first_frames, material.backdrops)
    kept = []
    for shot, path in material.clips.items():
        from tools.media import probe

        facts = probe(path)
        if not facts.has_picture or facts.rate is None:
            raise BadMedia(
                f"{material.called(path)} has no moving picture.", next_step="Give an MP4, MOV, MKV or WebM."
            )
        sha256 = crew.store.put(path, path.suffix.lower())
        recipe = {"called": material.called(path), "length_s": round(facts.duration_s, 3)}
        kept.append(KeptReference(shot, "clip", sha256, sha256, recipe))
    for cast, pictures in ((True, material.first_frames), (False, material.backdrops)):
        kept += [_read_picture(crew, shot, path, material.called(path), cast) for shot, path in pictures.items()]
    if material.voice_over is not None:
        kept.append(_read_voice(crew, material.voice_over, material.voice_text, material.called(material.voice_over)))
    return kept


def _read_picture(crew: Crew, shot: str, path: Path, called: str, cast: bool) -> KeptReference:
    """A picture that a shot begins with, without anything that is not its pixels."""
    from tools.media import png_bytes, read_on_white, smaller

    picture = read_on_white(path)
    if min(picture.shape[:2]) < LEAST_PX:
        raise BadMedia(f"{called} is smaller than {LEAST_PX} pixels a side.", next_step="Give a larger picture.")
    sha256 = crew.store.put_bytes(png_bytes(smaller(picture, MOST_PX)), ".png")
    return KeptReference(shot, "frame", sha256, sha256, {"called": called, "cast": cast})


def read_given(
    crew: Crew, pictures: Mapping[str, Path] | None, material: Material | None
) -> tuple[list[KeptReference], list[KeptReference]]:
    """A person's pictures of the cast, and the clips and the voice-over, read and in the store.

    Raises:
        BadMedia: one cannot be read, or is not what it is given as.
    """
    given = material or Material()
    return read_references(crew, pictures or {}, given.names), read_material(crew, given)


def taken_in_words(kept: Sequence[KeptReference]) -> str:
    """What was taken of what a person brought, a line for each: pictures of the cast, clips, a voice-over."""
    rows = []
    for reference in kept:
        called, length_s = reference.recipe.get("called", ""), reference.recipe.get("length_s")
        if reference.origin == "voice":
            over = VoiceOver.model_validate(reference.recipe["voice_over"])
            rows.append(f"{called} ({over.length_s:.1f} s) is heard over the film.")
        elif reference.origin == "clip":
            length = f" ({length_s:.1f} s)" if length_s is not None else ""
            shot = _shot_called(reference.element)
            rows.append(f"{called}{length} plays as {shot}.")
        elif reference.origin == "frame":
            rows.append(f"{_shot_called(reference.element)} begins with {called}.")
        else:
            how = str(reference.recipe.get("background", "")) or "it is used as it is"
            rows.append(f"{reference.element} looks as in {reference.recipe.get('picture', 'your picture')}: {how}.")
    return "\n".join(rows)


def _read_voice(crew: Crew, path: Path, text: str, called: str) -> KeptReference:
    from tools.contract import SOUND_RATE_HZ
    from tools.media import loudness, read_wave, write_wave

    wave = read_wave(path)
    if not wave.shape[1]:
        raise BadMedia(f"{called} has no sound in it.", next_step="Give a WAV or MP3.")
    with crew.store.scratch(".wav") as draft:
        write_wave(draft, wave)
        sha256 = crew.store.put(draft, ".wav")
    over = VoiceOver(
        sha256=sha256, length_s=round(wave.shape[1] / SOUND_RATE_HZ, 3), lufs=loudness(wave).lufs, text=text.strip()
    )
    document = {"called": called, "voice_over": over.model_dump(mode="json")}
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
            board = _with_clip(crew, board, _meant(board, reference.element, "clip"), reference.sha256)
        if reference.origin == "frame":
            begins = FirstFrame(sha256=reference.sha256, cast=bool(reference.recipe.get("cast", True)))
            board = _begun_with(board, _meant(board, reference.element, "picture"), begins)
    over = voice_of(kept)
    if over is None:
        return board
    shots = tuple(
        shot.model_copy(update={"lines": tuple(line for line in shot.lines if line.speaker != "narrator")})
        for shot in board.shots
    )
    return board.changed(shots=shots, voice_over=over)


def files_of(board: Storyboard) -> set[str]:
    """sha256 of every file of a person that a plan is made with: clips, also under a cut of a cut, pictures that shots
    begin with, the voice-over, and what was taught."""
    named = {board.voice_over.sha256} if board.voice_over is not None else set()
    for shot in board.shots:
        named |= {taught.sha256 for taught in shot.taught}
        named |= {shot.first_frame.sha256} if shot.first_frame is not None else set()
        planned: Shot | None = shot
        while planned is not None and planned.cut is not None:
            named |= {planned.cut.clip} - {""}
            planned = planned.cut.filmed
    return named


def with_brought(crew: Crew, project: str, board: Storyboard) -> Storyboard:
    """A new plan with everything that was brought to its project so far. What cannot be laid in is put aside, so that
    the next run goes on without it.

    Raises:
        UnknownName, BadMedia: as :func:`laid_in`.
    """
    references = crew.memory.references
    brought = (reference for origin in BROUGHT for reference in references.of(project, origin).values())
    for reference in brought:
        try:
            board = laid_in(crew, board, [reference])
        except (UnknownName, BadMedia) as error:
            references.forget(project, reference.element, reference.origin)
            raise type(error)(
                f"{reference.recipe.get('called', 'a clip')}: {error.message}",
                next_step="It was put aside: go on without it, or send it again for another shot.",
            ) from error
    return board


def _meant(board: Storyboard, said: str, what: str) -> Shot:
    """The shot of a number, an id, ``first`` or ``last``."""
    word = _shot_word(said)
    numbers = {"first": 1, "last": len(board.shots)}
    number = int(word) if re.fullmatch(r"\d{1,3}", word) else numbers.get(word, 0)
    if 1 <= number <= len(board.shots):
        return board.shots[number - 1]
    found = next((shot for shot in board.shots if shot.id == word), None)
    if found is None:
        raise UnknownName(
            f"there is no shot {said!r} for the {what}; the film has {len(board.shots)} shots.",
            next_step="Say its number, such as 2.",
        )
    return found


def _shot_word(said: str) -> str:
    return said.strip().lower().removeprefix("shot").strip(" -_")


def _shot_called(said: str) -> str:
    word = _shot_word(said)
    return f"the {word} shot" if word in ("first", "last") else f"shot {word}"


def _begun_with(board: Storyboard, shot: Shot, begins: FirstFrame) -> Storyboard:
    """The plan with a shot that begins with a picture, and no longer with anything else."""
    entered = Transition() if shot.continues else shot.transition
    whole = {"continues": False, "cut": None, "grown": None, "patch": None}
    begun = shot.model_copy(update={"first_frame": begins, "transition": entered, **whole})
    return board.changed(shots=tuple(begun if other.id == shot.id else other for other in board.shots))


def _with_clip(crew: Crew, board: Storyboard, shot: Shot, sha256: str) -> Storyboard:
    from tools.cut_take import clip_facts

    whole = clip_facts(crew.store.path(sha256), float(board.rate.fraction))
    frames = min(shot.frames, whole)
    seconds = board.rate.seconds(frames)
    cut = CutFrom(clip=sha256, start=0, length=frames, whole=whole)
    fitted = shot.model_copy(
        update={
            "frames": frames, "cut": cut, "continues": False, "grown": None, "patch": None, "first_frame": None,
            "sounds": tuple(cue for cue in shot.sounds if cue.at_s < seconds),
            "lines": tuple(
                line.model_copy(update={"at_s": min(line.at_s, max(0.0, seconds - 0.1))}) for line in shot.lines
            ),
        }
    )  # fmt: skip
    return board.changed(shots=mended([fitted if other.id == shot.id else other for other in board.shots]))
