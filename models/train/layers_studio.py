"""What the layers codec brings to the training of the transformer."""

from __future__ import annotations

from pathlib import Path

from models.train.captions import learn_tokenizer
from models.train.layers_examples import LayersSource, training_codec
from models.train.layers_looks import looks
from models.train.loop import Studio
from models.train.recipe import WEIGHTS


def layers_studio(state: Path, weights: Path = WEIGHTS) -> Studio:
    """Codec, examples of kept shots, tokenizer and sheets of samples.

    Args:
        state: folder of kept things; shots lie in ``shots``, the words in ``words.json``.
        weights: folder with ``layers.json``.
    """
    codec = training_codec(weights)
    source = LayersSource(codec, state / "shots")
    return Studio(codec, source, learn_tokenizer(state / "words.json"), looks(source))
