"""Does the loop help? Every plan filmed twice with the same first takes: retakes by what failed, and by other seeds.

Both have the same limit of takes, and the critic judges both. What counts is the examiner, who sits in no loop: its
P(yes) of every claim of every take. ``storyreel study loop`` runs it; a study that was killed goes on.

OUT/plans/NAME.json   every take of a plan with what both judges believe of it
OUT/loop.json, .md    the numbers (:mod:`evals.loop_tables`)
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from evals.filming import GivenPlan, leave
from evals.records import read_json, write_json, write_text
from evals.statistics import enough
from evals.suites import Plan
from storyboards.brief import Brief, Limits
from storyboards.claims import Claim
from storyboards.critique import Critique, Verdict

if TYPE_CHECKING:
    from agent.crew import Crew
    from storyboards.shot import Shot, Take
    from storyboards.storyboard import Storyboard
    from tools.own_judge import OwnJudge

SCHEMA = "storyreel.loop/1"
LOOPS: tuple[Literal["directed", "random"], ...] = ("directed", "random")
"""Policies that are filmed; what ``first`` would keep is the first take of either."""
Document = dict[str, Any]
Watch = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Study:
    """A study in a folder.

    Attributes:
        crew_of: everybody the director works with, in a home folder; its judges are the measurements and the critic.
        takes: that a shot may cost under either policy.
    """

    plans: tuple[Plan, ...]
    crew_of: Callable[[Path], Crew]
    out: Path
    takes: int = 3


def run_study(study: Study, watch: Watch = lambda what, number, count: None) -> Document:
    """Film what is missing, and write the numbers.

    Raises:
        JudgeFailed: the weights of the critic or the examiner are not here.
        TooFewClusters: under eight plans.
    """
    from evals.loop_tables import numbers_of, tables_of
    from tools.own_judge import OwnJudge

    enough(len(study.plans))
    judges = OwnJudge("critic"), OwnJudge("examiner")
    records = []
    for number, plan in enumerate(study.plans, start=1):
        watch(f"{plan.name}: {len(plan.board.shots)} shots", number, len(study.plans))
        records.append(_record(study, plan, judges))
    numbers = {"schema_version": SCHEMA, "takes": study.takes, "judges": [judge.version for judge in judges],
               "backend": records[0]["key"]["backend"], **numbers_of(records)}  # fmt: skip
    write_json(study.out / "loop.json", numbers)
    write_text(study.out / "loop.md", tables_of(numbers))
    return numbers


def _record(study: Study, plan: Plan, judges: tuple[OwnJudge, OwnJudge]) -> Document:
    """All takes of a plan, from the disk where they were filmed and judged alike before."""
    path, home = study.out / "plans" / f"{plan.name}.json", study.out / "work" / plan.name
    home.mkdir(parents=True, exist_ok=True)
    crew = replace(study.crew_of(home), planner=GivenPlan(plan.board))
    key = {
        "plan": plan.digest, "backend": crew.backend.name, "version": crew.backend.version, "takes": study.takes,
        "judges": [judge.version for judge in judges],
    }  # fmt: skip
    known = read_json(path)
    if not isinstance(known, dict) or known.get("key") != key:
        known = {"key": key, "plan": plan.name, "shots": _filmed(study, plan, crew, judges)}
        write_json(path, known)
        # As it will be read another time, the order of its keys included: sums are of floats.
        known = read_json(path)
    leave(home)
    return known


def _filmed(study: Study, plan: Plan, crew: Crew, judges: tuple[OwnJudge, OwnJudge]) -> list[Document]:
    """One row for every shot: its claims by kind, and its takes by policy."""
    from agent.director import Director
    from agent.review import take_claims

    board = plan.board
    rows: dict[str, Document] = {}
    for policy in LOOPS:
        limits = Limits(takes_per_shot=study.takes, policy=policy)
        brief = Brief(text=board.title, rate=board.rate, seed=board.seed, limits=limits, captions="none")
        asyncio.run(Director(crew).make(brief, project=policy, out=crew.home / f"{policy}.mp4"))
        for shot in board.shots:
            claims = take_claims(board, shot)
            row = rows.setdefault(shot.id, {"shot": shot.id, "kinds": {c.id: c.kind for c in claims}, "takes": {}})
            row["takes"][policy] = _takes(crew, policy, board, shot, claims, judges)
    return list(rows.values())


def _takes(
    crew: Crew, project: str, board: Storyboard, shot: Shot, claims: tuple[Claim, ...],
    judges: tuple[OwnJudge, OwnJudge],
) -> list[Document]:  # fmt: skip
    """Every take of a shot in the order of filming, and which of those so far would be kept."""
    from agent.choose import best_of
    from agent.produce import ready_takes
    from agent.review import take_verdicts

    rows: list[Document] = []
    said: list[Critique] = []
    for take in ready_takes(crew, project, board, shot.id):
        verdicts = take_verdicts(crew, project, board, shot, take.key)
        said.append(Critique(shot_id=shot.id, take_key=take.key, verdicts=verdicts))
        best = best_of(said)
        assert best is not None, "there is a take"
        keys = [critique.take_key for critique in said]
        rows.append({"kept": keys.index(best.take_key), **_believed(crew, board, shot, take, claims, verdicts, judges)})
    return rows


def _believed(
    crew: Crew, board: Storyboard, shot: Shot, take: Take, claims: tuple[Claim, ...], verdicts: tuple[Verdict, ...],
    judges: tuple[OwnJudge, OwnJudge],
) -> Document:  # fmt: skip
    """P(yes) by claim of critic and examiner, and the outcomes: measured where that could tell, else the examiner's."""
    from agent.review import footage_of
    from evals.erring import truth_of
    from tools.contract import request_for

    footage, request = footage_of(crew, take), request_for(board, shot)
    critic, examiner = (
        {claim.id: round(p, 5) for claim, p in zip(claims, judge.probabilities(footage, claims, request), strict=True)
         if p is not None}
        for judge in judges
    )  # fmt: skip
    looked = {verdict.claim_id: verdict.outcome for verdict in judges[1].judge(footage, claims, request)}
    measured = {v.claim_id: v.outcome for v in verdicts if v.tier != "T2" and v.outcome != "unmeasurable"}
    truth = truth_of(board, take)
    return ({} if truth is None else {"truth": truth}) | {
        "ordinal": take.ordinal, "seed": take.seed, "wall_s": take.wall_s, "critic": critic, "examiner": examiner,
        "outcomes": looked | measured, "measured": sorted(measured),
    }  # fmt: skip
