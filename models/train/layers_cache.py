"""Examples for the layers codec, made once and kept: figures in action, and clips taken apart.

Rendering a sprite costs as much as learning from it, so a stopped run or a second one finds them again. A world that
draws otherwise needs a new folder.
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
        path = self.figure_file(shard)
        if not path.exists():
            from models.layers.observe import sprites
            from models.world.sample import sample_scene

            scenes = [sample_scene(seed, split=self.split) for seed in self._seeds(shard)]
            write_figures(path, sprites(scenes, torch.Generator().manual_seed(self._seeds(shard).start), PER_ACTOR))
        return Sprites(**load_file(path))

    def clips(self, shard: int) -> list[Layers]:
        """``SHARD`` scenes taken apart; rendered if they are not there."""
        path = self.clip_file(shard)
        if not path.exists():
            from models.layers.observe import observe
            from models.world.sample import sample_scene

            scenes = ((seed, sample_scene(seed, split=self.split)) for seed in self._seeds(shard))
            write_clips(path, [observe(scene, CANVASES[seed % len(CANVASES)]) for seed, scene in scenes])
        return list(_read(load_file(path)))

    def figure_file(self, shard: int) -> Path:
        return self._file("figures", shard)

    def clip_file(self, shard: int) -> Path:
        return self._file("clips", shard)

    def _file(self, what: str, shard: int) -> Path:
        return self.folder / f"{what}-{self.split}-{self._seeds(shard).start:07d}.safetensors"

    def _seeds(self, shard: int) -> range:
        return range(self.first + shard * SHARD, self.first + (shard + 1) * SHARD)


def write_figures(path: Path, figures: Sprites) -> None:
    """Keep figures in a file."""
    _write(path, {each.name: getattr(figures, each.name) for each in fields(figures)})


def write_clips(path: Path, clips: list[Layers]) -> None:
    """Keep ``SHARD`` clips in a file.

    Raises:
        ValueError: there are more or fewer.
    """
    if len(clips) != SHARD:
        raise ValueError(f"a file holds {SHARD} clips, got {len(clips)}")
    tensors: dict[str, torch.Tensor] = {}
    for index, clip in enumerate(clips):
        for each in fields(clip):
            value = getattr(clip, each.name)
            tensors[f"{index}.{each.name}"] = torch.tensor(value) if each.name == _CORNER else value
    _write(path, tensors)


def joined(shards: list[Sprites]) -> Sprites:
    """Several sets of figures as one."""
    return Sprites(*(torch.cat([getattr(shard, each.name) for shard in shards]) for each in fields(Sprites)))


def moved(figures: Sprites, device: str | torch.device) -> Sprites:
    """Figures on a device."""
    return Sprites(*(getattr(figures, each.name).to(device) for each in fields(Sprites)))


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
