"""Sound beside a clip: where its tokens lie, how it is asked for in training, and that both ways to draw agree."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
import torch

from models.codec import Canvas
from models.conditions import Segment, segment
from models.packing import TokenSpec
from models.shapes import line_positions
from models.sound.tokens import (
    EVENT_CHANNELS,
    GAIN,
    LISTED,
    MOST_EVENTS,
    SOUND_ROW,
    SOUND_WORDS,
    SURFACE_WORDS,
    events_part,
    sound_part,
    sound_tokens,
)
from models.train.bank import laid_flat
from models.train.draw import draw
from models.train.tasks import Habits, Mix, draw_task
from models.world.performance import SoundEvent
from models.world.vocabulary import SOUNDS, SURFACES
from tests.models import toy
from tests.models.test_train_bank import only, plain_examples, signature, signatures

DRAWS = 1500
SPECS = (*toy.SPECS, TokenSpec("audio", 2), TokenSpec("event", 2))
HABITS = Habits(no_text=1.0, spelled=0.0, no_references=1.0, no_given=0.0, bare_motion=0.0)


def sounding() -> tuple[Segment, Segment]:
    frames = torch.arange(toy.LATENTS)
    places = line_positions(frames.float())
    heard = segment("audio", torch.full((toy.LATENTS, 2), 0.5), places, frame_L=frames)
    listed = segment("event", torch.full((2, 2), -0.5), places[:2], frame_L=frames[:2]).masked(0.0)
    return heard, listed


def test_a_token_covers_a_base_frame_and_is_heard_in_its_latent_frame() -> None:
    part = sound_part(torch.zeros(49, 64), Canvas(49))
    assert part.frame_L.tolist() == [0, *(1 + n // 4 for n in range(48))]
    assert part.position_L3[:3, 0].tolist() == [1.0, 3.0, 5.0]
    assert set(part.position_L3[:, 1].tolist()) == {float(SOUND_ROW)}
    slow = Canvas(25, fps=6)
    assert sound_tokens(slow) == 50
    assert int(sound_part(torch.zeros(50, 64), slow).frame_L.max()) == 6
    with pytest.raises(ValueError, match="49 tokens of sound, got 48"):
        sound_part(torch.zeros(48, 64), Canvas(49))


def test_events_lie_at_their_times_and_the_list_says_that_it_is_one() -> None:
    events = [
        SoundEvent("bark", 2.5, gain_db=-6.0),
        SoundEvent("footstep", 0.5, surface="snow"),
        SoundEvent("bell", 9.0),
    ]
    part = events_part(events, Canvas(49))
    assert part.clean_LC.shape == (3, EVENT_CHANNELS)
    assert part.position_L3[:, 0].tolist() == [0.0, 12.0, 60.0]
    assert part.clean_LC[:, LISTED].tolist() == [1.0, 0.0, 0.0]
    assert part.clean_LC[2, GAIN] == -0.5
    assert not part.mask_L.any()
    assert len(events_part([], Canvas(49))) == 1
    many = [SoundEvent("footstep", 0.05 * n, gain_db=-float(n)) for n in range(70)]
    assert len(events_part(many, Canvas(49))) == 1 + MOST_EVENTS
    with pytest.raises(ValueError, match="moo"):
        events_part([SoundEvent("moo", 1.0)], Canvas(49))


def test_every_sound_and_surface_of_the_world_has_its_channel() -> None:
    assert set(SOUND_WORDS) == set(SOUNDS)
    assert set(SURFACE_WORDS) == {surface for surface in SURFACES.values() if surface}


@pytest.mark.parametrize("way", ["picture", "text_to_video", "first_frame", "prefix", "motion"])
def test_sound_is_asked_for_alike_one_by_one_and_at_once(way: str) -> None:
    (example,) = plain_examples(1)
    heard, listed = sounding()
    example = replace(example, references=(), clip=(*example.clip, heard), given=(*example.given, listed))
    # One level of noise of its own is never met twice: that way is left to the next test.
    habits = replace(HABITS, free=HABITS.free + HABITS.apart, apart=0.0)
    generator = torch.Generator().manual_seed(1)
    ones = [draw_task(example, only(way), habits, toy.TOKENIZER, generator) for _ in range(DRAWS)]
    one_by_one = Counter(signature(one) for one in ones)
    bank = laid_flat([example], SPECS, toy.TOKENIZER, habits)
    index = torch.zeros(DRAWS, dtype=torch.long)
    at_once = Counter(signatures(bank, draw(bank, index, only(way), habits, torch.Generator().manual_seed(0))))
    assert set(one_by_one) == set(at_once)
    for made, count in one_by_one.items():
        assert at_once[made] == pytest.approx(count, abs=5 * count**0.5 + 5)
    has_sound = [one for one in ones if "audio" in one.sequence.roles()]
    assert len(has_sound) == 0 if way == "picture" else len(has_sound) > DRAWS / 2
    told = [one for one in ones if "event" in one.sequence.roles()]
    assert bool(told) == (way != "picture")
    assert all("audio" in one.sequence.roles() for one in told)


def test_noise_of_its_own_is_one_level_and_leaves_the_clip_as_it_is() -> None:
    (example,) = plain_examples(1)
    heard, _ = sounding()
    example = replace(example, references=(), clip=(*example.clip, heard))
    habits = replace(HABITS, silent=0.0, scored=0.0, heard=0.0, apart=1.0, free=0.0)
    bank = laid_flat([example], SPECS, toy.TOKENIZER, habits)
    found = draw(
        bank, torch.zeros(400, dtype=torch.long), only("text_to_video"), habits, torch.Generator().manual_seed(0)
    )
    sound_BL = bank.kind_T[found.token_BL] == 4
    levels = found.mask_BL[sound_BL].view(400, toy.LATENTS)
    assert bool((levels == levels[:, :1]).all())
    assert 0.3 < float(levels[:, 0].std()) / 0.2887 < 1.2
    assert bool((found.mask_BL[~sound_BL & (bank.kind_T[found.token_BL] > 1)] == 1).all())
    one = draw_task(example, only("text_to_video"), habits, toy.TOKENIZER, torch.Generator().manual_seed(3))
    (own,) = one.sequence.of("audio")
    assert len(set(own.mask_L.tolist())) == 1
    assert Mix.video() != only("text_to_video")
