"""What a brief says about the film itself: length, shape, number of shots, style, music, voice, titles.

Directives are lifted out of the text before the story is read, so that "a 20 second vertical ad" casts nobody.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from agent.rulebook.lexicon import english
from agent.rulebook.lexicon.film import NUMBERS
from agent.rulebook.music_words import dominant, goes_on, mood_in
from agent.rulebook.sentences import without_label
from agent.rulebook.story import Notes
from storyboards.brief import MAX_DURATION_S, MAX_SHOTS, MIN_DURATION_S

_NUMBER = (
    r"(\d+(?:[.,]\d+)?|"
    + "|".join(sorted((w.replace("-", "[- ]") for w in NUMBERS), key=len, reverse=True))
    + r"|half\s+an?|an?)"
)
_SECONDS = r"(?:s|secs?\.?|seconds?|sekunden|secondes?|segundos|secondi)"
_MINUTES = r"(?:min(?:s|\.)?|minutes?|minuten|minutos|minuti)"
_LENGTH = re.compile(
    rf"\b{_NUMBER}(?:\s*(?:-|–|to|bis)\s*\d+)?[\s-]*({_SECONDS}|{_MINUTES})\b(?:\s+(?:and\s+)?(\d+)\s*{_SECONDS})?"
    r"(?:[\s-]*(?:long|lang|film|video|clip|spot|ad|reel|movie|short|story|commercial|explainer|teaser|trailer))?",
    re.IGNORECASE,
)
_NOT_LENGTH = re.compile(
    r"\b(?:at|after|every|first|last|next|for|within|in|takes|took|ago|later|wait(?:s|ing)?|hold(?:s)?)\s*$",
    re.IGNORECASE,
)
_LENGTH_BEFORE = re.compile(
    r"\b(?:length|duration|runtime|dauer|länge|durée|duración)\s*(?::|of|is|=)?\s*$", re.IGNORECASE
)
_ASPECTS = {
    "9:16": r"9\s*[:x/]\s*16|vertical(?:ly)?|portrait (?:format|mode|orientation|video)|upright|hochformat|hochkant|"
        r"tiktok|reels?|"
    r"youtube shorts|shorts|instagram story|stories format|snapchat|vertikal|formato vertical|phone format|format "
    r"vertical",
    "1:1": r"1\s*[:x/]\s*1|square(?= (?:format|video|film|clip|ad|aspect|picture|frame))|(?:in|as a|format:?) "
        r"square|quadratisch(?:es)?|"
    r"(?<=[.,;]\s)square(?=\s*(?:[.,;]|$))|formato cuadrado|carr[ée] format|format carr[ée]|instagram (?:post|feed)",
    "16:9": r"16\s*[:x/]\s*9|widescreen|landscape (?:format|mode|orientation|video)|horizontal (?:format|video|"
        r"film)|querformat|youtube(?! shorts)",
}  # fmt: skip
_FOR_ASPECT = (
    r"(?:\b(?:in|for|as a?n?|on)\s+)?(?:\ba\s+)?(?:{})(?:\s+(?:format|video|film|clip|aspect(?: ratio)?|version))?"
)
_SHOTS = re.compile(
    rf"\b(?:in|with|of|as|exactly|about|using|total of|make it|aus|mit|en|con|avec)?\s*{_NUMBER}[\s-]+"
    r"(?:different\s+|short\s+)?(?:shots?|scenes?|clips?|einstellungen|szenen|plans|planos|tomas|escenas|scènes|"
    r"panels)\b(?:\s*(?:film|story|video|sequence))?",
    re.IGNORECASE,
)
_MUSIC_WORDS = r"(?:music|score|soundtrack|musik|musique|música|musica|melody|tune|song|bgm)"
_NO_MUSIC = re.compile(
    rf"\b(?:no|without(?: any)?|ohne|sans|sin|senza|keine)\s+(?:background\s+)?{_MUSIC_WORDS}\b|\bsilent film\b|"
    rf"\bmusic\s*(?:off|:\s*none)\b",
    re.IGNORECASE,
)
_NO_VOICE = re.compile(
    r"\b(?:no|without(?: any)?|ohne|sans|sin)\s+(?:narration|narrator|voice[- ]?over|voiceover|voice|spoken words|"
    r"words|text|dialogue|speech|erzähler|sprecher|voz)\b"
    r"|\bno one speaks\b|\bwordless\b|\bsilent\s+(?:film|movie)\b",
    re.IGNORECASE,
)
_NO_SOUND = re.compile(
    r"\b(?:no|without(?: any)?)\s+(?:sounds?|audio|sound effects?|ambience)\b|\bsilent\s+(?:film|movie|video)\b",
    re.IGNORECASE,
)
_MUSIC = re.compile(rf"(?:[^,.;\n]*?)\b{_MUSIC_WORDS}\b[^,.;\n]*", re.IGNORECASE)
_TITLED = re.compile(
    r"(?:\b(?:with\s+(?:the\s+)?(?:end\s+|final\s+|closing\s+|opening\s+)?(?:title|words|text|caption|slogan|"
    r"tagline|logo|end card)|"
    r"(?:the\s+)?(?:title|slogan|tagline|call to action|cta|end card|text|claim)(?:\s+(?:is|reads|says|on screen|"
    r"reading|saying|should be|at the end))*|"
    r"titled|entitled|mit dem titel|titel|titre|título|avec le titre|con el título)\s*(?:is|reads?|"
    r":)?\s*)\x01(\d+)\x01",
    re.IGNORECASE,
)
_TITLED_BARE = re.compile(r"^\s*(?:title|titel|titre|título)\s*:\s*([^\n\x01]{1,80})\s*$", re.IGNORECASE | re.MULTILINE)
_FOR_BRAND = re.compile(
    r"\b(?:ad|advert|advertisement|commercial|spot|promo|campaign|anzeige|werbung|werbespot|anuncio|publicité|pub)\b",
    re.IGNORECASE,
)
_BRAND = re.compile(r"\x01(\d+)\x01|\b(?:called|named)\s+([A-Z][\w-]*(?:\s+[A-Z][\w-]*)?)")
_STYLE_FRAME = re.compile(
    r"\b(?:in|as|with)?\s*(?:an?\s+|the\s+)?{}(?:\s+(?:style|look|animation|aesthetic|film|art))*", re.IGNORECASE
)
_LEAD_IN = re.compile(
    r"^\s*(?:please\s+)?(?:can you\s+|could you\s+|i\s+(?:want|would like|need)\s+(?:you to\s+)?)?(?:make|create|"
    r"generate|produce|film|give me|show me|"
    r"write|compose|shoot|direct|design)?\s*(?:me\s+)?(?:an?|the|some|my|our)\s+(?:[\w-]+\s+){0,4}?(?:film|movie|"
    r"video|clip|ad|advert|advertisement|commercial|"
    r"story|short|trailer|teaser|documentary|explainer|music video|poem|haiku|song|essay|reel|animation|cartoon|"
    r"spot|tale|fable|montage|scene|sequence|vlog|tutorial)"
    r"(?:\s+(?:about|of|on|showing|for|in which|where|that shows|with|featuring|explaining)|\s*:)\s+",
    re.IGNORECASE,
)


_LEFT_OVER = re.compile(
    r"^\W*(?:please\s+)?(?:make|create|generate|produce|give me|show me|i (?:want|need))?\s*(?:me\s+)?(?:an?|"
    r"the)?\s*(?:short\s+)?(?:about|of|showing|on|where|"
    r"in which|featuring|explaining|for|über|sobre|sur)\s+(?=\w|\x01)",
    re.IGNORECASE,
)
_TOPIC = re.compile(r"^\W*(?:please\s+)?(?:an?\s+)?(?:short\s+)?(?:explainer|explain(?:s|ing)?|tutorial|learn|"
    r"teach(?:es)?(?: me)?)?\s*(?:about|on|of|:)?\s*"
                    r"((?:how|why|what|where)\b[^.:?!\n]{3,90})[.:?!\n]+\s*", re.IGNORECASE)  # fmt: skip

_EXPLAINED = re.compile(r"^\W*(?:please\s+)?explain(?:s|ing)?\s+([^.:?!\n]{3,60}):\s+", re.IGNORECASE)


@dataclass
class Directives:
    """What was said about the film, and the text that is left to be read as a story."""

    text: str
    duration_s: float | None = None
    aspect: str = ""
    shots: int = 0
    style: str = ""
    mood: str = ""
    tempo_bpm: float | None = None
    music: bool = True
    narration: bool = True
    ambience: bool = True
    title: str = ""
    end_title: str = ""
    brand: str = ""
    is_ad: bool = False
    is_explainer: bool = False
    moods: list[str] = field(default_factory=list)


def read_directives(text: str, quotes: list[str], notes: Notes) -> Directives:
    """Lift every directive out of ``text`` (quotations are marks, see ``sentences.lift_quotes``)."""
    found = Directives(text)
    found.is_ad = bool(_FOR_BRAND.search(text[:400]))
    found.is_explainer = bool(
        re.search(r"\b(explain|explainer|how (?:does|do|to)|tutorial|erklär|explique|explica)", text[:300], re.I)
    )
    _read_length(found, notes)
    _read_shape(found)
    _read_shots(found, notes)
    _read_titles(found, quotes)
    _read_sound(found, notes)
    _read_style(found, notes)
    found.text = _LEAD_IN.sub("", found.text, count=1)
    found.text = _LEFT_OVER.sub("", found.text, count=1)
    found.text = without_label(found.text)
    topic = (_TOPIC.match(found.text) or _EXPLAINED.match(found.text)) if found.is_explainer else None
    if topic:
        words = " ".join(topic.group(1).split())
        found.title = found.title or (words[:1].upper() + words[1:])[:100]
        found.text = found.text[topic.end() :] if found.text[topic.end() :].strip() else topic.group(1)
    return found


def _blank(found: Directives, start: int, end: int) -> None:
    """Take a span out of the text; a comma stays so that clauses on both sides stay apart."""
    found.text = found.text[:start] + " " + found.text[end:]


def number_of(word: str) -> float:
    low = re.sub(r"\s+", " ", word.lower().strip())
    if low.startswith("half"):
        return 0.5
    if low in ("a", "an"):
        return 1.0
    if low.replace(" ", "-") in NUMBERS:
        return float(NUMBERS[low.replace(" ", "-")])
    return float(low.replace(",", "."))


def _read_length(found: Directives, notes: Notes) -> None:
    bracketed = [m for m in _LENGTH.finditer(found.text) if found.text[: m.start()].rstrip().endswith(("(", "["))]
    of_shots = [m for m in _LENGTH.finditer(found.text) if _ends_shot(found.text, m)]
    for match in _LENGTH.finditer(found.text):
        if len(of_shots) > 1 and _ends_shot(found.text, match):
            continue
        if len(bracketed) > 1 and found.text[: match.start()].rstrip().endswith(("(", "[")):
            continue
        before = found.text[max(0, match.start() - 24) : match.start()]
        vague = match.group(1).lower() in ("a", "an", "some", "few", "several", "many", "one")
        minutes = re.match(_MINUTES, match.group(2), re.IGNORECASE) is not None and not re.fullmatch(
            _SECONDS, match.group(2), re.I
        )
        whole_film = re.search(
            r"\b(?:film|video|ad|clip|movie|spot|story|reel)\b[^.\n:]*\bin\s*$", found.text[: match.start()], re.I
        )
        if (
            _NOT_LENGTH.search(before) and not (whole_film and found.text[match.end() :].lstrip()[:1] in (":", "."))
        ) or (vague and not minutes and not _LENGTH_BEFORE.search(before)):
            continue
        if vague and not re.search(
            r"(film|video|clip|long|movie|short)\b", match.group() + found.text[match.end() : match.end() + 12], re.I
        ):
            continue
        seconds = number_of(match.group(1)) * (60 if minutes else 1) + (float(match.group(3)) if match.group(3) else 0)
        held = min(max(seconds, MIN_DURATION_S), MAX_DURATION_S)
        if held != seconds:
            notes.add(
                match.group().strip(),
                f"{held:g} seconds",
                f"a film lasts {MIN_DURATION_S:g} to {MAX_DURATION_S:g} seconds",
            )
        found.duration_s = held
        begin = match.start() - (len(before) - len(re.sub(r"\bin\s*$", "", before)) if whole_film else 0)
        _blank(found, begin, match.end())
        return


def _ends_shot(text: str, match: re.Match[str]) -> bool:
    """Whether a length stands at the end of a line that begins with a number: the length of that shot."""
    line = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
    rest = text[match.end() :].split("\n", 1)[0]
    return not rest.strip(" .,;)]") and bool(re.match(r"\s*(?:[-*•]\s*)?(?:shot|scene)?\s*\d", line, re.IGNORECASE))


def _read_shape(found: Directives) -> None:
    for aspect, words in _ASPECTS.items():
        match = re.search(_FOR_ASPECT.format(words), found.text, re.IGNORECASE)
        if match and not re.search(r"\b(?:no|not)\s*$", found.text[: match.start()], re.IGNORECASE):
            found.aspect = found.aspect or aspect
            _blank(found, match.start(), match.end())


def _read_shots(found: Directives, notes: Notes) -> None:
    for match in _SHOTS.finditer(found.text):
        if match.group(1).lower() in ("a", "an", "one", "some", "few", "many", "several", "various", "single"):
            if match.group(1).lower() in ("one", "single"):
                found.shots = 1
                _blank(found, match.start(), match.end())
                return
            continue
        count = int(number_of(match.group(1)))
        if count > MAX_SHOTS:
            notes.add(match.group().strip(), f"{MAX_SHOTS} shots", f"a film has {MAX_SHOTS} shots at most")
        found.shots = max(1, min(count, MAX_SHOTS))
        _blank(found, match.start(), match.end())
        return
    single = re.search(
        r"\b(?:in\s+)?(?:a\s+)?(?:single|one continuous|one long)\s+(?:shot|take)\b|\bone[- ]take\b",
        found.text,
        re.IGNORECASE,
    )
    if single:
        found.shots = 1
        _blank(found, single.start(), single.end())


def _read_titles(found: Directives, quotes: list[str]) -> None:
    for match in list(_TITLED.finditer(found.text)):
        words = quotes[int(match.group(1))][:120]
        around = found.text[max(0, match.start() - 40) : match.end() + 30].lower()
        if re.search(
            r"\b(end|ending|final|closing|close|finish|last|slogan|tagline|call to action|cta|am ende)\b", around
        ):
            found.end_title = found.end_title or words
        else:
            found.title = found.title or words
    found.text = _TITLED.sub(" ", found.text)
    bare = _TITLED_BARE.search(found.text)
    if bare:
        found.title = found.title or bare.group(1).strip()
        _blank(found, bare.start(), bare.end())
    brand = _BRAND.search(found.text) if found.is_ad else None
    if brand:
        found.brand = quotes[int(brand.group(1))][:60] if brand.group(1) else brand.group(2)
        if brand.group(1) and not re.search(
            r"\b(?:says?|asks?|shouts?|whispers?)\s*[:,]?\s*$", found.text[: brand.start()]
        ):
            _blank(found, brand.start(), brand.end())
        found.end_title = found.end_title or found.brand


def _read_sound(found: Directives, notes: Notes) -> None:
    if _NO_SOUND.search(found.text):
        found.ambience = False
        if re.search(r"silent\s+(?:film|movie|video)", found.text, re.IGNORECASE):
            found.music = found.music and "silent film" not in found.text.lower()
        found.text = _NO_SOUND.sub(" ", found.text)
    if _NO_MUSIC.search(found.text):
        found.music = False
        found.text = _NO_MUSIC.sub(" ", found.text)
    if _NO_VOICE.search(found.text):
        found.narration = False
        found.text = _NO_VOICE.sub(" ", found.text)
    for match in list(_MUSIC.finditer(found.text)):
        stop = match.end() + goes_on(match.group(), found.text[match.end() :])
        phrase = found.text[match.start() : stop]
        if re.search(
            r"\bmusic (?:video|box|stand|teacher)|\b(?:plays?|listens?|hears?|dances? to|sings?) (?:the |some "
            r")?(?:music|a song)",
            phrase,
            re.I,
        ):
            continue
        moods = mood_in(phrase)
        if not moods and not re.search(r"\b(?:background|piano|fast|slow|with|orchestral)\b", phrase, re.I):
            continue
        start = _music_start(phrase)
        moods = mood_in(phrase[start:]) or moods
        if not found.mood and moods:
            found.mood = dominant(phrase[start:])
            others = [m for m in moods if m != found.mood]
            if others and re.search(r"\b(?:then|becom|turn|end|later|first|before|after)", phrase, re.IGNORECASE):
                notes.add(phrase[start:].strip(), f"{found.mood} music throughout", "a film has music of one mood")
        found.tempo_bpm = found.tempo_bpm or _tempo(phrase)
        begin = match.start() + start
        found.text = found.text[:begin] + " " * (stop - begin) + found.text[stop:]


def _music_start(phrase: str) -> int:
    """Where the words about music begin inside a clause that also tells the story."""
    leads = list(
        re.finditer(
            r"\b(?:with|to|set to|and|over|under|accompanied by|mit|avec|con)\b(?!.*\b(?:with|to|and|over|"
            r"accompanied by)\b.*music)",
            phrase,
            re.I,
        )
    )
    lead = [m for m in leads if re.search(_MUSIC_WORDS, phrase[m.start() :], re.I)]
    if lead and len(phrase[: lead[-1].start()].split()) >= 2:
        return lead[-1].start()
    return 0


def _tempo(phrase: str) -> float | None:
    bpm = re.search(r"(\d{2,3})\s*bpm", phrase, re.IGNORECASE)
    if bpm:
        return float(min(200, max(40, int(bpm.group(1)))))
    if re.search(r"\b(?:fast|quick|upbeat|energetic|driving)\b", phrase, re.IGNORECASE):
        return 132.0
    if re.search(r"\b(?:slow|very slow|lullaby)\b", phrase, re.IGNORECASE):
        return 66.0
    return None


def _read_style(found: Directives, notes: Notes) -> None:
    words = re.findall(r"[^\W_]+", found.text)
    lexicon = english()
    for size in (3, 2, 1):
        for place in range(len(words) - size + 1):
            phrase = " ".join(words[place : place + size])
            sense = next((s for s in lexicon.senses(phrase) if s.kind == "style"), None)
            if sense is None or not _styles(phrase, found.text):
                continue
            found.style = found.style or sense.value
            if sense.near:
                notes.add(f"{phrase} style", f"{sense.value} style", "not one of the styles there are")
            gap = re.escape(phrase).replace(r"\ ", r"[\W_]+")
            found.text = re.sub(
                rf"(?:\b(?:in|as|with|im|en)\s+)?(?:\b(?:an?|the)\s+)?\b{gap}\b(?:[\s-]+(?:style|look|animation|"
                rf"aesthetic|film|art|drawing|world|stil))*",
                " ", found.text, count=1, flags=re.IGNORECASE,
            )  # fmt: skip
            return


def _styles(phrase: str, text: str) -> bool:
    """Words that are styles only beside a word that says so: "ink" alone may be ink."""
    low = phrase.lower()
    if low in (
        "ink",
        "pixel",
        "collage",
        "pastel",
        "charcoal",
        "lego",
        "noir",
        "illustration",
        "disney",
        "minecraft",
        "cartoon",
        "monochrome",
    ):
        around = re.search(
            rf"\b{low}\b[\s-]*(style|drawing|art|look|animation|film|illustration|aesthetic|painting|world|video|wash)",
            text,
            re.I,
        )
        return bool(
            around
            or re.search(rf"\b(in|style:?|as an?)\s+(?:an?\s+)?{low}\b", text, re.I)
            or (low == "noir" and bool(re.search(r"\bfilm[- ]noir\b", text, re.I)))
            or low in ("cartoon", "monochrome")
        )
    return True
