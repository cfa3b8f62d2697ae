"""How an order is carried out: the director's method for each, and what to do with one that was begun before."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.budget import PricedPlan
from agent.director import Director
from agent.events import Listener
from agent.film import Film
from agent.material import Material, check_once, files_of
from agent.memory.guests import for_guest
from app.service.callers import Caller
from app.service.jobs import Failure, Job
from app.service.orders import Apply, Edit, Extend, Make, Order, Remake, Resume, Say
from app.service.planning import extended, main_element, single_shot
from app.service.told import told_of
from storyboards.brief import Brief
from storyboards.errors import ApprovalNeeded, BadInput, BadMedia, StoryreelError, UnknownName
from storyboards.storyboard import Storyboard, read_storyboard
from tools.catalogue import abilities_of

if TYPE_CHECKING:
    from app.service.studio import Studio


NO_BOARD = "-"


class Held(Exception):
    """A plan was priced and waits for a yes; ``result`` holds it."""

    def __init__(self, plan: PricedPlan) -> None:
        super().__init__(plan.token)
        self.result: dict[str, Any] = {"plan": plan.model_dump(mode="json") | {"words": plan.describe()}}


class Worker:
    """Carries orders out with the studio's directors."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def check(self, order: Order, caller: Caller, project: str = "") -> None:
        """Refuse before anything is written what names an upload or backend that is not there, or is of another kind.

        Raises:
            UnknownName, BadInput, BadMedia, BadStoryboard.
        """
        studio = self._studio
        if order.backend is not None:
            studio.directors.of(backend=order.backend)
        if isinstance(order, Make | Edit | Remake):
            check_once(order.clips, order.first_frames, order.backdrops)
        for upload, kinds in _uploads(order):
            found = studio.uploads.find(upload, caller)
            if kinds and found.kind not in kinds:
                raise BadMedia(
                    f"{found.name} is a {found.kind}, and a {kinds[0]} is needed there.",
                    next_step=f"Send a {kinds[0]}.",
                )
        if isinstance(order, Remake):
            self._check_files(read_storyboard(order.storyboard), project, caller)

    def _check_files(self, board: Storyboard, project: str, caller: Caller) -> None:
        """A storyboard plays clips and a voice that its sender brought, and not what others did.

        Raises:
            UnknownName: it names a file that is not the caller's and not of a plan of the project so far.
        """
        studio, named = self._studio, files_of(board)
        if caller.is_local or not named:
            return
        known = studio.uploads.hashes(caller) | studio.sweeper.files_of(project)
        if strange := sorted(named - known):
            raise UnknownName(
                f"there is no file {strange[0][:12]!r}.", next_step="Upload it, and name it for its shot."
            )

    def board_of(self, project: str) -> str:
        """Digest of the storyboard in force; :data:`NO_BOARD` where there is none."""
        found = self._studio.memory.projects.find(project) if project else None
        return (found.board if found else "") or NO_BOARD

    def ended(self, job: Job) -> None:
        """Called once when a job is over; whoever has messages to send hangs on it."""
        for listener in self._studio.listeners:
            listener(job)

    async def work(self, job: Job, on_event: Listener) -> dict[str, Any]:
        """Carry out a job's order.

        Raises:
            Held: the plan waits for a yes.
            StoryreelError: what the director raises.
        """
        studio = self._studio
        order = await asyncio.to_thread(studio.jobs_kept.order, job.id)
        director = await asyncio.to_thread(studio.director, job.project, order.backend)
        # A job that was begun before and has changed the plan already must not change it twice: its film is resumed.
        changed = await asyncio.to_thread(self.board_of, job.project) != job.before
        await self.bound(job, job.project)
        for_guest.set(bool(job.tenant))
        match order:
            case Make():
                return told_of(await self._make(director, job, order, on_event))
            case Resume():
                return told_of(await director.resume(job.project, on_event, token=order.token or None))
            case Say():
                from app.service.talk import say

                return await say(studio, director, job, order, on_event, self.bound, resumed=changed)
            case _ if changed:
                return told_of(await director.resume(job.project, on_event))
            case Edit():
                gate, (looks, material) = Gate(order.hold), self._brought(order, order.looks)
                filming = director.edit(
                    job.project, order.words, on_event, gate.asked, references=looks, material=material
                )  # fmt: skip
                return told_of(await self._through(gate, job.project, filming))
            case Apply():
                return told_of(await director.apply(job.project, order.token, on_event))
            case Remake():
                board, (_, material) = read_storyboard(order.storyboard), self._brought(order, {})
                return told_of(await director.remake(job.project, board, order.why, on_event, material=material))
            case Extend():
                return told_of(await self._extend(director, job, order, on_event))

    async def _make(self, director: Director, job: Job, order: Make, on_event: Listener) -> Film:
        gate, (looks, material), name = Gate(order.hold), self._brought(order, order.looks), job.project
        limits = (await asyncio.to_thread(self._studio.memory.projects.open, name)).brief.limits
        brief = order.brief.model_copy(update={"limits": limits})
        if not (order.one_shot or order.look):
            filming = director.make(brief, name, on_event, gate.asked, references=looks, material=material)
            return await self._through(gate, name, filming)
        projects = self._studio.memory.projects
        if await asyncio.to_thread(self.board_of, name) == NO_BOARD:
            board, _ = await director.plan(brief, name)
            board = single_shot(board) if order.one_shot else board
            await asyncio.to_thread(projects.adopt, name, board, brief.text)
        if order.look:
            board = await asyncio.to_thread(projects.board, name, await asyncio.to_thread(self.board_of, name))
            looks, material = self._brought(order, order.looks | {main_element(board): order.look})
        if not (looks or material):
            return await self._through(gate, name, director.resume(name, on_event, gate.asked))
        filming = director.edit(name, "", on_event, gate.asked, references=looks, material=material)
        return await self._through(gate, name, filming)

    async def _through(self, gate: Gate, project: str, filming: Coroutine[Any, Any, Film]) -> Film:
        """A film, or :class:`Held` when the gate stopped it at its price."""
        try:
            return await filming
        except ApprovalNeeded:
            if gate.plan is None:
                raise
            await asyncio.to_thread(lambda: self._studio.memory.projects.change(project, status="planned"))
            raise Held(gate.plan) from None

    async def bound(self, job: Job, project: str) -> None:
        """Lower the project's cost limit to what it has cost so far and what the key may still spend today.

        A limit that was lowered stays so: no project spends more than somebody agreed to.
        """
        studio = self._studio

        def lower() -> None:
            left = studio.jobs_kept.dollars_left(studio.caller_of(job))
            if left is None or not project:
                return
            brief, (spent, _) = studio.memory.projects.open(project).brief, studio.memory.ledger.spent(project)
            most = round(spent + max(left, 0.0), 6)
            if brief.limits.cost_usd is None or most < brief.limits.cost_usd:
                limits = brief.limits.model_copy(update={"cost_usd": most})
                studio.memory.projects.change(project, brief=brief.model_copy(update={"limits": limits}))

        await asyncio.to_thread(lower)

    async def _extend(self, director: Director, job: Job, order: Extend, on_event: Listener) -> Film:
        projects = self._studio.memory.projects
        row = await asyncio.to_thread(projects.open, job.project)
        if not row.board:
            raise BadInput(f"project {job.project!r} has no plan yet.", next_step="Let it be made first.")
        board = await asyncio.to_thread(projects.board, job.project, row.board)
        more = Brief(
            text=order.words, duration_s=order.seconds, size=(board.width, board.height), rate=board.rate,
            seed=board.seed, style=board.style or None, limits=row.brief.limits,
        )  # fmt: skip
        tail, _ = await director.plan(more, job.project)
        goes_on = "continue_from_last_frame" in abilities_of(director.crew.backend)
        return await director.remake(job.project, extended(board, tail, goes_on), order.words, on_event)

    def _brought(self, order: Make | Edit | Remake, looks: Mapping[str, str]) -> tuple[dict[str, Path], Material]:
        """The files of the uploads that an order names: pictures by whom they show, and the rest."""
        uploads, names = self._studio.uploads, dict[Path, str]()

        def file(upload_id: str) -> Path:
            path = uploads.path(upload_id)
            names[path] = uploads.find(upload_id).name
            return path

        pictures = {name: file(upload) for name, upload in looks.items()}
        by_shot = [
            {shot: file(upload) for shot, upload in files.items()}
            for files in (order.clips, order.first_frames, order.backdrops)
        ]
        voice = file(order.voice_over) if order.voice_over else None
        clips, first_frames, backdrops = by_shot
        return pictures, Material(clips, voice, order.voice_text, names, first_frames, backdrops)


def failure_of(error: StoryreelError) -> Failure:
    """An error of the tree as data."""
    code = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(error).__name__).lower()
    return Failure(code=code, message=error.message, next_step=error.next_step, shot_id=error.shot_id or "")


class Gate:
    """Stops a film when its plan is priced, if it is to be held there. ``asked`` is the director's question."""

    def __init__(self, hold: bool) -> None:
        self.plan: PricedPlan | None = None
        self.asked: Callable[[PricedPlan], bool] | None = self._refuse if hold else None

    def _refuse(self, plan: PricedPlan) -> bool:
        self.plan = plan
        return False


def _uploads(order: Order) -> list[tuple[str, tuple[str, ...]]]:
    """The uploads that an order names, each with the kinds that it may be of; none where any kind will do."""
    if isinstance(order, Say):
        return [(upload, ()) for upload in order.uploads]
    looks: list[str] = []
    if isinstance(order, Make | Edit):
        looks += order.looks.values()
    if isinstance(order, Make) and order.look:
        looks.append(order.look)
    named: list[tuple[str, tuple[str, ...]]] = [(upload, ("picture", "character")) for upload in looks]
    if isinstance(order, Make | Edit | Remake):
        named += [(upload, ("clip",)) for upload in order.clips.values()]
        named += [(upload, ("picture",)) for upload in (*order.first_frames.values(), *order.backdrops.values())]
        named += [(order.voice_over, ("sound",))] if order.voice_over else []
    return named
