"""What is left beside a film: its plan, its report, its claims, its edit and its captions."""

from __future__ import annotations

import base64
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from storyboards.claims import Claim
from storyboards.critique import Verdict
from storyboards.errors import BadOutput
from storyboards.shot import Take
from storyboards.storyboard import Storyboard, digest_of
from storyboards.timeline import Clip, Timeline, to_srt
from tools.report import CastCard, ReportContent, Still, render_report
from tools.store import Store

if TYPE_CHECKING:
    from agent.film import Film
    from agent.memory.references import KeptReference

STILLS_PER_SHOT = 3
STILL_WIDTH_PX = 360


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
    cast: Mapping[str, KeptReference] = field(default_factory=dict)


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


def export_edit(film: Film, store: Store, to: str, out: Path, *, away: bool = False) -> tuple[str, ...]:
    """Write the edit of a finished film for another program; returns what the format cannot say.

    Args:
        away: it leaves this machine, so that it names none of its paths.

    Raises:
        UnknownName: no such format. BadOutput: ``out`` cannot be written.
    """
    from tools.publish import Cutting, export

    return export(Cutting(film.timeline, _by_shot(film.takes), film.claims, film.verdicts), to, store, out, away=away)


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
    shown, clips = _shown(film), film.timeline.picture
    with ThreadPoolExecutor(2) as pool:
        pictures = list(pool.map(lambda clip: _pictures(store, clip, shown[clip.shot_id]), clips))
    by_shot = {clip.shot_id: jpegs for clip, jpegs in zip(clips, pictures, strict=True)}
    return ReportContent(
        board=film.board,
        timeline=film.timeline,
        status=film.status,
        claims=film.claims,
        verdicts=film.verdicts,
        takes=_by_shot(film.takes),
        kept=film.kept,
        stills={
            clip.shot_id: tuple(Still(by_shot[clip.shot_id][frame], frame) for frame in _strip(clip)) for clip in clips
        },
        evidence={
            verdict.claim_id: Still(
                by_shot[clip.shot_id][_frame(verdict, clip)], _frame(verdict, clip), verdict.evidence.box
            )
            for clip in clips
            for verdict in shown[clip.shot_id]
        },
        revisions=film.revisions,
        notes=film.notes,
        film_name=film_name,
        wave=wave.mean(0),
        facts=film.facts,
        cast=tuple(_cast(film, store)),
    )


def _cast(film: Delivery, store: Store) -> Iterable[CastCard]:
    """The references that are there, in the order of the cast."""
    for element in film.board.elements:
        kept = film.cast.get(element.id)
        if kept is not None and store.holds(kept.sha256):
            by = kept.recipe.get("artist")
            origin = f"drawn by {by}" if by else f"given as {kept.recipe.get('picture', 'a picture')}"
            yield CastCard(element.name or element.id, store.path(kept.sha256).read_bytes(), origin)


def _strip(clip: Clip) -> list[int]:
    """Frames at even steps through the part of the take that plays."""
    length = clip.source.length
    return [clip.source.start + length * (2 * i + 1) // (2 * STILLS_PER_SHOT) for i in range(STILLS_PER_SHOT)]


def _shown(film: Delivery) -> dict[str, list[Verdict]]:
    """The verdicts that name a frame, by the shot that plays it."""
    shots = {claim.id: claim.shot_id for claim in film.claims}
    wanted: dict[str, list[Verdict]] = {clip.shot_id: [] for clip in film.timeline.picture}
    for verdict in film.verdicts:
        shot_id = shots.get(verdict.claim_id, "")
        if shot_id in wanted and verdict.evidence.frame is not None and verdict.outcome != "unmeasurable":
            wanted[shot_id].append(verdict)
    return wanted


def _pictures(store: Store, clip: Clip, verdicts: list[Verdict]) -> dict[int, bytes]:
    """JPEGs of the strip's frames and of the evidence of one shot; kept in the store, so that they are cut out once."""
    from tools.media import jpeg_stills

    frames = sorted({*_strip(clip), *(_frame(verdict, clip) for verdict in verdicts)})
    key = digest_of(["stills", clip.video_sha256, frames, STILL_WIDTH_PX])
    known = store.recall(key)
    if known is not None:
        kept = json.loads(store.path(known).read_text(encoding="ascii"))
        return {int(frame): base64.b64decode(text) for frame, text in kept.items()}
    files = dict(zip(frames, jpeg_stills(store.path(clip.video_sha256), frames, STILL_WIDTH_PX), strict=True))
    document = {str(frame): base64.b64encode(jpeg).decode() for frame, jpeg in files.items()}
    store.remember(key, store.put_bytes(json.dumps(document).encode(), ".json"))
    return files


def _frame(verdict: Verdict, clip: Clip) -> int:
    return min(verdict.evidence.frame or 0, clip.source.end - 1)
