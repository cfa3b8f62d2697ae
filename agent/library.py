"""The library: who and what was in one film, kept to be cast again in another, with the picture that fixes the look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agent.changes import changes_between, in_words
from agent.concepts import FILE, taught_to
from agent.crew import Crew
from agent.memory.library import Kind, LibraryItem
from agent.memory.references import KeptReference
from agent.references import draw_cast, looks
from agent.rulebook.phrasing import prompt_of
from storyboards.errors import BadInput, UnknownName
from storyboards.shot import Element, Shot
from storyboards.storyboard import MusicPlan, Storyboard

FILM_THINGS: tuple[Kind, ...] = ("style", "music")
"""Kinds that belong to a film as a whole; "style" and "music" are also the names under which they are kept."""


class Library:
    """The library of a crew's home."""

    def __init__(self, crew: Crew) -> None:
        self._crew, self._shelf = crew, crew.memory.shelf

    def list(self) -> list[LibraryItem]:
        """Everything that was kept, by name."""
        return self._shelf.all()

    def open(self, name: str) -> LibraryItem:
        """What was kept under this name or number.

        Raises:
            UnknownName: nothing.
        """
        return self._shelf.open(name)

    def find(self, text: str) -> Sequence[LibraryItem]:
        """What has these words in its name, kind or looks, the best first."""
        names = [hit.ref for hit in self._crew.memory.index.search(text, most=200) if hit.kind == "library"]
        return [self._shelf.open(name) for name in dict.fromkeys(names)]

    def keep(self, project: str, element_id: str, name: str = "") -> LibraryItem:
        """Keep an element of a film with its reference and the take that shows it best; or its "style" or "music".

        Args:
            element_id: of the cast; a setting's name keeps the place, ``voice:fox`` only the voice.
            name: in the library; the element's own name or id if empty.

        Raises:
            UnknownName: no such project or element.
            BadInput: the name is taken, or the film has no music.
        """
        board = self._board(project)
        origin: dict[str, Any] = {"project": project, "element": element_id}
        if element_id in FILM_THINGS:
            kind: Kind = "style" if element_id == "style" else "music"
            return self._shelf.keep(name or f"{element_id} of {project}", kind, "", _of_film(board, kind), origin)
        if element_id.startswith("voice:"):
            element = board.element(element_id.removeprefix("voice:"))
            voice = element.voice or board.voice
            return self._shelf.keep(name or f"voice of {element.id}", "voice", "", {"voice": voice}, origin)
        element = _element_or_place(board, element_id)
        reference = self._reference(project, board, element)
        origin |= self._filmed(project, element)
        return self._shelf.keep(
            name or element.name or element.id, element.kind, reference, element.model_dump(mode="json"), origin
        )

    def cast(self, project: str, name: str, as_element: str = "") -> tuple[str, ...]:
        """Cast something of the library in a film; its shots are stale then, and ``resume`` films them.

        Args:
            as_element: whose place it takes. If empty, that of the only element that is such a thing.

        Returns:
            what changed, in words; () if it was cast so already.

        Raises:
            UnknownName: no such project, nothing of that name, or nobody whose place it could take.
            BadInput: its shots are locked.
        """
        item, board = self._shelf.open(name), self._board(project)
        fresh = self._with(item, board, as_element)
        changes = in_words(changes_between(board, fresh))
        with self._crew.memory.working_on(project):
            if item.sha256:
                self._crew.memory.references.keep(project, _picture_of(item))
            if changes:
                self._crew.memory.projects.adopt(project, fresh, f"cast {item.name} from the library")
        return changes

    def forget(self, name: str) -> LibraryItem:
        """Take something off the shelf; films in which it was cast keep it.

        Raises:
            UnknownName: nothing is kept under this name.
        """
        item = self._shelf.open(name)
        self._shelf.forget(item)
        return item

    def _board(self, project: str) -> Storyboard:
        projects = self._crew.memory.projects
        return projects.board(project, projects.open(project).board)

    def _reference(self, project: str, board: Storyboard, element: Element) -> str:
        """sha256 of the picture that fixes the look: the one of the film, else one that is drawn now; "" if nobody
        draws."""
        found = looks(self._crew, project, board).get(element.id)
        if found is None and self._crew.artist is not None:
            draw_cast(self._crew, project, board)
            found = looks(self._crew, project, board).get(element.id)
        return found.sha256 if found is not None and self._crew.store.holds(found.sha256) else ""

    def _filmed(self, project: str, element: Element) -> dict[str, Any]:
        """The take of the last cut in which the element is seen best, and the plan of its shot."""
        memory = self._crew.memory
        cut = memory.cuts.latest(project)
        if cut is None:
            return {}
        board = memory.projects.board(project, cut.board)
        shown = [shot for shot in board.shots if (part := shot.part_of(element.id)) and part]
        if not shown or element not in board.elements:
            return {}
        best = min(shown, key=lambda shot: (len(shot.parts), shot.camera.framing == "wide", -shot.frames))
        key = next(clip.take_key for clip in cut.timeline.picture if clip.shot_id == best.id)
        entry = memory.ledger.find(project, best.id, key)
        if entry is None or entry.take is None:
            return {}
        cast = tuple(board.element(part.element) for part in best.parts)
        alone = board.changed(shots=(_alone(best),), elements=cast, substitutions=())
        return {"take": entry.take.model_dump(mode="json"), "board": alone.document()}

    def _with(self, item: LibraryItem, board: Storyboard, as_element: str) -> Storyboard:
        if FILE in item.origin and item.kind in ("style", "camera"):
            return taught_to(board, item, [shot.id for shot in board.shots])
        if item.kind == "style":
            return _prompted(board, board.changed(style=item.document["style"]))
        if item.kind == "music":
            return board.changed(music=MusicPlan.model_validate(item.document))
        if item.kind == "voice":
            old = _whom(item, board, as_element)
            return _put(board, old.model_copy(update={"voice": item.document["voice"]}))
        kept = Element.model_validate(item.document)
        if item.kind == "place":
            return _placed(board, kept, as_element)
        old = _whom(item, board, as_element)
        _refuse_locked(board, old)
        named = kept.name or (item.name if item.name.casefold() != kept.subject else "")
        return _put(board, kept.model_copy(update={"id": old.id, "name": named, "library": item.name}))


def _picture_of(item: LibraryItem) -> KeptReference:
    note = f"{item.name} of the library, kept from {item.origin['project']}"
    recipe = {"library": item.name, "note": note, **({"taught": True} if FILE in item.origin else {})}
    return KeptReference(f"library {item.id}", "given", item.sha256, item.sha256, recipe)


def _of_film(board: Storyboard, kind: Kind) -> dict[str, Any]:
    if kind == "style":
        return {"style": board.style}
    if board.music is None:
        raise BadInput("the film has no music to keep.", next_step="Add some first: “calm music”.")
    return board.music.model_dump(mode="json")


def _element_or_place(board: Storyboard, element_id: str) -> Element:
    for element in board.elements:
        if element.id == element_id:
            return element
    if any(shot.setting == element_id for shot in board.shots):
        return Element(id=element_id.replace(" ", "-"), kind="place", subject=element_id)
    cast = ", ".join([*(e.id for e in board.elements), *dict.fromkeys(shot.setting for shot in board.shots)])
    raise UnknownName(f"there is no {element_id!r} in the film; there are {cast}.", next_step="Name one of them.")


def _whom(item: LibraryItem, board: Storyboard, as_element: str) -> Element:
    """Whose place it takes."""
    people = [element for element in board.elements if element.kind != "place"]
    if as_element:
        found = [element for element in people if element.id == as_element]
    else:
        found = [e for e in people if e.subject == item.document.get("subject")] or people
    if len(found) == 1:
        return found[0]
    cast = ", ".join(element.id for element in people) or "nobody"
    asked = f"there is no {as_element!r}" if as_element else f"it is not clear whose place {item.name} takes"
    raise UnknownName(f"{asked}; in the cast are {cast}.", next_step=f"For example “cast {item.name} as {found[0].id}”."
                      if found else "Name one of them.")  # fmt: skip


def _refuse_locked(board: Storyboard, element: Element) -> None:
    locked = [n for n, shot in enumerate(board.shots, start=1) if shot.locked and shot.part_of(element.id)]
    if locked:
        raise BadInput(
            f"shot {locked[0]} is locked and shows the {element.subject}.",
            next_step=f"Say “unlock shot {locked[0]}” first.",
        )


def _put(board: Storyboard, element: Element) -> Storyboard:
    elements = tuple(element if other.id == element.id else other for other in board.elements)
    return _prompted(board, board.changed(elements=elements))


def _placed(board: Storyboard, place: Element, instead_of: str) -> Storyboard:
    """The place of the library for a setting of the film, or for all of them; its layout follows this film's seed."""
    shots = tuple(
        shot.model_copy(update={"setting": place.subject}) if instead_of in ("", shot.setting) else shot
        for shot in board.shots
    )
    if all(shot.setting != place.subject for shot in shots):
        raise UnknownName(f"no shot plays in {instead_of!r}.", next_step="Name a setting of the film.")
    others = tuple(element for element in board.elements if element.id != place.id)
    return _prompted(board, board.changed(shots=shots, elements=(*others, place)))


def _prompted(before: Storyboard, after: Storyboard) -> Storyboard:
    """Prompts follow what changed."""
    cast, old = {element.id: element for element in after.elements}, {shot.id: shot for shot in before.shots}

    def same(shot: Shot) -> bool:
        kept = all(cast[part.element] in before.elements for part in shot.parts)
        return old.get(shot.id) == shot and kept and before.style == after.style

    shots = (s if same(s) else s.model_copy(update={"prompt": prompt_of(s, cast, after.style)}) for s in after.shots)
    return after.changed(shots=tuple(shots))


def _alone(shot: Shot) -> Shot:
    """A shot without what only its neighbours explain."""
    cut = {"kind": "cut", "frames": 0}
    return Shot.model_validate({**shot.model_dump(), "lines": (), "sounds": (), "transition": cut, "continues": False})
