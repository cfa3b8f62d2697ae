"""What can be asked of the studio: each order is plain data, kept in the job's row until it is carried out."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from storyboards.brief import Brief


class _Order(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    backend: str | None = None
    """Who films; None for who filmed the project before, else the studio's default."""


class _Brought(_Order):
    """With what a person brings along.

    Attributes:
        clips: uploads that play as shots, by the shot: its number, its id, ``first`` or ``last``.
        first_frames, backdrops: pictures that shots begin with, likewise: with the cast in them, and of places alone.
        voice_over: an upload that is heard over the film; ``voice_text`` are its words, for the captions.
    """

    clips: dict[str, str] = {}
    first_frames: dict[str, str] = {}
    backdrops: dict[str, str] = {}
    voice_over: str = ""
    voice_text: str = Field("", max_length=20_000)


class Make(_Brought):
    """A film of a brief.

    Attributes:
        hold: plan and price it, then wait for :class:`Resume` with the plan's token.
        one_shot: the whole film is a single shot.
        looks: uploads that show elements, by the element's id, name or kind.
        look: an upload that shows whoever the film is about.
    """

    kind: Literal["make"] = "make"
    brief: Brief
    hold: bool = False
    one_shot: bool = False
    looks: dict[str, str] = {}
    look: str = ""


class Edit(_Brought):
    """A change in words; ``looks`` as for :class:`Make`. The words may be empty when something is brought along."""

    kind: Literal["edit"] = "edit"
    words: str = Field("", max_length=20_000)
    looks: dict[str, str] = {}
    hold: bool = False


class Resume(_Order):
    """Film whatever is missing or stale. ``token`` is of the priced plan that was agreed to; empty agrees to any."""

    kind: Literal["resume"] = "resume"
    token: str = ""


class Apply(_Order):
    """Make the edit that was proposed and priced under this token."""

    kind: Literal["apply"] = "apply"
    token: str = Field(min_length=1, max_length=100)


class Remake(_Brought):
    """Put a whole storyboard in force and film what it changes."""

    kind: Literal["remake"] = "remake"
    storyboard: dict[str, Any]
    why: str = Field(max_length=20_000)


class Extend(_Order):
    """Plan ``seconds`` more of film from words, put it after what there is, and film it."""

    kind: Literal["extend"] = "extend"
    words: str = Field(min_length=1, max_length=200_000)
    seconds: float = Field(gt=0)


class Say(_Order):
    """A message to the chat; ``uploads`` are attached to it. Without a project it begins one.

    Attributes:
        uses: by upload, what it is for where that is not left to the words: the shot that a clip plays as, whom a
            picture shows, ``words`` for a text that has those of the voice-over.
    """

    kind: Literal["say"] = "say"
    text: str = Field(max_length=200_000)
    uploads: tuple[str, ...] = ()
    uses: dict[str, str] = {}
    film: bool = True


Order = Annotated[Make | Edit | Resume | Apply | Remake | Extend | Say, Field(discriminator="kind")]
ORDER: TypeAdapter[Order] = TypeAdapter(Order)
