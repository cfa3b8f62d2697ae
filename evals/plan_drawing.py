"""A plan drawn from a seed: a cast that comes back from shot to shot, in places where it is at home."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from storyboards.clock import FrameRate
from storyboards.shot import Action, CameraWork, Element, Line, Part, Shot, SoundCue, Transition
from storyboards.storyboard import MusicPlan, Storyboard
from tools.vocabulary import (
    CAMERA_MOVES,
    COLOURS,
    FRAMINGS,
    MOODS,
    SETTINGS,
    SIDES,
    STYLES,
    SUBJECTS,
    TIMES,
    WEATHERLESS,
    WEATHERS,
)

Word = TypeVar("Word")

FPS = 24
HOMES: dict[str, tuple[str, ...]] = {
    "ground": ("forest", "beach", "city", "desert", "snowfield", "mountain", "meadow", "room", "village", "river"),
    "water": ("underwater", "river", "harbour"),
    "air": ("sky", "forest", "meadow", "mountain", "village", "beach", "city"),
    "space": ("space", "moon", "desert"),
}
FAST = ("whip pan", "crash zoom", "bolt", "roll", "handheld")
STEADY = tuple(move for move in CAMERA_MOVES if move not in FAST)
CALLS = ("bell", "knock", "chime", "horn", "whistle", "thunder")
GOING = ("walk", "run", "fly", "swim")
OTHER_DEEDS = ("stand", "look around", "jump", "spin", "wave", "bounce", "sleep", "rise")
LINES = (
    "Once there was a quiet morning.", "Nobody knew who was coming.", "Look, over there!", "It was time to go home.",
    "What a day this has been.", "Then everything became still.",
)  # fmt: skip
TITLES = ("THE BEGINNING", "LATER", "FAR AWAY", "THE END", "ONE DAY")


@dataclass(frozen=True)
class Wanted:
    """What a plan must have; the rest is drawn. ``shot_s`` bounds the length of a shot."""

    shots: int = 3
    size: tuple[int, int] = (320, 180)
    lines: bool = False
    music: bool = True
    titles: bool = False
    exposure: bool = False
    dissolves: bool = False
    relation: bool = False
    most_subjects: int = 2
    fast_camera: bool = False
    contrary_light: bool = False
    shot_s: tuple[float, float] = (1.5, 3.0)


def draw_plan(seed: int, wanted: Wanted, title: str) -> Storyboard:
    """The plan of a seed. Equal arguments give equal plans.

    Args:
        seed: 0 or more, below 2 ** 31.
    """
    rng = np.random.default_rng([seed, 40])
    cast = _cast(rng, wanted)
    places = _places(rng, cast)
    shots = tuple(_shot(rng, number, wanted, cast, places) for number in range(wanted.shots))
    used = {part.element for shot in shots for part in shot.parts}
    return Storyboard(
        title=title, rate=FrameRate(numerator=FPS), width=wanted.size[0], height=wanted.size[1],
        style=_one(rng, STYLES), seed=seed, music=MusicPlan(mood=_one(rng, MOODS)) if wanted.music else None,
        elements=tuple(element for element in cast if element.id in used), shots=shots, planner="evals",
    )  # fmt: skip


def _one(rng: np.random.Generator, words: Sequence[Word]) -> Word:
    return words[int(rng.integers(len(words)))]


def _cast(rng: np.random.Generator, wanted: Wanted) -> tuple[Element, ...]:
    """Subjects of one home, each of a colour of its own, so that who is who can be told."""
    lead = _one(rng, tuple(SUBJECTS))
    home = SUBJECTS[lead].home
    company = [name for name, kind in SUBJECTS.items() if kind.home == home and name != lead]
    count = min(wanted.most_subjects + (wanted.shots > 3), 4, 1 + len(company))
    names = [lead, *(str(name) for name in rng.permutation(company)[: count - 1])]
    colours = [str(colour) for colour in rng.permutation(tuple(COLOURS))]
    return tuple(
        Element(id=name, subject=name, colour=colour, size=_one(rng, ("medium", "large")),
                identity=int(rng.integers(2**20)))
        for name, colour in zip(names, colours, strict=False)
    )  # fmt: skip


def _places(rng: np.random.Generator, cast: tuple[Element, ...]) -> list[str]:
    fitting = [name for name in HOMES[SUBJECTS[cast[0].subject].home] if name in SETTINGS]
    return [str(name) for name in rng.permutation(fitting)[:3]]


def _shot(rng: np.random.Generator, number: int, wanted: Wanted, cast: tuple[Element, ...], places: list[str]) -> Shot:
    frames = round(FPS * float(rng.uniform(*wanted.shot_s)))
    seconds = frames / FPS
    setting = places[(number // 2) % len(places)]
    count = 1 + int(rng.integers(min(wanted.most_subjects, len(cast))))
    if wanted.relation and number == 0:
        count = min(2, len(cast))
    present = (cast[0], *(cast[1 + int(k)] for k in rng.permutation(len(cast) - 1)[: count - 1]))
    fast = wanted.fast_camera and number % 2 == 0
    soft = wanted.dissolves and number % 2 == 1
    quiet = number == 0 or not soft
    cues = [SoundCue(sound=_one(rng, CALLS), at_s=round(float(rng.uniform(0.4, seconds - 0.6)), 2))]
    speaks = wanted.lines and number % 2 == 0 and seconds > 1.9
    return Shot(
        id=f"s{number + 1}", frames=frames, parts=_parts(rng, present, wanted.relation and number % 2 == 0),
        setting=setting, time=_light(rng, wanted), weather=_weather(rng, setting, wanted),
        camera=CameraWork(move=_one(rng, FAST if fast else STEADY), framing=_one(rng, FRAMINGS[:2] + FRAMINGS),
                          strength=round(float(rng.uniform(0.8, 1.3)), 2)),
        exposure=_one(rng, (-1.0, 1.0)) if wanted.exposure and number % 3 == 0 else 0.0,
        sounds=() if speaks else tuple(cues), lines=(Line(text=_one(rng, LINES), at_s=0.3),) if speaks else (),
        title=_one(rng, TITLES) if wanted.titles and number == 0 else "",
        transition=Transition() if quiet else Transition(kind="dissolve", frames=10),
    )  # fmt: skip


def _light(rng: np.random.Generator, wanted: Wanted) -> str:
    return _one(rng, ("night", "dusk", "dawn")) if wanted.contrary_light else _one(rng, TIMES)


def _weather(rng: np.random.Generator, setting: str, wanted: Wanted) -> str:
    if setting in WEATHERLESS:
        return "clear"
    return _one(rng, ("storm", "fog", "snow")) if wanted.contrary_light else _one(rng, ("clear", "clear", *WEATHERS))


def _parts(rng: np.random.Generator, present: tuple[Element, ...], related: bool) -> tuple[Part, ...]:
    sides = [str(side) for side in rng.permutation(tuple(SIDES))]
    parts = [
        Part(element=element.id, side=side, actions=(_deed(rng, element, side),))
        for element, side in zip(present, sides, strict=False)
    ]
    if related and len(parts) > 1:
        verb = _one(rng, ("chase", "meet"))
        if verb in SUBJECTS[present[0].subject].actions:
            chase = Action(verb=verb, target=present[1].id)
            parts[0] = parts[0].model_copy(update={"actions": (chase,)})
    return tuple(parts)


def _deed(rng: np.random.Generator, element: Element, side: str) -> Action:
    able = SUBJECTS[element.subject].actions
    going = [verb for verb in GOING if verb in able]
    if going and rng.random() < 0.6:
        way = {"left": "right", "right": "left"}.get(side) or _one(rng, ("left", "right"))
        return Action(verb=_one(rng, going), direction=way)
    return Action(verb=_one(rng, [verb for verb in OTHER_DEEDS if verb in able] or ["stand"]))
