"""Shot grammar: framing and camera for what happens, never at random, never three alike in a row."""

from __future__ import annotations

from agent.rulebook.audience import PLAIN, Manner
from agent.rulebook.coverage import Slot
from storyboards.shot import CameraWork, Part, Transition
from tools.vocabulary import SUBJECTS

_ESTABLISHING = ("crane down", "pan right", "dolly in", "tilt down", "pan left", "truck right")
_ENDINGS = ("dolly out", "crane up")
_AERIAL = frozenset({"fly", "rise", "land", "chase", "jump"})
_BY_VERB: dict[str, tuple[str, ...]] = {
    "walk": ("track", "static", "pan"),
    "run": ("track", "handheld", "pan"),
    "fly": ("tilt up", "track", "pan"),
    "swim": ("track", "static", "pan"),
    "chase": ("track", "handheld"),
    "meet": ("dolly in", "static"),
    "sleep": ("dolly in", "static", "tilt down"),
    "wake": ("dolly in", "static"),
    "rise": ("crane up", "tilt up"),
    "land": ("crane down", "tilt down"),
    "look around": ("dolly in", "pan", "static"),
    "jump": ("static", "handheld"),
    "bounce": ("static", "dolly in"),
    "spin": ("dolly in", "static"),
    "wave": ("static", "dolly in"),
    "carry": ("track", "static"),
    "stand": ("dolly in", "static"),
}


class Cinematographer:
    """Chooses in order through the film; remembers the last moves so that they vary."""

    def __init__(self, manner: Manner = PLAIN) -> None:
        self._manner = manner
        self._moves: list[str] = []
        self._framings: list[str] = []
        self._seen: set[str] = set()
        self._counts: dict[str, int] = {}

    def camera(self, slot: Slot, parts: tuple[Part, ...], subjects: list[str], mood: str) -> CameraWork:
        """The camera of a shot: what was asked for first, then what suits its purpose and its verbs."""
        asked = next((beat.camera for beat in slot.beats if beat.camera), "") if slot.purpose == "main" else ""
        framing = self._framing(slot, parts, subjects)
        heading = next((a.direction for p in parts for a in p.actions if a.direction in ("left", "right")), "right")
        move = self._aimed(asked, heading) if asked else self._move(slot, parts, subjects, heading, mood)
        strength = 0.6 if slot.purpose in ("close", "reaction") and not asked else 1.0
        self._moves.append(move)
        self._framings.append(framing)
        self._seen.update(part.element for part in parts)
        return CameraWork(move=move, framing=framing, strength=strength)

    def _framing(self, slot: Slot, parts: tuple[Part, ...], subjects: list[str]) -> str:
        asked = next((beat.framing for beat in slot.beats if beat.framing), "") if slot.purpose == "main" else ""
        if asked:
            return asked
        verbs = {action.verb for part in parts for action in part.actions}
        wide_needed = len(parts) > 2 or verbs & _AERIAL or any(_is_wide(s) for s in subjects)
        if slot.purpose == "establish" or not parts or slot.purpose == "ending":
            return "wide"
        if slot.purpose in ("close", "reaction"):
            again = slot.turn // 4 % 2
            return "medium" if any(_is_wide(s) for s in subjects) or again else "close"
        if wide_needed:
            return "wide"
        fresh = any(part.element not in self._seen for part in parts)
        if fresh and self._manner.nearer and len(parts) == 1 and self._framings:
            return "medium" if self._framings[-1] != "medium" else "close"
        if fresh or not self._framings:
            return "wide" if not self._framings or self._framings[-1] != "wide" else "medium"
        if (
            len(parts) == 1
            and verbs <= {"sleep", "look around", "stand", "wake"}
            and "close" not in self._framings[-1:]
        ):
            return "close"
        return "medium" if self._framings[-1] == "wide" else "wide" if self._framings[-1] == "close" else "medium"

    def _move(self, slot: Slot, parts: tuple[Part, ...], subjects: list[str], heading: str, mood: str) -> str:
        if slot.purpose == "establish" or not parts:
            return self._varied("establish", _ESTABLISHING, heading)
        if slot.purpose == "ending":
            return self._varied("ending", _ENDINGS, heading)
        if slot.purpose in ("close", "reaction"):
            choices: tuple[str, ...] = ("dolly in", "static", "dolly out")
            return self._varied("close", choices if _breathes(subjects) else ("dolly in", "dolly out"), heading)
        verb = parts[0].actions[0].verb if parts[0].actions else "stand"
        choices = _BY_VERB.get(verb, ("static", "dolly in"))
        if mood == "tense" and verb in ("run", "chase"):
            choices = ("handheld", "track")
        if self._manner.steady:
            choices = tuple(choice for choice in choices if choice != "handheld")
        if verb == "stand" and not _breathes(subjects):
            choices = ("dolly in", "dolly out")
        return self._varied(verb, choices, heading)

    def _varied(self, key: str, choices: tuple[str, ...], heading: str) -> str:
        start = self._counts.get(key, 0)
        for step in range(len(choices)):
            move = self._aimed(choices[(start + step) % len(choices)], heading)
            if self._moves[-1:] != [move]:
                self._counts[key] = start + step + 1
                return move
        self._counts[key] = start + 1
        return self._aimed(choices[start % len(choices)], heading)

    @staticmethod
    def _aimed(move: str, heading: str) -> str:
        if move == "track":
            return f"truck {heading}"
        return f"pan {heading}" if move == "pan" else move


def _breathes(subjects: list[str]) -> bool:
    """Does anybody in the shot live? A thing that stands before a camera that stands is a photograph."""
    return any(SUBJECTS[subject].body == "biped" or SUBJECTS[subject].group != "thing" for subject in subjects)


def _is_wide(subject: str) -> bool:
    kind = SUBJECTS[subject]
    return kind.width * kind.height > 0.5


def transition(slot: Slot, position: int, before: int, rate: float) -> Transition:
    """Fade in first, dissolve over a jump in time or place, cut otherwise; never over half of a shot."""
    frames = max(12, round(rate / 2))
    room = min(slot.frames, before) // 2
    if position == 0:
        frames = min(frames, room)
        return Transition(kind="fade", frames=frames) if frames >= 6 else Transition()
    jumps = slot.lead.jump and slot.purpose in ("main", "establish")
    if jumps and room >= 12:
        return Transition(kind="dissolve", frames=min(frames, room))
    return Transition()
