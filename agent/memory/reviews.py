"""Verdicts that were given, so that what has not changed is not judged again."""

from __future__ import annotations

from sqlalchemy import delete, select

from agent.memory.database import Database
from agent.memory.tables import VerdictRow
from storyboards.critique import Verdict


class Reviews:
    """Verdicts by what was judged (``subject``: the key of a take or a cut) and what was asked (``review``)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, project: str, shot_id: str, subject: str, review: str, verdicts: tuple[Verdict, ...]) -> None:
        """Keep a whole review, in place of an earlier one of the same question."""
        with self._database.writing("review") as session:
            session.execute(
                delete(VerdictRow).where(
                    VerdictRow.project == project,
                    VerdictRow.shot_id == shot_id,
                    VerdictRow.subject == subject,
                    VerdictRow.review == review,
                )
            )
            session.add_all(
                VerdictRow(
                    project=project,
                    shot_id=shot_id,
                    subject=subject,
                    review=review,
                    claim_id=verdict.claim_id,
                    outcome=verdict.outcome,
                    document=verdict.model_dump(mode="json"),
                )
                for verdict in verdicts
            )

    def recall(self, project: str, shot_id: str, subject: str, review: str) -> tuple[Verdict, ...] | None:
        """The verdicts of a review in their first order, None if it was never held."""
        with self._database.reading() as session:
            rows = session.scalars(
                select(VerdictRow)
                .where(
                    VerdictRow.project == project,
                    VerdictRow.shot_id == shot_id,
                    VerdictRow.subject == subject,
                    VerdictRow.review == review,
                )
                .order_by(VerdictRow.id)
            )
            verdicts = tuple(Verdict.model_validate(row.document) for row in rows)
        return verdicts or None
