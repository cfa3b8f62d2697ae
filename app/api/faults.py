"""From errors to answers: one body, in the shape that OpenAI's clients read."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from app.service.work import failure_of
from storyboards.errors import (
    ApprovalNeeded,
    BadInput,
    BudgetSpent,
    ContentMissing,
    DiskFull,
    NotAllowed,
    OverLimit,
    ProjectCorrupt,
    QueueFull,
    StorageFailed,
    StoryreelError,
    UnknownName,
)

STATUSES: tuple[tuple[type[StoryreelError], int], ...] = (
    (UnknownName, 404), (NotAllowed, 403), (OverLimit, 429), (BadInput, 400), (QueueFull, 503), (ContentMissing, 404),
    (DiskFull, 507), (ProjectCorrupt, 500), (StorageFailed, 409), (ApprovalNeeded, 409), (BudgetSpent, 402),
)  # fmt: skip
"""The first that fits counts; anything else of the tree is something behind us that failed: 502."""
TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}


class ErrorBody(BaseModel):
    """What went wrong: ``param`` names the field, ``code`` the error, ``next_step`` what to do about it."""

    message: str
    type: str
    param: str | None = None
    code: str | None = None
    next_step: str = ""


class Fault(BaseModel):
    """The body of every answer that is not a success."""

    error: ErrorBody


class BadField(BadInput):
    """A field of a request that cannot be; ``param`` names it."""

    def __init__(self, message: str, param: str, *, code: str = "invalid_value", next_step: str = "") -> None:
        super().__init__(message, next_step=next_step)
        self.param, self.code = param, code


class Unauthenticated(NotAllowed):
    """There is no key, or it is no good one."""


class TooLargeFile(OverLimit):
    """A file has more bytes than are taken."""


class Conflict(BadInput):
    """What was asked does not fit what there is now; ``code`` says how."""

    def __init__(self, message: str, code: str, *, next_step: str = "") -> None:
        super().__init__(message, next_step=next_step)
        self.code = code


FAULTS: dict[int | str, dict[str, Any]] = {
    status: {"model": Fault, "description": words}
    for status, words in (
        (400, "A field cannot be"), (401, "No key, or no good one"), (403, "Not for this key"), (404, "There is none"),
        (409, "Does not fit what there is now"), (413, "Too large"), (421, "Not this server"),
        (422, "Fields that cannot be"), (429, "The key allows no more"), (503, "Too busy"),
    )
}  # fmt: skip


def status_of(error: StoryreelError) -> int:
    if isinstance(error, Unauthenticated):
        return 401
    if isinstance(error, TooLargeFile):
        return 413
    if isinstance(error, Conflict):
        return 409
    return next((status for kind, status in STATUSES if isinstance(error, kind)), 502)


def fault(
    status: int, message: str, code: str, *, param: str | None = None, next_step: str = "",
    headers: dict[str, str] | None = None,
) -> JSONResponse:  # fmt: skip
    kind = TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error")
    body = Fault(error=ErrorBody(message=message, type=kind, param=param, code=code, next_step=next_step))
    return JSONResponse(body.model_dump(), status, headers=headers)


def answer_of(error: StoryreelError) -> JSONResponse:
    """The answer that says what an error of the tree says."""
    status, failure = status_of(error), failure_of(error)
    headers = {}
    if status == 401:
        headers["www-authenticate"] = "Bearer"
    if status in (409, 429):
        headers["x-should-retry"] = "false"
    if status == 503:
        headers["retry-after"] = "5"
    words = f"{error.message} {error.next_step}".strip()
    code = getattr(error, "code", failure.code)
    return fault(
        status, words, code, param=getattr(error, "param", None), next_step=error.next_step, headers=headers
    )  # fmt: skip


def hang_faults(app: FastAPI) -> None:
    """Teach an app to answer errors."""

    @app.exception_handler(StoryreelError)
    async def known(request: Request, error: StoryreelError) -> JSONResponse:
        if status_of(error) >= 500:
            logging.getLogger("storyreel.api").error("%s: %s", type(error).__name__, error)
        return answer_of(error)

    @app.exception_handler(RequestValidationError)
    async def fields(request: Request, error: RequestValidationError) -> JSONResponse:
        rows = error.errors()[:5]
        words = "; ".join(f"{'.'.join(str(step) for step in row['loc'][1:])}: {row['msg']}" for row in rows)
        param = ".".join(str(step) for step in rows[0]["loc"][1:]) if rows else None
        return fault(422, words.encode("utf-8", "replace").decode(), "invalid_fields", param=param)

    @app.exception_handler(HTTPException)
    async def plain(request: Request, error: HTTPException) -> JSONResponse:
        code = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}.get(error.status_code, "invalid_request")
        return fault(error.status_code, str(error.detail), code, headers=dict(error.headers or {}))
