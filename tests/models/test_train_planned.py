"""What a sitting is told for a processor and for a GPU."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.train.layers_examples import training_codec
from models.train.planned import Plan, sitting_of
from models.train.recipe import WEIGHTS, Recipe


def test_a_gpu_learns_from_a_bank_in_larger_steps_with_compiled_blocks() -> None:
    gpu = sitting_of(Plan("video", "small", device="cuda", bank=True, state=Path("kept")))
    cpu = sitting_of(Plan("video", "small", state=Path("kept")))
    assert gpu.recipe.batching.examples > 4 * cpu.recipe.batching.examples
    assert gpu.compiled
    assert not cpu.compiled
    assert gpu.bank == Path("kept") / "bank" / f"layers-{training_codec(WEIGHTS).meaning}" / "train"
    assert cpu.bank is None
    assert gpu.folder == cpu.folder == Path("kept/train/layers-small-video")


def test_only_the_layers_codec_has_a_bank() -> None:
    with pytest.raises(ValueError, match="cache"):
        sitting_of(Plan("video", "nano", "grid", bank=True))


def test_a_step_on_a_gpu_keeps_everything_else_of_the_recipe() -> None:
    own = Recipe.of("nano", "image")
    assert own.on_gpu().optimiser == own.optimiser
    assert own.on_gpu().mix == own.mix
    assert own.on_gpu().weights == own.weights
