"""Encoded pieces put one after the other, packet by packet, and sound and captions laid beside them. No re-encoding."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from storyboards.clock import FrameRate, FrameSpan
from storyboards.errors import MediaFailed
from tools.media.guard import opened
from tools.media.program import run_ffmpeg
from tools.media.writer import FrameWriter

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.video.stream import VideoStream

LANGUAGES: dict[str, str] = {
    "ar": "ara", "cs": "ces", "da": "dan", "de": "deu", "el": "ell", "en": "eng", "es": "spa", "fi": "fin", "fr": "fra",
    "he": "heb", "hi": "hin", "hu": "hun", "it": "ita", "ja": "jpn", "ko": "kor", "nb": "nob", "nl": "nld", "no": "nor",
    "pl": "pol", "pt": "por", "ro": "ron", "ru": "rus", "sv": "swe", "tr": "tur", "uk": "ukr", "vi": "vie", "zh": "zho",
}  # fmt: skip
"""ISO 639-1 to the three letters (ISO 639-2/T) that an mp4 track can hold."""


@dataclass(frozen=True)
class Strip:
    """How a film can be cut without decoding it.

    Attributes:
        signature: of its decoder headers; only strips with equal signatures can be joined.
        keys: frame numbers at which a piece may begin; empty if its frames are not stored in the order shown.
    """

    signature: str
    frames: int
    keys: tuple[int, ...]


def strip_of(path: Path) -> Strip:
    """Read a film's packets.

    Raises:
        BadMedia: it is damaged or not a film.
    """
    with opened(path) as container:
        stream = container.streams.video[0]
        extradata = stream.codec_context.extradata or b""
        keys: list[int] = []
        times: list[int] = []
        in_order = True
        for packet in container.demux(stream):
            if packet.pts is None:
                continue
            in_order = in_order and packet.pts == packet.dts and (not times or packet.pts > times[-1])
            if packet.is_keyframe:
                keys.append(len(times))
            times.append(packet.pts)
        return Strip(_signature(stream.codec_context.name, extradata), len(times), tuple(keys) if in_order else ())


def house_signature(folder: Path, width: int, height: int, rate: FrameRate) -> str:
    """The signature of all that :class:`FrameWriter` writes at this size and rate; ``folder`` is for a scratch file."""
    draft = folder / f"signature-{width}x{height}-{str(rate).replace('/', '-')}.mp4"
    try:
        with FrameWriter(draft, width, height, rate) as writer:
            writer.write(np.zeros((height, width, 3), np.uint8))
        return strip_of(draft).signature
    finally:
        draft.unlink(missing_ok=True)


def join_pictures(pieces: Sequence[tuple[Path, FrameSpan]], rate: FrameRate, out: Path) -> int:
    """Write the given frames of the given films after one another to ``out`` (mp4, picture only); return how many.

    Every span must begin on a key frame of its film. Time stamps are exact: frame n plays at n / rate.

    Raises:
        MediaFailed: a span does not begin on a key frame, is too long, or the films' headers differ.
    """
    import av
    from av.error import FFmpegError

    try:
        with av.open(f"file:{out.absolute()}", "w", format="mp4", options={"fflags": "+bitexact"}) as container:
            joiner = _Joiner(container, rate)
            for path, span in pieces:
                joiner.append(path, span)
            return joiner.frames
    except FFmpegError as error:
        raise MediaFailed(f"joining the picture failed: {error}.") from error


class _Joiner:
    def __init__(self, container: OutputContainer, rate: FrameRate) -> None:
        self.frames = 0
        self._container, self._rate = container, rate
        self._stream: VideoStream | None = None
        self._signature = ""

    def append(self, path: Path, span: FrameSpan) -> None:
        with opened(path) as source:
            stream = source.streams.video[0]
            self._match(path, stream)
            taken = 0
            for number, packet in enumerate(p for p in source.demux(stream) if p.pts is not None):
                if number < span.start:
                    continue
                if number >= span.end:
                    break
                if number == span.start and not packet.is_keyframe:
                    raise MediaFailed(f"frame {number} of {path.name} is not a key frame; a piece cannot begin there.")
                packet.stream = self._stream  # type: ignore[assignment]
                packet.time_base = Fraction(1) / self._rate.fraction
                packet.pts = packet.dts = self.frames
                packet.duration = 1
                self._container.mux(packet)
                self.frames += 1
                taken += 1
            if taken != span.length:
                raise MediaFailed(f"{path.name} has {taken} of the {span.length} frames from {span.start} on.")

    def _match(self, path: Path, stream: VideoStream) -> None:
        signature = _signature(stream.codec_context.name, stream.codec_context.extradata or b"")
        if self._stream is None:
            self._stream, self._signature = self._container.add_stream_from_template(stream), signature
            self._stream.time_base = Fraction(1) / self._rate.fraction
        elif signature != self._signature:
            raise MediaFailed(f"{path.name} was encoded with other settings and cannot be joined as it is.")


def _signature(codec: str, extradata: bytes) -> str:
    return f"{codec}:{hashlib.sha256(extradata).hexdigest()[:16]}"


def mux_film(picture: Path, sound: Path, captions: Path | None, out: Path, *, title: str, language: str) -> None:
    """Lay picture, sound (m4a) and soft captions (srt) into one mp4 that can play while it loads.

    Raises:
        MediaFailed: ffmpeg refused.
    """
    inputs = ["-f", "mov", "-i", f"file:{picture.absolute()}", "-f", "mov", "-i", f"file:{sound.absolute()}"]
    maps = ["-map", "0:v:0", "-map", "1:a:0"]
    spoken = LANGUAGES.get(language.partition("-")[0].lower(), "und")
    tracks = ["-metadata:s:a:0", f"language={spoken}", "-metadata:s:v:0", "language=und"]
    if captions is not None:
        inputs += ["-f", "srt", "-i", f"file:{captions.absolute()}"]
        maps += ["-map", "2:s:0", "-c:s", "mov_text"]
        tracks += ["-metadata:s:s:0", f"language={spoken}"]
    run_ffmpeg(
        ["-loglevel", "error", *inputs, *maps, "-c:v", "copy", "-c:a", "copy", "-map_metadata", "-1", *tracks,
         "-metadata", f"title={title}", "-movflags", "+faststart", "-fflags", "+bitexact", "-f", "mp4",
         f"file:{out.absolute()}"],
    )  # fmt: skip
