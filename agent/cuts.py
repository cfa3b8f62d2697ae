"""Shots that are cut from what there is: a take of before, or a person's own clip. Nobody films them unasked."""

from __future__ import annotations

from agent.crew import Crew
from agent.memory.ledger import Entry
from storyboards.cutting import SEEN, cut_shot, grown_shot, is_cut, windowed
from storyboards.errors import BadEdit, ContentMissing
from storyboards.shot import Shot, Take
from storyboards.storyboard import Storyboard
from tools.contract import Source


def source_of(crew: Crew, project: str, board: Storyboard, shot: Shot) -> Source | None:
    """What the shot is cut from; None if it has to be filmed, because it is no cut or no take of it is there.

    Raises:
        ContentMissing: its clip is no longer in the store.
    """
    cut = shot.cut
    if cut is None or not is_cut(shot):
        return None
    if cut.filmed is None:
        if not crew.store.holds(cut.clip):
            raise ContentMissing(f"the clip of shot {shot.id} is no longer there.", next_step="Give it once more.")
        return Source(crew.store.path(cut.clip), cut.clip, cut.start, cut.length, "clip")
    take = take_of(crew, project, board, cut.filmed)
    if take is None:
        return None
    return Source(crew.store.path(take.video_sha256), take.video_sha256, cut.start, cut.length, take.key)


def take_of(crew: Crew, project: str, board: Storyboard, filmed: Shot) -> Take | None:
    """The take of a shot as it was planned then: the one that played in the newest cut with one, else the last made."""
    from agent.produce import recipe_digest
    from agent.references import request_of
    from agent.sounds import is_whole

    digest = recipe_digest(request_of(crew, project, board, filmed, drawn=False))
    found: list[Entry] = crew.memory.ledger.candidates(project, filmed.id, digest, crew.backend.name)
    takes = {entry.take.key: entry.take for entry in found if entry.take and is_whole(crew, entry.take.video_sha256)}
    for cut in reversed(crew.memory.cuts.all(project)):
        for clip in cut.timeline.picture:
            if clip.take_key in takes:
                return takes[clip.take_key]
    return list(takes.values())[-1] if takes else None


def longer_shot(shot: Shot, frames: int) -> Shot:
    """The shot going on for ``frames`` in all: more of what it is cut from while there is more, else its take goes on.

    Raises:
        BadEdit: it plays a clip that has no more.
    """
    cut = shot.cut
    if cut is not None and is_cut(shot):
        length = round(cut.length * frames / shot.frames)
        if cut.start + length <= cut.whole:
            longer = cut.model_copy(update={"length": length})
            parts = shot.parts
            if cut.filmed is not None:
                parts = windowed(cut.filmed.parts, cut.filmed.frames, cut.start, length)
            return shot.model_copy(update={"frames": frames, "parts": parts, "cut": longer})
        if cut.clip:
            raise BadEdit(
                f"the clip of shot {shot.id} ends before that.",
                next_step="Retime the shot, or let it end with the clip.",
            )
    return grown_shot(shot, frames)


def retimed_shot(shot: Shot, frames: int) -> Shot:
    """The same in another length, slower or faster: cues and lines keep their share of it."""
    pace = frames / shot.frames
    sounds = tuple(cue.model_copy(update={"at_s": round(cue.at_s * pace, 3)}) for cue in shot.sounds)
    lines = tuple(line.model_copy(update={"at_s": round(line.at_s * pace, 3)}) for line in shot.lines)
    return cut_shot(shot, 0, shot.frames, frames).model_copy(update={"sounds": sounds, "lines": lines})


def refuse_on_clips(before: Storyboard, after: Storyboard) -> None:
    """A person's clip shows what it shows.

    Raises:
        BadEdit: the picture of a shot that plays a clip would have to change.
    """
    old = {shot.id: shot for shot in before.shots}
    for number, shot in enumerate(after.shots, start=1):
        was = old.get(shot.id)
        if was is None or was.cut is None or not was.cut.clip or shot.cut is None:
            continue
        changed = [name for name in SEEN if name != "parts" and getattr(was, name) != getattr(shot, name)]
        if was.cut == shot.cut and was.parts != shot.parts:
            changed.append("parts")
        if changed:
            raise BadEdit(
                f"shot {number} plays your clip, in which {' and '.join(changed)} cannot be changed.",
                next_step=f"“redo shot {number}” films it instead; then it can be changed.",
            )
