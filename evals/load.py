"""Load on a server while it films: pollers, simultaneous creates, event streams that are opened and cut.

``python -m evals.load`` starts ``storyreel serve`` in a home of its own, and prints one JSON object. ``ok`` says
whether the limits of docs/api.md were kept.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from typing import Any

import httpx2

POLL_P99_S, CREATE_P99_S = 0.5, 1.5
LONG = "A red fox walks through a forest. A brown owl hoots at night. The fox runs along the river. Rain falls."


@dataclass
class Times:
    """What was seen of one kind of request."""

    seconds: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)

    def saw(self, status: int, took_s: float) -> None:
        self.seconds.append(took_s)
        self.statuses[status] = self.statuses.get(status, 0) + 1

    def quantile_s(self, share: float) -> float:
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")

    def table(self) -> dict[str, Any]:
        return {
            "requests": len(self.seconds), "statuses": self.statuses, "p50_s": round(self.quantile_s(0.5), 4),
            "p99_s": round(self.quantile_s(0.99), 4), "most_s": round(max(self.seconds, default=0.0), 4),
        }  # fmt: skip

    @property
    def has_failures(self) -> bool:
        return any(status >= 500 or status == 0 for status in self.statuses)


class Line:
    """One kept connection that speaks just enough HTTP/1.1.

    A client with every comfort costs more processor time a request than the server does, and on the same two cores
    would be what is measured.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._ends: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, times: Times, method: str, path: str, document: object = None) -> bytes:
        """The body of the answer; a connection that breaks counts as status 0."""
        began = time.perf_counter()
        try:
            status, length = await self.begin(method, path, document)
            assert self._ends is not None
            body = await self._ends[0].readexactly(length)
        except (OSError, asyncio.IncompleteReadError, ValueError):
            self.close()
            times.saw(0, time.perf_counter() - began)
            return b""
        times.saw(status, time.perf_counter() - began)
        return body

    async def begin(self, method: str, path: str, document: object = None) -> tuple[int, int]:
        """Send a request and read the head of its answer: status and length, 0 for one without."""
        if self._ends is None:
            self._ends = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._ends
        body = json.dumps(document).encode() if document is not None else b""
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        rows = (await reader.readuntil(b"\r\n\r\n")).lower().split(b"\r\n")
        length = next((int(row.partition(b":")[2]) for row in rows if row.startswith(b"content-length:")), 0)
        return int(rows[0].split()[1]), length

    async def line(self) -> bytes:
        """The next line of an answer that goes on."""
        assert self._ends is not None
        return await self._ends[0].readline()

    def close(self) -> None:
        if self._ends is not None:
            self._ends[1].transport.abort()
            self._ends = None


async def poll(port: int, video: str, seconds: float, offset_s: float, times: Times) -> None:
    """Ask for a video once a second."""
    line = Line(port)
    await asyncio.sleep(offset_s)
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        began = time.perf_counter()
        await line.ask(times, "GET", f"/v1/videos/{video}")
        await asyncio.sleep(max(0.0, 1.0 - (time.perf_counter() - began)))
    line.close()


async def create(port: int, document: object, times: Times) -> dict[str, Any]:
    line = Line(port)
    body = await line.ask(times, "POST", "/v1/videos", document)
    line.close()
    return dict(json.loads(body)) if body.startswith(b"{") else {}


async def stream(port: int, project: str, open_s: float, times: Times) -> None:
    """Open an event stream, read its first line, and cut it after a while."""
    began, line = time.perf_counter(), Line(port)
    try:
        status, _ = await line.begin("GET", f"/api/projects/{project}/events")
        while not (await line.line()).startswith(b"retry"):
            pass
        times.saw(status, time.perf_counter() - began)
        await asyncio.sleep(open_s)
    except (OSError, asyncio.IncompleteReadError):
        times.saw(0, time.perf_counter() - began)
    finally:
        line.close()


async def open_streams(client: httpx2.AsyncClient) -> int:
    text = (await client.get("/metrics")).text
    return int(float(next(line.split()[1] for line in text.splitlines() if line.startswith("storyreel_streams "))))


async def run(port: int, pollers: int, creates: int, streams: int, seconds: float) -> dict[str, Any]:
    """The whole load against a server that is up."""
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        film = (await client.post("/v1/videos", json={"prompt": LONG, "seconds": "60", "size": "320x180"})).json()
        await asyncio.sleep(3)
        polls, makes, listens, most = Times(), Times(), Times(), 0
        polling = asyncio.gather(
            *(poll(port, film["id"], seconds, number / pollers, polls) for number in range(pollers))
        )
        await asyncio.sleep(min(4.0, seconds / 4))
        owls = [{"prompt": f"An owl number {n}.", "seconds": "2", "size": "64x64"} for n in range(creates)]
        made = await asyncio.gather(*(create(port, owl, makes) for owl in owls))
        project = film["storyreel"]["project"]
        listening = asyncio.gather(*(stream(port, project, 3.0, listens) for _ in range(streams)))
        while not listening.done():
            await asyncio.sleep(0.5)
            most = max(most, await open_streams(client))
        await listening
        await polling
        state = (await client.get(f"/v1/videos/{film['id']}")).json()
        for video in filter(None, made):
            await client.delete(f"/v1/videos/{video['id']}")
        await asyncio.sleep(1)
        left = await open_streams(client)
        await client.delete(f"/v1/videos/{film['id']}")
    ok = (
        polls.quantile_s(0.99) <= POLL_P99_S and makes.quantile_s(0.99) <= CREATE_P99_S and left == 0
        and most == streams and not any(times.has_failures for times in (polls, makes, listens))
    )  # fmt: skip
    return {
        "ok": ok, "load_average": os.getloadavg()[0], "polls": polls.table(), "creates": makes.table(),
        "streams": listens.table() | {"most": most, "left": left},
        "film": {"status": state["status"], "progress": state["progress"]},
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("pollers", 200), ("creates", 50), ("streams", 300)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--seconds", type=float, default=30.0, help="of polling")
    asked = parser.parse_args()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-m", "app.cli", "serve", "--home", home, "--port", str(port), "--quiet"]
        server = subprocess.Popen(command)
        try:
            _wait(port)
            found = asyncio.run(run(port, asked.pollers, asked.creates, asked.streams, asked.seconds))
        finally:
            server.terminate()
            server.wait(30)
    print(json.dumps(found, indent=2))
    sys.exit(0 if found["ok"] else 1)


def _wait(port: int, patience_s: float = 120.0) -> None:
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        try:
            if httpx2.get(f"http://127.0.0.1:{port}/healthz", timeout=5).status_code == 200:
                return
        except httpx2.HTTPError:
            time.sleep(0.2)
    raise SystemExit("the server did not start")


if __name__ == "__main__":
    main()
