"""Examples of the layers codec rendered by many processes at once, for as long as there is time."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from models.train.layers_cache import Cache
from models.train.layers_data import HELD_CLIPS, HELD_FIGURES
from models.train.quiet import quieten


@dataclass(frozen=True)
class Job:
    """One file of the cache."""

    folder: Path
    split: str
    what: str
    shard: int

    @property
    def file(self) -> Path:
        cache = Cache(self.folder, self.split)
        return cache.figure_file(self.shard) if self.what == "figures" else cache.clip_file(self.shard)

    def render(self) -> None:
        cache = Cache(self.folder, self.split)
        if self.what == "figures":
            cache.figures(self.shard)
        else:
            cache.clips(self.shard)


def jobs(folder: Path, figure_shards: int, clip_shards: int) -> list[Job]:
    """What is missing: first what is measured on, then figures and clips in proportion, so that any start of it will
    do."""
    held = [Job(folder, "val", "clips", shard) for shard in range(HELD_CLIPS)]
    held += [Job(folder, "val", "figures", shard) for shard in range(HELD_FIGURES)]
    own = [Job(folder, "train", "figures", shard) for shard in range(figure_shards)]
    own += [Job(folder, "train", "clips", shard) for shard in range(clip_shards)]
    most = {"figures": figure_shards, "clips": clip_shards}
    own.sort(key=lambda job: (job.shard + 0.5) / most[job.what])
    return [job for job in (*held, *own) if not job.file.exists()]


def render(
    folder: Path, figure_shards: int, clip_shards: int, workers: int, seconds: float = float("inf")
) -> tuple[int, int]:  # fmt: skip
    """Make files that are missing, in so many processes, until all are there or the time is over.

    Returns:
        how many were made, and how many are missing still.
    """
    missing = jobs(folder, figure_shards, clip_shards)
    if not missing:
        return 0, 0
    folder.mkdir(parents=True, exist_ok=True)
    quieten(os.environ)
    ends_s = time.monotonic() + seconds
    context = multiprocessing.get_context("spawn")
    with context.Pool(min(workers, len(missing)), _begin) as pool:
        made = sum(1 for _ in _until(ends_s, pool.imap_unordered(Job.render, missing)))
    return made, sum(not job.file.exists() for job in missing)


def _until(ends_s: float, results: multiprocessing.pool.IMapIterator[None]) -> Iterator[None]:
    """Results as they come, until a moment of the monotonic clock."""
    while True:
        left_s = ends_s - time.monotonic()
        try:
            yield results.next(None if left_s == float("inf") else max(0.0, left_s))
        except (StopIteration, multiprocessing.TimeoutError):
            return


def _begin() -> None:
    os.nice(10)
    torch.set_num_threads(1)
