"""The database file: born, migrated, refused, shared. Nothing that goes wrong may cost what is in it."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, text

from agent.memory.database import MIGRATIONS, Database, upgrade
from agent.memory.memory import Memory
from agent.memory.tables import SCHEMA_HEAD, Base, StemRow
from storyboards.brief import Brief
from storyboards.errors import BadInput, DiskFull, ProjectCorrupt, StorageFailed, UnknownName
from tests.fakes import tiny_board

BRIEF = Brief(text="A fox goes home.")
REVISIONS = sorted(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def stem(key: str) -> StemRow:
    return StemRow(key=key, kind="speech", sha256="", length_s=1.0, document={}, at_s=0.0)


def bare_engine(path: Path) -> Engine:
    from sqlalchemy import create_engine

    return create_engine(f"sqlite:///{path}")


def _is_ours(thing: object, name: str, kind: str, reflected: bool, compared: object) -> bool:
    """The full-text index is made of triggers and virtual tables, which the models cannot say."""
    return not (kind == "table" and reflected and (name == "search" or name.startswith("search_")))


def test_a_new_file_gets_every_table_of_the_models(tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    database = Database(tmp_path / "home" / "storyreel.db")
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": _is_ours})
        assert context.get_current_revision() == SCHEMA_HEAD
        assert compare_metadata(context, Base.metadata) == []


def test_the_models_stand_at_the_newest_migration() -> None:
    assert REVISIONS[-1] == SCHEMA_HEAD


@pytest.mark.parametrize("revision", REVISIONS)
def test_an_older_file_is_migrated_and_keeps_what_it_holds(revision: str, tmp_path: Path) -> None:
    path = tmp_path / "storyreel.db"
    with bare_engine(path).begin() as connection:
        upgrade(connection, None, to=revision)
        connection.execute(text("INSERT INTO stems VALUES ('k', 'speech', '', 1.0, '{}', 0.0)"))
    database = Database(path)
    with database.reading() as session:
        assert session.get(StemRow, "k") is not None
        assert session.execute(text("SELECT version_num FROM alembic_version")).scalar() == SCHEMA_HEAD


def test_a_migration_that_dies_leaves_an_empty_file_to_start_from(tmp_path: Path) -> None:
    from tools import faults

    def die(point: str) -> None:
        raise KeyboardInterrupt(point)

    faults.watch(die)
    try:
        with pytest.raises(KeyboardInterrupt, match=r"memory\.migrate\.before"):
            Database(tmp_path / "storyreel.db")
    finally:
        faults.watch(None)
    with sqlite3.connect(tmp_path / "storyreel.db") as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    Database(tmp_path / "storyreel.db")


def test_writes_are_synchronous_and_journalled_without_wal(tmp_path: Path) -> None:
    database = Database(tmp_path / "storyreel.db")
    with database.reading() as session:
        assert session.execute(text("PRAGMA journal_mode")).scalar() == "truncate"
        assert session.execute(text("PRAGMA synchronous")).scalar() == 2
        assert session.execute(text("PRAGMA foreign_keys")).scalar() == 1


@pytest.mark.parametrize("damage", ["garbage", "hole"])
def test_a_damaged_file_is_refused_and_left_as_it_is(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "storyreel.db"
    memory = Memory(tmp_path)
    for number in range(40):
        memory.projects.create(BRIEF, f"Film {number}")
    whole = path.read_bytes()
    hurt = b"not a database at all " * 400 if damage == "garbage" else whole[:4096] + b"\xff" * 8192 + whole[12288:]
    path.write_bytes(hurt)
    with pytest.raises(ProjectCorrupt, match="left untouched") as refused:
        Memory(tmp_path)
    assert "backup" in refused.value.next_step
    assert path.read_bytes() == hurt


def test_the_database_of_another_program_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "storyreel.db") as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()
    with pytest.raises(ProjectCorrupt, match="recipes"):
        Memory(tmp_path)


def test_a_file_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    Memory(tmp_path)
    with sqlite3.connect(tmp_path / "storyreel.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(StorageFailed, match="newer storyreel"):
        Memory(tmp_path)


def test_a_file_that_another_process_keeps_is_said_to_be_locked(tmp_path: Path) -> None:
    memory = Memory(tmp_path, patience_s=0.1)
    other = sqlite3.connect(tmp_path / "storyreel.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StorageFailed, match="locked"):
        memory.projects.create(BRIEF, "Film")
    other.execute("ROLLBACK")
    other.close()
    memory.projects.create(BRIEF, "Film")


def test_a_full_disk_is_said_to_be_full_and_loses_nothing(tmp_path: Path) -> None:
    memory = Memory(tmp_path)
    kept = memory.projects.create(BRIEF, "Film").name

    @event.listens_for(memory.database.engine, "connect")
    def _no_more_pages(connection: sqlite3.Connection, _: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}")

    with pytest.raises(DiskFull, match="nothing that was recorded is lost"):
        memory.projects.say(kept, "user", "long words " * 10_000)
    assert [project.name for project in Memory(tmp_path).projects.all()] == [kept]


def test_a_home_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageFailed, match="home"):
        Memory(tmp_path / "file" / "home")


def test_what_a_failed_transaction_wrote_is_gone(tmp_path: Path) -> None:
    database = Database(tmp_path / "storyreel.db")

    def half_done() -> None:
        with database.writing("stem") as session:
            session.add(stem("half"))
            session.flush()
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError):
        half_done()
    with database.reading() as session:
        assert session.get(StemRow, "half") is None


def test_threads_and_connections_do_not_lose_each_others_writes(tmp_path: Path) -> None:
    databases = [Database(tmp_path / "storyreel.db") for _ in range(2)]

    def write(which: int) -> None:
        for number in range(15):
            with databases[which % 2].writing("stem") as session:
                session.add(stem(f"{which}-{number}"))

    threads = [threading.Thread(target=write, args=(which,)) for which in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with databases[0].reading() as session:
        assert session.query(StemRow).count() == 60


def test_a_project_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    one, two = Memory(tmp_path), Memory(tmp_path)
    with one.working_on("fox"):
        with two.working_on("owl"):
            pass
        with pytest.raises(StorageFailed, match="another run"), two.working_on("fox"):
            pass
    with two.working_on("fox"):
        pass


def test_versions_of_a_plan_follow_each_other(tmp_path: Path) -> None:
    projects = Memory(tmp_path).projects
    name = projects.create(BRIEF, "The Fox’s Way").name
    assert name.startswith("the-foxs-way-")
    boards = [tiny_board(2), tiny_board(3), tiny_board(2)]
    digests = [projects.adopt(name, board, f"version {i}") for i, board in enumerate(boards)]
    assert digests[0] == digests[2] == projects.open(name).board
    versions = projects.versions(name)
    assert [(v.digest, v.parent, v.why) for v in versions] == [
        (digests[0], "", "version 0"), (digests[1], digests[0], "version 1"),
    ]  # fmt: skip
    assert projects.board(name, digests[1]) == boards[1]


def test_a_plan_that_was_changed_behind_the_back_is_noticed(tmp_path: Path) -> None:
    memory = Memory(tmp_path)
    name = memory.projects.create(BRIEF, "Film").name
    digest = memory.projects.adopt(name, tiny_board(2), "")
    with sqlite3.connect(tmp_path / "storyreel.db") as connection:
        connection.execute("UPDATE storyboard_versions SET document = replace(document, 'orange', 'purple')")
    connection.close()
    with pytest.raises(ProjectCorrupt, match="behind"):
        memory.projects.board(name, digest)


def test_names_that_cannot_be_and_names_that_are_not_there(tmp_path: Path) -> None:
    projects = Memory(tmp_path).projects
    for name in ("../escape", "With Capitals", "", ".hidden", "x" * 81):
        with pytest.raises(BadInput):
            projects.create(BRIEF, "Film", name or "/")
    projects.create(BRIEF, "Film", "fox")
    with pytest.raises(BadInput, match="already"):
        projects.create(BRIEF, "Film", "fox")
    with pytest.raises(UnknownName, match="fox"):
        projects.open("wolf")
