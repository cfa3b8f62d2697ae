"""Asking a language model over any OpenAI-compatible server: documents of a form, or calls of tools.

The SDK's own retries are off: every call that may cost something passes the meter first. What a server refuses by name
(``seed``, ``max_tokens``) is not sent to it again.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from agent.llm_meter import Meter, Spent
from storyboards.storyboard import digest_of
from tools.schemas import strict_schema

if TYPE_CHECKING:
    from openai import AsyncOpenAI

Document = TypeVar("Document", bound=BaseModel)
Message = dict[str, Any]

MOST_REPLY_TOKENS = 8000
CHARACTERS_A_TOKEN, TOKENS_A_PICTURE = 3.0, 1200
"""For the price that is set aside before a call; on the high side of what servers count."""
LONGEST_WAIT_S, FIRST_WAIT_S = 30.0, 0.5
"""Between two tries; a server that asks for a longer wait is not tried again."""
OPTIONAL = ("max_completion_tokens", "max_tokens", "seed", "parallel_tool_calls")


_held: ContextVar[tuple[LLMClient | None, AsyncOpenAI | None]] = ContextVar("_held", default=(None, None))


class Notebook(Protocol):
    """Remembers usable replies, so that what was paid for once is not asked again after a crash."""

    def recall(self, key: str) -> str | None: ...

    def remember(self, key: str, text: str) -> None: ...


class Trouble(Exception):
    """Why there is no usable reply. ``unusable`` can be mended by asking again with ``problems``."""

    def __init__(
        self, kind: Literal["refused", "timed out", "unreachable", "unusable", "spent"], why: str,
        problems: Sequence[str] = (),
    ) -> None:  # fmt: skip
        super().__init__(why)
        self.kind, self.why, self.problems = kind, why, list(problems) or [why]


class _Again(Exception):
    """Worth another try after ``wait_s`` seconds, None where the server does not say how long; at once after
    something was ``learned`` about the server."""

    def __init__(self, why: str, wait_s: float | None, *, learned: bool = False) -> None:
        super().__init__(why)
        self.why, self.wait_s, self.learned = why, wait_s, learned


@dataclass(frozen=True)
class Call:
    """A tool call as the model sent it; nothing in it is checked yet."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True)
class Turn:
    """One reply of a conversation with tools: words, calls, and the message to put into the conversation."""

    text: str
    calls: tuple[Call, ...]
    message: Message


@dataclass
class LLMClient:
    """A server and a model on it. Safe for several tasks at once; it holds no connection between calls.

    Args:
        timeout_s: for one reply; ``max_retries`` after a 408, 409, 429, 5xx, or a connection that broke.
    """

    base_url: str
    model: str
    api_key: str = ""
    timeout_s: float = 120.0
    max_retries: int = 2
    notebook: Notebook | None = None
    _unknown: set[str] = field(default_factory=lambda: {"max_tokens"})

    async def document(
        self, messages: list[Message], form: type[Document], meter: Meter, *, seed: int = 0,
        check: Callable[[Document], object] = lambda document: None,
    ) -> Document:  # fmt: skip
        """One reply that is a document of the form and passes ``check``, which raises :class:`Trouble` if it does not.

        Raises:
            Trouble: there is none.
        """
        key = digest_of(["reply", self.model, messages, strict_schema(form), seed])
        known = self.notebook.recall(key) if self.notebook is not None else None
        if known is not None:
            document = form.model_validate_json(known)
            check(document)
            return document
        schema = {"name": form.__name__, "strict": True, "schema": strict_schema(form)}
        asked = {"response_format": {"type": "json_schema", "json_schema": schema}, "seed": seed}
        document = _document_in(await self._asked(messages, meter, asked), form)
        check(document)
        if self.notebook is not None:
            self.notebook.remember(key, document.model_dump_json())
        return document

    async def turn(self, messages: list[Message], tools: list[dict[str, Any]], meter: Meter) -> Turn:
        """One reply to a conversation in which tools are offered.

        Raises:
            Trouble: there is none; never ``unusable``, a reply without words or calls is an empty turn.
        """
        reply = await self._asked(messages, meter, {"tools": tools, "parallel_tool_calls": True})
        if not reply.choices:
            return Turn("", (), {"role": "assistant", "content": ""})
        message = _spoken(reply)
        calls = tuple(
            Call(str(call.id), str(call.function.name), str(call.function.arguments or ""))
            for call in message.tool_calls or ()
            if call.type == "function"
        )
        sent: Message = {"role": "assistant", "content": message.content or ""}
        if calls:
            sent["tool_calls"] = [
                {"id": c.id, "type": "function", "function": {"name": c.name, "arguments": c.arguments}} for c in calls
            ]
        return Turn(message.content or "", calls, sent)

    async def _asked(self, messages: list[Message], meter: Meter, more: dict[str, Any]) -> Any:
        """The SDK's completion, after as many tries as are worth it."""
        wait_s, tries = FIRST_WAIT_S, 0
        async with self.open() as client:
            while True:
                try:
                    return await self._once(client, messages, meter, more)
                except _Again as again:
                    if again.learned:
                        continue
                    tries += 1
                    pause_s = again.wait_s if again.wait_s is not None else wait_s
                    if tries > self.max_retries or pause_s > min(LONGEST_WAIT_S, meter.seconds_left):
                        raise Trouble("unreachable", again.why) from again
                await asyncio.sleep(pause_s)
                wait_s *= 2

    async def _once(self, client: AsyncOpenAI, messages: list[Message], meter: Meter, more: dict[str, Any]) -> Any:
        """One call, paid for through the meter; every foreign error is translated here."""
        import openai

        try:
            price_usd = meter.begin(tokens_of(messages, more), MOST_REPLY_TOKENS)
        except Spent as error:
            raise Trouble("spent", f"{error}.") from error
        began, refused = time.monotonic(), False
        try:
            reply = await self._sent(client, messages, more, meter.seconds_left)
        except openai.APIStatusError as error:
            refused = True
            said = f"{self.base_url} answered {error.status_code}: {error.message[:200]}"
            if error.status_code == 400 and self._learned(error.message, more):
                raise _Again(said, 0.0, learned=True) from error
            if error.status_code in (408, 409, 429) or error.status_code >= 500:
                raise _Again(said, _retry_after(error)) from error
            raise Trouble("unreachable", said) from error
        except openai.APITimeoutError as error:
            raise Trouble("timed out", f"{self.model!r} gave no reply within {self.timeout_s:g} s.") from error
        except openai.APIConnectionError as error:
            raise _Again(f"no connection to {self.base_url}: {_cause(error)}.", None) from error
        except (openai.APIError, ValueError) as error:
            said = f"{self.base_url} answered what cannot be read: {str(error)[:200]}"
            raise Trouble("unreachable", said) from error
        else:
            _settle(meter, price_usd, reply, began)
            price_usd = 0.0
            return reply
        finally:
            if price_usd:
                meter.unanswered(price_usd, refused=refused)

    def _sent(
        self, client: AsyncOpenAI, messages: list[Message], more: dict[str, Any], left_s: float
    ) -> Awaitable[Any]:
        asked = {"max_completion_tokens": MOST_REPLY_TOKENS, "max_tokens": MOST_REPLY_TOKENS, **more}
        sent = {name: value for name, value in asked.items() if name not in self._unknown}
        call: Any = client.chat.completions.create
        made: Awaitable[Any] = call(
            model=self.model, messages=messages, timeout=max(0.1, min(self.timeout_s, left_s)), **sent
        )
        return made

    def _learned(self, complaint: str, more: dict[str, Any]) -> bool:
        """Leave out from now on what the server names in its complaint; was there anything?"""
        sent = {"max_completion_tokens", "max_tokens", *more} - self._unknown
        named = next((name for name in OPTIONAL if name in complaint and name in sent), "")
        if not named:
            return False
        self._unknown.add(named)
        if named == "max_completion_tokens":
            self._unknown.discard("max_tokens")
        return True

    @asynccontextmanager
    async def open(self) -> AsyncIterator[AsyncOpenAI]:
        """A connection for one question, or held by the caller for several: opening one takes 50 ms."""
        from openai import AsyncOpenAI

        owner, held = _held.get()
        if owner is self and held is not None:
            yield held
            return
        async with AsyncOpenAI(
            base_url=self.base_url, api_key=self.api_key or "none", timeout=self.timeout_s, max_retries=0
        ) as client:
            token = _held.set((self, client))
            try:
                yield client
            finally:
                _held.reset(token)


def tokens_of(messages: list[Message], more: dict[str, Any]) -> int:
    """About how many tokens a request has, on the high side."""
    pictures = words = 0
    for message in messages:
        content = message.get("content") or ""
        rows = content if isinstance(content, list) else [{"type": "text", "text": content}]
        pictures += sum(row["type"] == "image_url" for row in rows)
        words += sum(len(row.get("text", "")) for row in rows) + len(json.dumps(message.get("tool_calls", "")))
    words += len(json.dumps(more.get("response_format", ""))) + len(json.dumps(more.get("tools", "")))
    return int(words / CHARACTERS_A_TOKEN) + TOKENS_A_PICTURE * pictures + 8


def complaints(error: ValidationError) -> list[str]:
    """Each problem of a document in a sentence, with the field's path; the first eight."""
    rows = []
    for problem in error.errors(include_url=False, include_context=False)[:8]:
        path = ".".join(str(step) for step in problem["loc"])
        rows.append(f"{path + ': ' if path else ''}{problem['msg']}")
    return rows


def _document_in(reply: Any, form: type[Document]) -> Document:
    if not reply.choices:
        raise Trouble("unusable", "the reply had no choices in it.")
    message = _spoken(reply)
    if reply.choices[0].finish_reason == "length":
        raise Trouble("unusable", "the reply was cut off before its end.")
    if not (message.content or "").strip():
        raise Trouble("unusable", "the reply was empty.")
    try:
        return form.model_validate_json(message.content)
    except ValidationError as error:
        raise Trouble("unusable", "the reply is not of the form.", complaints(error)) from error


def _spoken(reply: Any) -> Any:
    """The message of a reply.

    Raises:
        Trouble: it is a refusal.
    """
    choice = reply.choices[0]
    if choice.message.refusal:
        raise Trouble("refused", f"the model declined: {choice.message.refusal[:200]}")
    if choice.finish_reason == "content_filter":
        raise Trouble("refused", "the model's content filter stopped the reply.")
    return choice.message


def _settle(meter: Meter, price_usd: float, reply: Any, began: float) -> None:
    usage = getattr(reply, "usage", None)
    meter.answered(
        price_usd, int(getattr(usage, "prompt_tokens", 0) or 0), int(getattr(usage, "completion_tokens", 0) or 0),
        round(time.monotonic() - began, 3),
    )  # fmt: skip


def _retry_after(error: Any) -> float | None:
    """Seconds that the server asks to wait, None if it does not say."""
    try:
        return max(0.0, float(error.response.headers.get("retry-after", "")))
    except ValueError:
        return None


def _cause(error: Exception) -> str:
    return type(error.__cause__).__name__ if error.__cause__ is not None else type(error).__name__
