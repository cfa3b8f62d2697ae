"""A real server on a real socket over a studio of fakes: tiny films, made in a second."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import langgraph.graph  # noqa: F401  not first in the server's thread, while the SDK looks whether httpx is there
import uvicorn
from openai import OpenAI

from agent.crew import Crew
from agent.director import Director
from app.api.app import build_app
from app.api.config import ServeConfig
from app.api.parser import BoundedHttp
from app.service.callers import KeyLimits
from app.service.directors import Directors
from app.service.studio import Studio
from tests.fakes import PaintedBackend, ScriptedPlanner, fake_crew, tiny_board
from tools.contract import Progress, ShotRequest


class Beginning(PaintedBackend):
    """Can begin with a person's picture; ``begun`` says by the shot with which, and whether the cast is in it."""

    abilities = frozenset({"begin_with_picture"})

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.begun: dict[str, tuple[str, bool]] = {}

    def film(self, request: ShotRequest, out: Path, idempotency_key: str, progress: Progress) -> None:
        if request.opening is not None:
            assert request.opening.path.is_file()
            self.begun[request.shot.id] = (request.opening.sha256, request.opening.cast)
        super().film(request, out, idempotency_key, progress)


def tiny_crew(home: Path, shots: int = 2, delay_s: float = 0.0, **changes: Any) -> Crew:
    """A crew that makes films of ``shots`` shots of half a second."""
    members: dict[str, Any] = {
        "planner": ScriptedPlanner(tiny_board(shots, frames=4)), "backend": PaintedBackend(delay_s=delay_s)
    } | changes  # fmt: skip
    return fake_crew(home, **members)


def studio_over(crew: Crew, workers: int = 1) -> Studio:
    name = crew.backend.name
    return Studio(Directors(crew.memory, lambda _: Director(crew), name, (name,)), workers=workers, niceness=0)


@dataclass
class Yard:
    """A server that runs, and its studio."""

    studio: Studio
    url: str
    key: str = "none"

    def openai(self, key: str = "", **options: Any) -> OpenAI:
        return OpenAI(base_url=f"{self.url}/v1", api_key=key or self.key, **options)

    def http(self, key: str | None = None, **headers: str) -> httpx2.Client:
        secret = self.key if key is None else key
        return httpx2.Client(base_url=self.url, headers={"authorization": f"Bearer {secret}", **headers}, timeout=60)

    def new_key(self, name: str, **limits: Any) -> str:
        """The secret of a new key of a tenant of this name."""
        return self.studio.keys.create(name, limits=KeyLimits(**limits))[1]


@contextmanager
def serving(studio: Studio, key: str = "none", **config: Any) -> Iterator[Yard]:
    """The studio on a port of its own, until the block ends."""
    place = socket.socket()
    place.bind(("127.0.0.1", 0))
    port = place.getsockname()[1]
    app = build_app(studio, ServeConfig(port=port, poll_after_ms=50, **config))
    wire = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=1, http=BoundedHttp)
    server = uvicorn.Server(wire)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [place]}, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.01)
    try:
        yield Yard(studio, f"http://127.0.0.1:{port}", key)
    finally:
        server.should_exit = True
        thread.join(20)
        place.close()
