"""What a person brings along on the command line: clips that play as shots, and a recorded voice over the film."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from app.briefs import read_words
from storyboards.errors import BadInput

if TYPE_CHECKING:
    from agent.material import Material

Clips = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Option("--clip", metavar="SHOT=FILE", help="a film of yours that plays as that shot, such as 2=beach.mp4"),
]
VoiceOver = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--voice-over", metavar="FILE", help="a WAV or MP3 that is heard over the film"),
]
VoiceText = Annotated[str, typer.Option("--voice-text", metavar="TEXT|@FILE", help="its words, for the captions")]


def read_material(clips: Sequence[str] | None, voice_over: Path | None, voice_text: str) -> Material:
    """The options as what they name; files are not opened but for the words of the voice.

    Raises:
        BadInput: they are not of their form.
    """
    from agent.material import Material

    return Material(read_clips(clips or ()), voice_over, read_words(voice_text))


def read_clips(rows: Sequence[str]) -> dict[str, Path]:
    """``SHOT=FILE`` rows as clips, by the shot that they play as.

    Raises:
        BadInput: a row is not of that form, or names one shot twice.
    """
    clips: dict[str, Path] = {}
    for row in rows:
        shot, sign, file = row.partition("=")
        if not (shot.strip() and sign and file):
            raise BadInput(f"a clip is SHOT=FILE, got {row!r}.", next_step="For example --clip 2=beach.mp4.")
        if shot.strip() in clips:
            raise BadInput(f"two clips are given for shot {shot.strip()!r}.", next_step="Give one.")
        clips[shot.strip()] = Path(file).expanduser()
    return clips
