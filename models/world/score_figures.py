"""Chords broken into figures, bass lines and drum patterns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.world.moods import Bars, Mood


@dataclass(frozen=True)
class Note:
    """One note: start and length in beats, MIDI pitch, velocity 0 to 1, and the part that plays it."""

    beat: float
    beats: float
    pitch: int
    velocity: float
    part: str


@dataclass(frozen=True)
class Chord:
    """A chord over a span of beats; ``classes`` are pitch classes, root first; ``voicing`` MIDI pitches, rising."""

    beat: float
    beats: float
    numeral: str
    classes: tuple[int, ...]
    voicing: tuple[int, ...] = ()


def accompany(
    kind: Mood,
    chords: list[Chord],
    phrases: list[tuple[str, Bars]],
    pickup: int,
    final_beat: int,
    rng: np.random.Generator,
) -> tuple[list[Note], list[Note]]:
    """Return the notes of harmony (with pad) and of the bass; the last chord is held by all.

    Layers enter with the form: in long pieces the first phrase has no bass.
    """
    harmony: list[Note] = []
    bass: list[Note] = []
    first_full = _first_full_beat(kind, phrases, pickup)
    low = 0
    for chord in chords:
        root = _bass_pitch(chord.classes[0], low)
        low = root
        last = chord.beat >= final_beat
        if kind.parts["pad"]:
            pitches = chord.voicing if kind.parts["pad"] != "dark pad" else tuple(p - 12 for p in chord.voicing[:3])
            harmony += [Note(chord.beat, chord.beats, pitch, 0.5, "pad") for pitch in pitches]
        if last:
            harmony += [
                Note(chord.beat + 0.06 * i, chord.beats, p, 0.6, "harmony") for i, p in enumerate(chord.voicing)
            ]
            bass.append(Note(chord.beat, chord.beats, root, 0.85, "bass"))
            continue
        harmony += _FIGURES[kind.figure](chord, pickup, kind.beats_per_bar)
        if chord.beat >= first_full:
            bass += _bass_line(kind, chord, root, rng)
    return harmony, bass


def _first_full_beat(kind: Mood, phrases: list[tuple[str, Bars]], pickup: int) -> float:
    beat = float(pickup)
    opening = 1 if sum(name != "vamp" for name, _ in phrases) > 3 else 0
    for name, bars in phrases:
        if name != "vamp":
            if opening == 0:
                return beat
            opening -= 1
        beat += len(bars) * kind.beats_per_bar
    return beat


def _bass_pitch(pitch_class: int, before: int) -> int:
    choices = [p for p in range(33, 51) if p % 12 == pitch_class]
    return min(choices, key=lambda p: abs(p - (before or 40)))


def _bass_line(kind: Mood, chord: Chord, root: int, rng: np.random.Generator) -> list[Note]:
    if kind.figure == "ostinato":
        return [Note(chord.beat + k, 0.9, root, 0.8 if k == 0 else 0.6, "bass") for k in range(int(chord.beats))]
    if kind.figure == "sparse":
        return [Note(chord.beat, chord.beats, root, 0.7, "bass")]
    fifth = root + 7 if root + 7 <= 52 else root - 5
    if kind.figure in ("oompah", "march"):
        pitches = [root if k % 2 == 0 else fifth for k in range(0, max(1, int(chord.beats) // 2))]
        return [Note(chord.beat + 2 * k, 1.0 if kind.figure == "oompah" else 1.8, pitch, 0.78, "bass")
                for k, pitch in enumerate(pitches)]  # fmt: skip
    line = [Note(chord.beat, min(3.0, chord.beats), root, 0.7, "bass")]
    if chord.beats >= 4 and rng.random() < 0.6:
        line = [Note(chord.beat, 3.0, root, 0.7, "bass"), Note(chord.beat + 3.0, 1.0, fifth, 0.5, "bass")]
    return line


def _arpeggio(chord: Chord, pickup: int, bar: int) -> list[Note]:
    rising = [*chord.voicing, chord.voicing[0] + 12]
    order = [*rising, *rising[-2:0:-1]]
    return [Note(chord.beat + 0.5 * k, 1.4, order[k % len(order)], 0.55 if k % 4 == 0 else 0.42, "harmony")
            for k in range(int(chord.beats * 2))]  # fmt: skip


def _broken(chord: Chord, pickup: int, bar: int) -> list[Note]:
    low, *rest = chord.voicing
    notes = []
    for k in range(int(chord.beats)):
        for pitch in [low] if k == 0 else rest[: 2 if k == 1 else 3]:
            notes.append(Note(chord.beat + k, chord.beats - k, pitch, 0.52 if k == 0 else 0.38, "harmony"))
    return notes


def _oompah(chord: Chord, pickup: int, bar: int) -> list[Note]:
    notes = []
    for k in range(int(chord.beats)):
        if int(chord.beat + k - pickup) % 2 == 1:
            notes += [Note(chord.beat + k, 0.4, pitch, 0.5, "harmony") for pitch in chord.voicing[-3:]]
    return notes


def _ostinato(chord: Chord, pickup: int, bar: int) -> list[Note]:
    """Eighths grouped 3 + 3 + 2 on the root and its neighbour."""
    accents = (1, 0, 0, 1, 0, 0, 1, 0)
    low = 41 + (chord.classes[0] - 41) % 12
    second = low + (chord.classes[1] - chord.classes[0]) % 12
    notes = []
    for k in range(int(chord.beats * 2)):
        hit = accents[k % 8]
        pitch = low if hit or k % 2 == 0 else second
        notes.append(Note(chord.beat + 0.5 * k, 0.42, pitch, 0.72 if hit else 0.45, "harmony"))
    return notes


def _march(chord: Chord, pickup: int, bar: int) -> list[Note]:
    notes = []
    for at, length in ((0.0, 0.9), (1.0, 0.4), (1.5, 0.4), (2.0, 1.8)):
        if at < chord.beats:
            level = 0.55 if at in (0.0, 2.0) else 0.4
            notes += [
                Note(chord.beat + at, min(length, chord.beats - at), p, level, "harmony") for p in chord.voicing[-3:]
            ]
    return notes


def _sparse(chord: Chord, pickup: int, bar: int) -> list[Note]:
    tops = [pitch + 12 for pitch in chord.voicing]
    spots = [(0.5, tops[0]), (1.5, tops[1]), (2.5, tops[-1]), (3.0, tops[1])]
    return [Note(chord.beat + at, 1.5, pitch, 0.36, "harmony") for at, pitch in spots if at < chord.beats]


_FIGURES = {
    "arpeggio": _arpeggio, "broken": _broken, "oompah": _oompah, "ostinato": _ostinato, "march": _march,
    "sparse": _sparse,
}  # fmt: skip

_BEATS: dict[str, tuple[tuple[float, str, float], ...]] = {
    "none": (),
    "light": ((0.0, "kick", 0.5), (0.5, "shaker", 0.3), (1.0, "wood", 0.45), (1.5, "shaker", 0.4), (2.0, "kick", 0.45),
              (2.5, "shaker", 0.3), (3.0, "wood", 0.5), (3.5, "shaker", 0.45)),
    "heart": ((0.0, "drum", 0.85), (0.5, "drum", 0.45), (1.0, "tick", 0.3), (2.0, "drum", 0.7), (2.5, "tick", 0.25),
              (3.0, "tick", 0.35), (3.5, "tick", 0.25)),
    "march": ((0.0, "timpani", 0.85), (0.0, "snare", 0.45), (1.0, "snare", 0.35), (1.5, "snare", 0.3),
              (2.0, "timpani", 0.65), (2.0, "snare", 0.45), (3.0, "snare", 0.4), (3.5, "snare", 0.3),
              (3.75, "snare", 0.25)),
    "glint": ((0.0, "triangle", 0.35),),
}  # fmt: skip


def drum(kind: Mood, names: list[str], pickup: int, final_beat: int, key: int) -> list[Note]:
    """Return the percussion: the mood's pattern in every bar that is not a vamp, and an accent on the last downbeat.

    Timpani play the tonic below; other drums have no pitch (0).
    """
    pattern = _BEATS[kind.beat]
    if not pattern:
        return []
    low = 36 + (key - 36) % 12
    notes = []
    beat = float(pickup)
    vamp_bars = (final_beat - pickup) // kind.beats_per_bar - 4 * sum(name != "vamp" for name in names)
    for bar in range((final_beat - pickup) // kind.beats_per_bar):
        thin = bar < vamp_bars
        for at, part, velocity in pattern:
            if not (thin and at % 2.0) and not (kind.beat == "glint" and bar % 2):
                notes.append(Note(beat + at, 0.5, low if part == "timpani" else 0, velocity, part))
        beat += kind.beats_per_bar
    closing = {
        "light": ("kick", "triangle"),
        "heart": ("drum",),
        "march": ("timpani", "cymbal"),
        "glint": ("triangle",),
    }
    return notes + [
        Note(float(final_beat), 2.0, low if part == "timpani" else 0, 0.9, part) for part in closing[kind.beat]
    ]
