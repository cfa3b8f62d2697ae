"""Tables of the service that stands in front of the director: jobs, keys, uploads, videos, webhooks.

They live in the home's one file, so that a job and the project it made are written, backed up and moved together. The
director never reads them. ``tenant`` is whose a row is: empty for the person at this machine.
"""

from __future__ import annotations

from typing import Annotated

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from agent.memory.tables import Base, Document, Name, Number, OfProject

Tenant = Annotated[str, mapped_column(index=True)]
"""Whose a row is."""


class JobRow(Base):
    """Work that was asked for. ``order`` says what; ``document`` what came of it so far."""

    __tablename__ = "jobs"
    id: Mapped[Name]
    tenant: Mapped[Tenant]
    key_id: Mapped[str]
    project: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(index=True)
    order: Mapped[Document]
    document: Mapped[Document]
    seconds: Mapped[float]
    made_at_s: Mapped[float]
    began_at_s: Mapped[float]
    ended_at_s: Mapped[float]


class OwnerRow(Base):
    """Whose a project is; one without an owner belongs to the person at this machine."""

    __tablename__ = "owners"
    project: Mapped[OfProject] = mapped_column(primary_key=True)
    tenant: Mapped[Tenant]


class VideoRow(Base):
    """A video of the OpenAI-Videos-compatible API: one job and one project behind one id."""

    __tablename__ = "videos"
    id: Mapped[Name]
    tenant: Mapped[Tenant]
    job: Mapped[str]
    project: Mapped[str]
    document: Mapped[Document]
    made_at_s: Mapped[float]


class UploadRow(Base):
    """A file that somebody sent, as it was kept after checking: ``kind`` is picture, clip, sound, text or character."""

    __tablename__ = "uploads"
    id: Mapped[Name]
    tenant: Mapped[Tenant]
    kind: Mapped[str]
    name: Mapped[str]
    sha256: Mapped[str]
    document: Mapped[Document]
    at_s: Mapped[float]


class KeyRow(Base):
    """An API key by its SHA-256; ``document`` holds scopes and limits, ``revoked_at_s`` is 0 while it is good."""

    __tablename__ = "api_keys"
    id: Mapped[Name]
    name: Mapped[str]
    tenant: Mapped[str]
    digest: Mapped[str] = mapped_column(unique=True)
    document: Mapped[Document]
    made_at_s: Mapped[float]
    revoked_at_s: Mapped[float]


class OnceRow(Base):
    """A request that may be repeated: ``token`` names it, ``fingerprint`` is what it asked, ``answer`` what it made."""

    __tablename__ = "requests_once"
    __table_args__ = (UniqueConstraint("tenant", "token"),)
    id: Mapped[Number]
    tenant: Mapped[str]
    token: Mapped[str]
    fingerprint: Mapped[str]
    answer: Mapped[str]
    at_s: Mapped[float]


class HookRow(Base):
    """A webhook endpoint and the secret its messages are signed with."""

    __tablename__ = "webhooks"
    id: Mapped[Name]
    tenant: Mapped[Tenant]
    url: Mapped[str]
    secret: Mapped[str]
    document: Mapped[Document]
    at_s: Mapped[float]


class OutboxRow(Base):
    """A message to a webhook until it is delivered; ``done_at_s`` is 0 until then, ``last`` the last answer."""

    __tablename__ = "webhook_outbox"
    id: Mapped[Name]
    hook: Mapped[str] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    body: Mapped[str]
    tries: Mapped[int]
    next_at_s: Mapped[float] = mapped_column(index=True)
    done_at_s: Mapped[float]
    last: Mapped[str]
    at_s: Mapped[float]
