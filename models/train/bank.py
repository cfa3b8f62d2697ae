"""Examples laid flat, so that a whole batch is drawn from them at once on the device that learns.

On a CPU an example costs fifty times as much to learn from as to lay out, and Python may do it one by one. On a GPU it
is the other way round. So tokens of all examples lie in one table, with where each example's begin, and captions are
numbers already. Shards are written by any number of processes (:mod:`models.train.bank_fill`) and joined as they come.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from models.codec import Example
from models.conditions import TIMELESS, Segment
from models.packing import TokenSpec
from models.text import Tokenizer
from models.train import tasks
from models.train.tasks import Habits

CLIP, GIVEN, REFERENCE, SOUND, LISTED = 0, 1, 2, 3, 4
"""Whose a part is: of the clip, given with it, a reference; what is heard, and the list of what is to be heard."""
PARTS = 20
"""Most parts of an example: plate, look, camera, sound and events, and sheet, poses and references of each subject."""


@dataclass(frozen=True)
class Bank:
    """X examples of T tokens, P parts and V words in all.

    Attributes:
        latent_TC: half precision, as many channels as the widest kind has; zeros beyond a kind's own.
        position_T3: fp32. ``frame_T``: latent frame, int16. ``kind_T``: number of the token's spec, uint8.
        part_T: which of its example's parts a token belongs to, uint8.
        start_X, length_X: tokens of an example, clip first, then what is given, then references; long.
        owner_XP: ``CLIP`` and the others, -1 where there is no part; int8.
        timeless_XP: has the part no frames? Bool.
        box_XP4: least row and column and largest row and column of a part's tokens; fp32.
        frames_X: latent frames of the clip, at least 1; long.
        caption_X2: first of its captions and how many, the full one first, the short one second; long.
        words_V: captions as numbers; int16. ``words_start_Q``, ``words_length_Q``: of each caption; long.
    """

    latent_TC: torch.Tensor
    position_T3: torch.Tensor
    frame_T: torch.Tensor
    kind_T: torch.Tensor
    part_T: torch.Tensor
    start_X: torch.Tensor
    length_X: torch.Tensor
    owner_XP: torch.Tensor
    timeless_XP: torch.Tensor
    box_XP4: torch.Tensor
    frames_X: torch.Tensor
    caption_X2: torch.Tensor
    words_V: torch.Tensor
    words_start_Q: torch.Tensor
    words_length_Q: torch.Tensor

    def __len__(self) -> int:
        return len(self.start_X)

    @property
    def device(self) -> torch.device:
        return self.latent_TC.device

    def to(self, device: torch.device | str) -> Bank:
        return Bank(*(getattr(self, each.name).to(device) for each in fields(self)))


def laid_flat(
    examples: Sequence[Example], specs: Sequence[TokenSpec], tokenizer: Tokenizer, habits: Habits, seed: int = 0
) -> Bank:
    """The examples as a bank on the CPU.

    Args:
        habits: how many captions have some words spelled in bytes.
        seed: which captions and words these are.

    Raises:
        ValueError: tokens that the specs do not name, or counts, which a bank does not keep.
    """
    kinds = {(spec.role, spec.made_of): number for number, spec in enumerate(specs)}
    width = max(spec.channels for spec in specs)
    chance = torch.Generator().manual_seed(seed)
    rows: dict[str, list[torch.Tensor]] = {each.name: [] for each in fields(Bank)}
    tokens = captions = words = 0
    for example in examples:
        if example.counts:
            raise ValueError("a bank keeps no counts of tokens; train on these examples one by one")
        start = tokens
        owned = [(SOUND if p.role == tasks.SOUND else CLIP, p) for p in example.clip]
        owned += [(LISTED if p.role == tasks.LISTED else GIVEN, p) for p in example.given]
        owned += [(REFERENCE, p) for p in example.references]
        if len(owned) > PARTS:
            raise ValueError(f"an example has at most {PARTS} parts here, got {len(owned)}")
        for number, (owner, part) in enumerate(owned):
            _add_tokens(rows, part, number, kinds, "reference" if owner == REFERENCE else part.role, width)
            tokens += len(part)
        _add_parts(rows, owned)
        said = [_worded(text, tokenizer, habits, chance) for text in example.captions]
        rows["caption_X2"].append(torch.tensor([[captions, len(said)]]))
        for each in said:
            rows["words_V"].append(each.short())
            rows["words_start_Q"].append(torch.tensor([words]))
            rows["words_length_Q"].append(torch.tensor([len(each)]))
            words += len(each)
        captions += len(said)
        rows["start_X"].append(torch.tensor([start]))
        rows["length_X"].append(torch.tensor([tokens - start]))
        last = max(int(part.frame_L.max()) for part in example.clip)
        rows["frames_X"].append(torch.tensor([1 + max(0, last)]))
    return Bank(*(torch.cat(rows[each.name]) for each in fields(Bank)))


def _add_tokens(
    rows: dict[str, list[torch.Tensor]],
    part: Segment,
    number: int,
    kinds: dict[tuple[str, str], int],
    role: str,
    width: int,
) -> None:
    kind = kinds.get((role, part.modality))
    if kind is None:
        raise ValueError(f"tokens of role {role} of {part.modality} are not known here")
    count, channels = part.clean_LC.shape
    latent_LC = torch.zeros(count, width, dtype=torch.half)
    latent_LC[:, :channels] = part.clean_LC.half()
    if not bool(torch.isfinite(latent_LC).all()):
        raise ValueError("an example holds values that half precision cannot")
    rows["latent_TC"].append(latent_LC)
    rows["position_T3"].append(part.position_L3.float())
    rows["frame_T"].append(part.frame_L.short())
    rows["kind_T"].append(torch.full((count,), kind, dtype=torch.uint8))
    rows["part_T"].append(torch.full((count,), number, dtype=torch.uint8))


def _add_parts(rows: dict[str, list[torch.Tensor]], owned: Sequence[tuple[int, Segment]]) -> None:
    owner_P = torch.full((1, PARTS), -1, dtype=torch.int8)
    timeless_P = torch.zeros(1, PARTS, dtype=torch.bool)
    box_P4 = torch.zeros(1, PARTS, 4)
    for number, (owner, part) in enumerate(owned):
        owner_P[0, number] = owner
        timeless_P[0, number] = bool((part.frame_L == TIMELESS).all())
        place_L2 = part.position_L3[:, 1:]
        box_P4[0, number] = torch.cat([place_L2.amin(0), place_L2.amax(0)])
    rows["owner_XP"].append(owner_P)
    rows["timeless_XP"].append(timeless_P)
    rows["box_XP4"].append(box_P4)


def _worded(text: str, tokenizer: Tokenizer, habits: Habits, chance: torch.Generator) -> torch.Tensor:
    spelled = float(torch.rand((), generator=chance)) < habits.spelled
    seed = int(torch.randint(2**31 - 2, (), generator=chance))
    return tokenizer.encode(text, spell=habits.spell if spelled else 0.0, seed=seed)


def joined(banks: Sequence[Bank]) -> Bank:
    """Several banks of one device as one."""
    made: dict[str, torch.Tensor] = {}
    for each in fields(Bank):
        made[each.name] = torch.cat([getattr(bank, each.name) for bank in banks])
    shift = {
        "start_X": [len(bank.start_X) for bank in banks],
        "caption_X2": [len(bank.caption_X2) for bank in banks],
        "words_start_Q": [len(bank.words_start_Q) for bank in banks],
    }
    before = {
        "start_X": [len(bank.latent_TC) for bank in banks],
        "caption_X2": [len(bank.words_start_Q) for bank in banks],
        "words_start_Q": [len(bank.words_V) for bank in banks],
    }
    for name, counts in shift.items():
        device = made[name].device
        ahead = torch.tensor([0, *before[name][:-1]], device=device).cumsum(0)
        moved = ahead.repeat_interleave(torch.tensor(counts, device=device))
        if name == "caption_X2":
            made[name][:, 0] += moved
        else:
            made[name] += moved
    return Bank(**made)


def save_bank(path: Path, bank: Bank, meaning: str) -> None:
    """Write a shard, whole or not at all; ``meaning`` names codec and tokenizer (:func:`meaning_of`)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    tensors = {each.name: getattr(bank, each.name).contiguous() for each in fields(Bank)}
    save_file(tensors, draft, {"meaning": meaning})
    os.replace(draft, path)


def load_bank(path: Path, meaning: str) -> Bank:
    """A shard.

    Raises:
        ValueError: it is of another codec or tokenizer.
    """
    with safe_open(path, "pt") as file:
        found = file.metadata().get("meaning", "")
        if found != meaning:
            raise ValueError(f"{path} holds tokens of {found}, wanted {meaning}; remove it and fill the bank again")
        return Bank(**{each.name: file.get_tensor(each.name) for each in fields(Bank)})


def meaning_of(codec_name: str, codec_meaning: str, tokenizer: Tokenizer) -> str:
    """What tokens and words of a bank stand for: codec and vocabulary."""
    words = hashlib.sha256("\0".join(tokenizer.words).encode()).hexdigest()[:12]
    return f"{codec_name} {codec_meaning} {words}"
