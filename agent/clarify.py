"""What a brief leaves open, as questions with defaults: length, aspect and audience. Nobody has to answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from agent.rulebook.audience import audience_in
from agent.rulebook.directives import read_directives
from agent.rulebook.sentences import lift_quotes
from agent.rulebook.story import Notes
from storyboards.brief import ASPECTS, MAX_DURATION_S, MIN_DURATION_S, Brief
from storyboards.errors import BadInput

Topic = Literal["length", "aspect", "audience"]

AUDIENCES = ("everyone", "children", "adults", "customers", "colleagues")
_LENGTHS = ("12 s", "24 s", "60 s", "120 s")
_SHAPES = {"wide": "16:9", "landscape": "16:9", "vertical": "9:16", "tall": "9:16", "phone": "9:16", "square": "1:1"}
_SECONDS = re.compile(r"(\d+(?:[.,]\d+)?)\s*(s|sec\w*|m|min\w*|h|hours?)?\b", re.IGNORECASE)
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True)
class Question:
    """Something that a brief leaves open.

    Attributes:
        choices: answers to offer; others are taken, too, where they make sense.
        default: what is done if nobody answers.
        why: what the answer changes, for a person.
    """

    topic: Topic
    text: str
    choices: tuple[str, ...]
    default: str
    why: str


def questions_of(brief: Brief) -> tuple[Question, ...]:
    """What the brief leaves open, the most consequential first; empty if nothing is."""
    text, quotes = lift_quotes(brief.text)
    told = read_directives(text, quotes, Notes())
    asked = []
    if brief.duration_s is None and told.duration_s is None:
        default = f"{_usual_s(brief.text, told.shots):g} s"
        asked.append(
            Question("length", "How long should the film be?", tuple(dict.fromkeys((*_LENGTHS, default))), default,
                     "the number of shots, the time it takes and what it costs")
        )  # fmt: skip
    if brief.aspect is None and brief.size is None and not told.aspect:
        asked.append(
            Question("aspect", "Which shape should the picture have?", tuple(ASPECTS), "16:9",
                     "every frame: changing it later films everything again")
        )  # fmt: skip
    if not brief.audience and not audience_in(brief.text):
        asked.append(
            Question("audience", "Who is it for?", AUDIENCES, AUDIENCES[0], "pace, words, music and framing")
        )  # fmt: skip
    return tuple(asked)


def answered(brief: Brief, answers: Mapping[Topic, str]) -> Brief:
    """The brief with answers in it; a topic without an answer gets its default if the brief leaves it open.

    Raises:
        BadInput: an answer makes no sense for its topic.
        BadBrief: a length out of bounds.
    """
    changes: dict[str, object] = {}
    for question in questions_of(brief):
        answer = answers.get(question.topic, "").strip() or question.default
        if question.topic == "length":
            changes["duration_s"] = _seconds(answer)
        elif question.topic == "aspect":
            changes["aspect"] = _aspect(answer)
        else:
            changes["audience"] = answer[:200]
    return Brief(**{name: getattr(brief, name) for name in Brief.model_fields} | changes)


def _usual_s(text: str, shots: int) -> float:
    """Four seconds for each shot that is asked for; else by how much is told, 12 to 60."""
    if shots:
        return min(MAX_DURATION_S, 4.0 * shots)
    sentences = len(re.findall(r"[.!?]+(?:\s|$)", text)) or 1
    return float(min(60, max(12, 12 * round(sentences / 2))))


def _seconds(answer: str) -> float:
    found = _SECONDS.search(answer)
    if not found:
        raise BadInput(f"{answer!r} is no length.", next_step="Say for example “24 s” or “2 minutes”.")
    amount = float(found[1].replace(",", ".")) * _UNITS[(found[2] or "s")[0].lower()]
    if not MIN_DURATION_S <= amount <= MAX_DURATION_S:
        raise BadInput(
            f"a film lasts {MIN_DURATION_S:g} to {MAX_DURATION_S:g} seconds, {amount:g} was said.",
            next_step="Say a length within those bounds.",
        )
    return amount


def _aspect(answer: str) -> str:
    words = answer.lower()
    for shape, aspect in [*((aspect, aspect) for aspect in ASPECTS), *_SHAPES.items()]:
        if shape in words:
            return aspect
    raise BadInput(f"{answer!r} is no shape of a picture.", next_step=f"Choose one of {', '.join(ASPECTS)}.")
