"""A backend with a price: dollars for a call and for a second of picture, as the price table says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tools.contract import ShotRequest, VideoBackend


@dataclass(frozen=True)
class BackendPrice:
    """One line of the price table: dollars for each call and for each second of picture, the handle included.

    A backend that has ``billed_s`` is paid for the seconds that this says: it films whole ones, or certain lengths.
    """

    usd_per_second: float = 0.0
    usd_per_call: float = 0.0

    def of(self, seconds: float) -> float:
        return round(self.usd_per_call + self.usd_per_second * seconds, 6)


class PricedBackend:
    """Another backend at a price; everything else is the other's."""

    def __init__(self, backend: VideoBackend, price: BackendPrice) -> None:
        self._backend, self._price = backend, price

    def price_usd(self, request: ShotRequest) -> float:
        billed_s = getattr(self._backend, "billed_s", None)
        seconds = billed_s(request) if billed_s is not None else request.rate.seconds(request.frames)
        return self._backend.price_usd(request) + self._price.of(seconds)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)
