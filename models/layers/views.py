"""Other views of layers than a whole clip: a sheet alone, and a clip piece by piece so that memory stays small."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch

from models.codec import Canvas
from models.conditions import Segment
from models.layers.codec import LayersCodec
from models.layers.decoded import Decoded
from models.layers.kept import Cutouts, Kept
from models.layers.motion import resampled
from models.layers.parts import ARTICULATION, CAMERA, POSE, SPRITE
from models.layers.places import by_role
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
    codec: LayersCodec, parts: Sequence[Segment], canvas: Canvas, height: int, width: int, fps: float,
    kept: Kept | None = None,
) -> Iterator[torch.Tensor]:  # fmt: skip
    """The frames of :meth:`LayersCodec.decode` in order, uint8 (n, height, width, 3); with the pixels of the picture
    that the clip begins with, if it is given."""
    plate, look, sheets, _, _ = by_role(parts)
    rows_KFR, path_F9 = codec.rows(parts, canvas)
    frames = max(1, round(canvas.frames / canvas.fps * fps))
    screen = Screen(codec, plate, look, sheets, canvas, height, width)
    if kept is not None:
        screen.keep(kept, rows_KFR[:, 0], path_F9[0])
    moved_KFR = [resampled(row_FR, canvas.fps, fps, frames) for row_FR in rows_KFR]
    yield from screen.frames(moved_KFR, resampled(path_F9, canvas.fps, fps, frames), 0, fps)


class Screen:
    """Clips of layers at one size: what does not move is decoded once, figures some frames at a time.

    Attributes:
        rows_K: rows of pixels of the largest figure so far, by subject: no figure becomes less sharp again.
        cutouts: of the picture that the clip begins with, if its pixels are kept.
    """

    def __init__(
        self, codec: LayersCodec, plate: Segment, look: Segment, sheets: Sequence[Segment], canvas: Canvas, height: int,
        width: int,
    ) -> None:  # fmt: skip
        self.codec, self.sheets, self.height, self.width = codec, tuple(sheets), height, width
        light = codec.network.look.undo(codec.ungraded(look).clean_LC[0].float()).clamp(0, 1)
        none = torch.zeros(0, 0, len(POSE))
        still = Decoded(*codec.backdrop(plate, canvas), (), none, torch.zeros(0, len(CAMERA)), light)
        self.still = still.finer_plate(codec.crisp, height)
        self.rows_K = [0.0] * len(self.sheets)
        self.cutouts: Cutouts | None = None

    @torch.inference_mode()
    def keep(self, kept: Kept, rows_KR: torch.Tensor, camera_9: torch.Tensor) -> None:
        """Show the pixels of a picture that a frame with these rows is."""
        made = [
            self.codec.sprites(sheet, row[None, len(POSE) :]) for sheet, row in zip(self.sheets, rows_KR, strict=True)
        ]
        sprites = torch.cat(made) if made else torch.zeros(0, 4, SPRITE, SPRITE)
        self.cutouts = Cutouts(kept, rows_KR[:, : len(POSE)], camera_9, sprites, self.height, self.width)
        plate, density = self.cutouts.plate(self.still.plate_4HW, self.still.corner, self.still.density)
        self.still = replace(self.still, plate_4HW=plate, density=density)

    @torch.inference_mode()
    def frames(
        self, rows_KFR: Sequence[torch.Tensor], path_F9: torch.Tensor, start: int, fps: float,
        first_9: torch.Tensor | None = None,
    ) -> Iterator[torch.Tensor]:  # fmt: skip
        """Frames of these rows in order, uint8 (n, height, width, 3).

        Args:
            start: number of the first of them since it began to rain or snow, at ``fps``.
            first_9: the film's first row of the camera, from which what falls is seen; the path's if None.
        """
        origin_19 = (path_F9[0] if first_9 is None else first_9)[None]
        poses_KFP = (
            torch.stack([row[:, : len(POSE)] for row in rows_KFR]) if len(rows_KFR) else self._nobody(len(path_F9))
        )
        if self.cutouts is not None:
            poses_KFP = self.cutouts.posed(poses_KFP)
        whole = replace(self.still, poses_KFP=poses_KFP, camera_FC=path_F9)
        self.rows_K = [max(pair) for pair in zip(self.rows_K, whole.rows(self.height), strict=True)]
        step = max(1, PIECE_PIXELS // (self.height * self.width))
        for at in range(0, len(path_F9), step):
            own = slice(at, min(at + step, len(path_F9)))
            # Each piece is composed with the film's first frame before it, in which nobody is.
            count = own.stop - own.start
            sprites = [
                torch.cat([torch.zeros(1, 4, SPRITE, SPRITE), self.codec.sprites(sheet, row[own, len(POSE) :])])
                for sheet, row in zip(self.sheets, rows_KFR, strict=True)
            ]
            shown = replace(
                whole, sprites_KF4SS=sprites, camera_FC=torch.cat([origin_19, path_F9[own]]),
                poses_KFP=torch.cat([poses_KFP[:, own][:, :1], poses_KFP[:, own]], 1),
            )  # fmt: skip
            time_F = torch.cat([torch.zeros(1), torch.arange(start + own.start, start + own.stop) / fps])
            made = self._dressed(shown.finer_sprites(self.codec.crisp, self.rows_K))
            yield made.composed(self.height, self.width, time_F)[-count:]

    def _dressed(self, shown: Decoded) -> Decoded:
        """With what the kept picture shows of the figures."""
        if self.cutouts is None:
            return shown
        worn = []
        for k, (sprites, base, rows) in enumerate(
            zip(shown.sprites_KF4SS, self.cutouts.bare, self.rows_K, strict=True)
        ):
            finer = base[None] if self.codec.crisp is None else self.codec.crisp.sprites(base[None], rows)
            worn.append(self.cutouts.worn(k, sprites, finer[0]))
        return replace(shown, sprites_KF4SS=worn)

    @staticmethod
    def _nobody(frames: int) -> torch.Tensor:
        return torch.zeros(0, frames, len(POSE))
