"""One scene made ready to be filmed at one size: canvases, figures, weather, composed frame by frame."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from models.world.action import perform
from models.world.camera import CameraPath, path
from models.world.canvas import Sheet, covering, graded, look, paint_layer, slide, stacked
from models.world.draw import View, bounds, moved, paint_into, place
from models.world.figures import draw_actor, shadow
from models.world.light import Light, expose, light
from models.world.performance import Performance, Track
from models.world.scene import Scene
from models.world.settings import build
from models.world.settings.sketch import Layer, Moves, Plan
from models.world.strokes import StrokeList, Strokes
from models.world.style import STYLES, Style, block_px, finish_patch, posterise
from models.world.weather import Veil, flash, veils

_SMALL = 80_000
"""Pictures up to this many pixels are composed many frames at a time; larger ones frame by frame."""
_PATCH = 400_000
"""Most pixels of one actor's patches painted at once."""


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


@dataclass
class Patch:
    """One actor in some frames: premultiplied RGBA (n, 4, h, w) and where its corner lies, in whole pixels.

    ``alpha`` is the figure alone, without the shadow of a style; ``full`` (n,) its area in pixels, the part outside the
    frame included.
    """

    pixels: torch.Tensor
    left: list[int]
    top: list[int]
    alpha: torch.Tensor
    full: torch.Tensor


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
        self.items: list[_Painted | _Living] = []
        if scenery:
            self._lay_out()
        self.veils: list[Veil] = veils(scene, self.light, self.height, self.width, self.device)
        self.flash = flash(scene, self.performance.events, self.times)
        self.order = sorted(range(len(scene.actors)), key=lambda k: -float(self.performance.tracks[k].depth.mean()))
        self._shade = self._shadows()

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
            sheet = paint_layer(layer, canvas_view, self.light, self.style)
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

    def _shadows(self) -> list[Strokes | None]:
        """Contact shadows of the actors, in pixels of the picture."""
        made: list[Strokes | None] = []
        colour = self.light.shown((0.05, 0.06, 0.12), glow=0.6)
        for actor, track in zip(self.scene.actors, self.performance.tracks, strict=True):
            if self.scene.setting in ("space", "sky", "underwater"):
                made.append(None)
                continue
            x, y, half, strength = shadow(actor, track)
            rows = StrokeList(len(self.times), self.device)
            rows.ellipse(
                (x, y), (x + half, y), 0.2 * half, colour, alpha=0.42 * strength, shade=0.0, soft=0.018, line=0.0
            )
            made.append(place(rows.finish(), self.view))
        return made

    def patch(self, actor: int, start: int, stop: int) -> Patch | None:
        """One actor painted over some frames; None if it cannot be seen in any of them."""
        track = _track_part(self.performance.tracks[actor], start, stop)
        strokes = draw_actor(self.scene.actors[actor], track, self.times[start:stop])
        return self.patch_of(strokes, start, stop)

    def patch_of(self, strokes: Strokes, start: int, stop: int) -> Patch | None:
        """Strokes of the actors' plane, painted over some frames with the light and style of figures."""
        scale = float(self.view.scale_F[start:stop].mean())
        colour = self.light.grade_figure(strokes.colour_FK3, strokes.glow_K)
        seen = place(_coloured(strokes, colour, 1.0 - self.style.flat), self.view.part(start, stop))
        margin = 3.0 + (0.05 if self.style.shadow else 0.012) * scale
        box = bounds(seen)
        low = (box[:, :2] - margin).floor().clamp_min(-margin)
        high = (box[:, 2:] + margin).ceil()
        edges = torch.tensor([self.width + margin, self.height + margin], device=self.device)
        high = torch.minimum(high, edges)
        size = (high - low).amax(0)
        w, h = int(size[0]), int(size[1])
        if w < 1 or h < 1:
            return None
        pixels = torch.zeros(stop - start, 4, h, w, device=self.device)
        local = moved(seen, low)
        if self.style.outline > 0.0:
            rim = torch.zeros(stop - start, h, w, device=self.device)
            paint_into(pixels, local, outline_FHW=rim, outline_px=max(0.8, self.style.outline * scale))
            alpha = pixels[:, 3].clone()
            ink = torch.tensor(self.style.ink, device=self.device)[None, :, None, None]
            pixels[:, :3] += ink * (rim * (1.0 - alpha))[:, None]
            pixels[:, 3] += rim * (1.0 - alpha)
        else:
            paint_into(pixels, local, hard=self.style.hard)
        alpha = pixels[:, 3].clone()
        rim_light = self.light.rim * (0.6 if self.style.edge else 1.0)
        finish_patch(pixels, self.style, self.height, self.light.key, rim_light, self.light.side)
        corners = low.long().tolist()
        outside = (box[:, 2:] - box[:, :2]).clamp_min(1.0)
        inside = (torch.minimum(box[:, 2:], edges - margin) - box[:, :2].clamp_min(0.0)).clamp_min(0.0)
        shown = ((inside / outside).prod(-1)).clamp(1e-3, 1.0)
        return Patch(pixels, [c[0] for c in corners], [c[1] for c in corners], alpha, alpha.sum((1, 2)) / shown)

    def frames(
        self, start: int, stop: int, patches: list[list[tuple[int, int, Patch]]] | None = None
    ) -> torch.Tensor:
        """Finished frames as floats (n, 3, H, W), 0 to 1, before quantisation, at the size of the picture's blocks."""
        small = self.height * self.width <= _SMALL
        patches = self.patches(start, stop) if patches is None else patches
        buffer = torch.zeros(stop - start, 3, self.height, self.width, device=self.device)
        step = stop - start if small else 1
        for at in range(start, stop, step):
            self._compose(buffer[at - start : at - start + step], at, at + step, patches)
        return buffer

    def filmed(self, start: int, stop: int) -> torch.Tensor:
        """Finished frames as bytes (n, H, W, 3) at the asked size; holds one float frame at a time if they are large."""
        if self.height * self.width <= _SMALL:
            return self._quantised(self.frames(start, stop))
        patches = self.patches(start, stop)
        out = torch.empty(stop - start, self.out_height, self.out_width, 3, dtype=torch.uint8, device=self.device)
        picture = torch.empty(1, 3, self.height, self.width, device=self.device)
        for at in range(start, stop):
            # What is hidden is not painted, but it is multiplied: it must be a number.
            self._compose(picture.zero_(), at, at + 1, patches)
            out[at - start] = self._quantised(picture)[0]
        return out

    def patches(self, start: int, stop: int) -> list[list[tuple[int, int, Patch]]]:
        made: list[list[tuple[int, int, Patch]]] = []
        for k in range(len(self.scene.actors)):
            height = float(self.performance.tracks[k].height[start:stop].max()) * float(self.view.scale_F[start:stop].max())
            pixels = min(height * 1.2, self.height) * min(height * 1.6, self.width)
            step = max(1, min(stop - start, int(_PATCH / max(pixels, 1.0))))
            rows = []
            for at in range(start, stop, step):
                end = min(at + step, stop)
                patch = self.patch(k, at, end)
                if patch is not None:
                    rows.append((at, end, patch))
            made.append(rows)
        return made

    def _compose(
        self, out: torch.Tensor, start: int, stop: int, patches: list[list[tuple[int, int, Patch]]]
    ) -> None:
        self._paint(out, start, stop, front=False)
        for k in self.order:
            shade = self._shade[k]
            if shade is not None:
                paint_into(out, _stroke_part(shade, start, stop))
            for first, last, patch in patches[k]:
                for f in range(max(first, start), min(last, stop)):
                    lay(out[f - start], patch, f - first)
        self._paint(out, start, stop, front=True)
        self._air(out, start, stop)

    def _paint(self, out: torch.Tensor, start: int, stop: int, front: bool) -> None:
        items = [item for item in self.items if item.front == front]
        alone = stop - start == 1 and self.height * self.width > _SMALL
        for n, item in enumerate(items):
            if isinstance(item, _Living):
                strokes = item.moves.at(item.strokes, self.times[start:stop])
                paint_into(out, place(strokes, item.view.part(start, stop)), hard=self.style.hard)
                continue
            bare = n == 0 and not front
            drift_F = None if item.drift_F is None else item.drift_F[start:stop]
            if alone and item.upright:
                rows = self._rows(item, start, items[n + 1 :])
                if rows.stop <= rows.start:
                    continue
                if item.slides:
                    scratch = torch.empty(4, rows.stop - rows.start, self.width, device=self.device)
                    drift = 0.0 if drift_F is None else float(drift_F[0])
                    seen = slide(item.sheet, item.view, start, drift, rows, scratch)
                else:
                    seen = look(item.sheet, item.view.part(start, stop).band(rows.start, rows.stop), drift_F)[0]
                self._over(out[0][:, rows], seen, bare)
                continue
            seen = look(item.sheet, item.view.part(start, stop), drift_F)
            if bare:
                out.copy_(seen[:, :3])
            else:
                torch.addcmul(seen[:, :3], out, seen[:, 3:], out=out)

    def _over(self, out: torch.Tensor, seen: torch.Tensor, bare: bool) -> None:
        if bare:
            out.copy_(seen[:3])
        else:
            torch.addcmul(seen[:3], out, seen[3:], out=out)

    def _rows(self, item: _Painted, frame: int, above: list[_Painted | _Living]) -> slice:
        """Rows of the picture in which a canvas has paint that nothing above it hides."""
        first = max(0, self._row(item, frame, item.sheet.first_row) - 1)
        last = self.height
        for other in above:
            if isinstance(other, _Painted) and other.upright:
                last = min(last, self._row(other, frame, other.sheet.solid_row) + 2)
        return slice(min(first, self.height), max(0, min(last, self.height)))

    def _row(self, item: _Painted, frame: int, row: int) -> int:
        y = item.sheet.top - row / item.sheet.per_unit
        return int((float(item.view.y_F[frame]) - y) * float(item.view.scale_F[frame]) + 0.5 * self.height)

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


def lay(frame_CHW: torch.Tensor, patch: Patch, n: int) -> None:
    """Blend frame ``n`` of a patch over a picture, in place."""
    height, width = frame_CHW.shape[-2:]
    left, top = patch.left[n], patch.top[n]
    h, w = patch.pixels.shape[-2:]
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + w, width), min(top + h, height)
    if x0 >= x1 or y0 >= y1:
        return
    part = patch.pixels[n, :, y0 - top : y1 - top, x0 - left : x1 - left]
    spot = frame_CHW[:, y0:y1, x0:x1]
    torch.addcmul(part[:3], spot, 1.0 - part[3:], out=spot)


def _smear(frame: torch.Tensor, length: int) -> None:
    """Average ``length`` neighbours along each row, in place."""
    width = frame.shape[-1]
    length = min(length | 1, width // 2 * 2 - 1)
    half = length // 2
    padded = torch.nn.functional.pad(frame, (half + 1, half), mode="replicate")
    total = padded.cumsum(-1, dtype=torch.float64)
    frame.copy_((total[..., length:] - total[..., :-length]) / length)


def _coloured(strokes: Strokes, colour: torch.Tensor, shade: float) -> Strokes:
    return Strokes(
        strokes.kind_K, strokes.points_FKC2, strokes.radii_FK2, colour, strokes.alpha_FK, strokes.shade_K * shade,
        strokes.glow_K, strokes.soft_K, strokes.line_K,
    )  # fmt: skip


def _stroke_part(strokes: Strokes, start: int, stop: int) -> Strokes:
    return Strokes(
        strokes.kind_K, strokes.points_FKC2[start:stop], strokes.radii_FK2[start:stop],
        strokes.colour_FK3[start:stop], strokes.alpha_FK[start:stop], strokes.shade_K, strokes.glow_K,
        strokes.soft_K, strokes.line_K,
    )  # fmt: skip


def _track_part(track: Track, start: int, stop: int) -> Track:
    cut = slice(start, stop)
    return Track(
        track.x[cut], track.y[cut], track.depth[cut], track.height[cut], track.facing[cut], track.lean[cut],
        track.pose[cut],
    )  # fmt: skip
