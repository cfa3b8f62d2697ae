"""Examples of the layers codec, from shots kept on disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from models.codec import Canvas, Example
from models.conditions import Segment, segment
from models.layers.codec import LayersCodec, sheet_positions
from models.layers.source import Shot, ShotCache

SHEETS_ALONE = 0.3
"""Share of the character sheets that are examples of their own, too."""
KEPT_FILES = 400
"""Files whose examples stay in memory once they are encoded: about 8 MB each."""


class LayersSource:
    """Encodes kept shots; ``seeds`` are file numbers of the cache, and begin again when all files are used.

    Args:
        codec: trained.
        folder: holds a folder for each split (see :class:`ShotCache`).
        canvas: of the clips.
        files: how many files there are to a split; all that are on disk now if None, at least one.
    """

    def __init__(
        self, codec: LayersCodec, folder: Path, canvas: Canvas | None = None, files: int | None = None
    ) -> None:
        self.codec, self.canvas = codec, canvas or Canvas(49)
        self.caches = {split: ShotCache(folder / split, split, self.canvas) for split in ("train", "val", "test")}
        self.numbers = {
            split: [int(file.stem) for file in cache.files()][:files] or [0] for split, cache in self.caches.items()
        }
        self.encoded: dict[tuple[str, int], list[Example]] = {}

    def examples(self, seeds: Sequence[int], split: str = "train") -> list[Example]:
        """All casts of the shots of some files, and some of their character sheets alone, in an order of its own."""
        made: list[Example] = []
        for seed in seeds:
            numbers = self.numbers[split]
            read = self._of(numbers[seed % len(numbers)], split)
            order = torch.randperm(len(read), generator=torch.Generator().manual_seed(seed))
            made += [read[index] for index in order.tolist()]
        return made

    def _of(self, number: int, split: str) -> list[Example]:
        if (split, number) not in self.encoded:
            if len(self.encoded) >= KEPT_FILES:
                self.encoded.pop(next(iter(self.encoded)))
            cache = self.caches[split]
            chance = torch.Generator().manual_seed(number)
            made: list[Example] = []
            for shot in cache.read(cache.make(number)):
                made.append(self.example(shot))
                alone = torch.rand(len(shot.names), generator=chance) < SHEETS_ALONE
                made += [each for each, kept in zip(self.alone(shot), alone.tolist(), strict=True) if kept]
            self.encoded[split, number] = made
        return self.encoded[split, number]

    def example(self, shot: Shot) -> Example:
        """One shot: plate, sheets, look and poses, the camera given, its subjects' plain sheets as references."""
        return Example(
            shot.captions, self.codec.encode(shot.layers, self.canvas),
            (self.codec.camera(shot.layers.camera, self.canvas),), self._references(shot),
        )  # fmt: skip

    def alone(self, shot: Shot) -> list[Example]:
        """Each subject's plain sheet as a picture of its own: what the reference generator makes."""
        plain = [segment("sheet", part.clean_LC, sheet_positions(0)) for part in self._references(shot)]
        return [Example((name,), (part,)) for name, part in zip(shot.names, plain, strict=True)]

    def _references(self, shot: Shot) -> tuple[Segment, ...]:
        return tuple(self.codec.sheet(sheet.float() / 255, slot) for slot, sheet in enumerate(shot.references))
