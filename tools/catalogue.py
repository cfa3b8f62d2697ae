"""The one catalogue of tools that a language model may call: typed, bounded, and nothing else.

No argument is a path, an address or a command. Ids have a pattern, words of the world are enumerations, numbers have
bounds, and the few free words (a title, a caption, a reason) are shown to people and never interpreted. A tool of scope
``look`` changes nothing, one of scope ``retake`` orders another take of a shot without touching what the plan promises,
one of scope ``plan`` changes the plan and is for edits that a person asks for.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from storyboards.errors import ToolRefused
from tools.schemas import strict_schema

Scope = Literal["look", "retake", "plan"]

MOST_ARGUMENT_BYTES = 8_000
"""Of the JSON text of one call."""

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Number = Annotated[int, Field(ge=1, le=20)]
Stops = Annotated[float, Field(ge=-2.0, le=2.0)]
Words = Annotated[str, Field(min_length=1, max_length=160)]


class Arguments(BaseModel):
    """What a tool is called with."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class MakeReference(Arguments):
    element: Id = Field(description="element of the cast")


class GenerateVideo(Arguments):
    new_seed: bool = Field(description="another picture of the same shot")
    exposure_stops: Stops = Field(description="light added to or taken from the take, 0 for none")
    camera_strength: float = Field(ge=0.25, le=2.0, description="times the strength of the camera move, 1 as it is")
    nearer: bool = Field(description="everybody nearer to the camera")
    whole_shot: bool = Field(description="a single action fills the whole shot")
    why: Words = Field(description="what failed and why this mends it, for a person")


class RemakeInPart(Arguments):
    place: bool = Field(description="the place anew")
    light: bool = Field(description="the light anew: hour and weather")
    looks: tuple[Id, ...] = Field(max_length=3, description="elements of the shot whose looks are made anew")
    deeds: tuple[Id, ...] = Field(max_length=3, description="elements of the shot of whom it is made anew what they do")
    why: Words = Field(description="what failed and why this mends it, for a person")


class GenerateAudio(Arguments):
    cue: Number = Field(description="number of the sound cue in the shot, 1 for the first")
    later_s: float = Field(ge=-2.0, le=2.0, description="seconds by which it sounds later, negative for earlier")
    gain_db: float = Field(ge=-12.0, le=12.0, description="decibels louder, negative for quieter")
    why: Words


class Speak(Arguments):
    line: Number = Field(description="number of the spoken line in the shot, 1 for the first")


class OneTake(Arguments):
    take: Number = Field(description="number of the take, as the takes are listed")


class Trim(Arguments):
    shot: Id
    seconds: float = Field(ge=0.2, le=59.0, description="length that is left")
    keep: Literal["start", "end"] = Field(description="which end of the shot stays")


class Retime(Arguments):
    shot: Id
    seconds: float = Field(ge=0.2, le=59.0, description="in which the same things happen")


class Extend(Arguments):
    shot: Id
    seconds: float = Field(ge=0.1, le=30.0, description="by which the shot goes on")


class Reorder(Arguments):
    shots: list[Id] = Field(min_length=1, max_length=60, description="every shot of the film once, in the new order")


class Grade(Arguments):
    shot: Id
    exposure_stops: Stops = Field(description="light of the shot on top of the natural one")


class ChangeTransition(Arguments):
    shot: Id = Field(description="the shot that is entered")
    kind: Literal["cut", "dissolve", "fade"]
    seconds: float = Field(ge=0.0, le=4.0, description="0 for a cut")


class ReplaceSound(Arguments):
    shot: Id
    cue: int = Field(ge=0, le=20, description="number of the cue that is replaced, 0 to add one")
    sound: str = Field(pattern=r"^[a-z][a-z ]{0,39}$", description="a sound of the vocabulary")
    at_s: float = Field(ge=0.0, le=59.0)
    gain_db: float = Field(ge=-40.0, le=12.0)


class Caption(Arguments):
    shot: Id
    line: Number
    text: Annotated[str, Field(min_length=1, max_length=400)] = Field(description="what is said and captioned")


class Title(Arguments):
    shot: Id
    text: Annotated[str, Field(max_length=120)] = Field(description="words on the screen, empty for none")


class InpaintRegion(Arguments):
    shot: Id
    left: float = Field(ge=0.0, le=1.0)
    top: float = Field(ge=0.0, le=1.0)
    right: float = Field(ge=0.0, le=1.0)
    bottom: float = Field(ge=0.0, le=1.0)
    why: Words


class ContinueShot(Arguments):
    shot: Id = Field(description="begins with the last frame of the shot before it")


@dataclass(frozen=True)
class Tool:
    """One entry.

    Attributes:
        does: for the model and for people, in a sentence.
        needs: the ability a backend must name in its ``abilities``; empty if everybody has it.
    """

    name: str
    arguments: type[Arguments]
    scope: Scope
    does: str
    needs: str = ""


CATALOGUE: dict[str, Tool] = {
    tool.name: tool
    for tool in (
        Tool("inspect_contact_sheet", OneTake, "look", "See frames of a take side by side with their times."),
        Tool("measure", OneTake, "look", "Measure a take by every claim of its shot: what was found, where."),
        Tool("judge", OneTake, "look", "Ask every judge about a take; one may cost money, within the budget."),
        Tool("make_reference", MakeReference, "look", "See the reference of an element; it is drawn if there is none."),
        Tool("speak", Speak, "look", "Have a line spoken and hear how long it is and whether it fits its shot."),
        Tool("generate_video", GenerateVideo, "retake", "Order another take of the shot, filmed another way."),
        Tool("remake_in_part", RemakeInPart, "retake", "Order the best take, some of it made anew and the rest kept.",
             "remake_in_part"),
        Tool("generate_audio", GenerateAudio, "retake", "Order the sounds of the shot anew, one cue moved or louder."),
        Tool("trim", Trim, "plan", "Cut a shot to a length; what happens in it keeps its pace."),
        Tool("retime", Retime, "plan", "Let the same things happen in another length, slower or faster."),
        Tool("extend", Extend, "plan", "Let a shot go on for some seconds; what happens in it keeps its times."),
        Tool("reorder", Reorder, "plan", "Put the shots into another order."),
        Tool("grade", Grade, "plan", "Set how much lighter or darker than natural a shot is."),
        Tool("transition", ChangeTransition, "plan", "Set how a shot is entered from the one before."),
        Tool("replace_sound", ReplaceSound, "plan", "Replace a sound cue of a shot, or add one."),
        Tool("caption", Caption, "plan", "Change the words of a line: they are spoken and captioned."),
        Tool("title", Title, "plan", "Set the words on the screen over a shot."),
        Tool("inpaint_region", InpaintRegion, "plan", "Film a region of a take anew, the rest stays.",
             "inpaint_region"),
        Tool("continue_from_last_frame", ContinueShot, "plan", "Begin a shot with the last frame of the one before.",
             "continue_from_last_frame"),
    )
}  # fmt: skip


def tools_of(*scopes: Scope) -> tuple[Tool, ...]:
    return tuple(tool for tool in CATALOGUE.values() if tool.scope in scopes)


def function_tools(tools: Iterable[Tool]) -> list[dict[str, Any]]:
    """The tools as OpenAI function tools with strict schemas."""
    return [
        {
            "type": "function",
            "function": {
                "name": tool.name, "description": tool.does, "strict": True,
                "parameters": strict_schema(tool.arguments),
            },
        }
        for tool in tools
    ]  # fmt: skip


def read_call(name: str, arguments: str, offered: Iterable[Tool]) -> Arguments:
    """A call as it came over the wire, checked.

    Raises:
        ToolRefused: saying in ``reason`` and in words why it is not carried out.
    """
    names = [tool.name for tool in offered]
    tool = CATALOGUE.get(name)
    if tool is None:
        raise ToolRefused(
            f"there is no tool {name[:60]!r}.", reason="unknown", next_step=f"There are {_listed(names)}."
        )
    if name not in names:
        raise ToolRefused(f"{name} is not offered here.", reason="undeclared", next_step=f"There are {_listed(names)}.")
    if len(arguments.encode()) > MOST_ARGUMENT_BYTES:
        raise ToolRefused(f"the arguments of {name} are longer than {MOST_ARGUMENT_BYTES} bytes.", reason="arguments")
    try:
        return tool.arguments.model_validate(json.loads(arguments or "{}"))
    except json.JSONDecodeError as error:
        raise ToolRefused(f"the arguments of {name} are no JSON.", reason="arguments") from error
    except (ValidationError, RecursionError) as error:
        problems = error.errors(include_url=False)[:4] if isinstance(error, ValidationError) else []
        said = "; ".join(f"{'.'.join(map(str, p['loc']))[:60]}: {p['msg'][:120]}" for p in problems)
        raise ToolRefused(f"{name} was called wrongly: {said or 'nested too deep'}.", reason="arguments") from error


def check_ability(tool: Tool, backend: object, others: Iterable[tuple[str, object]] = ()) -> None:
    """Can who films do this?

    Args:
        others: every backend of the installation by name, to say which can.

    Raises:
        ToolRefused: with ``reason`` ``backend``.
    """
    if not tool.needs or tool.needs in abilities_of(backend):
        return
    able = [name for name, other in others if tool.needs in abilities_of(other)]
    name = str(getattr(backend, "name", "this backend"))
    whoever = f"{_listed(able)} can" if able else "no backend of this version can"
    raise ToolRefused(
        f"{name} cannot {tool.name.replace('_', ' ')}; {whoever}.", reason="backend",
        next_step=f"Film with --backend {able[0]}." if able else "Change the shot in words instead.",
    )  # fmt: skip


def abilities_of(backend: object) -> frozenset[str]:
    """What a backend can do beyond filming a shot, by its attribute ``abilities``."""
    return frozenset(getattr(backend, "abilities", ()))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"


def table() -> str:
    """The catalogue in Markdown, as docs/director.md has it."""
    rows = ["| tool | scope | what it does | arguments |", "|---|---|---|---|"]
    for tool in CATALOGUE.values():
        fields = strict_schema(tool.arguments)["properties"]
        arguments = ", ".join(f"`{name}` {_bounds(node)}".strip() for name, node in fields.items())
        rows.append(f"| `{tool.name}` | {tool.scope} | {tool.does} | {arguments} |")
    return "\n".join(rows)


def _bounds(node: dict[str, Any]) -> str:
    if "enum" in node:
        return " or ".join(repr(word) for word in node["enum"]).replace("'", "")
    if "minimum" in node:
        return f"{node['minimum']:g} to {node['maximum']:g}"
    return {"boolean": "yes or no", "array": "ids"}.get(node.get("type", ""), "")


if __name__ == "__main__":
    print(table())
