"""A taught style: which colour becomes which, and where lines are drawn. Learned from a few pictures in closed form.

Colours are carried over by sliced optimal transport (Pitié et al. 2007, "Automated colour grading using colour
distribution transfer") from what the generator paints to what the pictures show, and kept as a table. Lines are what is
left: in a drawing, thin ridges that are lighter or darker than what is about them; they are laid where the generator's
own picture has edges, as many of them as the pictures have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch.nn import functional

ROWS = 256
"""Height at which pictures are looked at; the width of lines is told in its pixels."""
SIDE = 17
"""Nodes of the table along each axis of colour."""
PIXELS = 12_000
"""Of each side that are matched."""
TURNS = 60
"""Directions along which distributions are matched, three at a time."""
NEAR = 0.07
"""How far a pixel speaks for colours around its own."""
RIDGE = 0.10
"""How much lighter or darker than its surroundings a pixel is that belongs to a line."""
MORE_LINES = 0.02
"""Share of pixels in lines, beyond what the generator paints, from which lines are drawn at all."""
_LIGHT = (0.299, 0.587, 0.114)


@dataclass(frozen=True)
class Grade:
    """A style.

    Attributes:
        table_3SSS: the colour of every node, 0 to 1: blue, green and red of what was there along the last three axes.
        line_3: colour of lines.
        edge_2: strength of an edge from which a line begins to be drawn, and at which it is whole; 0, 0 draws none.
    """

    table_3SSS: torch.Tensor
    line_3: torch.Tensor
    edge_2: torch.Tensor

    def tensors(self) -> dict[str, torch.Tensor]:
        """As a concept keeps them."""
        return {"table": self.table_3SSS.half(), "line": self.line_3.float(), "edge": self.edge_2.float()}

    @classmethod
    def of(cls, tensors: Mapping[str, torch.Tensor]) -> Grade:
        """From what :meth:`tensors` gave.

        Raises:
            KeyError: something is missing.
        """
        return cls(tensors["table"].float(), tensors["line"].float(), tensors["edge"].float())

    def applied(self, frames_F3HW: torch.Tensor) -> torch.Tensor:
        """Pictures (F, 3, H, W), 0 to 1, in this style."""
        graded = _looked_up(self.table_3SSS, frames_F3HW)
        low, high = self.edge_2.tolist()
        if high <= low:
            return graded
        drawn = ((edges(frames_F3HW) - low) / (high - low)).clamp(0, 1)
        return torch.lerp(graded, self.line_3[:, None, None].expand_as(graded), drawn)


def learn_grade(shown: Sequence[torch.Tensor], painted: Sequence[torch.Tensor], seed: int = 0) -> Grade:
    """The style of pictures (3, H, W), 0 to 1, against what the generator paints without it.

    Args:
        shown: pictures in the style.
        painted: the generator's own, of many scenes.
    """
    generator = torch.Generator().manual_seed(seed)
    there, here = [_sized(p) for p in shown], [_sized(p) for p in painted]
    line_3, edge_2, lines = _lines(there, here)
    wanted = (
        [torch.where(mask, torch.nan, p) for p, mask in zip(there, lines, strict=True)] if bool(edge_2.any()) else there
    )
    to_N3, from_N3 = _drawn(wanted, generator), _drawn(here, generator)
    return Grade(_table(from_N3, _carried(from_N3, to_N3, generator)), line_3, edge_2)


def edges(frames_F3HW: torch.Tensor) -> torch.Tensor:
    """How steep the light is at every pixel, per pixel of a picture of ``ROWS`` rows, (F, 1, H, W)."""
    scale = frames_F3HW.shape[-2] / ROWS
    light = _light(frames_F3HW)
    width = max(1, round(scale))
    if width > 1:
        light = functional.avg_pool2d(functional.pad(light, (width // 2,) * 4, mode="replicate"), width, 1)
        light = light[..., : frames_F3HW.shape[-2], : frames_F3HW.shape[-1]]
    across = functional.pad(light[..., :, 2:] - light[..., :, :-2], (1, 1)) * 0.5
    down = functional.pad(light[..., 2:, :] - light[..., :-2, :], (0, 0, 1, 1)) * 0.5
    return (across.square() + down.square()).sqrt() * scale


def _light(frames_F3HW: torch.Tensor) -> torch.Tensor:
    return (frames_F3HW * torch.tensor(_LIGHT)[:, None, None]).sum(-3, keepdim=True)


def _sized(picture_3HW: torch.Tensor) -> torch.Tensor:
    width = max(8, round(picture_3HW.shape[-1] * ROWS / picture_3HW.shape[-2]))
    return functional.interpolate(picture_3HW[None].float(), (ROWS, width), mode="bilinear", antialias=True)[0].clamp(
        0, 1
    )


def _ridges(picture_3HW: torch.Tensor) -> torch.Tensor:
    """How much lighter (above 0) or darker a pixel is than the median of what is about it, (1, H, W)."""
    light = _light(picture_3HW[None])
    around = functional.unfold(functional.pad(light, (4, 4, 4, 4), mode="replicate"), 9)
    middle = around[:, ::3].median(1, keepdim=True).values  # a third of the 81 pixels around tells the same
    return (light - middle.view_as(light))[0]


def _lines(
    there: Sequence[torch.Tensor], here: Sequence[torch.Tensor]
) -> tuple[torch.Tensor, torch.Tensor, list[torch.Tensor]]:
    """Colour of the lines, edges at which they begin and are whole, and where they are in each picture."""
    seen, own = [_ridges(p) for p in there], [_ridges(p) for p in here]
    shares = {}
    for sign in (1.0, -1.0):
        of_there = float(torch.cat([(sign * r > RIDGE).float().flatten() for r in seen]).mean())
        of_here = float(torch.cat([(sign * r > RIDGE).float().flatten() for r in own]).mean())
        shares[sign] = of_there - of_here
    sign = max(shares, key=lambda s: shares[s])
    masks = [sign * r > RIDGE for r in seen]
    if shares[sign] < MORE_LINES:
        return torch.zeros(3), torch.zeros(2), masks
    strength = torch.cat([(sign * r)[mask] for r, mask in zip(seen, masks, strict=True)])
    firm = float(strength[:: 1 + len(strength) // 2**22].quantile(0.7))
    inked = torch.cat([p[:, (sign * r > firm)[0]] for p, r in zip(there, seen, strict=True)], 1)
    # Every seventh pixel: a quantile is taken of at most 16 million numbers.
    steep = torch.cat([edges(p[None]).flatten() for p in here])[::7]
    covered = float(torch.cat([mask.float().flatten() for mask in masks]).mean())
    edge_2 = steep.quantile(torch.tensor([max(0.0, 1 - 2.0 * covered), 1 - 0.4 * covered]))
    return inked.median(1).values, edge_2, masks


def _drawn(pictures: Sequence[torch.Tensor], generator: torch.Generator) -> torch.Tensor:
    """Colours of pixels, as many of each picture, (N, 3); pixels that are not a number are left out."""
    each, drawn = PIXELS // len(pictures), []
    for picture in pictures:
        pixels_N3 = picture.flatten(1).mT
        pixels_N3 = pixels_N3[~pixels_N3.isnan().any(1)]
        drawn.append(pixels_N3[torch.randint(len(pixels_N3), (each,), generator=generator)])
    return torch.cat(drawn)


def _carried(from_N3: torch.Tensor, to_N3: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Where optimal transport along random directions carries each of the first colours, (N, 3)."""
    moved = from_N3.clone()
    # Light first: the order of dark and bright is what a style keeps.
    frames = [torch.linalg.qr(torch.tensor([_LIGHT, (1.0, 0.0, -1.0), (0.5, -1.0, 0.5)]).mT).Q]
    frames += [torch.linalg.qr(torch.randn(3, 3, generator=generator)).Q for _ in range(TURNS // 3)]
    ranks = torch.linspace(0, 1, 256)
    for turn in frames:
        turned, wanted = moved @ turn, to_N3 @ turn
        step = torch.zeros_like(turned)
        for axis in range(3):
            at = turned[:, axis].quantile(ranks)
            into = wanted[:, axis].quantile(ranks)
            step[:, axis] = _between(turned[:, axis].contiguous(), at, into) - turned[:, axis]
        moved = moved + (step if turn is frames[0] else 0.5 * step) @ turn.mT
    return moved.clamp(0, 1)


def _between(x_N: torch.Tensor, at_Q: torch.Tensor, into_Q: torch.Tensor) -> torch.Tensor:
    """Piecewise straight from ``at`` to ``into``, both in order."""
    upper = torch.searchsorted(at_Q, x_N).clamp(1, len(at_Q) - 1)
    low, high = at_Q[upper - 1], at_Q[upper]
    share = ((x_N - low) / (high - low).clamp_min(1e-6)).clamp(0, 1)
    return torch.lerp(into_Q[upper - 1], into_Q[upper], share)


def _table(from_N3: torch.Tensor, to_N3: torch.Tensor) -> torch.Tensor:
    """A smooth table of the move: a polynomial of the second degree, and near the pixels what it misses."""
    steps = torch.linspace(0, 1, SIDE)
    blue, green, red = torch.meshgrid(steps, steps, steps, indexing="ij")
    nodes_M3 = torch.stack([red, green, blue], -1).reshape(-1, 3)
    basis = _powers(from_N3)
    weights = torch.linalg.solve(
        basis.mT @ basis + 1e-3 * len(basis) * torch.eye(basis.shape[1]) * 0.01, basis.mT @ to_N3
    )
    missed_N3 = to_N3 - basis @ weights
    rows = []
    for part in nodes_M3.split(512):
        closeness = torch.exp(-torch.cdist(part, from_N3).square() / (2 * NEAR**2))
        rows.append(closeness @ missed_N3 / (closeness.sum(1, keepdim=True) + 3.0))
    table_M3 = (_powers(nodes_M3) @ weights + torch.cat(rows)).clamp(0, 1)
    return table_M3.mT.reshape(3, SIDE, SIDE, SIDE)


def _powers(colour_N3: torch.Tensor) -> torch.Tensor:
    r, g, b = colour_N3.unbind(1)
    return torch.stack([torch.ones_like(r), r, g, b, r * r, g * g, b * b, r * g, g * b, r * b], 1)


def _looked_up(table_3SSS: torch.Tensor, frames_F3HW: torch.Tensor) -> torch.Tensor:
    grid = frames_F3HW.movedim(1, -1)[:, None] * 2.0 - 1.0
    table = table_3SSS[None].expand(len(frames_F3HW), -1, -1, -1, -1)
    return functional.grid_sample(table, grid, mode="bilinear", padding_mode="border", align_corners=True)[:, :, 0]
