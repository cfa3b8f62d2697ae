"""The parts of the layers codec that are fitted in closed form, and what they lose."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from models.layers.codec import LayersNetwork
from models.layers.motion import camera_weights, pose_weights
from models.layers.parts import DENSITY, POSE, Layers

AT_ONCE = 4096
"""Rows whose codes are read together."""
_SEEN = 1.2
"""Frame heights from the middle within which a place counts: what lies farther off is not seen."""


@torch.inference_mode()
def pose_rows(net: LayersNetwork, clips: Sequence[Layers]) -> list[torch.Tensor]:
    """Rows of pose and code of every subject of every clip, (F, 11 + code) each, where the network is."""
    device = device_of(net)
    poses = [pose for clip in clips for pose in clip.poses]
    if not poses:
        return []
    lengths = [len(pose) for pose in poses]
    token_KNC = sheet_tokens(net, clips)
    limbs_RA = torch.cat([clip.articulation.flatten(0, 1) for clip in clips]).to(device)
    owner_R = torch.arange(len(poses)).repeat_interleave(torch.tensor(lengths)).to(device)
    code = [
        net.sheet.code(limbs, token_KNC[owner])
        for limbs, owner in zip(limbs_RA.split(AT_ONCE), owner_R.split(AT_ONCE), strict=True)
    ]
    return list(torch.cat([torch.cat(poses).to(device), torch.cat(code)], 1).split(lengths))


@torch.inference_mode()
def sheet_tokens(net: LayersNetwork, clips: Sequence[Layers]) -> torch.Tensor:
    """Tokens of every subject of every clip, (K, 16, C), where the network is."""
    sheets = torch.cat([clip.sheets for clip in clips]).split(AT_ONCE // 16)
    return torch.cat([net.sheet.encode(part.to(device_of(net)).float() / 255.0) for part in sheets])


def device_of(net: LayersNetwork) -> torch.device:
    """Where a network is."""
    return net.look.mean_C.device


def fit_rows(net: LayersNetwork, clips: Sequence[Layers]) -> None:
    """Fit pose, camera and look to clips; the sheet codec is trained by then."""
    device = device_of(net)
    net.pose.fit(pose_rows(net, clips), pose_weights(net.sheet.params.code).to(device))
    net.camera.fit(cameras(net, clips), camera_weights().to(device))
    look = torch.stack([clip.look for clip in clips])
    net.look.mean_C.copy_(look.mean(0))
    deviation = look.std(0)
    net.look.deviation_C.copy_(torch.where(deviation > 1e-4, deviation, torch.ones_like(deviation)))


def cameras(net: LayersNetwork, clips: Sequence[Layers]) -> list[torch.Tensor]:
    """The paths of clips, where the network is."""
    paths = [clip.camera for clip in clips]
    return list(torch.cat(paths).to(device_of(net)).split([len(path) for path in paths]))


@torch.inference_mode()
def row_errors(net: LayersNetwork, clips: Sequence[Layers]) -> dict[str, float]:
    """What rows lose, in pixels at 64 a frame height: root mean square, and ``_99``, what 99 of 100 rows stay below."""
    posed, paths = pose_rows(net, clips), cameras(net, clips)
    rows = torch.cat(posed)
    made = torch.cat([net.pose.decode(net.pose.encode(each)) for each in posed])
    near = (rows[:, :2].abs().amax(1) < _SEEN) & torch.isfinite(rows).all(1)
    rows, made = rows[near], made[near]
    away = (made[:, :2] - rows[:, :2]).norm(dim=1) * DENSITY
    side = (made[:, 2].exp() - rows[:, 2].exp()).abs() * DENSITY
    code = (made[:, len(POSE) :] - rows[:, len(POSE) :]).square().mean()
    turned = ((made[:, 5] < 0) != (rows[:, 5] < 0)).float().mean()
    camera = torch.cat(paths)
    path = torch.cat([net.camera.decode(net.camera.encode(each)) for each in paths])
    shift = (path - camera)[:, [0, 1, 3, 4]].abs().amax(1) * DENSITY
    scale = (path - camera)[:, [2, 5, 6]].abs().amax(1) * 0.9 * DENSITY
    return {
        "place_px": _rms(away), "place_px_99": _most(away), "side_px": _rms(side), "side_px_99": _most(side),
        "code": round(float(code.sqrt()), 4), "facing_wrong": round(float(turned), 5),
        "camera_px": _rms(shift), "camera_px_99": _most(shift), "camera_edge_px_99": _most(scale),
    }  # fmt: skip


@torch.inference_mode()
def latent_scale(net: LayersNetwork, clips: Sequence[Layers]) -> dict[str, list[float]]:
    """Least and largest deviation of a channel of every kind of token, over clips."""
    shown = [clip.plate[None].to(device_of(net)).float() / 255.0 for clip in clips]
    plates = torch.cat([net.plate.encode(plate).flatten(2)[0].mT for plate in shown])
    poses = torch.cat([net.pose.encode(rows) for rows in pose_rows(net, clips)])
    of = {"plate": plates, "sheet": sheet_tokens(net, clips).flatten(0, 1), "pose": poses}
    return {name: [round(float(each), 2) for each in value.std(0).aminmax()] for name, value in of.items()}


def _rms(values: torch.Tensor) -> float:
    return round(float(values.square().mean().sqrt()), 3)


def _most(values: torch.Tensor) -> float:
    return round(float(values.quantile(0.99)), 3)
