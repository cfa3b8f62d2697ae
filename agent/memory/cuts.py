"""Finished cuts, and sounds that were made once."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from agent.memory.database import Database
from agent.memory.tables import CutRow, StemRow
from agent.state import Note
from storyboards.timeline import Timeline


@dataclass(frozen=True)
class Cut:
    """A finished cut. ``status`` is ``cut`` until its final review, then ``complete`` or ``degraded``."""

    key: str
    board: str
    sha256: str
    timeline: Timeline
    notes: tuple[Note, ...]
    status: str
    out: str
    wall_s: float
    at_s: float


@dataclass(frozen=True)
class Stem:
    """A sound in the store; ``document`` holds what else is known of it, such as word times."""

    key: str
    kind: str
    sha256: str
    length_s: float
    document: dict[str, Any]


class Cuts:
    """The cuts of every project of one home."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(
        self,
        project: str,
        key: str,
        board: str,
        sha256: str,
        timeline: Timeline,
        notes: tuple[Note, ...],
        wall_s: float,
    ) -> None:
        """Keep a cut that is in the store, in place of an earlier one with the same key."""
        with self._database.writing("cut") as session:
            row = session.scalar(select(CutRow).where(CutRow.project == project, CutRow.key == key))
            if row is None:
                row = CutRow(project=project, key=key, status="cut", out="")
                session.add(row)
            row.board, row.sha256, row.timeline = board, sha256, timeline.model_dump(mode="json")
            row.notes, row.wall_s, row.at_s = [note.model_dump() for note in notes], wall_s, time.time()

    def find(self, project: str, key: str) -> Cut | None:
        with self._database.reading() as session:
            row = session.scalar(select(CutRow).where(CutRow.project == project, CutRow.key == key))
            return _cut(row) if row else None

    def close(self, project: str, key: str, status: str, out: str, notes: tuple[Note, ...]) -> None:
        """The final review has spoken: ``complete`` or ``degraded``, where the film lies, and every note on it."""
        with self._database.writing("cut.closed") as session:
            row = session.scalars(select(CutRow).where(CutRow.project == project, CutRow.key == key)).one()
            row.status, row.out, row.at_s = status, out, time.time()
            row.notes = [note.model_dump() for note in notes]

    def all(self, project: str) -> list[Cut]:
        """Every cut whose final review was held, in the order of those reviews."""
        query = select(CutRow).where(CutRow.project == project, CutRow.status != "cut")
        with self._database.reading() as session:
            return [_cut(row) for row in session.scalars(query.order_by(CutRow.at_s, CutRow.id))]

    def latest(self, project: str) -> Cut | None:
        """The cut whose final review was held last."""
        query = select(CutRow).where(CutRow.project == project, CutRow.status != "cut")
        with self._database.reading() as session:
            row = session.scalar(query.order_by(CutRow.at_s.desc(), CutRow.id.desc()).limit(1))
            return _cut(row) if row else None


class Stems:
    """Sounds by the key of their recipe, shared by all projects of a home."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, stem: Stem) -> None:
        with self._database.writing("stem") as session:
            session.merge(
                StemRow(
                    key=stem.key,
                    kind=stem.kind,
                    sha256=stem.sha256,
                    length_s=stem.length_s,
                    document=stem.document,
                    at_s=time.time(),
                )
            )

    def recall(self, key: str) -> Stem | None:
        with self._database.reading() as session:
            row = session.get(StemRow, key)
            return Stem(row.key, row.kind, row.sha256, row.length_s, row.document) if row else None

    def heard(self, sha256: str) -> list[Stem]:
        """Every stem that is this file: the same words may have been asked for twice and sound alike."""
        with self._database.reading() as session:
            rows = session.scalars(select(StemRow).where(StemRow.sha256 == sha256).order_by(StemRow.at_s))
            return [Stem(row.key, row.kind, row.sha256, row.length_s, row.document) for row in rows]


def _cut(row: CutRow) -> Cut:
    return Cut(
        key=row.key, board=row.board, sha256=row.sha256, timeline=Timeline.model_validate(row.timeline),
        notes=tuple(Note.model_validate(note) for note in row.notes), status=row.status, out=row.out, wall_s=row.wall_s,
        at_s=row.at_s,
    )  # fmt: skip
