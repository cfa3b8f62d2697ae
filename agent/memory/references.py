"""Pictures that fix what the cast looks like: those that were drawn for a plan, and those that people gave."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import delete, select

from agent.memory.database import Database
from agent.memory.tables import ReferenceRow

Origin = Literal["drawn", "given", "clip", "frame", "voice"]
"""Drawn for an element, or a person's: a picture of one, a clip that plays as a shot, a picture that a shot begins
with, a recorded voice-over."""


@dataclass(frozen=True)
class KeptReference:
    """A reference in the store.

    Attributes:
        element: id of the element it was drawn for, or the name under which it was given; for a clip, and a
            picture that a shot begins with, the shot as the person said it.
        key: sha256 of the recipe it was drawn by; its own sha256 if it was given.
        recipe: how it was made, with a ``note`` for people if there is one.
    """

    element: str
    origin: Origin
    key: str
    sha256: str
    recipe: dict[str, Any]


class References:
    """The references of every project of one home. Each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, project: str, reference: KeptReference) -> None:
        """Remember a reference in place of the one of the same element and origin."""
        with self._database.writing("reference") as session:
            session.execute(
                delete(ReferenceRow).where(
                    ReferenceRow.project == project,
                    ReferenceRow.element == reference.element,
                    ReferenceRow.origin == reference.origin,
                )
            )
            session.add(
                ReferenceRow(
                    project=project, element=reference.element, origin=reference.origin, key=reference.key,
                    sha256=reference.sha256, document=reference.recipe, at_s=time.time(),
                )
            )  # fmt: skip

    def forget(self, project: str, element: str, origin: Origin) -> bool:
        """No longer have the reference of this element or name; whether there was one."""
        gone = delete(ReferenceRow).where(
            ReferenceRow.project == project, ReferenceRow.element == element, ReferenceRow.origin == origin
        )
        with self._database.writing("reference") as session:
            return bool(session.execute(gone).rowcount)  # type: ignore[attr-defined]

    def of(self, project: str, origin: Origin) -> dict[str, KeptReference]:
        """The references of a project by element, or by the name under which they were given."""
        query = select(ReferenceRow).where(ReferenceRow.project == project, ReferenceRow.origin == origin)
        with self._database.reading() as session:
            rows = session.scalars(query.order_by(ReferenceRow.id))
            return {row.element: KeptReference(row.element, origin, row.key, row.sha256, row.document) for row in rows}
