"""A loss that can be compared over days: the same examples, noise and times at every look.

The training loss jumps with its times and tasks. Here every example is asked for in fixed ways at fixed times of its
path with fixed noise, so that two looks differ by the network alone. Combinations that are never trained (the split
``test``) are measured apart from others that training has not seen (``val``).
"""

from __future__ import annotations

from collections.abc import Sequence as Listing
from dataclasses import dataclass, replace

import torch

from models import flow
from models.codec import Example, Source
from models.objective import noise_like, velocity_loss
from models.packing import Tokens, TokenSpec
from models.text import Tokenizer
from models.train.batches import Batch, Stream, batch_of, grouped
from models.train.recipe import Batching, Checking
from models.train.tasks import Chance, Habits, Task, caption, task
from models.transformer import Transformer

SPLITS = {"val": "val", "test": "held out"}
"""Splits that are looked at, and what the log calls them."""
STAGE_WAYS = {"image": ("picture",), "video": ("picture", "text_to_video", "first_frame")}
SEED = 7_000_000
PLAIN = Habits(
    no_text=0, short=0.5, wording=0, spelled=0, spell=0, no_references=1, most_references=0, no_given=0, bare_motion=0
)
"""How examples are asked for here: full and short captions, no references, everything given that may be."""


@dataclass(frozen=True)
class Look:
    """One pass: a batch with the times of its places and its noise."""

    way: str
    batch: Batch
    time_BL: torch.Tensor
    noise: Tokens


class Validation:
    """Fixed batches of one split.

    Args:
        source: of the examples; their order is the source's, from its first seed on.
    """

    def __init__(
        self,
        source: Source,
        split: str,
        tokenizer: Tokenizer,
        specs: Listing[TokenSpec],
        stage: str,
        checking: Checking,
        batching: Batching,
    ) -> None:
        examples = Stream(source, split=split).take(checking.examples)
        self.looks: list[Look] = []
        for way in STAGE_WAYS[stage]:
            tasks = asked(examples, way, tokenizer)
            for group in grouped(tasks, batching.micro_tokens):
                batch = batch_of(group, specs, batching)
                self.looks += [look(way, batch, time, number) for number, time in enumerate(checking.times)]

    @torch.no_grad()
    def losses(self, network: Transformer) -> dict[str, float]:
        """Mean loss of each way and modality, ``way/modality``, and ``mean`` over these."""
        device = next(network.parameters()).device
        sums: dict[str, float] = {}
        shares: dict[str, float] = {}
        for each in self.looks:
            batch = each.batch.to(device)
            noise = {name: value.to(device) for name, value in each.noise.items()}
            found = velocity_loss(network, batch.packed, each.time_BL.to(device), noise, batch.counts)
            for name, value in found.items():
                key, share = f"{each.way}/{name}", float(batch.counts[name].sum())
                sums[key] = sums.get(key, 0.0) + share * float(value)
                shares[key] = shares.get(key, 0.0) + share
        means = {key: sums[key] / shares[key] for key in sorted(sums) if shares[key] > 0}
        return {**means, "mean": sum(means.values()) / max(1, len(means))}


def asked(examples: Listing[Example], way: str, tokenizer: Tokenizer) -> list[Task]:
    """The examples in one way, with captions drawn from fixed seeds."""
    made = []
    for number, example in enumerate(examples):
        chance = Chance(torch.Generator().manual_seed(SEED + number))
        words = caption(replace(example, captions=example.captions[:2]), PLAIN, tokenizer, chance)
        still = not any(bool((part.frame_L > 0).any()) for part in example.clip)
        made.append(task(example, "picture" if still else way, words, PLAIN, chance))
    return made


def look(way: str, batch: Batch, time: float, number: int) -> Look:
    """A batch at one time before the shift."""
    generator = torch.Generator().manual_seed(SEED + number)
    t_S = torch.stack([flow.shifted(torch.tensor(time), float(shift)) for shift in batch.shift_S])
    return Look(way, batch, batch.packed.times(t_S), noise_like(batch.packed, generator))
