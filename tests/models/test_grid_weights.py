"""The grid codec as it is shipped, on scenes that its training never saw."""

from __future__ import annotations

import pytest
import torch

from models import checkpoint
from models.codec import Canvas
from models.grid.codec import WEIGHTS, GridCodec
from models.train.codec_grid import decibel, linear_round
from models.world.render import render_clips
from models.world.sample import sample_scenes

GAIN = 0.05
"""dB over the linear start; the weights are hardly trained."""


@pytest.fixture(scope="module")
def codec() -> GridCodec:
    return GridCodec.load()


@pytest.fixture(scope="module")
def video() -> torch.Tensor:
    """(6, 3, 9, 64, 112) of scenes with something held out."""
    return render_clips(sample_scenes(61_000_000, 6, split="test", duration_s=1.0), 112, 64, 9, 12.0).video_BCFHW


def test_what_was_learnt_is_better_than_the_linear_start(codec: GridCodec, video: torch.Tensor) -> None:
    with torch.no_grad():
        made = codec.network.decode(codec.network.encode(video)).clamp(0, 1)
        start = linear_round(codec.network, video).clamp(0, 1)
    learnt, linear = (decibel(float((each - video).square().mean())) for each in (made, start))
    assert linear > 21
    assert learnt > linear + GAIN


def test_its_latents_are_normalised(codec: GridCodec, video: torch.Tensor) -> None:
    latents = codec.latents(video).reshape(-1, codec.network.params.channels)
    assert 0.7 < float(latents.std()) < 1.4
    assert float(latents.mean(0).abs().max()) < 0.6


def test_a_picture_that_stands_still_is_the_same_token_in_every_latent(codec: GridCodec, video: torch.Tensor) -> None:
    still = video[:, :, :1].expand(-1, -1, 9, -1, -1)
    latents = codec.latents(still)
    apart = (latents[:, 1:] - latents[:, :1]).square().mean()
    assert apart < 0.25 * latents.var()


def test_streaming_is_whole_decoding(codec: GridCodec, video: torch.Tensor) -> None:
    with torch.no_grad():
        z = codec.network.encode(video[:2])
        streamed = torch.cat(list(codec.network.stream(z.unbind(1))), 2)
        assert (streamed - codec.network.decode(z)).abs().max() <= 1e-6


def test_the_film_is_what_went_in(codec: GridCodec, video: torch.Tensor) -> None:
    film = codec.decode(codec.encode(video[0]), Canvas(9), 128, 224, 24.0)
    assert film.shape == (18, 128, 224, 3)
    small = film[::2].float().view(9, 64, 2, 112, 2, 3).mean((2, 4)) / 255
    assert decibel(float((small - video[0].permute(1, 2, 3, 0)).square().mean())) > 18


def test_its_card_says_what_it_is(codec: GridCodec) -> None:
    card = checkpoint.load(WEIGHTS)[1]
    assert card.config["channels"] == codec.network.params.channels
    assert card.metrics["db"] > card.metrics["linear"]["db"]
    assert card.recipe["steps"] > 0
