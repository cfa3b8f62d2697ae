"""The catalogue of voices: how each is made by espeak-ng, and who speaks instead at an OpenAI-compatible server."""

from __future__ import annotations

from dataclasses import dataclass, replace

from storyboards.errors import SpeechFailed, UnknownName


@dataclass(frozen=True)
class Voice:
    """A voice.

    Attributes:
        variant: espeak-ng's timbre, put behind the language: ``en+f2``.
        pitch, range: 0 to 100, 50 is usual; ``range`` is how much the pitch moves.
        words_per_minute: natural pace.
        server_voice: name at an OpenAI-compatible ``/audio/speech``.
        manner: how it speaks, in words for servers that take instructions; empty for a plain voice.
    """

    variant: str
    pitch: int
    range: int
    words_per_minute: int
    server_voice: str
    manner: str = ""


@dataclass(frozen=True)
class Emotion:
    """How a mood changes a voice: steps of ``pitch`` and ``range`` on their scales, and a factor of its ``pace``.

    ``words`` are what writers call it; ``manner`` is said to servers that take instructions.
    """

    pitch: int
    range: int
    pace: float
    manner: str
    words: tuple[str, ...] = ()


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

EMOTIONS: dict[str, Emotion] = {
    "happy": Emotion(6, 16, 1.06, "happily", ("glad", "cheerful", "joyful", "merry", "joy", "delighted", "playful")),
    "sad": Emotion(-8, -22, 0.86, "sadly", ("unhappy", "sorrowful", "melancholy", "grief", "tearful", "lonely")),
    "angry": Emotion(4, 24, 1.08, "angrily", ("furious", "cross", "anger", "annoyed", "shouting", "mad")),
    "afraid": Emotion(12, 12, 1.12, "fearfully", ("scared", "frightened", "fear", "terrified", "nervous", "worried")),
    "excited": Emotion(10, 28, 1.14, "excitedly", ("thrilled", "eager", "excitement", "amazed")),
    "calm": Emotion(-3, -14, 0.92, "calmly", ("quiet", "gentle", "soft", "peaceful", "tender", "warm", "soothing")),
    "surprised": Emotion(14, 20, 1.02, "with surprise", ("astonished", "startled", "surprise", "shocked", "wonder")),
    "tired": Emotion(-10, -18, 0.82, "wearily", ("weary", "sleepy", "exhausted", "bored")),
}
"""Every mood a line can be spoken in."""

LANGUAGES: dict[str, str] = {"en-gb": "en", "en-us": "en-US", "zh": "cmn", "no": "nb", "nn": "nb", "iw": "he"}
"""Languages whose name at espeak-ng is not their own code."""


def voice_called(name: str) -> Voice:
    """The voice of this name; empty is the narrator's. ``child:sad`` is the child's voice in a mood.

    Raises:
        UnknownName: with the names that exist.
    """
    voice, _, mood = name.partition(":")
    found = VOICES.get(voice or "narrator")
    if found is None:
        raise UnknownName(f"there is no voice {voice!r}; the catalogue has {', '.join(VOICES)}.")
    if not mood:
        return found
    emotion = EMOTIONS.get(mood)
    if emotion is None:
        raise UnknownName(f"there is no mood {mood!r} to speak in; the catalogue has {', '.join(EMOTIONS)}.")
    return replace(
        found, pitch=_bounded(found.pitch + emotion.pitch), range=_bounded(found.range + emotion.range),
        words_per_minute=round(found.words_per_minute * emotion.pace), manner=f"Speak {emotion.manner}.",
    )  # fmt: skip


def emotion_called(words: str) -> str:
    """The mood of the catalogue that these words mean ("very scared" is ``afraid``), empty where none does."""
    spoken = [word.strip(".,!").lower() for word in words.split()]
    for mood, emotion in EMOTIONS.items():
        known = (mood, emotion.manner, *emotion.words)
        if any(word in known or word.removesuffix("ly") in known for word in spoken):
            return mood
    return ""


def _bounded(value: int) -> int:
    return max(0, min(100, value))


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
