"""Edits in words: a request becomes changes of exactly the shots it means, each said in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from agent.cuts import refuse_on_clips
from agent.edit_language import EXAMPLES, Clause, clauses
from agent.rulebook.phrasing import prompt_of
from storyboards.errors import BadEdit, BadStoryboard
from storyboards.shot import Element, Shot
from storyboards.storyboard import Storyboard


@dataclass(frozen=True)
class EditResult:
    """What an edit did.

    Attributes:
        changes: each change in words, in the order asked ("shot 3: exposure 0 → -0.7 stops").
        touched: ids of shots that are not as they were, or are new.
        redo: ids of shots to be taken again although nothing in them changed.
    """

    board: Storyboard
    changes: tuple[str, ...]
    touched: tuple[str, ...]
    redo: tuple[str, ...] = ()


@dataclass
class Draft:
    """A storyboard on the cutting table: operations change it through here, so that locks hold and prompts follow."""

    board: Storyboard
    changes: list[str] = field(default_factory=list)
    redo: list[str] = field(default_factory=list)

    def meant(self, clause: Clause) -> list[Shot]:
        """The shots a clause means: those named, or all. Locked ones refuse by name, and "all" leaves them out.

        Raises:
            BadEdit: a shot named is locked, or all are.
        """
        if not clause.shots:
            free = [shot for shot in self.board.shots if not shot.locked]
            if not free:
                raise BadEdit("every shot is locked.", next_step="Say “unlock all shots” first.")
            return free
        chosen = [self.board.shots[position] for position in clause.shots]
        self.refuse_locked(chosen)
        return chosen

    def refuse_locked(self, shots: list[Shot]) -> None:
        for shot in shots:
            if shot.locked:
                number = self.number(shot)
                raise BadEdit(
                    f"shot {number} is locked and stays as it is.", next_step=f"Say “unlock shot {number}” first."
                )

    def number(self, shot: Shot) -> int:
        return next(place for place, other in enumerate(self.board.shots, start=1) if other.id == shot.id)

    def change(self, shot: Shot, said: str, **fields: Any) -> None:
        """Replace fields of a shot and say so; saying "" keeps silent."""
        fresh = shot.model_copy(update=fields)
        self.put(fresh)
        if said:
            self.changes.append(f"shot {self.number(fresh)}: {said}")

    def put(self, shot: Shot) -> None:
        shots = tuple(shot if other.id == shot.id else other for other in self.board.shots)
        self.board = self.board.model_copy(update={"shots": shots})

    def put_element(self, element: Element) -> None:
        known = any(other.id == element.id for other in self.board.elements)
        kept = tuple(element if other.id == element.id else other for other in self.board.elements)
        self.board = self.board.model_copy(update={"elements": kept if known else (*kept, element)})

    def film(self, said: str, **fields: Any) -> None:
        self.board = self.board.model_copy(update=fields)
        self.changes.append(said)


Operation = Callable[[Draft, Clause], bool]
"""Tries to apply a clause; False if it is about something else.

Raises BadEdit when it is about this, but cannot be done.
"""


def apply_edit(board: Storyboard, words: str) -> EditResult:
    """The storyboard changed as the words ask.

    Raises:
        BadEdit: nothing, or only a part, was understood; it says which part, with examples. Nothing is changed then.
    """
    from agent.edit_deeds import CAST_OPERATIONS
    from agent.edit_film import FILM_OPERATIONS
    from agent.edit_order import STRUCTURAL
    from agent.edit_shots import SHOT_OPERATIONS

    asked = clauses(words.replace("\x00", " ")[:4000], board)
    if not asked:
        raise BadEdit("there are no words in the edit.", next_step=_examples())
    draft = Draft(board)
    previous: Clause | None = None
    for clause in asked:
        if not clause.shots and not clause.every and previous is not None and previous.shots and _carries_on(clause):
            clause.shots = list(previous.shots)
        understood = any(operation(draft, clause) for operation in STRUCTURAL)
        if not understood:
            described = [operation(draft, clause) for operation in (*FILM_OPERATIONS, *SHOT_OPERATIONS)]
            understood = any(operation(draft, clause) for operation in CAST_OPERATIONS) or any(described)
        if not understood:
            done = f" Understood so far: {'; '.join(draft.changes)}." if draft.changes else ""
            raise BadEdit(
                f"“{clause.whole}” is not an edit I understand.{done} Nothing was changed.", next_step=_examples()
            )
        previous = clause
    return _finished(board, draft)


def _carries_on(clause: Clause) -> bool:
    """ "Make shot 3 darker and closer": what follows without a subject of its own is about the same shots."""
    return len(clause.text.split()) <= 4 and not clause.has(
        "music|film|movie|video|seconds?|vertical|square|style|everything"
    )


def _examples() -> str:
    return "For example: " + "; ".join(f"“{example}”" for example in EXAMPLES[:8]) + "."


def _finished(before: Storyboard, draft: Draft) -> EditResult:
    after = _with_prompts(before, draft.board)
    after = after.model_copy(update={"elements": _cast_in_use(before, after)})
    try:
        checked = after.changed()
    except BadStoryboard as error:
        raise BadEdit(
            f"that edit would break the plan: {error.message}", next_step="Ask for less, or for one thing at a time."
        ) from error
    refuse_on_clips(before, checked)
    touched = _touched(before, checked)
    same = checked.digest() == before.digest() and not draft.redo
    changes = tuple(draft.changes) if not same else (*draft.changes, "nothing had to change: it was so already")
    return EditResult(
        checked, changes, touched, tuple(i for i in dict.fromkeys(draft.redo) if any(s.id == i for s in checked.shots))
    )


def _with_prompts(before: Storyboard, after: Storyboard) -> Storyboard:
    """Prompts follow what changed, and only that."""
    cast = {element.id: element for element in after.elements}
    old = {shot.id: shot for shot in before.shots}
    shots = []
    for shot in after.shots:
        same = (
            old.get(shot.id) == shot
            and all(cast[p.element] in before.elements for p in shot.parts)
            and before.style == after.style
        )
        shots.append(shot if same else shot.model_copy(update={"prompt": prompt_of(shot, cast, after.style)}))
    return after.model_copy(update={"shots": tuple(shots)})


def _cast_in_use(before: Storyboard, after: Storyboard) -> tuple[Element, ...]:
    used = {p.element for s in after.shots for p in s.parts} | {line.speaker for s in after.shots for line in s.lines}
    unused_before = {e.id for e in before.elements} - {p.element for s in before.shots for p in s.parts}
    return tuple(e for e in after.elements if e.id in used or e.id in unused_before)


def _touched(before: Storyboard, after: Storyboard) -> tuple[str, ...]:
    old = {shot.id: shot for shot in before.shots}
    cast = {element.id: element for element in before.elements}
    look = (before.width, before.height, before.style, before.rate) != (
        after.width,
        after.height,
        after.style,
        after.rate,
    )
    touched = []
    for shot in after.shots:
        changed_cast = any(cast.get(part.element) != after.element(part.element) for part in shot.parts)
        if look or changed_cast or old.get(shot.id) != shot:
            touched.append(shot.id)
    return tuple(touched)
