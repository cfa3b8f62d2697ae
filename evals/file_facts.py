"""The file beside the plan, property by property: what tier T0 rests on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from storyboards.claims import LOUDNESS_TARGET_LUFS, LOUDNESS_TOLERANCE_LU, TRUE_PEAK_MAX_DBTP
from storyboards.storyboard import Storyboard

if TYPE_CHECKING:
    from tools.media import MediaFacts

C2PA_BOX = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
"""User type of the ``uuid`` box that holds a C2PA manifest (C2PA specification 2, annex A.5)."""
HEAD_BYTES = 4 * 1024**2


def file_rows(video: Path, facts: MediaFacts, board: Storyboard) -> tuple[dict[str, str], ...]:
    """Rows of ``name``, ``planned``, ``found`` and ``outcome`` (pass, fail, or empty where the plan says nothing)."""
    from tools.media import loudness

    lufs, peak = loudness(video) if facts.has_sound else (None, None)
    late_ms = 1000.0 * (facts.sound_start_s - facts.video_start_s)
    aspect = facts.width / max(facts.height, 1)
    spoken = any(shot.lines for shot in board.shots)
    seconds = facts.frames / float(facts.rate.fraction) if facts.rate else facts.duration_s
    half = 0.5 / float(board.rate.fraction)
    rows = [
        ("duration", f"{board.duration_s:.3f} s", f"{seconds:.3f} s", abs(seconds - board.duration_s) <= half),
        ("frames", str(board.frames), str(facts.frames), facts.frames == board.frames),
        ("rate", f"{board.rate} fps", f"{facts.rate} fps", facts.rate == board.rate),
        ("size", f"{board.width}×{board.height}", f"{facts.width}×{facts.height}",
         (facts.width, facts.height) == (board.width, board.height)),
        ("aspect", f"{board.aspect:.3f}", f"{aspect:.3f}", abs(aspect / board.aspect - 1) < 0.01),
        ("streams", "picture and sound", _streams(facts), facts.has_picture and facts.has_sound),
        ("sound against picture", "±40 ms", f"{late_ms:+.0f} ms" if facts.has_sound else "no sound",
         facts.has_sound and abs(late_ms) <= 40.0),
        ("loudness", f"{LOUDNESS_TARGET_LUFS:g} ± {LOUDNESS_TOLERANCE_LU:g} LUFS",
         f"{lufs:.1f} LUFS" if lufs is not None else "silence",
         lufs is not None and abs(lufs - LOUDNESS_TARGET_LUFS) <= LOUDNESS_TOLERANCE_LU + 0.05),
        ("true peak", f"≤ {TRUE_PEAK_MAX_DBTP:g} dBTP", f"{peak:.1f} dBTP" if peak is not None else "silence",
         peak is not None and peak <= TRUE_PEAK_MAX_DBTP + 0.05),
        ("captions", "yes" if spoken else "", ", ".join(facts.caption_languages) or "none inside the file",
         bool(facts.caption_languages) if spoken else None),
        ("provenance", "", "a C2PA manifest is inside (not verified)" if has_c2pa(video) else "no C2PA manifest", None),
    ]  # fmt: skip
    words = {True: "pass", False: "fail", None: ""}
    return tuple(
        {"name": name, "planned": planned, "found": found, "outcome": words[right]}
        for name, planned, found, right in rows
    )


def _streams(facts: MediaFacts) -> str:
    names = [facts.video_codec or "no picture", facts.sound_codec or "no sound"]
    return f"{' and '.join(names)} in {facts.container.partition(',')[0]}"


def has_c2pa(video: Path) -> bool:
    """Whether a box of the file carries a C2PA manifest; it is not verified."""
    with video.open("rb") as file:
        head = file.read(HEAD_BYTES)
        file.seek(0, 2)
        size = file.tell()
        file.seek(max(0, size - HEAD_BYTES))
        return C2PA_BOX in head or C2PA_BOX in file.read(HEAD_BYTES)
