"""A project as one file: every row that hangs on it and every file that those rows name, each with its sha256.

An archive comes from a stranger. It is read as data: names in it are never places on this disk, nothing is larger than
it says, every file has the hash that it is named by, and every document is one of the models.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Table, insert, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from agent.crew import Crew
from agent.memory.projects import NAME
from agent.memory.tables import (
    SCHEMA_HEAD,
    CutRow,
    ElementRow,
    MessageRow,
    PickRow,
    ProjectRow,
    ReferenceRow,
    SpendRow,
    StemRow,
    StepRow,
    StoryboardRow,
    TakeRow,
    VerdictRow,
)
from storyboards.brief import Brief
from storyboards.errors import BadMedia, BadOutput, StoryreelError
from storyboards.shot import Shot, Take
from storyboards.storyboard import read_storyboard
from storyboards.timeline import Timeline
from tools.disk import writing

FORMAT = "storyreel.project/1"
MANIFEST = "manifest.json"
MOST_FILES, MOST_BYTES, MOST_TABLE_BYTES = 20_000, 16 << 30, 256 << 20
CHUNK_BYTES = 1 << 20

TABLES: dict[str, Table] = {
    row.__tablename__: row.__table__  # type: ignore[misc]
    for row in (ProjectRow, MessageRow, StoryboardRow, ElementRow, ReferenceRow, TakeRow, VerdictRow, CutRow, SpendRow,
                StepRow, PickRow, StemRow)
}  # fmt: skip
"""In the order in which they can be written."""
_OBJECT = re.compile(r"objects/([0-9a-f]{64})(\.[a-z0-9]{1,8})?")
_SHA = re.compile(r"[0-9a-f]{64}")

Rows = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Archived:
    """What was written: how many files of the store, and the size of the archive."""

    out: Path
    files: int
    size_bytes: int


def export_project(crew: Crew, project: str, out: Path) -> Archived:
    """Write a project with its versions, takes, verdicts, cuts, sounds and references into one zip.

    Files that are no longer in the store are left out; where the project is imported they are made again.

    Raises:
        UnknownName: no such project. BadOutput: ``out`` cannot be written.
    """
    crew.memory.projects.open(project)
    rows = _rows_of(crew, project)
    files = {sha256: crew.store.verify(sha256) for sha256 in sorted(_named(rows)) if crew.store.holds(sha256)}
    tables = {name: _lines(found) for name, found in rows.items()}
    manifest = {
        "format": FORMAT, "schema": SCHEMA_HEAD, "project": project,
        "tables": {name: {"sha256": hashlib.sha256(lines).hexdigest(), "bytes": len(lines)}
                   for name, lines in tables.items()},
        "files": {f"objects/{sha256}{path.suffix}": path.stat().st_size for sha256, path in files.items()},
    }  # fmt: skip
    draft = out.with_name(f".{out.name}.part")
    with writing(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        if out.is_dir():
            raise BadOutput(f"{out} is a folder.", next_step="Give the name of a file, such as film.zip.")
        with zipfile.ZipFile(draft, "w") as archive:
            archive.writestr(MANIFEST, json.dumps(manifest, indent=1))
            for name, lines in tables.items():
                archive.writestr(f"tables/{name}.jsonl", lines, compress_type=zipfile.ZIP_DEFLATED)
            for sha256, path in files.items():
                archive.write(path, f"objects/{sha256}{path.suffix}")
        draft.replace(out)
    return Archived(out, len(files), out.stat().st_size)


def import_project(crew: Crew, path: Path) -> str:
    """Read a project from an archive and return its name here: its own, or with a number if that is taken.

    Raises:
        BadMedia: it is no archive of a project, or something in it is not what it says. Nothing of it was kept then
            but files of the store that nothing names.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = _manifest(archive)
            rows = {name: _table(archive, name, facts) for name, facts in manifest["tables"].items()}
            _check(rows)
            _keep_files(crew, archive, manifest["files"])
    except (OSError, zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise BadMedia(f"{path.name} is no archive that can be read: {error}.") from error
    name = _free(crew, str(rows["projects"][0]["name"]))
    _write(crew, name, rows)
    return name


# -- out ---------------------------------------------------------------------------------------------------------------


def _rows_of(crew: Crew, project: str) -> Rows:
    rows: Rows = {}
    with crew.memory.database.reading() as session:
        for name, table in TABLES.items():
            if name == "stems":
                continue
            key = table.c.name if name == "projects" else table.c.project
            order = [table.c.id] if "id" in table.c else []
            found = session.execute(select(table).where(key == project).order_by(*order))
            rows[name] = [{k: v for k, v in row._mapping.items() if k != "id"} for row in found]
        heard = {clip["sha256"] for cut in rows["cuts"] for clip in cut["timeline"]["sound"]}
        stems = session.execute(select(TABLES["stems"]).where(TABLES["stems"].c.sha256.in_(heard)))
        rows["stems"] = [dict(row._mapping) for row in stems]
    return rows


def _named(rows: Rows) -> set[str]:
    """Every hash that the rows name as a file of the store."""
    takes = [take["document"] for take in rows["takes"] if take["document"]]
    named = {take.get(field, "") for take in takes for field in ("video_sha256", "sound_sha256", "latents_sha256")}
    named |= {row["sha256"] for table in ("cuts", "element_references", "stems") for row in rows[table]}
    named |= {clip["sha256"] for cut in rows["cuts"] for clip in cut["timeline"]["sound"]}
    shots = [shot for row in rows["storyboard_versions"] for shot in row["document"]["shots"]]
    named |= {taught["sha256"] for shot in shots for taught in shot.get("taught", ())}
    named |= {shot["first_frame"]["sha256"] for shot in shots if shot.get("first_frame")}
    return {sha256 for sha256 in named if _SHA.fullmatch(sha256 or "")}


def _lines(rows: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n" for row in rows).encode()


# -- in ----------------------------------------------------------------------------------------------------------------


def _manifest(archive: zipfile.ZipFile) -> dict[str, Any]:
    """The manifest, if the archive holds just what it lists.

    Raises:
        BadMedia: it does not.
    """
    try:
        manifest = json.loads(_read(archive, MANIFEST, MOST_TABLE_BYTES))
        form, schema = manifest["format"], str(manifest["schema"])
        tables, files = dict(manifest["tables"]), dict(manifest["files"])
        sizes = [int(size) for size in files.values()]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadMedia("it is no archive of a storyreel project: its manifest cannot be read.") from error
    if form != FORMAT:
        raise BadMedia(f"it is an archive of the form {form!r}; this version reads {FORMAT!r}.")
    if schema > SCHEMA_HEAD:
        raise BadMedia(f"it was written by a newer storyreel (schema {schema}).", next_step="Update storyreel.")
    if set(tables) != set(TABLES):
        raise BadMedia(f"its tables are {', '.join(sorted(map(str, tables)))[:200]}, which is no project.")
    strange = [name for name in files if not _OBJECT.fullmatch(name)]
    listed = {MANIFEST, *(f"tables/{name}.jsonl" for name in tables), *files}
    names = archive.namelist()
    strange += [name for name in names if name not in listed] + [name for name in listed if name not in names]
    if strange or len(names) != len(set(names)):
        raise BadMedia(f"the archive and its manifest disagree about {strange[0][:80]!r}." if strange else
                       "the archive has a file twice.")  # fmt: skip
    if len(files) > MOST_FILES or sum(sizes) > MOST_BYTES or min(sizes, default=0) < 0:
        raise BadMedia(f"it holds {len(files)} files of {sum(sizes):,} bytes; {MOST_BYTES:,} bytes are the limit.")
    return {"tables": tables, "files": files}


def _table(archive: zipfile.ZipFile, name: str, facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    content = _read(archive, f"tables/{name}.jsonl", MOST_TABLE_BYTES)
    if hashlib.sha256(content).hexdigest() != facts.get("sha256"):
        raise BadMedia(f"the table {name} no longer has its hash.")
    columns = {column.name for column in TABLES[name].c} - {"id"}
    rows = []
    for line in content.decode("utf-8", "replace").splitlines():
        try:
            row = json.loads(line)
        except ValueError as error:
            raise BadMedia(f"the table {name} cannot be read.") from error
        if not isinstance(row, dict) or not set(row) <= columns:
            raise BadMedia(f"the table {name} has rows of another form.")
        rows.append(row)
    return rows


def _check(rows: Rows) -> None:
    """Every document is one of the models, and says what its row says.

    Raises:
        BadMedia: one is not.
    """
    try:
        (project,) = rows["projects"]
        if not NAME.fullmatch(project["name"]):
            raise BadMedia("its project has a name that no project can have.")
        Brief.model_validate(project["brief"])
        digests = set()
        for row in rows["storyboard_versions"]:
            if read_storyboard(row["document"]).digest() != row["digest"]:
                raise BadMedia(f"the storyboard {row['digest'][:12]} no longer has its digest.")
            digests.add(row["digest"])
        if project["board"] and project["board"] not in digests:
            raise BadMedia("the plan in force is not in it.")
        for row in rows["takes"]:
            Shot.model_validate(row["shot"])
            if row["document"]:
                Take.model_validate({**row["document"], "recipe_digest": row["recipe_digest"]})
        for row in rows["cuts"]:
            Timeline.model_validate(row["timeline"])
        steps_lost = [row["digest"] for row in rows["history_steps"] if row["digest"] not in digests]
        if steps_lost:
            raise BadMedia("its history names a version that is not in it.")
    except BadMedia:
        raise
    except (ValidationError, ValueError, KeyError, TypeError) as error:
        raise BadMedia(f"something in it is not what it should be: {str(error)[:160]}") from error
    except StoryreelError as error:
        raise BadMedia(f"something in it is not what it should be: {error.message[:160]}") from error


def _keep_files(crew: Crew, archive: zipfile.ZipFile, files: Mapping[str, int]) -> None:
    for name, size in files.items():
        found = _OBJECT.fullmatch(name)
        assert found is not None, "the manifest was checked"
        sha256, suffix = found[1], found[2] or ""
        if crew.store.holds(sha256):
            continue
        with crew.store.scratch(suffix) as draft:
            digest = hashlib.sha256()
            with draft.open("wb") as handle:
                for chunk in _chunks(archive, name, int(size)):
                    digest.update(chunk)
                    handle.write(chunk)
            if digest.hexdigest() != sha256:
                raise BadMedia(f"{name[:24]}… no longer has its hash.")
            crew.store.put(draft, suffix)


def _write(crew: Crew, name: str, rows: Rows) -> None:
    place = crew.home / "films" / f"{name}.mp4"
    try:
        with crew.memory.database.writing("import") as session:
            for table_name, table in TABLES.items():
                for row in rows[table_name]:
                    fresh = dict(row)
                    if table_name == "projects":
                        fresh["name"] = name
                    elif table_name == "stems":
                        known = session.scalar(select(table.c.key).where(table.c.key == row["key"]))
                        if known is not None:
                            continue
                    else:
                        fresh["project"] = name
                    if table_name == "cuts":
                        # A place on the disk that it comes from is none here.
                        fresh["out"] = str(place) if row["out"] else ""
                    session.execute(insert(table).values(**fresh))
            session.execute(text("UPDATE projects SET title = title WHERE name = :name"), {"name": name})
    except (IntegrityError, StatementError) as error:
        raise BadMedia(f"its rows do not fit together: {str(error.orig)[:160]}") from error
    cut = crew.memory.cuts.latest(name)
    if cut is not None and crew.store.holds(cut.sha256):
        with writing(place):
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(crew.store.path(cut.sha256), place)


def _free(crew: Crew, name: str) -> str:
    """The name, or with the first number that makes it free."""
    tried, turn = name, 2
    while crew.memory.projects.find(tried) is not None:
        tried, turn = f"{name[:74]}-{turn}", turn + 1
    return tried


def _read(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    if name not in archive.namelist():
        raise BadMedia(f"it is no archive of a storyreel project: it has no {name}.")
    content = io.BytesIO()
    for chunk in _chunks(archive, name, most, exact=False):
        content.write(chunk)
    return content.getvalue()


def _chunks(archive: zipfile.ZipFile, name: str, size: int, *, exact: bool = True) -> Iterator[bytes]:
    """The content of a member, never more than ``size`` bytes of it, whatever the archive says of itself.

    Raises:
        BadMedia: there is more; or less, if it has to be exact.
    """
    left = size
    with archive.open(name) as member:
        while chunk := member.read(min(CHUNK_BYTES, left + 1)):
            left -= len(chunk)
            if left < 0:
                raise BadMedia(f"{name[:60]} is larger than it says.")
            yield chunk
    if exact and left:
        raise BadMedia(f"{name[:60]} is smaller than it says.")
