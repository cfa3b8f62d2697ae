"""From noise to latents, in any number of steps.

A solver takes ``x`` from the times ``t`` to the times ``s`` below them, token by token: a clean token has t = s = 0 and
stays as it is, bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence as Listing
from dataclasses import dataclass, replace
from itertools import pairwise

import torch

from models.conditions import Sequence, first_frame, with_first_frame
from models.constraints import ConstrainedVelocity, Constraint
from models.flow import Velocity, clean_at, noise_at, path, shifted, size_shift
from models.guidance import Guidance, GuidedVelocity
from models.packing import Packed, unpack
from models.transformer import Transformer

Noise = Callable[[], torch.Tensor]
"""Fresh standard normal noise of the shape of x."""

SOLVERS = ("euler", "heun", "churn", "renoise")


@dataclass(frozen=True)
class Sampling:
    """How to sample.

    Attributes:
        steps: 1 or more.
        solver: ``euler``; ``heun``, twice the evaluations and second order; ``churn``, each step from a little more
            noise than before, which keeps the distribution; ``renoise``, each step ends with partly fresh noise.
        shift: of the times towards noise; None takes it from the number of generated tokens.
        start: first time; below 1 the clip begins as a noised original.
        fresh: for ``churn`` the share of the way back to noise, for ``renoise`` the share of new noise; 0 to 1.
        flow_map: the network was taught steps, so tell it where each one ends.
        keeping: what is given is looked at in the first step only (:mod:`models.context`).
    """

    steps: int = 8
    solver: str = "euler"
    shift: float | None = None
    start: float = 1.0
    fresh: float = 0.3
    flow_map: bool = False
    keeping: bool = False

    def __post_init__(self) -> None:
        if self.steps < 1 or not 0 < self.start <= 1 or not 0 <= self.fresh <= 1:
            raise ValueError(f"sampling takes 1 step or more, a start in (0, 1], a fresh share of 0 to 1; got {self}")
        if self.solver not in SOLVERS:
            raise ValueError(f"{self.solver!r} is not a solver; there are {', '.join(SOLVERS)}")
        if self.flow_map and self.solver == "heun":
            raise ValueError("heun follows the velocity and has no use for a flow map; choose euler")


def schedule(steps: int, shift: float, start: float = 1.0) -> list[float]:
    """``steps`` + 1 times from ``start`` down to 0, evenly spaced and then shifted."""
    first = start / (shift - (shift - 1) * start)
    even = first * (1 - torch.arange(steps + 1, dtype=torch.float64) / steps)
    return [start, *shifted(even, shift).tolist()[1:-1], 0.0]


def euler(u: Velocity, x: torch.Tensor, t: torch.Tensor, s: torch.Tensor, r: torch.Tensor) -> torch.Tensor:
    """One straight step; with r = s along the mean velocity of a flow map, which is exact."""
    return x + (s - t) * u(x, t, r)


def heun(u: Velocity, x: torch.Tensor, t: torch.Tensor, s: torch.Tensor) -> torch.Tensor:
    """The mean of the velocities at both ends (second order); one end where the other is 0, which is seldom trained."""
    here = u(x, t, t)
    guess = x + (s - t) * here
    if not bool((s > 0).any()):
        return guess
    return x + (s - t) * (here + u(guess, s, s)) / 2


def churned(x: torch.Tensor, t: torch.Tensor, up: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
    """Add noise until ``x`` is at the later time ``up``; exact for every distribution.

    ``x_up = a·x_t + b·ε`` with ``a = (1 − up)/(1 − t)`` and ``b² = up² − a²t²``: Karras et al. 2022
    (arXiv:2206.00364), algorithm 2, on the rectified path.
    """
    kept = (1 - up) / (1 - t).clamp_min(1e-6)
    added = (up.square() - (kept * t).square()).clamp_min(0).sqrt()
    return torch.where(up > t, kept * x + added * noise, x)


def renoised(
    u: Velocity, x: torch.Tensor, t: torch.Tensor, s: torch.Tensor, r: torch.Tensor, fresh: float, noise: torch.Tensor
) -> torch.Tensor:
    """Guess the clean end, and noise it to ``s`` with a share of new noise.

    With no fresh noise this is Euler. With a flow map (r = 0) the guess is a sample and the step exact (Song et al.
    2023, arXiv:2303.01469, algorithm 1); with a velocity (r = t) it is a mean, and the result more compact.
    """
    velocity = u(x, t, r)
    old = noise_at(x, velocity, t)
    mixed = (1 - fresh**2) ** 0.5 * old + fresh * noise
    return path(clean_at(x, velocity, t), mixed, s)


def solve(u: Velocity, x: torch.Tensor, times: Listing[torch.Tensor], sampling: Sampling, noise: Noise) -> torch.Tensor:
    """Take x through the times, each of the shape of x or one that broadcasts to it."""
    for t, s in pairwise(times):
        if sampling.solver == "euler":
            x = euler(u, x, t, s, s if sampling.flow_map else t)
        elif sampling.solver == "heun":
            x = heun(u, x, t, s)
        elif sampling.solver == "churn":
            up = torch.minimum(t + sampling.fresh * (t - s), times[0])
            x = euler(u, churned(x, t, up, noise()), up, s, s if sampling.flow_map else up)
        else:
            x = renoised(u, x, t, s, torch.zeros_like(t) if sampling.flow_map else t, sampling.fresh, noise())
    return x


class SeededNoise:
    """Noise for a batch, from one seed for each sequence: a clip is the same whatever else is in its batch."""

    def __init__(self, batch: Packed, seeds: Listing[int]) -> None:
        self.batch = batch
        self.generators = [torch.Generator().manual_seed(seed) for seed in seeds]

    def __call__(self) -> torch.Tensor:
        drawn = {name: torch.empty(clean.shape) for name, clean in self.batch.clean.items()}
        for generator, places in zip(self.generators, self.batch.places, strict=True):
            for place in places:
                rows = drawn[place.modality][place.start : place.end]
                rows.copy_(torch.randn(rows.shape, generator=generator))
        return self.batch.flatten(drawn).to(self.batch.mask_BL.device)


@torch.no_grad()
def sample(
    network: Transformer,
    sequences: Listing[Sequence],
    seeds: Listing[int],
    sampling: Sampling | None = None,
    guidance: Guidance | None = None,
    constraints: Listing[Constraint | None] = (),
) -> list[Sequence]:
    """Make what the masks of the sequences ask for; the same sequences with their latents.

    Args:
        seeds: one for each sequence.
        sampling, guidance: the defaults, and none.
        constraints: what is made has to keep, one or None for each sequence; none at all if empty.

    Raises:
        ValueError: not as many seeds as sequences, or constraints.
    """
    if len(seeds) != len(sequences):
        raise ValueError(f"{len(sequences)} sequences need a seed each, got {len(seeds)}")
    if constraints and len(constraints) != len(sequences):
        raise ValueError(f"{len(sequences)} sequences need a constraint or None each, got {len(constraints)}")
    if not any(each.generated for each in sequences):
        return list(sequences)
    sampling = sampling or Sampling()
    velocity = GuidedVelocity(network, sequences, guidance or Guidance(), sampling.keeping)
    batch = velocity.batch
    noise = SeededNoise(batch, seeds)
    times = clocks(batch, sequences, sampling)
    x_E = path(batch.flatten(batch.clean), noise(), times[0])
    bent: Velocity = velocity
    if any(constraints):
        bent = ConstrainedVelocity(velocity, batch, sequences, constraints)
    x_E = solve(bent, x_E, times, sampling, noise)
    return unpack(batch, batch.unflatten(x_E), sequences)


def clocks(batch: Packed, sequences: Listing[Sequence], sampling: Sampling) -> list[torch.Tensor]:
    """Times of every element at every step, (E,): its mask times the schedule of its sequence."""
    shifts = [sampling.shift or size_shift(max(1, each.generated)) for each in sequences]
    schedules = torch.tensor([schedule(sampling.steps, shift, sampling.start) for shift in shifts])
    return [batch.by_element(batch.times(time_S.to(batch.mask_BL.device))) for time_S in schedules.T]


def sample_first_frame_first(
    network: Transformer,
    sequences: Listing[Sequence],
    seeds: Listing[int],
    picture: Sampling | None = None,
    clip: Sampling | None = None,
    guidance: Guidance | None = None,
    constraints: Listing[Constraint | None] = (),
) -> list[Sequence]:
    """Make the picture that each clip begins with, cheap because it is small, and then the clip that it begins.

    The masks of what is returned are those that were asked.
    """
    pictures = sample(network, [first_frame(each) for each in sequences], seeds, picture, guidance, constraints)
    begun = [with_first_frame(each, made) for each, made in zip(sequences, pictures, strict=True)]
    clips = sample(network, begun, seeds, clip, guidance, constraints)
    return [
        made.with_segments(
            replace(part, mask_L=asked.mask_L) for part, asked in zip(made.segments, each.segments, strict=True)
        )
        for made, each in zip(clips, sequences, strict=True)
    ]
