"""LTX in the place of our network: called alike, one sequence never sees another, and it learns by our steps."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from evals.peer_training import learned
from models import conditions
from models.packing import Packed, pack
from models.transformer import TransformerParams
from tests.models import tiny, toy

READ = tiny.TOKENIZER.encode


def ltx() -> torch.nn.Module:
    pytest.importorskip("diffusers", reason="the extra [peers] is not installed")
    from evals.peer_network import LtxNetwork

    torch.manual_seed(1)
    made = LtxNetwork(TransformerParams.tiny(tiny.SPECS, tiny.TOKENIZER.size))
    torch.nn.init.normal_(made.core.proj_out.weight, std=0.1)
    return made.eval()


def batch_of(*words: str) -> Packed:
    return pack(
        [conditions.text_to_video(READ(word), tiny.video(2 + n, seed=n)) for n, word in enumerate(words)], tiny.SPECS
    )


@torch.no_grad()
def said(network: torch.nn.Module, batch: Packed, t: float = 0.6) -> torch.Tensor:
    times = batch.times(torch.full((len(batch.places),), t))
    return batch.flatten(network(batch, batch.clean, times, times))


def test_every_token_is_answered_from_its_own_sequence_alone() -> None:
    network = ltx()
    alone, both = said(network, batch_of("red fox")), said(network, batch_of("red fox", "blue ball"))
    torch.testing.assert_close(both[: len(alone)], alone, atol=1e-5, rtol=1e-4)
    assert float(both[len(alone) :].abs().min()) > 0.0


def test_caption_and_time_matter() -> None:
    network = ltx()
    first = said(network, batch_of("red fox"))
    assert float((said(network, batch_of("blue fox")) - first).abs().max()) > 1e-4
    assert float((said(network, batch_of("red fox"), 0.2) - first).abs().max()) > 1e-3


@pytest.mark.parametrize("who", ["ours", "ours-adamw", "ltx"])
def test_all_learn_by_the_same_steps(who: str) -> None:
    if who == "ltx":
        pytest.importorskip("diffusers", reason="the extra [peers] is not installed")
    recipe = replace(toy.recipe(), warm_up=5)
    network, told = learned(who, toy.build(), recipe, minutes=10.0, steps=3)
    assert (told["steps"], told["examples"]) == (3, 3 * recipe.batching.examples)
    assert told["parameters"] == sum(each.numel() for each in network.parameters())
    assert all(bool(torch.isfinite(each).all()) for each in network.parameters())
