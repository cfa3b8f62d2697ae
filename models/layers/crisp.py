"""Decoded pictures four times as large, with edges that are edges again.

The codec decodes a plate at 64 pixels a frame height and sprites of 64 × 64, whatever the film's size. Two networks
know what the same plates and figures look like at 256; each works at the small size, in three levels, and adds through
sub-pixel convolution (Shi et al. 2016, section 3.2) what plain enlargement misses. Untrained they add nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

from models import checkpoint
from models.checkpoint import Card
from models.layers.compose import sharpened
from models.layers.decoded import digest
from models.layers.parts import DENSITY
from models.layers.sheet import premultiplied

KIND = "layers crisp"
WEIGHTS = Path(__file__).parents[1] / "weights" / "crisp.json"
FACTOR = 4
LEAST, MOST_OF_TWO = 1.3, 3.0
"""What is shown at less than so many times its size is not worth enlarging; up to so many, twice the size will do:
pictures are laid by looking at single points of them, so one that is much finer than the film would flicker."""
CHUNK = 4
"""Sprites enlarged together."""
_LEVELS = 4
"""Sides are whole multiples of this inside of a network."""


@dataclass(frozen=True)
class SharpenerParams:
    """Channels at the picture's own size, at half and at a quarter of it, and blocks at the quarter."""

    width: int = 16
    deep: int = 48
    deepest: int = 64
    blocks: int = 3

    @classmethod
    def tiny(cls) -> SharpenerParams:
        return cls(8, 8, 8, 1)


@dataclass(frozen=True)
class CrispParams:
    """Sizes of both networks; a plate is enlarged once a clip, a sprite once a frame."""

    plate: SharpenerParams = field(default_factory=lambda: SharpenerParams(32, 48, 64, 2))
    sprite: SharpenerParams = field(default_factory=SharpenerParams)

    @classmethod
    def tiny(cls) -> CrispParams:
        return cls(SharpenerParams.tiny(), SharpenerParams.tiny())

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> CrispParams:
        """From a card."""
        return cls(SharpenerParams(**config["plate"]), SharpenerParams(**config["sprite"]))


class Sharpener(nn.Module):
    """One kind of picture enlarged; any size.

    Args:
        channels: of a picture.
        plainly: the enlargement that it begins with and adds to.
        middle: the value that counts as nothing, also beyond the picture's border.
    """

    def __init__(
        self, channels: int, params: SharpenerParams, plainly: Callable[[torch.Tensor], torch.Tensor],
        middle: float = 0.0,
    ) -> None:  # fmt: skip
        super().__init__()
        self.plainly, self.middle = plainly, middle
        near, deep, far = params.width, params.deep, params.deepest
        self.enter = nn.Conv2d(channels, near, 3, padding=1)
        self.down = nn.Conv2d(near, deep, 3, stride=2, padding=1)
        self.descent = _Residual(deep)
        self.downer = nn.Conv2d(deep, far, 3, stride=2, padding=1)
        self.bottom = nn.Sequential(*(_Residual(far) for _ in range(params.blocks)))
        self.upper = nn.Conv2d(far, 4 * deep, 1)
        self.up = nn.Conv2d(deep, 4 * near, 1)
        self.ascent = _Residual(near)
        self.head = nn.Conv2d(near, channels * FACTOR**2, 3, padding=1)
        self._start()

    @torch.no_grad()
    def _start(self) -> None:
        """Weights as in He et al. 2015, but what enters is only what changes from pixel to pixel, and the head adds
        nothing: most of a picture is flat, and until features are nothing there no edge can be learned."""
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
        self.enter.weight -= self.enter.weight.mean((2, 3), keepdim=True)
        nn.init.zeros_(self.head.weight)

    def missing(self, picture_BCHW: torch.Tensor) -> torch.Tensor:
        """What plain enlargement lacks, with sub-pixels as channels, (B, 16·C, H, W)."""
        height, width = picture_BCHW.shape[-2:]
        x = picture_BCHW - self.middle
        if height % _LEVELS or width % _LEVELS:
            x = F.pad(x, (0, -width % _LEVELS, 0, -height % _LEVELS), mode="replicate")
        near = self.enter(x.contiguous(memory_format=torch.channels_last))
        deep = self.descent(self.down(F.relu(near)))
        far = self.bottom(self.downer(F.relu(deep)))
        deep = deep + F.pixel_shuffle(self.upper(F.relu(far)), 2)
        near = self.ascent(near + F.pixel_shuffle(self.up(F.relu(deep)), 2))
        return self.head(F.relu(near))[..., :height, :width]

    def enlarged(self, picture_BCHW: torch.Tensor, missing_BCHW: torch.Tensor) -> torch.Tensor:
        """Plain enlargement in full precision and what it misses, (B, C, 4H, 4W), not clamped."""
        return self.plainly(picture_BCHW) + F.pixel_shuffle(missing_BCHW, FACTOR).float()

    def forward(self, picture_BCHW: torch.Tensor) -> torch.Tensor:
        """Pictures (B, C, 4H, 4W), not clamped."""
        return self.enlarged(picture_BCHW, self.missing(picture_BCHW))


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.second(F.relu(self.first(F.relu(x))))


def bicubic(picture_BCHW: torch.Tensor) -> torch.Tensor:
    """torch's bicubic interpolation to four times the size, as two products, which is three times as fast."""
    down, along = (_stretched(size).to(picture_BCHW) for size in picture_BCHW.shape[-2:])
    return down @ picture_BCHW @ along.mT


def steep(sprite_B4HW: torch.Tensor) -> torch.Tensor:
    """Bicubic enlargement with opacity as steep as ``compose`` makes it where it stretches a sprite so much."""
    return sharpened(bicubic(sprite_B4HW).movedim(1, 0), float(FACTOR)).movedim(0, 1)


@cache
def _stretched(size: int) -> torch.Tensor:
    """What each of ``size`` pixels in a row gives to four times as many, (4 · size, size)."""
    with torch.inference_mode(False):
        spots = torch.eye(size)[None, None]
        return F.interpolate(spots, size=(FACTOR * size, size), mode="bicubic")[0, 0].contiguous()


class CrispNetwork(nn.Module):
    """Everything that has weights: ``plate`` for colour (3 channels), ``sprite`` for premultiplied RGBA (4)."""

    def __init__(self, params: CrispParams | None = None) -> None:
        super().__init__()
        self.params = params or CrispParams()
        self.plate = Sharpener(3, self.params.plate, bicubic, middle=0.5)
        self.sprite = Sharpener(4, self.params.sprite, steep)


class Crisp:
    """Enlarges what the codec decoded by as much as it is shown at; a :class:`models.layers.decoded.Enlarger`."""

    def __init__(self, network: CrispNetwork) -> None:
        kept = network.eval().requires_grad_(False)
        self.network = kept.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.version = digest(network)

    @torch.inference_mode()
    def plate(self, plate_4HW: torch.Tensor, rows: float) -> torch.Tensor:
        """Colour and parallax, 0 to 1, with sides 1, 2 or 4 times as long; ``rows`` of a frame height, in pixels.

        Parallax is smooth wherever it is used, so it is only interpolated.
        """
        times = factor(rows / DENSITY)
        if times == 1:
            return plate_4HW
        colour = _shrunk(self.network.plate(plate_4HW[None, :3]), times)
        parallax = F.interpolate(plate_4HW[None, 3:], scale_factor=float(times), mode="bilinear")
        return torch.cat([colour, parallax], 1)[0].clamp(0, 1)

    @torch.inference_mode()
    def sprites(self, sprite_F4SS: torch.Tensor, rows: float) -> torch.Tensor:
        """Premultiplied sprites with sides 1, 2 or 4 times as long; ``rows`` that one fills at most, in pixels."""
        times = factor(rows / sprite_F4SS.shape[-1])
        if times == 1:
            return sprite_F4SS
        return torch.cat(
            [premultiplied(_shrunk(self.network.sprite(part), times)) for part in sprite_F4SS.split(CHUNK)]
        )


def factor(stretched: float) -> int:
    """How many times larger a picture is made that is shown at so many times its size; a number that is none asks for
    all."""
    if stretched < LEAST:
        return 1
    return 2 if stretched <= MOST_OF_TWO else FACTOR


def _shrunk(picture_BCHW: torch.Tensor, times: int) -> torch.Tensor:
    return picture_BCHW if times == FACTOR else F.avg_pool2d(picture_BCHW, FACTOR // times)


def save_crisp(path: Path, network: CrispNetwork, card: Card) -> None:
    """Write weights in half precision and their card; the card's kind and config are filled in."""
    whole = replace(card, kind=KIND, config=asdict(network.params))
    checkpoint.save(path, network.state_dict(), whole, dtype=torch.float16)


def load_crisp(path: Path = WEIGHTS) -> Crisp:
    """The networks of a card, the committed one by default.

    Raises:
        CheckpointRefused: it is not there, or not exactly what its card and the networks say.
    """
    tensors, card = checkpoint.load(path, kind=KIND)
    network = CrispNetwork(CrispParams.of(card.config))
    checkpoint.fit(path, tensors, network.state_dict())
    network.load_state_dict(tensors, strict=True)
    return Crisp(network)
