"""Edits by a language model with the tools of scope ``plan``: words in, a changed storyboard and the changes out.

The model proposes calls, our code applies them to a copy of the plan, one at a time; nothing is put in force here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agent import prompting
from agent.llm_client import Call, LLMClient, Message, Trouble
from agent.llm_meter import Allowance, Charge, Meter, Purse, TokenPrices
from agent.plan_tools import apply_tool
from storyboards.errors import BadEdit, PlanningFailed, StoryreelError, ToolRefused
from storyboards.shot import Shot
from storyboards.storyboard import Storyboard
from tools.catalogue import function_tools, read_call, tools_of

TURNS, CALLS_A_TURN = 6, 80
ALLOWANCE = Allowance(calls=12, tokens=200_000, seconds=240.0)
"""Of one edit."""
OFFERED = tools_of("plan")


@dataclass(frozen=True)
class ToolEdit:
    """What an edit by tools comes to: ``refused`` are calls not carried out, ``said`` the model's last words."""

    board: Storyboard
    changes: tuple[str, ...]
    refused: tuple[str, ...]
    said: str


class LLMEditor:
    """Edits storyboards.

    Args:
        backend: who films, for tools that not everybody can carry out; ``others`` by name are told of if it cannot.
    """

    def __init__(
        self, client: LLMClient, prices: TokenPrices | None = None, backend: object = None,
        others: Sequence[tuple[str, object]] = (),
    ) -> None:  # fmt: skip
        self._client, self._prices = client, prices or TokenPrices()
        self._backend, self._others = backend, tuple(others)

    async def edit(
        self, board: Storyboard, words: str, purse: Purse | None = None, charge: Charge | None = None
    ) -> ToolEdit:
        """The storyboard as the words ask for.

        Raises:
            BadEdit: nothing came of it; it says what the model said, or what was refused.
            PlanningFailed: the server gave no usable reply.
        """
        shots = [_row(number, shot, board) for number, shot in enumerate(board.shots, start=1)]
        system = prompting.render("edit_system", seconds=f"{board.duration_s:g}", shots=shots)
        messages: list[Message] = [
            {"role": "system", "content": system}, {"role": "user", "content": prompting.fenced(words[:4000])},
        ]  # fmt: skip
        meter = Meter(ALLOWANCE, self._prices, purse, charge)
        bench = _CuttingTable(board, self._backend, self._others)
        said = ""
        try:
            async with self._client.open():
                for _ in range(TURNS):
                    turn = await self._client.turn(messages, function_tools(OFFERED), meter)
                    said = " ".join(turn.text.split())[:300]
                    if not turn.calls:
                        break
                    told = [bench.carry_out(call, number) for number, call in enumerate(turn.calls)]
                    messages.append(turn.message)
                    messages += [
                        {"role": "tool", "tool_call_id": call.id, "content": text}
                        for call, text in zip(turn.calls, told, strict=True)
                    ]
        except Trouble as trouble:
            raise PlanningFailed(
                trouble.why, next_step="Say it more plainly: `storyreel edit` reads it by rule."
            ) from trouble
        if not bench.changes:
            why = "; ".join(bench.refused[:3]) or said or "the model called no tool"
            raise BadEdit(f"nothing was changed: {why}", next_step="Say which shots, and what about them.")
        return ToolEdit(bench.board, tuple(bench.changes), tuple(bench.refused), said)


class _CuttingTable:
    """The copy of the plan that calls are applied to."""

    def __init__(self, board: Storyboard, backend: object, others: Sequence[tuple[str, object]]) -> None:
        self.board, self.changes, self.refused = board, list[str](), list[str]()
        self._backend, self._others = backend, others

    def carry_out(self, call: Call, number: int) -> str:
        """What a call did, in words; a refusal is told and changes nothing."""
        try:
            if number >= CALLS_A_TURN:
                raise ToolRefused(f"at most {CALLS_A_TURN} calls a turn are carried out.", reason="limit")
            arguments = read_call(call.name, call.arguments, OFFERED)
            self.board, words = apply_tool(self.board, call.name, arguments, self._backend, self._others)
        except StoryreelError as error:
            self.refused.append(f"{call.name[:40]}: {error}")
            return f"refused: {error}"
        self.changes.append(words)
        return f"done: {words}"


def _row(number: int, shot: Shot, board: Storyboard) -> str:
    lines = "; ".join(f"line {n} {line.speaker}: {line.text!r}" for n, line in enumerate(shot.lines, start=1))
    sounds = "; ".join(f"cue {n} {cue.sound} at {cue.at_s:g} s" for n, cue in enumerate(shot.sounds, start=1))
    entered = shot.transition.kind if shot.transition.frames else "cut"
    rest = "; ".join(part for part in (lines, sounds, f"title {shot.title!r}" if shot.title else "") if part)
    facts = f"{board.rate.seconds(shot.frames):g} s, exposure {shot.exposure:g}, entered by a {entered}"
    return f"{number}. id {shot.id}, {facts}: {shot.prompt} {rest}"
