"""Who speaks with which voice, in which mood, and when: one voice for a character through the whole film."""

from __future__ import annotations

from collections.abc import Sequence

from storyboards.shot import Element, Line
from storyboards.storyboard import Storyboard
from tools.vocabulary import SUBJECTS
from tools.voices import EMOTIONS, VOICES, emotion_called

WORDS_A_SECOND, BREATH_S, LEAD_S = 2.4, 0.3, 0.25

_OF_SUBJECT: dict[str, tuple[str, ...]] = {
    "child": ("child", "creature", "woman"), "woman": ("woman", "old woman"), "man": ("man", "old man"),
    "knight": ("man", "old man", "giant"), "astronaut": ("woman", "man"), "robot": ("robot", "giant"),
    "bear": ("giant", "old man", "man"), "dragon": ("giant", "old man", "robot"), "whale": ("giant", "old woman"),
    "owl": ("old woman", "old man"), "turtle": ("old man", "old woman"), "horse": ("man", "giant"),
    "deer": ("woman", "child"),
}  # fmt: skip
_OF_GROUP: dict[str, tuple[str, ...]] = {
    "person": ("woman", "man", "child"), "animal": ("creature", "child", "woman", "man"),
    "thing": ("robot", "creature"),
}  # fmt: skip


def cast_voices(board: Storyboard) -> Storyboard:
    """The storyboard with a voice for every element that speaks.

    A voice that an element has stays. Others get the first voice that suits them and nobody else speaks with; when all
    of those are taken, the first that suits. The narrator's own voice is given to nobody.
    """
    speaking = dict.fromkeys(line.speaker for shot in board.shots for line in shot.lines)
    taken = {element.voice for element in board.elements if element.voice}
    cast = []
    for element in board.elements:
        if element.id in speaking and not element.voice:
            element = element.model_copy(update={"voice": _voice(element, taken)})
            taken.add(element.voice)
        cast.append(element)
    return board.changed(elements=tuple(cast)) if tuple(cast) != board.elements else board


def _voice(element: Element, taken: set[str]) -> str:
    kind = SUBJECTS.get(element.subject)
    suiting = _OF_SUBJECT.get(element.subject) or _OF_GROUP.get(kind.group if kind else "", ()) or ("creature",)
    others = (name for name in VOICES if name not in ("narrator", "whisper"))
    return next((name for name in (*suiting, *others) if name not in taken), suiting[0])


def laid_out(lines: Sequence[Line], seconds: float) -> tuple[Line, ...]:
    """The lines of a shot one after the other: each begins when the one before it has been said at a natural pace."""
    at_s, placed = min(LEAD_S, seconds / 4), []
    for line in lines:
        placed.append(line.model_copy(update={"at_s": round(min(at_s, max(0.0, seconds - 0.1)), 2)}))
        at_s += len(line.text.split()) / WORDS_A_SECOND + BREATH_S
    return tuple(placed)


def spoken_as(voice: str, emotion: str) -> str:
    """The voice with its mood as :func:`tools.voices.voice_called` knows it: ``child:sad``."""
    mood = emotion_called(emotion)
    return f"{voice or 'narrator'}:{mood}" if mood and mood in EMOTIONS else voice
