"""What plays over the whole picture: rain, snow and banks of fog, from a few kept tiles.

A tile is drawn once for a size from a fixed seed, repeats without seams and slides over the frame.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

import torch

_RAIN, _STORM, _SNOW, _FOG = range(4)


@dataclass
class _Tile:
    """What falls over a frame, twice down and twice along, so that any shift of it is a part of it."""

    cover: torch.Tensor
    vx: float
    vy: float
    follow: float
    sway: float = 0.0

    def __post_init__(self) -> None:
        self.cover = self.cover.repeat(2, 2)


class Veils:
    """The veils of a look at one size; speeds in frame heights a second, right and down."""

    def __init__(self, look: torch.Tensor, height: int, width: int) -> None:
        self.colour = look[4:7, None, None]
        self.height, self.width = height, width
        self.tiles: list[_Tile] = []
        kinds = look[:4].tolist()
        if max(kinds) < 0.5:
            return
        kind = max(range(4), key=lambda k: kinds[k])
        if kind in (_RAIN, _STORM):
            slant = -0.42 if kind == _STORM else -0.16
            self.tiles.append(
                _Tile(_streaks(70 if kind == _STORM else 48, slant, height, width), slant * 2.1, 2.1, 0.6)
            )
        elif kind == _SNOW:
            self.tiles.append(_Tile(_flakes(34, 0.009, 0.75, height, width, 5), 0.03, 0.15, 0.5, 0.012))
            self.tiles.append(_Tile(_flakes(16, 0.017, 0.92, height, width, 6), -0.04, 0.27, 0.9, 0.02))
        else:
            self.tiles.append(_Tile(_banks(height, width), 0.035, 0.0, 0.5))

    def over(self, frame_3HW: torch.Tensor, time_s: float, camera: torch.Tensor, first: torch.Tensor) -> None:
        """Lay the veils over one frame, in place; they shift with the camera, some more than others."""
        shift_x = -float(camera[0] - first[0]) * self.height
        shift_y = float(camera[1] - first[1]) * self.height
        for tile in self.tiles:
            swing = tile.sway * math.sin(1.3 * time_s)
            x = (tile.vx * time_s + swing) * self.height + tile.follow * shift_x
            y = tile.vy * time_s * self.height + tile.follow * shift_y
            down, along = -int(y // 1) % self.height, -int(x // 1) % self.width
            cover_HW = tile.cover[down : down + self.height, along : along + self.width]
            frame_3HW.lerp_(self.colour.expand_as(frame_3HW), cover_HW)


def _streaks(count: int, slant: float, height: int, width: int) -> torch.Tensor:
    chance = random.Random(11)
    cover = torch.zeros(height, width)
    for _ in range(int(count * max(1.0, width / height))):
        x, y = chance.random() * width, chance.random() * height
        length = chance.uniform(0.05, 0.11) * height
        radius = max(0.55, 0.0016 * height * chance.uniform(0.8, 1.5))
        alpha = chance.uniform(0.25, 0.5)
        _stamp(cover, x, y, slant * length, length, radius, alpha)
    return cover


def _flakes(count: int, radius: float, alpha: float, height: int, width: int, seed: int) -> torch.Tensor:
    chance = random.Random(seed)
    cover = torch.zeros(height, width)
    for _ in range(int(count * max(0.8, width / height))):
        x, y = chance.random() * width, chance.random() * height
        r = max(1.1, radius * height * chance.uniform(0.7, 1.25))
        _stamp(cover, x, y, 0.0, 0.0, r, alpha * chance.uniform(0.7, 1.0), 0.35 * r)
    return cover


def _stamp(
    cover: torch.Tensor, x: float, y: float, dx: float, dy: float, radius: float, alpha: float, soft: float = 0.5
) -> None:
    """A soft capsule from (x, y) to (x + dx, y + dy) that comes in again at the other side."""
    height, width = cover.shape
    reach = radius + soft + 1.0
    c0, c1 = math.floor(min(x, x + dx) - reach), math.ceil(max(x, x + dx) + reach)
    r0, r1 = math.floor(min(y, y + dy) - reach), math.ceil(max(y, y + dy) + reach)
    columns, rows = torch.arange(c0, c1), torch.arange(r0, r1)
    px, py = columns[None, :] + 0.5 - x, rows[:, None] + 0.5 - y
    along = ((px * dx + py * dy) / max(dx * dx + dy * dy, 1e-9)).clamp(0.0, 1.0)
    far = ((px - along * dx) ** 2 + (py - along * dy) ** 2).sqrt()
    share = ((radius - far) / max(soft, 0.5) + 0.5).clamp(0.0, 1.0) * alpha
    at = (rows % height)[:, None], (columns % width)[None, :]
    cover[at] = torch.maximum(cover[at], share)


def _banks(height: int, width: int) -> torch.Tensor:
    """Wide soft bands made of whole periods."""
    chance = random.Random(7)
    ys = (torch.arange(height) + 0.5)[:, None] / height
    xs = (torch.arange(width) + 0.5)[None, :] / width
    fog = torch.zeros(height, width)
    for k in range(1, 4):
        a, b = chance.random() * 6.28, chance.random() * 6.28
        fog += torch.sin(6.2832 * k * xs + a + 1.5 * torch.sin(6.2832 * ys * k + b)) / (k + 0.5)
    return (0.22 + 0.16 * fog).clamp_(0.0, 0.6) * (1.0 - (2.2 * (ys - 0.58).abs()).clamp(0.0, 1.0))
