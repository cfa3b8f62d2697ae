"""A piece of music on paper: key, chords led voice by voice, a melody of motifs that comes home at the end.

The form is made of four-bar phrases that ask, answer, contrast and close. One motif (a rhythm and a contour) opens
every asking and answering phrase, returns varied, and the last phrase falls by step to the tonic on the last
downbeat. Strong beats carry chord tones; what lies between follows the scale.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise, product

import numpy as np

from models.world.moods import CHORDS, MODES, MOOD_TABLE, Bars, Cell, Mood
from models.world.score_figures import Chord, Note, accompany, drum

LEAD_IN_S = 0.05
PHRASE_BARS = 4


@dataclass(frozen=True)
class Score:
    """Everything that is played. Times are in beats from the first; the final downbeat is ``final_beat``.

    Attributes:
        key: pitch class of the tonic, 0 is C. ``mode`` is a key of ``moods.MODES``.
        pickup: beats before the first bar line; bar lines lie at pickup + k * beats_per_bar.
        harmony: figures of the chords, pad and second voices; each note names its part.
        ring_s: how long the last chord may ring.
    """

    mood: str
    key: int
    mode: str
    tempo_bpm: float
    beats_per_bar: int
    pickup: int
    final_beat: int
    duration_s: float
    ring_s: float
    chords: tuple[Chord, ...]
    melody: tuple[Note, ...]
    harmony: tuple[Note, ...]
    bass: tuple[Note, ...]
    percussion: tuple[Note, ...]

    def seconds(self, beat: float) -> float:
        """Return when a beat sounds; the last two beats before the end broaden a little."""
        broadened = 0.08 * max(0.0, min(beat, self.final_beat) - (self.final_beat - 2)) * (self.final_beat >= 8)
        return LEAD_IN_S + (beat + broadened) * 60.0 / self.tempo_bpm


def write_score(mood: str, tempo_bpm: float | None, duration_s: float, seed: int) -> Score:
    """Write a piece that fits a duration.

    Args:
        mood: from ``vocabulary.MOODS``.
        tempo_bpm: 40 to 200, kept exactly; None lets the mood choose one that ends a bar in time.
        duration_s: 2 to 600.

    Raises:
        ValueError: if any is out of range.
    """
    if mood not in MOOD_TABLE:
        raise ValueError(f"mood {mood!r} is not in the world; it knows: {', '.join(MOOD_TABLE)}")
    if not 2.0 <= duration_s <= 600.0:
        raise ValueError(f"music lasts 2 to 600 seconds, got {duration_s}")
    if tempo_bpm is not None and not 40.0 <= tempo_bpm <= 200.0:
        raise ValueError(f"a tempo is 40 to 200 beats a minute, got {tempo_bpm}")
    kind = MOOD_TABLE[mood]
    rng = np.random.default_rng([seed & 0xFFFFFFFF, sorted(MOOD_TABLE).index(mood)])
    tempo, beats, ring_s = _fitted(kind, tempo_bpm, duration_s, rng)
    key = int(rng.choice([0, 2, 3, 5, 7, 9, 10]))
    bars, pickup = divmod(beats, kind.beats_per_bar)
    phrases = _form(kind, bars, rng)
    chords = _led(_chords(kind, phrases, pickup, key), int(np.clip(kind.register - 14, 53, 62)))
    writer = _Melodist(kind, key, chords, pickup, beats, rng)
    melody = writer.write(phrases)
    harmony, bass = accompany(kind, chords, phrases, pickup, beats, rng)
    percussion = drum(kind, [name for name, _ in phrases], pickup, beats, key)
    return Score(mood, key, kind.mode, tempo, kind.beats_per_bar, pickup, beats, duration_s, ring_s, tuple(chords),
                 tuple(melody), tuple(harmony), tuple(bass), tuple(percussion))  # fmt: skip


def _fitted(
    kind: Mood, asked_bpm: float | None, duration_s: float, rng: np.random.Generator
) -> tuple[float, int, float]:
    """Return the tempo, the beats before the last downbeat and the seconds left to ring."""
    ring_s = float(np.clip(0.16 * duration_s, 0.8, 4.0 if kind.parts["pad"] else 2.2))
    play_s = duration_s - LEAD_IN_S - ring_s
    tempo = asked_bpm or float(rng.uniform(*kind.tempo_bpm))
    beats = max(1, int(play_s * tempo / 60.0 + 0.25))
    if asked_bpm is None:
        whole = round(play_s * tempo / 60.0 / kind.beats_per_bar) * kind.beats_per_bar
        if whole and abs(whole * 60.0 / play_s / tempo - 1.0) < 0.12:
            beats = whole
        tempo = float(np.clip((beats + 0.16 * (beats >= 8)) * 60.0 / play_s, 0.85 * tempo, 1.18 * tempo))
    end_s = LEAD_IN_S + (beats + 0.16 * (beats >= 8)) * 60.0 / tempo
    return tempo, beats, duration_s - end_s


def _form(kind: Mood, bars: int, rng: np.random.Generator) -> list[tuple[str, Bars]]:
    """Return phrases (function, bars) that add up to ``bars``; what does not fill a phrase waits at the start."""
    chosen = {name: choices[int(rng.integers(len(choices)))] for name, choices in kind.phrases.items()}
    if bars == 0:
        return []
    if bars < PHRASE_BARS:
        return [("final", chosen["final"][PHRASE_BARS - bars :])]
    count, rest = divmod(bars, PHRASE_BARS)
    cycle = ["open", "close", "bridge", "close"] * (-(-count // 4))
    names = ["open", "final"] if count == 2 else [*cycle[len(cycle) - count :][:-1], "final"]
    phrases = [("vamp", chosen["vamp"][:rest])] if rest else []
    for name in names:
        choices = kind.phrases[name]
        fresh = choices[int(rng.integers(len(choices)))] if name == "bridge" else chosen[name]
        phrases.append((name, fresh))
    return phrases


def _chords(kind: Mood, phrases: list[tuple[str, Bars]], pickup: int, key: int) -> list[Chord]:
    tonic = "I" if kind.mode == "ionian" else "i"
    home = "VII" if kind.mode == "dorian" else "V"
    spans: list[tuple[float, float, str]] = []
    if pickup:
        spans.append((0.0, float(pickup), home if not phrases or len(phrases) > 1 else tonic))
    beat = float(pickup)
    for _, bars in phrases:
        for names in bars:
            first = float(-(-kind.beats_per_bar // len(names)))
            lengths = [first] if len(names) == 1 else [first, kind.beats_per_bar - first]
            for name, length in zip(names, lengths, strict=True):
                spans.append((beat, length, name))
                beat += length
    spans.append((beat, float(kind.beats_per_bar), tonic))
    return [Chord(at, length, name, tuple((key + step) % 12 for step in CHORDS[name])) for at, length, name in spans]


def _led(chords: list[Chord], centre: int) -> list[Chord]:
    """Voice every chord so that the voices move as little as possible and not in parallel octaves or fifths."""
    led: list[Chord] = []
    for chord in chords:
        upper = chord.classes[:4]
        places = [[p for p in range(centre - 9, centre + 11) if p % 12 == pc] for pc in upper]
        best: tuple[float, tuple[int, ...]] = (float("inf"), ())
        for choice in product(*places):
            voicing = tuple(sorted(choice))
            cost = 0.15 * abs(sum(voicing) / len(voicing) - centre) + max(0, voicing[-1] - voicing[0] - 12)
            cost += 2.0 * sum(b - a < 2 for a, b in pairwise(voicing))
            if led:
                cost += _motion(led[-1], chord, voicing)
            best = min(best, (cost, voicing))
        led.append(replace(chord, voicing=best[1]))
    return led


def _motion(before: Chord, chord: Chord, voicing: tuple[int, ...]) -> float:
    old = before.voicing
    moved = sum(min(abs(new - past) for past in old) for new in voicing)
    moved += sum(min(abs(new - past) for new in voicing) for past in old)
    parallels = 0
    if len(old) == len(voicing):
        for low in range(len(old)):
            for high in range(low + 1, len(old)):
                gap, past_gap = (voicing[high] - voicing[low]) % 12, (old[high] - old[low]) % 12
                parallels += gap == past_gap and gap in (0, 7) and voicing[low] != old[low]
    return 0.5 * moved + 1.5 * parallels


@dataclass
class _Melodist:
    """Writes the melody in steps of the scale: 0 is the tonic nearest to the middle of the register."""

    kind: Mood
    key: int
    chords: list[Chord]
    pickup: int
    final_beat: int
    rng: np.random.Generator

    def __post_init__(self) -> None:
        self.scale = MODES[self.kind.mode]
        self.tonic = min(
            (p for p in range(36, 97) if p % 12 == self.key), key=lambda p: abs(p + 3 - self.kind.register)
        )
        self.themes = {name: self._theme() for name in ("main", "bridge")}
        self.home = min(range(-4, 9), key=lambda step: abs(self.pitch(step) - self.kind.register + 1))
        self.step = self.home

    def pitch(self, step: int) -> int:
        octave, degree = divmod(step, 7)
        return self.tonic + 12 * octave + self.scale[degree]

    def _theme(self) -> list[tuple[Cell, list[int]]]:
        """Return two bars: a motif and its partner."""
        picks = self.rng.choice(len(self.kind.cells), 2, replace=False)
        return [(self.kind.cells[int(k)], self._contour(sum(d > 0 for d in self.kind.cells[int(k)]))) for k in picks]

    def _contour(self, count: int) -> list[int]:
        steps = [0]
        drift = 1 if self.rng.random() < 0.5 else -1
        for _ in range(count - 1):
            size = int(self.rng.integers(2, 5)) if self.rng.random() < self.kind.leap else 1
            steps.append(steps[-1] + (drift if self.rng.random() < 0.7 else -drift) * size)
            if abs(steps[-1]) >= 3:
                drift = -1 if steps[-1] > 0 else 1
        return steps

    def write(self, phrases: list[tuple[str, Bars]]) -> list[Note]:
        notes: list[Note] = self._upbeat() if self.pickup and phrases else []
        beat = float(self.pickup)
        heard = 0
        for number, (name, bars) in enumerate(phrases):
            if name != "vamp":
                part = "answer" if name == "bridge" and number < len(phrases) - 1 else "melody"
                notes += self._phrase(name, beat, len(bars), part, varied=heard > 1)
                heard += 1
            beat += len(bars) * self.kind.beats_per_bar
        last = self._nearest([step for step in range(-14, 22) if step % 7 == 0], self.step)
        return [*notes, Note(float(self.final_beat), float(self.kind.beats_per_bar), self.pitch(last), 0.85, "melody")]

    def _upbeat(self) -> list[Note]:
        count = min(2, self.pickup)
        first = float(self.pickup - count)
        return [Note(first + k, 1.0, self.pitch(self.home + k - count), 0.6 + 0.08 * k, "melody") for k in range(count)]

    def _phrase(self, name: str, start: float, bars: int, part: str, varied: bool) -> list[Note]:
        theme = self.themes["bridge" if name == "bridge" else "main"]
        arc = (0, 1, 3, 1) if name != "bridge" else (3, 2, 4, 2)
        notes: list[Note] = []
        for bar in range(bars):
            beat = start + bar * self.kind.beats_per_bar
            place = bar + PHRASE_BARS - bars
            if place == PHRASE_BARS - 1:
                notes += self._ending(name, beat, part)
                continue
            cell, contour = theme[place % 2]
            if varied and place != 1:
                cell, contour = self._varied(cell, contour)
            anchor = self._nearest(self._chord_steps(beat), self.home + arc[place])
            notes += self._bar(beat, cell, [anchor + step for step in contour], part, 0.62 + 0.06 * place)
        return notes

    def _varied(self, cell: Cell, contour: list[int]) -> tuple[Cell, list[int]]:
        """Split one longer note into itself and a neighbour, or turn the contour over."""
        if self.rng.random() < 0.35:
            return cell, [-step for step in contour]
        longest = int(np.argmax(cell))
        if cell[longest] < 1.0:
            return cell, contour
        heard = sum(d > 0 for d in cell[: longest + 1])
        half = cell[longest] / 2
        neighbour = contour[heard - 1] + (1 if self.rng.random() < 0.5 else -1)
        return (*cell[:longest], half, half, *cell[longest + 1 :]), [*contour[:heard], neighbour, *contour[heard:]]

    def _bar(self, start: float, cell: Cell, steps: list[int], part: str, level: float) -> list[Note]:
        notes = []
        beat = 0.0
        wanted = iter(steps)
        for length in cell:
            if length > 0:
                strong = beat in (0.0, self.kind.beats_per_bar / 2) or length >= 1.5
                self.step = self._chosen(next(wanted), start + beat, strong, length)
                accent = 0.12 if beat == 0.0 else 0.0
                notes.append(Note(start + beat, length, self.pitch(self.step), level + accent, part))
            beat += abs(length)
        return notes

    def _chosen(self, wanted: int, beat: float, strong: bool, length: float) -> int:
        """Return the step to sing: within reach of the last one, a chord tone on strong beats.

        A note of a beat or more does not rub against the chord by a semitone; a shorter one only not against its
        altered tones.
        """
        reach = 3 if self.kind.leap < 0.2 else 5
        wanted = min(max(wanted, self.step - reach), self.step + reach)
        wanted = min(max(wanted, self.home - 4), self.home + 7)
        if strong:
            return self._nearest(self._chord_steps(beat), wanted)
        tones = {pc for pc in self._chord(beat).classes if length >= 1.0 or (pc - self.key) % 12 not in self.scale}
        clashes = {step for step in range(-10, 18) if any((self.pitch(step) - pc) % 12 in (1, 11) for pc in tones)}
        return self._nearest([step for step in range(-10, 18) if step not in clashes], wanted)

    def _ending(self, name: str, beat: float, part: str) -> list[Note]:
        """Return the last bar of a phrase: a held tone that asks or answers, or the fall into the last tonic."""
        bar = self.kind.beats_per_bar
        if name != "final":
            home = [step for step in self._chord_steps(beat) if name != "close" or step % 7 == 0]
            self.step = self._nearest(home, self.step if name != "close" else min(self.step, self.home + 2))
            return [Note(beat, bar - 1.0, self.pitch(self.step), 0.7, part)]
        fifth = self._nearest([4, -3, 11, -10], min(self.step, self.home + 2))
        second = fifth - 3
        lengths = (1.0, 1.0, bar - 2.0)
        notes = []
        at = beat
        for step, length in zip((fifth, fifth - 1, second), lengths, strict=True):
            chord = self._chord(at)
            if at == beat or (self.pitch(step) % 12 not in chord.classes and length > 1.0):
                step = self._nearest(self._chord_steps(at), step)
            self.step = step
            notes.append(Note(at, length, self.pitch(step), 0.74, part))
            at += length
        return notes

    def _chord(self, beat: float) -> Chord:
        return next(chord for chord in reversed(self.chords) if chord.beat <= beat + 1e-6)

    def _chord_steps(self, beat: float) -> list[int]:
        classes = self._chord(beat).classes
        return [step for step in range(-10, 18) if self.pitch(step) % 12 in classes]

    @staticmethod
    def _nearest(steps: list[int], wanted: int) -> int:
        return min(steps, key=lambda step: (abs(step - wanted), step))
