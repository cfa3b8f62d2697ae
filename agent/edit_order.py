"""Edits of which shots there are and in what order: redo, lock, remove, add, move, swap, join."""

from __future__ import annotations

import re

from agent.edit_language import Clause, elements_in, every, find
from agent.edits import Draft
from agent.rulebook.directing import shots_of
from agent.rulebook.understanding import understand
from storyboards.brief import MAX_SHOTS, Brief
from storyboards.errors import BadBrief, BadEdit
from storyboards.shot import Element, Shot, Transition
from storyboards.storyboard import Storyboard
from tools.vocabulary import SUBJECTS, WEATHERLESS

_REDO = r"re-?do|retake|re-?shoot|re-?render|re-?film|again|another (?:take|version|try)|new take|try again"


def redo(draft: Draft, clause: Clause) -> bool:
    if not clause.has(_REDO) or not (clause.shots or clause.every or clause.has("everything|it|film")):
        return False
    if len(clause.text.split()) > 5:
        return False
    for shot in draft.meant(clause):
        draft.redo.append(shot.id)
        draft.changes.append(f"shot {draft.number(shot)}: taken again as planned")
    return True


def lock(draft: Draft, clause: Clause) -> bool:
    found = clause.has("unlock|free|lock|freeze|keep|protect")
    if not found or not (clause.shots or clause.every) or len(clause.text.split()) > 4:
        return False
    locked = found.group().lower() not in ("unlock", "free")
    chosen = [draft.board.shots[p] for p in clause.shots] if clause.shots else list(draft.board.shots)
    for shot in chosen:
        if shot.locked != locked:
            draft.change(shot, "locked" if locked else "unlocked", locked=locked)
    if not draft.changes:
        draft.changes.append("nothing to lock or unlock: it was so already")
    return True


def remove(draft: Draft, clause: Clause) -> bool:
    """Whole shots only: "remove shot 4". "Remove the owl from shot 4" is about the cast."""
    bare = r"(?:please\s+)?(?:remove|delete|drop|cut|cut out|take out|throw out|lose|get rid of|skip)(?:\s+out)?"
    if clause.every and not clause.shots and re.fullmatch(bare, clause.low):
        raise BadEdit("a film needs at least one shot.", next_step="Keep one, or start a new project.")
    if not clause.shots or not re.fullmatch(bare, clause.low):
        return False
    chosen = draft.meant(clause)
    if len(chosen) >= len(draft.board.shots):
        raise BadEdit("a film needs at least one shot.", next_step="Keep one, or start a new project.")
    for shot in chosen:
        draft.changes.append(f"shot {draft.number(shot)} removed ({draft.board.rate.seconds(shot.frames):.2f} s)")
    gone = {shot.id for shot in chosen}
    kept = [shot for shot in draft.board.shots if shot.id not in gone]
    draft.board = draft.board.model_copy(update={"shots": mended(kept)})
    return True


def move(draft: Draft, clause: Clause) -> bool:
    found = clause.has("move|put|place|bring|shift")
    if not found or not clause.shots:
        return False
    where = clause.has("before|after|in front of|behind|to the (?:very )?(?:beginning|start|front|end|back)|first|last")
    if not where or (find("direction", clause.text) and not clause.has("before|after")):
        return False
    word = where.group().lower()
    shots = list(draft.board.shots)
    if word in ("before", "after", "in front of", "behind"):
        if len(clause.shots) < 2:
            return False
        *moving, anchor = (shots[p] for p in clause.shots)
    else:
        moving, anchor = [shots[p] for p in clause.shots], None
    if anchor is not None and any(shot.id == anchor.id for shot in moving):
        raise BadEdit("a shot cannot be moved before or after itself.", next_step="Name two different shots.")
    draft.refuse_locked(moving)
    numbers = ", ".join(str(draft.number(shot)) for shot in moving)
    rest = [shot for shot in shots if all(shot.id != m.id for m in moving)]
    if anchor is None:
        at = 0 if re.search(r"begin|start|front|first", word) else len(rest)
    else:
        at = next(i for i, shot in enumerate(rest) if shot.id == anchor.id) + (word in ("after", "behind"))
    rest[at:at] = moving
    draft.changes.append(f"shot {numbers} moved to position {at + 1}")
    draft.board = draft.board.model_copy(update={"shots": mended(rest)})
    return True


def swap_shots(draft: Draft, clause: Clause) -> bool:
    if not clause.has("swap|exchange|switch") or len(clause.shots) != 2 or len(clause.text.split()) > 4:
        return False
    first, second = sorted(clause.shots)
    shots = list(draft.board.shots)
    draft.refuse_locked([shots[first], shots[second]])
    shots[first], shots[second] = shots[second], shots[first]
    draft.changes.append(f"shots {first + 1} and {second + 1} change places")
    draft.board = draft.board.model_copy(update={"shots": mended(shots)})
    return True


NO_PICTURE = (
    r"(?:no longer|not|doesn't|don't|stop)\s+(?:to\s+)?(?:begin|start|open)\w*\s+(?:with|on|from)\s+"
    r"(?:this|the|my|that|its)\s+(?:picture|photo(?:graph)?|image|drawing|backdrop|first frame|frame)s?"
)


def joining(draft: Draft, clause: Clause) -> bool:
    """ "Shot 3 continues shot 2", "begin shot 3 with the last frame of shot 2", "shot 3 no longer continues shot 2",
    "shot 1 no longer begins with the picture"."""
    if clause.shots and clause.has(NO_PICTURE):
        begun = [draft.board.shots[at] for at in clause.shots if draft.board.shots[at].first_frame is not None]
        draft.refuse_locked(begun)
        for shot in begun:
            draft.change(shot, "begins by itself", first_frame=None)
        return bool(begun)
    if not clause.shots or not clause.has("continues?|carries on from|picks up from|last frame"):
        return False
    at, *named = clause.shots
    shot = draft.board.shots[at]
    draft.refuse_locked([shot])
    if clause.has("no longer|not|doesn't|don't|stop"):
        draft.change(shot, "begins by itself", continues=False)
        return True
    if at == 0 or any(before != at - 1 for before in named):
        raise BadEdit(
            "a shot continues the one that plays right before it.", next_step=f"For example “shot {max(2, at + 1)} "
            f"continues shot {max(1, at)}”.",
        )  # fmt: skip
    draft.change(shot, f"begins with the last frame of shot {at}", continues=True, transition=Transition(), cut=None,
                 first_frame=None)  # fmt: skip
    return True


def mended(shots: list[Shot]) -> tuple[Shot, ...]:
    """Transitions that no longer fit their place are shortened, or become cuts; the first shot continues nothing."""
    made: list[Shot] = []
    for position, shot in enumerate(shots):
        entered = shot.transition
        room = min(shot.frames, made[-1].frames if made else shot.frames) // 2
        if entered.kind == "dissolve" and position == 0:
            shot = shot.model_copy(update={"transition": Transition()})
        elif entered.frames > room:
            shorter = Transition(kind=entered.kind, frames=room) if room >= 4 else Transition()
            shot = shot.model_copy(update={"transition": shorter})
        if shot.continues and position == 0:
            shot = shot.model_copy(update={"continues": False})
        made.append(shot)
    return tuple(made)


# -- adding ------------------------------------------------------------------------------------------------------------

_ADD = re.compile(
    r"^(?:please\s+)?(?:add|insert|include|put in|we need|i want)\s+(?:in\s+)?(?:an?|another|one more|a "
    r"new)?\s*(?:new\s+)?(?!(?:shots?|scenes?|clips?)\s+(?:#|number\s+)?\d)"
    r"(?:\d+(?:\.\d+)?[- ]?s(?:ec(?:ond)?s?)?\s+(?:long\s+)?)?"
    r"((?:close[- ]?up|wide|medium|aerial|drone|establishing|detail|long|tracking)?\s*(?:shot|scene|clip|"
    r"close[- ]?up|moment))\b\s*(?:of|where|in which|with|showing|that shows|:)?\s*",
    re.IGNORECASE,
)


def add(draft: Draft, clause: Clause) -> bool:
    """A new shot planned from its own words, with the cast, place and time of its neighbour where it says none."""
    text = clause.whole
    head = _ADD.match(text)
    if not head:
        return False
    if len(draft.board.shots) >= MAX_SHOTS:
        raise BadEdit(f"a film has at most {MAX_SHOTS} shots.", next_step="Remove one first.")
    position, text = _where(text[head.end() :], clause, draft.board)
    framing = (
        head.group(1)
        if re.search(r"close|wide|medium|aerial|drone|establishing|detail|long|tracking", head.group(1), re.I)
        else ""
    )
    asked = f"{framing} of {text}" if framing else text
    seconds = re.search(r"(\d+(?:\.\d+)?)[- ]?s(?:ec(?:ond)?s?)?\b", clause.whole, re.IGNORECASE)
    neighbour = draft.board.shots[min(max(position - 1, 0), len(draft.board.shots) - 1)]
    length = draft.board.rate.frames(float(seconds.group(1))) if seconds else draft.board.rate.frames(4)
    shot, cast = _planned(_spoken(asked, clause), draft.board, neighbour, max(4, length))
    for element in cast:
        draft.put_element(element)
    shots = list(draft.board.shots)
    shots.insert(position, shot)
    draft.board = draft.board.model_copy(update={"shots": mended(shots)})
    draft.changes.append(f"shot {position + 1} added: {text.strip()} ({draft.board.rate.seconds(shot.frames):.2f} s)")
    return True


def _spoken(text: str, clause: Clause) -> str:
    return re.sub(r"\x01(\d+)\x01", lambda m: f"“{clause.quotes[int(m.group(1))]}”", text)


def _where(text: str, clause: Clause, board: Storyboard) -> tuple[int, str]:
    """Where the new shot goes, and the words that are left to say what it shows."""
    found = re.search(
        r"\b(before|after|between|behind|in front of|to|at|as)\s+(?:the\s+)?(?:(?:very\s+)?(beginning|"
        r"start|front|end|back)\b|"
        r"(?:first|last|opening|final|second|third|fourth|fifth)?\s*(?:shots?|scenes?)\b)",
        text,
        re.IGNORECASE,
    )
    left = text[: found.start()] + re.sub(r"^[^.;]*?(?:shots?|scenes?|beginning|start|front|end|"
        r"back)\s*(?:#?\d+(?:\s*(?:and|,)\s*\d+)*)?", "", text[found.start() :],
                                          count=1, flags=re.IGNORECASE) if found else text  # fmt: skip
    if found and found.group(2):
        return (0 if found.group(2).lower() in ("beginning", "start", "front") else len(board.shots)), left
    if clause.shots and found:
        anchor = clause.shots[-1] if found.group(1).lower() != "between" else min(clause.shots)
        return (anchor if found.group(1).lower() in ("before", "in front of") else anchor + 1), left
    return len(board.shots), left


def _planned(text: str, board: Storyboard, neighbour: Shot, frames: int) -> tuple[Shot, list[Element]]:
    brief = Brief(text=text or "a view", seed=board.seed, rate=board.rate)
    try:
        read = understand(brief)
    except BadBrief as error:
        raise BadEdit(
            f"“{text}” has nothing in it that can be filmed.", next_step="Say who does what in the new shot."
        ) from error
    read.directives.narration = False
    said = {kind: every(kind, text) for kind in ("setting", "time", "weather")}
    for beat in read.beats:
        beat.setting = beat.setting if said["setting"] else neighbour.setting
        beat.time = beat.time if said["time"] or find("light", text) else neighbour.time
        beat.weather = beat.weather if said["weather"] else neighbour.weather
        beat.weather = "clear" if beat.setting in WEATHERLESS else beat.weather
        beat.explicit = True
    made = shots_of(read, frames, 1, float(board.rate.fraction), board.style, brief)[0]
    names, cast = _recast(made, {m: read.cast.element(m) for m in read.cast.members}, board, text)
    parts = tuple(
        part.model_copy(update={"element": names[part.element], "actions": tuple(
            a.model_copy(update={"target": names.get(a.target, "")}) for a in part.actions)})
        for part in made.parts
    )  # fmt: skip
    numbers = [int(m.group(1)) for shot in board.shots if (m := re.fullmatch(r"s(\d+)", shot.id))]
    lines = tuple(line.model_copy(update={"speaker": names.get(line.speaker, "narrator")}) for line in made.lines)
    sounds = tuple(cue.model_copy(update={"by": names.get(cue.by, "")}) for cue in made.sounds)
    fresh = made.model_copy(
        update={
            "id": f"s{max(numbers, default=len(board.shots)) + 1}",
            "parts": parts,
            "lines": lines,
            "sounds": sounds,
            "transition": Transition(),
            "source": text.strip(),
        }
    )
    return fresh, cast


def _recast(
    made: Shot, fresh: dict[str, Element], board: Storyboard, text: str
) -> tuple[dict[str, str], list[Element]]:
    """Elements of a new shot as those of the film where they are the same, as new ones where not."""
    names: dict[str, str] = {}
    cast: list[Element] = []
    known = elements_in(text, board)
    for part in made.parts:
        element = fresh[part.element]
        fits = [e for e in (*known, *board.elements) if e.subject == element.subject and e.id not in names.values()]
        asked = {sense.value for sense, _ in every("colour", text)}
        fits = [
            e
            for e in fits
            if element.colour not in asked
            or e.colour == element.colour
            or element.colour == SUBJECTS[e.subject].natural
        ]
        if fits:
            names[part.element] = fits[0].id
            continue
        name, turn = element.subject, 2
        while any(e.id == name for e in (*board.elements, *cast)):
            name, turn = f"{element.subject}-{turn}", turn + 1
        names[part.element] = name
        cast.append(element.model_copy(update={"id": name}))
    return names, cast


STRUCTURAL = (joining, add, remove, swap_shots, move, lock, redo)
