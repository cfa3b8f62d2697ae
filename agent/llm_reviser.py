"""A reviser that is a language model: it reads verdicts with their frames, looks closer with tools, orders a take.

Everything that matters is held outside of it. It is offered the tools that look and those that order a take; a call
of anything else is refused and told. An order may change how a promise is kept, never the promise. Turns, calls,
tokens, seconds and dollars are bounded, and what it decided is remembered before anything is filmed.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter

from agent import prompting
from agent.llm_client import Call, LLMClient, Message, Trouble
from agent.llm_meter import Allowance, Meter, Purse, TokenPrices
from agent.revise import Revision, is_joined, lit, moved, reseeded, siblings
from agent.reviser import Bench, Case, Outcome, Reviser, Round, RulebookReviser
from agent.workbench import in_words
from storyboards.errors import StoryreelError, ToolRefused
from storyboards.shot import DEEDS, LIGHT, LOOKS, PLACE, Action, Part, Remake, Shot
from storyboards.storyboard import digest_of
from tools.catalogue import (
    CATALOGUE,
    Arguments,
    GenerateAudio,
    GenerateVideo,
    RemakeInPart,
    Tool,
    function_tools,
    read_call,
    tools_of,
)

TURNS, CALLS_A_TURN = 5, 6
ALLOWANCE = Allowance(calls=3 * TURNS, tokens=120_000, seconds=240.0)
"""Of one decision about one shot."""
OFFERED = tools_of("look", "retake")
MOST_TOOL_WORDS = 4_000

_SHOTS = TypeAdapter(list[Shot])


class LLMReviser:
    """A :class:`agent.reviser.Reviser`.

    Args:
        client: of a model that takes pictures and calls tools.
        stand_in: decides, with a note, where the model could not.
    """

    name = "llm"

    def __init__(
        self, client: LLMClient, prices: TokenPrices | None = None, allowance: Allowance = ALLOWANCE,
        stand_in: Reviser | None = None,
    ) -> None:  # fmt: skip
        self._client, self._prices, self._allowance = client, prices or TokenPrices(), allowance
        self._stand_in = stand_in or RulebookReviser()

    async def next_round(self, case: Case, bench: Bench, purse: Purse) -> Round:
        """The model's order, remembered; the stand-in's, with a note, where the model gave none that can be used."""
        if case.policy != "directed" or case.planned.locked:
            return await self._stand_in.next_round(case, bench, purse)
        key = digest_of(["round", self._client.model, _SYSTEM_VERSION, _document(case)])
        known = bench.recall(key)
        if known is not None:
            return _read(known)
        try:
            made = await self._decided(case, bench, purse)
        except Trouble as trouble:
            stood_in = await self._stand_in.next_round(case, bench, purse)
            why = f"the language model could not revise it ({trouble.why.rstrip('.')}); the {self._stand_in.name} did"
            made = Round(stood_in.revisions, (*stood_in.notes, why))
        bench.remember(key, _written(made))
        return made

    async def _decided(self, case: Case, bench: Bench, purse: Purse) -> Round:
        meter = Meter(self._allowance, self._prices, purse, bench.charge)
        messages = await self._opening(case, bench)
        order = _Order(case)
        async with self._client.open():
            for _ in range(TURNS):
                turn = await self._client.turn(messages, function_tools(offered(case)), meter)
                messages.append(turn.message)
                if not turn.calls:
                    return order.round(turn.text)
                outcomes = []
                for number, call in enumerate(turn.calls):
                    outcomes.append((call, await self._carried_out(call, number, order, bench, offered(case))))
                messages += _answers(outcomes)
                if order.is_placed:
                    return order.round(turn.text)
        raise Trouble("spent", f"{TURNS} turns brought no order")

    async def _carried_out(
        self, call: Call, number: int, order: _Order, bench: Bench, tools: Sequence[Tool]
    ) -> Outcome:  # fmt: skip
        """What a call brought; a refusal is told to the model in words, and to people."""
        try:
            if number >= CALLS_A_TURN:
                raise ToolRefused(f"at most {CALLS_A_TURN} calls a turn are carried out.", reason="limit")
            arguments = read_call(call.name, call.arguments, tools)
            if CATALOGUE[call.name].scope == "retake":
                return Outcome(order.place(arguments))
            return await bench.look(call.name, arguments)
        except ToolRefused as refusal:
            if number < CALLS_A_TURN:
                bench.told(f"refused {call.name[:40]!r}: {refusal.reason}")
            return Outcome(f"refused: {refusal}")
        except StoryreelError as error:
            return Outcome(f"failed: {error}")

    async def _opening(self, case: Case, bench: Bench) -> list[Message]:
        rows: list[dict[str, Any]] = [{"type": "text", "text": _question(case)}]
        for words, picture in await bench.evidence(case):
            rows += [{"type": "text", "text": words}, _picture(picture)]
        system = prompting.render("revise_system", calls=CALLS_A_TURN, turns=TURNS)
        return [{"role": "system", "content": system}, {"role": "user", "content": rows}]


def offered(case: Case) -> tuple[Tool, ...]:
    """The tools that a model may call for a shot: some takes can only be made anew as a whole."""
    whole = not case.remakes or is_joined(case.planned)
    return tuple(tool for tool in OFFERED if not (whole and tool.arguments is RemakeInPart))


class _Order:
    """The one take that a round may be given, put together of what is ordered for picture and sound."""

    def __init__(self, case: Case) -> None:
        self._case = case
        index = [critique.take_key for critique in case.critiques].index(case.best.take_key)
        # What is ordered is another take of its own, whatever that one was made of.
        self._shot, self._why = case.tried[index].model_copy(update={"remake": None}), list[str]()
        self._placed: set[str] = set()

    @property
    def is_placed(self) -> bool:
        return bool(self._placed)

    def place(self, call: Arguments) -> str:
        """Put a call into the order; the words for the model.

        Raises:
            ToolRefused: it was given before, or names a cue or an element that is not there.
        """
        kind = type(call).__name__
        if kind in self._placed:
            raise ToolRefused("one such order a round; the takes are judged first.", reason="limit")
        pictures = {GenerateVideo.__name__, RemakeInPart.__name__}
        if kind in pictures and self._placed & pictures:
            raise ToolRefused("a take is filmed another way, or in part, and not both.", reason="limit")
        if isinstance(call, GenerateVideo):
            self._shot = refilmed(self._shot, call, len(self._case.tried))
        elif isinstance(call, RemakeInPart):
            self._shot = remade(self._shot, call, self._case.best.take_key, len(self._case.tried))
        else:
            assert isinstance(call, GenerateAudio), "no other tool orders a take"
            self._shot = resounded(self._shot, call)
        self._why.append(call.why)
        self._placed.add(kind)
        return "ordered; it is filmed and judged when you are done."

    def round(self, said: str) -> Round:
        """The order with its siblings; none, with what the model said, if none was placed."""
        if not self._placed:
            return Round((), (f"the language model orders no other take: {_one_line(said)}",) if said.strip() else ())
        made, shot = len(self._case.tried), self._shot
        if shot in self._case.tried:
            shot = reseeded(shot, made)
        revision = Revision(shot, f"take {made + 1}: {_one_line('; '.join(self._why))}")
        return Round((revision, *siblings(revision, made, self._case.takes_at_once)))


def refilmed(shot: Shot, call: GenerateVideo, attempt: int) -> Shot:
    """The shot filmed another way. Who, what, where, when and how long stay as they are."""
    shot = lit(shot, call.exposure_stops) if call.exposure_stops else shot
    if call.camera_strength != 1.0 and shot.camera.move != "static":
        shot = moved(shot, min(2.0, max(0.25, shot.camera.strength * call.camera_strength)))
    if call.nearer:
        parts = tuple(part.model_copy(update={"depth": 0.0}) for part in shot.parts)
        shot = shot.model_copy(update={"parts": parts})
    if call.whole_shot:
        parts = tuple(part.model_copy(update={"actions": _throughout(part)}) for part in shot.parts)
        shot = shot.model_copy(update={"parts": parts})
    return reseeded(shot, attempt) if call.new_seed else shot


def remade(shot: Shot, call: RemakeInPart, take: str, attempt: int) -> Shot:
    """The shot with some of its take made anew.

    Raises:
        ToolRefused: nothing is named, or somebody who is not in it.
    """
    there = [part.element for part in shot.parts]
    unknown = [each for each in (*call.looks, *call.deeds) if each not in there]
    if unknown:
        raise ToolRefused(f"{unknown[0]!r} is not in the shot.", reason="unknown",
                          next_step=f"In it: {', '.join(there) or 'nobody'}.")  # fmt: skip
    what = [name for name, wanted in ((PLACE, call.place), (LIGHT, call.light)) if wanted]
    what += [f"{LOOKS}{each}" for each in call.looks] + [f"{DEEDS}{each}" for each in call.deeds]
    if not what:
        raise ToolRefused("nothing of the take is named.", reason="arguments")
    remake = Remake(take=take, what=tuple(sorted(set(what))))
    return reseeded(shot, attempt).model_copy(update={"remake": remake})


def _throughout(part: Part) -> tuple[Action, ...]:
    """A single action fills the whole shot; several keep their shares."""
    if len(part.actions) != 1:
        return part.actions
    return (part.actions[0].model_copy(update={"start": 0.0, "end": 1.0}),)


def resounded(shot: Shot, call: GenerateAudio) -> Shot:
    """The shot with one cue moved or louder.

    Raises:
        ToolRefused: there is no such cue.
    """
    if call.cue > len(shot.sounds):
        raise ToolRefused(f"the shot has {len(shot.sounds)} sounds; number {call.cue} was named.", reason="arguments")
    cue = shot.sounds[call.cue - 1]
    changed = cue.model_copy(
        update={
            "at_s": round(max(0.0, cue.at_s + call.later_s), 3),
            "gain_db": round(max(-40.0, min(12.0, cue.gain_db + call.gain_db)), 2),
        }
    )
    return shot.model_copy(update={"sounds": tuple(changed if c is cue else c for c in shot.sounds)})


def _question(case: Case) -> str:
    takes = [
        f"take {number}: seed {shot.seed}, exposure {shot.exposure:g}, camera {shot.camera.move} at "
        f"{shot.camera.strength:g}; {len(critique.failures)} failed"
        + (" (the best)" if critique.take_key == case.best.take_key else "")
        for number, (shot, critique) in enumerate(zip(case.tried, case.critiques, strict=True), start=1)
    ]
    return prompting.render(
        "revise_user", shot=json.dumps(case.planned.prompt, ensure_ascii=False), takes=takes,
        verdicts=in_words(case.claims, case.best.verdicts), sounds=[cue.sound for cue in case.planned.sounds],
        elements=[part.element for part in case.planned.parts],
    )  # fmt: skip


def _answers(outcomes: Sequence[tuple[Call, Outcome]]) -> list[Message]:
    """The results of a turn's calls; their pictures follow as one message of the user, since tools answer in words."""
    rows: list[Message] = [
        {"role": "tool", "tool_call_id": call.id, "content": outcome.text[:MOST_TOOL_WORDS]}
        for call, outcome in outcomes
    ]
    shown: list[dict[str, Any]] = []
    for call, outcome in outcomes:
        if outcome.pictures:
            shown += [{"type": "text", "text": f"What {call.name[:40]} shows:"}, *map(_picture, outcome.pictures)]
    return [*rows, {"role": "user", "content": shown}] if shown else rows


def _picture(content: bytes) -> dict[str, Any]:
    kind = "png" if content.startswith(b"\x89PNG") else "jpeg"
    return {"type": "image_url", "image_url": {"url": f"data:image/{kind};base64,{base64.b64encode(content).decode()}"}}


def _document(case: Case) -> dict[str, Any]:
    return {
        "planned": case.planned.model_dump(mode="json"), "tried": [shot.model_dump(mode="json") for shot in case.tried],
        "critiques": [critique.model_dump(mode="json") for critique in case.critiques], "best": case.best.take_key,
        "claims": [claim.model_dump(mode="json") for claim in case.claims], "at_once": case.takes_at_once,
        "remakes": case.remakes,
    }  # fmt: skip


def _written(made: Round) -> str:
    shots = [revision.shot.model_dump(mode="json") for revision in made.revisions]
    return json.dumps({"shots": shots, "why": [r.why for r in made.revisions], "notes": list(made.notes)})


def _read(text: str) -> Round:
    document = json.loads(text)
    shots: Sequence[Shot] = _SHOTS.validate_python(document["shots"])
    revisions = tuple(Revision(shot, why) for shot, why in zip(shots, document["why"], strict=True))
    return Round(revisions, tuple(document["notes"]))


def _one_line(text: str) -> str:
    return " ".join(text.split())[:240]


_SYSTEM_VERSION = "1"
"""Changes when the prompts or the tools do, so that a new one is asked anew."""
