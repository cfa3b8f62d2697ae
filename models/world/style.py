"""How a picture is made: soft storybook, watercolour, ink, cut paper or pixels.

Styles act on the canvases of the scenery (once per clip) and on the patches of the figures, never on the hue of what
is described. Grain belongs to the scenery, so it neither flickers nor slides over it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812

from models.world.vocabulary import RGB


@dataclass(frozen=True)
class Style:
    """Attributes:
    grain: strength of the paper's texture on the scenery.
    flat: 0 shaded to 1 flat colours.
    outline: thickness of outlines in stage units at a wide frame; 0 none.
    ink: colour of the outlines.
    saturation: of scenery.
    shadow: opacity of the shadow that cut paper throws on what is behind it.
    edge: watercolour's darker edges.
    bleed: watercolour's uneven washes.
    hard: no anti-aliasing.
    levels: colours per channel; 0 all.
    """

    grain: float = 0.0
    flat: float = 0.0
    outline: float = 0.0
    ink: RGB = (0.14, 0.12, 0.16)
    saturation: float = 1.0
    shadow: float = 0.0
    edge: float = 0.0
    bleed: float = 0.0
    hard: bool = False
    levels: int = 0


STYLES: dict[str, Style] = {
    "storybook": Style(grain=0.009),
    "watercolour": Style(grain=0.035, flat=0.5, edge=0.30, bleed=0.13, saturation=0.95),
    "ink": Style(grain=0.018, flat=0.75, outline=0.0065, saturation=0.55),
    "papercut": Style(grain=0.022, flat=1.0, shadow=0.55),
    "pixel": Style(flat=0.6, hard=True, levels=12),
}
PIXEL_ROWS = 96
"""Rows of a picture in pixel style, as near as whole blocks allow."""


def block_px(style: str, height_px: int) -> int:
    """Side of one square of the pixel style in output pixels; 1 in the other styles."""
    return max(1, round(height_px / PIXEL_ROWS)) if style == "pixel" else 1


def blurred(alpha_FHW: torch.Tensor, radius: int) -> torch.Tensor:
    """A box blur, twice; ``radius`` in pixels."""
    if radius < 1:
        return alpha_FHW
    x = alpha_FHW.unsqueeze(1)
    for _ in range(2):
        x = F.avg_pool2d(x, (1, 2 * radius + 1), 1, (0, radius), count_include_pad=False)
        x = F.avg_pool2d(x, (2 * radius + 1, 1), 1, (radius, 0), count_include_pad=False)
    return x.squeeze(1)


def finish_sheet(sheet_4HW: torch.Tensor, style: Style, px_per_unit: float, back: bool) -> None:
    """Give a finished scenery layer the touch of the style, in place. ``back`` is the sky, which has no edges."""
    if back:
        return
    alpha = sheet_4HW[3:4]
    if style.shadow > 0.0:
        _lift_edge(sheet_4HW[None], 0.004 * px_per_unit)
        _throw_shadow(sheet_4HW[None], style.shadow, 0.018 * px_per_unit)
    elif style.edge > 0.0:
        soft = blurred(alpha, max(1, round(0.008 * px_per_unit)))
        # Pigment gathers where the wash ends: darker where the neighbourhood is less covered than the point.
        sheet_4HW[:3] *= 1.0 - style.edge * (alpha - soft).clamp_(0.0, 0.5) * 2.0
    elif style.outline > 0.0:
        width = max(1, round(style.outline * px_per_unit))
        # The minimum over a square, one axis at a time.
        inner = -F.max_pool2d(-alpha[None], (1, 2 * width + 1), 1, (0, width))
        inner = -F.max_pool2d(-inner, (2 * width + 1, 1), 1, (width, 0))[0]
        rim = (alpha - inner).clamp_(0.0, 1.0) * 0.85
        ink = torch.tensor(style.ink, device=alpha.device)[:, None, None]
        sheet_4HW[:3] += (ink * alpha - sheet_4HW[:3]) * rim


def _lift_edge(patch_F4HW: torch.Tensor, width: float) -> None:
    """The cut edge of the paper catches light at its upper left. In place."""
    shift = max(1, round(width))
    alpha = patch_F4HW[:, 3:4]
    moved = F.pad(alpha, (shift, 0, shift, 0))[:, :, : alpha.shape[2], : alpha.shape[3]]
    edge = (alpha - moved).clamp_(0.0, 1.0) * 0.22
    patch_F4HW[:, :3] += (alpha - patch_F4HW[:, :3]) * edge


def _throw_shadow(patch_F4HW: torch.Tensor, strength: float, reach: float) -> None:
    """Put a soft shadow, down and to the right, under what the patch shows. In place."""
    shift = max(1, round(reach))
    alpha = patch_F4HW[:, 3]
    shade = F.pad(alpha, (shift, 0, shift, 0))[:, : alpha.shape[1], : alpha.shape[2]]
    shade = blurred(shade, max(1, round(0.6 * reach))) * strength
    patch_F4HW[:, 3] = alpha + (1.0 - alpha) * shade


def finish_patch(patch_F4HW: torch.Tensor, style: Style, height_px: int, key: RGB, rim: float, side: float) -> None:
    """Light and style of one figure's patch, in place: an edge of light, or paper's shadow, or pigment.

    Edges are as wide as the picture's height asks, whatever the zoom.
    """
    alpha = patch_F4HW[:, 3:4]
    if style.flat < 0.7 and not style.hard:
        shift = round(0.006 * height_px)
        if shift >= 1 and rim > 0.0:
            dx = shift if side < 0 else -shift
            moved = torch.roll(alpha, (shift, dx), (2, 3))
            moved = blurred(moved[:, 0], (shift + 1) // 2)[:, None] if shift > 1 else moved
            edge = (alpha - moved).clamp_(0.0, 1.0) * rim
            colour = torch.tensor(key, device=alpha.device)[None, :, None, None]
            patch_F4HW[:, :3] += (colour * alpha - patch_F4HW[:, :3]).clamp_min_(0.0) * edge
    if style.edge > 0.0:
        soft = blurred(alpha[:, 0], max(1, round(0.006 * height_px)))
        patch_F4HW[:, :3] *= 1.0 - 0.7 * style.edge * (alpha - soft[:, None]).clamp_(0.0, 0.5) * 2.0
    if style.shadow > 0.0:
        _lift_edge(patch_F4HW, 0.004 * height_px)
        _throw_shadow(patch_F4HW, style.shadow, 0.014 * height_px)


def posterise(rgb: torch.Tensor, levels: int) -> torch.Tensor:
    """Reduce each channel to ``levels`` values."""
    return (rgb * (levels - 1)).round_() / (levels - 1)
