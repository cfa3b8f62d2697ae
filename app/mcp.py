"""The studio as tools of the Model Context Protocol: over standard input and output, and at ``/mcp`` of the server."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Annotated, Any, Literal

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from app.service.callers import LOCAL, Caller
from app.service.jobs import Job
from app.service.orders import Edit, Make, Order, Resume
from app.service.studio import Studio
from storyboards.brief import Brief
from storyboards.errors import BadInput, StoryreelError

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

INSTRUCTIONS = """Makes short films from briefs. create_film starts one; wait_film waits for a job and tells progress;
edit_film changes a film in words and films only what changed. A film that is `degraded` says why."""
MOST_WAIT_S = 3600.0
Project = Annotated[str, Field(description="the film's project", pattern=r"^[a-z0-9][a-z0-9._-]{0,79}$")]
TextForm = Literal["otio", "edl", "xml", "fcpxml", "srt", "vtt"]


class Tools:
    """The tools, each a method. Who asks is in the request of the HTTP transport; on standard input it is the person
    at this machine."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    async def create_film(
        self, ctx: Context, brief: Annotated[str, Field(min_length=1, max_length=200_000)],
        duration_s: Annotated[float | None, Field(ge=1, le=600)] = None,
        width: Annotated[int, Field(ge=64, le=3840, multiple_of=2)] = 1280,
        height: Annotated[int, Field(ge=64, le=3840, multiple_of=2)] = 720,
        hold: Annotated[bool, Field(description="plan and price it, then wait for approve_film")] = False,
    ) -> dict[str, Any]:  # fmt: skip
        """Start a film of a brief. Returns its project and the job to wait for."""
        with _said():
            order = Make(brief=Brief(text=brief, duration_s=duration_s, size=(width, height)), hold=hold)
            return _job(await self._submit(ctx, order, seconds=duration_s or 0.0))

    async def edit_film(
        self, ctx: Context, project: Project, words: Annotated[str, Field(min_length=1, max_length=20_000)]
    ) -> dict[str, Any]:  # fmt: skip
        """Change a film in words, such as "make shot 3 darker". Only what changes is filmed again."""
        with _said():
            return _job(await self._submit(ctx, Edit(words=words), project))

    async def regenerate_shot(
        self, ctx: Context, project: Project, shot: Annotated[int, Field(ge=1, le=60)]
    ) -> dict[str, Any]:
        """Film one shot anew; the take that was there is kept beside it."""
        with _said():
            return _job(await self._submit(ctx, Edit(words=f"redo shot {shot}"), project))

    async def approve_film(self, ctx: Context, project: Project, token: str) -> dict[str, Any]:
        """Film a plan that was held: the token is in its job's result."""
        with _said():
            return _job(await self._submit(ctx, Resume(token=token), project))

    async def get_film(self, ctx: Context, project: Project) -> dict[str, Any]:
        """Where a film stands: status, why it is degraded, its shots, its last jobs."""
        from app.api.projects import shape_of

        with _said():
            return (await asyncio.to_thread(shape_of, self._studio, project, _caller(ctx))).model_dump(mode="json")

    async def list_films(self, ctx: Context) -> list[dict[str, Any]]:
        """Every film, the last changed first."""
        from app.api.project_shapes import line_of

        with _said():
            found = await asyncio.to_thread(self._studio.projects, _caller(ctx))
            return [line_of(project).model_dump() for project in found]

    async def list_shots(self, ctx: Context, project: Project) -> list[dict[str, Any]]:
        """Every shot with its status and, if it is stale, why."""
        with _said():
            await asyncio.to_thread(self._studio.project, project, _caller(ctx))
            view = await asyncio.to_thread(self._studio.director(project).show, project)
            return [shot.model_dump(mode="json") for shot in view.shots]

    async def wait_film(
        self, ctx: Context, job: str, timeout_s: Annotated[float, Field(ge=0, le=MOST_WAIT_S)] = 600.0
    ) -> dict[str, Any]:  # fmt: skip
        """Wait until a job is over, telling progress; after the timeout its state as it is then."""
        with _said():
            caller = _caller(ctx)
            await asyncio.to_thread(self._studio.job, job, caller)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    await self._follow(ctx, job, caller)
            return _job(await asyncio.to_thread(self._studio.job, job, caller))

    async def _follow(self, ctx: Context, job_id: str, caller: Caller) -> None:
        async with contextlib.aclosing(self._studio.happenings.follow(job_id, 0, 5.0)) as lines:
            now = await asyncio.to_thread(self._studio.job, job_id, caller)
            if now.is_over:
                return
            async for _ in lines:
                now = await asyncio.to_thread(self._studio.job, job_id, caller)
                await ctx.report_progress(now.progress, 1.0, now.message)
                if now.is_over:
                    return

    async def cancel_film(self, ctx: Context, job: str) -> dict[str, Any]:
        """Stop a job; what it finished is kept."""
        with _said():
            return _job(await self._studio.cancel(job, _caller(ctx)))

    async def export_film(self, ctx: Context, project: Project, to: TextForm = "otio") -> str:
        """The edit of a finished film for another program, as text."""
        from agent.deliver import export_edit

        def write() -> str:
            self._studio.project(project, _caller(ctx))
            film = self._studio.director(project).film(project)
            with self._studio.store.scratch(f".{to}") as out:
                export_edit(film, self._studio.store, to, out, away=ctx.request_context.request is not None)
                return out.read_text(encoding="utf-8")

        with _said():
            return await asyncio.to_thread(write)

    async def storyboard(self, project: str, ctx: Context) -> str:
        """The plan in force, as JSON."""
        from app.api.projects import board_of

        board = await asyncio.to_thread(board_of, self._studio, project, _caller(ctx))
        return json.dumps(board.document(), ensure_ascii=False)

    async def film(self, project: str, ctx: Context) -> bytes:
        """The last finished cut."""

        def read() -> bytes:
            self._studio.project(project, _caller(ctx))
            return self._studio.director(project).film(project).cut.read_bytes()

        return await asyncio.to_thread(read)

    async def _submit(self, ctx: Context, order: Order, project: str = "", seconds: float = 0.0) -> Job:
        return await asyncio.to_thread(self._studio.submit, order, project, _caller(ctx), seconds=seconds)


def build_mcp(studio: Studio) -> MCPServer[Any]:
    """The protocol's server over a studio that somebody else starts and closes."""
    server: MCPServer[Any] = MCPServer("storyreel", instructions=INSTRUCTIONS, version="0.1.0", log_level="WARNING")
    tools = Tools(studio)
    for tool in (
        tools.create_film, tools.edit_film, tools.regenerate_shot, tools.approve_film, tools.get_film, tools.list_films,
        tools.list_shots, tools.wait_film, tools.cancel_film, tools.export_film,
    ):  # fmt: skip
        server.tool()(tool)
    server.resource("storyreel://projects/{project}/storyboard", mime_type="application/json")(tools.storyboard)
    server.resource("storyreel://projects/{project}/film", mime_type="video/mp4")(tools.film)
    return server


class McpDoor:
    """``/mcp`` of the server: the protocol over HTTP, behind the same keys as everything else."""

    def __init__(self, studio: Studio) -> None:
        from mcp.server.transport_security import TransportSecuritySettings

        self._server = build_mcp(studio)
        # Host and origin are the gate's business, which knows the names of this server.
        self._server.streamable_http_app(
            stateless_http=True, transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False)
        )

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        async with self._server.session_manager.run():
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        from fastapi import Request

        from app.api.access import bearer, caller_of
        from app.api.faults import answer_of

        request = Request(scope, receive)
        try:
            await caller_of(request, await bearer(request))
        except StoryreelError as error:
            await answer_of(error)(scope, receive, send)
            return
        await self._server.session_manager.handle_request(scope, receive, send)


def _caller(ctx: Context) -> Caller:
    """Who asks.

    Raises:
        BadInput: the transport brought a request without one; that is a mistake of ours, and nobody is let in by it.
    """
    request = ctx.request_context.request
    if request is None:
        return LOCAL
    caller = getattr(request.state, "caller", None)
    if not isinstance(caller, Caller):
        raise BadInput("nobody knows who asks.")
    return caller


@contextlib.contextmanager
def _said() -> Any:
    """Errors of the tree as what the tool says."""
    try:
        yield
    except StoryreelError as error:
        raise ToolError(str(error)) from error


def _job(job: Job) -> dict[str, Any]:
    return job.model_dump(mode="json", include={"id", "project", "state", "progress", "message", "error", "result"})


def run_stdio(studio: Studio) -> None:
    """Serve on standard input and output until it closes."""
    studio.start()
    try:
        build_mcp(studio).run("stdio")
    finally:
        studio.close()
