"""Edits of what the cast does and who comes and goes."""

from __future__ import annotations

import re

from agent.edit_cast import cast_in_words, looks, present, shots_with, swap
from agent.edit_language import Clause, elements_in, find
from agent.edits import Draft
from agent.rulebook.lexicon import Sense
from agent.rulebook.performing import TRAVEL, nearest_action
from agent.rulebook.phrasing import looks_of
from agent.rulebook.story import article
from storyboards.errors import BadEdit
from storyboards.shot import Action, Element, Part
from storyboards.storyboard import digest_of
from tools.vocabulary import SUBJECTS

# -- deeds -------------------------------------------------------------------------------------------------------------


def deeds(draft: Draft, clause: Clause) -> bool:
    """ "She should look left in shot 3", "the fox runs to the left", "the owl sleeps in shot 2"."""
    if clause.has("camera|music|swap|replace|remove|add|title|darker|brighter|longer|shorter|give"):
        return False
    found = _verb(clause)
    direction = find("direction", clause.text)
    if not found and not (direction and clause.has("face|faces|facing|go|other way|turn")):
        return False
    here = present(draft, clause)
    who = elements_in(clause.text, draft.board, here)
    if not who:
        return False
    lead, others = who[0], who[1:]
    changed = False
    for shot in draft.meant(clause):
        part = shot.part_of(lead.id)
        if part is None:
            if clause.shots:
                raise BadEdit(
                    f"the {lead.subject} is not in shot {draft.number(shot)}.",
                    next_step=f"Say “add the {lead.subject} to shot {draft.number(shot)}”.",
                )
            continue
        if not clause.shots and not found:
            continue
        verb = nearest_action(
            lead.subject, found[0].value if found else part.actions[0].verb if part.actions else "stand"
        )
        target = others[0].id if others and shot.part_of(others[0].id) and verb in ("chase", "meet") else ""
        if verb in ("chase", "meet") and not target:
            partner = next((p.element for p in shot.parts if p.element != lead.id), "")
            if not partner:
                raise BadEdit(
                    f"there is nobody to {verb} in shot {draft.number(shot)}.",
                    next_step="Add somebody to the shot first.",
                )
            target = partner
        way = direction[0].value if direction else ""
        if verb in TRAVEL | {"chase"} and not way:
            way = next((a.direction for a in part.actions if a.direction), "right")
        action = Action.model_validate({"verb": verb, "direction": way, "target": target})
        fresh = _faced(part, action)
        draft.change(
            shot,
            f"the {lead.subject}: {' then '.join(a.verb for a in part.actions) or 'there'} → "
            f"{verb}{' ' + way if way else ''}",
            parts=tuple(fresh if p.element == lead.id else p for p in shot.parts),
        )
        changed = True
    return changed


def _verb(clause: Clause) -> tuple[Sense, str] | None:
    text = re.sub(
        r"\b(?:make|let|have|should|must|shall|can|needs? to|i want|set)\b", " ", clause.text, flags=re.IGNORECASE
    )
    if re.search(r"\b(?:look|looks|looking|gaze|face|faces|facing)\b", text, re.IGNORECASE):
        return find("verb", "look around")
    return find("verb", text) or (found if (found := find("ride", text)) else None)


def _faced(part: Part, action: Action) -> Part:
    """A traveller starts on the side it leaves."""
    side = (
        {"left": "right", "right": "left"}.get(action.direction, part.side)
        if action.verb in TRAVEL | {"chase"}
        else part.side
    )
    return Part.model_validate({**part.model_dump(), "side": side, "actions": (action,)})


# -- coming and going --------------------------------------------------------------------------------------------------


def come_and_go(draft: Draft, clause: Clause) -> bool:
    """ "Remove the owl from shot 3", "add a dog to shot 2"."""
    leaving = clause.has("remove|delete|without|no|take out|get rid of|lose")
    coming = clause.has("add|put|include|bring in|insert")
    if not (leaving or coming) or find("wear", clause.text) or clause.has("music|title|sound|shot of|scene of"):
        return False
    if leaving:
        who = elements_in(clause.text, draft.board)
        if not who:
            subject = find("subject", clause.text)
            if subject:
                raise BadEdit(
                    f"there is no {subject[1]} in the film; its cast is {cast_in_words(draft)}.",
                    next_step="Name one of them.",
                )
            return False
        return _leave(draft, clause, who[0])
    return _come(draft, clause)


def _leave(draft: Draft, clause: Clause, element: Element) -> bool:
    seen = shots_with(draft, element, clause)
    if not seen:
        raise BadEdit(f"the {element.subject} is not in that shot.", next_step="Name a shot it is in.")
    draft.refuse_locked(seen)
    for shot in seen:
        parts = tuple(
            part.model_copy(
                update={
                    "actions": tuple(
                        _alone(a, element.id, draft.board.element(part.element).subject) for a in part.actions
                    )
                }
            )
            for part in shot.parts
            if part.element != element.id
        )
        lines = tuple(line for line in shot.lines if line.speaker != element.id)
        draft.change(shot, f"the {element.subject} leaves", parts=parts, lines=lines,
                     sounds=tuple(cue for cue in shot.sounds if cue.by != element.id))  # fmt: skip
    return True


def _alone(action: Action, gone: str, subject: str) -> Action:
    if action.target != gone:
        return action
    return action.model_copy(
        update={"target": "", "verb": nearest_action(subject, "run" if action.verb == "chase" else "look around")}
    )


def _come(draft: Draft, clause: Clause) -> bool:
    subject = find("subject", clause.text)
    if not subject or not (clause.shots or clause.every):
        if subject:
            raise BadEdit(
                f"to which shot is the {subject[1]} to be added?",
                next_step=f"For example “add {article(subject[1])} to shot 2”.",
            )
        return False
    known = elements_in(clause.text, draft.board)
    element = (
        known[0] if known and not clause.has("another|second|new") else _newcomer(draft, subject[0].value, clause.text)
    )
    for shot in draft.meant(clause):
        if shot.part_of(element.id):
            continue
        if len(shot.parts) >= 3:
            raise BadEdit(f"shot {draft.number(shot)} already holds three.", next_step="Remove one of them first.")
        taken = {part.side for part in shot.parts}
        side = next((s for s in ("right", "left", "centre") if s not in taken), "centre")
        verb = find("verb", re.sub(r"\b(?:add|put|include|insert|bring)\b", " ", clause.text))
        action = Action(verb=nearest_action(element.subject, verb[0].value if verb else "stand"))
        part = Part.model_validate(
            {"element": element.id, "side": side, "depth": 0.15 * len(shot.parts), "actions": (action,)}
        )
        draft.change(shot, f"{looks_of(element)} joins", parts=(*shot.parts, part))
    draft.put_element(element)
    return True


def _newcomer(draft: Draft, subject: str, text: str) -> Element:
    subject = "woman" if subject == "person" else subject
    name, turn = subject, 2
    while any(e.id == name for e in draft.board.elements):
        name, turn = f"{subject}-{turn}", turn + 1
    colour, size = find("colour", text), find("size", text)
    return Element(
        id=name,
        kind="prop" if SUBJECTS[subject].group == "thing" and subject != "robot" else "character",
        subject=subject,
        colour=colour[0].value if colour else SUBJECTS[subject].natural,
        size=size[0].value if size else "medium",
        identity=int(digest_of([draft.board.seed, name])[:7], 16),
    )


CAST_OPERATIONS = (swap, looks, deeds, come_and_go)
