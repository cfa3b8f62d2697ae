"""A taught figure: a sheet of the kind that the generator knows, in the colours, part by part, that pictures show.

The generator keeps to a sheet in other poses, places and lights, its outline above all. What can be cut out of plain
pictures has the right colours and a poor outline; what the generator draws of the kind has an outline that it can move.
So a figure is taught by finding it in every picture, turning it upright and to the right, and giving the drawn sheet
the colours of the views whose outlines are most like it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.nn import functional

from models.layers.codec import LayersCodec
from models.layers.parts import SPRITE
from models.layers.plain import PlainLayers
from models.layers.plain_nets import CLOSE

LEAST_COVER = 60.0
"""Pixels of a close look that a figure has to cover."""
SURE = 0.5
"""Cover from which a pixel is the figure's."""
PART = 2
"""Pixels of a sheet within which a figure has one colour."""
MOST_VIEWS = 4
"""Views that colours are taken from."""
BRIGHT = 0.9
"""Of all lights that a figure is seen in, the share that is darker than the one of its sheet: nights only darken."""
LEAST_SHARE = 0.7
"""Of the best view's likeness, that a view has to have."""
Box = tuple[int, int, int, int]
"""Top, bottom, left and right in pixels."""
_OWN = CLOSE - 3


class NothingSeen(ValueError):
    """In no picture is there a figure to learn."""


@dataclass(frozen=True)
class View:
    """A figure in one picture, upright: premultiplied RGBA (4, 64, 64), and how alike its outline is, 0 to 1."""

    cut_4SS: torch.Tensor
    likeness: float


@dataclass(frozen=True)
class LearnedFigure:
    """A figure's sheet, premultiplied RGBA (4, 64, 64), 0 to 1, and how it was found.

    Attributes:
        seen: pictures in which it was found.
        likeness: of the best view's outline to the drawn one, 0 to 1.
    """

    sheet_4SS: torch.Tensor
    seen: int
    likeness: float


def learn_figure(
    codec: LayersCodec, pictures: Sequence[torch.Tensor], drawn: Sequence[torch.Tensor]
) -> LearnedFigure:  # fmt: skip
    """The sheet of the figure that is in all of these pictures, (3, H, W) each, 0 to 1.

    Args:
        drawn: how such a figure may stand, premultiplied (4, 64, 64) each; the one that is most alike is coloured.

    Raises:
        NothingSeen: no picture shows a subject, or what is drawn is nothing.
        ValueError: the codec reads no plain pictures.
    """
    plain = codec.plain
    if not isinstance(plain, PlainLayers):
        raise ValueError("a figure is learned from plain pictures, which this codec cannot read")
    cuts = [cut for picture in pictures if (cut := _cut(plain, codec, picture)) is not None]
    if not cuts:
        raise NothingSeen(f"no figure was found in {len(pictures)} pictures")
    ranked = [[best_way(cut, sheet) for cut in cuts] for sheet in drawn]
    sums = [sum(view.likeness for view in views) for views in ranked]
    chosen = max(range(len(drawn)), key=lambda number: sums[number])
    views = sorted(ranked[chosen], key=lambda view: -view.likeness)[:MOST_VIEWS]
    likeness = views[0].likeness
    views = [view for view in views if view.likeness >= LEAST_SHARE * likeness]
    if likeness <= 0.0:
        raise NothingSeen("what was found has no outline, or what is drawn of its kind has none")
    return LearnedFigure(coloured(drawn[chosen], views), len(cuts), likeness)


def _cut(plain: PlainLayers, codec: LayersCodec, picture_3HW: torch.Tensor) -> torch.Tensor | None:
    """The figure of a picture, cut out, upright; None if there is none."""
    near = plain.near(codec, picture_3HW)
    if not len(near.pose_KP):
        return None
    look = near.look_K9SS[0]
    cover = ((look[_OWN : _OWN + 1] - 0.2) / 0.6).clamp(0, 1)
    return torch.cat([look[3:6] * cover, cover]) if float(cover.sum()) >= LEAST_COVER else None


def best_way(cut_4SS: torch.Tensor, drawn_4SS: torch.Tensor) -> View:
    """A view the way round in which it is more like what is drawn: the encoder often takes left for right."""
    ways = [View(cut, _alike(cut, drawn_4SS)) for cut in (cut_4SS, cut_4SS.flip(-1))]
    return max(ways, key=lambda view: view.likeness)


def _alike(cut_4SS: torch.Tensor, drawn_4SS: torch.Tensor) -> float:
    """Share of two outlines that both have when one is stretched over the other, less what it is stretched by."""
    own, to = _box(cut_4SS[3]), _box(drawn_4SS[3])
    if own is None or to is None:
        return 0.0
    laid, drawn = _laid(cut_4SS, own, to), drawn_4SS[3]
    wide = [(right - left) / (bottom - top) for top, bottom, left, right in (own, to)]
    both = float(torch.minimum(laid[3], drawn).sum() / torch.maximum(laid[3], drawn).sum())
    return both * min(wide) / max(wide) * (0.6 + 0.4 * _pattern(laid, drawn_4SS))


def _pattern(first_4SS: torch.Tensor, second_4SS: torch.Tensor) -> float:
    """Correlation of light and dark inside of both outlines: a pale belly tells which way a figure looks."""
    inside = (first_4SS[3] > SURE) & (second_4SS[3] > SURE)
    lights = torch.stack([each[:3].mean(0)[inside] for each in (first_4SS, second_4SS)])
    if lights.shape[1] < 2 or float(lights.std(1).min()) < 1e-4:
        return 0.0
    return float(torch.corrcoef(lights)[0, 1])


def coloured(drawn_4SS: torch.Tensor, views: Sequence[View]) -> torch.Tensor:
    """What is drawn, with its colours around every place moved to those of the views there, in their brighter light."""
    to = _box(drawn_4SS[3])
    assert to is not None, "a view is like nothing that has no outline"
    lights = torch.stack([_colour(view.cut_4SS) for view in views])
    gains_V3 = (lights.quantile(BRIGHT, 0) / lights.clamp_min(1e-3)).clamp(0.5, 2.0)
    seen, weight = torch.zeros(3, SPRITE, SPRITE), torch.zeros(1, SPRITE, SPRITE)
    for view, gain_3 in zip(views, gains_V3, strict=True):
        own = _box(view.cut_4SS[3])
        if own is None:
            continue
        laid = _laid(view.cut_4SS, own, to)
        inside = -functional.max_pool2d(-laid[3:], 3, 1, 1)
        colour = laid[:3] / laid[3:].clamp_min(1e-3) * gain_3[:, None, None]
        share = view.likeness**4
        seen += share * _blurred(colour * inside)
        weight += share * _blurred(inside)
    cover = drawn_4SS[3:]
    there = _blurred(drawn_4SS[:3]) / _blurred(cover).clamp_min(1e-3)
    known = (weight / weight.max().clamp_min(1e-6) * 4.0).clamp(0, 1)
    moved = drawn_4SS[:3] / cover.clamp_min(1e-3) + known * (seen / weight.clamp_min(1e-6) - there)
    return torch.cat([moved.clamp(0, 1) * cover, cover])


def _laid(cut_4SS: torch.Tensor, own: Box, to: Box) -> torch.Tensor:
    """What is in one box, stretched over the other."""
    top, bottom, left, right = own
    size = (to[1] - to[0], to[3] - to[2])
    inner = functional.interpolate(cut_4SS[None, :, top:bottom, left:right], size, mode="bilinear", antialias=True)[0]
    laid = torch.zeros_like(cut_4SS)
    laid[:, to[0] : to[1], to[2] : to[3]] = inner
    return laid.clamp(0, 1)


def _blurred(picture_CSS: torch.Tensor) -> torch.Tensor:
    at = torch.arange(-2 * PART, 2 * PART + 1).float()
    bell = torch.exp(-at.square() / (2.0 * PART**2))
    bell = bell / bell.sum()
    rows = functional.conv2d(picture_CSS[:, None], bell[None, None, :, None], padding=(2 * PART, 0))
    return functional.conv2d(rows, bell[None, None, None, :], padding=(0, 2 * PART))[:, 0]


def _box(cover_SS: torch.Tensor) -> Box | None:
    """Top, bottom, left and right of what is covered; None if nothing is."""
    rows, columns = (cover_SS > SURE).nonzero(as_tuple=True)
    if not len(rows):
        return None
    return int(rows.min()), int(rows.max()) + 1, int(columns.min()), int(columns.max()) + 1


def _colour(cut_4SS: torch.Tensor) -> torch.Tensor:
    """The mean colour of a premultiplied figure, (3,)."""
    return cut_4SS[:3].sum((1, 2)) / cut_4SS[3].sum().clamp_min(1e-6)
