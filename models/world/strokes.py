"""Signed-distance strokes: the one primitive of which figures, scenery and props are made.

A stroke is a tapered capsule, an ellipse or a convex polygon with rounded corners. Strokes are tensors, so a walk
cycle of 96 frames is one table, and painting can be batched over frames or clips. Distances: I. Quilez, "2D distance
functions" (uneven capsule, polygon); the ellipse uses the first-order distance f·|p|/|∇f| (Taubin 1991).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

CAPSULE, ELLIPSE, POLYGON = 0, 1, 2
CORNERS = 6
"""Control points kept for every stroke; a capsule uses two, an ellipse two, a polygon up to six (last one repeated)."""


@dataclass(frozen=True)
class Strokes:
    """K strokes over F frames, painted in order of their index (the last on top).

    Attributes:
        kind_K: CAPSULE (points 0,1 are the ends; radii are the end radii), ELLIPSE (point 0 is the centre, point 1 the
            end of one half-axis; radii[0] is the other half-axis), POLYGON (points are convex corners in any
            winding; radii[0] rounds the corners outwards).
        points_FKC2: stage units, x right, y up.
        radii_FK2: stage units.
        colour_FK3: sRGB 0 to 1.
        alpha_FK: opacity 0 to 1.
        shade_K: how round it looks, 0 flat to 1 strongly shaded towards its lower far side.
        glow_K: 0 lit by the scene's light, 1 gives its own light (eyes of a robot, a lantern's flame).
        soft_K: extra softness of the edge in stage units (smoke, clouds, shadows).
        line_K: how much of an ink outline the stroke takes part in, 0 none (cheeks, pupils) to 1.
    """

    kind_K: torch.Tensor
    points_FKC2: torch.Tensor
    radii_FK2: torch.Tensor
    colour_FK3: torch.Tensor
    alpha_FK: torch.Tensor
    shade_K: torch.Tensor
    glow_K: torch.Tensor
    soft_K: torch.Tensor
    line_K: torch.Tensor

    @property
    def frames(self) -> int:
        return int(self.points_FKC2.shape[0])

    @property
    def count(self) -> int:
        return int(self.points_FKC2.shape[1])

    def boxes(self) -> torch.Tensor:
        """Bounds of every stroke in every frame: (F, K, 4) as x0, y0, x1, y1 in stage units, edges included."""
        grow = self.radii_FK2.amax(-1) + self.soft_K
        low, high = self.points_FKC2.amin(2), self.points_FKC2.amax(2)
        reach = (self.points_FKC2[:, :, 1] - self.points_FKC2[:, :, 0]).norm(dim=-1)
        centre = self.points_FKC2[:, :, 0]
        ellipse = (self.kind_K == ELLIPSE)[None, :, None]
        span = (reach.maximum(self.radii_FK2[..., 0]) + self.soft_K)[..., None]
        low = torch.where(ellipse, centre - span, low - grow[..., None])
        high = torch.where(ellipse, centre + span, high + grow[..., None])
        return torch.cat([low, high], -1)


def distance(kind: int, p_N2: torch.Tensor, points_C2: torch.Tensor, radii_2: torch.Tensor) -> torch.Tensor:
    """Signed distance in stage units (negative inside) of points (..., 2) to one stroke in one frame."""
    if kind == CAPSULE:
        return _capsule(p_N2, points_C2[0], points_C2[1], radii_2[0], radii_2[1])
    if kind == ELLIPSE:
        return _ellipse(p_N2, points_C2[0], points_C2[1], radii_2[0])
    return _polygon(p_N2, points_C2) - radii_2[0]


def _capsule(p: torch.Tensor, a: torch.Tensor, b: torch.Tensor, ra: torch.Tensor, rb: torch.Tensor) -> torch.Tensor:
    axis = b - a
    length2 = (axis * axis).sum().clamp_min(1e-12)
    t = (((p - a) * axis).sum(-1) / length2).clamp(0.0, 1.0)
    # The radius is interpolated along the axis: not the exact tangent cone, but within 2 % for limbs and cheaper.
    return (p - a - t[..., None] * axis).norm(dim=-1) - (ra + (rb - ra) * t)


def _ellipse(p: torch.Tensor, c: torch.Tensor, end: torch.Tensor, minor: torch.Tensor) -> torch.Tensor:
    axis = end - c
    major = axis.norm().clamp_min(1e-6)
    u = axis / major
    q = p - c
    along = (q * u).sum(-1) / major
    across = (q[..., 0] * -u[1] + q[..., 1] * u[0]) / minor.clamp_min(1e-6)
    f = (along * along + across * across).sqrt().clamp_min(1e-6)
    gradient = ((along / major) ** 2 + (across / minor.clamp_min(1e-6)) ** 2).sqrt() / f
    return (f - 1.0) / gradient.clamp_min(1e-6)


def _polygon(p: torch.Tensor, corners: torch.Tensor) -> torch.Tensor:
    nearest = torch.full(p.shape[:-1], 1e9, dtype=p.dtype, device=p.device)
    inside = torch.ones(p.shape[:-1], dtype=torch.bool, device=p.device)
    rolled = corners.roll(-1, 0)
    edges = rolled - corners
    area = (corners[:, 0] * rolled[:, 1] - rolled[:, 0] * corners[:, 1]).sum()
    sign = 1.0 if area >= 0 else -1.0
    for corner, edge in zip(corners, edges, strict=True):
        length2 = (edge * edge).sum()
        if length2 < 1e-12:
            continue
        q = p - corner
        t = ((q * edge).sum(-1) / length2).clamp(0.0, 1.0)
        nearest = torch.minimum(nearest, (q - t[..., None] * edge).norm(dim=-1))
        inside &= (edge[0] * q[..., 1] - edge[1] * q[..., 0]) * sign >= 0
    return torch.where(inside, -nearest, nearest)


class StrokeList:
    """Collects strokes while a figure or a piece of scenery is being described.

    Points are numbers or tensors of shape (F,) or (F, 2); everything is broadcast to F frames by :meth:`finish`.
    """

    def __init__(self, frames: int = 1, device: torch.device | str = "cpu") -> None:
        self.frames, self.device = frames, torch.device(device)
        self._rows: list[tuple[int, list[torch.Tensor], list[torch.Tensor], torch.Tensor, torch.Tensor]] = []
        self._looks: list[tuple[float, float, float, float]] = []

    def capsule(self, a: Point, b: Point, ra: Scalar, rb: Scalar, colour: Colour, **look: Scalar) -> None:
        """A limb: ends ``a`` and ``b`` with radii ``ra`` and ``rb``."""
        self._add(CAPSULE, [a, b], [ra, rb], colour, look)

    def circle(self, c: Point, r: Scalar, colour: Colour, **look: Scalar) -> None:
        """A disc of radius ``r``."""
        self._add(CAPSULE, [c, c], [r, r], colour, look)

    def ellipse(self, c: Point, axis_end: Point, minor: Scalar, colour: Colour, **look: Scalar) -> None:
        """An ellipse: centre, the end point of one half-axis, and the length of the other."""
        self._add(ELLIPSE, [c, axis_end], [minor, minor], colour, look)

    def polygon(self, corners: Sequence[Point], colour: Colour, rounding: Scalar = 0.0, **look: Scalar) -> None:
        """A convex polygon of three to six corners, rounded outwards by ``rounding``."""
        if not 3 <= len(corners) <= CORNERS:
            raise ValueError(f"a polygon has 3 to {CORNERS} corners, got {len(corners)}")
        self._add(POLYGON, list(corners), [rounding, rounding], colour, look)

    def _add(
        self, kind: int, points: list[Point], radii: list[Scalar], colour: Colour, look: dict[str, Scalar]
    ) -> None:
        alpha = look.pop("alpha", 1.0)
        shade, glow = float(look.pop("shade", 0.35)), float(look.pop("glow", 0.0))
        soft, line = float(look.pop("soft", 0.0)), float(look.pop("line", 1.0))
        if look:
            raise TypeError(f"unknown look of a stroke: {', '.join(look)}")
        filled = [self._point(p) for p in points]
        filled += [filled[-1]] * (CORNERS - len(filled))
        self._rows.append((kind, filled, [self._scalar(r) for r in radii], self._colour(colour), self._scalar(alpha)))
        self._looks.append((shade, glow, soft, line))

    def finish(self) -> Strokes:
        """All strokes so far as one table. An empty list gives a table with K = 0."""
        f, device = self.frames, self.device
        if not self._rows:
            zero = torch.zeros
            return Strokes(
                zero(0, dtype=torch.long, device=device), zero(f, 0, CORNERS, 2, device=device),
                zero(f, 0, 2, device=device), zero(f, 0, 3, device=device), zero(f, 0, device=device),
                zero(0, device=device), zero(0, device=device), zero(0, device=device), zero(0, device=device),
            )  # fmt: skip
        kinds, points, radii, colours, alphas = zip(*self._rows, strict=True)
        looks = torch.tensor(self._looks, dtype=torch.float32, device=device)
        return Strokes(
            torch.tensor(kinds, dtype=torch.long, device=device),
            torch.stack([torch.stack(row, 1) for row in points], 1),
            torch.stack([torch.stack(row, -1) for row in radii], 1),
            torch.stack(colours, 1),
            torch.stack(alphas, 1),
            *looks.unbind(1),
        )

    def _scalar(self, value: Scalar) -> torch.Tensor:
        return torch.as_tensor(value, dtype=torch.float32, device=self.device).expand(self.frames)

    def _point(self, value: Point) -> torch.Tensor:
        if isinstance(value, torch.Tensor):
            return value.to(self.device, torch.float32).expand(self.frames, 2)
        return torch.stack([self._scalar(value[0]), self._scalar(value[1])], -1)

    def _colour(self, value: Colour) -> torch.Tensor:
        return torch.as_tensor(value, dtype=torch.float32, device=self.device).expand(self.frames, 3)


Scalar = float | torch.Tensor
Point = tuple[Scalar, Scalar] | torch.Tensor
Colour = tuple[float, float, float] | torch.Tensor


def paint(
    strokes: Strokes, frame: int, view: tuple[float, float, float, float], height_px: int, width_px: int
) -> torch.Tensor:
    """Paint one frame of strokes.

    Args:
        strokes: the table.
        frame: which of its frames.
        view: stage rectangle x0, y0 (bottom), x1, y1 (top) that fills the picture, in the picture's aspect.
        height_px, width_px: size of the picture.

    Returns:
        (4, height_px, width_px) premultiplied RGBA, 0 to 1, row 0 at the top.
    """
    from models.world.draw import View, paint_into, place  # the fast painter is built on this module

    x0, y0, x1, y1 = view
    one = torch.ones(1, device=strokes.points_FKC2.device)
    seen = View(
        one * (0.5 * (x0 + x1)), one * (0.5 * (y0 + y1)), one * (height_px / (y1 - y0)), one * 0.0, height_px, width_px
    )
    canvas = torch.zeros(1, 4, height_px, width_px, device=strokes.points_FKC2.device)
    paint_into(canvas, place(at_frame(strokes, frame), seen))
    return canvas[0]


def at_frame(strokes: Strokes, frame: int) -> Strokes:
    """One frame of a table as a table of one frame."""
    cut = slice(frame, frame + 1)
    return replace(
        strokes, points_FKC2=strokes.points_FKC2[cut], radii_FK2=strokes.radii_FK2[cut],
        colour_FK3=strokes.colour_FK3[cut], alpha_FK=strokes.alpha_FK[cut],
    )  # fmt: skip
