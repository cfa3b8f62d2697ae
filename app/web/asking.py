"""What a brief leaves open, asked beside the plan: the answers that the plan stands for are chosen already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.clarify import Question, Topic, answered, questions_of
from agent.preferences import Preferences

if TYPE_CHECKING:
    from app.web.desk import Desk
    from app.web.view import PageView
    from storyboards.brief import Brief

LABELS: dict[Topic, str] = {"length": "Length", "aspect": "Shape", "audience": "For whom"}
TOPICS: Mapping[str, Topic] = {"length": "length", "aspect": "aspect", "audience": "audience"}


@dataclass(frozen=True)
class Asked:
    """A question with its answers as (value, words); ``chosen`` is the answer that the plan in force stands for."""

    topic: Topic
    label: str
    text: str
    choices: tuple[tuple[str, str], ...]
    chosen: str


def asked_of(desk: Desk, page: PageView) -> tuple[Asked, ...]:
    """The questions of a plan that nothing is filmed of; none once there is a film."""
    if page.board is None or page.film is not None:
        return ()
    brief = desk.studio.memory.projects.open(page.view.project).brief
    board = page.board
    planned: dict[Topic, str] = {
        "length": f"{board.duration_s:g} s",
        "aspect": "1:1" if board.width == board.height else "16:9" if board.width > board.height else "9:16",
    }  # fmt: skip
    return tuple(
        _asked(desk, question, planned.get(question.topic, question.default)) for question in questions_of(brief)
    )


def _asked(desk: Desk, question: Question, chosen: str) -> Asked:
    choices = [chosen, *(choice for choice in question.choices if choice != chosen)]
    words = {choice: choice for choice in choices} | {chosen: f"{chosen}, as planned"}
    if desk.caller.is_local:  # habits are of the home and not of its guests
        subject = {"length": "length", "aspect": "shape"}.get(question.topic, "")
        liked = Preferences(desk.studio.memory).of(subject) if subject else None
        if liked is not None:
            words[liked.value] = words.get(liked.value, liked.value) + f", as {liked.times} times before"
    return Asked(question.topic, LABELS[question.topic], question.text, tuple(words.items()), chosen)


def brief_with(brief: Brief, answers: Mapping[str, str]) -> Brief:
    """The brief with the answers in it.

    Raises:
        BadInput: an answer makes no sense. BadBrief: a length out of bounds.
    """
    known = {TOPICS[topic]: answer for topic, answer in answers.items() if topic in TOPICS and answer}
    # What was not answered stays open, and is the planner's as before.
    fields = {"length": "duration_s", "aspect": "aspect", "audience": "audience"}
    still_open = {fields[topic]: getattr(brief, fields[topic]) for topic in TOPICS.values() if topic not in known}
    return answered(brief, known).model_copy(update=still_open)
