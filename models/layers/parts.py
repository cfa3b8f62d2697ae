"""What a clip is made of, as numbers: the plate, the sheets, the rows of pose, camera and look.

Lengths are in frame heights, x to the right and y up, and the origin is the middle of the first frame. A plate point
of parallax 1 lies at the actors' distance, one of parallax 0 at infinity; the first frame sees the plate as it is,
turned by its roll. Frame f sees a point ``P`` of a layer at ``R(roll)·(σ·P − δ)``: the camera rows give σ and δ for
parallax 1 and 0, and between them δ and log σ are taken in proportion.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

CELL = 16
"""Pixels of the side of one plate token."""
DENSITY = 64
"""Plate pixels in a frame height."""
SPRITE = 64
"""Pixels of the side of a sheet or sprite."""

POSE = ("x", "y", "log_side", "sin_lean", "cos_lean", "facing", "water", "ground", "shadow_half", "shadow", "depth")
"""One subject in one frame.

``x``, ``y`` the middle of its box on the plane of parallax 1, as the first frame's scale has it; ``log_side`` of the
box's side; lean counter-clockwise; ``facing`` 1 right to -1 left, where below 0 the sprite is mirrored; ``water`` the
surface that hides what is below it, above the box's middle in box sides (-1 where there is none); ``ground`` where the
contact shadow lies, likewise; ``shadow_half`` its half width in box sides and ``shadow`` its strength; ``depth`` 0 to
1. Who sits behind the rim of what carries it has no shadow but ``RIMMED``, and ``water`` is that rim, dry.
"""
RIMMED = -0.5
CAMERA = ("x1", "y1", "log_scale1", "x0", "y0", "log_scale0", "roll", "blur", "flash")
"""One frame: δ and log σ at parallax 1, the same at parallax 0, roll in radians counter-clockwise, length of the motion
blur in frame widths, and how bright lightning is, 0 to 1."""
LOOK = (
    "rain", "storm", "snow", "fog", "veil_r", "veil_g", "veil_b", "halo", "halo_r", "halo_g", "halo_b", "pixel",
    "foam_r", "foam_g", "foam_b",
)  # fmt: skip
"""The whole clip: which veil plays over it (0 or 1 each) and its colour, the breath of light behind figures and its
colour, 1 for a picture in large square pixels, and the colour of foam. All 0 to 1."""
ARTICULATION = 44
"""Numbers that say how a figure's limbs are, from the world's channels; the network reads them as a code."""


@dataclass(frozen=True)
class Layers:
    """One clip of F frames and K subjects, taken apart. Pictures are uint8.

    Attributes:
        plate: (4, H, W): red, green, blue, and parallax as 0 to 255. H and W are whole cells.
        corner: row and column of the first frame's top left corner in the plate, in pixels; whole cells, 0 or more.
        sheets: (K, 4, SPRITE, SPRITE), premultiplied RGBA: each subject standing, facing right, in the clip's light.
        poses: (K, F, len(POSE)) fp32.
        articulation: (K, F, ARTICULATION) fp32, of a figure that faces right (mirrored where facing is below 0).
        kinds: (K,) long: the number of the subject's word; which rig the articulation is of.
        camera: (F, len(CAMERA)) fp32.
        look: (len(LOOK),) fp32.
    """

    plate: torch.Tensor
    corner: tuple[int, int]
    sheets: torch.Tensor
    poses: torch.Tensor
    articulation: torch.Tensor
    kinds: torch.Tensor
    camera: torch.Tensor
    look: torch.Tensor


@dataclass(frozen=True)
class Sprites:
    """Subjects in action, to train the sheet codec: N figures, each standing and posed, in one light.

    Attributes:
        sheets: (N, 4, SPRITE, SPRITE) uint8 premultiplied RGBA, standing.
        posed: (N, 4, SPRITE, SPRITE) uint8, the same figure in a pose, upright and mirrored to face right.
        articulation: (N, ARTICULATION) fp32 of ``posed``.
        standing: (N, ARTICULATION) fp32 of ``sheets``.
        kinds: (N,) long.
    """

    sheets: torch.Tensor
    posed: torch.Tensor
    articulation: torch.Tensor
    standing: torch.Tensor
    kinds: torch.Tensor
