"""The rulebook: a planner without a network. It reads a brief with a lexicon and a grammar and directs by rule."""

from __future__ import annotations

from storyboards.brief import Brief
from storyboards.storyboard import Storyboard


class Rulebook:
    """Plans offline, with no key, the same plan for the same brief and seed.

    Raises from ``plan``:
        BadBrief: nothing in the brief can be filmed, or it is in a script that the lexicon does not read.
    """

    name = "rulebook"

    async def plan(self, brief: Brief) -> Storyboard:
        from agent.dialogue import cast_voices
        from agent.rulebook.directing import plan_storyboard

        return cast_voices(plan_storyboard(brief))
