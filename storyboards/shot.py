"""A shot, the elements in it, and the takes made of it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from storyboards.clock import FrameRate

Direction = Literal["", "left", "right", "up", "down"]
Side = Literal["left", "centre", "right"]
NEW_FIELDS = ("cut", "grown", "continues", "first_frame", "patch", "remake", "taught")
PLACE, LIGHT, LOOKS, DEEDS = "place", "light", "looks of ", "deeds of "
"""What of a take can be made anew by itself; the last two with the id of an element."""
"""Fields of a shot that its document leaves out where they say nothing."""


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Wear(_Value):
    """Something worn, with its colour."""

    name: str
    colour: str


class Element(_Value):
    """A character, prop or place of the cast; what stays the same from shot to shot.

    Attributes:
        id: short and stable, unique in the storyboard: ``fox``, ``owl``, ``child-2``.
        subject: the word of the world it is drawn as.
        described_as: the brief's own words ("a unicorn"), kept when ``subject`` is a substitute.
        identity: seeds the proportions and markings that words cannot say.
        voice: name of a voice for spoken lines; empty for the narrator's.
        library: name under which it is in the library, if it was cast from there; left out of the document if not.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    kind: Literal["character", "prop", "place"] = "character"
    subject: str
    colour: str = ""
    size: str = "medium"
    wears: tuple[Wear, ...] = ()
    name: str = ""
    described_as: str = ""
    identity: int = 0
    voice: str = ""
    library: str = ""

    @model_serializer(mode="wrap")
    def _without_no_library(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Plans that were made before there was a library keep their digests."""
        document: dict[str, Any] = write(self)
        if not document.get("library"):
            document.pop("library", None)
        return document


class Action(_Value):
    """What an element does during a share of the shot: ``start`` and ``end`` are 0 to 1 of its duration."""

    verb: str
    direction: Direction = ""
    target: str = ""
    thing: str = ""
    start: float = Field(0.0, ge=0.0, le=1.0)
    end: float = Field(1.0, ge=0.0, le=1.0)

    @model_validator(mode="after")
    def _order(self) -> Action:
        if self.end <= self.start:
            raise ValueError(f"the action {self.verb!r} ends at {self.end}, not after its start {self.start}")
        return self


class Part(_Value):
    """An element's part in one shot: where it begins and what it does, in order."""

    element: str
    side: Side = "centre"
    depth: float = Field(0.0, ge=0.0, le=1.0)
    actions: tuple[Action, ...] = ()


class CameraWork(_Value):
    move: str = "static"
    framing: str = "wide"
    strength: float = Field(1.0, ge=0.25, le=2.0)


class SoundCue(_Value):
    """A sound that must be heard at ``at_s`` seconds of the shot; ``by`` is the element that makes it, if any."""

    sound: str
    at_s: float = Field(ge=0.0)
    by: str = ""
    gain_db: float = Field(0.0, ge=-40.0, le=12.0)


class Line(_Value):
    """Words spoken in the shot. ``speaker`` is ``narrator`` or an element id; ``at_s`` is when it begins."""

    text: str
    speaker: str = "narrator"
    emotion: str = ""
    at_s: float = Field(0.25, ge=0.0)


class Transition(_Value):
    """How this shot is entered from the one before: ``frames`` of dissolve or fade, 0 for a cut."""

    kind: Literal["cut", "dissolve", "fade"] = "cut"
    frames: int = Field(0, ge=0, le=120)

    @model_validator(mode="after")
    def _length(self) -> Transition:
        if (self.kind == "cut") != (self.frames == 0):
            raise ValueError(f"a {self.kind} of {self.frames} frames is not possible; only a cut has 0 frames")
        return self


class CutFrom(_Value):
    """What a shot is cut from instead of being filmed: a take of it as it was planned before, or a person's own clip.

    ``length`` frames of it, of the film's rate, from its frame ``start`` on play in the shot's own length: slower or
    faster where the two differ.

    Attributes:
        filmed: the shot as it was planned when it was filmed; None for a clip.
        clip: sha256 of a clip in the store; empty for a take.
        whole: frames that there are in all.
    """

    filmed: Shot | None = None
    clip: str = Field("", pattern=r"^([0-9a-f]{64})?$")
    start: int = Field(0, ge=0)
    length: int = Field(ge=1)
    whole: int = Field(ge=1)

    @model_validator(mode="after")
    def _one_source(self) -> CutFrom:
        if (self.filmed is None) == (not self.clip):
            raise ValueError("a shot is cut from a take or from a clip, and from one of them")
        if self.start + self.length > self.whole:
            raise ValueError(f"frames {self.start} to {self.start + self.length} of {self.whole} cannot be cut out")
        return self


class FirstFrame(_Value):
    """A person's picture that a shot begins with; ``sha256`` is of it in the store.

    With ``cast`` it shows who is in the shot, else the place alone, into which they come.
    """

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    cast: bool = True


class Patch(_Value):
    """A region of a shot's take that is filmed anew, the rest of it stays. Shares of the picture, from the top left.

    ``seed`` tells one try from another.
    """

    left: float = Field(ge=0.0, le=1.0)
    top: float = Field(ge=0.0, le=1.0)
    right: float = Field(ge=0.0, le=1.0)
    bottom: float = Field(ge=0.0, le=1.0)
    seed: int = Field(0, ge=0, lt=2**31)

    @model_validator(mode="after")
    def _has_area(self) -> Patch:
        if self.right <= self.left or self.bottom <= self.top:
            raise ValueError("a region has its left before its right and its top above its bottom")
        return self


class Remake(_Value):
    """A take of which some is made anew and the rest stays as it is: a retake that spoils nothing that was right.

    Attributes:
        take: key of the take.
        what: ``PLACE``, ``LIGHT``, and ``LOOKS`` and ``DEEDS`` with the id of an element.
    """

    take: str = Field(pattern=r"^[0-9a-f]{64}$")
    what: tuple[str, ...] = Field(min_length=1)


class Taught(_Value):
    """Something that was taught and that a shot is filmed with; ``sha256`` is of its file in the store."""

    name: str
    kind: Literal["camera", "style"]
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Shot(_Value):
    """One continuous view. ``id`` is stable over edits; the number shown to people is its place in the storyboard.

    Attributes:
        frames: length in frames of the storyboard's rate.
        exposure: brightness asked for on top of the natural light, in stops.
        sounds: cues that must be heard; ``ambience`` asks for the sound of the place.
        title: text shown on screen over the shot, empty for none.
        seed: 0 keeps the look of the place from shot to shot; a retake that must differ changes it.
        sound_lead_s: above 0 its sound begins under the shot before (a J-cut), below 0 the sound of the shot before
            runs on into it (an L-cut).
        prompt: the shot in one plain sentence, for people and for prompted backends.
        source: the words of the brief it comes from.
        locked: a person chose it; no revision may change it.
        cut: what it is cut from, for as long as nothing else in its picture changes
            (:func:`storyboards.cutting.is_cut`).
        grown: the shorter shot whose take stays and goes on, for as long as nothing else in its picture changes
            (:func:`storyboards.cutting.is_grown`).
        continues: it begins with the last frame of the shot before it.
        first_frame: the picture that it begins with.
        patch: the region that is filmed anew in a take of the shot as it is otherwise planned.
        remake: the take of it of which only some is made anew; a retake has one, a plan never.
        taught: the move of the camera and the styles that it is filmed with, beyond the words above.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    frames: int = Field(ge=4)
    parts: tuple[Part, ...] = Field((), max_length=3)
    setting: str
    time: str = "day"
    weather: str = "clear"
    camera: CameraWork = CameraWork()
    exposure: float = Field(0.0, ge=-2.0, le=2.0)
    sounds: tuple[SoundCue, ...] = ()
    ambience: bool = True
    lines: tuple[Line, ...] = ()
    title: str = Field("", max_length=120)
    transition: Transition = Transition()
    sound_lead_s: float = Field(0.0, ge=-2.0, le=2.0)
    seed: int = Field(0, ge=0, lt=2**31)
    prompt: str = ""
    source: str = ""
    locked: bool = False
    cut: CutFrom | None = None
    grown: Shot | None = None

    continues: bool = False
    first_frame: FirstFrame | None = None
    patch: Patch | None = None
    remake: Remake | None = None
    taught: tuple[Taught, ...] = ()

    @model_serializer(mode="wrap")
    def _without_what_is_new(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Plans in which nothing is cut, grown, continued, begun with a picture, patched, made anew in part or
        taught keep the digests of before there was that."""
        document: dict[str, Any] = write(self)
        return {name: value for name, value in document.items() if value or name not in NEW_FIELDS}

    def part_of(self, element_id: str) -> Part | None:
        return next((part for part in self.parts if part.element == element_id), None)


class Take(_Value):
    """One rendering of a shot.

    Attributes:
        key: sha256 of the whole recipe; the same key is the same take.
        ordinal: 1 for the first take of the shot, counting up.
        recipe_digest: of the shot's picture and sound as planned when it was made; compared to tell stale from current.
        video_sha256: the picture without sound, H.264, ``frames`` + ``handle_frames`` long.
        sound_sha256: foley of the shot as a 48 kHz stereo wave file, empty if it has none.
        handle_frames: extra frames after the end for a dissolve into the next shot.
        recipe: how the backend made it, for those that say: captions, seeds, references, steps.
        latents_sha256: the latents it was decoded from, empty if there are none.
        notes: what could not be made as it was asked for.
    """

    key: str
    shot_id: str
    ordinal: int = Field(ge=1)
    backend: str
    recipe_digest: str
    video_sha256: str
    sound_sha256: str = ""
    frames: int
    handle_frames: int = 0
    rate: FrameRate
    width: int
    height: int
    seed: int
    wall_s: float = 0.0
    cost_usd: float = 0.0
    recipe: dict[str, Any] = Field(default_factory=dict)
    latents_sha256: str = ""
    notes: tuple[str, ...] = ()
