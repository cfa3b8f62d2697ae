"""Pipelines of diffusers with a few thousand random weights, built and saved as the real ones are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

WORDS = ("a", "an", "fox", "orange", "white", "green", "in", "by", "day", "forest", "wide", "shot", "medium", "sized")


def save_wan(folder: Path, seed: int = 0) -> Path:
    """A text-to-video pipeline: 4 n + 1 frames, sides in steps of 16 pixels."""
    from diffusers import (
        AutoencoderKLWan,
        FlowMatchEulerDiscreteScheduler,
        WanPipeline,
        WanTransformer3DModel,
    )

    torch.manual_seed(seed)
    WanPipeline(
        tokenizer=_tokenizer(), text_encoder=_encoder("UMT5"), scheduler=FlowMatchEulerDiscreteScheduler(shift=7.0),
        vae=AutoencoderKLWan(
            base_dim=3, z_dim=16, dim_mult=[1, 1, 1, 1], num_res_blocks=1, temperal_downsample=[False, True, True]
        ),
        transformer=WanTransformer3DModel(
            patch_size=(1, 2, 2), num_attention_heads=2, attention_head_dim=12, in_channels=16, out_channels=16,
            text_dim=32, freq_dim=256, ffn_dim=32, num_layers=2, rope_max_seq_len=32,
        ),
    ).save_pretrained(folder)  # fmt: skip
    return folder


def save_ltx(folder: Path, *, from_picture: bool = False) -> Path:
    """A pipeline that is told its frame rate, and may begin with a picture; 4 n + 1 frames, steps of 4 pixels."""
    from diffusers import (
        AutoencoderKLLTXVideo,
        FlowMatchEulerDiscreteScheduler,
        LTXImageToVideoPipeline,
        LTXPipeline,
        LTXVideoTransformer3DModel,
    )

    torch.manual_seed(0)
    small, flat = (8, 8, 8, 8), (False, False, False, False)
    vae = AutoencoderKLLTXVideo(
        latent_channels=8, block_out_channels=small, decoder_block_out_channels=small, layers_per_block=(1,) * 5,
        decoder_layers_per_block=(1,) * 5, spatio_temporal_scaling=(True, True, False, False),
        decoder_spatio_temporal_scaling=(True, True, False, False), decoder_inject_noise=(*flat, False),
        upsample_residual=flat, upsample_factor=(1, 1, 1, 1), timestep_conditioning=False, patch_size=1, patch_size_t=1,
        encoder_causal=True, decoder_causal=False,
    )  # fmt: skip
    kind = LTXImageToVideoPipeline if from_picture else LTXPipeline
    kind(
        tokenizer=_tokenizer(), text_encoder=_encoder("T5"), scheduler=FlowMatchEulerDiscreteScheduler(), vae=vae,
        transformer=LTXVideoTransformer3DModel(
            in_channels=8, out_channels=8, patch_size=1, patch_size_t=1, num_attention_heads=4, attention_head_dim=8,
            cross_attention_dim=32, num_layers=1, caption_channels=32,
        ),
    ).save_pretrained(folder)  # fmt: skip
    return folder


def _encoder(kind: str) -> Any:
    import transformers

    config = getattr(transformers, f"{kind}Config")(
        vocab_size=64, d_model=32, d_kv=8, d_ff=37, num_layers=2, num_heads=4, decoder_start_token_id=0
    )
    return getattr(transformers, f"{kind}EncoderModel")(config)


def _tokenizer() -> Any:
    """Knows a few words, of whole text split at spaces."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = {word: number for number, word in enumerate(["<pad>", "</s>", "<unk>", *WORDS])}
    plain = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    plain.pre_tokenizer = pre_tokenizers.Whitespace()
    return PreTrainedTokenizerFast(
        tokenizer_object=plain, pad_token="<pad>", eos_token="</s>", unk_token="<unk>", model_max_length=128
    )
