"""The studios by name: which codec, which examples, which samples. What ``storyreel train`` chooses from."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from models.codec import Source
from models.train.cache import CachedSource, Filling, cache_folder
from models.train.captions import learn_tokenizer
from models.train.loop import Studio
from models.train.recipe import WEIGHTS

CODECS = ("layers", "grid")
SHARD_SEEDS = {"layers": 1, "grid": 32}
"""Seeds of a shard of the cache: a seed of the layers source is a whole file of shots."""


def open_studio(name: str, state: Path, cached: bool, weights: Path = WEIGHTS) -> Studio:
    """The studio of a codec.

    Args:
        state: folder of everything that is kept.
        cached: take examples from the cache of latents, instead of making them as they are asked for.
        weights: folder of the codec's card.

    Raises:
        ValueError: there is no such codec.
        CheckpointRefused: the codec is not trained yet.
    """
    own = _direct(name, state, weights)
    if not cached:
        return own
    root = cache_folder(state / "cache", own.codec, source_version(name), "train").parent
    return Studio(own.codec, CachedSource(root), own.tokenizer, own.samples)


def filling(name: str, state: Path, split: str, shards: int, space_gb: float) -> Filling:
    """How the cache of a codec is filled, from seed 0 of a split on."""
    codec = _direct(name, state).codec
    folder = cache_folder(state / "cache", codec, source_version(name), split)
    return Filling(
        partial(_source, name, state), folder, split, shards, int(space_gb * 2**30), SHARD_SEEDS[name]
    )  # fmt: skip


def source_version(name: str) -> str:
    """A digest of what decides how clips look."""
    from models.grid.footage import world_digest

    return f"{name} {world_digest()}"


def _source(name: str, state: Path) -> Source:
    return _direct(name, state).source


def _direct(name: str, state: Path, weights: Path = WEIGHTS) -> Studio:
    if name == "layers":
        from models.train.layers_studio import layers_studio

        return layers_studio(state, weights)
    if name == "grid":
        from models.grid.codec import GridCodec
        from models.grid.source import GridSource

        codec = GridCodec.load(weights / "grid.json")
        return Studio(codec, GridSource(codec), learn_tokenizer(state / "words.json"))
    raise ValueError(f"there are codecs {', '.join(CODECS)}; got {name!r}")
