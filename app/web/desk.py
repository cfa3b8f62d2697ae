"""The page's seat in the studio: what it reads for a film's page, and what its buttons ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi import Request

from agent.chat import opening
from agent.edit_order import mended
from agent.history import History, VersionView
from agent.library import Library
from app.api.access import bearer, caller_of, studio_of
from app.service.orders import Edit, Make, Order, Resume, Say
from app.service.talk import attachment_of
from app.web.asking import asked_of, brief_with
from app.web.offer import is_free, offer_of
from app.web.pictures import wave
from app.web.render import EXPORTS
from app.web.start import brief_of
from app.web.view import PageView, read_page
from app.web.work import WorkView, work_of
from storyboards.errors import BadEdit, ContentMissing, NotAllowed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.chat.replies import Attachment
    from agent.crew import Crew
    from agent.director import Director
    from agent.memory.library import LibraryItem
    from app.service.callers import Caller
    from app.service.jobs import Job
    from app.service.studio import Studio
    from app.service.uploads import Upload

CASTABLE = frozenset({"character", "prop", "place"})


async def desk_of(request: Request) -> Desk:
    """Whose desk a request comes to.

    Raises:
        Unauthenticated: this server wants a key, and the request shows none that is good.
    """
    return Desk(studio_of(request), await caller_of(request, await bearer(request)))


@dataclass(frozen=True)
class Sent:
    """A file that came in a form, kept; ``use`` is what it was chosen for, empty where its words or name say that."""

    upload: Upload
    use: str = ""

    @property
    def is_plan(self) -> bool:
        """Whether it is a whole storyboard."""
        return self.upload.kind == "text" and self.upload.name.lower().endswith(opening.PLANS)


@dataclass(frozen=True)
class Desk:
    """One caller at one studio. Methods are short and blocking: a server calls them from a thread."""

    studio: Studio
    caller: Caller

    def director(self, project: str) -> Director:
        """Who directs the project.

        Raises:
            UnknownName: there is none, for this caller.
        """
        self.studio.project(project, self.caller)
        return self.studio.director(project)

    def crew(self, project: str) -> Crew:
        return self.director(project).crew

    def submit(self, order: Order, project: str = "") -> Job:
        return self.studio.submit(order, project, self.caller)

    def begin(self, form: Mapping[str, str], sent: Sequence[Sent] = ()) -> Job:
        """A new film, planned and priced, that waits for a yes. Scripts go into its brief; pictures, clips and a voice
        are for what was chosen, else for what the words or their names say.

        Raises:
            BadBrief, BadMedia: it cannot be begun with what was sent.
        """
        words, files = form.get("brief", ""), [self._attached(one) for one in sent]
        ids = {file.path: one.upload.id for file, one in zip(files, sent, strict=True)}
        if files:
            form = {**form, "brief": opening.brief_of(words, files).text}
        looks, material = opening.pictures_in(words, files), opening.material_in(words, files)
        order = Make(
            brief=brief_of(form), hold=True, backend=form.get("backend") or None,
            looks={name: ids[picture.path] for name, picture in looks.items()},
            clips={shot: ids[path] for shot, path in material.clips.items()},
            first_frames={shot: ids[path] for shot, path in material.first_frames.items()},
            backdrops={shot: ids[path] for shot, path in material.backdrops.items()},
            voice_over=ids[material.voice_over] if material.voice_over else "", voice_text=material.voice_text,
        )  # fmt: skip
        return self.submit(order)

    def _attached(self, sent: Sent) -> Attachment:
        return attachment_of(self.studio, sent.upload.id, self.caller, sent.use)

    def answer(self, project: str, answers: Mapping[str, str]) -> Job:
        """Plan and price the film anew with what its brief left open.

        Raises:
            BadInput: an answer makes no sense.
        """
        self.studio.project(project, self.caller)
        brief = brief_with(self.studio.memory.projects.open(project).brief, answers)
        return self.submit(Make(brief=brief, hold=True, backend=self.crew(project).backend.name), project)

    def begin_with(self, words: str, backend: str, sent: Sequence[Sent]) -> Job:
        """A new film from a whole storyboard and what comes with it. Nothing is filmed."""
        order = Say(text=words, film=False, backend=backend or None, **_said_with(sent))
        return self.submit(order)

    def say(self, project: str, words: str, sent: Sequence[Sent] = ()) -> Job:
        """A message to the director; what it changes is filmed at once if that costs no money."""
        order = Say(text=words, film=self._films_at_once(project), **_said_with(sent))
        return self.submit(order, project)

    def number(self, project: str, shot_id: str) -> int:
        """The number of a shot as people count.

        Raises:
            UnknownName: no such shot.
        """
        memory = self.studio.memory
        board = memory.projects.board(project, memory.projects.open(project).board)
        return board.shots.index(board.shot(shot_id)) + 1

    def change(self, project: str, words: str) -> Job:
        """Change the film in words; a change that costs money is put in force and priced, and waits for a yes."""
        return self.submit(Edit(words=words, hold=not self._films_at_once(project)), project)

    def reorder(self, project: str, order: list[str]) -> None:
        """Put the same shots in another order in force, with transitions that fit; the film follows.

        Raises:
            BadEdit: these are not the shots of the film.
            StorageFailed: the film is being worked on.
        """
        memory = self.studio.memory
        board = memory.projects.board(project, memory.projects.open(project).board)
        if sorted(order) != sorted(shot.id for shot in board.shots):
            raise BadEdit("those are not the shots of the film.", next_step="Load the page again and drag once more.")
        places = {shot.id: str(number) for number, shot in enumerate(board.shots, start=1)}
        words = "shots in the order " + ", ".join(places[shot_id] for shot_id in order)
        moved = board.changed(shots=mended([board.shot(shot_id) for shot_id in order]))
        with memory.working_on(project):
            memory.projects.say(project, "user", words)
            memory.projects.adopt(project, moved, words)
        self.catch_up(project)

    def catch_up(self, project: str) -> Job | None:
        """After a change of what is in force: cut or film what follows from it, if that costs no money and nothing else
        is under way. Otherwise the page offers it with its price."""
        if self.open_job(project) is None and self._films_at_once(project):
            return self.submit(Resume(), project)
        return None

    def open_job(self, project: str) -> Job | None:
        """The job of the project that is under way, the running one before one that waits."""
        jobs = self.open_jobs(project)
        return next((job for job in jobs if job.state == "running"), jobs[-1] if jobs else None)

    def open_jobs(self, project: str) -> list[Job]:
        """What waits or runs, the newest first.

        Raises:
            UnknownName: there is no such project, for this caller.
        """
        self.studio.project(project, self.caller)
        return [job for job in self.studio.jobs(self.caller, project, 20) if not job.is_over]

    def work(self, project: str) -> WorkView | None:
        job = self.open_job(project)
        return work_of(job, self.studio.happenings.kept(project) if job else ())

    def content(self, project: str, theme: str) -> dict[str, Any]:
        """Everything that a film's page is made of, for the templates.

        Raises:
            UnknownName: there is no such project, for this caller.
        """
        crew = self.crew(project)
        page, work = read_page(crew, project), self.work(project)
        last = next(iter(self.studio.jobs(self.caller, project, 1)), None)
        failed = last is not None and last.state in ("failed", "cancelled") and work is None
        return {
            "asked": () if work else asked_of(self, page),
            "page": page, "work": work, "offer": None if work else offer_of(crew, page), "theme": theme,
            "failure": _failure(last, page) if failed and last else "", "can_resume": failed and page.stage != "made",
            "history": history_of(crew, page), "library": self.library(crew), "exports": EXPORTS,
            "wave": _wave(crew, page), "question": None if work else _question(last),
        }  # fmt: skip

    def library(self, crew: Crew) -> tuple[LibraryItem, ...]:
        """Who and what may be cast from other films. The library is of the home, so only its owner sees it."""
        items = Library(crew).list() if self.caller.is_local else []
        return tuple(item for item in items if item.kind in CASTABLE)

    def must_be_local(self) -> None:
        """Raises NotAllowed: only the home's owner has the library."""
        if not self.caller.is_local:
            raise NotAllowed("the library belongs to the owner of this server.", next_step="Send a picture instead.")

    def _films_at_once(self, project: str) -> bool:
        """A film that was agreed to once goes on without asking, as long as filming it costs no money."""
        memory = self.studio.memory
        row = memory.projects.open(project)
        if not row.board or memory.cuts.latest(project) is None:
            return False
        return is_free(self.crew(project), memory.projects.board(project, row.board))


def _said_with(sent: Sequence[Sent]) -> dict[str, Any]:
    uses = {one.upload.id: one.use for one in sent if one.use}
    return {"uploads": tuple(one.upload.id for one in sent), "uses": uses}


@dataclass(frozen=True)
class VersionsView:
    """Versions of the plan, and whether there is a step to take back or again."""

    versions: tuple[VersionView, ...] = ()
    undoable: bool = False
    redoable: bool = False


def history_of(crew: Crew, page: PageView) -> VersionsView:
    """The versions of a project as its page lists them."""
    if page.board is None:
        return VersionsView()
    name = page.view.project
    states = [step.state for step in crew.memory.steps.of(name)]
    return VersionsView(History(crew).versions(name), states.count("done") > 1, "undone" in states)


def _failure(job: Job, page: PageView) -> str:
    """Why the last job ended before its end, in a sentence or two; empty if that was said in the conversation."""
    if job.error is None:
        return job.message
    said = page.view.messages[-1].text if page.view.messages else ""
    where = f"Shot {job.error.shot_id}: " if job.error.shot_id else ""
    return "" if job.error.message in said else f"{where}{job.error.message} {job.error.next_step}".strip()


def _question(last: Job | None) -> dict[str, str] | None:
    """What the director asked in its last words, with the answer that it goes by if nobody gives one."""
    return (last.result.get("question") or None) if last is not None and last.state == "done" else None


def _wave(crew: Crew, page: PageView) -> str:
    """The film's sound as a path; empty if the film is not in the store, which the player says better."""
    try:
        return wave(crew.store, page.film.sha256) if page.film else ""
    except ContentMissing:
        return ""
