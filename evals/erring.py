"""A backend that errs at a known rate: what is asked of it is changed, by chance, before another backend films it.

A study of a loop needs mistakes whose truth is known. Each promise of a shot's picture is broken with the same
probability: the place, its hour and weather, the camera, who is there, in which colour, and where they go. What was
really filmed is in the take's recipe. The same request errs alike, and another seed errs anew, as a generator does. A
retake that makes only some of a take anew errs anew in that alone, and keeps the rest, right or wrong.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from models.world.vocabulary import CAMERA_MOVES, COLOURS, FRAMINGS, SETTINGS, SUBJECTS, TIMES, WEATHERLESS, WEATHERS
from storyboards.claims import shot_claims
from storyboards.errors import BadInput
from storyboards.shot import DEEDS, LIGHT, LOOKS, PLACE, Action, Element, Part, Shot, Take
from storyboards.storyboard import Storyboard, digest_of
from tools.contract import Filming, Progress, ShotRequest, VideoBackend

ERRED = "erred"
OF_THE_PICTURE = frozenset(
    {"setting", "time", "weather", "camera", "framing", "subject", "colour", "count", "direction", "relation", "action"}
)
"""Kinds of claims of which the truth is told."""
TURNED = {"left": "right", "right": "left", "up": "down", "down": "up"}


class ErringBackend:
    """Another backend, whose promises are broken at a rate.

    Args:
        rate: probability of each promise to be broken, 0 to 1.
        rated_by: version of the judge whose doubts are weighed with the rate, which is known of every judge.

    Raises:
        BadInput: the rate is not between 0 and 1.
    """

    abilities = frozenset({"remake_in_part"})

    def __init__(self, backend: VideoBackend, rate: float, rated_by: str = "") -> None:
        if not 0 <= rate <= 1:
            raise BadInput(f"promises cannot be broken at a rate of {rate:g}.", next_step="For example 0.1.")
        self._backend, self._rate, self.rated_by = backend, rate, rated_by

    @property
    def name(self) -> str:
        return f"{self._backend.name}, erring {self._rate:g}"

    @property
    def version(self) -> str:
        return f"{self._backend.version}.erring{self._rate:g}"

    @property
    def keeps(self) -> Mapping[str, float]:
        """Every kind of claim as often as the rate leaves it."""
        kinds = ("setting", "time", "weather", "camera", "framing", "subject", "colour", "count", "direction")
        return dict.fromkeys(kinds, 1.0 - self._rate)

    def price_usd(self, request: ShotRequest) -> float:
        return self._backend.price_usd(request)

    def film(self, request: ShotRequest, out: Path, idempotency_key: str, progress: Progress) -> Filming:
        """Film the request as it was misunderstood."""
        drawn = int(digest_of(request.picture_recipe())[:12], 16)
        meant, elements = misread(request.shot, request.elements, self._rate, drawn)
        if request.shot.remake is not None and request.base is not None and request.base.latents is not None:
            before = _filmed(json.loads(request.base.latents.read_bytes()))
            order = [part.element for part in request.shot.parts]
            meant, elements = in_part(before, (meant, elements), request.shot.remake.what, order)
        shot = meant.model_copy(update={"parts": _alone(meant.parts)})
        made = self._backend.film(replace(request, shot=shot, elements=elements), out, idempotency_key, progress)
        made = made or Filming()
        filmed = {
            "shot": shot.model_dump(mode="json"),
            "elements": [element.model_dump(mode="json") for element in elements],
        }
        kept = json.dumps(filmed | {"shot": meant.model_dump(mode="json")}).encode()
        return replace(made, recipe={**made.recipe, ERRED: filmed}, latents=kept)


Filmed = tuple[Shot, tuple[Element, ...]]
"""What was filmed in truth: the shot and its cast."""


def _filmed(document: dict[str, Any]) -> Filmed:
    cast = tuple(Element.model_validate(element) for element in document["elements"])
    return Shot.model_validate(document["shot"]), cast


def in_part(before: Filmed, after: Filmed, what: Sequence[str], order: Sequence[str]) -> Filmed:
    """What was filmed before, but for what is named, which is as it was understood after; what somebody does includes
    whether they are there at all, and the place and everybody's deeds the camera that sees them.

    Args:
        order: ids of the subjects as planned.
    """
    (shot, cast), (new, recast) = before, after
    changed: dict[str, object] = {}
    if PLACE in what:
        changed |= {"setting": new.setting}
    if LIGHT in what:
        changed |= {"time": new.time, "weather": new.weather}
    there = {part.element: part for part in shot.parts if f"{DEEDS}{part.element}" not in what}
    there |= {part.element: part for part in new.parts if f"{DEEDS}{part.element}" in what}
    parts = tuple(there[element] for element in order if element in there)
    if PLACE in what and all(f"{DEEDS}{element}" in what for element in order):
        changed |= {"camera": new.camera}
    looks = {element.id: element for element in recast if f"{LOOKS}{element.id}" in what}
    weather = "clear" if changed.get("setting", shot.setting) in WEATHERLESS else changed.get("weather", shot.weather)
    changed |= {"parts": parts, "weather": weather, "seed": new.seed, "remake": None}
    return shot.model_copy(update=changed), tuple(looks.get(element.id, element) for element in cast)


def misunderstood(
    shot: Shot, elements: tuple[Element, ...], rate: float, seed: int
) -> tuple[Shot, tuple[Element, ...]]:  # fmt: skip
    """The shot and its cast with each promise broken at the rate, drawn from the seed, as it can be filmed."""
    shot, cast = misread(shot, elements, rate, seed)
    return shot.model_copy(update={"parts": _alone(shot.parts)}), cast


def misread(shot: Shot, elements: tuple[Element, ...], rate: float, seed: int) -> Filmed:
    """The same before it is filmed: somebody may be meant to do something to who is not there."""
    rng = np.random.default_rng(seed)

    def other(word: str, words: tuple[str, ...]) -> str:
        """The word, or another one at the rate; the same numbers are drawn either way."""
        errs, pick = rng.random() < rate, rng.random()
        rest = [each for each in words if each != word]
        return rest[int(pick * len(rest))] if errs and rest else word

    setting = other(shot.setting, SETTINGS)
    weather = other(shot.weather, WEATHERS)
    camera = {"move": other(shot.camera.move, CAMERA_MOVES), "framing": other(shot.camera.framing, FRAMINGS)}
    cast = tuple(
        element.model_copy(update={
            "subject": other(element.subject, alike(element.subject)),
            "colour": other(element.colour, tuple(COLOURS)) if element.colour else "",
        }) for element in elements
    )  # fmt: skip
    parts = tuple(_turned(part, rng, rate) for part in shot.parts)
    if rng.random() < rate and len(parts) > 1:
        parts = parts[:-1]
    changed = {
        "setting": setting, "time": other(shot.time, TIMES), "weather": "clear" if setting in WEATHERLESS else weather,
        "camera": shot.camera.model_copy(update=camera), "parts": parts,
    }  # fmt: skip
    return shot.model_copy(update=changed), cast


def alike(subject: str) -> tuple[str, ...]:
    """Subjects that can do what this one can."""
    able = frozenset(SUBJECTS[subject].actions)
    return tuple(name for name, kind in SUBJECTS.items() if able <= frozenset(kind.actions))


def _turned(part: Part, rng: np.random.Generator, rate: float) -> Part:
    """The part, going the other way at the rate."""
    if rng.random() >= rate:
        return part
    actions: tuple[Action, ...] = tuple(
        action.model_copy(update={"direction": TURNED.get(action.direction, action.direction)})
        for action in part.actions
    )
    return part.model_copy(update={"actions": actions})


def _alone(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """Without what is done to somebody who is not there."""
    there = {part.element for part in parts}
    return tuple(
        part.model_copy(update={"actions": tuple(a for a in part.actions if not a.target or a.target in there)})
        for part in parts
    )


def truth_of(board: Storyboard, take: Take) -> dict[str, float] | None:
    """1 for every picture claim of the plan that was filmed as planned, 0 for the others; None if nobody erred."""
    erred = take.recipe.get(ERRED)
    if not isinstance(erred, dict):
        return None
    shot = Shot.model_validate(erred["shot"])
    told = {element["id"]: Element.model_validate(element) for element in erred["elements"]}
    cast = tuple(told.get(element.id, element) for element in board.elements)
    filmed = board.model_copy(update={"elements": cast})
    found = {claim.id: (claim.expected, claim.number) for claim in shot_claims(filmed, shot)}
    planned = shot_claims(board, board.shot(take.shot_id))
    return {claim.id: float(found.get(claim.id) == (claim.expected, claim.number)) for claim in planned
            if claim.kind in OF_THE_PICTURE}  # fmt: skip
