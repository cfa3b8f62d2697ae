"""Weights on disk: safetensors in shards of at most 16 MiB and one card that says what they are and how they were made.

A shard is named after its hash and the card is written last, so that a run killed at any moment leaves the old
checkpoint or the new one. Loading is strict: what is not exactly what the card and the network say is refused.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import nn

CARD_VERSION = 1
SHARD_BYTES = 16 * 2**20
HEADER_BYTES = 64 * 2**10
"""Room left in a shard for the names and shapes of its tensors."""
_PIECE = re.compile(r"^(?P<name>.+)//(?P<number>\d+)$")
_SHARD = "{stem}-{sha}.safetensors"
SCALE = "//scale"
"""Ends of the names of scales: of matrices that are stored in a byte a value, one for each row."""
BYTES_FROM = 16_384
"""Values from which a matrix is stored in bytes, if it is asked for."""


class CheckpointRefused(ValueError):
    """A checkpoint that cannot be used; the message names the file and says what to do."""

    def __init__(self, path: Path, found: str, next_step: str) -> None:
        super().__init__(f"{path}: {found}. {next_step}")
        self.path = path


class CheckpointMissing(CheckpointRefused):
    """The card or a shard is not there."""


class CardUnreadable(CheckpointRefused):
    """The card is no card, or of a version that this code does not know."""


class WeightsDiffer(CheckpointRefused):
    """A shard is not the file that the card describes."""


class KeysDiffer(CheckpointRefused):
    """The names of the tensors are not those of the network."""


class ShapesDiffer(CheckpointRefused):
    """A tensor has not the shape or kind that the network has."""


@dataclass(frozen=True)
class Card:
    """What a checkpoint is.

    Attributes:
        kind: what network it is for.
        config: its sizes, as its params write them.
        recipe: how it was trained.
        minutes: of training.
        commit: of the code that trained it.
        metrics: what was measured.
    """

    kind: str
    config: Mapping[str, Any] = field(default_factory=dict)
    recipe: Mapping[str, Any] = field(default_factory=dict)
    minutes: float = 0.0
    commit: str = ""
    metrics: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Shard:
    """One file of weights, beside the card."""

    file: str
    sha256: str
    bytes: int


def save(
    path: Path, tensors: Mapping[str, torch.Tensor], card: Card, *, dtype: torch.dtype | None = None,
    in_bytes: bool = False,
) -> None:  # fmt: skip
    """Write a checkpoint, whole or not at all.

    Args:
        path: of the card, ending in ``.json``; the shards lie beside it.
        dtype: what floating-point tensors are stored as; as they are if None.
        in_bytes: large floating-point matrices are stored in a byte a value and a scale a row, and come back in fp32.

    Raises:
        ValueError: the path is not a card's, or a tensor holds a value that is not finite.
    """
    if path.suffix != ".json":
        raise ValueError(f"a checkpoint is named by its card, which ends in .json; got {path}")
    stored: dict[str, torch.Tensor] = {}
    for name, tensor in sorted(tensors.items()):
        kept = _storable(name, tensor, dtype)
        if in_bytes and kept.is_floating_point() and kept.ndim == 2 and kept.numel() >= BYTES_FROM:
            stored[name], stored[name + SCALE] = quantised(tensor.detach().cpu())
        else:
            stored[name] = kept
    path.parent.mkdir(parents=True, exist_ok=True)
    shards = []
    for content in _shards(stored):
        sha = hashlib.sha256(content).hexdigest()
        name = _SHARD.format(stem=path.stem, sha=sha[:12])
        _write(path.with_name(name), content)
        shards.append(Shard(name, sha, len(content)))
    whole = {"version": CARD_VERSION, **asdict(card), "shards": [asdict(shard) for shard in shards]}
    _write(path, (json.dumps(whole, indent=1, ensure_ascii=False) + "\n").encode())
    current = {shard.file for shard in shards}
    for old in path.parent.glob(_SHARD.format(stem=path.stem, sha="?" * 12)):
        if old.name not in current:
            old.unlink()


def load(path: Path, *, kind: str | None = None) -> tuple[dict[str, torch.Tensor], Card]:
    """Tensors and card of a checkpoint.

    Args:
        kind: what the card has to be of, if it matters.

    Raises:
        CheckpointRefused: something is missing, changed or unknown.
    """
    card, shards = _card(path)
    if kind is not None and card.kind != kind:
        raise CardUnreadable(
            path, f"this is a {card.kind}, not a {kind}", "Name the card of the network that is meant."
        )
    tensors: dict[str, torch.Tensor] = {}
    for shard in shards:
        for name, tensor in _shard(path, shard).items():
            if name in tensors:
                raise KeysDiffer(path, f"{name} is in two shards", "Fetch or train the checkpoint again.")
            tensors[name] = tensor
    return _whole(path, tensors), card


def load_into(module: nn.Module, path: Path, *, kind: str | None = None) -> Card:
    """Load a checkpoint into a network that has exactly its tensors; floating-point kinds are converted.

    Raises:
        CheckpointRefused: nothing of the network has been changed then.
    """
    tensors, card = load(path, kind=kind)
    fit(path, tensors, module.state_dict())
    module.load_state_dict(tensors, strict=True)
    return card


def fit(path: Path, tensors: Mapping[str, torch.Tensor], wanted: Mapping[str, torch.Tensor]) -> None:
    """Refuse tensors that are not exactly the wanted ones.

    Raises:
        KeysDiffer, ShapesDiffer: what is missing, too much or of another shape.
    """
    missing, extra = sorted(wanted.keys() - tensors.keys()), sorted(tensors.keys() - wanted.keys())
    if missing or extra:
        found = "; ".join(f"{word} {_few(names)}" for word, names in (("missing", missing), ("extra", extra)) if names)
        raise KeysDiffer(path, found, "Build the network from the card's config, or train it again.")
    for name, tensor in tensors.items():
        if tensor.shape != wanted[name].shape or tensor.is_floating_point() != wanted[name].is_floating_point():
            found = f"{name} is {_described(tensor)}, the network has {_described(wanted[name])}"
            raise ShapesDiffer(path, found, "Build the network from the card's config, or train it again.")


def quantised(matrix_RC: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """A matrix as whole numbers from -127 to 127, int8, and the scale of each row, fp32 (R, 1): symmetric, to the
    nearest. A value is off by at most half a scale, which is a 254th of the largest of its row."""
    scale_R1 = matrix_RC.float().abs().amax(1, keepdim=True).clamp_min(1e-12) / 127.0
    return (matrix_RC.float() / scale_R1).round().to(torch.int8), scale_R1


def _few(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _described(tensor: torch.Tensor) -> str:
    return f"{tuple(tensor.shape)} {str(tensor.dtype).removeprefix('torch.')}"


def _storable(name: str, tensor: torch.Tensor, dtype: torch.dtype | None) -> torch.Tensor:
    if _PIECE.match(name) or name.endswith(SCALE):
        raise ValueError(f"{name} ends like a piece of a tensor that was cut or its scale; give it another name")
    kept = tensor.detach().cpu()
    if kept.is_floating_point():
        kept = kept.to(dtype or kept.dtype)
        if not bool(torch.isfinite(kept).all()):
            raise ValueError(f"{name} holds values that are not finite as {kept.dtype}; a checkpoint of it has no use")
    return kept.contiguous().clone()


def _shards(tensors: Mapping[str, torch.Tensor]) -> Iterator[bytes]:
    """Contents of the files: tensors in order of name, those that fill a file alone cut along their first axis."""
    room = SHARD_BYTES - HEADER_BYTES
    held: dict[str, torch.Tensor] = {}
    size = 0
    for name, tensor in tensors.items():
        for own, piece in _pieces(name, tensor, room):
            # A name, shape and offsets cost a few hundred bytes of header.
            cost = piece.numel() * piece.element_size() + 256 + len(own)
            if held and size + cost > room:
                yield save_tensors(held)
                held, size = {}, 0
            held[own] = piece
            size += cost
    yield save_tensors(held)


def _pieces(name: str, tensor: torch.Tensor, room: int) -> Iterator[tuple[str, torch.Tensor]]:
    size = tensor.numel() * tensor.element_size()
    if size <= room // 2:
        yield name, tensor
        return
    row = size // len(tensor)
    rows = max(1, room // 2 // row)
    if row > room // 2:
        raise ValueError(f"one row of {name} has {row} bytes, more than half of a shard")
    for number, piece in enumerate(tensor.split(rows)):
        yield f"{name}//{number}", piece.clone()


def _whole(path: Path, tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Join what was cut."""
    whole: dict[str, torch.Tensor] = {}
    pieces: dict[str, dict[int, torch.Tensor]] = {}
    for name, tensor in tensors.items():
        cut = _PIECE.match(name)
        if cut:
            pieces.setdefault(cut["name"], {})[int(cut["number"])] = tensor
        else:
            whole[name] = tensor
    for name, numbered in pieces.items():
        if set(numbered) != set(range(len(numbered))) or name in whole:
            raise KeysDiffer(path, f"pieces of {name} are missing", "Fetch or train the checkpoint again.")
        whole[name] = torch.cat([numbered[number] for number in range(len(numbered))])
    for scale in [name for name in whole if name.endswith(SCALE)]:
        name = scale.removesuffix(SCALE)
        if name not in whole or whole[name].dtype != torch.int8 or len(whole[name]) != len(whole[scale]):
            raise KeysDiffer(path, f"{scale} is of no matrix that is there", "Fetch or train the checkpoint again.")
        whole[name] = whole[name].float() * whole.pop(scale)
    return whole


def _card(path: Path) -> tuple[Card, list[Shard]]:
    again = "Fetch or train the checkpoint again."
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CheckpointMissing(path, f"the card cannot be read ({error.strerror})", again) from error
    except ValueError as error:
        raise CardUnreadable(path, f"the card is not JSON ({error})", again) from error
    version = content.get("version") if isinstance(content, dict) else None
    if version != CARD_VERSION:
        update = "Update storyreel, or use a checkpoint made with this version."
        raise CardUnreadable(path, f"the card is of version {version}, this code reads {CARD_VERSION}", update)
    shards = content.pop("shards", None)
    try:
        card = Card(**{key: value for key, value in content.items() if key != "version"})
        listed = [Shard(str(s["file"]), str(s["sha256"]), int(s["bytes"])) for s in shards]
    except (TypeError, KeyError, ValueError) as error:
        raise CardUnreadable(path, f"the card lacks or adds something ({error})", again) from error
    outside = [shard.file for shard in listed if Path(shard.file).name != shard.file]
    if outside:
        raise CardUnreadable(path, f"the card names files outside its folder: {_few(outside)}", again)
    return card, listed


def _shard(path: Path, shard: Shard) -> dict[str, torch.Tensor]:
    file = path.with_name(shard.file)
    try:
        content = file.read_bytes()
    except OSError as error:
        raise CheckpointMissing(file, f"the weights cannot be read ({error.strerror})", "Fetch it again.") from error
    found = hashlib.sha256(content).hexdigest()
    if found != shard.sha256 or len(content) != shard.bytes:
        said = f"{len(content)} bytes of sha256 {found[:12]}…, the card says {shard.bytes} of {shard.sha256[:12]}…"
        raise WeightsDiffer(file, said, "The file was changed or cut short; fetch or train the checkpoint again.")
    try:
        return load_tensors(content)
    except SafetensorError as error:
        raise WeightsDiffer(file, f"this is not safetensors ({error})", "Train the checkpoint again.") from error


def _write(path: Path, content: bytes) -> None:
    """Write under another name, force to disk, rename."""
    unfinished = path.with_name(path.name + f".{os.getpid()}.part")
    with open(unfinished, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(unfinished, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
