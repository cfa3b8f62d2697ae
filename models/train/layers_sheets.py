"""Sheets of pictures by which a person sees how far the layers codec is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from models.layers.sheet import premultiplied
from models.train.layers_data import Data, chosen_of
from models.train.layers_run import Nets
from models.world.sheet import tiled, write_png

FIGURES = 96
PLATES = 24


@torch.inference_mode()
def write_sheets(nets: Nets, data: Data, folder: Path) -> None:
    """``figures.png``: standing, decoded, then a pose and its decoding, twice a row; ``plates.png``: plate, decoded."""
    write_png(folder / "figures.png", tiled(_figures(nets, data), 16))
    write_png(folder / "plates.png", tiled(_plates(nets, data), 8))


def _figures(nets: Nets, data: Data) -> list[np.ndarray]:
    every = max(1, len(data.held_figures.sheets) // FIGURES)
    chosen = chosen_of(data.held_figures, slice(None, every * FIGURES, every))
    sheets, posed = (part.float() / 255.0 for part in (chosen.sheets, chosen.posed))
    tokens = nets.sheet.encode(sheets)
    stood, acted = (
        premultiplied(nets.sheet.decode(tokens, nets.sheet.code(limbs, tokens)))
        for limbs in (chosen.standing, chosen.articulation)
    )
    ground = torch.linspace(0.15, 0.85, len(sheets), device=sheets.device)[:, None, None, None]
    shown = [_pixels(each[:, :3] + (1 - each[:, 3:]) * ground) for each in (sheets, stood, posed, acted)]
    return [pictures[i] for i in range(len(sheets)) for pictures in shown]


def _plates(nets: Nets, data: Data) -> list[np.ndarray]:
    device, tiles = nets.sheet.place.device, []
    for clip in [clip for clip in data.held_clips if clip.plate.shape[1] >= 64 and clip.plate.shape[2] >= 112][:PLATES]:
        plate = clip.plate[None, :, :64, :112].to(device).float() / 255.0
        made = nets.plate.decode(nets.plate.encode(plate))
        tiles += [_pixels(plate[:, :3])[0], _pixels(made[:, :3])[0]]
    return tiles


def _pixels(picture_B3HW: torch.Tensor) -> np.ndarray:
    return (picture_B3HW.clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1).cpu().numpy()
