"""Edits by a language model that calls the tools of the catalogue, over real HTTP."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.director import Director
from agent.llm_client import LLMClient
from agent.llm_editor import CALLS_A_TURN, TURNS, LLMEditor, ToolEdit
from app.dev_llm.faults import ATTACK, Answer, Body, Mind, ToolCall
from app.dev_llm.server import DevServer
from app.directing import by_hand, by_tools
from app.settings import LLMSettings, Settings
from storyboards.brief import Brief
from storyboards.errors import BadEdit, BadInput, PlanningFailed, ToolRefused
from storyboards.storyboard import Storyboard
from tests.fakes import PaintedBackend, ScriptedPlanner, fake_crew, tiny_board


def graded(count: int) -> Answer:
    calls = [
        ToolCall("grade", json.dumps({"shot": f"s{n}", "exposure_stops": -0.5}), f"c{n}") for n in range(1, count + 1)
    ]
    return Answer(calls=tuple(calls), finish_reason="tool_calls")


def once(answer: Answer) -> Mind:
    """A mind that answers so at first and is then done."""

    def mind(body: Body) -> Answer:
        return Answer("It is done.") if any(m["role"] == "tool" for m in body["messages"]) else answer

    return mind


async def edited(server: DevServer, board: Storyboard, words: str = "darker") -> ToolEdit:
    return await LLMEditor(LLMClient(server.base_url, "dev", timeout_s=10.0, max_retries=0)).edit(board, words)


async def test_forty_five_shots_are_changed_in_one_edit() -> None:
    board = tiny_board(60, 4)
    with DevServer(once(graded(45))) as server:
        edit = await edited(server, board)
        told = server.requests[0]["messages"]
    assert [shot.exposure for shot in edit.board.shots] == [-0.5] * 45 + [0.0] * 15
    assert edit.board.shots[45:] == board.shots[45:]
    assert len(edit.changes) == 45
    assert edit.said == "It is done."
    assert "60. id s60" in told[0]["content"]


async def test_what_is_refused_is_told_and_the_rest_is_done() -> None:
    wild = (ToolCall("run_shell", "{}", "a"), ToolCall("title", json.dumps({"shot": ATTACK, "text": "x"}), "b"))
    mixed = Answer(calls=(*wild, *graded(1).calls, ToolCall("inpaint_region", "{}", "d")), finish_reason="tool_calls")
    with DevServer(once(mixed)) as server:
        edit = await edited(server, tiny_board(2))
        answers = [m["content"] for m in server.requests[1]["messages"] if m["role"] == "tool"]
    assert edit.changes == ("shot 1: exposure 0 → -0.5 stops",)
    assert [row.partition(":")[0] for row in edit.refused] == ["run_shell", "title", "inpaint_region"]
    assert [text.partition(":")[0] for text in answers] == ["refused", "refused", "done", "refused"]


async def test_a_model_that_never_ends_or_does_nothing_is_stopped() -> None:
    with DevServer(lambda body: graded(200)) as server:
        edit = await edited(server, tiny_board(2))
        assert server.calls == TURNS
    assert len(edit.refused) >= 200 - CALLS_A_TURN
    poet = DevServer(lambda body: Answer("I would rather write a poem."))
    with poet as server, pytest.raises(BadEdit, match="a poem"):
        await edited(server, tiny_board(2))
    with DevServer(once(graded(1)), lambda call: "server_error") as server, pytest.raises(PlanningFailed, match="500"):
        await edited(server, tiny_board(2))


async def test_only_what_the_tools_change_is_filmed_again(tmp_path: Path) -> None:
    backend = PaintedBackend()
    crew = fake_crew(tmp_path, planner=ScriptedPlanner(tiny_board(3, 8, music=None)), backend=backend)
    director = Director(crew)
    await director.make(Brief(text="A fox."), project="fox")
    with pytest.raises(BadInput, match="no language model"):
        await by_tools(director, Settings(home=tmp_path), "fox", "darker")
    with DevServer(once(graded(1))) as server:
        settings = Settings(home=tmp_path, llm=LLMSettings(base_url=server.base_url, model="dev"))
        board, changes = await by_tools(director, settings, "fox", "the first one darker")
    assert changes == ("shot 1: exposure 0 → -0.5 stops",)
    await director.remake("fox", board, "darker")
    assert backend.filmed[3:] == ["s1"]
    board, change = by_hand(director, "fox", "title", '{"shot": "s2", "text": "The End"}')
    assert (board.shot("s2").title, change) == ("The End", "shot 2: title “The End”")
    with pytest.raises(ToolRefused, match="not offered here"):
        by_hand(director, "fox", "measure", '{"take": 1}')
