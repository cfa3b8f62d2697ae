"""Filming scenes: ``Film`` streams a clip of any size, ``render_clips`` makes many small ones for training.

Both compose the same ``Stage``, so a clip seen in training and a preview at full size are one picture. Rendering is
deterministic: a film is made in blocks of fixed frames, so its bytes do not depend on how many are asked for at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from models.world.camera import CameraPath
from models.world.ensemble import Patch, Rows
from models.world.performance import SoundEvent
from models.world.scene import Act, Scene
from models.world.stage import Stage

BLOCK = 8
"""Frames composed together; fixed, so that rounding never depends on the caller."""


@dataclass(frozen=True)
class Truth:
    """What is really in a clip of F frames with K actors.

    Attributes:
        boxes_KF4: x0, y0, x1, y1 as shares of the frame, origin at the top left; 0 where nothing can be seen.
        visible_KF: share of the actor that is in the frame and not hidden by a nearer actor, 0 to 1.
        order: actors from the farthest to the nearest.
        masks_KFHW: coverage of what can be seen of each actor, 0 to 1; None unless asked for.
        camera: the path of the camera.
        spans: the acts of every actor.
        events: everything that is heard.
        times_F: seconds of the frames.
    """

    boxes_KF4: torch.Tensor
    visible_KF: torch.Tensor
    order: tuple[int, ...]
    masks_KFHW: torch.Tensor | None
    camera: CameraPath
    spans: tuple[tuple[Act, ...], ...]
    events: tuple[SoundEvent, ...]
    times_F: torch.Tensor


@dataclass(frozen=True)
class Clips:
    """A batch of rendered scenes.

    Attributes:
        video_BCFHW: float32, 0 to 1.
        truths: one for each scene.
        masks_BKFHW: K = 3, empty actors are 0; None unless asked for.
    """

    video_BCFHW: torch.Tensor
    truths: tuple[Truth, ...]
    masks_BKFHW: torch.Tensor | None


class Film:
    """One scene at one size and frame rate, streamed.

    Args:
        scene: what to film.
        width, height: pixels.
        fps: frames per second.
        device: where it is computed.

    Raises:
        ValueError: if a size or the rate is not positive.
    """

    def __init__(
        self, scene: Scene, width: int, height: int, fps: float = 24.0, device: torch.device | str = "cpu"
    ) -> None:
        if width < 16 or height < 16 or fps <= 0:
            raise ValueError(
                f"a film needs at least 16 x 16 pixels and a positive rate, got {width} x {height} at {fps}"
            )
        self.scene, self.width, self.height, self.fps = scene, width, height, float(fps)
        self.frame_count = max(1, round(scene.duration_s * self.fps))
        times = torch.arange(self.frame_count, dtype=torch.float64).div(self.fps).to(torch.float32)
        self.stage = Stage(scene, height, width, times, device)

    def frames(self, chunk: int = 8) -> Iterator[torch.Tensor]:
        """The film from its first frame: uint8 (n, H, W, 3) with n at most ``chunk``."""
        if chunk < 1:
            raise ValueError(f"a chunk holds at least one frame, got {chunk}")
        kept: list[torch.Tensor] = []
        count = 0
        for number in range(self.block_count):
            block = self.block(number)
            kept.append(block)
            count += len(block)
            while count >= chunk:
                joined = torch.cat(kept) if len(kept) > 1 else kept[0]
                yield joined[:chunk]
                kept, count = [joined[chunk:]], count - chunk
        if count:
            yield torch.cat(kept) if len(kept) > 1 else kept[0]

    @property
    def block_count(self) -> int:
        """Blocks of frames that are drawn together."""
        return -(-self.frame_count // BLOCK)

    def block(self, number: int) -> torch.Tensor:
        """The frames of one block: uint8 (n, H, W, 3). Blocks do not depend on each other, but one film draws one at
        a time: for two threads take two films of the same scene."""
        start = number * BLOCK
        with torch.inference_mode():
            return self.stage.filmed(start, min(start + BLOCK, self.frame_count))

    def truth(self, masks: bool = False, height: int = 64, width: int | None = None) -> Truth:
        """What is in the film, measured at ``height`` (and by default the film's aspect)."""
        wide = width or max(16, round(height * self.width / self.height))
        stage = Stage(self.scene, height, wide, self.stage.times, self.stage.device, scenery=False)
        with torch.inference_mode():
            return _truth(stage, masks, [stage.ensemble.patches(0, self.frame_count)])


def render_clips(
    scenes: Sequence[Scene], width: int, height: int, frames: int, fps: float, masks: bool = False,
    device: torch.device | str = "cpu",
) -> Clips:  # fmt: skip
    """Render many scenes at a small size.

    Args:
        scenes: B scenes; each is filmed for ``frames`` frames from its start.
        width, height: pixels.
        frames: of each clip.
        fps: frames per second.
        masks: whether masks are wanted.
        device: where tensors live.
    """
    times = torch.arange(frames, dtype=torch.float64).div(fps).to(torch.float32)
    video = torch.empty(len(scenes), 3, frames, height, width, device=device)
    truths: list[Truth] = []
    with torch.inference_mode():
        for b, scene in enumerate(scenes):
            stage = Stage(scene, height, width, times, device)
            blocks = []
            for start in range(0, frames, 2 * BLOCK + 1):
                stop = min(start + 2 * BLOCK + 1, frames)
                patches = stage.ensemble.patches(start, stop)
                blocks.append(patches)
                picture = stage.frames(start, stop, patches)
                video[b, :, start:stop] = stage.enlarged(picture).transpose(0, 1)
            truths.append(_truth(stage, masks, blocks))
    stacked = None
    if masks:
        stacked = torch.zeros(len(scenes), 3, frames, height, width, device=device)
        for row, truth in zip(stacked, truths, strict=True):
            if truth.masks_KFHW is not None:
                row[: truth.masks_KFHW.shape[0]] = truth.masks_KFHW
    return Clips(video, tuple(truths), stacked)


def _truth(stage: Stage, masks: bool, blocks: list[list[Rows]]) -> Truth:
    actors, frames = len(stage.scene.actors), len(stage.times)
    covers = torch.zeros(2, actors, frames, stage.height, stage.width, device=stage.device)
    whole = torch.zeros(actors, frames, device=stage.device)
    for block in blocks:
        for k, rows in enumerate(block):
            for first, last, patch in rows:
                whole[k, first:last] = patch.full
                for f in range(first, last):
                    _put(covers[0, k, f], patch, f - first)
                    if patch.front is not None:
                        _put(covers[1, k, f], patch.front, f - first)
    seen = torch.zeros_like(covers[0])
    for k, front in stage.ensemble.layers():
        cover = covers[int(front), k]
        seen *= 1.0 - cover
        seen[k] += cover
    boxes = _boxes(seen)
    visible = (seen.sum((2, 3)) / whole.clamp_min(1e-3)).clamp(0.0, 1.0)
    return Truth(
        boxes, visible, tuple(stage.ensemble.order), stage.enlarged(seen) if masks else None, stage.path,
        tuple(actor.acts for actor in stage.scene.actors), stage.performance.events, stage.times,
    )  # fmt: skip


def _put(cover_HW: torch.Tensor, patch: Patch, n: int) -> None:
    height, width = cover_HW.shape
    left, top = patch.left[n], patch.top[n]
    h, w = patch.alpha.shape[-2:]
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + w, width), min(top + h, height)
    if x0 < x1 and y0 < y1:
        cover_HW[y0:y1, x0:x1] = patch.alpha[n, y0 - top : y1 - top, x0 - left : x1 - left]


def _boxes(masks_KFHW: torch.Tensor) -> torch.Tensor:
    """Bounds of the pixels covered by at least half: (K, F, 4) as shares of the frame."""
    height, width = masks_KFHW.shape[-2:]
    rows, cols = (masks_KFHW > 0.5).any(3), (masks_KFHW > 0.5).any(2)
    x0, x1 = _ends(cols)
    y0, y1 = _ends(rows)
    boxes = torch.stack([x0 / width, y0 / height, x1 / width, y1 / height], -1)
    return boxes * cols.any(-1)[..., None]


def _ends(hit: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    hits = hit.to(torch.uint8)
    return hits.argmax(-1).float(), hit.shape[-1] - hits.flip(-1).argmax(-1).float()
