"""Instruments for what people bring: is a figure the one of its reference, does a clip begin with its picture?"""

from __future__ import annotations

import pytest
import torch

from evals.adherence_identity import pair_at
from evals.adherence_reel import ReelMaker
from evals.first_frames import decibels, edges, measure
from evals.reference_hold import outline, places_of, standing, unlike
from models.layers.codec import LayersCodec
from models.reel import Reel


def figure(left: int, colour: tuple[float, float, float]) -> torch.Tensor:
    made = torch.zeros(4, 64, 64)
    made[:3, 10:50, left : left + 20] = torch.tensor(colour)[:, None, None]
    made[3, 10:50, left : left + 20] = 1.0
    return made


def test_figures_are_compared_by_colour_and_outline_and_not_by_their_light() -> None:
    red = figure(20, (0.8, 0.2, 0.1))
    assert unlike(red, red) == pytest.approx(0.0, abs=1e-6)
    dim = torch.cat([0.5 * red[:3], red[3:]])
    assert unlike(dim, red) == pytest.approx(0.0, abs=1e-6), "its light is made equal"
    blue = figure(20, (0.1, 0.2, 0.8))
    shifted = figure(30, (0.8, 0.2, 0.1))
    assert unlike(blue, red) > 0.2
    assert unlike(shifted, red) > 0.2
    assert outline(blue, red) == 1.0
    assert outline(shifted, red) == pytest.approx(1 / 3)


def test_a_figure_is_asked_for_in_other_scenes_and_nothing_says_what_it_wears() -> None:
    pair = next(pair for pair in map(pair_at, range(20)) if pair.figure.accessories)
    assert unlike(standing(pair.figure), standing(pair.other)) > 0.01
    asked = places_of(pair, 3, 2)
    assert len({one.caption for one in asked}) == 2
    for one in asked:
        assert pair.figure.subject in one.caption
        assert pair.figure.colour in one.caption
        assert "wearing" not in one.caption


def test_edges_and_decibels_have_known_answers() -> None:
    flat, stripes = torch.full((3, 8, 8), 0.5), torch.zeros(3, 8, 8)
    stripes[:, :, ::2] = 1.0
    assert edges(flat) == 0.0
    assert edges(stripes) == 0.5, "every step across, none down"
    assert decibels(flat, flat + 0.1) == pytest.approx(20.0, abs=1e-4)


def test_a_clip_with_its_pictures_pixels_is_nearer_to_it_than_what_the_codec_decodes() -> None:
    reel = Reel.load()
    assert isinstance(reel.codec, LayersCodec)
    told = measure(ReelMaker(reel), range(6_500_005, 6_500_013))
    kept, decoded = (float(str(told[f"{way}: first frame, dB"]).split()[0]) for way in ("kept", "decoded"))
    assert kept > decoded + 3
    sharp = (float(str(told[f"{way}: edges of the last frame"]).split()[0]) for way in ("kept", "decoded"))
    assert next(sharp) > 1.3 * next(sharp)
    assert told["taken for photographs"] == 0
