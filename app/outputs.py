"""The place a film is written to, checked before anything is spent."""

from __future__ import annotations

import os
from pathlib import Path

from storyboards.errors import BadOutput


def writable_film(out: Path) -> Path:
    """``out`` if an mp4 can be written there; its folder is made when it does not exist.

    Raises:
        BadOutput: it is a folder, not an .mp4, or the place cannot be written.
    """
    out = out.expanduser()
    if out.suffix.lower() != ".mp4":
        raise BadOutput(f"{out} does not end in .mp4.", next_step=f"For example --out {out.with_suffix('.mp4')}.")
    if out.is_dir():
        raise BadOutput(f"{out} is a folder.", next_step="Give the name of a file.")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        probe = out.parent / f".{out.name}.{os.getpid()}.probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise BadOutput(f"{out} cannot be written: {error.strerror}.", next_step="Choose another --out.") from error
    return out
