"""A language model as reviser, over real HTTP: it looks, it orders one take, and it cannot do anything else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.director import Director
from agent.events import Event, ToolUsed
from agent.llm_client import LLMClient
from agent.llm_meter import Allowance, TokenPrices
from agent.llm_reviser import CALLS_A_TURN, TURNS, LLMReviser, refilmed
from agent.review import take_claims
from app.dev_llm.faults import Answer, Body, ToolCall
from app.dev_llm.mind import studio_mind
from app.dev_llm.server import DevServer, one_after_another
from storyboards.brief import Brief, Limits
from storyboards.shot import Remake
from tests.fakes import PaintedBackend, ScriptedPlanner, fake_crew, tiny_board
from tools.catalogue import GenerateVideo

BRIEF = Brief(text="A fox goes home.", limits=Limits(takes_per_shot=3))


def crew(home: Path, server: DevServer, **changes: Any) -> Any:
    reviser = LLMReviser(LLMClient(server.base_url, "dev", timeout_s=10.0, max_retries=0), **changes.pop("llm", {}))
    backend = PaintedBackend(wrong_first=frozenset({"s1"}))
    members = {"planner": ScriptedPlanner(tiny_board(2, 8, music=None)), "backend": backend, "reviser": reviser}
    return fake_crew(home, **members | changes)


def ask(name: str, **arguments: Any) -> Answer:
    return Answer(calls=(ToolCall(name, json.dumps(arguments)),))


def video(**changes: Any) -> dict[str, Any]:
    return {"new_seed": True, "exposure_stops": 0.0, "camera_strength": 1.0, "nearer": False, "whole_shot": False,
            "why": "it was purple", **changes}  # fmt: skip


async def test_it_sees_the_verdicts_and_frames_looks_closer_and_orders_a_take(tmp_path: Path) -> None:
    events: list[Event] = []
    with DevServer(studio_mind) as server:
        film = await Director(crew(tmp_path, server)).make(BRIEF, project="fox", on_event=events.append)
        bodies = list(server.requests)
    assert film.status == "complete"
    assert len([take for take in film.takes if take.shot_id == "s1"]) == 2
    assert "colour did not come out" in film.revisions["s1"][0]
    opening = bodies[0]["messages"][1]["content"]
    assert "- fail s1.colour.fox" in opening[0]["text"]
    assert any(row["type"] == "image_url" and row["image_url"]["url"].startswith("data:image/") for row in opening)
    answers = bodies[1]["messages"][2:]
    assert [message["role"] for message in answers] == ["assistant", "tool", "user"]
    assert answers[2]["content"][1]["image_url"]["url"].startswith("data:image/png")
    told = [event.detail.what for event in events if isinstance(event.detail, ToolUsed)]
    assert told == ["looks: inspect contact sheet"]


async def test_what_it_decided_is_remembered(tmp_path: Path) -> None:
    with DevServer(studio_mind) as server:
        hired = crew(tmp_path, server)
        await Director(hired).make(BRIEF, project="fox")
        asked = server.calls
        await Director(hired).resume("fox")
        hired.memory.projects.create(BRIEF, "Twin", "twin")
        assert (await Director(hired).resume("twin")).status == "complete"
        assert server.calls == asked, "the same case is not decided twice"


async def test_a_model_that_only_talks_or_only_looks_ends(tmp_path: Path) -> None:
    with DevServer(lambda body: ask("measure", take=1)) as server:
        film = await Director(crew(tmp_path / "a", server)).make(BRIEF, project="fox")
        assert server.calls == TURNS
    assert film.status == "complete"
    assert any("brought no order" in note and "rulebook did" in note for note in film.notes)
    with DevServer(lambda body: Answer("It is fine as it is.")) as server:
        film = await Director(crew(tmp_path / "b", server)).make(BRIEF, project="fox")
        assert server.calls == 1
    assert film.status == "degraded"
    assert any("orders no other take: It is fine" in note for note in film.notes)


async def test_it_orders_some_of_a_take_anew_where_who_films_can(tmp_path: Path) -> None:
    order = {"place": False, "light": False, "looks": ["fox"], "deeds": [], "why": "it was purple"}
    answers: list[str] = []

    def careful(body: Body) -> Answer:
        answers.extend(m["content"] for m in body["messages"] if m["role"] == "tool")
        names = [tool["function"]["name"] for tool in body["tools"]]
        if "remake_in_part" not in names:
            return Answer("nothing that is offered helps")
        wrong = [{**order, "looks": ["cat"]}, {**order, "looks": []}]
        calls = [order, order] if answers else wrong
        return Answer(
            calls=tuple(ToolCall("remake_in_part", json.dumps(call), f"c{n}") for n, call in enumerate(calls))
        )

    class Remaking(PaintedBackend):
        abilities = frozenset({"remake_in_part"})

    with DevServer(careful) as server:
        backend = Remaking(wrong_first=frozenset({"s1"}))
        events: list[Event] = []
        made = Director(crew(tmp_path / "can", server, backend=backend))
        film = await made.make(BRIEF, project="fox", on_event=events.append)
        able = crew(tmp_path / "can", server, backend=backend)
        plain = await Director(crew(tmp_path / "cannot", server)).make(BRIEF, project="fox")
    assert "'cat' is not in the shot" in answers[0]
    assert "nothing of the take is named" in answers[1]
    told = [event.detail.what for event in events if isinstance(event.detail, ToolUsed)]
    assert "refused 'remake_in_part': limit" in told, "one such order a round"
    first, second = able.memory.ledger.entries("fox", "s1")[:2]
    assert first.take is not None
    assert second.intent.shot.remake == Remake(take=first.take.key, what=("looks of fox",))
    assert film.revisions["s1"]
    assert len([take for take in plain.takes if take.shot_id == "s1"]) == 1


async def test_calls_beyond_the_bounds_are_refused_and_told(tmp_path: Path) -> None:
    answers: list[str] = []

    def greedy(body: Body) -> Answer:
        answers[:] = [m["content"] for m in body["messages"] if m["role"] == "tool"]
        if answers:
            return Answer("done")
        wild = [ToolCall("run_shell", '{"command": "rm -rf /"}', "a"), ToolCall("trim", "{}", "b")]
        orders = [ToolCall("generate_video", json.dumps(video()), f"c{n}") for n in range(8)]
        return Answer(calls=(*wild, *orders), finish_reason="tool_calls")

    events: list[Event] = []
    with DevServer(greedy) as server:
        await Director(crew(tmp_path, server)).make(BRIEF, project="fox", on_event=events.append)
    told = [event.detail.what for event in events if isinstance(event.detail, ToolUsed)]
    assert told[:2] == ["refused 'run_shell': unknown", "refused 'trim': undeclared"]
    assert len([what for what in told if "limit" in what]) == CALLS_A_TURN - 3


async def test_it_is_paid_from_the_film_and_stops_with_its_money(tmp_path: Path) -> None:
    prices = TokenPrices(usd_per_mtok_in=10.0, usd_per_mtok_out=30.0)
    with DevServer(studio_mind) as server:
        hired = crew(tmp_path / "a", server, llm={"prices": prices})
        film = await Director(hired).make(BRIEF, project="fox")
        rows = hired.memory.ledger.spent("fox")
    assert rows[0] == film.spend_usd > 0
    with DevServer(studio_mind) as server:
        poor = BRIEF.model_copy(update={"limits": Limits(takes_per_shot=3, cost_usd=0.01)})
        film = await Director(crew(tmp_path / "b", server, llm={"prices": prices})).make(poor, project="fox")
        assert server.calls == 0
    assert any("cost limit of $0.01" in note for note in film.notes)
    few = Allowance(calls=1, tokens=10**6, seconds=60.0)
    with DevServer(lambda body: ask("measure", take=1)) as server:
        film = await Director(crew(tmp_path / "c", server, llm={"allowance": few})).make(BRIEF, project="fox")
        assert server.calls == 1
    assert any("limit of 1 calls" in note for note in film.notes)


async def test_a_model_that_is_away_leaves_the_rulebook_and_a_note(tmp_path: Path) -> None:
    with DevServer(studio_mind, one_after_another(["server_error", "refusal"])) as server:
        film = await Director(crew(tmp_path, server)).make(BRIEF, project="fox")
    assert film.status == "complete"
    assert any("could not revise it" in note and "500" in note for note in film.notes)


@settings(max_examples=60, deadline=None)
@given(
    st.builds(
        GenerateVideo, new_seed=st.booleans(), exposure_stops=st.floats(-2, 2), camera_strength=st.floats(0.25, 2.0),
        nearer=st.booleans(), whole_shot=st.booleans(), why=st.just("a reason"),
    )
)  # fmt: skip
def test_an_order_never_changes_a_promise(call: GenerateVideo) -> None:
    board = tiny_board(2)
    planned = board.shots[0]
    made = refilmed(planned, call, 1)
    changed = {name for name in type(made).model_fields if getattr(made, name) != getattr(planned, name)}
    assert changed <= {"seed", "exposure", "camera", "parts"}
    assert made.camera.move == planned.camera.move
    assert [part.element for part in made.parts] == [part.element for part in planned.parts]
    promised = {c.id: c.expected for c in take_claims(board, planned)}
    after = {c.id: c.expected for c in take_claims(board.with_shot(made), made) if c.kind != "exposure"}
    assert after == promised
    board.with_shot(made)
