"""Waves that the sound codec learns from: foley of whole scenes and of single sounds, beds, music; kept in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from models.sound.codec import HOP, RATE
from models.world.action import perform
from models.world.ambience import BEDS, render_bed
from models.world.music import compose
from models.world.performance import SoundEvent
from models.world.sample import SPLITS, sample_scene
from models.world.sound import render_events
from models.world.vocabulary import MOODS, SOUNDS, SURFACES

SHARES = {"scene": 0.4, "single": 0.35, "bed": 0.15, "music": 0.1}
"""How often each kind is drawn."""
COUNTS = {
    "train": {"scene": 500, "single": 600, "bed": 39, "music": 18},
    "val": {"scene": 40, "single": 64, "bed": 13, "music": 6},
}
ASPECT = 1.75


def scene_events(seed: int, split: str) -> tuple[Sequence[SoundEvent], float]:
    """What is heard in a sampled scene, and how long it lasts, in seconds."""
    scene = sample_scene(seed, split=split)
    return perform(scene, torch.zeros(1), ASPECT).events, scene.duration_s


def made(kind: str, number: int, split: str) -> np.ndarray:
    """One wave, mono float32 (N,), the same for the same arguments; validation never hears what training does."""
    rng = np.random.default_rng([number, SPLITS.index(split), list(SHARES).index(kind)])
    seed = int(rng.integers(1 << 30))
    if kind == "scene":
        events, length_s = scene_events(number, split)
        stereo = render_events(events, length_s, seed, RATE)
    elif kind == "single":
        surface = tuple(SURFACES)[int(rng.integers(len(SURFACES)))]
        gain_db, at_s = float(rng.uniform(-18.0, 3.0)), float(rng.uniform(0.05, 0.5))
        event = SoundEvent(SOUNDS[number % len(SOUNDS)], at_s, gain_db=gain_db, surface=surface)
        stereo = render_events([event], 2.0, seed, RATE)
    elif kind == "bed":
        name = sorted(BEDS)[number % len(BEDS)]
        stereo = render_bed((name,), RATE, float(rng.uniform(0.0, 600.0)), 8.0)
    else:
        stereo = compose(MOODS[number % len(MOODS)], None, 12.0, seed, RATE)
    return stereo.mean(0).numpy()


def fill(folder: Path, split: str, counts: dict[str, int] | None = None) -> dict[str, list[np.ndarray]]:
    """All waves of a split by kind, float32; made once and kept in the folder as ``<split>-<kind>.npz``."""
    folder.mkdir(parents=True, exist_ok=True)
    found: dict[str, list[np.ndarray]] = {}
    for kind, count in (counts or COUNTS[split]).items():
        file = folder / f"{split}-{kind}-{count}.npz"
        if not file.exists():
            waves = {str(n): made(kind, n, split).astype(np.float16) for n in range(count)}
            unfinished = file.with_suffix(".part.npz")
            np.savez(unfinished, **waves)  # type: ignore[arg-type]
            unfinished.replace(file)
        with np.load(file) as stored:
            found[kind] = [stored[str(n)].astype(np.float32) for n in range(count)]
    return found


def batch(waves: dict[str, list[np.ndarray]], count: int, tokens: int, rng: np.random.Generator) -> torch.Tensor:
    """Stretches of so many tokens, (count, tokens · HOP), some quieter, one in twenty silent."""
    kinds = rng.choice(list(waves), count, p=[SHARES[kind] / sum(SHARES[k] for k in waves) for kind in waves])
    length = tokens * HOP
    rows = np.zeros((count, length), np.float32)
    for row, kind in zip(rows, kinds, strict=True):
        wave = waves[kind][int(rng.integers(len(waves[kind])))]
        start = int(rng.integers(-length // 4, max(1, len(wave) - length // 2)))
        piece = wave[max(0, start) : start + length]
        gain = 0.0 if rng.random() < 0.05 else 10.0 ** (float(rng.uniform(-12.0, 0.0)) / 20.0)
        row[max(0, -start) : max(0, -start) + len(piece)] = piece * np.float32(gain)
    return torch.from_numpy(rows)
