"""What language models may spend, held outside of them: calls, tokens, seconds and dollars."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class TokenPrices:
    """Dollars for a million tokens; 0 for a server of one's own."""

    usd_per_mtok_in: float = 0.0
    usd_per_mtok_out: float = 0.0

    def of(self, tokens_in: int, tokens_out: int) -> float:
        return (tokens_in * self.usd_per_mtok_in + tokens_out * self.usd_per_mtok_out) / 1e6


@dataclass(frozen=True)
class Allowance:
    """The most that one piece of work may use. ``seconds`` are wall-clock; ``cost_usd`` None is without a limit."""

    calls: int
    tokens: int
    seconds: float
    cost_usd: float | None = None


class Purse(Protocol):
    """What is paid from. :class:`agent.budget.Budget` is one."""

    def set_aside(self, price_usd: float) -> str:
        """Why there is no money for it, empty when it was set aside."""
        ...

    def settle(self, price_usd: float, cost_usd: float) -> None: ...


@dataclass(frozen=True)
class Usage:
    """One answered call: tokens as the server counts them, dollars by the price table, seconds."""

    tokens_in: int
    tokens_out: int
    cost_usd: float
    wall_s: float


Charge = Callable[[Usage], None]
"""Told of every answered call at once, so that money is not forgotten by a crash in between."""


class Spent(Exception):
    """There is nothing left for another call; the words say of what."""


class Meter:
    """Counts what is used, and refuses a call that could use more than is allowed.

    Args:
        purse: the film's own money, if the work is paid from it.
        charge: told of every answered call.
    """

    def __init__(
        self, allowance: Allowance, prices: TokenPrices, purse: Purse | None = None, charge: Charge | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._allowance, self._prices, self._purse, self._charge = allowance, prices, purse, charge
        self._clock, self._began = clock, clock()
        self.calls = self.tokens = 0
        self.cost_usd = 0.0

    @property
    def seconds_left(self) -> float:
        return self._allowance.seconds - (self._clock() - self._began)

    def begin(self, tokens_in: int, most_out: int) -> float:
        """The price that is set aside for a call of about ``tokens_in`` with a reply of at most ``most_out`` tokens.

        Raises:
            Spent: naming the limit; the call must not be made.
        """
        allowed, price_usd = self._allowance, self._prices.of(tokens_in, most_out)
        if self.calls >= allowed.calls:
            raise Spent(f"the limit of {allowed.calls} calls was reached")
        if self.tokens + tokens_in > allowed.tokens:
            raise Spent(f"the limit of {allowed.tokens:,} tokens was reached")
        if self.seconds_left <= 0:
            raise Spent(f"the limit of {allowed.seconds:g} s was reached")
        if allowed.cost_usd is not None and self.cost_usd + price_usd > allowed.cost_usd + 1e-9:
            raise Spent(f"the cost limit of ${allowed.cost_usd:.2f} was reached")
        refused = self._purse.set_aside(price_usd) if self._purse is not None and price_usd else ""
        if refused:
            raise Spent(refused)
        self.calls += 1
        return price_usd

    def answered(self, price_usd: float, tokens_in: int, tokens_out: int, wall_s: float) -> None:
        """Settle a call for which ``price_usd`` was set aside."""
        cost_usd = self._prices.of(tokens_in, tokens_out)
        self.tokens += tokens_in + tokens_out
        self.cost_usd += cost_usd
        if self._purse is not None and price_usd:
            self._purse.settle(price_usd, cost_usd)
        if self._charge is not None:
            self._charge(Usage(tokens_in, tokens_out, cost_usd, wall_s))

    def unanswered(self, price_usd: float, *, refused: bool) -> None:
        """A call that brought nothing. One that the server refused costs nothing; of any other nobody knows, so its
        price counts against the limits and stays set aside."""
        if refused:
            if self._purse is not None and price_usd:
                self._purse.settle(price_usd, 0.0)
        else:
            self.cost_usd += price_usd
