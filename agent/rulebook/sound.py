"""Sound cues from the words, at their times; the mood of the music."""

from __future__ import annotations

from collections import Counter

from agent.rulebook.cast import Cast
from agent.rulebook.coverage import Slot
from agent.rulebook.directives import Directives
from storyboards.shot import SoundCue
from storyboards.storyboard import MusicPlan
from tools.vocabulary import MOODS, SUBJECTS

_GAP_S = 0.6


def timed_elsewhere(slots: list[Slot], rate: float) -> dict[int, list[tuple[str, float, str]]]:
    """Cues with a time of the film ("a bell rings at 12 seconds"), by the position of the shot that plays then.

    In a shot of its own (a shot list) a time is a time of the shot.
    """
    placed: dict[int, list[tuple[str, float, str]]] = {}
    starts, clock = [], 0.0
    for slot in slots:
        starts.append(clock)
        clock += slot.frames / rate
    for position, slot in enumerate(slots):
        if slot.purpose != "main":
            continue
        for beat in slot.beats:
            for sound, at_s, by in beat.sounds:
                if at_s is None:
                    continue
                if beat.explicit and at_s < slot.frames / rate:
                    placed.setdefault(position, []).append((sound, at_s, by))
                    continue
                here = max(i for i, start in enumerate(starts) if start <= min(at_s, clock - 0.1))
                placed.setdefault(here, []).append((sound, min(at_s, clock - 0.1) - starts[here], by))
    return placed


def cues(slot: Slot, seconds: float, present: set[str], placed: list[tuple[str, float, str]]) -> tuple[SoundCue, ...]:
    """Cues of one shot in order of time, spaced so that each can be heard."""
    found = [(at_s, sound, by) for sound, at_s, by in placed if at_s < seconds]
    free = []
    if slot.purpose == "main":
        free = [(sound, by) for beat in slot.beats for sound, at_s, by in beat.sounds if at_s is None]
    opens_storm = slot.purpose == "establish" and slot.turn == 0 and slot.lead.weather == "storm"
    if opens_storm and not found:
        free.append(("thunder", ""))
    for turn, (sound, by) in enumerate(free):
        at_s = seconds * (turn + 1) / (len(free) + 1)
        while any(abs(at_s - other) < min(_GAP_S, seconds / 6) for other, _, _ in found) and at_s < seconds - 0.3:
            at_s += 0.3
        found.append((min(at_s, max(0.0, seconds - 0.15)), sound, by))
    found.sort()
    return tuple(
        SoundCue(sound=sound, at_s=round(at_s, 2), by=by if by in present else "") for at_s, sound, by in found
    )


def music(directives: Directives, slots: list[Slot], cast: Cast, usual: str = "calm") -> MusicPlan | None:
    """The music asked for; else the mood most named in the story, else what its deeds suggest, else the usual one."""
    if not directives.music:
        return None
    mood = directives.mood
    if not mood:
        named = Counter(mood for slot in slots if slot.purpose == "main" for beat in slot.beats for mood in beat.moods)
        mood = max(named, key=lambda m: (named[m], -MOODS.index(m))) if named else ""
    if not mood:
        mood = _suggested(directives, slots, cast) or usual
    return MusicPlan(mood=mood, tempo_bpm=directives.tempo_bpm)


def _suggested(directives: Directives, slots: list[Slot], cast: Cast) -> str:
    verbs = Counter(deed.verb for slot in slots for beat in slot.beats for deed in beat.deeds)
    leads = slots[0].lead
    if leads.weather == "storm" or verbs["chase"] > 1:
        return "tense"
    if directives.is_ad or verbs["jump"] + verbs["bounce"] + verbs["spin"] >= 2:
        return "playful"
    if leads.setting in ("space", "cave", "underwater"):
        return "mysterious"
    if any(SUBJECTS[m.subject].body == "dragon" or m.subject == "knight" for m in cast.members.values()):
        return "triumphant"
    return ""
