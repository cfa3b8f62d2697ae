"""Changes of a plan that only the service asks for: one shot alone, more film at the end, who a film is about."""

from __future__ import annotations

from storyboards.errors import BadInput
from storyboards.shot import Element, Shot, Transition
from storyboards.storyboard import Storyboard


def single_shot(board: Storyboard) -> Storyboard:
    """The plan's first shot over the whole length of the film, with the cast that is in it."""
    first = board.shots[0]
    cast = {part.element for part in first.parts}
    alone = first.model_copy(update={"frames": board.frames, "transition": Transition(), "title": ""})
    return board.changed(
        shots=(alone,),
        elements=tuple(element for element in board.elements if element.id in cast or _speaks(board, element)),
    )


def _speaks(board: Storyboard, element: Element) -> bool:
    return any(line.speaker == element.id for line in board.shots[0].lines)


def main_element(board: Storyboard) -> str:
    """Id of whoever is in most frames, a character before a prop.

    Raises:
        BadInput: nobody is in the film.
    """
    seen: dict[str, int] = {}
    for shot in board.shots:
        for part in shot.parts:
            seen[part.element] = seen.get(part.element, 0) + shot.frames
    cast = [element for element in board.elements if element.id in seen]
    if not cast:
        raise BadInput(
            "a picture was given, and the film has nobody in it whom it could show.",
            next_step="Name in the prompt who the picture shows.",
        )
    return max(cast, key=lambda element: (element.kind == "character", seen[element.id])).id


def extended(board: Storyboard, tail: Storyboard, goes_on: bool = False) -> Storyboard:
    """``board`` with the shots of ``tail`` after its own. Who is the same kind of thing in both is the same one.

    Args:
        goes_on: the first of them goes on from the last frame of what there is, if both show somebody in common at one
            place and time, in one weather.

    Raises:
        BadStoryboard: together they break a rule, such as the longest film.
    """
    cast = list(board.elements)
    names: dict[str, str] = {}
    for element in tail.elements:
        same = next((known for known in board.elements if _is_same(known, element)), None)
        if same is None:
            same = element.model_copy(update={"id": _free(element.id, {known.id for known in cast})})
            cast.append(same)
        names[element.id] = same.id
    ids = {shot.id for shot in board.shots}
    shots = list(board.shots)
    for shot in tail.shots:
        document = shot.model_dump(mode="python")
        document["id"] = _free(shot.id if shot.id not in ids else f"s{len(shots) + 1}", ids)
        ids.add(document["id"])
        for part in document["parts"]:
            part["element"] = names[part["element"]]
            for action in part["actions"]:
                action["target"] = names.get(action["target"], action["target"])
        for line in document["lines"]:
            line["speaker"] = names.get(line["speaker"], line["speaker"])
        for cue in document["sounds"]:
            cue["by"] = names.get(cue["by"], cue["by"])
        if goes_on and shot is tail.shots[0] and _is_one_moment(board.shots[-1], shot, names):
            document |= {"continues": True, "transition": Transition().model_dump(), "cut": None}
        shots.append(type(shot).model_validate(document))
    return board.changed(elements=tuple(cast), shots=tuple(shots))


def _is_one_moment(last: Shot, first: Shot, names: dict[str, str]) -> bool:
    """Could a shot be what the one before it goes on with? ``names`` are the ids of its elements in the whole film."""
    where = all(getattr(last, field) == getattr(first, field) for field in ("setting", "time", "weather"))
    return where and bool({part.element for part in last.parts} & {names[part.element] for part in first.parts})


def _is_same(known: Element, other: Element) -> bool:
    if known.name or other.name:
        return known.name == other.name and known.subject == other.subject
    return (known.subject, known.kind) == (other.subject, other.kind)


def _free(wanted: str, taken: set[str]) -> str:
    if wanted not in taken:
        return wanted
    return next(name for number in range(2, 1000) if (name := f"{wanted}-{number}") not in taken)
