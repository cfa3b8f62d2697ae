"""The director: a brief in, a film out; a killed film resumed, a finished one changed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from agent.budget import Budget, PricedPlan, price_plan, spent_on
from agent.changes import changes_between, in_words
from agent.choose import pick_take, unpick_take
from agent.crew import Crew
from agent.events import Event, Listener, Wire
from agent.film import Film, ProjectView, film_of, view_of
from agent.finish import check_writable, finish, mark_failed
from agent.graph import build_graph
from agent.llm_meter import Usage
from agent.material import Material, as_long_as, laid_in, read_given, taken_in_words, voice_of, with_brought
from agent.memory.projects import Project, checked_name
from agent.memory.references import KeptReference
from agent.planned import plan_film
from agent.preferences import Preferences
from agent.propose import Proposal, accepted, edited, priced, propose
from agent.references import not_looked_at
from agent.stages import Approval, Production
from agent.state import FilmState
from storyboards.brief import Brief
from storyboards.errors import ApprovalNeeded, StoryreelError
from storyboards.storyboard import Storyboard

__all__ = ["Approval", "Crew", "Director", "Event", "Film", "Listener", "ProjectView", "Proposal"]

GRAPH_STEPS = 400
"""More supersteps than any film can need: ten takes of every shot and the fixed nodes."""


class Director:
    """Makes films with a crew. Every method is safe to cancel; what was finished is kept."""

    def __init__(self, crew: Crew) -> None:
        self.crew = crew

    async def plan(self, brief: Brief, project: str = "") -> tuple[Storyboard, PricedPlan]:
        """The storyboard of a brief and its price. Nothing is put in force.

        Args:
            project: pays for a planner that costs something, within its limit; what is paid for nobody is remembered
                by nobody.

        Raises:
            PlanningFailed, OverLimit. UnknownName: no such project.
        """
        board = await self._planned(brief, project)
        pace = await asyncio.to_thread(self.crew.memory.ledger.pace, self.crew.backend.name)
        return board, price_plan(board, self.crew.backend, brief.limits, pace, frozenset(), self.crew.judges)

    async def make(
        self,
        brief: Brief,
        project: str | None = None,
        on_event: Listener | None = None,
        approve: Approval | None = None,
        out: Path | None = None,
        references: Mapping[str, Path] | None = None,
        material: Material | None = None,
    ) -> Film:
        """Make a film of a brief.

        Args:
            references: a person's own pictures of elements, by the element's id, name or kind.
            material: a person's clips and voice-over. A brief that leaves the length open is as long as the voice.
            project: a name for it. If it exists, the brief replaces the one it had, and what both plans share is not
                made again; the same brief is simply resumed.
            approve: asked before anything is filmed; a no leaves the plan in memory and raises.
            out: where to put the film; beside the memory if None.

        Raises:
            BadInput: the name, the place or a picture cannot be used.
            ApprovalNeeded: the answer was no.
            GenerationFailed: a shot has no take, and the limits allow no more tries.
            StoryreelError: anything else of the tree. Every take that was finished is kept for ``resume``.
        """
        if out is not None:
            check_writable(out)
        looks, kept = await asyncio.to_thread(read_given, self.crew, references, material)
        name = await asyncio.to_thread(self._project_for, as_long_as(brief, voice_of(kept)), project)
        await asyncio.to_thread(self._take_in, name, looks, kept)
        return await self._run(name, on_event, approve, out)

    async def draft(self, project: str) -> PricedPlan:
        """The plan of a project, made and put in force now if it has none, with its price. Nothing is filmed.

        Raises:
            UnknownName: no such project. PlanningFailed. OverLimit: it costs more than the brief allows.
        """
        projects = self.crew.memory.projects
        row = await asyncio.to_thread(projects.open, project)
        if not row.board:
            board = await self._planned(row.brief, project)
            board = await asyncio.to_thread(with_brought, self.crew, project, board)
            with self.crew.memory.working_on(project):
                await asyncio.to_thread(projects.adopt, project, board, row.brief.text)
        row = await asyncio.to_thread(projects.open, project)
        return await asyncio.to_thread(priced, self.crew, project, projects.board(project, row.board))

    async def resume(
        self,
        project: str,
        on_event: Listener | None = None,
        approve: Approval | None = None,
        out: Path | None = None,
        token: str | None = None,
    ) -> Film:
        """Go on with a film where it was left: whatever is ready is used, whatever is missing is made.

        Args:
            token: of the priced plan that was agreed to elsewhere; a plan that has changed since is not made.

        Raises:
            UnknownName: no such project.
            ApprovalNeeded: the plan is no longer the one the token stands for.
        """
        if out is not None:
            check_writable(out)
        row = await asyncio.to_thread(self.crew.memory.projects.open, project)
        if token is not None and token != row.board:
            raise ApprovalNeeded(
                f"the plan of {project!r} changed after it was priced; nothing was filmed.",
                next_step="Look at the new plan and its price, then approve that.",
            )
        return await self._run(project, on_event, approve, out)

    async def edit(
        self,
        project: str,
        words: str,
        on_event: Listener | None = None,
        approve: Approval | None = None,
        out: Path | None = None,
        references: Mapping[str, Path] | None = None,
        material: Material | None = None,
    ) -> Film:
        """Change a film by words. Only the shots whose recipe changes are filmed again.

        Args:
            references, material: as for :meth:`make`; the words may then be empty.

        Raises:
            UnknownName: no such project.
            BadEdit: the words could not be understood; nothing was changed.
        """
        if out is not None:
            check_writable(out)
        await asyncio.to_thread(self.crew.memory.projects.open, project)
        looks, kept = await asyncio.to_thread(read_given, self.crew, references, material)
        changes = await asyncio.to_thread(self.change, project, words) if words or not (looks or kept) else ()
        changes += await asyncio.to_thread(self._take_in, project, looks, kept)
        return replace(await self._run(project, on_event, approve, out), changes=changes)

    async def remake(
        self,
        project: str,
        board: Storyboard,
        why: str,
        on_event: Listener | None = None,
        approve: Approval | None = None,
        out: Path | None = None,
        material: Material | None = None,
    ) -> Film:
        """Put another storyboard in force, however it came to be, and film what it changes.

        Args:
            material: clips and a voice-over that are laid into it.

        Raises:
            UnknownName: no such project, or no such shot for a clip.
        """
        if out is not None:
            check_writable(out)
        await asyncio.to_thread(self.crew.memory.projects.open, project)
        _, kept = await asyncio.to_thread(read_given, self.crew, None, material)
        board = await asyncio.to_thread(laid_in, self.crew, board, kept)
        await asyncio.to_thread(self._adopt, project, board, why, ())
        await asyncio.to_thread(self._take_in, project, [], kept)
        return await self._run(project, on_event, approve, out)

    def propose(self, project: str, words: str) -> Proposal:
        """What an edit in words would change, film and cost. Nothing is changed or filmed.

        Raises:
            UnknownName: no such project. BadEdit: the words could not be understood.
            OverLimit: it would cost more than the brief allows.
        """
        return propose(self.crew, project, words)

    async def apply(
        self,
        project: str,
        token: str,
        on_event: Listener | None = None,
        approve: Approval | None = None,
        out: Path | None = None,
    ) -> Film:
        """Make the edit that was proposed under this token.

        Raises:
            UnknownName: no such project or proposal.
            ApprovalNeeded: the plan, the backend or the price changed since; nothing was done.
        """
        if out is not None:
            check_writable(out)
        changes = await asyncio.to_thread(self.accept, project, token)
        return replace(await self._run(project, on_event, approve, out), changes=changes)

    def change(self, project: str, words: str, *, say: bool = True) -> tuple[str, ...]:
        """Put an edit in words in force without filming; what it changed, in words. ``resume`` films what is stale.

        Args:
            say: remember the words and the changes as a message; a conversation remembers its own.

        Raises:
            UnknownName: no such project.
            BadEdit: the words could not be understood; nothing was changed.
        """
        row = self.crew.memory.projects.open(project)
        board, changes = edited(self.crew, project, words)
        self._adopt(project, board, words, changes, say=say)
        before = self.crew.memory.projects.board(project, row.board)
        Preferences(self.crew.memory).learn(project, words, changes_between(before, board))
        return changes

    def accept(self, project: str, token: str, *, say: bool = True) -> tuple[str, ...]:
        """Put a proposed edit in force without filming; what it changed, in words. As :meth:`apply` otherwise."""
        board, words, changes = accepted(self.crew, project, token)
        self._adopt(project, board, words, changes, say=say)
        self.crew.memory.proposals.forget(token)
        return changes

    def pick(self, project: str, shot_id: str, ordinal: int, origin: str = "picked by hand") -> str:
        """Keep this take of a shot whatever the judge thinks, until the shot is planned otherwise.

        ``resume`` cuts it in.

        Returns:
            what was done, in words.

        Raises:
            UnknownName: no such project, shot or take.
            BadInput: the take is of an earlier plan, or was never finished.
        """
        plays = next((shot.playing for shot in self.show(project).shots if shot.id == shot_id), None)
        said = pick_take(self.crew, project, shot_id, ordinal, origin)
        Preferences(self.crew.memory).learn_pick(project, shot_id, ordinal, plays)
        return said

    def unpick(self, project: str, shot_id: str) -> str:
        """Leave the choice among the takes of a shot to the judge again; what was done, in words."""
        return unpick_take(self.crew, project, shot_id)

    def lay_in(self, project: str, kept: list[KeptReference]) -> tuple[str, ...]:
        """Put what :func:`agent.material.read_material` read into a project: into its plan, if it has one, else into
        the one that it will have; what changed, in words.

        Raises:
            UnknownName: no such project or shot.
        """
        projects = self.crew.memory.projects
        digest = projects.open(project).board
        changes: tuple[str, ...] = ()
        if digest and kept:
            board = projects.board(project, digest)
            fresh = laid_in(self.crew, board, kept)
            changes = in_words(changes_between(board, fresh))
            if changes:
                self._adopt(project, fresh, f"with {', '.join(str(r.recipe['called']) for r in kept)}", changes)
        self._give(project, kept)
        return changes

    def lock(self, project: str, shot_id: str, locked: bool = True) -> tuple[str, ...]:
        """Keep edits and revisions away from a shot, or let them at it again; what changed, in words.

        Raises:
            UnknownName: no such project or shot.
        """
        projects = self.crew.memory.projects
        board = projects.board(project, projects.open(project).board)
        fresh = board.with_shot(board.shot(shot_id).model_copy(update={"locked": locked}))
        changes = in_words(changes_between(board, fresh))
        if changes:
            self._adopt(project, fresh, f"{'lock' if locked else 'unlock'} shot {shot_id}", changes)
        return changes

    def show(self, project: str) -> ProjectView:
        """Where a project stands, derived from what is there now.

        Raises:
            UnknownName: there is no such project.
        """
        return view_of(self.crew, project)

    def film(self, project: str) -> Film:
        """The film of a project that was finished last.

        Raises:
            UnknownName: there is no such project, or it has no finished film.
        """
        self.crew.memory.projects.open(project)
        return film_of(self.crew, project)

    def projects(self) -> list[Project]:
        """Every project of this home, the last changed first."""
        return self.crew.memory.projects.all()

    async def _planned(self, brief: Brief, project: str) -> Storyboard:
        """The planner's storyboard, paid for by the project, if one is named, as :meth:`make` does."""
        if not project:
            return await plan_film(self.crew, brief)
        limits = (await asyncio.to_thread(self.crew.memory.projects.open, project)).brief.limits
        budget = Budget(limits)
        budget.carry(await asyncio.to_thread(spent_on, self.crew, project))

        def charge(usage: Usage) -> None:
            self.crew.memory.ledger.charge(project, "plan", "", "", usage.cost_usd, usage.wall_s)

        return await plan_film(self.crew, brief, budget, charge)

    def _project_for(self, brief: Brief, name: str | None) -> str:
        projects = self.crew.memory.projects
        found = projects.find(checked_name(name)) if name else None
        if found is None:
            return projects.create(brief, title=_working_title(brief), name=name).name
        if found.brief != brief:
            with self.crew.memory.working_on(found.name):
                replans = found.brief.model_copy(update={"limits": brief.limits, "captions": brief.captions}) != brief
                projects.change(found.name, brief=brief, **({"board": ""} if replans else {}))
                projects.say(found.name, "user", brief.text)
        return found.name

    def _take_in(self, name: str, looks: list[KeptReference], kept: list[KeptReference]) -> tuple[str, ...]:
        """Give a project what a person brought, and say in its conversation what was taken; what changed, in words."""
        self._give(name, looks)
        changes = self.lay_in(name, kept)
        if looks or kept:
            unseen = not_looked_at(self.crew) if looks else ""
            words = f"{taken_in_words([*looks, *kept])}\n{unseen}".strip()
            # A run that was ended and begins again does not say it twice.
            if words not in [message.text for message in self.crew.memory.projects.messages(name)[-1:]]:
                self.crew.memory.projects.say(name, "director", words)
        return changes

    def _give(self, name: str, looks: list[KeptReference]) -> None:
        with self.crew.memory.working_on(name):
            for look in looks:
                self.crew.memory.references.keep(name, look)

    def _adopt(
        self, name: str, board: Storyboard, why: str, changes: tuple[str, ...], *, say: bool = True
    ) -> None:  # fmt: skip
        projects = self.crew.memory.projects
        with self.crew.memory.working_on(name):
            if say:
                projects.say(name, "user", why)
            projects.adopt(name, board, why)
            if changes and say:
                projects.say(name, "director", "; ".join(changes))

    async def _run(
        self, project: str, on_event: Listener | None, approve: Approval | None, out: Path | None
    ) -> Film:  # fmt: skip
        began = time.monotonic()
        crew, memory = self.crew, self.crew.memory
        wire = Wire(on_event, asyncio.get_running_loop())
        with memory.working_on(project):
            crew.stops.clear(project)
            brief = (await asyncio.to_thread(memory.projects.open, project)).brief
            budget = Budget(brief.limits)
            production = Production(crew, project, brief, budget, wire, approve)
            wire.send("project", project, 0.0)
            try:
                graph = build_graph(production)
                result = await graph.ainvoke(FilmState(project=project), {"recursion_limit": GRAPH_STEPS})
            except StoryreelError:
                await asyncio.to_thread(mark_failed, crew, project)
                raise
            finally:
                await production.close()
            state = FilmState.model_validate(result)
            place = out or crew.home / "films" / f"{project}.mp4"
            film = await asyncio.to_thread(finish, crew, state, place, began)
        wire.send("final", f"{film.status}: {place}", 1.0)
        await asyncio.sleep(0)
        return film


def _working_title(brief: Brief) -> str:
    """The first words of the brief, until the planner has found a title."""
    return " ".join(brief.text.split()[:6]).strip(".,;:!?")
