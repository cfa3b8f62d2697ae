"""The store keeps whole files under their hash, whatever moment the process stops at."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from storyboards.errors import BadOutput, ContentMissing, DiskFull
from tools import faults
from tools.disk import writing
from tools.store import Store

KEY = "ab" * 32


class Stopped(BaseException):
    """Stands for the process dying: nothing may catch it."""


def stop_at(wanted: str) -> None:
    def hook(point: str) -> None:
        if point == wanted:
            raise Stopped(point)

    faults.watch(hook)


def objects_of(store: Store) -> list[Path]:
    return sorted(path for path in (store.root / "objects").rglob("*") if path.is_file())


def test_content_is_found_by_its_hash(store: Store, tmp_path: Path) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_bytes(b"a fox")
    sha256 = store.put(mine, ".txt")
    assert sha256 == hashlib.sha256(b"a fox").hexdigest()
    assert store.path(sha256).read_bytes() == b"a fox"
    assert store.path(sha256) == store.root / "objects" / sha256[:2] / f"{sha256[2:]}.txt"
    assert mine.exists(), "a file outside the store belongs to the caller"


def test_a_scratch_file_is_moved_and_equal_content_is_kept_once(store: Store) -> None:
    with store.scratch(".bin") as draft:
        draft.write_bytes(b"same")
        first = store.put(draft, ".bin")
        assert not draft.exists()
    assert store.put_bytes(b"same", ".bin") == first
    assert len(objects_of(store)) == 1


def test_what_is_not_there_is_said_to_be_missing(store: Store) -> None:
    for wrong in (KEY, "", "../../etc/passwd"):
        with pytest.raises(ContentMissing, match="resume"):
            store.path(wrong)


def test_a_changed_file_fails_its_verification(store: Store) -> None:
    sha256 = store.put_bytes(b"true", ".txt")
    assert store.verify(sha256).read_bytes() == b"true"
    store.path(sha256).write_bytes(b"false")
    with pytest.raises(ContentMissing, match="no longer has its hash"):
        store.verify(sha256)
    store.discard(sha256)
    assert not store.holds(sha256)


@pytest.mark.parametrize("point", ["store.rename.before", "store.rename.after"])
def test_a_stop_while_keeping_leaves_all_or_nothing(store: Store, point: str) -> None:
    stop_at(point)
    with pytest.raises(Stopped):
        store.put_bytes(b"half written?", ".txt")
    faults.watch(None)
    kept = objects_of(store)
    assert len(kept) == (1 if point.endswith("after") else 0)
    for path in kept:
        store.verify(path.parent.name + path.stem)
    sha256 = store.put_bytes(b"half written?", ".txt")
    assert store.verify(sha256)
    assert len(objects_of(store)) == 1


@pytest.mark.parametrize("point", ["store.remember.before", "store.remember.after"])
def test_a_stop_while_remembering_leaves_the_old_or_the_new(store: Store, point: str) -> None:
    old, new = store.put_bytes(b"old", ""), store.put_bytes(b"new", "")
    store.remember(KEY, old)
    stop_at(point)
    with pytest.raises(Stopped):
        store.remember(KEY, new)
    assert store.recall(KEY) == (new if point.endswith("after") else old)


def test_an_entry_that_is_damaged_or_points_nowhere_is_a_miss(store: Store) -> None:
    sha256 = store.put_bytes(b"piece", "")
    store.remember(KEY, sha256)
    entry = store.root / "index" / KEY[:2] / KEY[2:]
    entry.write_bytes(b"\xff\x00")
    assert store.recall(KEY) is None
    store.remember(KEY, sha256)
    assert store.recall(KEY) == sha256
    store.discard(sha256)
    assert store.recall(KEY) is None


def test_the_scratch_of_the_dead_is_swept_and_that_of_the_living_is_not(tmp_path: Path) -> None:
    root = tmp_path / "store"
    program = (
        "import os, sys; from pathlib import Path; from tools.store import Store\n"
        f"store = Store(Path({str(root)!r}))\n"
        "with store.scratch('.mp4') as draft:\n"
        "    draft.write_bytes(b'half'); print(draft, flush=True)\n"
        "    sys.stdin.readline(); os._exit(9)\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
    )
    assert child.stdout is not None
    draft = Path(child.stdout.readline().strip())
    living = Store(root)
    assert draft.read_bytes() == b"half", "another process is at work on it"
    child.communicate("\n")
    assert child.returncode == 9
    assert draft.exists()
    Store(root)
    assert not draft.parent.exists()
    with living.scratch(".txt") as mine:
        mine.write_bytes(b"still mine")


def test_threads_keep_the_same_content_once(store: Store) -> None:
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(store.put_bytes(b"x" * 100_000, ".bin"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert store.verify(found[0])


def test_scratch_leaves_nothing_behind(store: Store) -> None:
    def fail_halfway() -> None:
        with store.scratch(".mp4") as draft:
            draft.write_bytes(b"x")
            raise RuntimeError(draft)

    with pytest.raises(RuntimeError) as caught:
        fail_halfway()
    assert not caught.value.args[0].exists()


def test_errors_of_the_disk_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DiskFull, match=r"Free some space"), writing(tmp_path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BadOutput, match=r"cannot be written"):
        Store(tmp_path / "file" / "store")
