"""A language model that goes wrong in every way at every step: nothing undeclared, outside or overspent comes of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.llm_planner import LLMPlanner
from app.dev_llm.faults import Answer, FaultKind
from app.dev_llm.mind import studio_mind
from app.dev_llm.server import DevServer
from storyboards.errors import BudgetSpent, PlannerReplyInvalid
from tests.agent.fault_runs import BRIEF, PRICES, Run, cases, make_film, wrongs


@pytest.mark.parametrize(
    ("fault", "when", "ends"),
    [
        ("obeys_attacker", "from 2", {"complete", "degraded"}),
        ("dropped_stream", "1,3", {"complete"}),
        ("truncated_json", "always", {"PlannerReplyInvalid"}),
        ("refusal", "always", {"PlannerRefused"}),
    ],
)
async def test_a_film_ends_clearly_whatever_the_model_does(
    fault: FaultKind, when: str, ends: set[str], tmp_path: Path
) -> None:
    run = await make_film(tmp_path / "film", fault, when)
    assert wrongs(run) == []
    assert run.end in ends


@pytest.mark.slow
@pytest.mark.timeout(3600)
async def test_two_hundred_films(tmp_path: Path) -> None:
    runs = [await make_film(tmp_path / str(n), fault, when) for n, (fault, when) in enumerate(cases(200))]
    assert [row for run in runs for row in wrongs(run)] == []
    assert {run.fault for run in runs if run.end == "complete"} >= {
        "rate_limit",
        "empty",
        "invalid_schema",
        "wrong_tool",
    }


async def test_ten_thousand_shots_are_refused_also_of_a_server_that_does_not_keep_to_limits() -> None:
    with DevServer(studio_mind, lambda call: "ten_thousand_shots", honest=False) as server:
        with pytest.raises(PlannerReplyInvalid, match="10000 shots are too many"):
            await LLMPlanner(server.base_url, "dev", timeout_s=20.0).plan(BRIEF)
        assert server.calls == 3
        with pytest.raises(BudgetSpent):
            await LLMPlanner(server.base_url, "dev", timeout_s=20.0, prices=PRICES).plan(BRIEF)
        assert server.calls == 4, "it was told once what that costs"


def test_what_must_not_be_is_seen() -> None:
    fine = Run("refusal", "1", "PlannerRefused", "say it otherwise", (), (), 0.1, 3, 1.0)
    assert wrongs(fine) == []
    for changes in ({"strange_tools": ("run_shell",)}, {"strays": ("../x",)}, {"charged_usd": 1.01}, {"calls": 99},
                    {"next_step": ""}):  # fmt: skip
        assert len(wrongs(Run(**{**fine.__dict__, **changes}))) == 1


def test_the_stream_says_what_the_whole_reply_says() -> None:
    from openai import OpenAI

    with DevServer(lambda body: Answer(json.dumps({"fox": "orange " * 20}))) as server:
        client = OpenAI(base_url=server.base_url, api_key="none", max_retries=0)
        asked = {"model": "dev", "messages": [{"role": "user", "content": "a fox"}]}
        whole = client.chat.completions.create(**asked)  # type: ignore[call-overload]
        pieces = list(client.chat.completions.create(**asked, stream=True, stream_options={"include_usage": True}))  # type: ignore[call-overload]
    said = "".join(piece.choices[0].delta.content or "" for piece in pieces if piece.choices)
    assert said == whole.choices[0].message.content
    assert pieces[-1].usage == whole.usage
    assert len(pieces) > 5
