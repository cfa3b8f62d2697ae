"""Asking a vision-language model over any OpenAI-compatible server: one question, one checked document, its price.

The SDK retries what is worth it (408, 409, 429, 5xx). A reply that is not the document is sent back once. Whatever the
server says, tokens that were used are counted.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from storyboards.errors import JudgeFailed
from storyboards.storyboard import digest_of
from tools.judge_pictures import Exhibit

if TYPE_CHECKING:
    from jinja2 import Environment
    from openai import OpenAI

Document = TypeVar("Document", bound=BaseModel)

OPTIONAL = ("logprobs", "top_logprobs", "temperature", "max_tokens")
"""Parameters that some servers refuse; what a server refuses by name is not sent to it again."""
MANY_WORDS = 4000
"""Tokens that one reply may have at most."""
TEMPLATES = ("judge_system", "judge_statements", "judge_repair", "judge_prefer")


@dataclass(frozen=True)
class Prices:
    """Dollars for a million tokens; 0 for a server of one's own."""

    usd_per_mtok_in: float = 0.0
    usd_per_mtok_out: float = 0.0

    def of(self, tokens_in: int, tokens_out: int) -> float:
        return (tokens_in * self.usd_per_mtok_in + tokens_out * self.usd_per_mtok_out) / 1e6


@dataclass
class Bill:
    """What one review has cost so far: calls that were answered, tokens as the server counts them, dollars."""

    prices: Prices
    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    began_s: float = field(default_factory=time.monotonic)

    def add(self, usage: Any) -> None:
        self.calls += 1
        self.tokens_in += int(getattr(usage, "prompt_tokens", 0) or 0)
        self.tokens_out += int(getattr(usage, "completion_tokens", 0) or 0)

    @property
    def cost_usd(self) -> float:
        return self.prices.of(self.tokens_in, self.tokens_out)

    @property
    def wall_s(self) -> float:
        return round(time.monotonic() - self.began_s, 3)


@dataclass(frozen=True)
class Token:
    """A token of the reply with the probabilities of the ones that might have stood there, itself included."""

    text: str
    odds: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Reply(Generic[Document]):
    """A document, or why there is none (``problem``). ``tokens`` are empty where the server tells no logprobs."""

    document: Document | None
    text: str = ""
    tokens: tuple[Token, ...] = ()
    problem: str = ""


class Wire:
    """A server and a model on it.

    Args:
        timeout_s: for one reply; ``max_retries``: of the SDK; ``rest_s``: for how long a server that could not be
            reached is not asked again.
    """

    def __init__(
        self, base_url: str, model: str, api_key: str, timeout_s: float, max_retries: int, prices: Prices,
        logprobs: bool, rest_s: float = 60.0,
    ) -> None:  # fmt: skip
        self.model, self.prices = model, prices
        self._base_url, self._api_key = base_url, api_key
        self._timeout_s, self._max_retries, self._rest_s = timeout_s, max_retries, rest_s
        self._sent = {"temperature": 0.0, "max_tokens": MANY_WORDS}
        if logprobs:
            self._sent |= {"logprobs": True, "top_logprobs": 8}
        self._refused: set[str] = set()
        self._outage: tuple[float, str] | None = None

    def ask(self, system: str, content: list[dict[str, Any]], form: type[Document], bill: Bill) -> Reply[Document]:
        """One document of the form, after one repair at most.

        Raises:
            JudgeFailed: the server could not be reached, or answered with an error after the SDK's retries.
        """
        messages: list[dict[str, Any]] = [
            {"role": "system", "content": system},
            {"role": "user", "content": content},
        ]
        reply = self._once(messages, form, bill)
        if reply.document is None and not reply.problem.startswith(REFUSED):
            complaint = {"type": "text", "text": render("judge_repair", problem=reply.problem)}
            messages[1] = {"role": "user", "content": [*content, complaint]}
            reply = self._once(messages, form, bill)
        return reply

    def _once(self, messages: list[dict[str, Any]], form: type[Document], bill: Bill) -> Reply[Document]:
        completion = self._post(messages, form)
        bill.add(completion.usage)
        if not completion.choices:
            return Reply(None, problem="the reply had no choices in it")
        choice = completion.choices[0]
        refusal = getattr(choice.message, "refusal", None)
        if refusal or choice.finish_reason == "content_filter":
            return Reply(None, problem=f"{REFUSED}: {one_line(refusal or 'content filter')}")
        text = choice.message.content or ""
        if choice.finish_reason == "length":
            return Reply(None, text, problem="the reply was cut off before its end")
        try:
            return Reply(form.model_validate_json(text), text, _tokens(choice))
        except ValidationError as error:
            rows = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_url=False)[:3]]
            return Reply(None, text, problem=one_line("; ".join(rows)))

    def _post(self, messages: list[dict[str, Any]], form: type[BaseModel]) -> Any:
        """The SDK's completion; every foreign error is translated here."""
        import openai

        self._check_rest()
        schema = {"name": form.__name__.lower(), "strict": True, "schema": form.model_json_schema()}
        with self._client() as client:
            for _ in range(len(OPTIONAL) + 1):
                sent = {name: value for name, value in self._sent.items() if name not in self._refused}
                try:
                    return client.chat.completions.create(
                        model=self.model, messages=messages, **sent,  # type: ignore[call-overload]
                        response_format={"type": "json_schema", "json_schema": schema},
                    )  # fmt: skip
                except openai.BadRequestError as error:
                    if not self._learn(error.message, sent):
                        raise self._failed(f"answered 400: {one_line(error.message)}") from error
                except openai.APITimeoutError as error:
                    raise self._rest(f"gave no reply within {self._timeout_s:g} s") from error
                except openai.APIConnectionError as error:
                    raise self._rest("cannot be reached") from error
                except openai.APIStatusError as error:
                    raise self._rest(f"answered {error.status_code}: {one_line(error.message)}") from error
                except openai.APIError as error:
                    raise self._failed(f"answered what cannot be read: {one_line(error.message)}") from error
        raise self._failed("refuses every form of the question")

    def _learn(self, complaint: str, sent: dict[str, Any]) -> bool:
        """Leave out from now on what the server names in its complaint; was there anything?"""
        named = {name for name in OPTIONAL if name in complaint and name in sent}
        if "logprobs" in named or "top_logprobs" in named:
            named |= {"logprobs", "top_logprobs"}
        self._refused |= named
        return bool(named)

    def _client(self) -> OpenAI:
        from openai import OpenAI

        return OpenAI(
            base_url=self._base_url, api_key=self._api_key or "none", timeout=self._timeout_s,
            max_retries=self._max_retries,
        )  # fmt: skip

    def _check_rest(self) -> None:
        if self._outage and time.monotonic() < self._outage[0]:
            raise self._failed(self._outage[1])

    def _rest(self, why: str) -> JudgeFailed:
        self._outage = (time.monotonic() + self._rest_s, why)
        return self._failed(why)

    def _failed(self, why: str) -> JudgeFailed:
        return JudgeFailed(
            f"the judge {self.model!r} at {self._base_url} {why}.",
            next_step="Check STORYREEL_JUDGE_BASE_URL, _MODEL and _API_KEY, or judge by measurement alone.",
        )


REFUSED = "the model declined"


def _tokens(choice: Any) -> tuple[Token, ...]:
    rows = getattr(getattr(choice, "logprobs", None), "content", None) or ()
    tokens = []
    for row in rows:
        odds = {str(top.token): math.exp(min(0.0, top.logprob)) for top in row.top_logprobs or ()}
        odds.setdefault(str(row.token), math.exp(min(0.0, row.logprob)))
        tokens.append(Token(str(row.token), tuple(odds.items())))
    return tuple(tokens)


def one_line(text: object, most: int = 200) -> str:
    """Words of a stranger as one short line without control characters."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
    return flat if len(flat) <= most else flat[: most - 1] + "…"


def content_of(exhibits: Sequence[tuple[str, Exhibit]], question: str) -> list[dict[str, Any]]:
    """Pictures with their captions, each group under its heading, then the question."""
    rows: list[dict[str, Any]] = []
    for heading, exhibit in exhibits:
        if heading:
            rows.append({"type": "text", "text": heading})
        for picture in exhibit.pictures:
            rows.append({"type": "text", "text": picture.caption})
            rows.append({"type": "image_url", "image_url": {"url": picture.source}})
    return [*rows, {"type": "text", "text": question}]


@cache
def _environment() -> Environment:
    from jinja2 import PackageLoader, StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    return SandboxedEnvironment(
        loader=PackageLoader("tools", "templates"), undefined=StrictUndefined, autoescape=False, trim_blocks=True
    )


def render(name: str, **words: object) -> str:
    """The prompt ``tools/templates/<name>.j2`` with its words filled in."""
    return _environment().get_template(f"{name}.j2").render(**words)


@cache
def prompt_digest() -> str:
    """Changes with any word of the prompts."""
    folder = Path(__file__).parent / "templates"
    return digest_of([(folder / f"{name}.j2").read_text(encoding="utf-8") for name in TEMPLATES])[:12]
