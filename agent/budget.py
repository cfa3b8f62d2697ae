"""What a plan will cost before anything is spent, and what is left of the limits while it is spent."""

from __future__ import annotations

import time
from collections.abc import Callable

from pydantic import BaseModel, ConfigDict

from storyboards.brief import Limits
from storyboards.errors import BudgetSpent, OverLimit
from storyboards.storyboard import Storyboard
from tools.contract import VideoBackend, request_for


class ShotPrice(BaseModel):
    """What the first take of a shot costs; nothing when a take of it is there already."""

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
        cost_usd: of one take of every shot that is still to be made; ``cost_usd_at_most`` with every retake allowed.
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
    board: Storyboard, backend: VideoBackend, limits: Limits, pace: float | None, made: frozenset[str]
) -> PricedPlan:
    """Price a plan.

    Args:
        pace: measured seconds per million pixels (:meth:`agent.memory.ledger.Ledger.pace`).
        made: ids of the shots that need no first take.

    Raises:
        OverLimit: one take of every shot costs more than the limit. Nothing was spent.
    """
    rows = []
    for shot in board.shots:
        request, is_made = request_for(board, shot), shot.id in made
        pixels = request.frames * request.width * request.height
        seconds = 0.0 if is_made else None if pace is None else round(pace * pixels / 1e6, 2)
        cost_usd = 0.0 if is_made else backend.price_usd(request)
        rows.append(ShotPrice(shot_id=shot.id, cost_usd=cost_usd, seconds=seconds, is_made=is_made))
    cost_usd = sum(row.cost_usd for row in rows)
    if limits.cost_usd is not None and cost_usd > limits.cost_usd:
        raise OverLimit(
            f"one take of every shot costs ${cost_usd:.2f} with {backend.name}; the limit is ${limits.cost_usd:.2f}.",
            next_step="Raise the limit, ask for fewer or shorter shots, or use a local backend.",
        )
    retakes = {shot.id: limits.takes_per_shot - (shot.id in made) for shot in board.shots}
    most = sum(backend.price_usd(request_for(board, shot)) * retakes[shot.id] for shot in board.shots)
    if limits.cost_usd is not None:
        most = min(most, limits.cost_usd)
    known = [row.seconds for row in rows if row.seconds is not None]
    return PricedPlan(
        board=board, token=board.digest(), backend=backend.name, shots=tuple(rows),
        takes_per_shot=limits.takes_per_shot,
        cost_usd=round(cost_usd, 4), cost_usd_at_most=round(most, 4),
        seconds=round(sum(known), 1) if len(known) == len(rows) else None,
    )  # fmt: skip


class Budget:
    """The limits of one run, counted down. Used from the event loop only."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits, self._clock, self._began = limits, clock, clock()
        self._promised_usd = 0.0

    @property
    def wall_s(self) -> float:
        """Seconds since the run began."""
        return self._clock() - self._began

    def take_first(self, price_usd: float, shot_id: str) -> None:
        """Set the price of a first take aside.

        Raises:
            BudgetSpent: there is no time or money left for it; the takes that exist are kept.
        """
        why = self._exhausted(price_usd)
        if why:
            raise BudgetSpent(
                f"{why} before every shot had a take.", next_step="Raise it, then `storyreel resume`.", shot_id=shot_id
            )
        self._promised_usd += price_usd

    def take_again(self, takes_made: int, price_usd: float) -> str:
        """Set the price of a retake aside, or say in words why there can be none; empty when there can."""
        if takes_made >= self._limits.takes_per_shot:
            return f"the limit of {self._limits.takes_per_shot} takes a shot was reached"
        why = self._exhausted(price_usd)
        if not why:
            self._promised_usd += price_usd
        return why

    def _exhausted(self, price_usd: float) -> str:
        limits = self._limits
        if limits.wall_s is not None and self.wall_s >= limits.wall_s:
            return f"the time limit of {limits.wall_s:g} s was reached"
        if limits.cost_usd is not None and self._promised_usd + price_usd > limits.cost_usd + 1e-9:
            return f"the cost limit of ${limits.cost_usd:.2f} was reached"
        return ""
