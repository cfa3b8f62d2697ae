"""The networks of the audio autoencoder: levels in bands as principal components, and convolutions that add the rest.

The decoder makes a spectrum and lets the inverse transform make the wave (Siuzdak 2023, arXiv:2306.00814, section 3).
The spectrum is the sum of tones, whose phase runs on at a frequency that is said for every bin, and of fixed noise
that is coloured: what hisses need not be remembered, what rings stays in step.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from einops import rearrange
from torch import nn
from torch.nn import functional as F  # noqa: N812

from models.flow import Normaliser
from models.layers.plate import exactly, principal
from models.sound.spectrum import (
    BANDS,
    BINS,
    STEP,
    bands,
    bend,
    level,
    magnitude,
    phases,
    spectra,
    spread,
    waves,
)

FRAMES = 8
"""Spectra in a token."""
HOP = FRAMES * STEP
"""Samples in a token."""
NOISE_SEED = 24


@dataclass(frozen=True)
class SoundParams:
    """Channels of a token; widths at spectra and at tokens; blocks of the encoder, of the decoder at tokens and at
    spectra."""

    channels: int = 64
    frame: int = 128
    token: int = 160
    seen: int = 1
    trunk: int = 1
    fine: int = 3

    @classmethod
    def tiny(cls) -> SoundParams:
        return cls(channels=8, frame=16, token=16, fine=1)


class Block(nn.Module):
    """ConvNeXt's in one dimension (Liu et al. 2022, arXiv:2201.03545), nothing at the start; (B, C, T)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.beside = nn.Conv1d(width, width, 7, padding=3, groups=width)
        self.norm = nn.LayerNorm(width)
        self.wide = nn.Linear(width, 3 * width)
        self.back = nn.Linear(3 * width, width)
        nn.init.zeros_(self.back.weight)
        nn.init.zeros_(self.back.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        inner = self.norm(self.beside(x).transpose(1, 2))
        return x + self.back(F.gelu(self.wide(inner))).transpose(1, 2)


class SoundNetwork(nn.Module):
    """Waves to tokens and back. A fresh network knows no directions; :meth:`start` gives it the closed form."""

    scale_C: torch.Tensor
    into_CP: torch.Tensor
    mean_P: torch.Tensor

    def __init__(self, params: SoundParams | None = None) -> None:
        super().__init__()
        p = self.params = params or SoundParams()
        self.normaliser = Normaliser(p.channels)
        self.register_buffer("into_CP", torch.zeros(p.channels, BANDS * FRAMES))
        self.register_buffer("mean_P", torch.zeros(BANDS * FRAMES))
        self.register_buffer("scale_C", torch.ones(p.channels))
        self.seen = nn.Sequential(
            nn.Conv1d(2 * BINS, p.frame, 1), *(Block(p.frame) for _ in range(p.seen)),
            nn.Conv1d(p.frame, p.token, FRAMES, FRAMES), *(Block(p.token) for _ in range(p.seen)),
            nn.GELU(), nn.Conv1d(p.token, p.channels, 1),
        )  # fmt: skip
        self.trunk = nn.Sequential(
            nn.Conv1d(p.channels, p.token, 3, padding=1), *(Block(p.token) for _ in range(p.trunk))
        )
        self.to_frames = nn.Conv1d(p.token, p.frame * FRAMES, 1)
        self.skip = nn.Conv1d(BANDS, p.frame, 3, padding=1)
        self.fine = nn.Sequential(*(Block(p.frame) for _ in range(p.fine)), nn.GELU())
        self.head = nn.Conv1d(p.frame, 3 * BINS, 1)
        for last in (self.seen[-1], self.head):
            nn.init.zeros_(last.weight)  # type: ignore[arg-type]
            nn.init.zeros_(last.bias)  # type: ignore[arg-type]

    @torch.no_grad()
    def start(self, wave_BN: torch.Tensor) -> None:
        """Take the linear code from waves of whole tokens."""
        rows_NP = rearrange(self._rows(spectra(wave_BN).abs()), "b p t -> (b t) p")
        mean, directions, deviation = principal(rows_NP, self.params.channels)
        self.mean_P.copy_(mean)
        self.into_CP.copy_(directions)
        self.scale_C.copy_(deviation.clamp_min(1e-3))

    def encode(self, wave_BN: torch.Tensor) -> torch.Tensor:
        """Waves of whole tokens as latents in the networks' units, (B, T, C): what the components deviate is 1."""
        spectrum = spectra(wave_BN)
        loud = level(spectrum.abs())
        # The frequency of what cannot be heard says nothing.
        heard = torch.cat([loud / 4.0 - 1.0, bend(spectrum) * (loud / 6.0).clamp(max=1.0)], 1)
        linear = exactly(_Linear(self.into_CP, -self.into_CP @ self.mean_P), self._rows(spectrum.abs()))
        return (linear / self.scale_C[:, None] + self.seen(heard)).transpose(1, 2)

    def decode(self, latent_BTC: torch.Tensor) -> torch.Tensor:
        """Waves (B, T · HOP) from latents in the networks' units."""
        return waves(self.spectrum(latent_BTC)[0])

    def spectrum(self, latent_BTC: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The complex spectrum (B, BINS, 8 · T), and how far each bin's frequency is from its centre, in bins."""
        latent = latent_BTC.transpose(1, 2)
        rows = exactly(_Linear(self.into_CP.mT, self.mean_P), latent * self.scale_C[:, None])
        banded = rearrange(rows, "b (k f) t -> b k (t f)", f=FRAMES)
        near = rearrange(self.to_frames(self.trunk(latent)), "b (c f) t -> b c (t f)", f=FRAMES)
        said = self.head(self.fine(near + self.skip(banded / 4.0 - 1.0)))
        tone, hiss, off = said.unflatten(1, (3, BINS)).unbind(1)
        linear = torch.einsum("fk,bkt->bft", spread().to(banded), banded)
        bent = 1.2 * torch.tanh(off)
        tones = torch.polar(magnitude(linear - 1.0 + 2.0 * tone), phases(bent))
        return tones + magnitude(linear + 2.0 * hiss) * self._noise(tones), bent

    def _noise(self, like_BFT: torch.Tensor) -> torch.Tensor:
        """Spectra of white noise whose magnitude is 1 in the mean square, the same every time, (1, BINS, T)."""
        generator = torch.Generator().manual_seed(NOISE_SEED)
        white = torch.randn(like_BFT.shape[-1] * STEP, generator=generator).to(like_BFT.device)
        drawn = spectra(white[None])
        return drawn / drawn[:, 1:-1].abs().square().mean().sqrt()

    @staticmethod
    def _rows(magnitude_BFT: torch.Tensor) -> torch.Tensor:
        """Levels in bands, those of a token side by side: (B, BANDS · FRAMES, T)."""
        power = torch.einsum("kf,bft->bkt", bands().to(magnitude_BFT), magnitude_BFT.square())
        return rearrange(level((power + 1e-16).sqrt()), "b k (t f) -> b (k f) t", f=FRAMES)


class _Linear(nn.Module):
    """A closed-form map along the channels of (B, P, T)."""

    def __init__(self, weight_CP: torch.Tensor, bias_C: torch.Tensor) -> None:
        super().__init__()
        self.weight_CP, self.bias_C = weight_CP, bias_C

    def forward(self, x_BPT: torch.Tensor) -> torch.Tensor:
        return torch.einsum("cp,bpt->bct", self.weight_CP, x_BPT) + self.bias_C[:, None]
