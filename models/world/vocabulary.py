"""The words of the world: everything that a scene can name, and what each name implies.

Captions, the renderer, the synthesiser and (through ``tools``) the planner all read these tables, so that a word
that is listed here can be drawn, heard, said and measured, and a word that is not listed cannot be half-supported.
"""

from __future__ import annotations

from dataclasses import dataclass

RGB = tuple[float, float, float]


@dataclass(frozen=True)
class SubjectKind:
    """What a subject is.

    Attributes:
        group: ``person``, ``animal`` or ``thing``.
        body: the skeleton it is drawn with: ``biped quadruped bird fish turtle dragon vehicle floater roller``.
        home: where it is at ease: ``ground``, ``water``, ``air`` or ``space``; a flier keeps above the ground line.
        height: standing height in stage units at size ``medium`` (1.0 is the height of a wide frame).
        width: its widest extent as a multiple of ``height``.
        natural: the colour it has when nobody says otherwise.
        call: the sound it makes (a key of :data:`SOUNDS`), or ``""``.
        actions: the actions it can perform (a subset of :data:`ACTIONS`).
    """

    group: str
    body: str
    home: str
    height: float
    width: float
    natural: str
    call: str
    actions: tuple[str, ...]


ACTIONS: tuple[str, ...] = (
    "stand", "walk", "run", "jump", "fly", "swim", "sleep", "wake", "spin", "bounce", "wave", "look around",
    "land", "rise", "carry", "chase", "meet", "ride",
)  # fmt: skip

_LEGGED = ("stand", "walk", "run", "jump", "sleep", "wake", "spin", "look around", "chase", "meet", "carry", "swim",
           "ride")  # fmt: skip
_PERSON = (*_LEGGED, "wave", "rise", "bounce")
_BIRD = ("stand", "walk", "jump", "fly", "land", "rise", "sleep", "wake", "look around", "chase", "meet", "carry",
         "spin", "ride")  # fmt: skip
_FLYING = tuple(action for action in _BIRD if action != "ride")
_SWIMMER = ("swim", "jump", "spin", "look around", "chase", "meet", "rise", "sleep", "wake", "stand", "carry")
_WHEELED = ("stand", "run", "walk", "spin", "bounce", "chase", "meet", "jump", "carry")
_FLOATER = ("stand", "fly", "rise", "land", "spin", "bounce", "chase", "meet", "carry")

SUBJECTS: dict[str, SubjectKind] = {
    "child": SubjectKind("person", "biped", "ground", 0.27, 0.45, "yellow", "laugh", _PERSON),
    "woman": SubjectKind("person", "biped", "ground", 0.36, 0.40, "red", "hello", _PERSON),
    "man": SubjectKind("person", "biped", "ground", 0.38, 0.40, "blue", "hello", _PERSON),
    "knight": SubjectKind("person", "biped", "ground", 0.38, 0.45, "white", "clank", _PERSON),
    "astronaut": SubjectKind("person", "biped", "space", 0.37, 0.50, "white", "radio", (*_PERSON, "fly", "land")),
    "robot": SubjectKind("thing", "biped", "ground", 0.34, 0.55, "blue", "beep", (*_PERSON, "fly", "land")),
    "fox": SubjectKind("animal", "quadruped", "ground", 0.22, 1.65, "orange", "yip", _LEGGED),
    "cat": SubjectKind("animal", "quadruped", "ground", 0.20, 1.45, "black", "meow", _LEGGED),
    "dog": SubjectKind("animal", "quadruped", "ground", 0.23, 1.45, "brown", "bark", _LEGGED),
    "rabbit": SubjectKind("animal", "quadruped", "ground", 0.20, 1.05, "white", "squeak", (*_LEGGED, "bounce")),
    "bear": SubjectKind("animal", "quadruped", "ground", 0.31, 1.45, "brown", "growl", (*_LEGGED, "wave")),
    "deer": SubjectKind("animal", "quadruped", "ground", 0.36, 1.05, "brown", "snort", _LEGGED),
    "horse": SubjectKind("animal", "quadruped", "ground", 0.38, 1.15, "brown", "neigh", _LEGGED),
    "bird": SubjectKind("animal", "bird", "air", 0.16, 1.30, "blue", "chirp", _BIRD),
    "owl": SubjectKind("animal", "bird", "air", 0.21, 1.00, "brown", "hoot", _BIRD),
    "penguin": SubjectKind("animal", "bird", "ground", 0.24, 0.70, "black", "honk", (*_PERSON, "carry")),
    "fish": SubjectKind("animal", "fish", "water", 0.15, 1.70, "orange", "bubble", _SWIMMER),
    "whale": SubjectKind("animal", "fish", "water", 0.28, 2.30, "blue", "whale song", _SWIMMER),
    "turtle": SubjectKind("animal", "turtle", "ground", 0.17, 1.60, "green", "squeak",
                          ("stand", "walk", "run", "swim", "sleep", "wake", "spin", "look around", "chase", "meet",
                           "carry", "jump", "ride")),
    "dragon": SubjectKind("animal", "dragon", "air", 0.36, 1.60, "green", "roar", (*_FLYING, "run", "wave")),
    "car": SubjectKind("thing", "vehicle", "ground", 0.19, 2.00, "red", "horn", _WHEELED),
    "train": SubjectKind("thing", "vehicle", "ground", 0.24, 2.60, "black", "whistle", _WHEELED),
    "boat": SubjectKind("thing", "vehicle", "water", 0.30, 1.25, "white", "horn",
                        ("stand", "swim", "spin", "bounce", "chase", "meet", "carry", "walk", "run")),
    "rocket": SubjectKind("thing", "floater", "space", 0.38, 0.50, "red", "engine", _FLOATER),
    "balloon": SubjectKind("thing", "floater", "air", 0.36, 0.65, "red", "", _FLOATER),
    "ball": SubjectKind("thing", "roller", "ground", 0.15, 1.00, "red", "bounce",
                        ("stand", "run", "walk", "bounce", "spin", "jump", "chase", "meet", "rise")),
    "lantern": SubjectKind("thing", "floater", "air", 0.20, 0.70, "yellow", "bell", _FLOATER),
    "kite": SubjectKind("thing", "floater", "air", 0.24, 0.90, "red", "whoosh", _FLOATER),
}  # fmt: skip

RIDDEN: dict[str, str] = {
    "boat": "swim", "car": "run", "train": "run", "rocket": "fly", "balloon": "fly", "horse": "run", "dragon": "fly",
    "whale": "swim", "turtle": "walk", "bear": "walk", "deer": "walk", "dog": "walk", "fish": "swim", "bird": "fly",
    "owl": "fly",
}  # fmt: skip
"""What carries riders, and how it travels when nothing else is said."""

COLOURS: dict[str, RGB] = {
    "red": (0.84, 0.16, 0.15),
    "orange": (0.95, 0.51, 0.12),
    "yellow": (0.97, 0.82, 0.20),
    "green": (0.24, 0.62, 0.29),
    "blue": (0.17, 0.41, 0.80),
    "purple": (0.50, 0.26, 0.68),
    "pink": (0.96, 0.53, 0.68),
    "brown": (0.47, 0.30, 0.18),
    "white": (0.95, 0.95, 0.93),
    "black": (0.13, 0.13, 0.15),
}

SIZES: dict[str, float] = {"small": 0.75, "medium": 1.0, "large": 1.3}
ACCESSORIES: tuple[str, ...] = ("hat", "scarf", "cape", "glasses", "backpack", "crown", "bow")
CARRIED: tuple[str, ...] = ("lantern", "ball", "balloon", "flower", "box", "umbrella", "book")

SETTINGS: tuple[str, ...] = (
    "forest", "beach", "city", "desert", "snowfield", "mountain", "meadow", "underwater", "space", "moon", "room",
    "cave", "harbour", "village", "river", "sky",
)  # fmt: skip
INDOOR: frozenset[str] = frozenset({"room", "cave"})
WEATHERLESS: frozenset[str] = frozenset({"room", "cave", "underwater", "space", "moon"})
"""Settings in which no weather can be seen; only ``clear`` makes sense there."""

TIMES: tuple[str, ...] = ("dawn", "day", "dusk", "night")
WEATHERS: tuple[str, ...] = ("clear", "cloudy", "rain", "snow", "fog", "storm")
CAMERA_MOVES: tuple[str, ...] = (
    "static", "pan left", "pan right", "tilt up", "tilt down", "dolly in", "dolly out", "truck left", "truck right",
    "crane up", "crane down", "roll", "handheld", "whip pan", "crash zoom", "bolt",
)  # fmt: skip
FRAMINGS: tuple[str, ...] = ("wide", "medium", "close")
STYLES: tuple[str, ...] = ("storybook", "watercolour", "ink", "papercut", "pixel")
SIDES: dict[str, float] = {"left": -0.5, "centre": 0.0, "right": 0.5}
"""Where an actor starts, as a share of half the safe width of the frame."""

SURFACES: dict[str, str] = {
    "forest": "leaves", "beach": "sand", "city": "stone", "desert": "sand", "snowfield": "snow", "mountain": "stone",
    "meadow": "grass", "underwater": "sand", "space": "", "moon": "sand", "room": "wood", "cave": "stone",
    "harbour": "wood", "village": "stone", "river": "grass", "sky": "",
}  # fmt: skip

SOUNDS: tuple[str, ...] = (
    "footstep", "splash", "bounce", "whoosh", "engine", "thunder", "bell", "flap", "thud", "rustle", "laugh", "hello",
    "clank", "radio", "beep", "yip", "meow", "bark", "squeak", "growl", "snort", "neigh", "chirp", "hoot", "honk",
    "bubble", "whale song", "roar", "horn", "whistle", "chime", "knock",
)  # fmt: skip
AMBIENCES: tuple[str, ...] = (
    "wind", "rain", "waves", "forest by day", "crickets by night", "city", "underwater", "space hum", "stream",
    "room tone", "cave drip", "storm", "birds",
)  # fmt: skip
MOODS: tuple[str, ...] = ("calm", "playful", "tense", "triumphant", "sad", "mysterious")
