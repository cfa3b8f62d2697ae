"""A judge that reads: any OpenAI-compatible vision-language model behind the same Protocol as the measurements (T2).

It is shown frames with their times and a picture of the sound, and sentences; never a file name, a seed, or which of
the sentences are the plan's. A claim that has a foil is believed only if its foil is denied: docs/decisions/0051.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np

from storyboards.claims import Claim, ClaimKind, Tier
from storyboards.critique import Evidence, Outcome, Verdict
from storyboards.errors import BadInput, BadMedia, JudgeFailed
from storyboards.storyboard import digest_of
from tools.contract import Footage, Opinion, Preference, ShotRequest
from tools.judge_answers import Finding, Statement, examine, prefer
from tools.judge_foils import plan_foil
from tools.judge_pictures import Exhibit, FramePolicy, show_footage, show_sound
from tools.judge_probes import Trial, hold, picture_probes, sound_probe
from tools.judge_wire import Bill, Prices, Wire, prompt_digest

SEEN: frozenset[ClaimKind] = frozenset(
    {"subject", "count", "colour", "action", "direction", "relation", "camera", "framing", "setting", "time", "weather",
     "title"}
)  # fmt: skip
HEARD: frozenset[ClaimKind] = frozenset({"sound"})
WHY_NOT = "not to be decided from single frames"
UNSURE = 0.1
"""A P(yes) this near to a half decides nothing."""
BATCH = 12
"""Sentences in one question."""
TOKENS_A_PICTURE, TOKENS_OF_PROMPT, TOKENS_A_STATEMENT, TOKENS_AN_ANSWER = 1100, 900, 40, 90
"""For the price that is set aside before the server is asked; on the high side of what servers count."""
PROBES, PROBE_STATEMENTS = 6, 40


class VlmJudge:
    """A :class:`tools.contract.PairJudge` of tier T2, safe for threads.

    Args:
        base_url: of the server, for example ``http://localhost:8000/v1``; ``model`` is the id as the server knows it.
        policy: which frames it sees.
        prices: of the server; what is spent is told in every :class:`Opinion`.
        logprobs: ask for token probabilities; a server that has none is believed its stated confidence.
        second_opinions: is it asked about claims that a judge before it could measure?
        probes: hold the hidden probes before the first take. Without them nothing guards against a judge that says yes.

    Raises:
        BadInput: no model or address was given.
    """

    name = "vlm"
    tier: Tier = "T2"

    def __init__(
        self, base_url: str, model: str, api_key: str = "", *, policy: FramePolicy | None = None,
        prices: Prices | None = None, timeout_s: float = 120.0, max_retries: int = 2, logprobs: bool = True,
        second_opinions: bool = False, probes: bool = True, rest_s: float = 60.0,
    ) -> None:  # fmt: skip
        if not base_url.strip() or not model.strip():
            raise BadInput(
                "the judge needs an address and a model id.",
                next_step="Set STORYREEL_JUDGE_BASE_URL and STORYREEL_JUDGE_MODEL.",
            )
        self.second_opinions = second_opinions
        self._model, self._policy, self._probes = model, policy or FramePolicy(), probes
        self._prices, self._logprobs = prices or Prices(), logprobs
        self._wire = Wire(base_url, model, api_key, timeout_s, max_retries, self._prices, logprobs, rest_s)
        self._trial, self._trying = Trial(), threading.Lock()

    @property
    def version(self) -> str:
        """Names the model, the prompts and the frames: what an answer depends on besides the take."""
        scored = "logprobs" if self._logprobs else "stated"
        probed = "" if self._probes else ".unprobed"
        return f"{self._model}.{prompt_digest()}.{self._policy}.b{BATCH}.{scored}{probed}"

    @property
    def void(self) -> dict[str, str]:
        """What the probes have made void so far, and why: ``all``, ``motion`` or ``sound``."""
        return {str(scope): why for scope, why in self._trial.void.items()}

    def judge(self, footage: Footage, claims: tuple[Claim, ...], request: ShotRequest) -> tuple[Verdict, ...]:
        """One verdict per claim, in their order.

        Raises:
            JudgeFailed: the server could not be asked, or the footage cannot be decoded.
        """
        opinion = self.opinion(footage, claims, request)
        if not opinion.verdicts and claims:
            raise JudgeFailed(opinion.failure, shot_id=request.shot.id)
        return opinion.verdicts

    def opinion(self, footage: Footage, claims: tuple[Claim, ...], request: ShotRequest) -> Opinion:
        """The verdicts with what they cost. Never raises what a server or a file can cause: see ``failure``."""
        bill = Bill(self._prices)
        try:
            found = self._findings(footage, claims, request, bill)
        except (JudgeFailed, BadMedia) as error:
            return Opinion((), bill.cost_usd, bill.wall_s, failure=error.message)
        verdicts = tuple(self._verdict(claim, found, request) for claim in claims)
        void = self._trial.why_void(None)
        return Opinion(verdicts, bill.cost_usd, bill.wall_s, failure=void and f"its probes failed: {void}")

    def prefer(self, first: Footage, second: Footage, claims: tuple[Claim, ...], request: ShotRequest) -> Preference:
        """Which of two takes keeps the plan better by their pictures, asked in both orders."""
        bill = Bill(self._prices)
        try:
            self._try(claims, request, bill)
            void = self._trial.why_void(None)
            if void:
                failure = f"its probes failed: {void}"
                return Preference("equal", 0.0, "", bill.cost_usd, bill.wall_s, failure=failure)
            shown = (show_footage(first, self._policy), show_footage(second, self._policy))
            plan = [claim.text for claim in claims if claim.kind in SEEN]
            better, sure, why = prefer(self._wire, shown, plan, bill)
        except (JudgeFailed, BadMedia) as error:
            return Preference("equal", 0.0, "", bill.cost_usd, bill.wall_s, failure=error.message)
        return Preference(better, sure, why, bill.cost_usd, bill.wall_s)

    def price_usd(self, claims: tuple[Claim, ...], request: ShotRequest) -> float:
        """What an opinion on these claims may cost, the probes included if they are still to be held."""
        seen = sum(claim.kind in SEEN for claim in claims)
        heard = sum(claim.kind in HEARD for claim in claims)
        asks = 2 * (-(-seen // BATCH)) * self._pictures() + 2 * (-(-heard // BATCH))
        questions = 2 * (-(-seen // BATCH)) + 2 * (-(-heard // BATCH))
        statements = 2 * (seen + heard)
        if self._probes and not self._trial.held and statements:
            asks, questions = asks + PROBES * self._pictures(), questions + PROBES
            statements += PROBE_STATEMENTS
        tokens_in = asks * TOKENS_A_PICTURE + questions * TOKENS_OF_PROMPT + statements * TOKENS_A_STATEMENT
        return self._prices.of(tokens_in, statements * TOKENS_AN_ANSWER)

    def prefer_price_usd(self) -> float:
        """What a preference may cost."""
        tokens_in = 2 * (2 * self._pictures() * TOKENS_A_PICTURE + 2 * TOKENS_OF_PROMPT)
        return self._prices.of(tokens_in, 2 * TOKENS_AN_ANSWER)

    def _pictures(self) -> int:
        return self._policy.count if self._policy.layout == "single" else self._policy.count // 2 + 1

    def _findings(
        self, footage: Footage, claims: tuple[Claim, ...], request: ShotRequest, bill: Bill
    ) -> dict[str, Finding]:
        """By the ids of the claims and of their foils."""
        seen = [claim for claim in claims if claim.kind in SEEN]
        heard = [claim for claim in claims if claim.kind in HEARD] if footage.sound is not None else []
        if not seen and not heard:
            return {}
        self._try(claims, request, bill)
        found: dict[str, Finding] = {}
        seen = [claim for claim in seen if not self._trial.why_void(claim.kind)]
        heard = [claim for claim in heard if not self._trial.why_void(claim.kind)]
        if seen:
            found |= self._ask(show_footage(footage, self._policy), seen, request, bill)
        if heard and footage.sound is not None:
            found |= self._ask(show_sound(footage.sound, self._policy), heard, request, bill)
        return found

    def _ask(self, exhibit: Exhibit, claims: Sequence[Claim], request: ShotRequest, bill: Bill) -> dict[str, Finding]:
        """Claims and foils mixed into two rounds, so that no question holds a claim and its foil, or claims alone."""
        rounds: tuple[list[Statement], list[Statement]] = ([], [])
        for claim in claims:
            foil, coin = foil_of(claim, request), int(digest_of([claim.id, claim.text])[-2:], 16) % 2
            rounds[coin].append(Statement(claim.id, claim.text))
            if foil is not None:
                rounds[1 - coin].append(Statement(foil.id, foil.text))
        found: dict[str, Finding] = {}
        for statements in rounds:
            found |= examine(self._wire, exhibit, statements, BATCH, bill)
        return found

    def _try(self, claims: tuple[Claim, ...], request: ShotRequest, bill: Bill) -> None:
        """Hold the probes that are due, once for this judge; takes that are judged side by side wait for them."""
        if not self._probes:
            return
        with self._trying:
            if not self._trial.has_seen:
                hold(picture_probes(claims, request, self._policy), self._trial, self._wire, BATCH, bill)
            if any(claim.kind in HEARD for claim in claims):
                hold([sound_probe(claims, self._policy)], self._trial, self._wire, BATCH, bill)

    def _verdict(self, claim: Claim, found: dict[str, Finding], request: ShotRequest) -> Verdict:
        void = self._trial.why_void(claim.kind)
        if claim.kind not in SEEN | HEARD or void or claim.id not in found:
            why = WHY_NOT if claim.kind not in SEEN | HEARD else f"void: {void}" if void else "the take has no sound"
            return self._say(claim, "unmeasurable", why, 0.0, Evidence())
        mine, foil = found[claim.id], foil_of(claim, request)
        outcome, sure, why = decide(mine, found.get(foil.id) if foil else None)
        words = why or mine.seen or ("as planned" if outcome == "pass" else "not that")
        if claim.kind in HEARD and not why:
            words = "heard there" if outcome == "pass" else "not heard there"
        against = f"; of “{foil.text}” {_said(found.get(foil.id))}" if foil else "; it has no foil"
        note = f"P(yes) {_said(mine)}{against}. {mine.seen}".strip()
        return self._say(claim, outcome, words, sure, Evidence(note=note, frame=mine.frame))

    def _say(self, claim: Claim, outcome: Outcome, measured: str, sure: float, evidence: Evidence) -> Verdict:
        return Verdict(
            claim_id=claim.id, outcome=outcome, tier=self.tier, measured=measured, confidence=round(sure, 3),
            evidence=evidence, judge=f"{self.name}:{self._model}",
        )  # fmt: skip


def foil_of(claim: Claim, request: ShotRequest) -> Claim | None:
    """The claim's foil, always the same one for the same claim."""
    rng = np.random.default_rng(int(digest_of([claim.id, claim.text])[:8], 16))
    return plan_foil(claim, request, rng)


def decide(claim: Finding, foil: Finding | None) -> tuple[Outcome, float, str]:
    """Outcome, confidence 0 to 1, and why it cannot be told if so.

    Affirmed and its foil denied: pass. Denied: fail, also if the foil is denied too (it may be a third thing).
    Affirmed with its foil: the judge says yes to anything here, so nothing is known.
    """
    if claim.yes is None:
        return "unmeasurable", 0.0, claim.why
    if abs(claim.yes - 0.5) < UNSURE:
        return "unmeasurable", 0.0, f"undecided, P(yes) {claim.yes:.2f}"
    if claim.yes < 0.5:
        return "fail", 1.0 - claim.yes, ""
    if foil is None:
        return "pass", claim.yes, ""
    if foil.yes is None:
        return "unmeasurable", 0.0, f"its foil was not answered: {foil.why}"
    if foil.yes >= 0.5:
        return "unmeasurable", 0.0, "the judge affirms its opposite too"
    return "pass", min(claim.yes, 1.0 - foil.yes), ""


def _said(finding: Finding | None) -> str:
    if finding is None or finding.yes is None:
        return "unanswered"
    return f"{finding.yes:.2f}" + (" by logprobs" if finding.by_logprobs else " as stated")
