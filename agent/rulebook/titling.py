"""What a film is called and how its brief is quoted."""

from __future__ import annotations

import re
from collections import Counter

from agent.rulebook.lexicon import english, plain
from agent.rulebook.phrasing import PLACES, plural
from agent.rulebook.understanding import Understanding
from storyboards.shot import Element, Shot
from tools.vocabulary import SUBJECTS


def _called(star: Element, elements: tuple[Element, ...], read: Understanding) -> str:
    """``the wolf`` in the brief's own word, ``three birds`` for several of a kind."""
    alike = [
        e
        for e in elements
        if e.subject == star.subject and read.cast.members[e.id].words == read.cast.members[star.id].words
    ]
    noun = read.cast.members[star.id].words.lower()
    if len(alike) > 1:
        return f"{'two' if len(alike) == 2 else 'three'} {plural(noun)}"
    return f"the {noun}" if read.language == "en" else f"the {star.subject}"


def shortened(text: str, most: int) -> str:
    """``text`` on one line in at most ``most`` characters: whole sentences, else words and an ellipsis."""
    text = " ".join(text.split())
    if len(text) <= most:
        return text
    ends = [m.end() for m in re.finditer(r"[.!?…][\"”’»)]*(?=\s)", text[: most + 1]) if m.end() <= most]
    if ends and ends[-1] >= most // 4:
        return text[: ends[-1]]
    return text[: most - 1].rsplit(" ", 1)[0].rstrip(" ,;:–—-") + "…"


def film_title(read: Understanding, elements: tuple[Element, ...], shots: list[Shot]) -> str:
    """The title asked for, else who it is about ("The fox and the owl", "The fox in the forest"), else its idea."""
    told = read.directives
    given = told.title or told.brand or (told.end_title if told.is_ad else "")
    if given:
        return shortened(given, 120)
    if read.abstract:
        return _idea(told.text) or "An idea"
    weight = Counter(deed.who for beat in read.beats for deed in beat.deeds)
    weight.update(who for beat in read.beats for who in beat.cast)
    order = {element.id: place for place, element in enumerate(elements)}
    living = [e for e in elements if SUBJECTS[e.subject].group != "thing" or e.subject == "robot"]
    stars = sorted(living or elements, key=lambda e: (-weight[e.id], order[e.id]))[:3]
    if len(living) != 3 or weight[stars[-1].id] * 2 < weight[stars[0].id]:
        stars = stars[:2]
    names = list(
        dict.fromkeys(star.name or _called(star, elements, read) for star in sorted(stars, key=lambda e: order[e.id]))
    )
    if not names:
        text = (
            f"The {shots[0].setting}" if shots[0].setting not in ("underwater", "space") else PLACES[shots[0].setting]
        )
    elif len(names) == 1 and len({shot.setting for shot in shots}) == 1:
        text = f"{names[0]} {PLACES[shots[0].setting]}"
    else:
        text = " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)
    return text[:1].upper() + text[1:]


def _idea(text: str) -> str:
    """The first words of an abstract brief, without words about film."""
    sentence = re.split(r"[.!?\n,;:]", text.strip())[0]
    words = list(re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", sentence))
    while words and (words[0].lower() in plain.FILM_TALK or words[0].lower() in plain.FUNCTION) and len(words) > 1:
        words.pop(0)
    if len(words) > 6:
        named = [w for w in words if any(s.kind == "abstract" for s in english().senses(w))]
        words = named[:1] or words[:6]
    title = " ".join(words)
    return title[:1].upper() + title[1:]
