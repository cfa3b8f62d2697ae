"""Briefs with nothing to film: refused when they mean nothing, given a speaker when they are only ideas."""

from __future__ import annotations

import re

from agent.rulebook.cast import Cast
from agent.rulebook.chunks import Chunk
from agent.rulebook.directives import Directives
from agent.rulebook.foreign import Reading
from agent.rulebook.lexicon import Sense, english, plain
from agent.rulebook.lexicon.forms import forms_of
from agent.rulebook.reading import SentenceReader
from agent.rulebook.sentences import restore, sentences
from agent.rulebook.story import Beat, Deed, Notes
from storyboards.errors import BadBrief

_EXAMPLE = "For example: “A small fox walks through a snowy forest at dusk and meets an owl.”"


def refuse_meaningless(
    whole: str, text: str, beats: list[Beat], reader: SentenceReader, notes: Notes, language: Reading
) -> None:
    """Raises:
    BadBrief: no word of the brief can be seen or heard, or is at least an idea.
    """
    if any(
        beat.cast or beat.setting or beat.time or beat.weather or beat.sounds or beat.hint or beat.lines
        for beat in beats
    ):
        return
    letters = [c for c in whole if c.isalpha()]
    latin = sum(c < "\u0250" for c in letters)
    if latin < len(letters) / 2:
        raise BadBrief("the brief is in a script that the rulebook does not read.",
                       next_step="Write it in English, German, French or Spanish, or configure a language model as "
                           "the planner.")  # fmt: skip
    if _ideas(text) or language.hits >= 2:
        return
    raise BadBrief(
        f"the brief “{whole[:60]}” does not say what the film shows.",
        next_step=f"Say who does what, and where. {_EXAMPLE}",
    )


_ORDERS = re.compile(
    r"[^.!?\n]*\b(?:(?:ignore|disregard|forget|override|bypass)\b[^.!?\n]*\b(?:instructions?|prompts?|rules?|"
    r"guidelines?|directions|told|said)|"
    r"(?:system|developer) prompt|jailbreak|api[- ]key|(?:reveal|print|show|leak|output|repeat|tell "
    r"me)\b[^.!?\n]*\b(?:prompt|key|keys|password|secrets?|token|"
    r"instructions)|rm -rf|drop table|you are (?:now )?(?:an? )?(?:ai|assistant|chatgpt|dan))\b[^.!?\n]*[.!?]*",
    re.IGNORECASE,
)


def lift_orders(text: str, notes: Notes) -> str:
    """Sentences that order a machine about are no part of a film: left out, and said so."""
    for found in _ORDERS.finditer(text):
        notes.add(found.group().strip(), "left out", "an order to a machine is not a picture")
    return _ORDERS.sub(" ", text)


def _ideas(text: str) -> list[str]:
    """Words that name an idea, a mood, an action or something known, orders to a machine not counted."""
    lexicon = english()
    found = []
    for word in re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", text):
        forms = set(forms_of(word))
        if forms & (plain.SYSTEM_TALK | plain.FILM_TALK | plain.PLAIN | plain.FUNCTION):
            continue
        if any(
            s.kind
            in (
                "abstract",
                "mood",
                "verb",
                "carried",
                "subject",
                "sound",
                "season",
                "people",
                "call",
                "name",
                "generic",
            )
            for s in lexicon.senses(word)
        ):
            found.append(word)
    return found


def leading_idea(text: str) -> str:
    """The idea that a brief begins with ("Loneliness in the big city"), or empty."""
    words = [w for w in re.findall(r"[^\W\d_]+", text.lower()) if w not in plain.FUNCTION]
    first = words[0] if words else ""
    kinds = {sense.kind for sense in english().senses(first)}
    return first if "abstract" in kinds and not kinds & {"light", "weather", "season", "time", "verb"} else ""


def abstract_beats(
    beats: list[Beat], directives: Directives, cast: Cast, notes: Notes, quotes: list[str]
) -> list[Beat]:
    """Only ideas: somebody speaks about them to the camera, in a place that suits, and the plan says so."""
    told = sentences(directives.text) or [directives.text]
    speaker = (
        cast.resolve(Chunk("subject", "woman", 0, 0, Sense("subject", "woman")))[0]
        if not cast.members
        else next(iter(cast.members))
    )
    asked = restore(" ".join(directives.text.split()), quotes)[:80]
    notes.add(
        asked,
        "a woman speaks about it"
        if cast.members[speaker].subject == "woman"
        else f"a {cast.members[speaker].subject} shows it",
        "an idea has no picture of its own",
    )
    verbs = ("stand", "walk", "look around", "wave")
    settings = ("room", "meadow", "mountain", "city")
    said = [deed for beat in beats for deed in beat.deeds]
    placed = next((beat.setting or beat.hint for beat in beats if beat.setting or beat.hint), "")
    made = []
    for number, sentence in enumerate(told[:20]):
        beat = Beat(source=restore(sentence, quotes), sentence=number, narration=sentence)
        beat.idea = True
        beat.deeds = [Deed(speaker, verbs[number % len(verbs)])] if not said or number else [said[0]]
        beat.setting = placed or settings[number // 3 % len(settings)]
        beat.moods = [mood for old in beats for mood in old.moods]
        made.append(beat)
    if beats:
        made[0].time, made[0].weather = beats[0].time, beats[0].weather
    return made
