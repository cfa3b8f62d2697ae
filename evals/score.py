"""Is the film what the plan said? Anybody's video against a storyboard, claim by claim.

Tiers stay apart: T0 is the file against the plan, T1 is measured, T2 is a judge that looks and may be absent. The
outcome of a claim is that of the first tier that could tell; scores of tiers stand side by side and are never averaged.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from evals.alignment import Placed
from evals.edit_list import EditList
from evals.tally import tally
from storyboards.claims import LIBRARY, Claim, Tier, compile_claims
from storyboards.critique import Evidence, Score, Verdict, by_kind, score_of
from storyboards.errors import JudgeFailed
from storyboards.storyboard import Storyboard
from tools.contract import Footage, Judge, ShotRequest

if TYPE_CHECKING:
    from tools.media import MediaFacts

SCORE_VERSION = "1"
"""Part of every cache key: change it whenever the same film and plan would be scored otherwise."""
SCHEMA = "storyreel.score/1"
CUT_KINDS = frozenset({"narration", "title"})
"""Kinds of claims about a shot that are answered from the whole film."""
FILE_KINDS = frozenset({"duration", "size", "streams", "loudness", "captions", "order"})
HEARD_KINDS = frozenset({"sound"})
DECIDING: tuple[Tier, ...] = ("T0", "T1", "T2")


@runtime_checkable
class ComparesShots(Protocol):
    """A judge that can also answer continuity claims, which need two shots."""

    def judge_continuity(
        self, claims: tuple[Claim, ...], footage: dict[str, Footage], requests: dict[str, ShotRequest]
    ) -> tuple[Verdict, ...]: ...


@dataclass(frozen=True)
class Answer:
    """A claim with the verdict of every tier that was asked; evidence frames and times are those of the film."""

    claim: Claim
    verdicts: tuple[Verdict, ...]

    @property
    def verdict(self) -> Verdict:
        """Of the first tier that could tell, else of the first."""
        ranked = sorted(self.verdicts, key=lambda verdict: DECIDING.index(verdict.tier))
        return next((verdict for verdict in ranked if verdict.outcome != "unmeasurable"), ranked[0])


@dataclass(frozen=True)
class Scorecard:
    """What came of one film.

    Attributes:
        file: planned and found properties of the file, in words (see ``evals.file_facts``).
        seconds: spent on each step.
        notes: what went wrong on the way, in words.
    """

    board: Storyboard
    video_sha256: str
    frames: int
    rate_hz: float
    placed: tuple[Placed, ...]
    answers: tuple[Answer, ...]
    asked: tuple[str, ...]
    file: tuple[dict[str, str], ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        return tuple(answer.verdict for answer in self.answers)

    @property
    def claims(self) -> tuple[Claim, ...]:
        return tuple(answer.claim for answer in self.answers)

    @property
    def score(self) -> Score:
        return score_of(self.verdicts)

    @property
    def adherence(self) -> float | None:
        """Passed of what could be told, 0 to 1; None if nothing could."""
        told = self.score.passed + self.score.failed
        return round(self.score.passed / told, 6) if told else None

    @property
    def failures(self) -> tuple[Answer, ...]:
        return tuple(answer for answer in self.answers if answer.verdict.outcome == "fail")

    @property
    def kinds(self) -> dict[str, Score]:
        return by_kind(self.claims, self.verdicts)

    def document(self) -> dict[str, Any]:
        """Plain JSON types; times of the clock are left out, so that equal films give equal documents."""
        answers = [
            {"claim": a.claim.model_dump(mode="json"), "outcome": a.verdict.outcome,
             "verdicts": [verdict.model_dump(mode="json") for verdict in a.verdicts]}
            for a in self.answers
        ]  # fmt: skip
        return {
            "schema_version": SCHEMA, "plan": self.board.digest(), "title": self.board.title,
            "video_sha256": self.video_sha256, "frames": self.frames, "rate_hz": round(self.rate_hz, 6),
            "judges": list(self.asked),
            "shots": [
                {"shot": p.shot_id, "start": p.start, "end": p.stop, "edge": p.edge, "note": p.note or p.why_not}
                for p in self.placed
            ],
            **tally(answers), "file": [dict(row) for row in self.file], "answers": answers, "notes": list(self.notes),
        }  # fmt: skip


def score_video(
    board: Storyboard, video: Path, *, edits: EditList | None = None, looking: Judge | None = None,
    captions: Path | None = None, measuring: bool = True, kinds: Collection[str] = (), scratch: Path | None = None,
) -> Scorecard:  # fmt: skip
    """Score a film against a plan. Nothing is read but the film, the plan and what the arguments name.

    Args:
        video: any mp4, mov, mkv or webm; its name says nothing.
        edits: who plays when; found in the picture if None.
        looking: a judge of tier T2.
        captions: SubRip or WebVTT text beside the film.
        kinds: only claims of these kinds; all if empty.
        measuring: False asks only ``looking`` (and the file).
        scratch: folder in which a temporary folder is made.

    Raises:
        BadMedia: the film cannot be read. BadEdit: the edit list does not fit.
    """
    from evals.file_facts import file_rows
    from evals.footage import Reel, placed_by, placed_by_sight
    from tools.media import probe
    from tools.store import file_sha256

    clock = _Clock()
    facts = probe(video)
    _refuse_pictureless(video, facts)
    with tempfile.TemporaryDirectory(dir=scratch, prefix="score-") as folder:
        reel = Reel(video, facts, Path(folder))
        with clock.timing("find shots"):
            if edits is not None:
                placed = placed_by(edits, board, facts.frames)
            else:
                placed, _ = placed_by_sight(reel, board)
        examination = _Examination(board, reel, placed, edits, looking, captions, clock)
        with clock.timing("file"):
            rows = file_rows(video, facts, board)
        claims = tuple(c for c in compile_claims(board) if not kinds or c.kind in kinds)
        answers = examination.answers(claims, measuring)
    names = ["measure"] * measuring + ([looking.name] if looking else [])
    return Scorecard(
        board, file_sha256(video), facts.frames, float(reel.rate.fraction), tuple(placed.values()), answers,
        tuple(names), rows, clock.spent, tuple(examination.notes),
    )  # fmt: skip


def _refuse_pictureless(video: Path, facts: MediaFacts) -> None:
    from storyboards.errors import BadMedia

    if not facts.has_picture:
        raise BadMedia(f"{video.name} has no picture.", next_step="Give a video file.")


class _Clock:
    """Seconds per step, added up."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}
        self._open: list[tuple[str, float]] = []

    def timing(self, name: str) -> _Clock:
        self._open.append((name, time.perf_counter()))
        return self

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        name, began = self._open.pop()
        self.spent[name] = round(self.spent.get(name, 0.0) + time.perf_counter() - began, 4)


class _Examination:
    """The questions of one film put to every tier."""

    def __init__(
        self, board: Storyboard, reel: Any, placed: Mapping[str, Placed], edits: EditList | None, looking: Judge | None,
        captions: Path | None, clock: _Clock,
    ) -> None:  # fmt: skip
        self.board, self.reel, self.placed, self.edits = board, reel, placed, edits
        self.looking, self.captions, self.clock = looking, captions, clock
        self.notes: list[str] = []

    def answers(self, claims: tuple[Claim, ...], measuring: bool) -> tuple[Answer, ...]:
        tiers: list[dict[str, Verdict]] = []
        with self.clock.timing("measure"):
            whole = [c for c in claims if not c.shot_id or c.kind in CUT_KINDS]
            tiers.append(self._film(whole) if measuring else {})
            if measuring:
                from tools.measure import Measurements

                for shot in self.board.shots:
                    tiers[0] |= self._shot(Measurements(), shot.id, _of_shot(claims, shot.id))
                tiers[0] |= self._continuity(None, [c for c in claims if c.kind == "continuity"])
        if self.looking is not None:
            with self.clock.timing("look"):
                tiers.append(self._looked_at(claims))
        return tuple(self._answer(claim, tiers) for claim in claims)

    def _answer(self, claim: Claim, tiers: list[dict[str, Verdict]]) -> Answer:
        lost = self._missing(claim)
        verdicts = tuple(tier[claim.id] for tier in tiers if claim.id in tier)
        if lost:
            verdicts = (lost, *(v for v in verdicts if v.tier == "T2" and v.outcome == "fail"))
        return Answer(claim, verdicts or (Verdict(claim_id=claim.id, outcome="unmeasurable", tier="T1",
                                                  measured="nobody was asked"),))  # fmt: skip

    def _missing(self, claim: Claim) -> Verdict | None:
        """A claim about a shot that the film does not have is false, and says why."""
        needed = [claim.shot_id] if claim.shot_id else []
        needed += [claim.other] if claim.kind == "continuity" and not claim.other.startswith(LIBRARY) else []
        gone = [self.placed[name] for name in needed if not self.placed[name].found]
        if not gone:
            return None
        measured = f"shot {gone[0].shot_id} is not in the film: {gone[0].why_not}"
        tier: Tier = "T0" if self.edits else "T1"
        return Verdict(claim_id=claim.id, outcome="fail", tier=tier, measured=measured, confidence=0.9, judge="measure")

    def _film(self, claims: list[Claim]) -> dict[str, Verdict]:
        if self.edits is not None and self.edits.timeline is not None:
            from tools.measure import measure_cut

            found = measure_cut(self.reel.video, self.board, tuple(claims), self.edits.timeline)
        else:
            from evals.screening import Screening, screen

            seen = Screening(self.reel.video, self.board, self.reel.facts, self.placed, captions_file=self.captions)
            found = screen(claims, seen)
        return {verdict.claim_id: verdict for verdict in found}

    def _shot(self, judge: Judge, shot_id: str, claims: list[Claim], looked: bool = False) -> dict[str, Verdict]:
        """The verdicts of one judge on one shot; pictures of a dissolve or fade into it are not shown."""
        place, shot = self.placed[shot_id], self.board.shot(shot_id)
        if not place.found or not claims:
            return {}
        rows: dict[str, Verdict] = {}
        trim = min(shot.transition.frames, (place.stop - place.start) // 2)
        groups = [(trim, [c for c in claims if c.kind not in HEARD_KINDS and c.kind != "duration"]),
                  (0, [c for c in claims if c.kind in HEARD_KINDS])]  # fmt: skip
        if not trim or looked:
            groups = [(trim, [c for c in claims if c.kind != "duration"])]
        for cut, asked in groups:
            if not asked:
                continue
            footage = self.reel.footage(place, cut)
            request = self._request(shot_id, footage)
            try:
                verdicts = judge.judge(footage, tuple(asked), request)
            except JudgeFailed as error:
                self.notes.append(f"shot {shot_id}: {judge.name} gave no verdict: {error.message}")
                continue
            rows |= {v.claim_id: self._in_film(v, place, cut) for v in verdicts}
        if not looked:
            rows |= {c.id: self._length(c, place) for c in claims if c.kind == "duration"}
        return rows

    def _request(self, shot_id: str, footage: Footage) -> ShotRequest:
        from evals.footage import request_of

        return request_of(self.board, self.board.shot(shot_id), footage)

    def _in_film(self, verdict: Verdict, place: Placed, trim: int) -> Verdict:
        """Evidence of a shot in frames and seconds of the film."""
        rate_hz, found = float(self.reel.rate.fraction), verdict.evidence
        heard = ".sound." in f".{verdict.claim_id}."
        at_s = (place.start + (0 if heard else trim)) / rate_hz
        frame = None if found.frame is None else min(place.start + trim + found.frame, place.stop - 1)
        span = None if found.span_s is None else (round(found.span_s[0] + at_s, 3), round(found.span_s[1] + at_s, 3))
        moved = Evidence(note=found.note, frame=frame, box=found.box, span_s=span)
        return verdict.model_copy(update={"evidence": moved})

    def _length(self, claim: Claim, place: Placed) -> Verdict:
        """Of a shot, to the frame where the rates agree; where a dissolve was found by sight, to half its length."""
        rate_hz, planned = float(self.reel.rate.fraction), int(claim.number or 0)
        frames, measured_s = place.stop - place.start, (place.stop - place.start) / rate_hz
        same = self.reel.rate == self.board.rate
        away = abs(frames - planned) if same else abs(measured_s - self.board.rate.seconds(planned)) * rate_hz
        outcome = "pass" if away <= (0 if same else 0.5) else "fail"
        following = [s.transition.frames for s in self.board.shots if s.transition.kind == "dissolve"]
        if outcome == "fail" and self.edits is None and away <= max(following, default=0):
            outcome = "unmeasurable"
        told = {"given": "by the edit list", "planned": "not seen, set by the plan"}.get(place.edge, "in the picture")
        return Verdict(
            claim_id=claim.id, outcome=outcome, tier="T0" if self.edits else "T1",
            measured=f"{frames} frames, {measured_s:.3f} s", confidence=1.0 if self.edits else 0.8,
            evidence=Evidence(note=f"its beginning was told {told}. {place.note}".strip(),
                              span_s=(round(place.start / rate_hz, 3), round(place.stop / rate_hz, 3))),
            judge="measure",
        )  # fmt: skip

    def _continuity(self, judge: ComparesShots | None, claims: list[Claim]) -> dict[str, Verdict]:
        from tools.measure import measure_continuity

        inside = [claim for claim in claims if not claim.other.startswith(LIBRARY)]
        asked = tuple(c for c in inside if self.placed[c.shot_id].found and self.placed[c.other].found)
        needed = dict.fromkeys(name for claim in asked for name in (claim.other, claim.shot_id))
        footage = {name: self.reel.footage(self.placed[name], self._trim(name)) for name in needed}
        requests = {name: self._request(name, footage[name]) for name in needed}
        if not asked:
            return {}
        compare = judge.judge_continuity if judge is not None else measure_continuity
        return {
            v.claim_id: self._in_film(v, self.placed[c.shot_id], self._trim(c.shot_id))
            for c, v in zip(asked, compare(asked, footage, requests), strict=True)
        }

    def _trim(self, shot_id: str) -> int:
        place = self.placed[shot_id]
        return min(self.board.shot(shot_id).transition.frames, (place.stop - place.start) // 2)

    def _looked_at(self, claims: tuple[Claim, ...]) -> dict[str, Verdict]:
        """Every claim about a shot, put to the judge that looks; its verdicts are tier T2 whatever it says."""
        assert self.looking is not None
        rows: dict[str, Verdict] = {}
        for shot in self.board.shots:
            rows |= self._shot(self.looking, shot.id, _of_shot(claims, shot.id, CUT_KINDS), looked=True)
        if isinstance(self.looking, ComparesShots):
            try:
                rows |= self._continuity(self.looking, [c for c in claims if c.kind == "continuity"])
            except JudgeFailed as error:
                self.notes.append(f"{self.looking.name} gave no verdict on continuity: {error.message}")
        return {name: verdict.model_copy(update={"tier": "T2"}) for name, verdict in rows.items()}


def _of_shot(claims: Sequence[Claim], shot_id: str, also: Iterable[str] = ()) -> list[Claim]:
    left = CUT_KINDS - set(also) | {"continuity"}
    return [claim for claim in claims if claim.shot_id == shot_id and claim.kind not in left]
