"""The grid codec: any clip as a grid of latents, ⌈H/16⌉ × ⌈W/16⌉ tokens for each latent frame, and back."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import torch
from einops import rearrange
from torch.nn import functional

from models import checkpoint
from models.codec import Canvas
from models.conditions import Segment, segment
from models.finisher import Finisher
from models.grid.autoencoder import GridAutoencoder, GridParams, cells
from models.grid.patches import PATCH
from models.packing import TokenSpec
from models.shapes import TIME_STRIDE, grid_positions, latent_frames, latent_times, line_positions

KIND = "grid autoencoder"
WEIGHTS = Path(__file__).resolve().parent.parent / "weights" / "grid.json"
GREY = 0.5
"""What is behind the transparent parts of a reference."""
MUCH = 1.5
"""Pictures so many times as large, or as many in a second, are the finisher's."""
REFERENCE_CELLS = 28
"""Most tokens of a reference: those of a frame of 112×64."""


class Finish(Protocol):
    """What makes a decoded clip larger, and faster if it can."""

    def __call__(self, video_F3HW: torch.Tensor, height: int, width: int, fps: float, wanted_fps: float) -> tuple[
        torch.Tensor, float
    ]:  # fmt: skip
        """The clip (F′, 3, height, width), 0 to 1, and its rate: ``fps`` or nearer to ``wanted_fps``."""


def finishing(finisher: Finisher) -> Finish:
    """A finisher as a hook: four times larger, and a frame between every two where nearly twice the rate is wanted.

    A clip that is to be little larger, or smaller, than it is stays as it is.
    """

    def finish(
        video_F3HW: torch.Tensor, height: int, width: int, fps: float, wanted_fps: float
    ) -> tuple[torch.Tensor, float]:  # fmt: skip
        doubled = wanted_fps >= MUCH * fps and len(video_F3HW) > 1
        if not doubled and max(height / video_F3HW.shape[-2], width / video_F3HW.shape[-1]) < MUCH:
            return video_F3HW, fps
        pieces = finisher.finish(video_F3HW, 2 if doubled else 1)
        return torch.cat([resized(piece, height, width) for piece in pieces]), fps * (2 if doubled else 1)

    return finish


class GridCodec:
    """A :class:`models.codec.Codec` for any footage.

    Args:
        network: the autoencoder, its normalisers fitted.
        version: digest of the weights; taken from the network if empty.
        finish: how a clip is made larger; bicubic if None.
    """

    name = "grid"

    def __init__(self, network: GridAutoencoder, version: str = "", finish: Finish | None = None) -> None:
        self.network, self.finish = network.eval(), finish
        self.version = version or _digest(network)
        self.meaning = self.version
        channels = network.params.channels
        self.specs: tuple[TokenSpec, ...] = (
            TokenSpec("reference", channels, "video"),
            TokenSpec("history", channels, "video"),
            TokenSpec("camera", 9 * TIME_STRIDE),
            TokenSpec("video", channels),
        )

    @classmethod
    def load(cls, path: Path = WEIGHTS, finish: Finish | None = None) -> GridCodec:
        """The codec of a checkpoint.

        Raises:
            CheckpointRefused: see :mod:`models.checkpoint`.
        """
        tensors, card = checkpoint.load(path, kind=KIND)
        network = GridAutoencoder(GridParams.of(card.config))
        checkpoint.fit(path, tensors, network.state_dict())
        network.load_state_dict(tensors, strict=True)
        return cls(network, finish=finish)

    @property
    def device(self) -> torch.device:
        return self.network.normaliser.mean_C.device

    def latents(self, video_BCFHW: torch.Tensor) -> torch.Tensor:
        """Normalised latents of clips, (B, T, h, w, C)."""
        with torch.no_grad():
            z_BTChw = self.network.encode(video_BCFHW.to(self.device))
            return self.network.normaliser(z_BTChw.permute(0, 1, 3, 4, 2)).cpu()

    def encode(self, video_3FHW: torch.Tensor, fps: int = 12) -> tuple[Segment, ...]:
        """A clip of 1 + 4k frames, RGB, 0 to 1, as the tokens that the network would make of it."""
        return (_video(self.latents(video_3FHW[None])[0], fps),)

    def camera(self, path_F9: torch.Tensor, canvas: Canvas) -> Segment:
        """Four frames of the path to a token, standardised; the first frame fills its token four times.

        Raises:
            ValueError: the path has not nine numbers for each of the canvas' frames.
        """
        count = latent_frames(canvas.frames)
        if path_F9.shape != (canvas.frames, 9):
            raise ValueError(f"a path of {canvas.frames} frames is {canvas.frames} × 9, got {tuple(path_F9.shape)}")
        rows_F9 = self.network.path(path_F9.to(self.device, torch.float32)).cpu()
        rows = torch.cat([rows_F9[:1].expand(TIME_STRIDE - 1, -1), rows_F9])
        token_TC = rearrange(rows, "(t f) c -> t (f c)", f=TIME_STRIDE)
        position = line_positions(latent_times(count, canvas.fps))
        return segment("camera", token_TC, position, frame_L=torch.arange(count)).masked(0.0)

    def blank(self, canvas: Canvas, subjects: int, path_F9: torch.Tensor) -> tuple[Segment, ...]:
        """The video's places. Neither subjects nor path change a grid."""
        rows, columns = cells(canvas.height, canvas.width)
        shape = (latent_frames(canvas.frames), rows, columns, self.network.params.channels)
        return (_video(torch.zeros(shape), canvas.fps),)

    def picture(self, picture_3HW: torch.Tensor, canvas: Canvas, subjects: int = 0) -> tuple[Segment, ...]:
        """A first frame, RGB, 0 to 1, as the tokens of latent frame 0; another size is brought to the canvas'."""
        frame_3HW = resized(picture_3HW.float()[None], canvas.height, canvas.width)[0]
        return (_video(self.latents(frame_3HW[None, :, None])[0], canvas.fps),)

    def reference(self, picture_CHW: torch.Tensor) -> Segment:
        """A picture of a subject or place, over grey where it is transparent, in at most 28 tokens of its shape.

        Raises:
            ValueError: it is neither RGB nor RGBA.
        """
        channels, height, width = picture_CHW.shape
        if channels not in (3, 4):
            raise ValueError(f"a reference is RGB or RGBA, got {channels} channels")
        colour = picture_CHW[:3].float()
        if channels == 4:
            cover = picture_CHW[3:].float()
            colour = colour * cover + GREY * (1 - cover)
        rows, columns = reference_cells(height, width)
        fitted = resized(colour[None], rows * PATCH, columns * PATCH)[0]
        part = _video(self.latents(fitted[None, :, None])[0], 12)
        return segment("reference", part.clean_LC, part.position_L3, modality="video").masked(0.0)

    def decode(
        self, parts: Sequence[Segment], canvas: Canvas, height: int, width: int, fps: float
    ) -> torch.Tensor:  # fmt: skip
        """The clip as uint8 (F, height, width, 3) at ``fps``: decoded at the canvas' size, then made larger.

        Frames between two are mixed of both, unless the finisher made them.

        Raises:
            ValueError: the parts hold no video of the canvas' size.
        """
        with torch.no_grad():
            video_F3HW = self.film(parts, canvas)
            rate = float(canvas.fps)
            duration_s = canvas.frames / rate
            if self.finish is not None:
                video_F3HW, rate = self.finish(video_F3HW, height, width, rate, fps)
            video_F3HW = resized(retimed(video_F3HW, rate, fps, max(1, round(duration_s * fps))), height, width)
            return video_F3HW.mul(255).add(0.5).clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1).cpu().contiguous()

    def film(self, parts: Sequence[Segment], canvas: Canvas) -> torch.Tensor:
        """The clip at the canvas' own size and rate, (F, 3, H, W), 0 to 1, decoded latent by latent."""
        rows, columns = cells(canvas.height, canvas.width)
        videos = [part for part in parts if part.role == "video"]
        count = latent_frames(canvas.frames)
        if len(videos) != 1 or len(videos[0]) != count * rows * columns:
            found = [len(part) for part in videos]
            raise ValueError(f"a clip of this canvas is one video of {count * rows * columns} tokens, got {found}")
        latent = self.network.normaliser.undo(videos[0].clean_LC.to(self.device, torch.float32))
        z_TChw = rearrange(latent, "(t h w) c -> t c h w", h=rows, w=columns)
        frames = torch.cat(list(self.network.stream(z[None] for z in z_TChw)), 2)[0]
        return frames[..., : canvas.height, : canvas.width].clamp(0, 1).transpose(0, 1)


def reference_cells(height: int, width: int) -> tuple[int, int]:
    """Rows and columns for a picture of this shape: as many cells as fit into ``REFERENCE_CELLS`` in nearly its
    own shape; a fiftieth of a bend is worth a cell."""
    fitting = []
    for rows in range(1, REFERENCE_CELLS + 1):
        for columns in range(1, REFERENCE_CELLS // rows + 1):
            bent = abs(torch.tensor(columns / rows * height / width).log().item())
            fitting.append((bent - 0.02 * rows * columns, rows, columns))
    return min(fitting)[1:]


def retimed(video_F3HW: torch.Tensor, rate: float, wanted: float, frames: int) -> torch.Tensor:
    """``frames`` frames at another rate: frame n is the instant n/rate, instants between are mixed linearly, and the
    last frame is held."""
    if rate == wanted and len(video_F3HW) == frames:
        return video_F3HW
    place = (torch.arange(frames, dtype=torch.float64) * rate / wanted).clamp(max=len(video_F3HW) - 1)
    before = place.floor().long()
    share = (place - before).float().to(video_F3HW.device)[:, None, None, None]
    after = (before + 1).clamp(max=len(video_F3HW) - 1)
    return torch.lerp(video_F3HW[before], video_F3HW[after], share)


def resized(video_F3HW: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """Bicubic, with anti-aliasing where it becomes smaller; 0 to 1."""
    if video_F3HW.shape[-2:] == (height, width):
        return video_F3HW
    shrinks = height < video_F3HW.shape[-2] or width < video_F3HW.shape[-1]
    frames = [
        functional.interpolate(part, (height, width), mode="bicubic", antialias=shrinks, align_corners=False)
        for part in video_F3HW.split(8)
    ]
    return torch.cat(frames).clamp(0, 1)


def _video(latent_ThwC: torch.Tensor, fps: int) -> Segment:
    count, rows, columns, channels = latent_ThwC.shape
    position = grid_positions(latent_times(count, fps), rows, columns)
    frames = torch.arange(count).repeat_interleave(rows * columns)
    return segment("video", latent_ThwC.reshape(-1, channels), position, frame_L=frames)


def _digest(network: GridAutoencoder) -> str:
    digest = hashlib.sha256()
    for name, value in sorted(network.state_dict().items()):
        digest.update(name.encode() + b"\0" + value.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]
