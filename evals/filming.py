"""From a plan to a film: the director behind a backend, and the baselines that every table needs."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from storyboards.brief import Brief, Limits, RetakePolicy
from storyboards.storyboard import MusicPlan, Storyboard, digest_of
from storyboards.timeline import Timeline
from tools.contract import SOUND_RATE_HZ, Progress, ShotRequest, VideoBackend, quiet

if TYPE_CHECKING:
    from agent.crew import Crew
    from agent.events import Event

BASELINES = ("random", "static")
LOOP_TAKES = 3


@dataclass(frozen=True)
class Filmed:
    """A film with what its making cost. ``nodes`` are seconds of the clock per step of the director."""

    timeline: Timeline
    wall_s: float
    cost_usd: float
    takes: int
    nodes: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


class Filmer(Protocol):
    """Turns plans into films. ``name`` and ``version`` are part of every cache key."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    def film(self, board: Storyboard, out: Path, home: Path) -> Filmed:
        """Write the film of a plan to ``out``; ``home`` may be used again by a later call for the same plan.

        Raises:
            StoryreelError: it could not.
        """
        ...


class GivenPlan:
    """A planner that has one plan."""

    name = "given"

    def __init__(self, board: Storyboard) -> None:
        self._board = board

    async def plan(self, brief: Brief) -> Storyboard:
        return self._board


@dataclass(frozen=True)
class DirectorFilmer:
    """Films through the director, whose critic may ask for retakes.

    Args:
        backend: what the row of the table is called.
        crew_of: everybody the director works with, in a home folder.
        takes: that a shot may cost; 1 is the loop switched off (first take only).
        policy: how retakes are made; ``random`` films other seeds at the same cost.
        references: whether the cast is drawn first and shown to the generator.
    """

    backend: str
    crew_of: Callable[[Path], Crew]
    takes: int = LOOP_TAKES
    baseline: str = ""
    crew_version: str = ""
    policy: RetakePolicy = "directed"
    references: bool = True

    @property
    def name(self) -> str:
        without = [] if self.references else ["no references"]
        if not self.baseline and (self.takes == 1 or self.policy != "directed"):
            without.append("first take" if self.takes == 1 else f"{self.policy} retakes")
        return ", ".join((self.backend, *without))

    @property
    def version(self) -> str:
        plain = ("" if self.policy == "directed" else f".{self.policy}") + ("" if self.references else ".bare")
        return f"{self.crew_version}.takes{self.takes}{plain}"

    def film(self, board: Storyboard, out: Path, home: Path) -> Filmed:
        from agent.director import Director

        home.mkdir(parents=True, exist_ok=True)
        crew = replace(self.crew_of(home), planner=GivenPlan(board))
        if self.baseline:
            crew = replace(crew, backend=baseline_backend(self.baseline, crew.backend), sound=Mute(), judges=())
        if not self.references:
            crew = replace(crew, artist=None)
        limits = Limits(takes_per_shot=1 if self.baseline else self.takes, policy=self.policy)
        brief = Brief(text=board.title, rate=board.rate, seed=board.seed, limits=limits)
        watch = _Stopwatch()
        began = time.monotonic()
        film = asyncio.run(Director(crew).make(brief, project="plan", on_event=watch.on_event, out=out))
        wall_s = round(time.monotonic() - began, 3)
        for paper in film.files:
            if paper != out:
                paper.unlink(missing_ok=True)
        return Filmed(film.timeline, wall_s, film.spend_usd, len(film.takes), watch.nodes(), tuple(film.reasons))


def leave(home: Path) -> None:
    """Remove what the making of one film left behind."""
    shutil.rmtree(home, ignore_errors=True)


STEPS = {
    "plan": "plan", "price": "plan", "shoot": "shoot", "take": "shoot", "review": "review", "revise": "review",
    "assemble": "sound and cut", "cut": "sound and cut", "final": "final review",
}  # fmt: skip
"""The step of the director that an event begins."""


class _Stopwatch:
    """Seconds from each event to the next, by the step that was going on."""

    def __init__(self) -> None:
        self._last, self._step = time.monotonic(), "plan"
        self._spent: dict[str, float] = {}

    def on_event(self, event: Event) -> None:
        now = time.monotonic()
        self._spent[self._step] = self._spent.get(self._step, 0.0) + now - self._last
        self._last = now
        self._step = STEPS.get(event.kind, self._step)

    def nodes(self) -> dict[str, float]:
        return {name: round(seconds, 3) for name, seconds in self._spent.items()}


class Mute:
    """A sound department that leaves every shot silent: a baseline that hears nothing of the plan."""

    VERSION = "mute"

    def foley(self, request: ShotRequest) -> np.ndarray | None:
        return None

    def ambience_bed(self, request: ShotRequest, start_s: float, length_s: float) -> np.ndarray | None:
        return None

    def ambience_key(self, request: ShotRequest) -> str:
        return ""

    def music(self, plan: MusicPlan, length_s: float, seed: int) -> np.ndarray:
        return np.zeros((2, round(length_s * SOUND_RATE_HZ)), np.float32)


def baseline_backend(name: str, inner: VideoBackend) -> VideoBackend:
    """``random`` films some other scene of the right length, ``static`` the first frame of the right one."""
    return RandomClip(inner) if name == "random" else StaticFrame(inner)


class RandomClip:
    """Another scene of the world, drawn from the shot's own recipe: what is right is right by chance."""

    name = "random"

    def __init__(self, inner: VideoBackend) -> None:
        self._inner = inner

    @property
    def version(self) -> str:
        return f"random.{self._inner.version}"

    def price_usd(self, request: ShotRequest) -> float:
        return 0.0

    def film(self, request: ShotRequest, out: Path, idempotency_key: str, progress: Progress) -> None:
        from evals.scenes import board_of
        from models.world.sample import sample_scene
        from tools.contract import request_for

        seed = int(digest_of(["random clip", request.picture_recipe()])[:8], 16) % 2**31
        seconds = request.rate.seconds(request.frames)
        scene = sample_scene(seed, split="test", duration_s=seconds)
        board = board_of(scene, request.width, request.height, 24)
        shot = board.shots[0].model_copy(update={"frames": request.frames, "id": request.shot.id})
        other = request_for(board.changed(rate=request.rate, shots=(shot,)), shot)
        self._inner.film(other, out, idempotency_key, progress)


class StaticFrame:
    """The first frame of what was asked for, held to the end."""

    name = "static"

    def __init__(self, inner: VideoBackend) -> None:
        self._inner = inner

    @property
    def version(self) -> str:
        return f"static.{self._inner.version}"

    def price_usd(self, request: ShotRequest) -> float:
        return self._inner.price_usd(request)

    def film(self, request: ShotRequest, out: Path, idempotency_key: str, progress: Progress) -> None:
        from tools.media import FrameWriter, extract_still

        moving = out.with_name(f".{out.name}.moving.mp4")
        try:
            self._inner.film(request, moving, idempotency_key, quiet)
            still = extract_still(moving, 0)
        finally:
            moving.unlink(missing_ok=True)
        with FrameWriter(out, request.width, request.height, request.rate) as writer:
            for number in range(request.frames):
                writer.write(still)
                progress((number + 1) / request.frames)
