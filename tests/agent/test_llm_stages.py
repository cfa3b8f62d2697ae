"""Long films planned in stages by a scripted model over real HTTP: what is asked, what is mended, what it may cost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agent.dialogue import cast_voices, laid_out, spoken_as
from agent.llm_client import LLMClient
from agent.llm_meter import Allowance, Meter, TokenPrices
from agent.llm_notebook import StoreNotebook
from agent.llm_planner import LLMPlanner
from agent.llm_stages import shares
from app.dev_llm.faults import Answer, Body, FaultKind
from app.dev_llm.mind import studio_mind
from app.dev_llm.server import DevServer, one_after_another
from storyboards.brief import Brief, Limits
from storyboards.claims import compile_claims
from storyboards.errors import BudgetSpent, PlannerReplyInvalid
from storyboards.shot import Line
from storyboards.timeline import Caption, to_vtt
from tests.fakes import tiny_board
from tools.store import Store
from tools.voices import EMOTIONS, emotion_called, voice_called

LONG = Brief(
    text="A film in 60 shots: a fox walks through the forest, crosses a river, meets an owl in a village and sleeps by "
    "the sea. “Where is my lantern?” says the fox. “Follow me!” says the owl. A bear chases a rabbit up a mountain. "
    "A robot finds a lantern in the desert and carries it home.",
    duration_s=240.0,
)
SPOKEN = Brief(
    text="A fox meets an owl in the snow. “Hello!” says the fox. “Who are you?” says the owl.", duration_s=12
)


def planner(server: DevServer, **changes: Any) -> LLMPlanner:
    return LLMPlanner(server.base_url, "dev", **{"timeout_s": 10.0, "max_retries": 0, **changes})


async def test_sixty_shots_are_planned_a_scene_at_a_time() -> None:
    with DevServer(studio_mind) as server:
        board = await planner(server).plan(LONG)
        forms = [body["response_format"]["json_schema"]["name"] for body in server.requests]
        longest = max(len(json.dumps(json.loads(studio_mind(body).text).get("shots", ()))) for body in server.requests)
    assert (len(board.shots), board.frames) == (60, 240 * 24)
    assert forms[0] == "Treatment"
    assert forms.count("ActScenes") == 4
    assert forms.count("SceneShots") >= 8
    assert "FilmPlan" not in forms
    assert longest < 8_000, "no reply is longer than a scene"
    assert compile_claims(board)


async def test_a_scene_is_told_the_shot_before_it_and_the_schema_is_closed() -> None:
    with DevServer(studio_mind) as server:
        await planner(server).plan(LONG)
        scenes = [b for b in server.requests if b["response_format"]["json_schema"]["name"] == "SceneShots"]
    assert len(scenes) >= 8
    assert "The shot before them" not in scenes[0]["messages"][1]["content"]
    assert all("The shot before them" in body["messages"][1]["content"] for body in scenes[1:])
    schema = scenes[0]["response_format"]["json_schema"]
    assert schema["strict"] is True
    objects = [schema["schema"], *schema["schema"]["$defs"].values()]
    assert all(
        node["additionalProperties"] is False and node["required"] == list(node["properties"]) for node in objects
    )


@pytest.mark.parametrize("fault", ["truncated_json", "invalid_schema", "empty", "ten_thousand_shots", "wrong_tool"])
async def test_a_bad_reply_in_the_middle_costs_one_reply(fault: FaultKind) -> None:
    with DevServer(studio_mind, one_after_another([None, None, None, None, None, None, fault])) as server:
        board = await planner(server).plan(LONG)
        calls = server.calls
    with DevServer(studio_mind) as server:
        assert board == await planner(server).plan(LONG)
        assert calls == server.calls + 1


async def test_a_scene_of_the_wrong_length_is_sent_back_with_the_number() -> None:
    spoiled: list[int] = []

    def forgetful(body: Body) -> Answer:
        answer = studio_mind(body)
        if body["response_format"]["json_schema"]["name"] == "SceneShots" and not spoiled:
            document = json.loads(answer.text)
            document["shots"] = document["shots"][:-1] or document["shots"] * 2
            spoiled.append(len(document["shots"]))
            return Answer(json.dumps(document))
        return answer

    with DevServer(forgetful) as server:
        board = await planner(server).plan(LONG)
        repair = next(
            b["messages"][-1]["content"] for b in server.requests if "could not be used" in str(b["messages"])
        )
    assert len(board.shots) == 60
    assert f"there were {spoiled[0]}" in repair


async def test_repairs_end() -> None:
    with DevServer(studio_mind, lambda call: "invalid_schema") as server:
        with pytest.raises(PlannerReplyInvalid, match="3 replies"):
            await planner(server).plan(LONG)
        assert server.calls == 3


async def test_a_busy_server_is_asked_again_after_the_time_it_names_and_each_try_is_metered() -> None:
    with DevServer(studio_mind, one_after_another(["rate_limit", "server_error"])) as server:
        meter = Meter(Allowance(10, 10**6, 60.0), TokenPrices())
        await planner(server, max_retries=2).plan_with(SPOKEN, meter)
        assert (server.calls, meter.calls) == (3, 3)


async def test_planning_stops_before_it_costs_more_than_the_film_may() -> None:
    prices = TokenPrices(usd_per_mtok_in=5.0, usd_per_mtok_out=20.0)
    with DevServer(studio_mind) as server:
        client = planner(server, prices=prices)
        meter = Meter(Allowance(150, 10**7, 60.0, 0.40), prices)
        with pytest.raises(BudgetSpent, match=r"cost limit of \$0\.40"):
            await client.plan_with(LONG, meter)
        assert 2 <= server.calls < 17
        assert 0 < meter.cost_usd <= 0.40
        with pytest.raises(BudgetSpent):
            await client.plan(LONG.model_copy(update={"limits": Limits(cost_usd=0.01)}))


async def test_a_plan_that_was_broken_off_goes_on_with_the_replies_it_had(tmp_path: Path) -> None:
    notebook = StoreNotebook(Store(tmp_path / "store"))
    with DevServer(studio_mind, one_after_another([None] * 6 + ["refusal"])) as server:
        with pytest.raises(Exception, match="declined"):
            await planner(server, notebook=notebook).plan(LONG)
        assert server.calls == 7
        board = await planner(server, notebook=notebook).plan(LONG)
        whole = server.calls - 1
        assert await planner(server, notebook=notebook).plan(LONG) == board
        assert server.calls == whole + 1, "nothing more is asked"
    with DevServer(studio_mind) as server:
        assert board == await planner(server).plan(LONG)
        assert server.calls == whole, "six replies were kept, the refused one was asked again"


async def test_a_server_that_refuses_a_parameter_is_not_sent_it_again() -> None:
    with DevServer(studio_mind) as server:
        client = LLMClient(server.base_url, "dev", timeout_s=5.0)
        assert client._learned("Unsupported parameter: 'max_completion_tokens'", {"seed": 0})
        assert client._learned("unknown field seed", {"seed": 0})
        assert not client._learned("unknown field seed", {"seed": 0})
        await client.turn([{"role": "user", "content": "hello"}], [], Meter(Allowance(1, 10**5, 9.0), TokenPrices()))
        sent = server.requests[-1]
    assert "max_tokens" in sent
    assert "max_completion_tokens" not in sent


async def test_lines_have_speakers_moods_and_voices_for_the_whole_film() -> None:
    def moody(body: Body) -> Answer:
        document = json.loads(studio_mind(body).text)
        for shot in document["shots"]:
            for line in shot["lines"]:
                line["emotion"] = "very scared" if line["speaker"] == "fox" else "indescribable"
        return Answer(json.dumps(document))

    with DevServer(moody) as server:
        board = await planner(server).plan(SPOKEN)
    said = {line.speaker: line for shot in board.shots for line in shot.lines}
    assert said["fox"].emotion == "afraid"
    assert said["owl"].emotion == ""
    assert any("indescribable" in note.asked for note in board.substitutions)
    voices = {element.id: element.voice for element in board.elements}
    assert len(set(voices.values())) == 2
    assert "narrator" not in voices.values()
    claim = next(c for c in compile_claims(board) if c.kind == "narration" and c.other == "fox")
    assert claim.text == "The fox says (afraid): “Hello!”"


def test_a_voice_is_cast_once_and_kept() -> None:
    lines = (Line(text="Hello.", speaker="fox"), Line(text="Good night.", speaker="cat"))
    board = tiny_board(4)
    board = board.with_shot(board.shots[2].model_copy(update={"lines": lines}))
    board = board.changed(elements=tuple(
        e.model_copy(update={"voice": "creature"}) if e.id == "cat" else e for e in board.elements
    ))  # fmt: skip
    cast = cast_voices(board)
    voices = {element.id: element.voice for element in cast.elements}
    assert voices["cat"] == "creature"
    assert voices["fox"] not in ("", "creature", "narrator")
    assert voices["owl"] == "", "who says nothing needs none"
    assert cast_voices(cast) == cast


def test_lines_follow_each_other() -> None:
    placed = laid_out([Line(text="one two three four five six"), Line(text="seven")], 5.0)
    assert placed[0].at_s == 0.25
    assert placed[1].at_s == pytest.approx(0.25 + 6 / 2.4 + 0.3)
    assert laid_out([Line(text="word " * 40), Line(text="late")], 2.0)[1].at_s == 1.9


def test_a_mood_changes_the_voice_and_nothing_else_does() -> None:
    assert spoken_as("child", "sad") == "child:sad"
    assert spoken_as("", "terrified") == "narrator:afraid"
    assert spoken_as("child", "chartreuse") == "child"
    plain, sad = voice_called("child"), voice_called("child:sad")
    assert (sad.variant, sad.server_voice) == (plain.variant, plain.server_voice)
    assert sad.pitch < plain.pitch
    assert sad.words_per_minute < plain.words_per_minute
    assert all(emotion_called(word) == mood for mood, emotion in EMOTIONS.items() for word in (mood, *emotion.words))


def test_captions_say_who_speaks() -> None:
    told = to_vtt((Caption(start_s=0, end_s=1, text="Hello!", speaker="fox"), Caption(start_s=1, end_s=2, text="So.")))
    assert "<v fox>Hello!" in told
    assert "<v narrator>" not in told


@pytest.mark.parametrize(
    ("weights", "total", "most"), [([3, 1, 1], 10, 8), ([1, 1], 2, 8), ([9, 1], 9, 8), ([1] * 7, 50, 8)]
)
def test_shares_add_up_within_their_bounds(weights: list[float], total: int, most: int) -> None:
    portions = shares(weights, total, most)
    assert sum(portions) == total
    assert all(1 <= portion <= most for portion in portions)


def test_shares_that_cannot_be_are_refused() -> None:
    for weights, total in (([1, 1, 1], 2), ([1], 9)):
        with pytest.raises(ValueError, match="cannot be shared"):
            shares(weights, total, 8)
