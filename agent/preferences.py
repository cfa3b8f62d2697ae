"""What a person seems to like, counted from what was asked for and chosen; always visible, always deletable.

A preference changes no plan by itself. It is shown, it is the default of a question that a brief leaves open, and it
can be forgotten.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from agent.changes import Change
from agent.memory.guests import for_guest
from agent.memory.habits import Habit
from agent.memory.memory import Memory
from storyboards.errors import UnknownName

TIMES = 2
"""How often something must have been wanted before it counts as a preference."""

FILM_FIELDS = {"style": "style", "music.mood": "music", "size": "shape", "language": "language", "voice": "voice"}
SHOT_FIELDS = {"exposure": ("darker shots", "brighter shots"), "length": ("shorter shots", "longer shots")}


class Preference(BaseModel):
    """Something that was wanted several times.

    Attributes:
        number: by which it is forgotten.
        subject, value: "shape", "vertical".
        times: how often; ``origins`` says in which project and by which words, the last ones first.
    """

    model_config = ConfigDict(frozen=True)
    number: int
    subject: str
    value: str
    times: int
    origins: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.subject}: {self.value} ({self.times} times, last {self.origins[0]})"


class Preferences:
    """The preferences of a home: its owner's. A guest has none there, and teaches none."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def all(self) -> list[Preference]:
        """What was wanted :data:`TIMES` times or more, what was wanted most first."""
        counted: dict[tuple[str, str], list[Habit]] = defaultdict(list)
        for habit in () if for_guest.get() else self._memory.habits.all():
            counted[habit.subject, habit.value].append(habit)
        wanted = sorted((rows for rows in counted.values() if len(rows) >= TIMES), key=lambda rows: -len(rows))
        return [
            Preference(
                number=number, subject=rows[0].subject, value=rows[0].value, times=len(rows),
                origins=tuple(f"in {row.project}: “{row.words}”" for row in reversed(rows[-4:])),
            )
            for number, rows in enumerate(wanted, start=1)
        ]  # fmt: skip

    def of(self, subject: str) -> Preference | None:
        """The strongest preference about something."""
        return next((preference for preference in self.all() if preference.subject == subject), None)

    def learn(self, project: str, words: str, changes: Sequence[Change]) -> None:
        """Note what an edit wanted: what is asked for again and again is a preference."""
        for subject, value in () if for_guest.get() else dict.fromkeys(wanted_by(changes)):
            self._memory.habits.note(subject, value, project, words)

    def learn_pick(self, project: str, shot_id: str, ordinal: int, preferred: int | None) -> None:
        """Note that a person kept another take than the judge did."""
        if preferred is None or preferred == ordinal or for_guest.get():
            return
        value = (
            "an earlier take than the judge's choice" if ordinal < preferred else "a later take than the judge's choice"
        )
        self._memory.habits.note("takes", value, project, f"take {ordinal} of {shot_id}, not {preferred}")

    def forget(self, number: int) -> Preference:
        """Forget a preference and every time that it was counted from.

        Raises:
            UnknownName: there is none of this number.
        """
        found = next((preference for preference in self.all() if preference.number == number), None)
        if found is None:
            raise UnknownName(
                f"there is no preference {number}.", next_step="“What do you remember about me?” lists them."
            )
        self._memory.habits.forget(found.subject, found.value)
        return found

    def forget_all(self) -> int:
        """Forget everything that was counted; how many times that were."""
        return self._memory.habits.forget()


def wanted_by(changes: Sequence[Change]) -> list[tuple[str, str]]:
    """What an edit wanted, as (subject, value)."""
    wanted = []
    # A film that is cut to a length changes its shots with it; one shot's length changes the film's.
    resized = sum(change.field == "length" and bool(change.shot_id) for change in changes)
    for change in changes:
        if change.field in FILM_FIELDS and not change.shot_id and change.after:
            value = _shape(change.after) if change.field == "size" else change.after
            wanted.append((FILM_FIELDS[change.field], value))
        elif change.field == "length" and not change.shot_id and resized > 1:
            wanted.append(("length", f"{float(change.after.removesuffix(' s')):g} s"))
        elif change.field == "exposure" or (change.field == "length" and change.shot_id and resized == 1):
            less, more = SHOT_FIELDS[change.field]
            grew = float(change.after.split()[0]) > float(change.before.split()[0])
            wanted.append(("light" if change.field == "exposure" else "pace", more if grew else less))
        elif change.field == "camera.move" and change.after:
            wanted.append(("camera", change.after))
    return wanted


def _shape(size: str) -> str:
    width, height = map(int, size.split("x"))
    return "16:9" if width > height else "9:16" if height > width else "1:1"
