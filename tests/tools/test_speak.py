"""Speech: a real espeak-ng in a real child, a real server on loopback, and honest silence."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from storyboards.errors import SpeechFailed, UnknownName
from tools import media, speak
from tools.contract import SOUND_RATE_HZ, Speaker, Word
from tools.voice_polish import TAIL_S, polished, speech_lufs
from tools.voices import VOICES, espeak_languages
from tools.word_times import estimated_words, reported_words, syllables

TEXT = "Once upon a time, a small fox found a lantern. “Hello,” she said."
needs_espeak = pytest.mark.skipif(
    not speak.espeak_is_installed(), reason="the optional speech package is not installed"
)


@pytest.fixture(scope="module")
def spoken():
    return speak.EspeakSpeaker().say(TEXT, "narrator", "en", 1.0)


@needs_espeak
def test_espeak_speaks_every_word_in_order_at_its_own_time(spoken) -> None:
    assert " ".join(word.text for word in spoken.words) == TEXT
    assert not spoken.estimated
    assert all(before.end_s <= after.start_s + 1e-9 for before, after in pairwise(spoken.words))
    assert all(word.end_s > word.start_s for word in spoken.words)
    assert spoken.words[0].start_s < 0.05
    assert spoken.words[-1].end_s == pytest.approx(spoken.length_s - TAIL_S, abs=0.15)


@needs_espeak
def test_a_pause_is_where_the_text_has_one_and_it_is_quiet_there(spoken) -> None:
    stop = next(i for i, word in enumerate(spoken.words) if word.text == "lantern.")
    gap = (spoken.words[stop].end_s, spoken.words[stop + 1].start_s)
    assert gap[1] - gap[0] > 0.1
    middle = round((gap[0] + 0.75 * (gap[1] - gap[0])) * SOUND_RATE_HZ)
    near = spoken.wave[middle - 1000 : middle + 1000]
    assert np.sqrt((near**2).mean()) < 0.15 * np.sqrt((spoken.wave**2).mean())


@needs_espeak
def test_speech_has_the_loudness_of_a_film_voice_and_no_clicks(spoken) -> None:
    both = np.stack([spoken.wave, spoken.wave])
    level = media.loudness(both)
    assert level.lufs == pytest.approx(-20.0, abs=0.7)
    assert level.true_peak_dbtp is not None
    assert level.true_peak_dbtp < -1.0
    assert spoken.wave.dtype == np.float32
    assert spoken.length_s == len(spoken.wave) / SOUND_RATE_HZ
    assert abs(spoken.wave[0]) < 1e-3
    assert abs(spoken.wave[-1]) < 1e-3


@needs_espeak
def test_a_faster_pace_is_shorter_in_proportion(spoken) -> None:
    fast = speak.EspeakSpeaker().say(TEXT, "narrator", "en", 1.25)
    assert fast.length_s == pytest.approx(spoken.length_s / 1.25, rel=0.08)


@needs_espeak
def test_voices_differ_in_pitch_as_their_names_say() -> None:
    def pitch_hz(voice: str) -> float:
        wave = speak.EspeakSpeaker().say("Oh, no, no, alone, oh no.", voice, "en", 1.0).wave
        assert wave is not None
        found = []
        for at in range(0, len(wave) - 4096, 2048):
            frame = wave[at : at + 4096] * np.hanning(4096)
            if np.sqrt((frame**2).mean()) > 0.02:
                repeat = np.fft.irfft(np.abs(np.fft.rfft(frame, 8192)) ** 2)
                found.append(SOUND_RATE_HZ / (90 + int(repeat[90:800].argmax())))
        return float(np.median(found))

    heard = {voice: pitch_hz(voice) for voice in ("giant", "man", "woman", "child")}
    assert heard["giant"] < heard["man"] < heard["woman"] < heard["child"]


@needs_espeak
@pytest.mark.parametrize(("language", "text"), [
    ("de", "Der Fuchs läuft über die Brücke."), ("fr", "Où est le renard ?"), ("pt-BR", "A raposa está aqui."),
    ("en-AU", "A fox."),
])  # fmt: skip
def test_other_languages_are_spoken_with_their_own_words(language: str, text: str) -> None:
    speech = speak.EspeakSpeaker().say(text, "woman", language, 1.0)
    assert speech.wave is not None
    assert " ".join(word.text for word in speech.words) == text


@needs_espeak
def test_text_that_looks_like_markup_or_orders_is_only_read() -> None:
    for text in ("<break time='9s'/> a & b", "[[h@l'oU]] \0 ; rm -rf /", "🦊"):
        speech = speak.EspeakSpeaker().say(text, "narrator", "en", 1.0)
        assert speech.length_s < 12


@needs_espeak
def test_an_unknown_language_and_a_dead_child_are_clear_errors(tmp_path: Path) -> None:
    with pytest.raises(SpeechFailed, match="qx"):
        speak.EspeakSpeaker().say("hello", "narrator", "qx", 1.0)
    with pytest.raises(SpeechFailed, match="language tag"):
        speak.EspeakSpeaker().say("hello", "narrator", "../../x", 1.0)
    crash, stuck, noise = (tmp_path / name for name in ("crash.py", "stuck.py", "noise.py"))
    crash.write_text("import os; os.abort()")
    stuck.write_text("import time; time.sleep(60)")
    noise.write_text("print('no samples here')")
    with pytest.raises(SpeechFailed, match="exit code -6"):
        speak.EspeakSpeaker(child=crash).say("hello", "narrator", "en", 1.0)
    with pytest.raises(SpeechFailed, match="longer than"):
        speak.EspeakSpeaker(child=stuck, limit_s=0.5).say("hello", "narrator", "en", 1.0)
    with pytest.raises(SpeechFailed, match="could not be read"):
        speak.EspeakSpeaker(child=noise).say("hello", "narrator", "en", 1.0)
    with pytest.raises(SpeechFailed, match="started"):
        speak.EspeakSpeaker(python=str(tmp_path / "no-python")).say("hello", "narrator", "en", 1.0)


@needs_espeak
def test_the_library_is_loaded_by_the_child_only() -> None:
    program = (
        "import sys; from tools.speak import EspeakSpeaker; "
        "assert EspeakSpeaker().say('A fox.', 'narrator', 'en', 1.0).length_s > 0.3; "
        "assert 'espeakng_loader' not in sys.modules"
    )
    root = Path(speak.__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@needs_espeak
def test_narration_that_is_a_little_long_is_sped_up_and_no_more() -> None:
    speaker = speak.EspeakSpeaker()
    natural = speak.fit_narration(TEXT, 60.0, speaker)
    assert natural.pace == 1.0
    assert natural.fits
    tight = speak.fit_narration(TEXT, natural.length_s / 1.12, speaker)
    assert tight.fits
    assert 1.0 < tight.pace <= 1.25
    hopeless = speak.fit_narration(TEXT, 1.0, speaker)
    assert not hopeless.fits
    assert hopeless.pace == 1.25
    assert "does not fit" in str(hopeless)


def test_nobody_speaking_still_gives_times_for_captions() -> None:
    speech = speak.SilentSpeaker().say("A fox, a very extraordinary fox. Go!", "narrator", "en", 1.0)
    assert speech.wave is None
    assert speech.estimated
    assert [word.text for word in speech.words] == ["A", "fox,", "a", "very", "extraordinary", "fox.", "Go!"]
    lengths = {word.text: word.end_s - word.start_s for word in speech.words}
    assert lengths["extraordinary"] > 3 * lengths["A"]
    gap = speech.words[6].start_s - speech.words[5].end_s
    assert gap > speech.words[2].start_s - speech.words[1].end_s > 0
    assert speech.length_s == speech.words[-1].end_s
    faster = speak.SilentSpeaker().say("A fox.", "narrator", "en", 1.25)
    assert faster.length_s == pytest.approx(speak.SilentSpeaker().say("A fox.", "narrator", "en", 1.0).length_s / 1.25)


@pytest.mark.parametrize(("word", "count"), [
    ("fox", 1), ("table", 2), ("stone", 1), ("extraordinary", 5), ("—", 0), ("42", 4), ("日本", 2), ("über", 2),
    ("the", 1),
])  # fmt: skip
def test_syllables(word: str, count: int) -> None:
    assert syllables(word) == count


def test_estimated_words_fill_the_time_they_are_given() -> None:
    words = estimated_words("one two, three", 3.0)
    assert words[0].start_s == 0.0
    assert words[-1].end_s == pytest.approx(3.0)
    assert estimated_words("") == ()


def test_events_become_words_with_their_punctuation() -> None:
    events = [
        ("sentence", 0, 0),
        ("word", 0, 10),
        ("word", 6, 400),
        ("end", 9, 800),
        ("word", 14, 1000),
        ("end", 18, 1500),
    ]
    words = reported_words("Hello fox. — Go-go!", events, 1.6)
    assert words == (Word("Hello", 0.01, 0.4), Word("fox. —", 0.4, 0.8), Word("Go-go!", 1.0, 1.5))


class _Server(BaseHTTPRequestHandler):
    """A speech endpoint: answers by what the text asks for, and remembers what it was asked."""

    asked: list[dict[str, object]] = []  # noqa: RUF012

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        type(self).asked.append({"path": self.path, "key": self.headers["Authorization"], **body})
        text = body["input"]
        if "refuse" in text:
            self._answer(400, "application/json", b'{"error": {"message": "no such voice"}}')
        elif "break" in text:
            self._answer(503, "application/json", b'{"error": {"message": "busy"}}')
        elif "garbage" in text:
            self._answer(200, "audio/wav", b"this is not a sound at all" * 10)
        elif "sleep" in text:
            time.sleep(1.5)
            self._answer(200, "audio/wav", b"")
        else:
            length_s = 2.0 / float(body.get("speed", 1.0))
            self._answer(200, "audio/wav", tone(length_s, 24_000))

    def _answer(self, code: int, kind: str, body: bytes) -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(BrokenPipeError):
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def tone(length_s: float, rate: int) -> bytes:
    import io
    import wave

    times = np.arange(round(length_s * rate)) / rate
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((8000 * np.sin(2 * np.pi * 200 * times)).astype("<i2").tobytes())
    return out.getvalue()


@pytest.fixture
def server() -> Iterator[str]:
    _Server.asked.clear()
    service = ThreadingHTTPServer(("127.0.0.1", 0), _Server)
    thread = threading.Thread(target=service.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{service.server_port}/v1"
    service.shutdown()
    service.server_close()
    thread.join()


def test_a_speech_server_is_asked_once_and_its_words_are_marked_estimated(server: str) -> None:
    speaker = speak.OpenAISpeaker(server, "tiny-voice", "secret")
    speech = speaker.say("Hello small fox.", "man", "en", 1.25)
    assert len(_Server.asked) == 1
    asked = _Server.asked[0]
    assert asked["path"] == "/v1/audio/speech"
    assert asked["key"] == "Bearer secret"
    assert (asked["model"], asked["voice"], asked["input"], asked["speed"]) == (
        "tiny-voice",
        "onyx",
        "Hello small fox.",
        1.25,
    )
    assert speech.estimated
    assert speech.wave is not None
    assert speech.length_s == pytest.approx(1.6 + TAIL_S, abs=0.03)
    assert [word.text for word in speech.words] == ["Hello", "small", "fox."]
    assert speech.words[-1].end_s == pytest.approx(1.6, abs=0.03)
    assert speech_lufs(speech.wave.astype(np.float64)) == pytest.approx(-20.0, abs=0.7)


@pytest.mark.parametrize(("text", "words"), [
    ("refuse me", "400"), ("break down", "503"), ("garbage please", "not a sound"), ("sleep long", "did not answer"),
])  # fmt: skip
def test_a_failing_server_is_asked_once_and_said_plainly(server: str, text: str, words: str) -> None:
    speaker = speak.OpenAISpeaker(server, "tiny-voice", limit_s=0.7 if "sleep" in text else 20.0)
    with pytest.raises(SpeechFailed, match=words):
        speaker.say(text, "narrator", "en", 1.0)
    assert len(_Server.asked) == 1


def test_a_server_that_is_not_there_is_said_plainly() -> None:
    with pytest.raises(SpeechFailed, match="could not be reached"):
        speak.OpenAISpeaker("http://127.0.0.1:9/v1", "tiny").say("hello", "narrator", "en", 1.0)


@pytest.mark.parametrize(
    "speaker", [speak.SilentSpeaker(), speak.EspeakSpeaker(), speak.OpenAISpeaker("http://x/v1", "m")]
)
def test_every_speaker_refuses_the_same_things_and_says_nothing_for_nothing(speaker: Speaker) -> None:
    with pytest.raises(UnknownName, match="narrator"):
        speaker.say("hello", "nobody", "en", 1.0)
    with pytest.raises(SpeechFailed, match="pace"):
        speaker.say("hello", "narrator", "en", 2.0)
    with pytest.raises(SpeechFailed, match="too long"):
        speaker.say("a" * 20_001, "narrator", "en", 1.0)
    empty = speaker.say("  ", "narrator", "en", 1.0)
    assert empty.wave is None
    assert empty.words == ()


def test_loudness_agrees_with_a_meter_of_another_make() -> None:
    rng = np.random.default_rng(0)
    wave = (rng.standard_normal(4 * SOUND_RATE_HZ) * np.repeat([0.02, 0.2, 0.0, 0.1], SOUND_RATE_HZ)).astype(np.float32)
    assert speech_lufs(wave.astype(np.float64)) == pytest.approx(media.loudness(np.stack([wave, wave])).lufs, abs=0.15)
    assert speech_lufs(np.zeros(48_000)) is None


def test_polish_tames_hiss_and_rumble_and_keeps_the_voice() -> None:
    times = np.arange(2 * SOUND_RATE_HZ) / SOUND_RATE_HZ

    def share(wave: np.ndarray, low_hz: float, high_hz: float) -> float:
        power = np.abs(np.fft.rfft(wave)) ** 2
        freqs = np.fft.rfftfreq(len(wave), 1 / SOUND_RATE_HZ)
        return float(power[(freqs > low_hz) & (freqs < high_hz)].sum() / power.sum())

    raw = sum(np.sin(2 * np.pi * f * times) for f in (30.0, 400.0, 7000.0))
    nice = polished(raw)
    assert share(nice, 300, 500) > 0.8 > 2 * share(raw, 300, 500)
    assert share(nice, 10, 50) < 0.1 * share(raw, 10, 50)
    assert share(nice, 6500, 7500) / share(nice, 300, 500) < 0.3 * share(raw, 6500, 7500) / share(raw, 300, 500)


def test_languages_are_tried_from_the_region_to_the_language() -> None:
    assert espeak_languages("en_GB") == ("en",)
    assert espeak_languages("zh") == ("cmn",)
    assert espeak_languages("pt-BR") == ("pt-br", "pt")
    assert {"narrator", "woman", "man", "child"} <= set(VOICES)


@needs_espeak
def test_the_same_words_are_spoken_the_same_at_any_time():
    line = ("Hello there, softly she shall see.", "narrator", "en", 1.0)
    first = speak.EspeakSpeaker().say(*line)
    time.sleep(1.1)  # the library would otherwise seed its noise with the second of the clock
    assert speak.EspeakSpeaker().say(*line).wave.tobytes() == first.wave.tobytes()
