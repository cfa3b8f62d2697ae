"""Every number of a training, and the checkpoint that it lands as."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from models import checkpoint
from models.codec import Codec
from models.optim import OptimiserParams
from models.packing import TokenSpec
from models.text import Tokenizer
from models.train.tasks import Habits, Mix
from models.transformer import Transformer, TransformerParams

KIND = "storyreel transformer"
WEIGHTS = Path(__file__).parent.parent / "weights"
SIZES = ("tiny", "nano", "small")
STAGES = ("image", "video")


@dataclass(frozen=True)
class Batching:
    """How examples are laid together.

    Attributes:
        examples: of one step, over all processes.
        micro_tokens: places of one pass, padding included; small enough for the cache of a CPU.
        base_tokens: generated tokens at which times are not shifted (:func:`models.flow.size_shift`).
    """

    examples: int = 64
    micro_tokens: int = 2048
    base_tokens: int = 8


@dataclass(frozen=True)
class Checking:
    """What is measured on the way: examples of a split, times of the path, and minutes between two looks."""

    examples: int = 32
    times: tuple[float, ...] = (0.15, 0.4, 0.65, 0.9)
    every_min: float = 10.0
    samples_every_min: float = 30.0


@dataclass(frozen=True)
class Recipe:
    """How one stage of one size is trained.

    Attributes:
        weights: what the loss of a modality counts; 1 if it is not named.
        warm_up: steps of the rising rate.
        anneal: share of the sitting at whose end the rate falls to ``floor``; 0 keeps it constant.
        ema: decay of the average.
        shortcut: every so many steps one learns the flow map, whose steps are long, from two half steps of the average
            (Frans et al. 2024, arXiv:2410.12557); 0 for never.
        shortcut_from: share of the sitting after which that begins.
    """

    size: str
    stage: str
    mix: Mix
    habits: Habits = field(default_factory=Habits)
    batching: Batching = field(default_factory=Batching)
    optimiser: OptimiserParams = field(default_factory=OptimiserParams)
    checking: Checking = field(default_factory=Checking)
    weights: tuple[tuple[str, float], ...] = ()
    warm_up: int = 200
    anneal: float = 0.0
    floor: float = 0.02
    ema: float = 0.999
    shortcut: int = 0
    shortcut_from: float = 0.45
    seed: int = 0

    @classmethod
    def of(cls, size: str, stage: str, *, muon: bool = True) -> Recipe:
        """The recipe of a size and stage.

        Raises:
            ValueError: there is no such size or stage.
        """
        if size not in SIZES or stage not in STAGES:
            raise ValueError(f"there are sizes {', '.join(SIZES)} and stages {', '.join(STAGES)}; got {size}, {stage}")
        mix = Mix.image() if stage == "image" else Mix.video()
        own = cls(size, stage, mix, optimiser=OptimiserParams(rate=2e-3 if muon else 1e-3, muon=muon))
        if size == "tiny":
            return replace(own, batching=Batching(16, 1024), warm_up=20, ema=0.99)
        # Places are what a layers network learns last: neighbouring cells have to agree.
        own = replace(own, weights=(("look", 0.3), ("plate", 2.0)))
        if size == "small":
            large = OptimiserParams(rate=2e-3 if muon else 6e-4, muon=muon)
            return replace(own, batching=Batching(64, 4096), optimiser=large, warm_up=100)
        quick = replace(own.optimiser, rate=3e-3 if muon else 1.5e-3)
        return replace(own, batching=Batching(32), optimiser=quick)

    def on_gpu(self) -> Recipe:
        """The same for a GPU, which wants large batches; a looser look at what costs it time."""
        batching = replace(self.batching, examples=1024, micro_tokens=98304)
        return replace(self, batching=batching, checking=Checking(every_min=60.0, samples_every_min=60.0))

    def card(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return asdict(self)

    def params(self, specs: tuple[TokenSpec, ...], vocabulary: int) -> TransformerParams:
        """Sizes of the network."""
        sizes = {
            "tiny": TransformerParams.tiny,
            "nano": TransformerParams.nano,
            "small": TransformerParams.small,
        }
        return sizes[self.size](specs, vocabulary)


@dataclass(frozen=True)
class Progress:
    """How far a training has come, over all sittings; ``born`` is the step at which the optimiser began."""

    steps: int = 0
    examples: int = 0
    seconds: float = 0.0
    born: int = 0


def config_of(network: Transformer, tokenizer: Tokenizer, codec: Codec, stage: str) -> dict[str, Any]:
    """What a card says of a network: sizes, words, and the codec whose tokens it knows."""
    return {
        "network": network.params.card(),
        "words": list(tokenizer.words),
        "codec": {"name": codec.name, "meaning": codec.meaning},
        "stage": stage,
    }


def land(
    path: Path,
    network: Transformer,
    tokenizer: Tokenizer,
    codec: Codec,
    recipe: Recipe,
    progress: Progress,
    metrics: Mapping[str, Any],
    *,
    dtype: torch.dtype = torch.float16,
    in_bytes: bool = False,
) -> None:
    """Write weights and card, whole or not at all.

    Args:
        path: of the card, such as ``models/weights/nano.json``.
        network: the average of the weights.
        dtype: what they are stored as.
        in_bytes: large matrices are stored in a byte a value (:func:`models.checkpoint.quantised`).
    """
    card = checkpoint.Card(
        kind=KIND,
        config=config_of(network, tokenizer, codec, recipe.stage),
        recipe={**recipe.card(), "steps": progress.steps, "examples": progress.examples},
        minutes=round(progress.seconds / 60, 1),
        commit=commit(),
        metrics=metrics,
    )
    checkpoint.save(path, network.state_dict(), card, dtype=dtype, in_bytes=in_bytes)


def landed(path: Path, codec: Codec | None = None) -> tuple[Transformer, Tokenizer, checkpoint.Card]:
    """The network of a landed card, in fp32 and not in training, its tokenizer and its card.

    Args:
        codec: refuse a network that was trained on other tokens.

    Raises:
        CheckpointRefused: see :mod:`models.checkpoint`; also where the codec is another one.
    """
    tensors, card = checkpoint.load(path, kind=KIND)
    try:
        params = TransformerParams.from_card(card.config["network"])
        tokenizer = Tokenizer(tuple(card.config["words"]))
        made_for = dict(card.config["codec"])
    except (KeyError, TypeError, ValueError) as error:
        raise checkpoint.CardUnreadable(path, f"the configuration is not whole ({error})", "Train it again.") from error
    refuse_other_codec(path, made_for, codec)
    network = Transformer(params)
    checkpoint.fit(path, tensors, network.state_dict())
    network.load_state_dict(tensors, strict=True)
    return network.float().eval(), tokenizer, card


def refuse_other_codec(path: Path, made_for: Mapping[str, str], codec: Codec | None) -> None:
    """Raise if weights were trained on the tokens of another codec.

    Raises:
        CheckpointRefused: they were.
    """
    if codec is not None and made_for != {"name": codec.name, "meaning": codec.meaning}:
        found = f"trained on tokens of {made_for}, the codec is {codec.name} {codec.meaning}"
        raise checkpoint.CheckpointRefused(path, found, "Train it again with --fresh, or bring back that codec.")


def commit() -> str:
    """Commit of the code that runs, with a + where files differ from it; empty outside a repository."""
    asked = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--abbrev=12", "--dirty=+"]
    try:
        done = subprocess.run([*asked, "--exclude=*"], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
