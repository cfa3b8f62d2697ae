"""The actors of one scene at one size: painted in patches, with light, shadow and the touch of the style."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from models.world.draw import View, bounds, moved, paint_into, place
from models.world.figures import draw_actor, shadow, table_of
from models.world.light import Light, mix
from models.world.motion.riding import carriers_of
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
    frame included. ``front`` is the part of a carrier that is painted again over its riders.
    """

    pixels: torch.Tensor
    left: list[int]
    top: list[int]
    alpha: torch.Tensor
    full: torch.Tensor
    front: Patch | None = None


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
        self.carriers = carriers_of(scene)
        self.order = self._ordered(depth)
        self._under = list(zip(self._halos(), self._shadows(), strict=True))
        self._ripples = [ripples(track, SUBJECTS[actor.subject].width, times, light, view)
                         for actor, track in zip(scene.actors, performance.tracks, strict=True)]  # fmt: skip

    def _ordered(self, depth: list[float]) -> list[int]:
        """Actors from far to near; who rides comes right after what carries it."""
        order = [k for k in sorted(range(len(depth)), key=lambda k: -depth[k]) if k not in self.carriers]
        waiting = [k for k in range(len(depth)) if k in self.carriers]
        while waiting:
            k = next(k for k in waiting if self.carriers[k] in order)
            waiting.remove(k)
            order.insert(order.index(self.carriers[k]) + 1, k)
        return order

    def layers(self) -> list[tuple[int, bool]]:
        """What is painted, far to near: an actor, and whether it is only the part in front of its riders."""
        made: list[tuple[int, bool]] = []
        for n, k in enumerate(self.order):
            made.append((k, False))
            following = self.order[n + 1] if n + 1 < len(self.order) else -1
            below = k
            while below in self.carriers:
                below = self.carriers[below]
                if self.carriers.get(following) != below and (below, True) not in made:
                    made.append((below, True))
        return made

    def compose(self, out: torch.Tensor, start: int, stop: int, patches: list[Rows]) -> None:
        """Paint all actors, far to near, over frames ``start`` to ``stop`` (n, 3, H, W), in place."""
        for k, front in self.layers():
            for under in self._under[k] if not front else ():
                if under is not None:
                    paint_into(out, _stroke_part(under, start, stop))
            for first, last, patch in patches[k]:
                shown = patch.front if front else patch
                for f in range(max(first, start), min(last, stop)):
                    if shown is not None:
                        lay(out[f - start], shown, f - first)
            ripple = None if front else self._ripples[k]
            if ripple is not None:
                paint_into(out, _stroke_part(ripple, start, stop))

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
        who, track = self.scene.actors[actor], self.performance.tracks[actor].part(slice(start, stop))
        ridden = actor in self.carriers.values()
        strokes = draw_actor(who, track, self.times[start:stop], ridden)
        shown = self._window(actor, start, stop)
        patch = self.patch_of(strokes, start, stop, track.waterline, shown)
        if patch is None or not ridden:
            return patch
        table = table_of(who, self.device, ridden=True)
        riders = [self.performance.tracks[k].aboard for k, carrier in self.carriers.items() if carrier == actor]
        aboard = torch.stack([share[start:stop] for share in riders if share is not None] or [track.x * 0.0]).amax(0)
        if bool(table.front_K.any()) and bool((aboard > 0.5).any()):
            front = only(strokes, table.front_K)
            front = replace(front, alpha_FK=front.alpha_FK * (aboard > 0.5)[:, None])
            patch.front = self.patch_of(front, start, stop, track.waterline, shown)
        return patch

    def _window(self, rider: int, start: int, stop: int) -> Strokes | None:
        """The panes through which a rider is seen, in pixels; None for one that is seen whole."""
        carrier = self.carriers.get(rider, -1)
        if carrier < 0:
            return None
        table = table_of(self.scene.actors[carrier], self.device, ridden=True)
        aboard = self.performance.tracks[rider].aboard
        if not bool(table.window_K.any()) or aboard is None or not bool((aboard[start:stop] > 0.5).all()):
            return None
        track = self.performance.tracks[carrier].part(slice(start, stop))
        strokes = draw_actor(self.scene.actors[carrier], track, self.times[start:stop], ridden=True)
        return place(only(strokes, table.window_K), self.view.part(start, stop))

    def patch_of(
        self, strokes: Strokes, start: int, stop: int, water_F: torch.Tensor | None = None, pane: Strokes | None = None
    ) -> Patch | None:
        """Strokes of the actors' plane, painted over some frames with the light and style of figures.

        What is below the surface ``water_F`` (stage y) or outside the ``pane`` (in pixels) is cut away.
        """
        scale = float(self.view.scale_F[start:stop].mean())
        colour = self.light.grade_figure(strokes.colour_FK3, strokes.glow_K)
        seen = place(_coloured(strokes, colour, 1.0 - self.style.flat), self.view.part(start, stop))
        # The same for every part of a clip, or what is cut off at the edge would depend on the parts.
        margin = 3.0 + (0.05 if self.style.shadow else 0.012) * float(self.view.scale_F.max())
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
        if pane is not None:
            glass = torch.zeros_like(pixels)
            paint_into(glass, moved(pane, low), hard=self.style.hard)
            pixels *= glass[:, 3:]
        if water_F is not None:
            pixels *= self._above(water_F, low, start, stop, h, w)[:, None]
        alpha = pixels[:, 3].clone()
        rim_light = self.light.rim * (0.6 if self.style.edge else 1.0)
        finish_patch(pixels, self.style, self.height, self.light.key, rim_light, self.light.side)
        corners = low.long().tolist()
        outside = (box[:, 2:] - box[:, :2]).clamp_min(1.0)
        inside = (torch.minimum(box[:, 2:], edges - margin) - box[:, :2].clamp_min(0.0)).clamp_min(0.0)
        shown = ((inside / outside).prod(-1)).clamp(1e-3, 1.0)
        return Patch(pixels, [c[0] for c in corners], [c[1] for c in corners], alpha, alpha.sum((1, 2)) / shown)

    def _above(
        self, water_F: torch.Tensor, low_F2: torch.Tensor, start: int, stop: int, height: int, width: int
    ) -> torch.Tensor:
        """1 above the surface of the water and 0 below it, (n, h, w), with a gentle swell."""
        view = self.view.part(start, stop)
        u = torch.arange(width, device=self.device) + (0.5 - 0.5 * self.width)
        v = torch.arange(height, device=self.device) + (0.5 - 0.5 * self.height)
        u, v = u[None, None, :] + low_F2[:, 0, None, None].floor(), v[None, :, None] + low_F2[:, 1, None, None].floor()
        sin, cos, scale = (k[:, None, None] for k in (view.roll_F.sin(), view.roll_F.cos(), view.scale_F))
        x = view.x_F[:, None, None] + (u * cos - v * sin) / scale
        y = view.y_F[:, None, None] - (u * sin + v * cos) / scale
        swell = 0.004 * torch.sin(38.0 * x + 2.6 * self.times[start:stop, None, None])
        return ((y - water_F[:, None, None] - swell) * scale + 0.5).clamp(0.0, 1.0)

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


def ripples(track: Track, width: float, times: torch.Tensor, light: Light, view: View) -> Strokes | None:
    """Foam where a body breaks the surface, in pixels; None on dry land."""
    if track.waterline is None:
        return None
    rows = StrokeList(len(times), times.device)
    colour = light.shown((0.93, 0.98, 1.0), glow=0.25)
    wet = ((track.waterline + 0.6) * 4.0).clamp(0.0, 1.0)
    # A body that leaps out of the water leaves the surface behind.
    wet = wet * (1.0 - ((track.y - track.waterline) / (0.3 * track.height)).clamp(0.0, 1.0))
    half = 0.5 * track.height * (0.62 * min(width, 1.9) + 0.30 * track.lean.sin().abs())
    middle = track.x - 0.5 * track.height * track.lean.sin()
    for n in range(5):
        place_n = 0.5 * (n - 2)
        beat = torch.sin(2.2 * times + 1.9 * n)
        x, y = middle + half * (place_n + 0.05 * beat), track.waterline - 0.004 * (n % 2) - 0.002
        reach = half * (0.26 + 0.06 * beat)
        alpha = wet * (0.72 + 0.15 * beat)
        rows.ellipse((x, y), (x + reach, y), 0.006, colour, alpha=alpha, shade=0.0, soft=0.003, line=0.0)
    return place(rows.finish(), view)


def only(strokes: Strokes, kept_K: torch.Tensor) -> Strokes:
    """The strokes that are marked in ``kept``."""
    return Strokes(
        strokes.kind_K[kept_K], strokes.points_FKC2[:, kept_K], strokes.radii_FK2[:, kept_K],
        strokes.colour_FK3[:, kept_K], strokes.alpha_FK[:, kept_K], strokes.shade_K[kept_K], strokes.glow_K[kept_K],
        strokes.soft_K[kept_K], strokes.line_K[kept_K],
    )  # fmt: skip


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
