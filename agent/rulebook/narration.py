"""Spoken lines: dialogue as quoted, and narration made of the brief's own sentences where they fit their shot."""

from __future__ import annotations

import re

from agent.rulebook.chunks import VERBS, chunk
from agent.rulebook.coverage import Slot
from agent.rulebook.foreign import says_what_happens
from agent.rulebook.lexicon import english
from agent.rulebook.tagging import NOUNS
from storyboards.shot import Line

WORDS_A_SECOND = 2.2
LEAD_S, TAIL_S = 0.25, 0.2
MOST_NARRATED = 0.75
_CUTS = re.compile(
    r"(?:[,;:–—]\s+|\s+(?=(?:and|but|while|as|when|because|so|then|before|after|until|with|und|aber|während|et|mais|"
    r"y|pero|mientras)\b)"
    r"|\s+(?=(?:in|at|on|under|through|across|over|near|by|beside|into|from|towards?|between|for|along|around|"
    r"behind|durch|über|unter|auf|im|zum|zur|mit|neben|dans|sur|sous|vers|à|au|por|sobre|bajo|hacia|en|nel|nella|"
    r"con|no|na|pelo|pela)\b))",
    re.IGNORECASE,
)
_PAUSES = re.compile(
    r"[,;:–—]\s+|\s+(?=(?:and|but|while|as|when|because|so|then|before|after|until|und|aber|während|et|mais|y|pero|"
    r"mientras|mentre|enquanto)\b)",
    re.IGNORECASE,
)
_PARTICLE = re.compile(r"[\s,;:]*\w+(?:\s+(?:and|but|to|into|from)\b|[,.;])", re.IGNORECASE)
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
    return max(0, round((frames / rate - LEAD_S - TAIL_S) * WORDS_A_SECOND))


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
    lean_words = text.split(" ")
    for place, word in enumerate(lean_words):
        bare = word.strip(".,;:!?")
        senses = {sense.kind for sense in english().senses(bare)}
        following = lean_words[place + 1].strip(".,;:!?") if place + 1 < len(lean_words) else ""
        describes = {sense.kind for sense in english().senses(following)} & (NOUNS | _SPARE)
        if bare == word and senses and senses <= _SPARE and words and describes:
            continue
        words.append(word)
    lean = re.sub(r"\s+", " ", " ".join(words)).replace(" ,", ",")
    return re.sub(
        r"\b([Aa])n?\s+(?=((?:(?!uni|use|usu|eu|one|ufo)[A-Za-z])|.))",
        lambda m: m.group(1) + ("n " if m.group(2).lower() in "aeiou" else " "),
        lean,
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


def narrate(
    slots: list[Slot], rate: float, talking: set[int], fallback: list[str], language: str,
    share: float = MOST_NARRATED, words: float = 1.0,
) -> dict[int, Line]:  # fmt: skip
    """Narration by position of the slot: each sentence once, over the first shot that tells it.

    A sentence too long for its shot goes on over the shots that follow and tell nothing new. ``talking`` are positions
    with dialogue, which stay free. ``fallback`` has a short sentence for each position, used when the brief's own does
    not fit. At most ``share`` of the shots speak, ``words`` times as much as there is room for.
    """
    most = max(1, int(len(slots) * share)) if len(slots) > 1 else 1
    room = [round(words * word_room(slot.frames, rate)) for slot in slots]
    said: set[int] = set()
    spoken: list[dict[int, str]] = []
    for position, slot in enumerate(slots):
        if position in talking or slot.purpose != "main" or any(position in row for row in spoken):
            continue
        silent = _silent_around(position, slots, said, talking | {p for row in spoken for p in row})
        text = _whole(slot, said, language)
        row = {position: text} if text and len(text.split()) <= room[position] else {}
        row = row or (_spread(text, silent, room, position, language) if text else {})
        if row:
            said |= {beat.sentence for beat in slot.beats}
        else:
            short = _telling(slot, said, room[position], fallback[position], language)
            row = {position: short} if short else {}
        if row and not any(row == other or set(row.values()) & set(other.values()) for other in spoken):
            spoken.append(row)
    return _kept(spoken, most - len(talking), len(slots), room, language)


def _silent_around(position: int, slots: list[Slot], said: set[int], taken: set[int]) -> list[int]:
    """Positions over which the sentence of a slot may be spoken: the slot, silent ones after it, an opening before."""
    now = said | {beat.sentence for beat in slots[position].beats}
    found = [position]
    for place in range(position + 1, len(slots)):
        new = slots[place].purpose == "main" and any(beat.sentence not in now for beat in slots[place].beats)
        if new or place in taken:
            break
        found.append(place)
    if position and slots[position - 1].purpose == "establish" and position - 1 not in taken:
        found.insert(0, position - 1)
    return found


def _whole(slot: Slot, said: set[int], language: str) -> str:
    """Everything the slot's sentences say that was not said yet; empty if one of them cannot be spoken as it is."""
    parts = []
    for sentence, beat in {beat.sentence: beat for beat in slot.beats if beat.narration}.items():
        if sentence in said:
            continue
        if language == "en" and _CAMERA_TALK.search(_CAMERA_CLAUSE.sub(" ", beat.narration)):
            return ""
        text = clean(beat.narration)
        if not text or (language == "en" and not beat.idea and not tells(text)):
            return ""
        parts.append(text)
    return " ".join(parts)


def _spread(text: str, silent: list[int], room: list[int], position: int, language: str) -> dict[int, str]:
    """A long text over consecutive shots, cut where one breathes; empty if it does not fit."""
    starts = [silent[silent.index(position) :], silent] if silent[0] != position else [silent]
    stands = language == "en" and tells(text)
    for cuts in ((_PAUSES,), (_PAUSES, _CUTS), (_CUTS,)):
        for places in starts:
            row: dict[int, str] = {}
            rest = text
            for place in places:
                if len(rest.split()) <= room[place]:
                    return {**row, place: rest}
                must = language if not row and (stands or language != "en") else ""
                head = next(filter(None, (_breath(rest, room[place], cut, must) for cut in cuts)), "")
                if not head:
                    if row:
                        continue
                    break
                row[place] = head
                rest = rest[len(head) :].lstrip(" ,;:–—")
    return {}


def _breath(text: str, room: int, cuts: re.Pattern[str], language: str) -> str:
    """The longest beginning of ``text`` of at most ``room`` words after which a speaker may pause.

    With a ``language`` it must say what happens, as the beginning of a sentence should.
    """
    best = ""
    ends = sorted({m.start() for m in cuts.finditer(text)} | {m.end() for m in re.finditer(r"[.!?…](?=\s)", text)})
    for end in ends:
        head, rest = text[:end].rstrip(), text[end:].split()
        if not 3 <= len(head.split()) <= room or len(rest) < 2 or _dangles(head.rstrip(",;:–—.!?")):
            continue
        if _PARTICLE.match(text[end:]):
            continue
        if language and not (tells(head + ".") if language == "en" else says_what_happens(head, language)):
            continue
        best = head + ("," if text[end] in ",;" else "")
    return best


def _kept(spoken: list[dict[int, str]], most: int, count: int, room: list[int], language: str) -> dict[int, Line]:
    """As many lines as may speak: continuations give way first, by shortening their sentence, then lesser lines."""
    rows = [dict(row) for row in spoken]
    for row in reversed(rows):
        if len(row) > 1 and sum(map(len, rows)) > most:
            first = min(row)
            short = fitted(" ".join(row[place] for place in sorted(row)), room[first], language)
            row.clear()
            row.update({first: short} if short else {})
    rows = [row for row in rows if row]
    lines = [{place: Line(text=text, at_s=LEAD_S) for place, text in row.items()} for row in rows]
    lines.sort(key=lambda row: (-_worth(min(row), count, row[min(row)]), min(row)))
    kept: dict[int, Line] = {}
    for lined in lines:
        if len(kept) + len(lined) <= max(0, most):
            kept |= lined
    return dict(sorted(kept.items()))


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
