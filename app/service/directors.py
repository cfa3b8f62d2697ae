"""One director for each backend, built when it is first needed, all over one memory."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from storyboards.errors import UnknownName

if TYPE_CHECKING:
    from agent.director import Director
    from agent.memory.memory import Memory

Build = Callable[[str], "Director"]


class Directors:
    """Whoever directs a project: films go on being made by the backend that filmed them before.

    Args:
        build: a director by the name of its backend; raises UnknownName for a name that is none.
        default: films what nobody has filmed yet.
        names: of the backends that are offered.
        known: names that are taken, too, though they are not offered.
    """

    def __init__(
        self, memory: Memory, build: Build, default: str, names: tuple[str, ...], known: tuple[str, ...] = ()
    ) -> None:  # fmt: skip
        self.memory, self.default, self.names, self.known = memory, default, names, known
        self._build, self._built = build, dict[str, "Director"]()
        self._lock = threading.Lock()

    def of(self, project: str = "", backend: str | None = None) -> Director:
        """The director of a project, or of a backend.

        Raises:
            UnknownName: no such backend.
        """
        name = backend or (self.memory.ledger.filmed_with(project) if project else None) or self.default
        if name not in self.names and name not in self.known:
            raise UnknownName(f"there is no backend {name!r}.", next_step=f"Choose one of: {', '.join(self.names)}.")
        with self._lock:
            if name not in self._built:
                self._built[name] = self._build(name)
            return self._built[name]

    def stop(self, project: str, shot_id: str) -> None:
        """Stop the filming of one shot, whoever films it."""
        with self._lock:
            for director in self._built.values():
                director.crew.stops.stop(project, shot_id)
