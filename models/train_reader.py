"""Teach the reader: ``python -m models.train_reader --minutes 25``; on a GPU, with nothing there yet:
``python -m models.train_reader --device cuda --minutes 3.5 --workers 12 --render-seconds 110 --land``.

Learns from the shards that ``models.reader_cache`` has rendered so far (new ones join while it runs; ``--workers``
processes make them meanwhile), from pictures and from clips in turn. State is kept every half minute, so that a stopped
run goes on where it was; ``--minutes`` are the process's own CPU time, so that a busy machine does not make it learn
less, or on a GPU the time on the wall, of all runs together. The rate of learning falls to nothing at their end; what
lands is a running average of the weights, also in between (``--land`` with ``--minutes 0``).
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np
import torch
from torch import nn

from models import checkpoint
from models.likeness import prints
from models.reader import KIND, WEIGHTS, Reader, ReaderParams, config_of, save_reader
from models.reader_album import Album
from models.reader_cache import SHARD, STATE, Rendering, folder_of, kept_numbers, shard, shards, start_rendering
from models.reader_lessons import Batch, alike_loss, clip_loss, picture_loss
from models.reader_smear import smeared
from models.train_finder import world_digest

KEEP_EVERY_S = 30.0
TELL_EVERY = 50
"""Steps after which numbers are told and new shards looked for."""


@dataclass(frozen=True)
class ReaderRecipe:
    """How the reader is trained: of every ``clip_every`` steps one is of clips, the others of pictures.

    Attributes:
        pictures, clips, figures: that are learned from in one step; figures are pairs.
        average: how much the average keeps of itself in a step.
        rate: highest rate of learning.
        clips_at_first: to be there before it begins.
    """

    pictures: int = 32
    clips: int = 5
    figures: int = 12
    clip_every: int = 2
    average: float = 0.99
    rate: float = 2e-3
    weight_decay: float = 0.03
    most_clips: int = 7000
    clips_at_first: int = 50
    seed: int = 45

    @classmethod
    def large(cls) -> ReaderRecipe:
        """For a GPU."""
        return cls(512, 40, 128, average=0.996, most_clips=24_000, clips_at_first=1000)


@dataclass
class Progress:
    """Where a training is."""

    step: int = 0
    spent_s: float = 0.0


def pace(share: float) -> float:
    """Rate of learning as a share of its highest: up in a fiftieth of the time, then down by a cosine."""
    return min(share / 0.02, 1.0) * 0.5 * (1.0 + math.cos(math.pi * min(1.0, share))) + 1e-3


def learn(
    net: Reader, optimiser: torch.optim.Optimizer, album: Album, recipe: ReaderRecipe, share: float,
    rng: np.random.Generator, step: int,
) -> dict[str, torch.Tensor]:  # fmt: skip
    """One step, after ``share`` of the training; returns the parts of the loss, which nobody has waited for."""
    for group in optimiser.param_groups:
        group["lr"] = recipe.rate * pace(share)
    net.train()
    # At first it is often told where subjects are, in the end nearly never: nobody tells it when it reads.
    told = bool(rng.random() < 0.6 * (1.0 - share))
    mirrored = bool(rng.random() < 0.5)
    with torch.autocast(album.device.type, torch.bfloat16, enabled=album.device.type == "cuda"):
        if step % recipe.clip_every == 0:
            parts = clip_loss(net, _spoilt(album.clips(recipe.clips, rng, mirrored), rng), told, rng)
        else:
            parts = picture_loss(net, _spoilt(album.pictures(recipe.pictures, rng, mirrored), rng), told, rng)
            parts["likeness"] = 0.5 * _likeness_loss(net, _spoilt(album.figures(recipe.figures, rng, mirrored), rng))
    total = torch.stack(list(parts.values())).sum()
    optimiser.zero_grad(set_to_none=True)
    total.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 3.0)
    optimiser.step()
    return {name: part.detach() for name, part in parts.items()}


def _likeness_loss(net: Reader, figures: Batch) -> torch.Tensor:
    print_ = prints(net.likeness, figures.video_BFCHW[:, 0], figures.boxes_BFK4[:, 0, 0])
    return alike_loss(print_, net.likeness.warmth, figures.seen_BFK[:, 0, 0])


def _spoilt(batch: Batch, rng: np.random.Generator) -> Batch:
    with torch.no_grad(), torch.autocast(batch.video_BFCHW.device.type, enabled=False):
        return batch.with_video(smeared(batch.video_BFCHW, rng))


class Training:
    """A network in training on a device, with its average, that can be kept and taken up again."""

    def __init__(
        self, recipe: ReaderRecipe, saved: Path, device: torch.device | str = "cpu", params: ReaderParams | None = None
    ) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe, self.saved, self.done = recipe, saved, Progress()
        self.device = torch.device(device)
        self.params = params or ReaderParams()
        self.net = Reader(self.params).to(self.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimiser = torch.optim.AdamW(
            self.net.parameters(), lr=recipe.rate, weight_decay=recipe.weight_decay, fused=self.device.type == "cuda"
        )
        self.average = {name: value.clone() for name, value in self.net.state_dict().items()}
        if saved.exists():
            self._take_up(torch.load(saved, map_location=self.device, weights_only=True))

    def _take_up(self, kept: dict) -> None:
        if kept["recipe"] != asdict(self.recipe) or kept["params"] != asdict(self.params):
            return
        self.net.load_state_dict(kept["net"])
        self.optimiser.load_state_dict(kept["optimiser"])
        self.average, self.done = kept["average"], Progress(kept["step"], kept["spent_s"])

    @torch.no_grad()
    def follow(self) -> None:
        """Move the average towards the weights and their statistics; counts are taken as they are."""
        share = max(1.0 - self.recipe.average, 1.0 / (1.0 + self.done.step))
        now = self.net.state_dict()
        floats = [name for name, value in now.items() if value.is_floating_point()]
        torch._foreach_lerp_([self.average[name] for name in floats], [now[name] for name in floats], share)
        for name in now.keys() - set(floats):
            self.average[name].copy_(now[name])

    def keep(self) -> None:
        """Write the state under another name and rename it."""
        self.saved.parent.mkdir(parents=True, exist_ok=True)
        draft = self.saved.with_suffix(".part")
        torch.save({"recipe": asdict(self.recipe), "params": asdict(self.params), "net": self.net.state_dict(),
                    "average": self.average, "optimiser": self.optimiser.state_dict(), **asdict(self.done)},
                   draft)  # fmt: skip
        draft.replace(self.saved)

    def averaged(self) -> Reader:
        """The network of averaged weights on its device, ready to read."""
        net = Reader(self.params).to(self.device)
        net.load_state_dict(self.average)
        return net.eval()


class Shelf:
    """The album of a training that grows as shards are rendered.

    Raises:
        ValueError: there are no clips, and nobody renders any.
    """

    def __init__(self, recipe: ReaderRecipe, state: Path, device: torch.device, renderers: list[BaseProcess]) -> None:
        self.recipe, self.state, self.renderers = recipe, state, renderers
        at_work = True
        while at_work and SHARD * len(self._numbers()) < recipe.clips_at_first:
            at_work = any(process.is_alive() for process in renderers)
            time.sleep(0.5 if at_work else 0.0)
        self.known = set(self._numbers())
        first = [shard(number, "train", folder_of(state)) for number in sorted(self.known)]
        self.album = Album(first, device, recipe.most_clips)

    def _numbers(self) -> list[int]:
        return kept_numbers("train", self.recipe.most_clips, self.state)

    def refresh(self) -> None:
        """Take in what was rendered meanwhile, if there is room."""
        fresh = [number for number in self._numbers() if number not in self.known]
        if fresh and len(self.album) < self.album.room:
            self.album.add([shard(number, "train", folder_of(self.state)) for number in fresh])
            self.known |= set(fresh)


def clock_of(device: torch.device) -> Callable[[], float]:
    """Seconds of CPU time, or on a GPU of time on the wall."""
    return time.monotonic if device.type == "cuda" else time.process_time


def train(training: Training, minutes: float, shelf: Shelf) -> None:
    """Train, or go on with a stopped training, for so many minutes in all; the state is kept."""
    done, recipe, album = training.done, training.recipe, shelf.album
    clock = clock_of(training.device)
    means: dict[str, torch.Tensor] = {}
    last, written = clock(), done.spent_s
    while done.spent_s < 60.0 * minutes:
        share = done.spent_s / (60.0 * minutes)
        rng = np.random.default_rng([recipe.seed, done.step])
        parts = learn(training.net, training.optimiser, album, recipe, share, rng, done.step)
        training.follow()
        means |= {name: torch.lerp(means.get(name, part), part, 0.05) for name, part in parts.items()}
        done.step += 1
        if done.step % TELL_EVERY == 0:
            tell(training, means, len(album))
            shelf.refresh()
        now = clock()
        done.spent_s, last = done.spent_s + now - last, now
        if done.spent_s - written > KEEP_EVERY_S:
            written = done.spent_s
            training.keep()
    training.keep()


def tell(training: Training, means: dict[str, torch.Tensor], clips: int) -> None:
    """Print where the training is.

    Raises:
        FloatingPointError: a loss is no number any more; the state that was kept is older.
    """
    told = {name: float(mean) for name, mean in means.items()}
    line = " ".join(f"{name} {mean:.3f}" for name, mean in told.items())
    print(f"{training.done.step} {training.done.spent_s:.0f} s, {clips} clips: {line}", flush=True)
    if not all(math.isfinite(mean) for mean in told.values()):
        raise FloatingPointError(f"the training has left the numbers: {line}")


def land(training: Training, clips: int, test: int, state: Path = STATE, out: Path = WEIGHTS) -> None:
    """Save the weights; their card says what ``models.reader_marks`` measured on ``test`` clips, if they are there."""
    from models.reader_marks import marks

    net = training.averaged()
    measured: dict[str, object] = dict(marks(net, shards("test", test, state, only_kept=True)))
    told = asdict(training.recipe) | {
        "steps": training.done.step, "clips_rendered": clips, "device": training.device.type, "world": world_digest(),
    }  # fmt: skip
    minutes = round(training.done.spent_s / 60.0, 1)
    save_reader(net, checkpoint.Card(KIND, config_of(net), told, minutes, _commit(), measured), out)
    print(json.dumps(measured, indent=1), flush=True)


def _commit() -> str:
    """The commit of the code; nothing where git cannot say."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    try:
        told = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return told.stdout.strip()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=25.0)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--state", type=Path, default=STATE)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--land", action="store_true", help="measure and save what was learned")
    parser.add_argument("--test", type=int, default=500, help="clips to measure on when landing")
    parser.add_argument("--workers", type=int, default=0, help="processes that render clips meanwhile")
    parser.add_argument("--render-seconds", type=float, default=110.0)
    chosen = parser.parse_args()
    device = torch.device(chosen.device)
    recipe = ReaderRecipe() if device.type == "cpu" else ReaderRecipe.large()
    rendering = Rendering(recipe.most_clips, chosen.test, time.time() + chosen.render_seconds, chosen.state)
    renderers = start_rendering(rendering, chosen.workers)
    if device.type == "cpu":
        torch.set_num_threads(1)
    torch.backends.cudnn.benchmark = True
    training = Training(recipe, chosen.state / "training.pt", device)
    shelf = Shelf(recipe, chosen.state, device, renderers)
    train(training, chosen.minutes, shelf)
    for process in renderers:
        process.join()
    if chosen.land:
        land(training, len(shelf.album), chosen.test, chosen.state, chosen.out)


if __name__ == "__main__":
    main()
