"""The pixels of a picture that a clip begins with, kept: its place as it is, its figures as they are seen in it.

Tokens say where everything is and how it moves; of the detail of somebody's own picture they keep little. So the
picture itself is laid where the tokens say that it was seen: on the plate, with figures and their shadows taken out and
what they hid filled in, and on the sprites, as far as these still look as in the picture. The first frame is then the
picture.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F  # noqa: N812

from models.layers.compose import seat
from models.layers.filling import FINEST, cut_to, guided, mirrored_in, resized
from models.layers.parts import DENSITY, SPRITE

VERSION = 1
"""Another one shows other pixels of the same picture."""
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

    def remade(self, subject: int) -> Kept:
        """With a subject that is made anew: nothing of it is shown, nor of the place that it hid."""
        covers = self.cover_KHW.clone()
        gone = covers[subject] > 0.15
        covers[subject] = 0.0
        size = self.free_HW.shape
        hidden = F.interpolate(gone.float()[None, None], size, mode="area")[0, 0]
        return replace(self, cover_KHW=covers, free_HW=self.free_HW * (hidden <= 0.0))

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
        # Covers are of what a frame of the canvas shows, whose shape may be a little another.
        own = self.cover_KHW.shape[-1] / self.cover_KHW.shape[-2]
        larger = picture.shape[1] / cut_to(self.picture_3HW, own).shape[1]
        covers = _sampled(self.cover_KHW, right * larger, up * larger) if len(self.cover_KHW) else torch.zeros(0, *size)
        free = F.interpolate(self.free_HW[None, None], size, mode="bilinear", align_corners=False)[0, 0]
        return replace(self, picture_3HW=resized(picture, size), cover_KHW=covers, free_HW=free)


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
    grid = sprite_grid(pose_P, camera_C, height, width)[None]
    return F.grid_sample(sprite_CSS[None], grid, mode="bilinear", padding_mode="zeros", align_corners=False)[0]


def sprite_grid(pose_P: torch.Tensor, camera_C: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """Where a frame's pixels are in a sprite, -1 to 1 inside of it, (height, width, 2)."""
    x, y, side, turn, mirrored = seat(pose_P, camera_C)
    right, up = _frame(height, width)
    right, up = (right - x) / side, (up - y) / side
    c, s = math.cos(turn), math.sin(turn)
    return torch.stack([(right * c + up * s) * (2.0 * mirrored), (right * s - up * c) * 2.0], -1)


def padded(sprite_CSS: torch.Tensor, room: int) -> torch.Tensor:
    """A sprite of any size with ``room`` pixels of a sheet more at each side."""
    more = room * sprite_CSS.shape[-1] // SPRITE
    return F.pad(sprite_CSS, (more,) * 4) if more else sprite_CSS


def roomier(pose_P: torch.Tensor, room: int) -> torch.Tensor:
    """Rows of ``POSE`` of a box that has ``room`` pixels of a sheet more at each side, (…, P)."""
    if not room:
        return pose_P
    larger, pose_P = 1.0 + 2.0 * room / SPRITE, pose_P.clone()
    dry = pose_P[..., 6] < -0.9
    pose_P[..., 2] += math.log(larger)
    pose_P[..., 6:9] /= larger
    pose_P[..., 6] = torch.where(dry, -1.0, pose_P[..., 6])
    return pose_P


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
        self.there = self.kept.shown
        self.covers = [self._edged(cover) if there else torch.zeros_like(cover)
                       for cover, there in zip(self.kept.cover_KHW, self.there, strict=True)]  # fmt: skip
        self.room = [self._room(k) for k in range(len(self.covers))]
        self.poses = [roomier(pose_P, room) for pose_P, room in zip(poses_KP, self.room, strict=True)]
        self.bare = sprites_K4SS
        self.sprites = [padded(sprite, room) for sprite, room in zip(sprites_K4SS, self.room, strict=True)]
        self._own: dict[tuple[int, int], tuple[torch.Tensor, torch.Tensor]] = {}
        self.rigid = [there and self._is_foreign(k) for k, there in enumerate(self.there)]

    def _edged(self, cover_HW: torch.Tensor) -> torch.Tensor:
        """A cover with the picture's edges, steep."""
        fine = guided(cover_HW, self.kept.picture_3HW, max(2, round(0.012 * self.height)))
        return ((fine - 0.5) * 1.6 + 0.5).clamp(0, 1)

    def _room(self, k: int) -> int:
        """Pixels of a sheet that a figure's box needs more at each side, so that all that is cut out is in it."""
        if not self.there[k]:
            return 0
        reach = sprite_grid(self.poses_KP[k], self.camera_C, self.height, self.width).abs().amax(-1)
        far = float((reach * (self.covers[k] > 0.3)).max())
        return max(0, min(SPRITE, math.ceil((far - 1.0) * SPRITE / 2) + 1)) if far > 1.0 else 0

    def own(self, k: int, size: int) -> tuple[torch.Tensor, torch.Tensor]:
        """A figure as it is seen in the picture, premultiplied (4, size, size), and 1 where it can be seen there."""
        if (k, size) not in self._own:
            others = torch.stack(self.covers).sum(0) - self.covers[k]
            seen = self.kept.free_HW * (1.0 - others).clamp(0, 1)
            stack = torch.cat([self.kept.picture_3HW, self.covers[k][None], seen[None]])
            near = on_sprite(stack, self.poses[k], self.camera_C, size)
            self._own[k, size] = torch.cat([near[:3] * near[3:4], near[3:4]]), near[4]
        return self._own[k, size]

    def _is_foreign(self, k: int) -> bool:
        made = self.sprites[k]
        own, seen = self.own(k, made.shape[-1])
        weight = torch.maximum(own[3], made[3]) * seen
        off = float(((own - made).square().mean(0) * weight).sum().div(weight.sum().clamp_min(1.0)).sqrt())
        return off > FOREIGN

    def worn(self, k: int, sprites_F4SS: torch.Tensor, base_4SS: torch.Tensor) -> torch.Tensor:
        """Sprites of some frames with what the picture shows of the figure, where they look as in it; in boxes of the
        size that :meth:`posed` says.

        Args:
            base_4SS: the sprite of the picture's own frame, made as these are.
        """
        if not self.there[k]:
            return sprites_F4SS
        sprites_F4SS, base_4SS = padded(sprites_F4SS, self.room[k]), padded(base_4SS, self.room[k])
        own, seen = self.own(k, sprites_F4SS.shape[-1])
        if self.rigid[k]:
            return torch.lerp(sprites_F4SS, own.expand_as(sprites_F4SS), seen.expand_as(sprites_F4SS))
        off = (sprites_F4SS - base_4SS).square().mean(1, keepdim=True)
        small = F.adaptive_avg_pool2d(off, SPRITE)
        change = F.interpolate(F.avg_pool2d(small, 5, 1, 2), off.shape[-2:], mode="bilinear").sqrt()
        gate = torch.exp(-0.5 * (change / CHANGED).square()) * seen
        return torch.lerp(sprites_F4SS, own.expand_as(sprites_F4SS), gate)

    def posed(self, poses_KFP: torch.Tensor) -> torch.Tensor:
        """Poses with room for what is cut out, whose shadows lie where the figures stand, as the picture shows it of
        those that are moved whole."""
        poses_KFP = poses_KFP.clone()
        for k, room in enumerate(self.room):
            poses_KFP[k] = roomier(poses_KFP[k], room)
        for k, rigid in enumerate(self.rigid):
            own, seen = self.own(k, self.sprites[k].shape[-1])
            rows = ((own[3] > 0.5) & (seen > 0.5)).any(1).nonzero()
            if rigid and len(rows):
                feet = 0.5 - (float(rows[-1]) + 1.0) / own.shape[-1]
                off = feet - float(self.poses[k][7])
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
        """The picture without figures and what they cast, (3, H, W): filled in from both sides; as it is where they
        leave nothing of it."""
        known = self.believed()
        return mirrored_in(self.kept.picture_3HW, known) if bool((known > 0.98).any()) else self.kept.picture_3HW

    def believed(self) -> torch.Tensor:
        """Where the picture shows the place, (H, W), 0 to 1."""
        hidden = torch.zeros(self.height, self.width)
        for k, cover in enumerate(self.covers):
            if not self.there[k]:
                continue
            made = on_frame(self.bare[k][3:], self.poses_KP[k], self.camera_C, self.height, self.width)[0]
            shade = shadow_on(self.poses_KP[k], self.camera_C, self.height, self.width)
            hidden = torch.stack([hidden, cover, made, shade]).amax(0)
        reach = max(1, round(REACH * self.height))
        wide = F.max_pool2d((hidden > 0.15).float()[None], 2 * reach + 1, 1, reach)
        return (1.0 - F.avg_pool2d(wide, reach | 1, 1, (reach | 1) // 2)[0]) * self.kept.free_HW
