"""Cuts are found, and what only looks like one is not."""

import numpy as np
import pytest

from evals.shot_finding import segments_of

RATE_HZ = 24.0


def world(seed: int) -> np.ndarray:
    """A smooth picture (3, 24, 60) much wider than a frame."""
    rng = np.random.default_rng(seed)
    coarse = rng.random((3, 4, 8))
    return np.kron(coarse, np.ones((1, 6, 8)))[:, :24, :60] * 0.6 + 0.2


def still(seed: int, frames: int) -> np.ndarray:
    return np.repeat(world(seed)[None, :, :, :24], frames, 0)


def pan(seed: int, frames: int, step: int) -> np.ndarray:
    return np.stack([world(seed)[:, :, (k * step) % 36 : (k * step) % 36 + 24] for k in range(frames)])


def test_cuts_are_found_to_the_frame():
    film = np.concatenate([still(1, 30), pan(2, 20, 1), still(3, 26)])
    found = segments_of(film, RATE_HZ)
    assert [(s.start, s.stop, s.edge) for s in found] == [(0, 30, "start"), (30, 50, "cut"), (50, 76, "cut")]


def test_one_shot_is_one_segment():
    assert len(segments_of(still(1, 40), RATE_HZ)) == 1
    assert len(segments_of(pan(1, 34, 1), RATE_HZ)) == 1


def test_a_flash_is_not_a_cut():
    film = still(1, 40)
    film[20] = 1.0
    assert len(segments_of(film, RATE_HZ)) == 1


def test_a_fast_camera_is_not_a_cut():
    film = np.concatenate([still(4, 20), pan(4, 9, 4), np.repeat(world(4)[None, :, :, 32:56], 20, 0)])
    assert [s.start for s in segments_of(film, RATE_HZ)] == [0]


@pytest.mark.parametrize("length", [8, 10, 16])
def test_a_dissolve_is_found_by_its_middle(length):
    share = np.linspace(0, 1, length + 2)[1:-1, None, None, None]
    blend = still(1, length) * (1 - share) + still(2, length) * share
    film = np.concatenate([still(1, 30), blend, still(2, 30)])
    found = segments_of(film, RATE_HZ)
    assert [s.edge for s in found] == ["start", "dissolve"]
    assert found[1].start == pytest.approx(30 + length / 2, abs=2)


def test_segments_have_no_gaps():
    film = np.concatenate([still(k, 12 + k) for k in range(6)])
    found = segments_of(film, RATE_HZ)
    assert [s.start for s in found][1:] == [s.stop for s in found][:-1]
    assert found[-1].stop == len(film)
