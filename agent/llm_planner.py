"""A planner that asks a language model, over any OpenAI-compatible server, for a plan in the schema and mends it.

A short film is one document. A long one is planned in stages (:mod:`agent.llm_stages`), so that no reply is longer than
a scene.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel

from agent import prompting
from agent.dialogue import cast_voices
from agent.llm_client import LLMClient, Message, Notebook, Trouble
from agent.llm_meter import Allowance, Charge, Meter, Purse, TokenPrices
from agent.plan import Say, unheard
from agent.plan_document import FilmPlan, UnusablePlan, to_storyboard
from agent.rulebook.directives import read_directives
from agent.rulebook.sentences import lift_quotes
from agent.rulebook.story import Notes
from agent.vocabulary import WORDS
from storyboards.brief import MAX_DURATION_S, MAX_SHOTS, Brief
from storyboards.errors import (
    BadInput,
    BudgetSpent,
    PlannerRefused,
    PlannerReplyInvalid,
    PlannerTimedOut,
    PlanningFailed,
    StoryreelError,
)
from storyboards.storyboard import Storyboard
from tools.vocabulary import SIDES, WEATHERLESS
from tools.voices import EMOTIONS, VOICES

Document = TypeVar("Document", bound=BaseModel)

_OFFLINE = "Check the address, the model id and the key, or plan offline with the rulebook."

SHORT_S, SHORT_SHOTS = 60.0, 14
"""A film of at most this is planned in one document."""
CALLS, TOKENS, SECONDS = 150, 2_000_000, 3600.0
"""The most that planning one film may use, whatever it may cost."""


@dataclass(frozen=True)
class Asked:
    """What the caller or the text of a brief asks of the whole film; None or 0 where it is left open."""

    seconds: float | None
    aspect: str | None
    shots: int

    @property
    def is_long(self) -> bool:
        return (self.seconds or 0.0) > SHORT_S or self.shots > SHORT_SHOTS


class LLMPlanner:
    """Plans with a language model.

    Args:
        base_url: of the server, for example ``http://localhost:8000/v1``.
        model: the id as the server knows it; there is no default.
        api_key: sent as a bearer token; many local servers take any.
        timeout_s: for one reply.
        max_retries: on 408, 409, 429, 5xx and a broken connection, honouring Retry-After.
        repairs: how often an unusable reply may be sent back with what is wrong with it.
        prices: of the server; what planning costs counts against the limits of the brief.
        notebook: keeps usable replies, so that none is paid for twice.

    Raises:
        BadInput: no model or address was given.
    """

    name = "llm"

    def __init__(
        self, base_url: str, model: str, api_key: str = "", timeout_s: float = 120.0, max_retries: int = 2,
        repairs: int = 2, prices: TokenPrices | None = None, notebook: Notebook | None = None,
    ) -> None:  # fmt: skip
        if not model.strip() or not base_url.strip():
            raise BadInput("the language model planner needs an address and a model id.", next_step=_OFFLINE)
        self.client = LLMClient(base_url, model, api_key, timeout_s, max_retries, notebook)
        self.prices = prices or TokenPrices()
        self._repairs = repairs

    async def plan(self, brief: Brief) -> Storyboard:
        """A storyboard of the brief.

        Raises:
            PlannerRefused: the model declined.
            PlannerTimedOut: no reply in time.
            PlannerReplyInvalid: still unusable after the last repair.
            BudgetSpent: planning reached a limit.
            PlanningFailed: the server could not be reached or answered with an error.
        """
        return await self.plan_with(brief, self.meter(brief, None, None))

    def meter(self, brief: Brief, purse: Purse | None, charge: Charge | None) -> Meter:
        """The limits of planning: those of the brief, and what no plan needs more of."""
        return Meter(Allowance(CALLS, TOKENS, SECONDS, brief.limits.cost_usd), self.prices, purse, charge)

    async def plan_with(self, brief: Brief, meter: Meter, say: Say = unheard) -> Storyboard:
        """As :meth:`plan`, paid for through ``meter`` and told step by step."""
        async with self.client.open():
            return await self._plan(brief, meter, say)

    async def _plan(self, brief: Brief, meter: Meter, say: Say) -> Storyboard:
        asked = asked_of(brief)
        planner = f"llm:{self.client.model}"
        if asked.is_long:
            from agent.llm_stages import plan_in_stages

            seconds, plan = await plan_in_stages(self, brief, asked, meter, say)
            try:
                return cast_voices(to_storyboard(plan, brief, seconds, planner))
            except UnusablePlan as error:
                raise self._invalid(error.problems) from error
        boards: list[Storyboard] = []

        def check(plan: FilmPlan) -> None:
            boards[:] = [checked(plan, brief, asked.seconds, planner)]

        await self.ask(self.messages(brief, asked, "Plan this film."), FilmPlan, meter, brief.seed, check)
        return cast_voices(boards[0])

    def messages(self, brief: Brief, asked: Asked, task: str) -> list[Message]:
        """The conversation that asks for one document about the film."""
        user = prompting.render(
            "plan_user", brief=prompting.fenced(brief.text), seconds=asked.seconds, aspect=asked.aspect,
            style=brief.style, audience=brief.audience, liked=brief.liked, task=task,
        )  # fmt: skip
        return [{"role": "system", "content": _system(asked.seconds)}, {"role": "user", "content": user}]

    async def ask(
        self, messages: list[Message], form: type[Document], meter: Meter, seed: int,
        check: Callable[[Document], object],
    ) -> Document:  # fmt: skip
        """A document that passes ``check``, after as many repairs as are allowed.

        Raises:
            PlanningFailed, BudgetSpent: as :meth:`plan`.
        """
        asked, problems = messages, [""]
        for _ in range(self._repairs + 1):
            try:
                return await self.client.document(asked, form, meter, seed=seed, check=check)
            except Trouble as trouble:
                if trouble.kind != "unusable":
                    raise _translated(trouble) from trouble
                problems = trouble.problems
                shorter = any("cut off" in problem for problem in problems)
                repair = prompting.render("plan_repair", problems=problems, shorter=shorter)
                asked = [*messages, {"role": "user", "content": repair}]
        raise self._invalid(problems)

    def _invalid(self, problems: list[str]) -> PlannerReplyInvalid:
        return PlannerReplyInvalid(
            f"the model {self.client.model!r} sent no usable plan in {self._repairs + 1} replies; the last one: "
            f"{problems[0]}",
            next_step="Try a stronger model, a shorter brief, or plan offline with the rulebook.",
        )


def checked(plan: FilmPlan, brief: Brief, seconds: float | None, planner: str = "") -> Storyboard:
    """The storyboard of a plan, or of a part of one.

    Raises:
        Trouble: unusable, with every problem in words.
    """
    try:
        return to_storyboard(plan, brief, seconds, planner)
    except UnusablePlan as error:
        raise Trouble("unusable", error.problems[0], error.problems) from error


def asked_of(brief: Brief) -> Asked:
    """Length, aspect and number of shots: the caller's, else what the text says."""
    text, quotes = lift_quotes(brief.text)
    told = read_directives(text, quotes, Notes())
    seconds = brief.duration_s if brief.duration_s is not None else told.duration_s
    held = min(MAX_DURATION_S, max(1.0, seconds)) if seconds is not None else None
    return Asked(held, brief.aspect or told.aspect or None, min(MAX_SHOTS, told.shots))


def _translated(trouble: Trouble) -> StoryreelError:
    words = f"{trouble.why[:1].lower()}{trouble.why[1:]}"
    if trouble.kind == "refused":
        return PlannerRefused(words, next_step="Say it in other words, or plan offline with the rulebook.")
    if trouble.kind == "timed out":
        return PlannerTimedOut(
            f"no plan: {words}", next_step="Allow more time, or plan offline with the rulebook."
        )  # fmt: skip
    if trouble.kind == "spent":
        return BudgetSpent(
            f"planning stopped: {words}", next_step="Raise the limit, or plan offline: it costs nothing."
        )
    return PlanningFailed(words, next_step=_OFFLINE)


def _system(seconds: float | None) -> str:
    words = WORDS
    return prompting.render(
        "plan_system",
        subjects=words["subject"],
        colours=words["colour"],
        sizes=words["size"],
        accessories=words["worn"],
        carried=words["carried thing"],
        settings=words["setting"],
        times=words["time"],
        weathers=words["weather"],
        weatherless=sorted(WEATHERLESS),
        actions=words["action verb"],
        sounds=words["sound"],
        camera_moves=words["camera move"],
        framings=words["framing"],
        styles=words["style"],
        moods=words["mood"],
        voices=tuple(VOICES),
        emotions=tuple(EMOTIONS),
        sides=tuple(SIDES),
        words_a_second="2.6",
        seconds_words=f"{seconds:g} seconds in all."
        if seconds is not None
        else "24 seconds in all unless the brief needs more.",
    )
