"""Named points of no return. A test (or ``STORYREEL_CRASH_AT``) can stop the process dead at any of them.

Durability is only as good as the points at which it was tried, so every database write, file rename and encode
announces itself here, before and after. In normal use a point costs one comparison.
"""

from __future__ import annotations

from collections.abc import Callable

_hook: Callable[[str], None] | None = None


def reached(point: str) -> None:
    """Announce a point, for example ``store.rename.before``."""
    if _hook is not None:
        _hook(point)


def watch(hook: Callable[[str], None] | None) -> None:
    """Install the one observer of all points, or remove it with None."""
    global _hook
    _hook = hook
