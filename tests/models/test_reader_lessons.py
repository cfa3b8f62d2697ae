"""What the reader learns from: scenes that share their lead, mirrored answers, spoilt pictures, losses, training."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from models.reader import Reader, ReaderParams, load_reader
from models.reader_cache import Shots, act_at, lead_elsewhere, render_shots, scene_of
from models.reader_lessons import MOVE, alike_loss, clip_loss, eye_loss, of_clips, shares
from models.reader_marks import calibration_gap, half_width, marks
from models.reader_smear import low_pass, smeared
from models.train_reader import Album, ReaderRecipe, learn, pace
from models.world.sample import held_out, sample_scene
from models.world.scene import Act, Actor, Camera, Scene
from models.world.vocabulary import ACTIONS, CAMERA_MOVES

WALK = (Act("walk", 0.0, 4.0, "right"),)


@pytest.fixture(scope="module")
def shots() -> Shots:
    """Four small clips; the first two share a fox, the others a black cat."""
    fox = Actor("fox", "orange", "large", identity=4, acts=WALK, side="left")
    scenes = [
        Scene((fox,), "meadow", camera=Camera("pan left"), duration_s=4.1),
        Scene((replace(fox, side="right"),), "beach", "dusk", duration_s=4.1),
        Scene((Actor("cat", "black", "large"), Actor("cat", "white", side="left")), "room", duration_s=4.1),
        Scene((Actor("cat", "black", "large"),), "desert", "night", duration_s=4.1),
    ]
    return render_shots(scenes, 4)


def test_a_lead_is_found_again_elsewhere() -> None:
    for seed in range(3):
        here = sample_scene(5_000_100 + 2 * seed)
        if not here.actors:
            continue
        there = lead_elsewhere(here, 40 + seed)
        a, b = here.actors[0], there.actors[0]
        assert (a.subject, a.colour, a.size, a.accessories, a.identity) == (
            b.subject, b.colour, b.size, b.accessories, b.identity,
        )  # fmt: skip
        assert here.seed != there.seed
        assert not held_out(there)


def test_clips_come_in_pairs_and_keep_their_split() -> None:
    assert scene_of(8, "train").actors[0].identity == scene_of(9, "train").actors[0].identity
    assert not held_out(scene_of(9, "train"))
    assert held_out(scene_of(2, "test"))


def test_what_is_done_at_a_time() -> None:
    acts = (Act("walk", 0.0, 2.0), Act("jump", 2.0, 3.0))
    assert [act.action if (act := act_at(acts, t)) else "" for t in (0.0, 1.9, 2.0, 3.5)] == [
        "walk", "walk", "jump", "jump",
    ]  # fmt: skip
    assert act_at((), 1.0) is None


def test_a_mirror_swaps_left_and_right_in_the_words_too(shots: Shots) -> None:
    plain, mirrored = of_clips(shots), of_clips(shots, mirrored=True)
    assert CAMERA_MOVES[int(plain.words_BW[0, MOVE])] == "pan left"
    assert CAMERA_MOVES[int(mirrored.words_BW[0, MOVE])] == "pan right"
    assert set(plain.ways_BFK[0, :, 0].tolist()) == {2}
    assert set(mirrored.ways_BFK[0, :, 0].tolist()) == {1}
    torch.testing.assert_close(mirrored.video_BFCHW.flip(-1), plain.video_BFCHW)
    boxes = plain.boxes_BFK4[0, 0, 0]
    assert mirrored.boxes_BFK4[0, 0, 0].tolist() == pytest.approx(
        [1 - float(boxes[2]), float(boxes[1]), 1 - float(boxes[0]), float(boxes[3])]
    )
    again = of_clips(shots, mirrored=True).words_BW
    assert torch.equal(again[:, :MOVE], plain.words_BW[:, :MOVE])


def test_the_answers_are_those_of_the_scene(shots: Shots) -> None:
    batch = of_clips(shots)
    assert ACTIONS[int(batch.actions_BFK[0, 0, 0])] == "walk"
    assert batch.seen_BFK[0, :, 0].all()
    # Two cats: a question about "the cat" is not clear.
    assert not batch.alone_BK[2].any()
    assert batch.alone_BK[0].tolist() == [True, False, False]
    # The mask lies in the box.
    weight = shares(batch.cover_BFKhw)[0, 0, 0]
    x = float((weight.sum(0) * (torch.arange(28) + 0.5) / 28).sum())
    x0, _, x1, _ = batch.boxes_BFK4[0, 0, 0].tolist()
    assert x0 < x < x1


def test_spoiling_keeps_shape_range_and_most_of_the_picture(shots: Shots) -> None:
    video = of_clips(shots).video_BFCHW
    one, two = smeared(video, np.random.default_rng(5)), smeared(video, np.random.default_rng(5))
    assert torch.equal(one, two)
    assert one.shape == video.shape
    assert 0.0 <= float(one.min()) <= float(one.max()) <= 1.0
    assert 0.002 < float((one - video).abs().mean()) < 0.08


def test_low_pass_is_a_projection_that_keeps_what_is_flat() -> None:
    for keep in (2, 5, 15):
        project = low_pass(keep)
        torch.testing.assert_close(project @ project, project, atol=1e-5, rtol=0.0)
        torch.testing.assert_close(project @ torch.ones(64), torch.ones(64))
    torch.testing.assert_close(low_pass(15), torch.eye(64), atol=1e-5, rtol=0.0)


def test_alike_is_cheap_only_for_the_right_pairs() -> None:
    prints = torch.nn.functional.normalize(torch.eye(4).repeat_interleave(2, 0), dim=1)
    seen, warmth = torch.ones(8, dtype=torch.bool), torch.tensor(3.0)
    right = float(alike_loss(prints, warmth, seen))
    wrong = float(alike_loss(prints.roll(1, 0), warmth, seen))
    assert right < 0.01 < 1.0 < wrong
    assert float(alike_loss(prints, warmth, torch.zeros(8, dtype=torch.bool))) == 0.0


def test_a_tiny_reader_learns_the_four_clips(shots: Shots) -> None:
    torch.manual_seed(0)
    net = Reader(ReaderParams.tiny())
    batch = of_clips(shots)
    optimiser = torch.optim.AdamW(net.parameters(), lr=8e-3)
    totals = []
    for step in range(30):
        parts = clip_loss(net, batch, told=bool(step % 2))
        total = torch.stack(list(parts.values())).sum()
        optimiser.zero_grad()
        total.backward()
        optimiser.step()
        totals.append(float(total.detach()))
    assert totals[-1] < 0.6 * totals[0]
    parts, seen = eye_loss(net.eval(), of_clips(shots))
    assert float(parts["time"].detach()) < 0.6
    assert seen.subject_NShw.shape == (16, 29, 16, 28)


def test_the_album_finds_pairs_and_a_step_moves_the_weights(shots: Shots) -> None:
    album = Album([shots])
    rng = np.random.default_rng(0)
    figures = album.figures(4, rng)
    assert np.array_equal(figures.subjects[::2, 0], figures.subjects[1::2, 0])
    assert len(album.pictures(3, rng)) == 3
    torch.manual_seed(0)
    net = Reader(ReaderParams.tiny())
    before = {name: value.clone() for name, value in net.named_parameters()}
    optimiser = torch.optim.AdamW(net.parameters())
    recipe = ReaderRecipe(pictures=4, clips=2, figures=2)
    said = [learn(net, optimiser, album, recipe, 0.5, rng, step) for step in (0, 1)]
    assert {"camera", "action"} <= said[0].keys()
    assert "likeness" in said[1]
    moved = [name for name, value in net.named_parameters() if not torch.equal(value, before[name])]
    assert len(moved) > 0.9 * len(before)


def test_an_album_without_clips_is_refused() -> None:
    with pytest.raises(ValueError, match="reader_cache"):
        Album([])


def test_the_pace_rises_and_falls() -> None:
    assert pace(0.0) < 0.01
    assert pace(0.02) > 0.95
    assert pace(1.0) < 0.01


def test_marks_have_known_values(shots: Shots) -> None:
    assert calibration_gap([(True, 0.95), (True, 0.95)]) == pytest.approx(0.05)
    assert calibration_gap([(True, 0.75), (False, 0.75)]) == pytest.approx(0.25)
    # Two values that always agree are as good as one.
    alone = half_width([0.0, 1.0, 0.0, 1.0], [0, 1, 2, 3])
    assert half_width([0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0], [0, 0, 1, 1, 2, 2, 3, 3]) == pytest.approx(alone)
    torch.manual_seed(0)
    told = marks(Reader(ReaderParams.tiny()).eval(), [shots])
    assert set(told["clips"]) == {"setting", "time", "weather", "style", "framing", "camera", "subject", "colour",
                                  "action", "way"}  # fmt: skip
    assert all(0.0 <= share <= 1.0 for share in told["clips"].values())


def test_the_shipped_reader_reads_a_plain_scene() -> None:
    fox = Actor("fox", "orange", "large", acts=WALK, side="left")
    scene = Scene((fox,), "underwater", camera=Camera("static", "medium"), duration_s=4.1)
    from models.reader import read

    reading = read(load_reader(), torch.from_numpy(render_shots([scene], 13).video[0]), ["fox"])
    assert max(reading.words["setting"], key=reading.words["setting"].__getitem__) == "underwater"
