"""A planner that asks a language model, over any OpenAI-compatible server, for a plan in the schema and mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from agent import prompting
from agent.plan_document import FilmPlan, UnusablePlan, to_storyboard
from agent.rulebook.directives import read_directives
from agent.rulebook.sentences import lift_quotes
from agent.rulebook.story import Notes
from agent.vocabulary import WORDS
from storyboards.brief import Brief
from storyboards.errors import BadInput, PlannerRefused, PlannerReplyInvalid, PlannerTimedOut, PlanningFailed
from storyboards.storyboard import Storyboard
from tools.vocabulary import SIDES, WEATHERLESS

if TYPE_CHECKING:
    from openai import AsyncOpenAI

_OFFLINE = "Check the address, the model id and the key, or plan offline with the rulebook."


class LLMPlanner:
    """Plans with a language model.

    Args:
        base_url: of the server, for example ``http://localhost:8000/v1``.
        model: the id as the server knows it; there is no default.
        api_key: sent as a bearer token; many local servers take any.
        timeout_s: for one reply.
        max_retries: of the connection on 408, 409, 429 and 5xx, by the SDK.
        repairs: how often an unusable plan may be sent back with what is wrong with it.

    Raises:
        BadInput: no model or address was given.
    """

    name = "llm"

    def __init__(
        self,
        base_url: str,
        model: str,
        api_key: str = "",
        timeout_s: float = 120.0,
        max_retries: int = 2,
        repairs: int = 2,
    ) -> None:
        if not model.strip() or not base_url.strip():
            raise BadInput("the language model planner needs an address and a model id.", next_step=_OFFLINE)
        self._base_url, self._model, self._api_key = base_url, model, api_key
        self._timeout_s, self._max_retries, self._repairs = timeout_s, max_retries, repairs

    async def plan(self, brief: Brief) -> Storyboard:
        """A storyboard of the brief.

        Raises:
            PlannerRefused: the model declined.
            PlannerTimedOut: no reply in time.
            PlannerReplyInvalid: still unusable after the last repair.
            PlanningFailed: the server could not be reached or answered with an error.
        """
        seconds, aspect = _asked(brief)
        messages = [
            {"role": "system", "content": _system(seconds)},
            {
                "role": "user",
                "content": prompting.render(
                    "plan_user", brief=prompting.fenced(brief.text), seconds=seconds, aspect=aspect, style=brief.style
                ),
            },
        ]
        problems: list[str] = []
        async with self._client() as client:
            for _ in range(self._repairs + 1):
                try:
                    return await self._attempt(client, messages, brief, seconds)
                except UnusablePlan as unusable:
                    problems = unusable.problems
                    shorter = any("cut off" in problem for problem in problems)
                    messages = [
                        *messages[:2],
                        {
                            "role": "user",
                            "content": prompting.render("plan_repair", problems=problems, shorter=shorter),
                        },
                    ]
        raise PlannerReplyInvalid(
            f"the model {self._model!r} sent no usable plan in {self._repairs + 1} replies; the last one: "
            f"{problems[0]}",
            next_step="Try a stronger model, a shorter brief, or plan offline with the rulebook.",
        )

    def _client(self) -> AsyncOpenAI:
        from openai import AsyncOpenAI

        return AsyncOpenAI(
            base_url=self._base_url,
            api_key=self._api_key or "none",
            timeout=self._timeout_s,
            max_retries=self._max_retries,
        )

    async def _attempt(
        self, client: AsyncOpenAI, messages: list[Any], brief: Brief, seconds: float | None
    ) -> Storyboard:
        plan = await self._ask(client, messages, brief.seed)
        return to_storyboard(plan, brief, seconds, f"llm:{self._model}")

    async def _ask(self, client: AsyncOpenAI, messages: list[Any], seed: int) -> FilmPlan:
        """One reply, every foreign error translated here."""
        import openai

        try:
            reply = await client.chat.completions.parse(
                model=self._model, messages=messages, response_format=FilmPlan, seed=seed
            )
        except openai.LengthFinishReasonError as error:
            raise UnusablePlan(["the reply was cut off before its end."]) from error
        except openai.ContentFilterFinishReasonError as error:
            raise PlannerRefused(
                "the model's content filter stopped the plan.", next_step="Say it in other words."
            ) from error
        except ValidationError as error:
            raise UnusablePlan(_complaints(error)) from error
        except openai.APITimeoutError as error:
            raise PlannerTimedOut(
                f"the model {self._model!r} gave no plan within {self._timeout_s:g} s.",
                next_step="Allow more time, or plan offline with the rulebook.",
            ) from error
        except openai.APIConnectionError as error:
            raise PlanningFailed(f"no connection to {self._base_url}.", next_step=_OFFLINE) from error
        except openai.APIStatusError as error:
            raise PlanningFailed(
                f"{self._base_url} answered {error.status_code}: {error.message[:200]}", next_step=_OFFLINE
            ) from error
        except openai.APIError as error:
            raise PlanningFailed(
                f"{self._base_url} answered what cannot be read: {error.message[:200]}", next_step=_OFFLINE
            ) from error
        return _plan_in(reply)


def _plan_in(reply: Any) -> FilmPlan:
    if not reply.choices:
        raise UnusablePlan(["the reply had no choices in it."])
    message = reply.choices[0].message
    if message.refusal:
        raise PlannerRefused(
            f"the model declined: {message.refusal[:200]}",
            next_step="Say it in other words, or plan offline with the rulebook.",
        )
    if message.parsed is None:
        raise UnusablePlan(["the reply was empty."])
    plan: FilmPlan = message.parsed
    return plan


def _complaints(error: ValidationError) -> list[str]:
    rows = []
    for problem in error.errors(include_url=False, include_context=False)[:8]:
        path = ".".join(str(step) for step in problem["loc"])
        rows.append(f"{path + ': ' if path else ''}{problem['msg']}")
    return rows


def _asked(brief: Brief) -> tuple[float | None, str | None]:
    """Length and aspect: the caller's, else what the text says."""
    text, quotes = lift_quotes(brief.text)
    told = read_directives(text, quotes, Notes())
    seconds = brief.duration_s if brief.duration_s is not None else told.duration_s
    return seconds, brief.aspect or told.aspect or None


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
        sides=tuple(SIDES),
        words_a_second="2.6",
        seconds_words=f"{seconds:g} seconds in all."
        if seconds is not None
        else "24 seconds in all unless the brief needs more.",
    )
