"""A real server of the page in a process of its own, that can be killed and started again at the same address."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class PageServer:
    """``storyreel serve`` on a free port of this machine."""

    def __init__(self, home: Path) -> None:
        self.home, self.port = home, _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.log = home / "serve.log"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        words = [sys.executable, "-m", "app.cli", "serve", "--port", str(self.port), "--home", str(self.home)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                words, cwd=ROOT, stdout=log, stderr=log, env=os.environ | {"OMP_NUM_THREADS": "1"}
            )
        deadline = time.monotonic() + 60
        while not self._answers():
            assert self._process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, "the server did not come up"
            time.sleep(0.1)

    def stacks(self) -> str:
        """What every thread of the server is doing now, and the end of its log."""
        if self._process is None:
            return "the server does not run"
        self._process.send_signal(signal.SIGUSR1)
        time.sleep(1.0)
        return self.log.read_text(errors="replace")[-30_000:]

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def stop(self, failures: int = 0) -> None:
        """End it; where tests failed it says before what it was doing."""
        if failures:
            print(self.stacks(), file=sys.stderr)
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(10)
            self._process = None

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
