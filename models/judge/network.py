"""The judge's sight as one network, its weights and their card. ``models.judge.train`` teaches it.

Two instances are trained with different builds, seeds and clips: the critic, who sits in the loop, and the examiner,
who scores what the loop has made.
"""

from __future__ import annotations

from dataclasses import asdict
from functools import lru_cache
from pathlib import Path

import torch
from torch import nn

from models import checkpoint
from models.judge.close import Close, Tracks
from models.judge.eye import Drift, Eye
from models.judge.shapes import JudgeParams

WEIGHTS = Path(__file__).parents[1] / "weights"
KIND = "judge"
ROLES: tuple[str, ...] = ("critic", "examiner")


class Sight(nn.Module):
    """Everything that is asked of pictures."""

    def __init__(self, params: JudgeParams | None = None) -> None:
        super().__init__()
        self.params = params or JudgeParams()
        self.eye = Eye(self.params)
        self.drift = Drift(self.params)
        self.close = Close(self.params)
        self.tracks = Tracks(self.params)
        self.warmth = nn.Parameter(torch.tensor(2.3))


def card_path(role: str) -> Path:
    """Where the card of a role lies.

    Raises:
        ValueError: there is no such role.
    """
    if role not in ROLES:
        raise ValueError(f"a judge is a {' or an '.join(ROLES)}, got {role!r}")
    return WEIGHTS / f"{role}.json"


def save_sight(net: Sight, card: checkpoint.Card, path: Path) -> None:
    """Write half-precision weights and their card."""
    checkpoint.save(path, net.state_dict(), card, dtype=torch.float16)


def config_of(net: Sight) -> dict[str, int]:
    """What a card has to say to build the network again."""
    return asdict(net.params)


@lru_cache(maxsize=4)
def load_sight(path: Path) -> tuple[Sight, checkpoint.Card]:
    """The trained network, ready to look, and its card.

    Raises:
        CheckpointRefused: weights or card are missing or changed.
    """
    tensors, card = checkpoint.load(path, kind=KIND)
    net = Sight(JudgeParams(**{name: int(value) for name, value in card.config.items()}))
    checkpoint.fit(path, tensors, net.state_dict())
    net.load_state_dict(tensors, strict=True)
    return net.eval(), card
