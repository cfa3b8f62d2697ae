"""What a tool takes and gives. Backends, speakers and judges are Protocols; the director sees only these names.

Tools are plain blocking functions; ``agent`` runs them in threads under its own semaphore. A tool never calls another
tool, never reads memory and decides nothing about the film.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

import numpy as np

from storyboards.claims import Claim
from storyboards.clock import FrameRate
from storyboards.critique import Verdict
from storyboards.cutting import is_cut, is_grown
from storyboards.shot import CutFrom, Element, Shot
from storyboards.storyboard import Storyboard, digest_of
from tools.given import Base as Base
from tools.given import ConceptFile as ConceptFile
from tools.given import Opening as Opening
from tools.given import Reference as Reference
from tools.given import Source as Source

SOUND_RATE_HZ = 48_000
"""Sample rate of every wave that tools pass on."""

NOT_IN_PICTURE = {
    "id", "sounds", "ambience", "lines", "title", "transition", "sound_lead_s", "prompt", "source", "locked", "cut",
    "grown",
}  # fmt: skip
"""Fields of a shot that change no pixel of its take."""

Progress = Callable[[float], None]
"""Called with the share done, 0 to 1; may raise to cancel."""


def quiet(_: float) -> None:
    """Progress for callers who do not watch."""


@dataclass(frozen=True)
class ShotRequest:
    """Everything a backend may know about a shot: the shot, its cast, and the format. Nothing else reaches it.

    Attributes:
        place_seed: seeds the layout of the setting so that a place looks the same in every shot.
        handle_frames: extra frames wanted after the end, for a dissolve.
        references: of the elements in the shot, for backends that use them.
        source: what the shot is cut from; None if it is filmed.
        after: digest of how the picture of the shot before is made, for a shot that continues it.
        opening: the picture (a still in the store) with which such a shot begins, once that is known.
        base: the take of which a region is filmed anew, or that goes on, once that is known.
        concepts: the files of what ``shot.taught`` names, whose hashes the shot says.
    """

    shot: Shot
    elements: tuple[Element, ...]
    style: str
    width: int
    height: int
    rate: FrameRate
    place_seed: int
    handle_frames: int = 0
    references: tuple[Reference, ...] = ()
    source: Source | None = None
    after: str = ""
    opening: Opening | None = None
    base: Base | None = None
    concepts: tuple[ConceptFile, ...] = ()

    @property
    def frames(self) -> int:
        """Frames to render, the handle included."""
        return self.shot.frames + self.handle_frames

    def picture_recipe(self) -> dict[str, object]:
        """What determines the picture: only fields whose change must cause a new take of the picture."""
        shot = self.shot.model_dump(mode="json", exclude=NOT_IN_PICTURE)
        unseen = {"voice", "name", "described_as", "library"}
        given = [[r.element, r.sha256, *(["taught"] if r.taught else [])] for r in self.references if r.given]
        return {
            "shot": shot,
            "elements": [element.model_dump(mode="json", exclude=unseen) for element in self.elements],
            "style": self.style,
            "size": [self.width, self.height],
            "rate": str(self.rate),
            "place_seed": self.place_seed,
            "handle_frames": self.handle_frames,
            # What was drawn from an element follows from it and from the backend's version.
            **({"references": given} if given else {}),
            **({"after": self.after} if self.after else {}),
            **({"cut": _cut_recipe(self.shot.cut)} if self.shot.cut is not None and is_cut(self.shot) else {}),
            **({"grown": _grown_recipe(self.shot.grown)} if self.shot.grown and is_grown(self.shot) else {}),
        }

    def made_of(self) -> dict[str, str]:
        """What the picture is made of beside the plan, by hash: with the recipe it determines the picture."""
        made_of = (("cut", self.source), ("opening", self.opening), ("base", self.base))
        return {name: found.sha256 for name, found in made_of if found is not None}

    def sound_recipe(self) -> dict[str, object]:
        """What determines the foley: the action, the cast and the cues."""
        keep = {"frames", "parts", "setting", "time", "weather", "sounds", "seed", "camera"}
        heard = {"id", "subject", "size", "identity"}
        return {
            "shot": self.shot.model_dump(mode="json", include=keep),
            "elements": [element.model_dump(mode="json", include=heard) for element in self.elements],
            "aspect": self.width / self.height, "rate": str(self.rate),
        }  # fmt: skip


def request_for(board: Storyboard, shot: Shot) -> ShotRequest:
    """The request for a shot of this storyboard, with its cast and the place's own seed."""
    place = int(digest_of([board.seed, shot.setting])[:8], 16) % 2**31
    before = board.before(shot.id) if shot.continues else None
    return ShotRequest(
        shot=shot, elements=tuple(board.element(part.element) for part in shot.parts), style=board.style,
        width=board.width, height=board.height, rate=board.rate, place_seed=place,
        handle_frames=board.handle_of(shot.id),
        after=digest_of(request_for(board, before).picture_recipe()) if before is not None else "",
    )  # fmt: skip


def take_key(request: ShotRequest, backend: str, version: str) -> str:
    """sha256 of the whole recipe of a take: picture, sound, backend and its version (weights' hash included)."""
    return digest_of(
        {"picture": request.picture_recipe(), "sound": request.sound_recipe(), "backend": backend, "version": version,
         **({"made_of": made} if (made := request.made_of()) else {})}
    )  # fmt: skip


def _cut_recipe(cut: CutFrom) -> dict[str, object]:
    filmed = None if cut.filmed is None else _grown_recipe(cut.filmed)
    return {"filmed": filmed, "clip": cut.clip, "start": cut.start, "length": cut.length}


def _grown_recipe(filmed: Shot) -> dict[str, object]:
    """What is seen of a shot that another is made of, and of those that it is made of itself."""
    seen = filmed.model_dump(mode="json", exclude=NOT_IN_PICTURE)
    return seen | ({"grown": _grown_recipe(filmed.grown)} if filmed.grown and is_grown(filmed) else {})


@dataclass(frozen=True)
class Filming:
    """What a backend may hand over beside the picture.

    Attributes:
        recipe: how it was made, as JSON can hold it: captions, seeds, steps, what was looked at.
        latents: from which the shot can be continued and edited; empty for none.
        notes: what could not be made as it was asked for.
    """

    recipe: Mapping[str, object] = field(default_factory=dict)
    latents: bytes = b""
    notes: tuple[str, ...] = ()


class VideoBackend(Protocol):
    """Turns a shot into moving pictures.

    ``version`` is part of every take's key: it changes when the same request would give other pixels.
    ``price_usd`` is what a call will cost at most; 0 for a local backend. One that has ``uses_references`` set is given
    the references of the elements in the shot.
    """

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    def price_usd(self, request: ShotRequest) -> float: ...

    def film(self, request: ShotRequest, out: Path, idempotency_key: str, progress: Progress) -> Filming | None:
        """Write ``request.frames`` frames as H.264 without sound to ``out``; what else is known of them is returned.

        Raises:
            GenerationFailed: the backend could not; nothing was written.
        """
        ...


@runtime_checkable
class RatedBackend(VideoBackend, Protocol):
    """A backend of which is known how well its takes keep a plan."""

    @property
    def keeps(self) -> Mapping[str, float]:
        """Share of claims that its takes keep, by kind, 0 to 1, as far as that was measured."""
        ...

    @property
    def rated_by(self) -> str:
        """Version of the judge that found it; its doubts alone can be weighed with it. Empty where nothing is known."""
        ...


@runtime_checkable
class RemoteBackend(VideoBackend, Protocol):
    """A backend that works elsewhere under a job's id. Ordering may cost money, collecting never does.

    ``film`` does both; whoever keeps a ledger orders, writes the id down, and then collects, in a later run if need be.
    """

    def order(self, request: ShotRequest, idempotency_key: str, progress: Progress) -> str:
        """Order the shot; the id of the job. ``progress`` may raise to cancel while the answer is waited for.

        Raises:
            BackendUnavailable: it cannot be reached; nothing was ordered.
            GenerationFailed: it declined; nothing was charged.
            TakeDoubtful: nobody knows whether it took the order.
        """
        ...

    def collect(self, job: str, request: ShotRequest, out: Path, progress: Progress) -> Filming | None:
        """Wait for a job and write its picture as ``film`` does.

        Raises:
            BackendUnavailable: it does not answer now; the job may be collected later.
            GenerationFailed: the job failed, and was not charged.
            TakeDoubtful: the job is not known any more.
            TakeCorrupt: what it made is not what was ordered. It is paid for, and may be collected once more.
        """
        ...


@dataclass(frozen=True)
class Drawing:
    """A reference as it was drawn: (H, W, 4) uint8, colour not multiplied by its cover, and of what."""

    picture: np.ndarray
    caption: str
    seed: int


class Artist(Protocol):
    """Draws the references of the cast. ``version`` changes when the same element would look different."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    def draw(self, element: Element) -> Drawing:
        """A sheet of a character or prop, or a view of a place.

        Raises:
            BadStoryboard: a word that cannot be drawn.
            GenerationFailed: the artist could not.
        """
        ...


@dataclass(frozen=True)
class Word:
    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Speech:
    """Spoken words: a mono wave (N,) float32 at ``SOUND_RATE_HZ``, or None when nobody can speak; word times always.

    ``estimated`` says that the word times were computed from syllables and not reported by the synthesiser.
    """

    wave: np.ndarray | None
    words: tuple[Word, ...]
    length_s: float
    speaker: str
    estimated: bool = False


class Speaker(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    def say(self, text: str, voice: str, language: str, pace: float) -> Speech:
        """Speak ``text``; ``pace`` 1.0 is natural, up to 1.25. ``voice`` is ``narrator`` or a voice of the catalogue.

        Raises:
            SpeechFailed: a configured speaker failed.
        """
        ...


@dataclass(frozen=True)
class Footage:
    """What a judge may look at: files, never the renderer's truth. ``sound`` is a wave file or None."""

    video: Path
    sound: Path | None
    rate: FrameRate
    frames: int


class Judge(Protocol):
    """Answers claims from pixels and sound. Gives one verdict per claim, ``unmeasurable`` where it cannot tell.

    Each verdict bears its tier. A judge that has a ``version`` is asked again when that changes.
    """

    @property
    def name(self) -> str: ...

    def judge(self, footage: Footage, claims: tuple[Claim, ...], request: ShotRequest) -> tuple[Verdict, ...]: ...


@runtime_checkable
class AppealJudge(Judge, Protocol):
    """A judge that is also asked about what a judge before it found broken, and whose probabilities are calibrated."""

    @property
    def hears_appeals(self) -> bool: ...


@dataclass(frozen=True)
class Opinion:
    """Verdicts with what they cost.

    ``failure`` says why nothing of it counts (the judge could not be asked, or its probes failed), empty if it does. An
    opinion with a failure is not to be remembered.
    """

    verdicts: tuple[Verdict, ...]
    cost_usd: float = 0.0
    wall_s: float = 0.0
    failure: str = ""


@dataclass(frozen=True)
class Preference:
    """Which of two takes keeps the plan better; ``equal`` where the judge cannot say, ``failure`` as in Opinion."""

    better: Literal["first", "second", "equal"]
    confidence: float = 0.0
    why: str = ""
    cost_usd: float = 0.0
    wall_s: float = 0.0
    failure: str = ""


@runtime_checkable
class PaidJudge(Judge, Protocol):
    """A judge that may cost something: it tells the price before and the bill after.

    ``second_opinions``: is it asked about claims, too, that a judge before it could measure?
    """

    @property
    def second_opinions(self) -> bool: ...

    def price_usd(self, claims: tuple[Claim, ...], request: ShotRequest) -> float: ...

    def opinion(self, footage: Footage, claims: tuple[Claim, ...], request: ShotRequest) -> Opinion: ...


@runtime_checkable
class PairJudge(Protocol):
    """A judge that can put two takes of one shot side by side."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    def prefer_price_usd(self) -> float: ...

    def prefer(
        self, first: Footage, second: Footage, claims: tuple[Claim, ...], request: ShotRequest
    ) -> Preference: ...
