"""What a planner is: a brief goes in, a storyboard that keeps every rule comes out."""

from __future__ import annotations

from typing import Protocol

from storyboards.brief import Brief
from storyboards.storyboard import Storyboard


class Planner(Protocol):
    """Plans films. ``name`` is recorded in the storyboard.

    Raises from ``plan``:
        BadBrief: the caller can mend it.
        PlanningFailed: the planner could not; nothing was spent but its own call.
    """

    name: str

    async def plan(self, brief: Brief) -> Storyboard: ...
