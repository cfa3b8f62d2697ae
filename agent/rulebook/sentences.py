"""Text cut into sections, sentences and quotations."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SHOT_LINE = re.compile(
    r"^\s*(?:[-*•#>]+\s*)?(?:\*\*)?(?:(?:shot|scene|plan|einstellung|szene|plano|toma|escena|scène|panel|"
    r"clip)\s*(?:#|no\.?\s*)?"
    r"(\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten)\b\s*(?:\(([^)]{0,30})\))?\s*[:.\-–—)]*|"
    r"(\d{1,2})\s*[.):]\s+)(?:\*\*)?\s*",
    re.IGNORECASE,
)
_INLINE_SHOT = re.compile(
    r"(?<!^)(?<!\n)\s+(?=(?:[Ss]hot|[Ss]cene|SHOT|SCENE|[Ee]instellung|[Ss]zene|[Pp]lano|[Ee]scena|[Tt]oma|"
    r"[Ss]cène)\s+\d{1,2}\s*(?:\([^)]{0,30}\)\s*)?[:.\-–—])"
)
_HEADING = re.compile(r"^\s*(?:\d+\.?\s+)?(INT|EXT|INT\s*/\s*EXT|I/E|EST)[.\s/]+\s*(.+?)\s*$")
_BULLET = re.compile(r"^\s*[-*•]\s+")
_ABBREVIATION = re.compile(r"\b(?:mr|mrs|ms|dr|st|e\.g|i\.e|etc|vs|approx|no|ext|int|sec|min)\.$", re.IGNORECASE)
_END = re.compile(r"(?<=[.!?…])[\"”’»)\]]*\s+|\n{1,}|(?<=[;])\s+|(?<=[。！？])")
_QUOTE = re.compile(r"[\"“„«]\s*([^\"“”„«»\n]{1,400}?)\s*[\"”“»]|(?<![\w])['‘]([^'’\n]{2,200}?)['’](?![\w])")
MARK = "\x01{}\x01"


@dataclass(frozen=True)
class Section:
    """A stretch of the brief. ``explicit`` says that it is a shot of its own; ``heading`` is a screenplay slug line."""

    text: str
    explicit: bool = False
    heading: str = ""
    note: str = ""


def sections(text: str) -> list[Section]:
    """Shot lists and screenplays cut into their shots; other text comes back whole, line by line joined."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(_INLINE_SHOT.findall("\n" + text)) >= 1:
        text = _INLINE_SHOT.sub("\n", text)
    text = _numbered_inline(text)
    lines = text.split("\n")
    numbered = [line for line in lines if _SHOT_LINE.match(line)]
    headed = [line for line in lines if _HEADING.match(line)]
    if len(numbered) < 2 and not headed:
        return [Section("\n".join(_BULLET.sub("", line) for line in lines))]
    return _cut(lines, numbered=len(numbered) >= 2)


def _numbered_inline(text: str) -> str:
    """ "1. A fox. 2. An owl." on one line becomes two lines when the numbers count up from one."""
    found = [int(n) for n in re.findall(r"(?:^|\s)(\d{1,2})[.)]\s+(?=\S)", text)]
    if len(found) >= 2 and found == list(range(1, len(found) + 1)) and "\n" not in text.strip():
        return re.sub(r"\s+(?=\d{1,2}[.)]\s+\S)", "\n", text)
    return text


def _cut(lines: list[str], numbered: bool) -> list[Section]:
    made: list[Section] = []
    body: list[str] = []
    explicit, heading, note = False, "", ""

    def close() -> None:
        if "".join(body).strip() or heading:
            made.append(Section("\n".join(body).strip(), explicit, heading, note))

    for line in lines:
        head, shot = _HEADING.match(line), _SHOT_LINE.match(line) if numbered else None
        if head:
            close()
            body, explicit, heading, note = [], False, head.group(1) + ". " + head.group(2), ""
        elif shot:
            close()
            body, explicit, heading, note = [line[shot.end() :]], True, "", shot.group(2) or ""
        elif explicit and not line.strip():
            close()
            body, explicit, heading, note = [], False, "", ""
        else:
            body.append(line)
    close()
    return made


def lift_quotes(text: str) -> tuple[str, list[str]]:
    """Quotations replaced by numbered marks, and the quotations. Apostrophes are left alone."""
    quotes: list[str] = []

    def lift(found: re.Match[str]) -> str:
        inside = (found.group(1) or found.group(2) or "").strip()
        quotes.append(inside)
        stop = ". " if inside[-1:] in ".!?" and text[found.end() :].lstrip()[:1].isupper() else ""
        return " " + MARK.format(len(quotes) - 1) + stop + " "

    return _QUOTE.sub(lift, text), quotes


def sentences(text: str) -> list[str]:
    """Sentences of a text; line breaks end one too. Abbreviations do not."""
    found: list[str] = []
    for piece in _END.split(text):
        piece = (piece or "").strip()
        if not piece:
            continue
        if found and _ABBREVIATION.search(found[-1]):
            found[-1] += " " + piece
        else:
            found.append(piece)
    return found


_CUE = re.compile(r"^[ \t]*([A-ZÄÖÜ][A-ZÄÖÜ .'-]{1,28}?)(?:[ \t]*\(([^)\n]{0,40})\))?[ \t]*(?::[ \t]*|"
    r"\n[ \t]*(?:\([^)\n]{0,60}\)[ \t]*\n[ \t]*)?)(?=\S)([^\n]+)$",
                  re.MULTILINE)  # fmt: skip


_NAME_CUE = re.compile(
    r"^[ \t]*(?!(?:Shot|Scene|Title|Music|Sound|Step|Style|Voice|Narrator|Camera|Setting|Note|Act|Part|Day|Time)\b)"
    r"([A-Z][a-zà-ÿ'-]{1,20})[ \t]*:[ \t]+(?=\S)([^\n]+)$",
    re.MULTILINE,
)


def speeches(text: str) -> str:
    """A screenplay's dialogue, the name in capitals above or before the words, becomes a sentence with a quotation."""

    def say(found: re.Match[str]) -> str:
        name, words = found.group(1).strip(), found.group(3).strip()
        if re.match(r"(?:INT|EXT|EST|FADE|CUT|SCENE|SHOT|TITLE|THE END)\b", name) or (
            words.isupper() and len(words) > 3
        ):
            return found.group()
        who = name.title() if _is_voice(name) else name.capitalize()
        article = "" if _is_voice(name) else "the "
        return f"{article}{who.lower() if article else who} says “{words.strip(chr(34) + '“”')}”"

    def by_name(found: re.Match[str]) -> str:
        words = found.group(2).strip().strip('"“”')
        return f"{found.group(1)} says “{words}”"

    named = [m.group(1) for m in _NAME_CUE.finditer(text)]
    if len(named) >= 2:
        text = _NAME_CUE.sub(by_name, text)
    return _CUE.sub(say, text)


def _is_voice(name: str) -> bool:
    from agent.rulebook.lexicon import english

    return not any(sense.kind in ("subject", "people") for sense in english().senses(name.lower()))


def restore(text: str, quotes: list[str]) -> str:
    """Marks turned back into quotations."""
    return re.sub(r"\x01(\d+)\x01", lambda m: f"“{quotes[int(m.group(1))]}”", text)


def without_label(text: str) -> str:
    """The text without a beginning that only says what kind of film it is: "Reel, vertical: a turtle …"."""
    label, colon, rest = text.partition(":")
    from agent.rulebook.lexicon import plain

    words = re.findall(r"[^\W_]+", label.lower())
    if not colon or len(words) > 8 or not rest.strip() or re.search(r"[.!?\n\x01]", label.strip()):
        return text
    return rest if words and all(word in plain.FILM_TALK | plain.FUNCTION for word in words) else text
