"""Rows to tokens and back."""

from __future__ import annotations

import pytest
import torch

from models.layers.motion import RowsCodec, camera_weights, pose_weights, resampled, stacked, unstacked


def smooth(clips: int, row: int, rank: int = 3, frames: int = 17) -> list[torch.Tensor]:
    """Clips whose rows follow lines and bows of ``rank`` patterns."""
    generator = torch.Generator().manual_seed(0)
    time = torch.linspace(0, 1, frames)
    curves = torch.stack([torch.ones_like(time), time], 1)
    pattern = torch.randn(rank, row, generator=generator)
    return [curves @ torch.randn(2, rank, generator=generator) @ pattern for _ in range(clips)]


def test_the_first_frame_is_a_latent_of_its_own() -> None:
    row = torch.arange(9.0)[:, None] * torch.tensor([1.0, 10.0])
    latent = stacked(row)
    assert latent[:, ::2].tolist() == [[0, 0, 0, 0], [1, 2, 3, 4], [5, 6, 7, 8]]
    assert torch.equal(unstacked(latent), row)
    with pytest.raises(ValueError, match="1 \\+ 4k"):
        stacked(row[:8])


def test_rows_of_few_patterns_come_back_exactly() -> None:
    codec = RowsCodec(5, 6)
    clips = smooth(30, 5)
    codec.fit(clips, torch.tensor([64.0, 64.0, 1.0, 8.0, 4.0]))
    for clip in clips:
        assert torch.allclose(codec.decode(codec.encode(clip)), clip, atol=1e-3)
    tokens = torch.cat([codec.encode(clip) for clip in clips])
    assert tokens.mean(0).abs().max() < 1e-3
    assert tokens.std(0).tolist() == pytest.approx([1.0] * 6, rel=0.02)


def test_what_weighs_more_is_kept_better() -> None:
    clips = [torch.randn(17, 2, generator=torch.Generator().manual_seed(seed)) for seed in range(40)]
    codec = RowsCodec(2, 4)
    codec.fit(clips, torch.tensor([10.0, 1.0]))
    error = torch.cat([codec.decode(codec.encode(clip)) - clip for clip in clips]).square().mean(0)
    assert error[0] < 0.01 < 0.5 < error[1]


def test_what_hardly_varies_is_not_made_louder() -> None:
    codec = RowsCodec(2, 3)
    codec.fit([clip * torch.tensor([1.0, 1e-4]) for clip in smooth(20, 2)], torch.tensor([1.0, 1.0]))
    assert float(codec.deviation_C.min()) == pytest.approx(0.05)


def test_rows_of_another_width_are_refused() -> None:
    with pytest.raises(ValueError, match="entries"):
        RowsCodec(3, 2).fit(smooth(4, 5), torch.ones(5))


def test_weights_are_those_of_the_rows() -> None:
    assert len(pose_weights(12)) == 23
    assert len(camera_weights()) == 9


def test_twice_the_rate_puts_one_row_between_two() -> None:
    row = torch.tensor([[0.0], [2.0], [6.0]])
    assert resampled(row, 12, 24, 6)[:, 0].tolist() == [0.0, 1.0, 2.0, 4.0, 6.0, 6.0]
    assert torch.equal(resampled(row, 12, 12, 3), row)
    assert resampled(row, 12, 6, 2)[:, 0].tolist() == [0.0, 6.0]
