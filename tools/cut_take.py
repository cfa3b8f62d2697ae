"""A shot cut from a film that is there: its picture, frame by frame, and the sound that a clip brings along."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from storyboards.errors import BadMedia
from tools import faults
from tools.backends.fitting import Fit
from tools.contract import SOUND_RATE_HZ, Progress, ShotRequest, Source, quiet
from tools.generate_video import FilmedPicture, check_picture
from tools.media import FrameWriter, probe, read_frames, read_wave, run_ffmpeg, write_wave
from tools.store import Store

SLOWEST, FASTEST = 0.5, 2.0
"""Pace that one filter changes without raising the voice; others are chained."""


def cut_take(request: ShotRequest, store: Store, progress: Progress = quiet) -> FilmedPicture:
    """The picture of a shot from its source: the window that it names, at the pace that fills the shot, in its size.

    A handle runs on behind the window; where the source ends before it, its last frame is held.

    Raises:
        BadMedia: the source is damaged, or has no picture.
        TakeCorrupt: what was written is not what the shot needs.
    """
    began, source = time.monotonic(), request.source
    assert source is not None, "asked only for a shot that is cut"
    facts = probe(source.path)
    if not facts.has_picture or facts.rate is None:
        raise BadMedia("there is no moving picture in it.", next_step="Give another clip.")
    fit = Fit.of((facts.width, facts.height), (request.width, request.height))
    with store.scratch(".mp4") as draft:
        faults.reached("video.cut.before")
        with FrameWriter(draft, request.width, request.height, request.rate) as writer:
            for frame in _chosen(request, source, float(facts.rate.fraction), fit):
                writer.write(frame)
                progress(writer.frames / request.frames)
        check_picture(draft, request, "the cutting table")
        sha256 = store.put(draft, ".mp4")
    recipe = {"cut": {"from": source.name, "picture": source.sha256, "start": source.start, "length": source.length}}
    notes = [fit.note.replace("filmed", "given")] if source.is_clip and fit.note else []
    if source.length != request.shot.frames:
        notes.append(f"it plays at {source.length / request.shot.frames:.2f} of its pace")
    return FilmedPicture(sha256, request.frames, time.monotonic() - began, 0.0, recipe, notes=tuple(notes))


def _chosen(request: ShotRequest, source: Source, rate: float, fit: Fit) -> Iterator[np.ndarray]:
    """The frame that plays in the middle of each frame of the shot."""
    pace, film_rate = source.length / request.shot.frames, float(request.rate.fraction)
    wanted = [int((source.start + (k + 0.5) * pace) / film_rate * rate) for k in range(request.frames)]
    made, last = 0, None
    for number, last in enumerate(read_frames(source.path)):
        if number < wanted[made]:
            continue
        fitted = fit(last)
        while made < len(wanted) and wanted[made] <= number:
            yield fitted
            made += 1
        if made == len(wanted):
            return
    if last is None or not made:
        raise BadMedia(f"it ends before its frame {wanted[0]}.", next_step="Cut from where it has a picture.")
    held = fit(last)
    for _ in range(len(wanted) - made):
        yield held


def clip_sound_recipe(request: ShotRequest) -> dict[str, object]:
    """What determines the sound that a clip brings along."""
    source = request.source
    assert source is not None, "asked only for a shot that is cut from a clip"
    return {"clip": source.sha256, "start": source.start, "length": source.length, "frames": request.shot.frames,
            "rate": str(request.rate)}  # fmt: skip


def clip_sound(request: ShotRequest, store: Store) -> np.ndarray | None:
    """The clip's own sound under the shot, (2, N) float32 at 48 kHz, at the pace of the picture; None if it has none.

    Raises:
        BadMedia, MediaFailed: it cannot be decoded.
    """
    source = request.source
    assert source is not None, "asked only for a shot that is cut from a clip"
    if not probe(source.path).has_sound:
        return None
    first, last = (
        round(request.rate.seconds(frame) * SOUND_RATE_HZ) for frame in (source.start, source.start + source.length)
    )
    wave, pace = read_wave(source.path)[:, first:last], source.length / request.shot.frames
    if pace == 1.0 or not wave.shape[1]:
        return wave
    with store.scratch(".wav") as cut, store.scratch(".wav") as out:
        write_wave(cut, wave)
        tempo = ",".join(f"atempo={step:.6f}" for step in _tempos(pace))
        run_ffmpeg(["-loglevel", "error", "-f", "wav", "-i", f"file:{cut}", "-af", tempo, "-f", "wav", f"file:{out}"])
        return read_wave(out)


def _tempos(pace: float) -> list[float]:
    """Steps of tempo, each within what the filter can do, that make up a pace."""
    steps = []
    while not SLOWEST <= pace <= FASTEST:
        step = FASTEST if pace > FASTEST else SLOWEST
        steps.append(step)
        pace /= step
    return [*steps, pace]


def clip_facts(path: Path, rate: float) -> int:
    """Frames of the film's rate that a clip fills.

    Raises:
        BadMedia: it is no film that can be read.
    """
    facts = probe(path)
    if not facts.has_picture or facts.rate is None:
        raise BadMedia(f"{path.name} has no moving picture.", next_step="Give an MP4, MOV, MKV or WebM.")
    frames = int(facts.frames / float(facts.rate.fraction) * rate + 1e-6)
    if frames < 4:
        raise BadMedia(f"{path.name} lasts {frames} frames of the film; a shot lasts at least 4.")
    return frames
