"""The takes of one shot, round by round: what is said of them, which is the best, and what to film next."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from agent.budget import Budget
from agent.choose import best_of, picked_take, preference
from agent.crew import Crew
from agent.events import ToolUsed, Wire
from agent.joins import REMAKE_IN_PART
from agent.produce import intent_for, ready_takes
from agent.review import judge_take, take_claims
from agent.revise import PATIENCE, Revision, retry_shot, rounds_without_gain
from agent.reviser import Case, RulebookReviser
from agent.state import Note
from agent.workbench import Workbench
from storyboards.brief import Limits, RetakePolicy
from storyboards.critique import Critique
from storyboards.cutting import is_cut
from storyboards.errors import GenerationFailed
from storyboards.shot import Shot, Take
from storyboards.storyboard import Storyboard
from tools.catalogue import abilities_of
from tools.contract import PaidJudge, request_for

Thread = Callable[..., Coroutine[Any, Any, Any]]


class Rounds:
    """Decides everything from the tables, so that a run that goes on decides the same.

    Args:
        slots: how much may be judged at once; ``thread`` runs blocking work.
    """

    def __init__(
        self, crew: Crew, project: str, limits: Limits, budget: Budget, slots: asyncio.Semaphore, thread: Thread,
        wire: Wire,
    ) -> None:  # fmt: skip
        self._crew, self._project, self._limits, self._budget = crew, project, limits, budget
        self._slots, self._thread, self._wire = slots, thread, wire
        self._early: dict[str, tuple[Critique, tuple[Note, ...]]] = {}

    def at_once(self, shot: Shot) -> int:
        """Takes of a round. A shot that a person chose is filmed as it is."""
        return 1 if shot.locked or is_cut(shot) else min(self._limits.takes_at_once, self._limits.takes_per_shot)

    def as_filmed(self, takes: Sequence[Take]) -> list[Shot]:
        """The shots that were filmed, revisions and all."""
        shot_id = takes[0].shot_id if takes else ""
        entries = {e.intent.key: e.intent.shot for e in self._crew.memory.ledger.entries(self._project, shot_id)}
        return [entries[take.key] for take in takes]

    async def reviewed(self, board: Storyboard, shot: Shot) -> tuple[list[Critique], list[Note]]:
        """What is said of every ready take, judged now if it was not before."""
        critiques: list[Critique] = []
        notes: list[Note] = []
        async with self._slots:
            for take in await self._thread(ready_takes, self._crew, self._project, board, shot.id):
                early = take.key in self._early
                critique, said = self._early.pop(take.key) if early else await self._said(board, take)
                critiques.append(critique)
                notes += said
        return critiques, notes

    async def judge_early(self, board: Storyboard, take: Take) -> None:
        """Judge a take while others are still filmed, so that no core waits for the last of them.

        Not by judges that are paid: who is asked before the money is gone must not hang on which shot is done first.
        """
        if not any(isinstance(judge, PaidJudge) for judge in self._crew.judges):
            self._early[take.key] = await self._said(board, take)

    async def _said(self, board: Storyboard, take: Take) -> tuple[Critique, tuple[Note, ...]]:
        found: tuple[Critique, tuple[Note, ...]] = await self._thread(
            judge_take, self._crew, self._project, board, take, self._budget
        )
        return found

    async def best(self, board: Storyboard, shot: Shot, critiques: Sequence[Critique]) -> Critique | None:
        """The critique of the take that is kept: of the one that a person picked, else of the best."""
        takes = await self._thread(ready_takes, self._crew, self._project, board, shot.id)
        picked = await self._thread(picked_take, self._crew, self._project, board, shot.id)
        if picked is not None:
            return next((critique for critique in critiques if critique.take_key == picked.key), None)
        prefer = preference(self._crew, self._project, board, shot, takes, self._budget)
        best: Critique | None = await self._thread(best_of, critiques, prefer)
        return best

    async def next(
        self, board: Storyboard, shot: Shot, failed: frozenset[str]
    ) -> tuple[list[Revision], list[str]]:  # fmt: skip
        """What to film next of this shot, paid for, and what is to be said of it; neither if it is as planned.

        Args:
            failed: keys of orders that could not be carried out in this run.
        """
        crew = self._crew
        takes = await self._thread(ready_takes, crew, self._project, board, shot.id)
        price_usd = crew.backend.price_usd(request_for(board, shot))
        if not takes:
            entries = await self._thread(crew.memory.ledger.entries, self._project, shot.id)
            refused = self._budget.take_again(len(failed), price_usd)
            if refused:
                why = f"no take of it could be made: {entries[-1].failure}; {refused}."
                raise GenerationFailed(
                    why, next_step=f"`storyreel resume {self._project}` tries again.", shot_id=shot.id
                )
            return [retry_shot(shot, len(failed), entries[-1].failure)], []
        if await self._thread(picked_take, crew, self._project, board, shot.id) is not None:
            return [], []
        wanted, said = await self._wanted(board, shot, takes, failed)
        affordable: list[Revision] = []
        for revision in wanted:
            refused = self._budget.take_again(len(takes) + len(failed) + len(affordable), price_usd)
            if refused:
                return affordable, [*said, refused]
            affordable.append(revision)
        return affordable, said

    async def _wanted(
        self, board: Storyboard, shot: Shot, takes: list[Take], failed: frozenset[str]
    ) -> tuple[list[Revision], list[str]]:
        """The rest of a round that was interrupted, else the next round; or why there is none."""
        limits, at_once = self._limits, self.at_once(shot)
        critiques, _ = await self.reviewed(board, shot)
        tried = await self._thread(self.as_filmed, takes)
        whole = len(takes) - len(takes) % at_once
        for count in sorted({whole, len(takes)} - {0}):
            best = await self.best(board, shot, critiques[:count])
            assert best is not None, "there is a take"
            if not best.wanting:
                return [], []
            cut_from = next(take.recipe.get("cut") for take in takes if take.key == best.take_key)
            if cut_from:
                return [], ["it is cut from what there is, so it is not filmed by itself; “redo” films it"]
            idle = rounds_without_gain(critiques[:count], best, at_once)
            if idle >= PATIENCE and len(takes) + len(failed) < limits.takes_per_shot:
                return [], [f"{idle} rounds of takes brought nothing better; the best one stays"]
            case = Case(
                limits.policy, shot, take_claims(board, shot), tuple(tried[:count]), tuple(critiques[:count]), best,
                at_once, REMAKE_IN_PART in abilities_of(self._crew.backend),
            )  # fmt: skip
            planned, said = await self._planned(board, case, takes, len(takes) + len(failed))
            missing = [revision for revision in planned if revision.shot not in tried]
            if at_once > 1:
                missing = [r for r in missing if intent_for(self._crew, self._project, board, r.shot).key not in failed]
            if not planned:
                return [], said or _nothing_to_try(shot, limits.policy)
            if missing:
                return missing, said
        return [], []

    async def _planned(
        self, board: Storyboard, case: Case, takes: Sequence[Take], made: int
    ) -> tuple[list[Revision], list[str]]:
        """The reviser's next round. If none can be paid for, the rulebook says for nothing whether one would help."""
        price_usd = self._crew.backend.price_usd(request_for(board, case.planned))
        can_pay = made < self._limits.takes_per_shot and not self._budget.refusal(price_usd)
        reviser = self._crew.reviser if can_pay else RulebookReviser()

        def say(words: str) -> None:
            self._wire.send("tool", words, shot_id=case.planned.id, detail=ToolUsed(reviser.name, words))

        bench = Workbench(self._crew, self._project, board, case.planned.id, takes, self._budget, self._thread, say)
        decided = await reviser.next_round(case, bench, self._budget)
        return list(decided.revisions), list(decided.notes)


def _nothing_to_try(shot: Shot, policy: RetakePolicy) -> list[str]:
    if policy == "first":
        return []
    return ["a person chose it, so it is not filmed again" if shot.locked else "filming again cannot mend what failed"]
