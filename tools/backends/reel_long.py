"""Takes of the generator that are longer than it makes at once, or that go on from what another take was made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.backends.reel_taught import writer_of
from tools.backends.reel_words import Spoken
from tools.contract import Opening, Progress, ShotRequest

if TYPE_CHECKING:
    from models.layers.kept import Kept
    from models.layers.strip import Strip
    from models.reel import Ask, Made, Reel


class NoHistory(Exception):
    """A shot cannot go on from the latents of the one before; the message says why."""


def growing(reel: Reel, ask: Ask, said: Spoken, before: Strip | None, at_s: float = 0.0) -> Iterator[Strip]:
    """The shot while it is made.

    Args:
        before: the take that it goes on from, from ``at_s`` on; None if it begins by itself.
    """
    from models.length import following, strips

    if before is None:
        return strips(reel, ask, said.seed, said.told)
    return following(reel, before, at_s, ask, said.seed, said.told)


def write_growing(
    reel: Reel, growing: Iterator[Strip], ask: Ask, seed: int, request: ShotRequest, out: Path, progress: Progress
) -> tuple[Made, Strip]:
    """Encode the frames that the shot wants while they are made; what was made, as a clip and in rows.

    Raises:
        MediaFailed, DiskFull: the file could not be written; nothing is left.
    """
    from models.length import made_of
    from models.streaming import Playing
    from models.windows import layers_of

    rate = float(request.rate.fraction)
    playing = Playing(layers_of(reel, ask), request.height, request.width, rate, ask.kept)
    left = request.frames
    with writer_of(request, out) as writer:
        for strip in growing:
            for piece in playing.pieces(strip, last=strip.frames >= ask.canvas.frames):
                frames = piece.frames[:left].numpy()
                if len(frames):
                    writer.write(frames)
                left -= len(frames)
                progress(1.0 - left / request.frames)
    return made_of(reel, strip, ask, seed), strip


def falling(strip: Strip) -> dict[str, Any]:
    """For the recipe of a take that goes on from another: for how long what falls has fallen, and from where it is
    seen."""
    return {"falling": {"since_s": strip.fallen_s, "from": strip.origin.tolist()}}


def history_of(reel: Reel, opening: Opening, request: ShotRequest, ask: Ask) -> tuple[Strip, float]:
    """The take that a shot begins with the last frame of, in the slots of the shot's subjects, and when that frame is.

    Raises:
        NoHistory: what it was made of was not kept, cannot be read, or means something else to this generator.
    """
    import torch

    from models.layers.places import by_role
    from models.windows import layers_of

    if not opening.frames:
        raise NoHistory("what the shot before was made of was not kept")
    strip, kept = strip_in(reel, opening.latents, ask, "the shot before")
    if kept is not None:
        raise NoHistory("the shot before shows a picture as it is, of which its latents know little")
    codec, canvas = layers_of(reel, ask), strip.canvas
    slots = {element: slot for slot, element in enumerate(opening.elements[: len(strip.sheets)])}
    _, _, blank, _, _ = by_role(codec.blank(canvas, len(request.elements), strip.path_F9))
    sheets, rows, unseen = [], [], set()
    for number, (element, sheet) in enumerate(zip(request.elements, blank, strict=True)):
        slot = slots.get(element.id)
        if slot is None:
            unseen.add(number)
            rows.append(strip.rows_KFR.new_zeros(strip.frames, codec.network.pose.row))
        else:
            sheet = sheet.filled(strip.sheets[slot].clean_LC)
            rows.append(strip.rows_KFR[slot])
        sheets.append(sheet)
    rows_KFR = torch.stack(rows) if rows else strip.rows_KFR[:0]
    strip = replace(strip, sheets=tuple(sheets), rows_KFR=rows_KFR, unseen=frozenset(unseen))
    return strip, (opening.frames - 1) / float(request.rate.fraction)


def strip_in(reel: Reel, latents: Path | None, ask: Ask, whose: str) -> tuple[Strip, Kept | None]:
    """What a take was made of, silent, and the picture that it shows as it is, if it begins with one.

    Args:
        whose: take it is, for messages.

    Raises:
        NoHistory: it was not kept, cannot be read, or means something else to this generator.
    """
    import torch

    from models.codec import Canvas
    from models.latents import LatentsRefused, from_bytes
    from models.layers.strip import strip_of
    from models.reel import kept_in
    from models.shapes import FPS
    from models.windows import layers_of

    if latents is None:
        raise NoHistory(f"what {whose} was made of was not kept")
    try:
        content = latents.read_bytes()
        kept = kept_in(content)
        parts, told = from_bytes(content)
        canvas = Canvas(**told["canvas"])
        fell = told.get("falling", {"since_s": 0.0, "from": None})
        since_s, origin = float(fell["since_s"]), fell["from"]
        codec = layers_of(reel, ask)
    except (LatentsRefused, OSError, KeyError, TypeError, ValueError) as error:
        raise NoHistory(f"what {whose} was made of cannot be gone on from ({error})") from error
    if not means_the_same(told, reel):
        raise NoHistory(f"{whose} was made by another generator")
    if (canvas.height, canvas.width, canvas.fps) != (ask.canvas.height, ask.canvas.width, FPS):
        raise NoHistory(f"{whose} was made at another size or rate")
    strip = replace(
        strip_of(codec, parts, canvas), sound_TC=None, fallen_s=since_s,
        origin_9=None if origin is None else torch.tensor(origin),
    )  # fmt: skip
    return strip, kept


def means_the_same(told: dict[str, Any], reel: Reel) -> bool:
    """Are the latents of this recipe in the tokens of this generator's codec?"""
    codec = told.get("codec")
    if not isinstance(codec, dict):
        return False
    return codec.get("meaning") == reel.codec.meaning or codec.get("version") == reel.codec.version
