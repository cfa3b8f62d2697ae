"""A paid judge without a server: it looks at real takes, sends bills, and can put two takes side by side."""

from __future__ import annotations

from typing import Literal

from storyboards.claims import Claim
from storyboards.critique import Verdict
from tests.fakes import ColourJudge
from tools.contract import Footage, Opinion, Preference, ShotRequest


class PaidEye:
    """Names the colour of what it sees as ColourJudge does, for a cent a look, and tells it as tier T2.

    Args:
        contrary: it says of every colour the opposite of what it sees.
        prefers: which of two takes it prefers, whatever they show.
        failure: what it says instead of an opinion.
    """

    name, version = "paid eye", "1"
    LOOK_USD = 0.01

    def __init__(
        self, contrary: bool = False, prefers: Literal["first", "second", "equal"] = "equal", failure: str = "",
        second_opinions: bool = False,
    ) -> None:  # fmt: skip
        self.contrary, self.prefers, self.failure, self.second_opinions = contrary, prefers, failure, second_opinions
        self.looks = self.comparisons = 0
        self._eye = ColourJudge()

    def price_usd(self, claims: tuple[Claim, ...], request: ShotRequest) -> float:
        return self.LOOK_USD if claims else 0.0

    def judge(self, footage: Footage, claims: tuple[Claim, ...], request: ShotRequest) -> tuple[Verdict, ...]:
        return self.opinion(footage, claims, request).verdicts

    def opinion(self, footage: Footage, claims: tuple[Claim, ...], request: ShotRequest) -> Opinion:
        self.looks += 1
        if self.failure:
            return Opinion((), self.LOOK_USD, 0.5, self.failure)
        turned = {"pass": "fail", "fail": "pass"} if self.contrary else {}
        verdicts = tuple(
            verdict.model_copy(
                update={"tier": "T2", "judge": self.name, "outcome": turned.get(verdict.outcome, verdict.outcome)}
            )
            for verdict in self._eye.judge(footage, claims, request)
        )
        return Opinion(verdicts, self.LOOK_USD, 0.5)

    def prefer_price_usd(self) -> float:
        return self.LOOK_USD

    def prefer(self, first: Footage, second: Footage, claims: tuple[Claim, ...], request: ShotRequest) -> Preference:
        self.comparisons += 1
        return Preference(self.prefers, 0.8, "it is sharper", self.LOOK_USD, 0.5, self.failure)
