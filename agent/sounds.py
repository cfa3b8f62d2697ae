"""Sounds made once: every stem is kept in the store under the key of its recipe and never made again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from agent.crew import Crew
from agent.memory.cuts import Stem
from storyboards.errors import ContentMissing
from storyboards.storyboard import digest_of
from tools.contract import SOUND_RATE_HZ

LEVELLED = frozenset({"speech", "ambience", "music"})
"""Kinds that the mix brings to a level; foley keeps its own, since a cue has its own gain."""
SILENCE = ""
"""The sha256 of a stem in which there is nothing to hear."""


def stem_of(
    crew: Crew, kind: str, recipe: dict[str, Any], make: Callable[[], tuple[np.ndarray | None, dict[str, Any]]]
) -> Stem:
    """The stem of this recipe: remembered and whole, or made now.

    Args:
        make: gives the wave, (2, N) or (N,) at 48 kHz or None, and what else is to be remembered with it.
    """
    key = digest_of({"kind": kind, **recipe})
    with crew.locks.holding(key):
        known = crew.memory.stems.recall(key)
        if known is not None and (known.sha256 == SILENCE or is_whole(crew, known.sha256)):
            return known
        wave, document = make()
        if wave is not None and kind in LEVELLED:
            document = {**document, "lufs": _loudness(wave)}
        stem = Stem(key, kind, _kept(crew, wave), 0.0 if wave is None else wave.shape[-1] / SOUND_RATE_HZ, document)
        crew.memory.stems.record(stem)
        return stem


def gain_to(lufs: float, stem: Stem) -> float:
    """Decibels that bring a stem to this loudness, whatever level it was made at; 0 for what has no loudness.

    At most 24 either way: beyond that a stem is all but silent, and is to stay so.
    """
    measured = stem.document.get("lufs")
    return 0.0 if measured is None else round(max(-24.0, min(24.0, lufs - float(measured))), 2)


def is_whole(crew: Crew, sha256: str) -> bool:
    """Is this content in the store with its hash? Damaged content is removed, so that it can be stored anew."""
    try:
        crew.store.verify(sha256)
    except ContentMissing:
        crew.store.discard(sha256)
        return False
    return True


def _loudness(wave: np.ndarray) -> float | None:
    from tools.media import loudness

    both = np.broadcast_to(np.atleast_2d(wave), (2, wave.shape[-1]))
    return loudness(np.ascontiguousarray(both)).lufs


def _kept(crew: Crew, wave: np.ndarray | None) -> str:
    if wave is None or wave.shape[-1] == 0:
        return SILENCE
    from tools.media import write_wave

    with crew.store.scratch(".wav") as path:
        write_wave(path, wave)
        return crew.store.put(path, ".wav")
