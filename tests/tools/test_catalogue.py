"""The catalogue of tools: what may be said in a call, and that nothing else can be."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from agent.plan_tools import apply_tool
from app.dev_llm.faults import ATTACK
from storyboards.errors import BadEdit, ToolRefused, UnknownName
from storyboards.shot import Action, Line
from storyboards.storyboard import Storyboard
from tests.fakes import tiny_board
from tools.catalogue import CATALOGUE, Arguments, check_ability, function_tools, read_call, table, tools_of

SPOKEN = {"text", "why"}
"""The only free words there are: they are shown or said, never interpreted."""


def nodes(schema: Any, name: str = "") -> list[tuple[str, dict[str, Any]]]:
    """Every node of a schema with the field that it belongs to, however deep it lies."""
    if isinstance(schema, list):
        return [found for one in schema for found in nodes(one, name)]
    found: list[tuple[str, dict[str, Any]]] = [(name, schema)] if name else []
    for word, node in schema.items():
        if word in ("properties", "$defs"):
            found += [row for field, inner in node.items() for row in nodes(inner, field)]
        elif word in ("items", "anyOf", "oneOf", "allOf", "prefixItems") and not isinstance(node, bool):
            found += nodes(node, name)
    return found


@pytest.mark.parametrize("name", CATALOGUE)
def test_no_argument_is_a_path_an_address_or_a_command(name: str) -> None:
    (tool,) = function_tools([CATALOGUE[name]])
    schema = tool["function"]["parameters"]
    assert tool["function"]["strict"] is True
    assert schema["additionalProperties"] is False
    assert schema["required"] == list(schema["properties"])
    for field, node in nodes(schema):
        assert not re.search(r"path|file|url|uri|host|command|shell|code|sql", field)
        if node.get("type") == "string" and "enum" not in node:
            assert field in SPOKEN or not re.search(node["pattern"], ATTACK)
        if node.get("type") in ("number", "integer"):
            assert {"minimum", "maximum"} <= set(node)
        if node.get("type") == "array":
            assert node["maxItems"] <= 60


@pytest.mark.parametrize(
    ("name", "arguments", "reason"),
    [
        ("run_shell", '{"command": "ls"}', "unknown"),
        ("trim", '{"shot": "s1", "seconds": 1, "keep": "start"}', "undeclared"),
        ("measure", '{"take": 1, "path": "/etc/passwd"}', "arguments"),
        ("measure", '{"take": 0}', "arguments"),
        ("measure", '{"take": 1e99}', "arguments"),
        ("measure", '{"take": tru', "arguments"),
        ("measure", "[" * 3_000, "arguments"),
        ("measure", '{"take": 1, "x": "' + "y" * 9_000 + '"}', "arguments"),
        ("make_reference", json.dumps({"element": ATTACK}), "arguments"),
        ("generate_video", "{}", "arguments"),
    ],
)
def test_what_is_not_in_the_catalogue_or_its_bounds_is_refused(name: str, arguments: str, reason: str) -> None:
    with pytest.raises(ToolRefused) as caught:
        read_call(name, arguments, tools_of("look", "retake"))
    assert caught.value.reason == reason


def test_a_backend_that_cannot_says_who_can() -> None:
    class Able:
        name, abilities = "able", frozenset({"inpaint_region"})

    class Unable:
        name = "unable"

    tool = CATALOGUE["inpaint_region"]
    with pytest.raises(ToolRefused, match="unable cannot inpaint region; able can") as caught:
        check_ability(tool, Unable(), [("able", Able())])
    assert caught.value.reason == "backend"
    with pytest.raises(ToolRefused, match="no backend of this version can"):
        check_ability(tool, Unable())
    check_ability(tool, Able())
    check_ability(CATALOGUE["trim"], Unable())


def board() -> Storyboard:
    plan = tiny_board(3, 16)
    shot = plan.shots[0]
    actions = (Action(verb="walk", start=0.0, end=0.5), Action(verb="stand", start=0.5, end=1.0))
    parts = (shot.parts[0].model_copy(update={"actions": actions}),)
    return plan.with_shot(shot.model_copy(update={"parts": parts, "lines": (Line(text="Hello there."),)}))


def call(name: str, **arguments: Any) -> Arguments:
    return read_call(name, json.dumps(arguments), tools_of("plan"))


def applied(name: str, **arguments: Any) -> tuple[Storyboard, str]:
    return apply_tool(board(), name, call(name, **arguments), object())


def test_trimming_keeps_the_pace_and_retiming_keeps_the_shares() -> None:
    trimmed, words = applied("trim", shot="s1", seconds=1.5, keep="start")
    assert (trimmed.shots[0].frames, trimmed.shots[0].parts[0].actions[0].end) == (12, pytest.approx(8 / 12, abs=1e-3))
    assert "2.00 → 1.50 s" in words
    late, words = applied("trim", shot="s1", seconds=1.0, keep="end")
    assert [action.verb for action in late.shots[0].parts[0].actions] == ["stand"]
    assert late.shots[0].sounds == ()
    assert "1 sounds cut off" in words
    slower, _ = applied("retime", shot="s1", seconds=4.0)
    assert [a.end for a in slower.shots[0].parts[0].actions] == [0.5, 1.0]
    assert slower.shots[0].sounds[0].at_s == 0.5
    longer, _ = applied("extend", shot="s1", seconds=2.0)
    assert (longer.shots[0].frames, longer.shots[0].parts[0].actions[0].end) == (32, 0.25)
    assert longer.shots[0].parts[0].actions[-1].end == 1.0
    assert trimmed.shots[1:] == board().shots[1:], "the others stay"


@pytest.mark.parametrize(
    ("name", "arguments", "changed"),
    [
        ("grade", {"shot": "s2", "exposure_stops": -0.5}, {"exposure": -0.5}),
        ("title", {"shot": "s2", "text": "The End"}, {"title": "The End"}),
        ("replace_sound", {"shot": "s1", "cue": 1, "sound": "thunder", "at_s": 1.0, "gain_db": 0.0}, {}),
        ("caption", {"shot": "s1", "line": 1, "text": "Good night."}, {}),
        ("transition", {"shot": "s2", "kind": "dissolve", "seconds": 0.5}, {}),
    ],
)
def test_a_tool_changes_its_shot_alone(name: str, arguments: dict[str, Any], changed: dict[str, Any]) -> None:
    after, words = applied(name, **arguments)
    touched = [b.id for a, b in zip(board().shots, after.shots, strict=True) if a != b]
    assert touched == [arguments["shot"]]
    assert words.startswith(f"shot {arguments['shot'][1:]}: ")
    for field, value in changed.items():
        assert getattr(after.shot(arguments["shot"]), field) == value


def test_an_order_names_every_shot_once() -> None:
    after, _ = applied("reorder", shots=["s3", "s1", "s2"])
    assert [shot.id for shot in after.shots] == ["s3", "s1", "s2"]
    for wrong in (["s1", "s2"], ["s1", "s2", "s2"], ["s1", "s2", "s9"]):
        with pytest.raises(BadEdit, match="every shot"):
            applied("reorder", shots=wrong)


@pytest.mark.parametrize(
    ("name", "arguments", "error"),
    [
        ("grade", {"shot": "s9", "exposure_stops": 0.5}, UnknownName),
        ("trim", {"shot": "s1", "seconds": 5, "keep": "start"}, BadEdit),
        ("caption", {"shot": "s2", "line": 1, "text": "Hi"}, BadEdit),
        ("transition", {"shot": "s1", "kind": "dissolve", "seconds": 0.5}, BadEdit),
        ("transition", {"shot": "s2", "kind": "cut", "seconds": 0.5}, BadEdit),
        ("replace_sound", {"shot": "s1", "cue": 9, "sound": "bell", "at_s": 0, "gain_db": 0}, BadEdit),
        ("replace_sound", {"shot": "s1", "cue": 1, "sound": "zzyzx", "at_s": 0, "gain_db": 0}, BadEdit),
        ("continue_from_last_frame", {"shot": "s2"}, ToolRefused),
    ],
)
def test_what_breaks_the_plan_changes_nothing(name: str, arguments: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        applied(name, **arguments)


def test_a_locked_shot_stays() -> None:
    locked = board().with_shot(board().shots[1].model_copy(update={"locked": True}))
    with pytest.raises(BadEdit, match="locked"):
        apply_tool(locked, "grade", call("grade", shot="s2", exposure_stops=1.0), object())


def test_a_tool_that_looks_changes_no_plan() -> None:
    with pytest.raises(ToolRefused, match="does not change the plan"):
        apply_tool(board(), "measure", read_call("measure", '{"take": 1}', tools_of("look")), object())


def test_the_docs_have_the_catalogue_as_it_is() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "director.md").read_text(encoding="utf-8")
    assert table() in page, "write it again: python -m tools.catalogue"
