"""The ear and the regressions of the judge against known answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from models import checkpoint
from models.judge.ear import BANDS, HOP, RATE_HZ, STEP_S, Ear, EarParams, hear, levelled, mel_filters, mels
from models.judge.train_ear import LENGTH_S, EarRecipe, Studio, ear_loss
from models.judge.trust import LEAST_TOLD, Kind, Trust, bounds_of, fit_kind, load_trust, save_trust
from models.world.vocabulary import SOUNDS


def test_mel_bands_add_up_and_a_tone_falls_into_its_own() -> None:
    torch.testing.assert_close(mel_filters().sum(1), torch.ones(BANDS))
    time_s = torch.arange(RATE_HZ) / RATE_HZ
    low, high = (mels(0.5 * torch.sin(2 * torch.pi * hz * time_s)[None])[0, :, 50].argmax() for hz in (300, 3000))
    assert int(low) < int(high)
    assert mels(torch.zeros(1, RATE_HZ)).max() == -1.0
    assert mels(torch.zeros(1, RATE_HZ)).shape == (1, BANDS, RATE_HZ // HOP + 1)


def test_loudness_does_not_count() -> None:
    wave = torch.randn(RATE_HZ)
    torch.testing.assert_close(levelled(0.01 * wave), levelled(wave), rtol=1e-3, atol=1e-4)
    assert levelled(torch.zeros(RATE_HZ)).abs().max() == 0.0


def test_an_ear_learns_when_sounds_begin() -> None:
    torch.manual_seed(0)
    studio = Studio(EarRecipe(variants=1, beds=1))
    waves, onsets = studio.mixtures(3, np.random.default_rng(4))
    assert waves.shape == (3, round(LENGTH_S * RATE_HZ))
    assert onsets.shape == (3, round(LENGTH_S / STEP_S), len(SOUNDS))
    assert float(onsets.max()) > 0.8
    net = Ear(EarParams.tiny())
    levels = mels(waves)
    optimiser = torch.optim.AdamW(net.parameters(), 1e-2)
    losses = []
    for _ in range(60):
        loss = ear_loss(net(levels), onsets)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.6 * losses[0]
    assert hear(net.eval(), waves[0].numpy(), RATE_HZ).shape[1] == len(SOUNDS)


def test_a_regression_finds_the_odds_it_was_drawn_from() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4000, 2))
    true = rng.random(4000) < 1 / (1 + np.exp(-(2.0 * x[:, 0] - 1.0 * x[:, 1])))
    kind = fit_kind(x, true.astype(float))
    assert kind.weights[0] == pytest.approx(2.0, abs=0.2)
    assert kind.weights[1] == pytest.approx(-1.0, abs=0.15)
    p = np.array([kind.p(row) for row in x])
    assert (p[true] < kind.deny_below).mean() < 0.004, "the critic denies hardly a true claim"
    assert (p[~true] < kind.deny_below).mean() > 0.05
    bold = fit_kind(x, true.astype(float), is_wary=False, wrong=0.08)
    for bound, told in ((bold.affirm_above, p > bold.affirm_above), (bold.deny_below, p < bold.deny_below)):
        wrong, right = (~true, true) if bound > 0.5 else (true, ~true)
        share = (
            (told & wrong).sum()
            / wrong.sum()
            / ((told & wrong).sum() / wrong.sum() + (told & right).sum() / right.sum())
        )
        assert 0.06 < share < 0.09, "of what is told at most that share is wrong, and no less is told than that allows"
    assert bold.deny_below > kind.deny_below
    with pytest.raises(ValueError, match="true claims and false"):
        fit_kind(x, np.ones(4000))


def test_what_cannot_be_told_well_enough_is_not_told() -> None:
    rng = np.random.default_rng(1)
    p, true = rng.random(400), rng.random(400) < 0.5
    assert bounds_of(p, true, 0.04) == (0.0, 1.0), "chance tells nothing"
    sure = np.where(true, 0.9, 0.1)
    assert bounds_of(sure, true, 0.04) == (pytest.approx(0.1, abs=2e-4), pytest.approx(0.9, abs=2e-4))
    few = np.concatenate([sure[: LEAST_TOLD - 2], np.full(200, 0.5)])
    assert bounds_of(few, np.concatenate([true[: LEAST_TOLD - 2], rng.random(200) < 0.5]), 0.04) == (0.0, 1.0)


def test_regressions_are_for_one_pair_of_weights(tmp_path: Path) -> None:
    path = tmp_path / "critic-trust.json"
    save_trust(Trust({"colour": Kind((1.0, 2.0), 0.5, 0.3, 0.7, 90)}, "aa", "bb"), path)
    assert load_trust(path, "aa", "bb").kinds["colour"].weights == (1.0, 2.0)
    with pytest.raises(checkpoint.CheckpointRefused, match="other weights"):
        load_trust(path, "aa", "cc")
    with pytest.raises(checkpoint.CheckpointRefused, match="cannot be read"):
        load_trust(tmp_path / "nothing.json", "aa", "bb")
