"""What a request for a shot carries beside the plan: pictures, takes and files that are in the store."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Reference:
    """A picture that says what an element looks like: a PNG with transparency in the store.

    ``given`` says that a person gave it; otherwise it was drawn from the element, which then says everything about it.
    ``taught`` says that it is a figure's sheet that was taught (:mod:`tools.teach`), to be kept to more closely.
    """

    element: str
    sha256: str
    path: Path
    given: bool = False
    taught: bool = False


@dataclass(frozen=True)
class Source:
    """What a shot is cut from: ``length`` frames of the film's rate from ``start`` on, of the film at ``path``.

    ``name`` is the key of the take, or ``clip``; ``sha256`` its picture's.
    """

    path: Path
    sha256: str
    start: int
    length: int
    name: str

    @property
    def is_clip(self) -> bool:
        return self.name == "clip"


@dataclass(frozen=True)
class Opening:
    """The picture that a shot begins with: the last frame of a take, whose picture ``sha256`` names, or a person's.

    ``cast`` says whether it shows who is in the shot; a person's may show the place alone.

    ``latents`` is what the take was decoded from, if that was kept, ``elements`` who is in it, in order, and ``frames``
    how many it has, 0 if that is not known.
    """

    path: Path
    sha256: str
    latents: Path | None = None
    elements: tuple[str, ...] = ()
    frames: int = 0
    cast: bool = True


@dataclass(frozen=True)
class Base:
    """A take that is filmed anew in part, or that goes on: its key, its picture's hash, and what it was decoded from,
    if that is there."""

    name: str
    sha256: str
    latents: Path | None


@dataclass(frozen=True)
class ConceptFile:
    """The file of something that was taught, in the store; :class:`models.concepts.Concept` reads it."""

    name: str
    kind: str
    sha256: str
    path: Path
