"""A scene of the world as the plan of a one-shot film: the inverse of ``tools.staging.scene_of``."""

from __future__ import annotations

from models.world.scene import Act, Actor, Scene
from storyboards.clock import FrameRate
from storyboards.shot import Action, CameraWork, Element, Part, Shot, SoundCue, Wear
from storyboards.storyboard import Storyboard


def board_of(scene: Scene, width: int = 320, height: int = 180, fps: int = 24, title: str = "scene") -> Storyboard:
    """The storyboard whose only shot asks for exactly this scene.

    Times of acts become shares of the shot; cues that begin after the last frame are left out.
    """
    rate = FrameRate(numerator=fps)
    frames = max(4, round(scene.duration_s * fps))
    seconds = rate.seconds(frames)
    elements = tuple(_element(index, actor) for index, actor in enumerate(scene.actors))
    names = [element.id for element in elements]
    parts = tuple(
        Part(
            element=name,
            side=actor.side,
            depth=actor.depth,
            actions=tuple(_action(act, names, scene.duration_s) for act in actor.acts),
        )
        for name, actor in zip(names, scene.actors, strict=True)
    )
    sounds = tuple(
        SoundCue(sound=cue.sound, at_s=cue.at_s, by=names[cue.actor] if cue.actor >= 0 else "", gain_db=cue.gain_db)
        for cue in scene.cues
        if cue.at_s < seconds
    )
    shot = Shot(
        id="s1", frames=frames, parts=parts, setting=scene.setting, time=scene.time, weather=scene.weather,
        camera=CameraWork(move=scene.camera.move, framing=scene.camera.framing, strength=scene.camera.strength),
        exposure=scene.exposure, sounds=sounds, seed=scene.seed,
    )  # fmt: skip
    return Storyboard(title=title, rate=rate, width=width, height=height, style=scene.style, elements=elements,
                      shots=(shot,))  # fmt: skip


def _element(index: int, actor: Actor) -> Element:
    return Element(
        id=f"{actor.subject}-{index + 1}", subject=actor.subject, colour=actor.colour, size=actor.size,
        wears=tuple(Wear(name=worn.name, colour=worn.colour) for worn in actor.accessories), identity=actor.identity,
    )  # fmt: skip


def _action(act: Act, names: list[str], duration_s: float) -> Action:
    return Action(
        verb=act.action, direction=act.direction, target=names[act.target] if act.target >= 0 else "", thing=act.thing,
        start=min(0.999, act.start_s / duration_s), end=min(1.0, act.end_s / duration_s),
    )  # fmt: skip
