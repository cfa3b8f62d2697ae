"""The bed of sound under a place: a pure function of absolute time, so that it runs over cuts without a seam.

Each bed is made of loops of shaped noise (their spectra are drawn with random phases, so that the end meets
the beginning exactly), slow swells whose periods do not divide each other, and small events (a bird, a drip)
drawn per cell of time. The same names at the same absolute time always give the same samples.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray

from models.world import calls, foley, vocabulary
from models.world.scene import Scene
from models.world.tones import Wave, band_gain, clock, curve, settled, swell, turns

LOOP_S = 10.9
CEILING = 0.6
_DRY_BY_SETTING: dict[str, tuple[str, ...]] = {
    "forest": ("forest by day",), "beach": ("waves",), "city": ("city",), "desert": ("wind",),
    "snowfield": ("wind",), "mountain": ("wind",), "meadow": ("birds",), "underwater": ("underwater",),
    "space": ("space hum",), "moon": ("space hum",), "room": ("room tone",), "cave": ("cave drip",),
    "harbour": ("waves",), "village": ("birds",), "river": ("stream",), "sky": ("wind",),
}  # fmt: skip
_NIGHT_FOR_DAY = {"forest by day": "crickets by night", "birds": "crickets by night"}
_STILLED_BY_WEATHER = frozenset({"rain", "snow", "storm"})


def ambience_names(scene: Scene) -> tuple[str, ...]:
    """Return what is heard under a scene, loudest first, from ``vocabulary.AMBIENCES``.

    Birds give way to crickets at dusk and night, both fall silent in rain, snow and storm (wind is heard
    instead), and rain and storm are added wherever there is weather.
    """
    names = _DRY_BY_SETTING[scene.setting]
    if scene.time in ("dusk", "night"):
        names = tuple(_NIGHT_FOR_DAY.get(name, name) for name in names)
    if scene.setting in vocabulary.WEATHERLESS:
        return names
    if scene.weather in _STILLED_BY_WEATHER:
        names = tuple(name for name in names if name not in ("forest by day", "birds", "crickets by night"))
        names = names or ("wind",)
    if scene.weather == "rain":
        return ("rain", *names)
    if scene.weather == "storm":
        return ("storm", *(name for name in names if name != "wind"))
    return names


def render_ambience(scene: Scene, rate: int, start_s: float = 0.0, duration_s: float | None = None) -> torch.Tensor:
    """Render the bed from ``start_s`` (absolute seconds) on.

    Args:
        scene: chooses the names; its seed and actors change nothing, so that a bed runs over cuts.
        rate: samples per second.
        start_s: where on the endless bed this piece begins, 0 or later.
        duration_s: of the piece; the scene's duration if None.

    Returns:
        (2, N) float32, N = round(duration_s * rate), about -30 dBFS RMS.

    Raises:
        ValueError: for a negative start or a duration that is not positive.
    """
    length_s = scene.duration_s if duration_s is None else duration_s
    return render_bed(ambience_names(scene), rate, start_s, length_s)


def render_bed(names: tuple[str, ...], rate: int, start_s: float, duration_s: float) -> torch.Tensor:
    """Render beds by name, each after the first 4 dB lower than the one before. See :func:`render_ambience`.

    Raises:
        ValueError: also for a name that is not in ``vocabulary.AMBIENCES``.
    """
    if start_s < 0.0 or duration_s <= 0.0:
        raise ValueError(f"needs a start of 0 or later and a positive duration, got {start_s} s for {duration_s} s")
    unknown = [name for name in names if name not in BEDS]
    if unknown:
        raise ValueError(f"ambience {unknown[0]!r} is not in the world; it knows: {', '.join(BEDS)}")
    window = _Window(round(start_s * rate), max(1, round(duration_s * rate)), rate)
    total = np.zeros((2, window.count), np.float32)
    for place, name in enumerate(names):
        total += BEDS[name](window) * np.float32(10.0 ** (-4.0 * place / 20.0))
    return torch.from_numpy(np.clip(total, -CEILING, CEILING))


@dataclass(frozen=True)
class _Window:
    """A stretch of the endless bed in absolute samples."""

    first: int
    count: int
    rate: int

    def times(self) -> NDArray[np.float64]:
        return (self.first + np.arange(self.count)) / self.rate

    def looped(self, name: str, bands: tuple[tuple[float, float, float, int], ...], rms: float) -> Wave:
        """Return (2, count) of a stereo noise loop: bands are (low Hz, high Hz, weight, order)."""
        loop = _noise_loop(name, bands, self.rate)
        start = self.first % loop.shape[1]
        if start + self.count <= loop.shape[1]:
            return loop[:, start : start + self.count] * np.float32(rms)
        places = (start + np.arange(self.count)) % loop.shape[1]
        return loop[:, places] * np.float32(rms)

    def slow(self, phase: float, *periods_s: float) -> Wave:
        """Return a wandering curve in about -1..1: a mean of sines whose periods do not divide each other.

        Drawn at 250 Hz on absolute times and interpolated, which keeps it continuous over windows.
        """
        step = self.rate // 250
        knots = np.arange(self.first // step, (self.first + self.count) // step + 2)
        at = knots * step / self.rate
        wave = sum(np.sin(2.0 * np.pi * at / p + phase * (i + 1)) for i, p in enumerate(periods_s)) / len(periods_s)
        inside = (self.first + np.arange(self.count)) / step
        return np.interp(inside, knots, wave).astype(np.float32)

    def sprinkled(self, name: str, cell_s: float, chance: float, make: Callable[[int, np.random.Generator], Wave],
                  gain: float, reach_s: float) -> Wave:  # fmt: skip
        """Return (2, count) of short sounds; at most one begins in each cell; none is longer than reach."""
        total = np.zeros((2, self.count), np.float32)
        cell = round(cell_s * self.rate)
        oldest = max(0, (self.first - round(reach_s * self.rate)) // cell)
        for number in range(oldest, (self.first + self.count - 1) // cell + 1):
            rng = np.random.default_rng([zlib.crc32(name.encode()), number])
            if rng.random() >= chance:
                continue
            start = number * cell + round(float(rng.random()) * cell_s * self.rate) - self.first
            angle = np.pi / 4 * (1.0 + float(rng.uniform(-0.8, 0.8)))
            level = gain * float(rng.uniform(0.35, 1.0))
            if start >= self.count or start + round(reach_s * self.rate) <= 0:
                continue
            wave = settled(make(self.rate, rng), self.rate)[: round(reach_s * self.rate)]
            wave = wave * np.float32(level / max(1e-9, float(np.abs(wave).max())))
            low, high = max(0, start), min(self.count, start + len(wave))
            if high > low:
                piece = wave[low - start : high - start]
                total[0, low:high] += piece * np.float32(np.cos(angle))
                total[1, low:high] += piece * np.float32(np.sin(angle))
        return total


@lru_cache(maxsize=16)
def _noise_loop(name: str, bands: tuple[tuple[float, float, float, int], ...], rate: int) -> Wave:
    """Return (2, L) noise of unit RMS whose end runs into its beginning; the sides share a third of it."""
    size = 1 << int(np.ceil(np.log2(LOOP_S * rate * 0.75)))
    freqs = np.fft.rfftfreq(size, 1.0 / rate)
    gain = np.zeros_like(freqs)
    for low_hz, high_hz, weight, order in bands:
        gain += weight * band_gain(freqs, low_hz, high_hz, order) / np.sqrt(max(1.0, high_hz - low_hz))
    rng = np.random.default_rng([zlib.crc32(name.encode()), rate])
    drawn = rng.standard_normal((3, 2, len(freqs)), dtype=np.float32)
    spectra = (drawn[:, 0] + 1j * drawn[:, 1]) * gain.astype(np.float32)
    waves = np.fft.irfft(spectra, size)
    sides = np.stack([waves[0] + 0.6 * waves[2], waves[1] + 0.6 * waves[2]])
    return (sides / np.sqrt(np.mean(sides**2))).astype(np.float32)


def _wind(window: _Window) -> Wave:
    low = window.looped("wind low", ((60, 420, 1.0, 1),), 0.03)
    gust = 0.65 + 0.4 * window.slow(0.3, 5.3, 8.9, 3.1)
    howl = window.looped("wind howl", ((430, 640, 1.0, 3), (760, 900, 0.3, 3)), 0.009)
    rise = np.clip(0.4 + 0.8 * window.slow(2.1, 6.7, 4.3), 0.0, None)
    hiss = window.looped("wind hiss", ((900, 3500, 1.0, 1),), 0.0035)
    return low * gust + (howl + hiss) * rise * gust


def _rain(window: _Window) -> Wave:
    fall = window.looped("rain", ((700, 9000, 1.0, 1), (2500, 7000, 0.7, 2)), 0.026)
    patter = window.looped("rain patter", ((300, 1400, 1.0, 1),), 0.008)
    drops = window.sprinkled("rain drops", 0.09, 0.8, _drop_on_leaf, 0.07, 0.06)
    return fall * (1.0 + 0.12 * window.slow(0.0, 7.1, 3.7)) + patter + drops


def _drop_on_leaf(rate: int, rng: np.random.Generator) -> Wave:
    return foley.burst(rate, 1200, float(rng.uniform(3000, 7000)), 0.0005, float(rng.uniform(0.002, 0.006)), rng)


def _waves(window: _Window) -> Wave:
    roll = window.looped("sea", ((50, 500, 1.0, 1),), 0.02)
    foam = window.looped("foam", ((500, 6000, 1.0, 1),), 0.03)
    times = window.times()
    total = roll * (0.8 + 0.3 * window.slow(0.0, 9.7, 6.1))
    for period_s, shift_s, side in ((7.3, 0.0, 0.8), (9.1, 3.6, 1.2)):
        share = ((times + shift_s) % period_s) / period_s
        rise = np.clip(share / 0.28, 0, 1) ** 2 * np.clip((1.0 - share) / 0.72, 0, 1) ** 1.7
        total += foam * rise.astype(np.float32) * np.array([[side], [2.0 - side]], np.float32)
    return total


def _leaves_in_wind(window: _Window, level: float) -> Wave:
    leaves = window.looped("leaves", ((1200, 7000, 1.0, 1),), level)
    return leaves * np.clip(0.6 + 0.6 * window.slow(1.0, 5.9, 3.3), 0.1, None)


def _forest(window: _Window) -> Wave:
    near = window.sprinkled("forest birds", 1.9, 0.6, calls.chirp, 0.085, 0.8)
    far = window.sprinkled("forest far birds", 2.6, 0.5, _whistled_bird, 0.05, 0.9)
    air = window.looped("forest air", ((80, 500, 1.0, 1),), 0.006)
    return near + far + air + _leaves_in_wind(window, 0.012)


def _birds(window: _Window) -> Wave:
    near = window.sprinkled("birds", 1.3, 0.65, calls.chirp, 0.075, 0.8)
    far = window.sprinkled("far birds", 1.7, 0.6, _whistled_bird, 0.045, 0.9)
    air = window.looped("open air", ((70, 600, 1.0, 1),), 0.005)
    return near + far + air + _leaves_in_wind(window, 0.004)


def _whistled_bird(rate: int, rng: np.random.Generator) -> Wave:
    times = clock(0.7, rate)
    base_hz = float(rng.uniform(1900, 2700))
    steps = [(0.0, 1.0), (0.2, 1.02), (0.22, 1.26), (0.4, 1.25), (0.43, 0.94), (0.7, 0.92)]
    syllables = [(0, 0), (0.03, 1), (0.18, 0.8), (0.21, 0.1), (0.25, 1), (0.38, 0.7), (0.42, 0.1), (0.46, 0.9)]
    shape = curve(times, [*syllables, (0.7, 0)])
    return (np.sin(turns(curve(times, steps) * base_hz, rate)) * shape).astype(np.float32)


def _crickets(window: _Window) -> Wave:
    times = window.times()
    total = window.looped("night air", ((60, 400, 1.0, 1),), 0.0035)
    for number, (freq_hz, period_s, pulse_hz, side) in enumerate(
        ((4350.0, 0.83, 31.0, 0.3), (4720.0, 0.97, 28.0, 1.6), (3980.0, 1.21, 34.0, 1.2))
    ):
        share = (times + 0.37 * number) % period_s
        pulses = np.clip(np.sin(2 * np.pi * pulse_hz * share), 0, None) * (share < 3.0 / pulse_hz)
        tone = np.sin(2 * np.pi * freq_hz * times) * pulses * 0.04
        total = total + tone.astype(np.float32) * np.array([[side], [2.0 - side]], np.float32) * 0.8
    return total + window.looped("far crickets", ((3800, 4800, 1.0, 3),), 0.006)


def _city(window: _Window) -> Wave:
    rumble = window.looped("traffic", ((35, 180, 1.0, 1), (180, 900, 0.35, 1)), 0.03)
    passing = window.looped("passing cars", ((250, 1800, 1.0, 1),), 0.014)
    comes = np.clip(window.slow(0.0, 11.3, 7.7, 5.3), 0.0, None) ** 1.5
    horns = window.sprinkled("city horns", 6.5, 0.4, foley.horn, 0.016, 0.7)
    voices = window.looped("crowd", ((280, 900, 1.0, 2),), 0.004)
    return rumble * (0.9 + 0.15 * window.slow(1.4, 8.3)) + passing * comes + horns + voices


def _underwater(window: _Window) -> Wave:
    mass = window.looped("water mass", ((25, 220, 1.0, 2),), 0.04)
    rise = window.sprinkled("bubbles", 1.6, 0.55, foley.bubble, 0.13, 0.9)
    return mass * (0.85 + 0.25 * window.slow(0.0, 6.1, 9.3)) + rise


def _space(window: _Window) -> Wave:
    times = window.times()
    total = window.looped("void", ((30, 140, 1.0, 2),), 0.016)
    shimmer = window.looped("plasma", ((1200, 2200, 1.0, 4),), 0.0018) * (0.5 + 0.5 * window.slow(0.9, 7.9, 11.3))
    hum = np.zeros((2, window.count), np.float32)
    for voice, (freq_hz, gain, drift_s) in enumerate(((55.0, 1.0, 9.1), (82.4, 0.6, 13.3), (110.4, 0.4, 7.3))):
        level = np.float32(gain) * (0.75 + 0.25 * window.slow(voice, drift_s))
        for side, bend_hz in enumerate((0.0, 0.17)):
            turn = (times * (freq_hz + bend_hz) % 1.0).astype(np.float32)
            hum[side] += level * np.sin(np.float32(2 * np.pi) * turn)
    return total + shimmer + np.float32(0.018) * hum


def _stream(window: _Window) -> Wave:
    water = window.looped("brook", ((350, 2600, 1.0, 1), (2600, 7000, 0.3, 1)), 0.02)
    gurgle = window.sprinkled("gurgle", 0.11, 0.85, _gurgle, 0.1, 0.16)
    return water * (1.0 + 0.15 * window.slow(0.0, 1.7, 2.9, 0.71)) + gurgle


def _gurgle(rate: int, rng: np.random.Generator) -> Wave:
    return foley.one_bubble(rate, float(np.exp(rng.uniform(np.log(450), np.log(1500)))))


def _room_tone(window: _Window) -> Wave:
    mains = (0.0016 * np.sin(2 * np.pi * 100.0 * window.times())).astype(np.float32)
    return window.looped("room", ((40, 240, 1.0, 1), (240, 3000, 0.18, 1)), 0.009) + mains


def _cave(window: _Window) -> Wave:
    drips = window.sprinkled("drips", 1.15, 0.7, _drip, 0.11, 1.5)
    return window.looped("cave air", ((45, 260, 1.0, 2),), 0.012) * (0.9 + 0.2 * window.slow(0.0, 8.3)) + drips


def _drip(rate: int, rng: np.random.Generator) -> Wave:
    total = np.zeros(round(1.5 * rate), np.float32)
    drop = foley.one_bubble(rate, float(rng.uniform(900, 1700)))
    for echo in range(9):
        start = round(0.13 * echo * rate * float(rng.uniform(0.94, 1.06)))
        piece = drop[: max(0, len(total) - start)]
        total[start : start + len(piece)] += piece * np.float32(0.52**echo)
    return total * swell(clock(1.5, rate), 0.0005, 0.4)


def _storm(window: _Window) -> Wave:
    rolls = window.sprinkled("far thunder", 6.0, 0.6, _far_thunder, 0.2, 4.3)
    return 1.15 * _rain(window) + 0.9 * _wind(window) + rolls


def _far_thunder(rate: int, rng: np.random.Generator) -> Wave:
    times = clock(4.2, rate)
    rumble = foley.thunder(rate, rng)
    return (rumble * np.clip(times / 0.5, 0, 1)).astype(np.float32)


BEDS: dict[str, Callable[[_Window], Wave]] = {
    "wind": _wind, "rain": _rain, "waves": _waves, "forest by day": _forest, "crickets by night": _crickets,
    "city": _city, "underwater": _underwater, "space hum": _space, "stream": _stream, "room tone": _room_tone,
    "cave drip": _cave, "storm": _storm, "birds": _birds,
}  # fmt: skip
