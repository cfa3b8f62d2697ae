"""How well plain pictures come back from layers: encoded, decoded, and compared with what they were."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import torch

from models.codec import Canvas
from models.layers.codec import LayersCodec
from models.layers.parts import DENSITY
from models.layers.plain import PlainLayers, TakenApart
from models.layers.plain_nets import filled
from models.train.layers_losses import decibel
from models.train.plain_losses import LEAST_AREA
from models.train.plain_rendered import FINER, WIDTH, Rows
from models.world.sheet import tiled, write_png

CANVAS = Canvas(1, DENSITY, WIDTH)


def again(
    plain: PlainLayers, codec: LayersCodec, picture_3HW: torch.Tensor, subjects: int, finer: int = 1
) -> tuple[TakenApart, torch.Tensor]:
    """A picture taken apart, and decoded from its tokens: (64·finer, 112·finer, 3) uint8."""
    apart = plain.taken_apart(codec, picture_3HW, subjects)
    parts = plain.tokens(codec, apart, CANVAS)
    return apart, codec.decode(parts, CANVAS, finer * DENSITY, finer * WIDTH, 12.0)[0]


def quality(plain: PlainLayers, codec: LayersCodec, rows: Rows, most: int = 1000) -> dict[str, float]:
    """Of rendered pictures whose number of subjects is told.

    Returns:
        ``db`` against the picture over all of it, ``inside_db`` where subjects are, ``left_out_db`` there if subjects
        were just painted out; ``plate_db`` against the true background and ``plate_hidden_db`` where subjects hide it;
        ``cover_iou``; ``box`` and ``side``, errors of the box's middle in its sides and of the logarithm of its side,
        and ``box_median``; ``missed``, share of subjects whose box is more than half a side away; ``facing_wrong``,
        of those that were found and are turned to a side.
    """
    sums: dict[str, list[float]] = {}
    for n in range(min(most, len(rows["count"]))):
        for name, value in _of_picture(plain, codec, {key: value[n] for key, value in rows.items()}).items():
            sums.setdefault(name, []).extend(value)
    mean = {name: sum(values) / max(1, len(values)) for name, values in sums.items()}
    made = {name: round(decibel(value), 2) if name.endswith("db") else round(value, 4) for name, value in mean.items()}
    made["box_median"] = round(float(torch.tensor(sums["box"]).median()), 4)
    return made


def _of_picture(plain: PlainLayers, codec: LayersCodec, row: Rows) -> dict[str, list[float]]:
    count = int(row["count"])
    picture = row["picture"]
    small = torch.nn.functional.avg_pool2d(picture, FINER)
    apart, frame = again(plain, codec, picture, count)
    made = frame.permute(2, 0, 1).float() / 255.0
    cover = row["masks"].sum(0).clamp(0, 1)
    inside = cover > 0.5
    error = (made - small).square().mean(0)
    behind = (apart.plate_4HW[:3, :DENSITY, :WIDTH] - row["plate"][:3]).square().mean(0)
    rubbed = (filled(small[None], 1.0 - cover[None])[0] - small).square().mean(0)
    guess = apart.cover_KHW.sum(0) > 0.5
    out = {
        "db": [float(error.mean())], "plate_db": [float(behind.mean())], "inside_db": error[inside].tolist(),
        "left_out_db": rubbed[inside].tolist(), "plate_hidden_db": behind[inside].tolist(),
    }  # fmt: skip
    if bool(inside.any()):
        out["cover_iou"] = [float((guess & inside).sum() / (guess | inside).sum().clamp_min(1))]
    seen = [k for k in range(count) if float(row["masks"][k].sum()) > LEAST_AREA]
    if seen:
        out |= _boxes(apart.pose_KP, row["poses"][seen])
    return out


def _boxes(made_KP: torch.Tensor, true_JP: torch.Tensor) -> dict[str, list[float]]:
    """Errors of boxes, matched so that the middles are nearest."""
    side = true_JP[:, 2].exp()
    far_JK = (true_JP[:, None, :2] - made_KP[None, :, :2]).norm(dim=-1) / side[:, None]
    orders = itertools.permutations(range(len(made_KP)), len(true_JP))
    best = min(orders, key=lambda order: sum(float(far_JK[j, k]) for j, k in enumerate(order)))
    far = [float(far_JK[j, k]) for j, k in enumerate(best)]
    sides = [abs(float(true_JP[j, 2] - made_KP[k, 2])) for j, k in enumerate(best)]
    turned = [
        float(true_JP[j, 5] * made_KP[k, 5] < 0)
        for j, k in enumerate(best)
        if far[j] < 0.5 and abs(float(true_JP[j, 5])) > 0.4
    ]
    return {"box": far, "side": sides, "missed": [float(each > 0.5) for each in far], "facing_wrong": turned}


def write_looks(plain: PlainLayers, codec: LayersCodec, rows: Rows, path: Path, most: int = 20) -> None:
    """Picture, decoded, background, true background; two pictures a row."""
    tiles = []
    for n in range(min(most, len(rows["count"]))):
        picture, count = rows["picture"][n], int(rows["count"][n])
        apart, frame = again(plain, codec, picture, count, FINER)
        behind = apart.plate_4HW[:3, :DENSITY, :WIDTH]
        wide = [_pixels(_twice(each)) for each in (behind, rows["plate"][n][:3])]
        tiles += [_pixels(picture), frame.numpy(), *wide]
    write_png(path, tiled(tiles, 8))


def _twice(picture_3HW: torch.Tensor) -> torch.Tensor:
    return picture_3HW.repeat_interleave(FINER, -1).repeat_interleave(FINER, -2)


def _pixels(picture_3HW: torch.Tensor) -> np.ndarray:
    return (picture_3HW.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()
