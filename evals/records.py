"""Files of a run: each appears whole or not at all, and is found again by the hash of what it answers."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from storyboards.storyboard import digest_of
from tools.disk import sync_file, writing
from tools.faults import reached


def write_text(path: Path, text: str) -> None:
    """Write a file whole.

    Raises:
        BadOutput, DiskFull, StorageFailed: the disk refused.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(text, encoding="utf-8")
        sync_file(draft)
        reached(f"eval.write.{path.name}.before")
        os.replace(draft, path)


def write_json(path: Path, document: object) -> None:
    write_text(path, json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n")


def read_json(path: Path) -> Any:
    """The document in a file, or None if there is none that can be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError):
        return None


class Cache:
    """Answers by their question, one small file each below ``root``."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def recall(self, question: object) -> Any:
        """The answer that was kept, or None."""
        kept = read_json(self._path(question))
        return kept["answer"] if isinstance(kept, dict) and "answer" in kept else None

    def keep(self, question: object, answer: object) -> None:
        write_json(self._path(question), {"question": question, "answer": answer})

    def _path(self, question: object) -> Path:
        name = digest_of(question)
        return self.root / name[:2] / f"{name}.json"


def sweep(folder: Path) -> None:
    """Remove drafts that a killed process left."""
    for draft in folder.rglob(".*.part"):
        draft.unlink(missing_ok=True)


def size_of(folder: Path) -> int:
    """Bytes below a folder."""
    return sum(path.stat().st_size for path in _files(folder))


def _files(folder: Path) -> Iterable[Path]:
    return (path for path in folder.rglob("*") if path.is_file())
