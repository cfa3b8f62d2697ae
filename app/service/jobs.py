"""Jobs in the home's database: what was asked, by whom, and what came of it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from agent.memory.database import Database
from agent.memory.projects import begin_project
from agent.memory.service_tables import JobRow, OwnerRow, VideoRow
from agent.memory.tables import ProjectRow, SpendRow
from app.service.callers import Caller
from app.service.orders import ORDER, Make, Order
from app.service.together import Together
from storyboards.errors import OverLimit, QueueFull, UnknownName

DAY_S = 86_400.0
MOST_QUEUED = 1000

JobState = Literal["queued", "running", "done", "held", "failed", "cancelled"]
Also = Callable[[Session, "Job"], object]
OPEN: tuple[JobState, ...] = ("queued", "running")


class Failure(BaseModel):
    """Why a job failed. ``code`` is the error's name in snake case, such as ``bad_brief``."""

    model_config = ConfigDict(frozen=True)
    code: str
    message: str
    next_step: str = ""
    shot_id: str = ""


class Job(BaseModel):
    """Work that was asked for.

    Attributes:
        state: ``held`` when a plan was priced and waits for a yes; a job that is not queued or running has ended.
        progress: share done, 0 to 1; ``message`` says what is being done.
        result: of a finished film ``status``, ``reasons``, ``changes``, ``duration_s`` and ``cut``; of a held plan
            ``plan``.
    """

    model_config = ConfigDict(frozen=True)
    id: str
    kind: str
    project: str
    state: JobState
    progress: float = Field(0.0, ge=0, le=1)
    message: str = ""
    error: Failure | None = None
    result: dict[str, Any] = {}
    made_at_s: float
    began_at_s: float = 0.0
    ended_at_s: float = 0.0
    tenant: str = Field("", exclude=True)
    key_id: str = Field("", exclude=True)
    before: str = Field("", exclude=True)
    """Digest of the storyboard in force when the job first began; empty until then."""

    @property
    def is_over(self) -> bool:
        return self.state not in OPEN


class Jobs:
    """The jobs of one home. Each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._together = Together(database, "job")

    def queue(
        self, order: Order, project: str, caller: Caller, seconds: float = 0.0, *, name: str | None = None,
        also: Also | None = None,
    ) -> Job:  # fmt: skip
        """Write a job down, and whatever belongs to it: all of it in one transaction, or nothing.

        Args:
            name: for the project that a :class:`Make` without one begins.
            also: writes more in the same transaction.

        Raises:
            BadInput: the name cannot be, or is taken.
            OverLimit: the caller's key has no more jobs, seconds or dollars left.
            QueueFull: too many jobs wait already.
        """

        def begin(session: Session) -> Job:
            _has_room(session)
            _within_limits(session, caller, seconds)
            about = project
            if isinstance(order, Make) and not about:
                title = " ".join(order.brief.text.split()[:6]).strip(".,;:!?")
                about = begin_project(session, order.brief, title, name).name
            row = JobRow(
                id=f"job_{secrets.token_hex(12)}", tenant=caller.tenant, key_id=caller.key_id, project=about,
                kind=order.kind, state="queued", order=order.model_dump(mode="json"), document={}, seconds=seconds,
                made_at_s=time.time(), began_at_s=0.0, ended_at_s=0.0,
            )  # fmt: skip
            session.add(row)
            if caller.tenant and session.get(OwnerRow, about) is None and session.get(ProjectRow, about) is not None:
                session.add(OwnerRow(project=about, tenant=caller.tenant))
            job = _job(row)
            if also is not None:
                also(session, job)
            return job

        return self._together.write(begin)

    def write(self, job: Job) -> None:
        """Keep the state of a job as it is now."""
        with self._database.writing("job.state") as session:
            row = session.get(JobRow, job.id)
            if row is None:
                return
            row.state, row.project = job.state, job.project
            row.began_at_s, row.ended_at_s = job.began_at_s, job.ended_at_s
            row.document = job.model_dump(mode="json", include={"progress", "message", "error", "result"}) | {
                "before": job.before
            }

    def find(self, job_id: str) -> Job:
        """Raises UnknownName: there is no such job."""
        with self._database.reading() as session:
            row = session.get(JobRow, job_id)
            if row is None:
                raise UnknownName(f"there is no job {job_id!r}.")
            return _job(row)

    def order(self, job_id: str) -> Order:
        with self._database.reading() as session:
            row = session.get(JobRow, job_id)
            if row is None:
                raise UnknownName(f"there is no job {job_id!r}.")
            return ORDER.validate_python(row.order)

    def unfinished(self) -> list[Job]:
        """Queued and running ones, the oldest first."""
        with self._database.reading() as session:
            rows = session.scalars(select(JobRow).where(JobRow.state.in_(OPEN)).order_by(JobRow.made_at_s, JobRow.id))
            return [_job(row) for row in rows]

    def listing(self, caller: Caller, project: str = "", limit: int = 50) -> list[Job]:
        """The newest first, of one project or of all that the caller sees."""
        query = select(JobRow).order_by(JobRow.made_at_s.desc(), JobRow.id.desc()).limit(limit)
        if project:
            query = query.where(JobRow.project == project)
        if not caller.is_local:
            query = query.where(JobRow.tenant == caller.tenant)
        with self._database.reading() as session:
            return [_job(row) for row in session.scalars(query)]

    def owner(self, project: str) -> str | None:
        """The tenant a project belongs to; None if there is no such project."""
        with self._database.reading() as session:
            if session.get(ProjectRow, project) is None:
                return None
            row = session.get(OwnerRow, project)
            return row.tenant if row else ""

    def owned(self, tenant: str) -> set[str]:
        with self._database.reading() as session:
            return set(session.scalars(select(OwnerRow.project).where(OwnerRow.tenant == tenant)))

    def give(self, project: str, tenant: str) -> None:
        """Make a project a tenant's, if it is nobody's yet."""
        if not tenant:
            return
        with self._database.writing("owner") as session:
            if session.get(OwnerRow, project) is None and session.get(ProjectRow, project) is not None:
                session.add(OwnerRow(project=project, tenant=tenant))

    def forget(self, project: str) -> None:
        """Delete a project; what hangs on it goes with it, and its jobs stay for the account of their key."""
        with self._database.writing("project.deleted") as session:
            session.execute(delete(VideoRow).where(VideoRow.project == project))
            session.execute(delete(ProjectRow).where(ProjectRow.name == project))

    def dollars_left(self, caller: Caller) -> float | None:
        """What the caller's key may still spend today; None without a limit."""
        with self._database.reading() as session:
            return _dollars_left(session, caller)


def _count(session: Session, *where: Any) -> int:
    return int(session.scalar(select(func.count()).select_from(JobRow).where(*where)) or 0)


def _has_room(session: Session) -> None:
    if (waiting := _count(session, JobRow.state == "queued")) >= MOST_QUEUED:
        raise QueueFull(f"{waiting} jobs are waiting already.", next_step="Try again in a minute.")


def _within_limits(session: Session, caller: Caller, seconds: float) -> None:
    limits, since = caller.limits, time.time() - DAY_S
    if limits.jobs_at_once is not None:
        running = _count(session, JobRow.key_id == caller.key_id, JobRow.state.in_(OPEN))
        if running >= limits.jobs_at_once:
            raise OverLimit(
                f"this key has {running} jobs under way; its limit is {limits.jobs_at_once}.",
                next_step="Wait until one ends, or cancel it.",
            )
    if limits.seconds_a_day is not None:
        mine = (JobRow.key_id == caller.key_id, JobRow.made_at_s > since)
        asked = float(session.scalar(select(func.sum(JobRow.seconds)).where(*mine)) or 0.0)
        if asked + seconds > limits.seconds_a_day:
            raise OverLimit(
                f"{asked + seconds:g} s of film within a day; the limit of this key is {limits.seconds_a_day:g} s.",
                next_step="Ask for less, or tomorrow.",
            )
    left = _dollars_left(session, caller)
    if left is not None and left <= 0 and limits.usd_a_day:
        raise OverLimit(f"this key has spent its ${limits.usd_a_day:.2f} of the day.", next_step="Wait until tomorrow.")


def _dollars_left(session: Session, caller: Caller) -> float | None:
    limit = caller.limits.usd_a_day
    if limit is None:
        return None
    projects = select(JobRow.project).where(JobRow.key_id == caller.key_id)
    spent = select(func.sum(SpendRow.cost_usd)).where(
        SpendRow.project.in_(projects), SpendRow.at_s > time.time() - DAY_S
    )
    return limit - float(session.scalar(spent) or 0.0)


def _job(row: JobRow) -> Job:
    return Job(
        id=row.id, kind=row.kind, project=row.project, state=row.state, made_at_s=row.made_at_s,
        began_at_s=row.began_at_s, ended_at_s=row.ended_at_s, tenant=row.tenant, key_id=row.key_id, **row.document,
    )  # fmt: skip
