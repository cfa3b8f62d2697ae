"""What a plan will cost before anything is spent, and what is left of the limits while it is spent."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from pydantic import BaseModel, ConfigDict

from agent.crew import Crew
from agent.review import take_claims
from storyboards.brief import Limits
from storyboards.errors import BudgetSpent, OverLimit
from storyboards.shot import Shot
from storyboards.storyboard import Storyboard
from tools.contract import Judge, PaidJudge, VideoBackend, request_for


class ShotPrice(BaseModel):
    """What the first round of takes of a shot costs; nothing when a take of it is there already."""

    model_config = ConfigDict(frozen=True)
    shot_id: str
    cost_usd: float
    seconds: float | None
    is_made: bool


class PricedPlan(BaseModel):
    """A plan with its price, to say yes or no to.

    Attributes:
        board: the plan itself.
        token: digest of the storyboard: what was agreed to. Filming refuses any other plan.
        cost_usd: of the first round of takes of every shot that is still to be made, judged; ``cost_usd_at_most`` with
            every retake allowed.
        seconds: of work for those takes, from what this backend took before on this machine; None if it never ran.
    """

    model_config = ConfigDict(frozen=True)
    board: Storyboard
    token: str
    backend: str
    shots: tuple[ShotPrice, ...]
    takes_per_shot: int
    cost_usd: float
    cost_usd_at_most: float
    seconds: float | None

    def describe(self) -> str:
        """The price in a sentence or two."""
        made = sum(shot.is_made for shot in self.shots)
        work = "unknown time" if self.seconds is None else f"about {self.seconds:.0f} s of work"
        reused = f", {made} of them made already" if made else ""
        return (
            f"{len(self.shots)} shots{reused}: ${self.cost_usd:.2f} with {self.backend} and {work}. "
            f"With every retake (up to {self.takes_per_shot} takes a shot) at most ${self.cost_usd_at_most:.2f}."
        )


def price_plan(
    board: Storyboard, backend: VideoBackend, limits: Limits, pace: float | None, made: frozenset[str],
    judges: Sequence[Judge] = (), spent_usd: float = 0.0,
) -> PricedPlan:  # fmt: skip
    """Price a plan.

    Args:
        pace: measured seconds per million pixels (:meth:`agent.memory.ledger.Ledger.pace`).
        made: ids of the shots that need no first take.
        judges: of whom some may be paid for their opinion on each take.
        spent_usd: by the project before, which counts against the limit.

    Raises:
        OverLimit: one take of every shot costs more than the limit. Nothing was spent.
    """
    prices = {shot.id: take_price(board, shot, backend, judges) for shot in board.shots}
    rows = []
    for shot in board.shots:
        request, is_made = request_for(board, shot), shot.id in made
        takes = 1 if shot.locked else min(limits.takes_at_once, limits.takes_per_shot)
        pixels = request.frames * request.width * request.height
        seconds = 0.0 if is_made else None if pace is None else round(takes * pace * pixels / 1e6, 2)
        cost_usd = 0.0 if is_made else takes * prices[shot.id]
        rows.append(ShotPrice(shot_id=shot.id, cost_usd=cost_usd, seconds=seconds, is_made=is_made))
    cost_usd = sum(price for shot_id, price in prices.items() if shot_id not in made)
    left_usd = None if limits.cost_usd is None else max(0.0, limits.cost_usd - spent_usd)
    if left_usd is not None and cost_usd > left_usd + 1e-9:
        before = f", of which ${spent_usd:.2f} are spent" if spent_usd else ""
        raise OverLimit(
            f"one take of every shot that is missing costs ${cost_usd:.2f} with {backend.name}; the limit is "
            f"${limits.cost_usd:.2f}{before}.",
            next_step="Raise the limit, ask for fewer or shorter shots, or use a local backend.",
        )
    cost_usd = sum(row.cost_usd for row in rows)
    most = sum(prices[shot.id] * (limits.takes_per_shot - (shot.id in made)) for shot in board.shots)
    if left_usd is not None:
        cost_usd, most = min(cost_usd, left_usd), min(most, left_usd)
    known = [row.seconds for row in rows if row.seconds is not None]
    return PricedPlan(
        board=board, token=board.digest(), backend=backend.name, shots=tuple(rows),
        takes_per_shot=limits.takes_per_shot,
        cost_usd=round(cost_usd, 4), cost_usd_at_most=round(most, 4),
        seconds=round(sum(known), 1) if len(known) == len(rows) else None,
    )  # fmt: skip


def spent_on(crew: Crew, project: str) -> float:
    """Dollars that a project has cost, those included of which nobody knows whether they were charged."""
    ledger = crew.memory.ledger
    spent_usd, _ = ledger.spent(project)
    doubtful = (entry.intent.price_usd for entry in ledger.entries(project) if entry.state in ("unknown", "running"))
    return spent_usd + sum(doubtful)


def allow_cost(crew: Crew, project: str, cost_usd: float) -> None:
    """Set the limit of a project anew.

    Raises:
        UnknownName: no such project.
    """
    brief = crew.memory.projects.open(project).brief
    limits = brief.limits.model_copy(update={"cost_usd": cost_usd})
    crew.memory.projects.change(project, brief=brief.model_copy(update={"limits": limits}))


def take_price(board: Storyboard, shot: Shot, backend: VideoBackend, judges: Sequence[Judge]) -> float:
    """Of filming the shot once and having the take judged."""
    request, claims = request_for(board, shot), take_claims(board, shot)
    judging = sum(judge.price_usd(claims, request) for judge in judges if isinstance(judge, PaidJudge))
    return backend.price_usd(request) + judging


class Budget:
    """The limits of one run, counted down. Safe for threads: judges pay from it while takes are filmed."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits, self._clock, self._began = limits, clock, clock()
        self._promised_usd = self._carried_usd = 0.0
        self._purse = threading.Lock()

    @property
    def wall_s(self) -> float:
        """Seconds since the run began."""
        return self._clock() - self._began

    def carry(self, spent_usd: float) -> None:
        """What the project cost in earlier runs counts against its limit, once."""
        with self._purse:
            self._promised_usd, self._carried_usd = self._promised_usd + spent_usd - self._carried_usd, spent_usd

    def take_first(self, price_usd: float, shot_id: str) -> None:
        """Set the price of a first take aside.

        Raises:
            BudgetSpent: there is no time or money left for it; the takes that exist are kept.
        """
        why = self.set_aside(price_usd)
        if why:
            raise BudgetSpent(
                f"{why} before every shot had a take; what there is is kept.",
                next_step="Raise it: `storyreel resume PROJECT --max-cost DOLLARS`.", shot_id=shot_id,
            )  # fmt: skip

    def take_again(self, takes_made: int, price_usd: float) -> str:
        """Set the price of a retake aside, or say in words why there can be none; empty when there can."""
        if takes_made >= self._limits.takes_per_shot:
            return f"the limit of {self._limits.takes_per_shot} takes a shot was reached"
        return self.set_aside(price_usd)

    def set_aside(self, price_usd: float) -> str:
        """Set the price of some work aside, or say in words why there is no time or money for it."""
        with self._purse:
            why = self._exhausted(price_usd)
            if not why:
                self._promised_usd += price_usd
            return why

    def refusal(self, price_usd: float) -> str:
        """Why there is no time or money for work of this price, empty if there is; nothing is set aside."""
        with self._purse:
            return self._exhausted(price_usd)

    def settle(self, price_usd: float, cost_usd: float) -> None:
        """Work for which ``price_usd`` was set aside has cost ``cost_usd``."""
        with self._purse:
            self._promised_usd += cost_usd - price_usd

    def _exhausted(self, price_usd: float) -> str:
        limits = self._limits
        if limits.wall_s is not None and self.wall_s >= limits.wall_s:
            return f"the time limit of {limits.wall_s:g} s was reached"
        if limits.cost_usd is not None and self._promised_usd + price_usd > limits.cost_usd + 1e-9:
            return f"the cost limit of ${limits.cost_usd:.2f} was reached"
        return ""
