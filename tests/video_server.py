"""A video server that charges for every order and never dedupes, over real HTTP; the wire is that of OpenAI Videos.

Run as a program it writes its address to a file and one line to a log for every charge, so that a test that kills its
client can read the bill.
"""

from __future__ import annotations

import contextlib
import json
import re
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np

from storyboards.clock import FrameRate
from tests.fakes import PAINTS

RATE = FrameRate(numerator=8)
FAILING = ("fail", "blocked")
"""Faults of a job, which then is not charged."""
UNCHARGED: dict[str, tuple[int, str, str | None]] = {
    "refuse": (400, "no such size", None), "moderate": (400, "not this", "moderation_blocked"),
    "busy": (429, "slow down", "rate_limit_exceeded"), "broke": (429, "no money", "insufficient_quota"),
    "key": (401, "wrong key", "invalid_api_key"), "away": (307, "", None),
}  # fmt: skip
"""Faults of an order that was never taken: status, message and code of the answer."""


class VideoServer:
    """Films a square of the colour that the prompt names.

    Args:
        folder: for its films; ``log`` gets the idempotency key of every charge.
        faults: what happens to the n-th order instead: ``drop`` (charged, no answer), ``500`` (charged), ``refuse``
            (400, not charged), ``fail`` (the job fails, not charged), ``forget`` (the job is gone), ``short`` or
            ``text`` (a film that is none). Others are in :data:`UNCHARGED` and :meth:`film`.
        work_s: for which a job is in progress.
        away: so many questions are answered 503.
        dedupes: two orders with one key are one job, charged once, and the fault of an order befalls its answer only.
    """

    def __init__(
        self, folder: Path, log: Path | None = None, faults: dict[int, str] | None = None, work_s: float = 0.0,
        dedupes: bool = False,
    ) -> None:  # fmt: skip
        self.folder, self.log, self.faults, self.work_s = folder, log, dict(faults or {}), work_s
        self.dedupes, self.orders = dedupes, 0
        self.jobs: dict[str, tuple[dict[str, str], str, float]] = {}
        self.charges: list[str] = []
        self.calls: list[str] = []
        self.elsewhere, self.away = "", 0
        self._named: dict[str, str] = {}
        self.stopped = threading.Event()
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _answers(self))
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def order(self, fields: dict[str, str], key: str) -> tuple[str, str]:
        """The id of a new job, and the fault that befalls it; no id where nothing was ordered."""
        with self._lock:
            self.orders += 1
            fault = self.faults.get(self.orders, "")
            if fault in UNCHARGED:
                return "", fault
            if self.dedupes and key in self._named:
                return self._named[key], fault
            name = self._named[key] = f"video_{len(self.jobs) + 1}"
            self.jobs[name] = (fields, fault, time.monotonic())
            if fault not in FAILING:
                self.charges.append(key)
                if self.log is not None:
                    with self.log.open("a") as handle:
                        handle.write(key + "\n")
        return name, fault

    def state(self, name: str) -> dict[str, Any]:
        fields, fault, began = self.jobs[name]
        done = time.monotonic() - began >= self.work_s
        status = "failed" if fault in FAILING else "completed" if done else "in_progress"
        code = "moderation_blocked" if fault == "blocked" else "scripted"
        error = {"code": code, "message": "out of film"} if fault in FAILING else None
        return {
            "id": name, "object": "video", "created_at": 0, "model": fields.get("model", ""), "status": status,
            "progress": 100 if done else 40, "seconds": fields.get("seconds", "1"), "size": fields.get("size", ""),
            "error": error,
        }  # fmt: skip

    def film(self, name: str) -> bytes:
        from tools.media import FrameWriter

        fields, fault, _ = self.jobs[name]
        if fault == "text":
            return b"this is no film" * 100
        width, height = (int(side) for side in ("96x32" if fault == "size" else fields["size"]).split("x"))
        frames = {"short": 2, "long": 80}.get(fault, int(fields["seconds"]) * 8)
        colour = next((word for word in re.findall(r"\w+", fields["prompt"]) if word in PAINTS), "black")
        path = self.folder / f"{name}-{threading.get_ident()}.mp4"
        with FrameWriter(path, width, height, RATE) as writer:
            for number in range(frames):
                picture = np.full((height, width, 3), 110, np.uint8)
                side, left = height // 2, (width - height // 2) // 2 + number % 4
                picture[height // 4 : height // 4 + side, left : left + side] = PAINTS[colour]
                writer.write(picture)
        content = path.read_bytes()
        return content[: len(content) // 2] if fault == "corrupt" else content

    def __enter__(self) -> VideoServer:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)


def _answers(server: VideoServer) -> type[BaseHTTPRequestHandler]:
    return type("Answers", (_Answers,), {"scripted": server})


class _Answers(BaseHTTPRequestHandler):
    scripted: VideoServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        name, fault = self.scripted.order(_fields(self.headers.get("Content-Type", ""), body),
                                   self.headers.get("Idempotency-Key", ""))  # fmt: skip
        if fault == "drop":
            self.close_connection = True
            self.connection.close()
        elif fault == "mute":
            self.scripted.stopped.wait(20)
        elif fault == "500":
            self._send(500, {"error": {"message": "scripted", "type": "server_error"}})
        elif fault == "garbage":
            self._send(200, b"<html>welcome</html>")
        elif fault == "away":
            self._send(307, b"", location=self.scripted.elsewhere + self.path)
        elif fault in UNCHARGED:
            status, words, code = UNCHARGED[fault]
            error = {"message": words, "type": "invalid_request_error", "code": code}
            self._send(status, {"error": error}, **({"retry-after": "0.1"} if status == 429 else {}))
        else:
            self._send(200, self.scripted.state(name))

    def do_GET(self) -> None:
        parts = self.path.partition("?")[0].split("/")
        name = parts[3] if len(parts) > 3 else ""
        fault = self.scripted.jobs[name][1] if name in self.scripted.jobs else "forget"
        self.scripted.calls.append(self.path)
        if fault == "forget":
            self._send(404, {"error": {"message": "no such video", "type": "invalid_request_error"}})
        elif (fault == "shaky" and len(self.scripted.calls) % 2) or self.scripted.away > 0:
            self.scripted.away -= 1
            self._send(503, {"error": {"message": "scripted", "type": "server_error"}})
        elif parts[-1] == "content":
            self._hand_over(name, fault)
        else:
            self._send(200, self.scripted.state(name))

    def _hand_over(self, name: str, fault: str) -> None:
        """The film, with what befalls it on its way."""
        film = self.scripted.film(name)
        if fault == "page":
            self._send(200, b"<html>please wait</html>", **{"content-type": "text/html"})
        elif fault == "moved" and self.path.endswith("/content"):
            self._send(302, b"", location=self.path + "?part=1")
        elif fault == "elsewhere":
            self._send(302, b"", location=self.scripted.elsewhere + self.path)
        elif fault == "cut" or (fault == "cut once" and self.scripted.calls.count(self.path) == 1):
            self._send(200, film[: len(film) // 2], **{"content-length": str(len(film))})
            self.close_connection = True
        elif fault == "drip":
            self._send(200, film[:64], **{"content-length": str(len(film))})
            with contextlib.suppress(OSError):
                for at in range(64, len(film)):
                    self.wfile.write(film[at : at + 1])
                    if self.scripted.stopped.wait(0.1):
                        break
        else:
            self._send(200, film)

    def _send(self, status: int, content: dict[str, Any] | bytes, **more: str) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        headers = {
            "content-type": "video/mp4" if isinstance(content, bytes) else "application/json",
            "content-length": str(len(body)), "openai-poll-after-ms": "20", **more,
        }  # fmt: skip
        try:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            return

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the test's output clean."""


def _fields(kind: str, body: bytes) -> dict[str, str]:
    """The fields of a multipart or JSON form."""
    if "json" in kind:
        return {name: str(value) for name, value in json.loads(body).items()}
    found = re.findall(rb'name="([\w\[\]]+)"[^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n(.*?)\r\n--', body, re.DOTALL)
    return {name.decode(): value.decode("utf-8", "replace") for name, value in found}


if __name__ == "__main__":
    place, log = Path(sys.argv[1]), Path(sys.argv[2])
    with VideoServer(place / "films", log) as served:
        (place / "address.part").write_text(served.base_url)
        (place / "address.part").rename(place / "address")
        sys.stdin.read()
