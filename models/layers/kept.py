"""The pixels of a picture that a clip begins with, kept: its place as it is, its figures as they are seen in it.

Tokens say where everything is and how it moves; of the detail of somebody's own picture they keep little. So the
picture itself is laid where the tokens say that it was seen: on the plate, with figures and their shadows taken out and
what they hid filled in, and on the sprites, as far as these still look as in the picture. The first frame is then the
picture.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F  # noqa: N812

from models.layers.compose import seat
from models.layers.parts import DENSITY

FINEST = 720
"""Rows of a frame that are kept at most."""
REACH = 0.022
"""How far around a figure its place is not believed, in frame heights: soft edges, compression, glow."""
CHANGED = 0.10
"""Difference of colours at which a sprite no longer looks as in the picture."""
FOREIGN = 0.12
"""Root mean square difference between a figure and what its tokens make of it from which on it is moved whole, as if
cut out of paper; below, its limbs move as the tokens say."""

MISPLACED = 0.3
"""Sides of a figure's box by which its shadow may be put right: one that is farther away is of somebody in the air."""

STANDS = 0.08
"""Sides of a figure's box from its shadow within which it stands on it."""


@dataclass(frozen=True)
class Kept:
    """A picture and what was found in it.

    Attributes:
        picture_3HW: 0 to 1; a frame shows its middle.
        cover_KHW: how much each subject covers of what a frame of the canvas shows of it, 0 to 1, at any size; nothing
            of one that is not in it.
        free_HW: 1 where the picture is kept of what a frame shows, at any size.
        photo: it is a photograph, of whose depth nothing is known.
    """

    picture_3HW: torch.Tensor
    cover_KHW: torch.Tensor
    free_HW: torch.Tensor
    photo: bool = False

    @property
    def shown(self) -> tuple[bool, ...]:
        """Which of the subjects are in it."""
        return tuple(bool(cover.max() > 0.5) for cover in self.cover_KHW)

    def without(self, box: tuple[float, float, float, float]) -> Kept:
        """But for a region (left, top, right, bottom as shares of the frame), which is made anew."""
        height, width = self.free_HW.shape
        left, top, right, bottom = box
        free = self.free_HW.clone()
        free[math.floor(top * height) : math.ceil(bottom * height),
             math.floor(left * width) : math.ceil(right * width)] = 0.0  # fmt: skip
        return replace(self, free_HW=free)

    def tensors(self) -> dict[str, torch.Tensor]:
        """As bytes, to be stored."""
        whole = {"picture": self.picture_3HW, "covers": self.cover_KHW, "free": self.free_HW}
        stored = {name: (each * 255.0).round().clamp(0, 255).byte() for name, each in whole.items()}
        return stored | {"photo": torch.tensor([self.photo], dtype=torch.uint8)}

    @classmethod
    def of(cls, tensors: Mapping[str, torch.Tensor]) -> Kept:
        """From what :meth:`tensors` gave.

        Raises:
            KeyError: something is missing.
        """
        picture, covers, free = (tensors[name].float() / 255.0 for name in ("picture", "covers", "free"))
        return cls(picture, covers, free, bool(tensors["photo"].any()))

    def framed(self, height: int, width: int) -> Kept:
        """All of it as a frame of this shape shows it, in at most ``FINEST`` rows: the picture cut to it about its
        middle."""
        picture = cut_to(self.picture_3HW, width / height)
        rows = min(FINEST, picture.shape[1])
        size = (rows, max(1, round(rows * width / height)))
        right, up = _frame(*size)
        covers = _sampled(self.cover_KHW, right, up) if len(self.cover_KHW) else torch.zeros(0, *size)
        free = F.interpolate(self.free_HW[None, None], size, mode="bilinear", align_corners=False)[0, 0]
        return replace(self, picture_3HW=_resized(picture, size), cover_KHW=covers, free_HW=free)


def cut_to(picture_CHW: torch.Tensor, aspect: float) -> torch.Tensor:
    """The middle of a picture, in another shape (width by height)."""
    height, width = picture_CHW.shape[-2:]
    wide, high = min(width, max(1, round(height * aspect))), min(height, max(1, round(width / aspect)))
    top, left = (height - high) // 2, (width - wide) // 2
    return picture_CHW[..., top : top + high, left : left + wide]


def stored(picture_3HW: torch.Tensor, aspect: float) -> torch.Tensor:
    """A picture as it is kept: no larger than its middle of this shape can be shown."""
    rows = cut_to(picture_3HW, aspect).shape[1]
    if rows <= FINEST:
        return picture_3HW
    return _resized(picture_3HW, tuple(max(1, round(side * FINEST / rows)) for side in picture_3HW.shape[1:]))


def _resized(picture_CHW: torch.Tensor, size: Sequence[int]) -> torch.Tensor:
    made = F.interpolate(picture_CHW[None], tuple(size), mode="bilinear", antialias=True, align_corners=False)
    return made[0].clamp(0, 1)


def flat_share(picture_3HW: torch.Tensor, rows: int = 256, least: float = 4 / 255) -> float:
    """Share of the pixels of a picture, at so many rows at most, whose neighbours are nearly as bright."""
    height, width = picture_3HW.shape[-2:]
    size = (min(rows, height), max(3, round(width * min(rows, height) / height)))
    grey = F.interpolate(picture_3HW[None], size, mode="bilinear", antialias=True, align_corners=False).mean(1)
    span = F.max_pool2d(grey, 3, 1, 1) + F.max_pool2d(-grey, 3, 1, 1)
    return float((span < least).float().mean())


def spread(value_CHW: torch.Tensor, known_HW: torch.Tensor) -> torch.Tensor:
    """What is known, and between it what lies between: pull and push (Gortler et al. 1996, sec. 3.4).

    Args:
        known_HW: 0 to 1.
    """
    if min(known_HW.shape) <= 2 or bool((known_HW > 0.99).all()):
        mean = (value_CHW * known_HW).sum((1, 2)) / known_HW.sum().clamp_min(1e-6)
        return torch.lerp(mean[:, None, None].expand_as(value_CHW), value_CHW, known_HW)
    height, width = known_HW.shape
    pad = (0, width % 2, 0, height % 2)
    weight = F.avg_pool2d(F.pad(known_HW[None], pad), 2)
    pulled = F.avg_pool2d(F.pad(value_CHW * known_HW, pad), 2) / weight.clamp_min(1e-6)
    coarse = spread(pulled, (weight[0] * 2.0).clamp(0, 1))
    pushed = F.interpolate(coarse[None], scale_factor=2, mode="bilinear", align_corners=False)[0, :, :height, :width]
    return torch.lerp(pushed, value_CHW, known_HW)


def mirrored_in(value_CHW: torch.Tensor, known_HW: torch.Tensor) -> torch.Tensor:
    """Gaps of rows filled with what lies to their left and right, mirrored, the nearer side more.

    Places are alike along rows: sky goes on beside sky, and ground beside ground. What neither side knows stays.

    Args:
        known_HW: 0 to 1.
    """
    sure = known_HW > 0.98
    width = known_HW.shape[1]
    column = torch.arange(width).expand_as(known_HW)
    left = torch.where(sure, column, -1).cummax(1).values
    right = torch.where(sure, column, width).flip(1).cummin(1).values.flip(1)
    made, weights = torch.zeros_like(value_CHW), torch.zeros_like(known_HW)
    for edge, beyond in ((left, left < 0), (right, right >= width)):
        source = (2 * edge - column).clamp(0, width - 1)
        good = sure.gather(1, source) & ~beyond
        weight = good / (column - edge).abs().clamp_min(1).square()
        made += value_CHW.gather(2, source.expand_as(value_CHW)) * weight
        weights += weight
    filled = torch.where(weights > 0, made / weights.clamp_min(1e-12), value_CHW)
    filled = torch.lerp(filled, value_CHW, known_HW)
    return torch.where((weights > 0) | sure, filled, spread(filled, (known_HW > 0.5).float()))


def guided(cover_HW: torch.Tensor, picture_3HW: torch.Tensor, radius: int, eps: float = 2e-4) -> torch.Tensor:
    """A rough cover whose edges are moved to those of the picture (guided filter, He et al. 2013, with colours)."""
    size = 2 * radius + 1

    def mean(x: torch.Tensor) -> torch.Tensor:
        return F.avg_pool2d(x[None], size, 1, radius, count_include_pad=False)[0]

    guide, p = picture_3HW, cover_HW[None]
    mu, mp = mean(guide), mean(p)
    cov_ip = mean(guide * p) - mu * mp
    pairs = (guide[:, None] * guide[None]).flatten(0, 1)
    cov = mean(pairs).unflatten(0, (3, 3)) - mu[:, None] * mu[None]
    cov = cov + eps * torch.eye(3)[..., None, None]
    a = torch.linalg.solve(cov.permute(2, 3, 0, 1), cov_ip.permute(1, 2, 0)).permute(2, 0, 1)
    b = mp - (a * mu).sum(0, keepdim=True)
    return ((mean(a) * guide).sum(0) + mean(b)[0]).clamp(0, 1)


def on_sprite(picture_CHW: torch.Tensor, pose_P: torch.Tensor, camera_C: torch.Tensor, size: int) -> torch.Tensor:
    """What of a frame lies under a sprite, upright and facing right, (C, size, size); 0 beyond the frame."""
    x, y, side, turn, mirrored = seat(pose_P, camera_C)
    at = ((torch.arange(size) + 0.5) / size - 0.5) * side
    down, along = torch.meshgrid(at, at, indexing="ij")
    along = along * mirrored
    c, s = math.cos(turn), math.sin(turn)
    right, up = x + along * c + down * s, y + along * s - down * c
    return _sampled(picture_CHW, right, up)


def on_frame(
    sprite_CSS: torch.Tensor, pose_P: torch.Tensor, camera_C: torch.Tensor, height: int, width: int
) -> torch.Tensor:
    """A sprite where it is in a frame, (C, height, width); 0 elsewhere."""
    x, y, side, turn, mirrored = seat(pose_P, camera_C)
    right, up = _frame(height, width)
    right, up = (right - x) / side, (up - y) / side
    c, s = math.cos(turn), math.sin(turn)
    grid = torch.stack([(right * c + up * s) * (2.0 * mirrored), (right * s - up * c) * 2.0], -1)[None]
    return F.grid_sample(sprite_CSS[None], grid, mode="bilinear", padding_mode="zeros", align_corners=False)[0]


def _frame(height: int, width: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Places of a frame's pixels, right and up from its middle in frame heights, (height, width) each."""
    right = ((torch.arange(width) + 0.5) - 0.5 * width) / height
    up = 0.5 - (torch.arange(height) + 0.5) / height
    right, up = torch.meshgrid(right, up, indexing="xy")
    return right, up


def _sampled(
    picture_CHW: torch.Tensor, right: torch.Tensor, up: torch.Tensor, beyond: str = "zeros"
) -> torch.Tensor:  # fmt: skip
    height, width = picture_CHW.shape[-2:]
    grid = torch.stack([right * (2.0 * height / width), -2.0 * up], -1)[None]
    return F.grid_sample(picture_CHW[None], grid, mode="bilinear", padding_mode=beyond, align_corners=False)[0]


def shadow_on(pose_P: torch.Tensor, camera_C: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """Where a figure's shadow lies on the ground, 0 or 1."""
    if float(pose_P[9]) < 0.02:
        return torch.zeros(height, width)
    x, y, side, _, _ = seat(pose_P, camera_C)
    roll, half, down = float(camera_C[6]), max(1e-3, float(pose_P[8]) * side), float(pose_P[7]) * side
    right, up = _frame(height, width)
    right, up = right - (x - down * math.sin(roll)), up - (y + down * math.cos(roll))
    wx, wy = right * math.cos(roll) + up * math.sin(roll), up * math.cos(roll) - right * math.sin(roll)
    return ((wx / (1.15 * half)) ** 2 + (wy / (0.32 * half + 0.01)) ** 2 < 1.0).float()


class Cutouts:
    """The figures of a kept picture on their sprites, and its place without them.

    Args:
        kept: the picture.
        poses_KP, camera_C: rows of the frame that it is.
        sprites_K4SS: what the tokens make of the figures in that frame, premultiplied.
        height, width: of the frames.
    """

    def __init__(
        self, kept: Kept, poses_KP: torch.Tensor, camera_C: torch.Tensor, sprites_K4SS: torch.Tensor, height: int,
        width: int,
    ) -> None:  # fmt: skip
        self.kept, self.poses_KP, self.camera_C = kept.framed(height, width), poses_KP, camera_C
        picture = self.kept.picture_3HW
        self.height, self.width = picture.shape[-2:]
        radius = max(2, round(0.012 * self.height))
        self.covers = [guided(cover, picture, radius) for cover in self.kept.cover_KHW]
        self.covers = [((cover - 0.5) * 1.6 + 0.5).clamp(0, 1) for cover in self.covers]
        self.sprites, self.there = sprites_K4SS, self.kept.shown
        self._own: dict[tuple[int, int], tuple[torch.Tensor, torch.Tensor]] = {}
        self.rigid = [there and self._is_foreign(k) for k, there in enumerate(self.there)]

    def own(self, k: int, size: int) -> tuple[torch.Tensor, torch.Tensor]:
        """A figure as it is seen in the picture, premultiplied (4, size, size), and 1 where it can be seen there."""
        if (k, size) not in self._own:
            others = torch.stack(self.covers).sum(0) - self.covers[k]
            seen = self.kept.free_HW * (1.0 - others).clamp(0, 1)
            stack = torch.cat([self.kept.picture_3HW, self.covers[k][None], seen[None]])
            near = on_sprite(stack, self.poses_KP[k], self.camera_C, size)
            self._own[k, size] = torch.cat([near[:3] * near[3:4], near[3:4]]), near[4]
        return self._own[k, size]

    def _is_foreign(self, k: int) -> bool:
        size = self.sprites.shape[-1]
        own, seen = self.own(k, size)
        made = self.sprites[k]
        weight = torch.maximum(own[3], made[3]) * seen
        off = float(((own - made).square().mean(0) * weight).sum().div(weight.sum().clamp_min(1.0)).sqrt())
        return off > FOREIGN

    def worn(self, k: int, sprites_F4SS: torch.Tensor, base_4SS: torch.Tensor) -> torch.Tensor:
        """Sprites of some frames with what the picture shows of the figure, where they look as in it.

        Args:
            base_4SS: the sprite of the picture's own frame, made as these are.
        """
        if not self.there[k]:
            return sprites_F4SS
        own, seen = self.own(k, sprites_F4SS.shape[-1])
        size = sprites_F4SS.shape[-1] // 16
        change = F.avg_pool2d((sprites_F4SS - base_4SS).square().mean(1, keepdim=True), 2 * size + 1, 1, size).sqrt()
        same = torch.ones_like(change) if self.rigid[k] else torch.exp(-0.5 * (change / CHANGED).square())
        gate = same * seen
        return torch.lerp(sprites_F4SS, own.expand_as(sprites_F4SS), gate)

    def grounded(self, poses_KFP: torch.Tensor) -> torch.Tensor:
        """Poses whose shadows lie where the figures stand, as the picture shows it of those that are moved whole."""
        poses_KFP = poses_KFP.clone()
        for k, rigid in enumerate(self.rigid):
            own, seen = self.own(k, self.sprites.shape[-1])
            rows = ((own[3] > 0.5) & (seen > 0.5)).any(1).nonzero()
            if rigid and len(rows):
                feet = 0.5 - (float(rows[-1]) + 1.0) / own.shape[-1]
                off = feet - float(self.poses_KP[k, 7])
                if abs(off) < MISPLACED:
                    ground = poses_KFP[k, :, 7] + off
                    poses_KFP[k, :, 7] = torch.where((ground - feet).abs() < STANDS, feet, ground)
        return poses_KFP

    def plate(self, plate_4HW: torch.Tensor, corner: tuple[int, int], density: float) -> tuple[torch.Tensor, float]:
        """A plate on which the picture is where it was seen, mirrored beyond its border, and its density."""
        finer = max(1.0, min(self.height, FINEST) / density)
        size = [round(side * finer) for side in plate_4HW.shape[-2:]]
        plate = F.interpolate(plate_4HW[None], size, mode="bilinear", align_corners=False)[0].clone()
        density = density * size[0] / plate_4HW.shape[1]
        scale, aspect = density / DENSITY, self.width / self.height
        middle = (corner[0] * scale + density / 2, corner[1] * scale + density * aspect / 2)
        x = (torch.arange(size[1]) + 0.5 - middle[1]) / density
        y = (middle[0] - torch.arange(size[0]) - 0.5) / density
        x, y = torch.meshgrid(x, y, indexing="xy")
        zoom, roll = math.exp(float(self.camera_C[2])), float(self.camera_C[6])
        x, y = x * zoom - float(self.camera_C[0]), y * zoom - float(self.camera_C[1])
        right, up = x * math.cos(roll) - y * math.sin(roll), x * math.sin(roll) + y * math.cos(roll)
        shown = _sampled(torch.cat([self.place(), self.kept.free_HW[None]]), right, up, "reflection")
        plate[:3] = torch.lerp(plate[:3], shown[:3], shown[3])
        if self.kept.photo:
            plate[3] = float(plate[3].mean())
        return plate, density

    def place(self) -> torch.Tensor:
        """The picture without figures and what they cast, (3, H, W): filled in from both sides."""
        return mirrored_in(self.kept.picture_3HW, self.believed())

    def believed(self) -> torch.Tensor:
        """Where the picture shows the place, (H, W), 0 to 1."""
        hidden = torch.zeros(self.height, self.width)
        for k, cover in enumerate(self.covers):
            if not self.there[k]:
                continue
            made = on_frame(self.sprites[k, 3:], self.poses_KP[k], self.camera_C, self.height, self.width)[0]
            shade = shadow_on(self.poses_KP[k], self.camera_C, self.height, self.width)
            hidden = torch.stack([hidden, cover, made, shade]).amax(0)
        reach = max(1, round(REACH * self.height))
        wide = F.max_pool2d((hidden > 0.15).float()[None], 2 * reach + 1, 1, reach)
        return (1.0 - F.avg_pool2d(wide, reach | 1, 1, (reach | 1) // 2)[0]) * self.kept.free_HW
