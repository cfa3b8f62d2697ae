"""Sampling under constraints: what is known to hold of the clean end is put into every guess of it.

At each evaluation the straight line through ``x_t`` ends in a guess of the clean latents. The guess is replaced by the
nearest that keeps the constraint, and the velocity is bent to end there, so that all else is made to go with it: the
null-space method (Wang et al. 2022, arXiv:2212.00490, eq. 13), for constraints that are (almost) linear in the latents.
The last step ends in the constrained guess itself.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence as Listing

import torch

from models.conditions import Sequence
from models.flow import Velocity, clean_at
from models.packing import Packed

Constraint = Callable[[Sequence], Sequence]
"""From a sequence that holds a guess of its clean latents to the same with the guess that keeps the constraint."""


class ConstrainedVelocity:
    """``u(x, t, r)`` that ends where the constraints hold. Tokens that are given are never changed.

    Args:
        velocity: of flat vectors (E,) of ``batch``.
        sequences: of the batch, in order.
        constraints: one for each sequence, or None.
    """

    def __init__(
        self, velocity: Velocity, batch: Packed, sequences: Listing[Sequence], constraints: Listing[Constraint | None]
    ) -> None:
        self.velocity, self.batch, self.sequences, self.constraints = velocity, batch, sequences, constraints

    def __call__(self, x_E: torch.Tensor, t_E: torch.Tensor, r_E: torch.Tensor) -> torch.Tensor:
        velocity_E, t_E = self.velocity(x_E, t_E, r_E), t_E.expand_as(x_E)
        tokens = self.batch.unflatten(clean_at(x_E, velocity_E, t_E))
        change = {name: torch.zeros_like(value) for name, value in tokens.items()}
        for asked, places, constraint in zip(self.sequences, self.batch.places, self.constraints, strict=True):
            if constraint is None:
                continue
            guess = asked.with_segments(
                part.filled(tokens[place.modality][place.start : place.end].to(part.clean_LC))
                for part, place in zip(asked.segments, places, strict=True)
            )
            for part, before, place in zip(constraint(guess).segments, guess.segments, places, strict=True):
                change[place.modality][place.start : place.end] = (part.clean_LC - before.clean_LC).to(x_E)
        bent_E = velocity_E - self.batch.flatten(change) / t_E.clamp_min(1e-6)
        return torch.where(t_E > 0, bent_E, velocity_E)
