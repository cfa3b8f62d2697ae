"""Who makes the pictures that are scored: the world itself, the animatic, the generator, and what they must beat."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch

from evals.adherence_scenes import CLIP_FRAMES, FPS, HEIGHT, WIDTH, Asked, world_of
from storyboards.errors import BadInput

if TYPE_CHECKING:
    from models.grid.codec import GridCodec

BACKENDS = ("oracle", "reel", "animatic")
Through = Callable[[torch.Tensor], torch.Tensor]
"""A clip (F, 3, H, W), 0 to 1, through a codec and back."""


class NoGenerator(BadInput):
    """The generator that was asked for is not there."""


class Maker(Protocol):
    """Makes pictures and clips of captions. Pixels are 0 to 1; the same request gives the same pixels.

    ``version`` changes when the same request would give others.
    """

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    def picture(self, asked: Asked, references: Sequence[torch.Tensor] = ()) -> torch.Tensor:
        """The first frame (3, 64, 112). ``references`` are pictures (4, H, W), RGBA, of subjects that are in it."""
        ...

    def clip(self, asked: Asked, first: torch.Tensor | None = None) -> torch.Tensor:
        """The clip (49, 3, 64, 112); ``first`` is a first frame (3, 64, 112) to go on from."""
        ...


class Oracle:
    """The world's own picture of the scene, through a codec and back if one is given: what no network can beat."""

    def __init__(self, through: Through | None = None, name: str = "oracle") -> None:
        self.name, self._through = name, through

    @property
    def version(self) -> str:
        from models.train_finder import world_digest

        return world_digest()

    def picture(self, asked: Asked, references: Sequence[torch.Tensor] = ()) -> torch.Tensor:
        return self._passed(world_of(asked.scene, 1).video_FCHW.float() / 255.0)[0]

    def clip(self, asked: Asked, first: torch.Tensor | None = None) -> torch.Tensor:
        return self._passed(world_of(asked.scene).video_FCHW.float() / 255.0)

    def _passed(self, video_FCHW: torch.Tensor) -> torch.Tensor:
        return video_FCHW if self._through is None else self._through(video_FCHW)


class AnimaticMaker:
    """The animatic: the scene as a plan, the plan as a scene again, filmed at ``scale`` times the size and shrunk."""

    name = "animatic"

    def __init__(self, scale: int = 3) -> None:
        self.scale = scale

    @property
    def version(self) -> str:
        from tools.backends.animatic import Animatic

        return f"{Animatic().version}.{self.scale}"

    def picture(self, asked: Asked, references: Sequence[torch.Tensor] = ()) -> torch.Tensor:
        return self._film(asked, 1)[0]

    def clip(self, asked: Asked, first: torch.Tensor | None = None) -> torch.Tensor:
        return self._film(asked, CLIP_FRAMES)

    def _film(self, asked: Asked, frames: int) -> torch.Tensor:
        from evals.scenes import board_of
        from models.world.render import Film
        from tools.contract import request_for
        from tools.staging import scene_of

        width, height = WIDTH * self.scale, HEIGHT * self.scale
        board = board_of(asked.scene, width, height, FPS)
        film = Film(scene_of(request_for(board, board.shots[0])), width, height, FPS)
        blocks: list[torch.Tensor] = []
        for block in film.frames():
            blocks.append(block.permute(0, 3, 1, 2).float() / 255.0)
            if sum(map(len, blocks)) >= frames:
                break
        return torch.nn.functional.avg_pool2d(torch.cat(blocks)[:frames], self.scale)


class LayersOracle:
    """The world taken apart, encoded and decoded by the shipped layers codec: the best that its generator can do."""

    name = "oracle-layers"

    def __init__(self) -> None:
        from models.layers.codec import load_codec

        self.codec = load_codec()

    @property
    def version(self) -> str:
        return self.codec.version

    def picture(self, asked: Asked, references: Sequence[torch.Tensor] = ()) -> torch.Tensor:
        return self._passed(asked, 1)[0]

    def clip(self, asked: Asked, first: torch.Tensor | None = None) -> torch.Tensor:
        return self._passed(asked, CLIP_FRAMES)

    def _passed(self, asked: Asked, frames: int) -> torch.Tensor:
        from models.codec import Canvas
        from models.layers.observe import observe

        canvas = Canvas(frames, HEIGHT, WIDTH, FPS)
        layers = observe(asked.scene, canvas)
        parts = (self.codec.camera(layers.camera, canvas), *self.codec.encode(layers, canvas))
        return self.codec.decode(parts, canvas, HEIGHT, WIDTH, FPS).permute(0, 3, 1, 2).float() / 255.0


def frozen(clip_FCHW: torch.Tensor) -> torch.Tensor:
    """The first frame for as long as the clip lasts: what a clip has to beat."""
    return clip_FCHW[:1].expand_as(clip_FCHW)


def through_grid(codec: GridCodec) -> Through:
    """The round trip of the codec of pixels."""
    from models.codec import Canvas

    def passed(video_FCHW: torch.Tensor) -> torch.Tensor:
        count, _, height, width = video_FCHW.shape
        canvas = Canvas(count, height, width, FPS)
        with torch.inference_mode():
            decoded = codec.decode(codec.encode(video_FCHW.transpose(0, 1)), canvas, height, width, FPS)
        return decoded[:count].permute(0, 3, 1, 2).float() / 255.0

    return passed


def maker_of(backend: str, codec: str = "", size: str = "", making: str = "") -> Maker:
    """The maker of a backend's name.

    Args:
        size: of the generator; the largest that was trained if empty.
        codec: ``layers`` or ``grid`` sends the oracle's clips through the shipped codec and back.
        making: of the generator: see :func:`evals.adherence_reel.making_of`; as it is made for films if empty.

    Raises:
        NoGenerator: the generator or its weights are not there.
        BadInput: no such backend.
    """
    if backend == "animatic":
        return AnimaticMaker()
    if backend == "oracle":
        if not codec:
            return Oracle()
        if codec == "layers":
            return LayersOracle()
        if codec != "grid":
            raise BadInput(
                f"no round trip through {codec!r}.", next_step="Use --codec layers or grid, or leave it out."
            )
        from models.grid import codec as grid

        return Oracle(through_grid(grid.GridCodec.load()), f"oracle-{codec}")
    if backend == "reel":
        from evals.adherence_reel import ReelMaker, making_of

        return ReelMaker(size=size, making=making_of(making) if making else None)
    raise BadInput(f"no backend {backend!r}.", next_step=f"There are {', '.join(BACKENDS)}.")


def bytes_of(video_FCHW: torch.Tensor) -> np.ndarray:
    """(F, H, W, 3) uint8, as the measurements and the files take them."""
    return (video_FCHW.clamp(0.0, 1.0) * 255.0).round().byte().permute(0, 2, 3, 1).contiguous().numpy()
