"""What a clip sounds like: sound for a picture that is there, a picture for a sound that is there, and the wave.

The same network and the same masks as everywhere: what is given is clean, what is wanted is made from noise.
"""

from __future__ import annotations

from collections.abc import Sequence as Listing
from dataclasses import replace

import torch

from models.conditions import Segment
from models.length import is_long, sounded
from models.reel import Ask, Made, Making, Reel
from models.sound.tokens import AUDIO, Audible, sound_of


def is_sounding(made: Made) -> bool:
    """Was the clip made with its sound?"""
    return any(part.role == AUDIO for part in made.parts)


def listening(making: Making) -> Making:
    """How sound is made for a picture: all else is given, so it is looked at once, in half the time; as many events are
    heard (decision 0094)."""
    return replace(making, keeping=True)


def with_sound(
    reel: Reel, made: Made, events: Listing[Audible] | None = None, seed: int = 0, making: Making | None = None
) -> Made:
    """The same clip with sound made for it; what it shows is kept, bit for bit. A long one is heard in windows.

    Args:
        events: what is to be heard and when; None leaves it to the picture.

    Raises:
        ValueError: the generator has no sound, or an event is of no sound that it knows.
    """
    making = listening(making or reel.making)
    if is_long(reel, made.ask.canvas.frames):
        return sounded(reel, made, events, seed, making=making)
    blank = sound_of(reel.codec).blank(made.ask.canvas)
    pictures = [part for part in made.parts if part.role != AUDIO]
    ask = replace(made.ask, sounding=True, events=None if events is None else tuple(events))
    whole = replace(made, ask=ask, parts=(*pictures, blank))
    return reel.inpaint(whole, [*(0.0 for _ in pictures), 1.0], seed, making=making)


def filmed_to(reel: Reel, ask: Ask, wave_N: torch.Tensor, seed: int = 0, making: Making | None = None) -> Made:
    """A clip that shows what is heard.

    Args:
        wave_N: mono, -1 to 1 at ``models.sound.codec.RATE``; cut to the clip, or filled with silence.

    Raises:
        ValueError: the generator has no sound.
    """
    heard = sound_of(reel.codec).part(wave_N, ask.canvas)
    parts = (*reel.codec.blank(ask.canvas, ask.subjects, ask.along()), heard)
    blank = Made(replace(ask, sounding=True, events=None), parts, reel.codec.camera(ask.along(), ask.canvas), seed)
    return reel.inpaint(blank, [*(1.0 for _ in parts[1:]), 0.0], seed, making=making)


def wave_of(reel: Reel, made: Made) -> torch.Tensor:
    """The sound of a clip, mono at ``models.sound.codec.RATE``, as long as the clip: (N,).

    Raises:
        ValueError: it was made without sound.
    """
    heard: list[Segment] = [part for part in made.parts if part.role == AUDIO]
    if not heard:
        raise ValueError("the clip was made without sound; `with_sound` adds it")
    return sound_of(reel.codec).wave(heard[0], made.ask.canvas)
