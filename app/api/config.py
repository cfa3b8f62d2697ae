"""How a server is run."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field

from storyboards.errors import NotAllowed

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]", "testserver.localhost"})


@dataclass(frozen=True)
class ServeConfig:
    """Where a server listens and whom it trusts.

    Attributes:
        hosts: names under which it is reached beside its own address, such as ``films.example.org``.
        targets: ``host:port`` of webhooks and pictures that may be reached though they are not on the public internet.
        origin: what links begin with; from the request's own host if empty.
        poll_after_ms: what pollers are told to wait.
        beat_s: silence after which a stream sends a sign of life.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    hosts: frozenset[str] = field(default_factory=frozenset)
    targets: frozenset[str] = field(default_factory=frozenset)
    origin: str = ""
    poll_after_ms: int = 1000
    beat_s: float = 15.0

    @property
    def is_loopback(self) -> bool:
        return is_loopback(self.host)

    def check(self, keys_exist: bool) -> None:
        """Refuse to serve strangers without keys.

        Raises:
            NotAllowed: another address than this machine's own, or another name, and there is no key.
        """
        if not keys_exist and (not self.is_loopback or self.hosts):
            where = self.host if not self.is_loopback else ", ".join(sorted(self.hosts))
            raise NotAllowed(
                f"without a key this is served on this machine alone, not as {where}.",
                next_step="Make a key first: storyreel keys create NAME",
            )

    def knows(self, name: str) -> bool:
        """Whether a request that names this host is meant for this server (against DNS rebinding)."""
        bare = name.rsplit(":", 1)[0] if not name.endswith("]") and name.count(":") in (1, 8) else name
        bare = bare.rsplit("]:", 1)[0] + "]" if "]:" in name else bare
        if bare in self.hosts or bare == self.host:
            return True
        if self.is_loopback:
            return bare in LOOPBACK_NAMES
        return not self.hosts


def is_loopback(host: str) -> bool:
    """Whether an address is this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
