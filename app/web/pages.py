"""What the page shows: the start, a film, its comparison and its stream. Nothing here changes anything."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from app.web.answers import FOR_EVER, html, problem, theme_of
from app.web.compare import comparison_of
from app.web.desk import Desk, desk_of
from app.web.live import stream
from app.web.render import HEADERS, Renderer
from app.web.start import start_content
from storyboards.errors import StoryreelError


class Pages:
    """The routes that show HTML."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer

    def routes(self) -> APIRouter:
        router = APIRouter(include_in_schema=False)
        answers: dict[str, Callable[..., Any]] = {
            "/": self.start, "/static/{version}/{name:path}": self.static, "/films/{project}": self.film,
            "/films/{project}/live": self.live, "/films/{project}/compare": self.compare,
        }  # fmt: skip
        for path, answer in answers.items():
            router.add_api_route(path, answer, methods=["GET"], response_class=Response)
        return router

    async def start(self, request: Request) -> Response:
        renderer, theme = self._renderer, theme_of(request)
        return await self._shown(request, lambda desk: renderer.page("home", **start_content(desk, renderer, theme)))

    async def film(self, request: Request, project: str) -> Response:
        theme = theme_of(request)
        return await self._shown(request, lambda desk: self._renderer.film_page(desk.content(project, theme)))

    async def compare(self, request: Request, project: str, shot: str = "", a: str = "", b: str = "") -> Response:
        def work(desk: Desk) -> str:
            found = comparison_of(desk.crew(project), project, shot, a, b)
            return self._renderer.page("compare", side=found, project=project, theme=theme_of(request))

        return await self._shown(request, work)

    async def live(self, request: Request, project: str) -> Response:
        try:
            desk = await desk_of(request)
            await asyncio.to_thread(desk.studio.project, project, desk.caller)
        except StoryreelError as error:
            return problem(self._renderer, request, error)
        lines = stream(desk, self._renderer, project, theme_of(request))
        return StreamingResponse(lines, media_type="text/event-stream", headers=HEADERS | {"X-Accel-Buffering": "no"})

    async def static(self, version: str, name: str) -> Response:
        asset = self._renderer.assets.get(name)
        if asset is None or version != self._renderer.version:
            return Response(status_code=404)
        headers = {"Cache-Control": FOR_EVER, "X-Content-Type-Options": "nosniff"}
        return Response(asset.content, media_type=asset.media_type, headers=headers)

    async def _shown(self, request: Request, work: Callable[[Desk], str]) -> Response:
        """The page that a thread makes, or the error in words."""
        try:
            return html(await asyncio.to_thread(work, await desk_of(request)))
        except StoryreelError as error:
            return problem(self._renderer, request, error)
