"""For tests of other people's pipelines: ``assert_adheres(plan, video)``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evals.score import Scorecard
    from storyboards.storyboard import Storyboard
    from tools.contract import Judge

SHOWN = 12


def assert_adheres(
    plan: Storyboard | Mapping[str, Any] | Path | str, video: Path | str, *, edits: Path | str | None = None,
    looking: Judge | None = None, kinds: Collection[str] = (), ignore: Collection[str] = (), adherence: float = 1.0,
    coverage: float = 0.0,
) -> Scorecard:  # fmt: skip
    """Assert that a video keeps a plan, and return its scorecard.

    Args:
        plan: a storyboard, its document, or the path of one.
        edits: path of an edit list; the shots are found in the picture without one.
        kinds: only these kinds of claims, all if empty; ``ignore`` leaves kinds out.
        adherence: share of the claims that could be told that must hold.
        coverage: share of the claims that must be told at all.

    Raises:
        AssertionError: naming each claim that fails, what was found and where.
        BadInput: the plan, the video or the edit list cannot be read.
    """
    from evals.edit_list import read_edit_list
    from evals.score import score_video
    from storyboards.clock import FrameRate
    from storyboards.critique import score_of
    from tools.media import probe

    board, film = board_from(plan), Path(video)
    rate = probe(film).rate or FrameRate(numerator=24)
    cuts = read_edit_list(Path(edits), rate) if edits is not None else None
    card = score_video(board, film, edits=cuts, looking=looking, kinds=kinds)
    asked = [a for a in card.answers if a.claim.kind not in ignore]
    score = score_of(answer.verdict for answer in asked)
    told = score.passed + score.failed
    share = score.passed / told if told else 0.0
    problems = []
    if share < adherence:
        problems.append(f"{score.failed} of {told} claims fail, adherence {share:.3f} < {adherence:g}")
    if score.coverage < coverage:
        problems.append(f"only {score.coverage:.0%} of the claims could be told, {coverage:.0%} wanted")
    if problems:
        raise AssertionError("\n".join(["; ".join(problems), *_failures(asked)]))
    return card


def _failures(asked: list[Any]) -> list[str]:
    failed = [answer for answer in asked if answer.verdict.outcome == "fail"]
    rows = []
    for answer in failed[:SHOWN]:
        verdict, seen = answer.verdict, answer.verdict.evidence
        where = f" at frame {seen.frame}" if seen.frame is not None else ""
        if seen.span_s:
            where += f" at {seen.span_s[0]:.2f}–{seen.span_s[1]:.2f} s"
        rows.append(
            f"  {answer.claim.id}: {answer.claim.text} Found: {verdict.measured or 'no'} ({verdict.tier}){where}"
        )
    if len(failed) > SHOWN:
        rows.append(f"  and {len(failed) - SHOWN} more")
    return rows


def board_from(plan: Storyboard | Mapping[str, Any] | Path | str) -> Storyboard:
    """A storyboard from whatever stands for one.

    Raises:
        BadStoryboard: it is none.
    """
    from storyboards.storyboard import Storyboard, read_storyboard
    from tools.documents import read_document

    if isinstance(plan, Storyboard):
        return plan
    if isinstance(plan, Mapping):
        return read_storyboard(dict(plan))
    return read_document(Path(plan))
