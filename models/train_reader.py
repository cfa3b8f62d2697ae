"""Teach the reader: ``python -m models.train_reader --minutes 25``.

Learns from the shards that ``models.reader_cache`` has rendered so far (new ones join while it runs), first from single
pictures, then from clips too. State is kept every minute, so that a stopped run goes on where it was; ``--minutes``
are the process's own CPU time, of all runs together, so that a busy machine does not make it learn less. The rate of
learning falls to nothing at their end; what lands is a running average of the weights, also in between (``--land``).
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from models import checkpoint
from models.likeness import prints
from models.reader import KIND, WEIGHTS, Reader, config_of, save_reader
from models.reader_cache import STATE, Shots, shards
from models.reader_lessons import Batch, alike_loss, clip_loss, eye_loss, of_clips
from models.reader_smear import smeared
from models.train_finder import world_digest

KEEP_EVERY_S = 30.0
REFRESH = 100
"""Steps after which new shards are looked for."""


@dataclass(frozen=True)
class ReaderRecipe:
    """How the reader is trained: pictures alone for a share of the time, then every ``clip_every``-th step clips."""

    pictures: int = 32
    clips: int = 5
    figures: int = 12
    pictures_until: float = 0.1
    clip_every: int = 3
    average: float = 0.99
    rate: float = 3e-3
    clip_rate: float = 1.5e-3
    weight_decay: float = 0.02
    most_clips: int = 7000
    seed: int = 45


class Album:
    """The rendered clips, and who leads them."""

    def __init__(self, parts: list[Shots]) -> None:
        if not parts:
            raise ValueError("there are no clips to learn from; `python -m models.reader_cache` renders some")
        self.parts = parts
        self.sizes = np.cumsum([0, *(len(part) for part in parts)])
        lead = np.concatenate([part.subjects[:, 0] for part in parts])
        self.pairs_by_kind = {int(kind): np.flatnonzero(lead[::2] == kind) for kind in np.unique(lead) if kind >= 0}

    def __len__(self) -> int:
        return int(self.sizes[-1])

    def pick(self, clips: np.ndarray, frames: np.ndarray | None = None) -> Shots:
        """These clips; with ``frames`` one frame of each."""
        rows: dict[str, list[np.ndarray]] = {name: [] for name in vars(self.parts[0])}
        for n, number in enumerate(clips):
            place = int(np.searchsorted(self.sizes, number, "right")) - 1
            part, row = self.parts[place], int(number - self.sizes[place])
            for name, values in vars(part).items():
                chosen = values[row]
                if frames is not None and name in ("video", "masks", "boxes", "visible", "actions", "ways"):
                    chosen = chosen[frames[n] : frames[n] + 1]
                rows[name].append(np.asarray(chosen))
        return Shots(**{name: np.stack(values) for name, values in rows.items()})

    def pictures(self, count: int, rng: np.random.Generator) -> Shots:
        frames = self.parts[0].video.shape[1]
        return self.pick(rng.integers(len(self), size=count), rng.integers(frames, size=count))

    def figures(self, count: int, rng: np.random.Generator) -> Shots:
        """``count`` pairs of pictures that share their lead, one after the other; many leads are of the same kind."""
        kinds = rng.choice(list(self.pairs_by_kind), max(1, count // 4))
        pairs = [int(rng.choice(self.pairs_by_kind[int(kinds[n % len(kinds)])])) for n in range(count)]
        clips = np.array([2 * pair + other for pair in pairs for other in (0, 1)])
        whole = self.pick(clips)
        best = [_seen_frame(whole, n, rng) for n in range(len(clips))]
        return self.pick(clips, np.array(best))


def _seen_frame(shots: Shots, n: int, rng: np.random.Generator) -> int:
    """A frame in which the lead is well seen, or that in which it is seen best."""
    well = np.flatnonzero(shots.visible[n, :, 0] > 0.7)
    return int(rng.choice(well)) if len(well) else int(shots.visible[n, :, 0].argmax())


@dataclass
class Progress:
    """Where a training is."""

    step: int = 0
    spent_s: float = 0.0


def pace(share: float) -> float:
    """Rate of learning as a share of its highest: up in a fiftieth of the time, then down by a cosine."""
    return min(share / 0.02, 1.0) * 0.5 * (1.0 + math.cos(math.pi * min(1.0, share))) + 1e-3


def set_mode(net: Reader, clips: bool) -> None:
    """For clips the statistics of the eye stay as the pictures left them: frames of five clips are too much alike."""
    net.train()
    if clips:
        for part in net.eye.modules():
            if isinstance(part, nn.BatchNorm2d):
                part.eval()


def learn(
    net: Reader, optimiser: torch.optim.Optimizer, album: Album, recipe: ReaderRecipe, share: float,
    rng: np.random.Generator, step: int,
) -> dict[str, float]:  # fmt: skip
    """One step, after ``share`` of the training; returns the parts of the loss."""
    clips = share >= recipe.pictures_until and step % recipe.clip_every == 0
    for group in optimiser.param_groups:
        group["lr"] = (recipe.clip_rate if clips else recipe.rate) * pace(share)
    set_mode(net, clips)
    mirrored = bool(rng.random() < 0.5)
    if clips:
        batch = of_clips(album.pick(rng.integers(len(album), size=recipe.clips)), mirrored)
        parts = clip_loss(net, _spoilt(batch, rng), bool(rng.random() < 0.5))
    else:
        batch = of_clips(album.pictures(recipe.pictures, rng), mirrored)
        parts = eye_loss(net, _spoilt(batch, rng))[0]
    if not clips and step % 2:
        figures = of_clips(album.figures(recipe.figures, rng), mirrored)
        spoilt = _spoilt(figures, rng)
        print_ = prints(net.likeness, spoilt.video_BFCHW[:, 0], spoilt.boxes_BFK4[:, 0, 0])
        parts["likeness"] = 0.5 * alike_loss(print_, net.likeness.warmth, spoilt.seen_BFK[:, 0, 0])
    total = torch.stack(list(parts.values())).sum()
    optimiser.zero_grad(set_to_none=True)
    total.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 3.0)
    optimiser.step()
    return {name: float(part.detach()) for name, part in parts.items()}


def _spoilt(batch: Batch, rng: np.random.Generator) -> Batch:
    return batch.with_video(smeared(batch.video_BFCHW, rng))


class Training:
    """A network in training, with its average, that can be kept and taken up again."""

    def __init__(self, recipe: ReaderRecipe, saved: Path) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe, self.saved, self.done = recipe, saved, Progress()
        self.net = Reader()
        self.optimiser = torch.optim.AdamW(self.net.parameters(), lr=recipe.rate, weight_decay=recipe.weight_decay)
        self.average = {name: value.clone() for name, value in self.net.state_dict().items()}
        if saved.exists():
            kept = torch.load(saved, weights_only=True)
            if kept["recipe"] == asdict(recipe):
                self.net.load_state_dict(kept["net"])
                self.optimiser.load_state_dict(kept["optimiser"])
                self.average, self.done = kept["average"], Progress(kept["step"], kept["spent_s"])

    def follow(self) -> None:
        """Move the average towards the weights; counts and statistics are taken as they are."""
        share = max(1.0 - self.recipe.average, 1.0 / (1.0 + self.done.step))
        for name, value in self.net.state_dict().items():
            learnt = value.is_floating_point() and "running" not in name
            if learnt:
                self.average[name].lerp_(value, share)
            else:
                self.average[name].copy_(value)

    def keep(self) -> None:
        """Write the state under another name and rename it."""
        self.saved.parent.mkdir(parents=True, exist_ok=True)
        draft = self.saved.with_suffix(".part")
        torch.save({"recipe": asdict(self.recipe), "net": self.net.state_dict(), "average": self.average,
                    "optimiser": self.optimiser.state_dict(), **asdict(self.done)}, draft)  # fmt: skip
        draft.replace(self.saved)

    def averaged(self) -> Reader:
        """The network of averaged weights, ready to read."""
        net = Reader()
        net.load_state_dict(self.average)
        return net.eval()


def train(recipe: ReaderRecipe, minutes: float, state: Path = STATE, out: Path = WEIGHTS) -> Reader:
    """Train, or go on with a stopped training, for so many minutes of CPU time; save the weights with their card."""
    training = Training(recipe, state / "training.pt")
    done = training.done
    album = Album(shards("train", recipe.most_clips, state, only_kept=True))
    rng = np.random.default_rng([recipe.seed, done.step])
    means: dict[str, float] = {}
    last, written = time.process_time(), done.spent_s
    while done.spent_s < 60.0 * minutes:
        share = done.spent_s / (60.0 * minutes)
        parts = learn(training.net, training.optimiser, album, recipe, share, rng, done.step)
        training.follow()
        means |= {name: 0.95 * means.get(name, part) + 0.05 * part for name, part in parts.items()}
        done.step += 1
        done.spent_s, last = done.spent_s + time.process_time() - last, time.process_time()
        if done.step % REFRESH == 0:
            album = Album(shards("train", recipe.most_clips, state, only_kept=True))
            told = " ".join(f"{name} {mean:.3f}" for name, mean in means.items())
            print(f"{done.step} {done.spent_s:.0f} s, {len(album)} clips: {told}", flush=True)
        if done.spent_s - written > KEEP_EVERY_S:
            written = done.spent_s
            training.keep()
    training.keep()
    net = training.averaged()
    land(net, recipe, done, len(album), out)
    return net


def land(net: Reader, recipe: ReaderRecipe, done: Progress, clips: int, out: Path, test: int = 500) -> None:
    """Save the weights; their card says what ``models.reader_marks`` measured on ``test`` clips, if they are there."""
    from models.reader_marks import marks

    measured: dict[str, object] = dict(marks(net, shards("test", test, only_kept=True)))
    command = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False).stdout
    told = asdict(recipe) | {"steps": done.step, "clips_rendered": clips, "world": world_digest()}
    card = checkpoint.Card(KIND, config_of(net), told, round(done.spent_s / 60.0, 1), commit.strip(), measured)
    save_reader(net, card, out)
    print(json.dumps(measured, indent=1), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=25.0)
    parser.add_argument("--state", type=Path, default=STATE)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--land", action="store_true", help="save what was learned so far, and train no more")
    parser.add_argument("--test", type=int, default=500, help="clips to measure on when landing early")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    if chosen.land:
        training = Training(ReaderRecipe(), chosen.state / "training.pt")
        clips = sum(map(len, shards("train", ReaderRecipe().most_clips, chosen.state, only_kept=True)))
        land(training.averaged(), ReaderRecipe(), training.done, clips, chosen.out, chosen.test)
        return
    train(ReaderRecipe(), chosen.minutes, chosen.state, chosen.out)


if __name__ == "__main__":
    main()
