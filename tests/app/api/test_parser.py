"""Heads without end: what a request may send before its body is bounded."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from app.api.parser import MOST_HEAD_BYTES
from tests.app.api.yard import Yard, serving, studio_over, tiny_crew


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    with serving(studio_over(tiny_crew(tmp_path_factory.mktemp("heads")))) as running:
        yield running


def said(yard: Yard, *pieces: bytes) -> bytes:
    """What the server answers to bytes that are sent piece by piece, until it closes or is silent."""
    host, _, port = yard.url.removeprefix("http://").partition(":")
    heard = b""
    with socket.create_connection((host, int(port)), timeout=30) as line:
        try:
            for piece in pieces:
                line.sendall(piece.replace(b"localhost", f"localhost:{port}".encode()))
            while got := line.recv(65536):
                heard += got
                if b'"ok"' in heard or b"not found" in heard.lower():
                    break
        except ConnectionError:
            pass
    return heard


HELLO = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"


def test_an_ordinary_head_is_read(yard: Yard) -> None:
    heard = said(yard, HELLO, b"X-Long: " + b"a" * (MOST_HEAD_BYTES // 2), b"\r\nConnection: close\r\n\r\n")
    assert heard.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param((HELLO + b"X-Long: " + b"a" * 2 * MOST_HEAD_BYTES + b"\r\n\r\n",), id="whole, in one piece"),
        pytest.param((HELLO + b"X-Long: ", *[b"a" * 4096] * 16), id="one header that does not end"),
        pytest.param((HELLO, *[b"X-More: " + b"a" * 1000 + b"\r\n"] * 64), id="headers that do not end"),
        pytest.param((b"GET /", *[b"a" * 4096] * 16), id="a path that does not end"),
        pytest.param(
            (
                b"POST /api/projects HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Long: ",
                *[b"a" * 4096] * 16,
            ),
            id="trailers that do not end",
        ),
        pytest.param(
            (
                b"POST /api/projects HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Long: "
                + b"a" * 2 * MOST_HEAD_BYTES,
            ),
            id="trailers that do not end, in one piece",
        ),
    ],
)
def test_a_head_without_end_is_refused(yard: Yard, pieces: tuple[bytes, ...]) -> None:
    heard = said(yard, *pieces)
    assert b" 200 " not in heard, heard[:200]
    assert heard == b"" or b" 400 " in heard or b" 422 " in heard, heard[:200]
