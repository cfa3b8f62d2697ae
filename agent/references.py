"""The looks of the cast: a reference for every element, given by a person or drawn once, and who is shown which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from agent.crew import Crew
from agent.memory.references import KeptReference
from agent.sounds import is_whole
from agent.state import Note
from storyboards.shot import Element, Shot
from storyboards.storyboard import Storyboard
from tools.contract import Reference, ShotRequest, request_for


def request_of(crew: Crew, project: str, board: Storyboard, shot: Shot, *, drawn: bool = True) -> ShotRequest:
    """The request for a shot with the references of who and what is in it, for a backend that uses them.

    Args:
        drawn: the drawn ones, too. They follow from the plan, so what a plan asks for is known without them.
    """
    request = request_for(board, shot)
    if not getattr(crew.backend, "uses_references", False):
        return request
    seen = [*request.elements, *(e for e in board.elements if e.kind == "place" and e.subject == shot.setting)]
    kept = looks(crew, project, board) if drawn else given_to(board, crew.memory.references.of(project, "given"))
    return replace(
        request,
        references=tuple(
            Reference(
                element.id,
                found.sha256,
                crew.store.path(found.sha256),
                given=found.origin == "given",
                taught=bool(found.recipe.get("taught")),
            )
            for element in seen
            if (found := kept.get(element.id)) is not None and crew.store.holds(found.sha256)
        ),
    )


def looks(crew: Crew, project: str, board: Storyboard) -> dict[str, KeptReference]:
    """The reference of every element that has one: the given one before the drawn one, and none of an earlier look."""
    given = given_to(board, crew.memory.references.of(project, "given"))
    drawn = crew.memory.references.of(project, "drawn")
    current = {
        element.id: drawn[element.id]
        for element in board.elements
        if element.id in drawn and drawn[element.id].key == _key(crew, element)
    }
    return current | given


def given_to(board: Storyboard, given: Mapping[str, KeptReference]) -> dict[str, KeptReference]:
    """Given pictures by the element that is meant: of that id, else of that name, else the only one that is such a
    thing. One of the library is of whoever was cast from there by its name, before any other."""
    meant: dict[str, KeptReference] = {}
    for name, reference in sorted(given.items(), key=lambda row: "library" in row[1].recipe):
        if "library" in reference.recipe:
            cast = [element.id for element in board.elements if element.library == reference.recipe["library"]]
            meant |= dict.fromkeys(cast, reference)
            continue
        element = element_called(board, name)
        if element is not None:
            meant[element.id] = reference
    return meant


def element_called(board: Storyboard, name: str) -> Element | None:
    """Whom a person means by a name."""
    word = name.strip().casefold()
    for field in ("id", "name", "described_as", "subject"):
        found = [e for e in board.elements if str(getattr(e, field)).casefold().removeprefix("a ") == word]
        if len(found) == 1:
            return found[0]
    return None


def read_references(
    crew: Crew, pictures: Mapping[str, Path], names: Mapping[Path, str] | None = None
) -> list[KeptReference]:
    """A person's pictures of elements, by name, read and in the store; nothing is remembered yet.

    Args:
        names: what the person calls a file, where that is not its name on this machine.

    Raises:
        BadMedia: one is not a PNG or JPEG that can be read.
    """
    from tools.make_reference import take_reference

    read = []
    for name, picture in pictures.items():
        made = take_reference(picture, crew.store)
        called = (names or {}).get(picture, picture.name)
        recipe = {**made.recipe, "picture": called, "note": f"{called}: {made.recipe['background']}"}
        read.append(KeptReference(name, "given", made.sha256, made.sha256, recipe))
    return read


def not_looked_at(crew: Crew) -> str:
    """What to say of pictures to somebody whose backend does not use them; empty for one that does."""
    if getattr(crew.backend, "uses_references", False):
        return ""
    return f"{crew.backend.name} films from words and does not look at pictures; the reel backend does."


def draw_cast(crew: Crew, project: str, board: Storyboard) -> list[Note]:
    """Have a reference of every element in the store: what is missing, damaged or of another look is drawn now.

    Returns:
        what became of the pictures that people gave.

    Raises:
        GenerationFailed, StorageFailed.
    """
    given = crew.memory.references.of(project, "given")
    meant = given_to(board, given)
    # A picture of the library is used only while its element is cast, so one that is not is nothing to tell of.
    told = {name: r for name, r in given.items() if "library" not in r.recipe or r in meant.values()}
    notes = [_note(board, name, reference, meant) for name, reference in told.items()]
    for element in board.elements:
        if crew.artist is not None and element.id not in meant:
            _draw(crew, project, element)
    return notes


def _draw(crew: Crew, project: str, element: Element) -> None:
    from tools.make_reference import make_reference

    assert crew.artist is not None, "asked only of a crew with an artist"
    key = _key(crew, element)
    kept = crew.memory.references.of(project, "drawn").get(element.id)
    if kept is not None and kept.key == key and is_whole(crew, kept.sha256):
        return
    with crew.locks.holding(key):
        made = make_reference(element, crew.artist, crew.store)
    crew.memory.references.keep(project, KeptReference(element.id, "drawn", key, made.sha256, dict(made.recipe)))


def _key(crew: Crew, element: Element) -> str:
    """Of the reference that the crew's artist draws of an element; empty where nobody draws."""
    if crew.artist is None:
        return ""
    from tools.make_reference import reference_key

    return reference_key(element, crew.artist)


def _note(board: Storyboard, name: str, reference: KeptReference, meant: Mapping[str, KeptReference]) -> Note:
    said = str(reference.recipe.get("note", ""))
    if reference in meant.values():
        return Note(text=f"the look of {name!r} is that of {said}")
    cast = ", ".join(element.id for element in board.elements) or "nobody"
    return Note(text=f"the picture given for {name!r} is not used: in the cast are {cast}", degrades=True)
