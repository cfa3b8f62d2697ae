"""Sheets of samples while a network of the layers codec is trained: what it makes of captions it has never seen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from models.codec import Codec
from models.layers.source import Shot
from models.reel import Ask, Making, Reel
from models.text import Tokenizer
from models.train.layers_examples import LayersSource
from models.transformer import Transformer
from models.world.sheet import tiled, write_png

SHOTS = 10
"""Shots of a sheet: the first half is filmed, of the rest only a picture is made."""
SEEN_AT = (0, 16, 32, 48)


def held_out_shots(source: LayersSource, count: int = SHOTS) -> list[Shot]:
    """Every tenth shot of the first test file: combinations that training never shows."""
    cache = source.caches["test"]
    shots = [shot for shot in cache.read(cache.make(source.numbers["test"][0])) if len(shot.names)]
    return shots[:: max(1, len(shots) // count)][:count]


def looks(source: LayersSource) -> Callable[[Transformer, Tokenizer, Path, int], None]:
    """What the trainer calls with the averaged network and its step: writes ``samples-STEP.png`` and ``samples.txt``.

    Each row is a shot: the truth through the codec, then the clip or picture made from its caption and camera.
    """
    shots = held_out_shots(source)
    codec = source.codec
    truths = [_decoded(codec, source, shot) for shot in shots]

    def write(network: Transformer, tokenizer: Tokenizer, folder: Path, step: int) -> None:
        reel = Reel(network, tokenizer, codec, Making(picture_steps=16, clip_steps=8))
        rows = []
        for number, (shot, truth) in enumerate(zip(shots, truths, strict=True)):
            ask = Ask(shot.captions[0], source.canvas, len(shot.names), shot.layers.camera)
            still = Ask(shot.captions[0], source.canvas, len(shot.names), shot.layers.camera[:1])
            if number < len(shots) // 2:
                made = reel.decode(reel.clip(ask, number), 64, 112, 12)
                tiles = [made[frame] for frame in SEEN_AT]
            else:
                tiles = [
                    reel.decode(reel.picture(still, seed), 64, 112, 12)[0]
                    for seed in range(number, number + len(SEEN_AT))
                ]
            rows += [truth[0].numpy(), truth[-1].numpy(), *(tile.numpy() for tile in tiles)]
        folder.mkdir(parents=True, exist_ok=True)
        sheets = [_sheet(reel, shot.names[0], n) for n, shot in enumerate(shots)] + [_blank()] * (12 - len(shots))
        picture = tiled([np.asarray(tile) for tile in rows], 2 + len(SEEN_AT))
        below = tiled(sheets, 12)[:, : picture.shape[1]]
        below = np.pad(below, ((4, 0), (0, picture.shape[1] - below.shape[1]), (0, 0)), constant_values=255)
        write_png(folder / f"samples-{step:07d}.png", np.concatenate([picture, below]))
        said = [f"{shot.captions[0]} | {shot.names[0]}" for shot in shots]
        (folder / "samples.txt").write_text("\n".join(said) + "\n")

    return write


def _decoded(codec: Codec, source: LayersSource, shot: Shot) -> torch.Tensor:
    example = source.example(shot)
    return codec.decode([*example.given, *example.clip], source.canvas, 64, 112, 12)


def _sheet(reel: Reel, name: str, seed: int) -> np.ndarray:
    """A character sheet on grey, half size."""
    rgba = reel.sheet(name, seed)
    shown = rgba[:3] * rgba[3:] + 0.75 * (1.0 - rgba[3:])
    small = torch.nn.functional.interpolate(shown[None], (56, 56), mode="area")[0]
    return (small.clamp(0, 1) * 255).to(torch.uint8).permute(1, 2, 0).numpy()


def _blank() -> np.ndarray:
    return np.full((56, 56, 3), 255, np.uint8)
