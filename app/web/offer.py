"""A plan with its price, to be agreed to before anything is filmed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.budget import take_price
from agent.propose import priced
from storyboards.errors import OverLimit

if TYPE_CHECKING:
    from agent.crew import Crew
    from app.web.view import PageView
    from storyboards.storyboard import Storyboard


@dataclass(frozen=True)
class Offer:
    """What filming the plan in force costs. ``token`` stands for the plan: any other is not filmed on this yes.

    Attributes:
        to_film: shots that need a take; ``ready`` have one.
        seconds: of work, None where this backend has never worked here.
        refused: why the limits do not allow it, empty if they do.
    """

    title: str
    verb: str
    token: str
    backend: str
    to_film: int
    ready: int
    cost_usd: float
    cost_usd_at_most: float
    seconds: float | None
    changes: tuple[str, ...] = ()
    refused: str = ""


def offer_of(crew: Crew, page: PageView) -> Offer | None:
    """The price of what is planned and not filmed; None where the film is of the plan in force, or there is no plan."""
    board = page.board
    if board is None or page.stage not in ("planned", "changed"):
        return None
    title = "The storyboard is ready" if page.film is None else "The plan has changed"
    verb = "Film it" if page.film is None else "Film what changed"
    try:
        plan = priced(crew, page.view.project, board)
    except OverLimit as error:
        return Offer(title, verb, board.digest(), crew.backend.name, len(board.shots), 0, 0.0, 0.0, None,
                     refused=str(error))  # fmt: skip
    ready = sum(shot.is_made for shot in plan.shots)
    return Offer(
        title, verb if ready < len(plan.shots) else "Cut it anew", plan.token, plan.backend, len(plan.shots) - ready,
        ready, plan.cost_usd, plan.cost_usd_at_most, plan.seconds,
    )  # fmt: skip


def is_free(crew: Crew, board: Storyboard) -> bool:
    """Whether filming costs no money, so that nobody has to be asked before a change is filmed."""
    return all(take_price(board, shot, crew.backend, crew.judges) == 0 for shot in board.shots)
