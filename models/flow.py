"""Rectified flow: the path, its velocity, the loss, the times it is trained at, and the flow map's targets.

A sample ``x`` and noise ``ε`` are joined by a straight path, ``x_t = (1 − t)·x + t·ε``, whose velocity is
``v = ε − x`` (Liu et al. 2022, arXiv:2209.03003; Lipman et al. 2022, arXiv:2210.02747). ``t = 0`` is data, ``t = 1``
noise. Every token has a time of its own, ``t_token = m·t``, with a mask m in [0, 1]: 0 keeps it clean, 1 generates it.

The flow map ``u(x_t, t, r)`` is the mean velocity from t down to r, so ``x_r = x_t + (r − t)·u`` in one step;
``u(x_t, t, t)`` is the velocity itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import nn

Velocity = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]
"""``u(x, t, r)``; t and r have the shape of x, or one that broadcasts to it."""


def path(x: torch.Tensor, noise: torch.Tensor, t: torch.Tensor | float) -> torch.Tensor:
    """Point of the path at ``t``; exactly ``x`` at 0 and exactly ``noise`` at 1."""
    return (1 - t) * x + t * noise


def target(x: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
    """Velocity of the path, the same at every t."""
    return noise - x


def clean_at(x_t: torch.Tensor, velocity: torch.Tensor, t: torch.Tensor | float) -> torch.Tensor:
    """The end at t = 0 of the straight line through ``x_t``."""
    return x_t - t * velocity


def noise_at(x_t: torch.Tensor, velocity: torch.Tensor, t: torch.Tensor | float) -> torch.Tensor:
    """The end at t = 1 of the straight line through ``x_t``."""
    return x_t + (1 - t) * velocity


def loss(
    velocity_NC: torch.Tensor, target_NC: torch.Tensor, mask_N: torch.Tensor, weight_N: torch.Tensor | None = None
) -> torch.Tensor:
    """Mean squared error over the tokens with m > 0; 0 where there are none.

    Args:
        weight_N: what each token counts, ≥ 0; all alike if None. The loss is divided by the sum of the weights.
    """
    weight = (mask_N > 0).float() if weight_N is None else weight_N * (mask_N > 0)
    error_N = (velocity_NC.float() - target_NC.float()).square().mean(-1)
    return (error_N * weight).sum() / weight.sum().clamp_min(1e-12)


def shifted(t: torch.Tensor, shift: float | torch.Tensor) -> torch.Tensor:
    """Move times towards noise: ``s·t / (1 + (s − 1)·t)``, Esser et al. 2024 (arXiv:2403.03206), eq. 23."""
    return shift * t / (1 + (shift - 1) * t)


def size_shift(tokens: int, *, base_tokens: int = 8, most: float = 8.0) -> float:
    """Shift for a sample of so many generated tokens: ``sqrt(tokens / base)``, 1 at the base, never below.

    A larger picture keeps its layout visible at more noise, so it has to be trained and sampled at more noise; the
    square root is the ratio of standard errors in Esser et al. 2024, section 5.3.2. The base is small because tokens
    keep some of their channels' own deviations: what says most of a picture is five times as strong as its noise.
    """
    if tokens < 1:
        raise ValueError(f"a sample has at least one token, got {tokens}")
    return min(most, max(1.0, math.sqrt(tokens / base_tokens)))


def size_shifts(tokens_S: torch.Tensor, *, base_tokens: int = 8, most: float = 8.0) -> torch.Tensor:
    """:func:`size_shift` of many samples, (S,) fp32."""
    return (tokens_S / base_tokens).sqrt().clamp(1.0, most)


def draw_times(
    count: int,
    generator: torch.Generator,
    *,
    shift: float | torch.Tensor = 1.0,
    mean: float = 0.0,
    deviation: float = 1.0,
) -> torch.Tensor:
    """Times to train at, (S,) in (0, 1) on the generator's device: logit-normal, then shifted.

    Stratified: one draw in each of ``count`` equal shares of probability, in random order, so that a small batch
    sees the whole path. The shift is the same as adding ``ln(shift)`` to the mean.
    """
    device = generator.device
    order_S = torch.randperm(count, generator=generator, device=device)
    share = (order_S + torch.rand(count, generator=generator, device=device)) / count
    normal = math.sqrt(2) * torch.erfinv((2 * share - 1).clamp(-0.999999, 0.999999))
    return torch.sigmoid(mean + deviation * normal + torch.as_tensor(shift, dtype=torch.float32, device=device).log())


def dyadic_spans(count: int, generator: torch.Generator, *, finest: int = 128) -> tuple[torch.Tensor, torch.Tensor]:
    """Spans (t, r), each (S,), of length 1, 1/2, … 2/finest that start at multiples of their length.

    Each length is as likely as another. Frans et al. 2024 (arXiv:2410.12557), section 3.2.
    """
    powers = int(math.log2(finest))
    if finest != 2**powers or powers < 1:
        raise ValueError(f"the finest span is one over a power of two of at least 2, got 1/{finest}")
    device = generator.device
    parts = 2 ** torch.randint(0, powers, (count,), generator=generator, device=device)
    start = (torch.rand(count, generator=generator, device=device) * parts).floor().clamp(max=parts - 1)
    return (start + 1) / parts, start / parts


def shortcut_target(u: Velocity, x: torch.Tensor, t: torch.Tensor, r: torch.Tensor) -> torch.Tensor:
    """What one step from t to r should be: the mean of two half steps of ``u``.

    Frans et al. 2024 (arXiv:2410.12557), eq. 4. The exact flow map is its own target. Call with the EMA network.
    """
    with torch.no_grad():
        middle = (t + r) / 2
        first = u(x, t, middle)
        second = u(x + (middle - t) * first, middle, r)
        return (first + second) / 2


def flow_map_target(
    u: Velocity, x: torch.Tensor, velocity: torch.Tensor, t: torch.Tensor, r: torch.Tensor, *, step: float = 1e-2
) -> torch.Tensor:
    """The same by a central difference along the path: ``v − (t − r)·d/dt u(x_t, t, r)``.

    The identity is that of Geng et al. 2025 (arXiv:2505.13447), eq. 6; the derivative along the path is taken by two
    evaluations instead of a Jacobian product. Exact for the flow map up to ``step`` squared. Needs ``t ± step`` to be
    times that ``u`` knows; the half step shrinks near the ends and vanishes with the span.
    """
    with torch.no_grad():
        half = torch.minimum(torch.minimum(t - r, 1 - t), torch.as_tensor(step)).clamp_min(0)
        later = u(x + half * velocity, t + half, r)
        sooner = u(x - half * velocity, t - half, r)
        slope = (later - sooner) / (2 * half).clamp_min(1e-6)
        return velocity - (t - r) * torch.where(half > 1e-6, slope, torch.zeros_like(slope))


class Normaliser(nn.Module):
    """Per-channel mean and deviation of one modality's latents; what the network sees has mean 0 and deviation 1.

    Without it a modality of small variance is all noise at every t, and a large one rules the loss.
    """

    mean_C: torch.Tensor
    deviation_C: torch.Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.register_buffer("mean_C", torch.zeros(channels))
        self.register_buffer("deviation_C", torch.ones(channels))

    @torch.no_grad()
    def fit(self, latents_NC: torch.Tensor) -> None:
        """Take mean and deviation from latents.

        Raises:
            ValueError: fewer than two latents, or a channel that never changes or is not finite.
        """
        if len(latents_NC) < 2:
            raise ValueError(f"a deviation needs at least two latents, got {len(latents_NC)}")
        deviation = latents_NC.double().std(0)
        dead = [channel for channel, value in enumerate(deviation.tolist()) if not 1e-6 < value < math.inf]
        if dead:
            raise ValueError(f"channels {dead} of the latents are constant or not finite; drop them from the codec")
        self.mean_C.copy_(latents_NC.double().mean(0))
        self.deviation_C.copy_(deviation)

    def forward(self, latents: torch.Tensor) -> torch.Tensor:
        """Normalise (…, C)."""
        return (latents - self.mean_C) / self.deviation_C

    def undo(self, latents: torch.Tensor) -> torch.Tensor:
        """Back to the codec's own units, (…, C)."""
        return latents * self.deviation_C + self.mean_C
