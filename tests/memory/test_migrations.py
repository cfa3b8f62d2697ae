"""A home that an earlier storyreel filled is opened by this one: every row is as it was, and what is new works."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, MetaData, create_engine, insert, select

from agent.crew import Crew
from agent.director import Director
from agent.history import History
from agent.memory.database import MIGRATIONS, upgrade
from agent.memory.memory import DATABASE_NAME
from storyboards.brief import Brief
from storyboards.critique import Verdict
from storyboards.shot import Take
from storyboards.timeline import Timeline
from tests.fakes import fake_crew, tiny_board

REVISIONS = sorted(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))
FIRST, SECOND = tiny_board(2), tiny_board(2, style="ink")
TAKE = Take(key="k1", shot_id="s1", ordinal=1, backend="painted", recipe_digest="r1", video_sha256="a" * 64, frames=8,
            rate=FIRST.rate, width=64, height=64, seed=0)  # fmt: skip
FAILED = Verdict(claim_id="s1.colour.fox", outcome="fail", tier="T1", measured="chartreuse")
TIMELINE = Timeline(title="t", rate=FIRST.rate, width=64, height=64, picture=())

ROWS: dict[str, list[dict[str, Any]]] = {
    "projects": [{"name": "fox", "title": "The fox", "brief": Brief(text="A fox.").model_dump(mode="json"),
                  "status": "complete", "board": FIRST.digest(), "approved": FIRST.digest(), "made_at_s": 1.0,
                  "changed_at_s": 9.0}],
    "messages": [{"id": 1, "project": "fox", "role": "user", "text": "A fox with a lantern.", "at_s": 1.0}],
    "storyboard_versions": [
        {"id": n, "project": "fox", "digest": board.digest(), "parent": "", "why": why, "document": board.document(),
         "at_s": float(n)}
        for n, (board, why) in enumerate(((FIRST, "A fox."), (SECOND, "in ink style")), start=1)
    ],
    "elements": [{"id": 1, "project": "fox", "element": "fox", "digest": "d", "document": {"id": "fox"}}],
    "element_references": [{"id": 1, "project": "fox", "element": "fox", "origin": "given", "key": "k",
                            "sha256": "b" * 64, "document": {"picture": "fox.png"}, "at_s": 2.0}],
    "takes": [{"id": 1, "project": "fox", "shot_id": "s1", "key": "k1", "ordinal": 1, "state": "ready",
               "backend": "painted", "version": "1", "recipe_digest": "r1",
               "shot": FIRST.shots[0].model_dump(mode="json"), "why": "", "job": "",
               "document": TAKE.model_dump(mode="json"), "failure": "", "price_usd": 0.0, "wall_s": 1.0, "at_s": 3.0}],
    "verdicts": [{"id": 1, "project": "fox", "shot_id": "s1", "subject": "k1", "review": "q",
                  "claim_id": "s1.colour.fox", "outcome": "fail", "document": FAILED.model_dump(mode="json")}],
    "cuts": [{"id": 1, "project": "fox", "key": "c", "board": FIRST.digest(), "sha256": "c" * 64,
              "timeline": TIMELINE.model_dump(mode="json"), "notes": [], "status": "complete", "out": "", "wall_s": 1.0,
              "at_s": 4.0}],
    "spend": [{"id": 1, "project": "fox", "what": "take", "shot_id": "s1", "key": "k1", "cost_usd": 0.25, "wall_s": 1.0,
               "at_s": 3.0}],
    "stems": [{"key": "s", "kind": "speech", "sha256": "d" * 64, "length_s": 1.0, "document": {}, "at_s": 3.0}],
    "history_steps": [{"id": 1, "project": "fox", "digest": FIRST.digest(), "branch": "main", "how": "A fox.",
                       "state": "done", "at_s": 1.0}],
    "picks": [{"id": 1, "project": "fox", "shot_id": "s1", "recipe_digest": "r1", "take_key": "k1", "origin": "by hand",
               "at_s": 5.0}],
    "library": [{"id": 1, "name": "Robin", "kind": "character", "sha256": "", "document": {"subject": "fox"},
                 "origin": {"project": "fox"}, "at_s": 6.0}],
    "habits": [{"id": 1, "subject": "shape", "value": "9:16", "project": "fox", "words": "make it vertical",
                "at_s": 7.0}],
}  # fmt: skip


def fill(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    """Rows for every table of that schema, as far as it has their columns; what was written."""
    tables = MetaData()
    tables.reflect(connection)
    written = {}
    for name, rows in ROWS.items():
        if name in tables.tables:
            table = tables.tables[name]
            written[name] = [{k: v for k, v in row.items() if k in table.c} for row in rows]
            connection.execute(insert(table), written[name])
    return written


def old_home(home: Path, revision: str) -> dict[str, list[dict[str, Any]]]:
    home.mkdir()
    with create_engine(f"sqlite:///{home / DATABASE_NAME}").begin() as connection:
        upgrade(connection, None, to=revision)
        return fill(connection)


def as_json(row: dict[str, Any]) -> dict[str, Any]:
    return json.loads(json.dumps(row))


@pytest.mark.parametrize("revision", REVISIONS)
def test_every_row_of_an_earlier_schema_is_as_it_was(revision: str, tmp_path: Path) -> None:
    written = old_home(tmp_path / "home", revision)
    crew = fake_crew(tmp_path / "home")
    tables = MetaData()
    with crew.memory.database.engine.connect() as connection:
        tables.reflect(connection)
        for name, rows in written.items():
            found = [dict(row._mapping) for row in connection.execute(select(tables.tables[name]))]
            kept = [{k: row[k] for k in rows[0]} for row in found[: len(rows)]]
            assert [as_json(row) for row in kept] == [as_json(row) for row in rows], name
    works_on_what_was_there(crew)


def works_on_what_was_there(crew: Crew) -> None:
    """History, status, search, picks and edits of a project that this version never made."""
    history = History(crew)
    versions = history.versions("fox")
    assert [(row.number, row.why, row.current) for row in versions] == [(1, "A fox.", True), (2, "in ink style", False)]
    assert history.go("fox", "2").changes == ("style storybook → ink",)
    assert history.undo("fox").changes == ("style ink → storybook",)
    view = Director(crew).show("fox")
    assert [shot.status for shot in view.shots] == ["stale", "missing"]
    assert view.shots[0].causes == ("its plan changed since it was filmed by an earlier version of storyreel",)
    assert view.spend_usd == 0.25
    kinds = {hit.kind for word in ("lantern", "chartreuse", "orange fox") for hit in crew.memory.index.search(word)}
    assert {"message", "verdict", "element"} <= kinds
    Director(crew).change("fox", "make shot 1 darker")
    assert len(history.versions("fox")) == 3
