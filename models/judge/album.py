"""The rendered clips where the judge learns from them: picked from all shards of one shape, as pictures or as clips."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np

from models.judge.clips import SHAPES, STATE, Clips, kept, read_shard

BY_MOMENT = frozenset({"frames", "later", "masks", "boxes", "visible", "actions", "ways"})


class Album:
    """Clips of a role; shards that are rendered meanwhile join when :meth:`refresh` is called.

    Raises:
        ValueError: nothing is rendered.
    """

    def __init__(self, role: str, state: Path = STATE) -> None:
        self.role, self.state = role, state
        self.shards: dict[int, Clips] = {}
        self.by_shape: dict[tuple[int, int], list[int]] = defaultdict(list)
        self.refresh()
        if not self.shards:
            raise ValueError(f"there are no clips; `python -m models.judge.clips --role {role}` renders some")

    def __len__(self) -> int:
        return sum(map(len, self.shards.values()))

    def refresh(self) -> None:
        """Take in the shards that are there by now."""
        for number in kept(self.role, self.state):
            if number not in self.shards:
                self.shards[number] = read_shard(self.role, number, self.state)
                self.by_shape[SHAPES[number % len(SHAPES)]].append(number)

    def clips(self, count: int, rng: np.random.Generator) -> Clips:
        """``count`` clips of one shape."""
        shape = self._shape(rng)
        picked = [self._somewhere(rng, shape) for _ in range(count)]
        return _joined([_part(shard, row) for shard, row in picked])

    def pictures(self, count: int, rng: np.random.Generator) -> Clips:
        """``count`` moments, each of another clip; two and two are of clips that share their lead."""
        shape, parts = self._shape(rng), []
        for _ in range(count // 2):
            shard, row = self._somewhere(rng, shape)
            for one in (row - row % 2, row - row % 2 + 1):
                parts.append(_part(shard, one, int(rng.integers(shard.frames.shape[1]))))
        return _joined(parts)

    def _shape(self, rng: np.random.Generator) -> tuple[int, int]:
        shapes = sorted(self.by_shape)
        share = np.array([len(self.by_shape[shape]) for shape in shapes], float)
        return shapes[int(rng.choice(len(shapes), p=share / share.sum()))]

    def _somewhere(self, rng: np.random.Generator, shape: tuple[int, int]) -> tuple[Clips, int]:
        numbers = self.by_shape[shape]
        shard = self.shards[numbers[int(rng.integers(len(numbers)))]]
        return shard, int(rng.integers(len(shard)))


def _part(shard: Clips, row: int, moment: int | None = None) -> Clips:
    parts = {}
    for field in fields(Clips):
        value = getattr(shard, field.name)[row : row + 1]
        parts[field.name] = value[:, moment : moment + 1] if moment is not None and field.name in BY_MOMENT else value
    return Clips(**parts)


def _joined(parts: Sequence[Clips]) -> Clips:
    return Clips(**{
        field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Clips)
    })  # fmt: skip
