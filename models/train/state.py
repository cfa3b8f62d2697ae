"""A training that goes on where it was: what is kept, how, and who may write it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from models import checkpoint
from models.codec import Codec
from models.optim import Ema, Optimiser
from models.text import Tokenizer
from models.train.batches import Position
from models.train.recipe import Progress, Recipe, config_of, landed, refuse_other_codec
from models.transformer import Transformer, TransformerParams

KEPT = "training of a storyreel transformer"
STOP = "stop"
"""A file of this name in the state's folder asks a training to save and end."""


class Busy(RuntimeError):
    """Another process trains in this folder."""


@dataclass
class Learner:
    """Everything that changes while a network learns.

    Attributes:
        positions: where the stream of each process stands.
    """

    network: Transformer
    ema: Ema
    optimiser: Optimiser
    tokenizer: Tokenizer
    progress: Progress
    positions: tuple[Position, ...] = ()

    @classmethod
    def new(cls, network: Transformer, tokenizer: Tokenizer, recipe: Recipe) -> Learner:
        """A learner that has seen nothing, around a network that may already know something."""
        return cls(network, Ema(network, recipe.ema), Optimiser(network, recipe.optimiser), tokenizer, Progress())


def save(folder: Path, learner: Learner, codec: Codec, recipe: Recipe) -> None:
    """Write the state, whole or not at all: a run that is killed at any moment leaves this state or the last one."""
    tensors = {
        **{f"network/{name}": value for name, value in learner.network.state_dict().items()},
        **{f"ema/{name}": value for name, value in learner.ema.state().items()},
        **{f"optimiser/{name}": value for name, value in learner.optimiser.state().items()},
    }
    card = checkpoint.Card(
        kind=KEPT,
        config=config_of(learner.network, learner.tokenizer, codec, recipe.stage),
        recipe=recipe.card(),
        minutes=round(learner.progress.seconds / 60, 2),
        metrics={
            "progress": asdict(learner.progress),
            "positions": [[each.seed, each.skip] for each in learner.positions],
        },
    )
    checkpoint.save(card_of(folder), tensors, card)


def card_of(folder: Path) -> Path:
    return folder / "state.json"


def resume(folder: Path, codec: Codec, recipe: Recipe, device: torch.device) -> Learner:
    """The learner that ``save`` wrote.

    Raises:
        CheckpointRefused: see :mod:`models.checkpoint`; also for another codec.
        ValueError: the state is of another optimiser.
    """
    path = card_of(folder)
    tensors, card = checkpoint.load(path, kind=KEPT)
    try:
        params = TransformerParams.from_card(card.config["network"])
        tokenizer = Tokenizer(tuple(card.config["words"]))
        codec_was = dict(card.config["codec"])
        progress = Progress(**card.metrics["progress"])
        positions = tuple(Position(*each) for each in card.metrics["positions"])
    except (KeyError, TypeError, ValueError) as error:
        raise checkpoint.CardUnreadable(path, f"the state is not whole ({error})", "Start with --fresh.") from error
    refuse_other_codec(path, codec_was, codec)
    network = Transformer(params).to(device)
    held = _parted(tensors)
    checkpoint.fit(path, held["network"], network.state_dict())
    network.load_state_dict(held["network"], strict=True)
    learner = Learner.new(network, tokenizer, recipe)
    learner.ema.resume(held["ema"])
    _resume_optimiser(learner.optimiser, held["optimiser"], recipe)
    learner.progress, learner.positions = progress, positions
    return learner


def _resume_optimiser(optimiser: Optimiser, held: Mapping[str, torch.Tensor], recipe: Recipe) -> None:
    was_muon = any(name.endswith("//momentum") for name in held)
    if held and was_muon != recipe.optimiser.muon:
        raise ValueError(
            f"this training began with {'muon' if was_muon else 'adamw'}; go on with it, or start with --fresh"
        )
    optimiser.resume(held)


def _parted(tensors: Mapping[str, torch.Tensor]) -> dict[str, dict[str, torch.Tensor]]:
    held: dict[str, dict[str, torch.Tensor]] = {"network": {}, "ema": {}, "optimiser": {}}
    for name, tensor in tensors.items():
        owner, _, own = name.partition("/")
        held.setdefault(owner, {})[own] = tensor
    return held


def begin(
    folder: Path,
    codec: Codec,
    recipe: Recipe,
    tokenizer: Tokenizer,
    device: torch.device,
    warm: Path | None,
    fresh: bool,
) -> Learner:
    """The learner to train: the kept state, else the landed weights, else a new network.

    Args:
        warm: card of landed weights, used if it is there.
        fresh: from nothing, whatever is there.
    """
    if not fresh and card_of(folder).exists():
        return resume(folder, codec, recipe, device)
    if not fresh and warm is not None and warm.exists():
        return warm_start(warm, codec, recipe, device)
    generator_state = torch.random.get_rng_state()
    torch.manual_seed(recipe.seed)
    network = Transformer(recipe.params(tuple(codec.specs), tokenizer.size)).to(device)
    torch.random.set_rng_state(generator_state)
    return Learner.new(network, tokenizer, recipe)


def warm_start(path: Path, codec: Codec, recipe: Recipe, device: torch.device) -> Learner:
    """A learner around landed weights: they are the network, its average, and what was seen; the optimiser is new.

    Raises:
        CheckpointRefused: they are broken, of another codec, or of another size.
    """
    network, tokenizer, card = landed(path, codec)
    if network.params != recipe.params(tuple(codec.specs), tokenizer.size):
        found = f"its network is not the {recipe.size} one"
        raise checkpoint.CheckpointRefused(path, found, "Train with --fresh, or name the size of these weights.")
    learner = Learner.new(network.train().to(device), tokenizer, recipe)
    # The average goes on from these weights at its full length; they are no random start to be forgotten.
    learner.ema.steps = 10_000
    seen = {key: int(card.recipe.get(key, 0)) for key in ("steps", "examples")}
    learner.progress = Progress(**seen, seconds=60 * card.minutes, born=seen["steps"])
    return learner


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the folder: the lock ends with the process, however it ends.

    Raises:
        Busy: another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            raise Busy(f"process {file.read().strip() or '?'} already trains in {folder}") from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def stop_asked(folder: Path) -> bool:
    return (folder / STOP).exists()
