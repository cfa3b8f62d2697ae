"""Random scenes to learn from and to test on.

A scene is drawn from a seed and a split. A tenth of all combinations of subject, colour and setting is held out: it
never occurs in training or validation, and every test scene has one, so that a test asks for what was never shown.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from models.world import vocabulary
from models.world.scene import Accessory, Act, Actor, Camera, Cue, Scene

Word = TypeVar("Word")

SPLITS: tuple[str, ...] = ("train", "val", "test")
HELD_OUT_SHARE = 0.10

_WATERY = ("underwater", "river", "harbour", "beach")
_HOMES: dict[str, tuple[str, ...]] = {
    "water": ("underwater", "underwater", "river", "harbour"),
    "air": ("sky", "forest", "meadow", "mountain", "village", "beach", "city", "river", "harbour", "desert"),
    "space": ("space", "moon", "space", "desert", "city", "room"),
    "ground": ("forest", "beach", "city", "desert", "snowfield", "mountain", "meadow", "room", "cave", "harbour",
               "village", "river", "moon"),
}  # fmt: skip
_OWN_PLACES: dict[str, tuple[str, ...]] = {
    "penguin": ("snowfield", "snowfield", "beach", "harbour", "underwater"),
    "boat": ("harbour", "river", "beach"), "turtle": ("beach", "underwater", "river", "meadow"),
    "bear": ("forest", "mountain", "snowfield", "river", "cave"), "deer": ("forest", "meadow", "mountain", "river"),
    "train": ("city", "village", "mountain", "meadow", "desert", "snowfield"),
    "car": ("city", "village", "desert", "beach", "mountain"), "knight": ("village", "forest", "meadow", "cave"),
    "dragon": ("mountain", "cave", "sky", "village", "forest"),
}  # fmt: skip
_PLACE_SOUNDS: dict[str, tuple[str, ...]] = {
    "village": ("bell", "knock"), "city": ("horn", "engine", "bell"), "harbour": ("horn", "bell", "splash"),
    "room": ("knock", "chime", "bell"), "forest": ("rustle", "hoot"), "river": ("splash",), "beach": ("splash",),
    "underwater": ("bubble", "whale song"), "moon": ("radio", "beep"), "space": ("radio", "beep"), "sky": ("whoosh",),
    "mountain": ("whoosh", "thunder"), "cave": ("thud", "knock"), "meadow": ("chirp", "bell"),
    "desert": ("whoosh",), "snowfield": ("whoosh", "chime"),
}  # fmt: skip
_MOVING = frozenset({"walk", "run", "fly", "swim", "jump", "carry", "bounce"})
_DRESSED = frozenset({"biped", "quadruped", "bird", "turtle", "dragon"})


def held_out(scene: Scene) -> bool:
    """Whether any subject of the scene has a colour in a setting that training never shows together."""
    return any(_kept_back(actor.subject, actor.colour, scene.setting) for actor in scene.actors)


def _kept_back(subject: str, colour: str, setting: str) -> bool:
    return zlib.crc32(f"{subject}/{colour}/{setting}".encode()) % 1000 < 1000 * HELD_OUT_SHARE


def sample_scene(seed: int, *, split: str = "train", duration_s: float | None = None) -> Scene:
    """Draw a scene.

    Args:
        seed: 0 or more; the same seed of another split gives an unrelated scene.
        split: ``train`` or ``val`` (nothing held out), or ``test`` (always something held out).
        duration_s: of the clip; drawn from 2 to 6 s if None.

    Raises:
        ValueError: for an unknown split or a negative seed.
    """
    if split not in SPLITS or seed < 0:
        raise ValueError(f"a sample has a seed of 0 or more and a split of {', '.join(SPLITS)}, got {seed}, {split!r}")
    wanted = split == "test"
    for attempt in range(10_000):
        rng = np.random.default_rng([seed, SPLITS.index(split), attempt])
        scene = _draw(rng, SPLITS.index(split), wanted, duration_s)
        if held_out(scene) == wanted:
            return scene
    raise AssertionError("a scene of either kind is found within a few draws")


def sample_scenes(seed: int, n: int, split: str = "train", duration_s: float | None = None) -> list[Scene]:
    """Draw ``n`` scenes from consecutive seeds; ``sample_scenes(s, n)[k]`` is ``sample_scene(s + k)``."""
    return [sample_scene(seed + k, split=split, duration_s=duration_s) for k in range(n)]


def _one(rng: np.random.Generator, words: Sequence[Word]) -> Word:
    return words[int(rng.integers(len(words)))]


def _fresh(rng: np.random.Generator, split: int) -> int:
    """Return a 31-bit seed whose remainder by the number of splits is the split: no two splits share one."""
    return int(rng.integers(0, (1 << 31) // len(SPLITS) - 1)) * len(SPLITS) + split


def _draw(rng: np.random.Generator, split: int, inhabited: bool, duration_s: float | None) -> Scene:
    length_s = float(np.round(rng.uniform(2.0, 6.0), 2)) if duration_s is None else duration_s
    count = int(rng.choice(4, p=[0.0, 0.6, 0.28, 0.12] if inhabited else [0.04, 0.56, 0.28, 0.12]))
    lead = _one(rng, tuple(vocabulary.SUBJECTS))
    setting = _setting(rng, lead)
    subjects = [lead, *(_company(rng, lead, setting) for _ in range(count - 1))][:count]
    carriers = [name for name in vocabulary.RIDDEN if setting in _OWN_PLACES.get(name, _HOMES[_kind(name).home])]
    rides = count > 1 and "ride" in _kind(lead).actions and bool(carriers) and rng.random() < 0.16
    if rides:
        subjects[1] = _one(rng, carriers)
    sides = [str(side) for side in rng.permutation(tuple(vocabulary.SIDES))]
    actors = [_actor(rng, name, side, split) for name, side in zip(subjects, sides, strict=False)]
    actors = _riding(rng, actors, setting, length_s) if rides else _acted(rng, actors, setting, length_s)
    weather = "clear" if setting in vocabulary.WEATHERLESS else _weather(rng, setting)
    return Scene(
        actors=tuple(actors),
        setting=setting,
        time=_one(rng, vocabulary.TIMES),
        weather=weather,
        camera=Camera(
            "static" if rng.random() < 0.2 else _one(rng, vocabulary.CAMERA_MOVES),
            str(rng.choice(vocabulary.FRAMINGS, p=[0.5, 0.32, 0.18])),
            float(np.round(rng.uniform(0.7, 1.3), 2)),
        ),
        style=_one(rng, vocabulary.STYLES),
        duration_s=length_s,
        exposure=float(_one(rng, (-1.0, -0.5, 0.5, 1.0))) if rng.random() < 0.12 else 0.0,
        cues=_cues(rng, actors, setting, weather, length_s),
        focus=int(rng.integers(-1, count)) if count > 1 else 0,
        seed=_fresh(rng, split),
    )


def _setting(rng: np.random.Generator, subject: str) -> str:
    if rng.random() < 0.08:
        return _one(rng, vocabulary.SETTINGS)
    return _one(rng, _OWN_PLACES.get(subject) or _HOMES[vocabulary.SUBJECTS[subject].home])


def _company(rng: np.random.Generator, lead: str, setting: str) -> str:
    """Return a second subject: the same kind one time in six, else one that is at ease in the place."""
    if rng.random() < 1 / 6:
        return lead
    fitting = [
        name for name, kind in vocabulary.SUBJECTS.items()
        if setting in _OWN_PLACES.get(name, _HOMES[kind.home])
    ]  # fmt: skip
    return _one(rng, fitting or tuple(vocabulary.SUBJECTS))


def _weather(rng: np.random.Generator, setting: str) -> str:
    if setting == "snowfield":
        return str(rng.choice(["clear", "cloudy", "snow", "fog"], p=[0.35, 0.15, 0.4, 0.1]))
    return str(rng.choice(vocabulary.WEATHERS, p=[0.42, 0.16, 0.14, 0.09, 0.1, 0.09]))


def _actor(rng: np.random.Generator, subject: str, side: str, split: int) -> Actor:
    kind = vocabulary.SUBJECTS[subject]
    colours = tuple(vocabulary.COLOURS)
    worn: tuple[Accessory, ...] = ()
    if kind.body in _DRESSED and rng.random() < 0.45:
        names = rng.choice(vocabulary.ACCESSORIES, 2 if rng.random() < 0.25 else 1, replace=False)
        worn = tuple(Accessory(str(name), _one(rng, colours)) for name in names)
    return Actor(
        subject,
        kind.natural if rng.random() < 0.4 else _one(rng, colours),
        str(rng.choice(tuple(vocabulary.SIZES), p=[0.25, 0.5, 0.25])),
        worn,
        _fresh(rng, split),
        (),
        side,
        float(np.round(rng.uniform(0.0, 0.7), 2)) if rng.random() < 0.5 else 0.0,
    )


def _acted(rng: np.random.Generator, actors: list[Actor], setting: str, length_s: float) -> list[Actor]:
    """Give every actor acts; sometimes the first chases or meets the second, who then moves the same way."""
    done = [_with_acts(actor, _acts(rng, actor, setting, length_s)) for actor in actors]
    kinds = [vocabulary.SUBJECTS[actor.subject] for actor in actors]
    if len(actors) < 2 or rng.random() > 0.4:
        return done
    verb = _one(rng, ("chase", "meet"))
    flee = [action for action in ("run", "fly", "swim") if _fits(action, kinds[1], setting)]
    if verb not in kinds[0].actions or not flee:
        return done
    way = "right" if vocabulary.SIDES[actors[0].side] < vocabulary.SIDES[actors[1].side] else "left"
    done[0] = _with_acts(actors[0], (Act(verb, 0.0, length_s, way, target=1),))
    if verb == "chase":
        done[1] = _with_acts(actors[1], (Act(_one(rng, flee), 0.0, length_s, way),))
    else:
        done[1] = _with_acts(actors[1], (Act("stand", 0.0, length_s),))
    return done


def _kind(subject: str) -> vocabulary.SubjectKind:
    return vocabulary.SUBJECTS[subject]


def _riding(rng: np.random.Generator, actors: list[Actor], setting: str, length_s: float) -> list[Actor]:
    """The first rides the second, which travels or does what it likes; both start at one place."""
    how = vocabulary.RIDDEN[actors[1].subject]
    way = _one(rng, ("left", "right"))
    moves = (Act(how, 0.0, length_s, way),) if rng.random() < 0.75 else _acts(rng, actors[1], setting, length_s)
    first = replace(actors[0], side=actors[1].side, depth=actors[1].depth, acts=(Act("ride", 0.0, length_s, target=1),))
    rest = [_with_acts(actor, _acts(rng, actor, setting, length_s)) for actor in actors[2:]]
    return [first, _with_acts(actors[1], moves), *rest]


def _with_acts(actor: Actor, acts: tuple[Act, ...]) -> Actor:
    return Actor(actor.subject, actor.colour, actor.size, actor.accessories, actor.identity, acts, actor.side,
                 actor.depth)  # fmt: skip


def _fits(action: str, kind: vocabulary.SubjectKind, setting: str) -> bool:
    if action not in kind.actions or action in ("chase", "meet", "ride"):
        return False
    if action == "swim":
        return setting in _WATERY
    if setting == "underwater" and kind.home != "water":
        return action in ("spin", "look around", "wave")
    return not (kind.home == "water" and action in ("walk", "run") and setting not in _WATERY)


def _acts(rng: np.random.Generator, actor: Actor, setting: str, length_s: float) -> tuple[Act, ...]:
    """Return one to three acts that fill the clip and follow from each other: who sleeps wakes, who flies lands."""
    kind = vocabulary.SUBJECTS[actor.subject]
    open_to = [action for action in kind.actions if _fits(action, kind, setting) and action not in ("wake", "land")]
    count = 1 if length_s < 2.5 else int(rng.choice([1, 2, 3], p=[0.5, 0.38, 0.12]))
    cuts = np.round(length_s * (np.arange(count + 1) + np.r_[0.0, rng.uniform(-0.15, 0.15, count - 1), 0.0]) / count, 2)
    way = {"left": "right", "right": "left"}.get(actor.side) or _one(rng, ("left", "right"))
    acts: list[Act] = []
    for place in range(count):
        before = acts[-1].action if acts else ""
        if before == "sleep" and "wake" in kind.actions:
            action = "wake"
        elif before == "fly" and "land" in kind.actions and setting not in ("sky", "space") and rng.random() < 0.6:
            action = "land"
        else:
            action = _one(rng, [name for name in open_to if name != before] or ["stand"])
        if rng.random() < 0.15:
            way = "left" if way == "right" else "right"
        direction = way if action in _MOVING else "up" if action == "rise" else ""
        if action in ("jump", "bounce") and rng.random() < 0.5:
            direction = ""
        if action in ("fly", "swim") and rng.random() < 0.25:
            direction = _one(rng, ("up", "down"))
        thing = _one(rng, vocabulary.CARRIED) if action == "carry" else ""
        acts.append(Act(action, float(cuts[place]), float(cuts[place + 1]), direction, thing=thing))
    return tuple(acts)


def _cues(
    rng: np.random.Generator, actors: list[Actor], setting: str, weather: str, length_s: float
) -> tuple[Cue, ...]:
    cues = []
    for index, actor in enumerate(actors):
        call = vocabulary.SUBJECTS[actor.subject].call
        if call and rng.random() < 0.3:
            cues.append(Cue(call, float(np.round(rng.uniform(0.05, 0.7) * length_s, 2)), index))
    if rng.random() < 0.25:
        sound = "thunder" if weather == "storm" else _one(rng, _PLACE_SOUNDS[setting])
        cues.append(Cue(sound, float(np.round(rng.uniform(0.05, 0.7) * length_s, 2))))
    return tuple(sorted(cues, key=lambda cue: cue.at_s))
