"""One scene made ready to be filmed at one size: scenery, actors, weather, composed frame by frame."""

from __future__ import annotations

import torch

from models.world.action import perform
from models.world.backdrop import SMALL, Backdrop
from models.world.camera import CameraPath, path
from models.world.ensemble import Ensemble, Rows
from models.world.light import Light, expose, light
from models.world.performance import Performance
from models.world.scene import Scene
from models.world.style import STYLES, Style, block_px, posterise
from models.world.weather import Veil, flash, veils


class Stage:
    """A scene ready to be filmed.

    Args:
        scene: what.
        height, width: pixels of the finished picture.
        times_F: seconds of every frame that will be asked for.
        device: where tensors live.
        scenery: False to measure the actors only.
    """

    def __init__(
        self, scene: Scene, height: int, width: int, times_F: torch.Tensor, device: torch.device | str = "cpu",
        scenery: bool = True,
    ) -> None:  # fmt: skip
        self.scene, self.device = scene, torch.device(device)
        self.out_height, self.out_width = height, width
        self.block = block_px(scene.style, height)
        self.height, self.width = -(-height // self.block), -(-width // self.block)
        self.times = times_F.to(self.device, torch.float32)
        aspect = width / height
        self.performance: Performance = perform(scene, self.times, aspect)
        self.path: CameraPath = path(scene, self.performance, aspect, self.times)
        self.light: Light = light(scene)
        self.style: Style = STYLES[scene.style]
        self.view = self.path.view(1.0, self.height, self.width)
        self.ensemble = Ensemble(scene, self.performance, self.view, self.light, self.style, self.times)
        self.backdrop: Backdrop | None = None
        self.veils: list[Veil] = []
        if scenery:
            self.backdrop = Backdrop(scene, self.path, self.light, self.style, self.times, self.height, self.width)
            self.veils = veils(scene, self.light, self.height, self.width, self.device)
        self.flash = flash(scene, self.performance.events, self.times)

    def frames(self, start: int, stop: int, patches: list[Rows] | None = None) -> torch.Tensor:
        """Finished frames as floats (n, 3, H, W), 0 to 1, before quantisation, at the size of the picture's blocks."""
        patches = self.ensemble.patches(start, stop) if patches is None else patches
        buffer = torch.zeros(stop - start, 3, self.height, self.width, device=self.device)
        step = stop - start if self._small else 1
        for at in range(start, stop, step):
            self._compose(buffer[at - start : at - start + step], at, at + step, patches)
        return buffer

    def filmed(self, start: int, stop: int) -> torch.Tensor:
        """Finished frames as bytes (n, H, W, 3) at the asked size; of large ones one float frame is held at a time."""
        if self._small:
            return self._quantised(self.frames(start, stop))
        out = torch.empty(stop - start, self.out_height, self.out_width, 3, dtype=torch.uint8, device=self.device)
        picture = torch.empty(1, 3, self.height, self.width, device=self.device)
        actors = range(len(self.scene.actors))
        step = min((self.ensemble.stride(k, start, stop) for k in actors), default=stop - start)
        for first in range(start, stop, step):
            last = min(first + step, stop)
            patches = self.ensemble.patches(first, last)
            for at in range(first, last):
                # What is hidden is not painted, but it is multiplied: it must be a number.
                self._compose(picture.zero_(), at, at + 1, patches)
                out[at - start] = self._quantised(picture)[0]
        return out

    @property
    def _small(self) -> bool:
        return self.height * self.width <= SMALL

    def _compose(self, out: torch.Tensor, start: int, stop: int, patches: list[Rows]) -> None:
        if self.backdrop is not None:
            self.backdrop.paint(out, start, stop, front=False)
        self.ensemble.compose(out, start, stop, patches)
        if self.backdrop is not None:
            self.backdrop.paint(out, start, stop, front=True)
        self._air(out, start, stop)

    def _air(self, out: torch.Tensor, start: int, stop: int) -> None:
        scale = self.view.scale_F
        for f in range(start, stop):
            frame = out[f - start]
            if self.veils:
                shift_x = float(-(self.view.x_F[f] - self.view.x_F[0]) * scale[f])
                shift_y = float((self.view.y_F[f] - self.view.y_F[0]) * scale[f])
                for veil in self.veils:
                    colour = torch.tensor(veil.colour, device=self.device)[:, None, None]
                    frame.lerp_(colour, veil.at(float(self.times[f]), shift_x, shift_y))
            bright = float(self.flash[f])
            if bright > 0.004:
                frame.lerp_(expose(frame, 1.6), 0.85 * bright)
            length = round(float(self.path.blur[f]) * self.width)
            if length > 1:
                _smear(frame, length)
        if self.style.levels:
            out.copy_(posterise(out, self.style.levels))

    def _quantised(self, frames: torch.Tensor) -> torch.Tensor:
        n = frames.shape[0]
        small = torch.empty(n, self.height, self.width, 3, dtype=torch.uint8, device=self.device)
        for row, frame in zip(small, frames, strict=True):
            row.copy_(frame.mul_(255.0).add_(0.5).clamp_(0.0, 255.0).to(torch.uint8).permute(1, 2, 0))
        return self.enlarged(small.permute(0, 3, 1, 2)).permute(0, 2, 3, 1).contiguous() if self.block > 1 else small

    def enlarged(self, picture: torch.Tensor) -> torch.Tensor:
        """(…, h, w) in blocks to (…, H, W) in pixels."""
        if self.block == 1:
            return picture
        big = picture.repeat_interleave(self.block, -1).repeat_interleave(self.block, -2)
        return big[..., : self.out_height, : self.out_width]


def _smear(frame: torch.Tensor, length: int) -> None:
    """Average ``length`` neighbours along each row, in place."""
    width = frame.shape[-1]
    length = min(length | 1, width // 2 * 2 - 1)
    half = length // 2
    padded = torch.nn.functional.pad(frame, (half + 1, half), mode="replicate")
    total = padded.cumsum(-1, dtype=torch.float64)
    frame.copy_((total[..., length:] - total[..., :-length]) / length)
