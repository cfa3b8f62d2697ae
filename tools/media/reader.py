"""Frames and facts out of media files, whoever made them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from storyboards.clock import FrameRate
from storyboards.errors import BadMedia
from tools.media.guard import MAX_SECONDS, opened
from tools.media.writer import Planes

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream


@dataclass(frozen=True)
class MediaFacts:
    """What is in a file. Counts and times come from its packets, not from what its header promises.

    ``frames``, ``width`` and the like are 0 and ``rate`` is None without a picture; ``sound_…`` likewise without sound.
    Starts are seconds at which the first picture and the first audible sample play.
    """

    container: str
    size_bytes: int
    duration_s: float
    width: int = 0
    height: int = 0
    rate: FrameRate | None = None
    frames: int = 0
    video_codec: str = ""
    pixel_format: str = ""
    colour_space: int = 0
    video_start_s: float = 0.0
    sound_codec: str = ""
    sound_rate_hz: int = 0
    sound_channels: int = 0
    sound_start_s: float = 0.0
    sound_s: float = 0.0
    caption_languages: tuple[str, ...] = ()
    title: str = ""

    @property
    def has_picture(self) -> bool:
        return self.frames > 0

    @property
    def has_sound(self) -> bool:
        return bool(self.sound_codec)


def probe(path: Path) -> MediaFacts:
    """The facts of a media file; packets are counted, frames are not decoded.

    Raises:
        BadMedia: not a media file that is read, damaged, or over the limits.
    """
    with opened(path) as container:
        frames, starts, ends = _count_packets(path, container)
        video = container.streams.video[0] if container.streams.video else None
        sound = container.streams.audio[0] if container.streams.audio else None
        facts: dict[str, object] = {}
        if video is not None:
            facts |= {
                "width": video.codec_context.width, "height": video.codec_context.height,
                "rate": _rate_of(path, video.average_rate), "frames": frames, "video_codec": video.codec_context.name,
                "pixel_format": video.codec_context.pix_fmt or "", "colour_space": int(video.codec_context.colorspace),
                "video_start_s": starts.get(video.index, 0.0),
            }  # fmt: skip
        if sound is not None:
            start = float((sound.start_time or 0) * sound.time_base) if sound.time_base else 0.0
            facts |= {
                "sound_codec": sound.codec_context.name, "sound_rate_hz": sound.codec_context.sample_rate,
                "sound_channels": sound.codec_context.channels, "sound_start_s": start,
                "sound_s": float(sound.duration * sound.time_base) if sound.duration and sound.time_base else
                           ends.get(sound.index, 0.0) - start,
            }  # fmt: skip
        return MediaFacts(
            container=container.format.name, size_bytes=container.size,
            duration_s=max((container.duration or 0) / 1_000_000, 0.0),
            caption_languages=tuple(s.metadata.get("language", "und") for s in container.streams.subtitles),
            title=container.metadata.get("title", ""), **facts,  # type: ignore[arg-type]
        )  # fmt: skip


def _count_packets(path: Path, container: InputContainer) -> tuple[int, dict[int, float], dict[int, float]]:
    frames = 0
    starts: dict[int, float] = {}
    ends: dict[int, float] = {}
    for packet in container.demux():
        if packet.pts is None or packet.time_base is None:
            continue
        index = packet.stream.index
        at_s = float(packet.pts * packet.time_base)
        starts[index] = min(starts.get(index, at_s), at_s)
        ends[index] = max(ends.get(index, 0.0), at_s + float((packet.duration or 0) * packet.time_base))
        if ends[index] - starts[index] > MAX_SECONDS:
            raise BadMedia(f"{path.name} lasts over {MAX_SECONDS:g} s.", next_step="Cut it first.")
        if packet.stream.type == "video" and packet.stream.index == container.streams.video[0].index:
            frames += 1
    return frames, starts, ends


def _rate_of(path: Path, average: Fraction | None) -> FrameRate | None:
    if average is None:
        return None
    if not 1 <= average <= 120:
        raise BadMedia(f"{path.name} runs at {float(average):g} frames a second; 1 to 120 are read.")
    return FrameRate(numerator=average.numerator, denominator=average.denominator)


def read_frames(
    path: Path, width: int | None = None, height: int | None = None, every: int = 1
) -> Iterator[np.ndarray]:
    """RGB frames (H, W, 3) uint8 in order, scaled if a size is given, only each ``every``-th.

    Raises:
        BadMedia: no picture, damaged, or over the limits.
    """
    for index, frame in enumerate(_decoded(path, 0)):
        if index % every == 0:
            yield rgb_of(frame, width, height)


def read_planes(path: Path, start: int = 0, width: int | None = None, height: int | None = None) -> Iterator[Planes]:
    """Pictures from frame ``start`` on as BT.709 4:2:0 planes, without a detour through RGB.

    Raises:
        BadMedia: no picture, damaged, or over the limits.
    """
    for frame in _decoded(path, start):
        size = (width or frame.width, height or frame.height)
        if frame.format.name != "yuv420p" or size != (frame.width, frame.height):
            frame = frame.reformat(
                width=size[0], height=size[1], format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG",
                interpolation="BICUBIC",
            )  # fmt: skip
        yield _planes_of(frame)


def extract_still(path: Path, frame: int, width: int | None = None, height: int | None = None) -> np.ndarray:
    """One RGB frame (H, W, 3) uint8.

    Raises:
        BadMedia: the film has no such frame.
    """
    for picture in _decoded(path, frame):
        return rgb_of(picture, width, height)
    raise BadMedia(f"{path.name} has no frame {frame}.", next_step="Ask for an earlier one.")


def rgb_of(frame: VideoFrame, width: int | None = None, height: int | None = None) -> np.ndarray:
    """A decoded frame as RGB (H, W, 3) uint8; untagged colour is taken for BT.709, as everything here is."""
    colour = "ITU601" if int(frame.colorspace) in (5, 6) else "ITU709"
    return frame.to_ndarray(
        format="rgb24", width=width or frame.width, height=height or frame.height, src_colorspace=colour,
        interpolation="AREA" if width and width < frame.width else "BICUBIC",
    )  # fmt: skip


def _decoded(path: Path, start: int) -> Iterator[VideoFrame]:
    """Frames from number ``start`` on, from the key frame before it."""
    with opened(path) as container:
        if not container.streams.video:
            raise BadMedia(f"{path.name} has no picture.", next_step="Give a video file.")
        stream = container.streams.video[0]
        position = _seek(container, stream, start)
        for count, frame in enumerate(container.decode(stream)):
            if position is None:
                position = _number_of(frame, stream)
            if position + count >= start:
                yield frame
        if position is None:
            raise BadMedia(f"{path.name} has no frame that can be decoded.", next_step="Make or export it again.")


def _seek(container: InputContainer, stream: VideoStream, start: int) -> int | None:
    """Go to the key frame at or before ``start``; 0 when reading from the beginning, None: ask the first frame."""
    rate = stream.average_rate
    if start <= 0 or rate is None or stream.time_base is None:
        return 0
    container.seek(int(Fraction(start) / rate / stream.time_base) + (stream.start_time or 0), stream=stream)
    return None


def _number_of(frame: VideoFrame, stream: VideoStream) -> int:
    if frame.pts is None or stream.time_base is None or stream.average_rate is None:
        return 0
    return round((frame.pts - (stream.start_time or 0)) * stream.time_base * stream.average_rate)


def _planes_of(frame: VideoFrame) -> Planes:
    stacked = frame.to_ndarray()
    height, width = frame.height, frame.width
    chroma = (height // 2, width // 2)
    flat = stacked.reshape(-1)
    luma, quarter = height * width, chroma[0] * chroma[1]
    return Planes(
        y=flat[:luma].reshape(height, width),
        u=flat[luma : luma + quarter].reshape(chroma),
        v=flat[luma + quarter : luma + 2 * quarter].reshape(chroma),
    )
