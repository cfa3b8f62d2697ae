"""The layers codec: clips taken apart as tokens, and tokens as pictures.

A clip is a plate (one token a cell), one sheet of 16 tokens and one pose token a latent frame for each subject, one
token of look, and the camera's path, which is given. Subjects lie in slots below the plate in the order of the
caption, so that place alone says which pose belongs to which sheet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import torch
from einops import rearrange
from torch import nn

from models import checkpoint
from models.checkpoint import Card
from models.codec import Canvas
from models.conditions import Segment, segment
from models.flow import Normaliser
from models.layers.decoded import Decoded, Enlarger, digest
from models.layers.kept import Kept
from models.layers.motion import RowsCodec, resampled
from models.layers.parts import CAMERA, CELL, LOOK, POSE, SPRITE, Layers
from models.layers.places import CAMERA_ROW, by_role, corner_of, fitted, laid_out, moving, sheet_positions
from models.layers.plate import PlateCodec, PlateParams
from models.layers.sheet import TOKENS, SheetCodec, SheetParams, premultiplied
from models.layers.steady import VERSION as STEADIED
from models.layers.steady import steadied
from models.layers.window import Window, window
from models.packing import TokenSpec
from models.shapes import grid_positions, latent_frames

KIND = "layers-codec"
WEIGHTS = Path(__file__).parents[1] / "weights" / "layers.json"
CHUNK = 16
"""Sprites decoded together."""


@dataclass(frozen=True)
class LayersParams:
    """Sizes of the networks, and channels of a pose token and a camera token."""

    plate: PlateParams = field(default_factory=PlateParams)
    sheet: SheetParams = field(default_factory=SheetParams)
    pose: int = 40
    camera: int = 16

    @classmethod
    def tiny(cls) -> LayersParams:
        return cls(PlateParams.tiny(), SheetParams.tiny(), pose=12, camera=8)

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> LayersParams:
        """From a card."""
        sheet = {**config["sheet"], "grown": tuple(config["sheet"]["grown"])}
        return cls(PlateParams(**config["plate"]), SheetParams(**sheet), config["pose"], config["camera"])


class LayersNetwork(nn.Module):
    """Everything of the codec that has weights."""

    def __init__(self, params: LayersParams | None = None) -> None:
        super().__init__()
        p = self.params = params or LayersParams()
        self.plate, self.sheet = PlateCodec(p.plate), SheetCodec(p.sheet)
        self.pose = RowsCodec(len(POSE) + p.sheet.code, p.pose)
        self.camera = RowsCodec(len(CAMERA), p.camera)
        self.look = Normaliser(len(LOOK))

    def deviations(self) -> dict[str, torch.Tensor]:
        """Deviations of the channels before they were made alike, by modality, (C,); the look has none to keep."""
        return {
            "plate": self.plate.normaliser.deviation_C,
            "sheet": self.sheet.normaliser.deviation_C,
            "pose": self.pose.deviation_C,
            "camera": self.camera.deviation_C,
        }


class PlainEncoder(Protocol):
    """Plain frames as layers: what a codec needs to begin from somebody's picture."""

    def picture(
        self, codec: LayersCodec, picture_3HW: torch.Tensor, canvas: Canvas, subjects: int
    ) -> tuple[Segment, ...]:  # fmt: skip
        """A first frame as the tokens of latent frame 0 and the timeless ones."""

    def opened(
        self, codec: LayersCodec, picture_3HW: torch.Tensor, canvas: Canvas, subjects: int, cast: bool = True,
        sure: bool = False,
    ) -> tuple[tuple[Segment, ...], Kept]:  # fmt: skip
        """As :meth:`picture`, of the subjects that are in it if it shows the ``cast``, and itself to be kept."""

    def place(self, picture_3HW: torch.Tensor) -> torch.Tensor:
        """A picture of a place as a plate (4, 16·r, 16·c), 0 to 1."""


class Hearing(Protocol):
    """What a codec of sound brings to a clip: kinds of tokens, what they mean, and what made them."""

    specs: tuple[TokenSpec, ...]
    meaning: str
    version: str


ENCODERS = (
    "plate.normaliser", "plate.into", "plate.seen", "sheet.normaliser", "sheet.code_normaliser",
    "sheet.articulation_normaliser", "sheet.into", "sheet.seen", "sheet.whose", "sheet.reader",
)  # fmt: skip
"""What decides the latents of plates and sheets; all else in those networks only reads them."""
ROWS = ("pose", "camera", "look")
"""What decides the other latents, and reads them."""


GRADING = 0.5
"""How much of the channels' own deviations tokens keep: 0 makes all alike, 1 leaves them as the pictures have them.

Where all are alike, most of what a network is asked for is faint detail that nothing foretells; the few channels
that say what is seen are learned late, and neighbouring cells do not agree on them."""


def grade(deviation_C: torch.Tensor) -> torch.Tensor:
    """What each normalised channel is multiplied by, (C,): its deviation to the power of ``GRADING``, 1 in the mean
    square."""
    power_C = deviation_C.detach().float() ** GRADING
    return power_C / power_C.square().mean().sqrt()


class LayersCodec:
    """The codec on top of its network; implements :class:`models.codec.Codec`.

    Args:
        plain: reads plain pictures; without it a picture or a place without layers is refused.
        crisp: makes decoded plates and sprites larger before they are laid; what tokens mean does not depend on it.
        sound: brings tokens of what is heard; what it makes is its own to decode.
    """

    name = "layers"

    def __init__(
        self,
        network: LayersNetwork,
        plain: PlainEncoder | None = None,
        crisp: Enlarger | None = None,
        sound: Hearing | None = None,
    ) -> None:
        self.network, self.plain, self.crisp, self.sound = network.eval(), plain, crisp, sound
        own = f"{digest(network)}.{STEADIED}"
        self.version = own if crisp is None else f"{own}+{crisp.version}"
        deciding = {name.replace(".", "/"): network.get_submodule(name) for name in (*ENCODERS, *ROWS)}
        self.meaning = f"{digest(nn.ModuleDict(deciding))}-{GRADING:g}"
        self.grade_C = {name: grade(deviation_C) for name, deviation_C in network.deviations().items()}
        p = network.params
        self.specs: tuple[TokenSpec, ...] = (
            TokenSpec("plate", p.plate.channels),
            TokenSpec("sheet", p.sheet.channels),
            TokenSpec("pose", p.pose),
            TokenSpec("look", len(LOOK)),
            TokenSpec("camera", p.camera),
            TokenSpec("reference", p.sheet.channels, "sheet"),
            TokenSpec("reference", p.plate.channels, "plate"),
            TokenSpec("history", p.pose, "pose"),
            TokenSpec("history", p.camera, "camera"),
        )
        if sound is not None:
            self.specs += sound.specs
            self.meaning, self.version = f"{self.meaning}+{sound.meaning}", f"{self.version}+{sound.version}"

    # Pictures to tokens

    @torch.no_grad()
    def encode(self, layers: Layers, canvas: Canvas) -> tuple[Segment, ...]:
        """A clip taken apart, as plate, sheets, look and poses; the camera is :meth:`camera`'s.

        Raises:
            ValueError: the layers have not the canvas' frames.
        """
        if layers.camera.shape[0] != canvas.frames:
            raise ValueError(f"layers of {layers.camera.shape[0]} frames are no clip of {canvas.frames}")
        plate_4HW = layers.plate.float() / 255.0
        top, left = layers.corner
        rows, columns = plate_4HW.shape[1] // CELL, plate_4HW.shape[2] // CELL
        places = laid_out(Window(-top // CELL, -left // CELL, rows, columns), canvas, len(layers.sheets))
        made = [self._plate(plate_4HW)]
        sheets_KNC = self.network.sheet.encode(layers.sheets.float() / 255.0) if len(layers.sheets) else ()
        made += list(sheets_KNC)
        made.append(self.network.look(layers.look[None]))
        for token_NC, pose_FP, limbs_FA in zip(sheets_KNC, layers.poses, layers.articulation, strict=True):
            made.append(self._poses(token_NC, pose_FP, limbs_FA))
        return tuple(self.graded(place.filled(latent)) for place, latent in zip(places, made, strict=True))

    def graded(self, part: Segment) -> Segment:
        """A part in the networks' units, where every channel has deviation 1, as tokens."""
        grade_C = self.grade_C.get(part.modality)
        return part if grade_C is None else part.filled(part.clean_LC * grade_C)

    def ungraded(self, part: Segment) -> Segment:
        """Tokens in the networks' units."""
        grade_C = self.grade_C.get(part.modality)
        return part if grade_C is None else part.filled(part.clean_LC.float() / grade_C)

    def _plate(self, plate_4HW: torch.Tensor) -> torch.Tensor:
        return rearrange(self.network.plate.encode(plate_4HW[None]), "1 c h w -> (h w) c")

    def _poses(self, token_NC: torch.Tensor, pose_FP: torch.Tensor, limbs_FA: torch.Tensor) -> torch.Tensor:
        code_FK = self.network.sheet.code(limbs_FA, token_NC.expand(len(limbs_FA), -1, -1))
        return self.network.pose.encode(torch.cat([pose_FP, code_FK], 1))

    @torch.no_grad()
    def camera(self, path_F9: torch.Tensor, canvas: Canvas) -> Segment:
        """The camera's path as clean tokens, one a latent frame.

        Raises:
            ValueError: the path has not nine numbers for each of the canvas' frames.
        """
        if path_F9.shape != (canvas.frames, len(CAMERA)):
            wanted = f"{canvas.frames} × {len(CAMERA)}"
            raise ValueError(f"a path of {canvas.frames} frames is {wanted}, got {tuple(path_F9.shape)}")
        latent = self.network.camera.encode(path_F9.float())
        return self.graded(moving("camera", latent, CAMERA_ROW, canvas)).masked(0.0)

    def blank(self, canvas: Canvas, subjects: int, path_F9: torch.Tensor) -> tuple[Segment, ...]:
        """Places for plate, sheets, look and poses of a clip: zeros, mask 1; laid out like :meth:`encode`'s."""
        p = self.network.params
        latents = latent_frames(canvas.frames)
        places = laid_out(window(path_F9, canvas), canvas, subjects)
        channels = {"plate": p.plate.channels, "sheet": p.sheet.channels, "look": len(LOOK), "pose": p.pose}
        counts = {"plate": None, "sheet": TOKENS, "look": 1, "pose": latents}
        return tuple(
            place.filled(torch.zeros(counts[place.role] or len(place), channels[place.role])) for place in places
        )

    def picture(self, picture_3HW: torch.Tensor, canvas: Canvas, subjects: int) -> tuple[Segment, ...]:
        """A first frame, 0 to 1, as the tokens of latent frame 0 and the timeless ones.

        Raises:
            ValueError: the codec was made without an encoder of plain pictures.
        """
        return self._plainly("a plain picture").picture(self, picture_3HW, canvas, subjects)

    def opened(
        self, picture_3HW: torch.Tensor, canvas: Canvas, subjects: int, cast: bool = True,
        sure: bool = False,
    ) -> tuple[tuple[Segment, ...], Kept]:  # fmt: skip
        """As :meth:`picture`, of the subjects that are in it, and the picture itself to be kept.

        Args:
            cast: the subjects are looked for in it; else they come in as words say.
            sure: all of them are known to be in it.

        Raises:
            ValueError: the codec was made without an encoder of plain pictures.
        """
        return self._plainly("a plain picture").opened(self, picture_3HW, canvas, subjects, cast, sure)

    @torch.no_grad()
    def reference(self, picture_CHW: torch.Tensor, slot: int = 0) -> Segment:
        """A picture of one subject (RGBA, not premultiplied) or of a place (RGB), 0 to 1, any size, as a reference.

        A subject's picture is fitted into a square sheet; ``slot`` is the subject it shows, in the caption's order.

        Raises:
            ValueError: another number of channels, or a place without an encoder of plain pictures.
        """
        if picture_CHW.shape[0] == 3:
            return self.place(self._plainly("a place that is not taken apart").place(picture_CHW))
        if picture_CHW.shape[0] != 4:
            raise ValueError(f"a reference has 3 or 4 channels, got {picture_CHW.shape[0]}")
        return self.sheet(fitted(picture_CHW), slot)

    @torch.no_grad()
    def sheet(self, sheet_4SS: torch.Tensor, slot: int = 0) -> Segment:
        """A premultiplied sheet, 0 to 1, as a reference."""
        latent_NC = self.network.sheet.encode(sheet_4SS[None])[0]
        return self.graded(segment("reference", latent_NC, sheet_positions(slot), modality="sheet")).masked(0.0)

    @torch.no_grad()
    def place(self, plate_4HW: torch.Tensor) -> Segment:
        """A plate of whole cells, 0 to 1, as a reference."""
        rows, columns = plate_4HW.shape[1] // CELL, plate_4HW.shape[2] // CELL
        position_L3 = grid_positions(torch.zeros(1), rows, columns)
        return self.graded(segment("reference", self._plate(plate_4HW), position_L3, modality="plate")).masked(0.0)

    def _plainly(self, what: str) -> PlainEncoder:
        if self.plain is None:
            raise ValueError(f"{what} needs an encoder of plain pictures; make the LayersCodec with one (plain=…)")
        return self.plain

    # Tokens to pictures

    @torch.inference_mode()
    def decode(
        self, parts: Sequence[Segment], canvas: Canvas, height: int, width: int, fps: float
    ) -> torch.Tensor:  # fmt: skip
        """The clip as uint8 (F, height, width, 3) at ``fps``; a camera that is not among the parts stands still.

        Raises:
            ValueError: there is not one plate and one look, or not as many poses as sheets.
        """
        layers = self.layers(parts, canvas, fps)
        finer = layers.finer_plate(self.crisp, height).finer_sprites(self.crisp, layers.rows(height))
        return finer.composed(height, width, torch.arange(len(layers.camera_FC)) / fps)

    @torch.inference_mode()
    def layers(self, parts: Sequence[Segment], canvas: Canvas, fps: float) -> Decoded:
        """What :meth:`decode` lays over each other, not enlarged; raises as it does."""
        plate, look, sheets, _, _ = by_role(parts)
        frames = max(1, round(canvas.frames / canvas.fps * fps))
        rows_KFR, path_FC = self.rows(parts, canvas)
        moved = [resampled(row_FR, canvas.fps, fps, frames) for row_FR in rows_KFR]
        shown = resampled(path_FC, canvas.fps, fps, frames)
        sprites = [self.sprites(sheet, row[:, len(POSE) :]) for sheet, row in zip(sheets, moved, strict=True)]
        return Decoded(
            *self.backdrop(plate, canvas),
            torch.stack(sprites) if sprites else torch.zeros(0, frames, 4, SPRITE, SPRITE),
            torch.stack(moved)[..., : len(POSE)] if moved else torch.zeros(0, frames, len(POSE)),
            shown,
            self.network.look.undo(look.clean_LC[0].float()).clamp(0, 1),
        )

    @torch.inference_mode()
    def rows(self, parts: Sequence[Segment], canvas: Canvas) -> tuple[torch.Tensor, torch.Tensor]:
        """Rows of pose and code of every subject (K, F, R), without jumps, and the camera's path (F, 9), still if there
        is none; raises as :meth:`decode` does."""
        _, _, _, poses, camera = by_role([self.ungraded(part) for part in parts])
        net = self.network
        rows = [steadied(net.pose.decode(pose.clean_LC.float())) for pose in poses]
        still = torch.zeros(canvas.frames, len(CAMERA))
        path_FC = still if camera is None else net.camera.decode(camera.clean_LC.float())
        return torch.stack(rows) if rows else torch.zeros(0, canvas.frames, net.pose.row), path_FC

    @torch.inference_mode()
    def backdrop(self, plate: Segment, canvas: Canvas) -> tuple[torch.Tensor, tuple[int, int]]:
        """A plate in pixels (4, H, W), 0 to 1, and where the first frame's top left corner is in it."""
        corner, rows = corner_of(plate.position_L3, canvas)
        latent = rearrange(self.ungraded(plate).clean_LC.float(), "(h w) c -> 1 c h w", h=rows)
        return self.network.plate.decode(latent)[0].clamp(0, 1), corner

    @torch.no_grad()
    def plate_tokens(self, plate_4HW: torch.Tensor, place: Segment) -> Segment:
        """A plate in pixels, 0 to 1, as the tokens of the cells of ``place``."""
        return self.graded(place.filled(self._plate(plate_4HW)))

    @torch.inference_mode()
    def sprites(self, sheet: Segment, code_FK: torch.Tensor) -> torch.Tensor:
        """The subject of a sheet by its codes, premultiplied (F, 4, SPRITE, SPRITE), 0 to 1."""
        token_NC = self.ungraded(sheet).clean_LC.float()
        figure = self.network.sheet.figure(token_NC[None])
        made = [self.network.sheet.pictured(figure.repeated(len(code)), code) for code in code_FK.split(CHUNK)]
        return premultiplied(torch.cat(made))


def save_codec(path: Path, network: LayersNetwork, card: Card) -> None:
    """Write weights in half precision and their card; the card's kind and config are filled in."""
    checkpoint.save(path, halved(network), replace(card, kind=KIND, config=asdict(network.params)))


def halved(network: LayersNetwork) -> dict[str, torch.Tensor]:
    """Everything the network holds: what is learned in half precision, what is fitted in closed form as it is."""
    learned = dict(network.named_parameters())
    return {name: value.half() if name in learned else value for name, value in network.state_dict().items()}


def load_codec(
    path: Path = WEIGHTS,
    plain: PlainEncoder | None = None,
    crisp: Enlarger | None = None,
    sound: Hearing | None = None,
) -> LayersCodec:
    """The codec of a card, the committed one by default.

    Raises:
        CheckpointRefused: it is not there, or not exactly what its card and the network say.
    """
    tensors, card = checkpoint.load(path, kind=KIND)
    network = LayersNetwork(LayersParams.of(card.config))
    checkpoint.fit(path, tensors, network.state_dict())
    network.load_state_dict(tensors, strict=True)
    return LayersCodec(network, plain, crisp, sound)
