"""The whole memory of a home, and the lock that keeps two runs from making the same film at once."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.memory.choices import Picks, Proposals
from agent.memory.cuts import Cuts, Stems
from agent.memory.database import Database
from agent.memory.habits import Habits
from agent.memory.index import Index
from agent.memory.ledger import Ledger
from agent.memory.library import Shelf
from agent.memory.projects import Projects, checked_name
from agent.memory.references import References
from agent.memory.reviews import Reviews
from agent.memory.steps import Steps
from agent.memory.talks import Talks
from storyboards.errors import StorageFailed

DATABASE_NAME = "storyreel.db"


class Memory:
    """Opens, checks and migrates the database of ``home``.

    Raises:
        ProjectCorrupt, DiskFull, StorageFailed: see :class:`agent.memory.database.Database`.
    """

    def __init__(self, home: Path, *, patience_s: float = 30.0) -> None:
        self.home = home
        self.database = database = Database(home / DATABASE_NAME, patience_s=patience_s)
        self.projects = Projects(database)
        self.ledger = Ledger(database)
        self.reviews = Reviews(database)
        self.cuts = Cuts(database)
        self.stems = Stems(database)
        self.references = References(database)
        self.steps = Steps(database)
        self.picks = Picks(database)
        self.proposals = Proposals(database)
        self.talks = Talks(database)
        self.shelf = Shelf(database)
        self.habits = Habits(database)
        self.index = Index(database)

    @contextmanager
    def working_on(self, project: str) -> Iterator[None]:
        """Hold the project alone; the kernel lets go of it however the process ends.

        Raises:
            StorageFailed: another run is working on it.
        """
        folder = self.home / "locks"
        folder.mkdir(exist_ok=True)
        handle = os.open(folder / f"{checked_name(project)}.lock", os.O_CREAT | os.O_RDWR, 0o644)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.pread(handle, 32, 0).decode("ascii", "replace").strip()
                raise StorageFailed(
                    f"project {project!r} is being worked on by another run (process {holder or 'unknown'}).",
                    next_step="Wait until it ends, or stop it; a stopped run can be resumed.",
                ) from None
            os.ftruncate(handle, 0)
            os.pwrite(handle, str(os.getpid()).encode(), 0)
            yield
        finally:
            os.close(handle)
