"""The studio: one queue of jobs over the director, with bounded workers, for every face of the program.

A job is in the database before anybody is told its id. Jobs that were queued or running when the process ended are
taken up again by the next one; since whatever is ready is never made again, that costs nothing. One project is worked
on by one job at a time, in the order in which they were asked for.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import threading
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING

from agent.events import Event, Filming
from app.service.callers import LOCAL, Caller
from app.service.directors import Directors
from app.service.floor import NICENESS, Floor, hold_home
from app.service.happenings import Happening, Happenings
from app.service.hooks import Hooks
from app.service.jobs import Also, Failure, Job, Jobs, JobState
from app.service.keys import Keys
from app.service.orders import Order
from app.service.sweeping import Sweeper
from app.service.uploads import Uploads
from app.service.videos import Videos
from app.service.work import Held, Worker, failure_of
from storyboards.errors import StorageFailed, StoryreelError, UnknownName
from tools.store import Store

if TYPE_CHECKING:
    from agent.chat.reading import Reader
    from agent.director import Director
    from agent.memory.projects import Project

log = logging.getLogger("storyreel.studio")

REMEMBERED = 4096
"""Ended jobs that are answered for without a look at the database."""
CANCEL_WAIT_S = 1.0


class Studio:
    """Jobs, events, uploads and whose they are.

    :meth:`start` takes up what an earlier process left; :meth:`close` stops, and leaves unfinished jobs to the next.
    Methods that are not ``async`` do one or a few short transactions: call them from a thread in a server. ``job`` and
    ``seen`` answer from memory for what is under way.

    Args:
        workers: jobs that run at once; each films several shots at once itself.
        reader: turns what is said in chats into intents; by rule if None.
        niceness: of what films, so that those who only ask are answered first.
    """

    def __init__(
        self, directors: Directors, *, workers: int = 1, reader: Reader | None = None, niceness: int = NICENESS
    ) -> None:  # fmt: skip
        self.reader, self._niceness = reader, niceness
        self.directors, self.memory, self.workers = directors, directors.memory, workers
        self.jobs_kept = Jobs(self.memory.database)
        self.happenings = Happenings()
        self.store = Store(self.memory.home / "store")
        self.uploads = Uploads(self.memory.database, self.store)
        self.videos = Videos(self.memory.database)
        self.sweeper = Sweeper(self.memory, self.store)
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Job] = OrderedDict()
        self._waiting: list[str] = []
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._cancelled: set[str] = set()
        self._floor: Floor | None = None
        self._worker = Worker(self)
        self.keys = Keys(self.memory.database)
        self.hooks = Hooks(self.memory.database)
        self.listeners: list[Callable[[Job], None]] = [self.hooks.announce]

    # Life

    def start(self) -> None:
        """Take up what an earlier process left, the oldest first.

        Raises:
            StorageFailed: another studio is at work in this home; two would take each other's jobs.
        """
        self._lock_file = hold_home(self.memory.home)
        self._floor = Floor(niceness=self._niceness)
        for job in self.jobs_kept.unfinished():
            self._note(job.model_copy(update={"state": "queued", "progress": 0.0}))
            self._waiting.append(job.id)
        self._floor.call(self._pump)

    def close(self) -> None:
        """Stop what runs, keeping it for the next start."""
        floor, self._floor = self._floor, None
        if floor is not None:
            with contextlib.suppress(TimeoutError):
                floor.run(self._stop()).result(20)
            floor.close()
            os.close(self._lock_file)

    # Jobs

    def submit(
        self, order: Order, project: str = "", caller: Caller = LOCAL, *, name: str | None = None, seconds: float = 0.0,
        also: Also | None = None,
    ) -> Job:  # fmt: skip
        """Queue work and return at once.

        Args:
            project: what the order is about; a :class:`Make` or :class:`Say` without one begins a project of its own.
            name: for a new project; named after its brief if None.
            seconds: of film that it asks for, counted against the caller's key.
            also: writes more in the transaction that writes the job.

        Raises:
            UnknownName: no such project, for this caller, or no such upload or backend.
            OverLimit: the caller's key allows no more.
            QueueFull: too many jobs wait.
            NotAllowed: the key may not make.
            BadInput: the project's name cannot be.
        """
        caller.must_have("make")
        if project:
            self.project(project, caller)
        self._worker.check(order, caller, project)
        job = self.jobs_kept.queue(order, project, caller, seconds, name=name, also=also)
        self._note(job)
        with self._lock:
            self._waiting.append(job.id)
        self._tell_state(job)
        if self._floor is not None:
            self._floor.call(self._pump)
        return job

    def job(self, job_id: str, caller: Caller = LOCAL) -> Job:
        """A job as it stands now.

        Raises:
            UnknownName: there is none, for this caller.
        """
        with self._lock:
            found = self._known.get(job_id)
        if found is None:
            found = self.jobs_kept.find(job_id)
            if found.is_over:
                self._note(found)
        if not caller.sees(found.tenant):
            raise UnknownName(f"there is no job {job_id!r}.")
        return found

    def seen(self, job_id: str) -> Job | None:
        """A job that is in memory, without any look at the database."""
        with self._lock:
            return self._known.get(job_id)

    def jobs(self, caller: Caller = LOCAL, project: str = "", limit: int = 50) -> list[Job]:
        """The newest first, each as it stands now."""
        with self._lock:
            known = dict(self._known)
        return [known.get(job.id, job) for job in self.jobs_kept.listing(caller, project, limit)]

    async def cancel(self, job_id: str, caller: Caller = LOCAL) -> Job:
        """Stop a job within a second; what it had finished is kept. One that is over stays as it is.

        Raises:
            UnknownName: there is none, for this caller.
        """
        caller.must_have("make")
        job = await asyncio.to_thread(self.job, job_id, caller)
        if not job.is_over and self._floor is not None:
            stopping = self._floor.run(self._cancel(job_id))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(stopping)), CANCEL_WAIT_S)
        return await asyncio.to_thread(self.job, job_id, caller)

    def stop_shot(self, project: str, shot_id: str, caller: Caller = LOCAL) -> Job:
        """Stop the filming of one shot; the job goes on with the others, and with the take the shot has, if it has one.

        Raises:
            UnknownName: no such project for this caller, no such shot. StorageFailed: nothing is being filmed.
        """
        caller.must_have("make")
        self.memory.projects.board(project, self.project(project, caller).board).shot(shot_id)
        running = next((job for job in self.jobs(caller, project) if job.state == "running"), None)
        if running is None:
            raise StorageFailed("nothing of the film is being filmed.", next_step="Look again: it may have ended.")
        self.directors.stop(project, shot_id)
        return running

    async def stopped(self, job_id: str, caller: Caller = LOCAL) -> None:
        """Cancel a job and wait, for some seconds at most, until nothing of it runs any more."""
        if not (await self.cancel(job_id, caller)).is_over:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.finished(job_id, caller), 10.0)

    async def finished(self, job_id: str, caller: Caller = LOCAL) -> Job:
        """Wait until a job is over."""
        job = await asyncio.to_thread(self.job, job_id, caller)
        if not job.is_over:
            async with contextlib.aclosing(self.happenings.follow(job_id, after=0, beat_s=5.0)) as lines:
                async for _ in lines:
                    job = await asyncio.to_thread(self.job, job_id, caller)
                    if job.is_over:
                        break
        return job

    def open_jobs(self) -> tuple[int, int]:
        """How many jobs wait and how many run."""
        with self._lock:
            return len(self._waiting), len(self._tasks)

    # Projects

    def project(self, name: str, caller: Caller = LOCAL) -> Project:
        """A project that the caller may see.

        Raises:
            UnknownName: there is none, for this caller; the message does not tell which.
        """
        owner = self.jobs_kept.owner(name)
        if owner is None or not caller.sees(owner):
            raise UnknownName(f"there is no project {name!r}.")
        return self.memory.projects.open(name)

    def is_at_work_for(self, name: str, caller: Caller) -> bool:
        """Whether a job runs that the caller may see, and so its project, too; without a look at the database."""
        with self._lock:
            return any(self._known[job].project == name and caller.sees(self._known[job].tenant) for job in self._tasks)

    def projects(self, caller: Caller = LOCAL) -> list[Project]:
        """Every project that the caller may see, the last changed first."""
        everything = self.memory.projects.all()
        if caller.is_local:
            return everything
        owned = self.jobs_kept.owned(caller.tenant)
        return [project for project in everything if project.name in owned]

    def director(self, project: str = "", backend: str | None = None) -> Director:
        """Who directs a project: for ``show``, ``film`` and what changes a plan without filming."""
        return self.directors.of(project, backend)

    def delete(self, name: str, caller: Caller = LOCAL) -> None:
        """Delete a project with all that was said, planned and found, its film, and its files that no other shares.

        Raises:
            UnknownName: there is none, for this caller.
            StorageFailed: a run is working on it.
        """
        caller.must_have("make")
        self.project(name, caller)
        with self.memory.working_on(name):
            files = self.sweeper.files_of(name)
            self.jobs_kept.forget(name)
            self.sweeper.sweep(name, files)

    def changed(self, project: str, message: str) -> None:
        """Tell whoever follows a project that it was changed, though not by a job: a take picked, a version undone."""
        self.happenings.tell((project,), Happening(id=0, kind="change", project=project, message=message))

    async def events(
        self, project: str, after: int = 0, caller: Caller = LOCAL, *, beat_s: float = 15.0
    ) -> AsyncGenerator[Happening]:
        """What happens in a project, for ever: see :meth:`app.service.happenings.Happenings.follow`.

        Raises:
            UnknownName: there is none, for this caller.
        """
        await asyncio.to_thread(self.project, project, caller)
        async with contextlib.aclosing(self.happenings.follow(project, after, beat_s)) as lines:
            async for happening in lines:
                yield happening

    def caller_of(self, job: Job) -> Caller:
        """Who asked for a job, with the limits of the key as they are now."""
        return self.keys.caller(job.key_id) or Caller(tenant=job.tenant, key_id=job.key_id)

    # On the floor

    def _pump(self) -> None:
        """Begin whatever may begin."""
        if self._floor is None:
            return
        while len(self._tasks) < self.workers:
            with self._lock:
                busy = {self._known[job_id].project for job_id in self._tasks} - {""}
                ready = (job_id for job_id in self._waiting if self._known[job_id].project not in busy)
                job_id = next(ready, None)
                if job_id is None:
                    return
                self._waiting.remove(job_id)
                self._tasks[job_id] = self._floor.loop.create_task(self._carry_out(job_id), name=job_id)

    async def _carry_out(self, job_id: str) -> None:
        job = self._known[job_id]
        try:
            job = await self._begun(job)
            result = await self._worker.work(job, lambda event: self._on_event(job_id, event))
            project = job.project or str(result.get("project", ""))
            if project:
                await asyncio.to_thread(self.jobs_kept.give, project, job.tenant)
            words = str(result.get("status", "done"))
            await self._end(job_id, "done", result=result, progress=1.0, message=words, project=project)
        except Held as held:
            await self._end(job_id, "held", result=held.result, message="the plan waits for a yes")
        except StoryreelError as error:
            await self._end(job_id, "failed", error=failure_of(error), message=str(error))
        except asyncio.CancelledError:
            if job_id in self._cancelled:
                await self._end(job_id, "cancelled", message="cancelled; what was finished is kept")
        except Exception:
            log.exception("job %s ended by a bug", job_id)
            bug = Failure(code="internal_error", message="the studio made a mistake; its log says which.")
            await self._end(job_id, "failed", error=bug, message=bug.message)
        finally:
            with self._lock:
                self._tasks.pop(job_id, None)
            self._cancelled.discard(job_id)
            self._pump()

    async def _begun(self, job: Job) -> Job:
        before = job.before or await asyncio.to_thread(self._worker.board_of, job.project)
        job = self._change(job.id, state="running", began_at_s=job.began_at_s or time.time(), before=before)
        await asyncio.to_thread(self.jobs_kept.write, job)
        self._tell_state(job)
        return job

    async def _end(self, job_id: str, state: JobState, **changes: object) -> None:
        job = self._change(job_id, state=state, ended_at_s=time.time(), **changes)
        await asyncio.shield(asyncio.to_thread(self.jobs_kept.write, job))
        await asyncio.shield(asyncio.to_thread(self._worker.ended, job))
        self._tell_state(job)

    async def _cancel(self, job_id: str) -> None:
        with self._lock:
            waits, task = job_id in self._waiting, self._tasks.get(job_id)
            if waits:
                self._waiting.remove(job_id)
        if waits:
            await self._end(job_id, "cancelled", message="cancelled before it began")
        elif task is not None:
            self._cancelled.add(job_id)
            task.cancel()
            await asyncio.wait([task])

    async def _stop(self) -> None:
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=15)

    def _on_event(self, job_id: str, event: Event) -> None:
        # The last event names the place of the film on this machine, which is nobody else's business.
        message = event.message.partition(":")[0] if event.kind == "final" else event.message
        changes: dict[str, object] = {"progress": event.done, "message": message}
        is_named = event.kind == "project" and not self._known[job_id].project
        if is_named:
            changes["project"] = event.message
        job = self._change(job_id, **changes)
        if is_named and self._floor is not None:
            self._floor.loop.run_in_executor(None, self._belongs, job)
        told = Happening(
            id=0, kind=event.kind, project=job.project, job=job.id, state=job.state, shot_id=event.shot_id,
            message=message, done=event.done, detail=asdict(event.detail) if event.detail else None,
            share=event.detail.share if isinstance(event.detail, Filming) else None,
        )  # fmt: skip
        self.happenings.tell((job.project, job.id), told)

    def _belongs(self, job: Job) -> None:
        self.jobs_kept.give(job.project, job.tenant)
        self.jobs_kept.write(job)

    def _tell_state(self, job: Job) -> None:
        told = Happening(
            id=0, kind="job", project=job.project, job=job.id, state=job.state, message=job.message, done=job.progress
        )
        self.happenings.tell((job.project, job.id), told)

    def _change(self, job_id: str, **changes: object) -> Job:
        with self._lock:
            job = self._known[job_id] = self._known[job_id].model_copy(update=changes)
            return job

    def _note(self, job: Job) -> None:
        with self._lock:
            self._known[job.id] = job
            self._known.move_to_end(job.id)
            while len(self._known) > REMEMBERED:
                oldest = next((key for key, found in self._known.items() if found.is_over), None)
                if oldest is None:
                    break
                del self._known[oldest]
