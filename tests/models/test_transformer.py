"""The network: its beginnings, its counts, and that everything it is given matters."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from models import conditions
from models.objective import noise_like, shortcut_loss, velocity_loss
from models.packing import Packed, TokenSpec, pack
from models.transformer import Transformer, TransformerParams
from tests.models import tiny

GRID = (TokenSpec("reference", 32, "video"), TokenSpec("camera", 6), TokenSpec("video", 32), TokenSpec("audio", 32))


def batch_of_two() -> Packed:
    read = tiny.TOKENIZER.encode
    one = conditions.with_references(
        conditions.image_to_video(read("red fox"), tiny.video(seed=1), tiny.audio(seed=2)), [tiny.video(1, seed=3)]
    )
    return pack([one, conditions.text_to_video(read("ball"), tiny.video(seed=4))], tiny.SPECS)


def velocities(network: Transformer, batch: Packed, t: float = 0.5, r: float = 0.5) -> torch.Tensor:
    times, ends = (batch.times(torch.full((2,), time)) for time in (t, r))
    with torch.no_grad():
        return batch.flatten(network(batch, batch.clean, times, ends))


def test_a_new_network_says_zero() -> None:
    assert torch.equal(velocities(tiny.new_network(), batch_of_two()), torch.zeros(batch_of_two().elements))


def test_behind_an_open_head_a_new_network_is_still_the_identity_at_every_time() -> None:
    network, batch = tiny.new_network(), batch_of_two()
    for out in network.project_out.values():
        nn.init.normal_(out.weight)
    said = velocities(network, batch)
    assert said.abs().max() > 0.1
    assert torch.equal(velocities(network, batch, 0.9, 0.1), said)
    network.blocks = nn.ModuleList()
    assert torch.equal(velocities(network, batch), said)


@pytest.mark.parametrize("size", ["tiny", "nano", "small"])
def test_parameters_are_counted_exactly(size: str) -> None:
    params = getattr(TransformerParams, size)(GRID, 1300)
    with torch.device("meta"):
        network = Transformer(params)
    assert params.parameters == sum(parameter.numel() for parameter in network.parameters())


@pytest.mark.parametrize(("size", "millions"), [("nano", (3.5, 5)), ("small", (20, 27)), ("medium", (250, 350))])
def test_sizes_are_what_they_say(size: str, millions: tuple[float, float]) -> None:
    params = getattr(TransformerParams, size)(GRID, 1300)
    assert millions[0] <= params.parameters / 1e6 <= millions[1]


def test_the_estimate_of_operations_is_that_of_the_counter() -> None:
    params = replace(TransformerParams.nano(tiny.SPECS, tiny.TOKENIZER.size), depth=3)
    network = Transformer(params).eval()
    asked = conditions.text_to_video(tiny.TOKENIZER.encode("red fox runs"), tiny.video(4, 6, 6))
    batch = pack([asked], tiny.SPECS)
    t_BL = batch.times(torch.ones(1))
    # The counter does not see the fused attention of a CPU.
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        network(batch, batch.clean, t_BL, t_BL)
    assert params.flops(len(asked), len(asked.caption)) == pytest.approx(counter.get_total_flops(), rel=0.02)


def test_every_parameter_learns_once_the_gates_are_open() -> None:
    network, batch = tiny.stirred_network(), batch_of_two()
    generator = torch.Generator().manual_seed(0)
    t_BL, r_BL = batch.times(torch.tensor([0.8, 0.3])), batch.times(torch.tensor([0.4, 0.1]))
    x = batch.unflatten(tiny.random(batch.elements))
    said = batch.flatten(network(batch, x, t_BL, r_BL))
    (said * torch.randn(said.shape, generator=generator)).sum().backward()
    unused = {"project_in.camera", "project_out.camera", "project_in.folded", "project_out.folded"}
    for name, parameter in network.named_parameters():
        if name.rpartition(".")[0] in unused:
            assert parameter.grad is None
        else:
            assert parameter.grad is not None, name
            assert parameter.grad.abs().max() > 0, name


def test_everything_that_is_given_matters() -> None:
    network, batch = tiny.stirred_network(), batch_of_two()
    said = velocities(network, batch)
    changed = {
        "t": velocities(network, batch, 0.6, 0.6),
        "r": velocities(network, batch, 0.5, 0.2),
        "caption": velocities(network, replace(batch, caption_SW=batch.caption_SW.flip(0))),
        "role": velocities(network, replace(batch, role_BL=batch.role_BL.clamp(max=3))),
        "position": velocities(network, replace(batch, position_BL3=batch.position_BL3 * 1.3)),
    }
    for what, other in changed.items():
        assert (other - said).abs().max() > 1e-3, what


def test_reading_the_captions_once_is_the_same() -> None:
    network, batch = tiny.stirred_network(), batch_of_two()
    t_BL = batch.times(torch.ones(2))
    with torch.no_grad():
        fresh = batch.flatten(network(batch, batch.clean, t_BL, t_BL))
        cached = batch.flatten(network(batch, batch.clean, t_BL, t_BL, network.read(batch)))
    assert torch.equal(fresh, cached)


def test_sampling_asks_the_times_once_and_hears_the_same_as_training() -> None:
    network = tiny.stirred_network()
    batch = batch_of_two()
    t_BL, r_BL = batch.times(torch.tensor([0.9, 0.4])), batch.times(torch.tensor([0.3, 0.4]))
    training = batch.flatten(network(batch, batch.clean, t_BL, r_BL)).detach()
    with torch.no_grad():
        sampling = batch.flatten(network(batch, batch.clean, t_BL, r_BL))
    torch.testing.assert_close(sampling, training, atol=1e-5, rtol=1e-4)


def test_bf16_autocast_answers_nearly_the_same_in_fp32() -> None:
    network, batch = tiny.stirred_network(), batch_of_two()
    exact = velocities(network, batch)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rough = velocities(network, batch)
    assert rough.dtype == torch.float32
    assert float((rough - exact).norm() / exact.norm()) < 0.05


def test_the_loss_of_a_new_network_is_that_of_saying_zero() -> None:
    network, batch = tiny.new_network(), batch_of_two()
    noise = noise_like(batch, torch.Generator().manual_seed(0))
    losses = velocity_loss(network, batch, batch.times(torch.tensor([0.5, 0.5])), noise)
    assert set(losses) == {"video", "audio"}
    noisy = batch.of_tokens(batch.mask_BL)["video"] > 0
    target = (noise["video"] - batch.clean["video"])[noisy]
    assert float(losses["video"].detach()) == pytest.approx(float(target.square().mean()), rel=1e-5)


def test_the_shortcut_loss_is_zero_where_teacher_and_student_say_zero() -> None:
    network, batch = tiny.new_network(), batch_of_two()
    noise = noise_like(batch, torch.Generator().manual_seed(0))
    t_BL, r_BL = batch.times(torch.ones(2)), batch.times(torch.zeros(2))
    assert all(float(each.detach()) == 0 for each in shortcut_loss(network, network, batch, t_BL, r_BL, noise).values())
    stirred = shortcut_loss(network, tiny.stirred_network(), batch, t_BL, r_BL, noise)
    assert all(float(each.detach()) > 1e-3 for each in stirred.values())


def test_the_configuration_comes_back_from_its_card() -> None:
    params = TransformerParams.small(GRID, 999)
    assert TransformerParams.from_card(params.card()) == params
    for wrong in ({**params.card(), "colour": 1}, {"width": 3}):
        with pytest.raises(ValueError, match="not one of this transformer"):
            TransformerParams.from_card(wrong)
