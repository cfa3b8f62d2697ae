"""From a pose to strokes: forward kinematics of a whole figure over all frames in a few dozen tensor operations."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from models.world.figures.channels import INDEX
from models.world.figures.rig import Table
from models.world.performance import Track
from models.world.strokes import Strokes


@dataclass(frozen=True)
class _Frame:
    """Joints in the figure's own plane and on the screen, in standing heights. All (F, joints)."""

    x: torch.Tensor
    y: torch.Tensor
    angle: torch.Tensor


def drives(pose_FP: torch.Tensor, views: tuple[float, float]) -> torch.Tensor:
    """The pose extended by the drives that are not linear in it: (F, E), in the order of ``rig.DRIVES``."""
    body, head = views
    yaw = pose_FP[:, INDEX["yaw"]]
    turn = yaw + body * yaw.cos()
    face = yaw + pose_FP[:, INDEX["look"]] * yaw.cos()
    face = face + head * face.cos()
    angles = torch.stack([turn, face, pose_FP[:, INDEX["wing"]], pose_FP[:, INDEX["wing_tip"]]], -1)
    cos, sin = angles.cos(), angles.sin()
    wings = torch.stack([sin[:, 2], cos[:, 2], sin[:, 3], cos[:, 3]], -1) * pose_FP[:, INDEX["wing_open"], None]
    one = torch.ones_like(yaw)
    return torch.cat(
        [pose_FP, torch.stack([one, cos[:, 0] / math.cos(body), sin[:, 0], cos[:, 1], sin[:, 1]], -1), wings], -1
    )


def place_joints(table: Table, track: Track) -> torch.Tensor:
    """Every joint of a figure on the stage: (F, joints, 2), in the order of ``table.names``."""
    parts, turn = _split(table, track)
    frame, _ = _solve(table, parts, turn)
    return _on_stage(torch.stack([frame.x, frame.y], -1), track)


def strokes_of(table: Table, track: Track) -> Strokes:
    """The strokes of a figure that moves along ``track``, in stage coordinates."""
    parts, turn = _split(table, track)
    frame, thickness = _solve(table, parts, turn)
    points = _points(table, parts[2], frame, turn, thickness)
    f, k = points.shape[0], table.kind_K.shape[0]
    radii = parts[3].reshape(f, k, 2).clamp_min(0.0) * track.height[:, None, None]
    alpha, colour = parts[4].clamp(0.0, 1.0), parts[5].reshape(f, k, 3).clamp(0.0, 1.0)
    shapes = _on_stage(points, track)[:, table.corner_KC]
    back = turn[0] < 0
    if bool(back.any()):
        swap = table.swap_K
        shapes = torch.where(back[:, :, None, None], shapes[:, swap], shapes)
        radii = torch.where(back[:, :, None], radii[:, swap], radii)
        alpha = torch.where(back, alpha[:, swap], alpha)
        colour = torch.where(back[:, :, None], colour[:, swap], colour)
    shade, glow, soft, line = table.looks_4K.unbind(0)
    return Strokes(table.kind_K, shapes, radii, colour, alpha, shade, glow, soft * track.height.mean(), line)


def _split(table: Table, track: Track) -> tuple[tuple[torch.Tensor, ...], tuple[torch.Tensor, ...]]:
    drive_FE = drives(track.pose, table.views)
    parts = (drive_FE @ table.matrix_EN).split(table.widths, -1)
    first = track.pose.shape[1] + 1
    turn = tuple(drive_FE[:, first + i, None] for i in range(4))
    return parts, turn


def _solve(
    table: Table, parts: tuple[torch.Tensor, ...], turn: tuple[torch.Tensor, ...]
) -> tuple[_Frame, torch.Tensor]:
    cos, sin, head_cos, head_sin = turn
    f, j = parts[0].shape
    above = table.ancestors_JJ
    angle = parts[0] @ above
    parent = angle - parts[0]
    offset = parts[1].reshape(f, j, 3)
    ca, sa = parent.cos(), parent.sin()
    x = offset[..., 0] * ca - offset[..., 1] * sa
    y = offset[..., 0] * sa + offset[..., 1] * ca
    # A joint hangs on its parent's frame, so the head joint itself is placed by the body's turn.
    on_head = table.segment_head_J
    body = 1.0 - on_head
    stacked = torch.stack([x * body, x * on_head, offset[..., 2] * body, offset[..., 2] * on_head, y])
    xb, xh, zb, zh, y = (stacked @ above).unbind(0)
    screen = xb * cos - zb * sin + xh * head_cos - zh * head_sin
    # Zero in the resting view, so that widths are what they are said to be there.
    rest = math.sin(table.views[0])
    thickness = (sin.abs() - rest).clamp_min(0.0) * cos.sign()
    if not table.legs[0].numel():
        return _Frame(screen, y, angle), thickness
    knees = _bend_legs(table, parts[6], xb, y)
    depth = table.legs[4]
    legs_x = knees[0] * cos[..., None] - depth[:, None] * sin[..., None]
    return _Frame(
        torch.cat([screen, legs_x.flatten(1)], 1),
        torch.cat([y, knees[1].flatten(1)], 1),
        torch.cat([angle, knees[2].flatten(1)], 1),
    ), thickness


def _bend_legs(
    table: Table, feet: torch.Tensor, x: torch.Tensor, y: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Knee and foot of every leg: x, y, angle, each (F, L, 2). The foot is always where the pose puts it."""
    hip, upper, lower, bend, _ = table.legs
    target = feet.reshape(feet.shape[0], -1, 3)
    hip_x, hip_y = x[:, hip], y[:, hip]
    dx, dy = target[..., 0] - hip_x, target[..., 1] - hip_y
    distance = (dx * dx + dy * dy).sqrt().clamp_min(1e-4)
    along = ((upper * upper - lower * lower) / distance + distance) * 0.5
    stretched = distance * (upper / (upper + lower))
    along = torch.where(distance >= upper + lower, stretched, along)
    aside = (upper * upper - along * along).clamp_min(0.0).sqrt() * bend
    ux, uy = dx / distance, dy / distance
    knee_x, knee_y = hip_x + ux * along - uy * aside, hip_y + uy * along + ux * aside
    zero = torch.zeros_like(knee_x)
    return (
        torch.stack([knee_x, target[..., 0]], -1),
        torch.stack([knee_y, target[..., 1]], -1),
        torch.stack([zero, target[..., 2]], -1),
    )


def _points(
    table: Table, local: torch.Tensor, frame: _Frame, turn: tuple[torch.Tensor, ...], thickness: torch.Tensor
) -> torch.Tensor:
    """All stroke points on the screen, in standing heights: (F, U, 2)."""
    p = local.reshape(local.shape[0], -1, 3)
    at = table.point_joint_U
    angle = frame.angle[:, at] * table.point_turns_U
    ca, sa = angle.cos(), angle.sin()
    px = p[..., 0] * ca - p[..., 1] * sa
    py = p[..., 0] * sa + p[..., 1] * ca
    cos, sin, head_cos, head_sin = turn
    c = cos + table.point_head_U * (head_cos - cos)
    s = sin + table.point_head_U * (head_sin - sin)
    sx = frame.x[:, at] + px * c - p[..., 2] * s + table.point_thick_U * thickness
    return torch.stack([sx, frame.y[:, at] + py], -1)


def _on_stage(p_FN2: torch.Tensor, track: Track) -> torch.Tensor:
    stretch = track.pose[:, INDEX["squash"], None]
    x, y = p_FN2[..., 0] * (1.0 - 0.5 * stretch), p_FN2[..., 1] * (1.0 + stretch)
    c, s = track.lean.cos()[:, None] * track.height[:, None], track.lean.sin()[:, None] * track.height[:, None]
    return torch.stack([track.x[:, None] + x * c - y * s, track.y[:, None] + x * s + y * c], -1)
