"""Beats turned into shots: how many, which beats share one, what is added, and how long each lasts."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from agent.rulebook.story import Beat, Notes
from storyboards.brief import MAX_SHOTS
from tools.vocabulary import TIMES

SECONDS_A_SHOT = 4.0
SHORTEST_S = 2.0
BRIEFEST_S, LONGEST_S = 0.7, 30.0
"""Bounds of a shot: shorter ones cannot be read, longer ones the world does not play."""
MAX_TOGETHER = 3
LONG_FOR_ONE_DAY = 8
"""Shots from which on a film of one moment passes through a day."""
DEEDS_A_SHOT = 4
_WEIGHTS = {"establish": 0.85, "main": 1.1, "close": 0.75, "reaction": 0.75, "travel": 1.0, "ending": 0.95}


@dataclass
class Slot:
    """A shot to be: its beats (one or several that share it) and its purpose.

    ``purpose`` is ``main`` for what the brief tells, and ``establish close reaction travel ending`` for coverage that
    is added around it. ``turn`` counts the coverage of the same beat so that no two are alike.
    """

    beats: list[Beat]
    purpose: str = "main"
    turn: int = 0
    frames: int = 0
    time: str = ""
    cast: list[str] = field(default_factory=list)

    @property
    def lead(self) -> Beat:
        return self.beats[0]

    @property
    def everyone(self) -> list[str]:
        return list(dict.fromkeys(who for beat in self.beats for who in beat.cast))


def length_and_count(
    beats: list[Beat], seconds: float | None, shots: int, notes: Notes, pace: float = 1.0
) -> tuple[float, int]:  # fmt: skip
    """Seconds of the film and number of its shots, from what was asked and what there is to tell.

    Args:
        pace: times the length that a shot has where nobody asks for another.
    """
    seconds, count = _wished(beats, seconds, shots, pace)
    fewest, most = max(1, -(-int(seconds) // int(LONGEST_S))), max(1, min(MAX_SHOTS, int(seconds / BRIEFEST_S)))
    held = min(max(count, fewest), most)
    if shots and held != shots:
        notes.add(f"{shots} shots in {seconds:g} s", f"{held} shots", f"a shot lasts {BRIEFEST_S:g} to {LONGEST_S:g} s")
    return seconds, held


def _wished(beats: list[Beat], seconds: float | None, shots: int, slower: float) -> tuple[float, int]:
    explicit = sum(beat.explicit for beat in beats)
    told = sum(beat.seconds for beat in beats)
    if seconds is None:
        if explicit == len(beats) and told and all(beat.seconds for beat in beats):
            seconds = told
        else:
            seconds = SECONDS_A_SHOT * (shots or max(explicit, min(max(len(beats), 4), 15)))
            seconds = min(seconds, 600.0)
    most = max(1, min(MAX_SHOTS, int(seconds / SHORTEST_S)))
    if shots:
        return seconds, shots
    if explicit:
        return seconds, min(max(explicit, len(beats)), MAX_SHOTS, max(1, int(seconds * 2)))
    pace = SECONDS_A_SHOT if seconds <= 120 else 5.0 if seconds <= 240 else 8.0
    wanted = max(1, int(seconds / (pace * slower) + 0.5), -(-len(beats) // 2))
    return seconds, min(wanted, most)


def cover(beats: list[Beat], count: int, notes: Notes) -> list[Slot]:
    """Exactly ``count`` slots that tell every beat in order: crowded beats share, sparse ones get coverage."""
    slots = [Slot([part]) for beat in beats for part in _at_most_three(beat, notes)]
    slots = _share(slots, count, notes)
    while len(slots) < count and _split(slots):
        pass
    return _enrich(slots, count)


def _at_most_three(beat: Beat, notes: Notes) -> list[Beat]:
    """A beat with more than three subjects becomes several of the same moment."""
    cast = beat.cast
    if len(cast) <= MAX_TOGETHER:
        return [beat]
    parts = []
    for start in range(0, len(cast), MAX_TOGETHER):
        few = cast[start : start + MAX_TOGETHER]
        part = Beat(**{**beat.__dict__})
        part.deeds = [d for d in beat.deeds if d.who in few]
        for deed in part.deeds:
            deed.target = deed.target if deed.target in few else ""
        part.present = [who for who in beat.present if who in few]
        if start:
            part.sounds, part.lines, part.title, part.jump = [], [], "", False
        parts.append(part)
    notes.add(f"{len(cast)} together: {beat.source[:80]}", f"{len(parts)} shots", "a shot holds three subjects at most")
    return parts


# -- fewer shots than beats --------------------------------------------------------------------------------------------


def _share(slots: list[Slot], count: int, notes: Notes) -> list[Slot]:
    costs = [_cost(a, b) for a, b in pairwise(slots)]
    while len(slots) > count:
        place = min(range(len(costs)), key=lambda i: (costs[i], i))
        if costs[place] >= 1000:
            _say_what_is_lost(slots[place], slots[place + 1], notes)
        slots[place : place + 2] = [Slot([*slots[place].beats, *slots[place + 1].beats])]
        del costs[place]
        for near in (place - 1, place):
            if 0 <= near < len(costs):
                costs[near] = _cost(slots[near], slots[near + 1])
    return slots


def _cost(a: Slot, b: Slot) -> float:
    """How badly two neighbours go into one shot; 1000 and more if something would be lost."""
    first, second = a.beats[-1], b.lead
    if len(a.beats) + len(b.beats) > 12:
        return 3000.0 + len(a.beats) + len(b.beats)
    cast = dict.fromkeys([*a.everyone, *b.everyone])
    deeds = sum(len(beat.deeds) for beat in (*a.beats, *b.beats))
    cost = 2.0 * (len(a.beats) + len(b.beats)) + 0.3 * deeds
    cost -= 1.5 if first.sentence == second.sentence else 0.0
    cost += 2.0 * len(set(a.everyone) ^ set(b.everyone))
    if (first.setting, first.time, first.weather) != (second.setting, second.time, second.weather):
        cost += 1000 + 100 * (first.setting != second.setting)
    if len(cast) > MAX_TOGETHER:
        cost += 1500
    if second.explicit or first.explicit:
        cost += 20
    if not a.everyone or not b.everyone:
        cost -= 2
    if deeds > DEEDS_A_SHOT * 2:
        cost += 10 * deeds
    return cost


def _say_what_is_lost(a: Slot, b: Slot, notes: Notes) -> None:
    first, second = a.beats[0], b.lead
    why = "there are fewer shots than scenes; give the film more seconds or shots"
    if first.setting != second.setting:
        notes.add(f"{second.setting} ({second.source[:60].strip()})", f"told in the shot before, {first.setting}", why)
    elif first.time != second.time:
        notes.add(f"{second.time} ({second.source[:60].strip()})", f"told in the shot before, {first.time}", why)
    cast = list(dict.fromkeys([*a.everyone, *b.everyone]))
    for who in cast[MAX_TOGETHER:]:
        notes.add(f"{who} in “{second.source[:60].strip()}”", "left out of that shot", why)


# -- more shots than beats ---------------------------------------------------------------------------------------------


def _split(slots: list[Slot]) -> bool:
    """Give the deeds of the fullest beat a shot each; False when no beat has two deeds in sequence."""
    best = max(range(len(slots)), key=lambda i: (_steps(slots[i].lead), -i))
    beat = slots[best].lead
    if _steps(beat) < 2:
        return False
    cut = next(i for i, deed in enumerate(beat.deeds) if i and not deed.together)
    first, second = Beat(**{**beat.__dict__}), Beat(**{**beat.__dict__})
    first.deeds, second.deeds = beat.deeds[:cut], beat.deeds[cut:]
    second.present, first.present = beat.present, [d.target for d in first.deeds if d.target]
    first.lines, first.sounds = [], []
    second.jump, second.framing, second.camera = False, "", ""
    slots[best : best + 1] = [Slot([first]), Slot([second])]
    return True


def _steps(beat: Beat) -> int:
    return 1 if beat.explicit else sum(1 for i, deed in enumerate(beat.deeds) if i == 0 or not deed.together)


def _enrich(slots: list[Slot], count: int) -> list[Slot]:
    """Add coverage until there are ``count`` shots: establish, end, then closer looks, spread over the film."""
    opening = slots[0].lead
    if len(slots) < count and slots[0].everyone and not (opening.explicit or opening.framing or opening.camera):
        slots.insert(0, Slot([slots[0].lead], "establish"))
    if len(slots) + 1 < count and slots[-1].everyone and not slots[-1].lead.explicit:
        slots.append(Slot([slots[-1].beats[-1]], "ending"))
    mains = [slot for slot in slots if slot.purpose == "main"]
    extra: dict[int, list[Slot]] = {id(slot): [] for slot in mains}
    missing = count - len(slots)
    turn = 0
    while missing > 0:
        for slot in sorted(mains, key=lambda s: (bool(s.lead.explicit), -len(s.everyone))) if turn == 0 else mains:
            if missing <= 0:
                break
            extra[id(slot)].append(Slot([slot.beats[-1]], _coverage_kind(slot, turn), turn))
            missing -= 1
        turn += 1
    covered: list[Slot] = []
    for slot in slots:
        covered.append(slot)
        covered += extra.get(id(slot), [])
    return covered


def _coverage_kind(slot: Slot, turn: int) -> str:
    if not slot.everyone:
        return "establish"
    order = ["reaction"] if len(slot.everyone) > 1 else []
    order += ["close", "travel", "establish"]
    return order[turn % len(order)]


def pass_the_day(slots: list[Slot]) -> None:
    """A long film in which no time of day is told goes from dawn to night."""
    for position, slot in enumerate(slots):
        slot.time = TIMES[position * len(TIMES) // len(slots)]


# -- lengths -----------------------------------------------------------------------------------------------------------


def share_frames(slots: list[Slot], frames: int, rate: float) -> None:
    """Set whole frames that add up to ``frames`` exactly; lengths that were asked for are kept where they fit."""
    asked = [_asked_frames(slot, rate) for slot in slots]
    if all(asked):
        weights = [float(a) for a in asked]
    else:
        weights = [_weight(slot) for slot in slots]
    fixed = sum(asked)
    if fixed and not all(asked) and fixed + 12 * asked.count(0) <= frames:
        rest = share_of_frames([w for w, a in zip(weights, asked, strict=True) if not a], frames - fixed)
        shares = [a or rest.pop(0) for a in asked]
    else:
        shares = share_of_frames(weights, frames)
    for slot, share in zip(slots, shares, strict=True):
        slot.frames = share


def _asked_frames(slot: Slot, rate: float) -> int:
    seconds = sum(beat.seconds for beat in slot.beats) if slot.purpose == "main" else 0.0
    return max(4, round(seconds * rate)) if seconds else 0


def _weight(slot: Slot) -> float:
    steps = sum(_steps(beat) if not beat.explicit else 1 for beat in slot.beats)
    words = sum(len(line.text.split()) for beat in slot.beats for line in beat.lines)
    told = sum(min(len(beat.narration.split()), 16) for beat in {b.sentence: b for b in slot.beats}.values())
    grown = 0.25 * max(0, steps - 1) + 0.06 * words + 0.03 * min(told, 24) if slot.purpose == "main" else 0.0
    return _WEIGHTS[slot.purpose] + grown


def share_of_frames(weights: list[float], total: int) -> list[int]:
    """Whole portions of ``total`` in proportion to ``weights`` by largest remainder; none below 4 where possible."""
    whole = sum(weights)
    exact = [total * weight / whole for weight in weights]
    shares = [int(portion) for portion in exact]
    order = sorted(range(len(weights)), key=lambda i: (shares[i] - exact[i], i))
    for i in order[: total - sum(shares)]:
        shares[i] += 1
    least = min(4, total // max(1, len(weights)))
    while min(shares) < least:
        shares[shares.index(max(shares))] -= 1
        shares[shares.index(min(shares))] += 1
    return shares
