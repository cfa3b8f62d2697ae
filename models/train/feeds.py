"""Where the batches of a step come from: examples one by one, or a bank on the device that learns."""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch

from models import flow
from models.packing import NOBODY, Packed, TokenSpec, modalities_of, roles_of
from models.text import Tokenizer
from models.train.bank import Bank, joined, load_bank
from models.train.batches import Batch, Position, Stream, batch_of, grouped
from models.train.draw import Drawn, draw
from models.train.recipe import Recipe
from models.train.tasks import draw_task

ROUND = 16
"""Lengths of rows are multiples of this, so that few layouts are met."""
LEAST_SHARE, SHORTER = 3, 0.85
"""A group of a third of the allowed places may end where the next row is shorter than this share of its longest."""
LOOK_EVERY_S = 20.0


class Feed(Protocol):
    """Gives one process its batches, step by step."""

    def batches(self, examples: int, generator: torch.Generator) -> list[Batch]:
        """The batches of one step, of so many examples; all chance is the generator's."""

    @property
    def position(self) -> Position:
        """Where it stands; what a state keeps."""

    @property
    def device(self) -> torch.device:
        """Where it draws: the generator has to be of this device."""


class StreamFeed:
    """Examples of a stream, asked one by one: for CPUs, where the network costs more than the asking."""

    device = torch.device("cpu")

    def __init__(self, stream: Stream, tokenizer: Tokenizer, specs: Sequence[TokenSpec], recipe: Recipe) -> None:
        self.stream, self.tokenizer, self.specs, self.recipe = stream, tokenizer, specs, recipe

    @property
    def position(self) -> Position:
        return self.stream.position

    def batches(self, examples: int, generator: torch.Generator) -> list[Batch]:
        recipe = self.recipe
        taken = self.stream.take(examples)
        tasks = [draw_task(each, recipe.mix, recipe.habits, self.tokenizer, generator) for each in taken]
        groups = grouped(tasks, recipe.batching.micro_tokens)
        return [batch_of(group, self.specs, recipe.batching) for group in groups]


class BankFeed:
    """Examples of a bank's shards, drawn at random on the device; new shards join as they come.

    Args:
        folder: of the shards; there has to be one.
        meaning: what they have to hold (:func:`models.train.bank.meaning_of`).
        most_bytes: of tokens on the device; shards beyond are left out.
        patience_s: how long to wait for a first shard that another process makes.

    Raises:
        FileNotFoundError: no shard came in time.
        ValueError: a shard holds other tokens.
    """

    def __init__(
        self,
        folder: Path,
        meaning: str,
        specs: Sequence[TokenSpec],
        recipe: Recipe,
        device: torch.device,
        most_bytes: int = 24 << 30,
        patience_s: float = 600.0,
    ) -> None:
        self.folder, self.meaning, self.specs, self.recipe = folder, meaning, tuple(specs), recipe
        self.device, self.most_bytes = device, most_bytes
        self.known: set[Path] = set()
        self.bank: Bank | None = None
        self.looked = -LOOK_EVERY_S
        began = time.monotonic()
        while self.bank is None:
            self.refresh()
            if self.bank is None and time.monotonic() - began > patience_s:
                raise FileNotFoundError(f"no shards in {folder}; fill the bank with `python -m models.train.bank_fill`")
            if self.bank is None:
                time.sleep(0.5)

    @property
    def position(self) -> Position:
        return Position()

    def refresh(self) -> None:
        """Join the shards that have come since the last look."""
        self.looked = time.monotonic()
        held = 0 if self.bank is None else self.bank.latent_TC.nbytes
        fresh = [file for file in sorted(self.folder.glob("*.safetensors")) if file not in self.known]
        if fresh and held > self.most_bytes:
            warnings.warn(f"{len(fresh)} shards of the bank no longer fit and are left out", stacklevel=2)
            self.known.update(fresh)
            return
        if not fresh:
            return
        new = joined([load_bank(file, self.meaning) for file in fresh]).to(self.device)
        self.bank = new if self.bank is None else joined([self.bank, new])
        self.known.update(fresh)

    def batches(self, examples: int, generator: torch.Generator) -> list[Batch]:
        if time.monotonic() - self.looked > LOOK_EVERY_S:
            self.refresh()
        assert self.bank is not None
        index_B = torch.randint(len(self.bank), (examples,), generator=generator, device=self.device)
        drawn = draw(self.bank, index_B, self.recipe.mix, self.recipe.habits, generator)
        return laid(self.bank, drawn, self.specs, self.recipe.batching.micro_tokens, self.recipe.batching.base_tokens)


@dataclass(frozen=True)
class Rows:
    """B tasks as rows, words first, what is not kept left out: (B, L) each; kinds of specs, ``WORD`` or ``NOTHING``."""

    kind_BL: torch.Tensor
    token_BL: torch.Tensor
    mask_BL: torch.Tensor
    position_BL3: torch.Tensor
    words_BW: torch.Tensor
    length_B: torch.Tensor


WORD, NOTHING = -1, -2
"""Kinds of a place that holds a word, and of one that holds nothing."""


def laid(bank: Bank, drawn: Drawn, specs: Sequence[TokenSpec], micro_tokens: int, base_tokens: int) -> list[Batch]:
    """The tasks by length, in groups of at most ``micro_tokens`` places, each as one batch on the bank's device."""
    rows = _compact(bank, drawn)
    order_B = rows.length_B.argsort(descending=True)
    lengths = rows.length_B[order_B].tolist()
    made, start = [], 0
    while start < len(lengths):
        longest = -(-lengths[start] // ROUND) * ROUND
        stop = _group_end(lengths, start, longest, micro_tokens)
        made.append(_batch(bank, _part(rows, order_B[start:stop], longest), specs, base_tokens))
        start = stop
    return made


def _group_end(lengths: list[int], start: int, longest: int, micro_tokens: int) -> int:
    """Where a group that begins at ``start`` ends: it is full, or large enough and what follows is much shorter."""
    full = min(len(lengths), start + max(1, micro_tokens // longest))
    for stop in range(start + max(1, micro_tokens // LEAST_SHARE // longest), full):
        if lengths[stop] < SHORTER * longest:
            return stop
    return full


def _compact(bank: Bank, drawn: Drawn) -> Rows:
    """Words, then the tokens that are kept, with no gaps between."""
    kept_BM = torch.cat([drawn.spoken_BW, drawn.keep_BL], 1)
    order_BM = (~kept_BM).byte().argsort(dim=1, stable=True)
    words = drawn.words_BW.shape[1]

    def arranged(of_words: torch.Tensor, of_tokens: torch.Tensor) -> torch.Tensor:
        return torch.cat([of_words, of_tokens], 1).gather(1, order_BM)

    blank_BW = torch.zeros_like(drawn.words_BW)
    kind_BM = torch.cat([blank_BW + WORD, bank.kind_T[drawn.token_BL].long()], 1)
    kind_BM = torch.where(kept_BM, kind_BM, NOTHING).gather(1, order_BM)
    wide_BM3 = order_BM[..., None].expand(-1, -1, 3)
    position_BM3 = torch.cat([drawn.position_BL3.new_zeros(len(kind_BM), words, 3), drawn.position_BL3], 1)
    position_BM3 = position_BM3.gather(1, wide_BM3) * (kind_BM >= 0)[..., None]
    return Rows(
        kind_BM, arranged(blank_BW, drawn.token_BL), arranged(blank_BW.float(), drawn.mask_BL), position_BM3,
        drawn.words_BW, kept_BM.sum(1),
    )  # fmt: skip


def _part(rows: Rows, chosen_B: torch.Tensor, length: int) -> Rows:
    """Some rows, cut to a length, or padded to it."""
    short = max(0, length - rows.kind_BL.shape[1])
    pad = torch.nn.functional.pad

    def cut(value: torch.Tensor, fill: float = 0.0) -> torch.Tensor:
        return pad(value[chosen_B][:, :length], (0, short), value=fill)

    position_BL3 = pad(rows.position_BL3[chosen_B][:, :length], (0, 0, 0, short))
    return Rows(
        cut(rows.kind_BL, NOTHING), cut(rows.token_BL), cut(rows.mask_BL), position_BL3, rows.words_BW[chosen_B],
        rows.length_B[chosen_B],
    )  # fmt: skip


def _batch(bank: Bank, rows: Rows, specs: Sequence[TokenSpec], base_tokens: int) -> Batch:
    device = bank.device
    roles, channels = roles_of(specs), modalities_of(specs)
    role_K = torch.tensor([roles.index(spec.role) for spec in specs] + [0, 0], device=device)
    kind_P = rows.kind_BL.flatten()
    sample_BL = torch.arange(len(rows.kind_BL), device=device)[:, None].expand_as(rows.kind_BL)
    clean, slots, counts = {}, {}, {}
    made_of = [spec.made_of for spec in specs]
    for name, count in channels.items():
        own = torch.tensor([each == name for each in made_of] + [False, False], device=device)
        place_N = own[kind_P].nonzero()[:, 0]
        if len(place_N):
            slots[name] = place_N
            clean[name] = bank.latent_TC[rows.token_BL.flatten()[place_N], :count].float()
            counts[name] = (rows.mask_BL.flatten()[place_N] > 0).float()
    word_P = (kind_P == WORD).nonzero()[:, 0]
    spoken = int((rows.kind_BL == WORD).sum(1).max())
    words_BW = rows.words_BW[:, :spoken].contiguous()
    column_P = word_P % rows.kind_BL.shape[1]
    packed = Packed(
        clean, slots, rows.mask_BL, role_K[rows.kind_BL], rows.position_BL3,
        torch.where(rows.kind_BL == NOTHING, NOBODY, sample_BL), words_BW, word_P,
        word_P // rows.kind_BL.shape[1] * spoken + column_P, (), roles, False,
    )  # fmt: skip
    made_B = (rows.mask_BL > 0).sum(1)
    return Batch(packed, counts, flow.size_shifts(made_B, base_tokens=base_tokens))
