"""Sentences cut into chunks: noun phrases with their attributes, verbs with their form, and the small words between."""

from __future__ import annotations

from dataclasses import dataclass, field

from agent.rulebook.lexicon import Lexicon, Sense
from agent.rulebook.lexicon.forms import forms_of
from agent.rulebook.tagging import (
    ADJECTIVES,
    DETERMINERS,
    NEGATIONS,
    NOUNS,
    PREPOSITIONS,
    VERBS,
    Tag,
    is_adjunct,
    tag,
    tokenise,
)

__all__ = ["NEGATIONS", "PREPOSITIONS", "VERBS", "Chunk", "chunk"]


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


def _simple(entry: Tag, text: str, kind: str = "") -> Chunk:
    start, end = entry.tokens[0].start, entry.tokens[-1].end
    return Chunk(kind or entry.kind, text[start:end], start, end, entry.sense, entry.form)


def _starts_phrase(entry: Tag) -> bool:
    return entry.kind in NOUNS | ADJECTIVES | {"digits", "word"} or entry.low in DETERMINERS


def _phrase(tags: list[Tag], place: int, text: str) -> tuple[Chunk, int]:
    """A noun phrase if one starts here, else the single tag as a chunk."""
    entry = tags[place]
    if entry.kind in VERBS | {"comma", "punct", "quote", "order", "camera", "framing", "direction", "pronoun", "stop"}:
        return _simple(entry, text), 1
    if (is_adjunct(entry) and entry.sense) or entry.low in ("named", "called"):
        return _simple(entry, text), 1
    if not _starts_phrase(entry):
        low = entry.low
        kind = "prep" if low in PREPOSITIONS else "conj" if low in ("and", "or", "but", "nor", "&") else entry.kind
        return _simple(entry, text, kind), 1
    modifiers, place_now = [], place
    while place_now < len(tags) and _is_modifier(tags, place_now) and not is_adjunct(tags[place_now]):
        modifiers.append(tags[place_now])
        place_now += 1
    heads: list[Tag] = []
    while place_now < len(tags) and (tags[place_now].kind in NOUNS or tags[place_now].kind == "word"
                                     or (heads and tags[place_now].kind == "hyphen")):  # fmt: skip
        if heads and tags[place_now].low in ("named", "called"):
            break
        heads.append(tags[place_now])
        place_now += 1
        if heads[-1].kind == "group" and place_now < len(tags) and tags[place_now].low == "of":
            break
        if heads[-1].kind == "name" or (place_now < len(tags) and is_adjunct(tags[place_now])):
            break
    heads = [head for head in heads if head.kind != "hyphen"]
    if not heads and not modifiers:
        return _simple(entry, text), 1
    used = place_now - place
    return _build(modifiers, heads, text), used


def _is_modifier(tags: list[Tag], place: int) -> bool:
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
        return ahead < len(tags) and tags[ahead].kind in NOUNS and not is_adjunct(tags[ahead])
    return False


def _is_modifier_before(tags: list[Tag], place: int) -> bool:
    before = tags[place - 1]
    return before.low in DETERMINERS or before.kind in ADJECTIVES


def _build(modifiers: list[Tag], heads: list[Tag], text: str) -> Chunk:
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


def _head_of(heads: list[Tag]) -> Tag | None:
    """The last noun, but a thing that can be drawn wins over an unknown word that follows it."""
    if heads and heads[-1].kind == "name" and any(h.kind == "subject" for h in heads):
        return next(h for h in heads if h.kind == "subject")
    strong = [h for h in heads if h.kind in ("subject", "people", "carried", "wear", "setting", "group", "name")]
    if heads and heads[-1].kind in ("word", "abstract", "film", "part") and strong:
        return strong[-1]
    places = [h for h in heads if h.kind == "setting"]
    if heads and heads[-1].kind == "scenery" and places:
        return places[-1]
    return heads[-1] if heads else None


def _is_plural(head: Tag) -> bool:
    word = head.last
    if head.kind == "people":
        return True
    irregular = ("children", "women", "men", "mice", "geese", "wolves", "elves", "calves", "grandchildren")
    return (
        word in irregular
        or (word.endswith("men") and len(word) > 4)
        or (
            word.endswith("s")
            and not word.endswith("ss")
            and word not in forms_of(word)[1:]
            and len(forms_of(word)) > 1
            and word not in ("paris", "venus", "bus", "mars")
        )
    )


def _attribute(made: Chunk, entry: Tag) -> None:
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
    elif entry.kind == "group" and sense:
        made.count = int(sense.value)
    elif entry.kind == "name":
        made.name = entry.tokens[0].text
    elif entry.kind == "setting" and sense:
        made.setting = sense.value
    elif entry.kind in VERBS and sense:
        made.deeds.append(sense)
    elif entry.kind in ("word", "subject", "carried"):
        made.spare.append(low)
