"""Files by the hash of what is in them: written once, never changed, shared by every take and cut that needs them.

A file becomes visible only whole: it is written under a scratch name, synced, renamed to its sha256, and the folder is
synced. Whatever moment the process dies at, ``objects/`` holds complete files only, and scratch files of dead
processes are swept by the next store that opens (a lock held by each living one tells them apart).
"""

from __future__ import annotations

import fcntl
import hashlib
import itertools
import os
import re
import shutil
import uuid
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storyboards.errors import ContentMissing
from tools import faults
from tools.disk import sync_file, sync_folder, writing

_SHA = re.compile(r"[0-9a-f]{64}")
_SUFFIX = re.compile(r"(\.[a-z0-9]{1,8})?")
_CHUNK_BYTES = 1 << 20


class Store:
    """Content-addressed files below ``root``: ``objects/ab/cdef….mp4``, ``index/ab/cdef…``, ``scratch/``.

    Safe for several threads and several processes at once. Opening it creates the folders and sweeps what dead
    processes left in scratch.

    Raises:
        BadOutput: ``root`` cannot be written.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.expanduser().absolute()
        self._names = itertools.count()
        with writing(self.root):
            for folder in ("objects", "index", "scratch"):
                (self.root / folder).mkdir(parents=True, exist_ok=True)
            with _locked(self.root / "scratch" / ".lock"):
                _sweep(self.root / "scratch")
                self._own, lock = _claim_folder(self.root / "scratch")
        weakref.finalize(self, _give_up, self._own, lock, os.getpid())

    def put(self, path: Path, suffix: str) -> str:
        """Keep the file at ``path`` and return its sha256. A file in this store's scratch is moved, others are copied.

        Raises:
            DiskFull, BadOutput, StorageFailed: nothing was kept.
        """
        _check_suffix(suffix)
        with writing(self.root):
            if path.is_relative_to(self.root / "scratch"):
                return self._keep(path, suffix)
            with self.scratch(suffix) as copy:
                shutil.copyfile(path, copy)
                return self._keep(copy, suffix)

    def put_bytes(self, content: bytes, suffix: str) -> str:
        """Keep ``content`` and return its sha256."""
        _check_suffix(suffix)
        with writing(self.root), self.scratch(suffix) as path:
            path.write_bytes(content)
            return self._keep(path, suffix)

    def path(self, sha256: str) -> Path:
        """The file with this hash; its content is not read (see :meth:`verify`).

        Raises:
            ContentMissing: there is none.
        """
        found = self._find(sha256)
        if found is None:
            raise ContentMissing(
                f"the file {sha256[:12] or '(none)'}… is not in {self.root}.",
                next_step="Run `storyreel resume`: what is missing is made again.",
            )
        return found

    def holds(self, sha256: str) -> bool:
        """Whether there is a file with this hash."""
        return self._find(sha256) is not None

    def verify(self, sha256: str) -> Path:
        """The file with this hash, after reading all of it.

        Raises:
            ContentMissing: it is gone, or no longer has its hash.
        """
        path = self.path(sha256)
        found = file_sha256(path)
        if found != sha256:
            raise ContentMissing(
                f"{path} no longer has its hash: it now is {found[:12]}….",
                next_step="Remove it and run `storyreel resume`: it is made again.",
            )
        return path

    def discard(self, sha256: str) -> None:
        """Remove the file with this hash if it is there, for example after :meth:`verify` found it damaged."""
        found = self._find(sha256)
        if found is not None:
            with writing(found):
                found.unlink(missing_ok=True)

    @contextmanager
    def scratch(self, suffix: str) -> Iterator[Path]:
        """A unique path on the same disk as the objects; whatever is there afterwards is removed."""
        path = self._own / f"{next(self._names)}{suffix}"
        try:
            yield path
        finally:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)

    def remember(self, key: str, sha256: str) -> None:
        """Record that the recipe ``key`` (a sha256) gives the file ``sha256``; the last writer wins."""
        _check_sha(sha256)
        entry = self._entry(key)
        with writing(entry), self.scratch("") as draft:
            entry.parent.mkdir(exist_ok=True)
            draft.write_text(sha256, encoding="ascii")
            sync_file(draft)
            faults.reached("store.remember.before")
            os.replace(draft, entry)
            sync_folder(entry.parent)
        faults.reached("store.remember.after")

    def recall(self, key: str) -> str | None:
        """The file a recipe gave, or None if it is not known, its entry is damaged, or the file is gone."""
        try:
            sha256 = self._entry(key).read_text(encoding="ascii")
        except (FileNotFoundError, UnicodeDecodeError):
            return None
        return sha256 if _SHA.fullmatch(sha256) and self.holds(sha256) else None

    def _entry(self, key: str) -> Path:
        _check_sha(key)
        return self.root / "index" / key[:2] / key[2:]

    def _find(self, sha256: str) -> Path | None:
        if not _SHA.fullmatch(sha256):
            return None
        shard = self.root / "objects" / sha256[:2]
        if not shard.is_dir():
            return None
        return next((path for path in sorted(shard.glob(f"{sha256[2:]}*"))), None)

    def _keep(self, draft: Path, suffix: str) -> str:
        sha256 = file_sha256(draft)
        if self.holds(sha256):
            draft.unlink()
            return sha256
        target = self.root / "objects" / sha256[:2] / f"{sha256[2:]}{suffix}"
        if not target.parent.exists():
            target.parent.mkdir(exist_ok=True)
            sync_folder(target.parent.parent)
        draft.chmod(0o644)
        sync_file(draft)
        faults.reached("store.rename.before")
        os.replace(draft, target)
        sync_folder(target.parent)
        faults.reached("store.rename.after")
        return sha256


def file_sha256(path: Path) -> str:
    """sha256 of a file's bytes, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while piece := handle.read(_CHUNK_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def _check_suffix(suffix: str) -> None:
    if not _SUFFIX.fullmatch(suffix):
        raise ValueError(f"a suffix looks like .mp4, got {suffix!r}")


def _check_sha(sha256: str) -> None:
    if not _SHA.fullmatch(sha256):
        raise ValueError(f"a key is 64 hexadecimal digits, got {sha256!r}")


def _claim_folder(scratch: Path) -> tuple[Path, int]:
    """A new folder of our own, and the open lock that says we live. The kernel drops it however we die."""
    own = scratch / uuid.uuid4().hex
    own.mkdir()
    lock = os.open(own / ".alive", os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    return own, lock


def _give_up(own: Path, lock: int, owner_pid: int) -> None:
    os.close(lock)
    if os.getpid() == owner_pid:  # a forked child must not sweep its parent's floor
        shutil.rmtree(own, ignore_errors=True)


def _sweep(scratch: Path) -> None:
    for folder in scratch.iterdir():
        if folder.is_dir() and not _is_alive(folder / ".alive"):
            shutil.rmtree(folder, ignore_errors=True)


def _is_alive(lock: Path) -> bool:
    try:
        handle = os.open(lock, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
