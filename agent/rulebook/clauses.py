"""Sentences cut into clauses where nobody acts, and groups told apart one by one: done before a sentence is read."""

from __future__ import annotations

import itertools
import re

from agent.rulebook.chunks import VERBS, Chunk, chunk
from agent.rulebook.lexicon import Lexicon
from agent.rulebook.reading_state import NATURE, WHO

_SUBJECTS = NATURE | WHO
_JOINTS = frozenset({"comma", "punct", "conj"})
_ONE = (
    r"(?:(?:(?:the|a|an)\s+)?(?:one|first|second|third|other|another|last)|an?|the)"
    r"(?:\s+(?!is\b|are\b|was\b|and\b)[^\W\d_]+){0,1}?(?:\s+(?:is|was))?\s+(?:(?:small|large|big|tiny|dark|light)\s+)?"
    r"(COLOUR)(?:\s+one)?"
)


def clauses(sentence: str, lexicon: Lexicon) -> list[str]:
    """The clauses of a sentence that each have a subject and a verb of their own, as stretches of the sentence.

    A sentence is cut only where at least one of the two clauses is about something that nobody plays ("rain falls on
    the mountains, and rivers carry it to the sea"); what people and animals do is kept together, for pronouns and
    "while" go across.
    """
    pieces = chunk(sentence, lexicon)
    cuts: list[int] = []
    start = 0
    for place, piece in enumerate(pieces):
        if piece.kind not in _JOINTS or piece.text in '()[]"“”' or place <= start:
            continue
        ahead = place + 1
        while ahead < len(pieces) and pieces[ahead].kind in _JOINTS:
            ahead += 1
        before, after = _opening(pieces[start:place]), _opening(pieces[ahead:])
        if before and after and "nature" in (before, after):
            cuts.append(piece.start)
            start = ahead
    edges = [0, *cuts, len(sentence)]
    made = [_bare(sentence[a:b]) for a, b in itertools.pairwise(edges)]
    return [part for part in made if part] or [sentence]


def _bare(part: str) -> str:
    return re.sub(r"^[\s,;:–—-]*(?:and\s+(?:then\s+)?|or\s+|but\s+)?", "", part).strip()


def _opening(pieces: list[Chunk]) -> str:
    """``nature`` or ``who`` when the pieces begin with a subject and its verb, else empty."""
    found = ""
    for piece in pieces[:7]:
        if piece.kind in _JOINTS | {"prep", "quote", "order"}:
            return ""
        if piece.kind in VERBS:
            return found if piece.form != "ing" else ""
        if piece.kind in _SUBJECTS:
            found = "who" if piece.kind in WHO else "nature"
    return ""


def told_apart(text: str, colours: dict[str, str]) -> tuple[str, list[str]]:
    """Colours of a group's members in order ("one red and one blue"), and the text without that list.

    ``colours`` maps words to colours of the world. Spaces take the place of what is lifted, so that places in the
    text stay. Empty when fewer than two are told apart.
    """
    names = "|".join(sorted(map(re.escape, colours), key=lambda name: -len(name)))
    one = _ONE.replace("COLOUR", names)
    item = re.sub(rf"\(({re.escape(names)})\)", rf"(?:{names})", one)
    row = re.compile(rf"(?:^|(?<=[,:;(–—-]))\s*{item}(?:\s*(?:,\s*and|,|;|and)\s+{item})+\s*[,.)]?", re.IGNORECASE)
    for found in row.finditer(text):
        words = found.group().lower()
        if not re.search(r"\b(?:one|other|another|second)\b", words):
            continue
        named = [colours[m.group().lower()] for m in re.finditer(rf"\b(?:{names})\b", found.group(), re.IGNORECASE)]
        return text[: found.start()] + " " * (found.end() - found.start()) + text[found.end() :], named
    return text, []
