"""The judge's parts against known answers, and the whole of it learning a small lesson."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F  # noqa: N812

from models import checkpoint
from models.judge import answers
from models.judge.clips import SHAPES, Clips, film_clip, scene_of
from models.judge.close import LEAST_PX, PLACE, ROOM, around, places_of
from models.judge.eye import drift_of
from models.judge.lessons import Lesson, Queue, drift_loss, lesson_of, picture_loss, steps_of, track_loss
from models.judge.network import KIND, Sight, config_of, load_sight, save_sight
from models.judge.reading import read_by
from models.judge.shapes import AREA, NOBODY, QUESTIONS, JudgeParams, looked_at, moments_of
from models.judge.train import STAGES, Recipe, Run, stage_at, train
from models.judge.watch import Somebody, Stretch, Watched, cheapest, link, peaks_of, watch
from models.world.vocabulary import ACTIONS, CAMERA_MOVES, COLOURS, SUBJECTS


def tiny() -> Sight:
    torch.manual_seed(3)
    return Sight(JudgeParams.tiny()).eval()


@pytest.fixture(scope="module")
def clips() -> Clips:
    rows = [film_clip(scene_of(number, "held"), 64, 112) for number in range(4)]
    return Clips(**{name: np.stack([row[name] for row in rows]) for name in rows[0]})


def test_frames_are_scaled_to_one_area_in_their_own_shape() -> None:
    for height, width in ((720, 1280), (1280, 720), (500, 500), (144, 176)):
        high, wide = looked_at(height, width)
        assert high % 16 == wide % 16 == 0
        assert 0.8 < high * wide / AREA < 1.25
        assert abs(high / wide / (height / width) - 1) < 0.1
    with pytest.raises(ValueError, match="cannot be judged"):
        looked_at(10, 1000)


def test_moments_are_spread_from_the_first_frame_to_the_last() -> None:
    moments = moments_of(4.0, 24.0, 96)
    assert moments[0].tolist() == [0, 3]
    assert moments[-1].tolist() == [92, 95]
    assert len(moments) == 13
    assert moments_of(1 / 24, 24.0, 1).tolist() == [[0, 0]]


def test_the_drift_of_a_shift_is_its_mean_and_of_a_zoom_its_growth() -> None:
    trust = torch.ones(1, 1, 8, 12)
    shift = torch.stack([torch.full((8, 12), 1.5), torch.full((8, 12), -0.5)])[None]
    told = drift_of(shift, trust)[0]
    torch.testing.assert_close(told[:6], torch.tensor([1.5, -0.5, 0.0, 0.0, 0.0, 0.0]), atol=1e-5, rtol=0)
    y, x = torch.meshgrid(torch.linspace(-1, 1, 8), torch.linspace(-1, 1, 12), indexing="ij")
    grown = drift_of(torch.stack([0.5 * x, 0.5 * y])[None], trust)[0]
    assert float(grown[4]) == pytest.approx(0.5, abs=0.01)
    turned = drift_of(torch.stack([-0.3 * y, 0.3 * x])[None], trust)[0]
    assert float(turned[5]) == pytest.approx(0.3, abs=0.01)


def test_a_close_up_is_a_square_of_pixels_with_room_around() -> None:
    box = around(torch.tensor([[[0.25, 0.4, 0.75, 0.6]]]), 100, 200)
    size = (box[0, 0, 2:] - box[0, 0, :2]) * torch.tensor([100.0, 50.0])
    torch.testing.assert_close(size, torch.full((2,), ROOM * 100.0))
    small = around(torch.tensor([[[0.5, 0.5, 0.51, 0.51]]]), 100, 200)
    assert float((small[0, 0, 2] - small[0, 0, 0]) * 100.0) == pytest.approx(LEAST_PX)


def test_who_stands_in_the_world_while_the_camera_pans_is_told_so() -> None:
    """A still figure and a pan to the right look like a figure going left; against the scenery it does not go."""
    moments, gap = 13, 0.25
    aspect = 192 / 112
    drift = torch.zeros(1, moments, 8)
    drift[..., 0] = -0.5
    # 0.5 cells of 8 pixels within a moment of 0.125 s, of 192 pixels.
    rate = -0.5 * 8 / 192 / 0.125
    x = 0.9 + rate * gap * torch.arange(moments)
    boxes = torch.stack([x - 0.05, torch.full_like(x, 0.4), x + 0.05, torch.full_like(x, 0.6)], -1)[None, :, None]
    there = torch.ones(1, moments, 1, dtype=torch.bool)
    places = places_of(boxes, there, drift, torch.tensor([gap]), aspect)
    assert places.shape == (1, moments, 1, PLACE)
    inside = places[0, 3:-3, 0]
    assert float(inside[:, 6].mean()) < -0.25
    assert float(inside[:, 10].abs().mean()) < 0.01


def test_each_is_told_where_the_nearest_other_is() -> None:
    boxes = torch.tensor([[0.1, 0.4, 0.2, 0.6], [0.4, 0.4, 0.5, 0.6], [0.9, 0.4, 1.0, 0.6]])[None, None]
    there = torch.tensor([[[True, True, False]]])
    places = places_of(boxes, there, torch.zeros(1, 1, 8), torch.tensor([0.3]), 1.7)[0, 0]
    torch.testing.assert_close(places[0, -2:], torch.tensor([0.3, 0.0]))
    torch.testing.assert_close(places[1, -2:], torch.tensor([-0.3, 0.0]))


def test_middles_become_boxes_and_doubles_are_dropped() -> None:
    centre = torch.zeros(1, 12, 20)
    centre[0, 6, 10], centre[0, 6, 3] = 0.9, 0.6
    edges = torch.full((1, 4, 12, 20), 0.1)
    boxes, score = peaks_of(centre, edges)
    assert sorted(round(v, 2) for v in score[0].tolist() if v > 0) == [0.6, 0.9]
    torch.testing.assert_close(boxes[0, 0], torch.tensor([0.425, 0.441667, 0.625, 0.641667]), atol=1e-4, rtol=0)
    centre[0, 6, 3], centre[0, 9, 10] = 0.0, 0.5
    edges[0, :, 6, 10] = torch.tensor([0.1, 0.4, 0.1, 0.5])
    edges[0, :, 9, 10] = torch.tensor([0.1, 0.65, 0.1, 0.25])
    _, score = peaks_of(centre, edges)
    assert [round(v, 2) for v in score[0].tolist() if v > 0] == [0.9]


def test_two_who_cross_are_followed_by_what_they_are() -> None:
    moments = 9
    x = torch.linspace(0.2, 0.8, moments)
    boxes = torch.stack([torch.stack([c - 0.05, torch.full_like(c, 0.4), c + 0.05, torch.full_like(c, 0.6)], -1)
                         for c in (x, x.flip(0))], 1)  # fmt: skip
    score = torch.ones(moments, 2)
    who = torch.full((moments, 2, NOBODY + 1), -9.0)
    who[:, 0, 3], who[:, 1, 7] = -0.01, -0.01
    # The detector gives them in any order.
    boxes[4:], who[4:] = boxes[4:].flip(1), who[4:].flip(1)
    chains = link(boxes, score, who)
    assert [len(chain) for chain in chains] == [moments, moments]
    for chain in chains:
        assert len({int(who[m, q].argmax()) for m, q in chain}) == 1


def test_the_cheapest_pairing_is_not_the_greedy_one() -> None:
    costs = np.array([[0.1, 0.2], [0.15, 0.9]])
    assert sorted(cheapest(costs, 0.9)) == [(0, 1), (1, 0)]
    assert cheapest(np.array([[0.95]]), 0.9) == []


def a_fox(x: float = 0.5, moments: int = 5, tint: str = "orange", verb: str = "run", way: str = "left") -> Somebody:
    def sure(count: int, place: int) -> torch.Tensor:
        return torch.full((count,), -8.0).index_fill_(0, torch.tensor([place]), 0.0).log_softmax(-1)

    box = torch.tensor([x - 0.1, 0.4, x + 0.1, 0.6])
    ways = ("", "left", "right", "up", "down")
    return Somebody(
        box.expand(moments, 4), torch.ones(moments, dtype=torch.bool), torch.ones(moments),
        sure(NOBODY + 1, list(SUBJECTS).index("fox")), sure(len(COLOURS), list(COLOURS).index(tint)),
        sure(len(ACTIONS), ACTIONS.index(verb)).expand(moments, -1), sure(5, ways.index(way)).expand(moments, -1),
        F.normalize(torch.ones(8), dim=0),
    )  # fmt: skip


def watched(*people: Somebody, moments: int = 5) -> Watched:
    words = {name: torch.zeros(moments, len(said)).log_softmax(-1) for name, said in QUESTIONS.items()}
    moves = torch.zeros(len(CAMERA_MOVES)).log_softmax(-1)
    return Watched((Stretch(torch.arange(moments) * 10, words, moves, people),), 24.0, 10 * moments)


def test_questions_about_a_subject_are_answered_by_whoever_is_like_it() -> None:
    seen = watched(a_fox())
    assert answers.subject(seen, "fox").features[0] > 1 > -1 > answers.subject(seen, "owl").features[0]
    assert answers.subject(seen, "owl").found == "fox"
    assert answers.colour(seen, "fox", "orange").features[0] > 0 > answers.colour(seen, "fox", "blue").features[0]
    assert answers.colour(seen, "fox", "blue").found == "orange"
    assert answers.action(seen, "fox", "run").features[0] > 0 > answers.action(seen, "fox", "sleep").features[0]
    left, right = (answers.direction(seen, "fox", way).features[0] for way in ("left", "right"))
    assert left == pytest.approx(-right)
    assert left > 2
    assert answers.subject(seen, "fox").box == (0.4, 0.4, 0.6, 0.6)


def test_without_anybody_nothing_is_known_but_that() -> None:
    seen = watched()
    assert not answers.colour(seen, "fox", "orange").known
    assert answers.subject(seen, "fox").features[0] == answers.NOT_SEEN
    assert answers.subject(seen, "fox").found == "nobody"


def test_an_act_is_looked_for_when_it_is_planned() -> None:
    who = a_fox(moments=10)
    deeds = who.deeds_MK.clone()
    deeds[5:] = (
        torch.full((len(ACTIONS),), -8.0).index_fill_(0, torch.tensor([ACTIONS.index("sleep")]), 0.0).log_softmax(-1)
    )
    seen = watched(Somebody(**{**vars(who), "deeds_MK": deeds}), moments=10)
    assert answers.action(seen, "fox", "sleep", 0.0, 0.5).features[0] < 0
    assert answers.action(seen, "fox", "sleep", 0.5, 1.0).features[0] > 0
    assert answers.action(seen, "fox", "sleep", 0.5, 1.0).frame in range(50, 100)


def test_sides_and_likeness() -> None:
    other = a_fox(0.8)
    owl = Somebody(**{**vars(other), "who_K": other.who_K.roll(1)})
    kinds = list(SUBJECTS)
    named = kinds[int(owl.who_K[:NOBODY].argmax())]
    seen = watched(a_fox(0.2), owl)
    assert answers.left_of(seen, "fox", named).features[0] > 0 > answers.left_of(seen, named, "fox").features[0]
    again, changed = watched(a_fox()), watched(a_fox(tint="blue"))
    assert answers.same(again, watched(a_fox()), "fox").features[1] > answers.same(changed, again, "fox").features[1]


def test_a_shot_of_any_length_and_shape_can_be_watched() -> None:
    net = tiny()
    for frames, height, width in ((1, 90, 160), (10, 160, 90), (200, 64, 64)):
        film = np.random.default_rng(0).integers(0, 255, (frames, height, width, 3), dtype=np.uint8)
        seen = watch(net, film, 24.0)
        assert len(seen.stretches) == (2 if frames == 200 else 1)
        for stretch in seen.stretches:
            assert int(stretch.frames_M.max()) < frames
            for name, said in QUESTIONS.items():
                torch.testing.assert_close(stretch.words[name].exp().sum(-1), torch.ones(len(stretch.frames_M)))
                assert stretch.words[name].shape[1] == len(said)
        assert len(answers.of_frame(seen, "setting", "forest").features) == 2
    with pytest.raises(ValueError, match="at least one frame"):
        watch(net, np.zeros((0, 64, 64, 3), np.uint8), 24.0)


def test_a_clip_knows_what_its_scene_says(clips: Clips) -> None:
    scene = scene_of(0, "held")
    assert clips.subjects[0, 0] == list(SUBJECTS).index(scene.actors[0].subject)
    assert (clips.subjects[0] >= 0).sum() == len(scene.actors)
    # Pairs share their lead.
    assert clips.subjects[0, 0] == clips.subjects[1, 0]
    assert clips.colours[2, 0] == clips.colours[3, 0]
    assert clips.frames.shape == (4, 13, 3, 64, 112)
    assert clips.later.shape == (4, 13, 3, 32, 56)
    assert len({shape[0] * shape[1] for shape in SHAPES} - {20736}) == 1


def test_mirroring_swaps_left_and_right_in_the_words(clips: Clips) -> None:
    plain = lesson_of(clips)
    mirrored = next(
        lesson for lesson in (lesson_of(clips, np.random.default_rng(n), 0.0) for n in range(20))
        if not torch.equal(lesson.first, plain.first)
    )  # fmt: skip
    torch.testing.assert_close(mirrored.first.flip(-1), plain.first)
    torch.testing.assert_close(mirrored.boxes[..., 0] + plain.boxes[..., 2], torch.ones_like(plain.boxes[..., 0]))
    left, right = plain.ways == 1, plain.ways == 2
    assert torch.equal(mirrored.ways == 2, left)
    assert torch.equal(mirrored.ways == 1, right)


def pictures(clips: Clips) -> Lesson:
    one = {
        name: value[:, 6:7] if value.ndim > 1 and value.shape[1] == 13 else value for name, value in vars(clips).items()
    }
    return lesson_of(Clips(**one))


def test_a_small_network_learns_a_small_lesson(clips: Clips) -> None:
    torch.manual_seed(0)
    net = Sight(JudgeParams.tiny())
    optimiser = torch.optim.AdamW(net.parameters(), 4e-3)
    lesson, losses, queue = pictures(clips), [], Queue()
    for step in range(40):
        parts = picture_loss(net, lesson, np.random.default_rng(step % 4), queue)
        loss = torch.stack(list(parts.values())).sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append({name: float(part.detach()) for name, part in parts.items()})
    for name in ("setting", "cover", "centre", "who", "tint"):
        first, last = (np.mean([row[name] for row in rows]) for rows in (losses[:4], losses[-4:]))
        assert last < 0.8 * first, name


def test_clips_teach_the_drift_and_what_was_seen_of_them_the_tracks(clips: Clips) -> None:
    torch.manual_seed(0)
    net = Sight(JudgeParams.tiny())
    lesson = lesson_of(clips)
    drift_loss(net, lesson)["camera"].backward()
    assert net.drift.move[-1].weight.grad.abs().sum() > 0
    assert net.eye.maps.weight.grad is None
    steps = steps_of(net.eval(), lesson, np.random.default_rng(0))
    optimiser = torch.optim.AdamW(net.tracks.parameters(), 5e-3)
    losses = []
    for _ in range(30):
        loss = torch.stack(list(track_loss(net, steps).values())).sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.6 * losses[0]


def test_stages_share_the_minutes_and_each_begins_anew() -> None:
    assert sum(STAGES.values()) == pytest.approx(1.0)
    assert stage_at(0.0) == ("moments", 0.0)
    assert stage_at(STAGES["moments"])[0] == "figures"
    assert stage_at(0.9999)[0] == "tracks"
    assert stage_at(1.2) == ("tracks", 1.0)


@pytest.fixture
def album(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The state of a critic with four small clips to learn from."""
    import models.judge.clips as rendering

    monkeypatch.setattr(rendering, "SHARD", 4)
    monkeypatch.setattr(rendering, "SHAPES", ((32, 64),))
    monkeypatch.setattr("models.judge.album.SHAPES", ((32, 64),))
    rendering.make_shard("critic", 0, tmp_path)
    return tmp_path


def test_a_run_goes_on_where_it_was_kept(album: Path) -> None:
    recipe = Recipe(pictures=4, clips=2, tracks=4, written=8)
    whole = Run("critic", recipe, JudgeParams.tiny(), album)
    for stage in ("moments", "moments", "drift", "tracks"):
        told = whole.learn(stage, 0.5)
        assert all(np.isfinite(value) for value in told.values())
    first = Run("critic", recipe, JudgeParams.tiny(), album)
    first.learn("moments", 0.5)
    first.learn("moments", 0.5)
    first.keep()
    second = Run("critic", recipe, JudgeParams.tiny(), album)
    second.go_on()
    second.learn("drift", 0.5)
    second.learn("tracks", 0.5)
    for a, b in zip(whole.mean.state_dict().values(), second.mean.state_dict().values(), strict=True):
        torch.testing.assert_close(a, b)
    train(second, 0.002, "moments")
    assert 0.0 < second.stages_s["moments"] == pytest.approx(second.spent_s)
    third = Run("critic", recipe, JudgeParams.tiny(), album)
    third.go_on()
    assert third.stages_s == second.stages_s
    with pytest.raises(ValueError, match="another recipe"):
        Run("critic", Recipe(pictures=6), JudgeParams.tiny(), album).go_on()


def test_weights_are_refused_when_a_byte_is_flipped(tmp_path: Path) -> None:
    net, path = tiny(), tmp_path / "critic.json"
    save_sight(net, checkpoint.Card(KIND, dict(config_of(net))), path)
    loaded, _ = load_sight(path)
    torch.testing.assert_close(loaded.eye.maps.weight, net.eye.maps.weight.half().float())
    load_sight.cache_clear()
    shard = next(tmp_path.glob("*.safetensors"))
    content = bytearray(shard.read_bytes())
    content[-3] ^= 1
    shard.write_bytes(bytes(content))
    with pytest.raises(checkpoint.WeightsDiffer):
        load_sight(path)


def test_a_sight_reads_a_clip_in_the_readers_words() -> None:
    reading = read_by(tiny(), torch.rand(25, 3, 64, 112), ["fox", "owl"], 6.0)
    for spread in (*reading.words.values(), *reading.colours.values(), reading.camera):
        assert sum(spread.values()) == pytest.approx(1.0, abs=1e-4)
    assert reading.actions["fox"].shape == (25, len(ACTIONS))
    torch.testing.assert_close(reading.actions["owl"].sum(-1), torch.ones(25))
    assert set(reading.present) == set(SUBJECTS)
    picture = read_by(tiny(), torch.zeros(1, 3, 64, 112, dtype=torch.uint8), ["fox"])
    assert picture.camera == {}
    with pytest.raises(ValueError, match="unicorn"):
        read_by(tiny(), torch.rand(1, 3, 64, 112), ["unicorn"])


def test_a_run_that_goes_on_in_its_tracks_has_what_was_written_down(
    album: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = Recipe(pictures=4, clips=2, tracks=4, written=8)
    first = Run("critic", recipe, JudgeParams.tiny(), album)
    for stage in ("moments", "moments", "tracks"):
        first.learn(stage, 0.5)
    first.keep()
    second = Run("critic", recipe, JudgeParams.tiny(), album)
    monkeypatch.setattr("models.judge.train.steps_of", None)
    second.go_on()
    assert first.written is not None
    assert second.written is not None
    assert torch.equal(first.written.looks, second.written.looks)
    second.learn("tracks", 0.6)
