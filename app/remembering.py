"""Commands about what is remembered: versions, choices, the library, search and archives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

if TYPE_CHECKING:
    from agent.director import Director
    from agent.history import Turn

ProjectName = Annotated[str, typer.Argument(metavar="PROJECT", help="its name, as `storyreel projects` lists it")]
ShotNumber = Annotated[int, typer.Argument(metavar="SHOT", help="its number, from 1")]
HomeFolder = Annotated[Optional[Path], typer.Option("--home", help="where projects live (else $STORYREEL_HOME)")]  # noqa: UP045
AsJson = Annotated[bool, typer.Option("--json", help="print one JSON object for machines")]

library_app = typer.Typer(no_args_is_help=True, help="Who and what was kept to be cast in another film.")
archive_app = typer.Typer(no_args_is_help=True, help="A whole project as one file.")


def add_to(app: typer.Typer) -> None:
    """Put the commands on the command line."""
    for command in (history, undo, redo, go, branch, pick, lock, search):
        app.command()(command)
    app.add_typer(library_app, name="library")
    app.add_typer(archive_app, name="archive")


def history(project: ProjectName, home: HomeFolder = None, as_json: AsJson = False) -> None:
    """List the versions of a film's plan and what each changed."""

    def work(director: Director) -> None:
        from agent.chat.answers import versions
        from agent.history import History

        rows = History(director.crew).versions(project)
        _print({"versions": [row.model_dump() for row in rows]}, versions(rows), as_json)

    _with_director(work, home, project, as_json)


def undo(project: ProjectName, home: HomeFolder = None, as_json: AsJson = False) -> None:
    """Take the last change of the plan back; `resume` then cuts the film that was."""
    _turn(lambda director: _history(director).undo(project), project, home, as_json)


def redo(project: ProjectName, home: HomeFolder = None, as_json: AsJson = False) -> None:
    """Have again what was undone."""
    _turn(lambda director: _history(director).redo(project), project, home, as_json)


def go(
    project: ProjectName,
    version: Annotated[str, typer.Argument(help="number, digest, branch, first, last or before")],
    home: HomeFolder = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Put an earlier version of the plan in force."""
    _turn(lambda director: _history(director).go(project, version), project, home, as_json)


def branch(
    project: ProjectName, name: Annotated[str, typer.Argument(help="of the branch to begin or go back to")],
    home: HomeFolder = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Go on under another name, so that both ways can be followed."""
    _turn(lambda director: _history(director).branch(project, name), project, home, as_json)


def pick(
    project: ProjectName, shot: ShotNumber,
    take: Annotated[int, typer.Argument(metavar="TAKE", help="its number; 0 lets the judge choose again")],
    home: HomeFolder = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Keep a take of a shot whatever the judge thinks; `resume` cuts it in."""

    def work(director: Director) -> None:
        shot_id = _shot(director, project, shot)
        said = director.pick(project, shot_id, take) if take else director.unpick(project, shot_id)
        _print({"project": project, "changes": [said]}, said, as_json)

    _with_director(work, home, project, as_json)


def lock(
    project: ProjectName, shot: ShotNumber,
    off: Annotated[bool, typer.Option("--off", help="let edits at it again")] = False,
    home: HomeFolder = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Keep edits and retakes away from a shot."""

    def work(director: Director) -> None:
        changes = director.lock(project, _shot(director, project, shot), not off)
        _print({"project": project, "changes": list(changes)}, "; ".join(changes) or "It was so already.", as_json)

    _with_director(work, home, project, as_json)


def search(
    words: Annotated[str, typer.Argument(help="what to find")],
    project: Annotated[str, typer.Option(help="only in this project")] = "",
    home: HomeFolder = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Find words in everything that is remembered: messages, shots, takes, verdicts, the library, preferences."""

    def work(director: Director) -> None:
        hits = director.crew.memory.index.search(words, project)
        rows = [f"{hit.project or 'library':<24} {hit.kind:<10} {hit.ref:<16} {hit.excerpt}" for hit in hits]
        _print({"hits": [vars(hit) for hit in hits]}, "\n".join(rows) or f"Nothing has “{words}” in it.", as_json)

    _with_director(work, home, None, as_json)


@library_app.command("list")
def library_list(
    words: Annotated[str, typer.Argument(help="only what has these words")] = "", home: HomeFolder = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Show what is in the library."""

    def work(director: Director) -> None:
        library = _library(director)
        items = library.find(words) if words else library.list()
        rows = [f"{item.id:>3}  {item.name:<24} {item.kind:<10} from {item.origin['project']}" for item in items]
        document = [{"id": i.id, "name": i.name, "kind": i.kind, "reference": i.sha256, "document": i.document,
                     "project": i.origin["project"]} for i in items]  # fmt: skip
        _print({"library": document}, "\n".join(rows) or "Nothing is there.", as_json)

    _with_director(work, home, None, as_json)


@library_app.command("keep")
def library_keep(
    project: ProjectName,
    what: Annotated[str, typer.Argument(help="id of an element, a setting, style, music or voice:ID")],
    name: Annotated[str, typer.Option(help="in the library; else its own")] = "", home: HomeFolder = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Keep somebody or something of a film, with the picture that fixes the look."""

    def work(director: Director) -> None:
        item = _library(director).keep(project, what, name)
        said = f"{item.name} is in the library{', with its picture' if item.sha256 else ''}."
        _print({"id": item.id, "name": item.name, "kind": item.kind, "reference": item.sha256}, said, as_json)

    _with_director(work, home, project, as_json)


@library_app.command("cast")
def library_cast(
    project: ProjectName, name: Annotated[str, typer.Argument(help="in the library, or its number")],
    instead_of: Annotated[str, typer.Option("--as", help="element of the film whose place it takes")] = "",
    home: HomeFolder = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Cast something of the library in a film; `resume` films the shots that it is in."""

    def work(director: Director) -> None:
        changes = _library(director).cast(project, name, instead_of)
        _print({"project": project, "changes": list(changes)}, "; ".join(changes) or "It was so already.", as_json)

    _with_director(work, home, project, as_json)


@library_app.command("forget")
def library_forget(
    name: Annotated[str, typer.Argument(help="in the library, or its number")], home: HomeFolder = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Take something out of the library; films in which it was cast keep it."""

    def work(director: Director) -> None:
        gone = _library(director).forget(name)
        _print({"forgotten": gone.name}, f"{gone.name} is no longer in the library.", as_json)

    _with_director(work, home, None, as_json)


@archive_app.command("export")
def archive_export(
    project: ProjectName, out: Annotated[Path, typer.Argument(help="the .zip to write")], home: HomeFolder = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Write a project with all its versions, takes, verdicts and files into one archive."""

    def work(director: Director) -> None:
        from agent.archive import export_project

        made = export_project(director.crew, project, out)
        said = f"{out}: {made.files} files, {made.size_bytes / 1e6:.1f} MB"
        _print({"out": str(out), "files": made.files, "bytes": made.size_bytes}, said, as_json)

    _with_director(work, home, project, as_json)


@archive_app.command("import")
def archive_import(
    archive: Annotated[Path, typer.Argument(help="a .zip that `archive export` wrote")], home: HomeFolder = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Read a project from an archive; it is renamed if there is one of its name."""

    def work(director: Director) -> None:
        from agent.archive import import_project

        name = import_project(director.crew, archive)
        _print({"project": name}, f"project {name}", as_json)

    _with_director(work, home, None, as_json)


def _turn(step: Callable[[Director], Turn], project: str, home: Path | None, as_json: bool) -> None:
    def work(director: Director) -> None:
        turn = step(director)
        said = f"version {turn.number} of branch {turn.branch}: {'; '.join(turn.changes) or 'nothing differs'}"
        document = {"project": project, "version": turn.number, "branch": turn.branch, "digest": turn.digest,
                    "changes": list(turn.changes)}  # fmt: skip
        _print(document, f"{said}\n`storyreel resume {project}` cuts it.", as_json)

    _with_director(work, home, project, as_json)


def _with_director(work: Callable[[Director], None], home: Path | None, project: str | None, as_json: bool) -> None:
    from app.cli import _guarded, _settings

    def run() -> None:
        from app.bootstrap import build_director

        work(build_director(_settings(home), project=project))

    _guarded(run, as_json)


def _history(director: Director) -> Any:
    from agent.history import History

    return History(director.crew)


def _library(director: Director) -> Any:
    from agent.library import Library

    return Library(director.crew)


def _shot(director: Director, project: str, number: int) -> str:
    from agent.chat.answers import board_of, numbered

    return numbered(board_of(director.crew, project), number).id


def _print(document: Any, text: str | Sequence[str], as_json: bool) -> None:
    if as_json:
        from app.screen import print_json

        print_json(document)
    else:
        typer.echo(text)
