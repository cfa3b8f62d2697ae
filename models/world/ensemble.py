"""The actors of one scene at one size: painted in patches, with light, shadow and the touch of the style."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from models.world.draw import View, bounds, moved, paint_into, place
from models.world.figures import draw_actor, shadow
from models.world.light import Light, mix
from models.world.performance import Performance, Track
from models.world.scene import Scene
from models.world.strokes import StrokeList, Strokes
from models.world.style import Style, finish_patch
from models.world.vocabulary import SUBJECTS

_PATCH = 400_000
"""Most pixels of one actor's patches painted at once."""


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


Rows = list[tuple[int, int, Patch]]
"""Patches of one actor with the first and the last frame (exclusive) that each holds."""


class Ensemble:
    """The actors of a scene as the view sees them at the given times."""

    def __init__(
        self, scene: Scene, performance: Performance, view: View, light: Light, style: Style, times: torch.Tensor
    ) -> None:
        self.scene, self.performance, self.view = scene, performance, view
        self.light, self.style, self.times, self.device = light, style, times, times.device
        self.height, self.width = view.height, view.width
        depth = [float(track.depth.mean()) for track in performance.tracks]
        self.order = sorted(range(len(depth)), key=lambda k: -depth[k])
        self._under = list(zip(self._halos(), self._shadows(), strict=True))

    def compose(self, out: torch.Tensor, start: int, stop: int, patches: list[Rows]) -> None:
        """Paint all actors, far to near, over frames ``start`` to ``stop`` (n, 3, H, W), in place."""
        for k in self.order:
            for under in self._under[k]:
                if under is not None:
                    paint_into(out, _stroke_part(under, start, stop))
            for first, last, patch in patches[k]:
                for f in range(max(first, start), min(last, stop)):
                    lay(out[f - start], patch, f - first)

    def stride(self, actor: int, start: int, stop: int) -> int:
        """How many frames of an actor may be painted at once, so that memory stays bounded when it fills the frame."""
        scale = float(self.view.scale_F[start:stop].max())
        tall = float(self.performance.tracks[actor].height[start:stop].max()) * scale
        pixels = min(1.2 * tall, self.height) * min(1.6 * tall, self.width)
        return max(1, min(stop - start, int(_PATCH / max(pixels, 1.0))))

    def patches(self, start: int, stop: int) -> list[Rows]:
        """All actors painted over some frames: for each actor its patches."""
        made: list[Rows] = []
        for k in range(len(self.scene.actors)):
            step = self.stride(k, start, stop)
            rows = []
            for at in range(start, stop, step):
                end = min(at + step, stop)
                patch = self.patch(k, at, end)
                if patch is not None:
                    rows.append((at, end, patch))
            made.append(rows)
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
            paint_into(
                pixels, local, outline_FHW=rim, outline_px=max(0.8, self.style.outline * (scale * self.height) ** 0.5)
            )
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

    def _halos(self) -> list[Strokes | None]:
        """A breath of light behind each figure where the place is dark, so that it can always be read."""
        made: list[Strokes | None] = []
        dim = sum(self.light.tint) / 3.0
        for actor, track in zip(self.scene.actors, self.performance.tracks, strict=True):
            deep = 0.10 if actor.colour in ("black", "brown", "blue", "purple") else 0.0
            alpha = 0.6 * max(0.0, 0.72 - dim) + (deep if dim < 0.95 else 0.0)
            if alpha < 0.03 or self.scene.setting in ("space", "room") or self.style.hard:
                made.append(None)
                continue
            wide = 0.5 * SUBJECTS[actor.subject].width * track.height + 0.10
            tall = 0.55 * track.height + 0.09
            middle = track.y + 0.5 * track.height
            rows = StrokeList(len(self.times), self.device)
            colour = self.light.shown(mix(self.light.key, self.light.air, 0.35), glow=1.0)
            rows.ellipse(
                (track.x, middle), (track.x + wide, middle), tall, colour, alpha=alpha, shade=0.0, soft=0.085, line=0.0
            )
            made.append(place(rows.finish(), self.view))
        return made


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
