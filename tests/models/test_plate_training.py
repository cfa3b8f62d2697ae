"""Another plate for the layers codec: tokens in closed form that stay what they mean while the decoder learns."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from models.checkpoint import CheckpointRefused
from models.layers.codec import LayersCodec, LayersNetwork, LayersParams
from models.train.layers_data import Plates
from models.train.layers_losses import plate_loss
from models.train.plate import PlateRecipe, PlateTraining, closed_form

RECIPE = PlateRecipe(pieces=6, crop=(2, 3), noise=0.0, ema=0.9)


def plates(count: int = 120) -> Plates:
    """Smooth grounds with an edge each, so that a linear code keeps some of them and not all."""
    made = []
    for number in range(count):
        generator = torch.Generator().manual_seed(number)
        colours = torch.rand(2, 4, 1, 1, generator=generator)
        edge = 8 + int(torch.randint(32, (), generator=generator))
        plate = colours[0].expand(4, 48, 64).clone()
        plate[:, :, edge:] = colours[1]
        made.append((plate * 255).byte())
    return Plates(made)


@pytest.fixture(scope="module")
def shown() -> Plates:
    return plates()


@pytest.fixture(scope="module")
def network(shown: Plates) -> LayersNetwork:
    torch.manual_seed(0)
    return closed_form(LayersNetwork(LayersParams.tiny()), 12, shown, RECIPE.crop)


def copied(network: LayersNetwork) -> LayersNetwork:
    other = LayersNetwork(network.params)
    other.load_state_dict(network.state_dict(), strict=True)
    return other


def test_all_but_the_plate_is_what_it_was(shown: Plates) -> None:
    base = LayersNetwork(LayersParams.tiny())
    made = closed_form(base, 12, shown, RECIPE.crop)
    assert made.params.plate.channels == 12
    assert made.params.sheet == base.params.sheet
    for name in ("sheet", "pose", "camera", "look"):
        for mine, theirs in zip(
            made.get_submodule(name).state_dict().values(), base.get_submodule(name).state_dict().values(), strict=True
        ):
            assert torch.equal(mine, theirs)
    with pytest.raises(ValueError, match="at least 100 plates, got 20"):
        closed_form(base, 12, plates(20), RECIPE.crop)


def test_the_decoder_learns_and_tokens_mean_what_they_meant(
    network: LayersNetwork, shown: Plates, tmp_path: Path
) -> None:  # fmt: skip
    meaning = LayersCodec(copied(network)).meaning
    run = PlateTraining(copied(network), shown, RECIPE, tmp_path)
    seen = shown.pieces(32, RECIPE.crop, torch.Generator().manual_seed(7))
    for number in range(150):
        run.step(number / 150)
    before, after = (plate_loss(net.plate.decode(net.plate.encode(seen)), seen) for net in (network, run.averaged()))
    assert float(after) < 0.99 * float(before)
    made = LayersCodec(run.averaged())
    assert made.meaning == meaning
    assert made.version != LayersCodec(copied(network)).version


def test_a_stopped_training_goes_on_bit_for_bit(network: LayersNetwork, shown: Plates, tmp_path: Path) -> None:
    whole = PlateTraining(copied(network), shown, RECIPE, tmp_path / "whole")
    for _ in range(6):
        whole.step(0.5)
    first = PlateTraining(copied(network), shown, RECIPE, tmp_path / "parts")
    for _ in range(3):
        first.step(0.5)
    first.save()
    second = PlateTraining.resumed(shown, RECIPE, tmp_path / "parts")
    for _ in range(3):
        second.step(0.5)
    for mine, theirs in zip(whole.averaged().parameters(), second.averaged().parameters(), strict=True):
        assert torch.equal(mine, theirs)
    with pytest.raises(CheckpointRefused):
        PlateTraining.resumed(shown, RECIPE, tmp_path / "nowhere")
