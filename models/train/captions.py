"""Words to train on: captions without what is heard, and the vocabulary learned from them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

from models.text import Tokenizer
from models.world.caption import HEARD, captions
from models.world.sample import sample_scene

SCENES = 20_000
"""Scenes of the train split that the vocabulary is learned from."""


def silent(caption: str) -> str:
    """The caption without the sentence that says what is heard.

    A caption is sentences of the grammar, each with a capital and a stop; the sentence begins with ``HEARD``.
    """
    sentences = caption.replace(". ", ".\n").split("\n")
    return " ".join(each for each in sentences if not each.lower().startswith(HEARD))


def scene_captions(scenes: int) -> Iterator[str]:
    """Captions of the first scenes of the train split, without what is heard."""
    for seed in range(scenes):
        said = captions(sample_scene(seed, split="train", duration_s=4.0), sound=False)
        yield from (said.full, said.short, *said.wordings)


def learn_tokenizer(kept: Path, scenes: int = SCENES) -> Tokenizer:
    """The vocabulary of the captions, learned once and kept as JSON; the same on every machine."""
    if kept.exists():
        return Tokenizer(tuple(json.loads(kept.read_text(encoding="utf-8"))))
    tokenizer = Tokenizer.learn(scene_captions(scenes))
    kept.parent.mkdir(parents=True, exist_ok=True)
    draft = kept.with_name(f"{kept.name}.{os.getpid()}")
    draft.write_text(json.dumps(tokenizer.words, ensure_ascii=False), encoding="utf-8")
    os.replace(draft, kept)
    return tokenizer
