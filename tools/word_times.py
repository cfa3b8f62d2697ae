"""When each word is said: from the synthesiser's events, or estimated from syllables where nobody says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from tools.contract import Word

SYLLABLE_S = 0.19
"""One syllable of calm narration."""
COMMA_S, STOP_S = 0.16, 0.38
_VOWELS = re.compile(r"[aeiouyàáâãäåæèéêëìíîïòóôõöøùúûüýÿœœ]+", re.IGNORECASE)
_NO_SPACES = re.compile(r"[぀-ヿ㐀-鿿가-힯]")
"""Kana, Han and Hangul: one sign is about one syllable."""


def tokens(text: str) -> list[tuple[int, str]]:
    """The words as they are written, with their punctuation, and where each begins."""
    return [(found.start(), found.group()) for found in re.finditer(r"\S+", text)]


def syllables(word: str) -> int:
    """About how many syllables a written word has: groups of vowels, a silent final e, digits said one by one."""
    signs = len(_NO_SPACES.findall(word))
    digits = sum(char.isdigit() for char in word)
    plain = re.sub(r"[\W\d_]", "", _NO_SPACES.sub("", word))
    if not plain:
        return signs + 2 * digits
    groups = len(_VOWELS.findall(plain))
    if groups > 1 and re.search(r"[^aeiouy]e$", plain, re.IGNORECASE) and not plain.lower().endswith("le"):
        groups -= 1
    return signs + 2 * digits + max(1, groups)


def estimated_words(text: str, length_s: float | None = None, pace: float = 1.0) -> tuple[Word, ...]:
    """Words with times by their share of syllables and pauses, filling ``length_s``, or at a calm pace if None."""
    written = [word for _, word in tokens(text)]
    shares = [(max(1, syllables(word)) * SYLLABLE_S, _pause_s(word)) for word in written]
    if shares:
        shares[-1] = (shares[-1][0], 0.0)
    total_s = sum(said + pause for said, pause in shares)
    scale = 1.0 / pace if length_s is None else length_s / max(total_s, 1e-9)
    words, at_s = [], 0.0
    for word, (said, pause) in zip(written, shares, strict=True):
        words.append(Word(word, at_s, at_s + said * scale))
        at_s += (said + pause) * scale
    return tuple(words)


def _pause_s(word: str) -> float:
    bare = word.rstrip("\"'”’»)]")
    if bare.endswith((".", "!", "?", "…", "。", "！", "？")):
        return STOP_S
    return COMMA_S if bare.endswith((",", ";", ":", "–", "—", "、", "，")) else 0.0


def reported_words(text: str, events: Sequence[tuple[str, int, int]], length_s: float) -> tuple[Word, ...]:
    """Words with the times of events (kind, character, milliseconds); ``word`` events begin one, all others end one.

    A written word to which no event belongs (a dash) is joined to the one before it.
    """
    places = tokens(text)
    starts: dict[int, float] = {}
    edges = sorted({ms / 1000.0 for _, _, ms in events} | {length_s})
    for kind, character, ms in events:
        if kind == "word":
            index = max((i for i, (at, _) in enumerate(places) if at <= character), default=0)
            starts.setdefault(index, ms / 1000.0)
    if not starts:
        return estimated_words(text, length_s)
    spoken = sorted(starts)
    words = []
    for index, following in pairwise([*spoken, len(places)]):
        first = 0 if index == spoken[0] else index
        written = " ".join(word for _, word in places[first:following])
        start_s = starts[index]
        until_s = starts.get(following, length_s)
        # The first edge after the last event of this word is where it ends: the next word, or the end of the clause.
        own = [ms / 1000.0 for kind, at, ms in events if kind == "word" and _inside(places, index, following, at)]
        end_s = next((edge for edge in edges if edge > max(own, default=start_s)), until_s)
        words.append(Word(written, start_s, max(start_s, min(end_s, until_s, length_s))))
    return tuple(words)


def _inside(places: Sequence[tuple[int, str]], first: int, following: int, character: int) -> bool:
    stop = places[following][0] if following < len(places) else float("inf")
    return places[first][0] <= character < stop
