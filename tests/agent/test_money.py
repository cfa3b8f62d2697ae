"""What a film may cost holds over all its runs, and what nobody knows counts as spent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent.budget import Budget, allow_cost, price_plan, spent_on
from agent.crew import Crew
from agent.director import Director
from agent.llm_meter import TokenPrices
from agent.llm_planner import LLMPlanner
from app.bootstrap import choose_backend, names_of
from app.dev_llm.mind import studio_mind
from app.dev_llm.server import DevServer
from app.settings import read_settings
from storyboards.brief import Brief, Limits
from storyboards.errors import BadInput, BudgetSpent, GenerationFailed, OverLimit, TakeDoubtful, UnknownName
from tests.fakes import PaintedBackend, ScriptedPlanner, fake_crew, tiny_board
from tools.contract import Progress, ShotRequest, quiet, request_for

VIDEO = {"STORYREEL_VIDEO_BASE_URL": "http://127.0.0.1:1/v1", "STORYREEL_VIDEO_MODEL": "m"}


def brief(cost_usd: float | None, **changes: Any) -> Brief:
    return Brief(text="A fox goes home.", limits=Limits(takes_per_shot=3, cost_usd=cost_usd), **changes)


def crew(home: Path, **changes: Any) -> Crew:
    planner = ScriptedPlanner(tiny_board(2, 8, music=None))
    return fake_crew(home, **{"planner": planner, "backend": PaintedBackend(price_usd=0.25), **changes})


async def test_the_limit_is_of_all_runs_together(tmp_path: Path) -> None:
    hired = crew(tmp_path)
    director = Director(hired)
    film = await director.make(brief(0.60), project="fox")
    assert film.spend_usd == 0.50
    with pytest.raises(OverLimit, match=r"limit is \$0\.60, of which \$0\.50 are spent"):
        await director.edit("fox", "make shot 2 darker")
    assert hired.memory.ledger.spent("fox")[0] == 0.50
    allow_cost(hired, "fox", 0.80)
    after = await director.resume("fox")
    assert (after.status, after.spend_usd) == ("complete", 0.75)


class Dropping(PaintedBackend):
    """Takes orders, and never answers the first one for shot s2."""

    def __init__(self) -> None:
        super().__init__(price_usd=0.25)
        self.orders: list[str] = []

    def order(self, request: ShotRequest, idempotency_key: str, progress: Progress = quiet) -> str:
        self.orders.append(request.shot.id)
        if self.orders.count("s2") == 1 and request.shot.id == "s2":
            raise TakeDoubtful("the line went dead; it may have been charged.", shot_id="s2")
        return f"job-{len(self.orders)}"

    def collect(self, job: str, request: ShotRequest, out: Path, progress: Progress) -> None:
        self.film(request, out, job, progress)


async def test_an_order_of_which_nobody_knows_counts_as_spent(tmp_path: Path) -> None:
    backend = Dropping()
    hired = crew(tmp_path, backend=backend, parallel=1)
    with pytest.raises(TakeDoubtful, match="may have been charged"):
        await Director(hired).make(brief(0.60), project="fox")
    assert hired.memory.ledger.spent("fox")[0] == 0.25
    assert spent_on(hired, "fox") == 0.50
    states = {entry.intent.shot.id: entry.state for entry in hired.memory.ledger.entries("fox")}
    assert states == {"s1": "ready", "s2": "unknown"}
    with pytest.raises(OverLimit, match=r"of which \$0\.50 are spent"):
        await Director(hired).resume("fox")
    allow_cost(hired, "fox", 1.0)
    with pytest.raises(GenerationFailed, match="redoes this shot"):
        await Director(hired).resume("fox")
    assert backend.orders == ["s1", "s2"], "nothing is ordered again by itself"
    film = await Director(hired).edit("fox", "redo shot 2")
    assert (film.status, backend.orders) == ("complete", ["s1", "s2", "s2"])


async def test_a_plan_that_is_only_looked_at_is_paid_for_by_its_project(tmp_path: Path) -> None:
    asked = brief(1.0, duration_s=6.0, size=(64, 64))
    with DevServer(studio_mind) as server:
        planner = LLMPlanner(server.base_url, "dev", prices=TokenPrices(usd_per_mtok_in=2.0, usd_per_mtok_out=8.0))
        hired = crew(tmp_path, planner=planner)
        hired.memory.projects.create(asked, "The fox", "fox")
        await Director(hired).draft("fox")
        drafted = hired.memory.ledger.spent("fox")[0]
        assert drafted == pytest.approx(sum(planner.prices.of(*usage) for usage in server.used))
        await Director(hired).plan(asked, "fox")
        assert hired.memory.ledger.spent("fox")[0] == pytest.approx(2 * drafted)
        allow_cost(hired, "fox", 2 * drafted + 1e-6)
        with pytest.raises(BudgetSpent):
            await Director(hired).plan(asked, "fox")


def test_money_carried_over_counts_once() -> None:
    budget = Budget(Limits(cost_usd=1.0))
    for _ in range(3):
        budget.carry(0.60)
    assert budget.refusal(0.40) == ""
    assert "limit of $1.00" in budget.refusal(0.41)
    assert budget.set_aside(0.40) == ""
    budget.settle(0.40, 0.10)
    assert budget.refusal(0.30) == ""


def test_a_plan_is_priced_within_what_is_left() -> None:
    board, backend = tiny_board(2), PaintedBackend(price_usd=0.25)
    limits = Limits(takes_per_shot=3, cost_usd=1.0)
    assert price_plan(board, backend, limits, None, frozenset()).cost_usd_at_most == 1.0
    assert price_plan(board, backend, limits, None, frozenset(), spent_usd=0.4).cost_usd_at_most == 0.6
    with pytest.raises(OverLimit, match="are spent"):
        price_plan(board, backend, limits, None, frozenset(), spent_usd=0.6)


def test_a_server_of_somebody_is_refused_without_a_price(tmp_path: Path) -> None:
    bare = read_settings({}, tmp_path)
    with pytest.raises(UnknownName, match="STORYREEL_VIDEO_BASE_URL"):
        choose_backend("openai-videos", bare)
    unpriced = read_settings(VIDEO, tmp_path)
    assert "openai-videos" in names_of(unpriced)
    with pytest.raises(BadInput, match="costs is not known"):
        choose_backend("openai-videos", unpriced)
    priced = read_settings(VIDEO | {"STORYREEL_PRICE_OPENAI_VIDEOS_USD_PER_SECOND": "0.10"}, tmp_path)
    assert choose_backend("openai-videos", priced).name == "openai-videos"
    own = choose_backend("animatic", read_settings({"STORYREEL_PRICE_ANIMATIC_USD_PER_SECOND": "0.10"}, tmp_path))
    board = tiny_board(1, 12)
    assert own.price_usd(request_for(board, board.shots[0])) == pytest.approx(0.15)
    with pytest.raises(BadInput, match="USD_PER_SECOND"):
        read_settings({"STORYREEL_PRICE_REEL_USD_PER_SECOND": "cheap"}, tmp_path)
