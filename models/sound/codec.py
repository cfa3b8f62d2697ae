"""The sound codec: mono waves as graded latents, one token of 64 channels to a base frame, and back.

A token is two latents of 32 channels side by side, 24 a second, so that sound and picture keep one clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

from models import checkpoint
from models.checkpoint import Card
from models.layers.codec import GRADING, grade
from models.layers.decoded import digest
from models.sound.network import HOP, SoundNetwork, SoundParams
from models.sound.spectrum import RATE

__all__ = ["CHANNELS", "HOP", "KIND", "RATE", "WEIGHTS", "SoundCodec", "SoundNetwork", "SoundParams", "load_sound"]

KIND = "sound-codec"
WEIGHTS = Path(__file__).parents[1] / "weights" / "sound.json"
CHANNELS = 64
"""Of a token, at full size."""
ENCODERS = ("normaliser", "seen")
"""What decides the latents, with the linear code; all else only reads them."""


class SoundCodec:
    """Waves to tokens and back, on top of its network.

    ``version`` is a digest of all its weights; ``meaning`` of what decides its latents, so that a decoder may be
    refined under a network that was trained on them.
    """

    def __init__(self, network: SoundNetwork) -> None:
        self.network = network.eval()
        self.version = digest(network)
        deciding = nn.ModuleDict({name: network.get_submodule(name) for name in ENCODERS})
        linear = nn.ParameterDict({"into": network.into_CP, "mean": network.mean_P, "scale": network.scale_C})
        self.meaning = f"{digest(nn.ModuleDict({'seen': deciding, 'linear': linear}))}-{GRADING:g}"
        self.grade_C = grade(network.normaliser.deviation_C)

    def encode(self, wave_N: torch.Tensor) -> torch.Tensor:
        """A mono wave, float32, -1 to 1 at ``RATE``, as graded latents (T, C), T = ceil(N / HOP).

        Raises:
            ValueError: it has not one axis, or no samples.
        """
        if wave_N.ndim != 1:
            raise ValueError(f"a mono wave has one axis, got {tuple(wave_N.shape)}; take the mean of its channels")
        return self.encode_batch(wave_N[None])[0]

    @torch.inference_mode()
    def encode_batch(self, wave_BN: torch.Tensor) -> torch.Tensor:
        """Mono waves of one length as graded latents (B, T, C); silence is added up to a whole token.

        Raises:
            ValueError: they have not two axes, or no samples.
        """
        if wave_BN.ndim != 2 or not wave_BN.shape[1]:
            raise ValueError(f"mono waves are (B, N) with at least one sample, got {tuple(wave_BN.shape)}")
        whole = F.pad(wave_BN.float(), (0, -wave_BN.shape[1] % HOP))
        units = self.network.encode(whole) * self.network.scale_C
        return self.network.normaliser(units) * self.grade_C.to(units)

    def decode(self, latent_TC: torch.Tensor) -> torch.Tensor:
        """The wave of graded latents, (T · HOP,), within -1 to 1."""
        return self.decode_batch(latent_TC[None])[0]

    @torch.inference_mode()
    def decode_batch(self, latent_BTC: torch.Tensor) -> torch.Tensor:
        """Waves (B, T · HOP) of graded latents, within -1 to 1.

        Raises:
            ValueError: they are not (B, T, C) with the codec's channels and at least one token.
        """
        channels = self.network.params.channels
        if latent_BTC.ndim != 3 or latent_BTC.shape[2] != channels or not latent_BTC.shape[1]:
            raise ValueError(f"latents are (B, T, {channels}) with at least one token, got {tuple(latent_BTC.shape)}")
        units = self.network.normaliser.undo(latent_BTC.float() / self.grade_C.to(latent_BTC.device))
        return self.network.decode(units / self.network.scale_C).clamp(-1.0, 1.0)


def params_of(config: Mapping[str, Any]) -> SoundParams:
    """From a card."""
    return SoundParams(**config)


def save_sound(path: Path, network: SoundNetwork, card: Card) -> None:
    """Write what is learned in half precision, what is fitted in closed form as it is, and the card; the card's kind
    and config are filled in."""
    learned = dict(network.named_parameters())
    tensors = {name: value.half() if name in learned else value for name, value in network.state_dict().items()}
    checkpoint.save(path, tensors, replace(card, kind=KIND, config=asdict(network.params)))


def load_sound(path: Path = WEIGHTS) -> SoundCodec:
    """The codec of a card, the committed one by default.

    Raises:
        CheckpointRefused: it is not there, or not exactly what its card and the network say.
    """
    tensors, card = checkpoint.load(path, kind=KIND)
    network = SoundNetwork(params_of(card.config))
    checkpoint.fit(path, tensors, network.state_dict())
    network.load_state_dict(tensors, strict=True)
    return SoundCodec(network)
