"""What a deleted project leaves on the disk, taken away: its film, its papers, and every file that was its alone."""

from __future__ import annotations

import re

from sqlalchemy import JSON, String, select, type_coerce
from sqlalchemy.orm import Session

from agent.memory.memory import Memory
from agent.memory.projects import checked_name
from agent.memory.tables import Base, ProjectRow
from app.service.videos import VideoRecord, Videos
from tools.store import Store

PAPERS = (".mp4", ".storyboard.json", ".report.html", ".claims.jsonl", ".otio", ".srt")
_HASH = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")


class Sweeper:
    """Takes away what nobody refers to any more.

    Takes, cuts and references are files of the store that projects share by their hash, so one goes only with the last
    row of any table that names it. What was made on the way to them (scaled stills, pieces of cuts) stays: it is known
    by its recipe and not by a project.
    """

    def __init__(self, memory: Memory, store: Store) -> None:
        self._memory, self._store = memory, store

    def files_of(self, project: str) -> set[str]:
        """The hashes that the rows of a project name. Ask before they are deleted."""
        with self._memory.database.reading() as session:
            return _named(session, project, own=True)

    def forget(self, video: VideoRecord, videos: Videos) -> None:
        """Delete a video that nothing runs for any more, and its project if no other video is of it."""
        files = self.files_of(video.project)
        if videos.forget(video):
            self.sweep(video.project, files)

    def sweep(self, project: str, files: set[str]) -> int:
        """Remove the film of a deleted project, and those of its files that no row names any more; how many they were.

        A file that a run just put there again, and has no row of yet, may go with them: it is then made anew, as
        whatever is missing is.
        """
        for suffix in PAPERS:
            (self._memory.home / "films" / f"{checked_name(project)}{suffix}").unlink(missing_ok=True)
        with self._memory.database.writing("sweep") as session:  # nobody records a take meanwhile
            alone = [sha256 for sha256 in files - _named(session, project, own=False) if self._store.holds(sha256)]
            for sha256 in alone:
                self._store.discard(sha256)
        return len(alone)


def _named(session: Session, project: str, *, own: bool) -> set[str]:
    """Every sha256 in the rows that are the project's, or in all others; jobs outlive their project and name none."""
    found: set[str] = set()
    for table in Base.metadata.sorted_tables:
        whose = table.c.name if table.name == "projects" else table.columns.get("project")
        if own and whose is None:
            continue
        texts = [type_coerce(column, String) for column in table.columns if isinstance(column.type, String | JSON)]
        query = select(*texts)
        if whose is not None:
            living = whose.in_(select(ProjectRow.name))
            query = query.where(whose == project if own else living & (whose != project))
        for row in session.execute(query):
            found.update(_HASH.findall(" ".join(value for value in row if isinstance(value, str))))
    return found
