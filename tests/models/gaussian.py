"""Data whose flow is known exactly."""

from __future__ import annotations

from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Gaussian:
    """Normal data with a mean and a deviation; the flow from normal noise to it in closed form."""

    mean: float = 1.5
    deviation: float = 0.4

    def deviation_at(self, t: torch.Tensor) -> torch.Tensor:
        return (((1 - t) * self.deviation) ** 2 + t**2).sqrt()

    def velocity(self, x: torch.Tensor, t: torch.Tensor, r: torch.Tensor) -> torch.Tensor:
        """Of the flow itself; r is ignored."""
        slope = (t - (1 - t) * self.deviation**2) / self.deviation_at(t) ** 2
        return slope * (x - (1 - t) * self.mean) - self.mean

    def mapped(self, x: torch.Tensor, t: torch.Tensor, r: torch.Tensor) -> torch.Tensor:
        """Where the flow takes x from t to r."""
        ratio = self.deviation_at(r) / self.deviation_at(t)
        return (1 - r) * self.mean + ratio * (x - (1 - t) * self.mean)

    def flow_map(self, x: torch.Tensor, t: torch.Tensor, r: torch.Tensor) -> torch.Tensor:
        """Mean velocity from t to r."""
        span = t - r
        mean_velocity = (x - self.mapped(x, t, r)) / torch.where(span > 0, span, torch.ones_like(span))
        return torch.where(span > 0, mean_velocity, self.velocity(x, t, t))
