"""The linear start of the autoencoder: principal components of patches, in closed form.

A first frame is cut into 16×16 patches, later frames four at a time into 16×16×4. Each kind has its own basis of as
many components as a latent has channels. The two bases are turned so that a picture that stands still for four frames
has the latent that it has as a first frame, as nearly as the two subspaces allow: a clip, a picture and a reference
then speak one language.
"""

from __future__ import annotations

import torch
from einops import rearrange
from torch import nn

PATCH = 16
"""Pixels of the side of a cell."""
SPAN = 4
"""Frames of a later latent."""
COLOURS = 3


def patches_of(video_BCFHW: torch.Tensor) -> torch.Tensor:
    """All frames as one patch in time: (B, h, w, C·F·16·16). Sizes are multiples of 16."""
    return rearrange(video_BCFHW, "b c f (h p) (w q) -> b h w (c f p q)", p=PATCH, q=PATCH)


def pictures_of(patch_BhwE: torch.Tensor, frames: int) -> torch.Tensor:
    """The inverse of :func:`patches_of`, (B, 3, F, H, W)."""
    return rearrange(patch_BhwE, "b h w (c f p q) -> b c f (h p) (w q)", c=COLOURS, f=frames, p=PATCH, q=PATCH)


class Moments:
    """Mean and covariance of vectors that come in batches, each with a weight; in fp64."""

    def __init__(self, size: int) -> None:
        self.weight = 0.0
        self.total_E = torch.zeros(size, dtype=torch.float64)
        self.square_EE = torch.zeros(size, size, dtype=torch.float64)

    def add(self, vectors_NE: torch.Tensor, weight_N: torch.Tensor) -> None:
        weighted_NE = vectors_NE * weight_N[:, None]
        self.weight += float(weight_N.double().sum())
        self.total_E += weighted_NE.double().sum(0)
        self.square_EE += (vectors_NE.T @ weighted_NE).double()

    def components(self, count: int) -> tuple[torch.Tensor, torch.Tensor]:
        """The mean (E,) and the ``count`` directions of most variance as orthonormal rows (count, E), fp32.

        Raises:
            ValueError: fewer vectors than components were seen.
        """
        if self.weight < count:
            raise ValueError(f"{count} components need at least as many patches, got weights of {self.weight:.0f}")
        mean_E = self.total_E / self.weight
        covariance_EE = self.square_EE / self.weight - mean_E[:, None] * mean_E
        directions = torch.linalg.eigh(covariance_EE).eigenvectors[:, -count:].flip(1).T
        # The sign of an eigenvector is arbitrary: fix it, so that equal footage gives equal bases.
        largest = directions.gather(1, directions.abs().argmax(1, keepdim=True))
        return mean_E.float(), (directions * largest.sign()).float()


class PatchBasis(nn.Module):
    """Projection of patches of ``frames`` frames to C numbers and back.

    The rows of the basis are orthogonal with length ``1 / stretch``, where the stretch makes latents of both kinds of
    patches equally large: sqrt(4 / frames). Encoding multiplies by the stretch, decoding divides by it.
    """

    mean_E: torch.Tensor
    basis_CE: torch.Tensor

    def __init__(self, frames: int, channels: int) -> None:
        super().__init__()
        size = COLOURS * frames * PATCH * PATCH
        if channels > size:
            raise ValueError(f"a patch of {size} numbers has no {channels} components")
        self.frames, self.channels = frames, channels
        self.stretch = (SPAN / frames) ** 0.5
        self.register_buffer("mean_E", torch.full((size,), 0.5))
        self.register_buffer("basis_CE", torch.eye(channels, size))

    def encode(self, video_BCFHW: torch.Tensor) -> torch.Tensor:
        """(B, C, h, w)."""
        z_BhwC = (patches_of(video_BCFHW) - self.mean_E) @ self.basis_CE.T * self.stretch
        return z_BhwC.permute(0, 3, 1, 2)

    def decode(self, z_BChw: torch.Tensor) -> torch.Tensor:
        """(B, 3, frames, H, W)."""
        patch_BhwE = (z_BChw.permute(0, 2, 3, 1) / self.stretch) @ self.basis_CE + self.mean_E
        return pictures_of(patch_BhwE, self.frames)

    @torch.no_grad()
    def fit(self, moments: Moments) -> None:
        mean_E, basis_CE = moments.components(self.channels)
        self.mean_E.copy_(mean_E)
        self.basis_CE.copy_(basis_CE)


@torch.no_grad()
def align(first: PatchBasis, later: PatchBasis) -> None:
    """Turn the basis of later frames within its subspace, so that standing pictures have the first frame's latents.

    The orthogonal Procrustes problem (Schönemann 1966): the turn Q nearest to the map between the bases. What the
    basis can represent does not change.
    """
    per_frame = first.basis_CE.reshape(first.channels, COLOURS, 1, -1)
    standing_CE = per_frame.expand(-1, -1, later.frames, -1).reshape(first.channels, -1) / later.frames**0.5
    left, _, right = torch.linalg.svd(standing_CE.double() @ later.basis_CE.double().T)
    later.basis_CE.copy_((left @ right) @ later.basis_CE.double())
