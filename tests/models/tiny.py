"""A tiny real network and small sequences for it."""

from __future__ import annotations

import torch

from models import shapes
from models.conditions import Segment, segment
from models.packing import TokenSpec
from models.text import Tokenizer
from models.transformer import Transformer, TransformerParams

SPECS = (
    TokenSpec("reference", 4, "video"),
    TokenSpec("history", 4, "video"),
    TokenSpec("history", 8, "folded"),
    TokenSpec("camera", 2),
    TokenSpec("video", 4),
    TokenSpec("audio", 3),
)
WORDS = ("red", "blue", "green", "white", "fox", "ball", "runs", "rolls")
TOKENIZER = Tokenizer(tuple(f" {word}" for word in WORDS))


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def new_network(seed: int = 0) -> Transformer:
    """As training begins: every block is the identity and the head says zero."""
    torch.manual_seed(seed)
    return Transformer(TransformerParams.tiny(SPECS, TOKENIZER.size))


def stirred_network(seed: int = 0) -> Transformer:
    """With every parameter moved, so that each input matters."""
    network = new_network(seed)
    generator = torch.Generator().manual_seed(seed + 1)
    with torch.no_grad():
        for parameter in network.parameters():
            spread = 0.15 if parameter.ndim == 2 else 0.05
            parameter.add_(spread * torch.randn(parameter.shape, generator=generator))
    return network.eval()


def video(latents: int = 3, rows: int = 2, columns: int = 2, *, seed: int = 0, role: str = "video") -> Segment:
    """Random latents of a clip."""
    position = shapes.grid_positions(shapes.latent_times(latents), rows, columns)
    frames = torch.arange(latents).repeat_interleave(rows * columns)
    return segment(role, random(len(position), 4, seed=seed), position, frame_L=frames, modality="video")


def audio(latents: int = 3, *, seed: int = 0) -> Segment:
    """Random sound for a clip of so many latent frames, with the latent frame that each token is heard in."""
    count = shapes.audio_latents(shapes.frames_of(latents))
    position = shapes.line_positions(shapes.audio_times(count))
    frames = torch.tensor([shapes.latent_of(n // 2) for n in range(count)])
    return segment("audio", random(count, 3, seed=seed), position, frame_L=frames)


def camera(latents: int = 3, *, seed: int = 0) -> Segment:
    position = shapes.line_positions(shapes.latent_times(latents))
    return segment("camera", random(latents, 2, seed=seed), position, frame_L=torch.arange(latents))
