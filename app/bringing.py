"""What a person brings along on the command line: clips that play as shots, pictures they begin with, a voice."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from app.briefs import read_words
from storyboards.errors import BadInput

if TYPE_CHECKING:
    from agent.material import Material

References = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Option("--reference", metavar="NAME=FILE", help="a PNG or JPEG of what an element looks like; repeatable"),
]
Clips = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Option("--clip", metavar="SHOT=FILE", help="a film of yours that plays as that shot, such as 2=beach.mp4"),
]
FirstFrames = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Option(
        "--first-frame", metavar="SHOT=FILE", help="a PNG or JPEG that this shot begins with, with the cast in it"
    ),
]
Backdrops = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Option("--backdrop", metavar="SHOT=FILE", help="a PNG or JPEG of this shot's place; the cast comes into it"),
]
VoiceOver = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--voice-over", metavar="FILE", help="a WAV or MP3 that is heard over the film"),
]
VoiceText = Annotated[str, typer.Option("--voice-text", metavar="TEXT|@FILE", help="its words, for the captions")]


def read_material(
    clips: Sequence[str] | None, first_frames: Sequence[str] | None, backdrops: Sequence[str] | None,
    voice_over: Path | None, voice_text: str,
) -> Material:  # fmt: skip
    """The options as what they name; files are not opened but for the words of the voice.

    Raises:
        BadInput: they are not of their form, or two are for one shot.
    """
    from agent.material import Material, check_once

    begun, placed = (by_shot(rows or (), "picture", name) for rows, name in
                     ((first_frames, "--first-frame 1=fox.png"), (backdrops, "--backdrop 1=beach.jpg")))  # fmt: skip
    played = by_shot(clips or (), "clip", "--clip 2=beach.mp4")
    check_once(played, begun, placed)
    return Material(played, voice_over, read_words(voice_text), {}, begun, placed)


def by_shot(rows: Sequence[str], what: str, example: str) -> dict[str, Path]:
    """``SHOT=FILE`` rows as files by the shot.

    Raises:
        BadInput: a row is not of that form, or names one shot twice.
    """
    files: dict[str, Path] = {}
    for row in rows:
        shot, sign, file = row.partition("=")
        if not (shot.strip() and sign and file):
            raise BadInput(f"a {what} is SHOT=FILE, got {row!r}.", next_step=f"For example {example}.")
        if shot.strip() in files:
            raise BadInput(f"two {what}s are given for shot {shot.strip()!r}.", next_step="Give one.")
        files[shot.strip()] = Path(file).expanduser()
    return files
