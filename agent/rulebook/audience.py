"""For whom a film is made, and what the rulebook does otherwise for them: pace, words, music and framing."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Manner:
    """How a film is told to somebody. What the brief asks for itself comes first, always.

    Attributes:
        said: the same in words, for people; empty if nothing is done otherwise.
        pace: times the length of a shot; ``words`` times how much is spoken over it.
        mood: of the music where the story suggests none.
        steady: no camera on the shoulder.
        nearer: one subject alone is met from near.
    """

    said: str = ""
    pace: float = 1.0
    words: float = 1.0
    mood: str = "calm"
    steady: bool = False
    nearer: bool = False


PLAIN = Manner()
_FOR_WHOM = re.compile(
    r"\b(?:for|aimed at|audience(?: is|:)?|für|pour|para)\s+(?:(?:my|our|the|small|young|little|all)\s+)*"
    r"(?:\w+\s+)?(kids?|child(?:ren)?|toddlers?|pupils?|students?|teens?|teenagers?|adults?|grown-?ups|famil(?:y|ies)|"
    r"customers?|clients?|investors?|buyers?|users?|colleagues?|team|employees|everyone|everybody|kinder|enfants|niños)\b",
    re.IGNORECASE,
)
_WANTING = re.compile(
    r"\b(?:look|search|wait|car|ask|long|call|hop|buy|cook|bak|hunt)(?:s|es|ed|e|ing)?\s*$", re.IGNORECASE
)
"""Before "for": what somebody in the film wants, and nobody for whom it is made."""
_GENRE_AUDIENCE = re.compile(r"\b(?:bedtime story|nursery|fairy tale for|lullaby)\b", re.IGNORECASE)
_MANNERS: tuple[tuple[str, Manner], ...] = (
    (
        r"kids?|child(?:ren)?|toddlers?|pupils?|famil(?:y|ies)|kinder|enfants|niños",
        Manner("longer shots, fewer words, playful music, a steady camera that comes near", 1.3, 0.75, "playful", True,
               True),
    ),
    (
        r"customers?|clients?|buyers?|users?|investors?",
        Manner("shorter shots, few words, cheerful music, the subject from near", 0.8, 0.75, "playful", nearer=True),
    ),
    (
        r"colleagues?|team|employees|students?|pupils?",
        Manner("unhurried shots and a steady camera", 1.2, 1.0, "calm", steady=True),
    ),
)  # fmt: skip


def manner_for(audience: str) -> Manner:
    """The manner for an audience in words; the plain one for everybody of whom nothing is known."""
    for pattern, manner in _MANNERS:
        if re.search(rf"\b(?:{pattern})\b", audience, re.IGNORECASE):
            return manner
    return PLAIN


def audience_in(text: str) -> str:
    """Whom a text says the film is for, in its own words; empty if it does not say."""
    for found in _FOR_WHOM.finditer(text):
        if not _WANTING.search(text[: found.start()]):
            return found[1].lower()
    return "children" if _GENRE_AUDIENCE.search(text) else ""
