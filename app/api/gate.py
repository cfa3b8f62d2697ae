"""What every request passes first and last: host, origin, size, its id, the headers that protect, metrics and the log.

Plain ASGI and not a middleware class of the framework: streams pass through it untouched.
"""

from __future__ import annotations

import json
import logging
import secrets
import time
from typing import Any

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.config import ServeConfig
from app.api.metrics import Metrics
from app.service.uploads import MOST_BYTES

log = logging.getLogger("storyreel.access")

MOST_JSON_BYTES = 2_500_000
SLACK_BYTES = 1_000_000
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
PROTECTING = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
)
NO_CONTENT_POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")


class TooLarge(HTTPException):
    """A body has more bytes than its kind may have. An error of the framework's, so that it is not hidden."""

    def __init__(self) -> None:
        super().__init__(413, "the body is too large.")


class Gate:
    """The gate in front of an app."""

    def __init__(self, app: ASGIApp, config: ServeConfig, metrics: Metrics) -> None:
        self._app, self._config, self._metrics = app, config, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        visit = Visit(scope, self._config)
        try:
            refused = visit.refusal()
            if refused is not None:
                await answer(visit.wrap(send), *refused, request_id=visit.id)
            else:
                await self._app(scope, visit.counted(receive), visit.wrap(send))
        except TooLarge:
            if not visit.status:
                await answer(visit.wrap(send), 413, "too_large", "the body is too large.", request_id=visit.id)
        except Exception:
            logging.getLogger("storyreel.api").exception("request %s ended by a bug", visit.id)
            if visit.status:
                raise
            words = f"the server made a mistake; its log has it under {visit.id}."
            await answer(visit.wrap(send), 500, "internal_error", words, request_id=visit.id)
        finally:
            self._finish(visit, scope)

    def _finish(self, visit: Visit, scope: Scope) -> None:
        took_s = time.perf_counter() - visit.began
        route = str(getattr(scope.get("route"), "path", "other"))
        self._metrics.saw(visit.method, route, visit.status, took_s)
        key_id = getattr(scope.get("state", {}).get("caller"), "key_id", "") if scope.get("state") else ""
        if log.isEnabledFor(logging.INFO):
            row = {
                "id": visit.id, "method": visit.method, "route": route, "status": visit.status,
                "ms": round(took_s * 1000, 1), "key": key_id, "bytes_in": visit.received,
            }  # fmt: skip
            log.info(json.dumps(row))


class Visit:
    """One request on its way through the gate."""

    def __init__(self, scope: Scope, config: ServeConfig) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.id = f"req_{secrets.token_hex(12)}"
        self.began = time.perf_counter()
        self.status = self.received = 0
        self._config = config
        self._headers: dict[bytes, list[bytes]] = {}
        for name, value in scope["headers"]:
            self._headers.setdefault(name.lower(), []).append(value)
        scope.setdefault("state", {})["request_id"] = self.id

    def header(self, name: bytes) -> str:
        return b",".join(self._headers.get(name, [])).decode("latin-1")

    @property
    def most_bytes(self) -> int:
        """Files come in forms and in the upload route; everything else is small."""
        kind = self.header(b"content-type").lower()
        is_file = kind.startswith("multipart/form-data") or self.path == "/api/uploads"
        return MOST_BYTES + SLACK_BYTES if is_file else MOST_JSON_BYTES

    def refusal(self) -> tuple[int, str, str] | None:
        """Status, code and words if the request goes no further."""
        host = self.header(b"host").lower()
        if len(self._headers.get(b"host", [])) != 1 or not self._config.knows(host):
            return 421, "unknown_host", "this server does not go by that name; add it with --allow-host."
        if self.method not in SAFE and self._is_foreign(host):
            return 403, "foreign_origin", "another site's page may not do this."
        length = self.header(b"content-length")
        if length and (not length.isdigit() or int(length) > self.most_bytes):
            return 413, "too_large", f"a body here may have {self.most_bytes:,} bytes."
        return None

    def _is_foreign(self, host: str) -> bool:
        origin = self.header(b"origin").lower()
        if origin:
            return origin.partition("://")[2] != host
        return self.header(b"sec-fetch-site").lower() in ("cross-site", "same-site")

    def counted(self, receive: Receive) -> Receive:
        async def counting() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                self.received += len(message.get("body", b""))
                if self.received > self.most_bytes:
                    raise TooLarge
            return message

        return counting

    def wrap(self, send: Send) -> Send:
        async def wrapped(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.status = message["status"]
                there = {name.lower() for name, _ in message["headers"]}
                extra: list[tuple[bytes, bytes]] = [(b"x-request-id", self.id.encode())]
                extra += [pair for pair in (*PROTECTING, NO_CONTENT_POLICY) if pair[0] not in there]
                message = {**message, "headers": [*message["headers"], *extra]}
            await send(message)

        return wrapped


async def answer(send: Send, status: int, code: str, words: str, request_id: str) -> None:
    """An error body without the framework."""
    kind = "server_error" if status >= 500 else "invalid_request_error"
    document: dict[str, Any] = {"error": {"message": words, "type": kind, "param": None, "code": code}}
    body = json.dumps(document).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
