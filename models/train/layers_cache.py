"""Examples for the layers codec, made once and kept: figures in action, and clips taken apart.

Rendering a sprite costs as much as learning from it, so a stopped run or a second one finds them again. The files are
named after the world that made them; a changed world makes new ones.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from models.codec import Canvas
from models.layers.parts import Layers, Sprites

SHARD = 50
"""Scenes in a file."""
PER_ACTOR = 4
CANVASES = (Canvas(49), Canvas(49), Canvas(49), Canvas(49, 64, 64), Canvas(49, 112, 64))
_CORNER = "corner"


@dataclass(frozen=True)
class Cache:
    """A folder of shards. ``first`` is the first seed, so that parts of a run do not share scenes."""

    folder: Path
    split: str = "train"
    first: int = 0

    def figures(self, shard: int) -> Sprites:
        """Every actor of ``SHARD`` scenes, standing and in action; rendered if it is not there."""
        path = self._path("figures", shard)
        if not path.exists():
            from models.layers.observe import sprites
            from models.world.sample import sample_scene

            seeds = range(self.first + shard * SHARD, self.first + (shard + 1) * SHARD)
            generator = torch.Generator().manual_seed(self.first + shard)
            made = sprites([sample_scene(seed, split=self.split) for seed in seeds], generator, PER_ACTOR)
            _write(path, {each.name: getattr(made, each.name) for each in fields(made)})
        return Sprites(**load_file(path))

    def clips(self, shard: int) -> list[Layers]:
        """``SHARD`` scenes taken apart; rendered if they are not there."""
        path = self._path("clips", shard)
        if not path.exists():
            from models.layers.observe import observe
            from models.world.sample import sample_scene

            tensors: dict[str, torch.Tensor] = {}
            for index in range(SHARD):
                seed = self.first + shard * SHARD + index
                made = observe(sample_scene(seed, split=self.split), CANVASES[seed % len(CANVASES)])
                for each in fields(made):
                    value = getattr(made, each.name)
                    tensors[f"{index}.{each.name}"] = torch.tensor(value) if each.name == _CORNER else value
            _write(path, tensors)
        return list(_read(load_file(path)))

    def _path(self, what: str, shard: int) -> Path:
        return self.folder / f"{what}-{self.split}-{self.first + shard * SHARD:07d}.safetensors"


def joined(shards: list[Sprites]) -> Sprites:
    """Several sets of figures as one."""
    return Sprites(*(torch.cat([getattr(shard, each.name) for shard in shards]) for each in fields(Sprites)))


def _read(tensors: dict[str, torch.Tensor]) -> Iterator[Layers]:
    for index in range(SHARD):
        parts = {each.name: tensors[f"{index}.{each.name}"] for each in fields(Layers)}
        top, left = parts.pop(_CORNER).tolist()
        yield Layers(corner=(top, left), **parts)


def _write(path: Path, tensors: dict[str, torch.Tensor]) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
    save_file({name: value.contiguous() for name, value in tensors.items()}, unfinished)
    os.replace(unfinished, path)
