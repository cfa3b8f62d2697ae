"""Every sound in its place: trimmed, faded, levelled, and the background lowered under speech.

Worked out with arrays, block by block: a filter graph with many inputs gives other samples from run to run, since it
mixes whatever has arrived (docs/decisions/0012). The result depends on the timeline alone; memory does not grow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from storyboards.timeline import SoundClip
from tools.contract import SOUND_RATE_HZ
from tools.media import WaveReader, WaveWriter
from tools.store import Store

BLOCK = 10 * SOUND_RATE_HZ
STEP = SOUND_RATE_HZ // 1000
"""Samples per step of the ducking curve: a millisecond."""
BACKGROUND = ("ambience", "music")
DUCK_DB = 11.0
"""How far music and ambience go down under speech."""
QUIET_DB, SPEECH_DB = -50.0, -32.0
"""Level of the dialogue (RMS, dBFS) at which ducking begins, and from which it is complete."""
ATTACK_MS, RELEASE_MS, AHEAD_MS = 60, 450, 120
"""The background is on its way down when speech begins, and comes back slowly after it."""


@dataclass(frozen=True)
class _Placed:
    """A clip on the film's clock, in samples: it plays its wave from ``offset`` at ``start`` up to ``stop``."""

    clip: SoundClip
    wave: WaveReader
    start: int
    stop: int
    offset: int

    def add_to(self, bus: np.ndarray, begin: int) -> None:
        """Add what falls into the block (2, N) that begins at sample ``begin``."""
        first, last = max(self.start, begin), min(self.stop, begin + bus.shape[1])
        if last <= first:
            return
        sound = self.wave.read(self.offset + first - self.start, self.offset + last - self.start)
        bus[:, first - begin : last - begin] += sound * self._gain(first, last)

    def _gain(self, first: int, last: int) -> np.ndarray:
        place = np.arange(first, last) - self.start
        gain = np.full(last - first, 10 ** (self.clip.gain_db / 20))
        length = self.stop - self.start
        for fade_s, distance in ((self.clip.fade_in_s, place), (self.clip.fade_out_s, length - 1 - place)):
            fade = min(round(fade_s * SOUND_RATE_HZ), length)
            if fade:
                gain *= np.clip((distance + 1) / (fade + 1), 0, 1)
        return gain.astype(np.float32)


def mix(clips: Sequence[SoundClip], store: Store, samples: int, out: Path) -> None:
    """Write the mix as a float wave file of ``samples`` samples.

    Raises:
        ContentMissing: a sound is gone. BadMedia: it cannot be decoded.
    """
    waves = {sha256: WaveReader(store.path(sha256)) for sha256 in {clip.sha256 for clip in clips}}
    placed = [_place(clip, waves) for clip in clips]
    curve = ducking([one for one in placed if one.clip.track == "dialogue"], samples)
    with WaveWriter(out, samples) as writer:
        for begin in range(0, samples, BLOCK):
            length = min(BLOCK, samples - begin)
            front, back = np.zeros((2, length), np.float32), np.zeros((2, length), np.float32)
            for one in placed:
                one.add_to(back if one.clip.track in BACKGROUND else front, begin)
            if curve is not None:
                steps = (np.arange(begin, begin + length) + 0.5) / STEP - 0.5
                back *= np.interp(steps, np.arange(len(curve)), curve).astype(np.float32)
            writer.write(front + back)


def _place(clip: SoundClip, waves: Mapping[str, WaveReader]) -> _Placed:
    start, length = round(clip.at_s * SOUND_RATE_HZ), max(1, round(clip.length_s * SOUND_RATE_HZ))
    return _Placed(clip, waves[clip.sha256], start, start + length, round(clip.offset_s * SOUND_RATE_HZ))


def ducking(dialogue: Sequence[_Placed], samples: int) -> np.ndarray | None:
    """Gain of the background for each millisecond of the film, 1 where nobody speaks; None for no dialogue at all."""
    if not dialogue:
        return None
    power = np.concatenate(list(_powers(dialogue, samples)))
    window = np.hanning(43)[1:-1]  # about 20 ms effective: follows syllables, not cycles of the voice
    level_db = 10 * np.log10(np.convolve(power, window / window.sum(), "same") + 1e-12)
    wanted_db = -DUCK_DB * np.clip((level_db - QUIET_DB) / (SPEECH_DB - QUIET_DB), 0, 1)
    ahead = np.concatenate([wanted_db[AHEAD_MS:], np.zeros(min(AHEAD_MS, len(wanted_db)))])[: len(wanted_db)]
    ahead = np.minimum(ahead, wanted_db)
    down, up = 1 - np.exp(-1 / ATTACK_MS), 1 - np.exp(-1 / RELEASE_MS)
    smoothed, now = np.empty(len(ahead)), 0.0
    for index, target in enumerate(ahead.tolist()):
        now += (target - now) * (down if target < now else up)
        smoothed[index] = now
    return 10 ** (smoothed / 20)


def _powers(dialogue: Sequence[_Placed], samples: int) -> Iterator[np.ndarray]:
    """Mean square of the dialogue over each millisecond, the louder side."""
    for begin in range(0, samples, BLOCK):
        length = min(BLOCK, samples - begin)
        bus = np.zeros((2, -(-length // STEP) * STEP), np.float32)
        for one in dialogue:
            one.add_to(bus, begin)
        yield (bus.reshape(2, -1, STEP).astype(np.float64) ** 2).mean(axis=2).max(axis=0)
