"""What a file really is, by its first bytes, and the limits on what we agree to decode.

A name proves nothing: a list of other files disguised as ``film.mp4`` would make a decoder open those. So the demuxer
is chosen here from the content, from a short list, and forced; nothing but local files is ever opened.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from storyboards.errors import BadMedia

if TYPE_CHECKING:
    from av.container import InputContainer

MAX_PIXELS = 4096 * 2304
"""Largest picture that is decoded; 3840×2160 and a little."""
MAX_SECONDS = 3600.0
"""Longest stream that is read."""
MAX_FILE_BYTES = 8 * 1024**3

FORMATS: dict[str, tuple[str, ...]] = {
    "video": ("mov", "matroska"),
    "sound": ("mov", "matroska", "wav", "flac", "ogg", "mp3"),
    "picture": ("png_pipe", "jpeg_pipe"),
}
_NAMES = "mp4, mov, mkv, webm, wav, flac, ogg, mp3, png, jpeg"


def sniff(path: Path) -> str:
    """The ffmpeg demuxer for what the file is, never for what it is called.

    Raises:
        BadMedia: missing, empty, too large, or none of the formats that are read.
    """
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise BadMedia(f"{path} is not a file.", next_step="Give the path of a media file.")
        with path.open("rb") as handle:
            head = handle.read(16)
    except OSError as error:
        raise BadMedia(f"{path} cannot be read ({error.strerror}).", next_step="Check the path.") from error
    if size > MAX_FILE_BYTES:
        raise BadMedia(f"{path} has {size:,} bytes; the limit is {MAX_FILE_BYTES:,}.", next_step="Cut it first.")
    demuxer = _demuxer_of(head)
    if demuxer is None:
        what = "is empty" if size == 0 else f"is none of the formats that are read: it begins with {head[:8]!r}"
        raise BadMedia(f"{path.name} {what}.", next_step=f"Give one of {_NAMES}.")
    return demuxer


def _demuxer_of(head: bytes) -> str | None:
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
        return "mov"
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "wav"
    signs = {
        b"\x1a\x45\xdf\xa3": "matroska", b"fLaC": "flac", b"OggS": "ogg", b"ID3": "mp3", b"\xff\xfb": "mp3",
        b"\xff\xf3": "mp3", b"\xff\xf2": "mp3", b"\x89PNG\r\n\x1a\n": "png_pipe", b"\xff\xd8\xff": "jpeg_pipe",
    }  # fmt: skip
    return next((name for sign, name in signs.items() if head.startswith(sign)), None)


@contextmanager
def opened(path: Path) -> Iterator[InputContainer]:
    """The file open for reading with its demuxer forced, local files only.

    Decoding errors inside the block become :class:`BadMedia` too.
    """
    import av
    from av.error import FFmpegError

    demuxer = sniff(path)
    try:
        with av.open(f"file:{path.absolute()}", format=demuxer, options={"protocol_whitelist": "file"}) as container:
            check_limits(path, container)
            yield container
    except (FFmpegError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BadMedia(
            f"{path.name} cannot be decoded: {reason}.", next_step="The file is damaged; make or export it again."
        ) from error


def check_limits(path: Path, container: InputContainer) -> None:
    """Refuse what is too large or too long before a single frame is decoded.

    Raises:
        BadMedia: naming the limit.
    """
    for stream in container.streams.video:
        context = stream.codec_context
        if context.width * context.height > MAX_PIXELS:
            raise BadMedia(
                f"{path.name} is {context.width}x{context.height}; at most {MAX_PIXELS:,} pixels are read.",
                next_step="Scale it down first.",
            )
        # A stream can announce small frames and then send large ones; this bounds what the decoder may allocate.
        context.options = {"max_pixels": str(MAX_PIXELS)}
        context.thread_count = 1
    for track in container.streams:
        last = track.index_entries[-1] if len(track.index_entries) else None
        if last is not None and last.pos + last.size > container.size > 0:
            raise BadMedia(f"{path.name} is cut short: its end is missing.", next_step="Make or copy it again.")
    seconds = (container.duration or 0) / 1_000_000
    if seconds > MAX_SECONDS:
        raise BadMedia(f"{path.name} lasts {seconds:.0f} s; the limit is {MAX_SECONDS:g} s.", next_step="Cut it first.")
