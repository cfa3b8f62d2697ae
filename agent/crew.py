"""Everybody the director works with, chosen once by ``app.bootstrap`` and handed over as one value."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from agent.reviser import Reviser, RulebookReviser
from agent.stops import Stops
from storyboards.brief import CaptionMode
from storyboards.claims import Claim
from storyboards.critique import Verdict
from storyboards.storyboard import MusicPlan, Storyboard
from storyboards.timeline import Timeline
from tools.contract import Artist, Footage, Judge, Progress, ShotRequest, Speaker, VideoBackend

if TYPE_CHECKING:
    from agent.deliver import Delivery
    from agent.memory.memory import Memory
    from agent.plan import Planner
    from tools.store import Store


class SoundDepartment(Protocol):
    """The sounds of a film that are not spoken: (2, N) float32 waves at 48 kHz, or None where there is nothing to hear.

    ``VERSION`` is part of the key of every sound. The module ``tools.generate_audio`` is one.
    """

    VERSION: str

    def foley(self, request: ShotRequest) -> np.ndarray | None: ...

    def ambience_bed(self, request: ShotRequest, start_s: float, length_s: float) -> np.ndarray | None: ...

    def ambience_key(self, request: ShotRequest) -> str:
        """Equal for shots whose bed may run on across the cut."""
        ...

    def music(self, plan: MusicPlan, length_s: float, seed: int) -> np.ndarray: ...


@runtime_checkable
class Listening(SoundDepartment, Protocol):
    """A department of sound that hears a take: its foley follows what the take was decoded from, if that was kept."""

    def foley_for(self, request: ShotRequest, latents: Path | None) -> np.ndarray | None: ...


class CutNotes(Protocol):
    """What the director reads of a finished cut."""

    @property
    def notes(self) -> tuple[str, ...]: ...


class Editor(Protocol):
    """Turns a timeline into a film. The module ``tools.edit`` is one."""

    VERSION: str

    def cut_film(
        self, timeline: Timeline, store: Store, out: Path, captions: CaptionMode, language: str, progress: Progress
    ) -> CutNotes: ...


class Publisher(Protocol):
    """Puts a film where it was asked for, with its papers beside it. The module ``agent.deliver`` is one."""

    def deliver(self, film: Delivery, store: Store, out: Path) -> tuple[Path, ...]: ...


class Examiner(Protocol):
    """Answers the claims that only the finished cut can answer. The module ``tools.measure`` is one."""

    def measure_cut(
        self, video: Path, board: Storyboard, claims: tuple[Claim, ...], timeline: Timeline
    ) -> tuple[Verdict, ...]: ...

    def measure_continuity(
        self, claims: tuple[Claim, ...], footage: dict[str, Footage], requests: dict[str, ShotRequest]
    ) -> tuple[Verdict, ...]: ...


class KeyLocks:
    """One lock per key, so that two shots of one recipe are rendered once."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}

    @contextmanager
    def holding(self, key: str) -> Iterator[None]:
        with self._guard:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            yield


@dataclass(frozen=True)
class Crew:
    """The director's crew.

    Attributes:
        home: folder of this crew's memory (``storyreel.db``), films and locks.
        judges: asked in order; a later one is asked only what no earlier one could tell, unless it gives second
            opinions. The free ones come first, and a measured verdict counts over a read one.
        speaker: says the lines; one that has no voice still gives word times, and the film then has captions only.
        parallel: takes that are filmed at once.
        artist: draws the references of the cast; there are only given ones if None.
        reviser: decides how a shot is filmed again after a promise was broken.
        stops: shots that somebody stopped while they are filmed.
    """

    home: Path
    planner: Planner
    backend: VideoBackend
    store: Store
    memory: Memory
    judges: tuple[Judge, ...]
    sound: SoundDepartment
    speaker: Speaker
    editor: Editor
    examiner: Examiner
    publisher: Publisher
    parallel: int = 2
    artist: Artist | None = None
    reviser: Reviser = field(default_factory=RulebookReviser)
    locks: KeyLocks = field(default_factory=KeyLocks)
    stops: Stops = field(default_factory=Stops)
