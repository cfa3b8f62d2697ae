"""What is asked of the network in training: an example and chance become a sequence with masks.

A way to ask is a choice of masks over the parts of a clip (:mod:`models.conditions`). Nothing here knows what a codec
makes; parts differ only in whether their tokens belong to latent frames or are timeless.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import accumulate

import torch

from models.codec import Example
from models.conditions import TIMELESS, Segment, Sequence, with_given, with_references
from models.text import Tokenizer, null_caption


@dataclass(frozen=True)
class Mix:
    """How often each way to ask comes up, in shares that are divided by their sum.

    Attributes:
        picture: the timeless tokens and those of latent frame 0, all made.
        single: the timeless tokens of one role alone, such as a character sheet.
        inpainting: a picture of which some is kept.
        text_to_video: all made.
        first_frame: the timeless tokens and latent frame 0 are given.
        prefix: the timeless tokens and the first latent frames are given.
        keyframes: the first and last latent frames, or any, are given.
        block: boxes and times are made anew, the rest is kept.
        motion: the timeless tokens are given, or left out, and every latent frame is made.
        frame_noise: every latent frame and every timeless part has a noise of its own.
    """

    picture: float = 0.0
    single: float = 0.0
    inpainting: float = 0.0
    text_to_video: float = 0.0
    first_frame: float = 0.0
    prefix: float = 0.0
    keyframes: float = 0.0
    block: float = 0.0
    motion: float = 0.0
    frame_noise: float = 0.0

    @classmethod
    def image(cls) -> Mix:
        """Pictures only: what the image stage is taught."""
        return cls(picture=0.78, single=0.10, inpainting=0.12)

    @classmethod
    def video(cls) -> Mix:
        """Clips, with pictures among them so that nothing is forgotten."""
        return cls(0.18, 0.04, 0.04, 0.20, 0.16, 0.08, 0.08, 0.04, 0.12, 0.06)


@dataclass(frozen=True)
class Habits:
    """How captions are worded and what is left out, as shares of the examples.

    Attributes:
        no_text: the caption says nothing.
        short, wording: the short caption or one of the other wordings; the full one otherwise.
        spelled: captions of which some words are spelled in bytes, ``spell`` of their words.
        no_references, most_references: none are given, else 0 to so many.
        no_given: a given part, such as the camera's path, is left out.
        bare_motion: the timeless tokens are left out where only motion is asked for.
        no_events: the list of what is to be heard is left out, so that it has to be told from the picture.
        silent, scored, heard, apart, free: how sound is asked for beside a clip. It is left out; all else is given and
            it is made; it is given and the clip is made; it has a noise of its own; all of it is made, whatever of the
            clip is given. In the rest of the cases it is given and made where the clip's latent frames are.
    """

    no_text: float = 0.10
    short: float = 0.30
    wording: float = 0.30
    spelled: float = 0.06
    spell: float = 0.15
    no_references: float = 0.15
    most_references: int = 7
    no_given: float = 0.10
    bare_motion: float = 0.5
    no_events: float = 0.35
    silent: float = 0.25
    scored: float = 0.25
    heard: float = 0.04
    apart: float = 0.16
    free: float = 0.20

    @property
    def sound_shares(self) -> tuple[float, ...]:
        """Where the ways to ask for sound end, as shares that are added up."""
        return tuple(accumulate((self.silent, self.scored, self.heard, self.apart, self.free)))


@dataclass(frozen=True)
class Task:
    """A sequence to learn from, how it is asked, and what the tokens of each segment count in the loss, (L,)."""

    way: str
    sequence: Sequence
    counts: tuple[torch.Tensor, ...]


@dataclass(frozen=True)
class Part:
    """A segment of the clip and what its tokens count."""

    segment: Segment
    counts_L: torch.Tensor

    def only(self, chosen_L: torch.Tensor) -> Part:
        return Part(self.segment.only(chosen_L), self.counts_L[chosen_L])

    def masked(self, mask_L: torch.Tensor | float) -> Part:
        return Part(self.segment.masked(mask_L), self.counts_L)

    @property
    def timeless(self) -> torch.Tensor:
        return self.segment.frame_L == TIMELESS


Parts = list[Part]

SOUND, LISTED = "audio", "event"
"""Roles of what is heard, and of the list of what is to be heard."""


class Chance:
    """Draws for one task, all from one generator."""

    def __init__(self, generator: torch.Generator) -> None:
        self.generator = generator

    def share(self) -> float:
        return float(torch.rand((), generator=self.generator))

    def whole(self, least: int, most: int) -> int:
        """A whole number from ``least`` to ``most``, both included."""
        return int(torch.randint(least, most + 1, (), generator=self.generator))

    def shares(self, count: int) -> torch.Tensor:
        return torch.rand(count, generator=self.generator)

    def order(self, count: int) -> list[int]:
        return torch.randperm(count, generator=self.generator).tolist()


def draw_task(example: Example, mix: Mix, habits: Habits, tokenizer: Tokenizer, generator: torch.Generator) -> Task:
    """One task from an example. A still example is asked for as a picture, whatever the mix says of clips."""
    chance = Chance(generator)
    return task(example, _way(example, mix, chance), caption(example, habits, tokenizer, chance), habits, chance)


def task(example: Example, way: str, words: torch.Tensor, habits: Habits, chance: Chance) -> Task:
    """The task that asks for an example in one way.

    Raises:
        ValueError: there is no such way.
    """
    if way not in WAYS:
        raise ValueError(f"{way!r} is not a way to ask; there are {', '.join(WAYS)}")
    every = parts_of(example)
    parts = WAYS[way]([part for part in every if part.segment.role != SOUND], chance, habits)
    sound = [part for part in every if part.segment.role == SOUND]
    if sound and way not in STILL:
        parts = with_sound(parts, sound, chance, habits)
    if not any(bool((part.segment.mask_L > 0).any()) for part in parts):
        parts = [part.masked(1.0) for part in parts]
    asked = Sequence(words, tuple(part.segment for part in parts))
    given = [each for each in example.given if chance.share() >= _left_out(each, habits)]
    if not any(part.segment.role == SOUND for part in parts):
        given = [each for each in given if each.role != LISTED]
    last = max(int(part.segment.frame_L.max()) for part in parts)
    shown = [each.only(each.frame_L <= max(0, last)) for each in given if bool((each.frame_L <= max(0, last)).any())]
    asked = with_references(with_given(asked, *shown), _references(example, habits, chance))
    ahead = asked.segments[: len(asked.segments) - len(parts)]
    return Task(way, asked, (*(torch.ones(len(each)) for each in ahead), *(part.counts_L for part in parts)))


def _left_out(part: Segment, habits: Habits) -> float:
    return habits.no_events if part.role == LISTED else habits.no_given


def with_sound(parts: Parts, sound: Parts, chance: Chance, habits: Habits) -> Parts:
    """The parts of a clip and its sound, in one of the ways of :class:`Habits`."""
    way = bisect_right(habits.sound_shares, chance.share())
    level = max(0.02, chance.share())
    frames = _frames(parts)
    if way == 0:
        return parts
    if way == 1:
        return [*(part.masked(0.0) for part in parts), *(part.masked(1.0) for part in sound)]
    if way == 2:
        return [*parts, *(part.masked(0.0) for part in sound)]
    if way in (3, 4):
        return [*parts, *(part.masked(level if way == 3 else 1.0) for part in sound)]
    made_T = torch.zeros(frames)
    for part in parts:
        timed = ~part.timeless
        made_T = made_T.scatter_reduce(0, part.segment.frame_L[timed], part.segment.mask_L[timed], "amax")
    return [*parts, *(part.masked(made_T[part.segment.frame_L.clamp(0, frames - 1)]) for part in sound)]


def parts_of(example: Example) -> Parts:
    """The parts of the clip, all to be made, with their counts.

    Counts of a role go over the tokens of all of its segments in order, or are the same for each of them.

    Raises:
        ValueError: counts that fit neither.
    """
    held = dict(example.counts)
    sizes: dict[str, int] = {}
    for part in example.clip:
        sizes[part.role] = sizes.get(part.role, 0) + len(part)
    starts = dict.fromkeys(sizes, 0)
    parts = []
    for part in example.clip:
        counts, start = held.get(part.role), starts[part.role]
        if counts is None:
            own = torch.ones(len(part))
        elif len(counts) == sizes[part.role]:
            own = counts[start : start + len(part)].float()
        elif len(counts) == len(part):
            own = counts.float()
        else:
            raise ValueError(f"{len(counts)} counts do not fit the {sizes[part.role]} tokens of role {part.role}")
        starts[part.role] += len(part)
        parts.append(Part(part.masked(1.0), own))
    return parts


def caption(example: Example, habits: Habits, tokenizer: Tokenizer, chance: Chance) -> torch.Tensor:
    """One of the example's captions as numbers, or the null caption."""
    if chance.share() < habits.no_text:
        return null_caption()
    full, *others = example.captions
    draw, text = chance.share(), full
    if others and draw < habits.short:
        text = others[0]
    elif len(others) > 1 and draw < habits.short + habits.wording:
        text = others[chance.whole(1, len(others) - 1)]
    spell = habits.spell if chance.share() < habits.spelled else 0.0
    return tokenizer.encode(text, spell=spell, seed=chance.whole(0, 2**31 - 2))


def _references(example: Example, habits: Habits, chance: Chance) -> list[Segment]:
    """A random choice of the example's references in random order, or none."""
    if chance.share() < habits.no_references or not example.references:
        return []
    count = chance.whole(0, min(habits.most_references, len(example.references)))
    return [example.references[index] for index in chance.order(len(example.references))[:count]]


def _way(example: Example, mix: Mix, chance: Chance) -> str:
    shares = asdict(mix)
    if not any(bool((part.frame_L > 0).any()) for part in example.clip):
        still = {name: share for name, share in shares.items() if name in STILL}
        shares = still if sum(still.values()) > 0 else {"picture": 1.0}
    draw = chance.share() * sum(shares.values())
    for name, share in shares.items():
        draw -= share
        if share > 0 and draw < 0:
            return name
    return max(shares, key=lambda name: shares[name])


def _picture(parts: Parts, chance: Chance, habits: Habits) -> Parts:
    kept = [(part, part.segment.frame_L <= 0) for part in parts]
    return [part.only(start_L) for part, start_L in kept if bool(start_L.any())]


def _single(parts: Parts, chance: Chance, habits: Habits) -> Parts:
    """One timeless part; a picture where there is none."""
    alone = [part.only(part.timeless) for part in parts if bool(part.timeless.any())]
    return [alone[chance.whole(0, len(alone) - 1)]] if alone else _picture(parts, chance, habits)


def _inpainting(parts: Parts, chance: Chance, habits: Habits) -> Parts:
    return _block(_picture(parts, chance, habits), chance, habits)


def _text_to_video(parts: Parts, chance: Chance, habits: Habits) -> Parts:
    return parts


def _first_frame(parts: Parts, chance: Chance, habits: Habits) -> Parts:
    return [part.masked((part.segment.frame_L > 0).float()) for part in parts]


def _prefix(parts: Parts, chance: Chance, habits: Habits) -> Parts:
    shown = chance.whole(1, max(1, _frames(parts) - 2))
    return [part.masked((part.segment.frame_L > shown).float()) for part in parts]


def _keyframes(parts: Parts, chance: Chance, habits: Habits) -> Parts:
    """First and last, or one to four of any; what is timeless is mostly known with them."""
    count = _frames(parts)
    kept = torch.tensor([0, count - 1] if chance.share() < 0.5 else chance.order(count)[: chance.whole(1, 4)])
    known = chance.share() < 0.8
    return [part.masked((~torch.isin(part.segment.frame_L, kept) & ~(part.timeless & known)).float()) for part in parts]


def _block(parts: Parts, chance: Chance, habits: Habits) -> Parts:
    """Each part is kept, made, or made inside or outside of a box; parts with frames in a stretch of time, too."""
    first = chance.whole(0, _frames(parts) - 1)
    last = chance.whole(first, _frames(parts) - 1)
    stretch, masked = chance.share() < 0.5, []
    for part in parts:
        mask_L = _box(part.segment, chance)
        if stretch:
            inside_L = (part.segment.frame_L >= first) & (part.segment.frame_L <= last)
            mask_L = torch.where(part.timeless, mask_L, inside_L.float())
        masked.append(part.masked(mask_L))
    return masked


def _box(part: Segment, chance: Chance) -> torch.Tensor:
    """1 where a part is made anew, (L,)."""
    place_L2 = part.position_L3[:, 1:]
    low_2, high_2 = place_L2.amin(0), place_L2.amax(0)
    draw = chance.share()
    if draw < 0.3 or bool((low_2 == high_2).all()):
        return torch.full((len(part),), float(draw < 0.5))
    corners_22 = low_2 - 0.5 + (high_2 - low_2 + 1) * chance.shares(4).view(2, 2).sort(0).values
    inside_L = ((place_L2 >= corners_22[0]) & (place_L2 <= corners_22[1])).all(1)
    return (inside_L if chance.share() < 0.5 else ~inside_L).float()


def _motion(parts: Parts, chance: Chance, habits: Habits) -> Parts:
    moving = [part.only(~part.timeless) for part in parts if not bool(part.timeless.all())]
    if moving and chance.share() < habits.bare_motion:
        return moving
    return [part.masked((~part.timeless).float()) for part in parts]


def _frame_noise(parts: Parts, chance: Chance, habits: Habits) -> Parts:
    level_T = chance.shares(_frames(parts)).clamp_min(0.02)
    return [
        part.masked(torch.where(part.timeless, max(0.02, chance.share()), level_T[part.segment.frame_L.clamp_min(0)]))
        for part in parts
    ]


def _frames(parts: Parts) -> int:
    """Latent frames of a clip, at least 1."""
    return 1 + max(0, *(int(part.segment.frame_L.max()) for part in parts), 0)


WAYS: dict[str, Callable[[Parts, Chance, Habits], Parts]] = {
    "picture": _picture,
    "single": _single,
    "inpainting": _inpainting,
    "text_to_video": _text_to_video,
    "first_frame": _first_frame,
    "prefix": _prefix,
    "keyframes": _keyframes,
    "block": _block,
    "motion": _motion,
    "frame_noise": _frame_noise,
}
STILL = ("picture", "single", "inpainting")
"""Ways to ask that a picture has, too."""
