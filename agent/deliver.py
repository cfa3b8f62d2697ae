"""What is left beside a film: its plan, its report, its claims, its edit and its captions."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from storyboards.claims import Claim
from storyboards.critique import Verdict
from storyboards.errors import BadOutput
from storyboards.shot import Take
from storyboards.storyboard import Storyboard
from storyboards.timeline import Clip, Timeline, to_srt
from tools.report import ReportContent, Still, render_report
from tools.store import Store

if TYPE_CHECKING:
    from agent.film import Film

STILLS_PER_SHOT = 3
STILL_WIDTH_PX, EVIDENCE_WIDTH_PX = 320, 360


@dataclass(frozen=True)
class Delivery:
    """A finished film with everything that was found about it.

    ``kept`` maps shot ids to the key of the take that plays; ``revisions`` says what was tried, per shot.
    """

    board: Storyboard
    timeline: Timeline
    status: str
    cut: Path
    takes: tuple[Take, ...]
    kept: Mapping[str, str]
    claims: tuple[Claim, ...]
    verdicts: tuple[Verdict, ...]
    notes: tuple[str, ...]
    revisions: Mapping[str, tuple[str, ...]]
    facts: Mapping[str, str]


def deliver(film: Delivery, store: Store, out: Path) -> tuple[Path, ...]:
    """Write the film to ``out`` and its papers beside it; each file appears whole or not at all.

    Returns:
        every path written: the film first, then storyboard, report, claims, edit, captions.

    Raises:
        BadOutput: the place cannot be written.
    """
    from tools.publish import otio_text

    texts = {
        ".storyboard.json": json.dumps(film.board.document(), ensure_ascii=False, indent=2) + "\n",
        ".report.html": render_report(_content(film, store, out.name)),
        ".claims.jsonl": "".join(_claim_lines(film)),
        ".otio": otio_text(film.timeline, _by_shot(film.takes), film.claims, film.verdicts, store),
        ".srt": to_srt(film.timeline.captions),
    }
    try:
        _copy(film.cut, out)
        for suffix, text in texts.items():
            _write(out.with_suffix(suffix), text)
    except OSError as error:
        raise BadOutput(
            f"{out} cannot be written: {error.strerror}.",
            next_step="The film is safe in its project: `storyreel resume PROJECT --out ELSEWHERE.mp4`.",
        ) from error
    return (out, *(out.with_suffix(suffix) for suffix in texts))


def export_edit(film: Film, store: Store, to: str, out: Path) -> tuple[str, ...]:
    """Write the edit of a finished film for another program; returns what the format cannot say.

    Raises:
        UnknownName: no such format. BadOutput: ``out`` cannot be written.
    """
    from tools.publish import Cutting, export

    return export(Cutting(film.timeline, _by_shot(film.takes), film.claims, film.verdicts), to, store, out)


def _copy(source: Path, target: Path) -> None:
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    shutil.copyfile(source, draft)
    os.replace(draft, target)


def _write(target: Path, text: str) -> None:
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    draft.write_text(text, encoding="utf-8")
    os.replace(draft, target)


def _claim_lines(film: Delivery) -> Iterable[str]:
    answered = {verdict.claim_id: verdict for verdict in film.verdicts}
    for claim in film.claims:
        verdict = answered.get(claim.id)
        row = {"claim": claim.model_dump(mode="json"), "verdict": verdict.model_dump(mode="json") if verdict else None}
        yield json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n"


def _by_shot(takes: Iterable[Take]) -> dict[str, tuple[Take, ...]]:
    rows: dict[str, tuple[Take, ...]] = {}
    for take in takes:
        rows[take.shot_id] = (*rows.get(take.shot_id, ()), take)
    return rows


def _content(film: Delivery, store: Store, film_name: str) -> ReportContent:
    from tools.media import read_wave

    wave = read_wave(film.cut)
    with ThreadPoolExecutor(2) as pool:
        evidence = pool.submit(_evidence, film, store)
        strips = list(pool.map(lambda clip: _strip(clip, store), film.timeline.picture))
    return ReportContent(
        board=film.board,
        timeline=film.timeline,
        status=film.status,
        claims=film.claims,
        verdicts=film.verdicts,
        takes=_by_shot(film.takes),
        kept=film.kept,
        stills={clip.shot_id: strip for clip, strip in zip(film.timeline.picture, strips, strict=True)},
        evidence=evidence.result(),
        revisions=film.revisions,
        notes=film.notes,
        film_name=film_name,
        wave=wave.mean(0),
        facts=film.facts,
    )


def _strip(clip: Clip, store: Store) -> tuple[Still, ...]:
    """Stills at even steps through the part of the take that plays."""
    from tools.media import jpeg_stills

    length = clip.source.length
    frames = [clip.source.start + length * (2 * i + 1) // (2 * STILLS_PER_SHOT) for i in range(STILLS_PER_SHOT)]
    pictures = jpeg_stills(store.path(clip.video_sha256), frames, STILL_WIDTH_PX)
    return tuple(Still(jpeg, frame) for jpeg, frame in zip(pictures, frames, strict=True))


def _evidence(film: Delivery, store: Store) -> dict[str, Still]:
    """The frame that shows it, for every verdict that names one on a shot that plays."""
    from tools.media import jpeg_stills

    clips = {clip.shot_id: clip for clip in film.timeline.picture}
    shots = {claim.id: claim.shot_id for claim in film.claims}
    wanted: dict[str, list[Verdict]] = {}
    for verdict in film.verdicts:
        shot_id = shots.get(verdict.claim_id, "")
        if shot_id in clips and verdict.evidence.frame is not None and verdict.outcome != "unmeasurable":
            wanted.setdefault(shot_id, []).append(verdict)
    stills: dict[str, Still] = {}
    for shot_id, verdicts in wanted.items():
        last = clips[shot_id].source.end - 1
        frames = sorted({min(v.evidence.frame or 0, last) for v in verdicts})
        pictures = jpeg_stills(store.path(clips[shot_id].video_sha256), frames, EVIDENCE_WIDTH_PX)
        shown = dict(zip(frames, pictures, strict=True))
        for verdict in verdicts:
            frame = min(verdict.evidence.frame or 0, last)
            stills[verdict.claim_id] = Still(shown[frame], frame, verdict.evidence.box)
    return stills
