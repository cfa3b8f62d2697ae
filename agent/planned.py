"""The storyboard of a brief, from whoever plans."""

from __future__ import annotations

import asyncio
import inspect

from agent.concepts import laid, named_in
from agent.crew import Crew
from agent.llm_meter import Charge, Purse
from agent.plan import MeteredPlanner, Say, unheard
from agent.preferences import Preferences
from storyboards.brief import Brief
from storyboards.storyboard import Storyboard

MOST_LIKED = 6
"""Preferences that a planner is told of."""


async def plan_film(
    crew: Crew, brief: Brief, purse: Purse | None = None, charge: Charge | None = None, say: Say = unheard
) -> Storyboard:
    """The planner's storyboard of a brief; a planner that blocks does so in a thread.

    Args:
        purse: what a planner that costs something is paid from; ``charge`` is told of every call.
        say: told in words what is being planned.

    Raises:
        BadInput: the brief names something taught that whoever films cannot use.
    """
    brief, taught = await asyncio.to_thread(named_in, crew, brief)
    if taught:
        say(f"filmed with what was taught: {', '.join(named.item.name for named in taught)}")
    return laid(await _planned(crew, brief, purse, charge, say), taught)


async def _planned(crew: Crew, brief: Brief, purse: Purse | None, charge: Charge | None, say: Say) -> Storyboard:
    if isinstance(crew.planner, MeteredPlanner):
        liked = await asyncio.to_thread(Preferences(crew.memory).all)
        if liked:
            said = tuple(f"{p.subject}: {p.value} ({p.times} times)" for p in liked[:MOST_LIKED])
            brief = brief.model_copy(update={"liked": said})
            say(f"the planner is told what you asked for before: {'; '.join(brief.liked)}")
        return await crew.planner.plan_with(brief, crew.planner.meter(brief, purse, charge), say)
    if inspect.iscoroutinefunction(crew.planner.plan):
        # Not by a thread: whoever cancels this would leave a coroutine behind that nobody awaits.
        return await crew.planner.plan(brief)
    board = await asyncio.to_thread(crew.planner.plan, brief)
    return await board if inspect.isawaitable(board) else board
