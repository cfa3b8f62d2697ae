"""A long film planned in stages: the treatment, the scenes of each act, the shots of each scene.

Every reply is checked as soon as it comes and mended by itself, so a mistake in scene nine costs one reply. Scenes are
asked for in order, each with the shot before it, so that they join.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from agent import prompting
from agent.llm_client import Document, Trouble
from agent.llm_forms import (
    MOST_ACTS,
    MOST_SCENES_AN_ACT,
    MOST_SHOTS_A_SCENE,
    ActScenes,
    PlannedScene,
    SceneShots,
    Treatment,
)
from agent.llm_forms import PlannedAct as Act
from agent.llm_meter import Meter
from agent.plan_document import FilmPlan, PlannedElement, PlannedShot
from storyboards.brief import MAX_SHOTS, Brief

if TYPE_CHECKING:
    from agent.llm_planner import Asked, LLMPlanner
    from agent.plan import Say

SECONDS_A_SHOT = 4.0
LEAST_SECONDS_A_SHOT = 1.0


async def plan_in_stages(
    planner: LLMPlanner, brief: Brief, asked: Asked, meter: Meter, say: Say
) -> tuple[float, FilmPlan]:
    """The seconds and the plan of a long film.

    Raises:
        PlanningFailed, BudgetSpent: as :meth:`agent.llm_planner.LLMPlanner.plan`.
    """
    return await _Stages(planner, brief, asked, meter, say).plan()


def shares(weights: Sequence[float], total: int, most: int) -> list[int]:
    """``total`` in whole portions by weight, each 1 to ``most``.

    Raises:
        ValueError: there is no such division.
    """
    if not len(weights) <= total <= most * len(weights):
        raise ValueError(f"{total} cannot be shared among {len(weights)}, 1 to {most} each")
    whole = sum(weights)
    portions = [min(most, max(1, int(total * weight / whole))) for weight in weights]
    while sum(portions) != total:
        step = 1 if sum(portions) < total else -1
        free = [i for i, portion in enumerate(portions) if (portion < most if step > 0 else portion > 1)]
        owed = {i: total * weights[i] / whole - portions[i] for i in free}
        portions[max(free, key=lambda i: (step * owed[i], -i))] += step
    return portions


class _Stages:
    """One film on its way through the stages."""

    def __init__(self, planner: LLMPlanner, brief: Brief, asked: Asked, meter: Meter, say: Say) -> None:
        self._planner, self._brief, self._asked, self._meter, self._say = planner, brief, asked, meter, say
        self._shots = asked.shots or min(MAX_SHOTS, max(2, round((asked.seconds or 0.0) / _pace(asked.seconds))))
        self._seconds = asked.seconds or self._shots * SECONDS_A_SHOT
        self._shots = min(self._shots, max(1, int(self._seconds / LEAST_SECONDS_A_SHOT)))

    async def plan(self) -> tuple[float, FilmPlan]:
        self._say("writing the treatment")
        treatment = await self._treatment()
        acts = treatment.acts
        counts = shares([act.shots for act in acts], self._shots, MAX_SHOTS)
        scenes: list[PlannedScene] = []
        for number, (act, count) in enumerate(zip(acts, counts, strict=True), start=1):
            self._say(f"act {number} of {len(acts)}: “{act.title[:60]}”")
            scenes += await self._scenes(treatment, number, act, count)
        shots: list[PlannedShot] = []
        for number, scene in enumerate(scenes, start=1):
            self._say(f"scene {number} of {len(scenes)}: {scene.summary[:80]}")
            shots += await self._scene(treatment, scenes, number, shots)
        plan = FilmPlan(
            title=treatment.title, logline=treatment.logline, language=treatment.language, aspect=treatment.aspect,
            style=treatment.style, music_mood=treatment.music_mood, elements=treatment.elements, shots=shots,
            substitutions=treatment.substitutions,
        )  # fmt: skip
        return self._seconds, plan

    async def _treatment(self) -> Treatment:
        def check(treatment: Treatment) -> None:
            if len(treatment.acts) > self._shots:
                raise Trouble("unusable", f"{len(treatment.acts)} acts are too many for {self._shots} shots.")
            self._fits(treatment.elements, [PlannedShot(seconds=4, setting="meadow")], 4.0, treatment)

        acts = min(MOST_ACTS, max(1, round(self._shots / 15)))
        task = prompting.render(
            "plan_treatment", acts=acts if acts == 1 else f"{acts} to {MOST_ACTS}", seconds=f"{self._seconds:g}",
            shots=self._shots,
        )  # fmt: skip
        return await self._ask(task, Treatment, check)

    async def _scenes(self, treatment: Treatment, number: int, act: Act, shots: int) -> list[PlannedScene]:
        seconds = self._seconds * shots / self._shots

        def check(reply: ActScenes) -> None:
            try:
                shares([scene.shots for scene in reply.scenes], shots, MOST_SHOTS_A_SCENE)
            except ValueError as error:
                fewest = -(-shots // MOST_SHOTS_A_SCENE)
                raise Trouble(
                    "unusable", f"{len(reply.scenes)} scenes do not make {shots} shots; use {fewest} to {shots} scenes."
                ) from error
            cast = {element.id for element in treatment.elements}
            strangers = {name for scene in reply.scenes for name in scene.cast} - cast
            if strangers:
                raise Trouble("unusable", f"not in the cast of the treatment: {', '.join(sorted(strangers))[:200]}.")
            # The words of a place are checked here, where a wrong one costs one small reply.
            rows = [_placed(scene) for scene in reply.scenes]
            self._fits(treatment.elements, rows, 4.0 * len(rows), treatment)

        task = prompting.render(
            "plan_act", treatment=_told(treatment), number=number, count=len(treatment.acts), title=act.title,
            summary=act.summary, seconds=f"{seconds:.1f}", shots=shots, most_shots=MOST_SHOTS_A_SCENE,
            most_scenes=MOST_SCENES_AN_ACT,
        )  # fmt: skip
        reply = await self._ask(task, ActScenes, check)
        counts = shares([scene.shots for scene in reply.scenes], shots, MOST_SHOTS_A_SCENE)
        asked = sum(scene.seconds for scene in reply.scenes)
        return [
            scene.model_copy(update={"shots": count, "seconds": round(seconds * scene.seconds / asked, 2)})
            for scene, count in zip(reply.scenes, counts, strict=True)
        ]

    async def _scene(
        self, treatment: Treatment, scenes: list[PlannedScene], number: int, before: list[PlannedShot]
    ) -> list[PlannedShot]:
        scene = scenes[number - 1]

        def check(reply: SceneShots) -> None:
            if len(reply.shots) != scene.shots:
                raise Trouble("unusable", f"the scene has {scene.shots} shots; there were {len(reply.shots)}.")
            self._fits(treatment.elements, reply.shots, max(scene.seconds, float(scene.shots)), treatment)

        task = prompting.render(
            "plan_scene", treatment=_told(treatment), scenes=[row.summary[:200] for row in scenes], number=number,
            shots=scene.shots, seconds=f"{scene.seconds:g}", setting=scene.setting, time=scene.time,
            weather=scene.weather, first=len(before) + 1, total=self._shots,
            before=_in_words(before[-1]) if before else "",
        )  # fmt: skip
        reply = await self._ask(task, SceneShots, check)
        asked = sum(shot.seconds for shot in reply.shots)
        return [
            shot.model_copy(update={"seconds": max(0.2, scene.seconds * shot.seconds / asked)}) for shot in reply.shots
        ]

    async def _ask(self, task: str, form: type[Document], check: Callable[[Document], object]) -> Document:
        messages = self._planner.messages(self._brief, self._asked, task)
        return await self._planner.ask(messages, form, self._meter, self._brief.seed, check)

    def _fits(
        self, elements: list[PlannedElement], shots: list[PlannedShot], seconds: float, treatment: Treatment
    ) -> None:
        """Is this part of the film one that can be planned? Raises Trouble with what is wrong with it."""
        from agent.llm_planner import checked

        part = FilmPlan(
            title=treatment.title, style=treatment.style, music_mood=treatment.music_mood, elements=elements,
            shots=[shot.model_copy(update={"transition": "cut"}) for shot in shots],
        )  # fmt: skip
        checked(part, self._brief, seconds)


def _pace(seconds: float | None) -> float:
    """Longer films breathe: seconds of a shot, as the rulebook has them."""
    return SECONDS_A_SHOT if not seconds or seconds <= 120 else 5.0 if seconds <= 240 else 8.0


def _placed(scene: PlannedScene) -> PlannedShot:
    return PlannedShot(seconds=4, setting=scene.setting, time=scene.time, weather=scene.weather)


def _told(treatment: Treatment) -> str:
    return treatment.model_dump_json(exclude={"substitutions"})


def _in_words(shot: PlannedShot) -> str:
    deeds = "; ".join(
        f"{part.element} on the {part.side}: {', '.join(action.verb for action in part.actions) or 'stands'}"
        for part in shot.parts
    )
    return f"{shot.framing}, {shot.camera}, {shot.setting}, {shot.time}; {deeds or 'nobody'}"
