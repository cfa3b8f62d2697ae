"""The rendered clips where they are learned from: bytes on one device, picked, mirrored and spoilt there.

A clip takes 25 × (64·112·3 + 16·28·3) bytes, 0.57 MB: ten thousand take 5.7 GB.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from models.reader_cache import Shots
from models.reader_lessons import Batch, batch_of

BY_FRAME = frozenset({"video", "masks", "boxes", "visible", "actions", "ways"})
WELL = 0.7
"""Share of a lead in view from which on a frame shows it well."""


class Album:
    """Clips on a device, and who leads them.

    Args:
        parts: the first clips; pairs that share their lead lie side by side.
        device: where they are kept.
        room: clips that there will ever be; as many as there are if 0.

    Raises:
        ValueError: there are no clips.
    """

    def __init__(self, parts: Sequence[Shots], device: torch.device | str = "cpu", room: int = 0) -> None:
        if not parts:
            raise ValueError("there are no clips to learn from; `python -m models.reader_cache` renders some")
        self.room = max(room, sum(map(len, parts)))
        self.count = 0
        self.device = torch.device(device)
        self.kept: dict[str, torch.Tensor] = {}
        self.leads = np.empty(0, np.int64)
        self.views = np.empty((0, parts[0].video.shape[1]), np.float32)
        self.add(parts)

    def __len__(self) -> int:
        return self.count

    def add(self, parts: Sequence[Shots]) -> None:
        """Take in more clips; what there is no room for is left."""
        for part in parts:
            end = self.count + len(part)
            if end > self.room:
                break
            for name, values in vars(part).items():
                rows = torch.from_numpy(np.array(values))
                if name not in self.kept:
                    self.kept[name] = torch.empty((self.room, *rows.shape[1:]), dtype=rows.dtype, device=self.device)
                self.kept[name][self.count : end] = rows.to(self.device)
            self.leads = np.concatenate([self.leads, part.subjects[:, 0].astype(np.int64)])
            self.views = np.concatenate([self.views, part.visible[:, :, 0].astype(np.float32)])
            self.count = end
        led = self.leads[::2]
        self.by_kind = np.argsort(led, kind="stable")
        kinds, self.firsts, self.sizes = np.unique(led[self.by_kind], return_index=True, return_counts=True)
        # Whoever leads: scenes of nobody are no pairs.
        self.firsts, self.sizes = self.firsts[kinds >= 0], self.sizes[kinds >= 0]

    def pick(self, clips: np.ndarray, frames: np.ndarray | None = None, mirrored: bool = False) -> Batch:
        """These clips; with ``frames`` one frame of each."""
        rows = torch.from_numpy(clips.astype(np.int64)).to(self.device)
        if frames is None:
            return batch_of({name: values[rows] for name, values in self.kept.items()}, mirrored)
        at = torch.from_numpy(frames.astype(np.int64)).to(self.device)
        chosen = {
            name: values[rows, at][:, None] if name in BY_FRAME else values[rows] for name, values in self.kept.items()
        }
        return batch_of(chosen, mirrored)

    def clips(self, count: int, rng: np.random.Generator, mirrored: bool = False) -> Batch:
        """Any clips, each at most once if there are enough."""
        whole = count <= len(self)
        return self.pick(rng.choice(len(self), count, replace=not whole), None, mirrored)

    def pictures(self, count: int, rng: np.random.Generator, mirrored: bool = False) -> Batch:
        """Any frames of any clips."""
        clips = rng.integers(len(self), size=count)
        return self.pick(clips, rng.integers(self.views.shape[1], size=count), mirrored)

    def figures(self, count: int, rng: np.random.Generator, mirrored: bool = False) -> Batch:
        """``count`` pairs of pictures that share their lead, one after the other; many leads are of the same kind."""
        some = rng.choice(len(self.firsts), max(1, count // 4))
        kinds = some[np.arange(count) % len(some)]
        pairs = self.by_kind[self.firsts[kinds] + rng.integers(self.sizes[kinds])]
        clips = np.stack([2 * pairs, 2 * pairs + 1], 1).reshape(-1)
        return self.pick(clips, self._seen_frames(clips, rng), mirrored)

    def _seen_frames(self, clips: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """For each clip a frame in which the lead is well seen, or that in which it is seen best."""
        views = self.views[clips]
        chance = np.where(views > WELL, 1.0 + rng.random(views.shape), views)
        return chance.argmax(1)
