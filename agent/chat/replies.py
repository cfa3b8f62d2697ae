"""What a conversation gives back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from agent.clarify import Question
from agent.film import Film

VOICE_WORDS = "words"
"""For a text that has the words of the voice-over beside it, and is no script."""

ActionKind = Literal[
    "planned",
    "edited",
    "stepped",
    "picked",
    "cast",
    "kept",
    "forgot",
    "exported",
    "priced",
    "pictured",
    "filmed",
    "film",
]


@dataclass(frozen=True)
class Action:
    """Something that was done: ``film`` says that there is something to film, which was not, since it was not to be.

    ``detail`` is what it was done to: a digest, a shot, a name, a file.
    """

    kind: ActionKind
    detail: str = ""


@dataclass(frozen=True)
class Query:
    """What the conversation asks back.

    ``topics`` are what a brief leaves open, with choices and defaults; ``default`` is what a person may say to have all
    the defaults.
    """

    text: str
    topics: tuple[Question, ...] = ()
    default: str = "go"


@dataclass(frozen=True)
class Attachment:
    """A file that comes with a message. ``name`` is what the person calls it, for its ending and for whom it shows.

    ``meant`` says what it is for, where that was chosen and is not left to the words: of a picture whom it shows, of a
    clip the shot that it plays as, of a text :data:`VOICE_WORDS`.
    """

    path: Path
    name: str = ""
    meant: str = ""

    @property
    def called(self) -> str:
        return self.name or self.path.name


@dataclass(frozen=True)
class Reply:
    """An answer.

    Attributes:
        project: the film that was spoken of; None if there is none yet.
        text: for a person; plain text with line breaks.
        changes: of the plan, in words.
        question: what is asked back, if anything.
        film: the film, if one was made.
        actions: what was done, in order.
    """

    project: str | None
    text: str
    changes: tuple[str, ...] = ()
    question: Query | None = None
    film: Film | None = None
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True)
class Said:
    """What came of one intent; a reply is made of one or several."""

    text: str
    changes: tuple[str, ...] = ()
    question: Query | None = None
    actions: tuple[Action, ...] = ()
    to_film: bool = False
