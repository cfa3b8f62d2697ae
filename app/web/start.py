"""The start: where a brief is written, what one looks like, and the films there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from app.briefs import read_size
from app.web.render import BACKENDS
from storyboards.brief import Brief, Limits
from storyboards.errors import BadBrief
from tools.vocabulary import STYLES

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from app.web.desk import Desk
    from app.web.render import Renderer

MOST_SHOWN = 24
"""Films on the shelf."""

NOTHING = dict.fromkeys(("duration_s", "aspect", "style", "backend", "size", "max_takes", "max_cost", "seed"), "")


@dataclass(frozen=True)
class Example:
    """A brief to begin with; ``chosen`` are the choices that go with it."""

    kind: str
    brief: str
    teaches: str
    still: str
    chosen: Mapping[str, str]


EXAMPLES = (
    Example(
        "A story",
        "A small orange fox with a red scarf walks through a snowy forest at dusk. She finds a glowing yellow lantern. "
        "An old brown owl lands beside her, and they meet by its light. Calm music. Four shots.",
        "Each sentence becomes a shot. Who is in it, what they do, where and when: what you name is checked.",
        "story.jpg",
        {"duration_s": "20", "aspect": "16:9", "style": "storybook"},
    ),
    Example(
        "A shot list",
        "1. Wide: a blue whale swims under water, the camera trucks right.\n"
        "2. Medium: a red boat sails on the river at dusk.\n"
        "3. Close: a white owl lands in the forest at night, the camera dollies in.",
        "One line a shot, with framing and camera moves as a crew would write them.",
        "shots.jpg",
        {"duration_s": "15", "aspect": "16:9", "style": "watercolour"},
    ),
    Example(
        "A tall advert",
        "A green train drives through the city at night in the rain. A child with a red hat waves at the train. "
        "The train arrives in a snowy village at dawn. Title: “Sleep there, wake here”. Triumphant music. Three shots.",
        "Made for a phone, with a title on screen and music that is asked for in a word.",
        "advert.jpg",
        {"duration_s": "10", "aspect": "9:16", "style": "papercut"},
    ),
)


@dataclass(frozen=True)
class Shelved:
    """A film on the shelf; ``still`` is the address of a picture of it, empty before there is one."""

    name: str
    title: str
    words: str
    still: str


def brief_of(form: Mapping[str, str]) -> Brief:
    """The brief that a form describes.

    Raises:
        BadBrief: naming what cannot be.
    """
    try:
        return Brief(
            text=form.get("brief", ""), duration_s=form.get("duration_s") or None, aspect=form.get("aspect") or None,
            size=read_size(form.get("size") or None), style=form.get("style") or None, seed=form.get("seed") or 0,
            limits=Limits(takes_per_shot=form.get("max_takes") or 3, cost_usd=form.get("max_cost") or None),
        )  # fmt: skip
    except ValidationError as error:
        raise BadBrief("; ".join(_said(row) for row in error.errors(include_url=False)) + ".") from error


def choices_in_words(form: Mapping[str, str]) -> list[str]:
    """What was chosen beside the brief, as somebody would have said it."""
    said = {"duration_s": "{} seconds.", "aspect": "{}.", "style": "{} style."}
    return [words.format(form[name]) for name, words in said.items() if form.get(name)]


def _said(row: ErrorDetails) -> str:
    field, message = ".".join(str(step) for step in row["loc"]), row["msg"].removeprefix("Value error, ")
    return f"{field}: {message}" if field else message


def start_content(
    desk: Desk, renderer: Renderer, theme: str, brief: str = "", problem: str = "", chosen: Mapping[str, str] = NOTHING
) -> dict[str, Any]:
    """What the start page is made of.

    Args:
        brief, chosen: what was written and chosen before, if it has to be mended; ``problem`` says what.
    """
    backends = [(name, words) for name, words in BACKENDS.items() if name in desk.studio.directors.names]
    return {
        "theme": theme, "brief": brief, "problem": problem, "chosen": {**NOTHING, **chosen}, "examples": EXAMPLES,
        "styles": STYLES, "backends": backends,
        "films": [_shelved(desk, renderer, project.name) for project in desk.studio.projects(desk.caller)[:MOST_SHOWN]],
    }  # fmt: skip


def _shelved(desk: Desk, renderer: Renderer, name: str) -> Shelved:
    memory = desk.studio.memory
    row, cut = memory.projects.open(name), memory.cuts.latest(name)
    if cut is None:
        return Shelved(name, row.title, "planned" if row.board else "not planned yet", "")
    clip = cut.timeline.picture[len(cut.timeline.picture) // 2]
    still = renderer.still_url(name, clip.video_sha256, clip.source.start + clip.source.length // 2, 480)
    return Shelved(
        name, row.title, f"{cut.timeline.duration_s:.0f} s, {len(cut.timeline.picture)} shots, {cut.status}", still
    )
