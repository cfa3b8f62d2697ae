"""Small real media with known pixels and samples."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from storyboards.clock import FrameRate
from tools import faults
from tools.media import FrameWriter, write_wave
from tools.store import Store

Paint = Callable[[int], tuple[int, int, int]]
MakeFilm = Callable[..., str]
MakeTone = Callable[..., str]


@pytest.fixture(autouse=True)
def _no_hook_stays() -> object:
    yield
    faults.watch(None)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def rate() -> FrameRate:
    return FrameRate(numerator=24)


@pytest.fixture
def make_film(store: Store, rate: FrameRate) -> MakeFilm:
    """Store a film of plain colours: `paint(frame)` gives the RGB of each frame."""

    def make(paint: Paint, frames: int, width: int = 96, height: int = 64, rate: FrameRate = rate) -> str:
        with store.scratch(".mp4") as draft:
            with FrameWriter(draft, width, height, rate) as writer:
                for frame in range(frames):
                    writer.write(np.broadcast_to(np.array(paint(frame), np.uint8), (height, width, 3)))
            return store.put(draft, ".mp4")

    return make


@pytest.fixture
def make_tone(store: Store) -> MakeTone:
    """Store a steady sine of `hz` at `level` (peak, 1.0 is full scale) for `seconds`."""

    def make(hz: float, seconds: float, level: float = 0.1, channels: int = 2) -> str:
        wave = level * np.sin(2 * np.pi * hz * np.arange(round(48_000 * seconds)) / 48_000)
        with store.scratch(".wav") as draft:
            write_wave(draft, np.stack([wave] * channels))
            return store.put(draft, ".wav")

    return make
