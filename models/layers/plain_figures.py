"""Figures of a plain picture: how they are turned, what is above water, and tokens moved towards what is seen."""

from __future__ import annotations

import math

import torch
from torch.nn import functional as F  # noqa: N812

from models.layers.plain_found import LEAST_SIDE, MOST_SIDE
from models.layers.plain_nets import TURN
from models.layers.sheet import SheetCodec, bounded, premultiplied

_AT = {name: index for index, name in enumerate(TURN)}


def posed(turn_KT: torch.Tensor, box_K3: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Boxes moved to where they should be, and rows of ``POSE``, from what the first look says."""
    t = {name: turn_KT[:, index] for name, index in _AT.items()}
    side = box_K3[:, 2].exp()
    x, y = box_K3[:, 0] + side * t["dx"].clamp(-0.5, 0.5), box_K3[:, 1] + side * t["dy"].clamp(-0.5, 0.5)
    log_side = (box_K3[:, 2] + t["log_side"].clamp(-0.7, 0.7)).clamp(math.log(LEAST_SIDE), math.log(MOST_SIDE))
    norm = (t["sin_lean"] ** 2 + t["cos_lean"] ** 2).sqrt().clamp_min(1e-3)
    wet = t["wet"] > 0
    there = t["shadow"] > 0.05
    pose_KP = torch.stack([
        x, y, log_side, t["sin_lean"] / norm, t["cos_lean"] / norm, torch.where(t["facing"] > 0, 1.0, -1.0),
        torch.where(wet, t["water"].clamp(-0.85, 1.0), torch.tensor(-1.0)),
        torch.where(there, t["ground"].clamp(-2.0, 0.5), torch.tensor(-0.5)),
        torch.where(there, t["shadow_half"].clamp(0.02, 1.0), torch.tensor(0.25)),
        torch.where(there, t["shadow"].clamp(0, 1), torch.tensor(0.0)), t["depth"].clamp(0, 1),
    ], 1)  # fmt: skip
    return torch.stack([x, y, log_side], 1), pose_KP


def cut_out(close_B9SS: torch.Tensor) -> torch.Tensor:
    """The subject of a close look, premultiplied RGBA (B, 4, 64, 64)."""
    return torch.cat([close_B9SS[:, :3], close_B9SS[:, 6:7]], 1)


def above_water(pose_BP: torch.Tensor) -> torch.Tensor:
    """Where the upright sprites of poses are above the surface that hides them, (B, 64, 64) of 0 or 1."""
    at = (torch.arange(64) + 0.5) / 64 - 0.5
    up, along = torch.meshgrid(-at, at, indexing="ij")
    right = along * torch.where(pose_BP[:, 5] > 0, 1.0, -1.0)[:, None, None]
    high = right * pose_BP[:, 3, None, None] + up * pose_BP[:, 4, None, None]
    return ((high > pose_BP[:, 6, None, None]) | (pose_BP[:, 6, None, None] < -0.9)).float()


def fitted_to(
    sheet: SheetCodec, token_KNC: torch.Tensor, code_KC: torch.Tensor, look_K9SS: torch.Tensor,
    behind_K3SS: torch.Tensor, dry_KSS: torch.Tensor, steps: int,
) -> tuple[torch.Tensor, torch.Tensor]:  # fmt: skip
    """Tokens and codes moved, by Adam, until the figure over what lies behind it looks as the picture does.

    They are held near where they began, because one pose does not say everything about a figure. What others or water
    hide, and what is outside the frame, does not count.
    """
    colour, own, other, inside = look_K9SS[:, 3:6], look_K9SS[:, 6], look_K9SS[:, 7], look_K9SS[:, 8]
    counts = (inside * dry_KSS * (1.0 - other).clamp(0, 1))[:, None]
    near = F.max_pool2d(own[:, None], 9, 1, 4)
    with torch.inference_mode(False), torch.enable_grad():
        fixed = [each.clone().detach() for each in (colour, own[:, None], counts, near, behind_K3SS)]
        colour, own, counts, near, behind = fixed
        first = token_KNC.clone().detach(), code_KC.clone().detach()
        moved = [each.clone().requires_grad_() for each in first]
        adam = torch.optim.Adam(moved, lr=0.05, betas=(0.9, 0.95))
        for step in range(steps):
            adam.param_groups[0]["lr"] = 0.05 * (1.0 - step / steps) + 0.003
            made = premultiplied(sheet.decode(moved[0], bounded(moved[1])))
            shown = made[:, :3] + (1.0 - made[:, 3:]) * behind
            weight = counts * (0.15 + near)
            loss = (weight * (shown - colour).square()).mean() * 3.0 + (weight * (made[:, 3:] - own).square()).mean()
            held = [(new - old).square().mean() for new, old in zip(moved, first, strict=True)]
            gradients = torch.autograd.grad(loss * len(colour) + 0.004 * held[0] + 0.002 * held[1], moved)
            for each, gradient in zip(moved, gradients, strict=True):
                each.grad = gradient
            adam.step()
        return moved[0].detach(), bounded(moved[1].detach())
