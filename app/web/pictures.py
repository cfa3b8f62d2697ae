"""Stills of takes, cut out once and kept in the store, and the wave of a film's sound."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from storyboards.errors import BadInput
from storyboards.storyboard import digest_of

if TYPE_CHECKING:
    from tools.store import Store

WIDTHS_PX = (240, 480, 960)
"""The sizes that the page asks for. Others are refused, so that nobody fills the store."""

WAVE_COLUMNS = 600


def still(store: Store, video_sha256: str, frame: int, width: int) -> str:
    """sha256 of a JPEG of one frame of a take; cut out the first time it is asked for.

    Args:
        frame: counted from 0; one that is past the end is the last.
        width: one of ``WIDTHS_PX``.

    Raises:
        BadInput: the width is not one of those.
        ContentMissing: the take is not in the store.
    """
    if width not in WIDTHS_PX or frame < 0:
        raise BadInput("there is no such still.", next_step=f"Widths are {', '.join(map(str, WIDTHS_PX))} pixels.")
    key = digest_of(["page still", video_sha256, frame, width])
    known = store.recall(key)
    if known is None:
        known = store.put_bytes(_cut_out(store.path(video_sha256), frame, width), ".jpg")
        store.remember(key, known)
    return known


def wave(store: Store, film_sha256: str) -> str:
    """The loudness envelope of a film as the path of an SVG, 600 wide and 2 high around 0.

    Raises:
        ContentMissing: the film is not in the store.
    """
    key = digest_of(["page wave", film_sha256, WAVE_COLUMNS])
    known = store.recall(key)
    if known is not None:
        return store.path(known).read_text(encoding="ascii")
    from tools.media import read_wave
    from tools.report import wave_path

    path = wave_path(read_wave(store.path(film_sha256)).mean(0), WAVE_COLUMNS)
    store.remember(key, store.put_bytes(path.encode("ascii"), ".txt"))
    return path


def _cut_out(video: Path, frame: int, width: int) -> bytes:
    from tools.media import jpeg_stills, probe

    facts = probe(video)
    return jpeg_stills(video, [min(frame, facts.frames - 1)], min(width, facts.width))[0]
