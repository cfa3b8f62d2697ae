"""The steps of a project through the versions of its plan: where it was, where it is, and what was undone."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from agent.memory.database import Database
from agent.memory.tables import ProjectRow, StepRow, StoryboardRow
from storyboards.errors import BadInput

MAIN = "main"
"""The branch on which every project begins."""

State = Literal["done", "undone", "dropped"]


@dataclass(frozen=True)
class Step:
    """A version that was put in force, ``how`` in words, and on which branch."""

    id: int
    digest: str
    branch: str
    how: str
    state: State
    at_s: float


class Steps:
    """The steps of every project of one home. Each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, project: str) -> list[Step]:
        """Every step in the order in which they were taken, the dropped ones too."""
        with self._database.reading() as session:
            return [_step(row) for row in session.scalars(_rows(project))]

    def current(self, project: str) -> Step | None:
        """Where the project stands; None before its first plan."""
        with self._database.reading() as session:
            row = session.scalars(_rows(project, "done").order_by(None).order_by(StepRow.id.desc()).limit(1)).first()
            return _step(row) if row else None

    def undo(self, project: str) -> Step:
        """Stand where the project stood before its last step.

        Raises:
            BadInput: there is no step before.
        """
        with self._database.writing("step") as session:
            past = list(session.scalars(_rows(project, "done")))
            if len(past) < 2:
                raise BadInput("there is nothing to undo.", next_step="`storyreel history PROJECT` lists the versions.")
            past[-1].state = "undone"
            return _stand(session, past[-2])

    def redo(self, project: str) -> Step:
        """Take the step again that was undone last.

        Raises:
            BadInput: nothing was undone since the last change.
        """
        with self._database.writing("step") as session:
            row = session.scalars(_rows(project, "undone").limit(1)).first()
            if row is None:
                raise BadInput("there is nothing to redo.", next_step="`storyreel history PROJECT` lists the versions.")
            row.state = "done"
            return _stand(session, row)

    def go(self, project: str, digest: str, how: str, branch: str | None = None) -> Step:
        """A step to a version that there is, on ``branch`` if one is named, else on the branch of the last step."""
        with self._database.writing("step") as session:
            return _stand(session, take_step(session, project, digest, how, branch))


def take_step(session: Session, project: str, digest: str, how: str, branch: str | None = None) -> StepRow:
    """Add a step within a transaction; what was undone before can no longer be had again."""
    last = session.scalars(_rows(project, "done").order_by(None).order_by(StepRow.id.desc()).limit(1)).first()
    session.execute(
        update(StepRow).where(StepRow.project == project, StepRow.state == "undone").values(state="dropped")
    )
    row = StepRow(
        project=project, digest=digest, branch=branch or (last.branch if last else MAIN), how=how, state="done",
        at_s=time.time(),
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def _stand(session: Session, row: StepRow) -> Step:
    """Put the version of a step in force."""
    project = session.get_one(ProjectRow, row.project)
    version = session.scalars(
        select(StoryboardRow).where(StoryboardRow.project == row.project, StoryboardRow.digest == row.digest)
    ).one()
    if project.board != row.digest:
        project.status = "planned"
    project.board, project.title, project.changed_at_s = row.digest, str(version.document["title"]), time.time()
    return _step(row)


def _rows(project: str, state: State | None = None) -> Select[StepRow]:
    query = select(StepRow).where(StepRow.project == project).order_by(StepRow.id)
    return query if state is None else query.where(StepRow.state == state)


def _step(row: StepRow) -> Step:
    state: State = row.state  # type: ignore[assignment]
    return Step(row.id, row.digest, row.branch, row.how, state, row.at_s)
