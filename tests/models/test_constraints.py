"""Constraints: what is known holds exactly at the end, what is given stays, and the rest is made to go with it."""

from __future__ import annotations

import pytest
import torch

from models.conditions import Sequence, keyframed
from models.constraints import ConstrainedVelocity
from models.flow import clean_at, path
from models.packing import pack
from models.sampler import Sampling, sample
from tests.models import tiny

CAPTION = tiny.TOKENIZER.encode("red fox runs")


def clip() -> Sequence:
    """Video of three latent frames, of which the first is given, and sound."""
    return keyframed(CAPTION, (0,), tiny.video(), tiny.audio())


def held(sequence: Sequence) -> Sequence:
    """Every first channel of what is made is 0.5, given tokens included, which nobody may change."""

    def put(clean_LC: torch.Tensor) -> torch.Tensor:
        return torch.cat([torch.full_like(clean_LC[:, :1], 0.5), clean_LC[:, 1:]], 1)

    return sequence.with_segments(part.filled(put(part.clean_LC)) for part in sequence.segments)


@pytest.mark.parametrize("sampling", [Sampling(1), Sampling(4), Sampling(3, "heun"), Sampling(4, "renoise")])
def test_it_holds_at_the_end_whatever_the_solver(sampling: Sampling) -> None:
    network, sequence = tiny.stirred_network(), clip()
    (free,) = sample(network, [sequence], [3], sampling)
    (made,) = sample(network, [sequence], [3], sampling, constraints=[held])
    for part, before in zip(made.segments, free.segments, strict=True):
        made_L = part.mask_L > 0
        torch.testing.assert_close(part.clean_LC[made_L, 0], torch.full((int(made_L.sum()),), 0.5), atol=1e-4, rtol=0)
        assert torch.equal(part.clean_LC[~made_L], before.clean_LC[~made_L])
        assert not torch.allclose(before.clean_LC[made_L, 0], torch.tensor(0.5), atol=0.05)


def test_one_sequence_of_a_batch_is_held_and_the_other_is_as_alone() -> None:
    network, sequence = tiny.stirred_network(), clip()
    both = sample(network, [sequence, sequence], [3, 4], constraints=[held, None])
    (alone,) = sample(network, [sequence], [4])
    for part, wanted in zip(both[1].segments, alone.segments, strict=True):
        torch.testing.assert_close(part.clean_LC, wanted.clean_LC, atol=2e-5, rtol=1e-4)


def test_the_guess_is_replaced_and_nothing_else_is_bent() -> None:
    sequence = clip()
    batch = pack([sequence], tiny.SPECS)
    clean_E = batch.flatten(batch.clean)
    x_E = path(clean_E, torch.ones_like(clean_E), 0.5)
    t_E = batch.by_element(batch.times(torch.tensor([0.5])))

    def straight(x: torch.Tensor, t: torch.Tensor, r: torch.Tensor) -> torch.Tensor:
        return torch.zeros_like(x)

    bent = ConstrainedVelocity(straight, batch, [sequence], [held])(x_E, t_E, t_E)
    tokens = batch.unflatten(clean_at(x_E, bent, t_E))
    plain = batch.unflatten(x_E)
    for name, value in tokens.items():
        torch.testing.assert_close(value[:, 1:], plain[name][:, 1:])


def test_as_many_constraints_as_sequences() -> None:
    with pytest.raises(ValueError, match="2 sequences need a constraint or None each, got 1"):
        sample(tiny.stirred_network(), [clip(), clip()], [1, 2], constraints=[held])
