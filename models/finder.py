"""A small network that finds subjects in a frame: where they are, how many, and what colour they would have by day.

It learns only from the world's clips and their masks (``models/train_finder.py``) and looks at two frames a moment
apart, so that what moves stands out. Its answers are measurements, not a plan: the same pixels give the same numbers.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import torch
from einops import rearrange
from torch import nn

from models.world.vocabulary import COLOURS, FRAMINGS, TIMES, WEATHERS

WEIGHTS = Path(__file__).parent / "weights" / "finder.safetensors"
MOST_SUBJECTS = 3
MOMENT_S = 0.125
"""Time between the two frames that the network is shown."""


_REACHES = (2, 1, 4, 1)
"""Dilations at 1/8, over and over: what is how large beside what else is told from far around."""


class WeightsDiffer(RuntimeError):
    """The weights are missing, or are not the file that their card describes."""


@dataclass(frozen=True)
class FinderParams:
    """Channels at 1/2, 1/4 and 1/8 of the input, and blocks at the last two; most is known where it costs least."""

    half: int = 32
    quarter: int = 64
    eighth: int = 128
    quarter_blocks: int = 2
    eighth_blocks: int = 4

    @classmethod
    def tiny(cls) -> FinderParams:
        return cls(8, 8, 8, 1, 1)


@dataclass(frozen=True)
class Found:
    """Logits. ``h, w`` are half of the input's size.

    Attributes:
        subject_Bhw: a subject covers the cell.
        centre_Bhw: the middle of a subject is here.
        colour_BKhw: the subject's own colour, in the order of ``COLOURS``.
        time_BK, weather_BK, framing_BK: of the whole frame, in the order of the vocabulary.
        count_BK: 0, 1, 2 or 3 subjects.
    """

    subject_Bhw: torch.Tensor
    centre_Bhw: torch.Tensor
    colour_BKhw: torch.Tensor
    time_BK: torch.Tensor
    weather_BK: torch.Tensor
    framing_BK: torch.Tensor
    count_BK: torch.Tensor


class _Block(nn.Module):
    """Convolution, normalisation, activation; with the input added where the shape allows."""

    def __init__(self, inside: int, outside: int, stride: int = 1, dilation: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inside, outside, 3, stride, dilation, dilation, bias=False)
        self.norm = nn.BatchNorm2d(outside)
        self.adds = inside == outside and stride == 1

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = nn.functional.silu(self.norm(self.conv(x)))
        return x + y if self.adds else y


class Finder(nn.Module):
    """A U-Net of about 900 thousand parameters.

    Input (B, 6, H, W): RGB of a frame and RGB of the frame ``MOMENT_S`` later, 0 to 1; H and W divisible by 8.
    """

    def __init__(self, params: FinderParams | None = None) -> None:
        super().__init__()
        self.params = params or FinderParams()
        p = self.params
        self.stem = _Block(24, p.half)
        self.at2 = _Block(p.half, p.half)
        self.down4 = _Block(p.half, p.quarter, 2)
        self.at4 = nn.Sequential(*(_Block(p.quarter, p.quarter) for _ in range(p.quarter_blocks)))
        self.down8 = _Block(p.quarter, p.eighth, 2)
        reaches = [_REACHES[n % len(_REACHES)] for n in range(p.eighth_blocks)]
        self.at8 = nn.Sequential(*(_Block(p.eighth, p.eighth, dilation=reach) for reach in reaches))
        self.whole = nn.Linear(p.eighth, p.eighth)
        self.up4 = nn.Conv2d(p.eighth, p.quarter, 1)
        self.join4 = _Block(p.quarter, p.quarter)
        self.up2 = nn.Conv2d(p.quarter, p.half, 1)
        self.join2 = _Block(p.half, p.half)
        self.maps = nn.Conv2d(p.half, 2 + len(COLOURS), 1)
        self.words = nn.Linear(2 * p.eighth + p.quarter, len(TIMES) + len(WEATHERS) + len(FRAMINGS) + 1 + MOST_SUBJECTS)

    def forward(self, pair_BCHW: torch.Tensor) -> Found:
        first, later = pair_BCHW[:, :3], pair_BCHW[:, 3:]
        x = torch.cat([first - 0.5, 3.0 * (later - first)], 1)
        x2 = self.at2(self.stem(rearrange(x, "b c (h p) (w q) -> b (c p q) h w", p=2, q=2)))
        x4 = self.at4(self.down4(x2))
        x8 = self.at8(self.down8(x4))
        mean, most = x8.mean((-1, -2)), x8.amax((-1, -2))
        # Every cell hears what the whole frame is like: its light decides what a colour means.
        x8 = x8 + self.whole(mean)[..., None, None]
        y4 = self.join4(x4 + _twice(self.up4(x8)))
        y2 = self.join2(x2 + _twice(self.up2(y4)))
        maps = self.maps(y2)
        words = self.words(torch.cat([mean, most, y4.mean((-1, -2))], 1))
        time, weather, framing, count = words.split([len(TIMES), len(WEATHERS), len(FRAMINGS), 1 + MOST_SUBJECTS], 1)
        return Found(maps[:, 0], maps[:, 1], maps[:, 2:], time, weather, framing, count)


def _twice(x: torch.Tensor) -> torch.Tensor:
    return nn.functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


def input_size(height: int, width: int) -> tuple[int, int]:
    """Size to which frames are scaled: about 9,000 pixels in the frame's own shape, multiples of 8."""
    scale = (72 * 128 / (height * width)) ** 0.5
    return max(32, 8 * round(height * scale / 8)), max(32, 8 * round(width * scale / 8))


def save_finder(net: Finder, card: dict[str, object], path: Path = WEIGHTS) -> None:
    """Write half-precision weights and, beside them, the card with their hash."""
    from safetensors.torch import save

    tensors = {
        name: (value.half() if value.is_floating_point() else value).contiguous()
        for name, value in net.state_dict().items()
    }
    content = save(tensors)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    whole = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content), "config": asdict(net.params), **card}
    path.with_suffix(".json").write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")


@lru_cache(maxsize=2)
def load_finder(path: Path = WEIGHTS) -> Finder:
    """The trained network, ready to use.

    Raises:
        WeightsDiffer: weights or card are missing, or their hashes differ.
    """
    from safetensors.torch import load

    try:
        content = path.read_bytes()
        card = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    except OSError as error:
        raise WeightsDiffer(
            f"{path.name} or its card cannot be read; `python -m models.train_finder` makes them."
        ) from error
    found = hashlib.sha256(content).hexdigest()
    if found != card["sha256"]:
        raise WeightsDiffer(f"{path.name} has sha256 {found[:12]}…, its card says {card['sha256'][:12]}….")
    net = Finder(FinderParams(**card["config"]))
    net.load_state_dict({name: value.float() if value.is_floating_point() else value
                         for name, value in load(content).items()})  # fmt: skip
    return net.eval()
