"""The intent ledger: what is about to be rendered is written down first, and what was rendered is never paid for twice.

A take is ``intended`` (nothing has begun), ``running`` (a backend may have begun), then ``ready``, ``failed`` or
``unknown``. A run that finds a ``running`` take holds the project's lock, so the process that began it is dead: a local
backend is simply run again, since nothing of its work was recorded. A paid one may already have charged, so the take
becomes ``unknown`` and is not run again unless the backend dedupes by idempotency key: at most once, and the doubt is
shown. One whose job is known stays ``running``: it is collected and not ordered again, also if it was ``unknown``
because what was collected could not be used.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agent.memory.database import Database
from agent.memory.tables import SpendRow, TakeRow
from storyboards.errors import GenerationFailed
from storyboards.shot import Shot, Take

State = Literal["intended", "running", "ready", "failed", "unknown"]


@dataclass(frozen=True)
class Intent:
    """A take that shall be made: the shot as it will be filmed, and why it differs from the plan, if it does.

    ``recipe_digest`` is that of ``recipe``, the shot as planned; ``repeatable`` says that running it again after an
    unseen end costs nothing: the backend is free, or dedupes by idempotency key.
    """

    project: str
    key: str
    shot: Shot
    recipe_digest: str
    backend: str
    version: str
    price_usd: float = 0.0
    repeatable: bool = True
    why: str = ""
    recipe: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """A line of the ledger."""

    intent: Intent
    ordinal: int
    state: State
    take: Take | None
    failure: str
    wall_s: float
    job: str


class Ledger:
    """The takes of every project of one home. Each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def intend(self, intent: Intent) -> Entry:
        """Write the intent, or find what became of it. A failed take is intended anew.

        Returns:
            The line: ``ready`` with its take when there is nothing left to do.
        """
        shot_id = intent.shot.id
        with self._database.writing("take.intended") as session:
            row = _find(session, intent.project, shot_id, intent.key)
            if row is None:
                made = session.scalar(
                    select(func.max(TakeRow.ordinal)).where(
                        TakeRow.project == intent.project, TakeRow.shot_id == shot_id
                    )
                )
                row = TakeRow(
                    project=intent.project,
                    shot_id=shot_id,
                    key=intent.key,
                    ordinal=(made or 0) + 1,
                    state="intended",
                    backend=intent.backend,
                    version=intent.version,
                    recipe_digest=intent.recipe_digest,
                    shot=intent.shot.model_dump(mode="json"),
                    why=intent.why,
                    job="",
                    document=None,
                    failure="",
                    price_usd=intent.price_usd,
                    wall_s=0.0,
                    at_s=time.time(),
                )
                session.add(row)
            elif row.state == "failed":
                row.state, row.failure, row.job = "intended", "", ""
            elif row.state in ("running", "unknown") and row.job:
                row.state = "running"
            elif row.state in ("running", "unknown") and intent.repeatable:
                row.state, row.failure = "intended", ""
            elif row.state == "running":
                row.state = "unknown"
                row.failure = "the run that had begun it ended without a result"
            # The plan may have changed in ways that do not touch the recipe; the take belongs to the plan in force.
            row.recipe_digest, row.recipe = intent.recipe_digest, intent.recipe or None
            return _entry(row)

    def running(self, intent: Intent, job: str = "") -> None:
        """The backend is about to be called; or, with ``job``, has told its own id of the work."""
        with self._database.writing("take.running") as session:
            row = _known(session, intent)
            row.state, row.job = "running", job

    def ready(self, intent: Intent, take: Take) -> None:
        """The take is made, stored and verified; its cost is entered in the same transaction."""
        with self._database.writing("take.ready") as session:
            row = _known(session, intent)
            row.state, row.document, row.wall_s = "ready", take.model_dump(mode="json"), take.wall_s
            # A job is paid for once, also if its file was lost here and collected again.
            entered = row.job and session.scalar(
                select(SpendRow.id)
                .where(SpendRow.project == row.project, SpendRow.what == "take", SpendRow.key == take.key)
                .limit(1)
            )
            session.add(
                SpendRow(
                    project=intent.project,
                    what="take",
                    shot_id=take.shot_id,
                    key=take.key,
                    cost_usd=0.0 if entered else take.cost_usd,
                    wall_s=take.wall_s,
                    at_s=time.time(),
                )
            )

    def failed(self, intent: Intent, why: str) -> None:
        """The backend said that it could not, and charged nothing."""
        with self._database.writing("take.failed") as session:
            row = _known(session, intent)
            row.state, row.failure = "failed", why

    def doubted(self, intent: Intent, why: str) -> None:
        """Nobody knows whether the backend made the take and charged for it; or it did, and what it made is no use."""
        with self._database.writing("take.doubted") as session:
            row = _known(session, intent)
            row.state, row.failure = "unknown", why

    def lost(self, take: Take, project: str) -> None:
        """The content of a ready take is gone or damaged: it has to be made again."""
        with self._database.writing("take.lost") as session:
            row = _find(session, project, take.shot_id, take.key)
            if row is not None:
                row.state, row.document, row.failure = "intended", None, "its content was missing"

    def find(self, project: str, shot_id: str, key: str) -> Entry | None:
        with self._database.reading() as session:
            row = _find(session, project, shot_id, key)
            return _entry(row) if row else None

    def entries(self, project: str, shot_id: str | None = None) -> list[Entry]:
        """Every line of a project, or of one shot of it, in the order of the takes."""
        query = select(TakeRow).where(TakeRow.project == project).order_by(TakeRow.shot_id, TakeRow.ordinal)
        if shot_id is not None:
            query = query.where(TakeRow.shot_id == shot_id)
        with self._database.reading() as session:
            return [_entry(row) for row in session.scalars(query)]

    def candidates(self, project: str, shot_id: str, recipe_digest: str, backend: str) -> list[Entry]:
        """The ready takes of a shot as it is planned now, by this backend, in the order in which they were made.

        A newer version of the backend does not make them worse: what is ready stays ready until a person asks anew.
        """
        return [
            entry
            for entry in self.entries(project, shot_id)
            if entry.state == "ready"
            and entry.intent.recipe_digest == recipe_digest
            and entry.intent.backend == backend
        ]

    def twin(self, key: str) -> Take | None:
        """A ready take of the same recipe, of whichever project or shot: the same key is the same picture and sound."""
        with self._database.reading() as session:
            row = session.scalar(
                select(TakeRow).where(TakeRow.key == key, TakeRow.state == "ready").order_by(TakeRow.id).limit(1)
            )
            return Take.model_validate(row.document) if row else None

    def filmed_with(self, project: str) -> str | None:
        """Name of the backend that was last asked for a take of the project; None if none ever was."""
        with self._database.reading() as session:
            query = select(TakeRow.backend).where(TakeRow.project == project).order_by(TakeRow.id.desc()).limit(1)
            return session.scalar(query)

    def pace(self, backend: str) -> float | None:
        """Measured seconds of work per million pixels of video of this backend, None if it never worked here."""
        with self._database.reading() as session:
            rows: Iterable[TakeRow] = session.scalars(
                select(TakeRow)
                .where(TakeRow.backend == backend, TakeRow.wall_s > 0)
                .order_by(TakeRow.id.desc())
                .limit(24)
            )
            takes = [Take.model_validate(row.document) for row in rows if row.state == "ready"]
        pixels = sum((t.frames + t.handle_frames) * t.width * t.height for t in takes)
        return sum(t.wall_s for t in takes) / (pixels / 1e6) if pixels else None

    def charge(self, project: str, what: str, shot_id: str, key: str, cost_usd: float, wall_s: float) -> None:
        """Enter time and money that went into something that is no take, such as a judge's opinion."""
        with self._database.writing("spend") as session:
            session.add(
                SpendRow(
                    project=project, what=what, shot_id=shot_id, key=key, cost_usd=cost_usd, wall_s=wall_s,
                    at_s=time.time(),
                )
            )  # fmt: skip

    def spent(self, project: str) -> tuple[float, float]:
        """Dollars and seconds of work that went into a project."""
        with self._database.reading() as session:
            cost_usd, wall_s = session.execute(
                select(func.sum(SpendRow.cost_usd), func.sum(SpendRow.wall_s)).where(SpendRow.project == project)
            ).one()
        return float(cost_usd or 0.0), float(wall_s or 0.0)


def doubt(entry: Entry) -> GenerationFailed:
    """The error for a take of which nobody knows whether it was made and paid for."""
    job = f" (its job there is {entry.job})" if entry.job else ""
    return GenerationFailed(
        f"{entry.intent.backend} may have made and charged for this take{job}, but its result was never seen.",
        next_step="Look it up there, or pay for another take by an edit that redoes this shot.",
        shot_id=entry.intent.shot.id,
    )


def _find(session: Session, project: str, shot_id: str, key: str) -> TakeRow | None:
    return session.scalar(
        select(TakeRow).where(TakeRow.project == project, TakeRow.shot_id == shot_id, TakeRow.key == key)
    )


def _known(session: Session, intent: Intent) -> TakeRow:
    row = _find(session, intent.project, intent.shot.id, intent.key)
    if row is None:
        raise LookupError(f"take {intent.key[:12]} was never intended")
    return row


def _entry(row: TakeRow) -> Entry:
    intent = Intent(
        project=row.project, key=row.key, shot=Shot.model_validate(row.shot), recipe_digest=row.recipe_digest,
        backend=row.backend, version=row.version, price_usd=row.price_usd, why=row.why, recipe=row.recipe or {},
    )  # fmt: skip
    take = Take.model_validate({**row.document, "recipe_digest": row.recipe_digest}) if row.document else None
    state: State = row.state  # type: ignore[assignment]
    return Entry(intent, row.ordinal, state, take, row.failure, row.wall_s, row.job)
