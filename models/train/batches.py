"""Examples in order, as tasks, in groups that are packed together.

Groups are of equal length, nearly: sorted by length and one sequence to a row. On a CPU this costs less than rows of
several sequences, whose attention looks at what it then may not see, and far less than rows in random order.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence as Listing
from dataclasses import dataclass

import torch

from models import flow
from models.codec import Example, Source
from models.packing import Packed, Tokens, TokenSpec, pack
from models.train.recipe import Batching
from models.train.tasks import Task


@dataclass(frozen=True)
class Position:
    """Where a stream stands: the first seed that is not used up, and how many of its examples are."""

    seed: int = 0
    skip: int = 0


class Stream:
    """A source's examples, seed by seed without end; of ``world`` streams, each takes every world-th seed."""

    def __init__(
        self, source: Source, rank: int = 0, world: int = 1, position: Position | None = None, split: str = "train"
    ) -> None:
        self.source, self.world, self.split = source, world, split
        self.position = position or Position(rank)
        self.waiting: list[Example] = []
        if self.position.skip:
            self.waiting = self.source.examples([self.position.seed], split)[self.position.skip :]

    def take(self, count: int) -> list[Example]:
        """The next examples.

        Raises:
            ValueError: the source gives nothing for many seeds in a row.
        """
        taken: list[Example] = []
        empty = 0
        while len(taken) < count:
            if not self.waiting:
                self.waiting = self.source.examples([self.position.seed], self.split)
            if not self.waiting and (empty := empty + 1) > 1000:
                raise ValueError(f"a thousand seeds up to {self.position.seed} gave no example; is the source empty?")
            own, self.waiting = self.waiting[: count - len(taken)], self.waiting[count - len(taken) :]
            taken += own
            if self.waiting:
                self.position = Position(self.position.seed, self.position.skip + len(own))
            else:
                self.position = Position(self.position.seed + self.world)
        return taken


@dataclass(frozen=True)
class Batch:
    """Tasks in one pass.

    Attributes:
        packed: their sequences.
        counts: what each token counts in the loss, (N,), by modality; 0 where it is given.
        shift_S: of the times of each sequence.
    """

    packed: Packed
    counts: Tokens
    shift_S: torch.Tensor

    def to(self, device: torch.device) -> Batch:
        counts = {name: each.to(device) for name, each in self.counts.items()}
        return Batch(self.packed.to(device), counts, self.shift_S)


def grouped(tasks: Listing[Task], micro_tokens: int) -> Iterator[list[Task]]:
    """The tasks by length, in groups whose rows times the longest row are at most ``micro_tokens``, or of one task."""
    group: list[Task] = []
    for task in sorted(tasks, key=lambda each: -len(each.sequence)):
        longest = len(group[0].sequence) if group else len(task.sequence)
        if group and (len(group) + 1) * longest > micro_tokens:
            yield group
            group = []
        group.append(task)
    if group:
        yield group


def batch_of(tasks: Listing[Task], specs: Listing[TokenSpec], batching: Batching) -> Batch:
    """Lay a group of tasks into rows."""
    packed = pack([task.sequence for task in tasks], specs)
    counts: dict[str, list[torch.Tensor]] = {name: [] for name in packed.clean}
    for task in tasks:
        for part, own_L in zip(task.sequence.segments, task.counts, strict=True):
            counts[part.modality].append(own_L * (part.mask_L > 0))
    shift_S = torch.tensor(
        [flow.size_shift(task.sequence.generated, base_tokens=batching.base_tokens) for task in tasks]
    )
    return Batch(packed, {name: torch.cat(each) for name, each in counts.items()}, shift_S)


def totals(batches: Listing[Batch]) -> dict[str, float]:
    """Sum of the counts of each modality that has tokens to make."""
    sums: dict[str, torch.Tensor] = {}
    for batch in batches:
        for name, counts_N in batch.counts.items():
            sums[name] = sums.get(name, 0.0) + counts_N.sum()
    return {
        name: value for name, value in zip(sums, torch.stack(list(sums.values())).tolist(), strict=True) if value > 0
    }
