"""Verdicts with evidence and tier. What could not be measured is not a zero."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from storyboards.claims import Claim, Tier

Outcome = Literal["pass", "fail", "unmeasurable"]

WEIGHTS: dict[str, int] = {
    "subject": 3, "count": 3, "action": 3, "relation": 3, "black": 3, "freeze": 3, "colour": 2, "setting": 2,
    "direction": 2, "camera": 2, "sound": 2, "continuity": 2, "flicker": 2,
}  # fmt: skip
"""What a broken promise of a kind weighs when one take is chosen over another, 1 where nothing is said. Chosen by hand,
for choosing only: scores count every claim once."""


class Evidence(BaseModel):
    """Where to look or listen. Boxes are normalised x0, y0, x1, y1 from the top left; times are seconds of the shot
    (of the film for claims about the film)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    note: str = ""
    frame: int | None = None
    box: tuple[float, float, float, float] | None = None
    span_s: tuple[float, float] | None = None


class Verdict(BaseModel):
    """The answer to one claim. ``measured`` says what was found, in the claim's own terms ("purple", "1.34 s")."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    claim_id: str
    outcome: Outcome
    tier: Tier
    measured: str = ""
    confidence: float = Field(1.0, ge=0.0, le=1.0)
    evidence: Evidence = Evidence()
    judge: str = ""


class Score(BaseModel):
    """Counts of outcomes; ``coverage`` is the share of claims that could be measured."""

    model_config = ConfigDict(frozen=True)
    passed: int = 0
    failed: int = 0
    unmeasurable: int = 0

    @property
    def coverage(self) -> float:
        total = self.passed + self.failed + self.unmeasurable
        return (self.passed + self.failed) / total if total else 0.0


class Critique(BaseModel):
    """All verdicts on one take."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    shot_id: str
    take_key: str
    verdicts: tuple[Verdict, ...] = ()

    @property
    def score(self) -> Score:
        return score_of(self.verdicts)

    @property
    def failures(self) -> tuple[Verdict, ...]:
        return tuple(verdict for verdict in self.verdicts if verdict.outcome == "fail")

    def is_better_than(self, other: Critique | None) -> bool:
        """Less broken by weight first, then more kept by weight, then surer of what is kept. A tie is not better."""
        return other is None or (self._rank(), self._sure()) > (other._rank(), other._sure())

    def is_level_with(self, other: Critique) -> bool:
        """Equal by weight of what is broken and kept, however sure."""
        return self._rank() == other._rank()

    def _rank(self) -> tuple[int, int]:
        return -self._weight("fail"), self._weight("pass")

    def _weight(self, outcome: Outcome) -> int:
        return sum(WEIGHTS.get(_kind_of(v.claim_id), 1) for v in self.verdicts if v.outcome == outcome)

    def _sure(self) -> float:
        return round(sum(v.confidence for v in self.verdicts if v.outcome == "pass"), 4)


def _kind_of(claim_id: str) -> str:
    """The second word of ``s3.colour.fox``."""
    return claim_id.split(".")[1] if "." in claim_id else ""


def score_of(verdicts: Iterable[Verdict]) -> Score:
    counts = Counter(verdict.outcome for verdict in verdicts)
    return Score(passed=counts["pass"], failed=counts["fail"], unmeasurable=counts["unmeasurable"])


def by_kind(claims: Iterable[Claim], verdicts: Iterable[Verdict]) -> dict[str, Score]:
    """Scores per claim kind, in the order in which kinds first appear. A claim without a verdict is unmeasurable."""
    answered = {verdict.claim_id: verdict for verdict in verdicts}
    rows: dict[str, list[Verdict]] = {}
    for claim in claims:
        missing = Verdict(claim_id=claim.id, outcome="unmeasurable", tier="T1", measured="nobody answered")
        rows.setdefault(claim.kind, []).append(answered.get(claim.id, missing))
    return {kind: score_of(row) for kind, row in rows.items()}
