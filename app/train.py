"""``storyreel train``: checks what is asked and hands it to the training room. Imports torch only when it works."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from storyboards.errors import BadInput, StoryreelError, UnknownName

if TYPE_CHECKING:
    from models.train.loop import Sitting

SUBJECTS = ("codec", "finisher", "image", "video", "cache")
SIZES = ("tiny", "nano", "small")
CODECS = ("layers", "grid")
OPTIMISERS = ("muon", "adamw")
DEVICES = ("auto", "cpu", "cuda")
SCENES = 100
"""Scenes in a file of shots."""


class TrainingFailed(StoryreelError):
    """A training could not begin or go on."""


@dataclass(frozen=True)
class Asked:
    """The words of the command, checked.

    Attributes:
        subject: what is trained, or ``cache``.
        minutes: of this sitting; for codec and finisher, of all sittings.
        processes: 0 for two on a CPU with two cores or more.
        start: card of weights to begin with, or None for the stage before.
        anneal: share of the sitting at whose end the rate falls.
        shortcut: every so many steps the network learns long steps, in the later half of the sitting; 0 for never.
    """

    subject: str
    size: str = "nano"
    codec: str = "layers"
    device: str = "auto"
    minutes: float = 30.0
    fresh: bool = False
    processes: int = 0
    optimiser: str = "muon"
    land: bool = False
    start: Path | None = None
    anneal: float = 0.0
    cached: bool | None = None
    cache_gb: float = 8.0
    clips: int = 20_000
    state: Path = Path(".state")
    shortcut: int = 0

    def __post_init__(self) -> None:
        choices = (
            ("subject", self.subject, SUBJECTS),
            ("size", self.size, SIZES),
            ("codec", self.codec, CODECS),
            ("device", self.device, DEVICES),
            ("optimiser", self.optimiser, OPTIMISERS),
        )
        for name, value, known in choices:
            if value not in known:
                raise UnknownName(
                    f"There is no {name} {value!r} to train with.", next_step=f"One of {', '.join(known)}."
                )
        if not self.minutes > 0:
            raise BadInput(f"A training takes more than 0 minutes, got {self.minutes:g}.")
        if self.processes < 0 or self.clips < 1 or not self.cache_gb > 0 or not 0 <= self.anneal <= 1:
            raise BadInput("--processes is 0 or more, --clips 1 or more, --cache-gb above 0, --anneal 0 to 1.")
        if self.shortcut < 0 or (self.shortcut and self.subject not in ("image", "video")):
            raise BadInput("--shortcut is 0 or more, and only the network on pictures or clips learns long steps.")

    @property
    def takes_cache(self) -> bool:
        return self.codec == "grid" if self.cached is None else self.cached

    @property
    def folder(self) -> Path:
        """Where state, log, curve and samples of this training are."""
        return self.state / "train" / f"{self.codec}-{self.size}-{self.subject}"


def train(asked: Asked) -> None:
    """Do what is asked.

    Raises:
        BadInput: it cannot be done as asked.
        TrainingFailed: weights or state cannot be used, or another training is at it.
    """
    from models.train.quiet import quieten

    quieten(os.environ)
    try:
        if asked.subject in ("codec", "finisher"):
            _train_part(asked, chosen_device(asked.device))
        elif asked.subject == "cache":
            _fill_cache(asked)
        else:
            _train_network(asked, chosen_device(asked.device))
    except Exception as error:
        said = _expected(error)
        if said is None:
            raise
        raise said from error


def _expected(error: Exception) -> StoryreelError | None:
    """A foreign error that a person can mend, in our words; None for bugs."""
    from models.checkpoint import CheckpointRefused
    from models.train.state import Busy

    if isinstance(error, CheckpointRefused):
        return TrainingFailed(str(error), next_step="A codec comes from `storyreel train codec`.")
    if isinstance(error, Busy):
        return TrainingFailed(str(error), next_step="Wait for it, or end it with SIGTERM; it saves first.")
    if isinstance(error, FileNotFoundError):
        return TrainingFailed(str(error))
    return None


def chosen_device(asked: str) -> str:
    """``cpu`` or ``cuda``.

    Raises:
        BadInput: a GPU is asked for that is not there.
    """
    import torch

    there = torch.cuda.is_available()
    if asked == "cuda" and not there:
        raise BadInput("torch sees no GPU here.", next_step="Use --device cpu, or install torch with CUDA.")
    return "cuda" if there and asked != "cpu" else "cpu"


def sitting_of(asked: Asked, device: str) -> Sitting:
    """What the loop is told."""
    from models.train import planned

    plan = planned.Plan(
        asked.subject, asked.size, asked.codec, device, asked.minutes, asked.fresh, asked.optimiser == "muon",
        asked.land, asked.start, asked.anneal, asked.takes_cache, draws_bank(asked, device), state=asked.state,
        shortcut=asked.shortcut,
    )  # fmt: skip
    return planned.sitting_of(plan)


def draws_bank(asked: Asked, device: str) -> bool:
    """Whether examples are painted beside the training and drawn on the device: where one by one is too slow."""
    return device == "cuda" and asked.codec == "layers" and not asked.takes_cache


def _train_network(asked: Asked, device: str) -> None:
    from models.train.loop import train as sit_down

    if asked.start is not None and not asked.start.exists():
        raise BadInput(f"There is no card {asked.start} to begin with.")
    cores = os.cpu_count() or 1
    processes = asked.processes or (min(2, cores) if device == "cpu" else 1)
    if draws_bank(asked, device):
        from models.train.bank_fill import start_filling
        from models.train.captions import learn_tokenizer
        from models.train.recipe import WEIGHTS

        learn_tokenizer(asked.state / "words.json")
        start_filling(asked.state, WEIGHTS, "train", asked.clips // SCENES + 1, max(1, cores - 2))
    sit_down(sitting_of(asked, device), processes, device)


def _train_part(asked: Asked, device: str) -> None:
    """A codec or the finisher, by its own trainer."""
    import json

    import torch

    if asked.subject == "codec" and asked.size == "small":
        raise BadInput("A codec has the sizes tiny and nano.", next_step="The small network uses the nano codec.")
    torch.set_num_threads(1 if device == "cpu" else torch.get_num_threads())
    measured: object
    if asked.subject == "finisher":
        from models.finisher import WEIGHTS as FINISHER
        from models.train import finisher

        out = FINISHER if asked.land else None
        measured = finisher.train(asked.minutes, device, not asked.fresh, None, asked.size, out)
    elif asked.codec == "layers":
        from models.layers.codec import WEIGHTS as LAYERS
        from models.train import codec_layers

        out = LAYERS if asked.land else None
        measured = codec_layers.train(asked.minutes, device, not asked.fresh, size=asked.size, out=out)
    else:
        from models.grid.codec import WEIGHTS as GRID
        from models.train import codec_grid

        out = GRID if asked.land else None
        measured = codec_grid.train(asked.minutes, device, not asked.fresh, size=asked.size, out=out)
    print(json.dumps(measured, indent=1), flush=True)


def _fill_cache(asked: Asked) -> None:
    """Make examples of every split until there are enough, the space is used up, or the minutes are over."""
    import time

    from models.train.cache import start_filling
    from models.train.studios import SHARD_SEEDS, filling

    ends = time.monotonic() + 60 * asked.minutes
    each = SHARD_SEEDS[asked.codec]
    for split, share in (("val", 0.02), ("test", 0.02), ("train", 1.0)):
        shards = max(1, round(share * asked.clips / each))
        job = filling(asked.codec, asked.state, split, shards, share * asked.cache_gb)
        workers = start_filling(job, asked.processes or 1)
        while any(worker.is_alive() for worker in workers) and time.monotonic() < ends:
            time.sleep(1)
        late = [worker for worker in workers if worker.is_alive()]
        for worker in late:
            worker.terminate()
        if any(worker.exitcode for worker in workers if worker not in late):
            raise TrainingFailed("A process that makes examples has failed.", next_step="Its error is printed above.")
        print(f"{split}: {len(list(job.folder.glob('*.safetensors')))} of {shards} shards in {job.folder}", flush=True)
