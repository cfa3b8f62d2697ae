"""diffusers' LTX transformer in the place of ours: the same tokens, captions, times, masks, width and depth.

Ours puts the caption into the stream; LTX looks at it by cross-attention, so its stream holds latents alone. Modalities
are columns of its ``proj_in``, and so are roles; times and positions are those of every token.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional

from models.packing import NOBODY, Packed, Tokens, modalities_of, roles_of
from models.text import PAD, TextEncoder
from models.transformer import TransformerParams

SPANS = (8.0, 4.0, 4.0)
"""Seconds, rows and columns of a token's position that LTX is told as the whole of its axis."""


class LtxNetwork(nn.Module):
    """Called as :class:`models.transformer.Transformer`, whose parameters say how large it is.

    Raises:
        ImportError: diffusers is not installed (extra ``[peers]``).
    """

    def __init__(self, params: TransformerParams) -> None:
        super().__init__()
        from diffusers import LTXVideoTransformer3DModel

        self.params = params
        self.channels, roles = modalities_of(params.specs), len(roles_of(params.specs))
        made = sum(self.channels.values())
        self.text = TextEncoder(
            params.vocabulary, params.text_width, params.width, params.text_heads, params.text_depth
        )
        self.core = LTXVideoTransformer3DModel(
            in_channels=made + roles, out_channels=made, num_attention_heads=params.heads,
            attention_head_dim=params.width // params.heads, num_layers=params.depth, cross_attention_dim=params.width,
            caption_channels=params.width,
        )  # fmt: skip
        nn.init.zeros_(self.core.proj_out.weight)
        nn.init.zeros_(self.core.proj_out.bias)
        self.looks: dict[str, torch.Tensor] = {}
        for block in self.core.transformer_blocks:
            block.attn1.set_processor(_masked(self.looks, "self"))
            block.attn2.set_processor(_masked(self.looks, "cross"))

    def read(self, batch: Packed) -> torch.Tensor:
        read: torch.Tensor = self.text(batch.caption_SW)
        return read

    def forward(
        self, batch: Packed, x: Tokens, t_BL: torch.Tensor, r_BL: torch.Tensor,
        caption_SWD: torch.Tensor | None = None, context: object = None,
    ) -> Tokens:  # fmt: skip
        """Velocity of every token; where a step is to lead (``r_BL``) LTX is not told."""
        if context is not None:
            raise ValueError("LTX keeps nothing from step to step")
        caption = self.read(batch) if caption_SWD is None else caption_SWD
        at_BA, sample_BA = _latents(batch)
        rows = len(at_BA)
        words_BKD, words_BAK = _words(batch, caption, sample_BA)
        self.looks["self"] = (sample_BA[:, :, None] == sample_BA[:, None])[:, None]
        self.looks["cross"] = words_BAK[:, None]
        position_BA3 = batch.position_BL3.gather(1, at_BA[..., None].expand(-1, -1, 3))
        share_B3A = torch.stack([position_BA3[..., n] / span for n, span in enumerate(SPANS)], 1)
        whole = share_B3A.new_tensor([20.0, 2048.0, 2048.0])[None, :, None]
        said_BAC: torch.Tensor = self.core(
            hidden_states=self._laid(batch, x, at_BA), encoder_hidden_states=words_BKD,
            timestep=1000.0 * t_BL.gather(1, at_BA), encoder_attention_mask=None, video_coords=share_B3A * whole,
            return_dict=False,
        )[0]  # fmt: skip
        flat = said_BAC.new_zeros(rows * batch.mask_BL.shape[1], said_BAC.shape[-1])
        places = (at_BA + batch.mask_BL.shape[1] * torch.arange(rows)[:, None]).flatten()
        flat = flat.index_copy(0, places, said_BAC.flatten(0, 1).float())
        parts = dict(zip(self.channels, flat.split(list(self.channels.values()), -1), strict=True))
        return {name: parts[name][slots] for name, slots in batch.slots.items()}

    def _laid(self, batch: Packed, x: Tokens, at_BA: torch.Tensor) -> torch.Tensor:
        """Latents in the columns of their modality, and their role."""
        rows, length = batch.mask_BL.shape
        columns, start = [], 0
        flat = torch.zeros(rows * length, sum(self.channels.values()))
        for name, count in self.channels.items():
            columns.append((name, start, count))
            start += count
        for name, first, count in columns:
            if name in batch.slots:
                part = functional.pad(x[name], (first, flat.shape[1] - first - count))
                flat = flat.index_copy(0, batch.slots[name], part)
        role = functional.one_hot(batch.role_BL, len(batch.roles)).float()
        whole = torch.cat([flat.unflatten(0, (rows, length)), role], -1)
        return whole.gather(1, at_BA[..., None].expand(-1, -1, whole.shape[-1]))


def _latents(batch: Packed) -> tuple[torch.Tensor, torch.Tensor]:
    """Places of the latents of every row, (B, A), and whose they are; ``NOBODY``'s where other rows have more."""
    word_BL = torch.zeros_like(batch.mask_BL, dtype=torch.bool).flatten()
    word_BL[batch.caption_slots] = True
    other_BL = word_BL.view_as(batch.mask_BL) | (batch.sample_BL == NOBODY)
    most = int((~other_BL).sum(1).max())
    at_BA = torch.argsort(other_BL.to(torch.uint8), dim=1, stable=True)[:, :most]
    return at_BA, batch.sample_BL.masked_fill(other_BL, NOBODY).gather(1, at_BA)


def _words(batch: Packed, caption_SWD: torch.Tensor, sample_BA: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The captions that a row needs, side by side, (B, K, D), and which token may look at which word, (B, A, K)."""
    groups = [sorted(set(row.tolist()) - {NOBODY}) for row in batch.sample_BL]
    most, words = max(map(len, groups)), caption_SWD.shape[1]
    of_BR = torch.tensor([group + [group[0]] * (most - len(group)) for group in groups])
    mine_BR = torch.tensor([[True] * len(group) + [False] * (most - len(group)) for group in groups])
    said = (batch.caption_SW != PAD)[of_BR] & mine_BR[..., None]
    # A caption of nothing is looked at all the same: a softmax over no word has no value.
    said = said | (~said.any(-1, keepdim=True) & mine_BR[..., None])
    looks = (sample_BA[:, :, None] == of_BR[:, None])[..., None] & said[:, None]
    looks = looks.flatten(2)
    looks = looks | ~looks.any(-1, keepdim=True)
    return caption_SWD[of_BR].reshape(len(groups), most * words, -1), looks


def _masked(looks: dict[str, torch.Tensor], which: str) -> Any:
    """LTX's own attention under a mask, which it has not of itself."""
    from diffusers.models.transformers.transformer_ltx import LTXVideoAttnProcessor, apply_rotary_emb

    class Masked(LTXVideoAttnProcessor):
        def __call__(
            self, attn: Any, hidden_states: torch.Tensor, encoder_hidden_states: torch.Tensor | None = None,
            attention_mask: torch.Tensor | None = None, image_rotary_emb: Any = None,
        ) -> torch.Tensor:  # fmt: skip
            other = hidden_states if encoder_hidden_states is None else encoder_hidden_states
            q, k, v = attn.norm_q(attn.to_q(hidden_states)), attn.norm_k(attn.to_k(other)), attn.to_v(other)
            if image_rotary_emb is not None:
                q, k = apply_rotary_emb(q, image_rotary_emb), apply_rotary_emb(k, image_rotary_emb)
            q, k, v = (part.unflatten(2, (attn.heads, -1)).transpose(1, 2) for part in (q, k, v))
            seen = functional.scaled_dot_product_attention(q, k, v, attn_mask=looks[which])
            out: torch.Tensor = attn.to_out[0](seen.transpose(1, 2).flatten(2))
            return out

    return Masked()
