"""One step of a training after another, whatever the codec: batches, gradients, the optimiser and the average.

The chance of a step depends on the seed, the step and the rank only, so that a run that was killed goes on exactly
where its last state was.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

import torch

from models import flow
from models.codec import Codec
from models.objective import noise_like, shortcut_loss, velocity_loss
from models.train import state
from models.train.batches import Batch, totals
from models.train.feeds import Feed
from models.train.parallel import Group
from models.train.recipe import Recipe
from models.transformer import Transformer

TAUGHT_EVERY = 8
"""Steps of the flow map between two looks at the average."""
MOST_LOST = 20
"""Steps in a row whose gradient may be dropped because it is not finite."""


@dataclass(frozen=True)
class Stepped:
    """Loss by modality, norm of the gradient, rate, examples of all processes, and sums of the flags of one step."""

    losses: Mapping[str, float]
    norm: float
    rate: float
    examples: int
    flags: torch.Tensor


class Trainer:
    """Takes steps.

    Args:
        learner: changed in place.
        feed: of this process.
    """

    def __init__(
        self, learner: state.Learner, feed: Feed, codec: Codec, recipe: Recipe, group: Group, compiled: bool = False
    ) -> None:  # fmt: skip
        self.learner, self.feed, self.recipe, self.group = learner, feed, recipe, group
        self.specs = tuple(codec.specs)
        self.network = learner.network.train()
        if group.device.type == "cuda":
            # cuDNN plans its attention anew for every length of a row, a tenth of a second each.
            torch.backends.cuda.enable_cudnn_sdp(False)
        if compiled:
            # Block by block: all are one graph, which is compiled once in seconds.
            for block in self.network.blocks:
                block.compile(dynamic=True)
        self.weights = dict(recipe.weights)
        self.lost = 0
        self.teacher: Transformer | None = None

    def step(self, scale: float, flags: torch.Tensor, spent: float = 0.0) -> Stepped:
        """One step at ``scale`` times the rate of the recipe; ``spent`` is the share of the sitting that is over.

        Raises:
            FloatingPointError: the gradients of ``MOST_LOST`` steps in a row were not finite.
        """
        progress = self.learner.progress
        own = self.recipe.batching.examples // self.group.world
        generator = generator_of(self.recipe.seed, progress.steps, self.group.rank, self.feed.device)
        batches = self.feed.batches(own, generator)
        every = self.recipe.shortcut
        if every and progress.steps % every == 0 and spent >= self.recipe.shortcut_from:
            losses = self._backward(batches, generator, self._taught(progress.steps))
        else:
            losses = self._backward(batches, generator)
        flags = self.group.sum_gradients(self.learner.optimiser.parameters.values(), flags)
        norm = self._moved(scale)
        seen = own * self.group.world
        self.learner.progress = replace(progress, steps=progress.steps + 1, examples=progress.examples + seen)
        return Stepped(losses, norm, scale * self.recipe.optimiser.rate, seen, flags)

    def _taught(self, step: int) -> Transformer:
        """The average of the weights, which says where two half steps lead; taken anew now and then."""
        if self.teacher is None:
            self.teacher = Transformer(self.network.params).to(self.group.device).eval().requires_grad_(False)
            self.learner.ema.copy_to(self.teacher)
        elif step // self.recipe.shortcut % TAUGHT_EVERY == 0:
            self.learner.ema.copy_to(self.teacher)
        return self.teacher

    def _backward(
        self, batches: list[Batch], generator: torch.Generator, teacher: Transformer | None = None
    ) -> dict[str, float]:  # fmt: skip
        """Gradients of all batches together, as if they were one; the losses by modality: of the velocity, or, with a
        teacher, of long steps against two half steps of it."""
        whole = totals(batches)
        counts = [len(each.shift_S) for each in batches]
        shift_S = torch.cat([each.shift_S for each in batches])
        if teacher is None:
            t_S = r_S = flow.draw_times(len(shift_S), generator, shift=shift_S)
        else:
            t_S, r_S = (flow.shifted(each, shift_S) for each in flow.dyadic_spans(len(shift_S), generator))
        said: dict[str, Any] = {}
        for batch, from_S, to_S in zip(batches, t_S.split(counts), r_S.split(counts), strict=True):
            noise = noise_like(batch.packed, generator)
            moved = batch.to(self.group.device)
            noise = {name: each.to(self.group.device) for name, each in noise.items()}
            t_BL, r_BL = (batch.packed.times(each).to(self.group.device) for each in (from_S, to_S))
            with self._precision():
                if teacher is None:
                    losses = velocity_loss(self.network, moved.packed, t_BL, noise, moved.counts)
                else:
                    losses = shortcut_loss(self.network, teacher, moved.packed, t_BL, r_BL, noise, moved.counts)
            parts = {
                name: loss * (batch.counts[name].sum().to(loss.device) / whole[name])
                for name, loss in losses.items()
                if name in whole
            }
            torch.stack([self.weights.get(name, 1.0) * part for name, part in parts.items()]).sum().backward()
            for name, part in parts.items():
                said[name] = said.get(name, 0.0) + part.detach()
        return dict(zip(said, torch.stack(list(said.values())).tolist(), strict=True))

    def _moved(self, scale: float) -> float:
        """Step and average. A gradient that is not finite is dropped, because the same step would come up again after
        a restart; many in a row are an error."""
        try:
            norm = self.learner.optimiser.step(scale)
        except FloatingPointError:
            self.lost += 1
            if self.lost >= MOST_LOST:
                raise
            for each in self.learner.optimiser.parameters.values():
                each.grad = None
            return math.nan
        self.lost = 0
        self.learner.ema.update(self.learner.network)
        return norm

    def _precision(self) -> Any:
        if self.group.device.type == "cuda":
            return torch.autocast("cuda", torch.bfloat16)
        return nullcontext()


def generator_of(seed: int, step: int, rank: int, device: torch.device | None = None) -> torch.Generator:
    """The chance of one step in one process."""
    return torch.Generator(device or "cpu").manual_seed(((seed * 1_000_003 + step) * 4096 + rank) % (1 << 62))
