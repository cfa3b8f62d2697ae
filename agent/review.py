"""Judging a take by its claims: every judge is remembered by itself, and one verdict is made of what they say."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType
from typing import Protocol

from agent.concepts import unseen_in_style
from agent.crew import Crew
from agent.identity import judge_identity
from agent.memory.cuts import Cut
from agent.state import Note
from agent.voices import judge_voices
from storyboards.claims import LIBRARY, ONE_VOICE, Claim, compile_claims, shot_claims
from storyboards.critique import Critique, Verdict
from storyboards.errors import JudgeFailed
from storyboards.shot import Shot, Take
from storyboards.storyboard import Storyboard, digest_of
from tools.contract import AppealJudge, Footage, Judge, PaidJudge, RatedBackend, request_for

ONLY_IN_THE_CUT = frozenset({"narration", "title", "continuity"})
"""Kinds of claims about a shot that its take alone cannot answer: they are laid over it, or compare it with others."""


class Purse(Protocol):
    """What judges are paid from. :class:`agent.budget.Budget` is one."""

    def set_aside(self, price_usd: float) -> str:
        """Why there is no money for it, empty when it was set aside."""
        ...

    def settle(self, price_usd: float, cost_usd: float) -> None: ...


class Unlimited:
    """A purse without a bottom."""

    def set_aside(self, price_usd: float) -> str:
        return ""

    def settle(self, price_usd: float, cost_usd: float) -> None:
        return None


def take_claims(board: Storyboard, shot: Shot) -> tuple[Claim, ...]:
    """What one take of the planned shot must show."""
    return tuple(claim for claim in shot_claims(board, shot) if claim.kind not in ONLY_IN_THE_CUT)


def footage_of(crew: Crew, take: Take) -> Footage:
    sound = crew.store.path(take.sound_sha256) if take.sound_sha256 else None
    return Footage(video=crew.store.path(take.video_sha256), sound=sound, rate=take.rate, frames=take.frames)


def judge_take(
    crew: Crew, project: str, board: Storyboard, take: Take, purse: Purse | None = None
) -> tuple[Critique, tuple[Note, ...]]:
    """The verdicts on a take, of each judge from memory if it answered the same claims before; and notes.

    The claims are those of the shot as planned, never of the revision that was filmed: a revision may change how a
    promise is kept, not the promise. A judge that fails leaves its claims unmeasurable and a note, and what it said is
    not remembered. A paid judge is asked only while the purse covers its price.
    """
    shot = board.shot(take.shot_id)
    claims = take_claims(board, shot)
    unseen = unseen_in_style(shot, claims)
    rows: list[tuple[Verdict, ...]] = [unseen]
    notes: list[Note] = [*_undoubted(crew)]
    for judge in crew.judges:
        asked = _asked(judge, claims, rows)
        if not isinstance(judge, PaidJudge):
            asked = tuple(claim for claim in asked if claim.id not in {verdict.claim_id for verdict in unseen})
        if asked:
            verdicts, said = _opinion(crew, project, board, take, judge, asked, purse or Unlimited())
            rows.append(verdicts)
            notes += said
    verdicts = settle(claims, rows, kept_by(crew))
    return Critique(shot_id=shot.id, take_key=take.key, verdicts=verdicts), tuple(notes)


def _asked(judge: Judge, claims: tuple[Claim, ...], rows: list[tuple[Verdict, ...]]) -> tuple[Claim, ...]:
    """The claims that no judge before could tell, or all of them if this judge gives second opinions.

    A judge that hears appeals is also asked about what was found broken.
    """
    if isinstance(judge, PaidJudge) and judge.second_opinions:
        return claims
    settled = ("pass",) if isinstance(judge, AppealJudge) and judge.hears_appeals else ("pass", "fail")
    told = {verdict.claim_id for row in rows for verdict in row if verdict.outcome in settled}
    return tuple(claim for claim in claims if claim.id not in told)


def _opinion(
    crew: Crew, project: str, board: Storyboard, take: Take, judge: Judge, asked: tuple[Claim, ...], purse: Purse
) -> tuple[tuple[Verdict, ...], tuple[Note, ...]]:
    """What one judge says, remembered or asked for now."""
    shot = board.shot(take.shot_id)
    review = _question(board, shot, asked, (judge,))
    known = crew.memory.reviews.recall(project, shot.id, take.key, review)
    if known is not None:
        return known, ()
    footage, request = footage_of(crew, take), request_for(board, shot)
    failure = ""
    if isinstance(judge, PaidJudge):
        price_usd = judge.price_usd(asked, request)
        refused = purse.set_aside(price_usd) if price_usd else ""
        if refused:
            return (), (Note(text=f"shot {shot.id}: the judge {judge.name} was not asked: {refused}"),)
        opinion = judge.opinion(footage, asked, request)
        purse.settle(price_usd, opinion.cost_usd)
        # Before what was found is recorded: money is not forgotten by a crash in between.
        crew.memory.ledger.charge(project, "judge", shot.id, take.key, opinion.cost_usd, opinion.wall_s)
        verdicts, failure = opinion.verdicts, opinion.failure
    else:
        try:
            verdicts = judge.judge(footage, asked, request)
        except JudgeFailed as error:
            verdicts, failure = (), error.message
    if failure:
        words = f"shot {shot.id}: the judge {judge.name} gave no verdict: {failure}"
        return verdicts, (Note(text=words, degrades=True),)
    crew.memory.reviews.record(project, shot.id, take.key, review, verdicts)
    return verdicts, ()


def settle(
    claims: tuple[Claim, ...], rows: list[tuple[Verdict, ...]], keeps: Mapping[str, float] = MappingProxyType({})
) -> tuple[Verdict, ...]:
    """One verdict for each claim from those of several judges: measured before read, said where they contradict.

    Args:
        keeps: share of claims by kind that whoever filmed it keeps. Judges' probabilities hold for claims of which half
            are true; this makes them those of this film. Where nothing is known nothing is doubted.
    """
    return tuple(_settled(claim, [v for row in rows for v in row if v.claim_id == claim.id], keeps) for claim in claims)


def kept_by(crew: Crew) -> Mapping[str, float]:
    """Share of claims by kind that the backend's takes keep, as one of these judges found; empty where nobody did."""
    backend = crew.backend
    if not isinstance(backend, RatedBackend) or backend.rated_by not in {
        getattr(judge, "version", None) for judge in crew.judges
    }:
        return {}
    return backend.keeps


def _undoubted(crew: Crew) -> tuple[Note, ...]:
    """Says so where takes could be doubted, had somebody measured what they keep."""
    backend = crew.backend
    if len(crew.judges) < 2 or not isinstance(backend, RatedBackend) or kept_by(crew):
        return ()
    words = (
        f"what {backend.name} keeps of a plan was not measured with these weights and this judge: nothing is doubted"
    )
    return (Note(text=words),)


def _settled(claim: Claim, said: list[Verdict], keeps: Mapping[str, float]) -> Verdict:
    told = sorted((verdict for verdict in said if verdict.outcome != "unmeasurable"), key=lambda v: v.tier)
    if not told and said:
        unsure = next((v for v in said if v.probability is not None and claim.kind in keeps), said[0])
        also = "; ".join(f"{v.judge}: {v.measured}" for v in said if v is not unsure and v.measured)
        probability = _given(unsure.probability, keeps.get(claim.kind))
        return _noted(unsure.model_copy(update={"probability": probability}), also)
    if not told:
        return _unanswered(claim)
    appeal = _appealed(told)
    if appeal is not None:
        words = f"{told[0].judge} found it broken, {_told(appeal)} does not; nothing is decided"
        unsure = told[0].model_copy(update={"outcome": "unmeasurable", "confidence": 0.0, "probability": 0.5})
        return _noted(unsure, words)
    against = [verdict for verdict in told[1:] if verdict.outcome != told[0].outcome]
    return _noted(told[0], "; ".join(f"against {_told(v)}, the {told[0].tier} verdict counts" for v in against))


def _appealed(told: list[Verdict]) -> Verdict | None:
    """Who affirms what was measured to be broken, if its probability of yes is known: of true claims that are
    measured to be broken it affirms most, of false ones hardly any, so neither is believed alone."""
    if told[0].outcome != "fail":
        return None
    return next((v for v in told[1:] if v.outcome == "pass" and v.probability is not None), None)


def _given(probability: float | None, prior: float | None) -> float | None:
    """A probability that holds for even odds, by Bayes' rule for those of the prior."""
    if probability is None or prior is None:
        return None
    kept = probability * prior
    broken = (1.0 - probability) * (1.0 - prior)
    return round(kept / max(1e-9, kept + broken), 4)


def _told(verdict: Verdict) -> str:
    return f"{verdict.judge} ({verdict.tier}): {verdict.outcome}, “{verdict.measured}”, {verdict.confidence:.2f}"


def _noted(verdict: Verdict, words: str) -> Verdict:
    if not words:
        return verdict
    note = f"{verdict.evidence.note}; {words}" if verdict.evidence.note else words
    return verdict.model_copy(update={"evidence": verdict.evidence.model_copy(update={"note": note})})


def judge_cut(crew: Crew, project: str, board: Storyboard, cut: Cut, kept: dict[str, Take]) -> tuple[Note, ...]:
    """Have the verdicts in memory on what only the finished cut can answer: lines, titles, continuity, the film whole.

    Returns:
        A note if the examiner failed; what it would have answered is then unmeasurable.
    """
    claims = cut_claims(board)
    review = _cut_question(claims)
    known = crew.memory.reviews.recall(project, "", cut.key, review)
    if known is not None:
        return ()
    between = tuple(
        c for c in claims if c.kind == "continuity" and not c.other.startswith(LIBRARY) and c.expected != ONE_VOICE
    )
    rest = tuple(claim for claim in claims if claim.kind != "continuity")
    try:
        with ThreadPoolExecutor(1) as aside:
            compared = aside.submit(_judge_continuity, crew, project, board, between, kept)
            found = crew.examiner.measure_cut(crew.store.path(cut.sha256), board, rest, cut.timeline)
            found += compared.result() + judge_identity(crew, board, claims, kept)
            found += judge_voices(crew, board, claims, cut.timeline)
    except JudgeFailed as error:
        return (Note(text=f"the cut could not be examined: {error.message}", degrades=True),)
    answers = {verdict.claim_id: verdict for verdict in found}
    verdicts = tuple(answers.get(claim.id) or _unanswered(claim) for claim in claims)
    crew.memory.reviews.record(project, "", cut.key, review, verdicts)
    return ()


def _judge_continuity(
    crew: Crew, project: str, board: Storyboard, claims: tuple[Claim, ...], kept: dict[str, Take]
) -> tuple[Verdict, ...]:
    """What was found before for the same two takes is recalled; only pairs with a new take are looked at again."""
    requests = {shot.id: request_for(board, shot) for shot in board.shots}
    answers: dict[str, Verdict] = {}
    pairs = {claim.id: _pair(crew, board, claim, kept) for claim in claims}
    for claim in claims:
        known = crew.memory.reviews.recall(project, claim.shot_id, *pairs[claim.id])
        if known:
            answers[claim.id] = known[0]
    asked = tuple(claim for claim in claims if claim.id not in answers)
    needed = {shot_id for claim in asked for shot_id in (claim.shot_id, claim.other)}
    footage = {shot_id: footage_of(crew, take) for shot_id, take in kept.items() if shot_id in needed}
    for verdict in crew.examiner.measure_continuity(asked, footage, requests) if asked else ():
        claim = next(claim for claim in asked if claim.id == verdict.claim_id)
        crew.memory.reviews.record(project, claim.shot_id, *pairs[claim.id], (verdict,))
        answers[claim.id] = verdict
    return tuple(answers.values())


def _pair(crew: Crew, board: Storyboard, claim: Claim, kept: dict[str, Take]) -> tuple[str, str]:
    """The two takes that a continuity claim compares, and the question as it is asked of them."""
    takes = "+".join(kept[shot_id].key for shot_id in (claim.other, claim.shot_id))
    shots = [board.shot(shot_id) for shot_id in (claim.other, claim.shot_id)]
    questions = [_question(board, shot, (claim,), crew.judges) for shot in shots]
    return takes, digest_of(questions)


def cut_claims(board: Storyboard) -> tuple[Claim, ...]:
    """The claims that are answered by the cut and not by any one take."""
    return tuple(claim for claim in compile_claims(board) if not claim.shot_id or claim.kind in ONLY_IN_THE_CUT)


def final_verdicts(crew: Crew, project: str, board: Storyboard, cut: Cut) -> tuple[Verdict, ...]:
    """One verdict for every claim of the film, in the order of the claims: from the kept takes and from the cut."""
    memory = crew.memory
    found = {v.claim_id: v for v in memory.reviews.recall(project, "", cut.key, _cut_question(cut_claims(board))) or ()}
    for clip in cut.timeline.picture:
        shot = board.shot(clip.shot_id)
        rows = _remembered(crew, project, board, shot, clip.take_key)
        if rows:
            claims = take_claims(board, shot)
            found |= {verdict.claim_id: verdict for verdict in settle(claims, rows, kept_by(crew))}
    return tuple(found.get(claim.id) or _unanswered(claim) for claim in compile_claims(board))


def all_verdicts(crew: Crew, project: str, board: Storyboard, cut: Cut) -> tuple[Verdict, ...]:
    """What every judge said of the kept takes, side by side: several verdicts for a claim that several could tell."""
    return tuple(
        verdict
        for clip in cut.timeline.picture
        for row in _remembered(crew, project, board, board.shot(clip.shot_id), clip.take_key)
        for verdict in row
    )


def contradictions(crew: Crew, project: str, board: Storyboard, cut: Cut) -> tuple[Note, ...]:
    """Where two judges gave a kept take contrary verdicts, in words."""
    notes = []
    rows = all_verdicts(crew, project, board, cut)
    for claim in compile_claims(board):
        told = sorted((v for v in rows if v.claim_id == claim.id and v.outcome != "unmeasurable"), key=lambda v: v.tier)
        counts = "is not decided against" if told and _appealed(told) else "counts against"
        notes += [
            Note(text=f"{claim.id}: {_told(told[0])} {counts} {_told(verdict)}")
            for verdict in told[1:]
            if verdict.outcome != told[0].outcome
        ]
    return tuple(notes)


def _remembered(crew: Crew, project: str, board: Storyboard, shot: Shot, take_key: str) -> list[tuple[Verdict, ...]]:
    """What each judge of the crew said of a take, as far as it is remembered."""
    claims = take_claims(board, shot)
    rows: list[tuple[Verdict, ...]] = []
    for judge in crew.judges:
        asked = _asked(judge, claims, rows)
        review = _question(board, shot, asked, (judge,))
        rows.append((crew.memory.reviews.recall(project, shot.id, take_key, review) or ()) if asked else ())
    return [row for row in rows if row]


def take_verdicts(
    crew: Crew, project: str, board: Storyboard, shot: Shot, take_key: str
) -> tuple[Verdict, ...]:  # fmt: skip
    """What is remembered of a take against the shot as planned, one verdict a claim; empty if nobody judged it yet."""
    rows = _remembered(crew, project, board, shot, take_key)
    return settle(take_claims(board, shot), rows, kept_by(crew)) if rows else ()


def _cut_question(claims: tuple[Claim, ...]) -> str:
    return digest_of({"claims": [claim.model_dump(mode="json") for claim in claims]})


def _unanswered(claim: Claim) -> Verdict:
    return Verdict(claim_id=claim.id, outcome="unmeasurable", tier="T1", measured="no judge could tell")


def _question(board: Storyboard, shot: Shot, claims: tuple[Claim, ...], judges: tuple[Judge, ...]) -> str:
    """Digest of everything a review depends on besides the take itself."""
    asked = [[judge.name, str(getattr(judge, "version", ""))] for judge in judges]
    request = request_for(board, shot)
    return digest_of(
        {"claims": [claim.model_dump(mode="json") for claim in claims], "judges": asked,
         "cast": [element.model_dump(mode="json") for element in request.elements], "style": board.style}
    )  # fmt: skip
