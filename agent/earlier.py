"""A take of an earlier plan, wanted back: the shot is planned again as that take was made of, and the take is kept."""

from __future__ import annotations

from agent.choose import pick_take
from agent.crew import Crew
from agent.memory.ledger import Entry
from agent.produce import recipe_digest
from agent.references import request_of
from storyboards.errors import BadInput
from storyboards.shot import Shot
from storyboards.storyboard import Storyboard


def keep_take(crew: Crew, project: str, shot_id: str, ordinal: int, origin: str = "picked by hand") -> str:
    """Keep this take of a shot whatever the judge thinks. If it is of an earlier plan of the shot alone, such as before
    another take was asked for, that plan of the shot is put in force again. ``resume`` cuts it in.

    Returns:
        what was done, in words.

    Raises:
        UnknownName: no such project, shot or take.
        BadInput: the take was never finished, the shot is locked, or more than the shot has changed since.
    """
    projects = crew.memory.projects
    board = projects.board(project, projects.open(project).board)
    entry = next((e for e in crew.memory.ledger.entries(project, shot_id) if e.ordinal == ordinal), None)
    if entry is not None and entry.take is not None and _digest(crew, project, board, shot_id) != _made_of(entry):
        back = _planned_as(crew, project, board, entry)
        number = 1 + board.shots.index(board.shot(shot_id))
        if back is None:
            raise BadInput(
                f"take {ordinal} of shot {number} is of a plan in which more than the shot was different.",
                next_step="Go back to that version of the film instead.",
            )
        if board.shot(shot_id).locked:
            raise BadInput(f"shot {number} is locked.", next_step=f"Unlock shot {number} first.")
        with crew.memory.working_on(project):
            projects.adopt(project, back, f"take {ordinal} of shot {number} again")
    return pick_take(crew, project, shot_id, ordinal, origin)


def _planned_as(crew: Crew, project: str, board: Storyboard, entry: Entry) -> Storyboard | None:
    """The plan in force with the shot as it was planned in the newest version that the take is of; None if there is no
    such version, or the take would not be of the result either."""
    projects, shot_id = crew.memory.projects, entry.intent.shot.id
    for version in reversed(projects.versions(project)):
        before = projects.board(project, version.digest)
        if all(shot.id != shot_id for shot in before.shots):
            continue
        candidate = board.with_shot(_kept(before.shot(shot_id), board.shot(shot_id)))
        if _digest(crew, project, candidate, shot_id) == _made_of(entry):
            return candidate
    return None


def _kept(before: Shot, now: Shot) -> Shot:
    """The shot as it was, in the cut as it is."""
    return before.model_copy(
        update={"transition": now.transition, "sound_lead_s": now.sound_lead_s, "title": now.title}
    )


def _made_of(entry: Entry) -> str:
    return entry.intent.recipe_digest


def _digest(crew: Crew, project: str, board: Storyboard, shot_id: str) -> str:
    return recipe_digest(request_of(crew, project, board, board.shot(shot_id), drawn=False))
