"""Clips longer than the network makes at once, at the same cost for every second, and clips that go on.

A network that was trained on four seconds makes four at a time. First the *course*: the whole stretch as one such clip,
as if it took four seconds, which says who is where when and what all of it looks like. Then windows that slide along
it at the true pace: the frames before a window are given, its last ones, as the course has them, and all that is
timeless. All is told anew from a window's first frame (:mod:`models.layers.rebase`), made, and told back. So nothing
drifts away, nothing is worn down by being made of itself, and what comes out is an ordinary clip.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence as Listing
from dataclasses import replace

import torch

from models.layers.codec import LayersCodec
from models.layers.parts import CAMERA
from models.layers.rebase import path_onto
from models.layers.strip import Strip, ended, parts_of, stretched, strip_of, told_from
from models.reel import Ask, Made, Making, Reel
from models.shapes import TIME_STRIDE
from models.sound.tokens import AUDIO, Audible, sound_of, sound_part
from models.windows import AT_ONCE, SPAN, Said, Slide, Sliding, layers_of, paced, unlit


def is_long(reel: Reel, frames: int) -> bool:
    """Is a clip of so many frames made in windows?"""
    return frames > AT_ONCE and isinstance(reel.codec, LayersCodec)


def long_clip(
    reel: Reel, ask: Ask, seed: int = 0, said: Said | None = None, making: Making | None = None
) -> Made:  # fmt: skip
    """A clip of any length; one of up to ``AT_ONCE`` frames is :meth:`Reel.clip`'s.

    Args:
        said: the caption of each window; the ask's if None.

    Raises:
        ValueError: the codec is not that of layers, or the clip has another rate than 12 frames a second.
    """
    ask = reel.opened(ask)
    *_, strip = strips(reel, ask, seed, said, making)
    return made_of(reel, strip, ask, seed)


def strips(
    reel: Reel, ask: Ask, seed: int = 0, said: Said | None = None, making: Making | None = None,
    sliding: Sliding | None = None,
) -> Iterator[Strip]:  # fmt: skip
    """A clip of any length while it is made: each time with the frames of one window more.

    Raises:
        ValueError: as :func:`long_clip`.
    """
    ask = reel.opened(ask)
    codec, frames = layers_of(reel, ask), ask.canvas.frames
    if frames <= AT_ONCE:
        yield strip_of(codec, reel.clip(ask, seed, making).shown, ask.canvas)
        return
    canvas = replace(ask.canvas, frames=SPAN)
    short = replace(ask, canvas=canvas, path=unlit(stretched(ask.along(), SPAN)), sounding=False, events=None)
    slide = Slide(reel, ask, seed, said, making, sliding or Sliding())
    if not slide.sliding.course:
        short = replace(short, path=ask.along()[:SPAN])
    course = strip_of(codec, reel.clip(short, seed, making).shown, canvas)
    begun = replace(course.upto(1 if slide.sliding.course else SPAN), path_F9=ask.along())
    if ask.sounding:
        begun = replace(begun, sound_TC=sound_of(codec).blank(canvas).clean_LC[:0])
    yield from slide.along(begun, paced(course.rows_KFR, frames), frames)


def extended(
    reel: Reel, made: Made, frames: int, seed: int = 0, *, caption: str = "", path: torch.Tensor | None = None,
    events: Listing[Audible] | None = None, said: Said | None = None, making: Making | None = None,
) -> Made:  # fmt: skip
    """What was made and ``frames`` more, which keep all that is there: one clip, of which the beginning is as it was.

    Args:
        frames: how many more, 4k.
        caption: of what is added; the old one if empty. ``said`` tells it window by window, counted from the join.
        path: the camera's from the last frame on, told from there, (frames + 1, 9); it stands still if None.
        events: what is to be heard in what is added, counted from the join, if the clip sounds.

    Raises:
        ValueError: not 4k frames, a path of another length, or as :func:`long_clip`.
    """
    if frames < TIME_STRIDE or frames % TIME_STRIDE:
        raise ValueError(f"a clip grows by {TIME_STRIDE}k frames, got {frames}")
    ask = replace(made.ask, caption=caption or made.ask.caption, events=None if events is None else tuple(events))
    codec = layers_of(reel, ask)
    strip = strip_of(codec, made.shown, made.ask.canvas)
    path = _standing(frames + 1) if path is None else path
    if path.shape != (frames + 1, len(CAMERA)):
        raise ValueError(f"a path for {frames} frames more is {frames + 1} × 9, got {tuple(path.shape)}")
    last = strip.path_F9[-1]
    ahead = path_onto(path[1:], last)
    ahead[:, 6] += last[6] - path[0, 6]
    strip = replace(strip, path_F9=torch.cat([strip.path_F9, ahead]))
    *_, strip = continued(reel, strip, replace(ask, references=(), keyframes={}), seed, said, making)
    whole = replace(ask, references=made.ask.references, events=None)
    return made_of(reel, strip, whole, seed)


def continued(
    reel: Reel, strip: Strip, ask: Ask, seed: int = 0, said: Said | None = None, making: Making | None = None,
    sliding: Sliding | None = None,
) -> Iterator[Strip]:  # fmt: skip
    """A strip that goes on as far as its path does, each time with the frames of one window more.

    Args:
        ask: caption, references and events of what is added, counted from the strip's last frame.
    """
    start, total = strip.frames - 1, len(strip.path_F9)
    slide = Slide(reel, ask, seed, said, making, sliding or Sliding(), start)
    goal_KFR = None
    several = total - slide.next_start(strip, total) > SPAN
    if strip.unseen or strip.left_L is not None or (several and slide.sliding.course):
        strip, course_KFR = slide.course(strip)
        goal_KFR = torch.cat([strip.rows_KFR[:, :start], paced(course_KFR, total - start)], 1)
    yield from slide.along(strip, goal_KFR, total)


def following(
    reel: Reel, before: Strip, at_s: float, ask: Ask, seed: int = 0, said: Said | None = None,
    making: Making | None = None,
) -> Iterator[Strip]:  # fmt: skip
    """A clip that begins with what another shows at a moment and goes on from what was there, told from its own start.

    Args:
        before: the other, its subjects in the slots of the ask's; those that are new here are ``unseen``.
        at_s: seconds from its first frame.
    """
    codec = layers_of(reel, ask)
    path = ask.along().clone()
    falling = replace(before, origin_9=before.origin, fallen_s=before.fallen_s + at_s)
    history = ended(falling, at_s, Sliding().frames)
    path[:, 6] += history.path_F9[-1, 6] - path[0, 6]
    told = told_from(codec, history, history.frames - 1, path)
    if not ask.sounding:
        told = replace(told, sound_TC=None)
    for strip in continued(reel, told, ask, seed, said, making):
        yield strip.since(history.frames - 1)


def sounded(
    reel: Reel, made: Made, events: Listing[Audible] | None = None, seed: int = 0, said: Said | None = None,
    making: Making | None = None,
) -> Made:  # fmt: skip
    """A long clip with sound made for it, window by window; what it shows is kept, bit for bit.

    Raises:
        ValueError: the generator has no sound, or as :func:`long_clip`.
    """
    ask = replace(made.ask, sounding=True, events=None if events is None else tuple(events))
    codec = layers_of(reel, ask)
    strip = strip_of(codec, made.shown, ask.canvas)
    sound_TC = Slide(reel, ask, seed, said, making, Sliding()).sounds(strip)
    pictures = [part for part in made.parts if part.role != AUDIO]
    return replace(made, ask=ask, parts=(*pictures, sound_part(sound_TC, ask.canvas).masked(0.0)))


def made_of(reel: Reel, strip: Strip, ask: Ask, seed: int) -> Made:
    """The strip as an ordinary clip."""
    codec = layers_of(reel, ask)
    camera, *parts = parts_of(codec, strip)
    path = strip.path_F9[: strip.frames]
    sounding = strip.sound_TC is not None
    return Made(replace(ask, canvas=strip.canvas, path=path, sounding=sounding), tuple(parts), camera, seed)


def _standing(frames: int) -> torch.Tensor:
    return torch.zeros(frames, len(CAMERA))
