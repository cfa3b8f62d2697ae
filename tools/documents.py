"""Storyboards as files, YAML or JSON by their ending: read with care, written whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from storyboards.errors import BadOutput, BadStoryboard
from storyboards.storyboard import Storyboard, read_storyboard
from tools.edit import landing

MAX_BYTES = 5 * 1024**2
MAX_DEPTH = 40


def read_document(path: Path) -> Storyboard:
    """The storyboard in a ``.yaml``, ``.yml`` or ``.json`` file.

    Raises:
        BadStoryboard: it cannot be read, is too large, is not YAML or JSON, or is not a storyboard; says where.
    """
    parse = _reader_of(path)
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise BadStoryboard(f"{path.name} has {size:,} bytes; a storyboard has at most {MAX_BYTES:,}.")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadStoryboard(f"{path} cannot be read ({error.strerror}).", next_step="Check the path.") from error
    except UnicodeDecodeError as error:
        raise BadStoryboard(
            f"{path.name} is not UTF-8 text (byte {error.start}).", next_step="Save it as UTF-8."
        ) from error
    try:
        return read_storyboard(parse(text, path.name))
    except RecursionError as error:
        raise BadStoryboard(f"{path.name} is nested too deeply.") from error


def write_document(board: Storyboard, path: Path) -> None:
    """Write the storyboard to a ``.yaml``, ``.yml`` or ``.json`` file, whole or not at all.

    Raises:
        BadOutput: another ending, or the place cannot be written.
    """
    ending = path.suffix.lower()
    if ending == ".json":
        text = json.dumps(board.document(), ensure_ascii=False, indent=2) + "\n"
    elif ending in (".yaml", ".yml"):
        import yaml

        text = yaml.safe_dump(board.document(), allow_unicode=True, sort_keys=False, width=110)
    else:
        raise BadOutput(f"a storyboard is written as .yaml or .json, not {ending or 'without an ending'}.")
    with landing(path) as draft:
        draft.write_text(text, encoding="utf-8")


def _reader_of(path: Path) -> Callable[[str, str], Any]:
    ending = path.suffix.lower()
    if ending == ".json":
        return _parsed_json
    if ending in (".yaml", ".yml"):
        return _parsed_yaml
    raise BadStoryboard(
        f"{path.name} ends in {ending or 'nothing'}; a storyboard is .yaml, .yml or .json.", next_step="Rename it."
    )


def _parsed_json(text: str, name: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_without_repeats)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise BadStoryboard(f"{name} is not JSON: {error.msg} at {where}.") from error


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BadStoryboard(f"the field {twice!r} is given twice in one place.", next_step="Remove one of them.")
    return found


def _parsed_yaml(text: str, name: str) -> Any:
    import yaml

    try:
        depth = 0
        for event in yaml.parse(text, yaml.SafeLoader):
            # A dozen lines of aliases to aliases can stand for gigabytes; no storyboard needs one.
            if isinstance(event, yaml.AliasEvent):
                where = f" in line {event.start_mark.line + 1}" if event.start_mark is not None else ""
                raise BadStoryboard(f"{name} has a YAML alias (*{event.anchor}){where}; write it out.")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise BadStoryboard(f"{name} is nested deeper than {MAX_DEPTH} levels.")
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""
        reason = getattr(error, "problem", None) or str(error).partition("\n")[0]
        raise BadStoryboard(f"{name} is not YAML: {reason}{where}.") from error
