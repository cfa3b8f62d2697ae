"""Masks and positions of every way to ask, and what is refused."""

from __future__ import annotations

import pytest
import torch

from models import conditions
from models.text import null_caption
from tests.models import tiny

CAPTION = tiny.TOKENIZER.encode("blue ball rolls")


def kept_frames(sequence: conditions.Sequence, role: str = "video") -> list[int]:
    (part,) = sequence.of(role)
    return sorted({int(frame) for frame in part.frame_L[part.mask_L == 0]})


def test_text_to_video_makes_everything() -> None:
    asked = conditions.text_to_video(CAPTION, tiny.video(), tiny.audio())
    assert asked.generated == 12 + 18
    assert len(asked) == 12 + 18 + len(CAPTION)


def test_text_to_image_has_one_frame() -> None:
    assert conditions.text_to_image(CAPTION, tiny.video(1)).generated == 4
    with pytest.raises(ValueError, match="one latent frame"):
        conditions.text_to_image(CAPTION, tiny.video(2))


@pytest.mark.parametrize(
    ("frames", "kept"), [((0,), [0]), ((0, -1), [0, 4]), ((2,), [2]), ((-1, 1, 1), [1, 4]), ((), [])]
)
def test_keyframes_are_kept_and_nothing_else(frames: tuple[int, ...], kept: list[int]) -> None:
    asked = conditions.keyframed(CAPTION, frames, tiny.video(5), tiny.audio(5))
    assert kept_frames(asked) == kept
    assert kept_frames(asked, "audio") == []
    assert asked.generated == 4 * (5 - len(kept)) + 34


def test_image_to_video_keeps_the_first_frame() -> None:
    assert kept_frames(conditions.image_to_video(CAPTION, tiny.video())) == [0]


@pytest.mark.parametrize("frame", [3, -4])
def test_a_keyframe_outside_is_refused(frame: int) -> None:
    with pytest.raises(ValueError, match=r"asked of 3 latent frames"):
        conditions.keyframed(CAPTION, (frame,), tiny.video(3))


def test_inpainting_follows_its_mask() -> None:
    mask = torch.tensor([1.0, 0.0, 0.5, 0.0])
    asked = conditions.inpainting(CAPTION, tiny.video(1), mask, tiny.audio(1))
    assert torch.equal(asked.segments[0].mask_L, mask)
    assert asked.generated == 2


def test_a_retake_is_of_one_time_in_pictures_and_sound() -> None:
    asked = conditions.retake(CAPTION, 2.0, 12.0, tiny.video(5), tiny.audio(5))
    assert kept_frames(asked) == [0, 2, 3, 4]  # latent 1 lies at 6 units, latent 2 at 14
    sound = asked.of("audio")[0]
    assert torch.equal(sound.position_L3[sound.mask_L == 1, 0], torch.arange(10) + 2.5)


def test_a_retake_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing of the clip"):
        conditions.retake(CAPTION, 500.0, 600.0, tiny.video())


def test_a_strength_scales_the_masks() -> None:
    asked = conditions.edited(conditions.image_to_video(CAPTION, tiny.video()), 0.3)
    assert asked.segments[0].mask_L.unique().tolist() == pytest.approx([0.0, 0.3])
    for strength in (0.0, 1.1, -1.0):
        with pytest.raises(ValueError, match="strength"):
            conditions.edited(asked, strength)


def test_sound_for_a_picture_and_a_picture_for_sound() -> None:
    both = conditions.text_to_video(CAPTION, tiny.video(), tiny.audio())
    assert conditions.kept(both, "audio").generated == 12
    assert conditions.kept(both, "video").generated == 18


def test_a_camera_path_is_given_in_every_frame() -> None:
    asked = conditions.with_given(conditions.image_to_video(CAPTION, tiny.video()), tiny.camera())
    assert kept_frames(asked, "camera") == [0, 1, 2]
    assert asked.generated == 8
    assert conditions.first_frame(asked).of("camera")[0].frame_L.tolist() == [0]


@pytest.mark.parametrize("count", [0, 1, 9])
def test_references_are_clean_and_each_has_a_time_of_its_own(count: int) -> None:
    pictures = [tiny.video(1, seed=seed) for seed in range(count)]
    asked = conditions.with_references(conditions.text_to_video(CAPTION, tiny.video()), pictures)
    given = asked.of("reference")
    assert len(given) == count
    assert all(bool((part.mask_L == 0).all()) for part in given)
    times = {float(time) for part in given for time in part.position_L3[:, 0]}
    assert len(times) == count
    assert all(time < -24 * 60 for time in times)
    assert torch.equal(pictures[0].position_L3, tiny.video(1).position_L3) if pictures else True
    assert asked.generated == 12


def test_a_tenth_reference_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 9"):
        conditions.with_references(conditions.text_to_video(CAPTION), [tiny.video(1)] * 10)


def test_history_lies_before_the_clip() -> None:
    asked = conditions.with_history(conditions.text_to_video(CAPTION, tiny.video()), tiny.video(3), shift=-72.0)
    (past,) = asked.of("history")
    assert float(past.position_L3[:, 0].max()) == 14.0 - 72.0
    assert asked.generated == 12
    assert torch.equal(conditions.first_frame(asked).of("history")[0].clean_LC, past.clean_LC)


def test_corrupted_history_is_noised_by_the_level() -> None:
    part = tiny.video(200)
    noised = conditions.corrupted(part, 0.3, torch.Generator().manual_seed(5))
    expected = (0.7**2 + 0.3**2) ** 0.5
    assert float(noised.clean_LC.std()) == pytest.approx(expected, rel=0.05)
    assert torch.equal(conditions.corrupted(part, 0.0, torch.Generator()).clean_LC, part.clean_LC)


def test_dropping_conditions() -> None:
    asked = conditions.with_references(conditions.text_to_video(CAPTION, tiny.video()), [tiny.video(1)])
    assert torch.equal(conditions.without(asked, "text").caption, null_caption())
    assert conditions.without(asked, "reference").roles() == {"video"}
    assert conditions.without(asked, "camera").roles() == {"video", "reference"}


def test_masks_beyond_0_to_1_are_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        tiny.video().masked(1.5)


def test_a_segment_needs_all_its_parts() -> None:
    part = tiny.video()
    with pytest.raises(ValueError, match="as many masks"):
        conditions.Segment("video", "video", part.clean_LC, part.mask_L[1:], part.position_L3, part.frame_L)
