"""What the disk refuses, said in the words of the error tree; and the two syncs that make a rename durable."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storyboards.errors import BadOutput, DiskFull, StorageFailed, StoryreelError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS, errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG}


@contextmanager
def writing(where: Path) -> Iterator[None]:
    """Translate the operating system's errors while something is written at or below ``where``.

    Raises:
        DiskFull: no space or quota is left.
        BadOutput: the place may not be written.
        StorageFailed: any other failure of the disk.
    """
    try:
        yield
    except StoryreelError:
        raise
    except OSError as error:
        raise storage_error(error, where) from error


def storage_error(error: OSError, where: Path) -> StoryreelError:
    """The error of the tree that says what this one means for a file at ``where``."""
    reason = error.strerror or str(error)
    if error.errno in _FULL:
        return DiskFull(
            f"the disk is full: writing {where} stopped ({reason}).",
            next_step="Free some space and run `storyreel resume`; what is finished is kept.",
        )
    if error.errno in _REFUSED:
        return BadOutput(f"{where} cannot be written ({reason}).", next_step="Choose a place you may write to.")
    return StorageFailed(f"writing {where} failed ({reason}).", next_step="Check the disk and run it again.")


def sync_file(path: Path) -> None:
    """Wait until the file's bytes are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """Wait until the folder's names are on the disk, so that a rename in it survives a power cut."""
    sync_file(folder)
