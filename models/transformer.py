"""The generator's network: one stream of [caption][references][history][video][audio] tokens, full self-attention.

What a token is, a codec says (``TokenSpec``). Modalities differ only in their projections in and out, roles only in a
row of each block's modulation table, and noise and clean tokens only in their time.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from models.blocks import Block, Modulation, RMSNorm, RoleTable, TimeEmbedding, Turns, hidden_width, turns
from models.context import Context
from models.packing import Packed, Tokens, TokenSpec, modalities_of, roles_of
from models.text import TextEncoder


@dataclass(frozen=True)
class TransformerParams:
    """Sizes of the network.

    Attributes:
        specs: kinds of tokens it knows.
        vocabulary: numbers that the tokenizer knows.
        width, depth, heads: of the stream.
        text_width, text_depth: of what reads the caption; its heads are as wide as the stream's.
    """

    specs: tuple[TokenSpec, ...]
    vocabulary: int
    width: int = 192
    depth: int = 8
    heads: int = 6
    text_width: int = 128
    text_depth: int = 2

    @classmethod
    def tiny(cls, specs: tuple[TokenSpec, ...], vocabulary: int) -> TransformerParams:
        """For tests."""
        return cls(specs, vocabulary, width=64, depth=2, heads=2, text_width=32, text_depth=1)

    @classmethod
    def nano(cls, specs: tuple[TokenSpec, ...], vocabulary: int) -> TransformerParams:
        """About 4.7 million parameters, 3.5 of them in the blocks, trained on a CPU."""
        return cls(specs, vocabulary)

    @classmethod
    def small(cls, specs: tuple[TokenSpec, ...], vocabulary: int) -> TransformerParams:
        """About 21 million, trained on a GPU."""
        return cls(specs, vocabulary, width=384, depth=10, heads=6, text_width=256)

    @classmethod
    def medium(cls, specs: tuple[TokenSpec, ...], vocabulary: int) -> TransformerParams:
        """About 320 million: the same recipe on several GPUs."""
        return cls(specs, vocabulary, width=1024, depth=24, heads=16, text_width=512)

    @classmethod
    def from_card(cls, config: dict[str, Any]) -> TransformerParams:
        """Read what ``card`` wrote.

        Raises:
            ValueError: a field is missing or not known.
        """
        try:
            return cls(**{**config, "specs": tuple(TokenSpec(**spec) for spec in config["specs"])})
        except (KeyError, TypeError) as error:
            raise ValueError(f"the configuration is not one of this transformer: {error}") from error

    def card(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {**asdict(self), "specs": [asdict(spec) for spec in self.specs]}

    @property
    def text_heads(self) -> int:
        return max(1, self.text_width * self.heads // self.width)

    @property
    def parameters(self) -> int:
        """How many numbers are trained, exactly."""
        width, text, roles = self.width, self.text_width, len(roles_of(self.specs))
        head, text_head = width // self.heads, text // self.text_heads
        stream = self.depth * (_matrices(width) + 2 * head + 6 * width * roles)
        reader = self.text_depth * (_matrices(text) + 2 * text_head + 2 * text)
        reader += self.vocabulary * text + text + (text + 1) * width
        ends = sum((channels + 1) * width + (width + 1) * channels for channels in modalities_of(self.specs).values())
        waves = 2 * TimeEmbedding.WAVES
        times = 2 * ((waves + 1) * width + (width + 1) * width) + 6 * width * width
        head_modulation = 2 * width * width + 2 * width * roles
        return stream + reader + ends + times + head_modulation

    def flops(self, tokens: int, words: int) -> int:
        """Floating-point operations of the products of one forward pass, a multiply-add as two.

        Args:
            tokens: length of the stream, the caption's words included.
            words: of the caption. Projections in and out and what the few different times say, below 2 %, are not
                counted.
        """
        stream = self.depth * (2 * tokens * _matrices(self.width) + 4 * tokens * tokens * self.width)
        reader = self.text_depth * (2 * words * _matrices(self.text_width) + 4 * words * words * self.text_width)
        return stream + reader + 2 * words * self.text_width * self.width


def _matrices(width: int) -> int:
    """Numbers in the matrices of one block."""
    return 4 * width * width + 3 * width * hidden_width(width)


class Transformer(nn.Module):
    """``forward(batch, x, t, r)`` gives the mean velocity from t to r of every token; at r = t, the velocity."""

    def __init__(self, params: TransformerParams) -> None:
        super().__init__()
        self.params = params
        roles, channels = roles_of(params.specs), modalities_of(params.specs)
        self.text = TextEncoder(
            params.vocabulary, params.text_width, params.width, params.text_heads, params.text_depth
        )
        self.time = TimeEmbedding(params.width)
        self.modulation = Modulation(params.width)
        self.project_in = nn.ModuleDict({name: nn.Linear(count, params.width) for name, count in channels.items()})
        self.blocks = nn.ModuleList(Block(params.width, params.heads, len(roles)) for _ in range(params.depth))
        self.head_modulation = Modulation(params.width, parts=2)
        self.head_table = RoleTable(len(roles), params.width, 2)
        self.head_norm = RMSNorm(params.width, gain=False)
        self.project_out = nn.ModuleDict({name: nn.Linear(params.width, count) for name, count in channels.items()})
        for out in self.project_out.values():
            assert isinstance(out, nn.Linear)
            nn.init.zeros_(out.weight)
            nn.init.zeros_(out.bias)

    def read(self, batch: Packed) -> torch.Tensor:
        """Features of the batch's captions, (S, W, D); the same at every step, so a sampler asks once."""
        return self.text(batch.caption_SW)

    def forward(
        self,
        batch: Packed,
        x: Tokens,
        t_BL: torch.Tensor,
        r_BL: torch.Tensor,
        caption_SWD: torch.Tensor | None = None,
        context: Context | None = None,
    ) -> Tokens:
        """Velocity of every token.

        Args:
            x: latents at their times, by modality, (N, C).
            t_BL, r_BL: time of every place, 0 to 1; ``Packed.times`` gives it.
            caption_SWD: what ``read`` gave, or None to read now.
            context: of this batch; once it is full only what is made is computed, and what is said of other tokens
                means nothing.
        """
        caption = self.read(batch) if caption_SWD is None else caption_SWD
        h_BLD = self._laid(batch, x, caption)
        shared_BLM, head_BLM = self._modulation(t_BL, r_BL)
        by = turns(batch.position_BL3, self.params.width // self.params.heads)
        mask_B1LL, role_BL = batch.attention_mask(), batch.role_BL
        part = context if context is not None and context.is_full else None
        if part is not None:
            h_BLD, shared_BLM, head_BLM, role_BL = map(part.of, (h_BLD, shared_BLM, head_BLM, role_BL))
            by = Turns(part.of(by.cos[:, 0])[:, None], part.of(by.sin[:, 0])[:, None])
            mask_B1LL = None if mask_B1LL is None else part.of(mask_B1LL[:, 0])[:, None]
        stores = [None] * len(self.blocks) if context is None else context.stores
        for block, stored in zip(self.blocks, stores, strict=True):
            h_BLD = block(h_BLD, shared_BLM, role_BL, by, mask_B1LL, stored)
        shift, scale = self.head_table(head_BLM, role_BL)
        out_BLD = self.head_norm(h_BLD) * (1 + scale) + shift
        out_ND = (out_BLD if part is None else part.laid(out_BLD, batch.mask_BL.shape[1])).flatten(0, 1)
        return {name: self.project_out[name](out_ND[slots]).float() for name, slots in batch.slots.items()}

    def _modulation(self, t_BL: torch.Tensor, r_BL: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """What the times say to the blocks and to the head, for every place.

        A batch holds few different times, and asking once for each saves a tenth of the whole. In training they are
        laid out by a product with ones and zeros, because the gradient of an index costs more than it saves.
        """
        if torch.compiler.is_compiling() or (t_BL.is_cuda and torch.is_grad_enabled()):
            # How many times differ is not known before the batch is: a graph would break here, and a GPU wait.
            embedding = self.time(t_BL, r_BL)
            return self.modulation(embedding), self.head_modulation(embedding)
        pairs_U2, which = torch.stack([t_BL, r_BL], -1).flatten(0, 1).unique(dim=0, return_inverse=True)
        embedding = self.time(pairs_U2[:, 0], pairs_U2[:, 1])
        shared_UM, head_UM = self.modulation(embedding), self.head_modulation(embedding)
        which_BL = which.view(t_BL.shape)
        if not torch.is_grad_enabled():
            return shared_UM[which_BL], head_UM[which_BL]
        ones_BLU = functional.one_hot(which_BL, len(pairs_U2)).to(shared_UM.dtype)
        return ones_BLU @ shared_UM, ones_BLU @ head_UM

    def _laid(self, batch: Packed, x: Tokens, caption_SWD: torch.Tensor) -> torch.Tensor:
        """Words and tokens in their places, (B, L, D) fp32, also under autocast: what is added up stays exact."""
        words_ND = caption_SWD.flatten(0, 1)[batch.caption_words].float()
        parts = [words_ND, *(self.project_in[name](x[name]).float() for name in batch.slots)]
        slots_N = torch.cat([batch.caption_slots, *batch.slots.values()])
        rows_ND = words_ND.new_zeros(batch.mask_BL.numel(), words_ND.shape[1])
        return rows_ND.index_copy(0, slots_N, torch.cat(parts)).unflatten(0, batch.mask_BL.shape)
