"""The catalogue of voices: how each is made by espeak-ng, and who speaks instead at an OpenAI-compatible server."""

from __future__ import annotations

from dataclasses import dataclass

from storyboards.errors import SpeechFailed, UnknownName


@dataclass(frozen=True)
class Voice:
    """A voice.

    Attributes:
        variant: espeak-ng's timbre, put behind the language: ``en+f2``.
        pitch, range: 0 to 100, 50 is usual; ``range`` is how much the pitch moves.
        words_per_minute: natural pace.
        server_voice: name at an OpenAI-compatible ``/audio/speech``.
    """

    variant: str
    pitch: int
    range: int
    words_per_minute: int
    server_voice: str


VOICES: dict[str, Voice] = {
    "narrator": Voice("f2", 42, 62, 168, "sage"),
    "woman": Voice("f3", 52, 66, 165, "coral"),
    "man": Voice("m3", 38, 60, 160, "onyx"),
    "child": Voice("f4", 82, 78, 172, "shimmer"),
    "old woman": Voice("grandma", 46, 56, 142, "nova"),
    "old man": Voice("grandpa", 30, 52, 138, "ash"),
    "creature": Voice("f5", 92, 84, 182, "fable"),
    "giant": Voice("m7", 10, 46, 128, "echo"),
    "robot": Voice("UniRobot", 45, 14, 155, "alloy"),
    "whisper": Voice("whisperf", 50, 40, 145, "ballad"),
}
"""Every name a storyboard may give as a voice."""

LANGUAGES: dict[str, str] = {"en-gb": "en", "en-us": "en-US", "zh": "cmn", "no": "nb", "nn": "nb", "iw": "he"}
"""Languages whose name at espeak-ng is not their own code."""


def voice_called(name: str) -> Voice:
    """The voice of this name; empty is the narrator's.

    Raises:
        UnknownName: with the names that exist.
    """
    found = VOICES.get(name or "narrator")
    if found is None:
        raise UnknownName(f"there is no voice {name!r}; the catalogue has {', '.join(VOICES)}.")
    return found


def espeak_languages(language: str) -> tuple[str, ...]:
    """espeak-ng's names for a language tag such as ``en``, ``en-US`` or ``pt_BR``: of the region, then of the language.

    Raises:
        SpeechFailed: the tag is not one.
    """
    tag = language.strip().replace("_", "-").lower()
    if not tag or not all(part.isalnum() and part.isascii() for part in tag.split("-")):
        raise SpeechFailed(f"{language!r} is not a language tag.", next_step="Give one such as en, de or pt-BR.")
    base = tag.split("-")[0]
    return tuple(dict.fromkeys(LANGUAGES.get(name, name) for name in (tag, base)))
