"""Teach the ear: ``python -m models.judge.train_ear --role critic --minutes 12``.

Mixtures of the world's sounds, each synthesised anew some hundred times, over ambience, music and nothing, at levels
drawn by chance. Minutes are the process's own CPU time.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

from models import checkpoint
from models.judge.ear import KIND, RATE_HZ, STEP_S, Ear, EarParams, at_rate, ear_card, ear_config, levelled, mels
from models.judge.network import ROLES
from models.train_finder import world_digest
from models.train_reader import pace
from models.world.ambience import render_ambience
from models.world.moods import MOOD_TABLE
from models.world.music import compose
from models.world.performance import SoundEvent
from models.world.sample import sample_scene
from models.world.sound import one_sound
from models.world.vocabulary import SOUNDS

LENGTH_S = 5.12
SURFACES = ("leaves", "sand", "stone", "snow", "grass", "wood")
SMEAR_S = 0.025
"""Width of the bell around an onset that is learned."""
SERIAL = {"footstep": (0.28, 0.7), "flap": (0.15, 0.5), "bounce": (0.35, 0.9), "engine": (0.6, 1.4)}
"""Sounds that come in series, and the seconds between them."""


@dataclass(frozen=True)
class EarRecipe:
    """Attributes:
    variants: of each sound, of each surface for footsteps; beds: stretches of ambience and music.
    batch: mixtures in a step.
    """

    variants: int = 24
    beds: int = 40
    batch: int = 24
    rate: float = 3e-3
    weight_decay: float = 0.02
    average: float = 0.995
    seed: int = 81


class Studio:
    """Sounds and beds, synthesised once, and mixtures of them."""

    def __init__(self, recipe: EarRecipe) -> None:
        rng = np.random.default_rng([recipe.seed, 5])
        self.sounds = {sound: self._takes(sound, recipe.variants, rng) for sound in SOUNDS}
        self.beds = [self._bed(n, rng) for n in range(recipe.beds)]

    @staticmethod
    def _takes(sound: str, variants: int, rng: np.random.Generator) -> list[np.ndarray]:
        events = [SoundEvent(sound, 0.0, surface=surface) for surface in (SURFACES if sound == "footstep" else ("",))]
        waves = [one_sound(event, rng, 2 * RATE_HZ) for event in events for _ in range(variants)]
        return [at_rate(torch.from_numpy(wave), 2 * RATE_HZ).numpy() for wave in waves]

    @staticmethod
    def _bed(number: int, rng: np.random.Generator) -> np.ndarray:
        seed = int(rng.integers(1 << 30))
        if number % 3 == 2:
            mood = sorted(MOOD_TABLE)[number // 3 % len(MOOD_TABLE)]
            wave = compose(mood, None, 16.0, seed, 2 * RATE_HZ)
        else:
            wave = render_ambience(sample_scene(seed), 2 * RATE_HZ, float(rng.uniform(0, 60)), 16.0)
        return at_rate(wave.mean(0), 2 * RATE_HZ).numpy()

    def mixtures(self, count: int, rng: np.random.Generator) -> tuple[torch.Tensor, torch.Tensor]:
        """Waves (count, N), -1 to 1, and how much every sound begins at every step (count, T, sounds), 0 to 1."""
        length, steps = round(LENGTH_S * RATE_HZ), round(LENGTH_S / STEP_S)
        waves, onsets = np.zeros((count, length), np.float32), np.zeros((count, steps, len(SOUNDS)), np.float32)
        for row in range(count):
            for sound, at_s, gain_db in self._events(rng):
                takes = self.sounds[sound]
                wave, start = takes[int(rng.integers(len(takes)))], round(at_s * RATE_HZ)
                cut = wave[: length - start] * np.float32(10.0 ** (gain_db / 20.0))
                waves[row, start : start + len(cut)] += cut
                bell = np.exp(-0.5 * ((np.arange(steps) * STEP_S - at_s) / SMEAR_S) ** 2)
                column = onsets[row, :, SOUNDS.index(sound)]
                np.maximum(column, bell, out=column)
            waves[row] = self._backed(waves[row], rng)
        return torch.stack([levelled(torch.from_numpy(wave)) for wave in waves]), torch.from_numpy(onsets)

    def _events(self, rng: np.random.Generator) -> list[tuple[str, float, float]]:
        found: list[tuple[str, float, float]] = []
        for _ in range(int(rng.integers(0, 5))):
            sound, at_s = SOUNDS[int(rng.integers(len(SOUNDS)))], float(rng.uniform(0.0, LENGTH_S - 0.15))
            gain = float(rng.uniform(-14.0, 4.0))
            found.append((sound, at_s, gain))
            if sound in SERIAL and rng.random() < 0.8:
                gap = float(rng.uniform(*SERIAL[sound]))
                while (at_s := at_s + gap * float(rng.uniform(0.93, 1.07))) < LENGTH_S - 0.15:
                    found.append((sound, at_s, gain + float(rng.uniform(-2, 2))))
        return found

    def _backed(self, wave: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        if rng.random() < 0.35:
            return wave + rng.standard_normal(len(wave)).astype(np.float32) * np.float32(10 ** rng.uniform(-5, -3))
        mixed = wave.copy()
        for _ in range(1 + int(rng.random() < 0.3)):
            bed = self.beds[int(rng.integers(len(self.beds)))]
            start = int(rng.integers(len(bed) - len(wave)))
            mixed += bed[start : start + len(wave)] * np.float32(10.0 ** (rng.uniform(-20.0, -1.0) / 20.0))
        return mixed


def train(recipe: EarRecipe, params: EarParams, minutes: float) -> tuple[Ear, int]:
    """Teach an ear for so many minutes of CPU time; the average of its weights, and the steps."""
    torch.manual_seed(recipe.seed)
    studio = Studio(recipe)
    net, mean = Ear(params), Ear(params)
    mean.load_state_dict(net.state_dict())
    optimiser = torch.optim.AdamW(net.parameters(), lr=recipe.rate, weight_decay=recipe.weight_decay)
    began, step, told = time.process_time(), 0, 0.0
    while (share := (time.process_time() - began) / (60 * minutes)) < 1.0:
        waves, onsets = studio.mixtures(recipe.batch, np.random.default_rng([recipe.seed, step]))
        for group in optimiser.param_groups:
            group["lr"] = recipe.rate * pace(share)
        with torch.autocast("cpu", torch.bfloat16):
            logits = net(mels(waves))
        loss = ear_loss(logits, onsets)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        optimiser.step()
        step += 1
        keep = min(recipe.average, (1 + step) / (10 + step))
        with torch.no_grad():
            for mine, theirs in zip(mean.state_dict().values(), net.state_dict().values(), strict=True):
                mine.copy_(torch.lerp(mine, theirs, 1.0 - keep) if mine.is_floating_point() else theirs)
        told = float(loss.detach()) if step == 1 else 0.97 * told + 0.03 * float(loss.detach())
        if step % 50 == 0:
            print(json.dumps({"step": step, "minutes": round(share * minutes, 2), "loss": round(told, 5)}), flush=True)
    return mean.eval(), step


def ear_loss(logits_BTS: torch.Tensor, onsets_BTS: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of every step and sound; onsets are rare and count more."""
    steps = min(logits_BTS.shape[1], onsets_BTS.shape[1])
    logits, target = logits_BTS[:, :steps], onsets_BTS[:, :steps]
    each = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    return 30.0 * (each * (1.0 + 6.0 * target)).mean()


@torch.inference_mode()
def measured(net: Ear, studio: Studio, batches: int = 12) -> dict[str, float]:
    """Over mixtures that were never heard: F1 of onsets within 0.12 s at a half, and the mean error in time."""
    hit = said = true = 0
    off: list[float] = []
    for n in range(batches):
        waves, onsets = studio.mixtures(16, np.random.default_rng([999, n]))
        p = net(mels(waves)).sigmoid()[:, : onsets.shape[1]]
        peaks = (p > 0.5) & (F.max_pool1d(p.transpose(1, 2), 7, 1, 3).transpose(1, 2) == p)
        real = (onsets > 0.9) & (F.max_pool1d(onsets.transpose(1, 2), 3, 1, 1).transpose(1, 2) == onsets)
        for b, t, s in torch.nonzero(real).tolist():
            near = torch.nonzero(peaks[b, max(0, t - 6) : t + 7, s]).flatten()
            true += 1
            if len(near):
                hit += 1
                off.append(float((near + max(0, t - 6) - t).abs().min()) * STEP_S)
        said += int(peaks.sum())
    precision, recall = min(1.0, hit / max(1, said)), hit / max(1, true)
    return {"f1_120ms": round(2 * precision * recall / max(1e-6, precision + recall), 4),
            "precision": round(precision, 4), "recall": round(recall, 4),
            "mean_error_s": round(float(np.mean(off or [0.0])), 4)}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--role", choices=ROLES, required=True)
    parser.add_argument("--minutes", type=float, default=12.0)
    parser.add_argument("--out", type=Path, help="card to write (default: where the program looks for it)")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    critic = chosen.role == "critic"
    recipe = EarRecipe(seed=81 if critic else 82)
    net, steps = train(recipe, EarParams() if critic else EarParams.examiner(), chosen.minutes)
    held = Studio(EarRecipe(variants=6, beds=12, seed=recipe.seed + 1000))
    metrics: dict[str, object] = dict(measured(net, held))
    command = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False).stdout
    made = {**asdict(recipe), "role": chosen.role, "steps": steps, "world": world_digest()}
    card = checkpoint.Card(KIND, dict(ear_config(net)), made, chosen.minutes, commit.strip(), metrics)
    checkpoint.save(chosen.out or ear_card(chosen.role), net.state_dict(), card, dtype=torch.float16)
    print(json.dumps(metrics), flush=True)


if __name__ == "__main__":
    main()
