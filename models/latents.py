"""Latents as bytes, so that a take can be continued and edited without being filmed and read again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from models.conditions import Segment

VERSION = 1
_PICTURE = "picture."
_FIELDS = ("clean", "mask", "position", "frame")


class LatentsRefused(ValueError):
    """These bytes are not latents that this code reads."""


def to_bytes(
    parts: Iterable[Segment], said: Mapping[str, Any], pictures: Mapping[str, torch.Tensor] | None = None
) -> bytes:
    """Parts as safetensors; ``said`` is what else is to be known of them, as JSON can hold it, and ``pictures`` are
    what is shown beside them. Equal parts give equal bytes."""
    tensors: dict[str, torch.Tensor] = {}
    kinds = []
    for number, part in enumerate(parts):
        values = (part.clean_LC.float(), part.mask_L.float(), part.position_L3.float(), part.frame_L.int())
        tensors |= {
            f"{number}.{field}": value.detach().cpu().contiguous() for field, value in zip(_FIELDS, values, strict=True)
        }
        kinds.append([part.role, part.modality])
    tensors |= {f"{_PICTURE}{name}": picture.contiguous() for name, picture in (pictures or {}).items()}
    document = {"version": VERSION, "parts": kinds, "said": dict(said)}
    return save(tensors, {"latents": json.dumps(document, sort_keys=True)})


def from_bytes(content: bytes) -> tuple[tuple[Segment, ...], dict[str, Any]]:
    """The parts and what was said of them.

    Raises:
        LatentsRefused: damaged, no latents, or of a version that is not known.
    """
    try:
        tensors = load(content)
        document = json.loads(_metadata(content).get("latents", ""))
    except (SafetensorError, ValueError) as error:
        raise LatentsRefused(f"these are no latents ({error}); film the shot again") from error
    if not isinstance(document, dict) or document.get("version") != VERSION:
        raise LatentsRefused("these latents are of another version; film the shot again")
    try:
        parts = tuple(
            Segment(
                role, modality, tensors[f"{number}.clean"], tensors[f"{number}.mask"], tensors[f"{number}.position"],
                tensors[f"{number}.frame"].long(),
            )
            for number, (role, modality) in enumerate(document["parts"])
        )  # fmt: skip
    except KeyError as error:
        raise LatentsRefused(f"these latents lack {error}; film the shot again") from error
    return parts, document["said"]


def pictures_of(content: bytes) -> dict[str, torch.Tensor]:
    """The pictures beside the parts, by name.

    Raises:
        LatentsRefused: damaged.
    """
    try:
        tensors = load(content)
    except SafetensorError as error:
        raise LatentsRefused(f"these are no latents ({error}); film the shot again") from error
    return {name.removeprefix(_PICTURE): each for name, each in tensors.items() if name.startswith(_PICTURE)}


def _metadata(content: bytes) -> dict[str, str]:
    """The header's own words: safetensors reads them from files only."""
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    found = header.get("__metadata__", {})
    return found if isinstance(found, dict) else {}
