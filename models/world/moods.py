"""What each mood is made of: mode, tempo, metre, register, harmony, rhythms, who plays.

Progressions are written in Roman numerals, one tuple per bar, by their function in the form: ``open`` asks (it ends
away from home), ``close`` answers (it ends on the tonic), ``bridge`` contrasts, ``final`` ends on the chord that
resolves into the last downbeat, ``vamp`` waits.
"""

from __future__ import annotations

from dataclasses import dataclass

MODES: dict[str, tuple[int, ...]] = {
    "ionian": (0, 2, 4, 5, 7, 9, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "aeolian": (0, 2, 3, 5, 7, 8, 10),
}
"""Semitones of the scale above the tonic."""

CHORDS: dict[str, tuple[int, ...]] = {
    "I": (0, 4, 7), "Imaj7": (0, 4, 7, 11), "i": (0, 3, 7), "bII": (1, 5, 8), "ii": (2, 5, 9), "ii7": (2, 5, 9, 0),
    "iio": (2, 5, 8), "II7": (2, 6, 9, 0), "III": (3, 7, 10), "iii": (4, 7, 11), "IV": (5, 9, 0), "iv": (5, 8, 0),
    "V": (7, 11, 2), "V7": (7, 11, 2, 5), "Vsus": (7, 0, 2), "v": (7, 10, 2), "VI": (8, 0, 3), "vi": (9, 0, 4),
    "VI7": (9, 1, 4, 7), "VII": (10, 2, 5),
}  # fmt: skip
"""Semitones above the tonic, root first; III, VI and VII are the flat ones of the minor modes."""

CADENCES: frozenset[str] = frozenset({"V", "V7", "v", "VII"})
"""Chords from which a piece may come home."""

Bars = tuple[tuple[str, ...], ...]
Cell = tuple[float, ...]


@dataclass(frozen=True)
class Mood:
    """How a mood sounds.

    Attributes:
        tempo_bpm: slowest and fastest when no tempo is asked for.
        register: MIDI pitch about which the melody lies.
        leap: chance that a step of the melody is a leap.
        cells: rhythms of one bar in beats; a negative length is a rest.
        phrases: by function, the progressions to choose from.
        figure: how the chords are broken up; ``beat``: the percussion pattern.
        parts: instrument of melody, answer (second melody), harmony, pad, bass; "" for none.
        reverb_s, wet: length and level of the room.
    """

    mode: str
    tempo_bpm: tuple[float, float]
    beats_per_bar: int
    register: int
    leap: float
    cells: tuple[Cell, ...]
    phrases: dict[str, tuple[Bars, ...]]
    figure: str
    beat: str
    parts: dict[str, str]
    reverb_s: float
    wet: float


MOOD_TABLE: dict[str, Mood] = {
    "calm": Mood(
        "ionian", (68, 78), 4, 74, 0.16,
        ((2, 1, 1), (1.5, 0.5, 2), (1, 1, 2), (3, 1), (2, 2)),
        {
            "open": ((("I",), ("iii",), ("IV",), ("Vsus", "V")), (("Imaj7",), ("vi",), ("ii7",), ("V",))),
            "close": ((("I",), ("vi",), ("ii7", "V7"), ("I",)), (("vi",), ("IV",), ("Vsus", "V"), ("I",))),
            "bridge": ((("vi",), ("iii",), ("IV",), ("I",)), (("IV",), ("I",), ("ii7",), ("V",))),
            "final": ((("I",), ("vi",), ("IV",), ("Vsus", "V7")), (("IV",), ("iii",), ("ii7",), ("V7",))),
            "vamp": ((("Imaj7",), ("IV",), ("Imaj7",)),),
        },
        "arpeggio", "none",
        {"melody": "flute", "answer": "electric piano", "harmony": "pluck", "pad": "pad", "bass": "bass"}, 1.9, 0.30,
    ),
    "playful": Mood(
        "ionian", (118, 132), 4, 77, 0.30,
        ((0.5, 0.5, 1, 0.5, 0.5, 1), (1, 0.5, 0.5, 1, -1), (0.5, 0.5, 0.5, 0.5, 1, 1), (1, 1, 0.5, 0.5, 1),
         (0.75, 0.25, 1, 0.75, 0.25, 1)),
        {
            "open": ((("I",), ("VI7",), ("II7",), ("V7",)), (("I",), ("IV",), ("I",), ("V7",))),
            "close": ((("I",), ("IV",), ("V7",), ("I",)), (("I",), ("VI7",), ("II7", "V7"), ("I",))),
            "bridge": ((("IV",), ("I",), ("II7",), ("V7",)), (("vi",), ("iii",), ("ii",), ("V7",))),
            "final": ((("I",), ("IV",), ("ii",), ("V7",)), (("I",), ("VI7",), ("II7",), ("V7",))),
            "vamp": ((("I",), ("V7",), ("I",)),),
        },
        "oompah", "light",
        {"melody": "marimba", "answer": "flute", "harmony": "pluck", "pad": "", "bass": "bass"}, 0.8, 0.16,
    ),
    "tense": Mood(
        "aeolian", (100, 114), 4, 60, 0.12,
        ((3, 1), (-1, 2, 1), (2, -2), (-2, 1.5, 0.5), (4,)),
        {
            "open": ((("i",), ("bII",), ("i",), ("V",)), (("i",), ("iv",), ("bII",), ("V",))),
            "close": ((("i",), ("VI",), ("bII", "V"), ("i",)),),
            "bridge": ((("VI",), ("iv",), ("iio",), ("V",)), (("iv",), ("bII",), ("VI",), ("V",))),
            "final": ((("i",), ("VI",), ("bII",), ("V",)), (("i",), ("iv",), ("iio",), ("V",))),
            "vamp": ((("i",), ("i",), ("i",)),),
        },
        "ostinato", "heart",
        {"melody": "bowed", "answer": "bowed", "harmony": "low bowed", "pad": "dark pad", "bass": "bass"}, 1.5, 0.24,
    ),
    "triumphant": Mood(
        "ionian", (104, 116), 4, 70, 0.36,
        ((1.5, 0.5, 2), (1, 1, 1.5, 0.5), (0.75, 0.25, 1, 2), (2, 1, 1), (3, 0.5, 0.5)),
        {
            "open": ((("I",), ("IV",), ("I",), ("V",)), (("I",), ("VII",), ("IV",), ("V",))),
            "close": ((("vi",), ("IV",), ("Vsus", "V"), ("I",)), (("I",), ("IV",), ("V7",), ("I",))),
            "bridge": ((("vi",), ("iii",), ("IV",), ("V",)), (("IV",), ("I",), ("ii",), ("V",))),
            "final": ((("I",), ("vi",), ("IV",), ("Vsus", "V7")), (("vi",), ("IV",), ("ii",), ("V7",))),
            "vamp": ((("I",), ("IV",), ("I",)),),
        },
        "march", "march",
        {"melody": "brass", "answer": "bowed", "harmony": "brass", "pad": "strings", "bass": "bass"}, 1.7, 0.26,
    ),
    "sad": Mood(
        "aeolian", (66, 74), 3, 71, 0.14,
        ((2, 1), (1, 1, 1), (1.5, 0.5, 1), (3,), (2, 0.5, 0.5)),
        {
            "open": ((("i",), ("VI",), ("III",), ("VII",)), (("i",), ("iv",), ("i",), ("V",))),
            "close": ((("VI",), ("III",), ("V",), ("i",)), (("i",), ("VI",), ("V",), ("i",))),
            "bridge": ((("VI",), ("VII",), ("III",), ("V",)), (("iv",), ("VII",), ("III",), ("VI",))),
            "final": ((("i",), ("VI",), ("iv",), ("V",)), (("VI",), ("iv",), ("iio",), ("V7",))),
            "vamp": ((("i",), ("VI",), ("i",)),),
        },
        "broken", "none",
        {"melody": "bowed", "answer": "electric piano", "harmony": "electric piano", "pad": "pad", "bass": "bass"},
        2.2, 0.32,
    ),
    "mysterious": Mood(
        "dorian", (80, 90), 4, 83, 0.45,
        ((1, 1, -1, 1), (0.5, 0.5, 1, -2), (-1, 1, 1, 1), (1.5, 0.5, -1, 1), (2, -2)),
        {
            "open": ((("i",), ("IV",), ("i",), ("v",)), (("i",), ("ii",), ("III",), ("IV",))),
            "close": ((("i",), ("IV",), ("VII",), ("i",)), (("III",), ("IV",), ("VII",), ("i",))),
            "bridge": ((("III",), ("IV",), ("i",), ("v",)), (("VI",), ("i",), ("VI",), ("IV",))),
            "final": ((("i",), ("IV",), ("v",), ("VII",)), (("III",), ("ii",), ("IV",), ("VII",))),
            "vamp": ((("i",), ("IV",), ("i",)),),
        },
        "sparse", "glint",
        {"melody": "music box", "answer": "flute", "harmony": "music box", "pad": "dark pad", "bass": "drone"},
        2.6, 0.42,
    ),
}  # fmt: skip
