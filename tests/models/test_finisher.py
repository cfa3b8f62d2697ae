"""The finisher: what it is before training, what holds whatever its weights are, and that only its own weights load."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from models import checkpoint
from models.finisher import Between, Finisher, FinisherParams, bicubic, warped

SIZES = [(64, 112), (7, 9), (33, 50), (1, 1), (2, 3)]


def film(frames: int, height: int, width: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(frames, 3, height, width, generator=torch.Generator().manual_seed(seed))


@pytest.fixture
def restless() -> Finisher:
    """A small finisher in which nothing is zero any more."""
    net = Finisher(FinisherParams.tiny()).eval()
    generator = torch.Generator().manual_seed(3)
    for each in net.parameters():
        each.data += 0.1 * torch.randn(each.shape, generator=generator)
    return net


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_untrained_it_is_the_bicubic_enlargement(height: int, width: int) -> None:
    video = film(2, height, width)
    expected = F.interpolate(video, scale_factor=4.0, mode="bicubic")
    torch.testing.assert_close(bicubic(video), expected, atol=2e-6, rtol=0)
    torch.testing.assert_close(Finisher().enlarge(video), expected.clamp(0, 1), atol=2e-6, rtol=0)


def test_untrained_a_sharp_first_frame_changes_only_itself() -> None:
    video, first = film(3, 9, 11), film(1, 36, 44, 1)[0]
    made = Finisher().enlarge(video, first_3HW=first)
    assert torch.equal(made[0], first)
    torch.testing.assert_close(made[1:], bicubic(video[1:]).clamp(0, 1), atol=2e-6, rtol=0)


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_untrained_the_frame_between_is_the_mean_of_its_neighbours(height: int, width: int) -> None:
    made = Finisher().between(film(3, height, width))
    assert made.shape == (5, 3, 4 * height, 4 * width)
    torch.testing.assert_close(made[1::2], (made[2::2] + made[:-2:2]) / 2, atol=2e-5, rtol=0)


@pytest.mark.parametrize("chunk", [1, 2, 5, 100])
@pytest.mark.parametrize("given", [False, True])
def test_chunks_are_the_whole(restless: Finisher, chunk: int, given: bool) -> None:
    video = film(6, 13, 10)
    first = film(1, 52, 40, 2)[0] if given else None
    whole = restless.between(video, first)
    pieces = list(restless.finish(video, 2, first, chunk))
    assert [len(piece) for piece in pieces[:-1]] == [chunk] * (len(pieces) - 1)
    assert len(whole) == 11
    assert torch.equal(torch.cat(pieces), whole)
    assert torch.equal(restless.enlarge(video, first_3HW=first), whole[::2])
    assert whole.min() >= 0
    assert whole.max() <= 1


def test_a_frame_given_first_comes_out_as_it_is_and_is_seen_by_the_rest(restless: Finisher) -> None:
    video, first = film(3, 8, 12), film(1, 32, 48, 5)[0]
    made, alone = restless.between(video, first), restless.between(video)
    assert torch.equal(made[0], first)
    assert not torch.allclose(made[1:], alone[1:], atol=1e-3)


def test_a_frame_between_sees_its_two_neighbours_and_no_other(restless: Finisher) -> None:
    video = film(6, 10, 12)
    other = video.clone()
    other[4] = film(1, 10, 12, 9)[0]
    changed = (restless.between(video) != restless.between(other)).flatten(1).any(1)
    assert changed.tolist() == [False] * 7 + [True] * 3 + [False]


def test_half_the_size_is_the_mean_of_four_pixels(restless: Finisher) -> None:
    video = film(2, 9, 10)
    made = restless.enlarge(video, 2)
    assert made.shape == (2, 3, 18, 20)
    torch.testing.assert_close(made, F.avg_pool2d(restless.enlarge(video), 2))


def test_one_frame_has_none_between(restless: Finisher) -> None:
    assert restless.between(film(1, 5, 6)).shape == (1, 3, 20, 24)


def test_whoever_watches_is_not_in_inference_mode(restless: Finisher) -> None:
    for _ in restless.finish(film(3, 5, 6), chunk=2):
        assert not torch.is_inference_mode_enabled()


@pytest.mark.parametrize(
    ("video", "first", "factors"),
    [
        (torch.rand(2, 4, 8, 8), None, (2, 8)),
        (torch.zeros(2, 3, 8, 8, dtype=torch.uint8), None, (2, 8)),
        (torch.rand(0, 3, 8, 8), None, (2, 8)),
        (torch.rand(2, 3, 8, 8), torch.rand(3, 32, 31), (2, 8)),
        (torch.rand(2, 3, 8, 8), None, (3, 8)),
        (torch.rand(2, 3, 8, 8), None, (2, 0)),
    ],
)
def test_what_does_not_fit_is_refused_at_once(
    restless: Finisher, video: torch.Tensor, first: torch.Tensor | None, factors: tuple[int, int]
) -> None:
    with pytest.raises(ValueError, match="got"):
        restless.finish(video, factors[0], first, factors[1])


def test_a_picture_is_moved_by_whole_pixels_exactly() -> None:
    picture = film(1, 9, 12)
    flow = torch.tensor([2.0, -1.0])[None, :, None, None].expand(1, 2, 9, 12)
    moved = warped(picture, flow)
    torch.testing.assert_close(moved[..., 1:, :-2], picture[..., :-1, 2:], atol=1e-5, rtol=0)


def test_costs_are_highest_at_half_of_the_motion() -> None:
    """What lies at x − d before and at x + d after is most alike where d is half of the way."""
    between = Between(FinisherParams(reach=2))
    before = F.normalize(torch.randn(1, 8, 12, 14, generator=torch.Generator().manual_seed(1)), dim=1)
    after = before.roll((2, -4), (2, 3))
    best = between.costs(before, after).argmax(1)[0, 4:-4, 5:-5]
    assert set(best.flatten().tolist()) == {(1 + 2) * 5 + (-2 + 2)}


def test_saved_and_loaded_it_makes_the_same(restless: Finisher, tmp_path: Path) -> None:
    restless.save(tmp_path / "f.json", checkpoint.Card("", metrics={"db": 1.0}))
    again = Finisher.load(tmp_path / "f.json")
    assert again.params == restless.params
    torch.testing.assert_close(again.between(film(2, 6, 7)), restless.between(film(2, 6, 7)), atol=1e-5, rtol=0)


def test_a_flipped_bit_is_refused(restless: Finisher, tmp_path: Path) -> None:
    restless.save(tmp_path / "f.json", checkpoint.Card(""))
    (shard,) = tmp_path.glob("*.safetensors")
    content = bytearray(shard.read_bytes())
    content[-1] ^= 1
    shard.write_bytes(content)
    with pytest.raises(checkpoint.WeightsDiffer):
        Finisher.load(tmp_path / "f.json")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"kind": "finder"}, checkpoint.CardUnreadable),
        ({"config": {"depth": 3}}, checkpoint.CardUnreadable),
        ({"config": dataclasses.asdict(FinisherParams())}, checkpoint.ShapesDiffer),
    ],
)
def test_another_card_is_refused(
    restless: Finisher, tmp_path: Path, change: dict[str, object], error: type[Exception]
) -> None:
    path = tmp_path / "f.json"
    restless.save(path, checkpoint.Card(""))
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(error):
        Finisher.load(path)


@pytest.mark.parametrize("drop", [True, False])
def test_a_missing_or_extra_tensor_is_refused(restless: Finisher, tmp_path: Path, drop: bool) -> None:
    tensors = dict(restless.state_dict())
    if drop:
        tensors.pop("head.bias")
    else:
        tensors["head.more"] = torch.zeros(1)
    card = checkpoint.Card("finisher", dataclasses.asdict(restless.params))
    checkpoint.save(tmp_path / "f.json", tensors, card)
    with pytest.raises(checkpoint.KeysDiffer):
        Finisher.load(tmp_path / "f.json")


def test_it_is_small() -> None:
    assert sum(each.numel() for each in Finisher().parameters()) <= 400_000


def test_without_weights_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(checkpoint.CheckpointMissing):
        Finisher.load(tmp_path / "none.json")
