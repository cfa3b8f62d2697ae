"""A program of its own: reads one request, lets espeak-ng speak it, writes the samples and the word times.

The engine is GPL-3.0 and a C library that ends its process on some faults, so it runs here, in a child, and nothing of
storyreel is imported. Standard input is one JSON object (text, voices by preference, rate, pitch, range, word_gap);
standard output is one line of JSON (rate_hz, events as [kind, character from 0, milliseconds]) and then 16-bit mono
samples. On failure the exit code is 1 and standard error says why.
"""

from __future__ import annotations

import ctypes
import json
import sys
from typing import Any

SYNCHRONOUS = 2
CHARACTERS, UTF8 = 1, 1
WORD, SENTENCE, END = 1, 2, 5
RATE, PITCH, RANGE, WORD_GAP = 1, 3, 4, 7
RANDOM_SEED = 1
CHUNK_MS = 200


class _Name(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int), ("unique_identifier", ctypes.c_uint), ("text_position", ctypes.c_int),
        ("length", ctypes.c_int), ("audio_position", ctypes.c_int), ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p), ("id", _Name),
    )  # fmt: skip


def main() -> int:
    request = json.load(sys.stdin)
    try:
        rate_hz, events, samples = speak(request)
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return 1
    head = json.dumps({"rate_hz": rate_hz, "events": events}).encode() + b"\n"
    sys.stdout.buffer.write(head + samples)
    return 0


def speak(request: dict[str, Any]) -> tuple[int, list[tuple[str, int, int]], bytes]:
    """Speak and collect.

    Raises:
        RuntimeError: no library, no voice data, an unknown voice or a failed synthesis.
    """
    import espeakng_loader

    library = ctypes.CDLL(espeakng_loader.get_library_path())
    rate_hz = library.espeak_Initialize(SYNCHRONOUS, CHUNK_MS, str(espeakng_loader.get_data_path()).encode(), 0x8000)
    if rate_hz <= 0:
        raise RuntimeError(f"espeak-ng did not start (code {rate_hz})")
    if all(library.espeak_SetVoiceByName(voice.encode()) != 0 for voice in request["voices"]):
        raise RuntimeError(f"espeak-ng has no voice {' or '.join(request['voices'])}")
    for number, name in ((RATE, "rate"), (PITCH, "pitch"), (RANGE, "range"), (WORD_GAP, "word_gap")):
        library.espeak_SetParameter(number, int(request[name]), 0)

    samples = bytearray()
    events: list[tuple[str, int, int]] = []
    kinds = {WORD: "word", SENTENCE: "sentence", END: "end"}

    @ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(_Event))
    def heard(wave: int | None, count: int, found: Any) -> int:
        if wave and count > 0:
            samples.extend(ctypes.string_at(wave, 2 * count))
        index = 0
        while found and found[index].type != 0:
            event = found[index]
            if event.type in kinds:
                events.append((kinds[event.type], event.text_position - 1, event.audio_position))
            index += 1
        return 0

    library.espeak_SetSynthCallback(heard)
    if hasattr(library, "espeak_ng_SetRandSeed"):  # else it seeds its breath noise from the clock
        library.espeak_ng_SetRandSeed(ctypes.c_long(RANDOM_SEED))
    text = request["text"].encode() + b"\0"
    library.espeak_Synth.argtypes = (
        ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int, ctypes.c_uint, ctypes.c_uint,
        ctypes.c_void_p, ctypes.c_void_p,
    )  # fmt: skip
    if library.espeak_Synth(text, len(text), 0, CHARACTERS, 0, UTF8, None, None) != 0:
        raise RuntimeError("espeak-ng could not speak the text")
    library.espeak_Synchronize()
    if sys.byteorder == "big":
        import array

        swapped = array.array("h", bytes(samples))
        swapped.byteswap()
        samples = bytearray(swapped.tobytes())
    return rate_hz, events, bytes(samples)


if __name__ == "__main__":
    sys.exit(main())
