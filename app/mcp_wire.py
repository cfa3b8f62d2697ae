"""Who calls a tool of the Model Context Protocol, and how it says what came of it."""

from __future__ import annotations

import contextlib
from typing import Any

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError

from agent.memory.guests import for_guest
from app.service.callers import LOCAL, Caller
from app.service.jobs import Job
from storyboards.errors import BadInput, StoryreelError


def caller_of(ctx: Context) -> Caller:
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
    for_guest.set(not caller.is_local)
    return caller


@contextlib.contextmanager
def said() -> Any:
    """Errors of the tree as what the tool says."""
    try:
        yield
    except StoryreelError as error:
        raise ToolError(str(error)) from error


def told_of(job: Job) -> dict[str, Any]:
    """A job as a tool tells it."""
    return job.model_dump(mode="json", include={"id", "project", "state", "progress", "message", "error", "result"})
