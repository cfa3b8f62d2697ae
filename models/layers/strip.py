"""A clip of layers while it grows: rows of its frames and tokens of what does not move, told from its first frame."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch

from models.codec import Canvas
from models.conditions import Segment, segment
from models.layers.codec import LayersCodec
from models.layers.motion import resampled
from models.layers.parts import CAMERA, CELL
from models.layers.places import FIRST_SLOT, POSE_ROW, SLOT_ROWS, by_role, corner_of, moving, plate_positions
from models.layers.rebase import Plate, covering, grown, path_from, path_onto, plate_from, poses_from, window_of
from models.layers.window import Window, window
from models.shapes import TIME_STRIDE
from models.sound.tokens import AUDIO, sound_part

FAR = 1_000_000
"""More cells than any path needs."""
FADE = 12
"""Frames over which rows that go on leave those before them."""


@dataclass(frozen=True)
class Strip:
    """A clip as far as it is made.

    Attributes:
        canvas: size and rate; its frames are those that are made.
        plate, look, sheets: tokens.
        picture: the plate, decoded.
        rows_KFR: pose and code of each subject, without jumps.
        path_F9: the camera's, which may go on beyond what is made.
        sound_TC: tokens, one a frame; None where it is silent.
        left_L: 1 for the cells of the plate that are still to be made, (L,); None if there are none.
        unseen: subjects that come in after what is made: their sheets and rows say nothing yet.
        fallen_s: for how long rain or snow has fallen when it begins.
        origin_9: the row of the camera that what falls is seen from; its first one if None.
    """

    canvas: Canvas
    plate: Segment
    picture: Plate
    look: Segment
    sheets: tuple[Segment, ...]
    rows_KFR: torch.Tensor
    path_F9: torch.Tensor
    sound_TC: torch.Tensor | None = None
    left_L: torch.Tensor | None = None
    unseen: frozenset[int] = frozenset()
    fallen_s: float = 0.0
    origin_9: torch.Tensor | None = None

    @property
    def frames(self) -> int:
        """How many are made."""
        return self.canvas.frames

    @property
    def origin(self) -> torch.Tensor:
        """The row of the camera that what falls is seen from."""
        return self.path_F9[0] if self.origin_9 is None else self.origin_9

    def upto(self, frames: int) -> Strip:
        """Its first frames; the path goes on."""
        sound_TC = None if self.sound_TC is None else self.sound_TC[:frames]
        canvas = replace(self.canvas, frames=frames)
        return replace(self, canvas=canvas, rows_KFR=self.rows_KFR[:, :frames], sound_TC=sound_TC)

    def since(self, frame: int) -> Strip:
        """Without the frames before one, which is now the first; it must be what the strip is told from."""
        sound_TC = None if self.sound_TC is None else self.sound_TC[frame:]
        canvas = replace(self.canvas, frames=self.frames - frame)
        return replace(
            self, canvas=canvas, rows_KFR=self.rows_KFR[:, frame:], path_F9=self.path_F9[frame:], sound_TC=sound_TC
        )  # fmt: skip


@torch.no_grad()
def strip_of(codec: LayersCodec, parts: tuple[Segment, ...], canvas: Canvas) -> Strip:
    """What was made, camera included, in rows."""
    plate, look, sheets, _, _ = by_role(parts)
    rows_KFR, path_F9 = codec.rows(parts, canvas)
    heard = [part.clean_LC for part in parts if part.role == AUDIO]
    sound_TC = heard[0] if heard else None
    return Strip(canvas, plate, decoded(codec, plate, canvas), look, tuple(sheets), rows_KFR, path_F9, sound_TC)


@torch.no_grad()
def parts_of(codec: LayersCodec, strip: Strip) -> tuple[Segment, ...]:
    """The camera and the parts of a strip as a clip has them, all of them given."""
    camera = codec.camera(strip.path_F9[: strip.frames], strip.canvas)
    parts = [strip.plate, *strip.sheets, strip.look, *posed(codec, strip.rows_KFR, strip.canvas)]
    if strip.sound_TC is not None:
        parts.append(sound_part(strip.sound_TC, strip.canvas))
    return (camera, *(part.masked(0.0) for part in parts))


def posed(codec: LayersCodec, rows_KFR: torch.Tensor, canvas: Canvas) -> list[Segment]:
    """Rows as the tokens of each subject's poses."""
    latents = [codec.network.pose.encode(row_FR) for row_FR in rows_KFR]
    return [
        codec.graded(moving("pose", latent_TC, FIRST_SLOT + SLOT_ROWS * slot + POSE_ROW, canvas))
        for slot, latent_TC in enumerate(latents)
    ]


def decoded(codec: LayersCodec, plate: Segment, canvas: Canvas) -> Plate:
    """A plate in pixels."""
    return Plate(*codec.backdrop(plate, canvas))


def cells_of(plate: Segment, canvas: Canvas) -> Window:
    """Where a plate's cells lie."""
    (top, left), rows = corner_of(plate.position_L3, canvas)
    return Window(-top // CELL, -left // CELL, rows, len(plate) // rows)


def found_in(plate: Segment, position_L3: torch.Tensor) -> torch.Tensor:
    """Which cell of a plate lies at each position, (L,) long; -1 where none does."""
    own = {(row, column): n for n, (_, row, column) in enumerate(plate.position_L3.tolist())}
    return torch.tensor([own.get((row, column), -1) for _, row, column in position_L3.tolist()])


@torch.no_grad()
def seen_plate(
    codec: LayersCodec, strip: Strip, blank: Segment, row_9: torch.Tensor, path_F9: torch.Tensor
) -> tuple[Segment, torch.Tensor]:  # fmt: skip
    """The cells of ``blank`` as the frame with this row sees them, and which of them are to be made, (L,) 0 or 1.

    Always looked at in the strip's own plate, so that nothing is encoded twice; cells that the first frame's view has
    in common with it keep their tokens. Where the path, told like the strip, sees nothing beyond its plate, nothing is
    made: what is left of cells at its border only repeats it.
    """
    if not bool(row_9[: len(CAMERA) - 3].any()):
        index_L = found_in(strip.plate, blank.position_L3)
        left_L = (index_L < 0).float()
        if strip.left_L is not None:
            left_L = torch.maximum(left_L, strip.left_L[index_L.clamp_min(0)])
        return blank.filled(strip.plate.clean_LC[index_L.clamp_min(0)]), left_L
    seen_4HW, known_L = plate_from(strip.picture, row_9, cells_of(blank, strip.canvas), strip.canvas)
    enough = within(window(path_F9, strip.canvas, (FAR, FAR)), window_of(strip.picture))
    return codec.plate_tokens(seen_4HW, blank), torch.zeros(len(blank)) if enough else (~known_L).float()


def within(cells: Window, others: Window) -> bool:
    """Do cells lie among others?"""
    return (
        cells.top >= others.top and cells.left >= others.left
        and cells.top + cells.rows <= others.top + others.rows
        and cells.left + cells.columns <= others.left + others.columns
    )  # fmt: skip


@torch.no_grad()
def with_plate(codec: LayersCodec, strip: Strip, seen: Segment, row_9: torch.Tensor, anew: bool = False) -> Strip:
    """The strip with the cells that only ``seen`` shows, a plate told from ``row_9``; all others keep their tokens.

    ``anew``: what both show is taken from ``seen``.
    """
    canvas = strip.canvas
    picture = decoded(codec, seen, canvas)
    wider = covering(strip.picture, cells_of(seen, canvas), row_9, canvas)
    if wider == window_of(strip.picture) and not anew:
        return strip
    whole = grown(strip.picture, picture, row_9, wider, canvas, anew)
    position_L3 = plate_positions(wider, canvas)
    plate = codec.plate_tokens(whole.picture_4HW, segment("plate", position_L3, position_L3))
    if not anew:
        index_L = found_in(strip.plate, position_L3)
        latent_LC = plate.clean_LC.clone()
        latent_LC[index_L >= 0] = strip.plate.clean_LC[index_L[index_L >= 0]]
        plate = plate.filled(latent_LC)
    return replace(strip, plate=plate, picture=decoded(codec, plate, canvas))


def told_from(codec: LayersCodec, strip: Strip, frame: int, path_F9: torch.Tensor) -> Strip:
    """The strip told from one of its frames, as far as that frame, with a plate as wide as a new path needs.

    The path (F, 9) is told from that frame; ``left_L`` of the result says which cells of the plate are not there yet.
    """
    row_9 = viewpoint(strip.path_F9[frame])
    canvas = replace(strip.canvas, frames=frame + 1)
    blank = codec.blank(canvas, 0, path_F9)[0]
    plate, left_L = seen_plate(codec, strip, blank, row_9, path_onto(path_F9, row_9))
    told_F9 = path_from(strip.path_F9[: frame + 1], row_9)
    return replace(
        strip.upto(frame + 1), plate=plate, picture=decoded(codec, plate, canvas),
        left_L=left_L if bool(left_L.any()) else None,
        path_F9=torch.cat([told_F9, path_F9[1:]]), origin_9=path_from(strip.origin[None], row_9)[0],
        rows_KFR=poses_from(strip.rows_KFR[:, : frame + 1], row_9),
    )  # fmt: skip


def ended(strip: Strip, at_s: float, most: int) -> Strip:
    """The last frames of a strip up to a moment, at most ``most`` of them and 1 + 4k, told as before.

    Raises:
        ValueError: the moment is not in it.
    """
    fps, last = strip.canvas.fps, at_s * strip.canvas.fps
    if not 0 <= last < strip.frames + 1:
        raise ValueError(f"{at_s:.2f} s is not within a clip of {strip.frames / fps:.2f} s")
    frames = min(most, 1 + TIME_STRIDE * math.floor(last / TIME_STRIDE))
    at_F = (last - torch.arange(frames - 1, -1, -1)).clamp(0, strip.frames - 1)
    low_F = at_F.floor().long()
    high_F, share_F1 = (low_F + 1).clamp(max=strip.frames - 1), (at_F - low_F)[:, None]
    between = [row[low_F] * (1 - share_F1) + row[high_F] * share_F1 for row in (*strip.rows_KFR, strip.path_F9)]
    rows_KFR = torch.stack(between[:-1]) if len(between) > 1 else strip.rows_KFR[:, :frames]
    sound_TC = None if strip.sound_TC is None else strip.sound_TC[at_F.round().long()]
    canvas = replace(strip.canvas, frames=frames)
    return replace(strip, canvas=canvas, rows_KFR=rows_KFR, path_F9=between[-1], sound_TC=sound_TC)


def viewpoint(row_9: torch.Tensor) -> torch.Tensor:
    """A row of the camera without its roll, blur and flash: what a clip is told from."""
    return torch.cat([row_9[:6], torch.zeros(3)])


def stretched(row_FR: torch.Tensor, frames: int) -> torch.Tensor:
    """Rows spread evenly over so many frames, (frames, R)."""
    return (
        resampled(row_FR, len(row_FR) - 1, max(1, frames - 1), frames) if len(row_FR) > 1 else row_FR.expand(frames, -1)
    )


def held_on(row_FR: torch.Tensor, frames: int) -> torch.Tensor:
    """Rows for so many frames: cut, or the last one holds."""
    return torch.cat([row_FR[:frames], row_FR[-1:].expand(max(0, frames - len(row_FR)), -1)])


def joined(row_FR: torch.Tensor, made_FR: torch.Tensor, known: int) -> torch.Tensor:
    """Rows that go on as ``made`` does, whose first ``known`` frames are the last of ``row``: without a jump."""
    off_R = row_FR[-1] - made_FR[known - 1]
    step_F = torch.arange(1, len(made_FR) - known + 1)
    fade_F1 = (0.5 + 0.5 * torch.cos(torch.pi * (step_F / FADE).clamp(max=1.0)))[:, None]
    return torch.cat([row_FR, made_FR[known:] + fade_F1 * off_R])
