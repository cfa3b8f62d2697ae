"""The one client with which the server itself goes out: to webhooks, and to pictures that people name.

A name is resolved once, every address it has must be on the public internet, and the connection goes to the address
that was checked, so that a name that answers differently the second time gains nothing. Redirects are not followed.
"""

from __future__ import annotations

import asyncio
import http.client
import ipaddress
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from storyboards.errors import BadInput, BadMedia

TIMEOUT_S = 10.0
MOST_URL = 2048
PORTS = frozenset({80, 443, 8000, 8080, 8443})


class BadTarget(BadInput):
    """An address that the server does not go to."""


@dataclass(frozen=True)
class Target:
    """An address that was checked: where to connect to, and what to ask for there."""

    scheme: str
    host: str
    port: int
    path: str
    address: str


Resolve = Callable[[str, int], list[str]]


@dataclass(frozen=True)
class Outgoing:
    """The guarded client.

    Attributes:
        targets: ``host:port`` that may be reached though they are not public.
        resolve: the addresses of a name.
    """

    targets: frozenset[str] = field(default_factory=frozenset)
    resolve: Resolve = field(default=lambda host, port: addresses_of(host, port))

    def check(self, url: str) -> Target:
        """Where an address leads, if the server goes there.

        Raises:
            BadTarget: it is none, or leads to this machine or its network.
        """
        scheme, host, port, path = parts_of(url)
        trusted = f"{host}:{port}" in self.targets
        if not trusted and port not in PORTS:
            raise BadTarget(f"port {port} is not one that is reached.", next_step="Use 443.")
        try:
            found = self.resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise BadTarget(f"{host} cannot be found.", next_step="Check the name.") from error
        if not found or not (trusted or all(is_public(address) for address in found)):
            raise BadTarget(
                f"{host} is not on the public internet.",
                next_step="Allow it at the start with --allow-target HOST:PORT.",
            )
        return Target(scheme, host, port, path, found[0])

    async def fetch(self, url: str, most_bytes: int) -> bytes:
        """What is at an address.

        Raises:
            BadTarget, BadMedia: it is not there, or larger than ``most_bytes``.
        """
        status, content = await asyncio.to_thread(self.send, url, "GET", b"", {}, most_bytes)
        if status != 200:
            raise BadMedia(f"the picture's address answered {status}.", next_step="Send the file itself.")
        return content

    def send(
        self, url: str, method: str, body: bytes, headers: Mapping[str, str], most_bytes: int = 65_536
    ) -> tuple[int, bytes]:
        """Status and body of one request; blocks at most some :data:`TIMEOUT_S`.

        Raises:
            BadTarget: see :meth:`check`. BadMedia: nobody answers, or with too much.
        """
        target = self.check(url)
        connection = Pinned(target)
        try:
            connection.request(method, target.path, body or None, {"user-agent": "storyreel", **headers})
            answer = connection.getresponse()
            content = answer.read(most_bytes + 1)
        except (OSError, http.client.HTTPException) as error:
            raise BadMedia(f"{target.host} does not answer.", next_step="Try again.") from error
        finally:
            connection.close()
        if len(content) > most_bytes:
            raise BadMedia(f"{target.host} sent more than {most_bytes:,} bytes.", next_step="Send a smaller file.")
        return answer.status, content


class Pinned(http.client.HTTPConnection):
    """A connection to the address that was checked, whatever its name says now."""

    def __init__(self, target: Target) -> None:
        super().__init__(target.host, target.port, timeout=TIMEOUT_S)
        self._target = target

    def connect(self) -> None:
        self.sock = socket.create_connection((self._target.address, self._target.port), TIMEOUT_S)
        if self._target.scheme == "https":
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self._target.host)


def parts_of(url: str) -> tuple[str, str, int, str]:
    """Scheme, host, port and path of an address.

    Raises:
        BadTarget: it is none that is reached.
    """
    if len(url) > MOST_URL or any(
        ord(character) < 33 or ord(character) > 126 or character == "\\" for character in url
    ):
        raise BadTarget("the address is none.", next_step="Use https://…")
    try:
        split = urlsplit(url)
        port = split.port or (443 if split.scheme == "https" else 80)
    except ValueError as error:
        raise BadTarget("the address is none.", next_step="Use https://…") from error
    host = (split.hostname or "").rstrip(".")
    if split.scheme not in ("http", "https") or not host or split.username is not None or "@" in split.netloc:
        raise BadTarget("the address is none that is reached.", next_step="Use https://… without a name and password.")
    if "%" in host:
        raise BadTarget("the address is none that is reached.", next_step="Use a plain host name.")
    path = split.path or "/"
    return split.scheme, host, port, path + (f"?{split.query}" if split.query else "")


def addresses_of(host: str, port: int) -> list[str]:
    rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(row[4][0]) for row in rows))


def is_public(address: str) -> bool:
    """Whether an address is on the public internet, and not ours under another spelling."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is not None:
            return is_public(str(inner))
        if ip in ipaddress.ip_network("64:ff9b::/96"):
            return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved
