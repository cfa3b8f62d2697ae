"""Cancelling comes through within a second at any point, and keeps what is done."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from agent.director import Director
from agent.events import Event, EventKind
from agent.llm_planner import LLMPlanner
from app.dev_llm.mind import studio_mind
from app.dev_llm.server import DevServer
from storyboards.brief import Brief
from storyboards.claims import Claim
from storyboards.critique import Verdict
from tests.fakes import ColourJudge, PaintedBackend, ScriptedPlanner, fake_crew, tiny_board
from tools.contract import Footage, ShotRequest

BRIEF = Brief(text="A fox goes home.")
WITHIN_S = 1.0


class SlowJudge(ColourJudge):
    """Takes its time and cannot be interrupted."""

    def judge(self, footage: Footage, claims: tuple[Claim, ...], request: ShotRequest) -> tuple[Verdict, ...]:
        time.sleep(2.5)
        return super().judge(footage, claims, request)


@pytest.fixture(scope="module", autouse=True)
def warm(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A film before the first is timed: what a process loads once, with nothing compiled yet, is not the run's."""
    planner = ScriptedPlanner(tiny_board(1, 8, music=None))
    asyncio.run(Director(fake_crew(tmp_path_factory.mktemp("warm"), planner=planner)).make(BRIEF, project="fox"))


async def cancelled_after(director: Director, kind: EventKind) -> float:
    """Seconds from the cancelling, at the first event of this kind, to the end of the run."""
    reached = asyncio.Event()
    running = asyncio.create_task(
        director.make(BRIEF, project="fox", on_event=lambda event: reached.set() if event.kind == kind else None)
    )
    await asyncio.wait_for(reached.wait(), 30)
    began = time.monotonic()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    return time.monotonic() - began


@pytest.mark.parametrize("kind", ["plan", "price", "shoot", "take", "review", "cut"])
async def test_at_any_step(kind: EventKind, tmp_path: Path) -> None:
    backend = PaintedBackend(delay_s=0.1)
    crew = fake_crew(tmp_path, planner=ScriptedPlanner(tiny_board(3, 8, music=None)), backend=backend)
    assert await cancelled_after(Director(crew), kind) < WITHIN_S
    done = [take.key for entry in crew.memory.ledger.entries("fox") if (take := entry.take) is not None]
    begun = len(backend.filmed)
    events: list[Event] = []
    film = await Director(crew).resume("fox", on_event=events.append)
    assert film.status == "complete"
    assert set(done) <= film.kept, "what was done is kept"
    assert len(backend.filmed) - begun <= 3 - len(done)


async def test_while_a_judge_thinks(tmp_path: Path) -> None:
    crew = fake_crew(tmp_path, planner=ScriptedPlanner(tiny_board(1, 8, music=None)), judges=(SlowJudge(),))
    assert await cancelled_after(Director(crew), "take") < WITHIN_S
    await asyncio.sleep(2.6)
    assert (await Director(crew).resume("fox")).status == "complete"


async def test_while_a_language_model_is_silent(tmp_path: Path) -> None:
    with DevServer(studio_mind, lambda call: "timeout", patience_s=20.0) as server:
        crew = fake_crew(tmp_path, planner=LLMPlanner(server.base_url, "dev", timeout_s=20.0))
        assert await cancelled_after(Director(crew), "plan") < WITHIN_S
        assert server.calls <= 1
