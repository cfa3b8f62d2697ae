"""A timeline becomes a film: picture, sound and captions in one file, with nothing encoded that was encoded before."""

from __future__ import annotations

import functools
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from storyboards.brief import CaptionMode
from storyboards.errors import BadMedia, MediaFailed
from storyboards.timeline import Timeline, to_srt
from tools import faults
from tools.captions import COLUMNS, paged
from tools.contract import Progress, quiet
from tools.disk import sync_file, sync_folder, writing
from tools.edit.picture import cut_picture
from tools.edit.pieces import plan_pieces
from tools.edit.sound import mixed_sound
from tools.media import Strip, house_signature, loudness, mux_film, probe, strip_of
from tools.store import Store, file_sha256
from tools.titles import face_for, unprintable


@dataclass(frozen=True)
class CutFacts:
    """The finished file and what it took.

    Attributes:
        lufs, true_peak_dbtp: measured on the finished file; None for a silent film, which has no loudness.
        encoded_segments: stretches of picture encoded for this cut.
        reused_segments: stretches that were encoded before, or were taken over from a take as they are.
        notes: what could not be done as asked, for the report.
    """

    path: Path
    sha256: str
    frames: int
    lufs: float | None
    true_peak_dbtp: float | None
    encoded_segments: int
    reused_segments: int
    wall_s: float
    notes: tuple[str, ...] = ()


def cut_film(
    timeline: Timeline, store: Store, out: Path, captions: CaptionMode, language: str = "en", progress: Progress = quiet
) -> CutFacts:
    """Write the film to ``out``: H.264 and AAC in an mp4 that plays while it loads, equal bytes for equal input.

    ``out`` appears whole or not at all; a film that was there stays until then.

    Raises:
        BadOutput: ``out`` cannot be written. DiskFull: there is no room.
        ContentMissing: a take or a sound is gone.
        MediaFailed: a take is damaged or too short.
    """
    started = time.monotonic()
    lettering = "".join(clip.title for clip in timeline.picture)
    if not timeline.picture:
        raise MediaFailed("a film needs at least one shot.")
    with landing(out) as draft, store.scratch(".mp4") as picture, store.scratch("") as room:
        with writing(room):
            room.mkdir()
        columns = COLUMNS if timeline.width >= timeline.height else COLUMNS * 2 // 3
        pages = paged(timeline.captions, timeline.duration_s, columns) if captions != "none" else ()
        burnt = pages if captions == "burn" else ()
        lettering += "".join(page.text for page in burnt)
        face = face_for(lettering)
        look_up = functools.cache(functools.partial(_strip, store))
        signature = house_signature(room, timeline.width, timeline.height, timeline.rate)
        pieces = plan_pieces(timeline, look_up, signature, burnt, face)
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="mix") as pool:
            mixing = pool.submit(mixed_sound, timeline, store)
            shown = cut_picture(timeline, pieces, store, picture, lambda share: progress(0.9 * share))
            sound = mixing.result()
        subtitles = room / "captions.srt" if pages and captions == "soft" else None
        if subtitles is not None:
            with writing(room):
                subtitles.write_text(to_srt(pages), encoding="utf-8")
        faults.reached("edit.mux.before")
        mux_film(picture, store.path(sound), subtitles, draft, title=timeline.title, language=language)
        faults.reached("edit.mux.after")
        facts = _checked(timeline, draft)
    progress(1.0)
    return CutFacts(
        path=out, sha256=facts[0], frames=timeline.frames, lufs=facts[1], true_peak_dbtp=facts[2],
        encoded_segments=shown.encoded, reused_segments=shown.reused, wall_s=time.monotonic() - started,
        notes=_notes(lettering, face),
    )  # fmt: skip


@contextmanager
def landing(out: Path) -> Iterator[Path]:
    """A path beside ``out`` to write to; when the block ends well it becomes ``out`` in one step.

    Raises:
        BadOutput: the folder cannot be made or written, or ``out`` is a folder. Found before the work, not after.
    """
    out = out.expanduser().absolute()
    draft = out.with_name(f".{out.name[:80]}.{uuid.uuid4().hex[:8]}.part")
    try:
        with writing(out):
            out.parent.mkdir(parents=True, exist_ok=True)
            if out.is_dir():
                raise IsADirectoryError(21, os.strerror(21), str(out))
            draft.touch()
        yield draft
        with writing(out):
            sync_file(draft)
            faults.reached("edit.rename.before")
            os.replace(draft, out)
            sync_folder(out.parent)
            faults.reached("edit.rename.after")
    finally:
        if draft.is_dir():
            shutil.rmtree(draft, ignore_errors=True)
        elif draft.exists():
            draft.unlink(missing_ok=True)


def _strip(store: Store, sha256: str) -> Strip:
    path = store.path(sha256)
    try:
        return strip_of(path)
    except BadMedia as error:
        raise MediaFailed(f"a take is damaged: {error.message}", next_step="Film the shot again.") from error


def _checked(timeline: Timeline, draft: Path) -> tuple[str, float | None, float | None]:
    """sha256, LUFS and dBTP of the finished file, after comparing it with the timeline."""
    found = probe(draft)
    wanted = (timeline.frames, timeline.width, timeline.height, timeline.rate)
    if (found.frames, found.width, found.height, found.rate) != wanted:
        raise MediaFailed(
            f"the film came out as {found.frames} frames of {found.width}x{found.height} at {found.rate}; "
            f"the timeline has {timeline.frames} of {timeline.width}x{timeline.height} at {timeline.rate}."
        )
    level = loudness(draft)
    return file_sha256(draft), level.lufs, level.true_peak_dbtp


def _notes(lettering: str, face: str) -> tuple[str, ...]:
    missing = unprintable(lettering, face)
    if not missing:
        return ()
    return (
        f"No typeface on this machine has the letters {missing}; they show as boxes; install a font that has them.",
    )
