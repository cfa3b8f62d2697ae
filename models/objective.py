"""What the network is trained to say about a batch, and the network as the velocity of one flat vector."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from models import flow
from models.context import Context
from models.packing import Packed, Tokens
from models.transformer import Transformer


class NetworkVelocity:
    """The network on one batch as ``u(x, t, r)`` of flat vectors (E,), the captions read once.

    ``keeping``: what is given is looked at in the first call only, see :mod:`models.context`.
    """

    def __init__(self, network: Transformer, batch: Packed, keeping: bool = False) -> None:
        self.network, self.batch = network, batch
        self.caption_SWD = network.read(batch)
        self.context = Context(batch.mask_BL, len(network.blocks)) if keeping else None

    def __call__(self, x_E: torch.Tensor, t_E: torch.Tensor, r_E: torch.Tensor) -> torch.Tensor:
        t_BL, r_BL = self.batch.in_rows(t_E), self.batch.in_rows(r_E)
        x = self.batch.unflatten(x_E)
        return self.batch.flatten(self.network(self.batch, x, t_BL, r_BL, self.caption_SWD, self.context))


def noise_like(batch: Packed, generator: torch.Generator) -> Tokens:
    """Standard normal noise for every token; drawn on the generator's device, so a CPU's is the same everywhere."""
    return {
        name: torch.randn(clean.shape, generator=generator, device=generator.device).to(clean.device)
        for name, clean in batch.clean.items()
    }


def velocity_loss(
    network: Transformer,
    batch: Packed,
    t_BL: torch.Tensor,
    noise: Tokens,
    weight: Mapping[str, torch.Tensor] | None = None,
) -> dict[str, torch.Tensor]:
    """Flow-matching loss of each modality at the given times; a modality without noisy tokens is left out.

    Args:
        t_BL: from ``Packed.times``.
        weight: what each token counts, (N,), by modality.
    """
    t, mask = batch.of_tokens(t_BL), batch.of_tokens(batch.mask_BL)
    x = {name: flow.path(clean, noise[name], t[name][:, None]) for name, clean in batch.clean.items()}
    velocity = network(batch, x, t_BL, t_BL)
    return {
        name: flow.loss(velocity[name], flow.target(clean, noise[name]), mask[name], (weight or {}).get(name))
        for name, clean in batch.clean.items()
        if bool((mask[name] > 0).any())
    }


def shortcut_loss(
    network: Transformer,
    teacher: Transformer,
    batch: Packed,
    t_BL: torch.Tensor,
    r_BL: torch.Tensor,
    noise: Tokens,
    weight: Mapping[str, torch.Tensor] | None = None,
) -> dict[str, torch.Tensor]:
    """Loss of one step from t to r against two half steps of the teacher, the EMA network, by modality.

    Args:
        weight: what each token counts, (N,), by modality.
    """
    t_E, r_E = batch.by_element(t_BL), batch.by_element(r_BL)
    x_E = flow.path(batch.flatten(batch.clean), batch.flatten(noise), t_E)
    with torch.no_grad():
        wanted = batch.unflatten(flow.shortcut_target(NetworkVelocity(teacher, batch), x_E, t_E, r_E))
    mask = batch.of_tokens(batch.mask_BL)
    said = network(batch, batch.unflatten(x_E), t_BL, r_BL)
    return {
        name: flow.loss(said[name], wanted[name], mask[name], (weight or {}).get(name))
        for name in batch.clean
        if bool((mask[name] > 0).any())
    }
