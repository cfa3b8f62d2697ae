"""Other languages, in part: their common words become English ones before the grammar reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache

from agent.rulebook.lexicon import english
from agent.rulebook.lexicon.languages import FUNCTION, NAMES, WORDS
from agent.rulebook.lexicon.words import word_set
from agent.rulebook.story import Notes

_TOKEN = re.compile(r"\x01\d+\x01|[^\W\d_]+(?:['’][^\W\d_]+)*|\d+(?:[.,]\d+)?|\s+|.", re.DOTALL)
_ENGLISH = word_set(
    "the a an and of in on with is are to at by from his her its their walks runs then while who into through "
    "over under she he it they film video about"
)
_LATER_ADJECTIVES = frozenset({"es", "fr", "it", "pt"})


@dataclass
class Reading:
    """A text and how it is read. ``english`` is the text as the grammar sees it; ``language`` a two-letter code."""

    language: str
    english: str
    hits: int = 0
    words: dict[str, str] = field(default_factory=dict)

    def translated(self, sentence: str) -> str:
        return sentence if self.language == "en" else _word_by_word(sentence, self.language)

    def is_known(self, word: str) -> bool:
        return word.lower() in self.words


def language_of(text: str) -> str:
    """The language most of whose small words are in the text; English if none stands out."""
    lexicon = english()
    every = re.findall(r"[^\W\d_]+", text.lower())
    words = [word for word in every if word not in _ENGLISH and not lexicon.knows(word)]
    scores = {code: float(sum(word in small for word in words)) for code, small in FUNCTION.items()}
    scores = {code: score + 0.6 * sum(word in _dictionary(code) for word in words) for code, score in scores.items()}
    best = max(scores, key=lambda code: scores[code])
    own = sum(word in _ENGLISH for word in every)
    if scores[best] > own and scores[best] >= 1.2 and scores[best] >= 0.2 * len(every):
        return best
    return "en"


@cache
def _dictionary(code: str) -> dict[str, str]:
    """Foreign form → English words. A row is ``english: form form …``; an underscore is a space."""
    table: dict[str, str] = {}
    for row in WORDS[code].strip().splitlines():
        for entry in row.split(";"):
            english, _, forms = entry.partition(":")
            for form in forms.split():
                table.setdefault(form.replace("_", " "), english.strip().replace("_", " "))
    return table


def _word_by_word(text: str, code: str) -> str:
    table = _dictionary(code)
    pieces = [
        match.group()
        for match in _TOKEN.finditer(
            re.sub(r"\b([dlnsjmtqc]|qu|all|dall|nell|sull|dell)['’](?=\w)", r"\1e ", text, flags=re.IGNORECASE)
            if code in ("fr", "it")
            else text
        )
    ]
    made: list[str] = []
    place = 0
    while place < len(pieces):
        for size in (5, 3, 1):
            phrase = "".join(pieces[place : place + size]).lower()
            if size == 1 or len(pieces[place : place + size]) == size:
                found = table.get(re.sub(r"\s+", " ", phrase))
                if found is not None:
                    made.append(found)
                    place += size
                    break
        else:
            made.append(pieces[place])
            place += 1
    read = re.sub(r"\s+", " ", "".join(made))
    if code in ("es", "it", "pt"):
        read = re.sub(r"(^|[.,;]\s*|\band )(\w+)\b", lambda m: m.group(1) + _with_they(m.group(2)), read)
    return _adjectives_first(read) if code in _LATER_ADJECTIVES else read


def _with_they(word: str) -> str:
    """A plural verb that comes without its subject: "y bailan" → "and they dance"."""
    kinds = {sense.kind for sense in english().senses(word)}
    return (
        f"they {word}"
        if kinds & {"verb", "call"} and not kinds & {"subject", "scenery", "sound"} and not word.endswith("s")
        else word
    )


def _adjectives_first(text: str) -> str:
    """ "A fox small and orange" → "a small orange fox"."""

    def kinds(word: str) -> set[str]:
        return {sense.kind for sense in english().senses(word)}

    words = text.split(" ")
    for index in range(len(words) - 1):
        noun = words[index]
        if (
            not noun.isalpha()
            or not kinds(noun) & {"subject", "wear", "carried", "setting"}
            or kinds(noun) & {"colour", "size"}
        ):
            continue
        end = index + 1
        while end < len(words) and _is_adjective(words, end, kinds):
            end += 1
        moved = [word.strip(",.") for word in words[index + 1 : end] if word not in ("and", "very")]
        if moved:
            tail = words[end - 1][len(words[end - 1].rstrip(",.;:!?")) :]
            words[index:end] = [*moved, noun + tail]
    return " ".join(words)


def _is_adjective(words: list[str], index: int, kinds: object) -> bool:
    word = words[index].rstrip(",.;:!?")
    found: set[str] = kinds(word)  # type: ignore[operator]
    if found & {"colour", "size"} and not found & {"subject"}:
        return index == 0 or words[index - 1][-1:] not in ",.;:!?"
    following = words[index + 1].rstrip(",.;:!?") if index + 1 < len(words) else ""
    return word in ("and", "very") and bool(kinds(following) & {"colour", "size"})  # type: ignore[operator]


def says_what_happens(text: str, code: str) -> bool:
    """Whether a stretch of a foreign sentence has one of the verbs that the dictionary knows."""
    known = {
        sense.kind for word in _word_by_word(text, code).split() for sense in english().senses(word.strip(".,;:!?"))
    }
    return bool(known & {"verb", "call", "ride"})


def into_english(text: str, notes: Notes) -> Reading:
    """The text as the grammar can read it. What is not understood of another language is noted.

    A language that is only read in part says so in the notes; narration stays in the brief's own words.
    """
    code = language_of(re.sub(r"\x01\d+\x01", " ", text))
    if code == "en":
        return Reading("en", text)
    table = _dictionary(code)
    words = re.findall(r"[^\W\d_]+", text)
    known = [word for word in words if word.lower() in table]
    reading = Reading(code, _word_by_word(text, code), len(known), {w.lower(): table[w.lower()] for w in known})
    notes.add(
        f"a brief in {NAMES[code]}",
        f"{len(known)} of {len(words)} words understood; narration stays in {NAMES[code]}",
        "the rulebook reads it word by word",
    )
    return reading
