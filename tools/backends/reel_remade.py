"""Retakes that make some of a take anew: its place, its light, how somebody looks or what somebody does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from storyboards.shot import DEEDS, LIGHT, LOOKS, PLACE, Remake
from tools.backends.reel_long import NoHistory, means_the_same
from tools.contract import Base

if TYPE_CHECKING:
    from models.reel import Ask, Made, Reel


def remade(reel: Reel, ask: Ask, base: Base | None, remake: Remake, elements: Sequence[str], seed: int) -> Made:
    """The take with what is named made anew, and the rest of its tokens as they were, bit for bit.

    Args:
        elements: ids of the subjects, in the order of the ask's.

    Raises:
        NoHistory: what it was made of was not kept, cannot be read, or is of another generator or cast; or it is too
            long to have what happens in it made anew at once.
    """
    from models.latents import LatentsRefused, from_bytes
    from models.length import is_long
    from models.reel import recalled

    if reel.codec.name != "layers":
        raise NoHistory("this generator does not tell places from figures")
    if base is None or base.latents is None:
        raise NoHistory("what the take was made of was not kept")
    try:
        content = base.latents.read_bytes()
        _, told = from_bytes(content)
        before = recalled(content, ask, seed)
    except (LatentsRefused, OSError) as error:
        raise NoHistory(f"what the take was made of cannot be read ({error})") from error
    if not means_the_same(told, reel):
        raise NoHistory("the take was made by another generator")
    deeds = any(name.startswith(DEEDS) for name in remake.what)
    if deeds and is_long(reel, ask.canvas.frames):
        raise NoHistory("what happens in a shot this long is made window by window")
    if PLACE in remake.what:
        before = seen_anew(reel, before)
    masks = masks_of(before, remake.what, elements)
    if sum(part.role == "sheet" for part in before.parts) != len(elements) or not any(masks):
        raise NoHistory("the take shows another cast")
    return reel.inpaint(before, masks, seed)


def seen_anew(reel: Reel, made: Made) -> Made:
    """What was made with an empty place, as large as the camera's path needs it now."""
    from models.layers.codec import LayersCodec

    codec = reel.codec
    assert isinstance(codec, LayersCodec)
    blank = codec.blank(made.ask.canvas, 0, made.ask.along())[0]
    return replace(made, parts=tuple(blank if part.role == blank.role else part for part in made.parts))


def masks_of(made: Made, what: Sequence[str], elements: Sequence[str]) -> list[float]:
    """A mask for every part of what was made: 1 for what is named, 0 for the rest."""
    whose = {"sheet": (LOOKS, iter(elements)), "pose": (DEEDS, iter(elements))}
    masks: list[float] = []
    for part in made.parts:
        name = {"plate": PLACE, "look": LIGHT}.get(part.role, "")
        if part.role in whose:
            kind, names = whose[part.role]
            name = f"{kind}{next(names, '')}"
        masks.append(float(name in what))
    return masks
