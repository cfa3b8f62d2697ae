"""Which take is kept: the one that a person picked, else by the weight of what it breaks and keeps, then by a judge
that puts two takes side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from agent.crew import Crew
from agent.produce import ready_takes, recipe_digest
from agent.references import request_of
from agent.review import Purse, footage_of, take_claims, take_verdicts
from storyboards.critique import Critique, Verdict
from storyboards.errors import BadInput, UnknownName
from storyboards.shot import Shot, Take
from storyboards.storyboard import Storyboard, digest_of
from tools.contract import PairJudge, Preference, request_for

Better = Literal["first", "second", "equal"]
Prefer = Callable[[Critique, Critique], Better]


def best_of(critiques: Sequence[Critique], prefer: Prefer | None = None) -> Critique | None:
    """The best by weight; among those that are level the one that is preferred, else the surer, else the earlier."""
    best: Critique | None = None
    for critique in critiques:
        if best is None or not critique.is_level_with(best) or prefer is None:
            best = critique if critique.is_better_than(best) else best
            continue
        better = prefer(best, critique)
        if better == "second" or (better == "equal" and critique.is_better_than(best)):
            best = critique
    return best


def picked_take(crew: Crew, project: str, board: Storyboard, shot_id: str) -> Take | None:
    """The take of the shot as it is planned now that a person chose, if there is one and it is still ready."""
    digest = recipe_digest(request_of(crew, project, board, board.shot(shot_id), drawn=False))
    pick = crew.memory.picks.find(project, shot_id, digest)
    if pick is None:
        return None
    return next((take for take in ready_takes(crew, project, board, shot_id) if take.key == pick.take_key), None)


class _NothingLeft:
    """A purse for judges who are to repeat only what they have said."""

    def set_aside(self, price_usd: float) -> str:
        return "nobody is asked anew"

    def settle(self, price_usd: float, cost_usd: float) -> None:
        return None


def kept_take(crew: Crew, project: str, board: Storyboard, shot: Shot) -> Take | None:
    """The take that is kept of a shot by what is known of its takes now; None if there is none."""
    picked = picked_take(crew, project, board, shot.id)
    if picked is not None:
        return picked
    takes = ready_takes(crew, project, board, shot.id)
    critiques = [
        Critique(shot_id=shot.id, take_key=take.key, verdicts=take_verdicts(crew, project, board, shot, take.key))
        for take in takes
    ]
    best = best_of(critiques, preference(crew, project, board, shot, takes, _NothingLeft()))
    return next((take for take in takes if best is not None and take.key == best.take_key), None)


def pick_take(crew: Crew, project: str, shot_id: str, ordinal: int, origin: str) -> str:
    """Remember that a person chose this take of the shot as it is planned now.

    Raises:
        UnknownName: no such project, shot or take.
        BadInput: the take is of an earlier plan, or was never finished.
    """
    board = crew.memory.projects.board(project, crew.memory.projects.open(project).board)
    number = 1 + board.shots.index(board.shot(shot_id))
    entries = {entry.ordinal: entry for entry in crew.memory.ledger.entries(project, shot_id)}
    if ordinal not in entries:
        there = f"its takes are {', '.join(map(str, entries))}" if entries else "it has none yet"
        raise UnknownName(f"shot {number} has no take {ordinal}; {there}.", next_step="Name one of those.")
    digest = recipe_digest(request_of(crew, project, board, board.shot(shot_id), drawn=False))
    ready = {take.ordinal: take for take in ready_takes(crew, project, board, shot_id)}
    if ordinal not in ready:
        of_now = f"of the plan in force there is take {', '.join(map(str, ready))}" if ready else "none is of it yet"
        found = entries[ordinal].failure or "it is of an earlier plan, or by another backend"
        raise BadInput(
            f"take {ordinal} of shot {number} cannot be used: {found}; {of_now}.",
            next_step=f"`storyreel go {project} VERSION` goes back to the plan that it is of.",
        )
    crew.memory.picks.choose(project, shot_id, digest, ready[ordinal].key, origin)
    return f"shot {number}: take {ordinal} is kept"


def unpick_take(crew: Crew, project: str, shot_id: str) -> str:
    """Leave the choice among the takes of a shot to the judge again."""
    board = crew.memory.projects.board(project, crew.memory.projects.open(project).board)
    number = 1 + board.shots.index(board.shot(shot_id))
    digest = recipe_digest(request_of(crew, project, board, board.shot(shot_id), drawn=False))
    if crew.memory.picks.forget(project, shot_id, digest):
        return f"shot {number}: the judge chooses again"
    return f"shot {number}: no take was picked"


def preference(crew: Crew, project: str, board: Storyboard, shot: Shot, takes: Sequence[Take], purse: Purse) -> Prefer:
    """How level takes of the shot are told apart: by the first judge of the crew that can compare, else not at all.

    What was preferred once is remembered by both takes, the judge and its version, so that a film that is gone on with
    keeps what it kept.
    """
    by_key = {take.key: take for take in takes}
    judge = next((judge for judge in crew.judges if isinstance(judge, PairJudge)), None)

    def prefer(one: Critique, other: Critique) -> Better:
        first, second = by_key[one.take_key], by_key[other.take_key]
        if judge is None or first.video_sha256 == second.video_sha256:
            return "equal"
        claims = take_claims(board, shot)
        subject = f"{first.key}+{second.key}"
        question = digest_of([judge.name, judge.version, [claim.model_dump(mode="json") for claim in claims]])
        known = crew.memory.reviews.recall(project, shot.id, subject, question)
        if known is not None:
            return _better(known[0])
        if purse.set_aside(judge.prefer_price_usd()):
            return "equal"
        found = judge.prefer(footage_of(crew, first), footage_of(crew, second), claims, request_for(board, shot))
        purse.settle(judge.prefer_price_usd(), found.cost_usd)
        crew.memory.ledger.charge(project, "preference", shot.id, subject, found.cost_usd, found.wall_s)
        if not found.failure:
            crew.memory.reviews.record(project, shot.id, subject, question, (_verdict(shot, judge, found),))
        return found.better

    return prefer


def _verdict(shot: Shot, judge: PairJudge, found: Preference) -> Verdict:
    """The preference as it is remembered: of the claim that the second take is the better one."""
    outcome: Literal["pass", "fail", "unmeasurable"] = "unmeasurable"
    if found.better != "equal":
        outcome = "pass" if found.better == "second" else "fail"
    return Verdict(
        claim_id=f"{shot.id}.preference", outcome=outcome, tier="T2", measured=found.why, confidence=found.confidence,
        judge=judge.name,
    )  # fmt: skip


def _better(known: Verdict) -> Better:
    if known.outcome == "unmeasurable":
        return "equal"
    return "second" if known.outcome == "pass" else "first"
