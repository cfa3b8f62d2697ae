"""The sounds of things: steps, blows, water, air, machines, bells.

Each maker takes the sample rate and a random generator and returns one mono sound that starts at its first sample.
Levels are set afterwards, in ``sound``. Bubbles ring at Minnaert's frequency and rise as they near the surface
(van den Doel, "Physically based models for liquid sounds", 2005); the bell has the minor-third partials of a tuned
church bell (Fletcher and Rossing, "The Physics of Musical Instruments", ch. 21).
"""

from __future__ import annotations

import numpy as np

from models.world.tones import (
    Wave,
    banded,
    clock,
    crackle,
    curve,
    harmonics,
    noise,
    place,
    rise_fall,
    row,
    strike,
    swell,
    swept_noise,
    turns,
    unit,
    wander,
)

BELL_PARTIALS: tuple[float, ...] = (0.5, 1.0, 1.2, 1.5, 2.0, 2.5, 2.67, 3.0, 4.0)
"""Hum, prime, minor third, fifth, nominal, and above, relative to the prime."""
BELL_PRIME_HZ = 523.25
_BELL_DECAYS_S = (1.9, 1.3, 1.1, 0.6, 0.75, 0.4, 0.35, 0.3, 0.2)
_BELL_GAINS = (0.55, 0.75, 0.8, 0.35, 1.0, 0.35, 0.3, 0.4, 0.3)


def thump(rate: int, freq_hz: float, drop: float, decay_s: float) -> Wave:
    """Return a low blow whose pitch falls by the factor ``drop`` while it decays."""
    times = clock(decay_s * 7.0, rate)
    falling = freq_hz * (drop + (1.0 - drop) * np.exp(-times / (0.35 * decay_s)))
    return (np.sin(turns(falling, rate) + 0.4) * np.exp(-times / decay_s)).astype(np.float32)


def burst(rate: int, low_hz: float, high_hz: float, attack_s: float, decay_s: float, rng: np.random.Generator) -> Wave:
    """Return a puff of band noise."""
    times = clock(attack_s + 6.0 * decay_s, rate)
    return banded(len(times), rate, low_hz, high_hz, rng) * rise_fall(times, attack_s, decay_s)


def footstep(rate: int, rng: np.random.Generator, surface: str = "") -> Wave:
    """Return a heel and, 55 to 85 ms later, a softer toe, on ``leaves sand stone snow grass wood`` (stone if none)."""
    gap_s = float(rng.uniform(0.055, 0.085))
    pitch = float(rng.uniform(0.9, 1.12))
    contact = _CONTACTS.get(surface, _on_stone)
    heel = contact(rate, rng, pitch)
    toe = contact(rate, rng, pitch * 1.18)
    toe *= np.float32(rng.uniform(0.4, 0.6)) * np.abs(heel).max() / np.abs(toe).max()
    return row(gap_s + 0.32, rate, [(0.0, heel), (gap_s, toe)])


def _on_stone(rate: int, rng: np.random.Generator, pitch: float) -> Wave:
    ring = strike(0.06, rate, [620 * pitch, 1750 * pitch, 3100 * pitch], [0.012, 0.007, 0.004], [0.5, 0.6, 0.4])
    return row(0.12, rate, [
        (0.0, ring), (0.0, 0.45 * burst(rate, 1500, 8000, 0.0003, 0.006, rng)),
        (0.0, 0.7 * thump(rate, 150 * pitch, 0.6, 0.014)),
    ])  # fmt: skip


def _on_wood(rate: int, rng: np.random.Generator, pitch: float) -> Wave:
    modes = [118 * pitch, 205 * pitch, 345 * pitch, 560 * pitch, 930 * pitch]
    body = strike(0.24, rate, modes, [0.05, 0.04, 0.028, 0.018, 0.01], [0.9, 0.8, 0.5, 0.35, 0.25])
    return row(0.24, rate, [(0.0, body), (0.0, 0.3 * burst(rate, 900, 5000, 0.0003, 0.004, rng))])


def _on_sand(rate: int, rng: np.random.Generator, pitch: float) -> Wave:
    grains = crackle(0.14, rate, 900, 700 * pitch, 4200, rng, 0.0015) * rise_fall(clock(0.14, rate), 0.004, 0.04)
    return row(0.16, rate, [
        (0.0, 0.5 * grains), (0.0, 0.35 * burst(rate, 300, 2200, 0.002, 0.03, rng)),
        (0.0, 0.6 * thump(rate, 95 * pitch, 0.6, 0.016)),
    ])  # fmt: skip


def _on_snow(rate: int, rng: np.random.Generator, pitch: float) -> Wave:
    times = clock(0.17, rate)
    slip_hz = float(rng.uniform(95, 130)) * pitch
    teeth = np.maximum(0.0, np.sin(turns(slip_hz * (1.0 + 0.5 * times), rate) + wander(len(times), rate, 60, rng)))
    squeal = banded(len(times), rate, 900, 4200, rng) * (0.25 + teeth**3) * rise_fall(times, 0.004, 0.06)
    return row(0.2, rate, [(0.0, 0.7 * squeal.astype(np.float32)), (0.0, 0.9 * thump(rate, 110 * pitch, 0.55, 0.02))])


def _on_grass(rate: int, rng: np.random.Generator, pitch: float) -> Wave:
    brush = burst(rate, 1800 * pitch, 7500, 0.006, 0.03, rng)
    return row(0.2, rate, [(0.0, 0.35 * brush), (0.0, 0.7 * thump(rate, 100 * pitch, 0.6, 0.016))])


def _on_leaves(rate: int, rng: np.random.Generator, pitch: float) -> Wave:
    dry = crackle(0.2, rate, 330, 1800 * pitch, 9000, rng, 0.0025) * rise_fall(clock(0.2, rate), 0.002, 0.06)
    return row(0.22, rate, [
        (0.0, dry), (0.0, 0.3 * burst(rate, 2500, 9000, 0.001, 0.02, rng)),
        (0.0, 0.6 * thump(rate, 100 * pitch, 0.6, 0.014)),
    ])  # fmt: skip


_CONTACTS = {
    "stone": _on_stone, "wood": _on_wood, "sand": _on_sand, "snow": _on_snow, "grass": _on_grass, "leaves": _on_leaves,
}  # fmt: skip


def one_bubble(rate: int, freq_hz: float) -> Wave:
    """Return one air bubble: a damped sine that rises; small ones ring higher and shorter."""
    decay_s = min(0.05, 9.0 / freq_hz)
    times = clock(6.0 * decay_s, rate)
    rising = freq_hz * (1.0 + 0.12 * times / decay_s)
    return (np.sin(turns(rising, rate)) * rise_fall(times, 0.0012, decay_s)).astype(np.float32)


def bubbles(rate: int, rng: np.random.Generator, duration_s: float, number: int, low_hz: float, high_hz: float) -> Wave:
    """Return a first bubble at once and others at random times, thinning out."""
    total = np.zeros(round((duration_s + 0.3) * rate), np.float32)
    for index in range(number):
        freq_hz = float(np.exp(rng.uniform(np.log(low_hz), np.log(high_hz))))
        at_s = 0.0 if index == 0 else duration_s * float(rng.uniform(0.02, 1.0)) ** 1.4
        place(total, np.float32(rng.uniform(0.35, 1.0)) * one_bubble(rate, freq_hz), round(at_s * rate))
    return total


def splash(rate: int, rng: np.random.Generator) -> Wave:
    """Return the slap on the surface, the plume falling back, and bubbles."""
    times = clock(1.1, rate)
    plume_envelope = rise_fall(times, 0.07, 0.24) * (1.0 + 0.3 * np.clip(wander(len(times), rate, 30, rng), -2, 2))
    plume = swept_noise(curve(times, [(0, 2300), (0.2, 3600), (1.1, 1900)]), 1300, rate, rng) * plume_envelope
    return row(1.25, rate, [
        (0.0, 0.9 * burst(rate, 350, 6500, 0.0006, 0.045, rng)), (0.0, 0.7 * thump(rate, 130, 0.6, 0.03)),
        (0.02, 0.75 * plume), (0.07, 0.55 * bubbles(rate, rng, 0.7, 22, 420, 2400)),
    ])  # fmt: skip


def bubble(rate: int, rng: np.random.Generator) -> Wave:
    """Return a handful of bubbles blown under water."""
    return bubbles(rate, rng, 0.45, 8, 260, 950)


def bounce(rate: int, rng: np.random.Generator) -> Wave:
    """Return a rubber ball on the ground: a falling thump and the short ping of the air inside."""
    pitch = float(rng.uniform(0.92, 1.1))
    ping = strike(0.3, rate, [330 * pitch, 690 * pitch, 1120 * pitch, 1650 * pitch], [0.06, 0.035, 0.02, 0.012],
                  [0.55, 0.5, 0.3, 0.2])  # fmt: skip
    return row(0.35, rate, [
        (0.0, thump(rate, 165 * pitch, 0.62, 0.045)), (0.0, ping),
        (0.0, 0.3 * burst(rate, 900, 5000, 0.0003, 0.005, rng)),
    ])  # fmt: skip


def whoosh(rate: int, rng: np.random.Generator) -> Wave:
    """Return air rushing past: band noise that sweeps up and down again."""
    times = clock(0.75, rate)
    top_hz = float(rng.uniform(1500, 2100))
    near = swept_noise(curve(times, [(0, 350), (0.3, top_hz), (0.75, 420)]), 380, rate, rng)
    air = banded(len(times), rate, 250, 5000, rng)
    shape = curve(times, [(0, 0.25), (0.12, 0.5), (0.3, 1.0), (0.45, 0.5), (0.75, 0.0)]) ** 1.3
    return ((near + 0.25 * air) * shape).astype(np.float32)


def engine(rate: int, rng: np.random.Generator) -> Wave:
    """Return an engine that catches and revs: a pulse train with uneven firing through an exhaust pipe."""
    times = clock(1.8, rate)
    idle_hz = float(rng.uniform(38, 46))
    firing = curve(times, [(0, 0.75 * idle_hz), (0.15, idle_hz), (0.9, 1.75 * idle_hz), (1.8, 1.35 * idle_hz)])
    firing = firing * (1.0 + 0.012 * wander(len(times), rate, 25, rng))
    pipe = [(95.0, 70.0, 1.0), (240.0, 120.0, 0.7), (520.0, 220.0, 0.45), (1150.0, 500.0, 0.22)]
    tone = unit(harmonics(firing, rate, [(0.0, pipe), (1.0, pipe)], tilt=0.35, most=40))
    lope = 1.0 + 0.3 * np.sin(turns(0.5 * firing, rate))
    hiss = banded(len(times), rate, 200, 3000, rng) * np.maximum(0.0, np.sin(turns(firing, rate))) ** 2
    shape = curve(times, [(0, 0.55), (0.04, 0.9), (0.3, 0.8), (0.9, 1.0), (1.5, 0.85), (1.8, 0.0)])
    return ((tone * lope + 0.4 * hiss) * shape).astype(np.float32)


def thunder(rate: int, rng: np.random.Generator) -> Wave:
    """Return a near strike: cracks, then a rumble that rolls away."""
    times = clock(4.2, rate)
    total = np.zeros(len(times), np.float32)
    for index in range(6):
        at_s = 0.0 if index == 0 else float(rng.uniform(0.03, 0.55))
        crack = burst(rate, 120, 4200 / (1 + index * 0.5), 0.001, float(rng.uniform(0.02, 0.07)), rng)
        place(total, np.float32(0.9 * 0.8**index) * crack, round(at_s * rate))
    rolls = np.clip(1.0 + 0.6 * wander(len(times), rate, 4.0, rng), 0.15, 2.2)
    deep = banded(len(times), rate, 28, 110, rng, 1) + 0.45 * banded(len(times), rate, 60, 420, rng, 1)
    rumble = deep * rolls * rise_fall(times, 0.12, 1.25)
    return (total + 0.75 * rumble * curve(times, [(0, 1), (3.4, 1), (4.2, 0)])).astype(np.float32)


def bell(rate: int, rng: np.random.Generator) -> Wave:
    """Return one stroke of a small church bell; each partial is a doublet that beats slowly."""
    freqs: list[float] = []
    decays: list[float] = []
    gains: list[float] = []
    for ratio, decay_s, gain in zip(BELL_PARTIALS, _BELL_DECAYS_S, _BELL_GAINS, strict=True):
        beat_hz = float(rng.uniform(0.3, 1.2))
        for sign in (-0.5, 0.5):
            freqs.append(BELL_PRIME_HZ * ratio + sign * beat_hz)
            decays.append(decay_s)
            gains.append(0.5 * gain * float(rng.uniform(0.85, 1.15)))
    tail = curve(clock(3.2, rate), [(0, 1), (2.4, 1), (3.2, 0)])
    return strike(3.2, rate, freqs, decays, gains, 0.001) * tail


def chime(rate: int, rng: np.random.Generator) -> Wave:
    """Return four small glass bars one after another, upwards."""
    pieces = []
    root_hz = float(rng.choice([1046.5, 1174.7]))
    for index, ratio in enumerate((1.0, 1.25, 1.5, 2.0)):
        freq_hz = root_hz * ratio
        bar = strike(1.1, rate, [freq_hz, 2.756 * freq_hz, 5.404 * freq_hz], [0.32, 0.12, 0.05], [1.0, 0.35, 0.15])
        pieces.append((0.105 * index + float(rng.uniform(0, 0.008)) * (index > 0), bar))
    return row(1.5, rate, pieces)


def flap(rate: int, rng: np.random.Generator) -> Wave:
    """Return one beat of a wing: a soft low push of air and the feathers' rustle, down and up."""
    down = burst(rate, 90, 900, 0.012, 0.035, rng)
    feathers = burst(rate, 1800, 6500, 0.006, 0.02, rng)
    lift = burst(rate, 200, 1600, 0.015, 0.02, rng)
    puff = 0.5 * burst(rate, 200, 2500, 0.0008, 0.012, rng)
    return row(0.4, rate, [(0.0, puff), (0.0, down), (0.008, 0.3 * feathers), (0.11, 0.3 * lift)])


def thud(rate: int, rng: np.random.Generator) -> Wave:
    """Return something heavy landing on the ground."""
    dust = burst(rate, 120, 1400, 0.0006, 0.03, rng)
    return row(0.6, rate, [(0.0, thump(rate, float(rng.uniform(88, 105)), 0.5, 0.08)), (0.0, 0.35 * dust)])


def rustle(rate: int, rng: np.random.Generator) -> Wave:
    """Return dry leaves stirred by something passing."""
    times = clock(0.65, rate)
    shape = np.clip(0.7 + 0.5 * wander(len(times), rate, 11, rng), 0.05, 2) * swell(times, 0.03, 0.25)
    dry = crackle(0.65, rate, 240, 1600, 8500, rng, 0.003) + 0.35 * banded(len(times), rate, 2500, 8500, rng)
    return row(0.68, rate, [(0.0, dry * shape), (0.0, 0.5 * burst(rate, 2000, 8000, 0.0005, 0.01, rng))])


def clank(rate: int, rng: np.random.Generator) -> Wave:
    """Return plates of armour knocking together twice."""
    pieces = []
    for at_s, gain in ((0.0, 1.0), (float(rng.uniform(0.085, 0.12)), 0.6)):
        scale = float(rng.uniform(0.94, 1.08))
        modes = [scale * f for f in (743, 1180, 1876, 2534, 3390, 4612, 5980)]
        plate = strike(0.5, rate, modes, [0.11, 0.13, 0.09, 0.07, 0.05, 0.04, 0.03], [0.5, 0.7, 1, 0.8, 0.7, 0.5, 0.4])
        hit = row(0.5, rate, [(0.0, plate), (0.0, 0.6 * burst(rate, 2500, 9000, 0.0003, 0.004, rng))])
        pieces.append((at_s, np.float32(gain) * hit))
    return row(0.65, rate, pieces)


def knock(rate: int, rng: np.random.Generator) -> Wave:
    """Return three knocks on a wooden door."""
    pieces = []
    for index in range(3):
        scale = float(rng.uniform(0.97, 1.04))
        modes = [scale * f for f in (172, 298, 455, 720, 1130)]
        door = strike(0.16, rate, modes, [0.032, 0.026, 0.02, 0.013, 0.008], [0.8, 1.0, 0.7, 0.5, 0.35])
        hit = row(0.16, rate, [(0.0, door), (0.0, 0.3 * burst(rate, 800, 4500, 0.0003, 0.003, rng))])
        pieces.append((0.2 * index + float(rng.uniform(0, 0.012)) * (index > 0), hit))
    return row(0.6, rate, pieces)


def horn(rate: int, rng: np.random.Generator) -> Wave:
    """Return two reeds a major third apart, as cars and boats have, at once."""
    times = clock(0.65, rate)
    base_hz = float(rng.uniform(330, 352))
    bright = [(700.0, 700.0, 1.0), (1900.0, 900.0, 0.8), (3100.0, 1200.0, 0.35)]
    total = np.zeros(len(times), np.float32)
    for ratio in (1.0, 1.26):
        pitch = curve(times, [(0, 0.985), (0.04, 1.0), (0.65, 1.0)]) * base_hz * ratio
        total += harmonics(pitch, rate, [(0.0, bright), (1.0, bright)], tilt=0.55, most=24)
    return total * swell(times, 0.008, 0.05)


def whistle(rate: int, rng: np.random.Generator) -> Wave:
    """Return a steam whistle: a chord of pipes with breath, scooping up and sagging at the end."""
    times = clock(1.35, rate)
    scoop = curve(times, [(0, 0.94), (0.09, 1.0), (1.05, 1.0), (1.35, 0.95)])
    total = np.zeros(len(times), np.float32)
    for freq_hz in (466.2, 554.4, 698.5, 830.6):
        phase = turns(scoop * freq_hz * float(rng.uniform(0.997, 1.003)), rate)
        total += (np.sin(phase) + 0.3 * np.sin(2 * phase) + 0.12 * np.sin(3 * phase)).astype(np.float32)
    breath = banded(len(times), rate, 450, 6000, rng)
    shape = swell(times, 0.05, 0.3) + 0.15 * np.exp(-times / 0.03)
    return (0.5 * total + 0.28 * breath) * shape


def beep(rate: int, rng: np.random.Generator) -> Wave:
    """Return a robot's remark: four short square-ish tones on a scale."""
    pieces = []
    for index, step in enumerate(rng.choice([0, 4, 7, 12, 16], 4, replace=False)):
        times = clock(0.075, rate)
        freq_hz = 740.0 * 2.0 ** (float(step) / 12.0)
        phase = turns(np.full(len(times), freq_hz) * (1.0 + 0.4 * (index == 3) * times / 0.075), rate)
        tone = np.sin(phase) + 0.33 * np.sin(3 * phase) + 0.15 * np.sin(5 * phase)
        pieces.append((0.1 * index, (tone * swell(times, 0.002, 0.01)).astype(np.float32)))
    return row(0.42, rate, pieces)


def snow_static(rate: int, rng: np.random.Generator, duration_s: float) -> Wave:
    """Return receiver noise in the band of a voice channel."""
    return banded(max(1, round(duration_s * rate)), rate, 420, 3000, rng, 3) * np.float32(0.9) + 0.02 * noise(
        max(1, round(duration_s * rate)), rng
    )
