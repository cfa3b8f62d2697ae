"""Foils: a claim with one attribute changed, words and all, so that whoever answers yes to both has not looked.

What :func:`restate` knows of the grammar of claims is shared by the judges here and by the truth tests of ``evals``.
"""

from __future__ import annotations

import re

import numpy as np

from storyboards.claims import SOUND_TOLERANCE_S, Claim
from storyboards.shot import Part
from tools.contract import ShotRequest
from tools.vocabulary import (
    ACTIONS,
    CAMERA_MOVES,
    COLOURS,
    FRAMINGS,
    SETTINGS,
    SOUNDS,
    SUBJECTS,
    TIMES,
    WEATHERS,
)

FOIL = "foil:"
"""Begins the id of a foil."""
WORDS: dict[str, tuple[str, ...]] = {
    "colour": tuple(COLOURS), "camera": CAMERA_MOVES, "framing": FRAMINGS, "time": TIMES, "weather": WEATHERS,
}  # fmt: skip
"""Kinds whose every other word is false when one is true."""

_CLOSE: dict[str, tuple[frozenset[str], ...]] = {
    kind: tuple(frozenset(group.split(", ")) for group in groups)
    for kind, groups in {
        "colour": ("red, orange, brown, pink", "orange, yellow", "blue, purple", "purple, pink", "white, yellow",
                   "black, brown, blue"),
        "camera": ("pan left, truck left, whip pan, bolt", "pan right, truck right, whip pan, bolt",
                   "tilt up, crane up", "tilt down, crane down", "dolly in, crash zoom, bolt",
                   "static, handheld", "handheld, roll"),
        "framing": (),
        "time": ("dawn, dusk", "dawn, day", "dusk, night"),
        "weather": ("clear, cloudy", "cloudy, fog", "rain, storm, cloudy", "snow, fog"),
        "setting": ("beach, harbour, river, underwater", "snowfield, mountain", "space, moon, sky", "city, village",
                    "meadow, forest, village, river", "desert, beach", "cave, room", "mountain, cave"),
        "action": ("walk, run, chase, carry, ride", "stand, look around, sleep, wake, wave, meet, spin",
                   "fly, rise, jump, bounce, land, swim", "wake, rise", "meet, walk, run"),
    }.items()
}  # fmt: skip
"""Words that an honest eye may take for each other: none of them is a foil of another."""
_OPPOSITE = {
    "pan left": "pan right", "pan right": "pan left", "tilt up": "tilt down", "tilt down": "tilt up",
    "dolly in": "dolly out", "dolly out": "dolly in", "truck left": "truck right", "truck right": "truck left",
    "crane up": "crane down", "crane down": "crane up", "wide": "close", "close": "wide",
}  # fmt: skip
_MADE_IN_PASSING = frozenset({"footstep", "splash", "bounce", "whoosh", "flap", "thud", "rustle", "engine", "bubble"})
"""Sounds that actions and places make without a cue."""
_OTHER_TITLES = ("THE END", "ONE YEAR LATER")


def restate(claim: Claim, **changed: object) -> Claim:
    """The claim with other fields, its id marked as a foil's and its sentence saying what its fields say.

    Args:
        changed: of ``expected``, ``number``, or ``element`` and ``other`` swapped.
    """
    foil = claim.model_copy(update={"id": FOIL + claim.id, **changed})
    return foil.model_copy(update={"text": _sentence(claim, foil)})


def _sentence(claim: Claim, foil: Claim) -> str:
    text = claim.text
    if claim.kind == "count":
        number = round(foil.number or 0)
        return f"{number} subject{'s are' if number != 1 else ' is'} in the shot."
    if claim.kind == "sound":
        article = "An" if foil.expected[:1] in "aeiou" else "A"
        at_s, tolerance = foil.number or 0.0, foil.tolerance or SOUND_TOLERANCE_S
        return f"{article} {foil.expected} is heard {at_s:.2f} s into the shot (within {tolerance:g} s)."
    if claim.kind == "duration":
        return f"The shot lasts {round(foil.number or 0)} frames."
    if claim.kind == "subject":
        return f"{'An' if foil.expected[:1] in 'aeiou' else 'A'} {foil.expected} is in the shot."
    if claim.kind == "action":
        return f"{text.partition(' performs: ')[0]} performs: {foil.expected}."
    if claim.kind == "relation" and claim.expected == foil.expected:
        return _swapped(text)
    if claim.kind == "exposure":
        return text.replace(claim.expected, foil.expected, 1)
    before, found, after = text.rpartition(claim.expected)
    return before + foil.expected + after if found and claim.expected else text


def _swapped(text: str) -> str:
    """``At the start the fox is left of the owl.`` with fox and owl in each other's place."""
    between = " is left of the | chases the | meets the | rides in the | rides on the "
    return re.sub(rf"^((?:At the start )?[Tt]he )(.+?)({between})(.+)\.$", r"\1\4\3\2.", text)


def random_foil(claim: Claim, rng: np.random.Generator) -> Claim | None:
    """Any other word or number of the kind, however near; None where the words alone do not make it false."""
    if claim.kind in WORDS:
        others = [word for word in WORDS[claim.kind] if word != claim.expected]
        return restate(claim, expected=others[int(rng.integers(len(others)))])
    if claim.kind == "count":
        number = round(claim.number or 0)
        return restate(claim, number=float(number + int(rng.choice([-1, 1])) if number else 1))
    if claim.kind == "direction":
        return restate(claim, expected="left" if claim.expected == "right" else "right")
    if claim.kind == "relation" and claim.expected != "meet":
        return restate(claim, element=claim.other, other=claim.element)
    if claim.kind == "duration":
        return restate(claim, number=(claim.number or 0) + int(rng.choice([-6, -1, 1, 6])))
    return None


def plan_foil(claim: Claim, request: ShotRequest, rng: np.random.Generator) -> Claim | None:
    """A foil that is certainly false if the plan is kept, and that an honest eye can tell from the claim.

    Only the plan is known here, not the picture: words that look alike are left out, and so is what another part of
    the same plan makes true. None where nothing is certain.
    """
    if claim.kind in ("colour", "camera", "framing", "time", "weather", "setting"):
        table = {**WORDS, "setting": SETTINGS}[claim.kind]
        return _other(claim, _far_words(claim.kind, claim.expected, table), rng)
    if claim.kind == "subject":
        return _other(claim, _other_subjects(claim.expected, request), rng)
    if claim.kind == "count":
        return restate(claim, number=float(round(claim.number or 0) + 1))
    if claim.kind == "action":
        return _other(claim, _other_actions(claim, request), rng)
    if claim.kind == "direction":
        opposite = "left" if claim.expected == "right" else "right"
        part = request.shot.part_of(claim.element)
        both = part is not None and any(action.direction == opposite for action in part.actions)
        return None if both else restate(claim, expected=opposite)
    if claim.kind == "relation":
        return None if claim.expected == "meet" else restate(claim, element=claim.other, other=claim.element)
    if claim.kind == "sound":
        return _other(claim, _absent_sounds(request), rng)
    if claim.kind == "title":
        shown = claim.expected.casefold()
        return _other(claim, [title for title in _OTHER_TITLES if title.casefold() not in shown], rng)
    return None


def _other(claim: Claim, words: list[str], rng: np.random.Generator) -> Claim | None:
    return restate(claim, expected=words[int(rng.integers(len(words)))]) if words else None


def _far_words(kind: str, word: str, table: tuple[str, ...]) -> list[str]:
    if word in _OPPOSITE:
        return [_OPPOSITE[word]]
    close = {word}.union(*(group for group in _CLOSE[kind] if word in group))
    return [other for other in table if other not in close]


def _other_subjects(word: str, request: ShotRequest) -> list[str]:
    """Subjects of another build than anybody in the shot."""
    there = {SUBJECTS[element.subject].body for element in request.elements if element.subject in SUBJECTS}
    bodies = there | ({SUBJECTS[word].body} if word in SUBJECTS else set())
    return [name for name, kind in SUBJECTS.items() if kind.body not in bodies and name != word]


def _other_actions(claim: Claim, request: ShotRequest) -> list[str]:
    part: Part | None = request.shot.part_of(claim.element)
    planned = {action.verb for action in part.actions} if part else set()
    planned.add(claim.expected)
    close = planned.union(*(group for group in _CLOSE["action"] if group & planned))
    lone = [verb for verb in ACTIONS if verb not in close and verb not in ("chase", "meet", "ride", "carry")]
    element = next((element for element in request.elements if element.id == claim.element), None)
    able = SUBJECTS[element.subject].actions if element is not None and element.subject in SUBJECTS else ACTIONS
    return [verb for verb in lone if verb in able] or lone


def _absent_sounds(request: ShotRequest) -> list[str]:
    calls = {SUBJECTS[element.subject].call for element in request.elements if element.subject in SUBJECTS}
    there = {cue.sound for cue in request.shot.sounds} | calls | _MADE_IN_PASSING
    return [sound for sound in SOUNDS if sound not in there]
