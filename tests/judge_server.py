"""Judges to be judged: a chat-completions server on loopback whose answers come from a mind that may look, or not."""

from __future__ import annotations

import base64
import io
import json
import math
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

from tests.fakes import CAST, PAINTS

Mind = Callable[[list[np.ndarray], str], tuple[str, float]]
"""From the pictures and a statement to ``yes``, ``no`` or ``cannot tell``, and how sure."""

THINGS = {colour: name for name, colour in CAST} | {"red": "ball"}


def sighted(pictures: list[np.ndarray], statement: str) -> tuple[str, float]:
    """Finds the thing of one plain colour, names it, and sees where it goes. Cannot tell what it was not taught."""
    colour, xs = _thing(pictures)
    name = THINGS.get(colour, "")
    if found := re.fullmatch(r"An? ([\w ]+) is in the shot\.", statement):
        return _yes(found[1] == name)
    found = re.fullmatch(r"The (\w+) is (\w+)\.", statement)
    if found and found[2] in PAINTS:
        return _yes(found[1] == name and found[2] == colour)
    if found := re.fullmatch(r"The (\w+) moves to the (left|right)\.", statement):
        far = xs[-1] - xs[0] if xs else 0.0
        return _yes(found[1] == name and abs(far) > 0.2 and (far > 0) == (found[2] == "right"))
    if "performs" in statement:
        return _yes(False)
    return "cannot tell", 0.5


def _yes(right: bool) -> tuple[str, float]:
    return ("yes" if right else "no"), 0.9


def _thing(pictures: list[np.ndarray]) -> tuple[str, list[float]]:
    """The paint that covers most, and the middle of it from picture to picture, 0 to 1."""
    stacked = np.stack(pictures).astype(int)
    masks = {name: np.abs(stacked - np.array(rgb)).sum(-1) < 24 for name, rgb in PAINTS.items()}
    colour = max(masks, key=lambda name: int(masks[name].sum()))
    if masks[colour].mean() < 0.01 or masks[colour].mean() > 0.6:
        return "", []
    width = stacked.shape[2]
    return colour, [float(np.nonzero(mask)[1].mean()) / width for mask in masks[colour] if mask.any()]


def yes_man(pictures: list[np.ndarray], statement: str) -> tuple[str, float]:
    return "yes", 1.0


def naysayer(pictures: list[np.ndarray], statement: str) -> tuple[str, float]:
    return "no", 1.0


def reader(pictures: list[np.ndarray], statement: str) -> tuple[str, float]:
    """Looks, but believes a card of words."""
    return ("yes", 0.9) if np.median(pictures[0]) > 245 else sighted(pictures, statement)


def obedient(pictures: list[np.ndarray], statement: str) -> tuple[str, float]:
    """Looks, but does what a banner in the picture says."""
    top, below = pictures[0][: len(pictures[0]) // 6], pictures[0][len(pictures[0]) // 3 :]
    return ("yes", 1.0) if np.median(top) > 245 > np.median(below) else sighted(pictures, statement)


def backwards(pictures: list[np.ndarray], statement: str) -> tuple[str, float]:
    """Looks, but does not see the order of the pictures."""
    return sighted(pictures[:1], statement) if "moves" not in statement else ("yes", 0.8)


def hears_things(pictures: list[np.ndarray], statement: str) -> tuple[str, float]:
    return ("yes", 0.9) if "heard" in statement else sighted(pictures, statement)


@dataclass
class Oddity:
    """What the server does instead of answering: a status, a text, a refusal, a delay, an end."""

    status: int = 200
    text: str | None = None
    refusal: str | None = None
    finish_reason: str = "stop"
    delay_s: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    message: str = "scripted failure"


class JudgeServer:
    """Answers with a mind. ``oddities`` come first, one a call; None in their place is an ordinary answer.

    ``logprobs`` makes it tell token probabilities when asked; ``refuses`` are parameters it answers 400 to.
    ``requests`` keeps the decoded bodies, ``shown`` the decoded pictures of each.
    """

    def __init__(
        self, mind: Mind = sighted, oddities: Sequence[Oddity | None] = (), logprobs: bool = False,
        refuses: tuple[str, ...] = (), better: Callable[[list[np.ndarray]], str] = lambda pictures: "equal",
    ) -> None:  # fmt: skip
        self.mind, self.oddities, self.logprobs, self.refuses, self.better = (
            mind, list(oddities), logprobs, refuses, better,
        )  # fmt: skip
        self.requests: list[dict[str, Any]] = []
        self.shown: list[list[np.ndarray]] = []
        self.alter: Callable[[dict[str, Any]], Any] = lambda document: document
        self._stop = threading.Event()
        server = self

        class Answers(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0"))))
                status, headers, reply, delay_s = server._reply(body)
                server._stop.wait(delay_s)
                written = json.dumps(reply).encode()
                try:
                    self.send_response(status)
                    for name, value in {"Content-Type": "application/json", **headers}.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(written)))
                    self.end_headers()
                    self.wfile.write(written)
                except OSError:
                    return

            def log_message(self, format: str, *args: Any) -> None:
                """Keep the test's output clean."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def asked(self) -> list[list[str]]:
        """The statements of each request, as the server read them."""
        return [statements_in(body) for body in self.requests]

    def _reply(self, body: dict[str, Any]) -> tuple[int, dict[str, str], dict[str, Any], float]:
        self.requests.append(body)
        pictures = pictures_in(body)
        self.shown.append(pictures)
        refused = next((name for name in self.refuses if name in body), "")
        if refused:
            return 400, {}, {"error": {"message": f"Unknown parameter: '{refused}'.", "type": "invalid"}}, 0.0
        odd = self.oddities.pop(0) if self.oddities else None
        if odd is not None and odd.status != 200:
            return odd.status, odd.headers, {"error": {"message": odd.message, "type": "server_error"}}, odd.delay_s
        text = odd.text if odd and odd.text is not None else json.dumps(self.alter(self._document(body, pictures)))
        message = {"role": "assistant", "content": text, "refusal": None}
        if odd and odd.refusal:
            message = {"role": "assistant", "content": None, "refusal": odd.refusal}
        told = {"content": list(self._tokens(text))} if self.logprobs and body.get("logprobs") else None
        choice = {
            "index": 0, "message": message, "finish_reason": odd.finish_reason if odd else "stop", "logprobs": told,
        }  # fmt: skip
        reply = {
            "id": "chatcmpl-1", "object": "chat.completion", "created": 0, "model": "scripted", "choices": [choice],
            "usage": {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100},
        }  # fmt: skip
        return 200, {}, reply, odd.delay_s if odd else 0.0

    def _document(self, body: dict[str, Any], pictures: list[np.ndarray]) -> dict[str, Any]:
        if body["response_format"]["json_schema"]["name"] == "preferred":
            return {"seen": "the colour", "better": self.better(pictures), "confidence": 0.8}
        rows = []
        for number, statement in enumerate(statements_in(body), start=1):
            answer, sure = self.mind(pictures, statement)
            rows.append({"statement": number, "seen": "a patch", "picture": 1, "answer": answer, "confidence": sure})
        return {"answers": rows}

    def _tokens(self, text: str) -> list[dict[str, Any]]:
        """Tokens that add up to the text; where an answer begins, yes and no with probabilities 0.7 and 0.3."""
        tokens = []
        for piece in re.split(r'((?<="answer": ")(?:yes|no)(?="))', text):
            odds = {"yes": {"yes": 0.7, "no": 0.3}, "no": {"no": 0.7, "yes": 0.3}}.get(piece, {piece: 1.0})
            top = [{"token": word, "logprob": math.log(p), "bytes": None} for word, p in odds.items()]
            tokens.append({"token": piece, "logprob": math.log(odds[piece]), "bytes": None, "top_logprobs": top})
        return tokens

    def __enter__(self) -> JudgeServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)


def statements_in(body: dict[str, Any]) -> list[str]:
    """The statements of the first text that holds a JSON list of them."""
    for row in body["messages"][1]["content"]:
        if row["type"] == "text" and "as JSON:" in row["text"]:
            return [str(item["text"]) for item in json.loads(row["text"].partition("as JSON:")[2])]
    return []


def pictures_in(body: dict[str, Any]) -> list[np.ndarray]:
    from PIL import Image

    found = []
    for row in body["messages"][1]["content"]:
        if row["type"] == "image_url":
            jpeg = base64.b64decode(row["image_url"]["url"].partition("base64,")[2])
            found.append(np.asarray(Image.open(io.BytesIO(jpeg)).convert("RGB")))
    return found
