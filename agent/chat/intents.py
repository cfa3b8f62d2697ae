"""What a person may want in a conversation: one small typed value each, given by the rulebook or a language model.

The docstring of an intent is what a language model reads of it; its fields are all the arguments there are. None is a
path, an address or a command.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

ExportForm = Literal["otio", "otioz", "edl", "xml", "fcpxml", "srt", "vtt"]


class Intent(BaseModel):
    """Something that is wanted."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Edit(Intent):
    """Change the film. Words name shots by number and say one change each, in plain English: "make shot 3 darker",
    "make it 20 seconds and vertical", "swap the fox for a cat but keep the scarf", "she should look left in shot 3",
    "remove shot 4", "add a shot of the owl sleeping after shot 2", "redo shot 1", "lock shot 2", "sad music"."""

    words: str = Field(min_length=1, max_length=4000)


class Undo(Intent):
    """Take back the last changes of the plan."""

    steps: int = Field(1, ge=1, le=50)


class Redo(Intent):
    """Have again what was undone."""

    steps: int = Field(1, ge=1, le=50)


class GoTo(Intent):
    """Go back to an earlier version: its number, "first", "last", "before" (the one from before), or a branch."""

    version: str = Field(min_length=1, max_length=64)


class Branch(Intent):
    """Go on under another name, so that both ways can be followed."""

    name: str = Field(min_length=1, max_length=40)


class Pick(Intent):
    """Keep this take of a shot whatever the judge thinks. Both are numbers from 1; take -1 is the last one."""

    shot: int = Field(ge=1)
    take: int = Field(ge=-1)


class Unpick(Intent):
    """Leave the choice among the takes of a shot to the judge again."""

    shot: int = Field(ge=1)


class Why(Intent):
    """Why a shot failed or is out of date; shot 0 asks about the whole film."""

    shot: int = Field(0, ge=0)


class Cost(Intent):
    """What the film has cost so far, in money and time."""


class Price(Intent):
    """What a change would cost, without making it; no words ask about what is still to be filmed."""

    words: str = Field("", max_length=4000)


class GoAhead(Intent):
    """Yes: make what was priced or proposed, or film what is not filmed yet."""


class Decline(Intent):
    """No: leave what was priced or proposed."""


class Takes(Intent):
    """Which takes there are of a shot."""

    shot: int = Field(ge=1)


class CompareTakes(Intent):
    """Compare two takes of a shot, claim by claim."""

    shot: int = Field(ge=1)
    first: int = Field(1, ge=1)
    second: int = Field(2, ge=1)


class CompareCuts(Intent):
    """Compare the last finished cut of the film with the one before."""


class Status(Intent):
    """Where the film stands, shot by shot."""


class Versions(Intent):
    """Which versions of the plan there are."""


class Cast(Intent):
    """Cast something of the library in the film; ``instead_of`` names who in the film gives way, if it is not clear."""

    name: str = Field(min_length=1, max_length=60)
    instead_of: str = Field("", max_length=60)


class Keep(Intent):
    """Keep somebody or something of the film in the library; "music" and "style" may be kept, too."""

    what: str = Field(min_length=1, max_length=60)
    name: str = Field("", max_length=60)


class ShowLibrary(Intent):
    """What is in the library; words narrow it down."""

    words: str = Field("", max_length=200)


class Remembered(Intent):
    """What is remembered about the person: their preferences, where each comes from, and their library."""


class Forget(Intent):
    """Forget a preference by its number (0 for the one spoken of last), all of them, or something of the library."""

    number: int = Field(0, ge=0)
    everything: bool = False
    name: str = Field("", max_length=60)


class Export(Intent):
    """Write the edit of the film for another program."""

    form: ExportForm


class UsePicture(Intent):
    """Make the attached picture the look of an element of the film."""

    element: str = Field(min_length=1, max_length=60)


class DropPicture(Intent):
    """No longer use the given picture of an element."""

    element: str = Field(min_length=1, max_length=60)


class Search(Intent):
    """Find words in everything that is remembered."""

    words: str = Field(min_length=1, max_length=200)


class Help(Intent):
    """What can be said here."""


class Talk(Intent):
    """Words of a language model itself, where nothing is to be done. It is no tool, and the rulebook never says it."""

    words: str


INTENTS: tuple[type[Intent], ...] = (
    Edit, Undo, Redo, GoTo, Branch, Pick, Unpick, Why, Cost, Price, GoAhead, Decline, Takes, CompareTakes, CompareCuts,
    Status, Versions, Cast, Keep, ShowLibrary, Remembered, Forget, Export, UsePicture, DropPicture, Search, Help,
)  # fmt: skip

WITHOUT_A_FILM: tuple[type[Intent], ...] = (ShowLibrary, Remembered, Forget, Search, Help)
"""What can be wanted before there is a project."""
