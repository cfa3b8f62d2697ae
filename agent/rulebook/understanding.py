"""A brief read from end to end: directives lifted, sections and sentences read, beats settled."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agent.rulebook.audience import Manner, audience_in, manner_for
from agent.rulebook.cast import Cast
from agent.rulebook.clauses import clauses
from agent.rulebook.directives import Directives, read_directives
from agent.rulebook.foreign import Reading, into_english
from agent.rulebook.lexicon import english
from agent.rulebook.reading import SentenceReader
from agent.rulebook.refusals import abstract_beats, leading_idea, lift_orders, refuse_meaningless
from agent.rulebook.scenes import settle
from agent.rulebook.sentences import Section, lift_quotes, restore, sections, sentences, speeches
from agent.rulebook.story import Beat, Notes
from storyboards.brief import Brief

DENIES = "\x02"
"""Stands for the narration of a sentence that says what is not there: the narrator says what is."""
_NEGATIVE = re.compile(r"\b(?:no|not|without|never|don't|doesn't|isn't|nor)\b", re.IGNORECASE)
_SLUG = re.compile(r"[-–—]\s*(?=[^-–—]*$)")


@dataclass
class Understanding:
    """Everything that was read from a brief."""

    directives: Directives
    beats: list[Beat]
    cast: Cast
    notes: Notes
    language: str
    abstract: bool = False
    timeless: bool = False
    audience: str = ""

    @property
    def manner(self) -> Manner:
        return manner_for(self.audience)


def understand(brief: Brief) -> Understanding:
    """Read a brief.

    Raises:
        BadBrief: there is nothing in it that can be filmed.
    """
    notes = Notes()
    text, quotes = lift_quotes(speeches(brief.text))
    text = lift_orders(text, notes)
    directives = read_directives(text, quotes, notes)
    language = into_english(directives.text, notes)
    cast = Cast(language.english, brief.seed, notes)
    reader = SentenceReader(english(), cast, notes, quotes)
    beats = _read(directives.text, language, reader, quotes)
    beats = _drop_denials(_attach_camera(beats))
    beats = beats if directives.is_ad else _drop_topic(beats)
    abstract = False
    refuse_meaningless(brief.text, directives.text, beats, reader, notes, language)
    if _only_ideas(beats, directives):
        beats = abstract_beats(beats, directives, cast, notes, quotes)
        abstract = True
    for beat in beats:
        renamed: dict[str, str] = getattr(cast, "renamed", {})
        _follow(beat, renamed)
    timeless = not any(beat.time or beat.explicit for beat in beats)
    settle(beats, cast, notes)
    _note_unknown(reader, notes, language)
    audience = brief.audience or audience_in(brief.text)
    return Understanding(directives, beats, cast, notes, language.language, abstract, timeless, audience)


def _only_ideas(beats: list[Beat], directives: Directives) -> bool:
    """Whether nothing is there to see or hear, or an idea only has a place ("loneliness in the city")."""
    if any(beat.cast or beat.sounds or beat.lines or beat.explicit for beat in beats):
        return False
    placed = any(beat.setting or beat.hint or beat.time or beat.weather for beat in beats)
    if placed and (directives.is_explainer or not all(beat.fragment for beat in beats)):
        return False
    return not placed or bool(leading_idea(directives.text))


def _follow(beat: Beat, renamed: dict[str, str]) -> None:
    beat.present = [renamed.get(who, who) for who in beat.present]
    beat.sounds = [(sound, at_s, renamed.get(by, by)) for sound, at_s, by in beat.sounds]
    for deed in beat.deeds:
        deed.who, deed.target = renamed.get(deed.who, deed.who), renamed.get(deed.target, deed.target)
    for line in beat.lines:
        line.speaker = renamed.get(line.speaker, line.speaker)


def _read(text: str, language: Reading, reader: SentenceReader, quotes: list[str]) -> list[Beat]:
    beats: list[Beat] = []
    number = 0
    for section in sections(text):
        fresh: list[Beat] = []
        if section.heading:
            fresh += _heading(section, reader, number)
        for sentence, later in _clauses(section, language):
            number += 1
            told = reader.read(language.translated(sentence), number)
            plain = not (language.language == "en" and _NEGATIVE.search(sentence))
            for beat in told:
                beat.clause = later
                beat.source = restore(sentence, quotes)
                beat.narration = sentence if plain else DENIES
            fresh += told
        if section.explicit:
            fresh = _one(fresh, section)
        beats += fresh
    return beats


def _clauses(section: Section, language: Reading) -> list[tuple[str, bool]]:
    """The clauses of a section, and whether each comes after another of the same sentence."""
    whole = sentences(section.text)
    if section.explicit or language.language != "en":
        return [(sentence, False) for sentence in whole]
    return [(part, i > 0) for sentence in whole for i, part in enumerate(clauses(sentence, english()))]


def _heading(section: Section, reader: SentenceReader, number: int) -> list[Beat]:
    """A screenplay slug line: where and when, no deeds. It gives its place to the first beat of the scene."""
    inside = section.heading.upper().startswith("INT")
    words = section.heading.partition(". ")[2].lower()
    told = reader.read(_SLUG.sub(", at ", words), number)
    setting = next((beat.setting or beat.hint for beat in told if beat.setting or beat.hint), "room" if inside else "")
    time = "day" if re.search(r"\bday\b", words) else next((beat.time for beat in told if beat.time), "")
    weather = next((beat.weather for beat in told if beat.weather), "")
    return [
        Beat(source=section.heading, setting=setting, time=time, weather=weather, jump=True, empty=True, heading=True)
    ]


def _one(beats: list[Beat], section: Section) -> list[Beat]:
    """All beats of a numbered shot as one."""
    if not beats:
        return []
    whole = beats[0]
    for beat in beats[1:]:
        whole.deeds += beat.deeds
        whole.present += [who for who in beat.present if who not in whole.present]
        whole.sounds += beat.sounds
        whole.lines += beat.lines
        whole.moods += beat.moods
        for field in ("setting", "time", "weather", "hint", "framing", "camera", "title"):
            setattr(whole, field, getattr(whole, field) or getattr(beat, field))
    whole.explicit = True
    whole.framing = _leading_framing(section.text) or whole.framing
    whole.source = section.text.strip()
    whole.narration = _FRAMED.sub("", section.text, count=1).strip()
    whole.seconds = _seconds(section)
    return [whole]


_FRAMED = re.compile(
    r"\s*(?:extreme\s+|very\s+)?(wide|long|medium|mid|close)(?:[\s-]*(?:up|shot|angle|view))?\s*[-–—:,.(]", re.I
)


def _leading_framing(text: str) -> str:
    """ "WIDE - desert": the word that a line of a shot list begins with."""
    found = _FRAMED.match(text)
    word = found.group(1).lower() if found else ""
    return {"long": "wide", "mid": "medium"}.get(word, word)


def _seconds(section: Section) -> float:
    length = r"(\d+(?:[.,]\d+)?)\s*(?:s|sec|secs|seconds?)\b"
    found = re.search(length, section.note + " " + section.text[:24], re.I) or re.search(
        rf"[(\[]\s*{length}", section.text, re.I
    )
    found = found or re.search(rf"(?:^|[\s,;.])({length})[\s.,;)]*$", section.text.strip(), re.I)
    return float(found.groups()[-1].replace(",", ".")) if found else 0.0


def _attach_camera(beats: list[Beat]) -> list[Beat]:
    """Sentences that only speak of the camera, the light or a heading belong to the beat beside them."""
    kept: list[Beat] = []
    carried: Beat | None = None
    for beat in beats:
        bare = not (beat.deeds or beat.present or beat.sounds or beat.lines or beat.explicit)
        if bare and beat.empty:
            carried = beat
            continue
        only_camera = bare and not (beat.setting or beat.time or beat.weather or beat.hint or beat.title)
        if only_camera and (beat.camera or beat.framing) and kept and not beat.framing:
            kept[-1].camera = kept[-1].camera or beat.camera
            continue
        if only_camera and not (beat.camera or beat.framing):
            if kept:
                kept[-1].moods += beat.moods
            continue
        if carried is not None:
            beat.setting, beat.time = beat.setting or carried.setting, beat.time or carried.time
            beat.weather, beat.jump, beat.heading = beat.weather or carried.weather, True, carried.heading
            carried = None
        kept.append(beat)
    if carried is not None and carried.setting:
        kept.append(carried)
    return kept


def _drop_denials(beats: list[Beat]) -> list[Beat]:
    """ "There is no rain" is no scene: it clears the sky of the others."""
    bare = [b for b in beats if b.denied and not (b.deeds or b.present or b.sounds or b.lines or b.setting)]
    kept = [b for b in beats if b not in bare]
    if bare and kept:
        for beat in kept:
            beat.weather = beat.weather if not beat.denied else "clear"
        kept[0].weather = kept[0].weather or "clear"
        return kept
    return beats


def _drop_topic(beats: list[Beat]) -> list[Beat]:
    """ "A documentary about penguins." names what the rest then shows; it is no scene when the rest shows it."""
    if len(beats) < 2 or not beats[0].fragment or beats[0].explicit or beats[0].lines or beats[0].framing:
        return beats
    kinds = {who.split("-")[0] for who in beats[0].cast}
    later = {who.split("-")[0] for beat in beats[1:] for who in beat.cast}
    if (
        not kinds
        or not kinds <= later
        or beats[0].deeds
        or beats[0].sentence == beats[1].sentence
        or not beats[1].deeds
    ):
        return beats
    first, rest = beats[0], beats[1:]
    for field in ("setting", "hint", "time", "weather"):
        setattr(rest[0], field, getattr(rest[0], field) or getattr(first, field))
    rest[0].moods = [*first.moods, *rest[0].moods]
    return rest


def _note_unknown(reader: SentenceReader, notes: Notes, language: Reading) -> None:
    words = [w for w in dict.fromkeys(reader.unknown) if not language.is_known(w)]
    for word in words[:40]:
        notes.add(word, "left out", "not a word the rulebook knows")
    if len(words) > 40:
        notes.add(
            f"{len(words) - 40} more words ({', '.join(words[40:52])} …)", "left out", "not words the rulebook knows"
        )
