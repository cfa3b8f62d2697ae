"""Clips to train the autoencoder on: rendered once from the world, kept on disk as bytes, read by random access."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from models.shapes import FPS
from models.world.render import render_clips
from models.world.sample import sample_scene

SHARD = 50
"""Clips in a file."""
FIRST_SEED = 40_000_000
"""Seeds from here on, so that no other training has seen these scenes."""


@dataclass(frozen=True)
class Footage:
    """How many clips of what size; ``frames`` is 1 + 4k."""

    clips: int = 2500
    held: int = 50
    frames: int = 17
    height: int = 64
    width: int = 112


def render_shard(footage: Footage, first_seed: int, split: str) -> np.ndarray:
    """``SHARD`` clips as uint8 (N, F, H, W, 4): red, green, blue, and how much of the pixel is a subject.

    Every clip begins somewhere in its scene's first two seconds, as far as that scene's length allows.
    """
    rows = np.empty((SHARD, footage.frames, footage.height, footage.width, 4), np.uint8)
    for row, seed in enumerate(range(first_seed, first_seed + SHARD)):
        skipped = seed % 3 * (footage.frames // 3)
        scene = sample_scene(seed, split=split, duration_s=(skipped + footage.frames) / FPS)
        made = render_clips([scene], footage.width, footage.height, skipped + footage.frames, FPS, masks=True)
        assert made.masks_BKFHW is not None
        subject_FHW1 = made.masks_BKFHW[0, :, skipped:].sum(0).clamp(max=1.0)[..., None]
        clip_FHWC = torch.cat([made.video_BCFHW[0, :, skipped:].permute(1, 2, 3, 0), subject_FHW1], -1)
        rows[row] = clip_FHWC.mul(255).add(0.5).clamp(0, 255).to(torch.uint8).numpy()
    return rows


def world_digest() -> str:
    """Hash of the sources of the world: another world is other footage."""
    digest = hashlib.sha256()
    folder = Path(__file__).resolve().parent.parent / "world"
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def shards(footage: Footage, folder: Path, split: str = "train") -> list[np.ndarray]:
    """All clips of a split, mapped from disk; what is missing is rendered first. A killed run loses one shard."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = footage.clips if split == "train" else footage.held
    size = f"{footage.width}x{footage.height}x{footage.frames}"
    mapped = []
    for number in range(-(-wanted // SHARD)):
        path = folder / f"{split}-{size}-{number:03d}.npy"
        if not path.exists():
            unfinished = path.with_suffix(".part")
            with open(unfinished, "wb") as file:
                np.save(file, render_shard(footage, FIRST_SEED + number * SHARD, split))
            unfinished.replace(path)
        mapped.append(np.load(path, mmap_mode="r"))
    return mapped


def tensors(rows_NFHW4: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    """Video (N, 3, F, H, W) and subjects' cover (N, 1, F, H, W), fp32, 0 to 1."""
    clips = torch.from_numpy(np.array(rows_NFHW4, order="C")).float().div(255).permute(0, 4, 1, 2, 3)
    return clips[:, :3].contiguous(), clips[:, 3:].contiguous()


def batches(
    mapped: list[np.ndarray], size: int, frames: int, rng: np.random.Generator
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Endless random batches of so many frames of a clip; half are mirrored, a quarter run backwards."""
    while True:
        rows = []
        for _ in range(size):
            shard = mapped[int(rng.integers(len(mapped)))]
            row = shard[int(rng.integers(len(shard)))]
            start = int(rng.integers(len(row) - frames + 1))
            row = row[start : start + frames]
            row = row[:, :, ::-1] if rng.random() < 0.5 else row
            rows.append(row[::-1] if rng.random() < 0.25 else row)
        yield tensors(np.stack(rows))
