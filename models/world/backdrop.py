"""The scenery of one scene at one size: canvases and living strokes, composed behind and before the actors."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from models.world.camera import CameraPath
from models.world.canvas import Sheet, covering, graded, look, paint_layer, slide, stacked
from models.world.draw import View, paint_into, place
from models.world.light import Light
from models.world.scene import Scene
from models.world.settings import build
from models.world.settings.sketch import Layer, Moves, Plan
from models.world.strokes import Strokes
from models.world.style import Style

SMALL = 80_000
"""Pictures up to this many pixels are composed many frames at a time; larger ones frame by frame."""


@dataclass
class _Painted:
    """A canvas and how it is looked at."""

    sheet: Sheet
    view: View
    drift_F: torch.Tensor | None
    slides: bool
    upright: bool
    front: bool


@dataclass
class _Living:
    """Moving strokes of a layer."""

    strokes: Strokes
    moves: Moves
    view: View
    front: bool


class Backdrop:
    """The scenery of a scene as its camera sees it at the given times (F,), at ``height`` x ``width`` pixels."""

    def __init__(
        self, scene: Scene, path: CameraPath, light: Light, style: Style, times: torch.Tensor, height: int, width: int
    ) -> None:
        self.scene, self.path, self.light, self.style, self.times = scene, path, light, style, times
        self.height, self.width, self.device = height, width, times.device
        self.view = path.view(1.0, height, width)
        self.items: list[_Painted | _Living] = []
        self._lay_out()

    def _lay_out(self) -> None:
        half = 0.5 * self.width / self.view.scale_F
        reach = float((self.view.x_F.abs() + half).max())
        # Layers that move less than the actors show a wider piece of the world when the camera is near.
        reach = max(reach, 0.5 * self.width / self.height * 1.15)
        plan = Plan(self.scene, self.light, reach)
        for layer in build(plan):
            if layer.front and self.path.framing > 1.15:
                continue
            self._add_layer(layer)
        for item in self.items:
            if isinstance(item, _Painted):
                item.sheet.dry()

    def _add_layer(self, layer: Layer) -> None:
        view = self.path.view(layer.parallax, self.height, self.width)
        upright = float((self.path.roll.abs()).max()) < 1e-7
        if layer.marks:
            drift = None
            spread = 0.0
            if layer.drift != 0.0:
                drift = layer.drift * (self.times - self.times[0])
                spread = abs(layer.drift) * self.scene.duration_s
            steady = float((view.scale_F / view.scale_F[0] - 1.0).abs().max()) < 1e-6
            if self.path.moves_in_depth or drift is not None:
                seen, canvas_view = view, covering(view, spread)
            else:
                seen = self.view
                canvas_view = self._panorama(view)
            sheet = paint_layer(layer, canvas_view, self.light, self.style, self.height)
            if seen is self.view:
                pano = covering(self.view)
                sheet.per_unit = float(pano.scale_F[0])
                sheet.left = float(pano.x_F[0]) - 0.5 * pano.width / sheet.per_unit
                sheet.top = float(pano.y_F[0]) + 0.5 * pano.height / sheet.per_unit
            painted = _Painted(sheet, seen, drift, upright and steady, upright, layer.front)
            last = self.items[-1] if self.items else None
            if (
                isinstance(last, _Painted) and last.view is self.view and seen is self.view
                and last.drift_F is None and last.front == layer.front
            ):  # fmt: skip
                stacked(last.sheet, sheet)
            else:
                self.items.append(painted)
        if len(layer.living):
            strokes = graded(layer.living.finish(self.device), layer.haze, self.light, self.style)
            self.items.append(_Living(strokes, layer.living.moves(self.device), view, layer.front))

    def _panorama(self, view: View) -> View:
        """How a layer is seen in the canvas that all layers share when the camera only turns or zooms."""
        pano = covering(self.view)
        ratio = self.view.scale_F[0] / view.scale_F[0]
        return View(
            view.x_F[:1] + (pano.x_F - self.view.x_F[:1]) * ratio,
            view.y_F[:1] + (pano.y_F - self.view.y_F[:1]) * ratio,
            pano.scale_F / ratio, pano.roll_F, pano.height, pano.width,
        )  # fmt: skip

    def paint(self, out: torch.Tensor, start: int, stop: int, front: bool) -> None:
        """Compose frames ``start`` to ``stop`` into ``out`` (n, 3, H, W): what lies behind the actors, or in front."""
        items = [item for item in self.items if item.front == front]
        alone = stop - start == 1 and self.height * self.width > SMALL
        for n, item in enumerate(items):
            if isinstance(item, _Living):
                strokes = item.moves.at(item.strokes, self.times[start:stop])
                paint_into(out, place(strokes, item.view.part(start, stop)), hard=self.style.hard)
                continue
            bare = n == 0 and not front
            drift_F = None if item.drift_F is None else item.drift_F[start:stop]
            if not item.upright:
                _over(out, look(item.sheet, item.view.part(start, stop), drift_F), bare)
                continue
            rows = self._rows(item, start, stop, items[n + 1 :])
            if rows.stop <= rows.start:
                continue
            if alone and item.slides:
                scratch = torch.empty(4, rows.stop - rows.start, self.width, device=self.device)
                drift = 0.0 if drift_F is None else float(drift_F[0])
                seen = slide(item.sheet, item.view, start, drift, rows, scratch)[None]
            else:
                seen = look(item.sheet, item.view.part(start, stop).band(rows.start, rows.stop), drift_F)
            _over(out[:, :, rows], seen, bare)

    def _rows(self, item: _Painted, start: int, stop: int, above: list[_Painted | _Living]) -> slice:
        """Rows of the picture in which a canvas has paint that nothing above it hides, in any of the frames."""
        first = max(0, min(self._places(item, start, stop, item.sheet.first_row)) - 1)
        last = self.height
        for other in above:
            if isinstance(other, _Painted) and other.upright:
                last = min(last, max(self._places(other, start, stop, other.sheet.solid_row)) + 2)
        return slice(min(first, self.height), max(0, last))

    def _places(self, item: _Painted, start: int, stop: int, row: int) -> list[int]:
        """The row of the picture at which a row of the canvas is seen, in every frame."""
        y = item.sheet.top - row / item.sheet.per_unit
        view = item.view.part(start, stop)
        return ((view.y_F - y) * view.scale_F + 0.5 * self.height).floor().long().tolist()


def _over(out_F3HW: torch.Tensor, seen_F4HW: torch.Tensor, bare: bool) -> None:
    """Composite what is seen of a canvas over the picture, in place; the fourth channel is transmittance."""
    if bare:
        out_F3HW.copy_(seen_F4HW[:, :3])
    else:
        torch.addcmul(seen_F4HW[:, :3], out_F3HW, seen_F4HW[:, 3:], out=out_F3HW)
