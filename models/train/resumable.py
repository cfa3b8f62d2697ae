"""A small training that may be stopped at any time: its network, optimiser, average and place, under one card."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch
from torch import nn

from models import checkpoint
from models.optim import Ema, Optimiser, OptimiserParams

Net = TypeVar("Net", bound=nn.Module)


class Run(Generic[Net]):
    """What a training has in hand and what a killed one is resumed from.

    Args:
        build: a new network, where it is trained; the first is the same each time.
        params: of the network, a dataclass, for the card.
        kind: of the card.
        rate: of learning. decay: of the average of the weights.
    """

    def __init__(self, build: Callable[[], Net], params: Any, kind: str, rate: float, decay: float = 0.995) -> None:
        torch.manual_seed(0)
        self.net, self.build, self.params, self.kind = build(), build, params, kind
        self.optimiser = Optimiser(self.net, OptimiserParams(rate=rate, muon=False))
        self.average = Ema(self.net, decay)
        self.step, self.spent_s = 0, 0.0

    def save(self, path: Path) -> None:
        """Everything, under one card."""
        tensors = {
            **{f"net.{k}": v for k, v in self.net.state_dict().items()},
            **{f"average.{k}": v for k, v in self.average.state().items()},
            **{f"optimiser.{k}": v for k, v in self.optimiser.state().items()},
        }
        recipe = {"step": self.step, "spent_s": self.spent_s}
        checkpoint.save(path, tensors, checkpoint.Card(self.kind, asdict(self.params), recipe))

    def resume(self, path: Path) -> None:
        """Go on from what ``save`` wrote.

        Raises:
            CheckpointRefused: it is not whole.
        """
        tensors, card = checkpoint.load(path, kind=self.kind)
        parts: dict[str, dict[str, torch.Tensor]] = {"net": {}, "average": {}, "optimiser": {}}
        for name, tensor in tensors.items():
            owner, _, rest = name.partition(".")
            parts[owner][rest] = tensor
        self.net.load_state_dict(parts["net"], strict=True)
        self.average.resume(parts["average"])
        self.optimiser.resume(parts["optimiser"])
        self.step, self.spent_s = int(card.recipe["step"]), float(card.recipe["spent_s"])

    def averaged(self) -> Net:
        """A network with the average of the weights."""
        net = self.build()
        self.average.copy_to(net)
        return net.eval()


def log(folder: Path, row: dict[str, float]) -> None:
    """Say where a training stands, and keep it in the folder's ``log.jsonl``."""
    print(row, flush=True)
    with open(folder / "log.jsonl", "a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")
