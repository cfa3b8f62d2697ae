"""What a language model is asked for on the way to a long film: the treatment, the scenes of an act, a scene's shots.

Each is small enough for one reply. Together they make the :class:`agent.plan_document.FilmPlan` that a short film is
asked for at once.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from agent.plan_document import PlannedElement, PlannedShot, PlannedSubstitution

MOST_ACTS, MOST_SCENES_AN_ACT, MOST_SHOTS_A_SCENE = 5, 12, 8


class _Reply(BaseModel):
    model_config = ConfigDict(extra="ignore")


class PlannedAct(_Reply):
    """A stretch of the story; ``shots`` is how many it takes to tell, of those that the film has."""

    title: str
    summary: str
    shots: int = Field(ge=1)


class Treatment(_Reply):
    """The film in words: its cast, who speaks how, and its acts."""

    title: str
    logline: str = ""
    language: str = "en"
    aspect: str = "16:9"
    style: str = "storybook"
    music_mood: str = "calm"
    elements: list[PlannedElement] = Field(max_length=40)
    acts: list[PlannedAct] = Field(min_length=1, max_length=MOST_ACTS)
    substitutions: list[PlannedSubstitution] = []


class PlannedScene(_Reply):
    """What happens in one place: ``cast`` are element ids, ``shots`` how many it takes to tell."""

    summary: str
    setting: str
    time: str = "day"
    weather: str = "clear"
    cast: list[str] = []
    seconds: float = Field(gt=0)
    shots: int = Field(ge=1, le=MOST_SHOTS_A_SCENE)


class ActScenes(_Reply):
    scenes: list[PlannedScene] = Field(min_length=1, max_length=MOST_SCENES_AN_ACT)


class SceneShots(_Reply):
    shots: list[PlannedShot] = Field(min_length=1, max_length=MOST_SHOTS_A_SCENE)
