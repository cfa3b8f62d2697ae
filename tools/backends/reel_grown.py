"""Takes of the generator that go on: what was shown stays as it is, and more of it is made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from tools.backends.reel_long import NoHistory, strip_in
from tools.backends.reel_words import Spoken
from tools.contract import Base, ShotRequest

if TYPE_CHECKING:
    import torch

    from models.layers.strip import Strip
    from models.reel import Ask, Reel

SHAKEN = "handheld"
"""The move that goes on as it would have; every other goes on as fast as it ended."""
PACE_FRAMES = 4
"""Frames at its end that tell how fast a camera moves."""


def grown_from(reel: Reel, base: Base, request: ShotRequest, ask: Ask, said: Spoken) -> tuple[Strip, Ask]:
    """The take that a shot goes on from, with the camera's path to the end of the shot, and what is asked of the rest.

    Raises:
        NoHistory: what the take was made of was not kept, cannot be read, or is of another generator or cast.
    """
    from models.windows import layers_of

    strip, kept = strip_in(reel, base.latents, ask, "the shorter take")
    if len(strip.sheets) < len(request.elements):
        raise NoHistory("in the shorter take are fewer subjects")
    layers_of(reel, ask)
    longer = ahead(strip.path_F9, said.path, request.shot.camera.move == SHAKEN)
    rides = tuple(ride.later(strip.frames - 1) for ride in ask.rides)
    return replace(strip, path_F9=longer), replace(ask, references=(), keyframes={}, kept=kept, rides=rides)


def going_on(reel: Reel, strip: Strip, ask: Ask, said: Spoken) -> Iterator[Strip]:
    """The shot while it is made, what was there first."""
    from models.length import continued
    from models.shapes import FPS

    if strip.frames >= ask.canvas.frames:
        yield strip.upto(ask.canvas.frames)
        return
    join_s = (strip.frames - 1) / FPS

    def told(start_s: float, end_s: float) -> str:
        return said.told(join_s + start_s, join_s + end_s)

    yield from continued(reel, strip, ask, said.seed, told)


def ahead(path_F9: torch.Tensor, planned_F9: torch.Tensor, shaken: bool = False) -> torch.Tensor:
    """A camera's path that goes on for as many frames as the planned one has, (F, 9).

    Args:
        path_F9: what there is of it, at least one frame.
        planned_F9: that of the whole shot, with its lightning; only a ``shaken`` camera goes its way.
    """
    import torch

    from models.windows import FLASH

    have, whole = len(path_F9), len(planned_F9)
    if have >= whole:
        return path_F9
    last = path_F9[-1]
    if shaken:
        more = last + planned_F9[have:] - planned_F9[have - 1]
    else:
        before = path_F9[max(0, have - 1 - PACE_FRAMES)]
        pace = (last - before) / max(1, min(PACE_FRAMES, have - 1))
        more = last + pace * torch.arange(1, whole - have + 1)[:, None]
    more[:, len(last) - 2 :] = 0.0
    more[:, FLASH] = planned_F9[have:, FLASH]
    return torch.cat([path_F9, more])
