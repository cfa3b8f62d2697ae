"""Tasks for inspect-ai (extra ``[inspect]``) over films that are there already; no model is called.

inspect eval storyreel/plan_adherence -T films=runs/dev-animatic --model mockllm/model
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.scorer import Score, Scorer, Target, mean, scorer, stderr
from inspect_ai.solver import Generate, Solver, TaskState, solver

from evals.precomputed import Precomputed, films_in, scored

NOT_TOLD = "no claim of these kinds could be told"


@task
def plan_adherence(films: str = "runs/dev-animatic", kinds: str = "") -> Task:
    """Share of the claims of each plan that its film keeps, of those that can be told.

    Args:
        films: folder of a run, or of pairs NAME.json (the plan) and NAME.mp4.
        kinds: only these kinds of claims, with commas; all if empty.
    """
    return _task(films, kinds)


@task
def file_adherence(films: str = "runs/dev-animatic") -> Task:
    """Tier T0 alone: duration, size, streams, loudness, captions and order."""
    return _task(films, "duration,size,streams,loudness,captions,order")


@task
def picture_adherence(films: str = "runs/dev-animatic") -> Task:
    """What is seen: who, how many, their colours and ways, the camera, the light."""
    return _task(films, "subject,count,colour,action,direction,relation,camera,framing,setting,time,weather,continuity")


@task
def sound_adherence(films: str = "runs/dev-animatic") -> Task:
    """What is heard: sounds and their times, voices, music."""
    return _task(films, "sound,narration,music,loudness")


def _task(films: str, kinds: str) -> Task:
    found = films_in(Path(films))
    samples = [
        Sample(input=row.words, target="every claim holds", id=row.name, metadata={"plan": str(row.plan),
                                                                                   "video": str(row.video)})
        for row in found
    ]  # fmt: skip
    return Task(dataset=MemoryDataset(samples, name=Path(films).name), solver=already_filmed(),
                scorer=claims_kept(kinds))  # fmt: skip


@solver
def already_filmed() -> Solver:
    """The film is the answer: nothing is generated."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        state.output.completion = str(state.metadata["video"])
        state.completed = True
        return state

    return solve


@scorer(metrics=[mean(), stderr()])
def claims_kept(kinds: str = "") -> Scorer:
    """Passed of told claims, 0 to 1, with every failure in the explanation; unscored where nothing can be told."""
    wanted = frozenset(kinds.split(",")) if kinds else frozenset()

    async def score(state: TaskState, target: Target) -> Score:
        film = Precomputed(state.sample_id if isinstance(state.sample_id, str) else "", Path(state.metadata["plan"]),
                           Path(state.metadata["video"]))  # fmt: skip
        found = await asyncio.to_thread(scored, film, wanted)
        metadata: dict[str, Any] = {"claims": found.counts, "kinds": found.kinds, "coverage": found.coverage}
        if found.share is None:
            return Score.unscored(explanation=NOT_TOLD, metadata=metadata)
        explanation = "\n".join(found.failures) or "every claim that could be told holds"
        return Score(value=found.share, answer=film.video.name, explanation=explanation, metadata=metadata)

    return score
