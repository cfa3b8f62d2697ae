"""Rows of pose and camera as tokens: four frames to a token, by a linear code that is fitted in closed form.

The first latent frame holds one frame alone and counts it four times, like every other latent of the one clock.
"""

from __future__ import annotations

import torch
from torch import nn

from models.layers.parts import CAMERA, DENSITY, POSE
from models.layers.plate import principal
from models.shapes import TIME_STRIDE, frames_of, latent_frames

POSE_WEIGHT: dict[str, float] = {
    "x": 1.5 * DENSITY, "y": 1.5 * DENSITY, "log_side": 0.5 * DENSITY,
    "sin_lean": 0.3 * DENSITY, "cos_lean": 0.3 * DENSITY,
    "facing": 16.0, "water": 24.0, "ground": 24.0, "shadow_half": 12.0, "shadow": 6.0, "depth": 8.0,
}  # fmt: skip
"""What one unit of each entry counts: about the plate pixels that it moves, places half as much again."""
CODE_WEIGHT = 4.0
CAMERA_WEIGHT: dict[str, float] = {
    "x1": DENSITY, "y1": DENSITY, "log_scale1": 0.9 * DENSITY,
    "x0": DENSITY, "y0": DENSITY, "log_scale0": 0.9 * DENSITY, "roll": 0.9 * DENSITY, "blur": 24.0, "flash": 12.0,
}  # fmt: skip
LEAST_DEVIATION = 0.05
"""In pixels; what varies less is not made louder."""


def pose_weights(code: int) -> torch.Tensor:
    """Weights of a row of pose followed by a code, (len(POSE) + code,)."""
    return torch.tensor([*(POSE_WEIGHT[name] for name in POSE), *[CODE_WEIGHT] * code])


def camera_weights() -> torch.Tensor:
    """Weights of a row of the camera, (9,)."""
    return torch.tensor([CAMERA_WEIGHT[name] for name in CAMERA])


def stacked(row_FR: torch.Tensor) -> torch.Tensor:
    """Rows of 1 + 4k frames as latent frames, (T, 4·R): the first frame four times, then four frames each.

    Raises:
        ValueError: there are not 1 + 4k frames.
    """
    frames, width = row_FR.shape
    latents = latent_frames(frames)
    first = row_FR[:1].expand(TIME_STRIDE, -1)
    return torch.cat([first, row_FR[1:]]).reshape(latents, TIME_STRIDE * width)


def unstacked(latent_TR: torch.Tensor) -> torch.Tensor:
    """The inverse of :func:`stacked`, (F, R); the first latent's four rows are averaged."""
    latents, width = latent_TR.shape
    row_UR = latent_TR.reshape(latents * TIME_STRIDE, width // TIME_STRIDE)
    made = torch.cat([row_UR[:TIME_STRIDE].mean(0, keepdim=True), row_UR[TIME_STRIDE:]])
    if len(made) != frames_of(latents):
        raise AssertionError("the clock of rows and latents differs")
    return made


class RowsCodec(nn.Module):
    """Four rows as one token: weighted, turned into principal directions, each with deviation 1.

    Args:
        row: entries of a row.
        channels: numbers of a token.
    """

    weight_R: torch.Tensor
    mean_P: torch.Tensor
    direction_CP: torch.Tensor
    deviation_C: torch.Tensor

    def __init__(self, row: int, channels: int) -> None:
        super().__init__()
        self.row, self.channels = row, channels
        self.register_buffer("weight_R", torch.ones(row))
        self.register_buffer("mean_P", torch.zeros(TIME_STRIDE * row))
        self.register_buffer("direction_CP", torch.eye(channels, TIME_STRIDE * row))
        self.register_buffer("deviation_C", torch.ones(channels))

    @torch.no_grad()
    def fit(self, clip_FR: list[torch.Tensor], weight_R: torch.Tensor) -> None:
        """Take the code from the rows of clips.

        Raises:
            ValueError: there are fewer latent frames than channels, or rows of another width.
        """
        if any(clip.shape[1] != self.row for clip in clip_FR) or len(weight_R) != self.row:
            raise ValueError(f"rows have {self.row} entries here")
        self.weight_R.copy_(weight_R)
        stack_NP = torch.cat([stacked(clip * weight_R) for clip in clip_FR])
        mean, direction, deviation = principal(stack_NP, self.channels)
        self.mean_P.copy_(mean)
        self.direction_CP.copy_(direction)
        self.deviation_C.copy_(deviation.clamp_min(LEAST_DEVIATION))

    def encode(self, row_FR: torch.Tensor) -> torch.Tensor:
        """Rows of 1 + 4k frames as tokens (T, C)."""
        return (stacked(row_FR * self.weight_R) - self.mean_P) @ self.direction_CP.mT / self.deviation_C

    def decode(self, token_TC: torch.Tensor) -> torch.Tensor:
        """Tokens as rows (F, R)."""
        return unstacked(token_TC * self.deviation_C @ self.direction_CP + self.mean_P) / self.weight_R


def resampled(row_FR: torch.Tensor, fps: float, wanted_fps: float, frames: int) -> torch.Tensor:
    """Rows at another rate: frame n is the instant n / rate; between two frames in a straight line, the last one holds.

    Sines and cosines are among the rows, so a turn takes the shorter way.
    """
    at = (torch.arange(frames, dtype=torch.float64) * (fps / wanted_fps)).clamp(max=len(row_FR) - 1)
    before = at.floor().long()
    after = (before + 1).clamp(max=len(row_FR) - 1)
    share = (at - before).to(row_FR)[:, None]
    return row_FR[before] * (1 - share) + row_FR[after] * share
