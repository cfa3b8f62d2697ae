"""Any word fitted to the vocabulary of the world, through the rulebook's lexicon."""

from __future__ import annotations

from functools import cache

from agent.rulebook.lexicon import english
from tools.vocabulary import (
    ACCESSORIES,
    ACTIONS,
    CAMERA_MOVES,
    CARRIED,
    COLOURS,
    FRAMINGS,
    MOODS,
    SETTINGS,
    SIZES,
    SOUNDS,
    STYLES,
    SUBJECTS,
    TIMES,
    WEATHERS,
)

WORDS: dict[str, tuple[str, ...]] = {
    "subject": tuple(SUBJECTS),
    "colour": tuple(COLOURS),
    "size": tuple(SIZES),
    "worn": ACCESSORIES,
    "carried thing": CARRIED,
    "setting": SETTINGS,
    "time": TIMES,
    "weather": WEATHERS,
    "action verb": ACTIONS,
    "sound": SOUNDS,
    "camera move": CAMERA_MOVES,
    "framing": FRAMINGS,
    "style": STYLES,
    "mood": MOODS,
}
_SENSES = {
    "worn": ("wear",),
    "carried thing": ("carried",),
    "action verb": ("verb",),
    "camera move": ("camera",),
    "sound": ("sound", "call"),
    "setting": ("setting", "scenery"),
    "time": ("time", "light"),
}


@cache
def nearest_word(kind: str, asked: str) -> str | None:
    """``asked`` if the vocabulary has it, else what the lexicon takes it for, else None."""
    low = " ".join(asked.lower().replace("_", " ").split())
    if low in WORDS[kind]:
        return low
    wanted = _SENSES.get(kind, (kind,))
    for phrase in (low, *reversed(low.split())):
        for sense in sorted(english().senses(phrase), key=lambda s: s.near):
            if sense.kind in wanted:
                value = "truck right" if sense.value == "track" else "woman" if sense.value == "person" else sense.value
                if value in WORDS[kind]:
                    return value
    return None
