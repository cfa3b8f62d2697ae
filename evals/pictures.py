"""What a report shows of a film: strips of stills, the frames that prove a failure, and the sound's envelope."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from evals.tally import deciding

Document = dict[str, Any]

STILL_PX, EVIDENCE_PX = 168, 320
MOST_STRIPS, MOST_EVIDENCE = 24, 8
PER_SHOT = 2
COLUMNS = 480
QUALITY = 78


def pictures_of(video: Path, card: Document) -> Document:
    """Base64 JPEGs and an envelope, as plain JSON types.

    Returns:
        ``strips``: by shot, rows of frame and jpeg; ``evidence``: by claim id, frame, box and jpeg of the first few
        failures that point at a frame; ``wave``: peaks of ``COLUMNS`` columns, 0 to 99.
    """
    strips = {
        row["shot"]: _even(row["start"], row["end"]) for row in card["shots"][:MOST_STRIPS] if row["end"] > row["start"]
    }
    shown = [(answer["claim"]["id"], deciding(answer["verdicts"])) for answer in card["answers"]]
    failed = [(name, verdict) for name, verdict in shown
              if verdict["outcome"] == "fail" and verdict["evidence"]["frame"] is not None]  # fmt: skip
    proofs = {name: verdict["evidence"] for name, verdict in failed[:MOST_EVIDENCE]}
    wanted = {(frame, STILL_PX) for frames in strips.values() for frame in frames}
    wanted |= {(int(proof["frame"]), EVIDENCE_PX) for proof in proofs.values()}
    jpegs = stills(video, wanted, card["frames"])
    return {
        "strips": {shot: [[frame, jpegs[frame, STILL_PX]] for frame in frames if (frame, STILL_PX) in jpegs]
                   for shot, frames in strips.items()},
        "evidence": {name: {"frame": proof["frame"], "box": proof["box"],
                            "jpeg": jpegs[int(proof["frame"]), EVIDENCE_PX]}
                     for name, proof in proofs.items() if (int(proof["frame"]), EVIDENCE_PX) in jpegs},
        "wave": envelope(video),
    }  # fmt: skip


def _even(start: int, stop: int) -> list[int]:
    return [start + (stop - start) * (2 * k + 1) // (2 * PER_SHOT) for k in range(PER_SHOT)]


def stills(video: Path, wanted: Iterable[tuple[int, int]], frames: int) -> dict[tuple[int, int], str]:
    """Base64 JPEGs by (frame, width), from one pass over the film; frames it does not have are left out."""
    from PIL import Image

    from tools.media import read_frames

    by_frame: dict[int, list[int]] = {}
    for frame, width in wanted:
        by_frame.setdefault(min(frame, frames - 1), []).append(width)
    made: dict[tuple[int, int], str] = {}
    last = max(by_frame, default=-1)
    for number, picture in enumerate(read_frames(video)):
        for width in by_frame.get(number, ()):
            made[number, width] = jpeg(Image.fromarray(picture), width)
        if number >= last:
            break
    return made


def jpeg(picture: Any, width: int) -> str:
    height = max(1, round(picture.height * width / picture.width))
    buffer = io.BytesIO()
    picture.resize((width, height)).save(buffer, format="JPEG", quality=QUALITY)
    return base64.b64encode(buffer.getvalue()).decode()


def envelope(video: Path, columns: int = COLUMNS) -> list[int]:
    """Peaks of the sound in equal stretches, 0 to 99; empty without sound."""
    from storyboards.errors import BadMedia
    from tools.media import read_wave

    try:
        wave = np.abs(read_wave(video)).max(0)
    except BadMedia:
        return []
    if wave.size < columns:
        return []
    peaks = wave[: wave.size // columns * columns].reshape(columns, -1).max(1)
    return [int(peak) for peak in np.clip(np.sqrt(peaks) * 99, 0, 99).round()]


def wave_path(peaks: Sequence[int]) -> str:
    """SVG path of an envelope, one unit a column, 2 high around 0; empty for none."""
    if not peaks:
        return ""
    heights = [max(0.02, peak / 99) for peak in peaks]
    top = " ".join(f"{x} {-y:.2f}" for x, y in enumerate(heights))
    bottom = " ".join(f"{len(heights) - 1 - x} {y:.2f}" for x, y in enumerate(heights[::-1]))
    return f"M{top} L{bottom}Z"
