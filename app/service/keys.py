"""API keys: shown once, kept as a SHA-256, with scopes and limits, until they are revoked.

A key is 32 random bytes, so that a plain hash is enough: there is nothing to guess (docs/decisions/0072).
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict
from sqlalchemy import func, select

from agent.memory.database import Database
from agent.memory.projects import slug
from agent.memory.service_tables import KeyRow
from app.service.callers import Caller, KeyLimits, Scope
from storyboards.errors import BadInput, UnknownName

PREFIX = "sk-storyreel-"
FRESH_S = 1.0
"""For how long a key that was looked up is taken as it was; a revoked one works no longer than this."""


class KeyView(BaseModel):
    """A key without its secret; ``revoked_at_s`` is 0 while it is good."""

    model_config = ConfigDict(frozen=True)
    id: str
    name: str
    tenant: str
    scopes: tuple[Scope, ...]
    limits: KeyLimits
    made_at_s: float
    revoked_at_s: float


class Keys:
    """The keys of one home. Look-ups of secrets are kept for :data:`FRESH_S`, so that polling costs no transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._fresh: dict[str, tuple[float, Caller | None]] = {}
        self._any: tuple[float, bool] = (0.0, False)
        self._looked = 0.0

    def create(
        self, name: str, tenant: str = "", scopes: Sequence[Scope] = ("read", "make"), limits: KeyLimits | None = None
    ) -> tuple[KeyView, str]:
        """A new key and its secret, which nobody can see again.

        Args:
            tenant: whose projects it sees; that of its name if empty. Keys of one tenant share them.

        Raises:
            BadInput: the name has no letter or digit, or there is no scope.
        """
        whose = slug(tenant or name)
        if not any(character.isalnum() for character in name) or not scopes:
            raise BadInput("a key has a name and at least one scope.", next_step="storyreel keys create NAME")
        secret = PREFIX + secrets.token_urlsafe(32)
        document = {"scopes": sorted(set(scopes)), "limits": (limits or KeyLimits()).model_dump()}
        with self._database.writing("key") as session:
            row = KeyRow(
                id=f"key_{secrets.token_hex(6)}", name=name, tenant=whose, digest=digest_of_secret(secret),
                document=document, made_at_s=time.time(), revoked_at_s=0.0,
            )  # fmt: skip
            session.add(row)
            view = _view(row)
        self._forget()
        return view, secret

    def revoke(self, key_id: str) -> KeyView:
        """Raises UnknownName: there is no such key."""
        with self._database.writing("key") as session:
            row = session.get(KeyRow, key_id)
            if row is None:
                raise UnknownName(f"there is no key {key_id!r}.", next_step="`storyreel keys list` lists them.")
            row.revoked_at_s = row.revoked_at_s or time.time()
            view = _view(row)
        self._forget()
        return view

    def listing(self) -> list[KeyView]:
        with self._database.reading() as session:
            return [_view(row) for row in session.scalars(select(KeyRow).order_by(KeyRow.made_at_s))]

    def are_fresh(self, secret: str) -> bool:
        """Whether :meth:`check` and :meth:`are_in_use` would answer without the database."""
        now = time.monotonic()
        known = self._fresh.get(digest_of_secret(secret)) if secret else (now, None)
        oldest = min(known[0], self._any[0] or -FRESH_S) if known is not None else -FRESH_S
        if oldest > now - FRESH_S / 2:
            return True
        # One request looks again; the others go on with what is known while it is still good enough for check().
        if oldest > now - FRESH_S * 0.8 and now - self._looked < FRESH_S / 2:
            return True
        self._looked = now
        return False

    def refresh(self, secret: str) -> None:
        """Look up in the database what :meth:`check` and :meth:`are_in_use` will be asked; call it from a thread."""
        self._any = (0.0, False)
        self.are_in_use()
        if secret:
            with self._lock:
                self._fresh.pop(digest_of_secret(secret), None)
            self.check(secret)

    def are_in_use(self) -> bool:
        """Whether there is any key that is good: then nobody is let in without one."""
        seen_at, found = self._any
        if time.monotonic() - seen_at > FRESH_S or not seen_at:
            with self._database.reading() as session:
                good = select(func.count()).select_from(KeyRow).where(KeyRow.revoked_at_s == 0.0)
                found = bool(session.scalar(good))
            self._any = (time.monotonic(), found)
        return found

    def check(self, secret: str) -> Caller | None:
        """Who shows this secret; None if it is no good key."""
        digest = digest_of_secret(secret)
        with self._lock:
            known = self._fresh.get(digest)
        if known is not None and time.monotonic() - known[0] < FRESH_S:
            return known[1]
        with self._database.reading() as session:
            row = session.scalar(select(KeyRow).where(KeyRow.digest == digest, KeyRow.revoked_at_s == 0.0))
            caller = _caller(row) if row else None
        with self._lock:
            if len(self._fresh) > 1000:
                self._fresh.clear()
            self._fresh[digest] = (time.monotonic(), caller)
        return caller

    def caller(self, key_id: str) -> Caller | None:
        """Who holds the key of this id, revoked or not; None if there is none."""
        if not key_id:
            return Caller()
        with self._database.reading() as session:
            row = session.get(KeyRow, key_id)
            return _caller(row) if row else None

    def _forget(self) -> None:
        with self._lock:
            self._fresh.clear()
        self._any = (0.0, False)


def digest_of_secret(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def _caller(row: KeyRow) -> Caller:
    view = _view(row)
    return Caller(tenant=view.tenant, key_id=view.id, scopes=frozenset(view.scopes), limits=view.limits)


def _view(row: KeyRow) -> KeyView:
    return KeyView(
        id=row.id, name=row.name, tenant=row.tenant, scopes=tuple(row.document["scopes"]),
        limits=KeyLimits.model_validate(row.document["limits"]), made_at_s=row.made_at_s, revoked_at_s=row.revoked_at_s,
    )  # fmt: skip
