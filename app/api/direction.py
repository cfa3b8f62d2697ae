"""Changing a film: words, prices, approval, takes, versions. What is filmed runs as a job; the rest is done at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Path

from agent.director import Director
from agent.history import History, Turn, VersionView
from app.api.access import Maker, Reader, TheStudio
from app.api.faults import FAULTS, BadField, Conflict
from app.api.project_shapes import (
    Changed,
    EditWords,
    GoTo,
    LockShot,
    Look,
    Message,
    NewBranch,
    PickTake,
    Priced,
    ProposeWords,
    Started,
    Token,
    brought_of,
)
from app.api.projects import Name
from app.service.callers import Caller
from app.service.jobs import Job
from app.service.orders import Apply, Edit, Order, Resume, Say
from app.service.studio import Studio

router = APIRouter(prefix="/api/projects/{name}", tags=["direction"], responses=FAULTS)

ShotId = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]


async def _start(studio: Studio, order: Order, name: str, caller: Caller) -> Started:
    return Started(project=name, job=await asyncio.to_thread(studio.submit, order, name, caller))


async def _change(studio: Studio, name: str, caller: Caller, step: Callable[[Director], Changed]) -> Changed:
    """Do something to a project's plan at once, and tell whoever follows it."""

    def work() -> Changed:
        caller.must_have("make")
        studio.project(name, caller)
        changed = step(studio.director(name))
        studio.changed(name, "; ".join(changed.changes))
        return changed

    return await asyncio.to_thread(work)


@router.post("/edit", response_model=Started, status_code=202, summary="Change the film in words")
async def edit(name: Name, body: EditWords, studio: TheStudio, caller: Maker) -> Started:
    if not (body.words.strip() or body.looks or any(brought_of(body).values())):
        raise BadField("nothing is to be changed.", "words", next_step="Say what to change, or name an upload.")
    order = Edit(words=body.words, looks=body.looks, hold=body.hold, **brought_of(body))
    return await _start(studio, order, name, caller)


@router.post("/propose", response_model=Priced, summary="What an edit would change, film and cost")
async def propose(name: Name, body: ProposeWords, studio: TheStudio, caller: Maker) -> Priced:
    def price() -> Priced:
        studio.project(name, caller)
        found = studio.director(name).propose(name, body.words)
        return Priced(
            changes=list(found.changes), stale=list(found.stale), cost_usd=found.price.cost_usd,
            cost_usd_at_most=found.price.cost_usd_at_most, seconds=found.price.seconds,
            words=found.price.describe(), token=found.token,
        )  # fmt: skip

    return await asyncio.to_thread(price)


@router.post("/apply", response_model=Started, status_code=202, summary="Make the edit that was proposed")
async def apply(name: Name, body: Token, studio: TheStudio, caller: Maker) -> Started:
    return await _start(studio, Apply(token=body.token), name, caller)


@router.post("/approve", response_model=Started, status_code=202, summary="Film the plan that was priced")
async def approve(name: Name, body: Token, studio: TheStudio, caller: Maker) -> Started:
    row = await asyncio.to_thread(studio.project, name, caller)
    if row.board != body.token:
        raise Conflict("that is not the plan in force; nothing was filmed.", "plan_changed",
                       next_step="Look at the plan and its price again.")  # fmt: skip
    return await _start(studio, Resume(token=body.token), name, caller)


@router.post("/resume", response_model=Started, status_code=202, summary="Film whatever is missing or stale")
async def resume(name: Name, studio: TheStudio, caller: Maker) -> Started:
    return await _start(studio, Resume(), name, caller)


@router.post("/cancel", response_model=list[Job], summary="Stop what is under way; what is finished is kept")
async def cancel(name: Name, studio: TheStudio, caller: Maker) -> list[Job]:
    await asyncio.to_thread(studio.project, name, caller)
    jobs = await asyncio.to_thread(studio.jobs, caller, name)
    return [await studio.cancel(job.id, caller) for job in jobs if not job.is_over]


@router.post("/messages", response_model=Started, status_code=202, summary="Say something to the director")
async def say(name: Name, body: Message, studio: TheStudio, caller: Maker) -> Started:
    if not (body.text.strip() or body.uploads):
        raise BadField("the message says nothing.", "text")
    order = Say(text=body.text, uploads=tuple(body.uploads), uses=body.uses, film=body.film)
    return await _start(studio, order, name, caller)


@router.post("/shots/{shot_id}/regenerate", response_model=Started, status_code=202, summary="Film a shot anew")
async def regenerate(name: Name, shot_id: ShotId, studio: TheStudio, caller: Maker) -> Started:
    def number() -> int:
        from app.api.projects import board_of

        board = board_of(studio, name, caller)
        return board.shots.index(board.shot(shot_id)) + 1

    words = f"redo shot {await asyncio.to_thread(number)}"
    return await _start(studio, Edit(words=words), name, caller)


@router.post(
    "/shots/{shot_id}/stop", response_model=Job, summary="Stop filming a shot; the job goes on with the others"
)
async def stop(name: Name, shot_id: ShotId, studio: TheStudio, caller: Maker) -> Job:
    return await asyncio.to_thread(studio.stop_shot, name, shot_id, caller)


@router.post("/shots/{shot_id}/pick", response_model=Changed, summary="Keep a take whatever the judge thinks")
async def pick(name: Name, shot_id: ShotId, body: PickTake, studio: TheStudio, caller: Maker) -> Changed:
    def step(director: Director) -> Changed:
        if body.take is None:
            return Changed(project=name, changes=[director.unpick(name, shot_id)])
        return Changed(project=name, changes=[director.pick(name, shot_id, body.take)])

    return await _change(studio, name, caller, step)


@router.post("/shots/{shot_id}/lock", response_model=Changed, summary="Keep edits away from a shot, or not")
async def lock(name: Name, shot_id: ShotId, body: LockShot, studio: TheStudio, caller: Maker) -> Changed:
    def step(director: Director) -> Changed:
        return Changed(project=name, changes=list(director.lock(name, shot_id, body.locked)))

    return await _change(studio, name, caller, step)


@router.put("/elements/{element}/reference", response_model=Started, status_code=202, summary="Give somebody a look")
async def give_look(
    name: Name, element: Annotated[str, Path(max_length=40)], body: Look, studio: TheStudio, caller: Maker
) -> Started:  # fmt: skip
    return await _start(studio, Edit(words="", looks={element: body.upload}), name, caller)


@router.get("/versions", response_model=list[VersionView], tags=["versions"], summary="Every version of the plan")
async def versions(name: Name, studio: TheStudio, caller: Reader) -> list[VersionView]:
    def read() -> list[VersionView]:
        studio.project(name, caller)
        return list(History(studio.director(name).crew).versions(name))

    return await asyncio.to_thread(read)


async def _turn(studio: Studio, name: str, caller: Caller, step: Callable[[History], Turn]) -> Changed:
    def turn(director: Director) -> Changed:
        made = step(History(director.crew))
        return Changed(project=name, changes=list(made.changes), version=made.digest)

    return await _change(studio, name, caller, turn)


@router.post("/undo", response_model=Changed, tags=["versions"], summary="The version before the last step")
async def undo(name: Name, studio: TheStudio, caller: Maker) -> Changed:
    return await _turn(studio, name, caller, lambda history: history.undo(name))


@router.post("/redo", response_model=Changed, tags=["versions"], summary="Take the undone step again")
async def redo(name: Name, studio: TheStudio, caller: Maker) -> Changed:
    return await _turn(studio, name, caller, lambda history: history.redo(name))


@router.post("/go", response_model=Changed, tags=["versions"], summary="Put a version in force")
async def go(name: Name, body: GoTo, studio: TheStudio, caller: Maker) -> Changed:
    return await _turn(studio, name, caller, lambda history: history.go(name, body.version))


@router.post("/branch", response_model=Changed, tags=["versions"], summary="Go on under another name")
async def branch(name: Name, body: NewBranch, studio: TheStudio, caller: Maker) -> Changed:
    return await _turn(studio, name, caller, lambda history: history.branch(name, body.name))
