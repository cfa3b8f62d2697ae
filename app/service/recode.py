"""A child process that decodes one file that a stranger sent and writes what it shows anew.

``python -m app.service.recode KIND SOURCE TARGET`` prints a JSON object about it. Whatever a hostile file does to a
decoder, it does here: with a gigabyte and a half of memory, twenty seconds, no core dump, and nothing worth taking in
its environment.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

MEMORY_BYTES = 1_536 * 1024 * 1024
CPU_S = 20
TARGET_BYTES = 256 * 1024 * 1024
MOST_SIDE_PX = 2048
MOST_CLIP_S = 60.0
MOST_SOUND_S = 600.0
MOST_TEXT_BYTES = 2_000_000


def confine() -> None:
    """Give up what decoding does not need."""
    for what, limit in (
        (resource.RLIMIT_AS, MEMORY_BYTES), (resource.RLIMIT_CPU, CPU_S), (resource.RLIMIT_FSIZE, TARGET_BYTES),
        (resource.RLIMIT_CORE, 0), (resource.RLIMIT_NOFILE, 64),
    ):  # fmt: skip
        resource.setrlimit(what, (limit, limit))


def recode_picture(source: Path, target: Path) -> dict[str, object]:
    """An RGBA PNG of at most :data:`MOST_SIDE_PX` a side, with no metadata."""
    import numpy as np
    from PIL import Image

    from tools.media import png_bytes, read_cutout

    picture = Image.fromarray(read_cutout(source))
    picture.thumbnail((MOST_SIDE_PX, MOST_SIDE_PX))
    target.write_bytes(png_bytes(np.asarray(picture)))
    return {"width": picture.width, "height": picture.height}


def recode_clip(source: Path, target: Path) -> dict[str, object]:
    """An H.264 MP4 of its first picture and sound, with no metadata and at most 1280 pixels wide; a sound where there
    is no picture."""
    from storyboards.errors import BadMedia
    from tools.media import probe, run_ffmpeg, sniff

    facts = probe(source)
    if not facts.has_picture:
        return {"kind": "sound", **recode_sound(source, target)}
    if facts.duration_s > MOST_CLIP_S:
        raise BadMedia(f"a clip may last {MOST_CLIP_S:g} s, it lasts {facts.duration_s:.0f} s.")
    run_ffmpeg(
        [
            "-threads", "1", "-f", sniff(source), "-i", str(source), "-map", "0:v:0", "-map", "0:a:0?", "-map_metadata",
            "-1", "-map_chapters", "-1", "-dn", "-sn", "-vf", "scale='min(1280,trunc(iw/2)*2)':-2", "-c:v", "libx264",
            "-preset", "veryfast", "-threads", "1", "-pix_fmt", "yuv420p", "-c:a", "aac", "-t", f"{MOST_CLIP_S:g}",
            "-movflags", "+faststart", "-f", "mp4", str(target),
        ],
        timeout_s=CPU_S * 2,
    )  # fmt: skip
    made = probe(target)
    return {"width": made.width, "height": made.height, "duration_s": round(made.duration_s, 3)}


def recode_sound(source: Path, target: Path) -> dict[str, object]:
    """A 48 kHz stereo WAVE file, with no metadata."""
    from storyboards.errors import BadMedia
    from tools.media import read_wave, write_wave

    wave = read_wave(source)
    seconds = wave.shape[-1] / 48_000
    if seconds > MOST_SOUND_S:
        raise BadMedia(f"a sound may last {MOST_SOUND_S:g} s, it lasts {seconds:.0f} s.")
    write_wave(target, wave)
    return {"duration_s": round(seconds, 3)}


def recode_text(source: Path, target: Path) -> dict[str, object]:
    """UTF-8 with plain line ends and without control characters."""
    from storyboards.errors import BadMedia

    if source.stat().st_size > MOST_TEXT_BYTES:
        raise BadMedia(f"a text may have {MOST_TEXT_BYTES:,} bytes.")
    try:
        text = source.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadMedia("it is not UTF-8.") from error
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    plain = "".join(character for character in lines if character in "\n\t" or character.isprintable())
    target.write_text(plain, encoding="utf-8")
    return {"words": len(plain.split())}


def main() -> None:
    from storyboards.errors import StoryreelError

    kind, source, target = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    recodes = {"picture": recode_picture, "clip": recode_clip, "sound": recode_sound, "text": recode_text}
    confine()
    try:
        print(json.dumps(recodes[kind](source, target)))
    except StoryreelError as error:
        print(f"BadMedia: {error.message}".replace("\n", " ").replace(str(source.parent) + "/", ""), file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
