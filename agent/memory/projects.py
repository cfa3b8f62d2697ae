"""Projects, what was said about them, and every version of their plan."""

from __future__ import annotations

import re
import secrets
import time
import unicodedata
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from agent.memory.database import Database
from agent.memory.steps import take_step
from agent.memory.tables import ElementRow, MessageRow, ProjectRow, StoryboardRow
from storyboards.brief import Brief
from storyboards.errors import BadInput, ProjectCorrupt, UnknownName
from storyboards.storyboard import Storyboard, digest_of, read_storyboard

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}", re.ASCII)


@dataclass(frozen=True)
class Project:
    """A film in the making; ``status`` is new, planned, complete, degraded or failed."""

    name: str
    title: str
    brief: Brief
    status: str
    board: str
    approved: str
    made_at_s: float
    changed_at_s: float


class ProjectSummary(BaseModel):
    model_config = ConfigDict(frozen=True)
    name: str
    title: str
    shots: int
    status: str


@dataclass(frozen=True)
class Message:
    role: str
    text: str
    at_s: float


@dataclass(frozen=True)
class Version:
    """One version of the plan, without its document."""

    digest: str
    parent: str
    why: str
    at_s: float


class Projects:
    """The projects of one home."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, brief: Brief, title: str, name: str | None = None) -> Project:
        """A new project, named after its title unless a name is given.

        Raises:
            BadInput: the name is taken or is not a plain file name.
        """
        with self._database.writing("project") as session:
            return begin_project(session, brief, title, name)

    def open(self, name: str) -> Project:
        """The project of this name.

        Raises:
            UnknownName: with the names that exist.
        """
        with self._database.reading() as session:
            return _project(_row(session, name))

    def find(self, name: str) -> Project | None:
        with self._database.reading() as session:
            row = session.get(ProjectRow, name)
            return _project(row) if row else None

    def all(self) -> list[Project]:
        """Every project, the last changed first."""
        with self._database.reading() as session:
            rows = session.scalars(select(ProjectRow).order_by(ProjectRow.changed_at_s.desc(), ProjectRow.name))
            return [_project(row) for row in rows]

    def listing(self) -> list[ProjectSummary]:
        """Every project in a line, the last changed first."""
        rows = []
        for project in self.all():
            shots = len(self.board(project.name, project.board).shots) if project.board else 0
            rows.append(ProjectSummary(name=project.name, title=project.title, shots=shots, status=project.status))
        return rows

    def change(self, name: str, **fields: Any) -> Project:
        """Set columns of a project: ``status``, ``approved``, ``board``, ``brief`` (a :class:`Brief`)."""
        if isinstance(fields.get("brief"), Brief):
            fields["brief"] = fields["brief"].model_dump(mode="json")
        with self._database.writing("project") as session:
            row = _row(session, name)
            for field, value in fields.items():
                setattr(row, field, value)
            row.changed_at_s = time.time()
            return _project(row)

    def say(self, name: str, role: str, text: str) -> None:
        """Remember what was said."""
        with self._database.writing("message") as session:
            session.add(MessageRow(project=name, role=role, text=text, at_s=time.time()))

    def messages(self, name: str) -> list[Message]:
        with self._database.reading() as session:
            rows = session.scalars(select(MessageRow).where(MessageRow.project == name).order_by(MessageRow.id))
            return [Message(row.role, row.text, row.at_s) for row in rows]

    def adopt(self, name: str, board: Storyboard, why: str) -> str:
        """Put a storyboard in force and return its digest. An earlier version that comes back is not written again."""
        digest = board.digest()
        with self._database.writing("storyboard") as session:
            project = _row(session, name)
            known = session.scalar(
                select(StoryboardRow.id).where(StoryboardRow.project == name, StoryboardRow.digest == digest)
            )
            if known is None:
                newest = (
                    select(StoryboardRow.digest).where(StoryboardRow.project == name).order_by(StoryboardRow.id.desc())
                )
                parent = project.board or session.scalar(newest.limit(1)) or ""
                session.add(
                    StoryboardRow(
                        project=name,
                        digest=digest,
                        parent=parent,
                        why=why,
                        document=board.document(),
                        at_s=time.time(),
                    )
                )
                # Before the project names it, since the index is made of it then.
                session.flush()
            if project.board != digest:
                project.status = "planned"
                take_step(session, name, digest, why)
            project.board, project.title, project.changed_at_s = digest, board.title, time.time()
        return digest

    def board(self, name: str, digest: str) -> Storyboard:
        """A version of the plan.

        Raises:
            UnknownName: there is no such version.
            ProjectCorrupt: its document no longer has its digest.
        """
        with self._database.reading() as session:
            row = session.scalar(
                select(StoryboardRow).where(StoryboardRow.project == name, StoryboardRow.digest == digest)
            )
        if row is None:
            raise UnknownName(f"project {name!r} has no storyboard {digest[:12] or '(none planned yet)'}.")
        board = read_storyboard(row.document)
        if board.digest() != digest:
            raise ProjectCorrupt(
                f"the storyboard {digest[:12]} of project {name!r} was changed behind the director's back.",
                next_step="Put a backup of the database in its place, or make the film anew.",
            )
        return board

    def versions(self, name: str) -> list[Version]:
        """Every version of the plan in the order in which they were first made."""
        with self._database.reading() as session:
            rows = session.scalars(
                select(StoryboardRow).where(StoryboardRow.project == name).order_by(StoryboardRow.id)
            )
            return [Version(row.digest, row.parent, row.why, row.at_s) for row in rows]

    def cast(self, name: str, board: Storyboard) -> None:
        """Make the library of the project the cast of this storyboard."""
        rows = [
            ElementRow(
                project=name,
                element=element.id,
                digest=digest_of(element.model_dump(mode="json")),
                document=element.model_dump(mode="json"),
            )
            for element in board.elements
        ]
        with self._database.writing("cast") as session:
            session.execute(delete(ElementRow).where(ElementRow.project == name))
            session.add_all(rows)


def begin_project(session: Session, brief: Brief, title: str, name: str | None = None) -> Project:
    """A new project inside a transaction of somebody who writes more than that: see :meth:`Projects.create`.

    Raises:
        BadInput: the name is taken or is not a plain file name.
    """
    now = time.time()
    chosen = checked_name(name) if name else _free_name(session, title)
    if session.get(ProjectRow, chosen) is not None:
        raise BadInput(f"there is already a project {chosen!r}.", next_step="Choose another name.")
    row = ProjectRow(
        name=chosen,
        title=title,
        brief=brief.model_dump(mode="json"),
        status="new",
        board="",
        approved="",
        made_at_s=now,
        changed_at_s=now,
    )
    session.add(row)
    session.flush()
    session.add(MessageRow(project=chosen, role="user", text=brief.text, at_s=now))
    return _project(row)


def checked_name(name: str) -> str:
    """The name itself, if it can be one.

    Raises:
        BadInput: a project is named in lower case letters, digits, dots and dashes.
    """
    if not NAME.fullmatch(name):
        raise BadInput(
            f"a project cannot be called {name!r}.",
            next_step="Use up to 80 lower case letters, digits, dots and dashes.",
        )
    return name


def slug(title: str) -> str:
    """A title as a short plain name: ``The Fox’s Way`` becomes ``the-foxs-way``."""
    plain = unicodedata.normalize("NFKD", title.replace("’", "").replace("'", ""))
    words = re.findall(r"[a-z0-9]+", plain.encode("ascii", "ignore").decode().lower())
    return "-".join(words)[:40].strip("-") or "film"


def _free_name(session: Session, title: str) -> str:
    while True:
        name = f"{slug(title)}-{secrets.token_hex(2)}"
        if session.get(ProjectRow, name) is None:
            return name


def _row(session: Session, name: str) -> ProjectRow:
    row = session.get(ProjectRow, name)
    if row is None:
        names = list(session.scalars(select(ProjectRow.name).order_by(ProjectRow.changed_at_s.desc()).limit(5)))
        known = f"there are {', '.join(names)}" if names else "there are none yet"
        raise UnknownName(f"there is no project {name!r}; {known}.", next_step="`storyreel projects` lists them.")
    return row


def _project(row: ProjectRow) -> Project:
    try:
        brief = Brief.model_validate(row.brief)
    except ValidationError as error:
        found = error.errors()[0]["msg"]
        raise ProjectCorrupt(f"the brief of project {row.name!r} cannot be read: {found}.") from error
    return Project(row.name, row.title, brief, row.status, row.board, row.approved, row.made_at_s, row.changed_at_s)
