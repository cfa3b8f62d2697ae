"""Examples of the layers codec: what a shot gives, and nothing that is held out."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from models.codec import Canvas
from models.layers.codec import LayersCodec, LayersNetwork, LayersParams
from models.layers.source import ShotCache, casts
from models.train.layers_examples import LayersSource, Shares, numbered
from models.world.sample import held_out

CANVAS = Canvas(5)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> LayersSource:
    folder: Path = tmp_path_factory.mktemp("shots")
    torch.manual_seed(0)
    codec = LayersCodec(LayersNetwork(LayersParams.tiny()))
    made = LayersSource(codec, folder, CANVAS, shares=Shares(1.0, 1.0, 1.0, 1.0))
    for split in ("train", "test"):
        made.caches[split] = ShotCache(folder / split, split, CANVAS, shard=2)
    return made


def test_every_shot_gives_itself_its_place_and_its_figures(source: LayersSource) -> None:
    examples = source.examples([0])
    scenes = [scene for seed in (0, 1) for scene in casts(seed, "train", CANVAS)]
    actors = sum(len(scene.actors) for scene in scenes)
    kinds = [tuple(sorted({part.role for part in example.clip})) for example in examples]
    assert kinds.count(("sheet",)) == 2 * actors
    assert kinds.count(("look", "plate")) == 2 + sum(not scene.actors for scene in scenes)
    assert len(examples) == len(scenes) + 2 + 2 * actors
    assert all("hear" not in caption.lower() for example in examples for caption in example.captions)
    whole = [example for example in examples if any(part.role == "pose" for part in example.clip)]
    assert len(whole) == len(scenes)
    assert all(len(e.references) == sum(part.role == "sheet" for part in e.clip) for e in whole)
    assert all(e.given[0].role == "camera" and float(e.given[0].mask_L.max()) == 0.0 for e in whole)


def test_the_same_seed_gives_the_same_examples_and_another_another_order(source: LayersSource) -> None:
    one, again, other = (source.examples([seed]) for seed in (0, 0, 1))
    assert [each.captions for each in one] == [each.captions for each in again]
    assert [each.captions for each in one] != [each.captions for each in other]
    assert sorted(each.captions for each in one) == sorted(each.captions for each in other)


def test_test_examples_are_whole_shots_that_training_never_shows(source: LayersSource) -> None:
    shown = source.examples([0], "test")
    tested, taught = (list(numbered(source.caches[split], 0)) for split in ("test", "train"))
    assert min(len(shown), len(tested), len(taught)) > 0
    assert all(len(example.clip) > 2 for example in shown)
    assert all(held_out(scene) for scene, _, _ in tested)
    assert not any(held_out(scene) for scene, _, _ in taught)
