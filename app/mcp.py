"""The studio over the Model Context Protocol: on standard input and output, and at ``/mcp`` of the server."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from mcp.server.mcpserver import MCPServer

from app.mcp_tools import Tools
from app.service.studio import Studio
from storyboards.errors import StoryreelError

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

INSTRUCTIONS = """Makes short films from briefs. create_film starts one; wait_film waits for a job and tells progress;
edit_film changes a film in words and films only what changed. add_file takes pictures, clips and recordings, whose ids
create_film and edit_film then name. see_shot shows a shot, list_claims what was promised and found. A film that is
`degraded` says why. pick_take, lock_shot, undo_film and redo_film film nothing: resume_film follows them."""


def build_mcp(studio: Studio) -> MCPServer[Any]:
    """The protocol's server over a studio that somebody else starts and closes."""
    server: MCPServer[Any] = MCPServer("storyreel", instructions=INSTRUCTIONS, version="0.1.0", log_level="WARNING")
    tools = Tools(studio)
    for tool in tools.all():
        server.tool()(tool)
    server.resource("storyreel://projects/{project}/storyboard", mime_type="application/json")(tools.storyboard)
    server.resource("storyreel://projects/{project}/film", mime_type="video/mp4")(tools.film)
    server.resource("storyreel://projects/{project}/export/{to}", mime_type="application/zip")(tools.bundle)
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


def run_stdio(studio: Studio) -> None:
    """Serve on standard input and output until it closes."""
    studio.start()
    try:
        build_mcp(studio).run("stdio")
    finally:
        studio.close()
