"""Full-text search over everything that is remembered. Triggers of the database keep the index."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import text

from agent.memory.database import Database

QUERY = text(
    "SELECT kind, project, ref, snippet(search, 0, '[', ']', ' … ', 12) FROM search WHERE search MATCH :words "
    "AND (:project = '' OR project = :project) ORDER BY rank LIMIT :most"
)


@dataclass(frozen=True)
class Hit:
    """A place where the words were found.

    Attributes:
        kind: message, shot, element, film, take, verdict, library or preference.
        project: empty for what belongs to none.
        ref: what it is there: a shot's id, an element, who said it, a claim.
        excerpt: the words around it, those that were found in brackets.
    """

    kind: str
    project: str
    ref: str
    excerpt: str


class Index:
    """Search in one home, the best first."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def search(self, words: str, project: str = "", most: int = 20) -> list[Hit]:
        """Places that have all the words, or words that begin so; none for no words.

        Whatever is typed is words: there is no query language, so nothing of it can be malformed.
        """
        terms = [f'"{word}"*' for word in re.findall(r"\w+", words.casefold())[:16]]
        if not terms:
            return []
        with self._database.reading() as session:
            rows = session.execute(QUERY, {"words": " ".join(terms), "project": project, "most": most})
            return [Hit(*row) for row in rows]
