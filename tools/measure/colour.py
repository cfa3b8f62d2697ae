"""Naming colours under any light, in OKLab (B. Ottosson, "A perceptual color space for image processing", 2020)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tools.vocabulary import COLOURS

NAMES: tuple[str, ...] = tuple(COLOURS)
SHADES = np.linspace(0.55, 1.1, 12)
"""Factors by which form and shadow darken a painted surface in linear light, or a rim lights it."""
LIGHTNESS_WEIGHT = 0.55
"""Lightness counts for less than hue and chroma: it changes first when the light does."""

_TO_LMS = np.array(
    [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
     [0.0883024619, 0.2817188376, 0.6299787005]]
)  # fmt: skip
_TO_LAB = np.array(
    [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
     [0.0259040371, 0.7827717662, -0.8086757660]]
)  # fmt: skip


@dataclass(frozen=True)
class Naming:
    """The colour of a region: its name, the share of its pixels of that name, and its median as ``#rrggbb``."""

    name: str
    share: float
    shares: dict[str, float]
    median: str


def to_linear(srgb: np.ndarray) -> np.ndarray:
    """sRGB 0 to 1 to linear light."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((np.maximum(srgb, 0.0) + 0.055) / 1.055) ** 2.4)


def oklab(linear_N3: np.ndarray) -> np.ndarray:
    """Linear RGB (…, 3) to OKLab (…, 3): lightness 0 to 1, green–red, blue–yellow."""
    return np.cbrt(np.maximum(linear_N3 @ _TO_LMS.T, 0.0)) @ _TO_LAB.T


def name_colour(pixels_N3: np.ndarray, light: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> Naming:
    """Name the colour of most of the pixels.

    Args:
        pixels_N3: sRGB, uint8.
        light: what a white surface would look like there, sRGB 0 to 1 (see :func:`estimate_light`).

    Raises:
        ValueError: no pixels.
    """
    if not len(pixels_N3):
        raise ValueError("there are no pixels to name the colour of")
    nearest = names_of(pixels_N3, light)
    counts = np.bincount(nearest, minlength=len(NAMES)) / len(pixels_N3)
    best = int(counts.argmax())
    middle = np.median(pixels_N3[nearest == best], axis=0).astype(int)
    shares = {name: round(float(share), 3) for name, share in zip(NAMES, counts, strict=True) if share > 0.05}
    return Naming(NAMES[best], float(counts[best]), shares, "#{:02x}{:02x}{:02x}".format(*middle))


def names_of(pixels_N3: np.ndarray, light: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> np.ndarray:
    """The name of each pixel, as its place in ``NAMES``, (N,); arguments as of :func:`name_colour`."""
    gain = to_linear(np.clip(np.asarray(light), 0.05, 1.0))
    palette = to_linear(np.array(list(COLOURS.values()))) * gain
    shades = oklab(palette[None] * SHADES[:, None, None]).reshape(-1, 3)
    seen = oklab(to_linear(pixels_N3.astype(np.float64) / 255.0))
    weight = np.array([LIGHTNESS_WEIGHT, 1.0, 1.0])
    distance = (((seen[:, None] - shades[None]) * weight) ** 2).sum(-1)
    return distance.argmin(1) % len(NAMES)


def estimate_light(time: str) -> tuple[float, float, float]:
    """What white looks like at a time of day: neutral by day, warm at dawn and dusk, dim and blue at night."""
    return {
        "dawn": (1.0, 0.96, 0.92), "day": (1.0, 1.0, 1.0), "dusk": (0.98, 0.87, 0.84), "night": (0.76, 0.81, 0.96),
    }[time]  # fmt: skip
