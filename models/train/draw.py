"""A whole batch of tasks drawn from a bank at once: the same ways to ask as :mod:`models.train.tasks`, as tensors.

Every rule here has its twin there, example by example; a test holds them together. Everything is drawn on the bank's
device from one generator.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

import torch

from models.conditions import TIMELESS
from models.shapes import REFERENCE_SPACING
from models.text import NULL
from models.train.bank import CLIP, GIVEN, LISTED, REFERENCE, SOUND, Bank
from models.train.tasks import STILL, WAYS, Habits, Mix

MOST_SHOWN = 4
"""Most latent frames that are kept where keyframes are any."""


@dataclass(frozen=True)
class Drawn:
    """B tasks. A token is at (b, l); those that are not kept are not asked.

    Attributes:
        token_BL: rows of the bank's tokens.
        keep_BL: is the token part of the task?
        mask_BL: m of every token, 0 where it is not kept.
        position_BL3: with references at times of their own.
        words_BW, spoken_BW: the caption's numbers, and which of them are there.
        way_B: place in ``WAYS`` of how it is asked.
    """

    token_BL: torch.Tensor
    keep_BL: torch.Tensor
    mask_BL: torch.Tensor
    position_BL3: torch.Tensor
    words_BW: torch.Tensor
    spoken_BW: torch.Tensor
    way_B: torch.Tensor


@dataclass(frozen=True)
class Sheet:
    """What the rules look at: the tokens of B examples, (B, L), and the chance of this draw."""

    frame_BL: torch.Tensor
    part_BL: torch.Tensor
    clip_BL: torch.Tensor
    place_BL2: torch.Tensor
    timeless_BP: torch.Tensor
    clip_BP: torch.Tensor
    box_BP4: torch.Tensor
    frames_B: torch.Tensor
    generator: torch.Generator

    @property
    def timeless(self) -> torch.Tensor:
        """Which tokens belong to no frame, (B, L)."""
        return self.frame_BL == TIMELESS

    def shares(self, *shape: int) -> torch.Tensor:
        return torch.rand(shape, generator=self.generator, device=self.frame_BL.device)

    def whole(self, least: torch.Tensor | int, most_B: torch.Tensor) -> torch.Tensor:
        """Whole numbers from ``least`` to ``most_B``, both included, (B,) long."""
        return whole(least, most_B, self.generator)

    def of_part(self, value_BP: torch.Tensor) -> torch.Tensor:
        """A value of every part, for its tokens, (B, L)."""
        return value_BP.gather(1, self.part_BL)

    def chosen_part(self, among_BP: torch.Tensor) -> torch.Tensor:
        """One of the parts where ``among_BP`` is true, for each example, (B,) long."""
        return (self.shares(*among_BP.shape) + among_BP).argmax(1)


Rule = Callable[[Sheet, Habits], tuple[torch.Tensor, torch.Tensor]]
"""Which tokens of the clip are asked about (B, L) bool, and their masks (B, L)."""


def draw(bank: Bank, index_B: torch.Tensor, mix: Mix, habits: Habits, generator: torch.Generator) -> Drawn:
    """One task for each of the bank's examples in ``index_B``."""
    token_BL, there_BL = ragged(bank.start_X[index_B], bank.length_X[index_B])
    part_BL = bank.part_T[token_BL].long()
    owner_BP = bank.owner_XP[index_B]
    owner_BL = owner_BP.gather(1, part_BL)
    position_BL3 = bank.position_T3[token_BL]
    sheet = Sheet(
        bank.frame_T[token_BL].long(), part_BL, there_BL & (owner_BL == CLIP), position_BL3[..., 1:],
        bank.timeless_XP[index_B], owner_BP == CLIP, bank.box_XP4[index_B], bank.frames_X[index_B], generator,
    )  # fmt: skip
    way_B = _ways(sheet, mix)
    keep_BL, mask_BL = _asked(sheet, way_B, habits)
    heard_BL = there_BL & (owner_BL == SOUND)
    keep_BL, mask_BL = _with_sound(sheet, heard_BL, way_B, keep_BL, mask_BL, habits)
    last_B = (torch.where(keep_BL, sheet.frame_BL, 0)).amax(1)
    given_BP = (owner_BP == GIVEN) & (sheet.shares(*owner_BP.shape) >= habits.no_given)
    listed_B1 = (keep_BL & heard_BL).any(1, keepdim=True)
    given_BP |= (owner_BP == LISTED) & (sheet.shares(*owner_BP.shape) >= habits.no_events) & listed_B1
    shown_BL = there_BL & sheet.of_part(given_BP) & (sheet.frame_BL <= last_B[:, None])
    slot_BP, chosen_BP = _references(sheet, owner_BP == REFERENCE, habits)
    picture_BL = there_BL & sheet.of_part(chosen_BP)
    away_BL = -REFERENCE_SPACING * (sheet.of_part(slot_BP) + 1).float()
    position_BL3 = position_BL3.clone()
    position_BL3[..., 0] = torch.where(picture_BL, away_BL, position_BL3[..., 0])
    words_BW, spoken_BW = _captions(bank, index_B, habits, generator)
    return Drawn(token_BL, keep_BL | shown_BL | picture_BL, mask_BL, position_BL3, words_BW, spoken_BW, way_B)


def ragged(start_B: torch.Tensor, length_B: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows ``start`` up to ``start + length`` as (B, longest), and which are there; the others repeat the first."""
    step_L = torch.arange(int(length_B.max()), device=start_B.device)
    there_BL = step_L < length_B[:, None]
    return torch.where(there_BL, start_B[:, None] + step_L, start_B[:, None]), there_BL


def whole(least: torch.Tensor | int, most_B: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Whole numbers from ``least`` to ``most_B``, both included, (B,) long."""
    share_B = torch.rand(most_B.shape, generator=generator, device=most_B.device)
    return torch.minimum((least + share_B * (most_B - least + 1)).floor().long(), most_B)


def _ways(sheet: Sheet, mix: Mix) -> torch.Tensor:
    """How each example is asked for; a still one as a picture, whatever the mix says of clips."""
    shares = asdict(mix)
    device = sheet.frame_BL.device
    moving_Y = torch.tensor([shares[name] for name in WAYS], device=device)
    still_Y = torch.tensor([shares[name] if name in STILL else 0.0 for name in WAYS], device=device)
    if not bool(still_Y.sum() > 0):
        still_Y = torch.tensor([float(name == "picture") for name in WAYS], device=device)
    still_B = sheet.frames_B == 1
    share_BY = torch.where(still_B[:, None], still_Y / still_Y.sum(), moving_Y / moving_Y.sum())
    above_BY = share_BY.cumsum(1) > sheet.shares(len(still_B), 1)
    # Where rounding leaves a sum just short of one, the largest share takes the rest.
    return torch.where(above_BY.any(1), above_BY.float().argmax(1), share_BY.argmax(1))


def _asked(sheet: Sheet, way_B: torch.Tensor, habits: Habits) -> tuple[torch.Tensor, torch.Tensor]:
    keep_BL = torch.zeros_like(sheet.clip_BL)
    mask_BL = torch.zeros(keep_BL.shape, device=keep_BL.device)
    for number, name in enumerate(WAYS):
        own_B1 = (way_B == number)[:, None]
        kept, mask = RULES[name](sheet, habits)
        keep_BL = torch.where(own_B1, kept & sheet.clip_BL, keep_BL)
        mask_BL = torch.where(own_B1, mask, mask_BL)
    mask_BL = mask_BL * keep_BL
    # A task that asks for nothing asks for everything.
    nothing_B = ~(mask_BL > 0).any(1)
    return keep_BL, torch.where(nothing_B[:, None], keep_BL.float(), mask_BL)


def _with_sound(
    sheet: Sheet, heard_BL: torch.Tensor, way_B: torch.Tensor, keep_BL: torch.Tensor, mask_BL: torch.Tensor,
    habits: Habits,
) -> tuple[torch.Tensor, torch.Tensor]:  # fmt: skip
    """The same with sound, where a clip has it: the twin of :func:`models.train.tasks.with_sound`."""
    still_Y = torch.tensor([name in STILL for name in WAYS], device=way_B.device)
    moving_B = ~still_Y[way_B] & (sheet.frames_B > 1) & heard_BL.any(1)
    ends_5 = torch.tensor(habits.sound_shares, device=way_B.device)
    how_B1 = torch.bucketize(sheet.shares(len(way_B)), ends_5, right=True)[:, None]
    level_B1 = sheet.shares(len(way_B), 1).clamp_min(0.02)
    frames = int(sheet.frames_B.max())
    at_BL = sheet.frame_BL.clamp(0, frames - 1)
    made_BF = torch.zeros(len(way_B), frames, device=way_B.device)
    timed_BL = torch.where(sheet.clip_BL & ~sheet.timeless & keep_BL, mask_BL, 0.0)
    made_BF = made_BF.scatter_reduce(1, at_BL, timed_BL, "amax")
    sound_BL = made_BF.gather(1, at_BL)
    sound_BL = torch.where((how_B1 == 1) | (how_B1 == 4), 1.0, torch.where(how_B1 == 3, level_B1, sound_BL))
    sound_BL = torch.where(how_B1 == 2, 0.0, sound_BL)
    heard_BL = heard_BL & moving_B[:, None] & (how_B1 > 0)
    mask_BL = torch.where(moving_B[:, None] & (how_B1 == 1), 0.0, mask_BL)
    keep_BL, mask_BL = keep_BL | heard_BL, torch.where(heard_BL, sound_BL, mask_BL)
    # Sound that is wholly given over a clip that is wholly given asks for nothing.
    nothing_B = ~(mask_BL > 0).any(1)
    return keep_BL, torch.where(nothing_B[:, None], keep_BL.float(), mask_BL)


def _references(sheet: Sheet, pictures_BP: torch.Tensor, habits: Habits) -> tuple[torch.Tensor, torch.Tensor]:
    """Which references are shown, (B, P) bool, and the place of each in their order, (B, P) long."""
    there_B = pictures_BP.sum(1)
    count_B = sheet.whole(0, there_B.clamp(max=habits.most_references))
    count_B = torch.where(sheet.shares(len(there_B)) < habits.no_references, 0, count_B)
    order_BP = torch.where(pictures_BP, sheet.shares(*pictures_BP.shape), 2.0).argsort(1).argsort(1)
    return order_BP, pictures_BP & (order_BP < count_B[:, None])


def _captions(
    bank: Bank, index_B: torch.Tensor, habits: Habits, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Numbers (B, W) long and which are there; one NULL where nothing is said."""
    first_B, count_B = bank.caption_X2[index_B].unbind(1)
    others_B = count_B - 1
    draw_B = torch.rand(len(index_B), generator=generator, device=bank.device)
    any_B = whole(2, count_B.clamp(min=3) - 1, generator)
    worded_B = (draw_B < habits.short + habits.wording) & (others_B > 1)
    chosen_B = torch.where(worded_B, any_B, 0)
    chosen_B = torch.where((draw_B < habits.short) & (others_B > 0), 1, chosen_B)
    caption_B = first_B + chosen_B
    word_BW, spoken_BW = ragged(bank.words_start_Q[caption_B], bank.words_length_Q[caption_B])
    words_BW = torch.where(spoken_BW, bank.words_V[word_BW].long(), 0)
    silent_B1 = torch.rand(len(index_B), 1, generator=generator, device=bank.device) < habits.no_text
    one_W = torch.arange(words_BW.shape[1], device=bank.device) == 0
    return torch.where(silent_B1, NULL * one_W, words_BW), torch.where(silent_B1, one_W, spoken_BW)


def _picture(sheet: Sheet, habits: Habits) -> tuple[torch.Tensor, torch.Tensor]:
    return sheet.frame_BL <= 0, torch.ones_like(sheet.place_BL2[..., 0])


def _single(sheet: Sheet, habits: Habits) -> tuple[torch.Tensor, torch.Tensor]:
    """One timeless part; a picture where there is none."""
    alone_BP = sheet.timeless_BP & sheet.clip_BP
    chosen_BL = sheet.part_BL == sheet.chosen_part(alone_BP)[:, None]
    picture_BL, ones_BL = _picture(sheet, habits)
    return torch.where(alone_BP.any(1)[:, None], chosen_BL, picture_BL), ones_BL


def _inpainting(sheet: Sheet, habits: Habits) -> tuple[torch.Tensor, torch.Tensor]:
    """A block of a picture, which has one latent frame."""
    one_B = torch.ones_like(sheet.frames_B)
    return _picture(sheet, habits)[0], _blocked(sheet, one_B)


def _text_to_video(sheet: Sheet, habits: Habits) -> tuple[torch.Tensor, torch.Tensor]:
    return _all(sheet), torch.ones_like(sheet.place_BL2[..., 0])


def _first_frame(sheet: Sheet, habits: Habits) -> tuple[torch.Tensor, torch.Tensor]:
    return _all(sheet), (sheet.frame_BL > 0).float()


def _prefix(sheet: Sheet, habits: Habits) -> tuple[torch.Tensor, torch.Tensor]:
    shown_B = sheet.whole(1, (sheet.frames_B - 2).clamp(min=1))
    return _all(sheet), (sheet.frame_BL > shown_B[:, None]).float()


def _keyframes(sheet: Sheet, habits: Habits) -> tuple[torch.Tensor, torch.Tensor]:
    """First and last, or one to four of any; what is timeless is mostly known with them."""
    count_B = sheet.frames_B
    frames = int(count_B.max())
    step_F = torch.arange(frames, device=count_B.device)
    ends_BF = (step_F == 0) | (step_F == count_B[:, None] - 1)
    shares_BF = torch.where(step_F < count_B[:, None], sheet.shares(len(count_B), frames), 2.0)
    any_BF = shares_BF.argsort(1).argsort(1) < sheet.whole(1, torch.full_like(count_B, MOST_SHOWN))[:, None]
    kept_BF = torch.where(sheet.shares(len(count_B), 1) < 0.5, ends_BF, any_BF)
    kept_BL = kept_BF.gather(1, sheet.frame_BL.clamp(0, frames - 1)) & ~sheet.timeless
    known_BL = sheet.timeless & (sheet.shares(len(count_B), 1) < 0.8)
    return _all(sheet), (~kept_BL & ~known_BL).float()


def _block(sheet: Sheet, habits: Habits) -> tuple[torch.Tensor, torch.Tensor]:
    return _all(sheet), _blocked(sheet, sheet.frames_B)


def _blocked(sheet: Sheet, frames_B: torch.Tensor) -> torch.Tensor:
    """Masks where each part is kept, made, or made in or out of a box; what has frames in a stretch of time, too."""
    first_B = sheet.whole(0, frames_B - 1)
    last_B = sheet.whole(first_B, frames_B - 1)
    mask_BL = _boxed(sheet)
    stretch_B1 = sheet.shares(len(frames_B), 1) < 0.5
    inside_BL = (sheet.frame_BL >= first_B[:, None]) & (sheet.frame_BL <= last_B[:, None])
    return torch.where(stretch_B1 & ~sheet.timeless, inside_BL.float(), mask_BL)


def _boxed(sheet: Sheet) -> torch.Tensor:
    """1 where a part is made anew, (B, L)."""
    low_BP2, high_BP2 = sheet.box_BP4[..., :2], sheet.box_BP4[..., 2:]
    draw_BP = sheet.shares(*sheet.timeless_BP.shape)
    corner_BP22 = sheet.shares(*draw_BP.shape, 2, 2).sort(2).values
    corner_BP22 = low_BP2[:, :, None] - 0.5 + (high_BP2 - low_BP2 + 1)[:, :, None] * corner_BP22
    index_BL2 = sheet.part_BL[..., None].expand(-1, -1, 2)
    least_BL2, most_BL2 = (corner_BP22[:, :, n].gather(1, index_BL2) for n in (0, 1))
    inside_BL = ((sheet.place_BL2 >= least_BL2) & (sheet.place_BL2 <= most_BL2)).all(-1)
    within_BL = sheet.of_part(sheet.shares(*draw_BP.shape) < 0.5) == inside_BL
    whole_BP = (draw_BP < 0.3) | (low_BP2 == high_BP2).all(-1)
    return torch.where(sheet.of_part(whole_BP), sheet.of_part(draw_BP < 0.5), within_BL).float()


def _motion(sheet: Sheet, habits: Habits) -> tuple[torch.Tensor, torch.Tensor]:
    moving_BL = ~sheet.timeless
    bare_B1 = (sheet.clip_BP & ~sheet.timeless_BP).any(1, keepdim=True)
    bare_B1 = bare_B1 & (sheet.shares(len(bare_B1), 1) < habits.bare_motion)
    return moving_BL | ~bare_B1, moving_BL.float()


def _frame_noise(sheet: Sheet, habits: Habits) -> tuple[torch.Tensor, torch.Tensor]:
    """A level for every latent frame and one for every timeless part."""
    frames = int(sheet.frames_B.max())
    level_BF = sheet.shares(len(sheet.frames_B), frames).clamp_min(0.02)
    level_BP = sheet.shares(*sheet.timeless_BP.shape).clamp_min(0.02)
    of_frame_BL = level_BF.gather(1, sheet.frame_BL.clamp(0, frames - 1))
    return _all(sheet), torch.where(sheet.timeless, sheet.of_part(level_BP), of_frame_BL)


def _all(sheet: Sheet) -> torch.Tensor:
    return torch.ones_like(sheet.clip_BL)


RULES: dict[str, Rule] = {
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
