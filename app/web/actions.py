"""What the page's buttons do. Each is one call of the studio, and answers with the parts of the page that follow; a
browser without scripts is sent back to the whole page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, File, Form, Request, Response, UploadFile

from agent.earlier import keep_take
from agent.history import History
from agent.library import Library
from app.api.access import COOKIE, studio_of
from app.service.orders import Edit, Resume
from app.web.answers import html, parts, problem, redirect, theme_of, wants_parts
from app.web.desk import Desk, Sent, desk_of
from app.web.render import Renderer
from app.web.start import choices_in_words, start_content
from storyboards.errors import BadBrief, BadInput, StoryreelError

if TYPE_CHECKING:
    from app.service.uploads import Upload

Words = Annotated[str, Form(max_length=20_000)]
Word = Annotated[str, Form(max_length=200)]
Files = Annotated[list[UploadFile] | None, File()]
Work = Callable[[Desk], object]

YEAR_S = 365 * 24 * 3600


class Actions:
    """The routes that change something. All are POST, from our own pages alone: see :mod:`app.api.gate`."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer

    def routes(self) -> APIRouter:
        router, film = APIRouter(include_in_schema=False), "/films/{project}"
        answers: dict[str, Callable[..., Any]] = {
            "/films": self.begin, "/theme": self.theme, "/key": self.key, f"{film}/say": self.say,
            f"{film}/approve": self.approve, f"{film}/resume": self.resume, f"{film}/cancel": self.cancel,
            f"{film}/answers": self.answers, f"{film}/order": self.order, f"{film}/undo": self.undo,
            f"{film}/redo": self.redo, f"{film}/go": self.go,
            f"{film}/shots/{{shot}}/retake": self.retake, f"{film}/shots/{{shot}}/change": self.change,
            f"{film}/shots/{{shot}}/stop": self.stop, f"{film}/shots/{{shot}}/lock": self.lock,
            f"{film}/shots/{{shot}}/pick": self.pick, f"{film}/cast": self.cast,
            f"{film}/cast/{{element}}": self.look, f"{film}/cast/{{element}}/keep": self.keep,
        }  # fmt: skip
        for path, answer in answers.items():
            router.add_api_route(path, answer, methods=["POST"], response_class=Response)
        return router

    async def begin(self, request: Request, brief: Words = "", files: Files = None) -> Response:
        """A new film: planned and priced, then waiting for a yes."""
        form = {name: str(value) for name, value in (await request.form()).items() if isinstance(value, str)}
        try:
            desk = await desk_of(request)
            project = await _begun(desk, form, await _sent(desk, request, files))
        except StoryreelError as error:
            theme, words = theme_of(request), str(error)
            content = await asyncio.to_thread(
                lambda: start_content(desk, self._renderer, theme, brief=brief, problem=words, chosen=form)
            )
            return html(self._renderer.page("home", **content), 422)
        return redirect(self._renderer.url("films", project))

    async def say(self, request: Request, project: str, words: Words = "", files: Files = None) -> Response:
        try:
            desk = await desk_of(request)
            sent = await _sent(desk, request, files)
            if not words.strip() and not sent:
                raise BadInput("nothing was said.", next_step="Say what to change, or ask why.")
        except StoryreelError as error:
            return problem(self._renderer, request, error)
        return await self._done(request, project, lambda desk: desk.say(project, words, sent))

    async def approve(self, request: Request, project: str, token: Word) -> Response:
        return await self._done(request, project, lambda desk: desk.submit(Resume(token=token), project))

    async def answers(self, request: Request, project: str) -> Response:
        """What the brief left open: the film is planned anew with it."""
        said = {name: str(value) for name, value in (await request.form()).items() if isinstance(value, str)}
        return await self._done(request, project, lambda desk: desk.answer(project, said))

    async def resume(self, request: Request, project: str) -> Response:
        return await self._done(request, project, lambda desk: desk.submit(Resume(), project))

    async def cancel(self, request: Request, project: str) -> Response:
        try:
            desk = await desk_of(request)
            for job in await asyncio.to_thread(desk.open_jobs, project):
                await desk.studio.cancel(job.id, desk.caller)
        except StoryreelError as error:
            return problem(self._renderer, request, error)
        return await self._done(request, project, lambda desk: None)

    async def stop(self, request: Request, project: str, shot: str) -> Response:
        return await self._done(request, project, lambda desk: desk.studio.stop_shot(project, shot, desk.caller))

    async def order(self, request: Request, project: str, order: Words) -> Response:
        return await self._done(request, project, lambda desk: desk.reorder(project, order.split()))

    async def undo(self, request: Request, project: str) -> Response:
        return await self._turned(request, project, lambda history: history.undo(project))

    async def redo(self, request: Request, project: str) -> Response:
        return await self._turned(request, project, lambda history: history.redo(project))

    async def go(self, request: Request, project: str, ref: Word) -> Response:
        return await self._turned(request, project, lambda history: history.go(project, ref))

    async def retake(self, request: Request, project: str, shot: str) -> Response:
        return await self._done(
            request, project, lambda desk: desk.change(project, f"redo shot {desk.number(project, shot)}")
        )

    async def change(self, request: Request, project: str, shot: str, words: Words) -> Response:
        return await self._done(
            request, project, lambda desk: desk.say(project, f"shot {desk.number(project, shot)}: {words}")
        )

    async def lock(self, request: Request, project: str, shot: str, locked: Word = "") -> Response:
        return await self._done(request, project, lambda desk: desk.director(project).lock(project, shot, bool(locked)))

    async def pick(self, request: Request, project: str, shot: str, ordinal: Annotated[int, Form()]) -> Response:
        def work(desk: Desk) -> None:
            keep_take(desk.crew(project), project, shot, ordinal)
            desk.catch_up(project)

        return await self._done(request, project, work)

    async def look(self, request: Request, project: str, element: str, picture: UploadFile) -> Response:
        try:
            upload = await _kept(await desk_of(request), picture)
            if upload.kind != "picture":
                raise BadInput(f"a look is a picture, the file is a {upload.kind}.", next_step="Send a PNG or JPEG.")
        except StoryreelError as error:
            return problem(self._renderer, request, error)
        return await self._done(request, project, lambda desk: desk.submit(Edit(looks={element: upload.id}), project))

    async def cast(self, request: Request, project: str, entry: Word, element: Word = "") -> Response:
        def work(desk: Desk) -> None:
            desk.must_be_local()
            Library(desk.crew(project)).cast(project, entry, element)
            desk.catch_up(project)

        return await self._done(request, project, work)

    async def keep(self, request: Request, project: str, element: str) -> Response:
        def work(desk: Desk) -> None:
            desk.must_be_local()
            Library(desk.crew(project)).keep(project, element)

        return await self._done(request, project, work)

    async def theme(self, request: Request, theme: Word = "") -> Response:
        back = redirect(request.headers.get("referer") or self._renderer.url())
        back.set_cookie("storyreel_theme", theme if theme in ("dark", "light") else "", max_age=YEAR_S, samesite="lax")
        return back

    async def key(self, request: Request, key: Word, back: Word = "/") -> Response:
        """Come in with a key: kept in a cookie that no script reads and no other site sends."""
        keys, renderer = studio_of(request).keys, self._renderer
        await asyncio.to_thread(keys.refresh, key)
        if keys.check(key) is None:
            return html(
                renderer.page("key", theme=theme_of(request), back=back, problem="That key is not a good one."), 401
            )
        here = redirect(back if back.startswith("/") and not back.startswith(("//", "/\\")) else renderer.url())
        secure = request.url.scheme == "https"
        here.set_cookie(COOKIE, key, httponly=True, samesite="strict", secure=secure, max_age=YEAR_S)
        return here

    async def _turned(self, request: Request, project: str, turn: Callable[[History], object]) -> Response:
        """A step through the versions, after which the film follows."""

        def work(desk: Desk) -> None:
            turn(History(desk.crew(project)))
            desk.catch_up(project)

        return await self._done(request, project, work)

    async def _done(self, request: Request, project: str, work: Work) -> Response:
        """Do it in a thread, tell who follows the film, and answer with the page as it is now."""

        def doing(desk: Desk) -> dict[str, str]:
            desk.studio.project(project, desk.caller)
            desk.caller.must_have("make")
            work(desk)
            desk.studio.changed(project, "changed on the page")
            return self._renderer.film_regions(desk.content(project, theme_of(request))) if wants_parts(request) else {}

        try:
            regions = await asyncio.to_thread(doing, await desk_of(request))
        except StoryreelError as error:
            return problem(self._renderer, request, error)
        if not wants_parts(request):
            return redirect(self._renderer.url("films", project))
        return parts({name: text for name, text in regions.items() if not name.startswith("shot-")})


async def _begun(desk: Desk, form: dict[str, str], sent: list[Sent]) -> str:
    """The name of the film that a form begins.

    Raises:
        BadBrief: it cannot be begun with what was sent.
    """
    if not any(file.is_plan for file in sent):
        return (await asyncio.to_thread(lambda: desk.begin(form, sent))).project
    backend = form.get("backend", "")
    words = " ".join(filter(None, [form.get("brief", ""), *choices_in_words(form)]))
    job = await asyncio.to_thread(lambda: desk.begin_with(words, backend, sent))
    job = await desk.studio.finished(job.id, desk.caller)
    project = job.project or str(job.result.get("project") or "")
    if not project:
        raise BadBrief(str(job.error.message if job.error else job.result.get("text", "")) or "that began no film.")
    return project


async def _sent(desk: Desk, request: Request, files: list[UploadFile] | None) -> list[Sent]:
    """The files of a form, checked and kept, with what each was chosen for: ``uses`` in their order.

    Raises:
        BadMedia: one is none that is taken. TooLargeFile.
    """
    uses = [str(use)[:80] for use in (await request.form()).getlist("uses")]
    given = [file for file in files or () if file.filename]
    uses += [""] * (len(given) - len(uses))
    return [Sent(await _kept(desk, file), use) for file, use in zip(given, uses, strict=False)]


async def _kept(desk: Desk, file: UploadFile) -> Upload:
    """A file of a form, checked and kept."""

    async def pieces() -> AsyncIterator[bytes]:
        while piece := await file.read(1 << 18):
            yield piece

    return await desk.studio.uploads.take(pieces(), file.filename or "file", desk.caller)
