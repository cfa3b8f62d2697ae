"""Reading what is said with a language model: the intents are its tools, and there are no others."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from pydantic import ValidationError

from agent import prompting
from agent.chat.intents import INTENTS, Intent, Talk
from agent.chat.reading import spending
from agent.llm_client import Call, LLMClient, Message, Trouble
from agent.llm_meter import Allowance, Meter, TokenPrices, Usage
from storyboards.errors import PlanningFailed
from tools.schemas import strict_schema

TURNS = 2
"""A call that was refused may be put right once."""
MOST_INTENTS = 12
ALLOWANCE = Allowance(calls=4, tokens=60_000, seconds=90.0)
"""For one message."""


class ModelReader:
    """Reads with a language model on any OpenAI-compatible server; what it costs is told to ``reading.spending``."""

    def __init__(self, client: LLMClient, prices: TokenPrices | None = None) -> None:
        self._client, self._prices = client, prices or TokenPrices()

    async def read(self, text: str, situation: str) -> list[Intent]:
        """The intents that the model calls for; its own words where it calls for none.

        Raises:
            PlanningFailed: the server gave no usable reply, or only calls of tools that do not exist.
        """
        messages: list[Message] = [
            {"role": "system", "content": prompting.render("chat_system", situation=prompting.fenced(situation))},
            {"role": "user", "content": prompting.fenced(text)},
        ]
        meter = Meter(ALLOWANCE, self._prices, charge=_charge)
        refused: list[str] = []
        for _ in range(TURNS):
            try:
                turn = await self._client.turn(messages, tools(), meter)
            except Trouble as trouble:
                raise PlanningFailed(
                    trouble.why, next_step="Say it more plainly; it is read by rule then."
                ) from trouble
            if not turn.calls:
                if turn.text.strip() and not refused:
                    return [Talk(words=turn.text.strip()[:2000])]
                break
            intents, refused = _checked(turn.calls)
            if not refused:
                return intents
            messages += [turn.message, *_answered(turn.calls, refused)]
        raise PlanningFailed(f"it asked for what there is not: {'; '.join(refused)[:300] or 'nothing'}")


def _charge(usage: Usage) -> None:
    spend = spending.get()
    if spend is not None:
        spend(usage.cost_usd, usage.wall_s)


@cache
def tools() -> list[dict[str, Any]]:
    """The intents as OpenAI function tools."""
    return [
        {"type": "function", "function": {
            "name": tool_name(intent), "description": " ".join((intent.__doc__ or "").split()),
            "parameters": strict_schema(intent), "strict": True,
        }}
        for intent in INTENTS
    ]  # fmt: skip


def tool_name(intent: type[Intent]) -> str:
    """``CompareTakes`` as ``compare_takes``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", intent.__name__).lower()


def _checked(calls: tuple[Call, ...]) -> tuple[list[Intent], list[str]]:
    """The intents of the calls, and what is wrong with those that are none."""
    known = {tool_name(intent): intent for intent in INTENTS}
    intents: list[Intent] = []
    refused: list[str] = [f"{len(calls)} calls at once"] if len(calls) > MOST_INTENTS else []
    for call in calls[:MOST_INTENTS]:
        if call.name not in known:
            refused.append(f"there is no tool {call.name[:60]!r}")
            continue
        try:
            intents.append(known[call.name].model_validate(json.loads(call.arguments or "{}")))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            refused.append(f"{call.name}: {'.'.join(map(str, first['loc']))}: {first['msg']}")
        except ValueError:
            refused.append(f"{call.name}: its arguments are no JSON object")
    return intents, refused


def _answered(calls: tuple[Call, ...], refused: list[str]) -> list[Message]:
    said = f"Refused, nothing was done: {'; '.join(refused)}. Call again with what there is."
    return [{"role": "tool", "tool_call_id": call.id, "content": said} for call in calls]
