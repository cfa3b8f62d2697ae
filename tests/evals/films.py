"""Small films of strangers, made by a plain ffmpeg script, and the plans they are held against."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from storyboards.storyboard import Storyboard, read_storyboard
from storyboards.timeline import Timeline
from tools.media import run_ffmpeg

WIDTH, HEIGHT, FPS = 160, 96, 12
PAINT = {"red": "0xd62826", "blue": "0x2b69cc", "green": "0x3d9e4a"}


def plan(*seconds: float, **changes: Any) -> Storyboard:
    """One still shot for every length, without sound cues or lines."""
    shots = [
        {"id": f"s{k + 1}", "duration_s": length, "setting": "meadow", "camera": {"move": "static"}}
        for k, length in enumerate(seconds)
    ]
    document = {"title": "Three colours", "rate": str(FPS), "width": WIDTH, "height": HEIGHT, "shots": shots} | changes
    return read_storyboard(document)


def ffmpeg_film(out: Path, *shots: tuple[str, float], size: str = f"{WIDTH}x{HEIGHT}", sound: bool = True) -> Path:
    """Plain colours with a moving square, cut hard, a quiet tone under them: no code of ours but the program's name.

    Args:
        shots: colour and seconds of each.
    """
    inputs, chains = [], []
    for k, (colour, seconds) in enumerate(shots):
        inputs += ["-f", "lavfi", "-i", f"color=c={PAINT[colour]}:s={size}:r={FPS}:d={seconds}"]
        chains.append(f"[{k}:v]noise=alls=18:allf=t+u:all_seed={k}[v{k}]")
    joined = "".join(f"[v{k}]" for k in range(len(shots)))
    chains.append(f"{joined}concat=n={len(shots)}:v=1:a=0[v]")
    whole = sum(seconds for _, seconds in shots)
    maps = ["-map", "[v]"]
    if sound:
        inputs += ["-f", "lavfi", "-i", f"sine=f=440:r=48000:d={whole}"]
        chains.append(f"[{len(shots)}:a]volume=7.5dB[a]")
        maps += ["-map", "[a]", "-c:a", "aac"]
    run_ffmpeg([*inputs, "-filter_complex", ";".join(chains), *maps, "-c:v", "libx264", "-pix_fmt", "yuv420p",
                "-t", f"{whole}", "-f", "mp4", f"file:{out.absolute()}"])  # fmt: skip
    return out


def timeline_of(board: Storyboard) -> Timeline:
    """The edit of a film that is cut as its plan says, without a sound laid."""
    clips = []
    for shot in board.shots:
        span = board.span_of(shot.id)
        clips.append(
            {
                "shot_id": shot.id,
                "take_key": shot.id,
                "video_sha256": "0" * 64,
                "source": {"start": 0, "end": shot.frames},
                "record": {"start": span.start, "end": span.end},
            }
        )
    return Timeline.model_validate({"title": board.title, "rate": str(board.rate), "width": board.width,
                                    "height": board.height, "picture": clips})  # fmt: skip
