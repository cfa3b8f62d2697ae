"""Tiny real generators: a stirred network on either codec, whole or as files."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from models.checkpoint import Card
from models.codec import Codec
from models.grid.autoencoder import GridAutoencoder, GridParams
from models.grid.codec import GridCodec
from models.layers.codec import LayersCodec, LayersNetwork, LayersParams, save_codec
from models.layers.parts import LOOK
from models.reel import Making, Reel
from models.text import Tokenizer
from models.train.recipe import Progress, Recipe, land
from models.transformer import Transformer, TransformerParams

QUICK = Making(picture_steps=2, clip_steps=2)
WORDS = ("red", "blue", "fox", "owl", "meadow", "stands", "in", "a", "the", "storybook", "picture", "wide", "shot")
TOKENIZER = Tokenizer(tuple(f" {word}" for word in WORDS))


def stir(module: nn.Module, seed: int) -> None:
    """Move every parameter, so that each input matters."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=generator))


def tiny_codec(name: str, seed: int = 0) -> Codec:
    """An untrained codec of this name whose pictures have colours."""
    torch.manual_seed(seed)
    if name == "grid":
        grid = GridAutoencoder(GridParams.tiny())
        stir(grid, seed)
        return GridCodec(grid)
    layers = LayersNetwork(LayersParams.tiny())
    stir(layers, seed)
    with torch.no_grad():
        layers.look.mean_C.copy_(torch.zeros(len(LOOK)))
        layers.look.deviation_C.copy_(torch.full((len(LOOK),), 0.01))
        # A subject a third of the frame high, opaque, wherever its pose is not said.
        layers.pose.mean_P.view(4, -1)[:, 2] = -1.0
        layers.pose.mean_P.view(4, -1)[:, 4] = 1.0
        layers.sheet.last[-1].bias.fill_(0.8)  # type: ignore[union-attr]
    return LayersCodec(layers)


def tiny_reel(name: str = "layers", seed: int = 0) -> Reel:
    codec = tiny_codec(name, seed)
    torch.manual_seed(seed)
    network = Transformer(TransformerParams.tiny(tuple(codec.specs), TOKENIZER.size))
    stir(network, seed + 1)
    return Reel(network, TOKENIZER, codec, QUICK)


def write_tiny(folder: Path, size: str = "nano", seed: int = 0) -> None:
    """The files of a tiny generator of layers, as training lands them."""
    reel = tiny_reel("layers", seed)
    assert isinstance(reel.codec, LayersCodec)
    save_codec(folder / "layers.json", reel.codec.network, Card("", {}))
    from models.reel import load_codec

    codec = load_codec("layers", folder)
    land(folder / f"{size}.json", reel.network, TOKENIZER, codec, Recipe.of("tiny", "video"), Progress(), {})
