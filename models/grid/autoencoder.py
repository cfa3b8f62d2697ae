"""A video autoencoder of 16×16 pixels and four frames to a latent; the first frame is alone in its own.

It starts as the closed-form projection of ``models.grid.patches`` and adds convolutions on both sides whose last
layers begin at zero. The encoder sees the latent's own frames; the decoder sees z_t and z_{t−1}, never what follows,
so that a film decodes while it is made. Nothing depends on the size of the picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from einops import rearrange
from torch import nn
from torch.nn import functional

from models.flow import Normaliser
from models.grid.patches import COLOURS, PATCH, SPAN, PatchBasis
from models.shapes import latent_frames


@dataclass(frozen=True)
class GridParams:
    """Sizes.

    Attributes:
        channels: of a latent.
        encoder, decoder: widths at 1/16, 1/8, 1/4 and 1/2 of the picture's size.
        depth: residual blocks of the decoder at 1/4, where most of the seams are mended; one elsewhere.
    """

    channels: int = 32
    encoder: tuple[int, int, int, int] = (128, 96, 64, 32)
    decoder: tuple[int, int, int, int] = (192, 128, 64, 32)
    depth: int = 2

    @classmethod
    def nano(cls, channels: int = 32) -> GridParams:
        """2.1 million parameters, 1.4 of them in the decoder."""
        return cls(channels)

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> GridParams:
        """From a card."""
        sizes: dict[str, Any] = {n: tuple(value) if isinstance(value, list) else value for n, value in config.items()}
        return cls(**sizes)

    @classmethod
    def tiny(cls, channels: int = 6) -> GridParams:
        """For tests."""
        return cls(channels, (8, 8, 8, 8), (8, 8, 8, 8), 1)


class Residual(nn.Module):
    """``x + conv(silu(conv(silu(x))))``, 3×3; no norm, so that a picture's size and neighbours in a batch are nothing
    to it. The identity at the start."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.inward = nn.Conv2d(width, width, 3, padding=1)
        self.outward = nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(self.outward.weight)
        nn.init.zeros_(self.outward.bias)  # type: ignore[arg-type]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.outward(functional.silu(self.inward(functional.silu(x))))


class Encoder(nn.Module):
    """What is added to the projection: four frames (B, 3, 4, H, W) to (B, C, h, w)."""

    def __init__(self, params: GridParams) -> None:
        super().__init__()
        w16, w8, w4, w2 = params.encoder
        self.stem = nn.Conv2d(COLOURS * SPAN * 4, w2, 3, padding=1)
        self.alone = nn.Parameter(torch.zeros(w2))
        self.levels = nn.ModuleList(
            nn.Sequential(Residual(fine), nn.PixelUnshuffle(2), nn.Conv2d(4 * fine, coarse, 1))
            for fine, coarse in ((w2, w4), (w4, w8), (w8, w16))
        )
        self.last = Residual(w16)
        self.out = _silent(nn.Conv2d(w16, params.channels, 1))

    def forward(self, video_BCFHW: torch.Tensor, first_B: torch.Tensor) -> torch.Tensor:
        """``first_B`` is 1 for a picture alone, given four times."""
        x = self.stem(_folded(video_BCFHW - 0.5, 2)) + first_B[:, None, None, None] * self.alone[:, None, None]
        for level in self.levels:
            x = level(x)
        return self.out(functional.silu(self.last(x)))


class Decoder(nn.Module):
    """What is added to the projection's picture, (B, 3, 4, H, W), given latents and that picture."""

    def __init__(self, params: GridParams) -> None:
        super().__init__()
        w16, w8, w4, w2 = params.decoder
        seen = COLOURS * (SPAN + 1)
        self.stem = nn.Conv2d(2 * params.channels, w16, 3, padding=1)
        self.alone = nn.Parameter(torch.zeros(w16))
        self.coarse = nn.Sequential(Residual(w16), _twice(w16, w8), Residual(w8), _twice(w8, w4))
        self.see4 = nn.Conv2d(seen * 16, w4, 1)
        self.middle = nn.Sequential(*(Residual(w4) for _ in range(params.depth)), _twice(w4, w2))
        self.see2 = nn.Conv2d(seen * 4, w2, 1)
        self.fine = Residual(w2)
        self.out = _silent(nn.Conv2d(w2, COLOURS * SPAN * 4, 3, padding=1))

    def forward(
        self, z_B2Chw: torch.Tensor, picture_BCFHW: torch.Tensor, first_B: torch.Tensor
    ) -> torch.Tensor:  # fmt: skip
        """``z_B2Chw`` is z_t and z_{t−1} as channels; the picture is the frame before and the latent's own four."""
        x = self.stem(z_B2Chw) + first_B[:, None, None, None] * self.alone[:, None, None]
        x = self.coarse(x) + self.see4(_folded(picture_BCFHW - 0.5, 4))
        x = self.middle(x) + self.see2(_folded(picture_BCFHW - 0.5, 2))
        added = self.out(functional.silu(self.fine(x)))
        return rearrange(added, "b (c f p q) h w -> b c f (h p) (w q)", c=COLOURS, f=SPAN, p=2, q=2)


def _folded(video_BCFHW: torch.Tensor, side: int) -> torch.Tensor:
    return rearrange(video_BCFHW, "b c f (h p) (w q) -> b (c f p q) h w", p=side, q=side)


def _twice(inside: int, outside: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(inside, 4 * outside, 1), nn.PixelShuffle(2))


def _silent(layer: nn.Conv2d) -> nn.Conv2d:
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


@dataclass(frozen=True)
class Carried:
    """What a streaming decode remembers: the last latent (B, C, h, w) and the last frame of its projection."""

    z_BChw: torch.Tensor
    frame_BCHW: torch.Tensor


class GridAutoencoder(nn.Module):
    """Clips (B, 3, 1 + 4k, H, W), 0 to 1, to latents (B, 1 + k, C, ⌈H/16⌉, ⌈W/16⌉) and back.

    Latents are in the autoencoder's own units here; ``normaliser`` and ``path`` hold the mean and deviation of
    its channels, and of the camera's numbers, for what the network sees. ``scale_C`` is the deviation of the linear
    start's channels, by which the decoder's convolutions see latents; brightness would drown the rest.
    """

    scale_C: torch.Tensor

    def __init__(self, params: GridParams | None = None) -> None:
        super().__init__()
        self.params = params or GridParams.nano()
        channels = self.params.channels
        self.first, self.later = PatchBasis(1, channels), PatchBasis(SPAN, channels)
        self.encoder, self.decoder = Encoder(self.params), Decoder(self.params)
        self.register_buffer("scale_C", torch.ones(channels))
        self.normaliser = Normaliser(channels)
        self.path = Normaliser(9)

    def encode(self, video_BCFHW: torch.Tensor) -> torch.Tensor:
        """(B, T, C, h, w). Sizes that are no multiple of 16 are filled up by repeating the last row and column.

        Raises:
            ValueError: the clip has not 1 + 4k frames.
        """
        count = latent_frames(video_BCFHW.shape[2])
        video = _filled(video_BCFHW)
        start, rest = video[:, :, :1], video[:, :, 1:]
        z_B1Chw = (self.first.encode(start) + self._added(start.expand(-1, -1, SPAN, -1, -1), True))[:, None]
        if count == 1:
            return z_B1Chw
        parts = rearrange(rest, "b c (t f) h w -> (b t) c f h w", f=SPAN)
        z = self.later.encode(parts) + self._added(parts, False)
        return torch.cat([z_B1Chw, z.unflatten(0, (-1, count - 1))], 1)

    def _added(self, video_BCFHW: torch.Tensor, first: bool) -> torch.Tensor:
        return self.encoder(video_BCFHW, video_BCFHW.new_full((len(video_BCFHW),), float(first)))

    def decode(self, z_BTChw: torch.Tensor, height: int | None = None, width: int | None = None) -> torch.Tensor:
        """(B, 3, 1 + 4k, H, W), not clamped; cropped to ``height`` and ``width`` if given."""
        batch, count = z_BTChw.shape[:2]
        plain_BCFHW = self.projected(z_BTChw)
        before = torch.cat([plain_BCFHW[:, :, :1], plain_BCFHW[:, :, :-1:SPAN]], 2)
        own = torch.cat([plain_BCFHW[:, :, :1].expand(-1, -1, SPAN, -1, -1), plain_BCFHW[:, :, 1:]], 2)
        seen = torch.cat(
            [rearrange(before, "b c t h w -> (b t) c 1 h w"),
             rearrange(own, "b c (t f) h w -> (b t) c f h w", f=SPAN)], 2,
        )  # fmt: skip
        pairs = torch.cat([z_BTChw, torch.cat([z_BTChw[:, :1], z_BTChw[:, :-1]], 1)], 2).flatten(0, 1)
        first_B = (torch.arange(count, device=z_BTChw.device) == 0).to(z_BTChw.dtype).repeat(batch)
        added = rearrange(self.decoder(self._scaled(pairs), seen, first_B), "(b t) c f h w -> b c (t f) h w", b=batch)
        return (plain_BCFHW + added[:, :, SPAN - 1 :])[..., :height, :width]

    def _scaled(self, pair_BCChw: torch.Tensor) -> torch.Tensor:
        return pair_BCChw / self.scale_C.repeat(2)[:, None, None]

    def projected(self, z_BTChw: torch.Tensor) -> torch.Tensor:
        """The clip as the bases alone have it, (B, 3, F, H, W)."""
        start = self.first.decode(z_BTChw[:, 0])
        if z_BTChw.shape[1] == 1:
            return start
        rest = self.later.decode(z_BTChw[:, 1:].flatten(0, 1))
        return torch.cat([start, rearrange(rest, "(b t) c f h w -> b c (t f) h w", b=len(z_BTChw))], 2)

    def next_frames(self, z_BChw: torch.Tensor, carried: Carried | None) -> tuple[torch.Tensor, Carried]:
        """Frames of the next latent, (B, 3, 1 or 4, H, W), and what to carry; nothing is carried into the first."""
        first_B = z_BChw.new_full((len(z_BChw),), float(carried is None))
        plain = self.first.decode(z_BChw) if carried is None else self.later.decode(z_BChw)
        before = plain[:, :, 0] if carried is None else carried.frame_BCHW
        seen = torch.cat([before[:, :, None], plain.expand(-1, -1, SPAN, -1, -1)], 2)
        pair = torch.cat([z_BChw, z_BChw if carried is None else carried.z_BChw], 1)
        added = self.decoder(self._scaled(pair), seen, first_B)
        frames = plain + (added[:, :, SPAN - 1 :] if carried is None else added)
        return frames, Carried(z_BChw, plain[:, :, -1])

    def stream(self, latents: Iterable[torch.Tensor]) -> Iterator[torch.Tensor]:
        """Decode latents (B, C, h, w) as they come."""
        carried: Carried | None = None
        for z_BChw in latents:
            frames, carried = self.next_frames(z_BChw, carried)
            yield frames


def cells(height: int, width: int) -> tuple[int, int]:
    """Rows and columns of cells that cover a picture."""
    if height < 1 or width < 1:
        raise ValueError(f"a picture has at least one pixel, got {height}×{width}")
    return -(-height // PATCH), -(-width // PATCH)


def _filled(video_BCFHW: torch.Tensor) -> torch.Tensor:
    height, width = video_BCFHW.shape[-2:]
    rows, columns = cells(height, width)
    if (rows * PATCH, columns * PATCH) == (height, width):
        return video_BCFHW
    right, below = columns * PATCH - width, rows * PATCH - height
    return functional.pad(video_BCFHW, (0, right, 0, below, 0, 0), mode="replicate")
