"""The clock: integers, exact fractions, middles of what a token covers."""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from models import shapes

RATES = [12, 24, 25, 30, Fraction(30000, 1001), 7, Fraction(13, 2)]


@given(st.integers(1, 500))
def test_a_base_clip_has_two_audio_latents_a_frame(latents: int) -> None:
    frames = shapes.frames_of(latents)
    assert shapes.latent_frames(frames) == latents
    assert shapes.audio_latents(frames) == 2 * frames


@pytest.mark.parametrize("frames", [0, -3, 2, 4, 48])
def test_a_clip_has_one_and_four_k_frames(frames: int) -> None:
    with pytest.raises(ValueError, match="the nearest is"):
        shapes.latent_frames(frames)


@given(st.floats(0.01, 60), st.sampled_from(RATES))
def test_the_fewest_frames_that_last_long_enough(duration_s: float, fps: int | Fraction) -> None:
    frames = shapes.clip_frames(duration_s, fps)
    assert frames % 4 == 1
    assert float(frames / Fraction(fps)) >= duration_s - 1e-6
    assert frames == 1 or float((frames - 4) / Fraction(fps)) < duration_s


def test_known_durations() -> None:
    assert [shapes.clip_frames(seconds) for seconds in (0.05, 1 / 12, 1, 4, 4.1)] == [1, 1, 13, 49, 53]


@pytest.mark.parametrize("fps", RATES)
def test_latents_lie_in_the_middle_of_their_frames(fps: int | Fraction) -> None:
    frames = shapes.frame_times(33, fps)
    latents = shapes.latent_times(9, fps)
    assert frames.dtype == latents.dtype == torch.float32
    for latent in range(9):
        held = [frame for frame in range(33) if shapes.latent_of(frame) == latent]
        assert len(held) == (1 if latent == 0 else 4)
        torch.testing.assert_close(latents[latent], frames[held].mean())


def test_pictures_and_sound_keep_time_for_an_hour() -> None:
    frames = 12 * 3600 + 1
    sound = shapes.audio_times(shapes.audio_latents(frames))
    torch.testing.assert_close(sound.view(-1, 2).mean(1), shapes.frame_times(frames), rtol=0, atol=0)


@pytest.mark.parametrize(("fps", "frame", "units"), [(12, 0, 1.0), (24, 23, 23.5), (25, 24, 23.52), (7, 6, 22.285714)])
def test_positions_are_real_time_at_odd_rates(fps: int, frame: int, units: float) -> None:
    assert float(shapes.frame_times(frame + 1, fps)[-1]) == pytest.approx(units, abs=1e-5)


@pytest.mark.parametrize("fps", RATES)
def test_sound_covers_the_clip_and_no_more(fps: int | Fraction) -> None:
    latents = shapes.audio_latents(13, fps)
    assert latents - 1 < 13 / Fraction(fps) * 24 <= latents


def test_a_grid_is_centred_and_its_pitch_scales_it() -> None:
    coarse = shapes.grid_positions(torch.tensor([3.0]), 2, 4)
    assert coarse.tolist()[0] == [3.0, -0.5, -1.5]
    torch.testing.assert_close(coarse.mean(0), torch.tensor([3.0, 0.0, 0.0]))
    fine = shapes.grid_positions(torch.tensor([3.0]), 4, 8, pitch=0.5).view(2, 2, 4, 2, 3)
    torch.testing.assert_close(fine.mean((1, 3)).reshape(-1, 3), coarse)
