"""What the generator can be taught without being trained again: a camera's path, a style, a figure.

A concept is one file of safetensors of at most ``MOST_BYTES`` whose header holds its card. None changes a weight: a
path and a figure are given to the network as the tokens that it was trained on (of the camera, of a reference), a style
is laid over what it has painted. So any number hold at once, and what is made without one is what it was before.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch.nn import functional

from models.codec import Canvas
from models.grade import Grade
from models.layers.parts import CAMERA, SPRITE

VERSION = 1
MOST_BYTES = 1_500_000
Kind = Literal["camera", "style", "character"]
KINDS: tuple[Kind, ...] = ("camera", "style", "character")
PATH, SHEET = "path", "sheet"
"""Names of the tensors of a camera's path, (F, 9) over the whole move, and of a figure's sheet, RGBA (4, 64, 64)."""
MEANING: dict[Kind, str] = {
    "camera": f"rows of {' '.join(CAMERA)}", "style": "table of colours and lines", "character": f"sheet of {SPRITE}"
}  # fmt: skip


class ConceptRefused(ValueError):
    """These bytes are no concept that can be used here; the message says why and what to do."""


def base_of(kind: Kind) -> str:
    """Digest of what the numbers of such a concept mean to the generator that is here, 16 digits."""
    return hashlib.sha256(f"{VERSION}\0{MEANING[kind]}".encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Concept:
    """Something taught.

    Attributes:
        name: what it is called in a brief.
        base: :func:`base_of` the generator that it was taught for.
        tensors: what was learned.
        card: how: ``recipe``, ``files`` with their hashes, ``weights`` that taught it, ``metrics``, and what a figure
            is (``subject``, ``colour``) or a camera's move is most like (``like``).
    """

    name: str
    kind: Kind
    base: str
    tensors: Mapping[str, torch.Tensor]
    card: Mapping[str, Any] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """The file. Equal concepts give equal bytes.

        Raises:
            ValueError: it would be larger than ``MOST_BYTES``.
        """
        header = {
            "version": VERSION, "name": self.name, "kind": self.kind, "base": self.base, "card": dict(self.card)
        }  # fmt: skip
        content = save(
            {name: tensor.detach().cpu().contiguous() for name, tensor in sorted(self.tensors.items())},
            {"concept": json.dumps(header, sort_keys=True)},
        )
        if len(content) > MOST_BYTES:
            raise ValueError(f"a concept has at most {MOST_BYTES} bytes, this one has {len(content)}")
        return content

    @classmethod
    def from_bytes(cls, content: bytes) -> Concept:
        """What ``to_bytes`` wrote.

        Raises:
            ConceptRefused: damaged, no concept, or taught for a generator that reads other numbers.
        """
        try:
            tensors = load(content)
            length = int.from_bytes(content[:8], "little")
            header = json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["concept"])
            kind, base = header["kind"], str(header["base"])
            made = cls(str(header["name"]), kind, base, tensors, dict(header["card"]))
            known = kind in KINDS and header["version"] == VERSION
        except (SafetensorError, KeyError, TypeError, ValueError) as error:
            raise ConceptRefused(f"this is no concept, or a damaged one ({error})") from error
        if not known or base != base_of(kind):
            raise ConceptRefused(f"{made.name!r} was taught for another generator (its numbers mean {base})")
        return made

    def path_on(self, canvas: Canvas) -> torch.Tensor:
        """A camera's path over a whole clip of this canvas, (F, 9): the move takes as long as the clip does.

        Raises:
            ConceptRefused: this is not a camera's, or its path is not whole.
        """
        path_F9 = self.tensors.get(PATH)
        if self.kind != "camera" or path_F9 is None or path_F9.shape[1:] != (len(CAMERA),):
            raise ConceptRefused(f"{self.name!r} is a {self.kind} and moves no camera")
        return functional.interpolate(path_F9.float().mT[None], canvas.frames, mode="linear", align_corners=True)[0].mT

    def grade(self) -> Grade:
        """What a style makes of pictures.

        Raises:
            ConceptRefused: this is not a style, or not a whole one.
        """
        try:
            return Grade.of(self.tensors)
        except KeyError as error:
            raise ConceptRefused(f"{self.name!r} is a {self.kind} and no style: {error} is missing") from error
