"""The colours of a figure, derived from the one that it was given."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

from models.world import vocabulary
from models.world.figures.traits import Traits

Colour = tuple[float, float, float]

INK: Colour = (0.12, 0.10, 0.13)
IVORY: Colour = (0.97, 0.96, 0.92)
SKINS: tuple[Colour, ...] = (
    (0.98, 0.84, 0.74),
    (0.94, 0.76, 0.62),
    (0.85, 0.64, 0.48),
    (0.70, 0.49, 0.35),
    (0.52, 0.35, 0.25),
    (0.38, 0.26, 0.20),
)
HAIRS: tuple[Colour, ...] = (
    (0.16, 0.12, 0.12),
    (0.32, 0.20, 0.13),
    (0.52, 0.32, 0.17),
    (0.80, 0.58, 0.28),
    (0.66, 0.28, 0.14),
    (0.62, 0.60, 0.60),
)
ACCENTS: tuple[str, ...] = ("red", "yellow", "blue", "orange", "purple", "green")


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """``a`` moved towards ``b`` by ``share``."""
    return (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share)


@dataclass(frozen=True)
class Palette:
    """Tints of the figure's colour and what contrasts with it."""

    base: Colour
    dark: Colour
    deep: Colour
    light: Colour
    pale: Colour
    skin: Colour
    hair: Colour
    accent: Colour


def palette_of(subject: str, colour: str, traits: Traits) -> Palette:
    """The palette of an individual: its base stays within 0.03 of the named colour."""
    named = vocabulary.COLOURS[colour]
    warm = 0.025 * traits.warmth
    base = (min(1.0, named[0] + warm), named[1], max(0.0, named[2] - warm))
    white, black = colour == "white", colour == "black"
    dark = mix(base, (0.42, 0.46, 0.55), 0.30) if white else mix(base, (0.05, 0.0, 0.08), 0.20)
    deep = mix(base, (0.30, 0.33, 0.42), 0.55) if white else mix(base, (0.04, 0.02, 0.08), 0.55)
    light = mix(base, (0.55, 0.57, 0.66), 0.30) if black else mix(base, (1.0, 0.98, 0.92), 0.30)
    pale = (1.0, 1.0, 1.0) if white else mix(base, (1.0, 0.97, 0.92), 0.55 if black else 0.72)
    choice = [name for name in ACCENTS if name != colour]
    accent = vocabulary.COLOURS[choice[traits.accent % len(choice)]]
    skin, hair = SKINS[traits.tone % len(SKINS)], HAIRS[traits.hair % (len(HAIRS) - (subject == "child"))]
    return Palette(base, dark, deep, light, pale, skin, hair, accent)


def brightness(colour: Colour) -> float:
    """Relative lightness, 0 to 1 (the L of HLS)."""
    return colorsys.rgb_to_hls(*colour)[1]
