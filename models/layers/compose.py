"""Laying the layers over each other: plate, shadows, sprites, water, veils and light, at any size.

Pure geometry on what the networks decoded; nothing here is learned and nothing knows the world.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F  # noqa: N812

from models.layers.parallax import shares
from models.layers.parts import DENSITY, RIMMED
from models.layers.veils import Veils

VERSION = 3
"""Another one lays the same layers to other pixels."""
_PIXEL_ROWS = 96
"""Rows of a picture in large square pixels."""
_HALO, _FOAM = 0.06, 0.03
"""How far a glow and foam reach around a figure, in frame heights."""
_ASKED_ROWS = 180
"""Rows of a picture that are asked where on the plate they look."""


def compose(
    plate_4HW: torch.Tensor,
    corner: tuple[int, int],
    sprites_KF4SS: torch.Tensor | Sequence[torch.Tensor],
    poses_KFP: torch.Tensor,
    camera_FC: torch.Tensor,
    look: torch.Tensor,
    height: int,
    width: int,
    times_F: torch.Tensor | None = None,
    density: float = DENSITY,
) -> torch.Tensor:
    """Frames of the layers.

    Args:
        plate_4HW: colour and parallax, 0 to 1; ``density`` pixels a frame height.
        corner: row and column of the first frame's top left corner, in plate pixels of the usual density.
        sprites_KF4SS: premultiplied RGBA, 0 to 1; one tensor, or (F, 4, S, S) for each subject at a size of its own.
        poses_KFP, camera_FC, look: rows of ``models.layers.parts``.
        height, width: pixels of the picture.
        times_F: seconds of the frames, for what falls; at 24 a second if None.

    Returns:
        uint8 (F, height, width, 3).
    """
    frames = len(camera_FC)
    times = torch.arange(frames) / 24.0 if times_F is None else times_F
    block = max(1, round(height / _PIXEL_ROWS)) if float(look[11]) > 0.5 else 1
    rows, columns = -(-height // block), -(-width // block)
    stage = _Stage(plate_4HW, corner, density, rows, columns, width / height)
    veils = Veils(look, rows, columns)
    order = sorted(range(len(poses_KFP)), key=lambda k: -float(poses_KFP[k, :, 10].mean()))
    made_FHW3 = torch.empty(frames, rows, columns, 3, dtype=torch.uint8)
    with torch.inference_mode():
        for f in range(frames):
            camera = camera_FC[f]
            again = f + 1 < frames and torch.equal(camera_FC[f + 1], camera)
            frame = stage.plate(camera, again)
            for k in order:
                stage.figure(frame, sprites_KF4SS[k][f], poses_KFP[k, f], camera, look)
            veils.over(frame, float(times[f]), camera, camera_FC[0])
            _flashed(frame, float(camera[8]))
            _smeared(frame, round(float(camera[7]) * columns))
            if float(look[11]) > 0.5:
                frame = frame.mul_(11).round_().div_(11)
            whole_3HW = frame.mul_(255.0).add_(0.5).clamp_(0.0, 255.0).to(torch.uint8)
            torch.stack(whole_3HW.unbind(), -1, out=made_FHW3[f])
    if block > 1:
        made_FHW3 = made_FHW3.repeat_interleave(block, 1).repeat_interleave(block, 2)[:, :height, :width].contiguous()
    return made_FHW3


class _Stage:
    """The plate and the frame that looks at it."""

    def __init__(
        self, plate: torch.Tensor, corner: tuple[int, int], density: float, height: int, width: int, aspect: float
    ) -> None:
        self.image, self.height, self.width, self.aspect = plate, height, width, aspect
        scale = density / DENSITY
        # A finer plate's parallax is no finer than this: the windows of the smoothing would grow with its square.
        finer = max(1, int(scale))
        self.shares = shares(F.avg_pool2d(plate[3:], finer), density / finer)
        # The middle of the first frame, in plate pixels.
        self.middle = (corner[0] * scale + density / 2, corner[1] * scale + density * aspect / 2)
        self.density = density
        # A frame whose sides are no whole pixels still spans the aspect that was asked for.
        wide = aspect * height / width
        self.right, self.up = _points(torch.arange(height) + 0.5, torch.arange(width) + 0.5, height, width, wide)
        # Where a pixel looks changes slowly, so few of them are asked and the others lie between.
        rows, columns = (max(2, min(side, -(-side * _ASKED_ROWS // height))) for side in (height, width))
        row, column = torch.linspace(0.5, height - 0.5, rows), torch.linspace(0.5, width - 0.5, columns)
        self.some_right, self.some_up = _points(row, column, height, width, wide)
        self.shown: tuple[torch.Tensor, torch.Tensor] | None = None

    def plate(self, camera_C: torch.Tensor, again: bool = False) -> torch.Tensor:
        """What a frame sees of the plate, (3, H, W), for the caller to draw on; kept if it is asked for ``again``."""
        if self.shown is not None and torch.equal(self.shown[0], camera_C):
            return self.shown[1].clone()
        grid = F.interpolate(self._looked(camera_C), (self.height, self.width), mode="bilinear", align_corners=True)
        seen_3HW = _looked_up(self.image[:3], grid)
        if not again:
            return seen_3HW
        self.shown = camera_C, seen_3HW
        return seen_3HW.clone()

    def _looked(self, camera_C: torch.Tensor) -> torch.Tensor:
        """Where some of the pixels look, as coordinates of grid_sample (1, 2, rows, columns)."""
        roll = float(camera_C[6])
        # The picture is turned counter-clockwise by the roll, so a pixel looks back by it.
        x = self.some_right * math.cos(roll) + self.some_up * math.sin(roll)
        y = self.some_up * math.cos(roll) - self.some_right * math.sin(roll)
        near, far = camera_C[0:3, None, None, None], camera_C[3:6, None, None, None]
        still = float((near - far).abs().max()) < 1e-4
        share_2HW = torch.ones(2, *x.shape)
        for last in (True,) if still else (False, False, False, True):
            row = far + (near - far) * share_2HW
            zoom_2HW = row[2].exp()
            at = self._place((x + row[0, 0]) / zoom_2HW[0], (y + row[1, 1]) / zoom_2HW[1])
            if not last:
                share_2HW = _looked_up(self.shares, at)
        return at

    def _place(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Points of the plate, in frame heights, as coordinates of grid_sample."""
        height, width = self.image.shape[-2:]
        column = x * self.density + self.middle[1]
        row = self.middle[0] - y * self.density
        return torch.stack([column * (2.0 / width) - 1.0, row * (2.0 / height) - 1.0])[None]

    def figure(
        self, frame: torch.Tensor, sprite: torch.Tensor, pose: torch.Tensor, camera: torch.Tensor, look: torch.Tensor
    ) -> None:
        """Lay one subject over one frame (3, H, W), in place: shadow, breath of light, figure, foam."""
        x, y, side, turn, mirrored = seat(pose, camera)
        if not math.isfinite(side) or side < 1e-3:
            return
        roll = float(camera[6])
        self._shadow(frame, x, y, side, pose, roll)
        halo, water = float(look[7]), float(pose[6])
        wide = 2 * max(_HALO if halo > 0.02 else 0.0, _FOAM if water > -0.9 else 0.0)
        box = self._box_of(sprite, x, y, side, turn, mirrored, wide)
        if box is None:
            return
        r0, r1, c0, c1 = box
        right, up = (self.right[r0:r1, c0:c1] - x) / side, (self.up[r0:r1, c0:c1] - y) / side
        c, s = math.cos(turn), math.sin(turn)
        grid = torch.stack([(right * c + up * s) * (2.0 * mirrored), (right * s - up * c) * 2.0], -1)[None]
        seen = F.grid_sample(sprite[None], grid, mode="bilinear", padding_mode="zeros", align_corners=False)[0]
        seen = sharpened(seen, side * self.height / sprite.shape[-1])
        spot = frame[:, r0:r1, c0:c1]
        if halo > 0.02:
            glow = blurred(seen[3], max(1, round(_HALO * self.height)))
            spot.lerp_(look[8:11, None, None].expand_as(spot), glow * halo)
        if water > -0.9:
            above = up * math.cos(roll) - right * math.sin(roll) - water
            dry = float(pose[9]) < 0.5 * RIMMED
            foam = 0.0 if dry else blurred(seen[3], max(1, round(_FOAM * self.height)))
            wet = torch.exp(-((above * side / 0.008) ** 2)) * foam
            seen *= (above * side * self.height + 0.5).clamp_(0.0, 1.0)
            torch.addcmul(seen[:3], spot, 1.0 - seen[3:], out=spot)
            if dry:
                return
            spot.lerp_(look[12:15, None, None].expand_as(spot), 0.7 * wet.clamp_(0.0, 1.0))
            return
        torch.addcmul(seen[:3], spot, 1.0 - seen[3:], out=spot)

    def _box_of(
        self, sprite_4SS: torch.Tensor, x: float, y: float, side: float, turn: float, mirrored: float, wide: float
    ) -> tuple[int, int, int, int] | None:
        """Rows and columns of the pixels that anything of a sprite reaches, ``wide`` frame heights around it too."""
        cover = sprite_4SS[3] > 1e-3
        rows, columns = cover.any(1).nonzero(), cover.any(0).nonzero()
        if not len(rows):
            return None
        size = sprite_4SS.shape[-1]
        left, right = (float(columns[0]) - 1.0) / size - 0.5, (float(columns[-1]) + 2.0) / size - 0.5
        top, low = 0.5 - (float(rows[0]) - 1.0) / size, 0.5 - (float(rows[-1]) + 2.0) / size
        c, s = math.cos(turn), math.sin(turn)
        corners = [(mirrored * across, above) for across in (left, right) for above in (top, low)]
        xs = [across * c - above * s for across, above in corners]
        ys = [across * s + above * c for across, above in corners]
        return self._pixels(
            x + side * min(xs) - wide, x + side * max(xs) + wide, y + side * min(ys) - wide, y + side * max(ys) + wide
        )

    def _shadow(self, frame: torch.Tensor, x: float, y: float, side: float, pose: torch.Tensor, roll: float) -> None:
        strength = float(pose[9])
        half = float(pose[8]) * side
        if strength < 0.02 or half < 1e-3:
            return
        down = float(pose[7]) * side
        x, y = x - down * math.sin(roll), y + down * math.cos(roll)
        reach = half + 0.03
        box = self._pixels(x - reach, x + reach, y - reach, y + reach)
        if box is None:
            return
        r0, r1, c0, c1 = box
        right, up = self.right[r0:r1, c0:c1] - x, self.up[r0:r1, c0:c1] - y
        wx, wy = right * math.cos(roll) + up * math.sin(roll), up * math.cos(roll) - right * math.sin(roll)
        far = ((wx / half) ** 2 + (wy / (0.2 * half)) ** 2).sqrt()
        soft = 0.018 / max(0.2 * half, 1e-3)
        cover = (0.42 * min(strength, 1.0)) * ((1.0 - far) / soft + 0.5).clamp(0.0, 1.0)
        spot = frame[:, r0:r1, c0:c1]
        spot *= 1.0 - 0.9 * cover

    def _pixels(self, left: float, right: float, low: float, high: float) -> tuple[int, int, int, int] | None:
        """Rows and columns of the pixels between these, in frame heights from the middle; None if there are none."""
        per_x, per_y = self.width / self.aspect, float(self.height)
        c0, c1 = math.floor(left * per_x + self.width / 2), math.ceil(right * per_x + self.width / 2)
        r0, r1 = math.floor(self.height / 2 - high * per_y), math.ceil(self.height / 2 - low * per_y)
        r0, r1, c0, c1 = max(r0, 0), min(r1, self.height), max(c0, 0), min(c1, self.width)
        return (r0, r1, c0, c1) if r0 < r1 and c0 < c1 else None


def seat(pose_P: torch.Tensor, camera_C: torch.Tensor) -> tuple[float, float, float, float, float]:
    """Where a sprite is in a frame: its middle to the right and up, its side, all in frame heights, its turn
    counter-clockwise in radians, and -1 if it is mirrored, else 1."""
    scale, roll = math.exp(float(camera_C[2])), float(camera_C[6])
    dx, dy = float(pose_P[0]) * scale - float(camera_C[0]), float(pose_P[1]) * scale - float(camera_C[1])
    x, y = dx * math.cos(roll) - dy * math.sin(roll), dx * math.sin(roll) + dy * math.cos(roll)
    # Upright in the world, then upright in the figure: one turn.
    turn = roll + math.atan2(float(pose_P[3]), float(pose_P[4]))
    return x, y, math.exp(float(pose_P[2])) * scale, turn, -1.0 if float(pose_P[5]) < 0 else 1.0


def _points(
    row_H: torch.Tensor, column_W: torch.Tensor, height: int, width: int, wide: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Places of pixels in frame heights from the middle: to the right and up, (H, W) each."""
    right, up = torch.meshgrid(column_W / height - 0.5 * width / height, 0.5 - row_H / height, indexing="xy")
    return right * wide, up


def _looked_up(image_CHW: torch.Tensor, grid_12HW: torch.Tensor) -> torch.Tensor:
    grid = grid_12HW.permute(0, 2, 3, 1)
    return F.grid_sample(image_CHW[None], grid, mode="bilinear", padding_mode="border", align_corners=False)[0]


def sharpened(sprite_4HW: torch.Tensor, enlarged: float) -> torch.Tensor:
    """The sprite with edges as crisp as its enlargement allows: opacity is steepened about one half."""
    steep = min(max(enlarged, 1.0), 6.0)
    if steep <= 1.05:
        return sprite_4HW
    alpha_1HW = sprite_4HW[3:]
    crisp_1HW = (alpha_1HW * steep).add_(0.5 - 0.5 * steep).clamp_(0.0, 1.0)
    made_4HW = sprite_4HW * (crisp_1HW / alpha_1HW.clamp_min(0.05))
    made_4HW[3:] = crisp_1HW
    return made_4HW.clamp_(0.0, 1.0)


def blurred(alpha_HW: torch.Tensor, radius: int) -> torch.Tensor:
    """A box blur, twice, by running sums, which cost the same at any ``radius`` (pixels); nothing is outside.

    Wide ones are of a smaller picture, for nobody sees the difference and it is most of what a glow costs.
    """
    rows, columns = alpha_HW.shape
    less = max(1, min(radius // 6, rows, columns))
    if less > 1:
        padded = F.pad(alpha_HW, (0, -columns % less, 0, -rows % less))
        small = blurred(F.avg_pool2d(padded[None], less)[0], max(1, round(radius / less)))
        return F.interpolate(small[None, None], padded.shape, mode="bilinear")[0, 0, :rows, :columns]
    x_HW = alpha_HW
    for _ in range(2):
        x_HW = boxed(x_HW, radius)
    return x_HW


def boxed(x_HW: torch.Tensor, radius: int) -> torch.Tensor:
    """The mean of what lies within the radius each way, by running sums; nothing is outside."""
    return _boxed(_boxed(x_HW, radius, 1), radius, 0)


def _boxed(x_HW: torch.Tensor, radius: int, dim: int) -> torch.Tensor:
    """The mean of what lies within the radius along one axis."""
    size, margin = x_HW.shape[dim], (radius + 1, radius)
    sums = F.pad(x_HW, margin if dim == 1 else (0, 0, *margin)).cumsum(dim)
    return (sums.narrow(dim, 2 * radius + 1, size) - sums.narrow(dim, 0, size)) / (2 * radius + 1)


def _flashed(frame: torch.Tensor, bright: float) -> None:
    if bright > 0.01:
        linear = frame.clamp(0.0, 1.0) ** 2.2
        lit = (3.0 * linear / (1.0 + 2.0 * linear)) ** (1 / 2.2)
        frame.lerp_(lit, min(0.85 * bright, 1.0))


def _smeared(frame: torch.Tensor, length: int) -> None:
    if length > 1:
        half = min(length, frame.shape[-1] - 2) // 2
        wide = F.pad(frame[None], (half, half, 0, 0), mode="replicate")
        frame.copy_(F.avg_pool2d(wide, (1, 2 * half + 1), 1)[0])
