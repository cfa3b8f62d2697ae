"""The lexicon: every word that the rulebook knows, as senses found by longest match over lemmas."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

from agent.rulebook.lexicon import film, places, plain, subjects, verbs
from agent.rulebook.lexicon.forms import forms_of, split_words

Extra = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Sense:
    """One meaning: ``kind`` says which table, ``value`` the word of the world, ``near`` that it only stands in."""

    kind: str
    value: str
    near: bool = False
    extra: Extra = ()

    def says(self, key: str) -> str:
        return next((value for name, value in self.extra if name == key), "")


@dataclass
class _Node:
    after: dict[str, _Node] = field(default_factory=dict)
    senses: list[Sense] = field(default_factory=list)


class Lexicon:
    """A trie of phrases. ``match`` walks every form a word can have, so that "hot air balloons" finds its entry."""

    def __init__(self) -> None:
        self._root = _Node()
        self._phrases: dict[str, tuple[Sense, ...]] = {}

    def add(self, phrases: str, sense: Sense) -> None:
        for phrase in phrases.split(","):
            words = split_words(phrase.strip())
            node = self._root
            for word in words:
                node = node.after.setdefault(word, _Node())
            if words and sense not in node.senses:
                node.senses.append(sense)

    def match(self, words: list[tuple[str, ...]], start: int) -> tuple[int, tuple[Sense, ...]]:
        """Length in words and senses of the longest phrase at ``start``, else (0, ()). ``words`` are form tuples."""
        nodes, best, found = [self._root], 0, ()  # type: tuple[list[_Node], int, tuple[Sense, ...]]
        for length, forms in enumerate(words[start : start + 6], start=1):
            nodes = [node.after[form] for node in nodes for form in forms if form in node.after]
            if not nodes:
                break
            senses = tuple(dict.fromkeys(sense for node in nodes for sense in node.senses))
            if senses:
                best, found = length, senses
        return best, found

    def senses(self, phrase: str) -> tuple[Sense, ...]:
        """Senses of exactly this phrase, in any inflection."""
        if phrase not in self._phrases:
            words = [forms_of(word) for word in split_words(phrase)]
            length, found = self.match(words, 0)
            if len(self._phrases) > 50_000:
                self._phrases.clear()
            self._phrases[phrase] = found if length == len(words) else ()
        return self._phrases[phrase]

    def knows(self, word: str) -> bool:
        return bool(self.senses(word)) or any(form in plain.FUNCTION for form in forms_of(word))


def _key(entry: str) -> tuple[str, Extra]:
    words = entry.split(" ")
    value = " ".join(word for word in words if "=" not in word)
    return value, tuple((word.partition("=")[0], word.partition("=")[2]) for word in words if "=" in word)


def _add_table(lexicon: Lexicon, kind: str, table: dict[str, str], near: bool = False) -> None:
    for entry, phrases in table.items():
        value, extra = _key(entry)
        lexicon.add(phrases, Sense(kind, value, near, extra))


@cache
def english() -> Lexicon:
    """The English lexicon, built once."""
    lexicon = Lexicon()
    _add_table(lexicon, "subject", subjects.SAME)
    _add_table(lexicon, "subject", subjects.NEAR, near=True)
    for word, count in subjects.GROUPS.items():
        lexicon.add(word, Sense("group", str(count)))
    for word, who in subjects.PEOPLE.items():
        lexicon.add(word, Sense("people", who))
    _add_table(lexicon, "setting", places.SETTINGS)
    _add_table(lexicon, "setting", places.NEAR_SETTINGS, near=True)
    _add_table(lexicon, "scenery", places.SCENERY)
    _add_table(lexicon, "time", places.TIMES)
    _add_table(lexicon, "light", places.LIGHTS)
    for word, (setting, weather) in places.SEASONS.items():
        lexicon.add(word, Sense("season", setting, extra=(("weather", weather),)))
    _add_table(lexicon, "weather", places.WEATHERS)
    _add_verbs(lexicon)
    _add_film(lexicon)
    for pronoun, kind in plain.PRONOUNS.items():
        lexicon.add(pronoun, Sense("pronoun", kind))
    for word, kind in plain.GENERIC.items():
        lexicon.add(word, Sense("generic", kind))
    for word, kind in plain.ORDER.items():
        lexicon.add(word, Sense("order", kind))
    for kind, words in (("plain", plain.PLAIN), ("film", plain.FILM_TALK), ("abstract", plain.ABSTRACT),
                        ("part", plain.PARTS)):  # fmt: skip
        for word in words:
            lexicon.add(word, Sense(kind, word))
    lexicon.add(plain.FIXED, Sense("stop", ""))
    return lexicon


def _add_verbs(lexicon: Lexicon) -> None:
    _add_table(lexicon, "verb", verbs.SAME)
    _add_table(lexicon, "verb", verbs.NEAR, near=True)
    for word, (sound, act) in verbs.SOUNDS.items():
        lexicon.add(word, Sense("call", sound, extra=(("act", act),)))
    for phrases, (sound, act, shown) in verbs.NEAR_SOUNDS.items():
        lexicon.add(phrases, Sense("call", sound, True, (("act", act), ("shown", shown))))
    _add_table(lexicon, "sound", verbs.SOUND_NOUNS)
    lexicon.add(verbs.SPEECH, Sense("speech", "say"))
    lexicon.add(verbs.STILL, Sense("still", "be"))
    lexicon.add("wear, be dressed in, dressed in, clad in, put on", Sense("wearing", "wear"))
    lexicon.add("ride, ride on, drive, fly in, sail in, sit in, travel in, travel on, ride in, steer, sit on, climb "
        "into, get into, "
                "climb aboard, board, hop on, pilot, row, cross in, get on", Sense("ride", "ride"))  # fmt: skip


def _add_film(lexicon: Lexicon) -> None:
    _add_table(lexicon, "colour", film.COLOURS)
    _add_table(lexicon, "colour", film.NEAR_COLOURS, near=True)
    _add_table(lexicon, "size", film.SIZES)
    _add_table(lexicon, "wear", film.ACCESSORIES)
    _add_table(lexicon, "carried", film.CARRIED)
    _add_table(lexicon, "carried", film.NEAR_CARRIED, near=True)
    _add_table(lexicon, "camera", film.CAMERA)
    for move, phrases in film.CAMERA.items():
        for phrase in phrases.split(","):
            if "camera" not in phrase and "drone" not in phrase and "shot" not in phrase:
                lexicon.add(f"camera {phrase},drone {phrase}", Sense("camera", move))
    _add_table(lexicon, "framing", film.FRAMINGS)
    _add_table(lexicon, "style", film.STYLES)
    _add_table(lexicon, "style", film.NEAR_STYLES, near=True)
    _add_table(lexicon, "mood", film.MOODS)
    _add_table(lexicon, "direction", film.DIRECTIONS)
    for word, number in film.NUMBERS.items():
        lexicon.add(word, Sense("number", str(number)))
    for names, who in ((subjects.HERS, "woman"), (subjects.HIS, "man")):
        for name in names.split():
            lexicon.add(name, Sense("name", who))
    for pair in subjects.PETS.split():
        name, _, who = pair.partition(":")
        lexicon.add(name, Sense("name", who))
