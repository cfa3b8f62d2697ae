"""Who stands where and moves which way: sides, screen direction, depth, and the shares of the shot that deeds take."""

from __future__ import annotations

from agent.rulebook.cast import Cast
from agent.rulebook.coverage import Slot
from agent.rulebook.performing import RIDDEN, TRAVEL, can, nearest_action
from agent.rulebook.story import Deed, Notes, article
from storyboards.shot import Action, Part
from tools.vocabulary import SUBJECTS

OPPOSITE = {"left": "right", "right": "left"}
_STILL = frozenset({"stand", "sleep", "wake", "look around", "wave", "carry"})


class Stage:
    """Keeps the line: an actor that travels right keeps travelling right until told otherwise."""

    def __init__(self, cast: Cast, notes: Notes) -> None:
        self._cast, self._notes = cast, notes
        self._heading: dict[str, str] = {}
        self._sides: dict[str, str] = {}

    def parts(self, slot: Slot) -> tuple[Part, ...]:
        """The parts of a shot, at most three, doers first."""
        if slot.purpose == "establish":
            return ()
        deeds = self._deeds(slot)
        who = self._who(slot, deeds)
        deeds = {name: deeds.get(name, []) for name in who}
        sides = self._place(who, deeds)
        parts = []
        for depth, name in enumerate(who):
            actions = self._actions(name, deeds[name], who)
            riding = any(d.verb == "ride" for d in deeds[name])
            parts.append(Part(element=name, side=sides[name], depth=0.12 if riding else round(0.15 * min(depth, 2), 2),
                              actions=actions))  # fmt: skip
        return tuple(parts)

    def _who(self, slot: Slot, deeds: dict[str, list[Deed]]) -> list[str]:
        everyone = [name for name in slot.everyone if name in self._cast.members]
        doers = [name for name in everyone if name in deeds] + [
            d.target for ds in deeds.values() for d in ds if d.target
        ]
        if slot.purpose == "close":
            lead = doers or everyone
            return _with_mount(lead[slot.turn // 2 % len(lead) :][:1], deeds) if lead else []
        if slot.purpose == "reaction":
            others = everyone[1:] or everyone
            return _with_mount(others[slot.turn // 2 % len(others) :][:1], deeds)
        return list(dict.fromkeys([*doers, *everyone]))[:3]

    def _deeds(self, slot: Slot) -> dict[str, list[Deed]]:
        """Deeds of each element in this shot; coverage holds what was last done, or stands."""
        every: dict[str, list[Deed]] = {}
        for beat in slot.beats:
            riders = {deed.who for deed in beat.deeds if deed.verb == "ride"}
            for deed in beat.deeds:
                if deed.who in riders and deed.verb in TRAVEL | {"stand"}:
                    continue
                row = every.setdefault(deed.who, [])
                if not row or (row[-1].verb, row[-1].thing, row[-1].target) != (deed.verb, deed.thing, deed.target):
                    row.append(deed)
        if slot.purpose == "main":
            self._flee(every)
            return every or self._alive(slot)
        return {who: [self._held(slot, row[-1])] for who, row in every.items()}

    def _alive(self, slot: Slot) -> dict[str, list[Deed]]:
        """A brief that only names somebody ("a film about penguins") shows them doing what they do."""
        lead = slot.lead
        if not lead.fragment or lead.explicit or lead.framing or lead.lines:
            return {}
        doing = {}
        for who in slot.everyone[:3]:
            subject = self._cast.members[who].subject
            kind = SUBJECTS[subject]
            if kind.group != "animal" and kind.body != "vehicle":
                continue
            verb = {"water": "swim", "air": "fly"}.get(kind.home, "run" if kind.body == "vehicle" else "walk")
            if can(subject, verb):
                doing[who] = [Deed(who, verb, together=True)]
        return doing

    def _flee(self, every: dict[str, list[Deed]]) -> None:
        """Who is chased runs, who is met comes too, unless something else is told of them."""
        for deeds in list(every.values()):
            for deed in deeds:
                if (
                    deed.target
                    and deed.target not in every
                    and deed.target in self._cast.members
                    and deed.verb == "chase"
                ):
                    home = SUBJECTS[self._cast.members[deed.target].subject].home
                    verb = {"water": "swim", "air": "fly"}.get(home, "run")
                    every[deed.target] = [Deed(deed.target, verb, deed.direction)]

    def _held(self, slot: Slot, last: Deed) -> Deed:
        """What coverage of a deed shows: the deed going on when we travel along, a look or a rest when we are close."""
        if slot.purpose == "travel" and last.verb in TRAVEL | {"chase"}:
            return last
        if last.verb in ("sleep", "carry", "spin", "wave", "look around", "bounce", "stand"):
            return Deed(last.who, last.verb, last.direction, "", last.thing)
        if last.verb == "ride":
            return last
        if slot.purpose == "ending":
            return Deed(last.who, "stand")
        subject = self._cast.members[last.who].subject
        if slot.purpose == "travel":
            home = {"water": "swim", "air": "fly"}.get(SUBJECTS[subject].home, "walk")
            return Deed(last.who, nearest_action(subject, home), OPPOSITE["right"] if slot.turn // 4 % 2 else "")
        looks = [verb for verb in ("look around", "stand", "spin") if can(subject, verb)] or ["stand"]
        return Deed(last.who, looks[slot.turn % len(looks) if slot.turn > 3 else slot.turn % min(2, len(looks))], "")

    def _place(self, who: list[str], deeds: dict[str, list[Deed]]) -> dict[str, str]:
        """A side for each: travellers enter from behind their heading, pairs face each other, the rest keep theirs."""
        sides: dict[str, str] = {}
        for name in who:
            for deed in deeds[name]:
                if deed.verb == "chase" and deed.target in who:
                    said = deed.direction if deed.direction in OPPOSITE else ""
                    self._heading[name] = said or self._heading.get(deed.target) or self._head(name)
                    heading = self._head(name, said)
                    self._heading[deed.target] = heading
                    sides[name], sides[deed.target] = OPPOSITE[heading], heading
                elif deed.verb == "meet" and deed.target in who:
                    first = "left" if self._head(name, deed.direction) == "right" else "right"
                    sides.setdefault(name, first)
                    sides.setdefault(deed.target, OPPOSITE[sides[name]])
                elif deed.verb == "ride" and deed.target in who:
                    self._heading[name] = self._head(deed.target)
        movers = [n for n in who if n not in sides and any(d.verb in TRAVEL for d in deeds[n])]
        for name in movers:
            said = next((d.direction for d in deeds[name] if d.direction in OPPOSITE), "")
            if name != movers[0] and not said and any(d.together for d in deeds[name]):
                self._heading[name] = self._head(movers[0])
            heading = self._head(name, said)
            sides[name] = (
                OPPOSITE[heading] if len(who) == 1 or OPPOSITE[heading] not in sides.values() else _free(sides)
            )
        riders = {n: d.target for n in who for d in deeds[n] if d.verb == "ride" and d.target in who}
        for name in who:
            if name in riders:
                sides[name] = sides.get(riders[name], "left")
            elif name not in sides:
                kept = self._sides.get(name, "")
                sides[name] = (
                    "centre" if len(who) == 1 else kept if kept and kept not in sides.values() else _free(sides)
                )
        self._sides.update({n: s for n, s in sides.items() if s != "centre"})
        return sides

    def _head(self, name: str, said: str = "") -> str:
        if said in OPPOSITE:
            self._heading[name] = said
        return self._heading.setdefault(name, "right")

    def _actions(self, name: str, deeds: list[Deed], who: list[str]) -> tuple[Action, ...]:
        subject = self._cast.members[name].subject
        shown = [self._performable(name, subject, deed, who) for deed in deeds] or [
            Deed(name, nearest_action(subject, "stand"))
        ]
        kept = [
            d for i, d in enumerate(shown) if i == 0 or (d.verb, d.direction, d.thing, d.target) != _same(shown[i - 1])
        ][:6]
        bounds = _shares([_dwell(deed) for deed in kept])
        return tuple(
            Action(
                verb=deed.verb,
                direction=self._direction(name, deed),
                target=deed.target if deed.target in who else "",
                thing=deed.thing,
                start=start,
                end=end,
            )
            for deed, (start, end) in zip(kept, bounds, strict=True)
        )

    def _performable(self, name: str, subject: str, deed: Deed, who: list[str]) -> Deed:
        verb = deed.verb
        if verb == "ride":
            if deed.target in who and can(subject, "ride"):
                return Deed(name, "ride", target=deed.target)
            mount = self._cast.members[deed.target].subject if deed.target in self._cast.members else ""
            verb = nearest_action(subject, RIDDEN.get(mount, "walk"))
            return Deed(name, verb, deed.direction)
        if verb == "carry" and not deed.thing:
            verb = "walk" if can(subject, "walk") else "stand"
            return Deed(name, nearest_action(subject, verb), deed.direction)
        if verb in ("chase", "meet") and (not deed.target or deed.target not in who or deed.target == name):
            verb = "run" if verb == "chase" else "look around"
        shown = nearest_action(subject, verb)
        if shown != verb and not (shown in TRAVEL and verb in TRAVEL):
            words = self._cast.members[name].words
            self._notes.add(f"{article(words)} that can {verb}", f"it does: {shown}", f"a {subject} cannot {verb} here")
        target = deed.target if shown in ("chase", "meet") else ""
        return Deed(name, shown, deed.direction, target, deed.thing if shown == "carry" else "")

    def _direction(self, name: str, deed: Deed) -> str:
        if deed.verb in TRAVEL | {"chase", "carry"}:
            if deed.direction in ("up", "down") and deed.verb in ("fly", "swim"):
                return deed.direction
            return self._head(name, deed.direction)
        if deed.verb in ("look around", "land", "rise", "meet", "jump", "stand", "wave"):
            return deed.direction
        return ""


def _with_mount(names: list[str], deeds: dict[str, list[Deed]]) -> list[str]:
    """Nobody leaves the seat for a close shot: who rides is shown with what carries it, and the other way round."""
    rides = {who: deed.target for who, row in deeds.items() for deed in row if deed.verb == "ride" and deed.target}
    mounts = [rides[name] for name in names if name in rides]
    riders = [who for who, mount in rides.items() if mount in names and who not in names]
    return list(dict.fromkeys([*riders, *names, *mounts]))[:3]


def _same(deed: Deed) -> tuple[str, str, str, str]:
    return deed.verb, deed.direction, deed.thing, deed.target


def _free(sides: dict[str, str]) -> str:
    taken = set(sides.values())
    return next((side for side in ("left", "right", "centre") if side not in taken), "centre")


def _dwell(deed: Deed) -> float:
    """How much of a shot a deed wants next to others."""
    return {"stand": 0.7, "land": 0.8, "jump": 0.8, "wake": 0.8, "look around": 0.9}.get(deed.verb, 1.0)


def _shares(weights: list[float]) -> list[tuple[float, float]]:
    total, start, bounds = sum(weights), 0.0, []
    for position, weight in enumerate(weights):
        end = 1.0 if position == len(weights) - 1 else round(start + weight / total, 3)
        bounds.append((start, end))
        start = end
    return bounds


def at_rest(subject: str) -> str:
    """What a subject does when it does nothing: stand, or swim in place."""
    return nearest_action(subject, "stand")


def is_large(subject: str) -> bool:
    return SUBJECTS[subject].width * SUBJECTS[subject].height > 0.5
