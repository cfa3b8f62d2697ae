"""Keys and values that a sampler keeps: exact while nothing changes, near while little does, and less to compute."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from models import conditions
from models.context import Context
from models.guidance import Guidance
from models.packing import Packed, pack
from models.sampler import SOLVERS, Sampling, sample
from tests.models import tiny

READ = tiny.TOKENIZER.encode


def clip(mask_seed: int, latents: int = 3) -> conditions.Sequence:
    mask = (tiny.random(4 * latents, seed=mask_seed) > 0.3).float()
    asked = conditions.inpainting(READ("red fox runs"), tiny.video(latents), mask, tiny.audio(latents))
    return conditions.with_references(asked, [tiny.video(1, seed=9)])


def batch_of(*latents: int) -> Packed:
    return pack([clip(seed, count) for seed, count in enumerate(latents)], tiny.SPECS)


@pytest.mark.parametrize("latents", [(3,), (2, 3), (5, 1, 3)], ids=str)
def test_what_is_made_is_told_the_same_from_what_was_kept(latents: tuple[int, ...]) -> None:
    network, batch = tiny.stirred_network(), batch_of(*latents)
    context = Context(batch.mask_BL, len(network.blocks))
    t_BL = batch.times(torch.full((len(latents),), 0.7))
    with torch.no_grad():
        assert not context.is_full
        whole = batch.flatten(network(batch, batch.clean, t_BL, t_BL, None, context))
        assert context.is_full
        part = batch.flatten(network(batch, batch.clean, t_BL, t_BL, None, context))
        alone = batch.flatten(network(batch, batch.clean, t_BL, t_BL))
    made = batch.by_element(batch.mask_BL) > 0
    assert bool(made.any())
    assert torch.equal(whole, alone)
    torch.testing.assert_close(part[made], whole[made], atol=1e-5, rtol=1e-4)


def test_later_steps_compute_what_is_made_alone() -> None:
    network, batch = tiny.stirred_network(), pack([clip(2, 5)], tiny.SPECS)
    context, counts = Context(batch.mask_BL, len(network.blocks)), []
    t_BL = batch.times(torch.full((1,), 0.7))
    caption = network.read(batch)
    for _ in range(2):
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            network(batch, batch.clean, t_BL, t_BL, caption, context)
        counts.append(counter.get_total_flops())
    share = float((batch.mask_BL > 0).float().mean())
    assert share < 0.4
    assert counts[1] < (share + 0.25) * counts[0]


@pytest.mark.parametrize("solver", SOLVERS)
def test_what_is_given_stays_bit_for_bit(solver: str) -> None:
    asked = clip(3)
    how = Sampling(3, solver, fresh=0.7, keeping=True)
    (made,) = sample(tiny.stirred_network(), [asked], [0], how, Guidance({"text": 2.0, "reference": 1.5}))
    for before, after in zip(asked.segments, made.segments, strict=True):
        clean = before.mask_L == 0
        assert torch.equal(after.clean_LC[clean], before.clean_LC[clean])
        assert bool((after.clean_LC[~clean] != before.clean_LC[~clean]).any(1).all())


def test_one_step_is_the_same_and_more_are_near() -> None:
    network, asked = tiny.stirred_network(), clip(3)
    errors = []
    for steps in (1, 4):
        exact, kept = (
            sample(network, [asked], [0], replace(Sampling(steps), keeping=keeping))[0] for keeping in (False, True)
        )
        gap = [(a.clean_LC - b.clean_LC).norm() for a, b in zip(exact.segments, kept.segments, strict=True)]
        size = [a.clean_LC.norm() for a in exact.segments]
        errors.append(float(torch.stack(gap).norm() / torch.stack(size).norm()))
    assert errors[0] == 0
    assert 0 < errors[1] < 0.2
