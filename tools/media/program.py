"""The ffmpeg program, on a short leash: forced demuxers, local files, limits, bounded time, its last words kept."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from storyboards.errors import MediaFailed
from tools.media.guard import MAX_PIXELS, MAX_SECONDS

PICTURELESS = frozenset({"wav", "flac", "ogg", "mp3", "f32le", "s16le", "srt", "webvtt", "lavfi"})
"""Input formats that have no pixels, for which a pixel limit would be an unknown option."""


@dataclass(frozen=True)
class Report:
    """What the program wrote: ``stdout`` bytes, ``stderr`` text."""

    stdout: bytes
    stderr: str


def run_ffmpeg(args: Sequence[str], *, timeout_s: float = 600.0, feed: bytes | None = None) -> Report:
    """Run ffmpeg with ``args``; every ``-i`` must have its own ``-f`` before it, so that no format is guessed.

    Args:
        timeout_s: it is killed after this long.
        feed: bytes for ``pipe:0``.

    Raises:
        MediaFailed: it could not, with the end of what it said.
        ValueError: an input without a forced demuxer.
    """
    import imageio_ffmpeg

    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-hide_banner", "-nostats", "-y", *guarded(args)]
    surroundings = {name: value for name, value in os.environ.items() if name not in ("FFREPORT", "AV_LOG_FORCE_COLOR")}
    try:
        done = subprocess.run(
            command, input=feed, capture_output=True, timeout=timeout_s, check=False, env=surroundings,
            stdin=subprocess.DEVNULL if feed is None else None,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise MediaFailed(f"ffmpeg was stopped after {timeout_s:g} s.", next_step="Try a shorter film.") from error
    stderr = done.stderr.decode("utf-8", "replace")
    if done.returncode != 0:
        raise MediaFailed(f"ffmpeg failed with {done.returncode}: {_tail(stderr)}")
    return Report(stdout=done.stdout, stderr=stderr)


def guarded(args: Sequence[str]) -> list[str]:
    """``args`` with the limits put before each input.

    Raises:
        ValueError: an input without a forced demuxer.
    """
    row: list[str] = []
    forced = ""
    for index, word in enumerate(args):
        if index and args[index - 1] == "-f":
            forced = word
        if word == "-i":
            if not forced:
                raise ValueError(f"the input {args[index + 1]!r} has no -f before it")
            row += ["-protocol_whitelist", "file,pipe", "-t", f"{MAX_SECONDS:g}"]
            if forced not in PICTURELESS:
                row += ["-max_pixels", str(MAX_PIXELS)]
            forced = ""
        row.append(word)
    return row


def _tail(stderr: str, lines: int = 6, characters: int = 900) -> str:
    return " | ".join(line.strip() for line in stderr.splitlines()[-lines:] if line.strip())[-characters:]
