"""How well does a backend keep a plan? The share of claims of each kind that the first takes of a suite keep.

The critic's P(yes) is fitted on claims of which half are true. What share is true of takes that nobody has labelled
follows from those probabilities by the method of Saerens, Latinne and Decaestecker (Neural Computation 14, 2002): the
share is the mean of the probabilities as they would be under that share. To each kind a number of claims that are
believed is added, so that a few takes do not make a certainty.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from evals.filming import GivenPlan, leave
from evals.records import read_json, write_json
from storyboards.brief import Brief, Limits
from storyboards.critique import kind_of

if TYPE_CHECKING:
    from agent.crew import Crew
    from evals.suites import Plan
    from tools.own_judge import OwnJudge

BELIEVED, AT = 20.0, 0.9
"""Claims that are added to every kind, and the share of them that is kept."""
NEAREST = 0.995
"""No kind is taken to be kept more surely, or broken."""


def share_kept(p_N: Sequence[float], rounds: int = 200) -> float:
    """The share of claims that is true, from probabilities that hold where half of them are, 0 to 1."""
    odds_N = np.clip(np.asarray(p_N, float), 1e-4, 1.0 - 1e-4)
    share = AT
    for _ in range(rounds):
        kept_N = odds_N * share / (odds_N * share + (1.0 - odds_N) * (1.0 - share))
        share = float((kept_N.sum() + BELIEVED * AT) / (len(odds_N) + BELIEVED))
        share = min(NEAREST, max(1.0 - NEAREST, share))
    return share


def keeps_of(rows: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Share kept by kind of (kind, P(yes)) rows."""
    by_kind: dict[str, list[float]] = defaultdict(list)
    for kind, p in rows:
        by_kind[kind].append(p)
    return {kind: round(share_kept(p_N), 3) for kind, p_N in sorted(by_kind.items())}


def found_of(
    plans: Sequence[Plan], crew_of: Callable[[Path], Crew], out: Path,
    watch: Callable[[str, int, int], None] = lambda what, number, count: None,
) -> str:  # fmt: skip
    """Film every plan once without retakes, ask the critic, and give the document of ``tools/backends/*_keeps.json``.

    A study that was stopped goes on: OUT/plans/NAME.json holds what was said of a plan.

    Raises:
        JudgeFailed: the weights of the critic are not here.
    """
    from tools.own_judge import OwnJudge

    judge = OwnJudge("critic")
    rows: list[tuple[str, float]] = []
    version = ""
    for number, plan in enumerate(plans, start=1):
        watch(f"{plan.name}: {len(plan.board.shots)} shots", number, len(plans))
        path, home = out / "plans" / f"{plan.name}.json", out / "work" / plan.name
        home.mkdir(parents=True, exist_ok=True)
        crew = replace(crew_of(home), planner=GivenPlan(plan.board))
        version = crew.backend.version
        key = {"plan": plan.digest, "version": version, "critic": judge.version}
        known = read_json(path)
        if not isinstance(known, dict) or known["key"] != key:
            known = {"key": key, "said": _said(crew, plan, judge)}
            write_json(path, known)
        leave(home)
        rows += [(kind_of(name), p) for name, p in known["said"]]
    return json.dumps({"version": version, "critic": judge.version, "plans": len(plans), "claims": len(rows),
                       "keeps": keeps_of(rows)}, indent=1) + "\n"  # fmt: skip


def _said(crew: Crew, plan: Plan, judge: OwnJudge) -> list[tuple[str, float]]:
    """Names and P(yes) of the claims of all shots of a film that is made now."""
    from agent.director import Director
    from agent.produce import ready_takes
    from agent.review import footage_of, take_claims
    from tools.contract import request_for

    board, said = plan.board, []
    brief = Brief(text=board.title, rate=board.rate, seed=board.seed, limits=Limits(policy="first"), captions="none")
    asyncio.run(Director(crew).make(brief, project="keeps", out=crew.home / "keeps.mp4"))
    for shot in board.shots:
        claims, request = take_claims(board, shot), request_for(board, shot)
        take = ready_takes(crew, "keeps", board, shot.id)[0]
        beliefs = judge.probabilities(footage_of(crew, take), claims, request)
        said += [(claim.id, round(p, 5)) for claim, p in zip(claims, beliefs, strict=True) if p is not None]
    return said
