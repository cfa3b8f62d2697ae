"""Colour names of painted pixels, in daylight and in coloured light."""

from __future__ import annotations

import numpy as np
import pytest

from tools.measure.colour import NAMES, estimate_light, name_colour, oklab, to_linear
from tools.vocabulary import COLOURS


def painted(name: str, light: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> np.ndarray:
    """Pixels of one colour, shaded from full light down to 70 % and slightly noisy."""
    shade = np.linspace(0.7, 1.0, 400)[:, None]
    linear = to_linear(np.array(COLOURS[name])) * to_linear(np.array(light)) * shade
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    noise = np.random.default_rng(0).normal(0, 2, srgb.shape)
    return np.clip(srgb * 255 + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("time", ["dawn", "day", "dusk", "night"])
def test_every_colour_keeps_its_name_at_every_time_of_day(name: str, time: str) -> None:
    light = estimate_light(time)
    named = name_colour(painted(name, light), light)
    assert named.name == name
    assert named.share > 0.8


def test_most_of_the_pixels_decide() -> None:
    pixels = np.concatenate([painted("orange"), painted("white")[:150]])
    assert name_colour(pixels).name == "orange"


def test_white_and_black_have_no_chroma() -> None:
    white, grey = oklab(np.array([[1.0, 1.0, 1.0], [0.2, 0.2, 0.2]]))
    assert white == pytest.approx([1.0, 0.0, 0.0], abs=1e-3)
    assert grey[1:] == pytest.approx([0.0, 0.0], abs=1e-3)


def test_no_pixels_have_no_name() -> None:
    with pytest.raises(ValueError, match="no pixels"):
        name_colour(np.zeros((0, 3), np.uint8))
