"""Words of a sentence tagged with the sense that fits their place: noun, verb or adjective, by what stands around."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agent.rulebook.lexicon import Lexicon, Sense, plain
from agent.rulebook.lexicon.forms import forms_of, is_ing, is_past
from agent.rulebook.lexicon.words import word_set

NOUNS = word_set(
    "subject people carried wear setting generic group sound scenery part season time light name abstract "
    "film"
)  # fmt: skip

VERBS = word_set("verb call ride wearing speech still")

ADJECTIVES = word_set("colour size plain mood weather number style")

_RANK = (
    "subject",
    "people",
    "carried",
    "wear",
    "setting",
    "group",
    "generic",
    "name",
    "time",
    "sound",
    "season",
    "light",
    "weather",
    "scenery",
    "part",
    "colour",
    "size",
    "number",
    "mood",
    "film",
    "plain",
    "abstract",
)

_VERB_RANK = ("wearing", "ride", "call", "verb", "speech", "still")

_TOKEN = re.compile(r"\d+(?:[.,]\d+)?|[^\W\d_]+(?:['’][^\W\d_]+)*|[.,;:!?()\[\]–—\-\"“”«»]|\x01\d+\x01")

DETERMINERS = word_set(
    "a an the this that these those my your our his her its their another some any each every no both either "
    "neither other all"
)  # fmt: skip

MODALS = word_set(
    "to will would can could shall should may might must not don't doesn't didn't won't can't cannot n't "
    "never let's 'll do does did"
)  # fmt: skip

PREPOSITIONS = word_set(
    "of in on at from to by with without into onto over under through across between among near beside behind "
    "before after above below around about along toward towards beneath inside outside past beyond within off "
    "out up down for amid like as aboard against until till during"
)

NEGATIONS = word_set(
    "no not without never neither nor don't doesn't didn't won't isn't aren't can't cannot wasn't weren't "
    "couldn't shouldn't n't"
)

_SMALL = plain.FUNCTION | PREPOSITIONS | DETERMINERS | NEGATIONS


@dataclass
class Token:
    text: str
    start: int
    end: int
    forms: tuple[str, ...]

    @property
    def low(self) -> str:
        return self.text.lower().replace("’", "'")

    @property
    def is_word(self) -> bool:
        return self.text[:1].isalpha()


def tokenise(text: str) -> list[Token]:
    tokens = []
    for found in _TOKEN.finditer(text):
        word = found.group()
        if (
            word == "-"
            and text[found.start() - 1 : found.start()].isalnum()
            and text[found.end() : found.end() + 1].isalnum()
        ):
            continue
        if word.lower().endswith(("'s", "’s")) and word.lower().replace("’", "'") not in (
            "it's",
            "he's",
            "she's",
            "let's",
            "there's",
            "that's",
        ):
            tokens.append(Token(word[:-2], found.start(), found.end() - 2, forms_of(word[:-2])))
            tokens.append(Token("'s", found.end() - 2, found.end(), ("'s",)))
        elif word.lower().replace("’", "'") in ("it's", "he's", "she's", "there's", "that's"):
            tokens.append(Token(word[:-2], found.start(), found.end() - 2, forms_of(word[:-2])))
            tokens.append(Token("is", found.end() - 2, found.end(), ("is", "be")))
        else:
            tokens.append(Token(word, found.start(), found.end(), forms_of(word.replace("’", "'"))))
    return tokens


@dataclass
class Tag:
    tokens: list[Token]
    senses: tuple[Sense, ...]
    kind: str = ""
    sense: Sense | None = None

    @property
    def low(self) -> str:
        return " ".join(token.low for token in self.tokens)

    @property
    def last(self) -> str:
        return self.tokens[-1].low

    @property
    def first(self) -> str:
        return self.tokens[0].low

    @property
    def form(self) -> str:
        """``ing``, ``past``, ``s`` or ``base`` of the verb at the head."""
        word = self.first
        if is_ing(word):
            return "ing"
        if is_past(word) and len(forms_of(word)) > 1:
            return "past"
        return "s" if word.endswith("s") and len(forms_of(word)) > 1 else "base"


def tag(tokens: list[Token], lexicon: Lexicon) -> list[Tag]:
    """Tokens grouped by the longest phrase the lexicon knows, each with the sense that fits its place."""
    words = [token.forms for token in tokens]
    tags: list[Tag] = []
    place = 0
    while place < len(tokens):
        token = tokens[place]
        if not token.is_word or token.text[0] == "\x01":
            tags.append(Tag([token], (), _mark_kind(token.text)))
            place += 1
            continue
        length, senses = lexicon.match(words, place)
        helps = any(sense.kind == "still" for sense in senses)
        if length <= 1 and token.low in _SMALL and not helps and not _content(senses):
            tags.append(Tag([token], senses, "function"))
            place += 1
            continue
        length = max(length, 1)
        tags.append(Tag(tokens[place : place + length], senses))
        place += length
    spoken = any(entry.kind == "quote" for entry in tags)
    for index, entry in enumerate(tags):
        if not entry.kind:
            entry.senses = _without_false_nouns(entry, lexicon)
            _choose(tags, index, entry, spoken)
    for index, entry in enumerate(tags):
        if entry.low == "her" and not _owns(tags, index):
            entry.kind, entry.sense = "pronoun", Sense("pronoun", "she")
    return tags


def _without_false_nouns(entry: Tag, lexicon: Lexicon) -> tuple[Sense, ...]:
    """ "Flying" is no fly and "landed" no land: an -ing or -ed form is a noun only where it is listed as one."""
    if len(entry.tokens) == 1 and entry.low.endswith("s") and any(s.kind == "wear" for s in entry.senses):
        return tuple(s for s in entry.senses if s.kind != "subject") or entry.senses
    if entry.form not in ("ing", "past") or len(entry.tokens) > 1:
        return entry.senses
    own = lexicon.match([(token.low,) for token in entry.tokens], 0)[1]
    listed = {sense.kind for sense in own}
    return tuple(s for s in entry.senses if s.kind in VERBS | ADJECTIVES or s.kind in listed)


def _owns(tags: list[Tag], index: int) -> bool:
    """Whether "her" belongs to a noun that follows, or stands alone."""
    following = tags[index + 1] if index + 1 < len(tags) else None
    return following is not None and (following.kind in NOUNS | ADJECTIVES | {"word"} and not is_adjunct(following))


def _content(senses: tuple[Sense, ...]) -> bool:
    return any(s.kind not in ("plain", "film", "still", "abstract") for s in senses)


def _mark_kind(text: str) -> str:
    if text[0] == "\x01":
        return "quote"
    if text[0].isdigit():
        return "digits"
    if text in ",":
        return "comma"
    return "hyphen" if text == "-" else "punct"


def _choose(tags: list[Tag], index: int, entry: Tag, spoken: bool) -> None:
    if not entry.senses:
        entry.kind = "word"
        return
    kinds = {sense.kind for sense in entry.senses}
    nounish, verbish = bool(kinds & (NOUNS | ADJECTIVES)), bool(kinds & VERBS)
    if nounish and verbish:
        wants_verb = _wants_verb(tags, index, entry)
    else:
        wants_verb = verbish
    rank: tuple[str, ...] = (*_VERB_RANK, *_RANK) if wants_verb else (*_RANK, *_VERB_RANK)
    if spoken and wants_verb:
        rank = ("speech", *rank)
    if _before_noun(tags, index):
        rank = ("colour", "size", "number", "weather", *rank)
    order = {kind: place for place, kind in reversed(list(enumerate(rank)))}
    entry.sense = min(entry.senses, key=lambda s: (order.get(s.kind, -1), s.near))
    entry.kind = entry.sense.kind


def _before_noun(tags: list[Tag], index: int) -> bool:
    following = tags[index + 1] if index + 1 < len(tags) else None
    if following is None or following.kind in ("comma", "punct", "function", "hyphen"):
        return False
    return any(s.kind in NOUNS for s in following.senses)


def _wants_verb(tags: list[Tag], index: int, entry: Tag) -> bool:
    before = tags[index - 1] if index else None
    after = tags[index + 1] if index + 1 < len(tags) else None
    if before is None or before.kind in ("punct", "quote"):
        return entry.form in ("ing", "past") or _opens_object(after)
    low = before.low
    if low in MODALS:
        return True
    if low in DETERMINERS or low == "'s":
        return entry.form == "ing" and _describes(after)
    if before.kind == "function" and low in PREPOSITIONS:
        return entry.form == "ing" and _opens_object(after)
    if before.kind in ("pronoun",) or low in ("who", "which", "that"):
        return True
    if before.kind == "weather" and entry.form in ("s", "past", "ing"):
        return True
    if before.kind in ("colour", "size", "number", "plain", "mood", "weather", "digits"):
        return before.low.endswith("ly")
    if before.kind in VERBS:
        return before.kind == "still" and entry.form in ("ing", "past")
    if before.kind == "comma" or low in ("and", "or", "but", "then", "&"):
        last = next((t for t in reversed(tags[:index]) if t.kind in VERBS), None)
        if last is None and before.kind == "comma" and entry.form == "base" and _opens_object(after):
            return any(_counts_many(earlier) for earlier in tags[:index])
        return (
            entry.form == "ing"
            or (last is not None and last.form == entry.form != "base")
            or (last is not None and last.form == "base" == entry.form and _opens_object(after))
        )
    if before.kind in NOUNS or before.kind == "word":
        plural = before.last.endswith("s") or before.last in (
            "children",
            "people",
            "men",
            "women",
            "mice",
            "geese",
            "fish",
            "deer",
        )
        return entry.form in ("ing", "past", "s") or (plural and entry.form == "base")
    return before.low.endswith("ly") or before.kind in ("order", "direction")


def _counts_many(entry: Tag) -> bool:
    """Whether a noun is one of several: "three cats, …, sleep in a room"."""
    return entry.kind == "subject" and entry.last.endswith("s") and entry.last not in entry.tokens[-1].forms[1:]


def _describes(after: Tag | None) -> bool:
    return after is not None and bool({sense.kind for sense in after.senses} & (NOUNS | ADJECTIVES))


def _opens_object(after: Tag | None) -> bool:
    return after is not None and (
        after.low in DETERMINERS
        or after.low in PREPOSITIONS
        or after.kind in ("pronoun", "direction")
        or any(sense.kind == "pronoun" for sense in after.senses)
    )


def is_adjunct(entry: Tag) -> bool:
    """A phrase that brings its own preposition: "under the stars", "on the moon"."""
    return len(entry.tokens) > 1 and entry.first in PREPOSITIONS
