"""What the reader learns from: scenes that share their lead, mirrored answers, spoilt pictures, losses, training."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from models.reader import Reader, ReaderParams, load_reader
from models.reader_album import Album
from models.reader_cache import (
    OutOfTime,
    Rendering,
    Shots,
    act_at,
    fill,
    folder_of,
    joined,
    kept_numbers,
    lead_elsewhere,
    render_shots,
    scene_of,
    shard,
)
from models.reader_eye import NOBODY
from models.reader_lessons import (
    MOVE,
    UNCLEAR,
    _suspect,
    _who_is_there,
    alike_loss,
    clip_loss,
    eye_loss,
    masked_entropy,
    of_clips,
    picture_loss,
    shares,
)
from models.reader_marks import calibration_gap, half_width, marks
from models.reader_smear import _blurred, _resized, low_pass, smeared
from models.train_reader import ReaderRecipe, Shelf, Training, learn, pace, train
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


def test_every_clip_is_spoilt_by_its_own_chance_and_some_are_not(shots: Shots) -> None:
    video = of_clips(shots).video_BFCHW[:, :1].repeat(30, 1, 1, 1, 1)
    spoilt = smeared(video, np.random.default_rng(1))
    alike = torch.tensor([torch.equal(a, b) for a, b in zip(video, spoilt, strict=True)])
    assert 0.1 < float(alike.float().mean()) < 0.45
    assert len({float(one.sum()) for one in spoilt[::4]}) > 15


def test_resizing_and_blur_keep_what_is_flat_and_take_what_is_fine() -> None:
    flat = torch.full((3, 2, 3, 64, 112), 0.3)
    fine = flat + 0.2 * (1.0 - 2.0 * (torch.arange(112) % 2))
    for spoil in (_resized, _blurred):
        torch.testing.assert_close(spoil(flat, np.random.default_rng(0)), flat)
        left = (spoil(fine, np.random.default_rng(0)) - flat).abs().mean((1, 2, 3, 4))
        assert bool((left < 0.18).all())
        assert len(set(left.tolist())) == 3


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
        parts = clip_loss(net, batch, bool(step % 2), np.random.default_rng(step))
        total = torch.stack(list(parts.values())).sum()
        optimiser.zero_grad()
        total.backward()
        optimiser.step()
        totals.append(float(total.detach()))
    assert totals[-1] < 0.6 * totals[0]
    parts, seen = eye_loss(net.eval(), of_clips(shots))
    assert float(parts["time"].detach()) < 0.6
    assert seen.subject_NShw.shape == (16, 29, 16, 28)


def test_the_way_of_half_precision_is_open(shots: Shots) -> None:
    torch.manual_seed(0)
    net, batch = Reader(ReaderParams.tiny()), of_clips(shots)
    for lesson in (clip_loss, picture_loss):
        with torch.autocast("cpu", torch.bfloat16):
            half = lesson(net, batch, False, np.random.default_rng(0))
        full = lesson(net, batch, False, np.random.default_rng(0))
        assert {part.dtype for part in half.values()} == {torch.float32}
        for name in full:
            assert float(half[name].detach()) == pytest.approx(float(full[name].detach()), rel=0.1, abs=0.1)
        net.zero_grad()
        torch.stack(list(half.values())).sum().backward()
        assert all(bool(p.grad.isfinite().all()) for p in net.parameters() if p.grad is not None)


def test_where_nothing_is_asked_nothing_is_learnt() -> None:
    logits = torch.tensor([[[2.0, 0.0], [0.0, 5.0]]], requires_grad=True)
    asked = torch.tensor([[True, False]])
    one = masked_entropy(logits, torch.tensor([[0, 0]]), asked)
    assert float(one.detach()) == pytest.approx(float(np.log1p(np.exp(-2.0))), rel=1e-5)
    assert float(masked_entropy(logits, torch.tensor([[-1, -1]]), torch.zeros_like(asked)).detach()) == 0.0


def test_who_is_looked_at_is_who_is_truly_there() -> None:
    cover = torch.zeros(1, 2, 16, 28)
    cover[0, 0, 2:5, 2:5] = 1.0
    cover[0, 1, 10:13, 20:23] = 1.0
    subjects = torch.tensor([[6, 9]])
    half = 0.25 * (cover[:, 0] + cover[:, 1].roll(-9, -1)) / 9.0 + 0.5 * cover[:, 1].roll(5, -1) / 9.0
    nowhere = torch.zeros(1, 16, 28)
    nowhere[0, 8, 3] = 1.0
    weight = torch.stack([cover[0, 1] / 9.0, nowhere[0], half[0]])[None]
    assert _who_is_there(weight, cover, subjects).tolist() == [[9, NOBODY, UNCLEAR]]
    present = torch.zeros(1, NOBODY)
    present[0, [6, 9, 3]] = torch.tensor([9.0, 8.0, 7.0])
    assert _suspect(present, torch.tensor([[6, 9, -1]])).tolist() == [[3]]


def test_some_actors_can_be_asked_about_alone(shots: Shots) -> None:
    batch = of_clips(shots)
    cast = batch.starring(torch.tensor([[0], [0], [1], [0]]))
    assert cast.subjects_BK[2, 0] == batch.subjects_BK[2, 1]
    assert torch.equal(cast.cover_BFKhw[2, :, 0], batch.cover_BFKhw[2, :, 1])
    assert torch.equal(cast.actions_BFK[0, :, 0], batch.actions_BFK[0, :, 0])
    assert cast.video_BFCHW is batch.video_BFCHW


def test_the_album_finds_pairs_and_a_step_moves_the_weights(shots: Shots) -> None:
    album = Album([shots])
    rng = np.random.default_rng(0)
    figures = album.figures(4, rng)
    assert torch.equal(figures.subjects_BK[::2, 0], figures.subjects_BK[1::2, 0])
    assert album.pictures(3, rng).video_BFCHW.shape == (3, 1, 3, 64, 112)
    torch.manual_seed(0)
    net = Reader(ReaderParams.tiny())
    before = {name: value.clone() for name, value in net.named_parameters()}
    optimiser = torch.optim.AdamW(net.parameters())
    recipe = ReaderRecipe(pictures=4, clips=2, figures=2)
    said = [learn(net, optimiser, album, recipe, 0.5, rng, step) for step in (0, 1)]
    assert {"camera", "action", "who"} <= said[0].keys()
    assert "likeness" in said[1]
    moved = [name for name, value in net.named_parameters() if not torch.equal(value, before[name])]
    assert len(moved) > 0.9 * len(before)


def test_the_album_shows_what_was_rendered_and_grows_into_its_room(shots: Shots) -> None:
    album = Album([shots], room=9)
    plain = of_clips(shots)
    clips = np.array([3, 1])
    torch.testing.assert_close(album.pick(clips).video_BFCHW, plain.video_BFCHW[[3, 1]])
    one = album.pick(clips, np.array([2, 0]), mirrored=True)
    torch.testing.assert_close(one.video_BFCHW[0, 0].flip(-1), plain.video_BFCHW[3, 2])
    torch.testing.assert_close(one.cover_BFKhw[1, 0].flip(-1), plain.cover_BFKhw[1, 0])
    assert one.words_BW.shape == plain.words_BW[:2].shape
    album.add([shots, shots])
    assert len(album) == 8
    torch.testing.assert_close(album.pick(np.array([7])).video_BFCHW, plain.video_BFCHW[3:])
    assert sorted(album.clips(8, np.random.default_rng(0)).words_BW[:, 0].tolist()) == sorted(
        2 * plain.words_BW[:, 0].tolist()
    )


def test_an_album_without_clips_is_refused() -> None:
    with pytest.raises(ValueError, match="reader_cache"):
        Album([])


def test_a_shard_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    with pytest.raises(OutOfTime):
        shard(0, "train", folder_of(tmp_path), until=0.0)
    assert fill(Rendering(100, 50, until=0.0, state=tmp_path)) == 0
    assert not list(tmp_path.rglob("*.np*"))
    assert kept_numbers("train", 100, tmp_path) == []
    assert Rendering(120, 60).wanted() == [("test", 0), ("test", 1), ("train", 0), ("train", 1), ("train", 2)]


def kept_shard(shots: Shots, state: Path, number: int) -> None:
    """A shard as rendering leaves it."""
    path = folder_of(state) / f"train-{number:03d}.npz"
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path.with_suffix(".npy"), shots.video)
    np.savez(path, **{name: value for name, value in vars(shots).items() if name != "video"})


def test_a_training_goes_on_where_it_stopped_and_finds_new_clips(shots: Shots, tmp_path: Path) -> None:
    kept_shard(shots, tmp_path, 0)
    recipe = ReaderRecipe(pictures=4, clips=2, figures=2, most_clips=100, clips_at_first=1)
    whole = Training(recipe, tmp_path / "state.pt", params=ReaderParams.tiny())
    shelf = Shelf(recipe, tmp_path, whole.device, [])
    train(whole, 0.01, shelf)
    steps = whole.done.step
    assert steps > 0
    again = Training(recipe, tmp_path / "state.pt", params=ReaderParams.tiny())
    assert again.done == whole.done
    for name, value in again.net.state_dict().items():
        assert torch.equal(value, whole.net.state_dict()[name])
        assert torch.equal(again.average[name], whole.average[name])
    rng = (np.random.default_rng(4), np.random.default_rng(4))
    for training, dice in zip((whole, again), rng, strict=True):
        learn(training.net, training.optimiser, shelf.album, recipe, 0.5, dice, 1)
    for name, value in again.net.state_dict().items():
        torch.testing.assert_close(value, whole.net.state_dict()[name])
    other = Training(replace(recipe, seed=46), tmp_path / "state.pt", params=ReaderParams.tiny())
    assert other.done.step == 0
    kept_shard(joined([shots, shots]), tmp_path, 1)
    shelf.refresh()
    assert len(shelf.album) == 12
    shelf.refresh()
    assert len(shelf.album) == 12
    assert whole.averaged().training is False


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_a_step_on_a_gpu(shots: Shots, tmp_path: Path) -> None:
    recipe = ReaderRecipe(pictures=4, clips=2, figures=2)
    training = Training(recipe, tmp_path / "state.pt", "cuda", ReaderParams.tiny())
    album = Album([shots], "cuda")
    for step in (0, 1):
        parts = learn(training.net, training.optimiser, album, recipe, 0.5, np.random.default_rng(step), step)
        training.follow()
        assert all(bool(part.isfinite()) for part in parts.values())
    training.keep()
    assert marks(training.averaged(), [shots])["clips"]


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
