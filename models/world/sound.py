"""Sound events become a stereo wave: every word of ``vocabulary.SOUNDS`` has its own synthesis.

Foley only: ambience and music are separate stems. Onsets are sample-exact; each event varies a little by the seed,
its place in the list and its time.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence

import numpy as np
import torch

from models.world import calls, foley
from models.world.performance import SoundEvent
from models.world.tones import Wave, settled

Maker = Callable[[int, np.random.Generator], Wave]

CEILING = 0.95
"""No sample of a render is louder than this."""

MAKERS: dict[str, tuple[Maker, float]] = {
    "footstep": (foley.footstep, 0.30),
    "splash": (foley.splash, 0.50),
    "bounce": (foley.bounce, 0.45),
    "whoosh": (foley.whoosh, 0.35),
    "engine": (foley.engine, 0.36),
    "thunder": (foley.thunder, 0.80),
    "bell": (foley.bell, 0.45),
    "flap": (foley.flap, 0.28),
    "thud": (foley.thud, 0.60),
    "rustle": (foley.rustle, 0.25),
    "laugh": (calls.laugh, 0.40),
    "hello": (calls.hello, 0.45),
    "clank": (foley.clank, 0.40),
    "radio": (calls.radio, 0.35),
    "beep": (foley.beep, 0.18),
    "yip": (calls.yip, 0.42),
    "meow": (calls.meow, 0.42),
    "bark": (calls.bark, 0.55),
    "squeak": (calls.squeak, 0.22),
    "growl": (calls.growl, 0.50),
    "snort": (calls.snort, 0.40),
    "neigh": (calls.neigh, 0.50),
    "chirp": (calls.chirp, 0.20),
    "hoot": (calls.hoot, 0.42),
    "honk": (calls.honk, 0.42),
    "bubble": (foley.bubble, 0.35),
    "whale song": (calls.whale_song, 0.50),
    "roar": (calls.roar, 0.75),
    "horn": (foley.horn, 0.36),
    "whistle": (foley.whistle, 0.36),
    "chime": (foley.chime, 0.35),
    "knock": (foley.knock, 0.45),
}
"""Every sound: who makes it, and its usual peak at 0 dB in the middle."""


def one_sound(event: SoundEvent, rng: np.random.Generator, rate: int = 48_000) -> Wave:
    """Return the mono wave (N,) of one event at its usual level, without its gain and pan; it starts at sample 0.

    Raises:
        ValueError: if the sound is not in the vocabulary.
    """
    if event.sound not in MAKERS:
        raise ValueError(f"sound {event.sound!r} is not in the world; it knows: {', '.join(MAKERS)}")
    maker, peak = MAKERS[event.sound]
    if event.sound == "footstep":
        raw = foley.footstep(rate, rng, event.surface)
    else:
        raw = maker(rate, rng)
    wave = settled(raw, rate)
    return wave * np.float32(peak / max(1e-9, float(np.abs(wave).max())))


def panned(wave: Wave, pan: float) -> Wave:
    """Return (2, N) left and right with constant power; pan -1 is left only, 0 is -3 dB on both sides, 1 right."""
    angle = (np.clip(pan, -1.0, 1.0) + 1.0) * np.pi / 4.0
    return np.stack([wave * np.float32(np.cos(angle)), wave * np.float32(np.sin(angle))])


def render_events(events: Sequence[SoundEvent], duration_s: float, seed: int, rate: int = 48_000) -> torch.Tensor:
    """Render foley.

    Args:
        events: any order; each begins at ``round(at_s * rate)``; what begins outside the clip is not heard,
            what rings past its end fades out over the last 8 ms.
        duration_s: of the clip, above 0.
        seed: of the small variations.
        rate: samples per second, 16,000 or more.

    Returns:
        (2, N) float32 in -0.95..0.95, N = round(duration_s * rate).

    Raises:
        ValueError: for an unknown sound, a duration that is not positive or a rate below 16,000.
    """
    if duration_s <= 0.0 or rate < 16_000:
        raise ValueError(f"needs a positive duration and at least 16000 Hz, got {duration_s} s at {rate} Hz")
    count = max(1, round(duration_s * rate))
    mix = np.zeros((2, count), np.float32)
    for index, event in enumerate(events):
        start = round(event.at_s * rate)
        rng = np.random.default_rng([seed & 0xFFFFFFFF, index, zlib.crc32(event.sound.encode())])
        if 0 <= start < count:
            wave = one_sound(event, rng, rate)[: count - start] * np.float32(10.0 ** (event.gain_db / 20.0))
            mix[:, start : start + len(wave)] += panned(wave, event.pan)
    tail = min(count, round(0.008 * rate))
    mix[:, count - tail :] *= np.linspace(1.0, 0.0, tail, dtype=np.float32)
    return torch.from_numpy(held_under(mix, CEILING, rate))


def held_under(mix: Wave, ceiling: float, rate: int) -> Wave:
    """Return the mix turned down, smoothly and only around where it is too loud, so that no sample passes ``ceiling``.

    The gain is a moving minimum (10 ms blocks and both neighbours) interpolated between block centres, so it is
    never above what any sample under it needs.
    """
    peaks = np.abs(mix).max(axis=0)
    if float(peaks.max()) <= ceiling:
        return mix
    block = max(1, round(0.01 * rate))
    blocks = -(-len(peaks) // block)
    loudest = np.pad(peaks, (0, blocks * block - len(peaks))).reshape(blocks, block).max(axis=1)
    needed = np.minimum(1.0, ceiling / np.maximum(loudest, 1e-9))
    wide = np.pad(needed, 1, mode="edge")
    least = np.minimum(np.minimum(wide[:-2], wide[1:-1]), wide[2:])
    centres = (np.arange(blocks) + 0.5) * block
    gain = np.interp(np.arange(len(peaks)), centres, least).astype(np.float32)
    return mix * gain
