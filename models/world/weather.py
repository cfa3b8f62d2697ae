"""What falls through the air or plays over the picture: rain, snow, drifting fog, caustics, lightning.

Each is a periodic tile of opacity that slides over the frame: cheap, without seams and without popping.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

import torch

from models.world.draw import paint_into
from models.world.light import Light, mix
from models.world.performance import SoundEvent
from models.world.scene import Scene
from models.world.settings.sketch import Sketch
from models.world.strokes import Strokes
from models.world.vocabulary import INDOOR, RGB, WEATHERLESS


@dataclass
class Veil:
    """A sliding tile.

    Attributes:
        tile: (2 H, 2 W) opacity, periodic with H and W pixels.
        colour: what it blends towards.
        vx, vy: speed in frame heights per second, right and down.
        follow: how much it shifts when the camera turns, 0 to 1.
        sway: sideways swing in frame heights.
    """

    tile: torch.Tensor
    colour: RGB
    vx: float
    vy: float
    follow: float
    sway: float = 0.0

    def at(self, time_s: float, shift_x: float, shift_y: float) -> torch.Tensor:
        """Opacity (1, H, W) at a time; ``shift`` is how far the scenery has moved, in pixels."""
        height, width = self.tile.shape[0] // 2, self.tile.shape[1] // 2
        swing = self.sway * math.sin(1.3 * time_s)
        x = (self.vx * time_s + swing) * height + self.follow * shift_x
        y = self.vy * time_s * height + self.follow * shift_y
        left, top = int(-x // 1) % width, int(-y // 1) % height
        return self.tile[None, top : top + height, left : left + width]


def veils(scene: Scene, light: Light, height: int, width: int, device: torch.device) -> list[Veil]:
    """Everything that plays over the whole frame of this scene."""
    chance = random.Random(scene.seed * 7 + 3)
    made: list[Veil] = []
    if scene.weather in ("rain", "storm") and scene.setting not in WEATHERLESS:
        heavy = scene.weather == "storm"
        colour = light.shown(mix((0.86, 0.91, 0.97), light.air, 0.25), glow=0.75)
        slant = -0.42 if heavy else -0.16
        tile = _rain(chance, height, width, 70 if heavy else 48, slant, device)
        made.append(Veil(tile, colour, slant * 2.1, 2.1, 0.6))
    if scene.weather == "snow" and scene.setting not in WEATHERLESS:
        colour = light.shown((0.97, 0.98, 1.0), glow=0.7)
        made.append(Veil(_snow(chance, height, width, 34, 0.009, 0.75, device), colour, 0.03, 0.15, 0.5, 0.012))
        made.append(Veil(_snow(chance, height, width, 16, 0.017, 0.92, device), colour, -0.04, 0.27, 0.9, 0.02))
    if scene.weather == "fog" and scene.setting not in WEATHERLESS:
        made.append(Veil(_banks(chance, height, width, device), light.shown(light.air, glow=1.0), 0.035, 0.0, 0.5))
    return made


def _rain(
    chance: random.Random, height: int, width: int, count: int, slant: float, device: torch.device
) -> torch.Tensor:
    sketch = Sketch()
    number = int(count * max(1.0, width / height))
    for _ in range(number):
        x, y = chance.random() * width, chance.random() * height
        length = chance.uniform(0.05, 0.11) * height
        r = max(0.55, 0.0016 * height * chance.uniform(0.8, 1.5))
        sketch.capsule((x, y), (x + slant * length, y + length), 0.5 * r, r, (1, 1, 1), alpha=chance.uniform(0.25, 0.5))
    return _tile(sketch, height, width, 0.12, device)


def _snow(
    chance: random.Random, height: int, width: int, count: int, radius: float, alpha: float, device: torch.device
) -> torch.Tensor:
    sketch = Sketch()
    for _ in range(int(count * max(0.8, width / height))):
        at = (chance.random() * width, chance.random() * height)
        r = max(1.1, radius * height * chance.uniform(0.7, 1.25))
        sketch.circle(at, r, (1, 1, 1), alpha=alpha * chance.uniform(0.7, 1.0), soft=0.35 * r)
    return _tile(sketch, height, width, 0.05, device)


def _banks(chance: random.Random, height: int, width: int, device: torch.device) -> torch.Tensor:
    """Fog: wide soft bands, made of whole periods so that the tile repeats."""
    ys = (torch.arange(height, device=device) + 0.5)[:, None] / height
    xs = (torch.arange(width, device=device) + 0.5)[None, :] / width
    fog = torch.zeros(height, width, device=device)
    for k in range(1, 4):
        a, b = chance.random() * 6.28, chance.random() * 6.28
        fog += torch.sin(6.2832 * k * xs + a + 1.5 * torch.sin(6.2832 * ys * k + b)) / (k + 0.5)
    fog = (0.22 + 0.16 * fog).clamp_(0.0, 0.6) * (1.0 - (2.2 * (ys - 0.58).abs()).clamp(0.0, 1.0)) ** 1.0
    return fog.repeat(2, 2)


def _tile(sketch: Sketch, height: int, width: int, margin: float, device: torch.device) -> torch.Tensor:
    m = int(margin * height) + 3
    canvas = torch.zeros(1, 4, height + 2 * m, width + 2 * m, device=device)
    paint_into(canvas, shifted(sketch.finish(device), m))
    alpha = canvas[0, 3]
    # What hangs over an edge comes in at the other side.
    alpha[m : 2 * m] = torch.maximum(alpha[m : 2 * m], alpha[m + height :][:m])
    alpha[height : height + m] = torch.maximum(alpha[height : height + m], alpha[:m])
    alpha[:, m : 2 * m] = torch.maximum(alpha[:, m : 2 * m], alpha[:, m + width :][:, :m])
    alpha[:, width : width + m] = torch.maximum(alpha[:, width : width + m], alpha[:, :m])
    return alpha[m : m + height, m : m + width].repeat(2, 2)


def shifted(strokes: Strokes, by: float) -> Strokes:
    """Strokes moved right and down by ``by`` pixels."""
    from dataclasses import replace

    return replace(strokes, points_FKC2=strokes.points_FKC2 + by)


def flash(scene: Scene, events: tuple[SoundEvent, ...], times_F: torch.Tensor) -> torch.Tensor:
    """Lightning: 0 to 1 for every time; two quick strokes with each thunder that is heard outdoors."""
    out = torch.zeros_like(times_F)
    if scene.setting in WEATHERLESS or scene.setting in INDOOR:
        return out
    for event in events:
        if event.sound == "thunder":
            since = times_F - event.at_s
            for start, strength in ((0.0, 1.0), (0.17, 0.7)):
                out = out + torch.where(since >= start, strength * torch.exp(-9.0 * (since - start)), 0.0)
    return out.clamp(0.0, 1.0)
