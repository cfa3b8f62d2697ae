"""Examples of the grid codec are what the world shows, and training can stop at any minute."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from models.codec import Canvas, Source
from models.grid.footage import batches, render_shard, tensors
from models.grid.source import ELSEWHERE_SEED, GridSource, elsewhere
from models.shapes import TIME_STRIDE
from models.train.codec_grid import Recipe, Run, loss_of, measure
from models.world.sample import held_out, sample_scene
from tests.models.test_grid_autoencoder import noise, stirred
from tests.models.test_grid_codec import codec

CANVAS = Canvas(5, 32, 48)


def test_the_same_seeds_give_the_same_examples() -> None:
    source: Source = GridSource(codec(), CANVAS)
    once, again = source.examples([7, 8]), source.examples([8])[0]
    assert torch.equal(once[1].clip[0].clean_LC, again.clip[0].clean_LC)
    assert torch.equal(once[1].given[0].clean_LC, again.given[0].clean_LC)
    assert once[1].captions == again.captions
    for one, other in zip(once[1].references, again.references, strict=True):
        assert torch.equal(one.clean_LC, other.clean_LC)
    assert not torch.equal(once[0].clip[0].clean_LC, once[1].clip[0].clean_LC)


def test_examples_are_of_the_scene() -> None:
    made = GridSource(codec(), CANVAS).examples(range(20, 26))
    assert len(made) == 6
    for seed, example in zip(range(20, 26), made, strict=True):
        scene = sample_scene(seed, duration_s=CANVAS.frames / CANVAS.fps)
        assert all(actor.subject in example.captions[0] for actor in scene.actors)
        assert not any("hear" in words for words in example.captions)
        assert len(example.references) == len(scene.actors)
        assert len(example.clip[0]) == len(example.counts[0][1]) == 2 * 2 * 3
        assert example.given[0].clean_LC.shape == (2, 9 * TIME_STRIDE)


def test_a_token_counts_by_its_share_of_subjects() -> None:
    source = GridSource(codec(), CANVAS, subject=5.0)
    cover = torch.zeros(5, 32, 48)
    cover[0, :16, :16] = 1.0
    cover[1:, 16:, 32:] = torch.tensor([1.0, 1.0, 0.0, 0.0])[:, None, None]
    counts = source.counts(cover).view(2, 2, 3)
    expected = torch.ones(2, 2, 3)
    expected[0, 0, 0], expected[1, 1, 2] = 5.0, 3.0
    assert torch.allclose(counts, expected)


def test_references_never_show_what_is_held_back() -> None:
    for seed in range(30):
        for number, actor in enumerate(sample_scene(seed).actors):
            place = elsewhere(actor, ELSEWHERE_SEED + 16 * seed + number, "train")
            assert not held_out(place)
            (lone,) = place.actors
            assert (lone.subject, lone.colour, lone.identity) == (actor.subject, actor.colour, actor.identity)


@pytest.fixture(scope="module")
def shard() -> np.ndarray:
    small = np.random.default_rng(0).integers(0, 256, (6, 9, 4, 4, 4), np.uint8)
    return small.repeat(8, 2).repeat(8, 3)


def test_footage_is_deterministic_and_of_the_splits_scenes(monkeypatch: pytest.MonkeyPatch) -> None:
    from models.grid import footage

    monkeypatch.setattr(footage, "SHARD", 2)
    size = footage.Footage(frames=5, height=32, width=48)
    first, again, other = (render_shard(size, 3, split) for split in ("train", "train", "val"))
    assert first.shape == (2, 5, 32, 48, 4)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert first[..., 3].max() > 200


def test_batches_are_cut_from_the_clips(shard: np.ndarray) -> None:
    video, cover = next(batches([shard], 3, 5, np.random.default_rng(1)))
    assert video.shape == (3, 3, 5, 32, 32)
    assert cover.shape == (3, 1, 5, 32, 32)
    every = tensors(shard)[0]
    frames = {frame.numpy().tobytes() for frame in every.movedim(2, 1).flatten(0, 1)}
    frames |= {frame.flip(-1).contiguous().numpy().tobytes() for frame in every.movedim(2, 1).flatten(0, 1)}
    assert all(frame.contiguous().numpy().tobytes() in frames for frame in video.movedim(2, 1).flatten(0, 1))


def test_a_subject_counts_more() -> None:
    video, cover = torch.zeros(1, 3, 5, 16, 16), torch.zeros(1, 1, 5, 16, 16)
    cover[..., :8] = 1.0
    left, right = video.clone(), video.clone()
    left[..., 2:6], right[..., 10:14] = 0.3, 0.3
    recipe = Recipe(subject=4.0)
    assert loss_of(video, video, cover, recipe) == 0
    ratio = loss_of(left, video, cover, recipe) / loss_of(right, video, cover, recipe)
    assert float(ratio) == pytest.approx(4.0, rel=1e-4)


def run_in(folder: Path) -> Run:
    return Run(stirred(), Recipe(rate=3e-3), folder, "cpu")


def test_a_stopped_training_goes_on_as_if_it_had_not(tmp_path: Path, shard: np.ndarray) -> None:
    video, cover = tensors(shard[:2, :5])
    whole, stopped = run_in(tmp_path / "a"), run_in(tmp_path / "b")
    losses = [whole.learn(video, cover, 0.1) for _ in range(2)]
    assert [stopped.learn(video, cover, 0.1) for _ in range(2)] == losses
    whole.save()
    stopped.save()
    resumed = run_in(tmp_path / "b")
    resumed.resume()
    whole.resume()
    assert resumed.step == 2
    for run in (whole, resumed):
        run.learn(video, cover, 0.2)
    for name, value in whole.net.state_dict().items():
        assert torch.equal(value, resumed.net.state_dict()[name]), name
    assert all(torch.equal(value, resumed.ema.shadow[name]) for name, value in whole.ema.shadow.items())


def test_training_learns(tmp_path: Path, shard: np.ndarray) -> None:
    run = run_in(tmp_path)
    video, cover = tensors(shard[:2, :5])
    losses = [run.learn(video, cover, 0.0) for _ in range(40)]
    assert np.mean(losses[-5:]) < 0.92 * np.mean(losses[:5])


def test_decibels_are_those_of_the_error() -> None:
    class Dark(torch.nn.Module):
        def encode(self, video: torch.Tensor) -> torch.Tensor:
            return video

        def decode(self, video: torch.Tensor) -> torch.Tensor:
            return torch.cat([video[:, :, :1] + 0.1, video[:, :, 1:] + 0.01], 2)

    rows = (noise(2, 9, 16, 16, 4) * 200).to(torch.uint8).numpy()
    found = measure(Dark(), [rows], 2)  # type: ignore[arg-type]
    assert found["db_by_latent"] == pytest.approx([20.0, 40.0, 40.0], abs=1e-2)
    assert found["db"] == pytest.approx(-10 * np.log10((0.01 + 8 * 0.0001) / 9), abs=1e-2)
