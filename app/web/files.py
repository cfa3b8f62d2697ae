"""The routes of a film's files. Whoever may see the project may have them; nobody names a path."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from app.api.files import serve, serve_stored
from app.web import media
from app.web.answers import FOR_EVER, problem
from app.web.desk import desk_of
from app.web.render import Renderer
from storyboards.errors import StoryreelError
from storyboards.timeline import to_vtt

if TYPE_CHECKING:
    from agent.crew import Crew

NAMES = {"storyboard": "storyboard.json", "claims": "claims.jsonl", "edlz": "edl.zip", "xmlz": "xml.zip",
         "fcpxmlz": "fcpxml.zip"}  # fmt: skip
"""Endings of exports that are not called as their format is."""


class Files:
    """Stills, takes, cuts, captions, references, the report and the exports of a project."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer

    def routes(self) -> APIRouter:
        router = APIRouter(include_in_schema=False, prefix="/films/{project}")
        answers: dict[str, Callable[..., Any]] = {
            "/stills/{sha256}/{frame}/{width}.jpg": self.still, "/takes/{key}.mp4": self.take,
            "/cuts/{sha256}.mp4": self.cut, "/captions/{sha256}.vtt": self.captions,
            "/references/{sha256}.png": self.reference, "/report": self.report, "/export/{to}": self.export,
        }  # fmt: skip
        for path, answer in answers.items():
            router.add_api_route(path, answer, methods=["GET", "HEAD"], response_class=Response)
        return router

    async def still(self, request: Request, project: str, sha256: str, frame: int, width: int) -> Response:
        return await self._stored(request, project, lambda crew: media.still(crew, project, sha256, frame, width))

    async def take(self, request: Request, project: str, key: str) -> Response:
        return await self._stored(request, project, lambda crew: media.take(crew, project, key).video_sha256)

    async def cut(self, request: Request, project: str, sha256: str) -> Response:
        return await self._stored(request, project, lambda crew: media.cut(crew, project, sha256).sha256)

    async def reference(self, request: Request, project: str, sha256: str) -> Response:
        return await self._stored(request, project, lambda crew: media.reference(crew, project, sha256))

    async def captions(self, request: Request, project: str, sha256: str) -> Response:
        def work(crew: Crew) -> Response:
            text = to_vtt(media.cut(crew, project, sha256).timeline.captions)
            return PlainTextResponse(text, media_type="text/vtt", headers={"Cache-Control": FOR_EVER})

        return await self._given(request, project, work)

    async def report(self, request: Request, project: str) -> Response:
        def work(crew: Crew) -> Response:
            place = media.report(crew, project)
            return serve(place.parent, place)

        return await self._given(request, project, work)

    async def export(self, request: Request, project: str, to: str) -> Response:
        def work(crew: Crew) -> Response:
            store, sha256 = crew.store, media.export(crew, project, to)
            return serve_stored(store, sha256, name=f"{project}.{NAMES.get(to, to)}", attached=True)

        return await self._given(request, project, work)

    async def _stored(self, request: Request, project: str, find: Callable[[Crew], str]) -> Response:
        return await self._given(request, project, lambda crew: serve_stored(crew.store, find(crew)))

    async def _given(self, request: Request, project: str, work: Callable[[Crew], Response]) -> Response:
        """What a thread finds, or the error in words."""
        try:
            desk = await desk_of(request)
            return await asyncio.to_thread(lambda: work(desk.crew(project)))
        except StoryreelError as error:
            return problem(self._renderer, request, error)
