"""Edits of which a take shows most already: only what they change is made anew, the rest of the picture stays."""

from __future__ import annotations

import json
from typing import Any

from agent.crew import Crew
from agent.joins import REMAKE_IN_PART
from agent.memory.ledger import Entry
from agent.references import request_of
from agent.revise import Revision
from storyboards.cutting import is_cut
from storyboards.shot import DEEDS, LIGHT, LOOKS, PLACE, Remake, Shot
from storyboards.storyboard import Storyboard
from tools.catalogue import abilities_of

OF_LIGHT = ("time", "weather", "exposure")
"""Fields of a shot that say how it is lit."""
ALIKE = ("subject", "size")
"""Fields of an element on which its movements hang."""


def edited_take(crew: Crew, project: str, board: Storyboard, shot: Shot) -> Revision | None:
    """The first take of a shot that was edited, made of the take that plays in the last cut; None if the edit is of
    another kind, if that take has other knobs than the plan or is of another backend, or if who films cannot.

    Whether what it was made of is there and can be read is for who films to find out, and to say.
    """
    joined = shot.continues or shot.first_frame or shot.patch or shot.grown or shot.taught or is_cut(shot)
    if REMAKE_IN_PART not in abilities_of(crew.backend) or joined or shot.locked:
        return None
    entry = _playing(crew, project, shot.id)
    if entry is None or entry.take is None or entry.intent.backend != crew.backend.name:
        return None
    filmed, old = entry.intent.shot, entry.intent.recipe.get("picture", {})
    planned = old.get("shot", {})
    if (filmed.camera.model_dump(mode="json"), filmed.exposure) != (planned.get("camera"), planned.get("exposure")):
        return None
    new = json.loads(json.dumps(request_of(crew, project, board, shot, drawn=False).picture_recipe()))
    what = changed(old, new)
    if not what:
        return None
    remake = Remake(take=entry.take.key, what=what)
    return Revision(shot.model_copy(update={"remake": remake}), f"only the {' and the '.join(what)} anew")


def changed(old: Any, new: dict[str, Any]) -> tuple[str, ...]:
    """What of a take has to be made anew for one recipe of a picture to become another; nothing where that is not
    enough, or is all of it. In another light everybody looks different, and does the same."""
    if not isinstance(old, dict) or {**old, "shot": 0, "elements": 0} != {**new, "shot": 0, "elements": 0}:
        return ()
    before, after = old["shot"], new["shot"]
    if any(before.get(name) != after.get(name) for name in {*before, *after} - {"parts", *OF_LIGHT}):
        return ()
    ids, what = [part["element"] for part in after["parts"]], set[str]()
    if any(before[name] != after[name] for name in OF_LIGHT):
        what = {PLACE, LIGHT, *(f"{LOOKS}{each}" for each in ids)}
    if ids != [part["element"] for part in before["parts"]]:
        return ()
    for one, other in zip(before["parts"], after["parts"], strict=True):
        if one != other:
            what.add(f"{DEEDS}{one['element']}")
    for one, other in zip(old["elements"], new["elements"], strict=True):
        if one != other:
            what.add(f"{LOOKS}{one['id']}")
        if any(one[name] != other[name] for name in ALIKE):
            what.add(f"{DEEDS}{one['id']}")
    everything = {PLACE, LIGHT} | {f"{name}{each}" for each in ids for name in (LOOKS, DEEDS)}
    return tuple(sorted(what)) if what < everything else ()


def _playing(crew: Crew, project: str, shot_id: str) -> Entry | None:
    """The take of a shot that plays in the last cut."""
    cut = crew.memory.cuts.latest(project)
    playing = [clip.take_key for clip in cut.timeline.picture if clip.shot_id == shot_id] if cut is not None else []
    return crew.memory.ledger.find(project, shot_id, playing[0]) if playing else None
