"""An OpenAI-compatible chat server on this machine: ``/v1/chat/completions``, streaming too, and ``/v1/models``."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from app.dev_llm.faults import Answer, FaultKind, Mind, Reaction, ToolCall, react

MODEL = "storyreel-dev"
MOST_BODY_BYTES = 64 * 1024 * 1024
CHARACTERS_A_TOKEN, TOKENS_A_PICTURE = 4, 1000
KEPT_REQUESTS = 500
"""Bodies that are remembered for whoever looks."""

Schedule = Callable[[int], FaultKind | None]
"""From the number of a call, 1 for the first, to what goes wrong with it."""


def one_after_another(faults: Iterable[FaultKind | None]) -> Schedule:
    """One fault a call in this order, then none."""
    listed = list(faults)
    return lambda call: listed[call - 1] if call <= len(listed) else None


class DevServer:
    """Answers with a mind, and goes wrong on schedule. A context manager; also see :meth:`serve`.

    Attributes:
        requests: the decoded bodies of the last calls.
        calls: how many there were.
        used: tokens in and out of each reply that was begun, as a server would bill them.

    Args:
        mind: what the model says to a request.
        faults: what goes wrong when.
        patience_s: of silence where a timeout is scheduled.
        port: 0 for a free one; the address is always loopback.
        honest: a reply ends at the tokens that were asked for at most.
    """

    def __init__(
        self, mind: Mind, faults: Schedule | None = None, patience_s: float = 5.0, port: int = 0, honest: bool = True
    ) -> None:  # fmt: skip
        self.honest = honest
        self.mind, self.faults, self.patience_s = mind, faults or (lambda call: None), patience_s
        self.requests: deque[dict[str, Any]] = deque(maxlen=KEPT_REQUESTS)
        self.calls = 0
        self.used: list[tuple[int, int]] = []
        self._counting, self._stop = threading.Lock(), threading.Event()
        self._http = _Http(port, self)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def serve(self) -> None:
        """Answer until the process is interrupted."""
        try:
            self._http.serve_forever()
        finally:
            self._http.server_close()

    def reaction(self, body: dict[str, Any]) -> Reaction:
        with self._counting:
            self.calls += 1
            number = self.calls
            self.requests.append(body)
        reaction = react(self.faults(number), body, self.mind, patience_s=self.patience_s)
        return replace(reaction, answer=held(reaction.answer, body)) if self.honest else reaction

    def rest(self, seconds: float) -> None:
        """Silence, that ends when the server is closed."""
        self._stop.wait(seconds)

    def __enter__(self) -> DevServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)


class _Http(ThreadingHTTPServer):
    """Knows whom it answers for."""

    daemon_threads = True

    def __init__(self, port: int, dev: DevServer) -> None:
        super().__init__(("127.0.0.1", port), _Answers)
        self.dev = dev


class _Answers(BaseHTTPRequestHandler):
    server: _Http

    def do_GET(self) -> None:
        known = {
            "object": "list",
            "data": [{"id": MODEL, "object": "model", "created": 0, "owned_by": "storyreel"}],
        }
        self._send(200 if self.path == "/v1/models" else 404, known if self.path == "/v1/models" else _error(404))

    def do_POST(self) -> None:
        dev = self.server.dev
        length = int(self.headers.get("Content-Length", "0"))
        if length > MOST_BODY_BYTES:
            self._send(413, _error(413))
            return
        try:
            body = json.loads(self.rfile.read(length))
            if self.path != "/v1/chat/completions" or not isinstance(body, dict):
                raise ValueError(self.path)
        except ValueError:
            self._send(404, _error(404))
            return
        try:
            reaction = dev.reaction(body)
        except Exception:
            self._send(500, _error(500))
            raise
        dev.rest(reaction.delay_s)
        if reaction.status == 200:
            usage = usage_of(reaction.answer, body)
            dev.used.append((usage["prompt_tokens"], usage["completion_tokens"]))
        if reaction.status != 200:
            self._send(reaction.status, _error(reaction.status), dict(reaction.headers))
        elif body.get("stream"):
            self._stream(reaction, body)
        else:
            self._send(200, completion(reaction.answer, body), cut_at=reaction.cut_at)

    def _send(self, status: int, document: object, headers: dict[str, str] | None = None, cut_at: float = 1.0) -> None:
        content = json.dumps(document).encode()
        self._begin(status, {"Content-Type": "application/json", "Content-Length": str(len(content)),
                             **(headers or {})})  # fmt: skip
        self._write(content[: int(len(content) * cut_at)])

    def _stream(self, reaction: Reaction, body: dict[str, Any]) -> None:
        self._begin(200, {"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
        rows = list(chunks(reaction.answer, body))
        for row in rows[: max(1, int(len(rows) * reaction.cut_at))]:
            self._write(b"data: " + row.encode() + b"\n\n")

    def _begin(self, status: int, headers: dict[str, str]) -> None:
        try:
            self.send_response(status)
            for name, value in {**headers, "Connection": "close"}.items():
                self.send_header(name, value)
            self.end_headers()
        except OSError:
            return

    def _write(self, content: bytes) -> None:
        try:
            self.wfile.write(content)
        except OSError:
            return

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are kept, not printed."""


def completion(answer: Answer, body: dict[str, Any]) -> dict[str, Any]:
    """The answer as a whole chat completion, with tokens counted as four characters each."""
    message = {"role": "assistant", "content": answer.text or None, "refusal": answer.refusal or None}
    if answer.calls:
        message["tool_calls"] = [_call(call) for call in answer.calls]  # type: ignore[assignment]
    choice = {"index": 0, "message": message, "finish_reason": _finish(answer), "logprobs": None}
    return {**_head("chat.completion", body), "choices": [choice], "usage": usage_of(answer, body)}


def chunks(answer: Answer, body: dict[str, Any]) -> Iterator[str]:
    """The answer as the rows of a stream, the last of them ``[DONE]``."""
    head = _head("chat.completion.chunk", body)

    def row(delta: dict[str, Any], finish: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return json.dumps({**head, "choices": [choice]})

    yield row({"role": "assistant", "content": ""})
    for start in range(0, len(answer.text), 24):
        yield row({"content": answer.text[start : start + 24]})
    if answer.refusal:
        yield row({"refusal": answer.refusal})
    for index, call in enumerate(answer.calls):
        yield row({"tool_calls": [{"index": index, **_call(ToolCall(call.name, "", call.id))}]})
        for start in range(0, len(call.arguments), 24):
            piece = {"arguments": call.arguments[start : start + 24]}
            yield row({"tool_calls": [{"index": index, "function": piece}]})
    yield row({}, _finish(answer))
    if (body.get("stream_options") or {}).get("include_usage"):
        yield json.dumps({**head, "choices": [], "usage": usage_of(answer, body)})
    yield "[DONE]"


def held(answer: Answer, body: dict[str, Any]) -> Answer:
    """The answer within ``max_completion_tokens`` of the request, or ``max_tokens``; cut off there if it is longer."""
    most = body.get("max_completion_tokens") or body.get("max_tokens")
    room = int(most) * CHARACTERS_A_TOKEN if most else len(answer.text)
    if len(answer.text) <= room:
        return answer
    return replace(answer, text=answer.text[:room], finish_reason="length")


def usage_of(answer: Answer, body: dict[str, Any]) -> dict[str, int]:
    """Tokens as they are billed: four characters each, a thousand for a picture."""
    words = pictures = 0
    for message in body.get("messages", ()):
        content = message.get("content") or ""
        rows = content if isinstance(content, list) else [{"type": "text", "text": str(content)}]
        pictures += sum(row.get("type") == "image_url" for row in rows)
        words += sum(len(row.get("text", "")) for row in rows) + len(json.dumps(message.get("tool_calls") or ""))
    asked = words // CHARACTERS_A_TOKEN + TOKENS_A_PICTURE * pictures + 1
    spoken = len(answer.text) + sum(len(call.arguments) + len(call.name) for call in answer.calls)
    said = spoken // CHARACTERS_A_TOKEN + 1
    return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}


def _head(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    return {"id": f"chatcmpl-{time.monotonic_ns()}", "object": kind, "created": int(time.time()),
            "model": str(body.get("model", MODEL))}  # fmt: skip


def _call(call: ToolCall) -> dict[str, Any]:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def _finish(answer: Answer) -> str:
    return "tool_calls" if answer.calls and answer.finish_reason == "stop" else answer.finish_reason


def _error(status: int) -> dict[str, Any]:
    return {"error": {"message": f"scripted {status}", "type": "server_error", "param": None, "code": None}}
