"""Words and their dictionary forms. Rules with a table of exceptions; every plausible form is kept, context chooses."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from agent.rulebook.lexicon import verbs

_NOUNS = {
    "children": "child",
    "women": "woman",
    "men": "man",
    "people": "people",
    "mice": "mouse",
    "geese": "goose",
    "wolves": "wolf",
    "leaves": "leaf",
    "feet": "foot",
    "teeth": "tooth",
    "oxen": "ox",
    "calves": "calf",
    "foxes": "fox",
    "knives": "knife",
    "lives": "life",
    "shelves": "shelf",
    "elves": "elf",
    "dwarves": "dwarf",
    "thieves": "thief",
    "loaves": "loaf",
    "scarves": "scarf",
    "fishes": "fish",
    "fishermen": "fisherman",
    "firemen": "fireman",
    "policemen": "policeman",
    "snowmen": "snowman",
    "grandchildren": "child",
    "cacti": "cactus",
    "octopuses": "octopus",
    "halves": "half",
    "wives": "wife",
    "hooves": "hoof",
    "horses": "horse",
    "houses": "house",
    "cowboys": "cowboy",
}
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


def split_words(text: str) -> list[str]:
    """Lower-case words; hyphens separate, apostrophes do not."""
    return [word.lower().replace("’", "'") for word in _WORD.findall(text)]


@cache
def _irregular() -> dict[str, str]:
    table = {}
    for entry in verbs.IRREGULAR.split():
        lemma, _, rest = entry.partition(":")
        table.update(dict.fromkeys(rest.split(","), lemma))
    return table


@lru_cache(maxsize=50_000)
def forms_of(word: str) -> tuple[str, ...]:
    """The word itself and every lemma it may be a form of. ``flies`` → flies, fly; ``baking`` → baking, bak, bake."""
    word = word.lower()
    forms = [word]
    if word in _NOUNS:
        forms.append(_NOUNS[word])
    if word in _irregular():
        forms.append(_irregular()[word])
    forms += _stripped(word)
    return tuple(dict.fromkeys(forms))


def _stripped(word: str) -> list[str]:
    if len(word) < 4:
        return (
            [word[:-1]]
            if len(word) == 3 and word.endswith("s") and word not in ("gas", "bus", "was", "his", "its")
            else []
        )
    found = []
    if word.endswith("ies"):
        found.append(word[:-3] + "y")
    if word.endswith("es"):
        found += [word[:-2], word[:-1]]
    elif word.endswith("s") and not word.endswith("ss"):
        found.append(word[:-1])
    if word.endswith("ied"):
        found.append(word[:-3] + "y")
    for ending in ("ed", "ing"):
        if word.endswith(ending) and len(word) - len(ending) >= 2:
            stem = word[: -len(ending)]
            found += [stem, stem + "e"]
            if len(stem) > 2 and stem[-1] == stem[-2]:
                found.append(stem[:-1])
    return found


def is_ing(word: str) -> bool:
    return (
        word.endswith("ing")
        and len(word) > 4
        and word not in ("spring", "evening", "morning", "something", "nothing", "king", "everything")
    )


def is_past(word: str) -> bool:
    return word.endswith("ed") or word in _irregular()
