"""Freeze, black and flicker in pictures that have them, and not in those that only look like it."""

from __future__ import annotations

import numpy as np

from tests.measure.clips import filmed
from tools.measure import steadiness


def idle(frames: int = 72, pace: float = 0.25) -> np.ndarray:
    """A locked-off shot in which only a small thing breathes."""
    clip = np.repeat(filmed(lambda _: (450, 250, 1, 0), frames=1), frames, axis=0)
    for index in range(frames):
        top = 80 + round(7 * np.sin(index * pace))
        clip[index, top : top + 12, 150:162] = (200, 90, 40)
    return clip


def test_a_small_idle_motion_is_no_freeze() -> None:
    assert not steadiness.find_freeze(idle(), 24.0).found


def test_a_frozen_second_half_is_found_where_it_is() -> None:
    clip = idle()
    clip[30:] = clip[30]
    fault = steadiness.find_freeze(clip, 24.0)
    assert fault.found
    assert 26 <= fault.start <= 31
    assert fault.stop == 72


def test_a_key_frame_in_a_freeze_does_not_hide_it() -> None:
    clip = np.repeat(idle(1), 24, axis=0)
    clip[12:] = np.clip(clip[12:].astype(int) + 2, 0, 255)
    assert steadiness.find_freeze(clip, 24.0).found


def test_animation_on_threes_is_no_freeze() -> None:
    assert not steadiness.find_freeze(np.repeat(idle(30, pace=0.8), 3, axis=0), 24.0).found


def test_black_frames_are_found_but_not_a_night_with_a_lamp() -> None:
    night = (idle() // 12).astype(np.uint8)
    night[:, 40:70, 60:100] = (240, 220, 120)
    assert not steadiness.find_black(night).found
    night[10:14] = 3
    fault = steadiness.find_black(night)
    assert fault.found
    assert (fault.start, fault.stop) == (10, 14)


def test_flicker_is_found_but_not_one_flash_of_lightning_nor_a_fade() -> None:
    clip = idle().astype(np.float32)
    flicker = clip.copy()
    flicker[::2] *= 0.92
    flash = clip.copy()
    flash[20:23] = np.minimum(255, flash[20:23] * 1.6 + 30)
    fade = clip * np.linspace(0.4, 1.0, len(clip))[:, None, None, None]
    assert steadiness.find_flicker(flicker.astype(np.uint8)).found
    assert not steadiness.find_flicker(flash.astype(np.uint8)).found
    assert not steadiness.find_flicker(fade.astype(np.uint8)).found
    assert not steadiness.find_flicker(clip.astype(np.uint8)).found
