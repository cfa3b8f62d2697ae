"""The report of a film: one HTML file that opens from disk, with every claim and what was found."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from storyboards.claims import Claim
from storyboards.critique import Score, Verdict, by_kind, score_of
from storyboards.shot import Shot, Take
from storyboards.storyboard import Storyboard
from storyboards.timeline import Caption, Timeline

PEAKS = 900
"""Columns of the waveform."""


@dataclass(frozen=True)
class Still:
    """A JPEG of one frame; ``box`` is normalised x0, y0, x1, y1 from the top left."""

    jpeg: bytes
    frame: int
    box: tuple[float, float, float, float] | None = None

    @property
    def source(self) -> str:
        return "data:image/jpeg;base64," + base64.b64encode(self.jpeg).decode()


@dataclass(frozen=True)
class ClaimRow:
    """A claim beside its verdict and, when there is one, the frame that shows it."""

    claim: Claim
    verdict: Verdict
    still: Still | None = None

    @property
    def opens(self) -> bool:
        return self.verdict.outcome == "fail"


@dataclass(frozen=True)
class ShotCard:
    """What the report shows of one shot."""

    number: int
    shot: Shot
    duration_s: float
    start_s: float
    stills: tuple[Still, ...]
    takes: tuple[Take, ...]
    kept: str
    rows: tuple[ClaimRow, ...]
    revisions: tuple[str, ...] = ()

    @property
    def filmed_by(self) -> str:
        """The backend of the take that plays, empty if it is not known."""
        return next((take.backend for take in self.takes if take.key == self.kept), "")

    @property
    def score(self) -> Score:
        return score_of(row.verdict for row in self.rows)


@dataclass(frozen=True)
class CastCard:
    """An element of the cast with its reference: a PNG, and who it is of."""

    name: str
    png: bytes
    origin: str

    @property
    def source(self) -> str:
        return "data:image/png;base64," + base64.b64encode(self.png).decode()


@dataclass(frozen=True)
class ReportContent:
    """Everything the page is made of; bytes of the page depend on nothing else.

    Attributes:
        film_name: file name of the film beside the report, for the player; empty for none.
        wave: mono sound of the film (N,) in -1 to 1, or None.
        notes: fallbacks and doubts, in words.
        cast: references of the elements.
    """

    board: Storyboard
    timeline: Timeline
    status: str
    claims: tuple[Claim, ...]
    verdicts: tuple[Verdict, ...]
    takes: Mapping[str, tuple[Take, ...]]
    kept: Mapping[str, str]
    stills: Mapping[str, tuple[Still, ...]]
    evidence: Mapping[str, Still] = field(default_factory=dict)
    revisions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    film_name: str = ""
    wave: np.ndarray | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    cast: tuple[CastCard, ...] = ()


def render_report(content: ReportContent) -> str:
    """The page as HTML text. Self-contained but for the film itself, which it plays from the same folder."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    page = Environment(loader=PackageLoader("tools", "templates"), autoescape=True, undefined=StrictUndefined)
    page.filters["seconds"] = lambda value: f"{value:.1f} s"
    board = content.board
    answered = {verdict.claim_id: verdict for verdict in content.verdicts}
    rows = [_row(claim, answered, content.evidence) for claim in content.claims]
    backends = sorted(
        {take.backend for takes in content.takes.values() for take in takes if take.key in set(content.kept.values())}
    )
    return page.get_template("report.html.j2").render(
        board=board,
        status=content.status,
        cards=_cards(content, rows),
        film_rows=[row for row in rows if not row.claim.shot_id],
        kinds=by_kind(content.claims, content.verdicts),
        tiers=_by_tier(content.verdicts),
        score=score_of(row.verdict for row in rows),
        failures=[row for row in rows if row.verdict.outcome == "fail"],
        captions=content.timeline.captions,
        lanes=_lanes(content.timeline),
        wave_path=wave_path(content.wave),
        film_name=content.film_name,
        poster=_poster(content.stills),
        notes=content.notes,
        backends=backends,
        cast=content.cast,
        facts=content.facts,
        duration_s=board.duration_s,
    )


def _poster(stills: Mapping[str, tuple[Still, ...]]) -> str:
    """The middle still of the first shot that has any."""
    strip: tuple[Still, ...] = next((strip for strip in stills.values() if strip), ())
    return strip[len(strip) // 2].source if strip else ""


def _row(claim: Claim, answered: Mapping[str, Verdict], evidence: Mapping[str, Still]) -> ClaimRow:
    silent = Verdict(claim_id=claim.id, outcome="unmeasurable", tier="T1", measured="no judge answered")
    return ClaimRow(claim, answered.get(claim.id, silent), evidence.get(claim.id))


def _cards(content: ReportContent, rows: list[ClaimRow]) -> list[ShotCard]:
    board = content.board
    return [
        ShotCard(
            number=number,
            shot=shot,
            duration_s=board.rate.seconds(shot.frames),
            start_s=board.rate.seconds(board.span_of(shot.id).start),
            stills=content.stills.get(shot.id, ()),
            takes=content.takes.get(shot.id, ()),
            kept=content.kept.get(shot.id, ""),
            rows=tuple(row for row in rows if row.claim.shot_id == shot.id),
            revisions=content.revisions.get(shot.id, ()),
        )
        for number, shot in enumerate(board.shots, start=1)
    ]


def _by_tier(verdicts: Iterable[Verdict]) -> dict[str, Score]:
    """Scores per evidence tier, side by side and never averaged."""
    listed = tuple(verdicts)
    return {tier: score_of(v for v in listed if v.tier == tier) for tier in ("T0", "T1", "T2")}


@dataclass(frozen=True)
class Block:
    """A box on a lane of the timeline, in percent of the film."""

    left: float
    width: float
    label: str


def _lanes(timeline: Timeline) -> dict[str, list[Block]]:
    total = max(timeline.duration_s, 1e-6)
    lanes: dict[str, list[Block]] = {}
    for clip in timeline.sound:
        start, end = max(0.0, clip.at_s), min(total, clip.at_s + clip.length_s)
        if end > start:
            block = Block(100 * start / total, 100 * (end - start) / total, clip.shot_id)
            lanes.setdefault(clip.track, []).append(block)
    lanes["captions"] = [_caption_block(caption, total) for caption in timeline.captions]
    return {name: blocks for name, blocks in lanes.items() if blocks}


def _caption_block(caption: Caption, total_s: float) -> Block:
    return Block(100 * caption.start_s / total_s, 100 * (caption.end_s - caption.start_s) / total_s, caption.text)


def wave_path(wave: np.ndarray | None, columns: int = PEAKS) -> str:
    """SVG path of the loudness envelope, ``columns`` wide and 2 high around 0; empty without sound.

    Args:
        wave: (N,) samples in -1 to 1.
    """
    if wave is None or wave.size < columns:
        return ""
    peaks = np.abs(wave[: wave.size // columns * columns].reshape(columns, -1)).max(1).clip(0.004, 1.0)
    top = " ".join(f"{x} {-y:.3f}" for x, y in enumerate(peaks))
    bottom = " ".join(f"{columns - 1 - x} {y:.3f}" for x, y in enumerate(peaks[::-1]))
    return f"M{top} L{bottom}Z"
