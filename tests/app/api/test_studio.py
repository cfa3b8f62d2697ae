"""The queue: jobs that survive the process, stop within a second, and never do a change twice."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from pathlib import Path

import pytest

from app.service.callers import Caller, KeyLimits
from app.service.happenings import Happening, Happenings
from app.service.jobs import Job
from app.service.orders import Edit, Make, Resume
from app.service.studio import Studio
from storyboards.brief import Brief
from storyboards.errors import NotAllowed, OverLimit, UnknownName
from tests.app.api.yard import studio_over, tiny_crew
from tests.fakes import PaintedBackend

BRIEF = Brief(text="A fox walks through the forest.")


async def until(studio: Studio, job_id: str, *states: str) -> Job:
    for _ in range(1200):
        job = studio.job(job_id)
        if job.state in states:
            return job
        await asyncio.sleep(0.05)
    raise AssertionError(f"the job is {job}")


async def test_a_job_that_the_process_left_is_done_by_the_next(tmp_path: Path) -> None:
    crew = tiny_crew(tmp_path, delay_s=0.3)
    first = studio_over(crew)
    first.start()
    job = first.submit(Make(brief=BRIEF))
    await until(first, job.id, "running")
    await asyncio.to_thread(first.close)
    assert first.jobs_kept.find(job.id).state == "running"
    second = studio_over(tiny_crew(tmp_path))
    second.start()
    try:
        assert (await second.finished(job.id)).result["status"] in ("complete", "degraded")
    finally:
        await asyncio.to_thread(second.close)


async def test_an_edit_that_was_made_before_the_process_ended_is_not_made_twice(tmp_path: Path) -> None:
    studio = studio_over(tiny_crew(tmp_path))
    studio.start()
    made = await studio.finished(studio.submit(Make(brief=BRIEF)).id)
    job = await studio.finished(studio.submit(Edit(words="make shot 1 darker"), made.project).id)
    await asyncio.to_thread(studio.close)
    dark = studio.memory.projects.open(made.project).board
    # As it stands in the database when the process dies while the edit is filmed.
    studio.jobs_kept.write(job.model_copy(update={"state": "running", "result": {}}))
    again = studio_over(tiny_crew(tmp_path))
    again.start()
    try:
        assert (await again.finished(job.id)).state == "done"
        assert again.memory.projects.open(made.project).board == dark
    finally:
        await asyncio.to_thread(again.close)


async def test_a_job_is_stopped_within_a_second_and_goes_on_later(tmp_path: Path) -> None:
    crew = tiny_crew(tmp_path, shots=6, delay_s=0.4)
    studio = studio_over(crew)
    studio.start()
    try:
        job = studio.submit(Make(brief=BRIEF))
        waiting = studio.submit(Make(brief=BRIEF))
        async with aclosing(studio.happenings.follow(job.id)) as lines:
            async for happening in lines:
                if happening.kind == "take":
                    assert happening.detail is not None
                    assert happening.detail["ordinal"] == 1
                    break
        began = time.monotonic()
        stopped = await studio.cancel(job.id)
        assert time.monotonic() - began < 3.0, "a second, and room for a busy machine"
        assert (await studio.cancel(waiting.id)).state == "cancelled"
        assert (await until(studio, stopped.id, "cancelled")).error is None
        kept = len(crew.memory.ledger.entries(job.project))
        assert kept > 0
        done = await studio.finished(studio.submit(Resume(), job.project).id)
        assert done.state == "done"
    finally:
        await asyncio.to_thread(studio.close)


async def test_a_held_plan_is_filmed_by_its_token_and_by_no_other(tmp_path: Path) -> None:
    studio = studio_over(tiny_crew(tmp_path))
    studio.start()
    try:
        held = await studio.finished(studio.submit(Make(brief=BRIEF, hold=True)).id)
        assert held.state == "held"
        assert not studio.memory.ledger.entries(held.project)
        assert studio.project(held.project).status == "planned"
        wrong = await studio.finished(studio.submit(Resume(token="0" * 64), held.project).id)
        assert wrong.error is not None
        assert wrong.error.code == "approval_needed"
        right = await studio.finished(studio.submit(Resume(token=held.result["plan"]["token"]), held.project).id)
        assert right.state == "done"
    finally:
        await asyncio.to_thread(studio.close)


def test_a_key_has_no_more_than_its_limits(tmp_path: Path) -> None:
    studio = studio_over(tiny_crew(tmp_path))
    few = Caller(tenant="a", key_id="key_a", limits=KeyLimits(jobs_at_once=1, seconds_a_day=10))
    studio.submit(Make(brief=BRIEF), caller=few, seconds=6)
    with pytest.raises(OverLimit, match="jobs under way"):
        studio.submit(Make(brief=BRIEF), caller=few, seconds=1)
    many = few.model_copy(update={"limits": KeyLimits(jobs_at_once=9, seconds_a_day=10)})
    with pytest.raises(OverLimit, match="12 s of film"):
        studio.submit(Make(brief=BRIEF), caller=many, seconds=6)
    poor = few.model_copy(update={"key_id": "key_b", "limits": KeyLimits(usd_a_day=1.0)})
    job = studio.submit(Make(brief=BRIEF), caller=poor)
    studio.memory.ledger.charge(job.project, "take", "s1", "k", 1.5, 0.0)
    with pytest.raises(OverLimit, match=r"spent its \$1.00"):
        studio.submit(Make(brief=BRIEF), caller=poor)
    with pytest.raises(NotAllowed):
        studio.submit(Make(brief=BRIEF), caller=few.model_copy(update={"scopes": frozenset({"read"})}))


def test_a_refused_order_leaves_no_project(tmp_path: Path) -> None:
    studio = studio_over(tiny_crew(tmp_path))
    none = Caller(tenant="a", key_id="key_a", limits=KeyLimits(jobs_at_once=0))
    with pytest.raises(OverLimit):
        studio.submit(Make(brief=BRIEF), caller=none)
    with pytest.raises(UnknownName):
        studio.submit(Make(brief=BRIEF, looks={"fox": "upload_nix"}))
    assert studio.projects() == []


async def test_happenings_are_told_in_order_and_once_and_what_was_missed_is_said() -> None:
    told = Happenings()
    first = told.tell(("a",), Happening(id=0, kind="take", message="1"))
    told.tell(("a", "b"), Happening(id=0, kind="take", message="2"))

    async def some(name: str, after: int, count: int) -> list[Happening]:
        found = []
        async with aclosing(told.follow(name, after, beat_s=0.01)) as lines:
            async for happening in lines:
                found.append(happening)
                if len(found) == count:
                    break
        return found

    assert [h.message for h in await some("a", 0, 2)] == ["1", "2"]
    assert [h.message for h in await some("a", first.id, 1)] == ["2"]
    assert [h.kind for h in await some("a", -1, 1)] == ["beat"]
    assert [h.kind for h in await some("a", 1, 1)] == ["reset"], "an id of an earlier process"
    for number in range(600):
        told.tell(("a",), Happening(id=0, kind="take", message=str(number)))
    assert (await some("a", first.id, 1))[0].kind == "reset"
    assert told.readers == 0


async def test_what_a_key_may_spend_today_bounds_the_film(tmp_path: Path) -> None:
    crew = tiny_crew(tmp_path, backend=PaintedBackend(price_usd=0.4))
    studio = studio_over(crew)
    view, _ = studio.keys.create("poor", limits=KeyLimits(usd_a_day=0.5))
    poor = studio.keys.caller(view.id)
    assert poor is not None
    studio.start()
    try:
        job = await studio.finished(studio.submit(Make(brief=BRIEF), caller=poor).id)
        assert job.error is not None
        assert job.error.code == "over_limit"
        assert crew.backend.filmed == []  # type: ignore[attr-defined]
    finally:
        await asyncio.to_thread(studio.close)
