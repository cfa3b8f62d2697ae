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


FALSE_ALARM, UNKNOWN = 0.1, 0.9
"""How likely a claim is kept that was found broken, and one of which nothing is known."""
LEVEL = 0.3
"""Takes that differ by less than this weight of claims expected to be kept are level."""


class Evidence(BaseModel):
    """Where to look or listen. Boxes are normalised x0, y0, x1, y1 from the top left; times are seconds of the shot
    (of the film for claims about the film)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    note: str = ""
    frame: int | None = None
    box: tuple[float, float, float, float] | None = None
    span_s: tuple[float, float] | None = None


class Verdict(BaseModel):
    """The answer to one claim. ``measured`` says what was found, in the claim's own terms ("purple", "1.34 s").

    ``probability`` is that of the claim being kept, 0 to 1, where a judge has one although it decides nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    claim_id: str
    outcome: Outcome
    tier: Tier
    measured: str = ""
    confidence: float = Field(1.0, ge=0.0, le=1.0)
    evidence: Evidence = Evidence()
    judge: str = ""
    probability: float | None = Field(None, ge=0.0, le=1.0)

    @property
    def is_doubtful(self) -> bool:
        """Nothing was decided, and the claim is more likely broken than kept."""
        return self.outcome == "unmeasurable" and self.probability is not None and self.probability < 0.5


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

    @property
    def wanting(self) -> tuple[Verdict, ...]:
        """What another take could mend: what is broken, then what is more likely broken than kept."""
        return (*self.failures, *(verdict for verdict in self.verdicts if verdict.is_doubtful))

    def is_better_than(self, other: Critique | None) -> bool:
        """More expected to be kept by weight, then surer of what is kept. A tie is not better."""
        return other is None or (self.expected, self._sure()) > (other.expected, other._sure())

    def is_level_with(self, other: Critique) -> bool:
        """About as much expected to be kept, however sure."""
        return abs(self.expected - other.expected) < LEVEL

    @property
    def expected(self) -> float:
        """The weight of claims that is expected to be kept."""
        return round(sum(WEIGHTS.get(kind_of(v.claim_id), 1) * _expected(v) for v in self.verdicts), 4)

    def _sure(self) -> float:
        return round(sum(v.confidence for v in self.verdicts if v.outcome == "pass"), 4)


def _expected(verdict: Verdict) -> float:
    """How likely the claim is kept, by a verdict alone where nobody gave a probability."""
    if verdict.outcome != "unmeasurable":
        return 1.0 if verdict.outcome == "pass" else FALSE_ALARM
    return UNKNOWN if verdict.probability is None else verdict.probability


def kind_of(claim_id: str) -> str:
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
