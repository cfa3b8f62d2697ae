"""Examples that are kept come back as they were, in any order, while more are made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from models.codec import Example
from models.conditions import Segment
from models.train.cache import CachedSource, Filling, cache_folder, fill, load_examples, save_examples, start_filling
from tests.models import toy


def source() -> toy.ToySource:
    return toy.ToySource()


def equal(one: Segment, other: Segment) -> bool:
    kinds = (one.role, one.modality) == (other.role, other.modality)
    return kinds and all(
        torch.equal(getattr(one, name), getattr(other, name))
        for name in ("clean_LC", "mask_L", "position_L3", "frame_L")
    )


def halved(example: Example) -> Example:
    """The example with latents and counts that half precision can hold."""
    parts = {
        name: tuple(part.filled(part.clean_LC.half().float()) for part in getattr(example, name))
        for name in ("clip", "given", "references")
    }
    return replace(example, **parts, counts=tuple((role, own.half().float()) for role, own in example.counts))


def same(one: Example, other: Example) -> bool:
    pairs = zip(one.clip + one.given + one.references, other.clip + other.given + other.references, strict=True)
    counts = zip(one.counts, other.counts, strict=True)
    return (
        one.captions == other.captions
        and all(equal(left, right) for left, right in pairs)
        and all(left[0] == right[0] and torch.equal(left[1], right[1]) for left, right in counts)
    )


def test_examples_come_back_as_half_precision_has_them(tmp_path: Path) -> None:
    examples = [*source().examples(range(5)), *toy.ToySource(stills=True).examples(range(3))]
    save_examples(tmp_path / "a" / "one.safetensors", examples)
    read = load_examples(tmp_path / "a" / "one.safetensors")
    assert len(read) == 8
    assert all(same(halved(one), other) for one, other in zip(examples, read, strict=True))
    assert not same(halved(examples[0]), read[1])
    assert [file.name for file in (tmp_path / "a").iterdir()] == ["one.safetensors"]


def test_what_half_precision_cannot_hold_is_refused(tmp_path: Path) -> None:
    (example,) = source().examples([0])
    clip = (example.clip[0].filled(example.clip[0].clean_LC * 1e6), *example.clip[1:])
    with pytest.raises(ValueError, match="half precision"):
        save_examples(tmp_path / "one.safetensors", [replace(example, clip=clip)])
    assert not list(tmp_path.iterdir())


def filling(folder: Path, shards: int, space_bytes: int = 1 << 30) -> Filling:
    return Filling(source, folder, folder.name, shards, space_bytes, seeds=6)


def test_a_walk_meets_every_example_once_and_then_again_in_another_order(tmp_path: Path) -> None:
    assert fill(filling(tmp_path / "train", 3)) == 3
    assert fill(filling(tmp_path / "train", 3)) == 0
    cached = CachedSource(tmp_path)
    whole = source().examples(range(18))

    def names(examples: Sequence[Example]) -> list[str]:
        return [each.captions[0] for each in examples]

    first, second = names(cached.examples(range(18))), names(cached.examples(range(18, 36)))
    assert sorted(first) == sorted(second) == sorted(names(whole))
    assert first != second
    assert names(CachedSource(tmp_path).examples(range(18))) == first
    assert names(CachedSource(tmp_path).examples([20])) == second[2:3]


def test_shards_that_are_made_meanwhile_join(tmp_path: Path) -> None:
    fill(filling(tmp_path / "train", 1))
    cached = CachedSource(tmp_path)
    cached.examples(range(6))
    fill(filling(tmp_path / "train", 2))
    assert cached.walks["train"].length == 6
    cached.examples(range(6, 18))
    assert (cached.walks["train"].first, cached.walks["train"].length) == (6, 12)


def test_the_disk_is_not_filled_beyond_what_is_allowed(tmp_path: Path) -> None:
    fill(filling(tmp_path / "train", 1))
    size = sum(file.stat().st_size for file in (tmp_path / "train").iterdir())
    assert fill(filling(tmp_path / "train", 10, space_bytes=2 * size)) in (1, 2)
    assert fill(filling(tmp_path / "train", 10, space_bytes=2 * size)) == 0


def test_other_processes_make_shards(tmp_path: Path) -> None:
    started = start_filling(filling(tmp_path / "test", 2), workers=1)
    (example,) = CachedSource(tmp_path, patience_s=120).examples([0], "test")
    colour, _, corner = example.captions[0].split()
    assert toy.held_out(colour, corner)
    for process in started:
        process.join(300)
    assert [process.exitcode for process in started] == [0]
    assert len(list((tmp_path / "test").glob("*"))) == 2


def test_an_empty_cache_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="storyreel train cache"):
        CachedSource(tmp_path, patience_s=0).examples([0])


def test_another_codec_or_source_has_another_folder(tmp_path: Path) -> None:
    folders = {cache_folder(tmp_path, toy.ToyCodec(version), source, split)
               for version in "12" for source in ("a", "b") for split in ("train", "val")}  # fmt: skip
    assert len(folders) == 8
