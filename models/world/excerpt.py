"""Scenes in time: a stretch of one, and one that lasts as long as is wanted."""

from __future__ import annotations

from dataclasses import replace

from models.world.scene import Act, Scene

LEAST_S = 0.3
"""What an act lasts within a stretch at least, to be said of it."""


def excerpt(scene: Scene, start_s: float, end_s: float) -> Scene:
    """The scene between two times, from 0 on: acts are cut to it, cues outside are left out.

    Raises:
        ValueError: the stretch is empty.
    """
    if not start_s < end_s:
        raise ValueError(f"a stretch of a scene ends after it starts, got {start_s:g} to {end_s:g} s")

    def cut(acts: tuple[Act, ...]) -> tuple[Act, ...]:
        shown = ((act, max(act.start_s, start_s), min(act.end_s, end_s)) for act in acts)
        return tuple(
            replace(act, start_s=first - start_s, end_s=last - start_s)
            for act, first, last in shown
            if last - first >= min(LEAST_S, act.end_s - act.start_s)
        )

    actors = tuple(replace(actor, acts=cut(actor.acts)) for actor in scene.actors)
    cues = tuple(replace(cue, at_s=cue.at_s - start_s) for cue in scene.cues if start_s <= cue.at_s < end_s)
    return replace(scene, actors=actors, cues=cues, duration_s=end_s - start_s)


def slowed(scene: Scene, duration_s: float) -> Scene:
    """The scene with everything that happens in it spread over so many seconds."""
    times = duration_s / scene.duration_s
    actors = tuple(
        replace(
            actor,
            acts=tuple(replace(act, start_s=act.start_s * times, end_s=act.end_s * times) for act in actor.acts),
        )
        for actor in scene.actors
    )
    cues = tuple(replace(cue, at_s=cue.at_s * times) for cue in scene.cues)
    return replace(scene, actors=actors, cues=cues, duration_s=duration_s)
