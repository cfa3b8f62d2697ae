"""Orthogonal updates, a rate in closed form, an average that moves, and a run that resumes where it was."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from models import optim
from models.blocks import Block, FusedLinear
from models.optim import Ema, Muon, Optimiser, OptimiserParams, orthogonalised, rate_scale
from tests.models import tiny


@pytest.mark.parametrize("shape", [(24, 48), (48, 24), (3, 24, 48), (2, 48, 16)])
def test_singular_values_become_nearly_one_and_directions_stay(shape: tuple[int, ...]) -> None:
    matrix = tiny.random(*shape) * 7
    near = orthogonalised(matrix)
    values = torch.linalg.svdvals(near)
    assert float(values.min()) > 0.3
    assert float(values.max()) < 1.3
    u, _, v = torch.linalg.svd(matrix, full_matrices=False)
    assert float((near * (u @ v)).sum() / (near.norm() * (u @ v).norm())) > 0.97


def test_zeros_and_tiny_gradients_do_not_explode() -> None:
    assert torch.equal(orthogonalised(torch.zeros(4, 8)), torch.zeros(4, 8))
    matrix = tiny.random(8, 8)
    torch.testing.assert_close(orthogonalised(matrix * 1e-6), orthogonalised(matrix), atol=1e-2, rtol=1e-2)


def test_fused_maps_are_made_orthogonal_one_by_one() -> None:
    """The gradient of one part is a thousand times larger; each part still moves by the same amount."""
    for parts, equal in ((3, True), (1, False)):
        weight = nn.Parameter(torch.zeros(3 * 16, 16))
        weight.grad = tiny.random(3 * 16, 16) * torch.tensor([1000.0, 1.0, 1.0]).repeat_interleave(16)[:, None]
        Muon([(weight, parts)], rate=1.0, momentum=0.9, decay=0.0).step()
        lengths = weight.detach().view(3, -1).norm(dim=1)
        assert bool(lengths[1] > 0.7 * lengths[0]) == equal


def test_a_muon_step_has_the_size_of_an_adamw_step() -> None:
    for shape in ((64, 64), (32, 128), (128, 32)):
        weight = nn.Parameter(torch.zeros(shape))
        weight.grad = tiny.random(*shape)
        Muon([(weight, 1)], rate=0.01, momentum=0.9, decay=0.0).step()
        assert float(weight.detach().square().mean().sqrt()) == pytest.approx(0.2 * 0.01, rel=0.25)


def test_muon_remembers_its_momentum() -> None:
    """Nesterov's: the second update looks ahead from a tenth of the first gradient and a tenth of the second."""
    first, second = tiny.random(8, 16, seed=1), tiny.random(8, 16, seed=2)
    weight = nn.Parameter(torch.zeros(8, 16))
    optimiser = Muon([(weight, 1)], rate=0.01, momentum=0.9, decay=0.0)
    weight.grad = first.clone()
    optimiser.step()
    between = weight.detach().clone()
    weight.grad = second.clone()
    optimiser.step()
    ahead = 0.1 * second + 0.9 * (0.9 * 0.1 * first + 0.1 * second)
    moved = orthogonalised(ahead) * -0.01 * 0.2 * 16**0.5
    found = (weight.detach() - between).flatten()
    # Where the processor has bf16, the update is made in it.
    assert torch.cosine_similarity(found, moved.flatten(), dim=0) > 0.999
    assert float(found.norm() / moved.norm()) == pytest.approx(1, abs=0.01)
    forgetful = orthogonalised(0.1 * second).flatten()
    assert torch.cosine_similarity(found, -forgetful, dim=0) < 0.99


def test_muon_takes_the_matrices_of_blocks_and_adamw_the_rest() -> None:
    network = tiny.new_network()
    parts = optim.fused_parts(network)
    chosen = {name for name, each in network.named_parameters() if optim.is_for_muon(name, each, parts)}
    assert chosen == {
        f"{name}.{own}.weight"
        for name, block in network.named_modules()
        if name.rpartition(".")[0].endswith("blocks")
        for own, module in block.named_modules()
        if isinstance(module, nn.Linear)
    }
    assert len(chosen) == 4 * 3
    assert parts["blocks.0.attention.qkv.weight"] == 3
    assert parts["blocks.0.mlp.gate_up.weight"] == 2
    assert parts["blocks.0.mlp.down.weight"] == 1
    assert [type(member) for member in Optimiser(network, OptimiserParams(muon=False)).members] == [torch.optim.AdamW]


def steps(network: nn.Module, optimiser: Optimiser, ema: Ema, first: int, count: int, budget: int = 20) -> None:
    """Regress random targets; each step's numbers depend on its index only."""
    for step in range(first, first + count):
        x = tiny.random(16, 8, seed=step)
        (network(x) - x.roll(1, 1)).square().mean().backward()
        optimiser.step(rate_scale(step, step / budget, warm_up=4))
        ema.update(network)


class Toy(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.blocks = nn.Sequential(FusedLinear(8, 8, 2), nn.GELU(), nn.Linear(16, 8))
        self.head = nn.Linear(8, 8)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.blocks(x))


@pytest.mark.parametrize("muon", [True, False])
def test_a_resumed_run_is_the_run_that_was_not_stopped(muon: bool) -> None:
    params = OptimiserParams(rate=0.01, muon=muon)
    whole, stopped, resumed = Toy(), Toy(), Toy()
    optimiser, ema = Optimiser(whole, params), Ema(whole, 0.9)
    steps(whole, optimiser, ema, 0, 12)
    first, first_ema = Optimiser(stopped, params), Ema(stopped, 0.9)
    steps(stopped, first, first_ema, 0, 5)
    second, second_ema = Optimiser(resumed, params), Ema(resumed, 0.9)
    resumed.load_state_dict(stopped.state_dict())
    second.resume({name: value.clone() for name, value in first.state().items()})
    second_ema.resume({name: value.clone() for name, value in first_ema.state().items()})
    steps(resumed, second, second_ema, 5, 7)
    for name, value in whole.state_dict().items():
        assert torch.equal(resumed.state_dict()[name], value), name
        assert torch.equal(second_ema.shadow[name], ema.shadow[name]), name


def test_a_state_of_another_network_is_refused() -> None:
    network = Toy()
    with pytest.raises(ValueError, match="another network"):
        Optimiser(network).resume({"strange.weight//momentum": torch.zeros(1)})
    with pytest.raises(ValueError, match="another network"):
        Ema(network).resume({"strange": torch.zeros(1)})


@pytest.mark.parametrize("muon", [True, False])
def test_it_learns(muon: bool) -> None:
    network = Toy()
    optimiser, ema = Optimiser(network, OptimiserParams(rate=0.02, muon=muon)), Ema(network, 0.9)
    x = tiny.random(64, 8, seed=99)
    before = float((network(x) - x.roll(1, 1)).square().mean().detach())
    steps(network, optimiser, ema, 0, 200, budget=200)
    ema.copy_to(network)
    assert float((network(x) - x.roll(1, 1)).square().mean().detach()) < 0.3 * before


def test_a_gradient_that_is_not_finite_changes_nothing() -> None:
    network = Toy()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    optimiser = Optimiser(network)
    (network(torch.ones(1, 8)).sum() * float("nan")).backward()
    with pytest.raises(FloatingPointError, match="last checkpoint"):
        optimiser.step()
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_the_gradient_is_clipped_and_its_norm_told() -> None:
    network = Toy()
    optimiser = Optimiser(network, OptimiserParams(clip=1e-3))
    (1000 * network(torch.ones(1, 8)).sum()).backward()
    assert optimiser.step() > 100


@pytest.mark.parametrize(
    ("step", "progress", "scale"),
    [
        (0, 0.0, 0.01),
        (49, 0.0, 0.5),
        (99, 0.0, 1.0),
        (500, 0.5, 0.525),
        (9, 0.5, 0.0525),
        (999, 1, 0.05),
        (5000, 3, 0.05),
    ],
)
def test_the_rate_rises_and_falls(step: int, progress: float, scale: float) -> None:
    assert rate_scale(step, progress) == pytest.approx(scale)


def test_an_average_in_fp32_moves_for_updates_that_half_precision_loses() -> None:
    network = nn.Linear(1, 1, bias=False).bfloat16()
    nn.init.ones_(network.weight)
    ema = Ema(network, decay=0.999)
    ema.steps = 10**6
    with torch.no_grad():
        network.weight.fill_(1.0078125)  # the next number of bf16
    lost = torch.ones(1, dtype=torch.bfloat16)
    for _ in range(100):
        ema.update(network)
        lost.lerp_(network.weight.detach().flatten(), 0.001)
    assert float(lost) == 1.0
    assert float(ema.shadow["weight"]) == pytest.approx(1 + 0.0078125 * (1 - 0.999**100), rel=1e-6)
    assert ema.shadow["weight"].dtype == torch.float32


def test_the_average_forgets_its_start_soon() -> None:
    network = nn.Linear(1, 1, bias=False)
    ema = Ema(network, decay=0.999)
    nn.init.constant_(network.weight, 5.0)
    start = float(ema.shadow["weight"])
    for _ in range(30):
        ema.update(network)
    left = math.prod((1 + n) / (10 + n) for n in range(1, 31))
    assert float(ema.shadow["weight"]) == pytest.approx(5 + left * (start - 5), abs=1e-5)
    assert left < 1e-4


def test_a_block_is_what_muon_was_asked_for() -> None:
    """Its fused maps are those that say so."""
    parts = optim.fused_parts(Block(32, 2, roles=1))
    assert sorted(parts.values()) == [1, 1, 2, 3]
