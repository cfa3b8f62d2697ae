"""Writes that come at once share one transaction and fail apart."""

from __future__ import annotations

import inspect
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from agent.memory.database import Database
from agent.memory.service_tables import OnceRow
from app.api import direction, findings, health, projects, studio_tools, talk, videos, workshop
from app.api.streams import event_of, events_of
from app.service.happenings import Happening, Happenings
from app.service.together import Together
from storyboards.errors import BadInput


def _row(token: str) -> OnceRow:
    return OnceRow(tenant="", token=token, fingerprint="f", answer="a", at_s=0.0)


def test_writes_that_wait_are_one_commit_and_a_refusal_is_undone_alone(tmp_path: Path) -> None:
    database = Database(tmp_path / "memory.db")
    together, begun, commits = Together(database, "test"), threading.Event(), list[object]()
    event.listen(database.engine, "commit", commits.append)

    def first(session: Session) -> str:
        begun.set()
        time.sleep(0.3)  # the others come meanwhile
        session.add(_row("first"))
        return "first"

    def other(number: int) -> str:
        def work(session: Session) -> str:
            session.add(_row(f"row {number}"))
            session.flush()
            if number == 3:
                raise BadInput("not this one.")
            return f"row {number}"

        begun.wait(5)
        return together.write(work)

    with ThreadPoolExecutor(10) as pool:
        one = pool.submit(together.write, first)
        futures = [pool.submit(other, number) for number in range(8)]
    assert one.result() == "first"
    with pytest.raises(BadInput):
        futures[3].result()
    assert [future.result() for number, future in enumerate(futures) if number != 3]
    assert len(commits) == 2, "the first alone, then everybody who waited for it"
    with database.reading() as session:
        tokens = set(session.scalars(select(OnceRow.token)))
    assert tokens == {"first", *(f"row {number}" for number in range(8) if number != 3)}


def test_a_bug_undoes_the_whole_bunch_and_everybody_hears_of_it(tmp_path: Path) -> None:
    database = Database(tmp_path / "memory.db")
    together = Together(database, "test")

    def wrong(session: Session) -> None:
        session.add(_row("wrong"))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        together.write(wrong)
    assert together.write(lambda session: session.add(_row("right"))) is None
    with database.reading() as session:
        assert list(session.scalars(select(OnceRow.token))) == ["right"]


async def test_what_a_late_reader_missed_is_one_message() -> None:
    told = Happenings()
    for number in range(200):
        told.tell(("a",), Happening(id=0, kind="take", message=str(number), detail={"node": {"number": number}}))
    bunches = told.bunches("a")
    messages = events_of(bunches)
    await anext(messages)
    late = await anext(messages)
    assert late.count(b"event: take") == 200
    assert b'"detail":{"node":{"number":199}}' in late
    await bunches.aclose()
    assert told.readers == 0
    assert event_of(told.kept("a")[0]) is event_of(told.kept("a")[0]), "written once for all who follow"


def test_no_route_waits_for_a_thread_to_know_who_asks() -> None:
    """A dependency that is no coroutine is called in a thread, which a poll would wait for."""
    rooms = (videos, talk, studio_tools, projects, direction, findings, workshop, health)
    routes = [route for room in rooms for route in room.router.routes if isinstance(route, APIRoute)]
    assert len(routes) > 50
    assert sum(bool(route.dependant.dependencies) for route in routes) > 50, "nearly all of them ask who asks"
    for route in routes:
        assert inspect.iscoroutinefunction(route.endpoint), route.path
        for needed in route.dependant.dependencies:
            assert inspect.iscoroutinefunction(needed.call), (route.path, needed.call)
