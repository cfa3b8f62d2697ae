"""The voices of people and animals: a gliding source through moving resonances.

A call is a fundamental that glides, a track of formants (centre, bandwidth, gain) that morph from one
vowel-like shape to the next, roughness where the animal has it, and breath. Adult vowel formants follow
Peterson and Barney (1952); animals' are scaled to the length of their throat.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.world.foley import snow_static
from models.world.tones import (
    Formant,
    Wave,
    banded,
    clock,
    curve,
    formant_noise,
    harmonics,
    rise_fall,
    room,
    row,
    swell,
    turns,
    unit,
    wander,
)

Shape = tuple[Formant, Formant, Formant, Formant]


def vowel(first_hz: float, second_hz: float, third_hz: float, scale: float = 1.0) -> Shape:
    """Return four formants of a vowel, scaled for a shorter (above 1) or longer throat."""
    return (
        (first_hz * scale, 90.0 * scale, 1.0),
        (second_hz * scale, 120.0 * scale, 0.6),
        (third_hz * scale, 190.0 * scale, 0.3),
        (3600.0 * scale, 350.0 * scale, 0.12),
    )


def spoken(
    rate: int,
    rng: np.random.Generator,
    pitch: Sequence[tuple[float, float]],
    shapes: Sequence[tuple[float, Sequence[Formant]]],
    breath: float = 0.1,
    tilt: float = 1.0,
    jitter: float = 0.008,
    rough_hz: float = 0.0,
    rough: float = 0.0,
    most: int = 40,
) -> Wave:
    """Return one voiced sound, of unit RMS, as long as the last point of ``pitch`` (seconds, Hz).

    ``rough`` 0 to 1 is the depth of a growl at ``rough_hz``; ``breath`` the level of noise in the resonances.
    """
    times = clock(pitch[-1][0], rate)
    freq_hz = curve(times, pitch) * (1.0 + jitter * wander(len(times), rate, 35.0, rng))
    tone = unit(harmonics(freq_hz, rate, shapes, tilt, most))
    if rough > 0.0:
        teeth = 0.5 + 0.5 * np.sin(turns(rough_hz * (1.0 + 0.12 * wander(len(times), rate, 12.0, rng)), rate))
        tone = tone * ((1.0 - rough) + 1.6 * rough * teeth**2).astype(np.float32)
    if breath > 0.0:
        tone = tone + np.float32(breath) * formant_noise(len(times), rate, shapes[len(shapes) // 2][1], rng)
    return tone.astype(np.float32)


def _shaped(wave: Wave, rate: int, points: Sequence[tuple[float, float]]) -> Wave:
    return (wave * curve(clock(len(wave) / rate, rate)[: len(wave)], points)).astype(np.float32)


def laugh(rate: int, rng: np.random.Generator) -> Wave:
    """Return a child's "ha ha ha": breathy puffs on a falling line."""
    ah = vowel(850, 1450, 2800, 1.15)
    base_hz = float(rng.uniform(330, 390))
    pieces = []
    for index in range(5):
        top_hz = base_hz * (1.12 - 0.075 * index)
        sung = spoken(rate, rng, [(0, top_hz * 0.93), (0.03, top_hz), (0.11, top_hz * 0.8)], [(0, ah), (1, ah)], 0.3)
        puff = formant_noise(round(0.045 * rate), rate, ah, rng) * swell(clock(0.045, rate), 0.002, 0.02)
        gain = np.float32(0.9**index)
        pieces.append((0.155 * index, gain * 0.3 * puff))
        pieces.append((0.155 * index + 0.02, gain * _shaped(sung, rate, [(0, 0), (0.02, 1), (0.06, 0.8), (0.11, 0)])))
    return row(0.85, rate, pieces)


def hello(rate: int, rng: np.random.Generator) -> Wave:
    """Return a called "hello" without lips: h, then e gliding over l to o, on a friendly rise and fall."""
    voice = float(rng.choice([1.0, 1.7]))
    scale = 1.0 if voice == 1.0 else 1.16
    base_hz = 122.0 * voice * float(rng.uniform(0.95, 1.08))
    e, el, o, u = (vowel(*f, scale) for f in ((560, 1800, 2500), (360, 1150, 2600), (520, 900, 2400), (400, 800, 2300)))
    body = spoken(
        rate, rng,
        [(0, base_hz), (0.1, base_hz * 1.12), (0.22, base_hz * 1.05), (0.34, base_hz * 1.42), (0.58, base_hz * 0.95)],
        [(0, e), (0.22, e), (0.36, el), (0.46, el), (0.6, o), (1, u)], 0.05,
    )  # fmt: skip
    shape = [(0, 0), (0.025, 0.8), (0.12, 0.85), (0.2, 0.5), (0.26, 0.55), (0.34, 1.0), (0.48, 0.7), (0.58, 0)]
    aspirate = formant_noise(round(0.08 * rate), rate, e, rng) * swell(clock(0.08, rate), 0.004, 0.04)
    return row(0.66, rate, [(0.0, 0.22 * aspirate), (0.055, _shaped(body, rate, shape))])


def meow(rate: int, rng: np.random.Generator) -> Wave:
    """Return a cat: closed "m", wide "ee-ow", closing again."""
    base_hz = float(rng.uniform(430, 520))
    closed, wide, open_, round_ = (vowel(*f, 1.35) for f in (
        (280, 1000, 2400), (420, 2300, 3000), (900, 1500, 2700), (450, 900, 2400)))  # fmt: skip
    body = spoken(
        rate, rng,
        [(0, base_hz * 0.8), (0.12, base_hz * 1.15), (0.3, base_hz * 1.32), (0.5, base_hz * 1.1),
         (0.78, base_hz * 0.72)],
        [(0, closed), (0.12, closed), (0.3, wide), (0.55, open_), (0.85, round_), (1, closed)], 0.07, 0.8,
    )  # fmt: skip
    return _shaped(body, rate, [(0, 0.2), (0.03, 0.5), (0.16, 0.8), (0.3, 1), (0.5, 0.85), (0.7, 0.25), (0.78, 0)])


def bark(rate: int, rng: np.random.Generator) -> Wave:
    """Return two barks: hard onset, rough throat, a mouth that snaps open and shut."""
    base_hz = float(rng.uniform(235, 300))
    ah, oo = vowel(800, 1350, 2500, 0.95), vowel(420, 900, 2300, 0.95)
    pieces = []
    for at_s, gain in ((0.0, 1.0), (float(rng.uniform(0.3, 0.36)), 0.85)):
        body = spoken(rate, rng, [(0, base_hz * 0.8), (0.03, base_hz * 1.5), (0.16, base_hz * 0.7)],
                      [(0, oo), (0.25, ah), (1, oo)], 0.5, 0.55, 0.03, 62.0, 0.45)  # fmt: skip
        shape = [(0, 0.35), (0.012, 1), (0.05, 0.9), (0.1, 0.35), (0.16, 0)]
        pieces.append((at_s, np.float32(gain) * _shaped(body, rate, shape)))
    return room(row(0.55, rate, pieces), rate, 0.15, 0.15, rng)


def yip(rate: int, rng: np.random.Generator) -> Wave:
    """Return a fox: three short high yaps, each an arch."""
    base_hz = float(rng.uniform(620, 720))
    ae = vowel(750, 1700, 2700, 1.3)
    pieces = []
    for index in range(3):
        top_hz = base_hz * (1.0, 1.12, 0.95)[index]
        body = spoken(rate, rng, [(0, top_hz * 0.75), (0.045, top_hz * 1.45), (0.12, top_hz * 0.65)],
                      [(0, ae), (1, ae)], 0.25, 0.6, 0.015, 80.0, 0.2)  # fmt: skip
        shape = [(0, 0.3), (0.015, 1), (0.07, 0.8), (0.12, 0)]
        pieces.append((0.18 * index, np.float32(0.95**index) * _shaped(body, rate, shape)))
    return row(0.55, rate, pieces)


def squeak(rate: int, rng: np.random.Generator) -> Wave:
    """Return two tiny high squeaks."""
    pieces = []
    base_hz = float(rng.uniform(1900, 2300))
    for at_s, ratio in ((0.0, 1.0), (0.13, 1.15)):
        times = clock(0.09, rate)
        phase = turns(curve(times, [(0, 0.8), (0.04, 1.25), (0.09, 1.0)]) * base_hz * ratio, rate)
        tone = np.sin(phase + 0.6 * np.sin(2 * phase)) + 0.25 * np.sin(2 * phase)
        pieces.append((at_s, (tone * rise_fall(times, 0.006, 0.035)).astype(np.float32)))
    return row(0.26, rate, pieces)


def growl(rate: int, rng: np.random.Generator) -> Wave:
    """Return a bear: very low, rough, swelling and sinking."""
    base_hz = float(rng.uniform(62, 78))
    low, open_ = vowel(300, 800, 2000, 0.8), vowel(560, 1050, 2200, 0.8)
    body = spoken(rate, rng, [(0, base_hz), (0.5, base_hz * 1.25), (1.2, base_hz * 0.85)],
                  [(0, low), (0.4, open_), (1, low)], 0.45, 0.5, 0.05, 27.0, 0.75)  # fmt: skip
    return _shaped(body, rate, [(0, 0.3), (0.08, 0.6), (0.45, 1), (0.9, 0.6), (1.2, 0)])


def roar(rate: int, rng: np.random.Generator) -> Wave:
    """Return a dragon: a huge throat that opens, with turbulence and a long breath of fire."""
    base_hz = float(rng.uniform(78, 95))
    shut, open_, wide = vowel(280, 700, 1800, 0.75), vowel(650, 1150, 2100, 0.78), vowel(780, 1250, 2300, 0.8)
    body = spoken(rate, rng, [(0, base_hz * 0.8), (0.25, base_hz * 1.7), (0.8, base_hz * 1.5), (1.7, base_hz * 0.75)],
                  [(0, shut), (0.2, wide), (0.6, open_), (1, shut)], 0.7, 0.3, 0.06, 31.0, 0.6)  # fmt: skip
    fire = banded(len(body), rate, 180, 3800, rng, 1) * np.clip(
        0.6 + 0.35 * wander(len(body), rate, 18, rng), 0.1, 1.5
    ).astype(np.float32)
    shaped = _shaped(body + 0.35 * fire, rate, [(0, 0.2), (0.06, 0.45), (0.3, 1), (0.9, 0.85), (1.4, 0.35), (1.7, 0)])
    return room(shaped, rate, 0.5, 0.3, rng)


def snort(rate: int, rng: np.random.Generator) -> Wave:
    """Return air blown through fluttering nostrils, twice."""
    pieces = []
    for at_s, length_s, gain in ((0.0, 0.16, 0.8), (0.2, 0.34, 1.0)):
        times = clock(length_s, rate)
        nose: list[Formant] = [(480.0, 300.0, 1.0), (1300.0, 600.0, 0.6), (2600.0, 900.0, 0.35)]
        flutter = 0.45 + 0.55 * np.sin(turns(np.full(len(times), 27.0), rate)) ** 2
        blow = formant_noise(len(times), rate, nose, rng) * flutter * rise_fall(times, 0.012, 0.45 * length_s)
        pieces.append((at_s, (gain * blow).astype(np.float32)))
    return row(0.58, rate, pieces)


def neigh(rate: int, rng: np.random.Generator) -> Wave:
    """Return a horse: a high trembling cry that falls, ending in a snort."""
    base_hz = float(rng.uniform(760, 880))
    times = clock(1.25, rate)
    tremble = 1.0 + 0.09 * np.sin(turns(curve(times, [(0, 7.0), (0.4, 11.5), (1.25, 9.0)]), rate)) * curve(
        times, [(0, 0.1), (0.3, 1.0), (1.25, 1.3)]
    )
    freq_hz = curve(times, [(0, 0.6), (0.12, 1.15), (0.35, 1.25), (0.8, 0.9), (1.25, 0.48)]) * base_hz * tremble
    bright, dark = vowel(950, 1900, 2900, 1.05), vowel(650, 1300, 2500, 1.0)
    cry = unit(
        harmonics(freq_hz.astype(np.float32), rate, [(0, dark), (0.2, bright), (0.7, bright), (1, dark)], 0.5, 20)
    )
    flutter = 0.55 + 0.45 * np.sin(turns(curve(times, [(0, 7.0), (0.4, 11.5), (1.25, 9.0)]), rate)) ** 2
    air = formant_noise(len(times), rate, bright, rng)
    voice = _shaped((cry * flutter + 0.12 * air).astype(np.float32), rate,
                    [(0, 0.15), (0.1, 0.9), (0.4, 1), (0.9, 0.7), (1.25, 0.1)])  # fmt: skip
    return row(1.85, rate, [(0.0, voice), (1.22, 0.55 * unit(snort(rate, rng)))])


def chirp(rate: int, rng: np.random.Generator) -> Wave:
    """Return a songbird's phrase: four or five quick sweeps between 3 and 6 kHz."""
    pieces = []
    at_s = 0.0
    base_hz = float(rng.uniform(3300, 3900))
    sweeps = ((1.0, 1.5, 0.06), (1.45, 1.0, 0.07), (1.1, 1.65, 0.05), (1.6, 1.15, 0.09), (1.2, 1.4, 0.05))
    for start, stop, length_s in sweeps[: int(rng.integers(4, 6))]:
        times = clock(length_s, rate)
        freq_hz = base_hz * np.minimum(start + (stop - start) * (times / length_s) ** 0.7, 0.44 * rate / base_hz)
        tone = np.sin(turns(freq_hz, rate) + 0.35 * np.sin(turns(np.full(len(times), 95.0), rate)))
        pieces.append((at_s, (tone * swell(times, 0.006, 0.02)).astype(np.float32)))
        at_s += length_s + float(rng.uniform(0.025, 0.05))
    return row(at_s + 0.05, rate, pieces)


def hoot(rate: int, rng: np.random.Generator) -> Wave:
    """Return an owl: "hoo, hoo-hoo", nearly pure tones that swell."""
    base_hz = float(rng.uniform(330, 380))
    pieces = []
    for at_s, length_s, ratio, gain in ((0.0, 0.34, 1.0, 0.8), (0.58, 0.15, 1.03, 0.6), (0.77, 0.5, 1.0, 1.0)):
        times = clock(length_s, rate)
        phase = turns(curve(times, [(0, 0.93), (0.07, 1.0), (length_s, 0.94)]) * base_hz * ratio, rate)
        breath = 0.02 * banded(len(times), rate, 250, 900, rng)
        tone = np.sin(phase) + 0.12 * np.sin(2 * phase) + 0.05 * np.sin(3 * phase) + breath
        pieces.append((at_s, (gain * tone * swell(times, 0.05, 0.11)).astype(np.float32)))
    return room(row(1.3, rate, pieces), rate, 0.5, 0.3, rng)


def honk(rate: int, rng: np.random.Generator) -> Wave:
    """Return a penguin: a braying, nasal double honk."""
    base_hz = float(rng.uniform(240, 290))
    nasal, wide = vowel(480, 1250, 2300, 1.2), vowel(780, 1500, 2600, 1.2)
    first = spoken(rate, rng, [(0, base_hz * 0.85), (0.05, base_hz), (0.22, base_hz * 0.95)],
                   [(0, nasal), (0.5, wide), (1, nasal)], 0.15, 0.25, 0.015, 48.0, 0.4)  # fmt: skip
    second = spoken(rate, rng, [(0, base_hz), (0.06, base_hz * 1.2), (0.36, base_hz * 0.82)],
                    [(0, nasal), (0.4, wide), (1, nasal)], 0.15, 0.25, 0.015, 48.0, 0.4)  # fmt: skip
    return row(0.72, rate, [
        (0.0, 0.75 * _shaped(first, rate, [(0, 0.2), (0.02, 1), (0.16, 0.8), (0.22, 0)])),
        (0.29, _shaped(second, rate, [(0, 0.2), (0.02, 1), (0.25, 0.8), (0.36, 0)])),
    ])  # fmt: skip


def whale_song(rate: int, rng: np.random.Generator) -> Wave:
    """Return a humpback: a long moan that bends up and down, in a very large room of water."""
    base_hz = float(rng.uniform(150, 190))
    hollow, open_ = vowel(320, 760, 1500, 0.9), vowel(520, 1100, 1900, 0.9)
    moan = spoken(
        rate, rng,
        [(0, base_hz), (0.5, base_hz * 1.35), (1.0, base_hz * 2.3), (1.4, base_hz * 2.5), (2.0, base_hz * 1.2),
         (2.4, base_hz * 0.95)],
        [(0, hollow), (0.45, open_), (1, hollow)], 0.03, 1.3, 0.004, most=14,
    )  # fmt: skip
    shaped = _shaped(moan, rate, [(0, 0.25), (0.06, 0.5), (1.0, 1), (1.6, 0.8), (2.2, 0.3), (2.4, 0)])
    return room(shaped, rate, 1.0, 0.55, rng)


def radio(rate: int, rng: np.random.Generator) -> Wave:
    """Return a space radio: squelch, three syllables in static, and the closing tone (2475 Hz)."""
    pieces: list[tuple[float, Wave]] = [(0.0, 0.5 * snow_static(rate, rng, 0.05))]
    pieces.append((0.0, 0.12 * snow_static(rate, rng, 0.95) * swell(clock(0.95, rate), 0.002, 0.02)))
    base_hz = float(rng.uniform(115, 140))
    pool = ((560, 1800, 2500), (720, 1150, 2450), (430, 2050, 2600), (520, 900, 2400))
    for index in range(3):
        first, second = (tuple((f, w, g * (0.25 if f < 500 else 1.0)) for f, w, g in vowel(*pool[int(k)]))
                         for k in rng.integers(0, len(pool), 2))  # fmt: skip
        length_s = float(rng.uniform(0.14, 0.2))
        top_hz = base_hz * float(rng.uniform(0.9, 1.2))
        said = spoken(rate, rng, [(0, top_hz), (length_s, top_hz * 0.9)], [(0, first), (1, second)], 0.1, 0.3)
        times = clock(length_s, rate)
        pieces.append((0.08 + 0.22 * index, np.tanh(1.2 * said) * swell(times, 0.015, 0.04)))
    times = clock(0.16, rate)
    tone = np.sin(2 * np.pi * 2475.0 * times) * swell(times, 0.003, 0.006)
    pieces.append((0.79, (0.8 * tone).astype(np.float32)))
    return row(0.98, rate, pieces)
