"""The one SQLite file of a home: opened, checked, migrated, and written by short transactions.

A rollback journal and not WAL: SQLite before 3.51.3 can lose commits when two connections write and checkpoint a WAL,
and Python often links an older one (docs/decisions/0030). Foreign errors are translated here and nowhere else.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, exc, inspect, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from agent.memory.tables import SCHEMA_HEAD
from storyboards.errors import DiskFull, ProjectCorrupt, StorageFailed
from tools.faults import reached

OLDEST_SQLITE = (3, 35, 0)
MIGRATIONS = Path(__file__).parent / "migrations"


class Database:
    """Transactions on one file, safe for threads and for several processes.

    Args:
        path: the file; it and its folder are made if they do not exist.
        patience_s: how long to wait for another process that is writing.

    Raises:
        ProjectCorrupt: the file is not a healthy storyreel database. It is left as it is.
        DiskFull, StorageFailed: it cannot be written, or another process holds it.
    """

    def __init__(self, path: Path, *, patience_s: float = 30.0) -> None:
        if sqlite3.sqlite_version_info < OLDEST_SQLITE:
            raise StorageFailed(
                f"SQLite {sqlite3.sqlite_version} is too old.", next_step="Use a Python with SQLite 3.35 or newer."
            )
        self.path = path
        self._writer = threading.Lock()
        with self._translated():
            path.parent.mkdir(parents=True, exist_ok=True)
            self.engine = _engine(path, patience_s)
            self._check()
            self._migrate()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A consistent view."""
        with self._translated(), Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self, what: str) -> Iterator[Session]:
        """One transaction that is on the disk when the block ends, or not at all. ``what`` names its fault points."""
        with self._writer, self._translated(), Session(self.engine, expire_on_commit=False) as session:
            session.connection(execution_options={"writes": True})
            yield session
            session.flush()
            reached(f"memory.{what}.before")
            session.commit()
            reached(f"memory.{what}.after")

    def _check(self) -> None:
        with self.engine.connect() as connection:
            mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
            if mode == "wal":
                raise StorageFailed(
                    f"{self.path} is in WAL mode and another process keeps it so.", next_step="Close the other process."
                )
            state = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
            if state != "ok":
                raise self._corrupt(str(state))

    def _migrate(self) -> None:
        """Bring the file to :data:`SCHEMA_HEAD` in one transaction.

        Two processes may open a new home at once: the second waits and finds nothing left to do.
        """
        with self.engine.connect() as connection:
            if _revision(connection, self) == SCHEMA_HEAD:
                return
        with self.engine.connect().execution_options(writes=True) as connection, connection.begin():
            found = _revision(connection, self)
            if found != SCHEMA_HEAD:
                upgrade(connection, found, self)
                reached("memory.migrate.before")
        reached("memory.migrate.after")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (exc.IntegrityError, exc.ProgrammingError):
            raise
        except exc.DBAPIError as error:
            raise self._translation(error.orig) from error
        except sqlite3.Error as error:
            raise self._translation(error) from error
        except OSError as error:
            raise StorageFailed(
                f"cannot use {self.path.parent}: {error.strerror}.", next_step="Choose another --home."
            ) from error

    def _translation(self, error: BaseException | None) -> Exception:
        code = getattr(error, "sqlite_errorcode", None)
        primary = code & 0xFF if code is not None else None
        if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return self._corrupt(str(error))
        if primary == sqlite3.SQLITE_FULL:
            return DiskFull(
                f"the disk that holds {self.path} is full; nothing that was recorded is lost.",
                next_step="Free some space, then `storyreel resume`.",
            )
        if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return StorageFailed(
                f"another process has kept {self.path} locked.", next_step="Wait until it ends, then try again."
            )
        if primary in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_IOERR):
            return StorageFailed(
                f"cannot write {self.path}: {error}.", next_step="Check its rights, or choose another --home."
            )
        return StorageFailed(f"{self.path}: {error}.")

    def _corrupt(self, found: str) -> ProjectCorrupt:
        return ProjectCorrupt(
            f"{self.path} is not a healthy storyreel database ({found}). It was left untouched.",
            next_step="Put a backup in its place, or move it away and begin with an empty one; no film is deleted.",
        )


def upgrade(connection: Connection, found: str | None, database: Database | None = None, to: str = "head") -> None:
    """Run the migrations from revision ``found`` (None for an empty file) inside the connection's transaction."""
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        where = database.path if database else "the database"
        raise StorageFailed(
            f"{where} was written by a newer storyreel (schema {found}; this one knows up to {SCHEMA_HEAD}).",
            next_step="Update storyreel, or choose another --home.",
        )
    command.upgrade(config, to)


def _revision(connection: Connection, database: Database) -> str | None:
    tables = set(inspect(connection).get_table_names())
    if "alembic_version" not in tables:
        if tables:
            raise database._corrupt(f"it holds {', '.join(sorted(tables)[:3])} of some other program")
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _engine(path: Path, patience_s: float) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}", poolclass=NullPool, connect_args={"timeout": patience_s, "check_same_thread": False}
    )

    @event.listens_for(engine, "connect")
    def _connected(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        # Without this the driver begins transactions on its own terms, and never around DDL.
        connection.isolation_level = None
        for pragma in ("journal_mode=TRUNCATE", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
