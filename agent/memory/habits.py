"""What a person asked for and chose, one time after the other: from which preferences are counted."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy import delete, select

from agent.memory.database import Database
from agent.memory.tables import HabitRow


@dataclass(frozen=True)
class Habit:
    """One time: of ``subject`` ("aspect") the ``value`` ("9:16") was wanted in ``project``, by these words."""

    id: int
    subject: str
    value: str
    project: str
    words: str
    at_s: float


class Habits:
    """The habits of one home. Each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, subject: str, value: str, project: str, words: str) -> None:
        """Remember one time; the same words again in the same project are the same time."""
        with self._database.writing("habit") as session:
            same = select(HabitRow.id).where(
                HabitRow.subject == subject, HabitRow.value == value, HabitRow.project == project,
                HabitRow.words == words,
            )  # fmt: skip
            if session.scalar(same.limit(1)) is None:
                session.add(
                    HabitRow(subject=subject, value=value, project=project, words=words, at_s=time.time())
                )  # fmt: skip

    def all(self) -> list[Habit]:
        """Every time, the first one first."""
        with self._database.reading() as session:
            rows = session.scalars(select(HabitRow).order_by(HabitRow.id))
            return [Habit(row.id, row.subject, row.value, row.project, row.words, row.at_s) for row in rows]

    def forget(self, subject: str | None = None, value: str | None = None) -> int:
        """Forget every time of a subject, of one value of it, or of everything; how many there were."""
        query = delete(HabitRow)
        if subject is not None:
            query = query.where(HabitRow.subject == subject)
        if value is not None:
            query = query.where(HabitRow.value == value)
        with self._database.writing("habit") as session:
            return int(session.execute(query).rowcount)  # type: ignore[attr-defined]
