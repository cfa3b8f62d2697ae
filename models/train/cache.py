"""Examples made once and kept: latents on disk in half precision, read while more are being made.

Rendering and encoding a clip costs more than learning from it. Processes of low priority make shards, as many as fit
into the allowed space; the source goes through all that are there, shuffled, and finds new ones as they come.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from models.codec import Codec, Example, Source
from models.conditions import Segment
from models.train.quiet import quieten

SEEDS = 32
"""Seeds of a shard."""
OPEN_SHARDS = 48
"""Shards that are mixed with each other and kept in memory."""
OWNERS = ("clip", "given", "references")


def cache_folder(root: Path, codec: Codec, source_version: str, split: str) -> Path:
    """Where the examples of a codec and a source are kept; another version of either has another folder."""
    digest = hashlib.sha256(f"{codec.name} {codec.meaning} {source_version}".encode()).hexdigest()[:16]
    return root / f"{codec.name}-{digest}" / split


def save_examples(path: Path, examples: Sequence[Example]) -> None:
    """Write a shard, whole or not at all: latents, masks and counts in half precision, places in single.

    Raises:
        ValueError: a latent is too large for half precision.
    """
    index: list[dict[str, Any]] = []
    held: dict[str, list[torch.Tensor]] = {"mask": [], "place": [], "frame": [], "counts": []}
    for example in examples:
        row: dict[str, Any] = {"captions": example.captions, "counts": [[r, len(c)] for r, c in example.counts]}
        held["counts"] += [counts_L.half() for _, counts_L in example.counts]
        for owner in OWNERS:
            parts: tuple[Segment, ...] = getattr(example, owner)
            row[owner] = [[part.role, part.modality, *part.clean_LC.shape] for part in parts]
            for part in parts:
                held.setdefault(f"clean/{part.clean_LC.shape[1]}", []).append(part.clean_LC.half())
                held["mask"].append(part.mask_L.half())
                held["place"].append(part.position_L3.float())
                held["frame"].append(part.frame_L.short())
        index.append(row)
    tensors = {name: torch.cat(each).contiguous() for name, each in held.items() if each}
    if not all(bool(torch.isfinite(each).all()) for each in tensors.values()):
        raise ValueError("an example holds values that half precision cannot")
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    save_file(tensors, draft, {"examples": json.dumps(index, ensure_ascii=False)})
    os.replace(draft, path)


def load_examples(path: Path) -> list[Example]:
    """The examples of a shard, latents in fp32 with the values of half precision."""
    with safe_open(path, "pt") as file:
        index = json.loads(file.metadata()["examples"])
        cursors = {name: _Cursor(file.get_tensor(name)) for name in file.keys()}  # noqa: SIM118
    made = []
    for row in index:
        counts = tuple((role, cursors["counts"].take(length).float()) for role, length in row["counts"])
        clip, given, references = (tuple(_segment(cursors, *part) for part in row[owner]) for owner in OWNERS)
        made.append(Example(tuple(row["captions"]), clip, given, references, counts))
    return made


class _Cursor:
    """Takes rows off a tensor from its start on."""

    def __init__(self, rows: torch.Tensor) -> None:
        self.rows, self.start = rows, 0

    def take(self, count: int) -> torch.Tensor:
        taken = self.rows[self.start : self.start + count]
        self.start += count
        return taken


def _segment(cursors: dict[str, _Cursor], role: str, modality: str, length: int, channels: int) -> Segment:
    clean_LC = cursors[f"clean/{channels}"].take(length).float()
    mask_L, place_L3 = cursors["mask"].take(length).float(), cursors["place"].take(length)
    return Segment(role, modality, clean_LC, mask_L, place_L3, cursors["frame"].take(length).long())


class CachedSource:
    """Examples of kept shards. A seed is a place in an endless shuffled walk: one example each.

    Shards are walked in a new order every time, ``OPEN_SHARDS`` mixed together. New shards join when a walk is over.

    Args:
        root: holds a folder for each split.
        patience_s: how long to wait for a first shard that another process makes.
    """

    def __init__(self, root: Path, patience_s: float = 600.0) -> None:
        self.root, self.patience_s = root, patience_s
        self.walks: dict[str, _Walk] = {}
        self.loaded: OrderedDict[Path, list[Example]] = OrderedDict()

    def examples(self, seeds: Sequence[int], split: str = "train") -> list[Example]:
        """One example for every seed.

        Raises:
            FileNotFoundError: no shard of the split came in time.
        """
        return [self._at(seed, split) for seed in seeds]

    def _at(self, seed: int, split: str) -> Example:
        walk = self.walks.get(split)
        if walk is None or not walk.first <= seed < walk.first + walk.length:
            walk = self.walks[split] = self._walk(seed, split, walk)
        file, number = walk.place(seed)
        if file not in self.loaded:
            while len(self.loaded) >= OPEN_SHARDS + 8:
                self.loaded.popitem(last=False)
            self.loaded[file] = load_examples(file)
        return self.loaded[file][number]

    def _walk(self, seed: int, split: str, before: _Walk | None) -> _Walk:
        """The walk that a seed belongs to: right after the last one, or where it would be if shards had never come."""
        files = self._files(split)
        counts = {} if before is None else before.counts
        counts = {file: counts.get(file) or _count(file) for file in files}
        length = sum(counts.values())
        if before is not None and seed == before.first + before.length:
            first = seed
        else:
            first = seed - seed % length
        return _Walk(first, counts)

    def _files(self, split: str) -> list[Path]:
        began = time.monotonic()
        while True:
            files = sorted((self.root / split).glob("*.safetensors"))
            if files:
                return files
            if time.monotonic() - began > self.patience_s:
                raise FileNotFoundError(f"no examples in {self.root / split}; make some with `storyreel train cache`")
            time.sleep(0.5)


class _Walk:
    """One walk through all examples that were there when it began."""

    def __init__(self, first: int, counts: dict[Path, int]) -> None:
        self.first, self.counts, self.length = first, counts, sum(counts.values())
        rng = np.random.default_rng([first, self.length])
        files = [list(counts)[index] for index in rng.permutation(len(counts))]
        self.order: list[tuple[Path, int]] = []
        for start in range(0, len(files), OPEN_SHARDS):
            mixed = [(file, number) for file in files[start : start + OPEN_SHARDS] for number in range(counts[file])]
            self.order += [mixed[index] for index in rng.permutation(len(mixed))]

    def place(self, seed: int) -> tuple[Path, int]:
        return self.order[seed - self.first]


def _count(file: Path) -> int:
    with safe_open(file, "pt") as opened:
        return len(json.loads(opened.metadata()["examples"]))


@dataclass(frozen=True)
class Filling:
    """What a process that makes shards is told.

    Attributes:
        build: makes the source, in the process; can be pickled.
        folder: of one split.
        shards: at most so many.
        space_bytes: no further shard once the folder holds so much.
        seeds: of a shard; ``at_once`` of them in one call.
    """

    build: Callable[[], Source]
    folder: Path
    split: str
    shards: int
    space_bytes: int
    seeds: int = SEEDS
    at_once: int = 4

    def missing(self, worker: int = 0, workers: int = 1) -> Iterator[tuple[int, Path]]:
        """Numbers and files of the shards that one of the workers has to make, until the space is used up."""
        for number in range(worker, self.shards, workers):
            path = self.folder / f"{number:06d}.safetensors"
            if path.exists():
                continue
            if sum(file.stat().st_size for file in self.folder.glob("*.safetensors")) >= self.space_bytes:
                return
            yield number, path


def fill(filling: Filling, worker: int = 0, workers: int = 1) -> int:
    """Make the missing shards of one worker; returns how many."""
    source, made = filling.build(), 0
    for number, path in filling.missing(worker, workers):
        seeds = range(number * filling.seeds, (number + 1) * filling.seeds)
        examples: list[Example] = []
        for start in range(0, filling.seeds, filling.at_once):
            examples += source.examples(seeds[start : start + filling.at_once], filling.split)
        save_examples(path, examples)
        made += 1
    return made


def start_filling(filling: Filling, workers: int) -> list[multiprocessing.process.BaseProcess]:
    """Make shards in processes of the lowest priority, which end with this one."""
    quieten(os.environ)
    context = multiprocessing.get_context("spawn")
    started: list[multiprocessing.process.BaseProcess] = []
    for worker in range(workers):
        process = context.Process(target=_quietly, args=(filling, worker, workers), daemon=True)
        process.start()
        started.append(process)
    return started


def _quietly(filling: Filling, worker: int, workers: int) -> None:
    os.nice(19)
    torch.set_num_threads(1)
    fill(filling, worker, workers)
