"""Layers as they come out of the codec: enlarged by who knows more about edges, cut in time, laid over each other."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import nn

from models.layers.compose import compose
from models.layers.parts import DENSITY


class Enlarger(Protocol):
    """Makes decoded pictures larger before they are laid; ``version`` is a digest of what it does."""

    version: str

    def plate(self, plate_4HW: torch.Tensor, rows: float) -> torch.Tensor:
        """A plate whose sides are multiplied by one number, for a frame of so many rows of pixels."""

    def sprites(self, sprite_F4SS: torch.Tensor, rows: float) -> torch.Tensor:
        """Premultiplied sprites of any one size, where the largest fills so many rows of pixels."""


@dataclass(frozen=True)
class Decoded:
    """Layers as they are laid over each other; pictures 0 to 1, rows at the wanted rate. Arguments of ``compose``.

    Attributes:
        sprites_KF4SS: one tensor, or one (F, 4, S, S) for each subject if they have other sizes.
        density: pixels of the plate in a frame height.
    """

    plate_4HW: torch.Tensor
    corner: tuple[int, int]
    sprites_KF4SS: torch.Tensor | Sequence[torch.Tensor]
    poses_KFP: torch.Tensor
    camera_FC: torch.Tensor
    look: torch.Tensor
    density: float = float(DENSITY)

    def finer_plate(self, by: Enlarger | None, height: int) -> Decoded:
        """With a plate for frames of so many rows."""
        if by is None:
            return self
        plate_4HW = by.plate(self.plate_4HW, float(height)).clamp(0, 1)
        return replace(self, plate_4HW=plate_4HW, density=self.density * plate_4HW.shape[1] / self.plate_4HW.shape[1])

    def finer_sprites(self, by: Enlarger | None, rows_K: Sequence[float]) -> Decoded:
        """With sprites for figures of so many rows, see :meth:`rows`."""
        if by is None:
            return self
        pairs = zip(self.sprites_KF4SS, rows_K, strict=True)
        return replace(self, sprites_KF4SS=[by.sprites(sprite_F4SS, rows) for sprite_F4SS, rows in pairs])

    def rows(self, height: int) -> list[float]:
        """Rows of pixels that each subject's sprite fills at most in a frame of ``height``."""
        side_KF = (self.poses_KFP[..., 2] + self.camera_FC[:, 2]).exp() * height
        return [float(side_F.max()) for side_F in side_KF]

    def at(self, frame_N: torch.Tensor) -> Decoded:
        """Only these frames."""
        return replace(
            self, sprites_KF4SS=[sprite_F4SS[frame_N] for sprite_F4SS in self.sprites_KF4SS],
            poses_KFP=self.poses_KFP[:, frame_N], camera_FC=self.camera_FC[frame_N],
        )  # fmt: skip

    def composed(self, height: int, width: int, time_F: torch.Tensor) -> torch.Tensor:
        """Frames, uint8 (F, height, width, 3); ``time_F`` of each in seconds."""
        return compose(
            self.plate_4HW, self.corner, self.sprites_KF4SS, self.poses_KFP, self.camera_FC, self.look, height, width,
            time_F, self.density,
        )  # fmt: skip


def digest(module: nn.Module) -> str:
    """sha256 of everything a network holds, 16 digits."""
    whole = hashlib.sha256()
    for name, tensor in sorted(module.state_dict().items()):
        whole.update(name.encode())
        whole.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return whole.hexdigest()[:16]
