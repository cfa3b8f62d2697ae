"""The picture of a cut: pieces encoded where something lies over them, and everything joined as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from storyboards.clock import FrameSpan
from storyboards.errors import BadMedia, MediaFailed
from storyboards.timeline import Timeline
from tools import faults
from tools.contract import Progress
from tools.edit.layers import Plate, blend, from_black, lay, plate_of
from tools.edit.pieces import Laid, Piece
from tools.media import FrameWriter, Planes, join_pictures, read_planes
from tools.store import Store
from tools.titles import caption_still, title_stills

WORKERS = 2
"""Pieces encoded at once. Each encoder runs on one thread, so that its bytes do not depend on the machine."""


@dataclass(frozen=True)
class CutPicture:
    """The joined picture and what it took: pieces encoded now, and pieces that were there already."""

    frames: int
    encoded: int
    reused: int


def cut_picture(
    timeline: Timeline, pieces: tuple[Piece, ...], store: Store, out: Path, progress: Progress
) -> CutPicture:
    """Encode the pieces that are not in the store, then join all of them into ``out`` (mp4, picture only).

    Raises:
        MediaFailed: a take cannot be decoded, or the result has another length.
        ContentMissing: a take is gone.
    """
    known = {piece: store.recall(piece.key(timeline)) for piece in pieces if not piece.copied}
    missing = [piece for piece, sha256 in known.items() if sha256 is None]
    tally = _Tally(sum(piece.record.length for piece in missing), progress)
    with ThreadPoolExecutor(max_workers=WORKERS, thread_name_prefix="encode") as pool:
        jobs = {piece: pool.submit(_encoded, timeline, piece, store, tally) for piece in missing}
        try:
            for piece, job in jobs.items():
                known[piece] = job.result()
        except BaseException:
            tally.stop()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    parts: list[tuple[Path, FrameSpan]] = []
    for piece in pieces:
        if piece.copied:
            span = FrameSpan(start=piece.source, end=piece.source + piece.record.length)
            parts.append((store.path(piece.clip.video_sha256), span))
        else:
            parts.append((store.path(known[piece] or ""), FrameSpan(start=0, end=piece.record.length)))
    frames = join_pictures(parts, timeline.rate, out)
    if frames != timeline.frames:
        raise MediaFailed(f"the joined picture has {frames} frames instead of {timeline.frames}.")
    return CutPicture(frames=frames, encoded=len(missing), reused=len(pieces) - len(missing))


class _Tally:
    """Frames encoded so far, over all threads; tells the watcher, and tells the threads to stop."""

    def __init__(self, total: int, progress: Progress) -> None:
        self._total, self._progress = max(1, total), progress
        self._done = 0
        self._stopped = False

    def frame(self) -> None:
        if self._stopped:
            raise MediaFailed("the cut was stopped.")
        self._done += 1
        if self._done % 8 == 0:
            self._progress(min(1.0, self._done / self._total))

    def stop(self) -> None:
        self._stopped = True


def _encoded(timeline: Timeline, piece: Piece, store: Store, tally: _Tally) -> str:
    with store.scratch(".mp4") as draft:
        faults.reached("edit.encode.before")
        try:
            with FrameWriter(draft, timeline.width, timeline.height, timeline.rate) as writer:
                for picture in painted(timeline, piece, store.path):
                    writer.write_planes(picture)
                    tally.frame()
        except BadMedia as error:
            raise MediaFailed(
                f"a take cannot be cut: {error.message}", shot_id=piece.clip.shot_id,
                next_step="Film the shot again.",
            ) from error  # fmt: skip
        faults.reached("edit.encode.after")
        sha256 = store.put(draft, ".mp4")
    store.remember(piece.key(timeline), sha256)
    return sha256


def painted(timeline: Timeline, piece: Piece, path_of: Callable[[str], Path]) -> Iterator[Planes]:
    """The pictures of one piece, ``piece.record.length`` of them: take, transition, then words on top.

    Raises:
        MediaFailed: a take ends too early.
    """
    size = (timeline.width, timeline.height)
    above = read_planes(path_of(piece.clip.video_sha256), piece.source, *size)
    below = read_planes(path_of(piece.under), piece.under_source, *size) if piece.under else iter(())
    words = [_plates(laid, timeline) for laid in piece.laid]
    skipped = [max(0, piece.record.start - laid.span.start) for laid in piece.laid]
    reels = [islice(plates, skip, None) for plates, skip in zip(words, skipped, strict=True)]
    entry = piece.clip.transition
    for offset, frame in enumerate(range(piece.record.start, piece.record.end)):
        picture = next(above, None)
        if picture is None:
            raise MediaFailed(f"its take ends {piece.record.end - frame} frames early.", shot_id=piece.clip.shot_id)
        step = piece.entered + offset
        if step < entry.frames:
            share = (step + 1) / (entry.frames + 1)
            under = next(below, None)
            picture = blend(under, picture, share) if under is not None else from_black(picture, share)
        for laid, reel in zip(piece.laid, reels, strict=True):
            plate = next(reel, None) if frame in laid.span else None
            if plate is not None:
                lay(picture, plate)
        yield picture


def _plates(laid: Laid, timeline: Timeline) -> Iterator[Plate | None]:
    """One plate per frame of the words' span."""
    width, height = timeline.width, timeline.height
    if laid.kind == "caption":
        plate = plate_of(caption_still(laid.text, width, height, laid.face), width, height)
        yield from (plate for _ in range(laid.span.length))
        return
    held, made = None, None
    rate = float(timeline.rate.fraction)
    for still in title_stills(laid.text, laid.role, width, height, rate, laid.span.length, laid.face):
        if still is not held:
            held, made = still, plate_of(still, width, height)
        yield made
