"""Edits of who is in the film: swap, colour, size, clothes, deeds, coming and going."""

from __future__ import annotations

import re

from agent.edit_language import Clause, elements_in, every, find
from agent.edits import Draft
from agent.rulebook.cast import WEAR_COLOURS
from agent.rulebook.lexicon import Sense
from agent.rulebook.lexicon.forms import split_words
from agent.rulebook.performing import can, nearest_action
from agent.rulebook.phrasing import looks_of
from agent.rulebook.story import article
from storyboards.errors import BadEdit
from storyboards.shot import Element, Shot, Wear
from storyboards.storyboard import digest_of
from tools.vocabulary import SUBJECTS

_SWAP = re.compile(
    r"\b(?:swap|replace|exchange|switch|change|turn|substitute|use|make)\s+(?:out\s+)?(.+?)\s+(?:for|with|by|into|"
    r"to|instead of|in place of|become)\s+(.+)$",
    re.IGNORECASE,
)
_INSTEAD = re.compile(
    r"\b(?:use\s+|make it\s+|have\s+|with\s+)?(an?\s+.+?)\s+(?:instead of|in place of|rather than)\s+(.+)$",
    re.IGNORECASE,
)


def shots_with(draft: Draft, element: Element, clause: Clause) -> list[Shot]:
    chosen = [draft.board.shots[p] for p in clause.shots] if clause.shots else list(draft.board.shots)
    return [shot for shot in chosen if shot.part_of(element.id)]


def _change_element(draft: Draft, old: Element, fresh: Element, clause: Clause, said: str) -> Element:
    """Change an element everywhere, or, if shots were named, give those shots a changed double of it.

    Raises:
        BadEdit: a locked shot would change.
    """
    seen = shots_with(draft, old, clause)
    if clause.shots and not seen:
        raise BadEdit(f"the {old.subject} is not in that shot.", next_step="Name a shot it is in.")
    draft.refuse_locked(seen)
    everywhere = len(seen) == len([s for s in draft.board.shots if s.part_of(old.id)])
    if everywhere:
        draft.put_element(fresh)
        draft.changes.append(said + (f" in shot {', '.join(str(draft.number(s)) for s in seen)}" if seen else ""))
        return fresh
    name, turn = fresh.subject, 2
    while any(e.id == name for e in draft.board.elements):
        name, turn = f"{fresh.subject}-{turn}", turn + 1
    double = fresh.model_copy(update={"id": name})
    draft.put_element(double)
    for shot in seen:
        draft.put(_renamed(shot, old.id, name))
    draft.changes.append(f"{said} in shot {', '.join(str(draft.number(s)) for s in seen)} only")
    return double


def _renamed(shot: Shot, old: str, new: str) -> Shot:
    parts = tuple(
        part.model_copy(update={"element": new if part.element == old else part.element, "actions": tuple(
            a.model_copy(update={"target": new}) if a.target == old else a for a in part.actions)})
        for part in shot.parts
    )  # fmt: skip
    lines = tuple(line.model_copy(update={"speaker": new}) if line.speaker == old else line for line in shot.lines)
    sounds = tuple(cue.model_copy(update={"by": new}) if cue.by == old else cue for cue in shot.sounds)
    return shot.model_copy(update={"parts": parts, "lines": lines, "sounds": sounds})


# -- swap --------------------------------------------------------------------------------------------------------------


def swap(draft: Draft, clause: Clause) -> bool:
    text = re.sub(r"\bbut\s+keep\b.*$|\bkeep(?:ing)?\b.*$", "", clause.text, flags=re.IGNORECASE).strip(" ,")
    instead, direct = _INSTEAD.search(text), _SWAP.search(text)
    if instead:
        out_words, in_words = instead.group(2), instead.group(1)
    elif direct:
        out_words, in_words = direct.group(1), direct.group(2)
    else:
        return False
    found = find("subject", in_words) or find("people", in_words)
    outgoing = elements_in(out_words, draft.board, present(draft, clause))
    if not found or (found[0].value not in SUBJECTS and found[0].value != "person"):
        if (
            outgoing
            and clause.has("swap|replace|exchange|switch")
            and not find("colour", in_words)
            and not find("wear", in_words)
        ):
            raise BadEdit(
                f"“{in_words}” is nobody I can draw.", next_step=f"I know {', '.join(list(SUBJECTS)[:12])} and more."
            )
        return False
    if not outgoing:
        raise BadEdit(
            f"“{out_words}” is not in the film; its cast is {cast_in_words(draft)}.", next_step="Name one of them."
        )
    sense = found[0]
    subject = "woman" if sense.value == "person" else sense.value
    old = outgoing[0]
    colour = find("colour", in_words)
    size = find("size", in_words)
    wears = _kept_wears(old, clause.whole)
    wears += tuple(
        Wear(name=w.value, colour=_colour_before(in_words, p) or WEAR_COLOURS[w.value])
        for w, p in every("wear", in_words)
    )
    fresh = Element(
        id=old.id,
        kind="prop" if SUBJECTS[subject].group == "thing" and subject != "robot" else "character",
        subject=subject,
        colour=colour[0].value if colour else sense.says("colour") or SUBJECTS[subject].natural,
        size=size[0].value if size else sense.says("size") or old.size,
        wears=wears,
        name=old.name,
        described_as=article(found[1]) if sense.near else "",
        identity=int(digest_of([draft.board.seed, old.id, subject])[:7], 16),
        voice=old.voice,
    )
    near = f" (for {article(found[1])})" if sense.near else ""
    seen = [shot.id for shot in shots_with(draft, old, clause)]
    made = _change_element(draft, old, fresh, clause, f"{looks_of(old)} → {looks_of(fresh)}{near}")
    for shot_id in seen:
        _refit(draft, draft.board.shot(shot_id), old, made)
    return True


def present(draft: Draft, clause: Clause) -> list[str]:
    shots = [draft.board.shots[p] for p in clause.shots] or list(draft.board.shots)
    return [part.element for shot in shots for part in shot.parts]


def cast_in_words(draft: Draft) -> str:
    return ", ".join(dict.fromkeys(element.subject for element in draft.board.elements)) or "empty"


def _kept_wears(old: Element, whole: str) -> tuple[Wear, ...]:
    kept = re.search(r"\bkeep(?:ing)?\b(.*)$", whole, re.IGNORECASE)
    if not kept:
        return ()
    named = {sense.value for sense, _ in every("wear", kept.group(1))}
    return tuple(wear for wear in old.wears if wear.name in named or not named)


def _colour_before(text: str, word: str) -> str:
    found = re.search(rf"(\w+)\s+{re.escape(word)}", text, re.IGNORECASE)
    colour = find("colour", found.group(1)) if found else None
    return colour[0].value if colour else ""


def _refit(draft: Draft, shot: Shot, old: Element, fresh: Element) -> None:
    """Deeds the new subject cannot perform become the nearest; narration says the new name."""
    parts = []
    for part in shot.parts:
        if part.element == fresh.id:
            actions = tuple(
                a.model_copy(
                    update={
                        "verb": nearest_action(fresh.subject, a.verb),
                        "thing": a.thing if can(fresh.subject, a.verb) else "",
                    }
                )
                for a in part.actions
            )
            part = part.model_copy(
                update={
                    "actions": tuple(
                        a if a.verb in ("chase", "meet", "ride") else a.model_copy(update={"target": ""})
                        for a in actions
                    )
                }
            )
        parts.append(part)
    noun = split_words(fresh.described_as or fresh.subject)[-1]
    lines = tuple(line.model_copy(update={"text": _said_anew(line.text, old, fresh, noun)}) for line in shot.lines)
    draft.put(shot.model_copy(update={"parts": tuple(parts), "lines": lines}))


def _said_anew(text: str, old: Element, fresh: Element, noun: str) -> str:
    for word in {old.subject, *split_words(old.described_as)[-1:]} - {""}:
        if old.colour and fresh.colour:
            text = re.sub(rf"\b{old.colour} (?={re.escape(word)}\b)", f"{fresh.colour} ", text)
        text = re.sub(rf"\b(?:small |little |big )?{re.escape(word)}\b", noun, text)
        text = re.sub(rf"\b{re.escape(word.capitalize())}\b", noun.capitalize(), text)
    text = re.sub(
        r"\b([Aa])n?\s+(?=" + re.escape(noun) + r"\b)",
        lambda m: (
            ("An " if noun[0] in "aeio" else "A ") if m.group(1) == "A" else ("an " if noun[0] in "aeio" else "a ")
        ),
        text,
    )
    return text


# -- looks -------------------------------------------------------------------------------------------------------------


def looks(draft: Draft, clause: Clause) -> bool:
    """Colour, size, and what is worn: "make the car blue", "give the fox a hat", "take off the scarf"."""
    if clause.has("music|title|camera|light|add (?:a|an) (?:shot|scene)") or _swaps(clause):
        return False
    worn = every("wear", clause.text)
    colours, size = every("colour", clause.text), find("size", clause.text)
    grown = (
        "large"
        if clause.has("bigger|larger|taller")
        else "small"
        if clause.has("smaller|tinier")
        else size[0].value
        if size
        else ""
    )
    if not (worn or colours or grown):
        return False
    who = elements_in(clause.text, draft.board, present(draft, clause))
    if not who and worn:
        who = [e for e in draft.board.elements if any(w.name == worn[0][0].value for w in e.wears)]
        who = who or [e for e in draft.board.elements if e.kind == "character"][:1]
    if not who:
        return False
    said = False
    for old in who:
        fresh = _dressed(old, clause, worn, colours) if worn else _coloured(old, colours)
        if grown and not worn and not _is_part_of_name(clause, old):
            fresh = fresh.model_copy(update={"size": grown})
        if fresh != old:
            _change_element(draft, old, fresh, clause, f"{looks_of(old)} → {looks_of(fresh)}")
            said = True
    if not said and clause.has("make|paint|colou?r|give|should|wear"):
        draft.changes.append(f"{looks_of(who[0])} is so already")
        return True
    return said


def _swaps(clause: Clause) -> bool:
    return bool(clause.has("swap|replace|exchange|instead of"))


def _is_part_of_name(clause: Clause, element: Element) -> bool:
    """ "The small fox" only says which one."""
    found = re.search(rf"\b(\w+)\s+(?:{re.escape(element.subject)})\b", clause.text, re.IGNORECASE)
    return bool(found and find("size", found.group(1)) and not clause.has("make|be|should"))


def _coloured(old: Element, colours: list[tuple[Sense, str]]) -> Element:
    if not colours:
        return old
    return old.model_copy(update={"colour": colours[-1][0].value})


def _dressed(old: Element, clause: Clause, worn: list[tuple[Sense, str]], colours: list[tuple[Sense, str]]) -> Element:
    wears = {wear.name: wear.colour for wear in old.wears}
    off = clause.has("remove|without|no|take off|lose|drop|delete|takes off")
    for sense, phrase in worn:
        name: str = sense.value
        if off:
            wears.pop(name, None)
        else:
            said = _colour_before(clause.text, phrase) or (colours[-1][0].value if colours else "")
            wears[name] = said or wears.get(name) or WEAR_COLOURS[name]
    return old.model_copy(update={"wears": tuple(Wear(name=n, colour=c) for n, c in wears.items())})
