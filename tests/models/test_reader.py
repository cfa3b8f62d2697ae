"""The reader's parts against known answers, and the whole of it learning a small lesson."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from models import checkpoint
from models.likeness import SIDE, Likeness, prints, square_of
from models.reader import (
    KIND,
    NOBODY,
    QUESTIONS,
    Reader,
    ReaderParams,
    answered,
    config_of,
    fitted,
    load_reader,
    odds_of,
    places,
    read,
    save_reader,
)
from models.reader_motion import _gone, boxes_around
from models.reader_parts import FRAMES, REACH, close_up, correlate, moments, steps_of
from models.world.vocabulary import CAMERA_MOVES, COLOURS, SUBJECTS

H, W = 64, 112


def tiny() -> Reader:
    torch.manual_seed(3)
    return Reader(ReaderParams.tiny()).eval()


def test_every_question_has_probabilities_that_add_up() -> None:
    reading = read(tiny(), torch.rand(5, 3, H, W), ["fox", "boat"])
    spreads = [*reading.words.values(), *reading.colours.values(), reading.camera]
    assert [round(sum(spread.values()), 4) for spread in spreads] == [1.0] * len(spreads)
    assert set(reading.words) == set(QUESTIONS)
    assert tuple(reading.camera) == CAMERA_MOVES
    assert set(reading.present) == set(SUBJECTS)
    for subject in ("fox", "boat"):
        assert reading.actions[subject].shape == (5, 18)
        torch.testing.assert_close(reading.actions[subject].sum(-1), torch.ones(5))
        torch.testing.assert_close(reading.ways[subject].sum(-1), torch.ones(5))


def test_a_picture_has_no_motion_to_be_asked_about() -> None:
    reading = read(tiny(), torch.rand(1, 3, H, W), ["fox"])
    assert reading.camera == {}
    assert reading.actions == {}
    assert set(reading.colours) == {"fox"}


def test_a_clip_with_nobody_to_ask_about_still_has_a_camera() -> None:
    reading = read(tiny(), torch.rand(5, 3, H, W), [])
    assert sum(reading.camera.values()) == pytest.approx(1.0, abs=1e-4)
    assert reading.actions == {}
    assert reading.colours == {}


def test_nonsense_is_refused() -> None:
    net = tiny()
    with pytest.raises(ValueError, match="unicorn"):
        read(net, torch.rand(1, 3, H, W), ["unicorn"])
    with pytest.raises(ValueError, match="frames"):
        read(net, torch.rand(3, H, W))
    with pytest.raises(ValueError, match="0 to 1"):
        read(net, 255.0 * torch.rand(1, 3, H, W))


def test_bytes_other_sizes_and_long_clips_are_fitted() -> None:
    video = torch.arange(49, dtype=torch.uint8)[:, None, None, None].expand(49, 3, 128, 224)
    small = fitted(video)
    assert small.shape == (FRAMES, 3, H, W)
    torch.testing.assert_close(small[:, 0, 0, 0] * 255.0, torch.arange(0.0, 49.0, 2.0))


def test_a_shift_is_where_the_correlation_peaks() -> None:
    torch.manual_seed(0)
    first = torch.randn(1, 8, 12, 20)
    second = first.roll((2, -1), (2, 3))
    best = correlate(first, second)[0, :, 4:-4, 4:-4].argmax(0)
    side = 2 * REACH + 1
    assert torch.unique(best).tolist() == [(REACH + 2) * side + (REACH - 1)]


def test_following_every_second_cell_gives_the_same_matches() -> None:
    torch.manual_seed(0)
    first, second = torch.randn(2, 4, 8, 12), torch.randn(2, 4, 8, 12)
    torch.testing.assert_close(correlate(first, second, 2, 2), correlate(first, second, 2)[..., ::2, ::2])
    # A cell matches what lies beyond the frame with 0, and the displacements are told in the same order.
    assert float(correlate(first, second, 2)[0, 0, 0, 0]) == 0.0
    assert steps_of(2, torch.device("cpu"))[[0, 1, 12]].tolist() == [[-2.0, -2.0], [-1.0, -2.0], [0.0, 0.0]]


def test_the_middle_of_a_block_and_its_spread() -> None:
    weight = torch.zeros(16, 28)
    weight[4:8, 7:21] = 1.0 / (4 * 14)
    middle, spread = moments(weight)
    torch.testing.assert_close(middle, torch.tensor([0.0, -0.25]))
    # A uniform block of width w deviates by w / sqrt(12).
    torch.testing.assert_close(spread, torch.tensor([1.0, 0.5]) / 12**0.5, rtol=0.05, atol=0.0)


def test_a_close_up_shows_what_is_in_the_box() -> None:
    maps = torch.zeros(1, 1, 16, 28)
    maps[..., 8:, 14:] = 1.0
    corner = torch.tensor([[[0.05, 0.05, 0.95, 0.95], [-0.95, -0.95, -0.05, -0.05]]])
    cut = close_up(maps, corner, 4)
    assert float(cut[0, 0].min()) == 1.0
    assert float(cut[0, 1].max()) == 0.0


def test_a_close_up_is_a_square_of_pixels_that_holds_the_subject() -> None:
    weight = torch.zeros(1, 1, 16, 28)
    weight[..., 4:8, 7:13] = 1.0 / (4 * 6)
    x0, y0, x1, y1 = boxes_around(weight)[0, 0].tolist()
    assert (x1 - x0) * W == pytest.approx((y1 - y0) * H)
    assert x0 < 7 * 2 / 28 - 1 < 13 * 2 / 28 - 1 < x1
    # In a clip the size changes slowly: one frame that is all noise does not shrink or blow up the close-up.
    clip = weight.repeat(5, 1, 1, 1)
    clip[2] = 1.0 / (16 * 28)
    sides = boxes_around(clip, 5)[:, 0, 2] - boxes_around(clip, 5)[:, 0, 0]
    assert float(sides[2]) < 0.8 * float(boxes_around(clip[2:3])[0, 0, 2] - boxes_around(clip[2:3])[0, 0, 0])


def test_a_way_is_measured_against_the_scenery() -> None:
    weight = torch.zeros(1, 9, 1, 16, 28)
    for frame in range(9):
        weight[0, frame, 0, 8, 4 + 2 * frame] = 1.0
    drift = torch.tensor([2.0, 0.0]).expand(1, 9, 2)
    gone = _gone(weight, drift)[0, 4, 0]
    # Two cells a frame to the right in the picture; nothing against scenery that drifts alike.
    assert gone.tolist() == pytest.approx([24 * 4 / 28, 0.0, 6 * 32 / 28, 0.0, 0.0, 0.0, 0.0, 0.0], abs=1e-4)
    assert _gone(weight, -drift)[0, 4, 0, 6] > 1.9 * gone[2]


def test_clips_together_are_answered_as_they_are_alone() -> None:
    net = tiny()
    torch.manual_seed(1)
    video = torch.rand(2, 4, 3, H, W)
    both = answered(net, video, torch.tensor([[3, -1], [5, 0]]))
    alone = answered(net, video[1:], torch.tensor([[5, 0]]))
    for one, other in ((both.present_BS, alone.present_BS), (both.colours_BQK, alone.colours_BQK)):
        torch.testing.assert_close(one[1:], other, rtol=1e-4, atol=1e-4)
    assert both.actions_BQFK is not None
    assert alone.actions_BQFK is not None
    torch.testing.assert_close(both.actions_BQFK[1:], alone.actions_BQFK, rtol=1e-4, atol=1e-4)
    # Nobody asked about in a second place changes nothing about the first clip.
    first = answered(net, video[:1], torch.tensor([[3]]))
    torch.testing.assert_close(both.present_BS[:1], first.present_BS, rtol=1e-4, atol=1e-4)


def test_a_close_look_is_weighed_with_what_the_eye_says() -> None:
    net = tiny()
    who = torch.full((1, 1, NOBODY + 1), -5.0)
    who[..., 4] = 5.0
    sure, unsure = (float(odds_of(who, torch.tensor([[n]]))) for n in (4, 7))
    assert sure > 5.0
    assert unsure < -9.0
    assert float(net.judged(torch.tensor(1.0), torch.tensor(3.0)).detach()) == pytest.approx(2.0)


def test_a_subject_is_sought_where_its_cells_are() -> None:
    logits = torch.zeros(1, NOBODY + 1, 16, 28)
    logits[:, NOBODY] = 8.0
    fox = list(SUBJECTS).index("fox")
    logits[0, :, 3, 5] = 0.0
    logits[0, fox, 3, 5] = 12.0
    weight = places(logits, torch.tensor([[fox]]))
    assert float(weight[0, 0, 3, 5]) > 0.9
    torch.testing.assert_close(weight.sum((-1, -2)), torch.ones(1, 1))


def test_a_print_is_that_of_its_box_only() -> None:
    torch.manual_seed(1)
    net = Likeness(8).eval()
    # Light is the mean of the frame, so what is swapped outside of the box keeps the mean.
    picture = torch.rand(1, 3, H, W)
    other = picture.clone()
    other[..., 64:] = picture[..., 64:].flip(-1)
    box = torch.tensor([[0.1, 0.2, 0.3, 0.6]])
    torch.testing.assert_close(prints(net, picture, box), prints(net, other, box))
    moved = prints(net, picture, box + 0.3) - prints(net, picture, box)
    assert float(moved.detach().abs().max()) > 1e-4


def test_boxes_become_squares_of_pixels() -> None:
    around = square_of(torch.tensor([[0.25, 0.25, 0.75, 0.75]]), 50, 100)[0]
    size = (around[2:] - around[:2]) * 0.5 * torch.tensor([100.0, 50.0])
    assert float(size[0]) == pytest.approx(float(size[1]))
    assert float(size[0]) == pytest.approx(50.0 * 1.16)
    assert SIDE == 32


def test_a_reader_is_kept_and_loaded_and_a_changed_one_refused(tmp_path: Path) -> None:
    net = tiny()
    path = tmp_path / "reader.json"
    save_reader(net, checkpoint.Card(KIND, config_of(net)), path)
    again = load_reader(path)
    picture = torch.rand(1, 3, H, W)
    assert again.params == net.params
    for name, value in again.state_dict().items():
        torch.testing.assert_close(value, net.state_dict()[name], rtol=1e-3, atol=1e-3)
    assert read(again, picture).words["time"] == pytest.approx(read(net, picture).words["time"], abs=0.02)
    (shard,) = tmp_path.glob("*.safetensors")
    content = bytearray(shard.read_bytes())
    content[-5] ^= 1
    shard.write_bytes(bytes(content))
    load_reader.cache_clear()
    with pytest.raises(checkpoint.WeightsDiffer):
        load_reader(path)


def test_the_colours_are_those_of_the_world() -> None:
    reading = read(tiny(), torch.from_numpy(np.zeros((1, 3, H, W), np.float32)), ["cat"])
    assert set(reading.colours["cat"]) == set(COLOURS)
