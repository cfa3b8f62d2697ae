"""What one clip of the world contains, said exactly: the one source of its pixels, its sound and its captions.

Stage coordinates: x to the right, y up, in units of the height of a *wide* frame. The ground line of the nearest
plane is y = 0; a wide frame shows y from -0.25 to 0.75, x from -aspect/2 to aspect/2, where aspect is width/height.
Times are seconds from the first frame. A scene is a value: equal scenes and equal render arguments give equal bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from models.world import vocabulary

VIEW_BOTTOM = -0.25
"""Stage y of the bottom edge of a wide frame; the top edge is one unit higher."""


@dataclass(frozen=True)
class Accessory:
    """Something worn: ``name`` from ``vocabulary.ACCESSORIES``, ``colour`` from ``vocabulary.COLOURS``."""

    name: str
    colour: str


@dataclass(frozen=True)
class Act:
    """One action of an actor between two times.

    Attributes:
        action: from ``vocabulary.ACTIONS``.
        start_s, end_s: half-open interval in seconds.
        direction: ``left``, ``right``, ``up``, ``down`` or ``""`` (the actor's own choice).
        target: index of the other actor for chase and meet; -1 for none.
        thing: what is carried (``vocabulary.CARRIED``) when the action is carry.
    """

    action: str
    start_s: float
    end_s: float
    direction: str = ""
    target: int = -1
    thing: str = ""


@dataclass(frozen=True)
class Actor:
    """One subject of the scene.

    ``identity`` seeds proportions, markings and small asymmetries that no caption can fully say.
    ``side`` is where it starts (``vocabulary.SIDES``); ``depth`` 0 is the nearest plane, 1 the farthest walkable one.
    """

    subject: str
    colour: str
    size: str = "medium"
    accessories: tuple[Accessory, ...] = ()
    identity: int = 0
    acts: tuple[Act, ...] = ()
    side: str = "centre"
    depth: float = 0.0


@dataclass(frozen=True)
class Camera:
    """A camera move over the whole clip; ``strength`` 1.0 is the standard amplitude of the move."""

    move: str = "static"
    framing: str = "wide"
    strength: float = 1.0


@dataclass(frozen=True)
class Cue:
    """A sound that happens at a time; ``actor`` is the index of who makes it, -1 for the world."""

    sound: str
    at_s: float
    actor: int = -1
    gain_db: float = 0.0


@dataclass(frozen=True)
class Scene:
    """Everything seen and heard in one clip.

    Attributes:
        actors: none (an establishing shot) to three, any order; painted far to near by ``depth``.
        exposure: brightness change asked for on top of the natural light, in stops, -2 to 2.
        cues: sounds asked for by name; sounds caused by the action (steps, splashes) are added by the performance.
        focus: index of the actor the camera frames; -1 frames the middle of all of them.
        seed: of everything that is not said: scenery layout, clouds, idle motion.

    Raises:
        ValueError: on construction, if a word is not in the vocabulary or a number is out of range.
    """

    actors: tuple[Actor, ...] = ()
    setting: str = "meadow"
    time: str = "day"
    weather: str = "clear"
    camera: Camera = field(default_factory=Camera)
    style: str = "storybook"
    duration_s: float = 4.0
    exposure: float = 0.0
    cues: tuple[Cue, ...] = ()
    focus: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        _known("setting", self.setting, vocabulary.SETTINGS)
        _known("time", self.time, vocabulary.TIMES)
        _known("weather", self.weather, vocabulary.WEATHERS)
        _known("style", self.style, vocabulary.STYLES)
        _known("camera move", self.camera.move, vocabulary.CAMERA_MOVES)
        _known("framing", self.camera.framing, vocabulary.FRAMINGS)
        if len(self.actors) > 3:
            raise ValueError(f"a scene has at most 3 actors, got {len(self.actors)}")
        if not 0.0 < self.duration_s <= 60.0:
            raise ValueError(f"a scene lasts more than 0 and at most 60 seconds, got {self.duration_s}")
        if not -2.0 <= self.exposure <= 2.0:
            raise ValueError(f"exposure is -2 to 2 stops, got {self.exposure}")
        for actor in self.actors:
            _check_actor(actor, len(self.actors))
        for cue in self.cues:
            _known("sound", cue.sound, vocabulary.SOUNDS)


def _check_actor(actor: Actor, count: int) -> None:
    _known("subject", actor.subject, tuple(vocabulary.SUBJECTS))
    _known("colour", actor.colour, tuple(vocabulary.COLOURS))
    _known("size", actor.size, tuple(vocabulary.SIZES))
    _known("side", actor.side, tuple(vocabulary.SIDES))
    for accessory in actor.accessories:
        _known("accessory", accessory.name, vocabulary.ACCESSORIES)
        _known("colour", accessory.colour, tuple(vocabulary.COLOURS))
    for act in actor.acts:
        _known("action", act.action, vocabulary.ACTIONS)
        if act.end_s <= act.start_s:
            raise ValueError(f"{actor.subject}'s {act.action} ends at {act.end_s} s, not after {act.start_s} s")
        if act.target >= count:
            raise ValueError(f"{actor.subject}'s {act.action} targets actor {act.target} of {count}")
        if act.thing:
            _known("carried thing", act.thing, vocabulary.CARRIED)


def _known(kind: str, word: str, words: tuple[str, ...]) -> None:
    if word not in words:
        raise ValueError(f"{kind} {word!r} is not in the world; it knows: {', '.join(words)}")
