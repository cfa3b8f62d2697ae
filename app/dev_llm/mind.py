"""A model that knows its trade: it answers every question of the planner and the reviser as the offline rulebook would.

It reads the same prompts and schemas as any model, from the request alone, so that a film driven by it walks the whole
way over HTTP. Questions that it does not know it answers with a sentence.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from functools import lru_cache
from itertools import groupby, pairwise
from typing import Any

from app.dev_llm.faults import Answer, Body, ToolCall
from storyboards.brief import MAX_DURATION_S, Brief
from storyboards.errors import StoryreelError
from storyboards.shot import Shot
from storyboards.storyboard import Storyboard

Document = dict[str, Any]


def studio_mind(body: Body) -> Answer:
    """Plans by the rulebook; looks at a take before it orders another; knows nothing else."""
    if body.get("tools"):
        return _directs(body)
    form = str(((body.get("response_format") or {}).get("json_schema") or {}).get("name", ""))
    answer = _FORMS.get(form)
    if answer is None:
        return Answer("I plan films and look at takes.")
    words = _words(body)
    try:
        board = _planned(*_brief(words))
    except StoryreelError as error:
        return Answer(refusal=str(error))
    return Answer(json.dumps(answer(board, words), ensure_ascii=False))


def _words(body: Body) -> str:
    """Everything that the user said, as one text."""
    rows = []
    for message in body.get("messages", ()):
        content = message.get("content") or ""
        if message.get("role") == "user":
            rows += [content] if isinstance(content, str) else [r["text"] for r in content if r.get("type") == "text"]
    return "\n".join(rows)


def _brief(words: str) -> tuple[str, float | None, str | None]:
    told = re.search(r"<brief>\n(.*?)\n</brief>", words, re.DOTALL)
    length = re.search(r"^Length: ([\d.]+) seconds\.$", words, re.MULTILINE)
    aspect = re.search(r"^Aspect: (\S+)\.$", words, re.MULTILINE)
    seconds = float(length[1]) if length else None
    return told[1] if told else words[:2000], seconds, aspect[1] if aspect else None


@lru_cache(maxsize=16)
def _planned(text: str, seconds: float | None, aspect: str | None) -> Storyboard:
    from agent.rulebook import Rulebook

    held = None if seconds is None else min(MAX_DURATION_S, max(1.0, seconds))
    return asyncio.run(Rulebook().plan(Brief(text=text, duration_s=held, aspect=aspect)))


# -- plans -------------------------------------------------------------------------------------------------------------


def _film(board: Storyboard, words: str) -> Document:
    return {**_head(board), "shots": [_shot(board, shot) for shot in board.shots]}


def _treatment(board: Storyboard, words: str) -> Document:
    acts = [
        {"title": f"Act {n}", "summary": _told(act), "shots": len(act)} for n, act in enumerate(_acts(board), start=1)
    ]
    return {**_head(board), "acts": acts}


def _scenes_of_act(board: Storyboard, words: str) -> Document:
    number = int(_found(r"Now the scenes of act (\d+)", words))
    return {
        "scenes": [
            {
                "summary": _told(scene), "setting": scene[0].setting, "time": scene[0].time,
                "weather": scene[0].weather,
                "cast": sorted({part.element for shot in scene for part in shot.parts}),
                "seconds": sum(board.rate.seconds(shot.frames) for shot in scene), "shots": len(scene),
            }
            for scene in _scenes(_acts(board)[number - 1])
        ]
    }  # fmt: skip


def _shots_of_scene(board: Storyboard, words: str) -> Document:
    number = int(_found(r"Now the shots of scene (\d+)", words))
    scenes = [scene for act in _acts(board) for scene in _scenes(act)]
    return {"shots": [_shot(board, shot) for shot in scenes[number - 1]]}


_FORMS: dict[str, Callable[[Storyboard, str], Document]] = {
    "FilmPlan": _film, "Treatment": _treatment, "ActScenes": _scenes_of_act, "SceneShots": _shots_of_scene,
}  # fmt: skip


def _acts(board: Storyboard) -> list[list[Shot]]:
    count = min(5, max(1, round(len(board.shots) / 15)))
    edges = [round(n * len(board.shots) / count) for n in range(count + 1)]
    return [list(board.shots[a:b]) for a, b in pairwise(edges)]


def _scenes(act: list[Shot]) -> list[list[Shot]]:
    """Runs of shots in one place, of at most eight shots each, and no more than twelve of them."""
    runs = [list(run) for _, run in groupby(act, key=lambda shot: (shot.setting, shot.time, shot.weather))]
    scenes = [run[start : start + 8] for run in runs for start in range(0, len(run), 8)]
    while len(scenes) > 12:
        place = min(range(len(scenes) - 1), key=lambda i: len(scenes[i]) + len(scenes[i + 1]))
        scenes[place : place + 2] = [scenes[place] + scenes[place + 1]]
    return scenes


def _head(board: Storyboard) -> Document:
    elements = [
        {
            "id": e.id, "subject": e.subject, "colour": e.colour, "size": e.size, "name": e.name,
            "described_as": e.described_as, "voice": e.voice,
            "wears": [{"name": wear.name, "colour": wear.colour} for wear in e.wears],
        }
        for e in board.elements
    ]  # fmt: skip
    aspect = "16:9" if board.width > board.height else "9:16" if board.height > board.width else "1:1"
    return {
        "title": board.title, "logline": board.logline, "language": board.language, "aspect": aspect,
        "style": board.style, "music_mood": board.music.mood if board.music else "none", "elements": elements,
        "substitutions": [note.model_dump(include={"asked", "drawn", "why"}) for note in board.substitutions],
    }  # fmt: skip


def _shot(board: Storyboard, shot: Shot) -> Document:
    parts = [
        {
            "element": part.element, "side": part.side,
            "actions": [action.model_dump(include={"verb", "direction", "target", "thing"}) for action in part.actions],
        }
        for part in shot.parts
    ]  # fmt: skip
    return {
        "seconds": board.rate.seconds(shot.frames), "setting": shot.setting, "time": shot.time,
        "weather": shot.weather, "framing": shot.camera.framing, "camera": shot.camera.move, "parts": parts,
        "sounds": [{"sound": cue.sound, "at_s": cue.at_s} for cue in shot.sounds],
        "lines": [line.model_dump(include={"text", "speaker", "emotion"}) for line in shot.lines],
        "title": shot.title, "transition": shot.transition.kind, "source": shot.source,
    }  # fmt: skip


def _told(shots: list[Shot]) -> str:
    return " ".join(shot.prompt for shot in shots)[:400]


def _found(pattern: str, words: str) -> str:
    found = re.search(pattern, words)
    return found[1] if found else "1"


# -- takes -------------------------------------------------------------------------------------------------------------


def _directs(body: Body) -> Answer:
    """Looks once, then orders one take that is lighter, nearer or otherwise as what failed needs."""
    offered = {tool["function"]["name"] for tool in body["tools"]}
    called = [
        call["function"]["name"] for message in body["messages"] for call in message.get("tool_calls") or ()
    ]  # fmt: skip
    if "inspect_contact_sheet" in offered and "inspect_contact_sheet" not in called:
        return _call("inspect_contact_sheet", {"take": 1})
    if "generate_video" in offered and "generate_video" not in called:
        failed = re.findall(r"^- fail \S+?\.(\w+)", _words(body), re.MULTILINE)
        return _call("generate_video", _remedy(failed, len(called)))
    return Answer("Nothing more is to be done.")


def _remedy(failed: list[str], turn: int) -> Document:
    ask: Document = {
        "new_seed": True, "exposure_stops": 0.0, "camera_strength": 1.0, "nearer": False, "whole_shot": False,
        "why": f"{', '.join(sorted(set(failed))) or 'something'} did not come out",
    }  # fmt: skip
    kinds = set(failed)
    if kinds & {"colour", "black", "exposure", "time"}:
        ask["exposure_stops"] = 0.3
    if "camera" in kinds:
        ask["camera_strength"] = 1.5
    if kinds & {"subject", "count", "framing"}:
        ask["nearer"] = True
    return ask


def _call(name: str, arguments: Document) -> Answer:
    return Answer(calls=(ToolCall(name, json.dumps(arguments), f"call_{name}"),), finish_reason="tool_calls")
