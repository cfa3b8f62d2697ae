"""Where and when each beat plays: what is said once holds until something else is said."""

from __future__ import annotations

from collections import Counter

from agent.rulebook.cast import Cast
from agent.rulebook.story import Beat, Notes
from tools.vocabulary import SUBJECTS, WEATHERLESS

_HOMES = {
    "fish": "underwater",
    "whale": "underwater",
    "turtle": "beach",
    "boat": "harbour",
    "rocket": "space",
    "astronaut": "moon",
    "train": "village",
    "car": "city",
    "robot": "city",
    "cat": "room",
    "kite": "meadow",
    "balloon": "sky",
    "penguin": "snowfield",
    "owl": "forest",
    "fox": "forest",
    "deer": "forest",
    "bear": "forest",
    "dragon": "mountain",
    "knight": "village",
    "lantern": "village",
    "woman": "city",
    "man": "city",
    "child": "meadow",
    "bird": "forest",
}


def settle(beats: list[Beat], cast: Cast, notes: Notes) -> None:
    """Fill in setting, time and weather of every beat, in place. ``jump`` is set where place or time changes."""
    setting = _first_setting(beats, cast)
    time, weather = _first(beats, "time") or "day", _first(beats, "weather") or "clear"
    if not _holds_before(beats, "weather"):
        weather = "clear"
    if not _holds_before(beats, "time"):
        time = "day"
    moved = False
    for position, beat in enumerate(beats):
        before = (setting, time)
        if beat.setting:
            setting, moved = beat.setting, True
        elif beat.hint and (not moved or not beat.cast or (beat.jump and not beat.deeds)):
            setting = beat.hint
        if beat.heading and setting != before[0]:
            weather = "clear"
        if beat.weather:
            weather = beat.weather
        time = beat.time or time
        asked = beat.weather
        beat.setting, beat.time, beat.weather = setting, time, weather
        if setting in WEATHERLESS and weather != "clear":
            if asked and asked != "clear" and not beat.seasonal:
                notes.add(f"{asked} in {_the(setting)}", "no weather", f"no weather can be seen in {_the(setting)}")
            beat.weather = "clear"
        beat.jump = position > 0 and (beat.jump or before != (setting, time))


def _the(setting: str) -> str:
    return setting if setting in ("underwater", "space") else f"the {setting}"


def _first(beats: list[Beat], field: str) -> str:
    return next((getattr(beat, field) for beat in beats if getattr(beat, field)), "")


def _first_place(beats: list[Beat], field: str) -> int:
    return next((place for place, beat in enumerate(beats) if getattr(beat, field)), 0)


def _holds_before(beats: list[Beat], field: str) -> bool:
    """Whether what is first said of time or weather holds from the beginning: said at once, or stated by itself in the
    second beat ("It is night."). "Then it sleeps at night" says nothing of what came before."""
    place = _first_place(beats, field)
    if place == 0 or beats[place].sentence == beats[0].sentence:
        return True
    return place == 1 and not (beats[1].deeds or beats[1].heading or beats[1].clause)


def _first_setting(beats: list[Beat], cast: Cast) -> str:
    """The place of the film's beginning: said, hinted, or where its subjects are at home."""
    early = next((beat.setting or beat.hint for beat in beats[:2] if beat.setting or beat.hint), "")
    if early:
        return early
    said = _first(beats, "setting") or _first(beats, "hint")
    if said:
        return said
    subjects = Counter(cast.members[who].subject for beat in beats for who in beat.cast if who in cast.members)
    order = [s for s, _ in subjects.most_common()]
    if not order:
        return "meadow"
    for home in ("water", "space"):
        if any(SUBJECTS[s].home == home for s in order) and not any(SUBJECTS[s].home == "ground" for s in order):
            return next(_HOMES.get(s, "meadow") for s in order if SUBJECTS[s].home == home)
    grounded = [s for s in order if SUBJECTS[s].home == "ground" and s in _HOMES] or order
    return _HOMES.get(grounded[0], "meadow")
