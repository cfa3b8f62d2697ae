"""A video server that charges for every order and never dedupes, over real HTTP; the wire is that of OpenAI Videos.

Run as a program it writes its address to a file and one line to a log for every charge, so that a test that kills its
client can read the bill.
"""

from __future__ import annotations

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


class VideoServer:
    """Films a square of the colour that the prompt names.

    Args:
        folder: for its films; ``log`` gets the idempotency key of every charge.
        faults: what happens to the n-th order instead: ``drop`` (charged, no answer), ``500`` (charged), ``refuse``
            (400, not charged), ``fail`` (the job fails, not charged), ``forget`` (the job is gone), ``short`` or
            ``text`` (a film that is none).
        work_s: for which a job is in progress.
    """

    def __init__(
        self, folder: Path, log: Path | None = None, faults: dict[int, str] | None = None, work_s: float = 0.0
    ) -> None:
        self.folder, self.log, self.faults, self.work_s = folder, log, dict(faults or {}), work_s
        self.jobs: dict[str, tuple[dict[str, str], str, float]] = {}
        self.charges: list[str] = []
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _answers(self))
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def order(self, fields: dict[str, str], key: str) -> tuple[str, str]:
        """The id of a new job, and the fault that befalls it."""
        with self._lock:
            name = f"video_{len(self.jobs) + 1}"
            fault = self.faults.get(len(self.jobs) + 1, "")
            self.jobs[name] = (fields, fault, time.monotonic())
            if fault not in ("refuse", "fail"):
                self.charges.append(key)
                if self.log is not None:
                    with self.log.open("a") as handle:
                        handle.write(key + "\n")
        return name, fault

    def state(self, name: str) -> dict[str, Any]:
        fields, fault, began = self.jobs[name]
        done = time.monotonic() - began >= self.work_s
        status = "failed" if fault == "fail" else "completed" if done else "in_progress"
        error = {"code": "scripted", "message": "out of film"} if fault == "fail" else None
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
        width, height = (int(side) for side in fields["size"].split("x"))
        frames = 2 if fault == "short" else int(fields["seconds"]) * 8
        colour = next((word for word in re.findall(r"\w+", fields["prompt"]) if word in PAINTS), "black")
        path = self.folder / f"{name}-{threading.get_ident()}.mp4"
        with FrameWriter(path, width, height, RATE) as writer:
            for number in range(frames):
                picture = np.full((height, width, 3), 110, np.uint8)
                side, left = height // 2, (width - height // 2) // 2 + number % 4
                picture[height // 4 : height // 4 + side, left : left + side] = PAINTS[colour]
                writer.write(picture)
        return path.read_bytes()

    def __enter__(self) -> VideoServer:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)


def _answers(server: VideoServer) -> type[BaseHTTPRequestHandler]:
    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            name, fault = server.order(_fields(self.headers.get("Content-Type", ""), body),
                                       self.headers.get("Idempotency-Key", ""))  # fmt: skip
            if fault == "drop":
                self.close_connection = True
                self.connection.close()
            elif fault == "500":
                self._send(500, {"error": {"message": "scripted", "type": "server_error"}})
            elif fault == "refuse":
                self._send(400, {"error": {"message": "no such size", "type": "invalid_request_error"}})
            else:
                self._send(200, server.state(name))

        def do_GET(self) -> None:
            parts = self.path.partition("?")[0].split("/")
            name = parts[3] if len(parts) > 3 else ""
            if name not in server.jobs or server.jobs[name][1] == "forget":
                self._send(404, {"error": {"message": "no such video", "type": "invalid_request_error"}})
            elif parts[-1] == "content":
                self._send(200, server.film(name))
            else:
                self._send(200, server.state(name))

        def _send(self, status: int, content: dict[str, Any] | bytes) -> None:
            body = content if isinstance(content, bytes) else json.dumps(content).encode()
            try:
                self.send_response(status)
                self.send_header("Content-Type", "video/mp4" if isinstance(content, bytes) else "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.send_header("openai-poll-after-ms", "20")
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                return

        def log_message(self, format: str, *args: Any) -> None:
            """Keep the test's output clean."""

    return Answers


def _fields(kind: str, body: bytes) -> dict[str, str]:
    """The fields of a multipart or JSON form."""
    if "json" in kind:
        return {name: str(value) for name, value in json.loads(body).items()}
    found = re.findall(rb'name="([\w\[\]]+)"\r\n(?:[^\r\n]+\r\n)*\r\n(.*?)\r\n--', body, re.DOTALL)
    return {name.decode(): value.decode("utf-8", "replace") for name, value in found}


if __name__ == "__main__":
    place, log = Path(sys.argv[1]), Path(sys.argv[2])
    with VideoServer(place / "films", log) as served:
        (place / "address.part").write_text(served.base_url)
        (place / "address.part").rename(place / "address")
        sys.stdin.read()
