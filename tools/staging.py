"""A shot as the world understands it: words checked, shares of the shot turned into seconds."""

from __future__ import annotations

from collections.abc import Collection

from models.world import vocabulary
from models.world.scene import Accessory, Act, Actor, Camera, Cue, Scene
from storyboards.errors import BadStoryboard
from storyboards.shot import Action, Element, Part
from tools.contract import ShotRequest

MAX_SEED = 2**31


def scene_of(request: ShotRequest) -> Scene:
    """The scene whose rendering is this shot, ``request.frames`` long: what is still going on at the end of the shot
    goes on through the handle.

    Raises:
        BadStoryboard: a word the world does not know, naming the shot, the field and the words allowed.
    """
    shot = request.shot
    _check_place(request)
    index = {part.element: number for number, part in enumerate(shot.parts)}
    cast = {element.id: element for element in request.elements}
    shot_s = request.rate.seconds(shot.frames)
    whole_s = request.rate.seconds(request.frames)
    actors = tuple(_actor(shot.id, part, cast[part.element], index, shot_s, whole_s) for part in shot.parts)
    cues = tuple(Cue(cue.sound, cue.at_s, index.get(cue.by, -1), cue.gain_db) for cue in shot.sounds)
    try:
        return Scene(
            actors=actors, setting=shot.setting, time=shot.time, weather=shot.weather,
            camera=Camera(shot.camera.move, shot.camera.framing, shot.camera.strength), style=request.style,
            duration_s=whole_s, exposure=shot.exposure, cues=cues, focus=0 if actors else -1,
            seed=(request.place_seed + shot.seed) % MAX_SEED,
        )  # fmt: skip
    except ValueError as error:
        raise BadStoryboard(f"{error}.", shot_id=shot.id) from error


def actor_of(element: Element) -> Actor:
    """An element as the world draws it, standing.

    Raises:
        BadStoryboard: a word the world does not know.
    """
    return _actor("", Part(element=element.id), element, {}, 1.0, 1.0)


def place_of(element: Element) -> Scene:
    """A place of the cast by day, with nobody in it.

    Raises:
        BadStoryboard: a setting the world does not know.
    """
    _known("", f"the place {element.id}", element.subject, vocabulary.SETTINGS)
    return Scene(setting=element.subject, focus=-1, seed=element.identity % MAX_SEED)


def _actor(shot_id: str, part: Part, element: Element, index: dict[str, int], shot_s: float, whole_s: float) -> Actor:
    field = f"the element {element.id}"
    _known(shot_id, f"{field}'s subject", element.subject, vocabulary.SUBJECTS)
    colour = element.colour or vocabulary.SUBJECTS[element.subject].natural
    _known(shot_id, f"{field}'s colour", colour, vocabulary.COLOURS)
    _known(shot_id, f"{field}'s size", element.size, vocabulary.SIZES)
    for wear in element.wears:
        _known(shot_id, f"what {field} wears", wear.name, vocabulary.ACCESSORIES)
        _known(shot_id, f"the colour of {field}'s {wear.name}", wear.colour, vocabulary.COLOURS)
    acts = tuple(_act(shot_id, field, action, index, shot_s, whole_s) for action in part.actions)
    return Actor(
        subject=element.subject, colour=colour, size=element.size,
        accessories=tuple(Accessory(wear.name, wear.colour) for wear in element.wears), identity=element.identity,
        acts=acts, side=part.side, depth=part.depth,
    )  # fmt: skip


def _act(shot_id: str, field: str, action: Action, index: dict[str, int], shot_s: float, whole_s: float) -> Act:
    _known(shot_id, f"what {field} does", action.verb, vocabulary.ACTIONS)
    if action.thing:
        _known(shot_id, f"what {field} carries", action.thing, vocabulary.CARRIED)
    if action.target and action.target not in index:
        raise BadStoryboard(
            f"{field} should {action.verb} {action.target!r}, who is not in the shot.", shot_id=shot_id,
            next_step=f"In the shot are: {', '.join(index)}.",
        )  # fmt: skip
    # What lasts to the end of the shot must not stop dead in the handle, which is seen during a dissolve.
    end_s = whole_s if action.end >= 1.0 else action.end * shot_s
    return Act(
        action=action.verb, start_s=action.start * shot_s, end_s=end_s, direction=action.direction,
        target=index[action.target] if action.target else -1, thing=action.thing,
    )  # fmt: skip


def _check_place(request: ShotRequest) -> None:
    shot = request.shot
    _known(shot.id, "the setting", shot.setting, vocabulary.SETTINGS)
    _known(shot.id, "the time of day", shot.time, vocabulary.TIMES)
    _known(shot.id, "the weather", shot.weather, vocabulary.WEATHERS)
    _known(shot.id, "the camera move", shot.camera.move, vocabulary.CAMERA_MOVES)
    _known(shot.id, "the framing", shot.camera.framing, vocabulary.FRAMINGS)
    _known(shot.id, "the style", request.style, vocabulary.STYLES)
    for cue in shot.sounds:
        _known(shot.id, "a sound", cue.sound, vocabulary.SOUNDS)


def _known(shot_id: str, field: str, word: str, words: Collection[str]) -> None:
    if word not in words:
        raise BadStoryboard(
            f"{field} is {word!r}, which cannot be made here.", shot_id=shot_id,
            next_step=f"Allowed: {', '.join(words)}.",
        )  # fmt: skip
