"""Requests for a change cut into clauses: which shots are meant, whom and what, and in what words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from agent.rulebook.directives import number_of
from agent.rulebook.lexicon import Sense, english
from agent.rulebook.lexicon.forms import forms_of, split_words
from storyboards.errors import BadEdit
from storyboards.shot import Element
from storyboards.storyboard import Storyboard

EXAMPLES = (
    "make shot 3 darker", "shot 2 longer", "make it 20 seconds and vertical", "swap the fox for a cat but keep the "
        "scarf",
    "make the car blue", "remove shot 4", "add a shot of the owl sleeping after shot 2", "move shot 5 before shot 2",
    "redo shot 1", "it should rain in shot 3", "camera pans left in shot 2", "sad music", "lock shot 2",
)  # fmt: skip
_ORDINALS = {
    "first": 1,
    "opening": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "seventh": 7,
    "eighth": 8,
    "ninth": 9,
    "tenth": 10,
    "last": -1,
    "final": -1,
    "closing": -1,
    "ending": -1,
}
_WORD_NUMBERS = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_N = rf"(?:#|no\.? ?|number )?(?:\d{{1,3}}|{_WORD_NUMBERS})\b"
_SHOT = r"(?:shots?|scenes?|clips?)"
_NUMBERED = re.compile(
    rf"\b(?:in|on|of|for|to|from|at|during)?\s*{_SHOT}\s+({_N}(?:\s*(?:,|and|&|to|-|–|through|or|"
    rf",\s*and)\s*(?:{_SHOT}\s+)?{_N}(?!\s*(?:s|sec|seconds?)\b))*)",
    re.IGNORECASE,
)
_ORDINAL = re.compile(
    rf"\b(?:in|on|of|for|to|during)?\s*(?:the\s+)?({'|'.join(_ORDINALS)})\s+(?:(\w+)\s+)?{_SHOT}\b", re.IGNORECASE
)
_EVERY = re.compile(
    rf"\b(?:in|on|of|for|to|during)?\s*(?:every|all|each)(?:\s+of)?(?:\s+the)?\s+{_SHOT}\b|\beverywhere\b|"
    rf"\bthroughout\b|"
    r"\b(?:in\s+)?the\s+(?:whole|entire)\s+(?:film|movie|video|thing)\b|\b(?:everything|the film|the movie|the "
    r"video)\b",
    re.IGNORECASE,
)
_VERBS = (
    r"make|set|change|swap|replace|exchange|remove|delete|drop|add|insert|move|put|redo|retake|reshoot|re-?render|"
    r"lock|unlock|shorten|lengthen|extend|trim|"
    r"speed|slow|turn|give|keep|use|no|let|it|the|camera|close|wide|darken|brighten|lighten|paint|colou?r|recolou?r|"
    r"shots?|scenes?|zoom|pan|tilt|dolly|"
    r"take|without|with|start|end|fade|dissolve|cut|play|have|try|she|he|they|music|style|every|all|mute|undo|also|"
    r"please|vertical|square|in"
)
_CLAUSES = re.compile(
    rf"\s*(?:[.;\n]+|,?\s+then\s+|,\s*(?:and\s+)?(?=(?:{_VERBS})\b)|\s+and\s+(?=(?:{_VERBS})\b)(?!it\b))\s*",
    re.IGNORECASE,
)


@dataclass
class Clause:
    """One request. ``text`` lacks the words for the shots; ``shots`` are positions from 0, empty if none were named."""

    text: str
    whole: str
    shots: list[int] = field(default_factory=list)
    every: bool = False
    quotes: list[str] = field(default_factory=list)

    @property
    def low(self) -> str:
        return self.text.lower()

    def has(self, pattern: str) -> re.Match[str] | None:
        return re.search(rf"\b(?:{pattern})\b", self.text, re.IGNORECASE)


def clauses(words: str, board: Storyboard) -> list[Clause]:
    """Clauses of a request, each with the shots it means.

    Raises:
        BadEdit: a shot is named that the film does not have.
    """
    quotes: list[str] = []

    def lift(found: re.Match[str]) -> str:
        quotes.append(found.group(1) or found.group(2))
        return f" \x01{len(quotes) - 1}\x01 "

    text = re.sub(r"[\"“„«]([^\"”“»]{1,300})[\"”“»]|(?<!\w)['‘]([^'’]{2,200})['’](?!\w)", lift, words)
    text = re.sub(r"(\d)[.,](\d)", "\\1\x03\\2", text)
    made = []
    for piece in (part for whole in _CLAUSES.split(_protect(text)) for part in _at_verbs(whole)):
        piece = piece.replace("\x02", " and ").replace("\x03", ".").strip(" ,!?")
        if piece and piece.lower() not in ("please", "also", "and", "ok", "thanks", "thank you"):
            made.append(_clause(piece, board, quotes))
    return made


def _at_verbs(piece: str) -> list[str]:
    """ "Make shot 3 darker and fly to the moon": a new verb after "and" is a request of its own."""
    parts: list[str] = []
    for part in re.split(r"\s+and\s+", piece):
        first = split_words(part)[:2]
        kinds = {sense.kind for sense in english().senses(first[0])} if first else set()
        noun = kinds & {"subject", "wear", "colour", "sound", "carried"} and not (
            len(first) > 1 and first[1] in ("to", "into", "the", "a", "an")
        )
        if parts and not (kinds & {"verb", "call", "ride"} and not noun):
            parts[-1] += " and " + part
        else:
            parts.append(part)
    return parts


def _protect(text: str) -> str:
    """ "shots 2 and 3", "swap shots 2 and 3" and "all in one" keep their "and"."""
    text = re.sub(
        rf"({_SHOT}\s+{_N}(?:\s*,\s*{_N})*)\s*,?\s+and\s+(?={_SHOT}\s+{_N}\s*$|{_N})",
        "\\1\x02",
        text,
        flags=re.IGNORECASE,
    )
    return re.sub(rf"((?:swap|exchange|switch)\s+(?:{_SHOT}\s+)?{_N})\s+and\s+", "\\1\x02", text, flags=re.IGNORECASE)


def _clause(piece: str, board: Storyboard, quotes: list[str]) -> Clause:
    clause = Clause(piece, piece, quotes=quotes)
    text = piece
    for found in _NUMBERED.finditer(piece):
        clause.shots += _positions(found.group(1), board)
    text = _NUMBERED.sub(" ", text)
    for found in _ORDINAL.finditer(text):
        number = _ORDINALS[found.group(1).lower()]
        many = (
            int(number_of(found.group(2)))
            if found.group(2) and re.fullmatch(rf"\d+|{_WORD_NUMBERS}", found.group(2).lower())
            else 1
        )
        count = len(board.shots)
        picked = range(count - many, count) if number == -1 else range(number - 1, number - 1 + many)
        clause.shots += [_checked(position + 1, board) for position in picked]
    text = _ORDINAL.sub(" ", text)
    if _EVERY.search(text):
        clause.every = True
        text = _EVERY.sub(" ", text)
    if re.match(r"^\s*(?:the\s+)?(?:beginning|start|end)\s*$", text):
        text = ""
    clause.text = re.sub(r"\s+", " ", text).strip(" ,:")
    clause.shots = list(dict.fromkeys(clause.shots))
    return clause


def _positions(words: str, board: Storyboard) -> list[int]:
    found = re.findall(rf"\d{{1,3}}|{_WORD_NUMBERS}|to|through|-|–", words.lower())
    positions: list[int] = []
    for index, word in enumerate(found):
        if word in ("to", "through", "-", "–"):
            continue
        number = int(number_of(word))
        if index and found[index - 1] in ("to", "through", "-", "–") and positions:
            positions += [_checked(n, board) for n in range(positions[-1] + 2, number + 1)]
        else:
            positions.append(_checked(number, board))
    return positions


def _checked(number: int, board: Storyboard) -> int:
    if not 1 <= number <= len(board.shots):
        raise BadEdit(
            f"there is no shot {number}; the film has shots 1 to {len(board.shots)}.", next_step="Name one of those."
        )
    return number - 1


# -- finding words -----------------------------------------------------------------------------------------------------


def find(kind: str, text: str) -> tuple[Sense, str] | None:
    """The first sense of this kind in the text, with its words; longest phrases first."""
    words = split_words(text)
    for size in (4, 3, 2, 1):
        for start in range(len(words) - size + 1):
            phrase = " ".join(words[start : start + size])
            for sense in english().senses(phrase):
                if sense.kind == kind:
                    return sense, phrase
    return None


def every(kind: str, text: str) -> list[tuple[Sense, str]]:
    """Every sense of this kind, word by word, in order."""
    words = split_words(text)
    found = []
    place = 0
    while place < len(words):
        for size in (3, 2, 1):
            phrase = " ".join(words[place : place + size])
            sense = next((s for s in english().senses(phrase) if s.kind == kind), None)
            if sense is not None and len(words[place : place + size]) == size:
                found.append((sense, phrase))
                place += size
                break
        else:
            place += 1
    return found


def _meant(spoken: set[str], board: Storyboard, here: list[str]) -> Element:
    """Whom a pronoun means: the voice that fits, then who is in most shots of the film."""
    voice = "woman" if spoken & {"she", "her"} else "man" if spoken & {"he", "him"} else ""
    shown = [element for element in board.elements if element.id in here]
    return max(
        shown, key=lambda e: (bool(voice) and e.voice == voice, sum(s.part_of(e.id) is not None for s in board.shots))
    )


def elements_in(text: str, board: Storyboard, here: list[str] | None = None) -> list[Element]:
    """Elements of the cast named in the text, by name, id, subject or the brief's own word; pronouns by who is there.

    ``here`` are the ids in the shots that are meant, to resolve "she" and "it".
    """
    words = [forms_of(word) for word in split_words(text)]
    spoken = {form for forms in words for form in forms}
    found = []
    for element in board.elements:
        names = {element.id, element.subject, element.name.lower(), *split_words(element.described_as)} - {
            "a",
            "an",
            "the",
            "",
        }
        colours = {sense.value for sense, _ in every("colour", text)}
        if names & spoken:
            found.append((element, not colours or element.colour in colours))
    exact = [element for element, fits in found if fits]
    plural = any(word.endswith("s") and word[:-1] in {e.subject for e, _ in found} for word in split_words(text))
    picked = exact if exact and len(exact) < len(found) else [element for element, _ in found]
    if picked and not plural and len({e.subject for e in picked}) == 1 and len(picked) > 1:
        numbered = [e for e in picked if e.id in spoken]
        picked = (numbered or picked)[:1] if not re.search(r"\b(?:both|all|two|three)\b", text) else picked
    if not picked:
        subject = find("subject", text)
        picked = [e for e in board.elements if subject and e.subject == subject[0].value][:1]
    if not picked and spoken & {"she", "he", "it", "her", "him"} and here:
        picked = [_meant(spoken, board, here)]
    if not picked and spoken & {"they", "them", "both"} and here:
        picked = [e for e in board.elements if e.id in here]
    return picked
