"""What the conversation about a film waits for, so that an answer is understood after a restart, too."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import delete

from agent.memory.database import Database
from agent.memory.tables import TalkRow


class Talks:
    """What is waited for in every project of one home: a JSON document, or nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def wait(self, project: str, document: dict[str, Any]) -> None:
        """Remember what the next answer is for, in place of what it was for before."""
        with self._database.writing("talk") as session:
            session.merge(TalkRow(project=project, document=document, at_s=time.time()))

    def waiting(self, project: str) -> dict[str, Any]:
        """What is waited for; empty for nothing."""
        with self._database.reading() as session:
            row = session.get(TalkRow, project)
            return dict(row.document) if row else {}

    def settle(self, project: str) -> None:
        """Nothing is waited for any more."""
        with self._database.writing("talk") as session:
            session.execute(delete(TalkRow).where(TalkRow.project == project))
