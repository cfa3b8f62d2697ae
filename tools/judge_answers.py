"""Statements put to a vision-language model, and what its reply says of each: P(yes), where it looked, or why not."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict

from storyboards.storyboard import digest_of
from tools.judge_pictures import Exhibit
from tools.judge_wire import Bill, Reply, Token, Wire, content_of, one_line, render

YES_OR_NO = 0.2
"""Probability that yes and no must have together where the answer begins; less tells nothing about either."""


class Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    statement: int
    seen: str
    picture: int
    answer: Literal["yes", "no", "cannot tell"]
    confidence: float


class Answers(BaseModel):
    model_config = ConfigDict(extra="forbid")
    answers: list[Answer]


class Preferred(BaseModel):
    model_config = ConfigDict(extra="forbid")
    seen: str
    better: Literal["first", "second", "equal"]
    confidence: float


@dataclass(frozen=True)
class Statement:
    """A sentence to be answered, by a key that the model never sees."""

    key: str
    text: str


@dataclass(frozen=True)
class Finding:
    """What became of one statement.

    Attributes:
        yes: P(yes), None when it was not answered (``why`` says so).
        frame: number of the frame that shows it best, if the model named one.
        by_logprobs: is ``yes`` the model's own probability, not the confidence it states?
    """

    yes: float | None
    seen: str = ""
    frame: int | None = None
    why: str = ""
    by_logprobs: bool = False


def examine(
    wire: Wire, exhibit: Exhibit, statements: Sequence[Statement], batch: int, bill: Bill
) -> dict[str, Finding]:
    """The finding of each statement by its key, ``batch`` statements a question, in an order that says nothing.

    Raises:
        JudgeFailed: the server could not be asked.
    """
    shuffled = sorted(statements, key=lambda statement: digest_of([statement.text, statement.key]))
    found: dict[str, Finding] = {}
    for start in range(0, len(shuffled), batch):
        asked = shuffled[start : start + batch]
        rows = [{"statement": k + 1, "text": one_line(s.text, 600)} for k, s in enumerate(asked)]
        question = render("judge_statements", statements=json.dumps(rows, ensure_ascii=False, indent=1))
        reply = wire.ask(render("judge_system"), content_of([("", exhibit)], question), Answers, bill)
        found |= {statement.key: _finding(reply, k + 1, exhibit) for k, statement in enumerate(asked)}
    return found


def _finding(reply: Reply[Answers], number: int, exhibit: Exhibit) -> Finding:
    if reply.document is None:
        return Finding(None, why=f"no usable reply: {reply.problem}")
    mine = [(k, answer) for k, answer in enumerate(reply.document.answers) if answer.statement == number]
    if len(mine) != 1:
        return Finding(None, why="the reply left it out" if not mine else "the reply answers it more than once")
    index, answer = mine[0]
    seen = one_line(answer.seen, 120)
    frame = exhibit.frames[answer.picture - 1] if 0 < answer.picture <= len(exhibit.frames) else None
    if answer.answer == "cannot tell":
        return Finding(None, seen, frame, f"the judge cannot tell: {seen}")
    yes = yes_odds(reply.text, reply.tokens, len(reply.document.answers), index)
    if yes is not None:
        return Finding(yes, seen, frame, by_logprobs=True)
    if not 0.0 <= answer.confidence <= 1.0:
        return Finding(None, seen, frame, f"a confidence of {answer.confidence:g} is none")
    sure = max(0.5, answer.confidence)
    return Finding(sure if answer.answer == "yes" else 1.0 - sure, seen, frame)


def yes_odds(text: str, tokens: Sequence[Token], answers: int, index: int) -> float | None:
    """P(yes) against P(no) at the token with which the answer number ``index`` begins; None where it is not told."""
    if not tokens or "".join(token.text for token in tokens) != text:
        return None
    places = [match.start(1) for match in re.finditer(r'"answer"\s*:\s*"(yes|no|cannot tell)"', text)]
    if len(places) != answers:
        return None
    passed = 0
    for token in tokens:
        if passed <= places[index] < passed + len(token.text):
            return _share_of_yes(token)
        passed += len(token.text)
    return None


def _share_of_yes(token: Token) -> float | None:
    yes = no = 0.0
    for word, odds in token.odds:
        letters = re.sub(r"[^a-z]", "", word.lower())
        yes += odds if letters in ("y", "ye", "yes") else 0.0
        no += odds if letters in ("n", "no") else 0.0
    return yes / (yes + no) if yes + no >= YES_OR_NO else None


def prefer(
    wire: Wire, exhibits: tuple[Exhibit, Exhibit], plan: Sequence[str], bill: Bill
) -> tuple[Literal["first", "second", "equal"], float, str]:
    """Which of two videos keeps the plan better, asked in both orders: two answers that differ are ``equal``.

    Returns:
        the better one in the order of ``exhibits``, how sure (the less sure of both answers), and why.
    """
    rows = [{"statement": k + 1, "text": one_line(text, 600)} for k, text in enumerate(plan)]
    question = render("judge_statements", statements=json.dumps(rows, ensure_ascii=False, indent=1))
    given: list[tuple[str, float, str]] = []
    for first, second in (exhibits, exhibits[::-1]):
        content = content_of([("The first video:", first), ("The second video:", second)], question)
        reply = wire.ask(render("judge_prefer"), content, Preferred, bill)
        if reply.document is None or not 0.0 <= reply.document.confidence <= 1.0:
            return "equal", 0.0, f"no usable reply: {reply.problem or 'confidence out of range'}"
        given.append((reply.document.better, reply.document.confidence, one_line(reply.document.seen, 160)))
    (there, sure, seen), (back, sure_back, _) = given
    turned = {"first": "second", "second": "first"}.get(back, back)
    if there != turned:
        return "equal", 0.0, f"its answer depends on the order: {there} one way, {turned} the other"
    better: Literal["first", "second", "equal"] = (
        "first" if there == "first" else "second" if there == "second" else "equal"
    )
    return better, round(min(sure, sure_back), 3), seen
