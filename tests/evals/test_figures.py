"""The reader of figures learns what it is asked, and its table counts right."""

from __future__ import annotations

import torch

from evals.figures import COLOUR_NAMES, FIRST_TRAIN, FigureReader, Figures, rendered, scored, smeared
from models.layers.observe import KINDS


def test_figures_come_with_who_they_are() -> None:
    figures = rendered(FIRST_TRAIN, 3)
    assert isinstance(figures, Figures)
    assert len(figures.pictures) == len(figures.kinds) == len(figures.colours)
    assert figures.pictures.shape[1:] == (4, 64, 64)
    assert int(figures.kinds.max()) < len(KINDS)


def test_a_reader_learns_two_figures_and_the_table_says_so() -> None:
    torch.manual_seed(0)
    net = FigureReader(width=8)
    figures = torch.zeros(2, 4, 64, 64)
    figures[0, [0, 3], 20:44, 8:56] = 1.0
    figures[1, [2, 3], 8:56, 20:44] = 1.0
    kinds, colours = torch.tensor([KINDS.index("fox"), KINDS.index("owl")]), torch.tensor([0, 4])
    optimiser = torch.optim.AdamW(net.parameters(), 3e-3)
    generator = torch.Generator().manual_seed(0)
    for _ in range(40):
        kind, colour = net(smeared(figures, generator))
        optimiser.zero_grad()
        (torch.nn.functional.cross_entropy(kind, kinds) + torch.nn.functional.cross_entropy(colour, colours)).backward()
        optimiser.step()
    wanted = [("fox", COLOUR_NAMES[0]), ("owl", COLOUR_NAMES[4])] * 4
    shown = [figures[0], figures[1]] * 4
    row = scored(net.eval(), shown, wanted, list(range(8)))
    assert row["subject"][0] == row["colour"][0] == 1.0
    swapped = scored(net, shown, wanted[1:] + wanted[:1], list(range(8)))
    assert swapped["subject"][0] == 0.0
