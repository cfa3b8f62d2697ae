"""A shot made of what there is: a window of a take or of a clip, at its own pace or another, or a take that goes on."""

from __future__ import annotations

from collections.abc import Sequence

from storyboards.shot import Action, CutFrom, Part, Shot

SEEN = ("parts", "setting", "time", "weather", "camera", "exposure", "seed", "continues", "first_frame", "patch")
"""Fields of a shot that a cut of its take must share with it."""
GROWN = (*(name for name in SEEN if name not in ("parts", "seed")), "taught")
"""Fields that a shot must share with the shorter one that it goes on from; another seed goes on otherwise."""
UNFILMED = {"cut": None, "lines": (), "title": "", "prompt": "", "source": ""}
"""What a shot that is kept for its take says nothing of."""
LEAST_SHARE = 0.02
"""Of the window that an action must fill to be left in it."""


def cut_shot(shot: Shot, start: int, length: int, frames: int) -> Shot:
    """The shot with ``length`` of its frames from ``start`` on, played in ``frames``: cut from its take, or, if it is a
    cut already, from what that was cut from. Sounds and lines are left as they are.

    Raises:
        ValueError: there are no such frames in it.
    """
    whole, pace = shot.frames, 1.0
    filmed: Shot | None = shot.model_copy(update=UNFILMED)
    clip, first = "", 0
    if shot.cut is not None and is_cut(shot):
        whole, pace = shot.cut.whole, shot.cut.length / shot.frames
        filmed, clip, first = shot.cut.filmed, shot.cut.clip, shot.cut.start
    begin = first + round(start * pace)
    held = min(max(1, round(length * pace)), whole - begin)
    cut = CutFrom(filmed=filmed, clip=clip, start=begin, length=held, whole=whole)
    parts = windowed(shot.parts, shot.frames, start, length)
    if filmed is not None:
        parts = windowed(filmed.parts, filmed.frames, cut.start, cut.length)
    return shot.model_copy(update={"frames": frames, "parts": parts, "cut": cut})


def is_cut(shot: Shot) -> bool:
    """Is the shot cut from what there is? Not if its picture was changed after the cut: then it has to be filmed."""
    if shot.cut is None:
        return False
    filmed = shot.cut.filmed
    if filmed is None:
        return True
    parts = windowed(filmed.parts, filmed.frames, shot.cut.start, shot.cut.length)
    seen = filmed.model_copy(update={"parts": parts})
    return all(getattr(seen, name) == getattr(shot, name) for name in SEEN)


def grown_shot(shot: Shot, frames: int) -> Shot:
    """The shot going on to so many frames: what is done last goes on, and all that its take shows stays. One that is
    cut, at its own pace and from its beginning, goes on from what it was cut from.

    Raises:
        ValueError: it has so many frames already.
    """
    if frames <= shot.frames:
        raise ValueError(f"a shot of {shot.frames} frames does not grow to {frames}")
    filmed = shot
    if shot.cut is not None and is_cut(shot):
        begins = shot.cut.filmed is not None and shot.cut.start == 0 and shot.cut.length == shot.frames
        filmed = shot.cut.filmed if begins and shot.cut.filmed is not None else shot
        if not begins or frames <= filmed.frames:
            parts = windowed(shot.parts, shot.frames, 0, frames)
            return shot.model_copy(update={"frames": frames, "parts": parts, "cut": None, "grown": None})
    kept = filmed.model_copy(update=UNFILMED)
    parts = windowed(kept.parts, kept.frames, 0, frames)
    return shot.model_copy(update={"frames": frames, "parts": parts, "cut": None, "grown": kept})


def is_grown(shot: Shot) -> bool:
    """Does the shot go on from a shorter one? Not if its picture was changed after that: then all of it is filmed."""
    if shot.grown is None or is_cut(shot):
        return False
    parts = windowed(shot.grown.parts, shot.grown.frames, 0, shot.frames)
    return (
        shot.frames > shot.grown.frames and parts == shot.parts
        and all(getattr(shot.grown, name) == getattr(shot, name) for name in GROWN)
    )  # fmt: skip


def windowed(parts: Sequence[Part], whole: int, start: int, length: int) -> tuple[Part, ...]:
    """The parts in ``length`` of a shot's ``whole`` frames: what falls outside goes, and if nothing is left, the last
    thing that was done fills the window."""
    return tuple(part.model_copy(update={"actions": _within(part.actions, whole, start, length)}) for part in parts)


def _within(actions: tuple[Action, ...], whole: int, start: int, length: int) -> tuple[Action, ...]:
    """The last action goes on to the end, the first begins at the beginning, as whoever plans writes them."""
    held: list[Action] = []
    for action in actions:
        begin, end = ((share * whole - start) / length for share in (action.start, action.end))
        if end > LEAST_SHARE and begin < 1 - LEAST_SHARE:
            share = {"start": round(max(0.0, begin), 4), "end": round(min(1.0, end), 4)}
            held.append(action.model_copy(update=share))
    held = held or list(actions[-1:])
    if not held:
        return ()
    held[0] = held[0].model_copy(update={"start": 0.0})
    held[-1] = held[-1].model_copy(update={"end": 1.0})
    return tuple(held)
