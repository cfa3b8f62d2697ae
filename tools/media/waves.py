"""Sound files in and out, and how loud they are."""

from __future__ import annotations

import re
import struct
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from storyboards.errors import BadMedia, MediaFailed
from tools.contract import SOUND_RATE_HZ
from tools.disk import writing
from tools.media.guard import MAX_SECONDS, opened, sniff
from tools.media.program import run_ffmpeg

SILENCE_LUFS = -70.0
"""The absolute gate of ITU-R BS.1770-5: programme that never exceeds it has no loudness."""
SHORTEST_LOUDNESS_S = 0.4
"""One gating block of ITU-R BS.1770-5; nothing shorter has a loudness."""


class Loudness(NamedTuple):
    """Integrated loudness and true peak (EBU R 128); None where silence or shortness leaves nothing to measure."""

    lufs: float | None
    true_peak_dbtp: float | None


def write_wave(
    path: Path, wave: np.ndarray, rate_hz: int = SOUND_RATE_HZ, form: Literal["float32", "int16"] = "float32"
) -> None:
    """Write (2, N) or (N,) float samples, full scale ±1, as a wave file; ``int16`` is rounded and clipped.

    Raises:
        MediaFailed: samples that are not finite, or another shape.
        DiskFull, BadOutput, StorageFailed: the disk refused.
    """
    stacked = np.atleast_2d(np.asarray(wave, dtype=np.float32))
    if stacked.ndim != 2 or stacked.shape[0] not in (1, 2):
        raise MediaFailed(f"a wave is (2, N) or (N,) samples, got {np.shape(wave)}.")
    if not np.isfinite(stacked).all():
        raise MediaFailed("a wave has samples that are not finite numbers.", next_step="This is a fault in a sound.")
    code, width = (3, 4) if form == "float32" else (1, 2)
    samples = stacked.T
    if form == "int16":
        samples = np.clip(np.round(samples * 32768.0), -32768, 32767)
    body = np.ascontiguousarray(samples, dtype="<f4" if form == "float32" else "<i2").tobytes()
    channels = stacked.shape[0]
    block = channels * width
    layout = struct.pack("<HHIIHH", code, channels, rate_hz, rate_hz * block, block, 8 * width)
    count = struct.pack("<4sII", b"fact", 4, stacked.shape[1]) if code == 3 else b""
    head = b"WAVE" + struct.pack("<4sI", b"fmt ", len(layout)) + layout + count
    head += struct.pack("<4sI", b"data", len(body))
    with writing(path):
        path.write_bytes(struct.pack("<4sI", b"RIFF", len(head) + len(body)) + head + body)


def read_wave(path: Path) -> np.ndarray:
    """Any readable sound as (2, N) float32 at 48 kHz; one channel is heard on both sides at its own level.

    Raises:
        BadMedia: no sound in it, damaged, or over the limits.
    """
    import av

    blocks: list[np.ndarray] = []
    with opened(path) as container:
        if not container.streams.audio:
            raise BadMedia(f"{path.name} has no sound.", next_step="Give a sound file, or a film with sound.")
        stream = container.streams.audio[0]
        layout = "mono" if stream.codec_context.channels == 1 else "stereo"
        # A compressed sound is decoded in whole blocks; what the file says is played ends inside the last one.
        played = None
        if stream.duration and stream.time_base:
            played = round(stream.duration * stream.time_base * SOUND_RATE_HZ)
        resampler = av.AudioResampler(format="fltp", layout=layout, rate=SOUND_RATE_HZ)
        length = 0
        for frame in container.decode(stream):
            for block in resampler.resample(frame):
                blocks.append(block.to_ndarray())
                length += block.samples
            if length > MAX_SECONDS * SOUND_RATE_HZ:
                raise BadMedia(f"{path.name} lasts over {MAX_SECONDS:g} s.", next_step="Cut it first.")
        blocks += [block.to_ndarray() for block in resampler.resample(None)]
    if not blocks:
        return np.zeros((2, 0), np.float32)
    wave = np.concatenate(blocks, axis=1)[:, :played].astype(np.float32, copy=False)
    return np.repeat(wave, 2, axis=0) if wave.shape[0] == 1 else wave


def loudness(sound: Path | np.ndarray) -> Loudness:
    """How loud a sound file, the sound of a film, or a (2, N) 48 kHz wave is.

    Raises:
        BadMedia: the file has no sound or is not what it should be.
    """
    if isinstance(sound, np.ndarray):
        if sound.shape[-1] == 0:
            return Loudness(None, None)
        feed: bytes | None = np.ascontiguousarray(sound.T, dtype="<f4").tobytes()
        source = ["-f", "f32le", "-ar", str(SOUND_RATE_HZ), "-ac", str(sound.shape[0]), "-i", "pipe:0"]
    else:
        feed, source = None, ["-f", sniff(sound), "-i", f"file:{sound.absolute()}"]
        with opened(sound) as container:
            if not container.streams.audio:
                raise BadMedia(f"{sound.name} has no sound.", next_step="Give a sound file, or a film with sound.")
    report = run_ffmpeg(
        ["-loglevel", "info", *source, "-map", "0:a:0", "-af", "ebur128=peak=true:framelog=quiet", "-f", "null", "-"],
        feed=feed,
    )
    return loudness_in(report.stderr)


def loudness_in(stderr: str) -> Loudness:
    """The summary that ffmpeg's ebur128 filter prints at its end.

    Raises:
        MediaFailed: there is none.
    """
    summary = stderr.rpartition("Summary:")[2]
    level = re.search(r"I:\s+(-?[\d.]+|-?inf|nan) LUFS", summary)
    peak = re.search(r"Peak:\s+(-?[\d.]+|-?inf|nan) dBFS", summary)
    if level is None or peak is None:
        raise MediaFailed(f"the loudness was not reported: {stderr[-300:].strip()}")
    lufs, dbtp = float(level[1]), float(peak[1])
    return Loudness(
        lufs=lufs if np.isfinite(lufs) and lufs > SILENCE_LUFS else None,
        true_peak_dbtp=dbtp if np.isfinite(dbtp) else None,
    )
