"""Every way to ask has the masks that it says, captions and references are left out as often as they should be."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
import torch

from models.conditions import Segment
from models.text import NULL
from models.train.batches import Position, Stream, batch_of, grouped, totals
from models.train.captions import scene_captions, silent
from models.train.recipe import Batching
from models.train.tasks import WAYS, Chance, Habits, Mix, Task, draw_task, task
from models.train.validate import asked
from models.world.caption import captions
from models.world.sample import sample_scene
from tests.models import toy

PLAIN = Habits(no_text=0, spelled=0, no_references=1, no_given=0, bare_motion=0)
WORDS = toy.TOKENIZER.encode("red square first")


def chance(seed: int) -> Chance:
    return Chance(torch.Generator().manual_seed(seed))


def in_way(way: str, seed: int = 0, habits: Habits = PLAIN, stills: bool = False) -> Task:
    (example,) = toy.ToySource(stills=stills).examples([seed])
    return task(example, way, WORDS, habits, chance(seed))


def part(one: Task, role: str) -> Segment:
    (found,) = one.sequence.of(role)
    return found


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("seed", range(12))
def test_something_is_made_and_what_is_given_is_clean(way: str, seed: int) -> None:
    one = in_way(way, seed, replace(PLAIN, no_references=0, bare_motion=0.5))
    assert one.sequence.generated > 0
    for each in one.sequence.segments:
        assert each.role not in ("camera", "reference") or not each.mask_L.any()
    assert [len(each) for each in one.sequence.segments] == [len(counts) for counts in one.counts]


def test_a_picture_is_the_start_of_the_clip() -> None:
    one = in_way("picture")
    assert {role: len(part(one, role)) for role in ("camera", "ground", "cell")} == {
        "camera": 1,
        "ground": 2,
        "cell": 4,
    }
    assert one.sequence.generated == 6
    assert one.counts[-1].tolist() == [1 / 8, 2 / 8, 3 / 8, 4 / 8]


def test_a_single_is_one_timeless_part() -> None:
    one = in_way("single")
    assert [each.role for each in one.sequence.segments if each.mask_L.any()] == ["ground"]
    assert part(one, "ground").mask_L.all()


def test_a_first_frame_is_given_with_what_is_timeless() -> None:
    one = in_way("first_frame")
    assert not part(one, "ground").mask_L.any()
    assert part(one, "cell").mask_L.tolist() == [0.0] * 4 + [1.0] * 12


def test_a_prefix_is_given_and_the_rest_made() -> None:
    lengths = set()
    for seed in range(20):
        cell = part(in_way("prefix", seed), "cell")
        lengths.add(int((cell.mask_L == 0).sum()) // 4)
        assert torch.equal(cell.mask_L, (cell.frame_L >= int((cell.mask_L == 0).sum()) // 4).float())
    assert lengths == {2, 3}


def test_keyframes_are_whole_frames() -> None:
    given = set()
    for seed in range(40):
        rows_T4 = part(in_way("keyframes", seed), "cell").mask_L.view(toy.LATENTS, 4)
        assert torch.equal(rows_T4.amin(1), rows_T4.amax(1))
        given.add(tuple(int(frame) for frame in (rows_T4[:, 0] == 0).nonzero()))
    assert (0, 3) in given
    assert len(given) > 4


def test_motion_is_made_from_known_parts_or_without_them() -> None:
    known = in_way("motion")
    assert not part(known, "ground").mask_L.any()
    assert part(known, "cell").mask_L.all()
    bare = in_way("motion", habits=replace(PLAIN, bare_motion=1.0))
    assert bare.sequence.roles() == {"camera", "cell"}


def test_noise_differs_from_frame_to_frame_and_not_inside() -> None:
    cell = part(in_way("frame_noise"), "cell").mask_L.view(toy.LATENTS, 4)
    assert torch.equal(cell.amin(1), cell.amax(1))
    assert len(set(cell[:, 0].tolist())) == toy.LATENTS


def test_blocks_keep_some_and_make_some() -> None:
    made = [in_way("block", seed).sequence for seed in range(60)]
    cells = [each.of("cell")[0].mask_L.view(toy.LATENTS, 4) for each in made]
    assert any(bool((rows[:1] == rows).all()) and 0 < float(rows[0].sum()) < 4 for rows in cells), "a box"
    assert any(bool((rows[:, :1] == rows).all()) and 0 < float(rows[:, 0].sum()) < 4 for rows in cells), "a stretch"
    assert {float(value) for each in made for value in each.of("ground")[0].mask_L} == {0.0, 1.0}


def test_a_still_example_is_never_asked_for_as_a_clip() -> None:
    (example,) = toy.ToySource(stills=True).examples([0])
    ways = {
        draw_task(example, Mix.video(), Habits(), toy.TOKENIZER, torch.Generator().manual_seed(seed)).way
        for seed in range(60)
    }
    assert ways == {"picture", "single", "inpainting"}


def test_ways_come_up_as_often_as_the_mix_says_and_the_same_for_one_seed() -> None:
    (example,) = toy.ToySource().examples([0])
    generator = torch.Generator().manual_seed(0)
    tasks = [draw_task(example, Mix.video(), Habits(), toy.TOKENIZER, generator) for _ in range(1500)]
    seen = Counter(each.way for each in tasks)
    assert seen["text_to_video"] / 1500 == pytest.approx(0.20, abs=0.04)
    assert seen["first_frame"] / 1500 == pytest.approx(0.16, abs=0.04)
    assert set(seen) == set(WAYS)
    assert sum(each.sequence.caption.tolist() == [NULL] for each in tasks) / 1500 == pytest.approx(0.10, abs=0.03)
    assert sum("reference" not in each.sequence.roles() for each in tasks) / 1500 == pytest.approx(
        0.15 + 0.85 / 4, abs=0.04
    )
    assert sum("camera" not in each.sequence.roles() for each in tasks) / 1500 == pytest.approx(0.10, abs=0.03)
    again = draw_task(example, Mix.video(), Habits(), toy.TOKENIZER, torch.Generator().manual_seed(0))
    assert again.way == tasks[0].way
    assert torch.equal(again.sequence.caption, tasks[0].sequence.caption)


def test_an_unknown_way_is_refused() -> None:
    with pytest.raises(ValueError, match="not a way to ask"):
        in_way("backwards")


def test_counts_of_a_role_go_over_all_its_segments_or_are_the_same_for_each() -> None:
    (example,) = toy.ToySource().examples([0])
    ground = example.clip[0]
    for counts, expected in (([1.0, 2, 3, 4], [[1, 2], [3, 4]]), ([5.0, 6], [[5, 6], [5, 6]])):
        two = replace(example, clip=(ground, ground), counts=(("ground", torch.tensor(counts)),))
        made = task(two, "text_to_video", WORDS, replace(PLAIN, no_given=1), chance(0))
        assert [each.tolist() for each in made.counts] == expected
    wrong = replace(example, clip=(ground, ground), counts=(("ground", torch.ones(3)),))
    with pytest.raises(ValueError, match="3 counts"):
        task(wrong, "text_to_video", WORDS, PLAIN, chance(0))


def test_groups_are_of_like_length_and_lose_nobody() -> None:
    tasks = [in_way(way, seed) for seed in range(8) for way in WAYS]
    groups = list(grouped(tasks, 120))
    assert sorted(id(each) for group in groups for each in group) == sorted(id(each) for each in tasks)
    assert all(len(group) == 1 or len(group) * len(group[0].sequence) <= 120 for group in groups)
    batches = [batch_of(group, toy.SPECS, Batching()) for group in groups]
    made = sum(float(c[s.mask_L > 0].sum()) for t in tasks for s, c in zip(t.sequence.segments, t.counts, strict=True))
    assert sum(totals(batches).values()) == pytest.approx(made, rel=1e-5)
    assert "reference" not in totals(batches)


def test_streams_share_the_seeds_and_go_on_in_the_middle() -> None:
    sources = [toy.ToySource(), toy.ToySource()]
    streams = [Stream(source, rank, 2) for rank, source in enumerate(sources)]
    for stream in streams:
        stream.take(3)
    assert [[seed for seed, _ in source.asked] for source in sources] == [[0, 2, 4], [1, 3, 5]]
    assert [split for source in sources for _, split in source.asked] == ["train"] * 6

    class Three(toy.ToySource):
        def examples(self, seeds, split="train"):  # type: ignore[no-untyped-def]
            return super().examples([3 * seed + number for seed in seeds for number in range(3)], split)

    stream = Stream(Three())
    stream.take(4)
    assert stream.position == Position(1, 1)
    expected = [each.captions for each in stream.take(4)]
    assert [each.captions for each in Stream(Three(), position=Position(1, 1)).take(4)] == expected


def test_validation_asks_for_the_same_at_every_look() -> None:
    examples = toy.ToySource().examples(range(6), "val")
    one, other = asked(examples, "first_frame", toy.TOKENIZER), asked(examples, "first_frame", toy.TOKENIZER)
    for left, right in zip(one, other, strict=True):
        assert torch.equal(left.sequence.caption, right.sequence.caption)
        assert "reference" not in left.sequence.roles()


def test_captions_are_the_same_without_what_is_heard() -> None:
    for seed in range(60):
        scene = sample_scene(seed)
        loud, quiet = captions(scene), captions(scene, sound=False)
        assert silent(loud.full) == quiet.full
        assert [silent(each) for each in loud.wordings] == list(quiet.wordings) or len(quiet.wordings) < len(
            loud.wordings
        )
        assert "hear" not in quiet.full.lower()
        assert quiet.short == loud.short
    assert not any("hear" in each.lower() for each in scene_captions(20))
