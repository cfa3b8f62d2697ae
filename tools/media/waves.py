"""Sound files in and out, and how loud they are."""

from __future__ import annotations

import re
import struct
from pathlib import Path
from types import TracebackType
from typing import Literal, NamedTuple

import numpy as np

from storyboards.errors import BadMedia, MediaFailed
from tools.contract import SOUND_RATE_HZ
from tools.disk import writing
from tools.media.guard import MAX_SECONDS, opened, sniff
from tools.media.program import run_ffmpeg

Form = Literal["float32", "int16"]
SILENCE_LUFS = -70.0
"""The absolute gate of ITU-R BS.1770-5: programme that never exceeds it has no loudness."""
SHORTEST_LOUDNESS_S = 0.4
"""One gating block of ITU-R BS.1770-5; nothing shorter has a loudness."""


class Loudness(NamedTuple):
    """Integrated loudness and true peak (EBU R 128); None where silence or shortness leaves nothing to measure."""

    lufs: float | None
    true_peak_dbtp: float | None


def write_wave(path: Path, wave: np.ndarray, rate_hz: int = SOUND_RATE_HZ, form: Form = "float32") -> None:
    """Write (2, N) or (N,) float samples, full scale ±1, as a wave file; ``int16`` is rounded and clipped.

    Raises:
        MediaFailed: samples that are not finite, or another shape.
        DiskFull, BadOutput, StorageFailed: the disk refused.
    """
    stacked = np.atleast_2d(np.asarray(wave, dtype=np.float32))
    if stacked.ndim != 2 or stacked.shape[0] not in (1, 2):
        raise MediaFailed(f"a wave is (2, N) or (N,) samples, got {np.shape(wave)}.")
    with WaveWriter(path, stacked.shape[1], stacked.shape[0], rate_hz, form) as writer:
        writer.write(stacked)


class WaveWriter:
    """Write a wave file of ``samples`` samples block by block; a context manager.

    Raises:
        MediaFailed: samples that are not finite, or another number of them than was said.
        DiskFull, BadOutput, StorageFailed: the disk refused.
    """

    def __init__(
        self, path: Path, samples: int, channels: int = 2, rate_hz: int = SOUND_RATE_HZ, form: Form = "float32"
    ) -> None:
        self._path, self._left, self._form = path, samples, form
        code, width = (3, 4) if form == "float32" else (1, 2)
        block = channels * width
        layout = struct.pack("<HHIIHH", code, channels, rate_hz, rate_hz * block, block, 8 * width)
        count = struct.pack("<4sII", b"fact", 4, samples) if code == 3 else b""
        head = b"WAVE" + struct.pack("<4sI", b"fmt ", len(layout)) + layout + count
        head += struct.pack("<4sI", b"data", samples * block)
        self._head = struct.pack("<4sI", b"RIFF", len(head) + samples * block) + head

    def __enter__(self) -> WaveWriter:
        with writing(self._path):
            self._file = self._path.open("wb")
            self._file.write(self._head)
        return self

    def write(self, block: np.ndarray) -> None:
        """Append (channels, N) float samples, full scale ±1."""
        if not np.isfinite(block).all():
            raise MediaFailed(
                "a wave has samples that are not finite numbers.", next_step="This is a fault in a sound."
            )
        samples = block.T
        if self._form == "int16":
            samples = np.clip(np.round(samples * 32768.0), -32768, 32767)
        with writing(self._path):
            self._file.write(np.ascontiguousarray(samples, dtype="<f4" if self._form == "float32" else "<i2").tobytes())
        self._left -= block.shape[1]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with writing(self._path):
            self._file.close()
        if kind is None and self._left:
            raise MediaFailed(f"a wave came out {self._left} samples short.")


class WaveReader:
    """A sound as (2, N) float32 at 48 kHz of which any stretch can be read; our own files are read from the disk as
    needed, others are decoded whole.

    Raises:
        BadMedia: no sound, damaged, or over the limits.
    """

    def __init__(self, path: Path) -> None:
        self._samples = _mapped(path)
        if self._samples is None:
            self._samples = read_wave(path).T
        self.length = len(self._samples)

    def read(self, start: int, stop: int) -> np.ndarray:
        """Samples ``start`` up to ``stop``; silence where there are none."""
        block = np.zeros((2, max(0, stop - start)), np.float32)
        first, last = max(0, start), min(self.length, stop)
        if last > first and self._samples is not None:
            part = self._samples[first:last]
            scale = np.float32(1 / 32768 if part.dtype.kind == "i" else 1)
            block[:, first - start : last - start] = part.T * scale
        return block


def _mapped(path: Path) -> np.ndarray | None:
    """The samples of a 48 kHz float or 16-bit wave file where they lie, (N, channels); None for any other sound."""
    if sniff(path) != "wav":
        return None
    with path.open("rb") as file:
        file.seek(12)
        layout: tuple[int, ...] = ()
        while len(head := file.read(8)) == 8:
            name, size = struct.unpack("<4sI", head)
            if name == b"fmt " and size >= 16:
                layout = struct.unpack("<HHIIHH", file.read(16))
                file.seek(size - 16 + size % 2, 1)
            elif name == b"data":
                return _samples_at(path, layout, file.tell(), size)
            else:
                file.seek(size + size % 2, 1)
    return None


def _samples_at(path: Path, layout: tuple[int, ...], offset: int, size: int) -> np.ndarray | None:
    types = {(3, 32): "<f4", (1, 16): "<i2"}
    if not layout or layout[2] != SOUND_RATE_HZ or layout[1] not in (1, 2) or (layout[0], layout[5]) not in types:
        return None
    if offset + size > path.stat().st_size:
        raise BadMedia(f"{path.name} is cut short: its end is missing.", next_step="Make or copy it again.")
    count = size // layout[4]
    if count == 0:
        return np.zeros((0, layout[1]), np.float32)
    return np.memmap(path, types[layout[0], layout[5]], "r", offset, (count, layout[1]))


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
