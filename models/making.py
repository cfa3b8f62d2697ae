"""How carefully the generator makes something: steps, solver and guidance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from models.guidance import Guidance
from models.sampler import Sampling


@dataclass(frozen=True)
class Making:
    """How carefully to make it; the defaults are for a network that was taught the velocity alone.

    Attributes:
        picture_steps, clip_steps: evaluations for the first frame, which is small, and for the rest.
        text, reference, event: guidance of the caption, of the references, and of what is to be heard; 1 costs nothing.
        interval: times at which guidance acts.
        parallel: share of the guidance along the prediction that is kept; less saturates less (APG).
        solver, flow_map, keeping: see :class:`models.sampler.Sampling`.
    """

    picture_steps: int = 24
    clip_steps: int = 12
    text: float = 2.5
    reference: float = 1.5
    event: float = 1.5
    interval: tuple[float, float] = (0.05, 0.95)
    parallel: float = 0.3
    solver: str = "euler"
    flow_map: bool = False
    keeping: bool = False

    @classmethod
    def of(cls, recipe: Mapping[str, Any]) -> Making:
        """For weights of this recipe: few steps where the network was taught where long ones lead."""
        return cls(4, 4, text=1.5, flow_map=True) if recipe.get("shortcut") else cls()

    @property
    def picture(self) -> Sampling:
        return Sampling(self.picture_steps, self.solver, flow_map=self.flow_map, keeping=self.keeping)

    @property
    def clip(self) -> Sampling:
        return Sampling(self.clip_steps, self.solver, flow_map=self.flow_map, keeping=self.keeping)

    @property
    def guidance(self) -> Guidance:
        return Guidance(
            {"text": self.text, "reference": self.reference, "event": self.event}, self.interval, parallel=self.parallel
        )

    def card(self) -> dict[str, Any]:
        """As JSON can hold it, for recipes."""
        return asdict(self)
