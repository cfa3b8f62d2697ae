"""Videos of the compatible API: one job and one project behind one id, and requests that came twice."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from agent.memory.database import Database
from agent.memory.service_tables import OnceRow, VideoRow
from agent.memory.tables import CutRow, ProjectRow
from app.service.callers import Caller
from storyboards.errors import UnknownName

REMEMBERED = 4096
REPEAT_S = 86_400.0
"""For how long a request with the same token is the same request."""


@dataclass(frozen=True)
class VideoRecord:
    """A video that was asked for. ``about`` holds ``model``, ``prompt``, ``seconds``, ``size``, ``remixed_from``."""

    id: str
    tenant: str
    job: str
    project: str
    about: dict[str, Any]
    made_at_s: float


class Videos:
    """The videos of one home; those that were asked about lately are answered from memory."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._known: OrderedDict[str, VideoRecord] = OrderedDict()

    def record(self, job: str, project: str, caller: Caller, about: dict[str, Any]) -> VideoRecord:
        with self._database.writing("video") as session:
            return self.add(session, job, project, caller, about)

    def add(self, session: Session, job: str, project: str, caller: Caller, about: dict[str, Any]) -> VideoRecord:
        """A video of a job, in the transaction that writes the job."""
        row = VideoRow(
            id=f"video_{secrets.token_hex(16)}", tenant=caller.tenant, job=job, project=project, document=about,
            made_at_s=time.time(),
        )  # fmt: skip
        session.add(row)
        return self._keep(_record(row))

    def seen(self, video_id: str) -> VideoRecord | None:
        """One that is in memory."""
        with self._lock:
            return self._known.get(video_id)

    def find(self, video_id: str, caller: Caller) -> VideoRecord:
        """Raises UnknownName: there is none, for this caller."""
        record = self.seen(video_id)
        if record is None:
            with self._database.reading() as session:
                row = session.get(VideoRow, video_id)
                record = self._keep(_record(row)) if row else None
        if record is None or not caller.sees(record.tenant):
            raise UnknownName(f"there is no video {video_id!r}.")
        return record

    def listing(self, caller: Caller, after: str, limit: int, order: Literal["asc", "desc"]) -> list[VideoRecord]:
        """At most ``limit`` videos behind ``after``, in the order in which they were asked for, or against it.

        Raises:
            UnknownName: there is no video ``after``, for this caller.
        """
        key = (VideoRow.made_at_s, VideoRow.id)
        query = select(VideoRow).order_by(*(column.asc() if order == "asc" else column.desc() for column in key))
        if not caller.is_local:
            query = query.where(VideoRow.tenant == caller.tenant)
        if after:
            mark = self.find(after, caller)
            same = VideoRow.made_at_s == mark.made_at_s
            if order == "asc":
                query = query.where((VideoRow.made_at_s > mark.made_at_s) | (same & (VideoRow.id > mark.id)))
            else:
                query = query.where((VideoRow.made_at_s < mark.made_at_s) | (same & (VideoRow.id < mark.id)))
        with self._database.reading() as session:
            return [_record(row) for row in session.scalars(query.limit(limit))]

    def forget(self, record: VideoRecord) -> bool:
        """Delete a video, and its project if no other video is of it. Whether the project went, too."""
        with self._database.writing("video.deleted") as session:
            session.execute(delete(VideoRow).where(VideoRow.id == record.id))
            shared = session.scalar(select(VideoRow.id).where(VideoRow.project == record.project).limit(1))
            if shared is None:
                session.execute(delete(ProjectRow).where(ProjectRow.name == record.project))
        with self._lock:
            self._known.pop(record.id, None)
        return shared is None

    def project_of_cut(self, sha256: str, caller: Caller, owned: set[str]) -> str | None:
        """The project that a finished film with this hash is of; None if the caller has none such."""
        with self._database.reading() as session:
            names = list(session.scalars(select(CutRow.project).where(CutRow.sha256 == sha256).order_by(CutRow.id)))
        return next((name for name in names if caller.is_local or name in owned), None)

    def asked_before(self, caller: Caller, token: str, within_s: float = REPEAT_S) -> tuple[str, str] | None:
        """Fingerprint and answer of the last request with this token, if there was one lately."""
        with self._database.reading() as session:
            row = session.scalar(select(OnceRow).where(OnceRow.tenant == caller.tenant, OnceRow.token == token))
            return (row.fingerprint, row.answer) if row and row.at_s > time.time() - within_s else None

    def answered(self, caller: Caller, token: str, fingerprint: str, answer: str) -> None:
        """Remember what a request with this token made."""
        with self._database.writing("request") as session:
            old = time.time() - REPEAT_S
            session.execute(delete(OnceRow).where((OnceRow.at_s < old) | _same(caller, token)))
            row = OnceRow(tenant=caller.tenant, token=token, fingerprint=fingerprint, answer=answer, at_s=time.time())
            session.add(row)

    def _keep(self, record: VideoRecord) -> VideoRecord:
        with self._lock:
            self._known[record.id] = record
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return record


def _same(caller: Caller, token: str) -> Any:
    return (OnceRow.tenant == caller.tenant) & (OnceRow.token == token)


def _record(row: VideoRow) -> VideoRecord:
    return VideoRecord(row.id, row.tenant, row.job, row.project, row.document, row.made_at_s)
