"""Pictures of the world with everything that the plain encoder has to find in them, rendered once and kept."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional as F  # noqa: N812

from models.codec import Canvas
from models.layers.observe import observe
from models.layers.parts import ARTICULATION, DENSITY, POSE, SPRITE
from models.world.render import render_clips
from models.world.sample import sample_scene

SHARD = 20
"""Pictures in a file."""
MOST = 3
"""Subjects of a picture."""
WIDTH = 112
FINER = 2
"""A picture is kept in so many times the pixels that the network looks at, for close looks at small subjects."""

Rows = dict[str, torch.Tensor]
"""Of N pictures with room for ``MOST`` subjects: ``picture`` (N, 3, 128, 224), ``masks`` (N, 3, 64, 112) of what can be
seen of each subject, ``plate`` (N, 4, 64, 112), ``sheets`` (N, 3, 4, 64, 64) premultiplied, all uint8; ``poses``,
``articulation``, ``look`` as in ``models.layers.parts``; ``count`` (N,) of subjects."""


def rendered(seed: int, split: str) -> Rows:
    """One picture. The camera stands; in training the moment is any of the scene's, else its first."""
    scene = sample_scene(seed, split=split)
    scene = replace(scene, camera=replace(scene.camera, move="static"))
    chance = np.random.default_rng([seed, 9])
    begins = split != "train" or chance.random() < 0.25
    rate = 1.0 if begins else 1.0 / chance.uniform(0.1, 0.95 * scene.duration_s)
    frames = 1 if begins else 2
    clips = render_clips([scene], FINER * WIDTH, FINER * DENSITY, frames, rate, masks=True)
    layers = observe(scene, Canvas(frames, DENSITY, WIDTH, rate))  # type: ignore[arg-type]
    if clips.masks_BKFHW is None:
        raise RuntimeError("masks were asked for")
    count = len(scene.actors)
    made: Rows = {
        "picture": _bytes(clips.video_BCFHW[0, :, -1]),
        "masks": _bytes(F.avg_pool2d(clips.masks_BKFHW[0, :, -1], FINER)),
        "plate": layers.plate[:, :DENSITY, :WIDTH], "look": layers.look, "count": torch.tensor(count),
        "sheets": torch.zeros(MOST, 4, SPRITE, SPRITE, dtype=torch.uint8), "poses": torch.zeros(MOST, len(POSE)),
        "articulation": torch.zeros(MOST, ARTICULATION),
    }  # fmt: skip
    made["sheets"][:count] = layers.sheets
    made["poses"][:count] = layers.poses[:, -1]
    made["articulation"][:count] = layers.articulation[:, -1]
    return made


def shard(folder: Path, split: str, number: int) -> Rows:
    """``SHARD`` pictures; rendered if they are not there."""
    path = folder / f"{split}-{number:04d}.safetensors"
    if not path.exists():
        made = [rendered(seed, split) for seed in range(number * SHARD, (number + 1) * SHARD)]
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
        save_file({name: torch.stack([row[name] for row in made]).contiguous() for name in made[0]}, unfinished)
        os.replace(unfinished, path)
    return load_file(path)


def joined(shards: list[Rows]) -> Rows:
    """Several files as one."""
    return {name: torch.cat([each[name] for each in shards]) for name in shards[0]}


def _bytes(picture: torch.Tensor) -> torch.Tensor:
    return (picture * 255).round().clamp(0, 255).byte()


if __name__ == "__main__":
    import sys

    torch.set_num_threads(1)
    for wanted in range(int(sys.argv[3]), int(sys.argv[4])):
        shard(Path(sys.argv[1]), sys.argv[2], wanted)
