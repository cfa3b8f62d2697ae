"""Rows that go on where the latent frame before them ended.

Each latent frame of a sampled clip is a little off by itself, mostly by one shift for all of its four frames. In a
picture of 720 rows that is a jump of some pixels three times a second, in what ought to glide.
"""

from __future__ import annotations

import torch
from torch.nn import functional as F  # noqa: N812

from models.layers.parts import POSE
from models.shapes import TIME_STRIDE, latent_frames, latent_of

VERSION = 1
"""Of how rows are steadied: it changes pixels, so whoever names what made a film names it, too."""
KEPT = ("facing", "water", "ground", "shadow_half", "shadow", "depth")
"""Entries that are left as they are: some of them do jump."""
REACH = 2.0
"""Latent frames over which the shifts themselves may not add up to a drift."""


def steadied(row_FR: torch.Tensor) -> torch.Tensor:
    """Rows of pose followed by a code, (F, R), F = 1 + 4k, without the jumps between latent frames.

    Across a seam a shift by J shows as second differences of J and −J, one after the other; a body that starts, lands
    or turns shows as one of them or as two of one sign, and within latent frames, too. So the smaller of two opposite
    ones is what is taken back, as far as it is more than the frames beside it bend; and what adds up over more than a
    few latent frames is given back smoothly, for it is motion.
    """
    frames = len(row_FR)
    if frames <= 1 + TIME_STRIDE:
        return row_FR
    bend_FR = F.pad(row_FR[2:] - 2 * row_FR[1:-1] + row_FR[:-2], (0, 0, 1, 1))
    last_S = torch.arange(TIME_STRIDE, frames - 1, TIME_STRIDE)
    before_SR, after_SR = bend_FR[last_S], bend_FR[last_S + 1]
    beside_SR = torch.maximum(bend_FR[last_S - 1].abs(), bend_FR[(last_S + 2).clamp(max=frames - 1)].abs())
    size_SR = (torch.minimum(before_SR.abs(), after_SR.abs()) - beside_SR).clamp_min(0.0)
    jump_SR = torch.where(before_SR * after_SR < 0, before_SR.sign() * size_SR, 0.0)
    jump_SR[:, [POSE.index(name) for name in KEPT]] = 0.0
    # The first two latent frames have no seam that shows: the first holds one frame alone.
    shift_TR = F.pad(-jump_SR.cumsum(0), (0, 0, 2, 0))
    drift_FR = _between(_slow(shift_TR), frames)
    latent_F = torch.tensor([latent_of(frame) for frame in range(frames)])
    return row_FR + shift_TR[latent_F] - drift_FR


def _slow(shift_TR: torch.Tensor) -> torch.Tensor:
    """What of the shifts changes over more than ``REACH`` latent frames: weighted means, (T, R)."""
    step_T = torch.arange(len(shift_TR), dtype=shift_TR.dtype)
    weight_TT = torch.exp(-0.5 * ((step_T[:, None] - step_T) / REACH) ** 2)
    return weight_TT / weight_TT.sum(1, keepdim=True) @ shift_TR


def _between(slow_TR: torch.Tensor, frames: int) -> torch.Tensor:
    """Values of latent frames at every frame, straight lines between their middles, (F, R)."""
    assert len(slow_TR) == latent_frames(frames)
    at_F = ((torch.arange(frames) - 1.0 - (TIME_STRIDE - 1) / 2) / TIME_STRIDE + 1.0).clamp(0, len(slow_TR) - 1)
    low_F = at_F.floor().long().clamp(max=len(slow_TR) - 2)
    share_F1 = (at_F - low_F)[:, None].to(slow_TR)
    return slow_TR[low_F] * (1 - share_F1) + slow_TR[low_F + 1] * share_F1
