"""Painting strokes fast: many strokes and frames in one evaluation, each inside its own box.

Everything here is in pixels with y down. Strokes of one kind and similar size are evaluated together and then blended
one by one in painting order, so that the cost is a few tensor operations per stroke whatever the number of frames.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from models.world.strokes import CAPSULE, CORNERS, ELLIPSE, POLYGON, Strokes
from models.world.vocabulary import RGB

_FINE = (8, 12, 16, 24, 32, 48, 64)
_COARSE = (12, 32, 80)
_SMALL = 150_000
"""Canvases of up to this many values use few box sizes: the number of operations counts there, not their size."""
_BUDGET = 1_500_000
"""Most coverage values held at once; bounds the memory of one call to some tens of megabytes."""


@dataclass(frozen=True)
class View:
    """Where a picture of F frames looks: stage point at its middle, pixels for one stage unit, roll.

    Attributes:
        x_F, y_F: stage coordinates of the middle of the picture.
        scale_F: pixels per stage unit.
        roll_F: radians; the camera turns clockwise for positive values, so the picture turns counter-clockwise.
        height, width: pixels.
    """

    x_F: torch.Tensor
    y_F: torch.Tensor
    scale_F: torch.Tensor
    roll_F: torch.Tensor
    height: int
    width: int

    def pixels(self, points_FN2: torch.Tensor) -> torch.Tensor:
        """Stage points (F, N, 2) to pixel points (F, N, 2), y down, the centre of the first pixel at 0.5."""
        dx = points_FN2[..., 0] - self.x_F[:, None]
        dy = points_FN2[..., 1] - self.y_F[:, None]
        c, s = self.roll_F.cos()[:, None], self.roll_F.sin()[:, None]
        k = self.scale_F[:, None]
        return torch.stack([(dx * c - dy * s) * k + 0.5 * self.width, 0.5 * self.height - (dx * s + dy * c) * k], -1)

    def part(self, start: int, stop: int) -> View:
        """The frames ``start`` to ``stop``."""
        cut = slice(start, stop)
        return replace(self, x_F=self.x_F[cut], y_F=self.y_F[cut], scale_F=self.scale_F[cut], roll_F=self.roll_F[cut])

    def band(self, first: int, last: int) -> View:
        """Only the rows ``first`` to ``last`` of an upright view."""
        return replace(
            self, y_F=self.y_F + (0.5 * self.height - 0.5 * (first + last)) / self.scale_F, height=last - first
        )


def place(strokes: Strokes, view: View) -> Strokes:
    """The strokes as the view sees them, in pixels; one frame of strokes serves all frames of the view."""
    frames, count = int(view.x_F.shape[0]), strokes.count
    points = strokes.points_FKC2.expand(frames, count, CORNERS, 2).reshape(frames, count * CORNERS, 2)
    scale = view.scale_F[:, None]
    return replace(
        strokes,
        points_FKC2=view.pixels(points).reshape(frames, count, CORNERS, 2),
        radii_FK2=strokes.radii_FK2 * scale[..., None],
        colour_FK3=strokes.colour_FK3.expand(frames, count, 3),
        alpha_FK=strokes.alpha_FK.expand(frames, count),
        soft_K=strokes.soft_K * view.scale_F.mean(),
    )


def moved(strokes: Strokes, origin_F2: torch.Tensor) -> Strokes:
    """The strokes with ``origin`` as the new zero."""
    return replace(strokes, points_FKC2=strokes.points_FKC2 - origin_F2[:, None, None])


def bounds(strokes: Strokes) -> torch.Tensor:
    """Pixel bounds of all strokes together, per frame: (F, 4) as x0, y0, x1, y1."""
    boxes = strokes.boxes()
    seen = (strokes.alpha_FK > 0.01)[..., None]
    low = torch.where(seen, boxes[..., :2], torch.inf).amin(1)
    high = torch.where(seen, boxes[..., 2:], -torch.inf).amax(1)
    return torch.cat([low, high], -1)


def paint_into(
    canvas_F4HW: torch.Tensor,
    strokes: Strokes,
    hard: bool = False,
    outline_FHW: torch.Tensor | None = None,
    outline_px: float = 0.0,
    ink: tuple[float, RGB] | None = None,
) -> None:
    """Paint strokes (in the canvas's pixels) onto a premultiplied canvas, in place.

    Args:
        canvas_F4HW: RGBA, 0 to 1.
        strokes: F frames, or the same for every frame if they have one.
        hard: no anti-aliasing (pixel art).
        outline_FHW: if given, receives the coverage of the strokes widened by ``outline_px``.
        outline_px: half width of the outline.
        ink: width in pixels and colour of a line inside the edge of every stroke that takes part in outlines.
    """
    if strokes.count == 0:
        return
    height, width = canvas_F4HW.shape[-2:]
    boxes = _boxes(strokes, 1.5 + outline_px, height, width)
    frames = int(canvas_F4HW.shape[0])
    steps = _COARSE if frames * height * width < _SMALL else _FINE
    waiting: list[tuple[int, int, int, int, int]] = []
    held = 0
    for k, (x0, y0, x1, y1) in enumerate(boxes):
        if x1 <= x0 or y1 <= y0:
            continue
        bw, bh = _step(x1 - x0, width, steps), _step(y1 - y0, height, steps)
        waiting.append((k, min(x0, width - bw), min(y0, height - bh), bw, bh))
        held += bw * bh * frames
        if held > _BUDGET:
            _flush(canvas_F4HW, strokes, waiting, hard, outline_FHW, outline_px, ink)
            waiting, held = [], 0
    if waiting:
        _flush(canvas_F4HW, strokes, waiting, hard, outline_FHW, outline_px, ink)


def _step(length: int, most: int, steps: tuple[int, ...]) -> int:
    for step in steps:
        if length <= step:
            return min(step, most)
    return min(length, most)


def _boxes(strokes: Strokes, grow: float, height: int, width: int) -> list[list[int]]:
    boxes = strokes.boxes()
    low = (boxes[..., :2].amin(0) - grow).floor()
    high = (boxes[..., 2:].amax(0) + grow).ceil()
    edges = torch.tensor([width, height], device=low.device)
    low, high = low.clamp_min(0).minimum(edges), high.clamp_min(0).minimum(edges)
    seen = (strokes.alpha_FK > 0.003).any(0)
    high = torch.where(seen[:, None], high, low)
    return torch.cat([low, high], -1).long().tolist()


def _flush(
    canvas: torch.Tensor,
    strokes: Strokes,
    waiting: list[tuple[int, int, int, int, int]],
    hard: bool,
    outline: torch.Tensor | None,
    outline_px: float,
    ink: tuple[float, RGB] | None,
) -> None:
    groups: dict[tuple[int, int, int], list[int]] = {}
    kinds = strokes.kind_K.tolist()
    for at, (k, _, _, bw, bh) in enumerate(waiting):
        groups.setdefault((kinds[k], bw, bh), []).append(at)
    covers: list[torch.Tensor] = [canvas] * len(waiting)
    colours: list[torch.Tensor] = [canvas] * len(waiting)
    lines: list[torch.Tensor] = [canvas] * len(waiting)
    for (kind, bw, bh), members in groups.items():
        ks = torch.tensor([waiting[at][0] for at in members], device=canvas.device)
        corner = torch.tensor([waiting[at][1:3] for at in members], dtype=torch.float32, device=canvas.device)
        part = _Part(strokes, kind, ks, corner, bw, bh)
        colour = part.colour() if ink is None else part.inked(*ink)
        cover = part.cover(hard)
        if outline is not None:
            for at, row in zip(members, part.line(outline_px).unbind(0), strict=True):
                lines[at] = row
        for at, row, tint in zip(members, cover.unbind(0), colour.unbind(0), strict=True):
            covers[at], colours[at] = row, tint
    channels = canvas.shape[1]
    for at, (_, x0, y0, bw, bh) in enumerate(waiting):
        canvas[:, :, y0 : y0 + bh, x0 : x0 + bw].lerp_(colours[at][:, :channels], covers[at])
        if outline is not None:
            spot = outline[:, y0 : y0 + bh, x0 : x0 + bw]
            torch.maximum(spot, lines[at], out=spot)


class _Part:
    """Strokes of one kind whose boxes share a size."""

    def __init__(self, strokes: Strokes, kind: int, ks: torch.Tensor, corner: torch.Tensor, bw: int, bh: int) -> None:
        self.strokes, self.kind, self.ks = strokes, kind, ks
        device = corner.device
        self.x = (corner[:, 0, None] + torch.arange(bw, device=device) + 0.5)[:, None, None, :]
        self.y = (corner[:, 1, None] + torch.arange(bh, device=device) + 0.5)[:, None, :, None]
        self.points = strokes.points_FKC2[:, ks].transpose(0, 1)
        self.radii = strokes.radii_FK2[:, ks].transpose(0, 1)[..., None, None]
        self.soft = strokes.soft_K[ks]
        self.d = self._distance()

    def _distance(self) -> torch.Tensor:
        if self.kind == CAPSULE:
            return self._capsule()
        if self.kind == ELLIPSE:
            return self._ellipse()
        return self._polygon()

    def _at(self, corner: int) -> tuple[torch.Tensor, torch.Tensor]:
        return self.points[:, :, corner, 0, None, None], self.points[:, :, corner, 1, None, None]

    def _capsule(self) -> torch.Tensor:
        (ax, ay), (bx, by) = self._at(0), self._at(1)
        dx, dy = self.x - ax, self.y - ay
        ex, ey = bx - ax, by - ay
        length2 = (ex * ex + ey * ey).clamp_min(1e-9)
        if bool((length2 < 1e-6).all()):
            return (dx * dx + dy * dy).sqrt_().sub_(self.radii[:, :, 0])
        t = (dx * (ex / length2) + dy * (ey / length2)).clamp_(0.0, 1.0)
        qx = torch.addcmul(dx, t, ex, value=-1.0)
        qy = torch.addcmul(dy, t, ey, value=-1.0)
        d = qx.mul_(qx).addcmul_(qy, qy).sqrt_()
        ra, rb = self.radii[:, :, 0], self.radii[:, :, 1]
        return d.sub_(ra).sub_(t.mul_(rb - ra))

    def _ellipse(self) -> torch.Tensor:
        (cx, cy), (ex, ey) = self._at(0), self._at(1)
        ux, uy = ex - cx, ey - cy
        major = (ux * ux + uy * uy).sqrt().clamp_min(1e-4)
        minor = self.radii[:, :, 0].clamp_min(1e-4)
        ux, uy = ux / major, uy / major
        dx, dy = self.x - cx, self.y - cy
        along = dx * (ux / major) + dy * (uy / major)
        across = dx * (-uy / minor) + dy * (ux / minor)
        along.mul_(along)
        across.mul_(across)
        f2 = (along + across).clamp_min_(1e-9)
        slope2 = along.div_(major * major).add_(across.div_(minor * minor)).clamp_min_(1e-12)
        f = f2.sqrt()
        # (f - 1) / |grad f| with |grad f| = sqrt(slope2) / f
        return (f - 1.0).mul_(f).div_(slope2.sqrt_())

    def _polygon(self) -> torch.Tensor:
        corners = self.points
        edges = corners.roll(-1, 2) - corners
        nxt = corners.roll(-1, 2)
        area = (corners[..., 0] * nxt[..., 1] - nxt[..., 0] * corners[..., 1]).sum(2)
        sign = torch.where(area >= 0, 1.0, -1.0)[..., None]
        length = edges.norm(dim=-1)
        flat = length < 1e-4
        length = length.clamp_min(1e-4)
        nx, ny = edges[..., 1] / length * sign, -edges[..., 0] / length * sign
        bias = -(nx * corners[..., 0] + ny * corners[..., 1])
        bias = torch.where(flat, -1e4, bias)
        nx, ny = torch.where(flat, 0.0, nx), torch.where(flat, 0.0, ny)
        rounded = bool((self.radii[:, :, 0] > 0.3).any())
        inner: torch.Tensor | None = None
        outer: torch.Tensor | None = None
        for c in range(CORNERS):
            if bool(flat[:, :, c].all()):
                continue
            row = self.y * ny[:, :, c, None, None] + bias[:, :, c, None, None]
            d = self.x * nx[:, :, c, None, None] + row
            if rounded:
                square = d.clamp_min(0.0).square_()
                outer = square if outer is None else outer.add_(square)
            inner = d if inner is None else torch.maximum(inner, d, out=inner)
        if inner is None:
            inner = torch.full_like(self.x + self.y + bias[:, :, 0, None, None], 1e4)
        if rounded and outer is not None:
            inner = torch.where(inner > 0.0, outer.sqrt_(), inner).sub_(self.radii[:, :, 0])
        # Lines prolonged past a sharp corner must not reach further than the polygon's own bounds.
        low, high = corners.amin(2), corners.amax(2)
        middle, half = 0.5 * (low + high), 0.5 * (high - low) + self.radii[:, :, 0, 0]
        across = (self.x - middle[..., 0, None, None]).abs() - half[..., 0, None, None]
        along = (self.y - middle[..., 1, None, None]).abs() - half[..., 1, None, None]
        return torch.maximum(inner, torch.maximum(across, along))

    def _alpha(self) -> torch.Tensor:
        return self.strokes.alpha_FK[:, self.ks].transpose(0, 1)[..., None, None]

    def cover(self, hard: bool) -> torch.Tensor:
        """Coverage times opacity: (n, F, 1, bh, bw)."""
        edge = (1.0 + 2.0 * self.soft)[:, None, None, None]
        if hard:
            edge = torch.where(edge > 2.5, edge, 1e-3)
        c = (self.d * (-1.0 / edge)).add_(0.5).clamp_(0.0, 1.0)
        if bool((self.soft > 1.0).any()):
            c = torch.where((self.soft > 1.0)[:, None, None, None], c * c * (3.0 - 2.0 * c), c)
        return c.mul_(self._alpha()).unsqueeze(2)

    def line(self, width: float) -> torch.Tensor:
        """Coverage of the widened strokes, as far as they take part in outlines: (n, F, bh, bw)."""
        share = self.strokes.line_K[self.ks][:, None, None, None] * self._alpha()
        return (width + 0.5 - self.d).clamp_(0.0, 1.0).mul_(share)

    def inked(self, width: float, ink: RGB) -> torch.Tensor:
        """Colour with a line along the inside of the edge: (n, F, 4, bh, bw)."""
        share = self.strokes.line_K[self.ks][:, None, None, None]
        thin: torch.Tensor | float = width
        if self.kind != POLYGON:
            # A line never fills a thin twig.
            thin = (0.3 * self.radii.amax(2)).clamp(max=width)
        band = (self.d + thin + 0.5).clamp(0.0, 1.0).mul_(0.8 * share).unsqueeze(2)
        line = torch.tensor((*ink, 1.0), device=band.device)[:, None, None]
        plain = self.colour()
        return plain + (line - plain) * band

    def colour(self) -> torch.Tensor:
        """Colour shaded from top to bottom, alpha 1: (n, F, 4, bh, 1)."""
        shade = self.strokes.shade_K[self.ks][:, None, None, None]
        rgb = self.strokes.colour_FK3[:, self.ks].transpose(0, 1)[..., None, None]
        if not bool(shade.any()):
            return torch.cat([rgb, torch.ones_like(rgb[:, :, :1])], 2)
        ys = self.points[..., 1]
        grow = self.radii[..., 0, 0].amax(-1)
        if self.kind == ELLIPSE:
            reach = (self.points[:, :, 1] - self.points[:, :, 0]).norm(dim=-1)
            steep = (self.points[:, :, 1, 1] - self.points[:, :, 0, 1]).abs() / reach.clamp_min(1e-4)
            half = torch.sqrt((steep * reach) ** 2 + (1.0 - steep * steep).clamp_min(0.0) * grow * grow)
            middle = ys[..., 0]
        else:
            low, high = ys.amin(-1) - grow, ys.amax(-1) + grow
            middle, half = 0.5 * (low + high), 0.5 * (high - low)
        up = (middle[..., None, None] - self.y) / half.clamp_min(0.5)[..., None, None]
        form = up.clamp(-1.0, 1.0).mul_(0.35 * shade).add_(1.0)
        shaded = (rgb * form.unsqueeze(2)).clamp_(0.0, 1.0)
        return torch.cat([shaded, torch.ones_like(shaded[:, :, :1])], 2)
