"""What is remembered, as tables. One SQLite file per home; every table but the stems hangs on a project.

Documents are JSON of the pydantic models in ``storyboards``; the columns beside them are those that are searched.
Times of day are seconds since 1970 (``_at_s``), durations are ``wall_s``.
"""

from __future__ import annotations

from typing import Annotated, Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, MetaData, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SCHEMA_HEAD = "0004"
"""The newest migration. Opening a file at this revision needs no look at the migrations."""

TAKE_STATES = ("intended", "running", "ready", "failed", "unknown")
STEP_STATES = ("done", "undone", "dropped")

Number = Annotated[int, mapped_column(primary_key=True)]
"""Numbers the rows of a table."""
Name = Annotated[str, mapped_column(primary_key=True)]
"""Names the row of a table."""
OfProject = Annotated[str, mapped_column(ForeignKey("projects.name", ondelete="CASCADE"))]
"""Name of the project that a row goes with."""
Document = dict[str, Any]
"""A column of JSON."""


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {dict[str, Any]: JSON, list[dict[str, Any]]: JSON}  # noqa: RUF012


class ProjectRow(Base):
    """A film in the making. ``board`` is the digest of the storyboard in force, ``approved`` the last one agreed to."""

    __tablename__ = "projects"
    name: Mapped[Name]
    title: Mapped[str]
    brief: Mapped[Document]
    status: Mapped[str]
    board: Mapped[str]
    approved: Mapped[str]
    made_at_s: Mapped[float]
    changed_at_s: Mapped[float]


class MessageRow(Base):
    """What was said about a film, by whom: ``user`` or ``director``."""

    __tablename__ = "messages"
    id: Mapped[Number]
    project: Mapped[OfProject] = mapped_column(index=True)
    role: Mapped[str]
    text: Mapped[str]
    at_s: Mapped[float]


class StoryboardRow(Base):
    """A version of the plan: never changed, only followed. ``why`` is the brief or the edit that led to it."""

    __tablename__ = "storyboard_versions"
    __table_args__ = (UniqueConstraint("project", "digest"),)
    id: Mapped[Number]
    project: Mapped[OfProject]
    digest: Mapped[str]
    parent: Mapped[str]
    why: Mapped[str]
    document: Mapped[Document]
    at_s: Mapped[float]


class ElementRow(Base):
    """The library of the cast: what each element looks like in the plan in force."""

    __tablename__ = "elements"
    __table_args__ = (UniqueConstraint("project", "element"),)
    id: Mapped[Number]
    project: Mapped[OfProject]
    element: Mapped[str]
    digest: Mapped[str]
    document: Mapped[Document]


class ReferenceRow(Base):
    """A picture of an element: ``origin`` is ``drawn``, by the recipe ``key``, or ``given`` by a person. Or a person's
    own ``clip`` of a shot, or ``voice`` over the film."""

    __tablename__ = "element_references"
    __table_args__ = (UniqueConstraint("project", "element", "origin"),)
    id: Mapped[Number]
    project: Mapped[OfProject]
    element: Mapped[str]
    origin: Mapped[str]
    key: Mapped[str]
    sha256: Mapped[str]
    document: Mapped[Document]
    at_s: Mapped[float]


class TakeRow(Base):
    """The ledger: one rendering of one shot, from intent to result.

    ``key`` is the idempotency key, the sha256 of the whole recipe. ``recipe_digest`` is the shot as planned and
    ``recipe`` what it is the digest of (missing from takes of the first two schemas); ``shot`` is the shot as filmed
    (it differs when a revision was tried) and ``why`` the revision in words.
    """

    __tablename__ = "takes"
    __table_args__ = (
        UniqueConstraint("project", "shot_id", "key"),
        UniqueConstraint("project", "shot_id", "ordinal"),
        CheckConstraint(f"state IN {TAKE_STATES}", name="state"),
        Index(None, "key", "state"),
    )
    id: Mapped[Number]
    project: Mapped[OfProject]
    shot_id: Mapped[str]
    key: Mapped[str]
    ordinal: Mapped[int]
    state: Mapped[str]
    backend: Mapped[str]
    version: Mapped[str]
    recipe_digest: Mapped[str]
    shot: Mapped[Document]
    recipe: Mapped[Document | None] = mapped_column(JSON)
    why: Mapped[str]
    job: Mapped[str]
    document: Mapped[Document | None] = mapped_column(JSON)
    failure: Mapped[str]
    price_usd: Mapped[float]
    wall_s: Mapped[float]
    at_s: Mapped[float]


class VerdictRow(Base):
    """One answer to one claim. ``subject`` is the key of a take or a cut; ``review`` the digest of what was asked."""

    __tablename__ = "verdicts"
    __table_args__ = (UniqueConstraint("project", "shot_id", "subject", "review", "claim_id"),)
    id: Mapped[Number]
    project: Mapped[OfProject]
    shot_id: Mapped[str]
    subject: Mapped[str]
    review: Mapped[str]
    claim_id: Mapped[str]
    outcome: Mapped[str]
    document: Mapped[Document]


class CutRow(Base):
    """A finished cut. ``key`` is the sha256 of everything that went into it."""

    __tablename__ = "cuts"
    __table_args__ = (UniqueConstraint("project", "key"),)
    id: Mapped[Number]
    project: Mapped[OfProject]
    key: Mapped[str]
    board: Mapped[str]
    sha256: Mapped[str]
    timeline: Mapped[Document]
    notes: Mapped[list[dict[str, Any]]]
    status: Mapped[str]
    out: Mapped[str]
    wall_s: Mapped[float]
    at_s: Mapped[float]


class SpendRow(Base):
    """Time and money that went into something, once."""

    __tablename__ = "spend"
    id: Mapped[Number]
    project: Mapped[OfProject] = mapped_column(index=True)
    what: Mapped[str]
    shot_id: Mapped[str]
    key: Mapped[str]
    cost_usd: Mapped[float]
    wall_s: Mapped[float]
    at_s: Mapped[float]


class StepRow(Base):
    """One step of the history of a project: a version of the plan that was put in force, how, and on which branch.

    ``done`` steps are the past, the last of them is where the project stands; ``undone`` ones can be had again;
    ``dropped`` ones were undone before something else was done, and are kept for the record.
    """

    __tablename__ = "history_steps"
    __table_args__ = (CheckConstraint(f"state IN {STEP_STATES}", name="state"),)
    id: Mapped[Number]
    project: Mapped[OfProject] = mapped_column(index=True)
    digest: Mapped[str]
    branch: Mapped[str]
    how: Mapped[str]
    state: Mapped[str]
    at_s: Mapped[float]


class PickRow(Base):
    """A take that a person chose over the judge's choice, for as long as the shot is planned as it was then."""

    __tablename__ = "picks"
    __table_args__ = (UniqueConstraint("project", "shot_id", "recipe_digest"),)
    id: Mapped[Number]
    project: Mapped[OfProject]
    shot_id: Mapped[str]
    recipe_digest: Mapped[str]
    take_key: Mapped[str]
    origin: Mapped[str]
    at_s: Mapped[float]


class ProposalRow(Base):
    """An edit that was priced and waits for a yes: the plan it starts from, and the plan it leads to."""

    __tablename__ = "proposals"
    token: Mapped[Name]
    project: Mapped[OfProject] = mapped_column(index=True)
    base: Mapped[str]
    words: Mapped[str]
    document: Mapped[Document]
    at_s: Mapped[float]


class TalkRow(Base):
    """What a conversation waits for: the question that was asked last, and what its answer is needed for."""

    __tablename__ = "talks"
    project: Mapped[OfProject] = mapped_column(primary_key=True)
    document: Mapped[Document]
    at_s: Mapped[float]


class LibraryRow(Base):
    """Something that can be cast again in another film. It outlives the project that it comes from.

    ``document`` is the element, or the music, style or voice; ``origin`` says where it comes from and how it was
    filmed there.
    """

    __tablename__ = "library"
    __table_args__ = (UniqueConstraint("name"),)
    id: Mapped[Number]
    name: Mapped[str]
    kind: Mapped[str]
    sha256: Mapped[str]
    document: Mapped[Document]
    origin: Mapped[Document]
    at_s: Mapped[float]


class HabitRow(Base):
    """One time that a person asked for something or chose something: what preferences are counted from."""

    __tablename__ = "habits"
    __table_args__ = (Index(None, "subject", "value"),)
    id: Mapped[Number]
    subject: Mapped[str]
    value: Mapped[str]
    project: Mapped[str]
    words: Mapped[str]
    at_s: Mapped[float]


class StemRow(Base):
    """A sound made once and used by any film: speech, an ambience bed or music, by the key of its recipe."""

    __tablename__ = "stems"
    key: Mapped[Name]
    kind: Mapped[str]
    sha256: Mapped[str]
    length_s: Mapped[float]
    document: Mapped[Document]
    at_s: Mapped[float]
