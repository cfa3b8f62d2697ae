"""What people chose: takes that are kept over the judge's choice, and edits that were priced and wait for a yes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select

from agent.memory.database import Database
from agent.memory.tables import PickRow, ProposalRow
from storyboards.errors import UnknownName


@dataclass(frozen=True)
class Pick:
    """A take chosen by hand. It counts while the shot is planned as it was: ``recipe_digest`` of that plan.

    ``origin`` says by whose words or hand.
    """

    shot_id: str
    recipe_digest: str
    take_key: str
    origin: str
    at_s: float


class Picks:
    """The picks of every project of one home."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def choose(self, project: str, shot_id: str, recipe_digest: str, take_key: str, origin: str) -> None:
        """Keep this take of the shot as it is planned now, in place of an earlier pick."""
        with self._database.writing("pick") as session:
            session.execute(_pick(delete(PickRow), project, shot_id, recipe_digest))
            session.add(
                PickRow(
                    project=project, shot_id=shot_id, recipe_digest=recipe_digest, take_key=take_key, origin=origin,
                    at_s=time.time(),
                )
            )  # fmt: skip

    def forget(self, project: str, shot_id: str, recipe_digest: str) -> bool:
        """Leave the choice to the judge again; whether there was a pick."""
        with self._database.writing("pick") as session:
            return bool(session.execute(_pick(delete(PickRow), project, shot_id, recipe_digest)).rowcount)  # type: ignore[attr-defined]

    def of(self, project: str) -> dict[tuple[str, str], Pick]:
        """Every pick of a project by shot and the plan of it."""
        with self._database.reading() as session:
            rows = session.scalars(select(PickRow).where(PickRow.project == project).order_by(PickRow.id))
            return {
                (row.shot_id, row.recipe_digest): Pick(
                    row.shot_id, row.recipe_digest, row.take_key, row.origin, row.at_s
                )
                for row in rows
            }

    def find(self, project: str, shot_id: str, recipe_digest: str) -> Pick | None:
        return self.of(project).get((shot_id, recipe_digest))


@dataclass(frozen=True)
class KeptProposal:
    """A priced edit: from the plan ``base`` by ``words`` to what ``document`` holds."""

    token: str
    project: str
    base: str
    words: str
    document: dict[str, Any]


class Proposals:
    """Priced edits of every project of one home."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, proposal: KeptProposal) -> None:
        """Remember a proposal; the same one again is the same."""
        with self._database.writing("proposal") as session:
            session.merge(
                ProposalRow(
                    token=proposal.token, project=proposal.project, base=proposal.base, words=proposal.words,
                    document=proposal.document, at_s=time.time(),
                )
            )  # fmt: skip

    def find(self, project: str, token: str) -> KeptProposal:
        """The proposal of this token.

        Raises:
            UnknownName: the project has none.
        """
        with self._database.reading() as session:
            row = session.get(ProposalRow, token)
        if row is None or row.project != project:
            raise UnknownName(
                f"project {project!r} has no proposal {token[:12]!r}.", next_step="Ask for the price again."
            )
        return KeptProposal(row.token, row.project, row.base, row.words, row.document)

    def forget(self, token: str) -> None:
        """The proposal was made, or is no longer wanted."""
        with self._database.writing("proposal") as session:
            session.execute(delete(ProposalRow).where(ProposalRow.token == token))


def _pick(query: Any, project: str, shot_id: str, recipe_digest: str) -> Any:
    return query.where(
        PickRow.project == project, PickRow.shot_id == shot_id, PickRow.recipe_digest == recipe_digest
    )  # fmt: skip
