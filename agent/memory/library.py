"""The shelf of the library: what was kept to be cast again, whatever became of the film that it is from."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import delete, select

from agent.memory.database import Database
from agent.memory.guests import for_guest
from agent.memory.tables import LibraryRow
from storyboards.errors import BadInput, UnknownName

Kind = Literal["character", "prop", "place", "voice", "style", "music", "camera"]


@dataclass(frozen=True)
class LibraryItem:
    """Something that was kept.

    Attributes:
        name: what it is called here; unique, whatever the case.
        sha256: its reference picture in the store; empty for what has no looks.
        document: the element as it was, or ``{"voice": …}``, ``{"style": …}``, or the music.
        origin: ``project`` and ``element`` that it is from, with the ``take`` and ``request`` that show it, if any. Of
            what was taught, the ``concept``'s sha256 and its card (:mod:`agent.concepts`).
    """

    id: int
    name: str
    kind: Kind
    sha256: str
    document: dict[str, Any]
    origin: dict[str, Any]
    at_s: float


class Shelf:
    """The library of one home. Each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, name: str, kind: Kind, sha256: str, document: dict[str, Any], origin: dict[str, Any]) -> LibraryItem:
        """Put something on the shelf.

        Raises:
            BadInput: the name is taken, or is none.
        """
        name = " ".join(name.split())
        if not 1 <= len(name) <= 60:
            raise BadInput("a name in the library has 1 to 60 characters.", next_step="Give it a short name.")
        with self._database.writing("library") as session:
            taken = [row for row in session.scalars(select(LibraryRow)) if row.name.casefold() == name.casefold()]
            if taken:
                raise BadInput(
                    f"there is already {name!r} in the library.", next_step="Choose another name, or forget that one."
                )
            row = LibraryRow(
                name=name, kind=kind, sha256=sha256, document=document, origin=origin, at_s=time.time()
            )  # fmt: skip
            session.add(row)
            session.flush()
            return _item(row)

    def all(self) -> list[LibraryItem]:
        """Everything on the shelf, by name; nothing for a guest of the home."""
        if for_guest.get():
            return []
        with self._database.reading() as session:
            return [_item(row) for row in session.scalars(select(LibraryRow).order_by(LibraryRow.name))]

    def open(self, name: str) -> LibraryItem:
        """What is kept under this name, or under this number.

        Raises:
            UnknownName: with the names that exist.
        """
        items = self.all()
        word = name.strip().casefold()
        found = [item for item in items if word in (item.name.casefold(), str(item.id))]
        if not found:
            there = f"there are {', '.join(item.name for item in items[:8])}" if items else "it is empty"
            raise UnknownName(f"there is no {name!r} in the library; {there}.", next_step="`storyreel library list`.")
        return found[0]

    def forget(self, item: LibraryItem) -> None:
        """Take it off the shelf; films in which it was cast stay as they are."""
        with self._database.writing("library") as session:
            session.execute(delete(LibraryRow).where(LibraryRow.id == item.id))


def _item(row: LibraryRow) -> LibraryItem:
    kind: Kind = row.kind  # type: ignore[assignment]
    return LibraryItem(row.id, row.name, kind, row.sha256, row.document, row.origin, row.at_s)
