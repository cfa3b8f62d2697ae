"""A shot in the generator's own words: caption, camera path and canvas, and what they leave unsaid.

The same staging as the animatic's turns the shot into a scene of the world, and the world's grammar says it as the
generator has learned to read it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tools.backends.reel_taught import taught_path, unmoved
from tools.contract import ShotRequest
from tools.staging import scene_of

if TYPE_CHECKING:
    import torch

    from models.codec import Canvas
    from models.layers.seats import Ride, Seats
    from models.world.scene import Act, Actor, Scene

VERSION = 2
"""Another one says the same shot in other words."""
SHORT_SIDE = 64
CELL = 16
HEARD_STOPS = 0.25
"""Exposure that the grammar begins to speak of."""


@dataclass(frozen=True)
class Spoken:
    """What the generator is told of a shot.

    Attributes:
        caption: everything that is seen, subjects in the order of the shot's parts.
        subjects: how many there are.
        path: the camera's, (F, 9), lightning included.
        seed: equal for shots of one place, so that the place begins from the same noise.
        unsaid: what the shot asks for and these words cannot say.
        scene: what is said in them.
        unmoved: nothing is said of the camera, whose path is taught.
    """

    caption: str
    subjects: int
    canvas: Canvas
    path: torch.Tensor
    seed: int
    unsaid: tuple[str, ...]
    scene: Scene
    unmoved: bool = False

    def told(self, start_s: float, end_s: float) -> str:
        """The caption of a stretch of the shot: who does what then."""
        from models.world.caption import captions
        from models.world.excerpt import excerpt

        told = captions(excerpt(self.scene, start_s, end_s), sound=False).full
        return unmoved(told, self.scene) if self.unmoved else told


def spoken(request: ShotRequest) -> Spoken:
    """Rewrite a shot.

    Raises:
        BadStoryboard: a word the world does not know, naming the field and the words allowed.
    """
    from models.layers.moves import path_of
    from models.world.caption import captions

    scene = towards_each_other(scene_of(request))
    canvas = canvas_of(request)
    taught = taught_path(request, canvas)
    way = path_of(scene.camera.move, canvas, scene.camera.strength, scene.seed) if taught is None else taught
    if any(cue.sound == "thunder" for cue in scene.cues):
        way[:, 8] = _lightning(scene, canvas)
    caption = captions(scene, sound=False).full
    if taught is not None:
        caption = unmoved(caption, scene)
    return Spoken(caption, len(scene.actors), canvas, way, scene.seed, tuple(_unsaid(scene)), scene, taught is not None)


def towards_each_other(scene: Scene) -> Scene:
    """Who chases or meets another is told which way that is, where the plan leaves it open: the captions that were
    learned from always say it, and without it nobody sets off."""
    from models.world.vocabulary import SIDES

    def told(actor: Actor, act: Act) -> Act:
        if act.action not in ("chase", "meet") or act.direction or not 0 <= act.target < len(scene.actors):
            return act
        ahead = SIDES[scene.actors[act.target].side] - SIDES[actor.side]
        return act if ahead == 0 else replace(act, direction="right" if ahead > 0 else "left")

    actors = tuple(replace(actor, acts=tuple(told(actor, act) for act in actor.acts)) for actor in scene.actors)
    return replace(scene, actors=actors)


def canvas_of(request: ShotRequest) -> Canvas:
    """Size and length at which a shot is made: the short side ``SHORT_SIDE``, the long one in whole cells."""
    from models.codec import Canvas
    from models.shapes import FPS, clip_frames

    aspect = request.width / request.height
    along = max(SHORT_SIDE, CELL * round(SHORT_SIDE * max(aspect, 1 / aspect) / CELL))
    height, width = (SHORT_SIDE, along) if aspect >= 1 else (along, SHORT_SIDE)
    return Canvas(clip_frames(request.rate.seconds(request.frames), FPS), height, width)


def rides_of(said: Spoken, seats: Seats | None) -> tuple[list[Ride], list[str]]:
    """Who is carried by whom and when, as the staging has it, and for whom no seat is known."""
    import torch

    from models.layers.seats import Ride
    from models.world.action import perform
    from models.world.motion.riding import carriers_of

    scene, canvas = said.scene, said.canvas
    carriers = carriers_of(scene)
    if not carriers:
        return [], []
    if seats is None:
        return [], ["no table of seats is there (seats.json); where riders are is left to the generator"]
    times = torch.arange(canvas.frames, dtype=torch.float32) / canvas.fps
    tracks = perform(scene, times, canvas.width / canvas.height).tracks
    rides, notes = [], []
    for rider, carrier in carriers.items():
        together = sorted(each for each, below in carriers.items() if below == carrier)
        place = 0 if len(together) == 1 else 1 + together.index(rider)
        above, below = scene.actors[rider], scene.actors[carrier]
        aboard = tracks[rider].aboard
        if aboard is None:
            continue
        try:
            seat = seats.find(above.subject, below.subject, (above.size, below.size), place)
        except KeyError as error:
            notes.append(f"{error.args[0]}; where it rides is left to the generator")
            continue
        rides.append(Ride(rider, carrier, seat, aboard))
    return rides, notes


def canvas_of_place() -> Canvas:
    """Size at which a place of the cast is shown by itself."""
    from models.codec import Canvas

    return Canvas(1)


def _lightning(scene: Scene, canvas: Canvas) -> torch.Tensor:
    """How bright lightning is in every frame, (F,): at the moments at which its thunder is heard."""
    import torch

    from models.world.action import perform
    from models.world.weather import flash

    times = torch.arange(canvas.frames, dtype=torch.float32) / canvas.fps
    performance = perform(scene, times, canvas.width / canvas.height)
    return flash(scene, performance.events, times)


def _unsaid(scene: Scene) -> Iterator[str]:
    exposure = abs(scene.exposure)
    if 0.01 < exposure < HEARD_STOPS:
        yield f"an exposure of {scene.exposure:+.1f} stops is too little to be said"
    elif exposure >= HEARD_STOPS and exposure not in (0.5, 1.0):
        word = "bright" if scene.exposure > 0 else "dark"
        yield f"an exposure of {scene.exposure:+.1f} stops is said only as “{word}”"
    for actor in scene.actors:
        if len(actor.acts) > 1:
            yield f"when the {actor.subject}'s actions begin and end is left to the generator; their order is said"
