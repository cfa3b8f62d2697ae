"""The light of a scene: a palette for each time of day, changed by the weather, and the exposure.

Scenery and figures are described in the colours they have at noon. ``Light.grade`` turns those into the colours that
are seen: tinted by the light, veiled by the air between, and developed at the asked exposure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from models.world.scene import Scene
from models.world.vocabulary import RGB
from models.world.vocabulary import TIMES as TIMES_OF_DAY


@dataclass(frozen=True)
class Light:
    """Colours are sRGB 0 to 1.

    Attributes:
        zenith, middle, horizon: the sky from top to bottom.
        tint, actor_tint: multiply scenery and figures.
        air: colour of the haze.
        key: colour of the light on edges; ``side`` -1 from the left, 1 from the right.
        rim: strength of the edge light on figures.
        saturation: of scenery; figures keep half of what is lost.
        dark: 0 by day to 1 by night: windows, lamps and stars shine.
        mist: extra haze of the weather, 0 to 1.
        exposure: stops.
        snow: 0 to 1, how much snow lies on open ground.
    """

    zenith: RGB
    middle: RGB
    horizon: RGB
    tint: RGB
    actor_tint: RGB
    air: RGB
    key: RGB
    side: float
    rim: float
    saturation: float
    dark: float
    mist: float = 0.0
    exposure: float = 0.0
    snow: float = 0.0

    def grade(self, colour_N3: torch.Tensor, haze: float = 0.0, glow_N: torch.Tensor | None = None) -> torch.Tensor:
        """Scenery colours (N, 3) as seen through ``haze`` (0 to 1); glowing ones keep their light."""
        like = colour_N3
        lit = _saturate(colour_N3, self.saturation) * _row(self.tint, like)
        lit = lit + (_row(self.air, like) - lit) * min(0.96, haze + self.mist * (0.25 + 0.9 * haze))
        if glow_N is not None:
            lit = lit + (colour_N3 - lit) * glow_N[:, None]
        return expose(lit, self.exposure)

    def grade_figure(self, colour_FK3: torch.Tensor, glow_K: torch.Tensor) -> torch.Tensor:
        """Figure colours (F, K, 3): the same light, held back so that a hue is never in doubt."""
        like = colour_FK3
        lit = _saturate(colour_FK3, 0.5 + 0.5 * self.saturation) * _row(self.actor_tint, like)
        lit = lit + (_row(self.air, like) - lit) * (0.12 * self.mist)
        lit = lit + (colour_FK3 - lit) * glow_K[None, :, None]
        return expose(lit, self.exposure)

    def shown(self, colour: RGB, haze: float = 0.0, glow: float = 0.0) -> RGB:
        """One scenery colour as it is seen."""
        r, g, b = self.grade(torch.tensor([colour]), haze, torch.tensor([glow]))[0].tolist()
        return r, g, b


def _row(colour: RGB, like: torch.Tensor) -> torch.Tensor:
    return torch.tensor(colour, dtype=like.dtype, device=like.device)


def _saturate(rgb: torch.Tensor, amount: float) -> torch.Tensor:
    luma = (rgb * _row((0.299, 0.587, 0.114), rgb)).sum(-1, keepdim=True)
    return luma + (rgb - luma) * amount


def expose(rgb: torch.Tensor, stops: float) -> torch.Tensor:
    """Change brightness by ``stops`` in linear light, with a shoulder that keeps highlights below white.

    Monotone in ``stops`` for every colour; 0 stops changes nothing.
    """
    if stops == 0.0:
        return rgb.clamp(0.0, 1.0)
    linear = _to_linear(rgb.clamp(0.0, 1.0))
    gain = 2.0**stops
    if gain <= 1.0:
        return _to_srgb(linear * gain)
    # Rational shoulder through (0, 0) with slope ``gain`` and through (1, 1).
    return _to_srgb(gain * linear / (1.0 + (gain - 1.0) * linear))


def _to_linear(v: torch.Tensor) -> torch.Tensor:
    return torch.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055).clamp_min(0.0) ** 2.4)


def _to_srgb(v: torch.Tensor) -> torch.Tensor:
    return torch.where(v <= 0.0031308, v * 12.92, 1.055 * v.clamp_min(1e-8) ** (1 / 2.4) - 0.055)


TIMES: dict[str, Light] = {
    "dawn": Light(
        zenith=(0.45, 0.55, 0.83), middle=(0.95, 0.73, 0.76), horizon=(1.0, 0.88, 0.66), tint=(1.0, 0.90, 0.85),
        actor_tint=(1.02, 0.96, 0.92), air=(0.98, 0.80, 0.74), key=(1.0, 0.90, 0.70), side=-1.0, rim=0.5,
        saturation=0.92, dark=0.0,
    ),
    "day": Light(
        zenith=(0.20, 0.50, 0.90), middle=(0.48, 0.74, 0.97), horizon=(0.88, 0.96, 0.99), tint=(1.0, 1.0, 1.0),
        actor_tint=(1.0, 1.0, 1.0), air=(0.75, 0.88, 0.97), key=(1.0, 0.98, 0.90), side=-1.0, rim=0.35,
        saturation=1.0, dark=0.0,
    ),
    "dusk": Light(
        zenith=(0.20, 0.18, 0.47), middle=(0.76, 0.38, 0.54), horizon=(1.0, 0.68, 0.36), tint=(0.84, 0.69, 0.73),
        actor_tint=(0.98, 0.88, 0.86), air=(0.80, 0.48, 0.54), key=(1.0, 0.66, 0.34), side=1.0, rim=0.7,
        saturation=0.95, dark=0.55,
    ),
    "night": Light(
        zenith=(0.03, 0.05, 0.18), middle=(0.07, 0.13, 0.34), horizon=(0.18, 0.28, 0.52), tint=(0.42, 0.52, 0.80),
        actor_tint=(0.84, 0.88, 1.0), air=(0.16, 0.24, 0.46), key=(0.72, 0.84, 1.0), side=-1.0, rim=0.65,
        saturation=0.85, dark=1.0,
    ),
}  # fmt: skip


@dataclass(frozen=True)
class _Sky:
    """What a weather does: share of grey in the sky, its gain, gain of the light, saturation, mist, edge light."""

    grey: float
    gain: float
    light: float
    saturation: float
    mist: float
    rim: float


_SKIES = {
    "clear": _Sky(0.0, 1.0, 1.0, 1.0, 0.0, 1.0),
    "cloudy": _Sky(0.55, 0.96, 0.92, 0.78, 0.06, 0.5),
    "rain": _Sky(0.62, 0.78, 0.80, 0.74, 0.16, 0.4),
    "snow": _Sky(0.55, 1.02, 0.95, 0.75, 0.20, 0.5),
    "fog": _Sky(0.60, 1.02, 0.96, 0.68, 0.75, 0.3),
    "storm": _Sky(0.66, 0.52, 0.62, 0.74, 0.14, 0.6),
}


def light(scene: Scene) -> Light:
    """The light of a scene, from its time, weather, setting and exposure."""
    base = TIMES[scene.time]
    sky = _SKIES[scene.weather]
    grey = _mean(base.middle, base.horizon)
    zenith, middle, horizon = (
        _scaled(mix(c, _greyed(mix(grey, c, 0.4), 0.55), sky.grey), sky.gain)
        for c in (base.zenith, base.middle, base.horizon)
    )
    figure = 0.5 + 0.5 * sky.light
    air = mix(base.air, _greyed(horizon, 0.5), sky.grey)
    if scene.weather == "fog":
        air = mix(air, (0.9, 0.92, 0.95), 0.14)
    lit = replace(
        base, zenith=zenith, middle=middle, horizon=horizon, tint=_scaled(base.tint, sky.light),
        actor_tint=_scaled(base.actor_tint, figure), air=air, saturation=base.saturation * sky.saturation,
        mist=sky.mist, rim=base.rim * sky.rim, exposure=scene.exposure, snow=float(scene.weather == "snow"),
        dark=min(1.0, base.dark + (0.25 if scene.weather in ("storm", "fog", "rain") else 0.0)),
    )  # fmt: skip
    return _enclosed(lit, scene)


_PLACES: dict[str, tuple[RGB, RGB, RGB, RGB]] = {
    "underwater": ((0.75, 0.80, 0.92), (0.85, 1.0, 1.0), (0.72, 0.66, 0.80), (0.28, 0.36, 0.62)),
    "space": ((1.0, 0.92, 0.86), (1.0, 1.0, 1.0), (1.0, 0.82, 0.76), (0.66, 0.74, 0.95)),
    "moon": ((1.0, 0.92, 0.86), (1.0, 1.0, 1.0), (1.0, 0.82, 0.76), (0.66, 0.74, 0.95)),
    "room": ((1.0, 0.90, 0.84), (1.0, 1.0, 0.98), (0.92, 0.72, 0.66), (0.66, 0.60, 0.66)),
    "cave": ((0.90, 0.78, 0.80), (0.86, 0.88, 0.92), (0.80, 0.62, 0.66), (0.46, 0.50, 0.70)),
}
"""Tints at dawn, day, dusk and night of the places that have a light of their own."""


def _enclosed(lit: Light, scene: Scene) -> Light:
    """Places with a light of their own: no weather reaches them, only the time of day."""
    if scene.setting not in _PLACES:
        return lit
    tint = _PLACES[scene.setting][TIMES_OF_DAY.index(scene.time)]
    lit = replace(lit, tint=tint, actor_tint=mix(tint, (1.0, 1.0, 1.0), 0.6), snow=0.0, mist=0.0)
    if scene.setting == "underwater":
        return replace(lit, air=(0.16 * tint[0], 0.52 * tint[1], 0.68 * tint[2]), rim=0.4)
    if scene.setting == "room":
        return replace(lit, rim=0.3)
    if scene.setting == "cave":
        return replace(lit, air=(0.16, 0.20, 0.32), dark=max(lit.dark, 0.5), rim=0.6)
    return replace(lit, air=(0.10, 0.10, 0.24), dark=1.0, saturation=1.0, rim=0.6)


def mix(a: RGB, b: RGB, t: float) -> RGB:
    """From ``a`` (t = 0) to ``b`` (t = 1)."""
    return a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t


def _mean(a: RGB, b: RGB) -> RGB:
    return mix(a, b, 0.5)


def _scaled(a: RGB, k: float) -> RGB:
    return min(a[0] * k, 1.0), min(a[1] * k, 1.0), min(a[2] * k, 1.0)


def _greyed(a: RGB, t: float) -> RGB:
    luma = 0.299 * a[0] + 0.587 * a[1] + 0.114 * a[2]
    return mix(a, (luma, luma, luma), t)
