"""What happens at each node of the graph. A node reads the tables, calls a tool in a thread, and returns names.

Everything is decided from the tables, so that a run that is started again makes the same decisions and finds its work
already done.
"""

from __future__ import annotations

import asyncio
import inspect
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

from agent.assemble import build_timeline, cut_timeline
from agent.budget import Budget, PricedPlan, price_plan, spent_on
from agent.concepts import keep_looks
from agent.crew import Crew
from agent.events import Filming, Judged, Priced, Spent, TakeMade, Wire
from agent.events import Planned as Told
from agent.joins import check_joins
from agent.llm_meter import Usage
from agent.material import with_brought
from agent.planned import plan_film
from agent.produce import film_request, film_take, intent_for, needs_filming, ready_takes, whole_takes
from agent.references import draw_cast
from agent.remaking import edited_take
from agent.review import contradictions, cut_claims, final_verdicts, judge_cut
from agent.revise import Revision, first_round
from agent.rounds import Rounds
from agent.state import Approved, Assembled, Filmed, FilmState, Finished, Note, Order, Ordered, Planned, Reviewed
from agent.stops import Cancelled, ShotStopped
from storyboards.brief import Brief
from storyboards.errors import ApprovalNeeded, BackendUnavailable, GenerationFailed
from storyboards.shot import Shot, Take
from storyboards.storyboard import Storyboard
from tools.contract import Progress, request_for

Approval = Callable[[PricedPlan], bool | Awaitable[bool]]
Result = TypeVar("Result")

PLANNED, FILMED, JUDGED, CUT = 0.03, 0.70, 0.78, 0.96
"""Share of the film that is done at the end of each stretch."""
EVENT_STEP = 0.05
"""Share of one piece of work between two events about it."""


LONGEST_GOODBYE_S = 0.6
"""How long a run that is cancelled waits for its threads."""


class Production:
    """The nodes of one run: the crew at work on one project, inside a budget."""

    def __init__(
        self, crew: Crew, project: str, brief: Brief, budget: Budget, wire: Wire, approval: Approval | None
    ) -> None:
        self._crew, self._project, self._brief = crew, project, brief
        self._budget, self._wire, self._approval = budget, wire, approval
        self._slots = asyncio.Semaphore(crew.parallel)
        self._threads = ThreadPoolExecutor(crew.parallel + 1, thread_name_prefix="storyreel")
        self._stopped = threading.Event()
        self._busy: set[object] = set()
        self._frames_done = self._frames_ordered = 0
        self._planned = ""
        self._rounds = Rounds(crew, project, brief.limits, budget, self._slots, self._thread, wire)

    async def close(self) -> None:
        """Stop whatever still runs at its next step, and wait for it, but not for long.

        What cannot be stopped (a reply that a server owes us) ends by itself later: the ledger takes what it still
        says, and nothing of it is paid for twice.
        """
        self._stopped.set()
        self._threads.shutdown(wait=False, cancel_futures=True)
        until = time.monotonic() + LONGEST_GOODBYE_S
        while self._busy and time.monotonic() < until:
            await asyncio.sleep(0.01)

    async def plan(self, state: FilmState) -> Planned:
        """The storyboard in force, planned now if there is none. What the project cost before counts first."""
        self._budget.carry(await self._thread(spent_on, self._crew, self._project))
        project = await self._thread(self._crew.memory.projects.open, self._project)
        digest = project.board
        if not digest:
            self._wire.send("plan", "planning the film", 0.0)
            board = await plan_film(self._crew, self._brief, self._budget, self._charge, self._say_plan)
            board = await self._thread(with_brought, self._crew, self._project, board)
            digest = await self._thread(self._crew.memory.projects.adopt, self._project, board, self._brief.text)
        self._planned, board = digest, await self._board(digest)
        planned = Told(digest, len(board.shots), board.duration_s)
        self._wire.send(
            "plan", f"“{board.title}”: {len(board.shots)} shots, {board.duration_s:g} s", PLANNED, detail=planned
        )
        for substitution in board.substitutions:
            self._wire.send("note", str(substitution), shot_id=substitution.shot_id)
        return Planned(board=digest)

    async def approve(self, state: FilmState) -> Approved:
        """Price the plan, and ask for a yes if somebody wants to be asked."""
        memory, board = self._crew.memory, await self._board(state.board)
        check_joins(self._crew, board)
        priced = await self._thread(self._priced, board)
        told = Priced(priced.token, priced.cost_usd, priced.cost_usd_at_most, priced.seconds)
        self._wire.send("price", priced.describe(), detail=told)
        project = await self._thread(memory.projects.open, self._project)
        if self._approval is not None and project.approved != priced.token:
            answer = self._approval(priced)
            if not (await answer if inspect.isawaitable(answer) else answer):
                raise ApprovalNeeded(
                    f"the plan of {self._project!r} was not approved; nothing was filmed.",
                    next_step=f"Change it with `storyreel edit`, or `storyreel resume {self._project}` asks again.",
                )
        await self._thread(lambda: memory.projects.change(self._project, approved=priced.token))
        return Approved(approved=priced.token)

    async def cast(self, state: FilmState) -> Ordered:
        """The cast into the library with its references, and orders for what is missing of each shot's first takes."""
        board = await self._board(state.board)
        await self._thread(self._crew.memory.projects.cast, self._project, board)
        self._wire.send("cast", f"{len(board.elements)} in the cast")
        orders: list[Order] = []
        await self._thread(keep_looks, self._crew, self._project, board)
        notes = await self._thread(draw_cast, self._crew, self._project, board)
        for shot in board.shots:
            if shot.continues:
                continue  # ordered by `revise`, once it is settled with which picture it begins
            ordered, refused = await self._first_round(board, shot)
            orders += ordered
            if refused:
                notes.append(Note(text=f"shot {shot.id}: {refused}"))
        return Ordered(orders=orders, notes=notes)

    async def shoot(self, state: Order) -> Filmed:
        """One take. A backend that could not is a matter for the revision; any other failure ends the run."""
        async with self._slots:
            try:
                take = await self._thread(self._film, state)
            except ShotStopped:
                self._wire.send("note", "you stopped its filming; the others go on", shot_id=state.shot_id)
                return Filmed(filmed=[], failed=[state])
            except BackendUnavailable:
                raise
            except GenerationFailed:
                entry = await self._thread(self._crew.memory.ledger.find, self._project, state.shot_id, state.key)
                if entry is None or entry.state != "failed":
                    raise
                self._wire.send("note", f"the take failed: {entry.failure}", shot_id=state.shot_id)
                return Filmed(filmed=[], failed=[state])
            if take is not None:
                await self._taken(take)
        return Filmed(filmed=[state], failed=[])

    async def _taken(self, take: Take) -> None:
        """Tell of a new take, and judge it where that costs nothing."""
        self._frames_done += take.frames
        words = f"take {take.ordinal} in {take.wall_s:.1f} s"
        made = TakeMade(take.key, take.ordinal, take.wall_s, take.cost_usd)
        self._wire.send("take", words, self._share_filmed(0), take.shot_id, made)
        if take.cost_usd:
            await self._tell_spend(f"take {take.ordinal}", take.cost_usd, take.shot_id)
        await self._rounds.judge_early(await self._board(self._planned), take)

    async def review(self, state: FilmState) -> Reviewed:
        """Judge every take that was not judged yet, and keep the best of each shot."""
        board = await self._board(state.board)
        judged = await asyncio.gather(*(self._rounds.reviewed(board, shot) for shot in board.shots))
        kept, notes = {}, []
        for shot, (critiques, said) in zip(board.shots, judged, strict=True):
            best = await self._rounds.best(board, shot, critiques)
            notes += said
            if best is not None:
                kept[shot.id] = best.take_key
                score = best.score
                found = Judged(best.take_key, score.passed, score.failed, score.unmeasurable)
                words = f"{score.passed} claims kept, {score.failed} broken, {score.unmeasurable} unmeasurable"
                self._wire.send("review", words, shot_id=shot.id, detail=found)
        self._wire.send(
            "review", f"{len(kept)} of {len(board.shots)} shots have a take", JUDGED if not state.failed else None
        )
        return Reviewed(kept=kept, notes=[note for note in notes if note not in state.notes])

    async def revise(self, state: FilmState) -> Ordered:
        """Orders for other takes of the shots whose best take breaks a promise, while the budget lasts."""
        board = await self._board(state.board)
        orders: list[Order] = []
        notes: list[Note] = []
        unsettled, waiting = set[str](), ""
        for before, shot in zip((None, *board.shots), board.shots, strict=False):
            failed = frozenset(order.key for order in state.failed if order.shot_id == shot.id)
            if self._crew.stops.has(self._project, shot.id):
                if shot.id in state.kept:
                    notes.append(Note(text=f"shot {shot.id}: you stopped its filming; the take it has stays"))
                else:
                    waiting = waiting or shot.id
                    unsettled.add(shot.id)
                continue
            if shot.continues and before is not None and not failed:
                if before.id in unsettled:
                    unsettled.add(shot.id)
                    continue
                ordered, refused = await self._first_round(board, shot)
                notes += [Note(text=f"shot {shot.id}: {refused}")] if refused else []
                if ordered:
                    orders += ordered
                    unsettled.add(shot.id)
                    continue
            revisions, said = await self._rounds.next(board, shot, failed)
            notes += [Note(text=f"shot {shot.id}: {words}") for words in said]
            for revision in revisions:
                self._wire.send("revise", revision.why, shot_id=shot.id)
                orders.append(await self._order(board, revision, first=False))
                unsettled.add(shot.id)
        if waiting and not orders:
            raise GenerationFailed(
                "its filming was stopped, and there is no take of it to cut; the other shots are kept.",
                next_step=f"`storyreel resume {self._project}` films it.", shot_id=waiting,
            )  # fmt: skip
        return Ordered(orders=orders, notes=notes)

    async def assemble(self, state: FilmState) -> Assembled:
        """The timeline of the kept takes, and its cut."""
        board = await self._board(state.board)
        kept = await self._kept(board, state.kept)
        self._wire.send("assemble", "laying out sound and captions", JUDGED)
        timeline, notes = await self._thread(build_timeline, self._crew, board, kept)
        self._wire.send("cut", "cutting the film")
        cut = await self._thread(
            cut_timeline, self._crew, self._project, board, timeline, self._brief.captions, notes,
            self._progress("cut", "cutting the film", JUDGED, CUT),
        )  # fmt: skip
        unsaid = [Note(text=f"shot {take.shot_id}: {said}") for take in kept.values() for said in take.notes]
        return Assembled(cut=cut.key, notes=[*notes, *unsaid])

    async def final_review(self, state: FilmState) -> Finished:
        """Examine the cut. The film is complete only if nothing that was promised is known to be broken."""
        memory, board = self._crew.memory, await self._board(state.board)
        cut = await self._thread(memory.cuts.find, self._project, state.cut)
        assert cut is not None, "the cut was recorded by the node before"
        kept = await self._kept(board, state.kept)
        self._wire.send("final", f"examining the cut by {len(cut_claims(board))} claims", CUT)
        said = await self._thread(judge_cut, self._crew, self._project, board, cut, kept)
        said += await self._thread(contradictions, self._crew, self._project, board, cut)
        verdicts = await self._thread(final_verdicts, self._crew, self._project, board, cut)
        broken = any(v.outcome == "fail" for v in verdicts)
        degraded = broken or any(note.degrades for note in (*state.notes, *said))
        return Finished(status="degraded" if degraded else "complete", notes=list(said))

    async def _thread(self, work: Callable[..., Result], *args: object) -> Result:
        def counted() -> Result:
            self._busy.add(me := object())
            try:
                return work(*args)
            finally:
                self._busy.discard(me)

        return await asyncio.get_running_loop().run_in_executor(self._threads, copy_context().run, counted)

    def _say_plan(self, words: str) -> None:
        self._wire.send("plan", words)

    def _charge(self, usage: Usage) -> None:
        """Enter what a call of the planner's model cost, as soon as it is known."""
        self._crew.memory.ledger.charge(self._project, "plan", "", "", usage.cost_usd, usage.wall_s)
        if usage.cost_usd:
            total_usd, _ = self._crew.memory.ledger.spent(self._project)
            self._wire.send("spend", f"${usage.cost_usd:.4f} for planning",
                            detail=Spent("plan", usage.cost_usd, total_usd))  # fmt: skip

    async def _tell_spend(self, what: str, cost_usd: float, shot_id: str) -> None:
        total_usd, _ = await self._thread(self._crew.memory.ledger.spent, self._project)
        detail = Spent(what, cost_usd, total_usd)
        self._wire.send("spend", f"${cost_usd:.2f}, ${total_usd:.2f} so far", shot_id=shot_id, detail=detail)

    async def _board(self, digest: str) -> Storyboard:
        return await self._thread(self._crew.memory.projects.board, self._project, digest)

    def _priced(self, board: Storyboard) -> PricedPlan:
        crew = self._crew
        made = frozenset(s.id for s in board.shots if not needs_filming(crew, self._project, board, s))
        pace = crew.memory.ledger.pace(crew.backend.name)
        spent_usd = spent_on(crew, self._project)
        return price_plan(board, crew.backend, self._brief.limits, pace, made, crew.judges, spent_usd)

    async def _order(self, board: Storyboard, revision: Revision, *, first: bool) -> Order:
        """Write the intent of a take. The price of a first take is set aside here, that of a retake was before."""
        intent = intent_for(self._crew, self._project, board, revision.shot, revision.why)
        entry = await self._thread(self._crew.memory.ledger.intend, intent)
        if entry.take is None:
            self._frames_ordered += revision.shot.frames
            # What was ordered by an earlier run is among what is spent, and only collected.
            if entry.job and not first:
                self._budget.settle(intent.price_usd, 0.0)
            if first:
                self._budget.take_first(0.0 if entry.job else intent.price_usd, revision.shot.id)
        return Order(shot_id=revision.shot.id, key=intent.key)

    def _share_filmed(self, more_frames: int) -> float:
        share = (self._frames_done + more_frames) / max(1, self._frames_ordered)
        return PLANNED + min(1.0, share) * (FILMED - PLANNED)

    def _film(self, order: Order) -> Take | None:
        """The ordered take, None when there was nothing to do."""
        memory = self._crew.memory
        project = memory.projects.open(self._project)
        if project.approved != project.board:
            raise ApprovalNeeded(
                f"the plan of {self._project!r} changed after it was approved; nothing more was filmed.",
                next_step=f"`storyreel resume {self._project}` prices the new plan.",
            )
        board = memory.projects.board(self._project, project.board)
        if self._crew.stops.has(self._project, order.shot_id):
            raise ShotStopped
        entry = memory.ledger.find(self._project, order.shot_id, order.key)
        assert entry is not None, "an order names an intended take"
        if entry.take is None:
            self._wire.send("shoot", entry.intent.why or "filming", shot_id=order.shot_id)
        shot = entry.intent.shot
        intent = intent_for(self._crew, self._project, board, shot, entry.intent.why)
        progress = self._progress(
            "shoot", "filming", self._share_filmed(0), self._share_filmed(shot.frames), order.shot_id
        )
        take = film_take(self._crew, intent, film_request(self._crew, self._project, board, shot), progress)
        return take if entry.take is None else None

    def _progress(self, kind: str, message: str, begin: float, end: float, shot_id: str = "") -> Progress:
        told = 0.0

        def report(share: float) -> None:
            nonlocal told
            if self._stopped.is_set():
                raise Cancelled
            if shot_id and self._crew.stops.has(self._project, shot_id):
                raise ShotStopped
            if share - told < EVENT_STEP and share < 1.0:
                return
            told = share
            detail = Filming(round(share, 3)) if shot_id else None
            self._wire.send(kind, message, begin + share * (end - begin), shot_id, detail)  # type: ignore[arg-type]

        return report

    async def _first_round(self, board: Storyboard, shot: Shot) -> tuple[list[Order], str]:
        """Orders for the first takes that are missing, and why not all of them could be ordered."""
        whole = await self._thread(whole_takes, self._crew, self._project, board, shot.id)
        planned = first_round(shot, self._rounds.at_once(shot))
        if len(whole) >= len(planned):
            return [], ""
        if not whole and (edited := await self._thread(edited_take, self._crew, self._project, board, shot)):
            planned[0] = edited
        made = await self._thread(self._rounds.as_filmed, whole)
        orders: list[Order] = []
        for number, revision in enumerate(planned):
            if revision.shot in made:
                continue
            if number or made:
                refused = self._budget.take_again(number, self._crew.backend.price_usd(request_for(board, shot)))
                if refused:
                    return orders, refused
            orders.append(await self._order(board, revision, first=not (number or made)))
        return orders, ""

    async def _kept(self, board: Storyboard, kept: dict[str, str]) -> dict[str, Take]:
        takes = {}
        for shot in board.shots:
            ready = await self._thread(ready_takes, self._crew, self._project, board, shot.id)
            takes[shot.id] = next(take for take in ready if take.key == kept[shot.id])
        return takes
