"""What every test stands on: no network beyond this machine, one thread, a home of its own."""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ONE_THREAD = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
FOREIGN_SETTINGS = ("STORYREEL_", "OPENAI_", "LANGCHAIN_", "LANGSMITH_")


class StrayConnection(RuntimeError):
    """A test tried to leave this machine. Not an OSError: code under test takes those for an outage."""


def is_local(host: object) -> bool:
    """Is `host` this machine itself? Names are never resolved; `None` and "" mean the local wildcard."""
    if host in (None, "", "localhost", b"localhost"):
        return True
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def refuse_strangers(host: object, asked: str) -> None:
    if not is_local(host):
        raise StrayConnection(f"{asked} {host!r}: tests may only talk to this machine; serve a fake on 127.0.0.1")


def pytest_configure(config: pytest.Config) -> None:
    """One thread per test process; set before torch is imported, so that children inherit it too.

    Films are drawn by the animatic where a test does not say by whom, also by servers that outlive a test.
    """
    for variable in ONE_THREAD:
        os.environ[variable] = "1"
    os.environ["STORYREEL_BACKEND"] = "animatic"
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


@pytest.fixture(scope="session", autouse=True)
def no_stray_network() -> Iterator[None]:
    """Make a connection to any other machine, or the look-up of its name, an error."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex
    getaddrinfo, inet = socket.getaddrinfo, (socket.AF_INET, socket.AF_INET6)

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if self.family in inet:
            refuse_strangers(address[0], "connect to")
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        if self.family in inet:
            refuse_strangers(address[0], "connect to")
        return connect_ex(self, address)

    def guarded_getaddrinfo(host: Any, *rest: Any, **named: Any) -> Any:
        refuse_strangers(host, "look up")
        return getaddrinfo(host, *rest, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        patch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)
        yield


@pytest.fixture(autouse=True)
def storyreel_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty STORYREEL_HOME for this test, and none of the settings or keys of whoever runs it.

    Films are drawn by the animatic where a test does not say by whom: it is exact. Tests of the reel name it, and
    ``test_reel_film`` takes it by default.
    """
    for variable in list(os.environ):
        if variable.startswith(FOREIGN_SETTINGS):
            monkeypatch.delenv(variable)
    home = tmp_path / "storyreel-home"
    monkeypatch.setenv("STORYREEL_HOME", str(home))
    monkeypatch.setenv("STORYREEL_BACKEND", "animatic")
    return home
