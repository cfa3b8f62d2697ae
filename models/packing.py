"""Sequences of any length in one batch: laid side by side in rows, each seeing only itself.

Latents stay apart by modality, because a token of sound and one of history have not the same number of channels;
``slots`` says where in the rows each one goes. A sampler sees a batch as one flat vector.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Sequence as Listing
from dataclasses import dataclass, fields, replace

import torch

from models.conditions import Sequence
from models.text import PAD

CAPTION = "caption"
NOBODY = -1
"""Sample of a place in a row that holds nothing."""

Tokens = dict[str, torch.Tensor]
"""Modality to (N, C)."""


@dataclass(frozen=True)
class TokenSpec:
    """A kind of token that a codec makes.

    Attributes:
        role: what it is for.
        channels: how many numbers it has.
        modality: what it is made of; the role if empty. Kinds of one modality share their projections.
    """

    role: str
    channels: int
    modality: str = ""

    @property
    def made_of(self) -> str:
        return self.modality or self.role


def roles_of(specs: Iterable[TokenSpec]) -> tuple[str, ...]:
    """Roles in the order of the modulation tables; the caption is the first."""
    return (CAPTION, *dict.fromkeys(spec.role for spec in specs))


def modalities_of(specs: Iterable[TokenSpec]) -> dict[str, int]:
    """Modalities and their channels, by name.

    Raises:
        ValueError: one modality with two numbers of channels.
    """
    channels: dict[str, int] = {}
    for spec in specs:
        if channels.setdefault(spec.made_of, spec.channels) != spec.channels:
            raise ValueError(
                f"{spec.made_of} has {channels[spec.made_of]} channels and, for {spec.role}, another number"
            )
    return dict(sorted(channels.items()))


@dataclass(frozen=True)
class Place:
    """Where a segment is in its modality's tokens: rows ``start`` up to, not including, ``end``."""

    modality: str
    start: int
    end: int


@dataclass(frozen=True)
class Packed:
    """A batch of sequences.

    Attributes:
        clean: latents by modality, (N, C).
        slots: places of those tokens in the flattened rows, (N,) long.
        mask_BL, role_BL, position_BL3: of every place; 0 where there is nothing.
        sample_BL: which sequence a place belongs to, or ``NOBODY``.
        caption_SW: captions, padded.
        caption_slots, caption_words: places of the words in the flattened rows, and in the flattened captions.
        places: for each sequence, where its segments are.
        roles: names of the numbers in ``role_BL``.
        whole: every row is one sequence without padding, so that no mask of attention is needed.
    """

    clean: Tokens
    slots: Tokens
    mask_BL: torch.Tensor
    role_BL: torch.Tensor
    position_BL3: torch.Tensor
    sample_BL: torch.Tensor
    caption_SW: torch.Tensor
    caption_slots: torch.Tensor
    caption_words: torch.Tensor
    places: tuple[tuple[Place, ...], ...]
    roles: tuple[str, ...]
    whole: bool

    def to(self, device: torch.device | str) -> Packed:
        moved: dict[str, object] = {}
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, torch.Tensor):
                moved[each.name] = value.to(device)
            elif isinstance(value, dict):
                moved[each.name] = {name: tensor.to(device) for name, tensor in value.items()}
        return replace(self, **moved)  # type: ignore[arg-type]

    def attention_mask(self) -> torch.Tensor | None:
        """(B, 1, L, L), True where both belong to one sequence; padding looks at padding. None if all may look."""
        return None if self.whole else (self.sample_BL[:, :, None] == self.sample_BL[:, None, :])[:, None]

    def of_tokens(self, value_BL: torch.Tensor) -> Tokens:
        """A value of every place, as (N,) by modality."""
        return {name: value_BL.reshape(-1)[slots] for name, slots in self.slots.items()}

    def in_rows(self, value_E: torch.Tensor) -> torch.Tensor:
        """A value of every element that is the same in all channels of a token, as (B, L); 0 elsewhere."""
        rows = torch.zeros_like(self.mask_BL).reshape(-1)
        for name, value_NC in self.unflatten(value_E.expand(self.elements)).items():
            rows = rows.index_copy(0, self.slots[name], value_NC[:, 0].to(rows.dtype))
        return rows.reshape(self.mask_BL.shape)

    @property
    def elements(self) -> int:
        return sum(tokens.numel() for tokens in self.clean.values())

    def flatten(self, tokens: Mapping[str, torch.Tensor]) -> torch.Tensor:
        """Latents by modality as one vector (E,)."""
        return torch.cat([tokens[name].reshape(-1) for name in self.clean])

    def unflatten(self, value_E: torch.Tensor) -> Tokens:
        """The vector as latents by modality: views of it."""
        parts = value_E.split([tokens.numel() for tokens in self.clean.values()])
        return {name: part.view(self.clean[name].shape) for name, part in zip(self.clean, parts, strict=True)}

    def by_element(self, value_BL: torch.Tensor) -> torch.Tensor:
        """A value of every place, repeated for the channels of each token, (E,)."""
        value = self.of_tokens(value_BL)
        return self.flatten({name: value[name][:, None].expand_as(clean) for name, clean in self.clean.items()})

    def times(self, t_S: torch.Tensor, others: Mapping[str, torch.Tensor] | None = None) -> torch.Tensor:
        """Time of every place, (B, L): its mask times the time of its sequence.

        Args:
            others: roles that have times of their own, (S,), such as sound whose noise does not follow the picture's.
        """
        held = self.sample_BL.clamp_min(0)
        time_BL = t_S[held]
        for role, own_S in (others or {}).items():
            time_BL = torch.where(self.role_BL == self.roles.index(role), own_S[held], time_BL)
        return self.mask_BL * time_BL


def pack(sequences: Listing[Sequence], specs: Listing[TokenSpec], *, row_tokens: int | None = None) -> Packed:
    """Lay sequences into rows.

    Args:
        row_tokens: length of a row that holds several sequences, longest first into the first row with room. None
            gives each sequence a row of its own.

    Raises:
        ValueError: nothing to pack, a sequence longer than a row, or tokens that the specs do not name.
    """
    if not sequences:
        raise ValueError("a batch holds at least one sequence")
    _check(sequences, specs)
    rows = _rows([len(each) for each in sequences], row_tokens)
    length = max(sum(len(sequences[index]) for index in row) for row in rows)
    shape = (len(rows), length)
    laid = _Laid(sequences, roles_of(specs), torch.full(shape, NOBODY), torch.zeros(shape), torch.zeros(*shape, 3))
    for row, members in enumerate(rows):
        start = row * length
        for index in members:
            start = laid.lay(index, start)
    whole = all(len(members) == 1 for members in rows) and bool((laid.sample != NOBODY).all())
    return laid.packed(list(modalities_of(specs)), whole)


def _check(sequences: Listing[Sequence], specs: Listing[TokenSpec]) -> None:
    known = {(spec.role, spec.made_of): spec.channels for spec in specs}
    for sequence in sequences:
        for part in sequence.segments:
            channels = known.get((part.role, part.modality))
            if channels is None:
                names = ", ".join(f"{role} of {modality}" for role, modality in known)
                raise ValueError(f"tokens of role {part.role} of {part.modality} are not known here, only {names}")
            if part.clean_LC.shape[1] != channels:
                raise ValueError(f"a token of {part.modality} has {channels} channels, got {part.clean_LC.shape[1]}")


def _rows(lengths: list[int], row_tokens: int | None) -> list[list[int]]:
    """Which sequences share a row."""
    if row_tokens is None:
        return [[index] for index in range(len(lengths))]
    if max(lengths) > row_tokens:
        raise ValueError(f"a sequence of {max(lengths)} tokens does not fit into a row of {row_tokens}")
    rows: list[list[int]] = []
    room: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda each: -lengths[each]):
        row = next((each for each, left in enumerate(room) if left >= lengths[index]), len(rows))
        if row == len(rows):
            rows.append([])
            room.append(row_tokens)
        rows[row].append(index)
        room[row] -= lengths[index]
    return rows


class _Laid:
    """Rows while they are being filled."""

    def __init__(
        self,
        sequences: Listing[Sequence],
        roles: tuple[str, ...],
        sample: torch.Tensor,
        mask: torch.Tensor,
        position: torch.Tensor,
    ) -> None:
        self.sequences, self.roles = sequences, roles
        self.sample, self.mask, self.position = sample, mask, position
        self.role = torch.zeros_like(sample)
        self.start: dict[int, int] = {}

    def lay(self, index: int, start: int) -> int:
        """Fill in one sequence from a place of the flattened rows on; returns where the next one may begin."""
        sequence = self.sequences[index]
        self.start[index] = start
        end = start + len(sequence)
        self.sample.view(-1)[start:end] = index
        start += len(sequence.caption)
        for part in sequence.segments:
            span = slice(start, start + len(part))
            self.role.view(-1)[span] = self.roles.index(part.role)
            self.mask.view(-1)[span] = part.mask_L
            self.position.view(-1, 3)[span] = part.position_L3
            start = span.stop
        return end

    def packed(self, modalities: list[str], whole: bool) -> Packed:
        clean: dict[str, list[torch.Tensor]] = {name: [] for name in modalities}
        slots: dict[str, list[torch.Tensor]] = {name: [] for name in modalities}
        ends = dict.fromkeys(modalities, 0)
        places = []
        words = max(len(sequence.caption) for sequence in self.sequences)
        caption_SW = torch.full((len(self.sequences), words), PAD, dtype=torch.long)
        caption_slots, caption_words = [], []
        for index, sequence in enumerate(self.sequences):
            start, count = self.start[index], len(sequence.caption)
            caption_SW[index, :count] = sequence.caption
            caption_slots.append(torch.arange(start, start + count))
            caption_words.append(torch.arange(count) + index * words)
            start += count
            own = []
            for part in sequence.segments:
                name = part.modality
                clean[name].append(part.clean_LC.float())
                slots[name].append(torch.arange(start, start + len(part)))
                own.append(Place(name, ends[name], ends[name] + len(part)))
                ends[name] += len(part)
                start += len(part)
            places.append(tuple(own))
        used = [name for name in modalities if clean[name]]
        return Packed(
            {name: torch.cat(clean[name]) for name in used},
            {name: torch.cat(slots[name]) for name in used},
            self.mask,
            self.role,
            self.position,
            self.sample,
            caption_SW,
            torch.cat(caption_slots),
            torch.cat(caption_words),
            tuple(places),
            self.roles,
            whole,
        )


def unpack(batch: Packed, tokens: Mapping[str, torch.Tensor], sequences: Listing[Sequence]) -> list[Sequence]:
    """The sequences with the latents of a batch, every mask as it was."""
    made = []
    for sequence, places in zip(sequences, batch.places, strict=True):
        parts = [
            part.filled(tokens[place.modality][place.start : place.end].cpu())
            for part, place in zip(sequence.segments, places, strict=True)
        ]
        made.append(sequence.with_segments(parts))
    return made
