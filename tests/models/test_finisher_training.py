"""Training of the finisher end to end in small, and what its landed weights do with scenes that were never shown."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from models.finisher import WEIGHTS, Finisher, FinisherParams, bicubic
from models.train.finisher import edge_error, solve_head, train
from models.train.finisher_pairs import SMALL_AT, Pairs, Smear, decibel, film_pair, softened

SCENES = (8, 13, 19, 23)
"""Seeds of scenes whose combinations were held out of training; none is in pixel style."""


@pytest.fixture(scope="module")
def scenes() -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Six small and six large frames of every scene, 0 to 1."""
    pairs = [film_pair(seed, "test", 64, 112) for seed in SCENES]
    return [tuple(torch.from_numpy(each).float() / 255 for each in pair) for pair in pairs if pair]  # type: ignore[misc]


@pytest.fixture(scope="module")
def landed() -> Finisher:
    if not WEIGHTS.exists():
        pytest.skip("no weights have landed yet: python -m models.train.finisher --land")
    return Finisher.load()


def test_a_tiny_training_is_resumed_and_writes_what_it_measured(tmp_path: Path) -> None:
    measured = train(0.03, folder=tmp_path, size="tiny")
    first = json.loads((tmp_path / "finisher.json").read_text())
    assert first["metrics"] == measured
    assert Finisher.load(tmp_path / "finisher.json").params.width == 8
    assert (tmp_path / "finished.png").read_bytes().startswith(b"\x89PNG")
    filmed = {file: file.stat().st_mtime_ns for file in tmp_path.glob("*.npz")}
    train(0.05, folder=tmp_path, size="tiny")
    second = json.loads((tmp_path / "finisher.json").read_text())
    assert second["recipe"]["steps"] > first["recipe"]["steps"]
    assert second["shards"] != first["shards"]
    assert {file: file.stat().st_mtime_ns for file in tmp_path.glob("*.npz")} == filmed


def test_small_and_large_are_one_moment(scenes: list[tuple[torch.Tensor, torch.Tensor]]) -> None:
    for small, large in scenes:
        boxed = F.avg_pool2d(large, 4)
        assert decibel(boxed, small) > decibel(boxed, small.roll(3, -1)) + 3
        assert decibel(boxed[SMALL_AT[0]], boxed[SMALL_AT[2]]) < 80


def test_a_smear_with_all_components_is_nothing_and_with_few_it_is_soft() -> None:
    video = torch.rand(3, 3, 32, 48, generator=torch.Generator().manual_seed(0))
    basis = torch.eye(3 * 3 * 256)
    smear = Smear(basis, torch.full((len(basis),), 0.5))
    torch.testing.assert_close(smear(video, len(basis)), video)
    assert torch.equal(smear(video, 0), torch.full_like(video, 0.5))


def test_softening_keeps_the_mean_of_a_flat_picture() -> None:
    flat = torch.full((1, 3, 9, 9), 0.3)
    torch.testing.assert_close(softened(flat, 0.9), flat)


def test_the_solved_head_is_the_one_that_made_the_pictures() -> None:
    """Large pictures painted by a known head are painted again by the solved one."""
    torch.manual_seed(0)
    net = Finisher(FinisherParams.tiny())
    torch.nn.init.normal_(net.head.weight, std=0.1)
    torch.nn.init.normal_(net.head.bias, std=0.1)
    small = torch.rand(4, 3, 3, 16, 24)
    with torch.no_grad():
        painted = net.paint(small.flatten(0, 1), net.read(small.flatten(0, 1))).unflatten(0, (4, 3))
        large = torch.zeros(4, 5, *painted.shape[2:])
        large[:, ::2] = painted
        torch.nn.init.zeros_(net.head.weight)
        torch.nn.init.zeros_(net.head.bias)
        solve_head(net, iter([Pairs(small, large, large[:, 0])]), 1, ridge=0.0)
        again = net.paint(small.flatten(0, 1), net.read(small.flatten(0, 1))).unflatten(0, (4, 3))
    torch.testing.assert_close(again, painted, atol=5e-3, rtol=0)


def test_landed_it_is_better_than_bicubic(scenes: list[tuple[torch.Tensor, torch.Tensor]], landed: Finisher) -> None:
    gains = []
    for small, large in scenes:
        for given in (small, softened(small, 0.6)):
            made, plain = landed.enlarge(given[1:2]), bicubic(given[1:2]).clamp(0, 1)
            gains.append(decibel(made, large[1:2]) - decibel(plain, large[1:2]))
            assert edge_error(made, large[1:2]) < edge_error(plain, large[1:2])
    assert min(gains) > 0.1
    assert float(np.mean(gains)) > 0.3


def test_landed_its_frames_between_are_better_than_means(
    scenes: list[tuple[torch.Tensor, torch.Tensor]], landed: Finisher
) -> None:
    gains = []
    for small, large in scenes:
        film = landed.between(small[1::2])
        gains.append(decibel(film[1::2], large[2::2]) - decibel((film[2::2] + film[:-2:2]) / 2, large[2::2]))
    assert float(np.mean(gains)) > 0.2


def test_landed_a_sharp_first_frame_helps_where_nothing_moves(
    scenes: list[tuple[torch.Tensor, torch.Tensor]], landed: Finisher
) -> None:
    for small, large in scenes:
        still = softened(small[:1], 0.5).repeat(3, 1, 1, 1)
        made = landed.enlarge(still, first_3HW=large[0])
        alone = landed.enlarge(still)
        assert decibel(made[2], large[0]) > decibel(alone[2], large[0]) + 0.5


def test_landed_it_keeps_colours(landed: Finisher) -> None:
    for colour in ((0.1, 0.1, 0.1), (0.9, 0.2, 0.1), (0.2, 0.4, 0.9), (1.0, 1.0, 1.0)):
        flat = torch.tensor(colour)[None, :, None, None].expand(1, 3, 20, 24)
        assert float((landed.enlarge(flat.contiguous())[..., 16:-16, 16:-16] - flat[..., :1, :1]).abs().max()) < 0.02
