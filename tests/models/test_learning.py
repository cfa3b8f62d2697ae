"""The whole core learns: four toy clips by every way to ask, and a distribution in the plane."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from models import conditions, flow
from models.conditions import Sequence
from models.objective import noise_like, shortcut_loss, velocity_loss
from models.optim import Ema, Optimiser, OptimiserParams, rate_scale
from models.packing import TokenSpec, pack
from models.sampler import Sampling, sample, sample_first_frame_first
from models.text import null_caption
from models.transformer import Transformer, TransformerParams
from tests.models import tiny

CAPTIONS = ("red fox runs", "blue ball rolls", "green fox rolls", "white ball runs")
FILMS = [tiny.video(seed=10 + n) for n in range(4)]
CLIPS = [(film, tiny.audio(seed=20 + n)) for n, film in enumerate(FILMS)]
HOLES = (tiny.random(12, seed=50) > 0).float()


def by_text(n: int) -> Sequence:
    return conditions.text_to_video(tiny.TOKENIZER.encode(CAPTIONS[n]), *CLIPS[n])


def picture(n: int) -> Sequence:
    return conditions.first_frame(by_text(n))


def by_first_frame(n: int) -> Sequence:
    return conditions.image_to_video(null_caption(), FILMS[n])


def by_last_and_first(n: int) -> Sequence:
    return conditions.keyframed(null_caption(), (0, -1), FILMS[n])


def by_middle(n: int) -> Sequence:
    return conditions.keyframed(null_caption(), (1,), FILMS[n])


def with_holes(n: int) -> Sequence:
    return conditions.inpainting(null_caption(), FILMS[n], HOLES)


def by_text_and_first_frame(n: int) -> Sequence:
    return conditions.image_to_video(tiny.TOKENIZER.encode(CAPTIONS[n]), *CLIPS[n])


def retaken(n: int) -> Sequence:
    return conditions.retake(null_caption(), 2.0, 12.0, *CLIPS[n])


def by_reference(n: int) -> Sequence:
    asked = conditions.text_to_video(null_caption(), FILMS[n])
    return conditions.with_references(asked, [tiny.video(1, seed=30 + n)])


def by_history(n: int) -> Sequence:
    asked = conditions.text_to_video(null_caption(), FILMS[n])
    return conditions.with_history(asked, tiny.video(2, seed=40 + n), shift=-48.0)


def by_sound(n: int) -> Sequence:
    return conditions.kept(conditions.text_to_video(null_caption(), *CLIPS[n]), "audio")


def by_picture(n: int) -> Sequence:
    return conditions.kept(conditions.text_to_video(null_caption(), *CLIPS[n]), "video")


Asking = Callable[[int], Sequence]
WAYS: list[Asking] = [
    by_text,
    picture,
    by_text_and_first_frame,
    by_first_frame,
    by_last_and_first,
    by_middle,
    with_holes,
    retaken,
    by_reference,
    by_history,
    by_sound,
    by_picture,
]


def trained(network: Transformer, step_of: Callable[[int], dict[str, torch.Tensor]], steps: int, rate: float) -> Ema:
    """Train in place and leave the average of the weights in the network."""
    optimiser, ema = Optimiser(network, OptimiserParams(rate=rate)), Ema(network, 0.99)
    for step in range(steps):
        sum(step_of(step).values(), torch.zeros(())).backward()
        optimiser.step(rate_scale(step, step / steps, warm_up=20))
        ema.update(network)
    ema.copy_to(network)
    return ema


@pytest.fixture(scope="module")
def taught() -> Transformer:
    """A tiny network that has seen four clips, asked for in every way, for some seconds."""
    network = tiny.new_network()
    batch = pack([way(n) for way in WAYS for n in range(4)], tiny.SPECS, row_tokens=150)
    generator = torch.Generator().manual_seed(0)

    def step_of(step: int) -> dict[str, torch.Tensor]:
        t_S = flow.draw_times(4 * len(WAYS), generator)
        return velocity_loss(network, batch, batch.times(t_S), noise_like(batch, generator))

    trained(network, step_of, 260, rate=8e-3)
    return network.eval()


def distance(made: Sequence, true: Sequence) -> float:
    """Mean squared error of what was made."""
    errors = [
        (one.clean_LC - other.clean_LC)[one.mask_L > 0].square().flatten()
        for one, other in zip(made.segments, true.segments, strict=True)
    ]
    return float(torch.cat(errors).mean())


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_each_way_to_ask_brings_back_the_clip_that_was_meant(taught: Transformer, way: Asking) -> None:
    """Clips are white noise of variance 1, so that a wrong clip is 2 away and their mean 0.75."""
    asked = [way(n) for n in range(4)]
    made = sample(taught, asked, [100, 101, 102, 103], Sampling(12))
    for n in range(4):
        assert distance(made[n], asked[n]) < 0.08
        assert min(distance(made[n], asked[m]) for m in range(4) if m != n) > 4 * distance(made[n], asked[n])


@pytest.mark.parametrize("solver", ["heun", "churn", "renoise"])
def test_every_solver_does(taught: Transformer, solver: str) -> None:
    asked = [by_text(n) for n in range(4)]
    for made, true in zip(sample(taught, asked, [0, 1, 2, 3], Sampling(12, solver)), asked, strict=True):
        assert distance(made, true) < 0.1


def test_the_first_frame_first_too(taught: Transformer) -> None:
    asked = [by_text(n) for n in range(4)]
    made = sample_first_frame_first(taught, asked, [0, 1, 2, 3], Sampling(16), Sampling(8))
    assert max(distance(one, other) for one, other in zip(made, asked, strict=True)) < 0.1


def test_a_weak_edit_of_a_spoiled_clip_mends_it(taught: Transformer) -> None:
    true = by_text(2)
    spoiled = true.with_segments(
        part.filled(part.clean_LC + 0.5 * tiny.random(*part.clean_LC.shape, seed=7)) for part in true.segments
    )
    (made,) = sample(taught, [conditions.edited(spoiled, 0.6)], [0], Sampling(12))
    assert distance(made, true) < 0.5 * distance(spoiled, true)


POINT = (TokenSpec("point", 2),)
SPOTS = torch.tensor([[1.2, 0.9], [-1.0, 1.1], [-1.2, -0.8], [0.6, -1.2]])
SHARES = torch.tensor([0.4, 0.3, 0.2, 0.1])


def four_spots(count: int, generator: torch.Generator) -> torch.Tensor:
    """Spots of unequal weight and of deviation 0.12 in the plane, (count, 2)."""
    which = torch.multinomial(SHARES, count, replacement=True, generator=generator)
    return SPOTS[which] + 0.12 * torch.randn(count, 2, generator=generator)


def energy_distance(one_NC: torch.Tensor, other_NC: torch.Tensor) -> float:
    """``2·E|X − Y| − E|X − X'| − E|Y − Y'|``: 0 for one distribution only (Székely and Rizzo 2013)."""
    across = torch.cdist(one_NC, other_NC).mean()
    within = [torch.pdist(each).mean() for each in (one_NC, other_NC)]
    return float(2 * across - within[0] - within[1])


@pytest.fixture(scope="module")
def plane() -> Transformer:
    """A tiny network taught the spots, and half of the time its own two half steps as one."""
    torch.manual_seed(0)
    network = Transformer(TransformerParams.tiny(POINT, tiny.TOKENIZER.size))
    teacher, average = copy.deepcopy(network), Ema(network, 0.99)
    whole, half = pack(points_asked(128), POINT), pack(points_asked(64), POINT)
    generator = torch.Generator().manual_seed(0)

    def step_of(step: int) -> dict[str, torch.Tensor]:
        batch = replace(whole, clean={"point": four_spots(128, generator)})
        t_BL = batch.times(flow.draw_times(128, generator))
        losses = velocity_loss(network, batch, t_BL, noise_like(batch, generator))
        average.update(network)
        if step < 80:
            return losses
        average.copy_to(teacher)
        batch = replace(half, clean={"point": four_spots(64, generator)})
        t_BL, r_BL = (batch.times(time_S) for time_S in flow.dyadic_spans(64, generator, finest=32))
        steps = shortcut_loss(network, teacher, batch, t_BL, r_BL, noise_like(batch, generator))
        return {**losses, "step": 0.5 * steps["point"]}

    trained(network, step_of, 320, rate=8e-3)
    return network


def points_asked(count: int) -> list[Sequence]:
    point = conditions.segment("point", torch.zeros(1, 2), torch.zeros(1, 3))
    return [conditions.text_to_video(null_caption(), point)] * count


def points_made(network: Transformer, sampling: Sampling) -> torch.Tensor:
    """512 points, (512, 2)."""
    made = sample(network, points_asked(512), list(range(512)), replace(sampling, shift=1.0))
    return torch.cat([each.segments[0].clean_LC for each in made])


@pytest.mark.parametrize("sampling", [Sampling(16, "heun"), Sampling(8, flow_map=True)], ids=["velocity", "map"])
def test_a_distribution_in_the_plane_is_learned(plane: Transformer, sampling: Sampling) -> None:
    points, true = points_made(plane, sampling), four_spots(2048, torch.Generator().manual_seed(9))
    away, nearest = torch.cdist(points, SPOTS).min(1)
    assert float((away < 0.4).float().mean()) > 0.85
    assert float((torch.bincount(nearest, minlength=4) / 512 - SHARES).abs().max()) < 0.07
    assert energy_distance(points, true) < 0.01
    assert energy_distance(tiny.random(512, 2), true) > 0.05


def test_one_step_of_the_flow_map_is_worth_many_of_the_velocity(plane: Transformer) -> None:
    true = four_spots(2048, torch.Generator().manual_seed(9))
    mapped = energy_distance(points_made(plane, Sampling(1, flow_map=True)), true)
    straight = energy_distance(points_made(plane, Sampling(1)), true)
    assert mapped < 0.03
    assert straight > 0.3
