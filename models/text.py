"""Captions as numbers: a vocabulary of words learned from captions, bytes for every other word, and their encoder.

The tokenizer loses nothing: any text comes back as it was. The encoder reads the words in both directions and is
trained with the transformer from scratch.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import torch
from torch import nn

from models.blocks import RefinerBlock, RMSNorm, turns
from models.shapes import line_positions

PAD, NULL, CAPITAL, BYTES = 0, 1, 2, 3
WORDS = BYTES + 256
"""Numbers from here on are words of the vocabulary."""

_PIECES = re.compile(r" ?\w+| ?[^\w\s]+|\s+")
"""A word or a run of signs, each with the one space before it, or other white space: every character is in a piece."""


@dataclass(frozen=True)
class Tokenizer:
    """Pieces of text to numbers and back. ``words`` are lower-case pieces, most of them with their leading space.

    ``CAPITAL`` says that the next word begins with a capital; what is not in the vocabulary is spelled in UTF-8.
    """

    words: tuple[str, ...]
    number: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "number", {word: WORDS + index for index, word in enumerate(self.words)})
        if len(self.number) != len(self.words):
            raise ValueError("a vocabulary has each word once; this one repeats some")

    @classmethod
    def learn(cls, captions: Iterable[str], *, at_least: int = 2, at_most: int = 4096) -> Tokenizer:
        """Vocabulary of the pieces that occur ``at_least`` so often, the most frequent ``at_most`` of them."""
        seen = Counter(_lowered(piece)[0] for caption in captions for piece in _PIECES.findall(" " + caption))
        often = sorted((piece for piece, count in seen.items() if count >= at_least), key=lambda p: (-seen[p], p))
        return cls(tuple(often[:at_most]))

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return WORDS + len(self.words)

    def encode(self, text: str, *, spell: float = 0.0, seed: int = 0) -> torch.Tensor:
        """Numbers of a caption, (W,) long, at least one.

        Args:
            spell: share of the known words that are spelled in bytes all the same, so that training meets the bytes.
            seed: which words these are.

        An empty text is the null caption.
        """
        if not text:
            return null_caption()
        chance = random.Random(seed)
        numbers: list[int] = []
        for piece in _PIECES.findall(" " + text):
            lowered, capital = _lowered(piece)
            known = self.number.get(lowered)
            if known is None or (spell > 0 and chance.random() < spell):
                numbers += [BYTES + byte for byte in piece.encode("utf-8", "surrogatepass")]
            else:
                numbers += [CAPITAL, known] if capital else [known]
        return torch.tensor(numbers, dtype=torch.long)

    def decode(self, numbers: torch.Tensor | list[int]) -> str:
        """The text of a caption; padding is skipped.

        Raises:
            ValueError: a number outside the vocabulary, or bytes that are no text.
        """
        return b"".join(self._spelled([int(number) for number in numbers])).decode("utf-8", "surrogatepass")[1:]

    def _spelled(self, numbers: list[int]) -> Iterator[bytes]:
        capital = False
        for number in numbers:
            if not 0 <= number < self.size:
                raise ValueError(f"{number} is not in a vocabulary of {self.size}; the caption is another tokenizer's")
            if number == CAPITAL:
                capital = True
            elif number >= WORDS:
                word = self.words[number - WORDS]
                yield (_raised(word) if capital else word).encode("utf-8", "surrogatepass")
                capital = False
            elif number >= BYTES:
                yield bytes([number - BYTES])


def _raised(piece: str) -> str:
    """The piece with its first letter as a capital."""
    start = 1 if piece.startswith(" ") else 0
    return piece[:start] + piece[start : start + 1].upper() + piece[start + 1 :]


def _lowered(piece: str) -> tuple[str, bool]:
    """The piece in lower case and True if raising its first letter gives it back, else itself and False."""
    lowered = piece.lower()
    return (lowered, True) if lowered != piece and _raised(lowered) == piece else (piece, False)


def null_caption() -> torch.Tensor:
    """The caption that says nothing: what is learned by dropping captions, and what guidance leads away from."""
    return torch.tensor([NULL], dtype=torch.long)


class TextEncoder(nn.Module):
    """Embedding, refiner blocks that look both ways, and a map to the transformer's width.

    Args:
        vocabulary: size of the tokenizer.
        inside: width of the refiners.
        outside: width of the transformer.
    """

    def __init__(self, vocabulary: int, inside: int, outside: int, heads: int, depth: int = 2) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, inside)
        nn.init.normal_(self.embedding.weight, std=0.5)
        self.blocks = nn.ModuleList(RefinerBlock(inside, heads) for _ in range(depth))
        self.norm = RMSNorm(inside)
        self.out = nn.Linear(inside, outside)
        self.head_width = inside // heads

    def forward(self, caption_SW: torch.Tensor) -> torch.Tensor:
        """Captions padded with ``PAD``, (S, W) long, to features (S, W, D); those of the padding mean nothing."""
        known_SW = caption_SW != PAD
        # Padding looks at padding: a row without anything to look at would be not a number.
        mask_S1WW = (known_SW[:, :, None] == known_SW[:, None, :])[:, None]
        order_S3 = line_positions(torch.arange(caption_SW.shape[1])).to(caption_SW.device)
        by = turns(order_S3[None], self.head_width)
        x_SWD = self.embedding(caption_SW)
        for block in self.blocks:
            x_SWD = block(x_SWD, by, mask_S1WW)
        return self.out(self.norm(x_SWD))
