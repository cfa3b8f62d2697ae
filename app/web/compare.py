"""Two takes of a shot, or two cuts of a film, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from agent.changes import changes_between, in_words
from agent.review import final_verdicts, take_verdicts
from storyboards.claims import compile_claims
from storyboards.critique import Score, Verdict, score_of
from storyboards.errors import UnknownName

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agent.crew import Crew
    from agent.memory.cuts import Cut
    from storyboards.claims import Claim
    from storyboards.shot import Take
    from storyboards.storyboard import Storyboard

Thing = TypeVar("Thing")


@dataclass(frozen=True)
class Side:
    """One of the two. ``ref`` names it among ``choices`` of the comparison; ``file`` is the last part of its address.

    ``ordinal`` is that of a take that may be kept instead, 0 for a cut; ``digest`` the plan of a cut, empty for a take.
    """

    ref: str
    name: str
    file: str
    words: str
    score: Score
    plays: bool
    ordinal: int = 0
    digest: str = ""


@dataclass(frozen=True)
class Difference:
    """A promise that the two keep differently, or that one of them breaks."""

    text: str
    left: Verdict | None
    right: Verdict | None


@dataclass(frozen=True)
class Comparison:
    """What is compared: the takes of ``shot_id``, or cuts if that is empty."""

    title: str
    shot_id: str
    choices: tuple[tuple[str, str], ...]
    left: Side
    right: Side
    differences: tuple[Difference, ...]
    changes: tuple[str, ...] = ()
    has_sound: bool = True


def comparison_of(crew: Crew, project: str, shot_id: str = "", a: str = "", b: str = "") -> Comparison:
    """Compare two takes (by ordinal) of a shot, or two cuts (by the beginning of their sha256) of the film.

    Without ``a`` and ``b`` the one that plays is on the right and the one before it on the left.

    Raises:
        UnknownName: no such shot, or there are no two to compare, or not those.
    """
    row = crew.memory.projects.open(project)
    if not shot_id:
        return _cuts(crew, project, a, b)
    board = crew.memory.projects.board(project, row.board)
    return _takes(crew, project, board, shot_id, a, b)


def _takes(crew: Crew, project: str, board: Storyboard, shot_id: str, a: str, b: str) -> Comparison:
    shot = board.shot(shot_id)
    number = next(n for n, other in enumerate(board.shots, start=1) if other.id == shot_id)
    cut = crew.memory.cuts.latest(project)
    plays = next((clip.take_key for clip in cut.timeline.picture if clip.shot_id == shot_id), "") if cut else ""
    takes = [entry.take for entry in crew.memory.ledger.entries(project, shot_id) if entry.take is not None]
    left, right = _two([(str(take.ordinal), take) for take in takes], a, b, lambda take: take.key == plays)
    claims = [claim for claim in compile_claims(board) if claim.shot_id == shot_id]
    found = [take_verdicts(crew, project, board, shot, take.key) for take in (left, right)]
    sides = [_take_side(take, verdicts, plays) for take, verdicts in zip((left, right), found, strict=True)]
    choices = tuple((str(take.ordinal), f"take {take.ordinal}") for take in takes)
    return Comparison(
        f"Takes of shot {number}", shot_id, choices, sides[0], sides[1], _differences(claims, *found), has_sound=False
    )


def _take_side(take: Take, verdicts: Sequence[Verdict], plays: str) -> Side:
    words = f"{take.backend}, {take.wall_s:.1f} s of work"
    return Side(str(take.ordinal), f"Take {take.ordinal}", f"takes/{take.key}.mp4", words, score_of(verdicts),
                take.key == plays, ordinal=take.ordinal)  # fmt: skip


def _cuts(crew: Crew, project: str, a: str, b: str) -> Comparison:
    cuts = crew.memory.cuts.all(project)
    numbered = {cut.key: number for number, cut in enumerate(cuts, start=1)}
    left, right = _two([(cut.sha256[:12], cut) for cut in cuts], a, b, lambda cut: cut is cuts[-1])
    boards = [crew.memory.projects.board(project, cut.board) for cut in (left, right)]
    found = [final_verdicts(crew, project, board, cut) for board, cut in zip(boards, (left, right), strict=True)]
    claims = {claim.id: claim for board in boards for claim in compile_claims(board)}
    sides = [_cut_side(cut, numbered[cut.key], verdicts, cut is cuts[-1])
             for cut, verdicts in zip((left, right), found, strict=True)]  # fmt: skip
    choices = tuple((cut.sha256[:12], f"cut {numbered[cut.key]}") for cut in cuts)
    return Comparison("Cuts of the film", "", choices, sides[0], sides[1], _differences(list(claims.values()), *found),
                      in_words(changes_between(*boards)))  # fmt: skip


def _cut_side(cut: Cut, number: int, verdicts: Sequence[Verdict], plays: bool) -> Side:
    words = f"{cut.timeline.duration_s:.1f} s, {len(cut.timeline.picture)} shots, {cut.status}"
    return Side(cut.sha256[:12], f"Cut {number}", f"cuts/{cut.sha256}.mp4", words, score_of(verdicts), plays,
                digest=cut.board)  # fmt: skip


def _two(named: list[tuple[str, Thing]], a: str, b: str, plays: Callable[[Thing], bool]) -> tuple[Thing, Thing]:
    """Left and right among what there is, by their names; what is not named is chosen."""
    if len(named) < 2:
        raise UnknownName("there are no two to compare yet.", next_step="Film the shot again, or change the film.")
    there = dict(named)
    for name in filter(None, (a, b)):
        if name not in there:
            raise UnknownName(f"there is no {name!r} to compare.", next_step=f"There are {', '.join(there)}.")
    right = there[b] if b else next((thing for _, thing in reversed(named) if plays(thing)), named[-1][1])
    others = [thing for _, thing in named if thing is not right]
    return (there[a] if a else others[-1]), right


def _differences(
    claims: Sequence[Claim], left: Sequence[Verdict], right: Sequence[Verdict]
) -> tuple[Difference, ...]:  # fmt: skip
    """The promises on which the two differ, broken ones first."""
    ours, theirs = ({verdict.claim_id: verdict for verdict in side} for side in (left, right))
    rows = [Difference(claim.text, ours.get(claim.id), theirs.get(claim.id)) for claim in claims]
    told = [
        row
        for row in rows
        if _outcome(row.left) != _outcome(row.right) or "fail" in (_outcome(row.left), _outcome(row.right))
    ]
    return tuple(sorted(told, key=lambda row: "fail" not in (_outcome(row.left), _outcome(row.right))))


def _outcome(verdict: Verdict | None) -> str:
    return verdict.outcome if verdict else ""
