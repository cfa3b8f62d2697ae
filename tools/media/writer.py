"""Frames into H.264, always the same way, so that pieces encoded at different times can be joined as they are.

Every encoder setting that ends up in the stream's headers is fixed; only the size and the rate change them. There
are no B-frames and a key frame every second, so a piece may be cut from a key frame to any frame after it. The reasons
are in docs/decisions/0010.
"""

from __future__ import annotations

import errno
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from storyboards.clock import FrameRate
from storyboards.errors import MediaFailed
from tools.disk import storage_error
from tools.media.guard import MAX_PIXELS

if TYPE_CHECKING:
    import torch
    from av.packet import Packet
    from av.video.frame import VideoFrame

CODEC_VERSION = "h264.4"
"""Part of every cache key: change it whenever a setting below changes."""


class Planes(NamedTuple):
    """One picture as BT.709 studio-range 4:2:0: ``y`` (H, W), ``u`` and ``v`` (H/2, W/2), all uint8."""

    y: np.ndarray
    u: np.ndarray
    v: np.ndarray


def key_interval(rate: FrameRate) -> int:
    """Frames from one key frame to the next: about a second."""
    return max(1, round(rate.fraction))


class FrameWriter:
    """Write frames to an mp4 without sound; the same frames give the same bytes.

    Use as a context manager: leaving it normally finishes the file, leaving it by an error removes it.

    Args:
        path: the file to write (replaced if it exists).
        width, height: even, in pixels.
        crf: constant quality, 0 lossless to 51; 17 is visually clean.
        preset: an x264 preset.

    Raises:
        MediaFailed: the encoder refused. DiskFull, BadOutput: the disk did.
    """

    def __init__(
        self, path: Path, width: int, height: int, rate: FrameRate, crf: float = 17, preset: str = "veryfast"
    ) -> None:
        if width % 2 or height % 2 or not 0 < width * height <= MAX_PIXELS:
            raise MediaFailed(f"H.264 4:2:0 needs an even size up to {MAX_PIXELS:,} pixels, got {width}x{height}.")
        self.path, self.width, self.height, self.rate = path, width, height, rate
        self.frames = 0
        self._crf, self._preset = crf, preset

    def __enter__(self) -> FrameWriter:
        import av
        from av.bitstream import BitStreamFilterContext

        with self._translated():
            self._container = av.open(
                f"file:{self.path.absolute()}", "w", format="mp4",
                options={"movflags": "+faststart", "fflags": "+bitexact"},
            )  # fmt: skip
            stream = self._container.add_stream("libx264", rate=self.rate.fraction, options=self._options())
            stream.width, stream.height, stream.pix_fmt = self.width, self.height, "yuv420p"
            context = stream.codec_context
            context.thread_count = 1
            context.time_base = 1 / self.rate.fraction
            context.color_primaries = context.color_trc = context.colorspace = 1  # BT.709 (ITU-T H.273, table 2)
            context.color_range = 1  # studio range, 16 to 235
            context.open()
            self._stream = stream
            # Supplemental messages hold the encoder's name, version and settings: not part of the picture.
            self._strip = BitStreamFilterContext("filter_units=remove_types=6", in_stream=stream)
        return self

    def write(self, frames: np.ndarray | torch.Tensor) -> None:
        """Append RGB frames, uint8, (N, H, W, 3) or one (H, W, 3)."""
        from av.video.frame import VideoFrame

        batch: Any = frames if isinstance(frames, np.ndarray) else frames.detach().cpu().numpy()
        if batch.ndim == 3:
            batch = batch[None]
        if batch.dtype != np.uint8 or batch.shape[1:] != (self.height, self.width, 3):
            raise MediaFailed(
                f"frames are uint8 (N, {self.height}, {self.width}, 3), got {batch.dtype} {tuple(batch.shape)}."
            )
        for picture in batch:
            rgb = VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            self._encode(rgb.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG"))

    def write_planes(self, planes: Planes) -> None:
        """Append one picture that already is BT.709 4:2:0, without another colour conversion."""
        from av.video.frame import VideoFrame

        if planes.y.shape != (self.height, self.width) or planes.u.shape != (self.height // 2, self.width // 2):
            raise MediaFailed(f"planes of {planes.y.shape} do not fit {self.width}x{self.height}.")
        stacked = np.concatenate([plane.reshape(-1) for plane in planes]).reshape(-1, self.width)
        self._encode(VideoFrame.from_ndarray(stacked, format="yuv420p"))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            with self._translated():
                for packet in self._stream.encode(None):
                    self._mux(packet)
                for packet in self._strip.filter(None):
                    self._container.mux(packet)
                self._container.close()
            return
        self._container.close()
        self.path.unlink(missing_ok=True)

    def _encode(self, picture: VideoFrame) -> None:
        picture.pts = self.frames
        picture.time_base = Fraction(1) / self.rate.fraction
        picture.color_primaries = picture.color_trc = 1
        with self._translated():
            for packet in self._stream.encode(picture):
                self._mux(packet)
        self.frames += 1

    def _mux(self, packet: Packet) -> None:
        for stripped in self._strip.filter(packet):
            self._container.mux(stripped)

    def _options(self) -> dict[str, str]:
        gop = key_interval(self.rate)
        fixed = {
            "stitchable": 1, "open-gop": 0, "scenecut": 0, "keyint": gop, "min-keyint": gop, "bframes": 0, "ref": 1,
            "weightp": 0, "me": "dia", "subme": 1, "rc-lookahead": min(12, gop), "threads": 1, "lookahead-threads": 1,
            "force-cfr": 1, "level": "5.1",
            # Without it the estimate of what later frames need, and so the bytes, differ once in a hundred runs.
            "cpu-independent": 1,
        }  # fmt: skip
        words = ":".join(f"{name}={value}" for name, value in fixed.items())
        return {"crf": f"{self._crf:g}", "preset": self._preset, "profile": "high", "x264-params": words}

    def _translated(self) -> _Translated:
        return _Translated(self.path)


class _Translated:
    """Errors of the codec library, in the words of the error tree."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        from av.error import FFmpegError

        if not isinstance(error, FFmpegError):
            return
        if isinstance(error, OSError) and error.errno in errno.errorcode:
            raise storage_error(error, self._path) from error
        raise MediaFailed(f"encoding {self._path.name} failed: {error}.") from error
