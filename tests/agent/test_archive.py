"""A project as one file: it comes back the same, and a stranger's archive that lies is refused."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.archive import MANIFEST, export_project, import_project
from agent.director import Director
from agent.history import History
from storyboards.brief import Brief
from storyboards.errors import BadMedia, UnknownName
from tests.fakes import PaintedBackend, ScriptedPlanner, fake_crew, tiny_board

Parts = dict[str, bytes]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> tuple[Director, Path]:
    """A finished film of two shots with a change, a pick and an undo, and its archive."""
    import asyncio

    home = tmp_path_factory.mktemp("home")
    director = Director(fake_crew(home, planner=ScriptedPlanner(tiny_board(2))))
    asyncio.run(director.make(Brief(text="A fox goes home."), project="fox"))
    director.pick("fox", "s1", 1)
    director.change("fox", "make shot 2 darker")
    History(director.crew).undo("fox")
    out = home / "fox.zip"
    export_project(director.crew, "fox", out)
    return director, out


async def test_a_project_comes_back_whole_in_another_home(archive: tuple[Director, Path], tmp_path: Path) -> None:
    director, path = archive
    backend = PaintedBackend()
    other = Director(fake_crew(tmp_path, backend=backend))
    assert import_project(other.crew, path) == "fox"
    here, there = director.show("fox"), other.show("fox")
    assert there.model_dump(exclude={"out"}) == here.model_dump(exclude={"out"})
    assert there.shots[0].picked == 1
    assert other.film("fox").verdicts == director.film("fox").verdicts
    assert other.film("fox").out == tmp_path / "films" / "fox.mp4"
    assert other.film("fox").out.read_bytes() == director.film("fox").out.read_bytes()
    assert History(other.crew).redo("fox").changes == ("shot 2: exposure 0 → -0.7 stops",)
    assert [hit.project for hit in other.crew.memory.index.search("forest", "fox")]
    History(other.crew).undo("fox")
    await other.resume("fox")
    assert backend.filmed == [], "every take came along"
    assert import_project(other.crew, path) == "fox-2"
    assert len(other.projects()) == 2
    with pytest.raises(UnknownName):
        export_project(other.crew, "nobody", tmp_path / "x.zip")


def _sealed(parts: Parts) -> Parts:
    """The parts with a manifest that agrees with them, as a careful liar would have it."""
    manifest = json.loads(parts[MANIFEST])
    for name in manifest["tables"]:
        content = parts[f"tables/{name}.jsonl"]
        manifest["tables"][name] = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    return {**parts, MANIFEST: json.dumps(manifest).encode()}


def _object(parts: Parts) -> str:
    return next(name for name in parts if name.startswith("objects/"))


def _renamed(parts: Parts, to: str) -> Parts:
    old = _object(parts)
    manifest = json.loads(parts[MANIFEST])
    manifest["files"][to] = manifest["files"].pop(old)
    return {**{k: v for k, v in parts.items() if k != old}, to: parts[old], MANIFEST: json.dumps(manifest).encode()}


def _table(parts: Parts, name: str, change: Callable[[dict[str, object]], object]) -> Parts:
    rows = [json.loads(line) for line in parts[f"tables/{name}.jsonl"].splitlines()]
    for row in rows:
        change(row)
    content = "".join(json.dumps(row) + "\n" for row in rows).encode()
    return _sealed({**parts, f"tables/{name}.jsonl": content})


def _manifest(parts: Parts, **changes: object) -> Parts:
    return {**parts, MANIFEST: json.dumps(json.loads(parts[MANIFEST]) | changes).encode()}


def _shrunk(parts: Parts) -> Parts:
    """A file that is larger than the manifest says: what a bomb does."""
    manifest = json.loads(parts[MANIFEST])
    manifest["files"][_object(parts)] = 10
    return {**parts, MANIFEST: json.dumps(manifest).encode()}


LIES: list[tuple[str, Callable[[Parts], Parts], str]] = [
    ("no manifest", lambda p: {k: v for k, v in p.items() if k != MANIFEST}, "no manifest"),
    ("manifest of nonsense", lambda p: {**p, MANIFEST: b"[]"}, "manifest cannot be read"),
    ("another form", lambda p: _manifest(p, format="zip/9"), "form 'zip/9'"),
    ("a newer schema", lambda p: _manifest(p, schema="9999"), "newer storyreel"),
    ("a path that climbs", lambda p: _renamed(p, "../../evil.mp4"), "disagree about"),
    ("an absolute path", lambda p: _renamed(p, "/etc/cron.d/evil"), "disagree about"),
    ("a file that nobody listed", lambda p: {**p, "objects/more.mp4": b"x"}, "disagree about"),
    ("a file with another hash", lambda p: _renamed(p, f"objects/{'0' * 64}.mp4"), "no longer has its hash"),
    ("a file larger than it says", _shrunk, "larger than it says"),
    ("a size beyond any disk", lambda p: _manifest(p, files={_object(p): 1 << 50} | {
        n: len(c) for n, c in p.items() if n.startswith("objects/") and n != _object(p)}), "are the limit"),
    ("a table that was changed", lambda p: {**p, "tables/takes.jsonl": b""}, "takes no longer has its hash"),
    ("a column that there is not", lambda p: _table(p, "messages", lambda r: r.update(x=1)), "another form"),
    ("a plan without its digest", lambda p: _table(p, "storyboard_versions", lambda r: r.update(digest="0" * 64)),
     "no longer has its digest"),
    ("a name that climbs", lambda p: _table(p, "projects", lambda r: r.update(name="../up")), "no project can have"),
    ("a take that is none", lambda p: _table(p, "takes", lambda r: r.update(shot={})), "not what it should be"),
    ("a state that there is not", lambda p: _table(p, "takes", lambda r: r.update(state="paid")), "do not fit"),
    ("two projects", lambda p: _sealed({**p, "tables/projects.jsonl": p["tables/projects.jsonl"] * 2}),
     "not what it should be"),
]  # fmt: skip


@pytest.mark.parametrize(("lie", "says"), [row[1:] for row in LIES], ids=[row[0] for row in LIES])
def test_an_archive_that_lies_is_refused_and_leaves_nothing(
    archive: tuple[Director, Path], lie: Callable[[Parts], Parts], says: str, tmp_path: Path
) -> None:
    with zipfile.ZipFile(archive[1]) as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    path = tmp_path / "in" / "lie.zip"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as made:
        for name, content in lie(parts).items():
            made.writestr(name, content)
    crew = fake_crew(tmp_path / "home")
    with pytest.raises(BadMedia, match=says):
        import_project(crew, path)
    assert crew.memory.projects.all() == []
    outside = [p for p in tmp_path.rglob("*") if p.is_file() and not p.is_relative_to(tmp_path / "home")]
    assert outside == [path]


def test_what_is_no_archive_at_all(tmp_path: Path) -> None:
    (tmp_path / "no.zip").write_bytes(b"PK not really")
    with pytest.raises(BadMedia, match="no archive that can be read"):
        import_project(fake_crew(tmp_path / "home"), tmp_path / "no.zip")
