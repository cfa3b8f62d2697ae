"""Shots said in plain words: the prompt of each, and short storytelling sentences."""

from __future__ import annotations

import re

from agent.rulebook.story import article
from storyboards.shot import Action, Element, Shot

_THIRD = {
    "stand": "stands",
    "walk": "walks",
    "run": "runs",
    "jump": "jumps",
    "fly": "flies",
    "swim": "swims",
    "sleep": "sleeps",
    "wake": "wakes",
    "spin": "spins",
    "bounce": "bounces",
    "wave": "waves",
    "look around": "looks around",
    "land": "lands",
    "rise": "rises",
    "carry": "carries",
    "chase": "chases",
    "meet": "meets",
    "ride": "rides on",
}
_STILL_THINGS = {"lantern": "glows", "kite": "floats", "balloon": "floats", "ball": "lies there", "boat": "lies there"}
_TRAVEL = {"boat": "sails", "car": "drives", "train": "steams", "ball": "rolls"}
_DOWN_ALREADY = frozenset({"land", "rise"})
PLACES = {
    "forest": "in the forest",
    "beach": "on the beach",
    "city": "in the city",
    "desert": "in the desert",
    "snowfield": "on a snowfield",
    "mountain": "in the mountains",
    "meadow": "in a meadow",
    "underwater": "under water",
    "space": "in space",
    "moon": "on the moon",
    "room": "in a room",
    "cave": "in a cave",
    "harbour": "in the harbour",
    "village": "in the village",
    "river": "at the river",
    "sky": "in the sky",
}
_TIMES = {"dawn": "at dawn", "day": "by day", "dusk": "at dusk", "night": "at night"}
_WEATHERS = {"clear": "", "cloudy": "under clouds", "rain": "in the rain", "snow": "in falling snow", "fog": "in fog",
             "storm": "in a storm"}  # fmt: skip


def looks_of(element: Element) -> str:
    """``a small orange fox with a red scarf``."""
    size = "" if element.size == "medium" else element.size
    words = " ".join(word for word in (size, element.colour, element.subject) if word)
    worn = " and ".join(f"{'' if wear.name == 'glasses' else 'a '}{wear.colour} {wear.name}" for wear in element.wears)
    return article(words) + (f" with {worn}" if worn else "")


def deed_in_words(action: Action, names: dict[str, str], subject: str = "") -> str:
    travels = action.verb in ("walk", "run", "swim") and subject in _TRAVEL
    words = _TRAVEL[subject] if travels else _THIRD[action.verb]
    if action.thing:
        words += " " + article(action.thing)
    if action.target:
        words += " " + names.get(action.target, action.target)
    if action.direction and action.verb not in _DOWN_ALREADY:
        words += {"left": " to the left", "right": " to the right"}.get(action.direction, f" {action.direction}")
    return words


def prompt_of(shot: Shot, elements: dict[str, Element], style: str) -> str:
    """The shot in one plain sentence or two, for people and for prompted backends."""
    names = {name: "the " + element.subject for name, element in elements.items()}
    clauses = []
    for part in shot.parts:
        element = elements[part.element]
        told = (deed_in_words(action, names, element.subject) for action in part.actions)
        deeds = " and then ".join(told) or "is there"
        if [action.verb for action in part.actions] == ["stand"]:
            deeds = _STILL_THINGS.get(element.subject, deeds)
        clauses.append(f"{looks_of(element)} {deeds}")
    where = " ".join(word for word in (PLACES[shot.setting], _TIMES[shot.time], _WEATHERS[shot.weather]) if word)
    who = "; ".join(clauses)
    text = f"{who}, {where}" if who else f"The view {where}"
    camera = "the camera does not move" if shot.camera.move == "static" else f"camera: {shot.camera.move}"
    return f"{text[:1].upper()}{text[1:]}. {shot.camera.framing.capitalize()} shot, {camera}, {style} style."


def _noun(element: Element) -> str:
    """``the unicorn``: the brief's own word for somebody who is drawn as something else."""
    return f"the {element.described_as.split(' ', 1)[-1] if element.described_as else element.subject}"


def told(shot: Shot, elements: dict[str, Element]) -> str:
    """A short sentence for a narrator when the brief itself has none that fits."""
    where = PLACES[shot.setting]
    if not shot.parts:
        return ""
    part = shot.parts[0]
    element = elements[part.element]
    alike = [
        p
        for p in shot.parts
        if elements[p.element].subject == element.subject
        and p.actions[:1]
        and part.actions[:1]
        and p.actions[0].verb == part.actions[0].verb
    ]
    if len(alike) > 1 and part.actions[0].verb in _THIRD and not part.actions[0].target and not element.name:
        return f"The {plural(element.subject)} {part.actions[0].verb} {where}."
    name = element.name or _noun(element)
    action = part.actions[0] if part.actions else None
    names = {key: e.name or _noun(e) for key, e in elements.items()}
    deed = deed_in_words(action.model_copy(update={"direction": ""}), names) if action else "is there"
    return f"{name[:1].upper()}{name[1:]} {deed} {where}."


_PLURALS = {
    "child": "children", "woman": "women", "man": "men", "person": "people", "mouse": "mice", "goose": "geese",
    "wolf": "wolves", "calf": "calves", "elf": "elves", "thief": "thieves", "fish": "fish", "deer": "deer",
    "sheep": "sheep", "people": "people", "children": "children", "men": "men", "women": "women", "mice": "mice",
    "geese": "geese",
}  # fmt: skip


def plural(noun: str) -> str:
    """An English noun, or a phrase that ends with one, of which there are several: "two foxes", "old ladies"."""
    head, space, last = noun.rpartition(" ")
    if re.search(r"(?:men|children)$", last):
        made = last
    elif re.search(r"[a-z]man$", last) and last not in ("human", "woman"):
        made = f"{last[:-3]}men"
    elif last in _PLURALS:
        made = _PLURALS[last]
    elif re.search(r"(?:s|x|z|ch|sh)$", last):
        made = last if last.endswith("s") and not last.endswith("ss") else f"{last}es"
    elif re.search(r"[^aeiou]y$", last):
        made = f"{last[:-1]}ies"
    else:
        made = f"{last}s"
    return f"{head}{space}{made}"
