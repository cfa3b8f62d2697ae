"""The picture that a prompted model is shown of a shot, in the model's size: what the shot begins with, else what a
person gave of an element."""

from __future__ import annotations

import numpy as np

from tools.backends.fitting import Fit, Size
from tools.contract import Reference, ShotRequest
from tools.make_reference import read_reference
from tools.media import png_bytes, read_picture

BEGINS = frozenset({"begin_with_picture", "continue_from_last_frame"})
"""What a backend can do whose model begins with the picture that it is shown."""
GROUND = 128
"""Grey on which a cut-out figure is shown."""


def reference_shown(request: ShotRequest) -> Reference | None:
    """The first given reference, subjects before the place; None without any."""
    given = {reference.element: reference for reference in reversed(request.references) if reference.given}
    order = [*(part.element for part in request.shot.parts), *given]
    return next((given[element] for element in order if element in given), None)


def frame_shown(request: ShotRequest, size: Size) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """The picture to show, (H, W, 3) uint8 of that size, and notes on what is not shown; None for no picture.

    Raises:
        BadMedia: the picture cannot be read.
    """
    if request.opening is not None:
        first = read_picture(request.opening.path)
        notes = [f"the picture of {each.element!r} is not shown to the model, which begins with another one"
                 for each in request.references if each.given]  # fmt: skip
        return Fit.of((first.shape[1], first.shape[0]), size)(first), tuple(notes)
    shown = reference_shown(request)
    if shown is None:
        return None, ()
    picture = read_reference(shown.path)
    cover = picture[..., 3:].astype(np.float32) / 255
    flat = (picture[..., :3] * cover + GROUND * (1 - cover) + 0.5).astype(np.uint8)
    others = [r.element for r in request.references if r.given and r is not shown]
    notes = [f"the picture of {element!r} is not shown to the model, which takes one picture" for element in others]
    return Fit.of((flat.shape[1], flat.shape[0]), size)(flat), tuple(notes)


def picture_shown(request: ShotRequest, size: Size) -> tuple[bytes, tuple[str, ...]]:
    """:func:`frame_shown` as a PNG, empty for none."""
    frame, notes = frame_shown(request, size)
    return (b"" if frame is None else png_bytes(frame)), notes
