"""OpenAI-compatible chat, where the conversation is the film: whoever can chat can brief, edit and get the links.

Such clients send the whole conversation each time and nothing else. The film it is about is found by the link that an
earlier answer ended with.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import secrets
import time
from collections.abc import AsyncIterator
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from app.api.access import Maker, Reader, TheConfig, TheStudio
from app.api.config import ServeConfig
from app.api.faults import FAULTS, BadField
from app.api.video_orders import model_named, models_of, reference_of
from app.service.callers import Caller
from app.service.jobs import Job
from app.service.orders import Say
from app.service.studio import Studio
from storyboards.errors import UnknownName

router = APIRouter(prefix="/v1", tags=["chat"], responses=FAULTS)

LINK = re.compile(r"/films/([a-z0-9][a-z0-9._-]{0,79})", re.ASCII)
SHOWN = frozenset({"plan", "price", "take", "revise", "note"})
MADE_AT_S = 1_790_000_000
CLIENT_TASK = "### Task:"
"""How Open WebUI begins what it asks a model for itself (titles, tags): no film is meant."""


class ChatMessage(BaseModel):
    model_config = ConfigDict(extra="allow")
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[dict[str, Any]] | None = None


class ChatRequest(BaseModel):
    """A conversation. ``metadata.project`` names the film outright."""

    model_config = ConfigDict(extra="allow")
    model: str = Field(min_length=1, max_length=100)
    messages: list[ChatMessage] = Field(min_length=1, max_length=2000)
    stream: bool = False
    metadata: dict[str, Any] | None = None


class ModelShape(BaseModel):
    id: str
    object: Literal["model"] = "model"
    created: int = MADE_AT_S
    owned_by: str = "storyreel"


class ModelList(BaseModel):
    object: Literal["list"] = "list"
    data: list[ModelShape]


@router.get("/models", response_model=ModelList, tags=["models"], summary="Which models there are")
async def models(studio: TheStudio, caller: Reader) -> ModelList:
    return ModelList(data=[ModelShape(id=name) for name in models_of(studio)])


@router.get("/models/{model}", response_model=ModelShape, tags=["models"], summary="A model")
async def one_model(model: str, studio: TheStudio, caller: Reader) -> ModelShape:
    if model not in models_of(studio):
        raise UnknownName(f"there is no model {model!r}.")
    return ModelShape(id=model)


@router.post(
    "/chat/completions", response_class=Response, summary="Brief, edit and ask about a film in a conversation",
    responses={200: {"content": {"application/json": {}, "text/event-stream": {}}}},
)  # fmt: skip
async def chat(body: ChatRequest, request: Request, studio: TheStudio, config: TheConfig, caller: Maker) -> Response:
    backend, _ = model_named(body.model, studio)
    text, pictures = _last_words(body)
    answer = Answer(body.model, _origin(request, config))
    if text.startswith(CLIENT_TASK):
        words = json.dumps({"title": "A film", "tags": ["film"], "follow_ups": [], "queries": []})
        return answer.stream_of(words) if body.stream else answer.whole(words, text)
    project = await _project(body, studio, caller)
    sent = [
        await reference_of({"input_reference": url}, studio, caller, request.app.state.outgoing) for url in pictures
    ]
    order = Say(text=text, uploads=tuple(sent), backend=None if project else backend)
    job = await asyncio.to_thread(studio.submit, order, project, caller)
    if body.stream:
        return StreamingResponse(answer.stream(studio, job, caller), media_type="text/event-stream")
    done = await studio.finished(job.id, caller)
    return answer.whole(answer.words(done), text)


class Answer:
    """One answer on the wire, whole or in pieces."""

    def __init__(self, model: str, origin: str) -> None:
        self._model, self._origin = model, origin
        self._id, self._made = f"chatcmpl-{secrets.token_hex(12)}", int(time.time())

    def words(self, job: Job) -> str:
        """What came of a message: the reply, what is less than was asked for, and where the film is."""
        if job.state == "failed" and job.error is not None:
            rows = [f"{job.error.message} {job.error.next_step}".strip()]
        elif job.state == "cancelled":
            rows = ["That was cancelled; what was finished is kept."]
        else:
            rows = [str(job.result.get("text", ""))]
        reasons = job.result.get("reasons", [])
        if reasons:
            rows.append("Less than was asked for:\n" + "\n".join(f"* {reason}" for reason in reasons[:8]))
        if job.project:
            rows.append(f"Film: {self._origin}/films/{job.project}")
        if job.result.get("cut"):
            base = f"{self._origin}/api/projects/{job.project}"
            rows.append(f"Download: {base}/film?download=true\nReport: {base}/report")
        return "\n\n".join(row for row in rows if row)

    def whole(self, words: str, asked: str) -> JSONResponse:
        counts = len(asked.split()), len(words.split())
        return JSONResponse(
            {
                "id": self._id, "object": "chat.completion", "created": self._made, "model": self._model,
                "choices": [
                    {"index": 0, "message": {"role": "assistant", "content": words, "refusal": None}, "logprobs": None,
                     "finish_reason": "stop"}
                ],
                "usage": {"prompt_tokens": counts[0], "completion_tokens": counts[1], "total_tokens": sum(counts)},
            }
        )  # fmt: skip

    def stream_of(self, words: str) -> StreamingResponse:
        async def pieces() -> AsyncIterator[str]:
            yield self._piece({"role": "assistant", "content": words})
            yield self._piece({}, "stop")
            yield "data: [DONE]\n\n"

        return StreamingResponse(pieces(), media_type="text/event-stream")

    async def stream(self, studio: Studio, job: Job, caller: Caller) -> AsyncIterator[str]:
        """Progress as it comes, then the answer. A client that leaves stops listening, not the film."""
        yield self._piece({"role": "assistant", "content": ""})
        async with contextlib.aclosing(studio.happenings.follow(job.id, 0, 10.0)) as lines:
            async for line in lines:
                if line.kind == "beat":
                    yield ": beat\n\n"
                elif line.kind in SHOWN and line.message:
                    where = f"shot {line.shot_id}: " if line.shot_id else ""
                    yield self._piece({"content": f"_{where}{line.message}_\n\n"})
                if (now := await asyncio.to_thread(studio.job, job.id, caller)).is_over:
                    break
        yield self._piece({"content": self.words(now)})
        yield self._piece({}, "stop")
        yield "data: [DONE]\n\n"

    def _piece(self, delta: dict[str, Any], reason: str | None = None) -> str:
        document = {
            "id": self._id, "object": "chat.completion.chunk", "created": self._made, "model": self._model,
            "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}],
        }  # fmt: skip
        return f"data: {json.dumps(document, ensure_ascii=False)}\n\n"


def _last_words(body: ChatRequest) -> tuple[str, list[str]]:
    """The text of the last message and the addresses of its pictures.

    Raises:
        BadField: the last message is not the person's, or says nothing.
    """
    last = body.messages[-1]
    if last.role != "user":
        raise BadField("the last message is to be the user's.", "messages")
    parts = [{"type": "text", "text": last.content}] if isinstance(last.content, str) else last.content or []
    texts = [str(part.get("text", "")) for part in parts if part.get("type") == "text"]
    urls = [part["image_url"] for part in parts if part.get("type") == "image_url" and "image_url" in part]
    pictures = [str(url.get("url", "") if isinstance(url, dict) else url) for url in urls[:8]]
    text = "\n".join(texts).strip()
    if not text and not pictures:
        raise BadField("the last message says nothing.", "messages")
    return text[:200_000].encode("utf-8", "replace").decode(), [picture for picture in pictures if picture]


async def _project(body: ChatRequest, studio: Studio, caller: Caller) -> str:
    """The film that a conversation is about; empty when it begins one."""
    named = (body.metadata or {}).get("project")
    if isinstance(named, str) and named:
        return (await asyncio.to_thread(studio.project, named, caller)).name
    for message in reversed(body.messages[:-1]):
        if message.role != "assistant" or not isinstance(message.content, str):
            continue
        for name in reversed(LINK.findall(message.content)):
            with contextlib.suppress(UnknownName):
                return (await asyncio.to_thread(studio.project, name, caller)).name
    return ""


def _origin(request: Request, config: ServeConfig) -> str:
    return config.origin or f"{request.url.scheme}://{request.headers.get('host', '')}"
