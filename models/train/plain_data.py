"""What the plain encoder is shown: rendered pictures, and composites of kept figures over kept plates.

A composite costs a fifth of a rendering and knows everything about itself. Its figures and its place are of different
scenes, so that nothing can be learned from light that they share.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F  # noqa: N812

from models.layers.compose import compose
from models.layers.parts import CAMERA, DENSITY, LOOK, POSE, SPRITE, Layers, Sprites
from models.layers.sheet import premultiplied
from models.train.layers_cache import Cache, joined
from models.train.layers_data import recoloured
from models.train.plain_rendered import FINER, MOST, WIDTH, Rows, shard
from models.train.plain_rendered import joined as joined_rows

POOL = 480
"""Pictures that are in memory."""


class Composites:
    """Figures of the layers codec's cache over its plates.

    Args:
        folder: of that cache.
        figure_shards, clip_shards: how many of its files.
    """

    def __init__(self, folder: Path, figure_shards: int, clip_shards: int) -> None:
        cache = Cache(folder)
        self.figures: Sprites = joined([cache.figures(number) for number in range(figure_shards)])
        clips = [clip for number in range(clip_shards) for clip in cache.clips(number)]
        self.clips: list[Layers] = [
            clip for clip in clips if clip.plate.shape[1] >= DENSITY and clip.plate.shape[2] >= WIDTH
        ]

    def made(self, rng: np.random.Generator) -> Rows:
        """One picture, laid out like :func:`models.train.plain_rendered.rendered`'s."""
        clip = self.clips[int(rng.integers(len(self.clips)))]
        plate = _piece(clip.plate, rng)
        count = int(rng.choice(MOST + 1, p=[0.06, 0.52, 0.28, 0.14]))
        chosen = rng.integers(len(self.figures.sheets), size=count)
        poses = torch.stack([self._pose(rng) for _ in range(count)]) if count else torch.zeros(0, len(POSE))
        sprites = self.figures.posed[chosen].float()[:, None] / 255.0
        picture = _composed(plate, sprites, poses, clip.look, FINER)
        masks = torch.zeros(MOST, DENSITY, WIDTH, dtype=torch.uint8)
        if count:
            alone = torch.zeros(count, 1, 4, SPRITE, SPRITE)
            for k in range(count):
                alone[k, 0, k] = alone[k, 0, 3] = sprites[k, 0, 3]
            masks = _composed(torch.zeros(4, DENSITY, WIDTH), alone, poses, torch.zeros(len(LOOK)), 1)
        made: Rows = {
            "picture": picture, "masks": masks, "plate": (plate * 255).round().byte(), "look": clip.look,
            "count": torch.tensor(count), "sheets": torch.zeros(MOST, 4, SPRITE, SPRITE, dtype=torch.uint8),
            "poses": torch.zeros(MOST, len(POSE)),
            "articulation": torch.zeros(MOST, self.figures.articulation.shape[1]),
        }  # fmt: skip
        made["sheets"][:count] = self.figures.sheets[chosen]
        made["poses"][:count] = poses
        made["articulation"][:count] = self.figures.articulation[chosen]
        return made

    def _pose(self, rng: np.random.Generator) -> torch.Tensor:
        """The pose of some subject at some time, a little elsewhere, other in size, turned either way."""
        while True:
            clip = self.clips[int(rng.integers(len(self.clips)))]
            if len(clip.poses):
                row = clip.poses[int(rng.integers(len(clip.poses))), int(rng.integers(clip.poses.shape[1]))].clone()
                if abs(float(row[0])) < 1.1 and abs(float(row[1])) < 0.7:
                    break
        row[:2] += torch.from_numpy(rng.normal(0, (0.15, 0.05))).float()
        row[2] = (row[2] + rng.normal(0, 0.2)).clamp(math.log(0.12), math.log(1.4))
        row[5] = row[5].abs().clamp_min(0.3) * (1 if rng.random() < 0.5 else -1)
        if rng.random() < 0.15:
            angle = rng.normal(0, 0.4)
            row[3], row[4] = math.sin(angle), math.cos(angle)
        row[10] = rng.random()
        return row


def _piece(plate_4HW: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """A piece of a plate in the frame's shape, 0 to 1: anywhere in it, as it is or enlarged, half of them mirrored."""
    zoom = 1.0 if rng.random() < 0.7 else rng.uniform(1.0, 1.5)
    height, width = round(DENSITY / zoom), round(WIDTH / zoom)
    top = int(rng.integers(plate_4HW.shape[1] - height + 1))
    left = int(rng.integers(plate_4HW.shape[2] - width + 1))
    piece = plate_4HW[None, :, top : top + height, left : left + width].float() / 255.0
    if zoom != 1.0:
        piece = F.interpolate(piece, (DENSITY, WIDTH), mode="bilinear", align_corners=False)
    return piece[0].flip(-1) if rng.random() < 0.5 else piece[0]


def _composed(
    plate: torch.Tensor, sprites: torch.Tensor, poses: torch.Tensor, look: torch.Tensor, finer: int
) -> torch.Tensor:
    """One frame of layers, uint8 (3, H, W)."""
    still = torch.zeros(1, len(CAMERA))
    frame = compose(plate, (0, 0), sprites, poses[:, None], still, look, finer * DENSITY, finer * WIDTH)
    return frame[0].permute(2, 0, 1)


class Pictures:
    """A pool of pictures, some of them new at every step.

    Args:
        rendered: pictures of the world.
        composites: where new ones come from; without it only the rendered ones are shown.
        share: of composites in a batch.
        fresh: composites that are made for a batch; the oldest leave.
    """

    def __init__(self, rendered: Rows, composites: Composites | None, share: float = 0.7, fresh: int = 3) -> None:
        self.rendered, self.composites, self.share, self.fresh = rendered, composites, share, fresh
        self.pool: list[Rows] = []
        self.oldest = 0

    def batch(self, size: int, rng: np.random.Generator) -> Rows:
        """So many pictures, mirrored and recoloured in half of the cases; floats 0 to 1 where there were bytes."""
        count = len(self.rendered["count"])
        composed = 0 if self.composites is None else round(size * self.share)
        if count == 0:
            composed = size
        rows = [{name: value[int(n)] for name, value in self.rendered.items()}
                for n in (rng.integers(count, size=size - composed) if count else ())]  # fmt: skip
        rows += self._drawn(composed, rng)
        whole = {name: torch.stack([row[name] for row in rows]) for name in rows[0]}
        return disturbed(floats(whole), rng)

    def _drawn(self, wanted: int, rng: np.random.Generator) -> list[Rows]:
        if not wanted or self.composites is None:
            return []
        for _ in range(max(self.fresh, wanted - len(self.pool))):
            made = self.composites.made(rng)
            if len(self.pool) < POOL:
                self.pool.append(made)
            else:
                self.pool[self.oldest] = made
                self.oldest = (self.oldest + 1) % POOL
        return [self.pool[int(n)] for n in rng.choice(len(self.pool), wanted, replace=False)]


def rendered_pictures(folder: Path, split: str, shards: int) -> Rows:
    """Rendered pictures of a split, as bytes."""
    return joined_rows([shard(folder, split, number) for number in range(shards)])


def floats(rows: Rows) -> Rows:
    """Bytes as 0 to 1."""
    return {name: value.float() / 255.0 if value.dtype == torch.uint8 else value for name, value in rows.items()}


def disturbed(rows: Rows, rng: np.random.Generator) -> Rows:
    """Half of the pictures in other colours with all that is in them, half mirrored, some blurred, noised or dimmed."""
    made = dict(rows)
    size = len(made["count"])
    flat = made["sheets"].reshape(size, MOST, 4, -1).transpose(1, 2)
    generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
    made["picture"], made["plate"], flat = recoloured([made["picture"], made["plate"], flat], generator, 0.5)
    sheets = flat.transpose(1, 2).reshape(size * MOST, 4, SPRITE, SPRITE)
    made["sheets"] = premultiplied(sheets).reshape(size, MOST, 4, SPRITE, SPRITE)
    flip = torch.from_numpy(rng.random(size) < 0.5)
    for name in ("picture", "masks", "plate"):
        made[name] = torch.where(flip[:, None, None, None], made[name].flip(-1), made[name])
    sign = torch.ones(len(POSE))
    sign[[0, 3, 5]] = -1.0
    made["poses"] = torch.where(flip[:, None, None], made["poses"] * sign, made["poses"])
    picture = made["picture"]
    soft = F.avg_pool2d(F.pad(picture, (1, 1, 1, 1), mode="replicate"), 3, 1)
    blur = torch.from_numpy((rng.random(size) < 0.3) * rng.random(size)).float()[:, None, None, None]
    noise = torch.from_numpy((rng.random(size) < 0.4) * rng.uniform(0, 0.03, size)).float()[:, None, None, None]
    made["picture"] = (torch.lerp(picture, soft, blur) + noise * torch.randn(picture.shape, generator=generator)).clamp(
        0, 1
    )
    return made
