"""From the words and options of a command line to a :class:`Brief`."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from storyboards.brief import Brief, Limits
from storyboards.clock import FrameRate
from storyboards.errors import BadBrief, BadInput

MAX_BRIEF_BYTES = 2_000_000


def read_brief(
    words: str, *, duration_s: float | None, aspect: str | None, size: str | None, fps: str, seed: int,
    style: str | None, captions: str, max_takes: int = 3, max_cost: float | None = None, takes_at_once: int = 1,
    policy: str = "directed",
) -> Brief:  # fmt: skip
    """The brief that was asked for; ``@file`` reads the words from a UTF-8 file, ``-`` from standard input.

    Raises:
        BadBrief: naming the option that cannot be, and what is allowed.
    """
    try:
        return Brief(
            text=read_words(words),
            duration_s=duration_s,
            aspect=aspect,
            size=read_size(size),
            rate=FrameRate.model_validate(fps),
            seed=seed,
            style=style,
            captions=captions,
            limits=Limits(takes_per_shot=max_takes, cost_usd=max_cost, takes_at_once=takes_at_once, policy=policy),
        )
    except ValidationError as error:
        rows = "; ".join(_complaint(problem) for problem in error.errors(include_url=False))
        raise BadBrief(rows + ".", next_step="See `storyreel make --help`.") from error


def _complaint(row: Mapping[str, Any]) -> str:
    path = ".".join(str(step) for step in row["loc"])
    message = str(row["msg"]).removeprefix("Value error, ")
    return f"{path}: {message} (got {row['input']!r})" if path else message


def read_words(words: str) -> str:
    """The text of a brief given as words, ``@file`` or ``-``."""
    if words == "-":
        return sys.stdin.read(MAX_BRIEF_BYTES + 1)
    if not words.startswith("@"):
        return words
    path = Path(words[1:]).expanduser()
    try:
        if path.stat().st_size > MAX_BRIEF_BYTES:
            raise BadBrief(f"{path} is larger than {MAX_BRIEF_BYTES:,} bytes.", next_step="Send an outline.")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadBrief(f"{path} cannot be read: {error.strerror}.", next_step="Check the path after @.") from error
    except UnicodeDecodeError as error:
        raise BadBrief(f"{path} is not UTF-8 text.", next_step="Save the brief as plain text.") from error


def read_size(size: str | None) -> tuple[int, int] | None:
    """``1280x720`` as (1280, 720)."""
    if size is None:
        return None
    width, cross, height = size.lower().replace("×", "x").partition("x")
    if not (cross and width.isdigit() and height.isdigit()):
        raise BadBrief(f"size {size!r} is not a width and a height.", next_step="For example --size 1280x720.")
    return int(width), int(height)


def read_pictures(rows: Sequence[str]) -> dict[str, Path]:
    """``NAME=FILE`` rows as pictures of elements, by name.

    Raises:
        BadInput: a row is not of that form, or names one element twice.
    """
    pictures: dict[str, Path] = {}
    for row in rows:
        name, sign, file = row.partition("=")
        if not (name.strip() and sign and file):
            raise BadInput(f"a reference is NAME=FILE, got {row!r}.", next_step="For example --reference fox=fox.png.")
        if name.strip() in pictures:
            raise BadInput(f"two references are given for {name.strip()!r}.", next_step="Give one.")
        pictures[name.strip()] = Path(file).expanduser()
    return pictures
