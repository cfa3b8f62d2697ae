"""Load on a server while it films: pollers, simultaneous creates, event streams that are opened and cut.

``python -m evals.load`` starts ``storyreel serve`` in a home of its own, and prints one JSON object. ``ok`` says
whether the limits of docs/api.md were kept.
"""

from __future__ import annotations

import argparse
import asyncio
import json
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


async def timed(times: Times, client: httpx2.AsyncClient, method: str, path: str, **fields: Any) -> dict[str, Any]:
    """One request; a connection that breaks counts as status 0."""
    began = time.perf_counter()
    try:
        answer = await client.request(method, path, **fields)
    except httpx2.HTTPError:
        times.saw(0, time.perf_counter() - began)
        return {}
    times.saw(answer.status_code, time.perf_counter() - began)
    return dict(answer.json()) if answer.status_code < 300 else {}


async def poll(client: httpx2.AsyncClient, video: str, seconds: float, offset_s: float, times: Times) -> None:
    """Ask for a video once a second."""
    await asyncio.sleep(offset_s)
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        began = time.perf_counter()
        await timed(times, client, "GET", f"/v1/videos/{video}")
        await asyncio.sleep(max(0.0, 1.0 - (time.perf_counter() - began)))


async def stream(client: httpx2.AsyncClient, project: str, open_s: float, times: Times) -> None:
    """Open an event stream, read its first line, and cut it after a while."""
    began = time.perf_counter()
    try:
        async with client.stream("GET", f"/api/projects/{project}/events") as answer:
            async for _ in answer.aiter_lines():
                times.saw(answer.status_code, time.perf_counter() - began)
                break
            await asyncio.sleep(open_s)
    except httpx2.HTTPError:
        times.saw(0, time.perf_counter() - began)


async def open_streams(client: httpx2.AsyncClient) -> int:
    text = (await client.get("/metrics")).text
    return int(float(next(line.split()[1] for line in text.splitlines() if line.startswith("storyreel_streams "))))


async def run(url: str, pollers: int, creates: int, streams: int, seconds: float) -> dict[str, Any]:
    """The whole load against a server that is up."""
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx2.AsyncClient(base_url=url, timeout=60, limits=limits) as client:
        film = (await client.post("/v1/videos", json={"prompt": LONG, "seconds": "60", "size": "320x180"})).json()
        await asyncio.sleep(3)
        polls, makes, listens = Times(), Times(), Times()
        polling = [poll(client, film["id"], seconds, number / pollers, polls) for number in range(pollers)]
        pollers_done = asyncio.gather(*polling)
        await asyncio.sleep(min(4.0, seconds / 4))
        owls = [{"prompt": f"An owl number {n}.", "seconds": "2", "size": "64x64"} for n in range(creates)]
        made = await asyncio.gather(*(timed(makes, client, "POST", "/v1/videos", json=owl) for owl in owls))
        listening = asyncio.gather(
            *(stream(client, film["storyreel"]["project"], 3.0, listens) for _ in range(streams))
        )
        await asyncio.sleep(2.5)
        most = await open_streams(client)
        await listening
        await pollers_done
        state = (await client.get(f"/v1/videos/{film['id']}")).json()
        for video in made:
            if video:
                await client.delete(f"/v1/videos/{video['id']}")
        await asyncio.sleep(1)
        left = await open_streams(client)
        await client.delete(f"/v1/videos/{film['id']}")
    ok = (
        polls.quantile_s(0.99) <= POLL_P99_S and makes.quantile_s(0.99) <= CREATE_P99_S and left == 0
        and not any(times.has_failures for times in (polls, makes, listens))
    )  # fmt: skip
    return {
        "ok": ok, "polls": polls.table(), "creates": makes.table(),
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
            found = asyncio.run(
                run(f"http://127.0.0.1:{port}", asked.pollers, asked.creates, asked.streams, asked.seconds)
            )
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
