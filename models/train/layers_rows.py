"""The parts of the layers codec that are fitted in closed form, and what they lose."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from models.layers.codec import LayersNetwork
from models.layers.motion import camera_weights, pose_weights
from models.layers.parts import DENSITY, POSE, Layers

_SEEN = 1.2
"""Frame heights from the middle within which a place counts: what lies farther off is not seen."""


@torch.inference_mode()
def pose_rows(net: LayersNetwork, clips: Sequence[Layers]) -> list[torch.Tensor]:
    """Rows of pose and code of every subject of every clip, (F, 11 + code) each."""
    made = []
    for clip in clips:
        for sheet, pose, limbs in zip(clip.sheets, clip.poses, clip.articulation, strict=True):
            token = net.sheet.encode(sheet[None].float() / 255.0)
            made.append(torch.cat([pose, net.sheet.code(limbs, token.expand(len(limbs), -1, -1))], 1))
    return made


def fit_rows(net: LayersNetwork, clips: Sequence[Layers]) -> None:
    """Fit pose, camera and look to clips; the sheet codec is trained by then."""
    net.pose.fit(pose_rows(net, clips), pose_weights(net.sheet.params.code))
    net.camera.fit([clip.camera for clip in clips], camera_weights())
    look = torch.stack([clip.look for clip in clips])
    net.look.mean_C.copy_(look.mean(0))
    deviation = look.std(0)
    net.look.deviation_C.copy_(torch.where(deviation > 1e-4, deviation, torch.ones_like(deviation)))


@torch.inference_mode()
def row_errors(net: LayersNetwork, clips: Sequence[Layers]) -> dict[str, float]:
    """What rows lose, in pixels at 64 a frame height: root mean square, and ``_99``, what 99 of 100 rows stay below."""
    rows = torch.cat(pose_rows(net, clips))
    made = torch.cat([net.pose.decode(net.pose.encode(each)) for each in pose_rows(net, clips)])
    near = (rows[:, :2].abs().amax(1) < _SEEN) & torch.isfinite(rows).all(1)
    rows, made = rows[near], made[near]
    away = (made[:, :2] - rows[:, :2]).norm(dim=1) * DENSITY
    side = (made[:, 2].exp() - rows[:, 2].exp()).abs() * DENSITY
    code = (made[:, len(POSE) :] - rows[:, len(POSE) :]).square().mean()
    turned = ((made[:, 5] < 0) != (rows[:, 5] < 0)).float().mean()
    camera = torch.cat([clip.camera for clip in clips])
    path = torch.cat([net.camera.decode(net.camera.encode(clip.camera)) for clip in clips])
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
    plates = torch.cat(
        [net.plate.encode(clip.plate[None].float() / 255.0).flatten(2)[0].mT for clip in clips]
    )  # fmt: skip
    sheets = torch.cat([net.sheet.encode(clip.sheets.float() / 255.0) for clip in clips if len(clip.sheets)])
    poses = torch.cat([net.pose.encode(rows) for rows in pose_rows(net, clips)])
    of = {"plate": plates, "sheet": sheets.flatten(0, 1), "pose": poses}
    return {name: [round(float(each), 2) for each in value.std(0).aminmax()] for name, value in of.items()}


def _rms(values: torch.Tensor) -> float:
    return round(float(values.square().mean().sqrt()), 3)


def _most(values: torch.Tensor) -> float:
    return round(float(values.quantile(0.99)), 3)
