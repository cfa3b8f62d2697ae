"""Words about the music: which moods they name and which of them most of the film has."""

from __future__ import annotations

import re

from agent.rulebook.lexicon import english


def mood_in(words: str) -> list[str]:
    """Every mood the words name, in order."""
    lexicon = english()
    moods = []
    for word in re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", words):
        moods += [sense.value for sense in lexicon.senses(word) if sense.kind == "mood"][:1]
    return moods


_LATER = r"\b(?:at the end|in the end|finally|at last|end(?:s|ing)?|finale|climax|briefly|for a moment)\b"
_EARLY = r"\b(?:at first|first|begin(?:s|ning)?|start(?:s|ing)?|opening|intro)\b"
_MOSTLY = r"\b(?:most(?:ly)?|main(?:ly)?|throughout|overall|always)\b"


def dominant(words: str) -> str:
    """The mood that most of a film has, of words that name several: not the one "at the end", rather not the one "at
    first", and the one named first if nothing else decides."""
    best: tuple[float, str] = (-9.0, "")
    for clause in re.split(
        r"[,;]|\b(?:and|then|but|that|which|later)\b|(?=\bbecom|\bturn)", words, flags=re.IGNORECASE
    ):
        worth = 1.0 * bool(re.search(_MOSTLY, clause, re.IGNORECASE))
        worth -= 1.0 * bool(re.search(_LATER, clause, re.IGNORECASE))
        worth -= 0.5 * bool(re.search(_EARLY, clause, re.IGNORECASE))
        for mood in mood_in(clause):
            best = max(best, (worth, mood), key=lambda pair: pair[0])
    return best[1]


def goes_on(phrase: str, after: str) -> int:
    """How far a phrase about music goes on after its comma: "calm music, triumphant at the end"."""
    found = re.match(r",\s*[^,.;\n]*", after)
    if not found or not mood_in(found.group()):
        return 0
    turns = re.search(rf"{_LATER}|{_EARLY}|{_MOSTLY}|\b(?:then|becom\w*|turn\w*|later)\b", found.group(), re.IGNORECASE)
    return found.end() if turns else 0
