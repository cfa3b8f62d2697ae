"""A storyboard compiled into what must be seen and heard: the contract, one checkable sentence at a time."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Literal

from pydantic import BaseModel, ConfigDict

from storyboards.shot import Action, Element, Part, Shot
from storyboards.storyboard import Storyboard

ClaimKind = Literal[
    "subject", "count", "colour", "action", "direction", "relation", "camera", "framing", "setting", "time", "weather",
    "exposure", "sound", "narration", "music", "title", "continuity", "duration", "order", "size", "streams",
    "loudness", "captions", "flicker", "freeze", "black",
]  # fmt: skip
Tier = Literal["T0", "T1", "T2"]

SOUND_TOLERANCE_S = 0.12
LOUDNESS_TARGET_LUFS, LOUDNESS_TOLERANCE_LU = -14.0, 1.0
TRUE_PEAK_MAX_DBTP = -1.0

LIBRARY = "library:"
"""Begins the ``other`` of a continuity claim that compares an element with what it was kept as, in another film."""

ONE_VOICE = "one voice"
"""What a continuity claim expects that is about who speaks in two shots."""
BEGINS_WITH = "last frame"
"""What a continuity claim expects that is about the first frame of a shot and the last one of another."""

_INSIDE = frozenset({"boat", "car", "train", "rocket", "balloon"})
"""What is ridden in; everything else is ridden on."""

WHOLE_FILM: frozenset[str] = frozenset({"music", "order", "size", "streams", "loudness", "captions"})
"""Kinds that are claims about the cut as a whole and have no shot."""


class Claim(BaseModel):
    """One thing that must be true of the film.

    Attributes:
        id: ``s3.colour.fox``: shot, kind, and what it is about; ``film.order`` for the whole film.
        shot_id: the shot, empty for the whole film.
        text: the claim as a sentence a person, or a judge that reads, can answer with yes or no.
        element: the element it is about, if any; ``other`` is a second element, or for continuity the other shot.
        expected: the word that must hold (``orange``, ``pan left``, ``left``).
        number: the number that must hold (count, seconds of an onset, LUFS, frames), with ``tolerance``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: str
    kind: ClaimKind
    text: str
    shot_id: str = ""
    element: str = ""
    other: str = ""
    expected: str = ""
    number: float | None = None
    tolerance: float | None = None


def compile_claims(board: Storyboard) -> tuple[Claim, ...]:
    """Every claim of the film, shot by shot, then those of the whole cut. Ids are unique and stable."""
    claims = [claim for shot in board.shots for claim in shot_claims(board, shot)]
    claims += _continuity_claims(board)
    claims += _film_claims(board)
    return tuple(claims)


def shot_claims(board: Storyboard, shot: Shot) -> tuple[Claim, ...]:
    """The claims that one take of the shot can be judged by on its own."""
    return tuple(_picture_claims(board, shot)) + tuple(_sound_claims(shot)) + tuple(_technical_claims(board, shot))


def _picture_claims(board: Storyboard, shot: Shot) -> Iterator[Claim]:
    parts = [(part, board.element(part.element)) for part in shot.parts]
    begins = shot.first_frame
    # A person's picture is as it is: what it shows is no promise of the plan's.
    given = begins is not None and begins.cast
    for part, element in parts:
        yield _claim(shot, "subject", f"{_a(element.subject)} is in the shot.", element.id, expected=element.subject)
        if element.colour and not _is_taught(shot, "style") and not given:
            yield _claim(
                shot, "colour", f"The {element.subject} is {element.colour}.", element.id, expected=element.colour
            )
        yield from _action_claims(board, shot, part, element)
    count = len(parts)
    yield _claim(shot, "count", f"{count} subject{'s are' if count != 1 else ' is'} in the shot.", number=count)
    if not given:
        yield from _side_claims(shot, parts)
    if not _is_taught(shot, "camera"):
        yield _claim(shot, "camera", f"The camera move is: {shot.camera.move}.", expected=shot.camera.move)
    if parts and not given:
        yield _claim(shot, "framing", f"The framing is {shot.camera.framing}.", expected=shot.camera.framing)
    if begins is None:
        yield from _light_claims(shot)
    if shot.title:
        yield _claim(shot, "title", f"The words “{shot.title}” are on the screen.", expected=shot.title)


def _light_claims(shot: Shot) -> Iterator[Claim]:
    yield _claim(shot, "setting", f"The setting is: {shot.setting}.", expected=shot.setting)
    yield _claim(shot, "time", f"The time of day is {shot.time}.", expected=shot.time)
    yield _claim(shot, "weather", f"The weather is: {shot.weather}.", expected=shot.weather)
    if shot.exposure:
        word = "darker" if shot.exposure < 0 else "brighter"
        text = f"The shot is {word} than the light of the scene alone."
        yield _claim(shot, "exposure", text, expected=word, number=shot.exposure)


def _is_taught(shot: Shot, kind: str) -> bool:
    """Is the shot filmed with something of that kind for which there is no word? Then the word promises nothing."""
    return any(taught.kind == kind for taught in shot.taught)


def _action_claims(board: Storyboard, shot: Shot, part: Part, element: Element) -> Iterator[Claim]:
    for index, action in enumerate(part.actions):
        suffix = f"{element.id}.{index + 1}"
        with_whom = f" with the {board.element(action.target).subject}" if action.target else ""
        what = f" a {action.thing}" if action.thing else ""
        text = f"The {element.subject} performs: {action.verb}{what}{with_whom}."
        yield _claim(shot, "action", text, element.id, suffix, other=action.target, expected=action.verb)
        if action.direction in ("left", "right") and _travels(action):
            text = f"The {element.subject} moves to the {action.direction}."
            yield _claim(shot, "direction", text, element.id, suffix, expected=action.direction)
        if action.verb in ("chase", "meet", "ride") and action.target:
            carried = "rides in" if board.element(action.target).subject in _INSIDE else "rides on"
            verb = {"chase": "chases", "meet": "meets", "ride": carried}[action.verb]
            text = f"The {element.subject} {verb} the {board.element(action.target).subject}."
            yield _claim(shot, "relation", text, element.id, suffix, other=action.target, expected=action.verb)


def _travels(action: Action) -> bool:
    return action.verb in ("walk", "run", "fly", "swim", "chase", "carry")


def _side_claims(shot: Shot, parts: list[tuple[Part, Element]]) -> Iterator[Claim]:
    order = {"left": 0, "centre": 1, "right": 2}
    for (first, a), (second, b) in pairwise(parts):
        if any(action.verb in ("chase", "meet", "ride") for action in (*first.actions, *second.actions)):
            continue
        if order[first.side] == order[second.side]:
            continue
        near, far = (a, b) if order[first.side] < order[second.side] else (b, a)
        text = f"At the start the {near.subject} is left of the {far.subject}."
        yield _claim(shot, "relation", text, near.id, f"{near.id}.{far.id}", other=far.id, expected="left of")


def _sound_claims(shot: Shot) -> Iterator[Claim]:
    for index, cue in enumerate(shot.sounds):
        text = f"{_a(cue.sound)} is heard {cue.at_s:.2f} s into the shot (within {SOUND_TOLERANCE_S:g} s)."
        yield _claim(
            shot, "sound", text, cue.by, f"{cue.sound.replace(' ', '-')}.{index + 1}",
            expected=cue.sound, number=cue.at_s, tolerance=SOUND_TOLERANCE_S,
        )  # fmt: skip
    for index, line in enumerate(shot.lines):
        how = f" ({line.emotion})" if line.emotion else ""
        text = f"The {line.speaker} says{how}: “{line.text}”"
        yield _claim(shot, "narration", text, suffix=str(index + 1), other=line.speaker, expected=line.text,
                     number=line.at_s)  # fmt: skip


def _technical_claims(board: Storyboard, shot: Shot) -> Iterator[Claim]:
    seconds = board.rate.seconds(shot.frames)
    yield _claim(shot, "duration", f"The shot lasts {seconds:.3f} s ({shot.frames} frames).", number=shot.frames,
                 tolerance=0)  # fmt: skip
    yield _claim(shot, "flicker", "The brightness does not flicker from frame to frame.")
    yield _claim(shot, "freeze", "The picture does not freeze.")
    yield _claim(shot, "black", "No part of the shot is black.")


def _continuity_claims(board: Storyboard) -> Iterator[Claim]:
    for before, after in pairwise(board.shots):
        if after.continues:
            text = f"The shot begins with the picture with which shot {before.id} ends."
            yield _claim(after, "continuity", text, suffix="start", other=before.id, expected=BEGINS_WITH)
    for element in board.elements:
        heard = [shot for shot in board.shots if any(line.speaker == element.id for line in shot.lines)]
        for before, after in pairwise(heard):
            text = f"The {element.subject} speaks with the voice that it has in shot {before.id}."
            yield _claim(after, "continuity", text, element.id, f"{element.id}.voice", other=before.id,
                         expected=ONE_VOICE)  # fmt: skip
    for element in board.elements:
        seen = [shot for shot in board.shots if shot.part_of(element.id)]
        for before, after in pairwise(seen):
            text = f"The {element.subject} looks the same as in shot {before.id}."
            yield _claim(after, "continuity", text, element.id, other=before.id, expected=element.subject)
        for shot in seen if element.library else ():
            text = f"The {element.subject} is the one that the library has as {element.library}."
            yield _claim(
                shot, "continuity", text, element.id, f"{element.id}.library", other=f"{LIBRARY}{element.library}",
                expected=element.subject,
            )  # fmt: skip


def _film_claims(board: Storyboard) -> Iterator[Claim]:
    if board.music:
        text = f"There is {board.music.mood} music."
        yield Claim(id="film.music", kind="music", text=text, expected=board.music.mood)
    else:
        yield Claim(id="film.music", kind="music", text="There is no music.", expected="none")
    yield Claim(id="film.duration", kind="duration", text=f"The film lasts {board.duration_s:.3f} s.",
                number=board.frames, tolerance=0)  # fmt: skip
    order = " ".join(shot.id for shot in board.shots)
    yield Claim(id="film.order", kind="order", text=f"The shots come in this order: {order}.", expected=order)
    yield Claim(id="film.size", kind="size", text=f"The picture is {board.width}x{board.height} at {board.rate} fps.",
                expected=f"{board.width}x{board.height}@{board.rate}")  # fmt: skip
    text = "The file has a picture and a sound stream that start together."
    yield Claim(id="film.streams", kind="streams", text=text, number=0.0, tolerance=0.04)
    loudness = f"{LOUDNESS_TARGET_LUFS:g} LUFS ± {LOUDNESS_TOLERANCE_LU:g}"
    text = f"Loudness is {loudness}, true peak ≤ {TRUE_PEAK_MAX_DBTP:g} dBTP."
    yield Claim(id="film.loudness", kind="loudness", text=text, number=LOUDNESS_TARGET_LUFS,
                tolerance=LOUDNESS_TOLERANCE_LU)  # fmt: skip
    over = board.voice_over
    if over is not None:
        heard_s = min(over.length_s, board.duration_s)
        yield Claim(id="film.narration", kind="narration", text=f"A voice-over is heard for {heard_s:.1f} s.",
                    expected="voice", number=heard_s)  # fmt: skip
        if over.text:
            yield Claim(id="film.narration.words", kind="narration", text=f"The voice-over says: “{over.text[:300]}”",
                        expected=over.text)  # fmt: skip
    if any(shot.lines for shot in board.shots) or (over is not None and over.text):
        yield Claim(id="film.captions", kind="captions", text="The captions say what is spoken, when it is spoken.")


def _a(noun: str) -> str:
    return f"{'An' if noun[0] in 'aeiou' else 'A'} {noun}"


def _claim(
    shot: Shot, kind: ClaimKind, text: str, element: str = "", suffix: str = "", other: str = "", expected: str = "",
    number: float | None = None, tolerance: float | None = None,
) -> Claim:  # fmt: skip
    about = suffix or element
    return Claim(
        id=".".join(word for word in (shot.id, kind, about) if word), kind=kind, text=text, shot_id=shot.id,
        element=element, other=other, expected=expected, number=number, tolerance=tolerance,
    )  # fmt: skip
