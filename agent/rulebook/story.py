"""What has been understood of a brief before it becomes shots: beats, the deeds in them, and notes."""

from __future__ import annotations

from dataclasses import dataclass, field

from storyboards.storyboard import Substitution


@dataclass
class Deed:
    """One thing that one element does. ``together`` marks deeds that happen at the same time as the one before."""

    who: str
    verb: str
    direction: str = ""
    target: str = ""
    thing: str = ""
    together: bool = False
    fast: bool = False


@dataclass
class Speech:
    """Words in quotation marks and who says them (``narrator`` until somebody is found)."""

    text: str
    speaker: str = "narrator"
    emotion: str = ""


@dataclass
class Beat:
    """Something that happens in one place: the unit that coverage turns into shots.

    ``setting``, ``time`` and ``weather`` are what the beat itself says; empty means "as before". ``source`` is the
    clause, ``sentence`` counts sentences so that clauses of one sentence can share a shot.
    """

    source: str = ""
    sentence: int = 0
    deeds: list[Deed] = field(default_factory=list)
    present: list[str] = field(default_factory=list)
    setting: str = ""
    hint: str = ""
    time: str = ""
    weather: str = ""
    seconds: float = 0.0
    jump: bool = False
    explicit: bool = False
    framing: str = ""
    camera: str = ""
    focus: str = ""
    exposure: float = 0.0
    empty: bool = False
    heading: bool = False
    idea: bool = False
    clause: bool = False
    weak: bool = False
    seasonal: bool = False
    denied: bool = False
    fragment: bool = False
    sounds: list[tuple[str, float | None, str]] = field(default_factory=list)
    lines: list[Speech] = field(default_factory=list)
    narration: str = ""
    title: str = ""
    moods: list[str] = field(default_factory=list)

    @property
    def cast(self) -> list[str]:
        """Element ids seen in the beat, doers first, in order of mention."""
        named = [who for deed in self.deeds for who in (deed.who, deed.target) if who]
        return list(dict.fromkeys([*named, *self.present]))

    @property
    def says_something(self) -> bool:
        return bool(self.deeds or self.present or self.sounds or self.setting or self.time or self.weather
                    or self.lines or self.title or self.hint)  # fmt: skip


MOST_NOTES = 80


class Notes:
    """Substitutions in order, each said once."""

    def __init__(self) -> None:
        self._notes: dict[tuple[str, str], Substitution] = {}

    def add(self, asked: str, drawn: str, why: str) -> None:
        asked = " ".join(asked.split())[:160]
        self._notes.setdefault((asked.lower(), drawn), Substitution(asked=asked, drawn=drawn, why=why))

    def all(self) -> tuple[Substitution, ...]:
        notes = tuple(self._notes.values())
        if len(notes) <= MOST_NOTES:
            return notes
        rest = notes[MOST_NOTES - 1 :]
        asked = f"{len(rest)} more things, among them {'; '.join(note.asked for note in rest[:6])}"[:400]
        return (
            *notes[: MOST_NOTES - 1],
            Substitution(asked=asked, drawn="left out or replaced", why="too many to list"),
        )


def article(words: str) -> str:
    """``a fox``, ``an owl``, ``a unicorn``; words that bring their own article keep it."""
    first, last = words.lower().split(" ")[0], words.lower().split(" ")[-1]
    if first in ("a", "an", "the", "two", "three", "some") or (
        last.endswith("s") and not last.endswith(("ss", "us", "is")) and last != "moses"
    ):
        return words
    vowel = words[:1].lower() in tuple("aeiou") and not words.lower().startswith(
        ("uni", "use", "usu", "eu", "one", "ufo", "uk")
    )
    return f"{'an' if vowel else 'a'} {words}"
