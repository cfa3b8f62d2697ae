"""Judging a take by its claims, and choosing the best of several."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from agent.crew import Crew
from agent.memory.cuts import Cut
from agent.state import Note
from storyboards.claims import Claim, compile_claims, shot_claims
from storyboards.critique import Critique, Verdict
from storyboards.errors import JudgeFailed
from storyboards.shot import Shot, Take
from storyboards.storyboard import Storyboard, digest_of
from tools.contract import Footage, request_for

ONLY_IN_THE_CUT = frozenset({"narration", "title", "continuity"})
"""Kinds of claims about a shot that its take alone cannot answer: they are laid over it, or compare it with others."""


def take_claims(board: Storyboard, shot: Shot) -> tuple[Claim, ...]:
    """What one take of the planned shot must show."""
    return tuple(claim for claim in shot_claims(board, shot) if claim.kind not in ONLY_IN_THE_CUT)


def footage_of(crew: Crew, take: Take) -> Footage:
    sound = crew.store.path(take.sound_sha256) if take.sound_sha256 else None
    return Footage(video=crew.store.path(take.video_sha256), sound=sound, rate=take.rate, frames=take.frames)


def judge_take(crew: Crew, project: str, board: Storyboard, take: Take) -> tuple[Critique, tuple[Note, ...]]:
    """The verdicts on a take, from memory if the same judges answered the same claims before; and notes.

    The claims are those of the shot as planned, never of the revision that was filmed: a revision may change how a
    promise is kept, not the promise. A judge that fails leaves its claims unmeasurable and a note, and such a review
    is not remembered.
    """
    shot = board.shot(take.shot_id)
    claims = take_claims(board, shot)
    review = _question(crew, board, shot, claims)
    known = crew.memory.reviews.recall(project, shot.id, take.key, review)
    if known is not None:
        return Critique(shot_id=shot.id, take_key=take.key, verdicts=known), ()
    verdicts, notes = _ask(crew, board, shot, take, claims)
    if not notes:
        crew.memory.reviews.record(project, shot.id, take.key, review, verdicts)
    return Critique(shot_id=shot.id, take_key=take.key, verdicts=verdicts), notes


def best_of(critiques: list[Critique]) -> Critique | None:
    """The best by pairwise comparison, the earlier of two that are equal."""
    best: Critique | None = None
    for critique in critiques:
        if critique.is_better_than(best):
            best = critique
    return best


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
    between = tuple(claim for claim in claims if claim.kind == "continuity")
    rest = tuple(claim for claim in claims if claim.kind != "continuity")
    try:
        with ThreadPoolExecutor(1) as aside:
            compared = aside.submit(_judge_continuity, crew, project, board, between, kept)
            found = crew.examiner.measure_cut(crew.store.path(cut.sha256), board, rest, cut.timeline)
            found += compared.result()
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
    questions = [_question(crew, board, board.shot(shot_id), (claim,)) for shot_id in (claim.other, claim.shot_id)]
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
        review = _question(crew, board, shot, take_claims(board, shot))
        critique = memory.reviews.recall(project, shot.id, clip.take_key, review) or ()
        found |= {verdict.claim_id: verdict for verdict in critique}
    return tuple(found.get(claim.id) or _unanswered(claim) for claim in compile_claims(board))


def _cut_question(claims: tuple[Claim, ...]) -> str:
    return digest_of({"claims": [claim.model_dump(mode="json") for claim in claims]})


def _ask(
    crew: Crew, board: Storyboard, shot: Shot, take: Take, claims: tuple[Claim, ...]
) -> tuple[tuple[Verdict, ...], tuple[Note, ...]]:
    answers: dict[str, Verdict] = {}
    notes = []
    for judge in crew.judges:
        still_open = tuple(c for c in claims if c.id not in answers or answers[c.id].outcome == "unmeasurable")
        if not still_open:
            break
        try:
            verdicts = judge.judge(footage_of(crew, take), still_open, request_for(board, shot))
        except JudgeFailed as error:
            words = f"shot {shot.id}: the judge {judge.name} gave no verdict: {error.message}"
            notes.append(Note(text=words, degrades=True))
            continue
        for verdict in verdicts:
            if verdict.outcome != "unmeasurable" or verdict.claim_id not in answers:
                answers[verdict.claim_id] = verdict
    return tuple(answers.get(claim.id) or _unanswered(claim) for claim in claims), tuple(notes)


def _unanswered(claim: Claim) -> Verdict:
    return Verdict(claim_id=claim.id, outcome="unmeasurable", tier="T1", measured="no judge could tell")


def _question(crew: Crew, board: Storyboard, shot: Shot, claims: tuple[Claim, ...]) -> str:
    """Digest of everything a review depends on besides the take itself."""
    judges = [[judge.name, str(getattr(judge, "version", ""))] for judge in crew.judges]
    request = request_for(board, shot)
    return digest_of(
        {"claims": [claim.model_dump(mode="json") for claim in claims], "judges": judges,
         "cast": [element.model_dump(mode="json") for element in request.elements], "style": board.style}
    )  # fmt: skip
