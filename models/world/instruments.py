"""Instruments: each turns (pitch, length) into one mono note of peak 1. Struck ones ring on, blown and bowed ones stop.

Plucked strings are Karplus and Strong's (1983) averaged delay loop, run a period at a time; the electric piano is
Chowning's frequency modulation (1973) with a tine; bars and boxes are struck modes; the rest read band-limited
wavetables with vibrato.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from models.world.foley import burst, thump
from models.world.tones import Wave, banded, clock, curve, row, strike, swell, turns

TABLE = 2048
Player = Callable[[float, float, int], Wave]


def note_hz(pitch: int) -> float:
    """Return the equal-tempered frequency of a MIDI pitch; 69 is 440 Hz."""
    return float(440.0 * 2.0 ** ((pitch - 69) / 12.0))


@lru_cache(maxsize=128)
def _table(tilt: float, highest: int, odd: float) -> NDArray[np.float32]:
    """Return one period with harmonics h of amplitude h**-tilt; even ones are scaled by ``odd``."""
    angle = np.arange(TABLE + 1) * (2.0 * np.pi / TABLE)
    total = np.zeros(TABLE + 1)
    for harmonic in range(1, highest + 1):
        level = harmonic**-tilt * (odd if harmonic % 2 == 0 else 1.0)
        total += level * np.sin(harmonic * angle + 0.37 * harmonic * harmonic)
    return (total / np.abs(total).max()).astype(np.float32)


def _read(
    freq_hz: NDArray[np.float64], rate: int, tilt: float, brightest_hz: float, odd: float = 1.0, turn: float = 0.0
) -> Wave:
    highest = max(1, min(40, int(min(brightest_hz, 0.45 * rate) / float(freq_hz.max()))))
    table = _table(tilt, highest, odd)
    place = (np.cumsum(freq_hz) * (TABLE / rate) + turn * TABLE) % TABLE
    index = place.astype(np.int32)
    share = (place - index).astype(np.float32)
    return table[index] * (1.0 - share) + table[index + 1] * share


def _vibrato(times: Wave, freq_hz: float, speed_hz: float, depth: float, after_s: float) -> NDArray[np.float64]:
    grown = np.clip((times - after_s) / 0.4, 0.0, 1.0)
    return freq_hz * (1.0 + depth * grown * np.sin(2.0 * np.pi * speed_hz * times))


def _peak(wave: Wave) -> Wave:
    return (wave / max(1e-9, float(np.abs(wave).max()))).astype(np.float32)


def pluck(freq_hz: float, length_s: float, rate: int) -> Wave:
    """Return a nylon string. Damping 0.4 of the neighbour gives a loop of P + 0.4 samples, resampled to pitch."""
    rng = np.random.default_rng(int(freq_hz * 100))
    blend = 0.4
    period = max(8, int(rate / freq_hz - blend))
    string = rng.uniform(-1.0, 1.0, period)
    for _ in range(3):
        string = 0.5 * string + 0.25 * (np.roll(string, 1) + np.roll(string, -1))
    string -= np.roll(string, int(0.18 * period)) * 0.9
    string -= string.mean()
    ring_s = min(max(length_s, 0.25) + 0.5, 3.0)
    loops = int(ring_s * rate / period) + 3
    kept = 10.0 ** (-3.0 / (freq_hz * float(np.clip(2.6 * (220.0 / freq_hz) ** 0.5, 0.7, 3.2))))
    rows = np.empty((loops, period), np.float32)
    for index in range(loops):
        rows[index] = string
        string = kept * ((1.0 - blend) * string + blend * np.roll(string, 1))
    looped = rows.reshape(-1)
    count = int(ring_s * rate)
    place = np.arange(count) * (freq_hz * (period + blend) / rate)
    place = place[place < len(looped) - 1]
    index_at = place.astype(np.int64)
    share = (place - index_at).astype(np.float32)
    wave = looped[index_at] * (1.0 - share) + looped[index_at + 1] * share
    return _peak(wave * swell(clock(len(wave) / rate, rate)[: len(wave)], 0.001, 0.3))


def pad(freq_hz: float, length_s: float, rate: int, tilt: float = 1.6, brightest_hz: float = 3200.0) -> Wave:
    """Return one soft voice that swells and two quieter, detuned ones; unequal, so that they never cancel."""
    times = clock(length_s + 0.7, rate)
    total = np.zeros(len(times), np.float32)
    for cents, speed_hz, level, turn in ((-6.0, 0.23, 0.3, 0.21), (0.0, 0.31, 1.0, 0.0), (7.0, 0.19, 0.3, 0.67)):
        bent = freq_hz * 2.0 ** ((cents + 2.0 * np.sin(2 * np.pi * speed_hz * times)) / 1200.0)
        total += np.float32(level) * _read(bent.astype(np.float64), rate, tilt, brightest_hz, turn=turn)
    return _peak(total * swell(times, min(0.45, 0.4 * length_s), 0.8))


def dark_pad(freq_hz: float, length_s: float, rate: int) -> Wave:
    return pad(freq_hz, length_s, rate, 2.4, 1400.0)


def strings(freq_hz: float, length_s: float, rate: int) -> Wave:
    return pad(freq_hz, length_s, rate, 1.1, 5500.0)


def bowed(freq_hz: float, length_s: float, rate: int) -> Wave:
    """Return a bowed string: saw-like, vibrato that comes in late, a little bow noise."""
    times = clock(length_s + 0.18, rate)
    tone = _read(_vibrato(times, freq_hz, 5.4, 0.0055, 0.22), rate, 1.15, 5200.0)
    rng = np.random.default_rng(int(freq_hz * 100))
    tone = tone + 0.012 * banded(len(times), rate, 900, 4000, rng)
    return _peak(tone * swell(times, min(0.11, 0.4 * length_s), 0.2) * curve(times, [(0, 0.8), (0.3, 1), (9, 0.9)]))


def low_bowed(freq_hz: float, length_s: float, rate: int) -> Wave:
    """Return short low strings, bitten off."""
    times = clock(length_s + 0.12, rate)
    tone = _read(np.full(len(times), freq_hz), rate, 1.05, 3000.0)
    return _peak(tone * swell(times, 0.012, 0.12) * np.exp(-times / 0.28).astype(np.float32))


def flute(freq_hz: float, length_s: float, rate: int) -> Wave:
    """Return a flute: few harmonics, breath, gentle vibrato."""
    times = clock(length_s + 0.12, rate)
    tone = _read(_vibrato(times, freq_hz, 5.0, 0.004, 0.25), rate, 2.1, 6000.0, 0.7)
    rng = np.random.default_rng(int(freq_hz * 100))
    breath = banded(len(times), rate, 0.8 * freq_hz, min(6.0 * freq_hz, 0.4 * rate), rng, 1)
    chiff = 0.1 * np.exp(-times / 0.03) + 0.016
    return _peak((tone + breath * chiff).astype(np.float32) * swell(times, min(0.05, 0.3 * length_s), 0.14))


def brass(freq_hz: float, length_s: float, rate: int) -> Wave:
    """Return a horn: the bright tone fades into the dark one after the attack."""
    times = clock(length_s + 0.12, rate)
    bend = _vibrato(times, freq_hz, 5.2, 0.003, 0.4) * curve(times, [(0, 0.988), (0.05, 1.0), (99, 1.0)])
    dark, bright = _read(bend, rate, 1.7, 3500.0), _read(bend, rate, 0.85, 7000.0)
    open_ = curve(times, [(0, 0.1), (0.07, 0.75), (0.25, 0.45), (99, 0.4)])
    return _peak((dark * (1.0 - open_) + bright * open_) * swell(times, min(0.05, 0.3 * length_s), 0.13))


def electric_piano(freq_hz: float, length_s: float, rate: int) -> Wave:
    """Return an FM piano: a 1:1 pair whose index decays, and a tine at 14 times the pitch."""
    ring_s = min(length_s + 0.35, 4.0)
    times = clock(ring_s, rate)
    decay_s = float(np.clip(1.9 * (262.0 / freq_hz) ** 0.4, 0.6, 2.6))
    angle = turns(np.full(len(times), freq_hz), rate)
    index = 1.5 * np.exp(-times / (0.35 * decay_s))
    tone = np.sin(angle + index * np.sin(angle)) * np.exp(-times / decay_s)
    if 14.0 * freq_hz < 0.45 * rate:
        tone = tone + 0.12 * np.sin(14.0 * angle) * np.exp(-times / 0.07)
    return _peak((tone * swell(times, 0.003, 0.3)).astype(np.float32))


def marimba(freq_hz: float, length_s: float, rate: int) -> Wave:
    """Return a wooden bar, tuned 1 : 3.93 : 9.24."""
    decay_s = float(np.clip(0.42 * (262.0 / freq_hz) ** 0.5, 0.12, 0.6))
    modes = [freq_hz, 3.93 * freq_hz, 9.24 * freq_hz]
    bar = strike(1.0, rate, modes, [decay_s, 0.3 * decay_s, 0.1 * decay_s], [1.0, 0.28, 0.1], 0.0015)
    return _peak(bar * swell(clock(1.0, rate), 0.0005, 0.2))


def music_box(freq_hz: float, length_s: float, rate: int) -> Wave:
    """Return a steel tooth: a free bar's partials 1 : 2.76 : 5.40, long and thin."""
    modes = [freq_hz, 1.002 * freq_hz, 2.756 * freq_hz, 5.404 * freq_hz]
    tooth = strike(2.2, rate, modes, [0.75, 0.75, 0.28, 0.09], [0.6, 0.4, 0.25, 0.12], 0.0006)
    return _peak(tooth * swell(clock(2.2, rate), 0.0004, 0.5))


def bass(freq_hz: float, length_s: float, rate: int) -> Wave:
    """Return a round plucked bass."""
    times = clock(length_s + 0.15, rate)
    angle = turns(np.full(len(times), freq_hz), rate)
    tone = (
        np.sin(angle)
        + 0.5 * np.sin(2 * angle) * np.exp(-times / 0.35)
        + 0.2 * np.sin(3 * angle) * np.exp(-times / 0.15)
    )
    fade = np.exp(-times / 1.3) * swell(times, 0.008, 0.15)
    return _peak((tone * fade).astype(np.float32))


def drone(freq_hz: float, length_s: float, rate: int) -> Wave:
    """Return a held low fifth that breathes."""
    low = pad(freq_hz, length_s, rate, 1.9, 900.0)
    return _peak(low + 0.6 * pad(1.5 * freq_hz, length_s, rate, 2.2, 900.0)[: len(low)])


def _timpani(freq_hz: float, length_s: float, rate: int) -> Wave:
    modes = [freq_hz * ratio for ratio in (1.0, 1.5, 1.98, 2.44)]
    rng = np.random.default_rng(3)
    skin = strike(1.6, rate, modes, [0.45, 0.3, 0.2, 0.12], [1.0, 0.6, 0.35, 0.2], 0.002)
    return _peak(row(1.6, rate, [(0.0, skin * swell(clock(1.6, rate), 0.0005, 0.3)),
                                 (0.0, 0.15 * burst(rate, 200, 1500, 0.001, 0.02, rng))]))  # fmt: skip


def _kick(freq_hz: float, length_s: float, rate: int) -> Wave:
    return _peak(thump(rate, 95.0, 0.5, 0.07))


def _drum(freq_hz: float, length_s: float, rate: int) -> Wave:
    skin = burst(rate, 150, 900, 0.001, 0.03, np.random.default_rng(4))
    return _peak(row(0.9, rate, [(0.0, thump(rate, 78.0, 0.6, 0.11)), (0.0, 0.12 * skin)]))


def _shaker(freq_hz: float, length_s: float, rate: int) -> Wave:
    return _peak(burst(rate, 5200, 10500, 0.014, 0.022, np.random.default_rng(5)))


def _tick(freq_hz: float, length_s: float, rate: int) -> Wave:
    return _peak(burst(rate, 4000, 9500, 0.0008, 0.009, np.random.default_rng(6)))


def _wood(freq_hz: float, length_s: float, rate: int) -> Wave:
    return _peak(strike(0.2, rate, [880, 1460, 2350], [0.028, 0.016, 0.01], [1.0, 0.5, 0.2]))


def _snare(freq_hz: float, length_s: float, rate: int) -> Wave:
    rng = np.random.default_rng(7)
    return _peak(row(0.4, rate, [(0.0, burst(rate, 1300, 8500, 0.0008, 0.05, rng)),
                                 (0.0, 1.4 * thump(rate, 190.0, 0.8, 0.035))]))  # fmt: skip


def _triangle(freq_hz: float, length_s: float, rate: int) -> Wave:
    ring = strike(2.0, rate, [2920, 4460, 6640, 8170], [0.7, 0.55, 0.4, 0.25], [1.0, 0.8, 0.6, 0.4], 0.001)
    return _peak(ring * swell(clock(2.0, rate), 0.0005, 0.5))


def _cymbal(freq_hz: float, length_s: float, rate: int) -> Wave:
    times = clock(2.6, rate)
    rng = np.random.default_rng(8)
    wash = banded(len(times), rate, 3200, 11000, rng) * np.exp(-times / 0.7)
    return _peak((wash * swell(times, 0.004, 0.6)).astype(np.float32))


INSTRUMENTS: dict[str, tuple[Player, float, float]] = {
    "flute": (flute, 0.26, 0.12), "electric piano": (electric_piano, 0.30, -0.2), "pluck": (pluck, 0.34, 0.3),
    "pad": (pad, 0.075, 0.0), "dark pad": (dark_pad, 0.11, 0.0), "strings": (strings, 0.065, -0.1),
    "bowed": (bowed, 0.24, -0.12), "low bowed": (low_bowed, 0.26, 0.25), "brass": (brass, 0.22, 0.1),
    "marimba": (marimba, 0.42, 0.15), "music box": (music_box, 0.26, 0.2), "bass": (bass, 0.26, 0.0),
    "drone": (drone, 0.11, 0.0), "timpani": (_timpani, 0.42, -0.15), "kick": (_kick, 0.40, 0.0),
    "drum": (_drum, 0.46, 0.0), "shaker": (_shaker, 0.07, 0.4), "tick": (_tick, 0.07, -0.4),
    "wood": (_wood, 0.13, -0.35),
    "snare": (_snare, 0.13, 0.1), "triangle": (_triangle, 0.06, 0.45), "cymbal": (_cymbal, 0.14, -0.2),
}  # fmt: skip
"""Who plays, how loud (peak of one note at velocity 1), and where it sits from -1 left to 1 right."""

PERCUSSION: frozenset[str] = frozenset({
    "timpani", "kick", "drum", "shaker", "tick", "wood", "snare", "triangle", "cymbal",
})  # fmt: skip
