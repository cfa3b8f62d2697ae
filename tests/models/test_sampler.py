"""Solvers against flows in closed form, and the promises about clean tokens, seeds and the first frame."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
import torch

from models import conditions, sampler
from models.sampler import SOLVERS, Sampling, sample, sample_first_frame_first, schedule, solve
from tests.models import tiny
from tests.models.gaussian import Gaussian

LAW = Gaussian()
CAPTION = tiny.TOKENIZER.encode("red fox runs")


def drawn(count: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(count, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def run(sampling: Sampling, noise: torch.Tensor, shift: float = 1.0, seed: int = 1) -> torch.Tensor:
    """Sample the Gaussian law from noise."""
    generator = torch.Generator().manual_seed(seed)
    times = [torch.full_like(noise, time) for time in schedule(sampling.steps, shift)]
    velocity = LAW.flow_map if sampling.flow_map else LAW.velocity
    return solve(velocity, noise, times, sampling, lambda: torch.randn(noise.shape, generator=generator).double())


def error(solver: str, steps: int) -> float:
    noise = drawn(64)
    wanted = LAW.mapped(noise, torch.ones(()).double(), torch.zeros(()).double())
    return float((run(Sampling(steps, solver), noise) - wanted).abs().max())


@pytest.mark.parametrize(("solver", "order"), [("euler", 1), ("heun", 2)])
def test_the_order_of_convergence(solver: str, order: int) -> None:
    errors = [error(solver, steps) for steps in (32, 64, 128)]
    for coarse, fine in pairwise(errors):
        assert coarse / fine == pytest.approx(2**order, rel=0.2)


@pytest.mark.parametrize("steps", [1, 2, 5])
def test_a_flow_map_is_exact_in_any_number_of_steps(steps: int) -> None:
    noise = drawn(64)
    wanted = LAW.mapped(noise, torch.ones(()).double(), torch.zeros(()).double())
    torch.testing.assert_close(run(Sampling(steps, flow_map=True), noise, shift=2.0), wanted)


@pytest.mark.parametrize(
    "sampling",
    [
        Sampling(64),
        Sampling(32, "heun"),
        Sampling(192, "churn", fresh=0.9),
        Sampling(3, "renoise", fresh=1, flow_map=True),
    ],
    ids=lambda sampling: sampling.solver,
)
def test_samples_have_the_mean_and_deviation_of_the_data(sampling: Sampling) -> None:
    made = run(sampling, drawn(50_000))
    assert float(made.mean()) == pytest.approx(LAW.mean, abs=0.01)
    assert float(made.std()) == pytest.approx(LAW.deviation, rel=0.03)


def test_renoising_a_velocity_is_more_compact() -> None:
    assert float(run(Sampling(8, "renoise", fresh=1.0), drawn(20_000)).std()) < 0.9 * LAW.deviation


def test_renoising_with_nothing_fresh_is_euler() -> None:
    noise = drawn(64)
    torch.testing.assert_close(run(Sampling(7, "renoise", fresh=0.0), noise), run(Sampling(7), noise))


def test_churning_alone_moves_samples_along_the_path() -> None:
    x = LAW.mapped(drawn(200_000), torch.ones(()).double(), torch.tensor(0.4).double())
    t, up = torch.full_like(x, 0.4), torch.full_like(x, 0.7)
    churned = sampler.churned(x, t, up, drawn(200_000, seed=5))
    assert float(churned.mean()) == pytest.approx(0.3 * LAW.mean, abs=0.01)
    assert float(churned.std()) == pytest.approx(float(LAW.deviation_at(torch.tensor(0.7))), rel=0.01)


@pytest.mark.parametrize("shift", [1.0, 3.0])
@pytest.mark.parametrize("start", [1.0, 0.35])
def test_the_schedule_falls_from_the_start_to_zero(shift: float, start: float) -> None:
    times = schedule(6, shift, start)
    assert (len(times), times[0], times[-1]) == (7, start, 0.0)
    assert times == sorted(times, reverse=True)
    if shift == 1:
        assert times == pytest.approx([start * (6 - n) / 6 for n in range(7)])
    else:
        assert times[3] > start / 2


def test_one_step_goes_all_the_way() -> None:
    assert schedule(1, 4.0) == [1.0, 0.0]


def some_clip(mask_seed: int = 3) -> conditions.Sequence:
    mask = (tiny.random(12, seed=mask_seed) > 0).float()
    asked = conditions.inpainting(CAPTION, tiny.video(), mask, tiny.audio())
    return conditions.with_references(asked, [tiny.video(1, seed=9)])


@pytest.mark.parametrize("solver", SOLVERS)
def test_clean_tokens_are_untouched_bit_for_bit(solver: str) -> None:
    asked = some_clip()
    (made,) = sample(tiny.stirred_network(), [asked], [0], Sampling(3, solver, fresh=0.7))
    changed = 0
    for before, after in zip(asked.segments, made.segments, strict=True):
        clean = before.mask_L == 0
        assert torch.equal(after.clean_LC[clean], before.clean_LC[clean])
        assert bool((after.clean_LC[~clean] != before.clean_LC[~clean]).any(1).all())
        changed += int((~clean).sum())
    assert changed > 0


def test_a_strength_in_the_mask_is_a_later_start() -> None:
    network, whole = tiny.stirred_network(), conditions.text_to_video(CAPTION, tiny.video(), tiny.audio())
    (by_mask,) = sample(network, [conditions.edited(whole, 0.4)], [7], Sampling(5, shift=1.0))
    (by_start,) = sample(network, [whole], [7], Sampling(5, shift=1.0, start=0.4))
    for one, other in zip(by_mask.segments, by_start.segments, strict=True):
        torch.testing.assert_close(one.clean_LC, other.clean_LC, atol=1e-5, rtol=1e-4)


def test_a_weak_edit_stays_closer_to_the_original() -> None:
    network, whole = tiny.stirred_network(), conditions.text_to_video(CAPTION, tiny.video())
    distances = []
    for strength in (0.1, 0.5, 1.0):
        (made,) = sample(network, [conditions.edited(whole, strength)], [1], Sampling(4))
        distances.append(float((made.segments[0].clean_LC - whole.segments[0].clean_LC).norm()))
    assert distances == sorted(distances)
    assert distances[0] < 0.3 * distances[2]


def test_a_clip_depends_on_its_seed_and_not_on_its_neighbours() -> None:
    network = tiny.stirred_network()
    short, long = some_clip(), conditions.text_to_video(CAPTION, tiny.video(5, 6, 6), tiny.audio(5))
    sampling = Sampling(3, "churn")
    (alone,) = sample(network, [short], [11], sampling)
    _, beside = sample(network, [long, short], [5, 11], sampling)
    (other,) = sample(network, [short], [12], sampling)
    for one, two in zip(alone.segments, beside.segments, strict=True):
        torch.testing.assert_close(one.clean_LC, two.clean_LC, atol=1e-4, rtol=1e-4)
    assert not torch.equal(other.of("video")[0].clean_LC, alone.of("video")[0].clean_LC)
    (again,) = sample(network, [short], [11], sampling)
    assert torch.equal(again.of("video")[0].clean_LC, alone.of("video")[0].clean_LC)


def test_the_first_frame_is_made_first_and_kept() -> None:
    network = tiny.stirred_network()
    asked = conditions.text_to_video(CAPTION, tiny.video(), tiny.audio())
    asked = conditions.with_given(asked, tiny.camera())
    (picture,) = sample(network, [conditions.first_frame(asked)], [4], Sampling(6))
    (clip,) = sample_first_frame_first(network, [asked], [4], Sampling(6), Sampling(2))
    assert [part.role for part in picture.segments] == ["camera", "video"]
    first = clip.of("video")[0].frame_L == 0
    assert torch.equal(clip.of("video")[0].clean_LC[first], picture.of("video")[0].clean_LC)
    assert torch.equal(clip.of("video")[0].mask_L, torch.ones(12))
    assert bool((clip.of("audio")[0].clean_LC != asked.of("audio")[0].clean_LC).any(1).all())


def test_a_given_first_frame_is_not_made_again() -> None:
    asked = conditions.image_to_video(CAPTION, tiny.video())
    (clip,) = sample_first_frame_first(tiny.stirred_network(), [asked], [4], clip=Sampling(2))
    first = asked.segments[0].frame_L == 0
    assert torch.equal(clip.segments[0].clean_LC[first], asked.segments[0].clean_LC[first])
    assert torch.equal(clip.segments[0].mask_L, asked.segments[0].mask_L)


def test_what_asks_for_nothing_comes_back() -> None:
    asked = conditions.kept(conditions.text_to_video(CAPTION, tiny.video()), "video")
    (made,) = sample(tiny.stirred_network(), [asked], [0])
    assert torch.equal(made.segments[0].clean_LC, asked.segments[0].clean_LC)


@pytest.mark.parametrize(
    "wrong", [{"steps": 0}, {"solver": "magic"}, {"start": 0.0}, {"fresh": 1.5}, {"solver": "heun", "flow_map": True}]
)
def test_impossible_settings_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"solver|sampling|heun"):
        replace(Sampling(), **wrong)


def test_seeds_are_counted() -> None:
    with pytest.raises(ValueError, match="a seed each"):
        sample(tiny.new_network(), [some_clip()], [1, 2])
