"""How a film begins in a conversation: a brief, what comes with it, and the questions that it leaves open."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError

from agent.chat.replies import VOICE_WORDS, Attachment, Query
from agent.clarify import AUDIENCES, Question, Topic, answered, questions_of
from agent.material import Material
from agent.preferences import Preferences
from agent.rulebook.audience import audience_in
from agent.rulebook.directives import read_directives
from agent.rulebook.sentences import lift_quotes
from agent.rulebook.story import Notes
from storyboards.brief import Brief
from storyboards.errors import BadBrief, BadMedia
from storyboards.storyboard import Storyboard, read_storyboard

SCRIPTS = (".txt", ".md", ".fountain")
PICTURES = (".png", ".jpg", ".jpeg")
PLANS = (".json", ".yaml", ".yml")
CLIPS = (".mp4", ".mov", ".mkv", ".webm")
VOICES = (".wav", ".mp3", ".m4a", ".ogg", ".flac")
USABLE = (*SCRIPTS, *PICTURES, *PLANS, *CLIPS, *VOICES)
MOST_BYTES = 2_000_000
"""Of a script or a plan."""

_YES = re.compile(
    r"\W*(?:go|go ahead|ok(?:ay)?|yes|sure|fine|default(?:s)?|you (?:choose|decide)|whatever|any|as you like|start|"
    r"do it|i don'?t (?:care|mind))\W*(?:please)?\W*",
    re.IGNORECASE,
)
_FOR = re.compile(
    r"(?:use\s+)?(?:this|the|my|that)\s+(?:picture|image|photo|drawing)\s+(?:for|as|of)\s+(?:the\s+|my\s+)?(\w+)",
    re.IGNORECASE,
)

_AS_SHOT = re.compile(
    r"(?:(?:use|play|put|take)\s+)?(?:this|the|my|that)\s+(?:clip|video|film|footage|recording)\s+"
    r"(?:as|for|in|into)\s+(?:the\s+)?(?:shot\s+(\d{1,3}))",
    re.IGNORECASE,
)
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_SHOT = rf"(?:(?:of|for|in)\s+)?(?:the\s+)?(?:shot\s+(\d{{1,3}})|({'|'.join(_ORDINALS)}|last)\s+shot)\b"
_PICTURE = r"(?:this|the|my|that)\s+(?:picture|image|photo(?:graph)?|drawing|frame)\b"
_CLAUSE = r"(?:^\s*|(?<=[.!?;:,]\s)|(?<=\band\s)|(?<=\bthen\s)|(?<=\bplease\s))"
_AS_FRAME = re.compile(
    rf"{_CLAUSE}(?:let\s+)?(?:the\s+(?:film|video)\s+|it\s+|{_SHOT},?\s+)?(?:should\s+|must\s+|is\s+to\s+)?"
    rf"(?:begin|start|open)s?\s+(?:the\s+(?:film|video)\s+|it\s+|{_SHOT}\s+)?(?:with|on|from)\s+{_PICTURE}(?:\s+{_SHOT})?|"
    rf"{_CLAUSE}(?:use\s+)?{_PICTURE}\s+(?:as|for)\s+(?:the\s+)?(?:first\s+frame|beginning|start|opening)\b(?:\s+{_SHOT})?|"
    rf"{_CLAUSE}(?:animate\s+{_PICTURE}|bring\s+{_PICTURE}\s+to\s+life\b)(?:\s+{_SHOT})?",
    re.IGNORECASE,
)
_AS_BACKDROP = re.compile(
    rf"{_CLAUSE}(?:use\s+)?{_PICTURE}\s+(?:as|for)\s+(?:the\s+|a\s+)?(?:backdrop|background|scenery)\b(?!\s+music)"
    rf"(?:\s+{_SHOT})?",
    re.IGNORECASE,
)
_MEANT = re.compile(r"(?:the )?(beginning|backdrop) of (?:the )?(?:shot (\d{1,3})|(first|last) shot)", re.IGNORECASE)
"""What a picture is for, as the page's choice says it."""
_AS_VOICE = re.compile(
    r"(?:use\s+)?(?:this|the|my|that)\s+(?:recording|sound|audio|voice(?:-?\s?over)?|file)\s*"
    r"(?:(?:as|for)\s+(?:the\s+)?(?:voice-?\s?over|narration|narrator))?",
    re.IGNORECASE,
)
_SHOT_NAME = re.compile(r"^(?:shot|clip)[ _-]*(\d{1,3}|first|last)$")


def brief_of(text: str, attachments: Sequence[Attachment]) -> Brief:
    """The brief of a message: its words, then every script that came with it, as it is.

    Raises:
        BadBrief: there is nothing in it that can be filmed.
        BadMedia: something that came with it cannot be used; it says what can.
    """
    refuse_unusable(attachments)
    voices = [a for a in attachments if _suffix(a) in VOICES]
    scripts = [_text_of(a) for a in attachments if _suffix(a) in SCRIPTS and not any(_is_text_of(a, v) for v in voices)]
    text = without_material(text, attachments)
    words = text
    if any(_suffix(a) in PICTURES for a in attachments) and _FOR.search(text):
        words = _FOR.sub(" ", text).strip(" .,;:")
    try:
        return Brief(text="\n\n".join(part for part in (words, *scripts) if part.strip()))
    except ValidationError as error:
        message = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        raise BadBrief(message, next_step="Say in a sentence what the film shows.") from error


def plan_of(attachments: Sequence[Attachment]) -> Storyboard | None:
    """A whole storyboard that came with the message; None if there is none.

    Raises:
        BadStoryboard, BadMedia: it cannot be read.
    """
    plans = [attachment for attachment in attachments if _suffix(attachment) in PLANS]
    if not plans:
        return None
    text = _text_of(plans[0])
    try:
        if _suffix(plans[0]) == ".json":
            return read_storyboard(json.loads(text))
        import yaml

        return read_storyboard(yaml.safe_load(text))
    except ValueError as error:
        raise BadMedia(f"{plans[0].called} is not {_suffix(plans[0])[1:]}.", next_step="Send a storyboard.") from error


def pictures_in(text: str, attachments: Sequence[Attachment]) -> dict[str, Attachment]:
    """The pictures that came with a message by whom they show: as said, else as the file is called. Those that a shot
    begins with are not among them."""
    begun = {path for pictures in openings_in(text, attachments) for path in pictures.values()}
    shown = [a for a in attachments if _suffix(a) in PICTURES and a.path not in begun]
    text = _AS_BACKDROP.sub(" ", _AS_FRAME.sub(" ", text))
    said = (found.group(1).lower() for found in _FOR.finditer(text))
    return {a.meant or next(said, Path(a.called).stem.replace("_", " ").replace("-", " ").lower()): a for a in shown}


def openings_in(text: str, attachments: Sequence[Attachment]) -> tuple[dict[str, Path], dict[str, Path]]:
    """The pictures that shots begin with, by the shot: first frames, with the cast in them, and backdrops. What is
    chosen for a picture counts before the words; words are for those of which nothing is chosen, in order.

    Raises:
        BadMedia: one shot would begin with two of them.
    """
    frames: dict[str, Path] = {}
    backdrops: dict[str, Path] = {}
    said = sorted(
        [(found.start(), frames, found) for found in _AS_FRAME.finditer(text)]
        + [(found.start(), backdrops, found) for found in _AS_BACKDROP.finditer(text)],
        key=lambda each: each[0],
    )  # fmt: skip
    rows = iter([(into, _number(next((g for g in found.groups() if g), "1"))) for _, into, found in said])
    for picture in (a for a in attachments if _suffix(a) in PICTURES):
        chosen = _MEANT.fullmatch(picture.meant.strip())
        if chosen is not None:
            into, shot = (frames if chosen[1].lower() == "beginning" else backdrops), _number(chosen[2] or chosen[3])
        elif picture.meant or (row := next(rows, None)) is None:
            continue
        else:
            into, shot = row[0], row[1].lower()
        if shot in frames or shot in backdrops:
            raise BadMedia(f"two pictures are to begin shot {shot}.", next_step="Send one, or say another shot.")
        into[shot] = picture.path
    return frames, backdrops


def _number(said: str) -> str:
    """The number of a shot, or ``last``."""
    word = said.lower()
    return str(1 + _ORDINALS.index(word)) if word in _ORDINALS else word


def material_in(text: str, attachments: Sequence[Attachment]) -> Material:
    """The clips, the voice-over and the pictures to begin with that came with a message: a clip plays as the shot that
    is said, else as the one that its file is called after. A text that is called like the recording has its words.

    Raises:
        BadMedia: of a clip nobody knows which shot it is, or there are two recordings.
    """
    clips = [attachment for attachment in attachments if _suffix(attachment) in CLIPS]
    said = (found.group(1) for found in _AS_SHOT.finditer(text))
    names = [a.meant or next(said, _SHOT_NAME.sub(r"\1", Path(a.called).stem.lower())) for a in clips]
    for clip, name in zip(clips, names, strict=True):
        if not re.fullmatch(r"s?\d{1,3}|first|last", name):
            raise BadMedia(
                f"{clip.called}: as which shot is it to play?", next_step="Say for example “use this clip as shot 2”."
            )
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise BadMedia(f"two clips are to play as shot {twice}.", next_step="Send one, or say another shot.")
    voices = [attachment for attachment in attachments if _suffix(attachment) in VOICES]
    if len(voices) > 1:
        raise BadMedia(f"{voices[1].called}: a film has one voice-over.", next_step="Send one recording.")
    words = [_text_of(a) for v in voices for a in attachments if _is_text_of(a, v)]
    pictures = [attachment for attachment in attachments if _suffix(attachment) in PICTURES]
    return Material(
        {name: clip.path for clip, name in zip(clips, names, strict=True)},
        voices[0].path if voices else None, words[0] if words else "",
        {attachment.path: attachment.called for attachment in (*clips, *voices, *pictures)},
        *openings_in(text, attachments),
    )  # fmt: skip


def without_material(text: str, attachments: Sequence[Attachment]) -> str:
    """The words of a message but for those that say what its clips, recording and pictures to begin with are."""
    if not any(_suffix(a) in (*CLIPS, *VOICES, *PICTURES) for a in attachments):
        return text
    said: tuple[re.Pattern[str], ...] = ()
    if any(_suffix(a) in (*CLIPS, *VOICES) for a in attachments):
        said = (_AS_SHOT, _AS_VOICE)
    if any(openings_in(text, attachments)):
        said += (_AS_FRAME, _AS_BACKDROP)
    rest = text
    for pattern in said:
        rest = pattern.sub(" ", rest)
    if not said:
        return text
    rest = rest.strip(" ,;:")
    return re.sub(r"(?:^|(?<=[.!?]))\s*\.$", "", rest)


def _is_text_of(text: Attachment, voice: Attachment) -> bool:
    if _suffix(text) not in SCRIPTS:
        return False
    return text.meant == VOICE_WORDS or (not text.meant and Path(text.called).stem == Path(voice.called).stem)


def refuse_unusable(attachments: Sequence[Attachment]) -> None:
    """Refuse what no film can use.

    Raises:
        BadMedia: saying what can be used instead.
    """
    for attachment in attachments:
        suffix = _suffix(attachment)
        if suffix not in USABLE:
            raise BadMedia(
                f"{attachment.called} is of no kind that is used here.",
                next_step=f"Send {', '.join(USABLE)}.",
            )


def refuse_beginnings(attachments: Sequence[Attachment]) -> None:
    """Refuse, for a film that was begun, what only begins one.

    Raises:
        BadMedia: a script or a storyboard, saying what to do with it.
    """
    voices = [a for a in attachments if _suffix(a) in VOICES]
    for attachment in attachments:
        begins = _suffix(attachment) in (*SCRIPTS, *PLANS) and not any(_is_text_of(attachment, v) for v in voices)
        if begins:
            raise BadMedia(
                f"{attachment.called} begins a film and does not change one.",
                next_step="Begin a new film with it, or say what to change in this one.",
            )


def questions(brief: Brief, preferences: Preferences) -> tuple[Question, ...]:
    """What the brief leaves open; what a person often asks for is the default, and says so."""
    subjects: dict[Topic, str] = {"length": "length", "aspect": "shape"}
    asked = []
    for question in questions_of(brief):
        liked = preferences.of(subjects.get(question.topic, ""))
        if liked is not None:
            why = f"{question.why}; you asked for {liked.value} {liked.times} times"
            choices = tuple(dict.fromkeys((*question.choices, liked.value)))
            question = replace(question, default=liked.value, choices=choices, why=why)
        asked.append(question)
    return tuple(asked)


def query(asked: Sequence[Question]) -> Query:
    """The questions as one message."""
    rows = [f"* {q.text} ({' / '.join(q.choices)}; {q.default} if you do not say; it changes {q.why})" for q in asked]
    text = "\n".join(["Before I plan it:", *rows, "Answer in your own words, or say “go”."])
    return Query(text, tuple(asked))


def answers_in(text: str) -> Mapping[Topic, str] | None:
    """What a message answers; {} if it says yes to every default, None if it answers nothing."""
    if _YES.fullmatch(text):
        return {}
    words, quotes = lift_quotes(text)
    told = read_directives(words, quotes, Notes())
    found: dict[Topic, str] = {}
    if told.duration_s is not None:
        found["length"] = f"{told.duration_s:g} s"
    bare = re.search(r"\b(vertical|portrait|tall|square|wide|landscape|horizontal|phone)\b", text, re.IGNORECASE)
    if told.aspect or bare:
        shapes = {"portrait": "vertical", "horizontal": "wide"}
        found["aspect"] = told.aspect or shapes.get(bare[1].lower(), bare[1].lower()) if bare else told.aspect
    audience = audience_in(text) or next((who for who in AUDIENCES if re.search(rf"\b{who}\b", text, re.I)), "")
    if audience:
        found["audience"] = audience
    return found or None


def settled(brief: Brief, answers: Mapping[Topic, str], asked: Sequence[Question]) -> Brief:
    """The brief with the answers, and with the defaults that were shown for what was not answered.

    Raises:
        BadInput: an answer makes no sense for its topic.
    """
    return answered(brief, {question.topic: answers.get(question.topic) or question.default for question in asked})


def with_more(brief: Brief, text: str) -> Brief:
    """The brief with what was said afterwards."""
    return Brief(**{name: getattr(brief, name) for name in Brief.model_fields} | {"text": f"{brief.text}\n{text}"})


def _suffix(attachment: Attachment) -> str:
    return Path(attachment.called).suffix.lower()


def _text_of(attachment: Attachment) -> str:
    try:
        if attachment.path.stat().st_size > MOST_BYTES:
            raise BadMedia(f"{attachment.called} is larger than {MOST_BYTES:,} bytes.", next_step="Send an outline.")
        return attachment.path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadMedia(f"{attachment.called} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise BadMedia(f"{attachment.called} is not UTF-8 text.", next_step="Save it as plain text.") from error
