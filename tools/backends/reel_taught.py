"""What a shot is filmed with beyond words, for the generator: a taught path of the camera, and taught styles."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from storyboards.clock import FrameRate
from storyboards.errors import BadInput
from tools.contract import ShotRequest
from tools.media import FrameWriter

if TYPE_CHECKING:
    import torch

    from models.codec import Canvas
    from models.concepts import Concept
    from models.grade import Grade
    from models.reel import Making, Reel
    from models.world.scene import Scene


FIGURE_GUIDANCE = 2.5
"""Guidance of references where a taught figure is among them: .88 of its pictures are nearer to it than to what the
words say, and .50 at the generator's own 1.5; beyond, colours are exaggerated (docs/generator.md)."""


def faithful(making: Making) -> Making:
    """How a shot with a taught figure is made."""
    return replace(making, reference=FIGURE_GUIDANCE)


def reel_for(request: ShotRequest, reel: Reel) -> Reel:
    """The generator as the shot wants it; the one that is given stays as it is."""
    if not any(reference.taught for reference in request.references):
        return reel
    made = copy.copy(reel)
    made.making = faithful(reel.making)
    return made


def concepts_of(request: ShotRequest) -> list[Concept]:
    """What the shot is filmed with, in the order in which the plan names it.

    Raises:
        BadInput: something was not handed over, is damaged, or was taught for another generator.
    """
    from models.concepts import Concept, ConceptRefused

    files, made = {file.sha256: file for file in request.concepts}, []
    for taught in request.shot.taught:
        file = files.get(taught.sha256)
        try:
            if file is None:
                raise ConceptRefused("its file is gone")
            made.append(Concept.from_bytes(file.path.read_bytes()))
        except (ConceptRefused, OSError) as error:
            raise BadInput(
                f"the {taught.kind} {taught.name!r} cannot be used: {error}.",
                next_step=f"`storyreel library forget {taught.name!r}`, teach it again with `storyreel teach`, and "
                "make the film again.", shot_id=request.shot.id,
            ) from error  # fmt: skip
    return made


def taught_path(request: ShotRequest, canvas: Canvas) -> torch.Tensor | None:
    """The path of the taught move that the shot is filmed with, (F, 9), the last one named; None without one."""
    moves = [concept for concept in concepts_of(request) if concept.kind == "camera"]
    return moves[-1].path_on(canvas) if moves else None


def unmoved(caption: str, scene: Scene) -> str:
    """A caption of the scene without what it says of the camera, which no word says."""
    from models.world.caption_words import CAMERA_PHRASES

    said = CAMERA_PHRASES[scene.camera.move][0]
    return caption.replace(f"{said[0].upper()}{said[1:]}.", "").replace("  ", " ").strip()


def writer_of(request: ShotRequest, out: Path) -> FrameWriter:
    """What writes the shot, in the styles that it is filmed in."""
    grades = [concept.grade() for concept in concepts_of(request) if concept.kind == "style"]
    size = (request.width, request.height, request.rate)
    return StyledWriter(grades, out, *size) if grades else FrameWriter(out, *size)


class StyledWriter(FrameWriter):
    """Writes frames in taught styles, one laid over the other in their order.

    Args:
        grades: the styles; the others as :class:`FrameWriter` takes them.
    """

    def __init__(self, grades: list[Grade], path: Path, width: int, height: int, rate: FrameRate) -> None:
        super().__init__(path, width, height, rate)
        self.grades = grades

    def write(self, frames: np.ndarray | torch.Tensor) -> None:
        """Append RGB frames as they were painted, uint8, (N, H, W, 3) or one (H, W, 3)."""
        import torch

        batch = torch.as_tensor(np.ascontiguousarray(frames))
        for frame_HW3 in batch[None] if batch.ndim == 3 else batch:
            planes = frame_HW3.permute(2, 0, 1)[None].float() / 255
            for grade in self.grades:
                planes = grade.applied(planes)
            super().write(planes.mul(255).add(0.5).clamp(0, 255).byte()[0].permute(1, 2, 0).contiguous())
