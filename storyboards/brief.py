"""What was asked for, and the limits within which it may be made."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from storyboards.clock import FrameRate
from storyboards.errors import BadBrief

MAX_BRIEF_WORDS = 20_000
MAX_DURATION_S = 600.0
MIN_DURATION_S = 1.0
MAX_SHOTS = 60
MAX_TAKES = 3

ASPECTS: dict[str, tuple[int, int]] = {"16:9": (1280, 720), "9:16": (720, 1280), "1:1": (720, 720)}
"""Known aspects and the default size in pixels (width, height) of each."""

CaptionMode = Literal["soft", "burn", "none"]
RetakePolicy = Literal["directed", "random", "first"]
"""How a take that breaks a promise is followed up: by what failed, by other seeds alone, or not at all."""


class Limits(BaseModel):
    """Hard bounds on what one run may spend, and on what retakes it is spent.

    ``takes_at_once`` takes are filmed in each round and the best is kept; all of them count as takes of the shot.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    takes_per_shot: int = Field(MAX_TAKES, ge=1, le=10)
    wall_s: float | None = Field(None, gt=0)
    cost_usd: float | None = Field(None, ge=0)
    takes_at_once: int = Field(1, ge=1, le=10)
    policy: RetakePolicy = "directed"


class Brief(BaseModel):
    """A request for a film.

    ``duration_s``, ``aspect`` and ``size`` are None when the caller leaves them to the planner, which may read them
    from the text ("a 20 second vertical ad"). An explicit value wins over the text. ``audience`` says in words whom the
    film is for; empty leaves it open. ``liked`` is what the person
    asked for in other films, in words, for a planner that reads; it is no part of what is remembered of the brief.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    text: str
    duration_s: float | None = None
    aspect: str | None = None
    size: tuple[int, int] | None = None
    rate: FrameRate = FrameRate(numerator=24)
    seed: int = Field(0, ge=0, lt=2**31)
    style: str | None = None
    captions: CaptionMode = "soft"
    limits: Limits = Limits()
    audience: str = Field("", max_length=200)
    liked: tuple[str, ...] = Field((), max_length=8, exclude=True)

    @field_validator("text")
    @classmethod
    def _text(cls, text: str) -> str:
        text = text.replace("\x00", "").strip()
        if not any(character.isalpha() for character in text):
            raise BadBrief("the brief has no words in it.", next_step="Say in a sentence what the film shows.")
        words = len(text.split())
        if words > MAX_BRIEF_WORDS:
            raise BadBrief(
                f"the brief has {words:,} words; the limit is {MAX_BRIEF_WORDS:,}.",
                next_step="Send an outline, or one act at a time.",
            )
        return text

    @field_validator("duration_s")
    @classmethod
    def _duration(cls, seconds: float | None) -> float | None:
        if seconds is not None and not MIN_DURATION_S <= seconds <= MAX_DURATION_S:
            raise BadBrief(
                f"a film lasts {MIN_DURATION_S:g} to {MAX_DURATION_S:g} seconds, {seconds:g} was asked for.",
                next_step="Give --duration within those bounds.",
            )
        return seconds

    @field_validator("aspect")
    @classmethod
    def _aspect(cls, aspect: str | None) -> str | None:
        if aspect is not None and aspect not in ASPECTS:
            raise BadBrief(f"aspect {aspect!r} is not known.", next_step=f"Choose one of {', '.join(ASPECTS)}.")
        return aspect

    @field_validator("size")
    @classmethod
    def _size(cls, size: tuple[int, int] | None) -> tuple[int, int] | None:
        if size is not None and not all(64 <= side <= 3840 and side % 2 == 0 for side in size):
            raise BadBrief(
                f"a frame is 64 to 3840 pixels a side and even, got {size[0]}x{size[1]}.",
                next_step="For example --size 1280x720.",
            )
        return size
