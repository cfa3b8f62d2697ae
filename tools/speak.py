"""Words become speech with word times: espeak-ng in a child process, a speech server, or nobody (captions only)."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from dataclasses import dataclass, replace
from math import gcd
from pathlib import Path
from typing import Any

import numpy as np

from storyboards.errors import SpeechFailed
from tools.contract import SOUND_RATE_HZ, Speaker, Speech, Word
from tools.voice_polish import TAIL_S, polished
from tools.voices import espeak_languages, voice_called
from tools.word_times import estimated_words, reported_words

SLOWEST, FASTEST = 0.8, 1.25
LONGEST_TEXT = 20_000
CHILD = Path(__file__).with_name("espeak_child.py")
CHILD_LIMIT_S = 120.0
SERVER_LIMIT_S = 120.0


def espeak_is_installed() -> bool:
    """Is the optional package with espeak-ng there? It is looked for, not loaded."""
    return importlib.util.find_spec("espeakng_loader") is not None


@dataclass(frozen=True)
class SilentSpeaker:
    """Nobody speaks: no wave, but estimated word times, so that captions exist."""

    name: str = "silent"
    version: str = "1"

    def say(self, text: str, voice: str, language: str, pace: float) -> Speech:
        """Estimate when each word would be said. See :class:`tools.contract.Speaker`."""
        voice_called(voice)
        words = estimated_words(_checked(text, pace), None, pace)
        return Speech(None, words, words[-1].end_s if words else 0.0, self.name, estimated=True)


@dataclass(frozen=True)
class EspeakSpeaker:
    """espeak-ng through its library in a child process; word times are the synthesiser's own.

    ``python`` and ``child`` are the program that is run; ``limit_s`` is how long it may take.
    """

    name: str = "espeak-ng"
    version: str = "1.52-4"
    python: str = sys.executable
    child: Path = CHILD
    limit_s: float = CHILD_LIMIT_S

    def say(self, text: str, voice: str, language: str, pace: float) -> Speech:
        """Speak. See :class:`tools.contract.Speaker`.

        Raises:
            SpeechFailed: the language is unknown, or the child failed or took too long.
            UnknownName: no such voice.
        """
        spoken = _checked(text, pace)
        kind = voice_called(voice)
        if not spoken.strip():
            return Speech(None, (), 0.0, self.name)
        request = {
            "text": spoken, "voices": [f"{name}+{kind.variant}" for name in espeak_languages(language)],
            "pitch": kind.pitch, "range": kind.range, "rate": round(kind.words_per_minute * pace), "word_gap": 1,
        }  # fmt: skip
        rate_hz, events, raw = self._spoken(request, language)
        if not raw.any():
            return self._unspoken(spoken)
        wave, lead_s = _trimmed(resampled(raw, rate_hz))
        words = tuple(
            Word(word.text, max(0.0, word.start_s - lead_s), max(0.0, word.end_s - lead_s))
            for word in reported_words(spoken, events, len(raw) / rate_hz)
        )
        finished = polished(wave)
        length_s = len(finished) / SOUND_RATE_HZ
        return Speech(finished, _within(words, length_s), length_s, self.name)

    def _unspoken(self, text: str) -> Speech:
        """Signs that have no sound (an emoji, dashes): nothing is heard, but they keep a moment on the screen."""
        words = estimated_words(text)
        return Speech(None, words, words[-1].end_s, self.name, estimated=True)

    def _spoken(self, request: dict[str, Any], language: str) -> tuple[int, list[tuple[str, int, int]], np.ndarray]:
        try:
            # -I keeps this repository's folders off the child's path: it must see only what is installed.
            done = subprocess.run(
                [self.python, "-I", str(self.child)], input=json.dumps(request).encode(), capture_output=True,
                timeout=self.limit_s, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise SpeechFailed(
                f"espeak-ng took longer than {self.limit_s:g} s.", next_step="Shorten the line."
            ) from error
        except OSError as error:
            raise SpeechFailed(f"espeak-ng could not be started: {error}.") from error
        said = done.stderr.decode(errors="replace").strip()
        if done.returncode != 0:
            reason = said.splitlines()[-1] if said else f"exit code {done.returncode}"
            raise SpeechFailed(
                f"espeak-ng could not speak {language!r}: {reason}.",
                next_step="Choose another language or voice, or ask for captions only.",
            )
        head, _, body = done.stdout.partition(b"\n")
        try:
            report = json.loads(head)
            samples = np.frombuffer(body, "<i2")
            events = [(str(kind), int(at), int(ms)) for kind, at, ms in report["events"]]
            return int(report["rate_hz"]), events, samples.astype(np.float32) / 32768.0
        except (ValueError, KeyError, TypeError) as error:
            raise SpeechFailed("espeak-ng's reply could not be read.") from error


@dataclass(frozen=True)
class OpenAISpeaker:
    """Any OpenAI-compatible ``/audio/speech``. It reports no word times, so they are estimated and say so.

    A call may cost money: it is never repeated by itself.
    """

    base_url: str
    model: str
    api_key: str = "not-needed"
    name: str = "openai-speech"
    limit_s: float = SERVER_LIMIT_S

    @property
    def version(self) -> str:
        return f"1.{self.model}"

    def say(self, text: str, voice: str, language: str, pace: float) -> Speech:
        """Speak. See :class:`tools.contract.Speaker`.

        Raises:
            SpeechFailed: the server refused, failed, took too long or sent something that is not a sound.
            UnknownName: no such voice.
        """
        spoken = _checked(text, pace)
        kind = voice_called(voice)
        if not spoken.strip():
            return Speech(None, (), 0.0, self.name)
        wave, lead_s = _trimmed(self._fetched(spoken, kind.server_voice, kind.manner, pace))
        if lead_s < 0.0:
            raise SpeechFailed(f"{self.base_url} sent silence for a line of {len(spoken)} characters.")
        finished = polished(wave, dry=True)
        length_s = len(finished) / SOUND_RATE_HZ
        words = estimated_words(spoken, len(wave) / SOUND_RATE_HZ)
        return Speech(finished, _within(words, length_s), length_s, self.name, estimated=True)

    def _fetched(self, text: str, voice: str, manner: str, pace: float) -> np.ndarray:
        import openai

        with openai.OpenAI(base_url=self.base_url, api_key=self.api_key, max_retries=0, timeout=self.limit_s) as client:
            try:
                reply = client.audio.speech.create(
                    model=self.model, voice=voice, input=text, response_format="wav", speed=pace,
                    instructions=manner or openai.omit,
                )  # fmt: skip
                body = reply.read()
            except openai.APITimeoutError as error:
                raise SpeechFailed(f"{self.base_url} did not answer within {self.limit_s:g} s.") from error
            except openai.APIStatusError as error:
                raise SpeechFailed(
                    f"{self.base_url} refused to speak with {self.model!r}: {error.status_code} {error.message}."
                ) from error
            except openai.OpenAIError as error:
                raise SpeechFailed(f"{self.base_url} could not be reached: {error}.") from error
        return _decoded(body, self.base_url)


def _decoded(body: bytes, server: str) -> np.ndarray:
    """The sound of a reply as (N,) at 48 kHz, whatever format the server chose.

    Raises:
        SpeechFailed: it is not a sound.
    """
    import tempfile

    from storyboards.errors import BadMedia
    from tools.media import read_wave

    with tempfile.TemporaryDirectory(prefix="storyreel-speech-") as folder:
        path = Path(folder) / "speech.wav"
        path.write_bytes(body)
        try:
            wave = read_wave(path).mean(axis=0)
        except BadMedia as error:
            raise SpeechFailed(f"{server} sent {len(body)} bytes that are not a sound: {error.message}") from error
    return np.asarray(wave, np.float32)


@dataclass(frozen=True)
class NarrationFit:
    """How a text fits a time: ``pace`` to speak it with, its ``length_s`` at that pace, and whether it ``fits``."""

    speech: Speech
    pace: float
    length_s: float
    fits: bool

    def __str__(self) -> str:
        verdict = "fits" if self.fits else "does not fit"
        return f"{self.length_s:.2f} s at {self.pace:.2f} times the natural pace: {verdict}"


def fit_narration(
    text: str, seconds: float, speaker: Speaker, voice: str = "narrator", language: str = "en"
) -> NarrationFit:
    """Speak a text so that it fits ``seconds``: at its natural pace, or up to 1.25 times as fast, or not at all.

    A text that does not fit is returned at the fastest pace with ``fits`` False; nothing is cut.

    Raises:
        SpeechFailed, UnknownName: as the speaker does.
    """
    speech, pace = speaker.say(text, voice, language, 1.0), 1.0
    # Synthesisers keep a pace only nearly, so a second and third step may be needed.
    for _ in range(3):
        if speech.length_s <= seconds or pace >= FASTEST:
            break
        needed = pace * speech.length_s / max(seconds, 1e-6) * 1.01
        pace = min(FASTEST, max(pace + 0.02, needed))
        speech = speaker.say(text, voice, language, pace)
    return NarrationFit(speech, pace, speech.length_s, speech.length_s <= seconds)


def resampled(wave: np.ndarray, rate_hz: int) -> np.ndarray:
    """A wave (N,) of any rate at 48 kHz."""
    if rate_hz == SOUND_RATE_HZ:
        return wave
    from scipy.signal import resample_poly

    shared = gcd(SOUND_RATE_HZ, rate_hz)
    return np.asarray(resample_poly(wave, SOUND_RATE_HZ // shared, rate_hz // shared), np.float32)


def _checked(text: str, pace: float) -> str:
    if len(text) > LONGEST_TEXT:
        raise SpeechFailed(f"a line of {len(text)} characters is too long to speak; the limit is {LONGEST_TEXT}.")
    if not SLOWEST <= pace <= FASTEST:
        raise SpeechFailed(f"a pace of {pace:g} was asked for; speech goes from {SLOWEST} to {FASTEST}.")
    return text.replace("\0", " ")


def _trimmed(wave: np.ndarray) -> tuple[np.ndarray, float]:
    """The wave without silence around it, and the seconds cut from its beginning; -1 if it is all silence."""
    loud = np.nonzero(np.abs(wave) > 0.01 * max(1e-9, float(np.abs(wave).max(initial=0.0))))[0]
    if not len(loud) or not wave.any():
        return wave, -1.0
    margin = round(0.02 * SOUND_RATE_HZ)
    start, stop = max(0, int(loud[0]) - margin), min(len(wave), int(loud[-1]) + margin)
    return wave[start:stop], start / SOUND_RATE_HZ


def _within(words: tuple[Word, ...], length_s: float) -> tuple[Word, ...]:
    last_s = max(0.0, length_s - TAIL_S)
    return tuple(replace(word, start_s=min(word.start_s, last_s), end_s=min(word.end_s, last_s)) for word in words)
