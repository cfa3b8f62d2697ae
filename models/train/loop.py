"""The training of the transformer, whatever the codec: a sitting, and what is written on the way."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

from models.checkpoint import BYTES_FROM, quantised
from models.codec import Codec, Source
from models.text import Tokenizer
from models.train import parallel, state
from models.train.bank import meaning_of
from models.train.batches import Position, Stream
from models.train.feeds import BankFeed, Feed, StreamFeed
from models.train.parallel import Group
from models.train.progress import Reporter
from models.train.recipe import Progress, Recipe, land
from models.train.stepping import Stepped, Trainer, generator_of
from models.train.validate import SPLITS, Validation
from models.transformer import Transformer

SAVE_EVERY_S = 45.0
Samples = Callable[[Transformer, Tokenizer, Path, int], None]
"""Writes sheets of samples of a network into a folder, at a step."""


@dataclass(frozen=True)
class Studio:
    """What a codec brings to training.

    Attributes:
        codec: names the kinds of tokens.
        source: of examples to train on; validation asks it for the other splits.
        tokenizer: of a network that begins from nothing.
        samples: writes sheets now and then.
    """

    codec: Codec
    source: Source
    tokenizer: Tokenizer
    samples: Samples | None = None


@dataclass(frozen=True)
class Sitting:
    """One run of a training.

    Attributes:
        build: makes the studio, in each process anew; can be pickled.
        recipe: all numbers.
        folder: of state, log, curve and samples.
        minutes, steps: how long; whichever ends first. None is without end.
        warm: card of landed weights to begin with where there is no state.
        fresh: from nothing.
        landing: card to write at the end, or None.
        compiled: compile the blocks of the network, for GPUs.
        bank: folder of shards that a GPU draws its batches from; None asks the studio's source example by example.
        save_every_s: seconds between two states.
    """

    build: Callable[[], Studio]
    recipe: Recipe
    folder: Path
    minutes: float | None = None
    steps: int | None = None
    warm: Path | None = None
    fresh: bool = False
    landing: Path | None = None
    compiled: bool = False
    bank: Path | None = None
    save_every_s: float = SAVE_EVERY_S
    say: Callable[[str], None] = field(default=partial(print, flush=True))


def rate_scale(recipe: Recipe, steps: int, spent: float) -> float:
    """Share of the rate: a straight rise while the optimiser is new, then constant.

    With ``anneal`` it falls in a straight line to ``floor`` over the last share of the sitting.

    Args:
        steps: that the optimiser has made.
        spent: share of the sitting that is over, 0 to 1.
    """
    rise = min(1.0, (steps + 1) / recipe.warm_up)
    left = 1.0 if recipe.anneal <= 0 else min(1.0, (1 - min(1.0, spent)) / recipe.anneal)
    return rise * max(recipe.floor, left)


def train(sitting: Sitting, processes: int = 1, device: str = "cpu") -> None:
    """One sitting of a training, in so many processes.

    Raises:
        state.Busy: another one trains in the folder.
        CheckpointRefused: the state or the weights to begin with cannot be used.
    """
    parallel.run(partial(sit, sitting), processes, device)


def sit(sitting: Sitting, group: Group) -> None:
    """One sitting as one process sees it; the first process writes."""
    sitting.folder.mkdir(parents=True, exist_ok=True)
    with state.only_one(sitting.folder) if group.leads else nullcontext():
        studio = sitting.build()
        learner = state.begin(
            sitting.folder, studio.codec, sitting.recipe, studio.tokenizer, group.device, sitting.warm, sitting.fresh
        )
        feed = _feed(sitting, studio, learner, group)
        trainer = Trainer(learner, feed, studio.codec, sitting.recipe, group, sitting.compiled)
        _Desk(sitting, studio, trainer).work()


def _feed(sitting: Sitting, studio: Studio, learner: state.Learner, group: Group) -> Feed:
    """Batches from the bank if there is one, else from the examples of the source."""
    codec, recipe = studio.codec, sitting.recipe
    if sitting.bank is not None:
        meaning = meaning_of(codec.name, codec.meaning, learner.tokenizer)
        return BankFeed(sitting.bank, meaning, codec.specs, recipe, group.device)
    return StreamFeed(_stream(studio.source, learner, group), learner.tokenizer, codec.specs, recipe)


def _stream(source: Source, learner: state.Learner, group: Group) -> Stream:
    """The stream of this process: where it was, or past all that was used up if the processes are others now."""
    held = learner.positions
    if len(held) == group.world:
        return Stream(source, group.rank, group.world, held[group.rank])
    first = max((each.seed for each in held), default=-1) + 1
    return Stream(source, group.rank, group.world, Position(first + group.rank))


class _Desk:
    """What happens around the steps of a sitting: the clock, saving, looking, showing, ending."""

    def __init__(self, sitting: Sitting, studio: Studio, trainer: Trainer) -> None:
        self.sitting, self.studio, self.trainer = sitting, studio, trainer
        self.learner, self.group = trainer.learner, trainer.group
        self.reporter = Reporter(sitting.folder, sitting.say)
        self.before = self.learner.progress
        self.began = self.saved = self.looked = self.sampled = time.monotonic()
        self.average: Transformer | None = None
        self.checks: dict[str, Validation] = {}
        (sitting.folder / state.STOP).unlink(missing_ok=True) if self.group.leads else None

    def work(self) -> None:
        self.say_start()
        while not self.over():
            # The first process decides for all, in the exchange of the gradients: end after this step, save after it.
            flags = torch.tensor([float(self.group.ending or self._stop_file()), float(self._save_due())])
            progress = self.learner.progress
            scale = rate_scale(self.sitting.recipe, progress.steps - progress.born, self.spent())
            stepped = self.trainer.step(scale, flags, self.spent())
            self._clock()
            self.reporter.add(stepped.losses, stepped.examples, stepped.norm)
            if stepped.flags[1] > 0:
                self.save()
            if self.group.leads:
                self.show(stepped)
            if stepped.flags[0] > 0:
                break
        self.finish()

    def over(self) -> bool:
        """Are the steps of the sitting done? Every process counts the same; minutes end it through the flags."""
        steps = self.learner.progress.steps - self.before.steps
        return self.sitting.steps is not None and steps >= self.sitting.steps

    def spent(self) -> float:
        """Share of the sitting that is over; 0 without end."""
        shares = [0.0]
        if self.sitting.minutes is not None:
            shares.append((time.monotonic() - self.began) / (60 * self.sitting.minutes))
        if self.sitting.steps is not None:
            shares.append((self.learner.progress.steps - self.before.steps) / max(1, self.sitting.steps))
        return min(1.0, max(shares))

    def _stop_file(self) -> bool:
        minutes = self.sitting.minutes
        late = minutes is not None and time.monotonic() - self.began >= 60 * minutes
        return self.group.leads and (late or state.stop_asked(self.sitting.folder))

    def _save_due(self) -> bool:
        return self.group.leads and time.monotonic() - self.saved >= self.sitting.save_every_s

    def _clock(self) -> None:
        seconds = self.before.seconds + time.monotonic() - self.began
        self.learner.progress = replace(self.learner.progress, seconds=seconds)

    def save(self) -> None:
        self.learner.positions = tuple(self.group.gathered(self.trainer.feed.position))
        if self.group.leads:
            state.save(self.sitting.folder, self.learner, self.studio.codec, self.sitting.recipe)
            self.saved = time.monotonic()

    def show(self, stepped: Stepped) -> None:
        """A line, a look at the validation, a sheet of samples, each when it is due."""
        checking, progress = self.sitting.recipe.checking, self.learner.progress
        if self.reporter.due:
            self.reporter.line(progress.steps, progress.examples, progress.seconds / 60, stepped.rate)
        if time.monotonic() - self.looked >= 60 * checking.every_min:
            self.look()
        if time.monotonic() - self.sampled >= 60 * checking.samples_every_min:
            self.sample()

    def averaged(self) -> Transformer:
        """A network of its own with the average of the weights."""
        if self.average is None:
            self.average = copy.deepcopy(self.learner.network).eval().requires_grad_(False)
        self.learner.ema.copy_to(self.average)
        return self.average

    def look(self) -> dict[str, dict[str, float]]:
        """Validation losses of the average, by split; logged, and the average kept beside the state."""
        recipe, network = self.sitting.recipe, self.averaged()
        if not self.checks:
            self.checks = {
                called: Validation(
                    self.studio.source, split, self.learner.tokenizer, self.trainer.specs, recipe.stage,
                    recipe.checking, recipe.batching,
                )
                for split, called in SPLITS.items()
            }  # fmt: skip
        losses = {called: check.losses(network) for called, check in self.checks.items()}
        progress = self.learner.progress
        self.reporter.checked(progress.steps, progress.examples, progress.seconds / 60, losses)
        self._land(self.sitting.folder / "average.json", network, {"validation": losses}, torch.float32)
        self.looked = time.monotonic()
        return losses

    def sample(self) -> None:
        if self.studio.samples is not None:
            folder = self.sitting.folder / "samples"
            folder.mkdir(exist_ok=True)
            chance = torch.random.get_rng_state()
            self.studio.samples(self.averaged(), self.learner.tokenizer, folder, self.learner.progress.steps)
            torch.random.set_rng_state(chance)
        self.sampled = time.monotonic()

    def say_start(self) -> None:
        if self.group.leads:
            seen, params = self.before, self.learner.network.params
            self.sitting.say(
                f"{self.sitting.recipe.size} {self.sitting.recipe.stage} with {self.studio.codec.name}: "
                f"{params.parameters:,} parameters, {self.group.world} × {self.group.device}, from step {seen.steps} "
                f"({seen.examples:,} examples, {seen.seconds / 60:.1f} min)"
            )

    def finish(self) -> None:
        """Save, look, land if asked, and sample."""
        self.save()
        if not self.group.leads:
            return
        progress = self.learner.progress
        self.reporter.line(progress.steps, progress.examples, progress.seconds / 60, self.sitting.recipe.optimiser.rate)
        losses = self.look()
        if self.sitting.landing is not None:
            self.land_checked(self.sitting.landing, losses)
        self.sample()
        (self.sitting.folder / state.STOP).unlink(missing_ok=True)

    def land_checked(self, path: Path, losses: Mapping[str, Mapping[str, float]]) -> None:
        """Land in the smallest way to store weights that costs less than a thousandth of the validation loss: large
        matrices in bytes and the rest in half precision, all in half precision, or all as they are."""
        metrics: dict[str, Any] = {"validation": losses}
        stored = "fp32"
        for name in ("bytes", "fp16"):
            rounded = copy.deepcopy(self.averaged())
            rounded.load_state_dict(_as_stored(rounded.state_dict(), name == "bytes"), strict=True)
            after = {called: check.losses(rounded) for called, check in self.checks.items()}
            worse = max(after[split]["mean"] / max(1e-12, losses[split]["mean"]) for split in losses)
            metrics[f"{name}_over_fp32"] = round(worse, 6)
            if worse < 1.001:
                stored = name
                break
        dtype = torch.float32 if stored == "fp32" else torch.float16
        self._land(path, self.averaged(), metrics, dtype, stored == "bytes")
        self.sitting.say(
            f"landed {path} as {stored}; stored so, the loss is {metrics.get(f'{stored}_over_fp32', 1)} times"
        )

    def _land(
        self, path: Path, network: Transformer, metrics: Mapping[str, Any], dtype: torch.dtype, in_bytes: bool = False
    ) -> None:  # fmt: skip
        learner, recipe, codec = self.learner, self.sitting.recipe, self.studio.codec
        land(
            path, network, learner.tokenizer, codec, recipe, learner.progress, metrics, dtype=dtype, in_bytes=in_bytes
        )  # fmt: skip


def _as_stored(tensors: Mapping[str, torch.Tensor], in_bytes: bool) -> dict[str, torch.Tensor]:
    """Weights as they come back from half precision, large matrices from bytes."""
    made = {}
    for name, value in tensors.items():
        if in_bytes and value.ndim == 2 and value.numel() >= BYTES_FROM:
            whole, scale = quantised(value)
            made[name] = whole.float() * scale
        else:
            made[name] = value.half().float()
    return made


__all__ = ["Progress", "Sitting", "Studio", "Trainer", "generator_of", "rate_scale", "sit", "train"]
