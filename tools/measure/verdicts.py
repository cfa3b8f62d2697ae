"""Saying what was found: the one place where verdicts of this judge are made."""

from __future__ import annotations

from storyboards.claims import Claim, Tier
from storyboards.critique import Evidence, Outcome, Verdict

JUDGE = "measure"


def say(
    claim: Claim, outcome: Outcome, measured: str, confidence: float = 1.0, *, tier: Tier = "T1", note: str = "",
    frame: int | None = None, box: tuple[float, float, float, float] | None = None,
    span_s: tuple[float, float] | None = None,
) -> Verdict:  # fmt: skip
    """A verdict with its evidence. Confidence is kept within 0 to 1, boxes within the frame."""
    if box is not None:
        x0, y0, x1, y1 = (round(min(1.0, max(0.0, v)), 4) for v in box)
        box = (x0, y0, x1, y1)
    if span_s is not None:
        span_s = (round(span_s[0], 3), round(span_s[1], 3))
    sure = round(min(1.0, max(0.0, confidence)), 3)
    return Verdict(
        claim_id=claim.id, outcome=outcome, tier=tier, measured=measured, confidence=sure,
        evidence=Evidence(note=note, frame=frame, box=box, span_s=span_s), judge=JUDGE,
    )  # fmt: skip


def cannot_tell(claim: Claim, why: str, measured: str = "") -> Verdict:
    """Not measurable, and why."""
    return say(claim, "unmeasurable", measured or why, 0.0, note=why if measured else "")


def passed(right: bool) -> Outcome:
    return "pass" if right else "fail"
