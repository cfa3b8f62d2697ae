"""Spoken lines: dialogue as quoted, and narration made of the brief's own sentences where they fit their shot."""

from __future__ import annotations

import re

from agent.rulebook.chunks import VERBS, chunk
from agent.rulebook.coverage import Slot
from agent.rulebook.foreign import says_what_happens
from agent.rulebook.lexicon import english
from storyboards.shot import Line

WORDS_A_SECOND = 2.6
LEAD_S, TAIL_S = 0.25, 0.2
MOST_NARRATED = 0.7
_CUTS = re.compile(
    r"(?:[,;:–—]\s+|\s+(?=(?:and|but|while|as|when|because|so|then|before|after|until|with|und|aber|während|et|mais|"
    r"y|pero|mientras)\b)"
    r"|\s+(?=(?:in|at|on|under|through|across|over|near|by|beside|into|from|towards?|between|for|along|around|"
    r"behind|durch|über|unter|auf|im|zum|zur|mit|neben|dans|sur|sous|vers|à|au|por|sobre|bajo|hacia|en|nel|nella|"
    r"con|no|na|pelo|pela)\b))",
    re.IGNORECASE,
)
_REQUEST = re.compile(
    r"^\s*(?:please\s+)?(?:i\s+(?:want|would like|need)\s+|can you\s+|could you\s+)?(?:(?:to\s+)?(?:make|create|"
    r"show|film|generate|produce|depict|shoot|"
    r"start with|end with|begin with|open on|open with|cut to|then show|we see|there should be|zeige?|muestra|"
    r"montre)\b)(?:\s+me|\s+us)?\s*:?\s*(?:a (?:film|video|movie|clip|story) (?:about|of)\s+)?",
    re.IGNORECASE,
)
_CAMERA_CLAUSE = re.compile(r"[,;]?\s*\b(?:while|as|and)\s+the\s+(?:camera|drone)\b[^,.;]*", re.IGNORECASE)
_CAMERA_TALK = re.compile(
    r"\b(?:camera|drone|close[- ]?up|(?:wide|long|medium|aerial|establishing|tracking|detail|opening|closing|full|"
    r"master)[- ](?:shot|angle|view)|shot of|"
    r"pan(?:s|ning)? (?:left|right)|zoom(?:s|ing)?|fade (?:in|out|to)|cut to|b-?roll|pov|montage)\b",
    re.IGNORECASE,
)
_STAGE_NOTES = re.compile(r"\([^)]*\)|\[[^\]]*\]|#\w+|https?://\S+|\*+|_{2,}")
_AT_SECONDS = re.compile(r"\s*\b(?:at|after)\s+\d+(?:[.,]\d+)?\s*(?:s|secs?|seconds?)\b", re.IGNORECASE)
_SPARE = frozenset({"colour", "size", "plain", "mood"})


def word_room(frames: int, rate: float) -> int:
    """How many words can be spoken in a shot without haste."""
    return max(0, int((frames / rate - LEAD_S - TAIL_S) * WORDS_A_SECOND))


def clean(sentence: str) -> str:
    """A sentence of the brief as a narrator would say it: no requests, camera talk, brackets or time marks."""
    text = _CAMERA_CLAUSE.sub(" ", _AT_SECONDS.sub("", _STAGE_NOTES.sub(" ", sentence)))
    text = re.sub(r"\x01\d+\x01|[:;]-?[()DP](?!\w)", " ", _REQUEST.sub("", text))
    text = re.sub(
        r"\b[A-ZÄÖÜ]{2,}\b", lambda m: m.group().lower() if english().senses(m.group().lower()) else m.group(), text
    )
    text = re.sub(r"\s+([,.;:!?])", r"\1", re.sub(r"\s+", " ", text)).strip(" ,;:-–—")
    text = re.sub(r"[,;:]+([.!?])", r"\1", text).lstrip(".!?, ")
    if not re.search(r"[^\W\d_]{2}", text):
        return ""
    text = text[:1].upper() + text[1:]
    return text if text[-1] in ".!?…" else text + "."


def tells(text: str) -> bool:
    """Whether an English sentence says what happens: it has a verb in the present or the past."""
    pieces = chunk(text, english())
    return any(piece.kind in VERBS and piece.form in ("s", "past", "base") for piece in pieces)


def leaner(text: str) -> str:
    """An English sentence without what is worn and without adjectives: the deed stays."""
    kept, clip = [], 0
    pieces = chunk(text, english())
    for before, piece in zip([None, *pieces], pieces, strict=False):
        if piece.kind == "wear" and before is not None and before.text.lower() in ("with", "in"):
            kept.append(text[clip : before.start])
            clip = piece.end
    text = "".join(kept) + text[clip:]
    words: list[str] = []
    for word in text.split(" "):
        bare = word.strip(".,;:!?")
        senses = {sense.kind for sense in english().senses(bare)}
        if bare == word and senses and senses <= _SPARE and words:
            continue
        words.append(word)
    lean = re.sub(r"\s+", " ", " ".join(words)).replace(" ,", ",")
    return re.sub(
        r"\b([Aa])n?\s+(?=([A-Za-z]))", lambda m: m.group(1) + ("n " if m.group(2).lower() in "aeio" else " "), lean
    )


def fitted(sentence: str, room: int, language: str = "en") -> str:
    """The sentence, or the longest part that fits in ``room`` words and still says something; empty if none does."""
    if language == "en" and _CAMERA_TALK.search(_CAMERA_CLAUSE.sub(" ", sentence)):
        return ""
    text = clean(sentence)
    if not text or (language == "en" and not tells(text)):
        return ""
    if len(text.split()) <= room:
        return text
    best = ""
    lean = leaner(text) if language == "en" else text
    if re.search(r"\b(\w+) and an? \1\b", lean):
        lean = text
    for version in [text, lean] if language == "en" else [text]:
        whole = version if len(version.split()) <= room else ""
        for candidate in (whole, _head(version, room, language)):
            if len(candidate.split()) > len(best.split()) and (
                language == "en" or says_what_happens(candidate, language)
            ):
                best = candidate
    return best


def _head(text: str, room: int, language: str) -> str:
    best = ""
    for cut in _CUTS.finditer(text):
        head = text[: cut.start()].rstrip(" ,;:–—")
        if 3 <= len(head.split()) <= room and not _dangles(head):
            stands = tells(head + ".") if language == "en" else says_what_happens(head, language)
            best = head if stands else best
    return best + "." if best else ""


def _dangles(head: str) -> bool:
    last = head.split()[-1].lower()
    return last in {
        "a",
        "an",
        "the",
        "and",
        "or",
        "of",
        "with",
        "to",
        "in",
        "at",
        "on",
        "by",
        "her",
        "his",
        "its",
        "their",
        "is",
        "are",
        "then",
        "who",
        "that",
        "und",
        "der",
        "die",
        "das",
        "el",
        "la",
        "un",
        "una",
        "le",
        "les",
        "de",
        "it",
        "she",
        "he",
        "they",
    }


def dialogue(slot: Slot, cast: set[str], rate: float) -> tuple[Line, ...]:
    """Quoted words, one after the other, at the pace of speech."""
    lines, at_s = [], LEAD_S
    seconds = slot.frames / rate
    for beat in slot.beats:
        for speech in beat.lines:
            if at_s >= seconds:
                break
            speaker = speech.speaker if speech.speaker in cast else "narrator"
            lines.append(Line(text=speech.text, speaker=speaker, emotion=speech.emotion, at_s=round(at_s, 2)))
            at_s += len(speech.text.split()) / WORDS_A_SECOND + 0.4
    return tuple(lines)


def narrate(slots: list[Slot], rate: float, talking: set[int], fallback: list[str], language: str) -> dict[int, Line]:
    """Narration by position of the slot: each sentence once, over the first shot that tells it.

    ``talking`` are positions with dialogue, which stay free. ``fallback`` has a short sentence for each position, used
    when the brief's own does not fit. At most 70 % of the shots speak.
    """
    most = max(1, int(len(slots) * MOST_NARRATED)) if len(slots) > 1 else 1
    said: set[int] = set()
    lines: dict[int, Line] = {}
    for position, slot in enumerate(slots):
        if position in talking or slot.purpose != "main":
            continue
        text = _telling(slot, said, word_room(slot.frames, rate), fallback[position], language)
        if text:
            lines[position] = Line(text=text, at_s=LEAD_S)
    if len(lines) + len(talking) > most:
        keep = most - len(talking)
        order = sorted(lines, key=lambda p: (-_worth(p, len(slots), lines[p]), p))
        lines = {p: lines[p] for p in sorted(order[: max(0, keep)])}
    return lines


def _telling(slot: Slot, said: set[int], room: int, fallback: str, language: str) -> str:
    """The sentences told in this slot that nobody has said yet, as many as fit."""
    parts: list[str] = []
    tried = 0
    for beat in slot.beats:
        if beat.sentence in said or not beat.narration:
            continue
        left = room - sum(len(p.split()) for p in parts)
        tried += 1
        if left < 3 or tried > 8:
            break
        text = fitted(beat.narration, left, language)
        if not text and not parts and fallback and len(fallback.split()) <= left:
            text = fallback
        if text:
            parts.append(text)
            said.add(beat.sentence)
    return " ".join(parts)


def _worth(position: int, count: int, line: Line) -> float:
    """First and last lines carry a story; longer ones say more."""
    return (2.0 if position in (0, 1, count - 1) else 0.0) + min(len(line.text.split()), 12) / 12
