"""History, picks, proposals, talks, the library, habits, and a full-text index that triggers keep."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("takes", sa.Column("recipe", sa.JSON(), nullable=True))
    _history()
    _choices()
    _talks()
    _library()
    _steps_of_what_was_there()
    for statement in (*INDEX, *BACKFILL):
        op.execute(statement)


def _history() -> None:
    op.create_table(
        "history_steps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("branch", sa.String(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("at_s", sa.Double(), nullable=False),
        sa.CheckConstraint("state IN ('done', 'undone', 'dropped')", name=op.f("ck_history_steps_state")),
        sa.ForeignKeyConstraint(
            ["project"], ["projects.name"], name=op.f("fk_history_steps_project"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history_steps")),
    )
    op.create_index(op.f("ix_history_steps_project"), "history_steps", ["project"], unique=False)


def _choices() -> None:
    op.create_table(
        "picks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("shot_id", sa.String(), nullable=False),
        sa.Column("recipe_digest", sa.String(), nullable=False),
        sa.Column("take_key", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("at_s", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["projects.name"], name=op.f("fk_picks_project"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_picks")),
        sa.UniqueConstraint("project", "shot_id", "recipe_digest", name=op.f("uq_picks_project_shot_id_recipe_digest")),
    )
    op.create_table(
        "proposals",
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("base", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("at_s", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["projects.name"], name=op.f("fk_proposals_project"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_proposals")),
    )
    op.create_index(op.f("ix_proposals_project"), "proposals", ["project"], unique=False)


def _talks() -> None:
    op.create_table(
        "talks",
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("at_s", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["projects.name"], name=op.f("fk_talks_project"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project", name=op.f("pk_talks")),
    )


def _library() -> None:
    op.create_table(
        "library",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("origin", sa.JSON(), nullable=False),
        sa.Column("at_s", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library")),
        sa.UniqueConstraint("name", name=op.f("uq_library_name")),
    )
    op.create_table(
        "habits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("at_s", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_habits")),
    )
    op.create_index(op.f("ix_habits_subject_value"), "habits", ["subject", "value"], unique=False)


def _steps_of_what_was_there() -> None:
    """Every version that a project had is a step of its past; the one in force, if it came back, is the last."""
    op.execute(
        "INSERT INTO history_steps (project, digest, branch, how, state, at_s) "
        "SELECT project, digest, 'main', why, 'done', at_s FROM storyboard_versions ORDER BY id"
    )
    op.execute(
        "INSERT INTO history_steps (project, digest, branch, how, state, at_s) "
        "SELECT name, board, 'main', 'an earlier version came back', 'done', changed_at_s FROM projects p "
        "WHERE board != '' AND board != (SELECT digest FROM storyboard_versions v WHERE v.project = p.name "
        "ORDER BY v.id DESC LIMIT 1)"
    )


SHOTS = """
INSERT INTO search (kind, project, ref, text)
SELECT 'shot', v.project, json_extract(s.value, '$.id'),
       coalesce(json_extract(s.value, '$.prompt'), '') || ' ' || coalesce(json_extract(s.value, '$.title'), '') || ' '
       || coalesce((SELECT group_concat(json_extract(l.value, '$.text'), ' ')
                    FROM json_each(s.value, '$.lines') l), '')
FROM storyboard_versions v, json_each(v.document, '$.shots') s
WHERE v.project = {project} AND v.digest = {board}
"""
CAST = """
INSERT INTO search (kind, project, ref, text)
SELECT 'element', v.project, json_extract(e.value, '$.id'),
       json_extract(e.value, '$.id') || ' ' || json_extract(e.value, '$.subject') || ' '
       || coalesce(json_extract(e.value, '$.colour'), '') || ' ' || coalesce(json_extract(e.value, '$.name'), '')
       || ' ' || coalesce(json_extract(e.value, '$.described_as'), '')
FROM storyboard_versions v, json_each(v.document, '$.elements') e
WHERE v.project = {project} AND v.digest = {board}
"""
FILM = "INSERT INTO search (kind, project, ref, text) VALUES ('film', {project}, '', {title})"

PLAIN = {
    "messages": ("'message'", "{row}.project", "{row}.role", "{row}.text"),
    "takes": (
        "'take'", "{row}.project", "{row}.shot_id || ' take ' || {row}.ordinal", "{row}.why || ' ' || {row}.failure",
    ),
    "verdicts": (
        "'verdict'", "{row}.project", "{row}.claim_id",
        "{row}.outcome || ' ' || replace({row}.claim_id, '.', ' ') || ' ' || "
        "coalesce(json_extract({row}.document, '$.measured'), '')",
    ),
    "library": (
        "'library'", "''", "{row}.name",
        "{row}.name || ' ' || {row}.kind || ' ' || coalesce(json_extract({row}.document, '$.subject'), '') || ' ' || "
        "coalesce(json_extract({row}.document, '$.colour'), '') || ' ' || "
        "coalesce(json_extract({row}.document, '$.mood'), '')",
    ),
    "habits": (
        "'preference'", "{row}.project", "{row}.subject",
        "{row}.subject || ' ' || {row}.value || ' ' || {row}.words",
    ),
}  # fmt: skip
"""Tables of which each row is one entry of the index: its kind, project, name and text."""
ONLY = {"verdicts": "{row}.outcome = 'fail'"}
"""Rows that are worth finding, where not all are."""


def _columns(table: str, row: str) -> str:
    return ", ".join(column.format(row=row) for column in PLAIN[table])


def _gone(table: str) -> str:
    """Entries are found again by table and rowid, kept in the column ``origin``."""
    return f"DELETE FROM search WHERE origin = '{table}' || old.rowid"


def _new(table: str) -> str:
    return (
        f"INSERT INTO search (origin, kind, project, ref, text) SELECT '{table}' || new.rowid, {_columns(table, 'new')}"
    )


INDEX = (
    "CREATE VIRTUAL TABLE search USING fts5"
    "(text, kind UNINDEXED, project UNINDEXED, ref UNINDEXED, origin UNINDEXED, tokenize = 'porter unicode61')",
    *(
        f"CREATE TRIGGER search_{table}_{when.lower()} AFTER {when} ON {table} BEGIN {'; '.join(body)}; END"
        for table in PLAIN
        for when, body in (
            ("INSERT", (_new(table),)),
            ("DELETE", (_gone(table),)),
            ("UPDATE", (_gone(table), _new(table))),
        )
    ),
    "CREATE TRIGGER search_projects_update AFTER UPDATE OF board, title ON projects BEGIN "
    "DELETE FROM search WHERE project = new.name AND kind IN ('shot', 'element', 'film'); "
    + "; ".join(text.format(project="new.name", board="new.board", title="new.title") for text in (SHOTS, CAST, FILM))
    + "; END",
    "CREATE TRIGGER search_projects_insert AFTER INSERT ON projects BEGIN "
    + "; ".join(text.format(project="new.name", board="new.board", title="new.title") for text in (SHOTS, CAST, FILM))
    + "; END",
    "CREATE TRIGGER search_projects_delete AFTER DELETE ON projects BEGIN "
    "DELETE FROM search WHERE project = old.name; END",
)
BACKFILL = (
    *(
        f"INSERT INTO search (origin, kind, project, ref, text) SELECT '{table}' || {table}.rowid, "
        f"{_columns(table, table)} FROM {table} WHERE {ONLY.get(table, '1').format(row=table)}"
        for table in ("messages", "takes", "verdicts")
    ),
    *(
        text.format(project="p.name", board="p.board").replace("FROM storyboard", "FROM projects p, storyboard", 1)
        for text in (SHOTS, CAST)
    ),
    "INSERT INTO search (kind, project, ref, text) SELECT 'film', name, '', title FROM projects",
)  # fmt: skip
