"""Ordered shots and the rules they keep. The document form is versioned JSON or YAML with durations in seconds."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)

from storyboards.brief import MAX_DURATION_S, MAX_SHOTS
from storyboards.clock import FrameRate, FrameSpan
from storyboards.errors import BadStoryboard, UnknownName
from storyboards.shot import Element, Shot

SCHEMA = "storyreel.storyboard/1"


class Substitution(BaseModel):
    """Something asked for that cannot be made, and what stands in for it: never silent."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    asked: str
    drawn: str
    why: str
    shot_id: str = ""

    def __str__(self) -> str:
        return f"{self.asked}: {self.why}, {self.drawn}"


class MusicPlan(BaseModel):
    """Music over the whole film: a mood word and an optional tempo."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    mood: str
    tempo_bpm: float | None = Field(None, ge=40, le=200)
    gain_db: float = Field(0.0, ge=-30.0, le=12.0)


class VoiceOver(BaseModel):
    """A recording that a person gave, heard from the beginning of the film in place of a narrator.

    Attributes:
        sha256: of the wave file in the store; it lasts ``length_s``, at ``lufs`` (None if it is silent).
        text: its words, if the person gave them: what the captions say.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    length_s: float = Field(gt=0)
    lufs: float | None = None
    text: str = Field("", max_length=20_000)


class Storyboard(BaseModel):
    """The plan of a film: a contract that compiles into claims (:mod:`storyboards.claims`).

    The document has ``duration_s`` for each shot where the model has ``frames``; both say the same. ``audience`` says
    for whom it was planned, in the brief's words; empty if nobody said.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    schema_version: str = SCHEMA
    title: str
    logline: str = ""
    rate: FrameRate
    width: int = Field(ge=64, le=3840)
    height: int = Field(ge=64, le=3840)
    style: str = "storybook"
    seed: int = Field(0, ge=0, lt=2**31)
    language: str = "en"
    voice: str = "narrator"
    music: MusicPlan | None = None
    elements: tuple[Element, ...] = ()
    shots: tuple[Shot, ...] = Field(min_length=1, max_length=MAX_SHOTS)
    substitutions: tuple[Substitution, ...] = ()
    planner: str = ""
    audience: str = Field("", max_length=200)
    voice_over: VoiceOver | None = None

    @model_validator(mode="before")
    @classmethod
    def _seconds_to_frames(cls, value: Any) -> Any:
        if not isinstance(value, dict) or not isinstance(value.get("shots"), (list, tuple)):
            return value
        rate = FrameRate.model_validate(value.get("rate", 24))
        shots = []
        for shot in value["shots"]:
            if isinstance(shot, dict) and "duration_s" in shot:
                shot = dict(shot)
                frames = rate.frames(float(shot.pop("duration_s")))
                if shot.setdefault("frames", frames) != frames:
                    raise ValueError(f"shot {shot.get('id')}: duration_s and frames disagree; give one of them")
            shots.append(shot)
        return {**value, "rate": rate, "shots": shots}

    @model_validator(mode="after")
    def _rules(self) -> Storyboard:
        problems = list(broken_rules(self))
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @model_serializer(mode="wrap")
    def _frames_to_seconds(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        document: dict[str, Any] = write(self)
        for shot in document["shots"]:
            shot["duration_s"] = round(self.rate.seconds(shot.pop("frames")), 6)
        # Plans of before there was an audience or a voice-over keep their digests.
        return {name: value for name, value in document.items() if value or name not in ("audience", "voice_over")}

    @property
    def frames(self) -> int:
        return sum(shot.frames for shot in self.shots)

    @property
    def duration_s(self) -> float:
        return self.rate.seconds(self.frames)

    @property
    def aspect(self) -> float:
        return self.width / self.height

    def shot(self, shot_id: str) -> Shot:
        """The shot with this id.

        Raises:
            UnknownName: with the ids that exist.
        """
        for shot in self.shots:
            if shot.id == shot_id:
                return shot
        raise UnknownName(f"there is no shot {shot_id!r}; the film has {', '.join(s.id for s in self.shots)}.")

    def element(self, element_id: str) -> Element:
        for element in self.elements:
            if element.id == element_id:
                return element
        raise UnknownName(f"there is no element {element_id!r} in the cast.")

    def span_of(self, shot_id: str) -> FrameSpan:
        """Frames of the film in which the shot plays."""
        start = 0
        for shot in self.shots:
            if shot.id == shot_id:
                return FrameSpan(start=start, end=start + shot.frames)
            start += shot.frames
        raise UnknownName(f"there is no shot {shot_id!r}.")

    def handle_of(self, shot_id: str) -> int:
        """Extra frames the shot needs after its end because the next one dissolves in over it."""
        for shot, following in zip(self.shots, self.shots[1:], strict=False):
            if shot.id == shot_id:
                return following.transition.frames if following.transition.kind == "dissolve" else 0
        return 0

    def before(self, shot_id: str) -> Shot | None:
        """The shot that plays before this one; None for the first."""
        position = self.shots.index(self.shot(shot_id))
        return self.shots[position - 1] if position else None

    def with_shot(self, shot: Shot) -> Storyboard:
        """A copy in which the shot of the same id is replaced."""
        self.shot(shot.id)
        return self.changed(shots=tuple(shot if s.id == shot.id else s for s in self.shots))

    def changed(self, **changes: Any) -> Storyboard:
        """A validated copy with fields replaced.

        Raises:
            BadStoryboard: if the result breaks a rule.
        """
        fields = {name: getattr(self, name) for name in type(self).model_fields} | changes
        try:
            return Storyboard(**fields)
        except ValidationError as error:
            raise BadStoryboard(describe_validation(error)) from error

    def document(self) -> dict[str, Any]:
        """Plain JSON types, durations in seconds."""
        return self.model_dump(mode="json")

    def digest(self) -> str:
        """sha256 of the canonical document."""
        return digest_of(self.document())


def read_storyboard(document: object) -> Storyboard:
    """A storyboard from its parsed JSON or YAML document.

    Raises:
        BadStoryboard: naming the field, what was found and what is allowed.
    """
    if not isinstance(document, dict):
        found = type(document).__name__
        raise BadStoryboard(f"a storyboard is a mapping with title, rate, size and shots; got {found}.")
    found = document.get("schema_version", SCHEMA)
    if found != SCHEMA:
        raise BadStoryboard(f"this storyboard says schema {found!r}; this version reads {SCHEMA!r}.")
    try:
        return Storyboard.model_validate(document)
    except ValidationError as error:
        raise BadStoryboard(describe_validation(error)) from error


def broken_rules(board: Storyboard) -> list[str]:
    """Every rule of the schema that spans several fields and is broken, in words."""
    problems = []
    cast = [element.id for element in board.elements]
    ids = [shot.id for shot in board.shots]
    problems += [f"element id {name!r} is used twice" for name in sorted({n for n in cast if cast.count(n) > 1})]
    problems += [f"shot id {name!r} is used twice" for name in sorted({n for n in ids if ids.count(n) > 1})]
    if board.duration_s > MAX_DURATION_S + 1e-6:
        problems.append(f"the film lasts {board.duration_s:g} s, the limit is {MAX_DURATION_S:g} s")
    for position, shot in enumerate(board.shots):
        names = [part.element for part in shot.parts]
        known = set(cast)
        problems += [f"shot {shot.id}: element {n!r} is not in the cast" for n in names if n not in known]
        twice = sorted({n for n in names if names.count(n) > 1})
        problems += [f"shot {shot.id}: element {n!r} has two parts" for n in twice]
        for part in shot.parts:
            problems += [
                f"shot {shot.id}: {part.element} cannot {action.verb} {action.target!r}, who is not in the shot"
                for action in part.actions
                if action.target and action.target not in names
            ]
        seconds = board.rate.seconds(shot.frames)
        late = [cue for cue in shot.sounds if cue.at_s >= seconds]
        problems += [f"shot {shot.id}: {cue.sound} at {cue.at_s:g} s is after its end" for cue in late]
        problems += [
            f"shot {shot.id}: the speaker {line.speaker!r} is neither the narrator nor in the cast"
            for line in shot.lines
            if line.speaker != "narrator" and line.speaker not in known
        ]
        before = board.shots[position - 1].frames if position else shot.frames
        if shot.transition.frames * 2 > min(shot.frames, before):
            problems.append(f"shot {shot.id}: a transition of {shot.transition.frames} frames is over half of a shot")
        if position == 0 and shot.transition.kind == "dissolve":
            problems.append(f"shot {shot.id}: the first shot has nothing to dissolve from")
        if shot.continues and position == 0:
            problems.append(f"shot {shot.id}: the first shot has nothing to continue from")
        if shot.continues and shot.first_frame is not None:
            problems.append(f"shot {shot.id}: it continues the shot before it, or begins with a picture, not both")
        if shot.continues and shot.transition.frames:
            problems.append(f"shot {shot.id}: what continues the shot before it is entered by a cut")
    return problems


def describe_validation(error: ValidationError) -> str:
    """A pydantic error as one sentence per problem, each with the field's path."""
    rows = []
    for problem in error.errors(include_url=False, include_context=False)[:8]:
        path = ".".join(str(step) for step in problem["loc"])
        rows.append(f"{path + ': ' if path else ''}{problem['msg']}")
    return "the storyboard is not valid: " + "; ".join(rows) + "."


def digest_of(document: object) -> str:
    """sha256 of a JSON-able value in canonical form (sorted keys, no spaces)."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
