"""The path, its times and its targets, against answers in closed form."""

from __future__ import annotations

import math

import pytest
import torch

from models import flow
from tests.models.gaussian import Gaussian


def points(count: int = 64) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return (
        torch.randn(count, generator=generator, dtype=torch.float64),
        torch.randn(count, generator=generator, dtype=torch.float64),
    )


def test_the_path_ends_exactly_at_its_ends() -> None:
    x, noise = points()
    assert torch.equal(flow.path(x, noise, 0.0), x)
    assert torch.equal(flow.path(x, noise, 1.0), noise)
    t = torch.linspace(0, 1, 64, dtype=torch.float64)
    assert torch.equal(flow.path(x, noise, 0 * t), x)


def test_the_velocity_is_the_derivative_and_leads_to_both_ends() -> None:
    x, noise = points()
    middle, velocity = flow.path(x, noise, 0.3), flow.target(x, noise)
    torch.testing.assert_close((flow.path(x, noise, 0.31) - middle) / 0.01, velocity)
    torch.testing.assert_close(flow.clean_at(middle, velocity, 0.3), x)
    torch.testing.assert_close(flow.noise_at(middle, velocity, 0.3), noise)


def test_the_loss_counts_noisy_tokens_only() -> None:
    said, wanted = torch.tensor([[1.0, 3.0], [9.0, 9.0], [2.0, 2.0]]), torch.zeros(3, 2)
    mask = torch.tensor([1.0, 0.0, 0.25])
    assert float(flow.loss(said, wanted, mask)) == pytest.approx((5 + 4) / 2)
    assert float(flow.loss(said, wanted, mask, torch.tensor([3.0, 100.0, 1.0]))) == pytest.approx((3 * 5 + 4) / 4)
    assert float(flow.loss(said, wanted, torch.zeros(3))) == 0


def test_training_at_the_velocity_of_a_gaussian_cannot_be_improved() -> None:
    """The regression of ε − x on x_t is the velocity of the flow between the two Gaussians."""
    generator, law = torch.Generator().manual_seed(1), Gaussian()
    x = law.mean + law.deviation * torch.randn(400_000, generator=generator)
    noise = torch.randn(400_000, generator=generator)
    for t in (0.2, 0.5, 0.9):
        x_t, wanted = flow.path(x, noise, t), flow.target(x, noise)
        slope = ((x_t - x_t.mean()) * (wanted - wanted.mean())).mean() / x_t.var()
        fitted = wanted.mean() + slope * (0.7 - x_t.mean())
        exact = law.velocity(torch.tensor(0.7), torch.tensor(t), torch.tensor(t))
        torch.testing.assert_close(fitted, exact, rtol=0, atol=0.02)


@pytest.mark.parametrize("shift", [1.0, 3.0])
def test_drawn_times_are_logit_normal_after_the_shift(shift: float) -> None:
    t = flow.draw_times(20_000, torch.Generator().manual_seed(2), shift=shift, mean=0.3, deviation=0.8)
    logit = torch.logit(t)
    assert float(logit.mean()) == pytest.approx(0.3 + math.log(shift), abs=0.01)
    assert float(logit.std()) == pytest.approx(0.8, abs=0.02)
    unshifted = flow.draw_times(20_000, torch.Generator().manual_seed(2), mean=0.3, deviation=0.8)
    torch.testing.assert_close(t, flow.shifted(unshifted, shift), atol=1e-5, rtol=0)


def test_even_a_small_batch_sees_the_whole_path() -> None:
    for seed in range(20):
        t = flow.draw_times(8, torch.Generator().manual_seed(seed))
        assert (t < 0.5).sum() == 4


def test_the_same_seed_draws_the_same_times() -> None:
    first, again, other = (flow.draw_times(9, torch.Generator().manual_seed(seed)) for seed in (5, 5, 6))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_the_shift_grows_with_the_root_of_the_size() -> None:
    assert flow.size_shift(8) == 1
    assert flow.size_shift(2) == 1
    assert flow.size_shift(72) == pytest.approx(3)
    assert flow.size_shift(10**9) == 8


def test_spans_are_dyadic() -> None:
    t, r = flow.dyadic_spans(4000, torch.Generator().manual_seed(3), finest=16)
    span = t - r
    assert {float(each) for each in span.unique()} == {1.0, 0.5, 0.25, 0.125}
    assert bool((r >= 0).all())
    assert bool((t <= 1).all())
    assert torch.equal((r / span).round(), r / span)
    assert ((span == 1).float().mean() - 0.25).abs() < 0.03


def spans(count: int = 64) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(4)
    t = 0.1 + 0.8 * torch.rand(count, generator=generator, dtype=torch.float64)
    r = t * torch.rand(count, generator=generator, dtype=torch.float64)
    return points(count)[0], t, r


def test_the_exact_flow_map_is_its_own_shortcut_target() -> None:
    x, t, r = spans()
    law = Gaussian()
    torch.testing.assert_close(flow.shortcut_target(law.flow_map, x, t, r), law.flow_map(x, t, r))


def test_the_velocity_alone_is_not() -> None:
    x, t, r = spans()
    law = Gaussian()

    assert (flow.shortcut_target(law.velocity, x, t, r) - law.flow_map(x, t, r)).abs().max() > 0.1


def test_the_finite_difference_target_is_exact_to_second_order() -> None:
    x, t, r = spans()
    r = torch.minimum(r, t - 0.05)
    law = Gaussian()
    errors = []
    for step in (0.04, 0.02, 0.01):
        wanted = flow.flow_map_target(law.flow_map, x, law.velocity(x, t, t), t, r, step=step)
        errors.append(float((wanted - law.flow_map(x, t, r)).abs().max()))
    assert errors[0] / errors[1] > 3.5
    assert errors[1] / errors[2] > 3.5
    assert errors[2] < 3e-3


def test_a_span_of_nothing_is_the_velocity() -> None:
    x, t, _ = spans()
    law = Gaussian()
    velocity = law.velocity(x, t, t)
    torch.testing.assert_close(flow.flow_map_target(law.flow_map, x, velocity, t, t), velocity)
    torch.testing.assert_close(flow.shortcut_target(law.flow_map, x, t, t), velocity)


def test_normalised_latents_have_mean_0_and_deviation_1_and_come_back() -> None:
    latents = torch.randn(5000, 3, generator=torch.Generator().manual_seed(0)) * torch.tensor([0.01, 1.0, 50.0]) + 7
    normaliser = flow.Normaliser(3)
    normaliser.fit(latents)
    seen = normaliser(latents)
    torch.testing.assert_close(seen.mean(0), torch.zeros(3), atol=1e-3, rtol=0)
    torch.testing.assert_close(seen.std(0), torch.ones(3), atol=1e-3, rtol=0)
    torch.testing.assert_close(normaliser.undo(seen), latents)


def test_a_dead_channel_is_refused() -> None:
    latents = torch.randn(10, 3)
    latents[:, 1] = 4.0
    with pytest.raises(ValueError, match=r"channels \[1\]"):
        flow.Normaliser(3).fit(latents)
