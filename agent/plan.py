"""What a planner is: a brief goes in, a storyboard that keeps every rule comes out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from agent.llm_meter import Charge, Meter, Purse
from storyboards.brief import Brief
from storyboards.storyboard import Storyboard

Say = Callable[[str], None]
"""Told in words what is being planned."""


def unheard(_: str) -> None:
    """For callers who do not listen."""


class Planner(Protocol):
    """Plans films. ``name`` is recorded in the storyboard.

    Raises from ``plan``:
        BadBrief: the caller can mend it.
        PlanningFailed: the planner could not; nothing was spent but its own calls.
    """

    name: str

    async def plan(self, brief: Brief) -> Storyboard: ...


@runtime_checkable
class MeteredPlanner(Protocol):
    """A planner that may cost something: it is paid through a meter."""

    name: str

    def meter(self, brief: Brief, purse: Purse | None, charge: Charge | None) -> Meter:
        """The limits of planning this brief, paid from ``purse``; ``charge`` is told of every call."""
        ...

    async def plan_with(self, brief: Brief, meter: Meter, say: Say = unheard) -> Storyboard: ...
