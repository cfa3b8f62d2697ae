"""Other views of layers than a whole clip: a sheet alone, and a clip piece by piece so that memory stays small."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch

from models.codec import Canvas
from models.conditions import Segment
from models.layers.codec import LayersCodec
from models.layers.parts import ARTICULATION, CAMERA
from models.layers.sheet import premultiplied

PIECE_PIXELS = 24_000_000
"""Pixels of the frames that are composed at once."""


def standing() -> torch.Tensor:
    """The articulation of a figure that stands and faces right, (ARTICULATION,): cosines of its turns are 1."""
    row = torch.zeros(ARTICULATION)
    row[1] = row[3] = 1.0
    return row


def blank_sheet(codec: LayersCodec) -> Segment:
    """The place of the first subject's sheet."""
    parts = codec.blank(Canvas(1), 1, torch.zeros(1, len(CAMERA)))
    return next(part for part in parts if part.role == "sheet")


@torch.inference_mode()
def sheet_picture(codec: LayersCodec, sheet: Segment) -> torch.Tensor:
    """A sheet as the codec sees it standing, premultiplied RGBA (4, SPRITE, SPRITE), 0 to 1."""
    net, token_1NC = codec.network.sheet, codec.ungraded(sheet).clean_LC[None].float()
    return premultiplied(net.decode(token_1NC, net.code(standing()[None], token_1NC)))[0].clone()


def pieces(
    codec: LayersCodec, parts: Sequence[Segment], canvas: Canvas, height: int, width: int, fps: float
) -> Iterator[torch.Tensor]:
    """The frames of :meth:`LayersCodec.decode` in order, uint8 (n, height, width, 3)."""
    layers = codec.layers(parts, canvas, fps).finer_plate(codec.crisp, height)
    # By the largest of the whole clip, so that no figure changes its sharpness from piece to piece.
    rows_K = layers.rows(height)
    step = max(1, PIECE_PIXELS // (height * width))
    # What falls is seen from where the camera began, so each piece is composed with the first frame before it.
    for start in range(0, len(layers.camera_FC), step):
        own = torch.arange(start, min(start + step, len(layers.camera_FC)))
        shown = own if start == 0 else torch.cat([torch.zeros(1, dtype=torch.long), own])
        finer = layers.at(shown).finer_sprites(codec.crisp, rows_K)
        frames = finer.composed(height, width, shown / fps)
        yield frames[len(shown) - len(own) :]
