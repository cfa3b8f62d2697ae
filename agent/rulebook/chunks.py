"""Sentences cut into chunks: noun phrases with their attributes, verbs with their form, and the small words between."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from agent.rulebook.lexicon import Lexicon, Sense, plain
from agent.rulebook.lexicon.forms import forms_of, is_ing, is_past

NOUNS = frozenset({"subject", "people", "carried", "wear", "setting", "generic", "group", "sound", "scenery", "part",
                   "season", "time", "light", "name", "abstract", "film"})  # fmt: skip
VERBS = frozenset({"verb", "call", "ride", "wearing", "speech", "still"})
ADJECTIVES = frozenset({"colour", "size", "plain", "mood", "weather", "number", "style"})
_RANK = ("subject", "people", "carried", "wear", "setting", "group", "generic", "name", "time", "sound", "season", "light",
         "weather", "scenery", "part", "colour", "size", "number", "mood", "film", "plain", "abstract")  # fmt: skip
_VERB_RANK = ("wearing", "ride", "call", "verb", "speech", "still")
_TOKEN = re.compile(r"\d+(?:[.,]\d+)?|[^\W\d_]+(?:['’][^\W\d_]+)*|[.,;:!?()\[\]–—\-\"“”«»]|\x01\d+\x01")
DETERMINERS = frozenset(["a", "an", "the", "this", "that", "these", "those", "my", "your", "our", "his", "her", "its", "their", "another", "some", "any", "each", "every", "no", "both", "either", "neither", "other", "all"])  # fmt: skip
MODALS = frozenset(["to", "will", "would", "can", "could", "shall", "should", "may", "might", "must", "not", "don't", "doesn't", "didn't", "won't", "can't", "cannot", "n't", "never", "let's", "'ll", "do", "does", "did"])  # fmt: skip
PREPOSITIONS = frozenset(
    ["of", "in", "on", "at", "from", "to", "by", "with", "without", "into", "onto", "over", "under", "through", "across", "between", "among", "near", "beside", "behind", "before", "after", "above", "below", "around", "about", "along", "toward", "towards", "beneath", "inside", "outside", "past", "beyond", "within", "off", "out", "up", "down", "for", "amid", "like", "as", "aboard", "against", "until", "during"]
)
_SMALL = plain.FUNCTION | PREPOSITIONS | DETERMINERS
NEGATIONS = frozenset(["no", "not", "without", "never", "neither", "nor", "don't", "doesn't", "didn't", "won't", "isn't", "aren't", "can't", "cannot", "wasn't", "n't"])


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


@dataclass
class Chunk:
    """A piece of a sentence. ``kind`` is a sense kind, or ``prep conj comma quote number word`` for the rest.

    For noun phrases ``count`` is how many (0 for an unsaid plural), ``definite`` how it was introduced, ``colour`` …
    its attributes, ``deeds`` what it is said to be doing ("a sleeping cat").
    """

    kind: str
    text: str
    start: int
    end: int
    sense: Sense | None = None
    form: str = ""
    count: int = 1
    plural: bool = False
    determiner: str = ""
    colour: str = ""
    colour_near: str = ""
    size: str = ""
    weather: str = ""
    time: str = ""
    setting: str = ""
    name: str = ""
    owner: str = ""
    moods: list[str] = field(default_factory=list)
    deeds: list[Sense] = field(default_factory=list)
    spare: list[str] = field(default_factory=list)

    @property
    def value(self) -> str:
        return self.sense.value if self.sense else ""


def tokenise(text: str) -> list[Token]:
    tokens = []
    for found in _TOKEN.finditer(text):
        word = found.group()
        if word == "-" and text[found.start() - 1 : found.start()].isalnum() and text[found.end() : found.end() + 1].isalnum():
            continue
        if word.lower().endswith(("'s", "’s")) and word.lower().replace("’", "'") not in ("it's", "he's", "she's", "let's", "there's", "that's"):
            tokens.append(Token(word[:-2], found.start(), found.end() - 2, forms_of(word[:-2])))
            tokens.append(Token("'s", found.end() - 2, found.end(), ("'s",)))
        elif word.lower().replace("’", "'") in ("it's", "he's", "she's", "there's", "that's"):
            tokens.append(Token(word[:-2], found.start(), found.end() - 2, forms_of(word[:-2])))
            tokens.append(Token("is", found.end() - 2, found.end(), ("is", "be")))
        else:
            tokens.append(Token(word, found.start(), found.end(), forms_of(word.replace("’", "'"))))
    return tokens


@dataclass
class _Tag:
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


def tag(tokens: list[Token], lexicon: Lexicon) -> list[_Tag]:
    """Tokens grouped by the longest phrase the lexicon knows, each with the sense that fits its place."""
    words = [token.forms for token in tokens]
    tags: list[_Tag] = []
    place = 0
    while place < len(tokens):
        token = tokens[place]
        if not token.is_word or token.text[0] == "\x01":
            tags.append(_Tag([token], (), _mark_kind(token.text)))
            place += 1
            continue
        length, senses = lexicon.match(words, place)
        helps = any(sense.kind == "still" for sense in senses)
        if length <= 1 and token.low in _SMALL and not helps and not _content(senses):
            tags.append(_Tag([token], senses, "function"))
            place += 1
            continue
        length = max(length, 1)
        tags.append(_Tag(tokens[place : place + length], senses))
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


def _without_false_nouns(entry: _Tag, lexicon: Lexicon) -> tuple[Sense, ...]:
    """ "Flying" is no fly and "landed" no land: an -ing or -ed form is a noun only where it is listed as one."""
    if entry.form not in ("ing", "past") or not any(sense.kind in VERBS for sense in entry.senses):
        return entry.senses
    own = lexicon.match([(token.low,) for token in entry.tokens], 0)[1]
    listed = {sense.kind for sense in own}
    return tuple(s for s in entry.senses if s.kind in VERBS | ADJECTIVES or s.kind in listed) or entry.senses


def _owns(tags: list[_Tag], index: int) -> bool:
    """Whether "her" belongs to a noun that follows, or stands alone."""
    following = tags[index + 1] if index + 1 < len(tags) else None
    return following is not None and (following.kind in NOUNS | ADJECTIVES | {"word"} and not _is_adjunct(following))


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


def _choose(tags: list[_Tag], index: int, entry: _Tag, spoken: bool) -> None:
    if not entry.senses:
        entry.kind = "word"
        return
    kinds = {sense.kind for sense in entry.senses}
    nounish, verbish = bool(kinds & (NOUNS | ADJECTIVES)), bool(kinds & VERBS)
    if nounish and verbish:
        wants_verb = _wants_verb(tags, index, entry)
    else:
        wants_verb = verbish
    rank = (*_VERB_RANK, *_RANK) if wants_verb else (*_RANK, *_VERB_RANK)
    if spoken and wants_verb:
        rank = ("speech", *rank)
    if _before_noun(tags, index):
        rank = ("colour", "size", "number", "weather", *rank)
    order = {kind: place for place, kind in reversed(list(enumerate(rank)))}
    entry.sense = min(entry.senses, key=lambda s: (order.get(s.kind, -1), s.near))
    entry.kind = entry.sense.kind


def _before_noun(tags: list[_Tag], index: int) -> bool:
    following = tags[index + 1] if index + 1 < len(tags) else None
    if following is None or following.kind in ("comma", "punct", "function", "hyphen"):
        return False
    return any(s.kind in NOUNS for s in following.senses)


def _wants_verb(tags: list[_Tag], index: int, entry: _Tag) -> bool:
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
        return entry.form == "ing" or (last is not None and last.form == entry.form != "base") or (
            last is not None and last.form == "base" == entry.form and _opens_object(after))
    if before.kind in NOUNS or before.kind == "word":
        plural = before.last.endswith("s") or before.last in ("children", "people", "men", "women", "mice", "geese", "fish", "deer")
        return entry.form in ("ing", "past", "s") or (plural and entry.form == "base")
    return before.low.endswith("ly") or before.kind in ("order", "direction")


def _describes(after: _Tag | None) -> bool:
    return after is not None and bool({sense.kind for sense in after.senses} & (NOUNS | ADJECTIVES))


def _opens_object(after: _Tag | None) -> bool:
    return after is not None and (after.low in DETERMINERS or after.low in PREPOSITIONS or after.kind in ("pronoun", "direction"))


def chunk(text: str, lexicon: Lexicon) -> list[Chunk]:
    """The chunks of one sentence, in order."""
    tags = tag(tokenise(text), lexicon)
    chunks: list[Chunk] = []
    place = 0
    while place < len(tags):
        made, used = _phrase(tags, place, text)
        chunks.append(made)
        place += used
    return chunks


def _simple(entry: _Tag, text: str, kind: str = "") -> Chunk:
    start, end = entry.tokens[0].start, entry.tokens[-1].end
    return Chunk(kind or entry.kind, text[start:end], start, end, entry.sense, entry.form)


def _starts_phrase(entry: _Tag) -> bool:
    return entry.kind in NOUNS | ADJECTIVES | {"digits", "word"} or entry.low in DETERMINERS


def _phrase(tags: list[_Tag], place: int, text: str) -> tuple[Chunk, int]:
    """A noun phrase if one starts here, else the single tag as a chunk."""
    entry = tags[place]
    if entry.kind in VERBS | {"comma", "punct", "quote", "order", "camera", "framing", "direction", "pronoun", "stop"}:
        return _simple(entry, text), 1
    if (_is_adjunct(entry) and entry.sense) or entry.low in ("named", "called"):
        return _simple(entry, text), 1
    if not _starts_phrase(entry):
        low = entry.low
        kind = "prep" if low in PREPOSITIONS else "conj" if low in ("and", "or", "but", "nor", "&") else entry.kind
        return _simple(entry, text, kind), 1
    modifiers, place_now = [], place
    while place_now < len(tags) and _is_modifier(tags, place_now) and not _is_adjunct(tags[place_now]):
        modifiers.append(tags[place_now])
        place_now += 1
    heads: list[_Tag] = []
    while place_now < len(tags) and (tags[place_now].kind in NOUNS or tags[place_now].kind == "word"
                                     or (heads and tags[place_now].kind == "hyphen")):  # fmt: skip
        if heads and tags[place_now].low in ("named", "called"):
            break
        heads.append(tags[place_now])
        place_now += 1
        if heads[-1].kind == "group" and place_now < len(tags) and tags[place_now].low == "of":
            break
        if heads[-1].kind == "name" or (place_now < len(tags) and _is_adjunct(tags[place_now])):
            break
    heads = [head for head in heads if head.kind != "hyphen"]
    if not heads and not modifiers:
        return _simple(entry, text), 1
    used = place_now - place
    return _build(modifiers, heads, text), used


def _is_modifier(tags: list[_Tag], place: int) -> bool:
    entry = tags[place]
    if entry.low in DETERMINERS or entry.kind in ADJECTIVES | {"digits"}:
        return True
    following = tags[place + 1] if place + 1 < len(tags) else None
    if entry.kind == "hyphen":
        return True
    if entry.kind in VERBS and entry.form in ("ing", "past") and following is not None:
        if place == 0 or not _is_modifier_before(tags, place):
            return False
        ahead = place + 1
        while ahead < len(tags) and tags[ahead].kind in ADJECTIVES:
            ahead += 1
        return ahead < len(tags) and tags[ahead].kind in NOUNS and not _is_adjunct(tags[ahead])
    return False


def _is_adjunct(entry: _Tag) -> bool:
    """A phrase that brings its own preposition: "under the stars", "on the moon"."""
    return len(entry.tokens) > 1 and entry.first in PREPOSITIONS


def _is_modifier_before(tags: list[_Tag], place: int) -> bool:
    before = tags[place - 1]
    return before.low in DETERMINERS or before.kind in ADJECTIVES


def _build(modifiers: list[_Tag], heads: list[_Tag], text: str) -> Chunk:
    every = [*modifiers, *heads]
    start, end = every[0].tokens[0].start, every[-1].tokens[-1].end
    head = _head_of(heads)
    if head is None:
        named = [m for m in modifiers if m.sense]
        kind = named[-1].kind if named else ("digits" if modifiers[-1].kind == "digits" else "function")
        made = Chunk(kind, text[start:end], start, end, named[-1].sense if named else None)
    else:
        made = Chunk(head.kind, text[start:end], start, end, head.sense, head.form)
        made.plural = _is_plural(head)
        made.count = 0 if made.plural else 1
    for entry in modifiers:
        _attribute(made, entry)
    for entry in heads:
        if entry is not head:
            _attribute(made, entry)
    return made


def _head_of(heads: list[_Tag]) -> _Tag | None:
    """The last noun, but a thing that can be drawn wins over an unknown word that follows it."""
    strong = [h for h in heads if h.kind in ("subject", "people", "carried", "wear", "setting", "group", "name")]
    if heads and heads[-1].kind in ("word", "abstract", "film", "part") and strong:
        return strong[-1]
    return heads[-1] if heads else None


def _is_plural(head: _Tag) -> bool:
    word = head.last
    if head.kind == "people":
        return True
    irregular = ("children", "women", "men", "mice", "geese", "wolves", "elves", "calves", "grandchildren")
    return word in irregular or (word.endswith("s") and not word.endswith("ss") and word not in forms_of(word)[1:]
                                 and len(forms_of(word)) > 1 and word not in ("paris", "venus", "bus", "mars"))  # fmt: skip


def _attribute(made: Chunk, entry: _Tag) -> None:
    sense, low = entry.sense, entry.low
    if low in DETERMINERS:
        made.determiner = low if made.determiner not in ("no", "another") else made.determiner
    elif entry.kind == "digits":
        made.count = max(1, int(float(low.replace(",", "."))))
    elif entry.kind == "number" and sense:
        made.count = int(sense.value)
    elif entry.kind == "colour" and sense:
        made.colour = sense.value
        made.colour_near = low if sense.near else ""
    elif entry.kind == "size" and sense:
        made.size = sense.value
    elif entry.kind == "weather" and sense:
        made.weather = sense.value
    elif entry.kind in ("time", "light") and sense:
        made.time = sense.value
    elif entry.kind == "mood" and sense:
        made.moods.append(sense.value)
    elif entry.kind == "name":
        made.name = entry.tokens[0].text
    elif entry.kind == "setting" and sense:
        made.setting = sense.value
    elif entry.kind in VERBS and sense:
        made.deeds.append(sense)
    elif entry.kind in ("word", "subject", "carried"):
        made.spare.append(low)
