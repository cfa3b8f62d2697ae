"""Tools of the catalogue that change the plan: a call and a storyboard in, a storyboard and the change in words out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from agent.cuts import longer_shot, refuse_on_clips, retimed_shot
from agent.edit_order import mended
from agent.rulebook.phrasing import prompt_of
from agent.vocabulary import nearest_word
from storyboards.brief import MAX_DURATION_S
from storyboards.cutting import cut_shot, is_cut
from storyboards.errors import BadEdit, BadStoryboard, ToolRefused
from storyboards.shot import Line, Patch, Shot, SoundCue, Transition
from storyboards.storyboard import Storyboard
from tools import catalogue
from tools.catalogue import CATALOGUE, Arguments, check_ability


def apply_tool(
    board: Storyboard, name: str, call: Arguments, backend: object, others: Iterable[tuple[str, object]] = ()
) -> tuple[Storyboard, str]:
    """The storyboard after a tool of scope ``plan``, and what changed in words.

    Args:
        backend: who films, for tools that not everybody can carry out; ``others`` are named if it cannot.

    Raises:
        ToolRefused: the tool does not change plans, or who films cannot do it.
        BadEdit: the change would break the plan, or the shot is locked.
        UnknownName: no such shot.
    """
    tool = CATALOGUE[name]
    if tool.scope != "plan":
        raise ToolRefused(f"{name} does not change the plan.", reason="undeclared")
    check_ability(tool, backend, others)
    try:
        changed, words = _CHANGES[name](board, call)
        refuse_on_clips(board, changed)
        return _reworded(board, changed), words
    except BadStoryboard as error:
        raise BadEdit(f"{name} would break the plan: {error.message}", next_step="Ask for less.") from error


def _reworded(before: Storyboard, after: Storyboard) -> Storyboard:
    """Prompts follow what changed."""
    cast, old = {element.id: element for element in after.elements}, {shot.id: shot for shot in before.shots}
    shots = tuple(
        shot if old[shot.id] == shot else shot.model_copy(update={"prompt": prompt_of(shot, cast, after.style)})
        for shot in after.shots
    )
    return after.changed(shots=shots)


def _trim(board: Storyboard, call: catalogue.Trim) -> tuple[Storyboard, str]:
    shot = _free(board, call.shot)
    frames = board.rate.frames(call.seconds)
    if frames >= shot.frames:
        raise BadEdit(f"shot {shot.id} lasts {board.rate.seconds(shot.frames):g} s already.", next_step="Use extend.")
    cut = shot.frames - frames if call.keep == "end" else 0
    fresh = cut_shot(shot, cut, frames, frames)
    return _resized(board, fresh, f"trimmed, its {call.keep} stays", board.rate.seconds(cut))


def _extend(board: Storyboard, call: catalogue.Extend) -> tuple[Storyboard, str]:
    shot = _free(board, call.shot)
    frames = shot.frames + max(1, board.rate.frames(call.seconds))
    return _resized(board, longer_shot(shot, frames), "goes on")


def _retime(board: Storyboard, call: catalogue.Retime) -> tuple[Storyboard, str]:
    shot = _free(board, call.shot)
    return _resized(board, retimed_shot(shot, board.rate.frames(call.seconds)), "retimed")


def _resized(board: Storyboard, shot: Shot, how: str, cut_s: float = 0.0) -> tuple[Storyboard, str]:
    """The film with the shot in its new length; cues and lines are moved with the cut and stay inside."""
    before, seconds = board.shot(shot.id), board.rate.seconds(shot.frames)
    if shot.frames < 4 or seconds > 59:
        raise BadEdit(f"shot {shot.id} would last {seconds:g} s; it can last 4 frames to 59 s.")
    if board.duration_s - board.rate.seconds(before.frames) + seconds > MAX_DURATION_S:
        raise BadEdit(f"the film would be longer than {MAX_DURATION_S:g} seconds.", next_step="Ask for less.")
    sounds = tuple(_moved(cue, cut_s) for cue in shot.sounds if 0 <= cue.at_s - cut_s < seconds)
    lines = tuple(_line_within(line, cut_s, seconds) for line in shot.lines)
    gone = len(shot.sounds) - len(sounds)
    fitted = shot.model_copy(update={"sounds": sounds, "lines": lines})
    rows = [fitted if other.id == shot.id else other for other in board.shots]
    words = f"shot {_number(board, shot)}: {how}, {board.rate.seconds(before.frames):.2f} → {seconds:.2f} s"
    return board.changed(shots=mended(rows)), words + (f", {gone} sounds cut off" if gone else "")


def _moved(cue: SoundCue, cut_s: float) -> SoundCue:
    return cue.model_copy(update={"at_s": round(cue.at_s - cut_s, 3)})


def _line_within(line: Line, cut_s: float, seconds: float) -> Line:
    return line.model_copy(update={"at_s": round(min(max(0.0, line.at_s - cut_s), max(0.0, seconds - 0.1)), 3)})


def _reorder(board: Storyboard, call: catalogue.Reorder) -> tuple[Storyboard, str]:
    ids = [shot.id for shot in board.shots]
    if sorted(call.shots) != sorted(ids):
        raise BadEdit("the order must name every shot of the film once.", next_step=f"The shots are {', '.join(ids)}.")
    moved = [board.shot(name) for name, before in zip(call.shots, ids, strict=True) if name != before]
    for shot in moved:
        _free(board, shot.id)
    rows = mended([board.shot(name) for name in call.shots])
    return board.changed(shots=rows), f"the shots come in the order {' '.join(call.shots)}"


def _grade(board: Storyboard, call: catalogue.Grade) -> tuple[Storyboard, str]:
    shot, level = _free(board, call.shot), round(call.exposure_stops, 2)
    return _put(board, shot, f"exposure {shot.exposure:g} → {level:g} stops", exposure=level)


def _transition(board: Storyboard, call: catalogue.ChangeTransition) -> tuple[Storyboard, str]:
    shot, frames = _free(board, call.shot), board.rate.frames(call.seconds)
    if (call.kind == "cut") != (frames == 0):
        raise BadEdit(f"a {call.kind} of {call.seconds:g} s is not possible; only a cut has no length.")
    entered = Transition(kind=call.kind, frames=frames)
    return _put(board, shot, f"entered by a {call.kind}" + (f" of {call.seconds:g} s" if frames else ""),
                transition=entered, continues=shot.continues and not frames)  # fmt: skip


def _continue(board: Storyboard, call: catalogue.ContinueShot) -> tuple[Storyboard, str]:
    shot = _free(board, call.shot)
    before = board.before(shot.id)
    if before is None:
        raise BadEdit("the first shot has nothing to continue from.", next_step="Name a later shot.")
    said = f"begins with the last frame of shot {_number(board, before)}"
    return _put(board, shot, said, continues=True, transition=Transition(), cut=None, first_frame=None)


def _inpaint(board: Storyboard, call: catalogue.InpaintRegion) -> tuple[Storyboard, str]:
    shot = _free(board, call.shot)
    if shot.cut is not None and is_cut(shot):
        raise BadEdit(
            f"shot {_number(board, shot)} is cut from what there is, and no region of it can be filmed anew.",
            next_step="Say the region first, and trim afterwards.",
        )
    if call.right <= call.left or call.bottom <= call.top:
        raise BadEdit("the region has its left before its right and its top above its bottom.")
    seed = 1 + (shot.patch.seed if shot.patch else 0)
    patch = Patch(left=call.left, top=call.top, right=call.right, bottom=call.bottom, seed=seed)
    said = f"{call.left:.0%}–{call.right:.0%} across and {call.top:.0%}–{call.bottom:.0%} down are filmed anew"
    return _put(board, shot, said, patch=patch)


def _replace_sound(board: Storyboard, call: catalogue.ReplaceSound) -> tuple[Storyboard, str]:
    shot = _free(board, call.shot)
    sound = nearest_word("sound", call.sound)
    if sound is None:
        raise BadEdit(f"the sound {call.sound!r} is not in the vocabulary.", next_step="Ask for a sound that is.")
    if call.cue > len(shot.sounds):
        raise BadEdit(f"shot {shot.id} has {len(shot.sounds)} sounds; number {call.cue} was named.")
    cue = SoundCue(sound=sound, at_s=round(call.at_s, 3), gain_db=call.gain_db)
    rows = list(shot.sounds)
    before = rows[call.cue - 1].sound if call.cue else ""
    rows[call.cue - 1 : call.cue] = [cue] if call.cue else []
    sounds = tuple(sorted([*rows, *([] if call.cue else [cue])], key=lambda c: c.at_s))
    words = f"{before} → {sound} at {call.at_s:g} s" if before else f"a {sound} at {call.at_s:g} s"
    return _put(board, shot, words, sounds=sounds)


def _caption(board: Storyboard, call: catalogue.Caption) -> tuple[Storyboard, str]:
    shot = _free(board, call.shot)
    if call.line > len(shot.lines):
        raise BadEdit(f"shot {shot.id} has {len(shot.lines)} lines; number {call.line} was named.")
    lines = list(shot.lines)
    lines[call.line - 1] = lines[call.line - 1].model_copy(update={"text": call.text.strip()})
    return _put(board, shot, f"{lines[call.line - 1].speaker} says “{call.text.strip()[:60]}”", lines=tuple(lines))


def _title(board: Storyboard, call: catalogue.Title) -> tuple[Storyboard, str]:
    text = call.text.strip()
    return _put(board, _free(board, call.shot), f"title “{text}”" if text else "no title", title=text)


def _put(board: Storyboard, shot: Shot, said: str, **fields: Any) -> tuple[Storyboard, str]:
    return board.with_shot(shot.model_copy(update=fields)), f"shot {_number(board, shot)}: {said}"


def _number(board: Storyboard, shot: Shot) -> int:
    return next(place for place, other in enumerate(board.shots, start=1) if other.id == shot.id)


def _free(board: Storyboard, shot_id: str) -> Shot:
    shot = board.shot(shot_id)
    if shot.locked:
        raise BadEdit(f"shot {_number(board, shot)} is locked and stays as it is.", next_step="Unlock it first.")
    return shot


_CHANGES: dict[str, Callable[..., tuple[Storyboard, str]]] = {
    "trim": _trim, "retime": _retime, "extend": _extend, "reorder": _reorder, "grade": _grade,
    "transition": _transition, "replace_sound": _replace_sound, "caption": _caption, "title": _title,
    "continue_from_last_frame": _continue, "inpaint_region": _inpaint,
}  # fmt: skip
