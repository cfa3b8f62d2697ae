"""Canvases of scenery: painted once per clip in the colours that are seen, then looked at by a moving camera."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F  # noqa: N812

from models.world.draw import View, paint_into, place
from models.world.light import Light, mix
from models.world.settings.sketch import Layer, Ridge, Sketch, Texture, Wash
from models.world.strokes import Strokes
from models.world.style import Style, finish_sheet


@dataclass
class Sheet:
    """A painted layer: ``pixels`` (4, H, W) premultiplied; ``left``, ``top`` in stage units; pixels per unit.

    While it is painted the fourth channel is opacity; :meth:`dry` makes it transmittance, which composites faster.
    """

    pixels: torch.Tensor
    left: float
    top: float
    per_unit: float
    first_row: int = 0
    solid_row: int = 0
    """From ``first_row`` down there is paint; from ``solid_row`` down nothing behind can be seen."""

    def dry(self) -> Sheet:
        """Turn opacity into transmittance and find the rows that hold paint and the rows that hide everything."""
        alpha = self.pixels[3]
        seen = (alpha.amax(1) > 0.002).long()
        solid = (alpha.amin(1) > 0.998).long()
        height = int(alpha.shape[0])
        self.first_row = int(seen.argmax()) if bool(seen.any()) else height
        self.solid_row = height - int(solid.flip(0).cumprod(0).sum())
        self.pixels[3] = 1.0 - alpha
        return self


def extent(view: View) -> tuple[float, float, float, float]:
    """Stage rectangle x0, y0, x1, y1 that all frames of the view see together, and a few pixels more."""
    c, s = view.roll_F.cos().abs(), view.roll_F.sin().abs()
    half_w = (0.5 * view.width * c + 0.5 * view.height * s) / view.scale_F
    half_h = (0.5 * view.width * s + 0.5 * view.height * c) / view.scale_F
    edge = 3.0 / view.scale_F
    return (
        float((view.x_F - half_w - edge).min()), float((view.y_F - half_h - edge).min()),
        float((view.x_F + half_w + edge).max()), float((view.y_F + half_h + edge).max()),
    )  # fmt: skip


def covering(view: View, spread: float = 0.0) -> View:
    """One upright view, at the sharpest scale, of all that the frames of ``view`` see; ``spread`` more on each side."""
    x0, y0, x1, y1 = extent(view)
    x0, x1 = x0 - spread, x1 + spread
    k = float(view.scale_F.max())
    width, height = math.ceil((x1 - x0) * k), math.ceil((y1 - y0) * k)
    one = torch.ones(1, device=view.x_F.device)
    # Whole pixels of the first frame fall on whole pixels of the canvas, so a camera that stands still stays sharp.
    left = float(view.x_F[0]) - 0.5 * view.width / k
    top = float(view.y_F[0]) + 0.5 * view.height / k
    left -= math.ceil((left - x0) * k) / k
    top += math.ceil((y1 - top) * k) / k
    return View(
        one * (left + 0.5 * (width + 1) / k), one * (top - 0.5 * (height + 1) / k), one * k, one * 0.0,
        height + 1, width + 1,
    )  # fmt: skip


def paint_layer(layer: Layer, view: View, light: Light, style: Style, height_px: int) -> Sheet:
    """Paint a layer's marks as seen by an upright view of one frame; ``height_px`` is the height of the picture."""
    device = view.x_F.device
    per_unit = float(view.scale_F[0])
    left = float(view.x_F[0]) - 0.5 * view.width / per_unit
    top = float(view.y_F[0]) + 0.5 * view.height / per_unit
    sheet = Sheet(torch.zeros(4, view.height, view.width, device=device), left, top, per_unit)
    light = replace(light, saturation=light.saturation * style.saturation)
    xs = left + (torch.arange(view.width, device=device) + 0.5) / per_unit
    ys = top - (torch.arange(view.height, device=device) + 0.5) / per_unit
    # Lines grow with the zoom, but less than what they surround.
    pen = (per_unit * height_px) ** 0.5
    for mark in layer.marks:
        if isinstance(mark, Sketch):
            if len(mark):
                seen = graded(mark.finish(device), layer.haze, light, style)
                ink = (max(0.7, 0.55 * style.outline * pen), style.ink) if style.outline > 0.0 else None
                paint_into(sheet.pixels[None], place(seen, view), hard=style.hard, ink=ink)
        elif isinstance(mark, Ridge):
            _ridge(sheet, mark, layer.haze, light, style, xs, ys)
        else:
            _wash(sheet, mark, layer.haze, light, xs, ys)
    finish_sheet(sheet.pixels, style, pen, back=layer.parallax < 0.05)
    _paper(sheet, style, xs, ys)
    return sheet


def stacked(lower: Sheet, upper: Sheet) -> Sheet:
    """Two sheets of the same view as one, the upper over the lower; changes the lower."""
    lower.pixels.mul_(1.0 - upper.pixels[3]).add_(upper.pixels)
    return lower


def graded(strokes: Strokes, haze: float, light: Light, style: Style) -> Strokes:
    """Scenery strokes in the colours that are seen."""
    frames, count = strokes.colour_FK3.shape[:2]
    glow = strokes.glow_K[None].expand(frames, count).reshape(-1)
    colour = light.grade(strokes.colour_FK3.reshape(-1, 3), haze, glow).reshape(frames, count, 3)
    return replace(strokes, colour_FK3=colour, shade_K=strokes.shade_K * (1.0 - style.flat))


def _ridge(
    sheet: Sheet, mark: Ridge, haze: float, light: Light, style: Style, xs: torch.Tensor, ys: torch.Tensor
) -> None:
    profile = mark.profile(xs)
    top_row = max(0, int((sheet.top - float(profile.max()) - 2.0 * mark.soft) * sheet.per_unit) - 2)
    if top_row >= ys.shape[0]:
        return
    ys = ys[top_row:]
    below = profile[None, :] - ys[:, None]
    edge = 1.0 / sheet.per_unit + 2.0 * mark.soft
    if style.hard and mark.soft < 2.0 / sheet.per_unit:
        edge = 1e-6
    cover = (below * (1.0 / edge)).add_(0.5).clamp_(0.0, 1.0)
    if mark.alpha < 1.0:
        cover *= mark.alpha
    settled = 0.62 * light.snow if mark.settles else 0.0
    colours = [mix(c, (0.93, 0.95, 1.0), settled) for c in (mark.top, mark.bottom, mark.cap_colour)]
    top, bottom, cap = light.grade(
        torch.tensor(colours, device=xs.device), haze,
        torch.full((3,), mark.glow, device=xs.device),
    ).unbind(0)  # fmt: skip
    if mark.level is not None:
        share = ((mark.level - ys) / mark.span).clamp(0.0, 1.0)[:, None]
    else:
        share = (below / mark.span).clamp_(0.0, 1.0)
    gain = None
    if mark.texture is not None:
        gain = 1.0 + _noise(mark.texture, xs, ys)
    part = sheet.pixels[:, top_row:]
    for c in range(3):
        colour = share * float(bottom[c] - top[c]) + float(top[c])
        if gain is not None:
            colour = (colour * gain).clamp_(0.0, 1.0)
        if mark.cap > 0.0:
            colour = colour + (float(cap[c]) - colour) * (1.0 - below / mark.cap).clamp(0.0, 1.0)
        part[c].lerp_(colour.expand_as(cover), cover)
    part[3].lerp_(torch.ones_like(cover), cover)


def _wash(sheet: Sheet, mark: Wash, haze: float, light: Light, xs: torch.Tensor, ys: torch.Tensor) -> None:
    levels = torch.tensor([y for y, _ in mark.stops], device=ys.device)
    colours = torch.tensor([c for _, c in mark.stops], device=ys.device)
    colours = (
        light.grade(colours, haze)
        if mark.graded
        else light.grade(colours, 0.0, torch.ones(len(mark.stops), device=ys.device))
    )
    above = torch.searchsorted(levels, ys.contiguous()).clamp(1, len(mark.stops) - 1)
    share = ((ys - levels[above - 1]) / (levels[above] - levels[above - 1])).clamp(0.0, 1.0)
    share = share * share * (3.0 - 2.0 * share)
    column = colours[above - 1] + (colours[above] - colours[above - 1]) * share[:, None]
    picture = column.T[:, :, None].expand(3, len(ys), len(xs))
    if mark.texture is not None:
        picture = (picture * (1.0 + _noise(mark.texture, xs, ys))).clamp_(0.0, 1.0)
    sheet.pixels[:3] += (picture - sheet.pixels[:3]) * mark.alpha
    sheet.pixels[3] += (1.0 - sheet.pixels[3]) * mark.alpha


def _paper(sheet: Sheet, style: Style, xs: torch.Tensor, ys: torch.Tensor) -> None:
    """Paper and pigment: multiplies the colour by noise that belongs to the place."""
    if style.grain <= 0.0:
        return
    gain = torch.ones((), device=xs.device).expand(len(ys), len(xs)).clone()
    if 0.004 * sheet.per_unit > 1.0:
        # Finer than a pixel it would only be noise.
        gain += _noise(Texture(style.grain, 0.004, 0.004, 11), xs, ys)
        gain += _noise(Texture(0.6 * style.grain, 0.011, 0.009, 13), xs, ys)
    if style.bleed > 0.0:
        # Washes leave paper showing: mostly lighter than the plain colour, seldom darker.
        wash = _noise(Texture(0.7 * style.bleed, 0.19, 0.15, 23), xs, ys) + _noise(
            Texture(0.4 * style.bleed, 0.06, 0.05, 29), xs, ys
        )
        gain += wash + 0.4 * style.bleed
    sheet.pixels[:3] *= gain
    torch.minimum(sheet.pixels[:3], sheet.pixels[3:4], out=sheet.pixels[:3])


def _noise(texture: Texture, xs: torch.Tensor, ys: torch.Tensor) -> torch.Tensor:
    """Smooth noise, -amount to amount, at (y, x): a random lattice interpolated by two matrix products."""
    cols, rows = _knots(xs, texture.cell_x), _knots(ys, texture.cell_y)
    first_x, first_y = int(cols[0].min()), int(rows[0].min())
    count_x, count_y = int(cols[0].max()) - first_x + 2, int(rows[0].max()) - first_y + 2
    gx = torch.arange(first_x, first_x + count_x, device=xs.device)
    gy = torch.arange(first_y, first_y + count_y, device=xs.device)
    lattice = _hash(gx[None, :], gy[:, None], texture.seed) * (2.0 * texture.amount) - texture.amount
    return _weights(rows, first_y, count_y) @ lattice @ _weights(cols, first_x, count_x).T


def _knots(at: torch.Tensor, cell: float) -> tuple[torch.Tensor, torch.Tensor]:
    place_ = at / cell
    low = place_.floor()
    t = place_ - low
    return low.long(), t * t * (3.0 - 2.0 * t)


def _weights(knots: tuple[torch.Tensor, torch.Tensor], first: int, count: int) -> torch.Tensor:
    low, t = knots
    out = torch.zeros(len(low), count, device=t.device)
    rows = torch.arange(len(low), device=t.device)
    out[rows, low - first] = 1.0 - t
    out[rows, low - first + 1] = t
    return out


def _hash(x: torch.Tensor, y: torch.Tensor, seed: int) -> torch.Tensor:
    """A number 0 to 1 for every lattice point, whatever part of the lattice is asked for."""
    n = (x * 374761393 + y * 668265263 + (seed % 65521) * 974711 + 144665) & 0x7FFFFFFF
    n = ((n ^ (n >> 13)) * 1274126177) & 0x7FFFFFFF
    n = ((n ^ (n >> 16)) * 69069) & 0x7FFFFFFF
    return ((n >> 7) & 0xFFFF).to(torch.float32) / 65535.0


def look(sheet: Sheet, view: View, drift_F: torch.Tensor | None = None) -> torch.Tensor:
    """The sheet as F frames of the view see it: (F, 4, H, W) by bilinear sampling."""
    frames = int(view.x_F.shape[0])
    x = view.x_F if drift_F is None else view.x_F - drift_F
    height, width = sheet.pixels.shape[-2:]
    k = sheet.per_unit / view.scale_F[:, None]
    c, s = k * view.roll_F.cos()[:, None], k * view.roll_F.sin()[:, None]
    # Output pixel (u right, v down from the middle) to sheet pixel, then to grid_sample's -1 to 1.
    u = torch.arange(view.width, device=x.device) + (0.5 - 0.5 * view.width)
    v = torch.arange(view.height, device=x.device) + (0.5 - 0.5 * view.height)
    mx = (x[:, None] - sheet.left) * sheet.per_unit
    my = (sheet.top - view.y_F[:, None]) * sheet.per_unit
    across, down = (c * u + mx) * (2.0 / width) - 1.0, (c * v + my) * (2.0 / height) - 1.0
    grid = torch.empty(frames, view.height, view.width, 2, device=x.device)
    grid[..., 0] = across[:, None, :]
    grid[..., 1] = down[:, :, None]
    if bool((s != 0.0).any()):
        grid[..., 0] -= (s * v * (2.0 / width))[:, :, None]
        grid[..., 1] += (s * u * (2.0 / height))[:, None, :]
    source = sheet.pixels[None].expand(frames, -1, -1, -1)
    return F.grid_sample(source, grid, mode="bilinear", padding_mode="border", align_corners=False)


def slide(sheet: Sheet, view: View, frame: int, drift: float, rows: slice, out_4HW: torch.Tensor) -> torch.Tensor:
    """One frame of a view that only shifts (same scale as the sheet, no roll), rows ``rows`` only.

    Writes into and returns the first rows of ``out_4HW``.
    """
    k = sheet.per_unit
    x = (float(view.x_F[frame]) - drift - sheet.left) * k - 0.5 * view.width
    y = (sheet.top - float(view.y_F[frame])) * k - 0.5 * view.height + rows.start
    height, width = rows.stop - rows.start, view.width
    ix, iy = math.floor(x + 1e-4), math.floor(y + 1e-4)
    fx, fy = max(0.0, x - ix), max(0.0, y - iy)
    source = sheet.pixels
    most_y, most_x = source.shape[1] - height, source.shape[2] - width
    ix, iy = min(max(ix, 0), most_x), min(max(iy, 0), most_y)
    out = out_4HW[:, :height]
    here = source[:, iy : iy + height, ix : ix + width]
    if fx < 2e-3 and fy < 2e-3:
        return out.copy_(here)
    if fy < 2e-3 or iy + 1 > most_y:
        return torch.lerp(here, source[:, iy : iy + height, min(ix + 1, most_x) :][:, :, :width], fx, out=out)
    if fx < 2e-3 or ix + 1 > most_x:
        return torch.lerp(here, source[:, iy + 1 : iy + 1 + height, ix : ix + width], fy, out=out)
    tall = source[:, iy : iy + height + 1]
    mixed = torch.lerp(tall[:, :, ix : ix + width], tall[:, :, ix + 1 : ix + 1 + width], fx)
    return torch.lerp(mixed[:, :-1], mixed[:, 1:], fy, out=out)
