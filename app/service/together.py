"""Writes that come at once share a transaction: what takes long is the disk's promise, and one is enough for all."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from agent.memory.database import Database
from storyboards.errors import StoryreelError

Result = TypeVar("Result")


class Together:
    """Carries out writes of many threads, those that wait in one transaction.

    Whoever comes while a transaction is under way waits with the others, and one of them writes for all. What is
    refused with an error of the tree is undone alone; any other error is of the database or a bug, and undoes them all.

    Args:
        what: names the fault points of the transaction, see :meth:`agent.memory.database.Database.writing`.
    """

    def __init__(self, database: Database, what: str) -> None:
        self._database, self._what = database, what
        self._turn, self._lock = threading.Lock(), threading.Lock()
        self._waiting: list[tuple[Callable[[Session], Any], Future[Any]]] = []

    def write(self, work: Callable[[Session], Result]) -> Result:
        """What ``work`` gives, once it is on the disk. It runs in any thread.

        Raises:
            whatever ``work`` raises, and what the database does.
        """
        mine: Future[Result] = Future()
        with self._lock:
            self._waiting.append((work, mine))
        with self._turn:
            if not mine.done():
                with self._lock:
                    bunch, self._waiting = self._waiting, []
                self._carry_out(bunch)
        return mine.result()

    def _carry_out(self, bunch: list[tuple[Callable[[Session], Any], Future[Any]]]) -> None:
        done: list[tuple[Future[Any], Any]] = []
        try:
            with self._database.writing(self._what) as session:
                for work, whose in bunch:
                    try:
                        with session.begin_nested():
                            done.append((whose, work(session)))
                    except StoryreelError as refusal:
                        whose.set_exception(refusal)
        except BaseException as error:
            for _, whose in bunch:
                if not whose.done():
                    whose.set_exception(error)
            return
        for whose, result in done:
            whose.set_result(result)
