"""The OpenAI-Videos-compatible wire: a job is ordered, looked at, and its file fetched. Nobody's SDK, no retry unseen.

Everything that a stranger sends is bounded: replies and files in bytes and in seconds, redirects to the same host, ids
to letters that cannot leave their place in a path. The wire knows no shots; what goes wrong is a :class:`Trouble`, and
whoever calls knows what it means for the bill.
"""

from __future__ import annotations

import asyncio
import json
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from tools.disk import writing

if TYPE_CHECKING:
    import httpx2

MOST_REPLY_BYTES = 1 << 20
MOST_REDIRECTS = 3
CONNECT_S = 10.0
FILE_TYPES = ("video/", "application/octet-stream", "binary/octet-stream", "application/mp4")
FAILED = ("failed", "cancelled", "canceled", "expired")
_ID = re.compile(r"[\w.:~=-]{1,200}", re.ASCII)

Kind = Literal["unreached", "refused", "busy", "lost"]


class Trouble(Exception):
    """What came instead of an answer.

    ``kind``: ``unreached`` (nothing was sent), ``refused`` (the server has said no; ``status`` and ``code`` are its),
    ``busy`` (429: it asks to come again after ``wait_s``), ``lost`` (nobody knows what it did: a connection that broke,
    a time that ran out, a 5xx, an answer that cannot be read).
    """

    def __init__(
        self, kind: Kind, why: str, status: int = 0, code: str = "", wait_s: float | None = None
    ) -> None:  # fmt: skip
        super().__init__(why)
        self.kind, self.why, self.status, self.code, self.wait_s = kind, why, status, code, wait_s


@dataclass(frozen=True)
class Server:
    """Where the server is (``base_url`` ends with ``/v1``), which of its models films, and the bearer token."""

    base_url: str
    model: str
    api_key: str = field(default="", repr=False)


@dataclass(frozen=True)
class Patience:
    """How long and how often. Seconds for one whole reply, for the whole file, for one job, for which a server may be
    away while it works, and between two looks where it names no time; ``tries`` of one request; bytes of a file."""

    reply_s: float = 60.0
    file_s: float = 900.0
    job_s: float = 1800.0
    outage_s: float = 120.0
    poll_s: float = 2.0
    tries: int = 4
    longest_wait_s: float = 60.0
    most_bytes: int = 1 << 30


@dataclass(frozen=True)
class Job:
    """A job as the server tells of it: ``share`` done, 0 to 1; ``failure`` and ``code`` if it failed."""

    id: str
    state: Literal["working", "completed", "failed"]
    share: float = 0.0
    failure: str = ""
    code: str = ""
    wait_s: float | None = None


class Wire:
    """A server and how patient we are with it. Holds no connection between calls: one that was idle too long breaks
    just when something is ordered over it."""

    def __init__(self, server: Server, patience: Patience) -> None:
        self.server, self.patience = server, patience

    async def order(self, fields: Mapping[str, str], picture: bytes, key: str, again: bool) -> Job:
        """Order a job.

        Args:
            picture: a PNG for ``input_reference``, empty for none.
            key: sent as ``Idempotency-Key``; ``again`` says that the server dedupes by it, so that an order of which
                nothing was heard may be sent again.

        Raises:
            Trouble: of any kind; ``lost`` means that it may have been ordered.
        """
        parts: dict[str, Any] = {name: (None, value) for name, value in fields.items()}
        if picture:
            parts["input_reference"] = ("reference.png", picture, "image/png")

        async def once() -> Job:
            return await self._told("POST", "/videos", files=parts, headers={"Idempotency-Key": key})

        return await self._patiently(once, ("busy", "lost") if again else ("busy",))

    async def look(self, job: str) -> Job:
        """How a job stands.

        Raises:
            Trouble: it cannot be told, after some tries.
        """
        return await self._patiently(lambda: self._told("GET", f"/videos/{quote(job, safe='')}"), RETRIED)

    async def fetch(self, job: str, to: Path) -> None:
        """Write the job's file.

        Raises:
            Trouble: it is not handed over whole, or is no video by its type, or too large, or elsewhere.
        """
        await self._patiently(lambda: self._fetched(job, to), RETRIED)

    async def _patiently(self, once: Callable[[], Awaitable[Any]], worth: tuple[Kind, ...]) -> Any:
        """The answer of the first try that has one; between tries the server's wait, or one that doubles."""
        patience, wait_s = self.patience, min(1.0, self.patience.poll_s)
        for left in reversed(range(patience.tries)):
            try:
                return await once()
            except Trouble as trouble:
                pause_s = trouble.wait_s if trouble.wait_s is not None else wait_s
                if not left or trouble.kind not in worth or pause_s > patience.longest_wait_s:
                    raise
                await asyncio.sleep(pause_s)
                wait_s = min(2 * wait_s, patience.longest_wait_s)
        raise AssertionError("the last try returns or raises")

    async def _told(self, method: str, path: str, **sent: Any) -> Job:
        """A job out of one reply."""
        async with self._asked(method, f"{self._base}{path}", self.patience.reply_s, **sent) as reply:
            if reply.is_redirect:
                raise Trouble("refused", "points to another address, which is not followed", reply.status_code)
            body = bytearray()
            async for piece in reply.aiter_bytes():
                body += piece
                if len(body) > MOST_REPLY_BYTES:
                    raise Trouble("lost", f"sent a reply of over {MOST_REPLY_BYTES:,} bytes")
            if not 200 <= reply.status_code < 300:
                raise refusal_in(reply, bytes(body))
            return job_in(bytes(body), reply.headers.get("openai-poll-after-ms", ""))

    async def _fetched(self, job: str, to: Path) -> None:
        url = f"{self._base}/videos/{quote(job, safe='')}/content"
        for _ in range(MOST_REDIRECTS + 1):
            async with self._asked("GET", url, self.patience.file_s) as reply:
                if reply.is_redirect:
                    url = self._followed(reply)
                    continue
                if reply.status_code != 200:
                    raise refusal_in(reply, (await anext(reply.aiter_bytes(1 << 16), b""))[: 1 << 16])
                await self._kept(reply, to)
                return
        raise Trouble("refused", f"redirects more than {MOST_REDIRECTS} times")

    async def _kept(self, reply: httpx2.Response, to: Path) -> None:
        most, kind = self.patience.most_bytes, reply.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind and not kind.startswith(FILE_TYPES):
            raise Trouble("refused", f"hands over {kind[:60]!r} and not a video")
        if reply.headers.get("content-encoding", "identity") != "identity":
            raise Trouble("refused", "hands over its file packed, which was not asked for")
        size = 0
        with writing(to), to.open("wb") as handle:
            async for piece in reply.aiter_raw(1 << 16):
                size += len(piece)
                if size > most:
                    raise Trouble("refused", f"hands over a file of more than {most:,} bytes")
                handle.write(piece)

    def _followed(self, reply: httpx2.Response) -> str:
        """Where a redirect leads, if it stays with the server."""
        here, there = reply.url, reply.url.join(reply.headers.get("location", ""))
        if (there.scheme, there.host, there.port) != (here.scheme, here.host, here.port):
            raise Trouble("refused", f"sends us for the file to another host, {there.host[:80]!r}, where we do not go")
        return str(there)

    @property
    def _base(self) -> str:
        return self.server.base_url.rstrip("/")

    @asynccontextmanager
    async def _asked(self, method: str, url: str, limit_s: float, **sent: Any) -> AsyncIterator[httpx2.Response]:
        """One request with all of its reply inside ``limit_s``; every foreign error is translated here."""
        import httpx2

        bearer = {"Authorization": f"Bearer {self.server.api_key}"} if self.server.api_key else {}
        times = httpx2.Timeout(limit_s, connect=min(CONNECT_S, limit_s))
        headers = {"User-Agent": "storyreel", "Accept-Encoding": "identity", **bearer, **sent.pop("headers", {})}
        try:
            async with (
                asyncio.timeout(limit_s), self._client(times) as client,
                client.stream(method, url, headers=headers, **sent) as reply,
            ):  # fmt: skip
                yield reply
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.UnsupportedProtocol, httpx2.InvalidURL) as error:
            raise Trouble("unreached", "cannot be reached") from error
        except TimeoutError as error:
            raise Trouble("lost", f"was not done within {limit_s:g} s") from error
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            raise Trouble("lost", f"broke off ({type(error).__name__})") from error

    @staticmethod
    def _client(times: httpx2.Timeout) -> httpx2.AsyncClient:
        import httpx2

        return httpx2.AsyncClient(timeout=times, follow_redirects=False, verify=_authorities())


@cache
def _authorities() -> ssl.SSLContext:
    """Who is trusted over https; reading them takes longer than most calls."""
    import httpx2

    return httpx2.create_ssl_context()


RETRIED: tuple[Kind, ...] = ("busy", "lost", "unreached")
"""What a request that costs nothing is sent again for."""


def job_in(body: bytes, poll_after_ms: str = "") -> Job:
    """The job that a reply tells of.

    Raises:
        Trouble: ``lost``; it tells of none.
    """
    try:
        video = json.loads(body)
        name, status = video["id"], video["status"]
        share = min(1.0, max(0.0, float(video.get("progress") or 0) / 100))
    except (ValueError, KeyError, TypeError) as error:
        raise Trouble("lost", f"sent a reply that tells of no job: {one_line(body[:120])}") from error
    if not isinstance(name, str) or not _ID.fullmatch(name):
        raise Trouble("lost", f"named a job in a way that is no id: {one_line(name)}")
    wait_s = float(poll_after_ms) / 1000 if poll_after_ms.isascii() and poll_after_ms.isdigit() else None
    if status in FAILED:
        fault = video.get("error")
        said = fault if isinstance(fault, dict) else {"message": fault or status}
        return Job(name, "failed", share, one_line(said.get("message") or status), one_line(said.get("code") or ""))
    return Job(name, "completed" if status == "completed" else "working", share, wait_s=wait_s)


def refusal_in(reply: httpx2.Response, body: bytes) -> Trouble:
    """What a reply with an error status means."""
    status = reply.status_code
    try:
        fault = json.loads(body)["error"]
        words, code = one_line(fault["message"]), one_line(fault.get("code") or "")
    except (ValueError, KeyError, TypeError, AttributeError):
        words, code = "", ""
    said = f"answered {status}{': ' + words if words else ''}"
    if status in (408, 409) or status >= 500:
        return Trouble("lost", said, status, code, _wait_of(reply))
    if status == 429 and code != "insufficient_quota":
        return Trouble("busy", said, status, code, _wait_of(reply))
    return Trouble("refused", said, status, code)


def _wait_of(reply: httpx2.Response) -> float | None:
    """Seconds that the server asks to wait, None if it does not say."""
    try:
        return max(0.0, float(reply.headers.get("retry-after", "")))
    except ValueError:
        return None


def one_line(text: object, most: int = 200) -> str:
    """Words of a stranger as one short line without control characters."""
    whole = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    flat = " ".join("".join(c if c.isprintable() else " " for c in whole).split())
    return flat if len(flat) <= most else flat[: most - 1] + "…"
