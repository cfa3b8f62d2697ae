"""A plan in one call, and the questions that tests ask of it."""

from __future__ import annotations

import asyncio
from typing import Any

from agent.rulebook import Rulebook
from storyboards.brief import Brief
from storyboards.claims import compile_claims
from storyboards.storyboard import Storyboard, read_storyboard
from tools.vocabulary import (
    ACCESSORIES,
    CAMERA_MOVES,
    CARRIED,
    COLOURS,
    FRAMINGS,
    MOODS,
    SETTINGS,
    SOUNDS,
    SUBJECTS,
    TIMES,
    WEATHERLESS,
    WEATHERS,
)


def plan(text: str, **asked: Any) -> Storyboard:
    return asyncio.run(Rulebook().plan(Brief(text=text, **asked)))


def seen(board: Storyboard) -> set[str]:
    return {board.element(part.element).subject for shot in board.shots for part in shot.parts}


def deeds(board: Storyboard, subject: str) -> list[str]:
    return [
        a.verb for s in board.shots for p in s.parts if board.element(p.element).subject == subject for a in p.actions
    ]


def most_at_once(board: Storyboard, subject: str) -> int:
    return max(sum(board.element(p.element).subject == subject for p in shot.parts) for shot in board.shots)


def told(board: Storyboard) -> str:
    return " | ".join(str(note) for note in board.substitutions).lower()


def keeps_the_rules(board: Storyboard, most_narrated: float = 0.75) -> None:
    """Every word is of the world, every action performable, the claims compile, and the document round-trips."""
    for element in board.elements:
        assert element.subject in SUBJECTS
        assert element.colour in COLOURS
        assert all(wear.name in ACCESSORIES and wear.colour in COLOURS for wear in element.wears)
    for shot in board.shots:
        assert shot.setting in SETTINGS
        assert shot.time in TIMES
        assert shot.weather in WEATHERS
        assert shot.weather == "clear" or shot.setting not in WEATHERLESS
        assert shot.camera.move in CAMERA_MOVES
        assert shot.camera.framing in FRAMINGS
        assert all(cue.sound in SOUNDS for cue in shot.sounds)
        assert board.rate.seconds(shot.frames) < 60
        assert shot.prompt
        for part in shot.parts:
            for action in part.actions:
                assert action.verb in SUBJECTS[board.element(part.element).subject].actions
                assert not action.thing or action.thing in CARRIED
                assert action.target or action.verb not in ("chase", "meet")
    speaking = sum(bool(shot.lines) for shot in board.shots)
    narrated = sum(any(line.speaker == "narrator" for line in shot.lines) for shot in board.shots)
    texts = [line.text for shot in board.shots for line in shot.lines if line.speaker == "narrator"]
    assert len(texts) == len(set(texts)), "a narrator does not repeat himself"
    assert narrated <= max(1, most_narrated * len(board.shots))
    assert speaking <= len(board.shots)
    for shot in board.shots:
        words = sum(len(line.text.split()) for line in shot.lines if line.speaker == "narrator")
        assert words <= 2.2 * board.rate.seconds(shot.frames)
    assert board.music is None or board.music.mood in MOODS
    assert board.shots[0].transition.kind != "dissolve"
    assert len({claim.id for claim in compile_claims(board)}) == len(compile_claims(board))
    assert read_storyboard(board.document()) == board
