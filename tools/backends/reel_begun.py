"""Shots that begin with a picture: whose pixels are shown, who is found in it, and what is said of that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from storyboards.errors import BackendUnavailable
from tools.contract import Opening, ShotRequest

if TYPE_CHECKING:
    import torch

    from models.reel import Ask, Made, Reel

NO_ENCODER = BackendUnavailable(
    "the generator has no encoder of plain pictures, so no shot can begin with one.",
    next_step="`python -m models.train.plain_layers` makes its weights; or let the shot begin by itself.",
)


def opened(reel: Reel, ask: Ask, opening: Opening, sure: bool = False) -> Ask:
    """The ask with the picture that it begins with.

    Args:
        sure: everybody in the shot is known to be in it.

    Raises:
        BackendUnavailable: the generator's codec cannot read plain pictures.
    """
    import torch

    from tools.media import read_picture

    if not reel.reads_places:
        raise NO_ENCODER
    picture = torch.from_numpy(read_picture(opening.path).copy()).permute(2, 0, 1).float() / 255
    return reel.opened(replace(ask, keyframes={0: picture}, cast=opening.cast, sure=sure))


def begun(reel: Reel, ask: Ask, request: ShotRequest) -> tuple[Ask, list[str]]:
    """The ask of a shot that begins with a person's picture, and what has to be said of that picture.

    Raises:
        BackendUnavailable: as :func:`opened`.
    """
    if request.opening is None:
        raise RuntimeError("the picture that the shot begins with was not handed over")
    ask = opened(reel, ask, request.opening)
    notes = missing_in(ask, request)
    if ask.kept is not None and ask.kept.photo and request.opening.cast:
        ask = replace(ask, references=_places(ask))
    return ask, notes


def missing_in(ask: Ask, request: ShotRequest) -> list[str]:
    """Who is not found in the picture that a shot begins with, in words."""
    cast, kept = [element.id for element in request.elements], ask.kept
    if not cast or kept is None or request.opening is None or not request.opening.cast:
        return []
    if len(kept.shown) < len(cast):
        return ["the picture that it begins with is a photograph: nobody is cut out of it, and the camera alone moves"]
    missing = [name for name, there in zip(cast, kept.shown, strict=True) if not there]
    said = f"the picture that it begins with does not show {' and '.join(missing)} for sure; who is missing comes in"
    return [said] if missing else []


def without(made: Made, masks: Sequence[torch.Tensor | float], box: tuple[float, float, float, float]) -> Made:
    """What was made, but of its kept picture nothing of what is made anew: a region, and whoever is in it."""
    kept = made.ask.kept
    if kept is None:
        return made
    kept = kept.without(box)
    sheets = [mask for part, mask in zip(made.parts, masks, strict=True) if part.role == "sheet"]
    for subject, mask in enumerate(sheets[: len(kept.cover_KHW)]):
        if (mask if isinstance(mask, float) else float(mask.max())) > 0:
            kept = kept.remade(subject)
    return replace(made, ask=replace(made.ask, kept=kept))


def _places(ask: Ask) -> tuple[tuple[int, torch.Tensor], ...]:
    """References of what is left: nobody's."""
    from models.reel import PLACE

    return tuple(reference for reference in ask.references if reference[0] == PLACE)
