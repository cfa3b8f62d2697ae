"""Films that are there already, with their plans: the samples of somebody else's harness."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from evals.edit_list import EditList
from evals.records import read_json
from evals.tally import count, covered, share
from storyboards.errors import BadInput
from storyboards.storyboard import Storyboard, read_storyboard
from storyboards.timeline import Timeline


@dataclass(frozen=True)
class Precomputed:
    """A film and the file of its plan (a storyboard, or what a run keeps of a plan)."""

    name: str
    plan: Path
    video: Path

    @cached_property
    def board(self) -> Storyboard:
        from tools.documents import read_document

        kept = read_json(self.plan)
        return read_storyboard(kept["plan"]) if isinstance(kept, dict) and "card" in kept else read_document(self.plan)

    @cached_property
    def edits(self) -> EditList | None:
        """What a run knows of the edit; None for anybody else's film."""
        known = read_json(self.video.with_suffix(".json"))
        if not isinstance(known, dict) or "timeline" not in known:
            return None
        return EditList.of(Timeline.model_validate(known["timeline"]))

    @property
    def words(self) -> str:
        """The plan in plain sentences."""
        shots = (shot.prompt or f"{shot.camera.framing} shot, {shot.setting}, {shot.time}" for shot in self.board.shots)
        return f"{self.board.title}: " + " / ".join(shots)


@dataclass(frozen=True)
class Kept:
    """What a film keeps of its plan: counts, the share of told claims, failures in words."""

    counts: dict[str, int]
    kinds: dict[str, Any]
    failures: tuple[str, ...]

    @property
    def share(self) -> float | None:
        return share(self.counts)

    @property
    def coverage(self) -> float:
        return covered(self.counts)


def films_in(folder: Path) -> tuple[Precomputed, ...]:
    """The films of a run's folder, or pairs NAME.json and NAME.mp4, by name.

    Raises:
        BadInput: there are none.
    """
    run = folder / "plans"
    if run.is_dir():
        pairs = [(plan, folder / "films" / f"{plan.stem}.mp4") for plan in sorted(run.glob("*.json"))]
    else:
        pairs = [(video.with_suffix(".json"), video) for video in sorted(folder.glob("*.mp4"))]
    rows = tuple(Precomputed(plan.stem, plan, video) for plan, video in pairs if plan.exists() and video.exists())
    if not rows:
        raise BadInput(f"{folder} has no films with plans.", next_step="Give a run, or pairs NAME.json and NAME.mp4.")
    return rows


def scored(film: Precomputed, kinds: Collection[str] = ()) -> Kept:
    """Score a film by the measurements, only by these kinds of claims if any are given."""
    from evals.score import score_video

    asked = score_video(film.board, film.video, edits=film.edits, kinds=kinds).answers
    by_kind: dict[str, list[str]] = {}
    for answer in asked:
        by_kind.setdefault(answer.claim.kind, []).append(answer.verdict.outcome)
    failures = tuple(
        f"{a.claim.id}: {a.claim.text} Found: {a.verdict.measured}" for a in asked if a.verdict.outcome == "fail"
    )
    return Kept(count(answer.verdict.outcome for answer in asked),
                {kind: count(outcomes) for kind, outcomes in by_kind.items()}, failures)  # fmt: skip
