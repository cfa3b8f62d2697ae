"""What is being done about a film right now, put together from its open job and what happened since it began."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.service.happenings import Happening
    from app.service.jobs import Job

VERBS = {
    "plan": "planning", "price": "planning", "cast": "casting", "shoot": "filming", "take": "filming",
    "review": "looking", "revise": "filming", "assemble": "cutting", "cut": "cutting", "final": "examining",
}  # fmt: skip
"""What the director is doing, by the kind of its last event."""

SETTLED = frozenset({"take", "review", "assemble", "cut", "final"})
"""Kinds after which a shot, or every shot, is no longer before the camera."""


@dataclass(frozen=True)
class ShotWork:
    """A shot before the camera: ``share`` of the take that is filmed, None where it is not known."""

    message: str
    share: float | None = None


@dataclass(frozen=True)
class WorkView:
    """The open job of a project.

    Attributes:
        verb: ``planning``, ``filming``, ``cutting`` and so on, ``waiting`` while other jobs are before it.
        done: share of the whole job, 0 to 1.
    """

    job: str
    verb: str
    message: str
    done: float
    queued: str = ""
    shots: Mapping[str, ShotWork] = field(default_factory=dict)
    cancellable: bool = True


def work_of(job: Job | None, happened: Iterable[Happening]) -> WorkView | None:
    """The work of an open job, None if nothing is under way.

    Args:
        happened: of the job, oldest first; what is no longer kept is not missed, only shown less exactly.
    """
    if job is None or job.is_over:
        return None
    if job.state == "queued":
        return WorkView(job.id, "waiting", "waiting for its turn", 0.0, "other films are made before this one")
    verb, shots = "working", dict[str, ShotWork]()
    for step in happened:
        if step.job != job.id:
            continue
        verb = VERBS.get(step.kind, verb)
        if step.kind in ("shoot", "revise") and step.shot_id:
            shots[step.shot_id] = ShotWork(step.message, step.share)
        elif step.kind in SETTLED:
            shots = {shot: doing for shot, doing in shots.items() if step.shot_id and shot != step.shot_id}
    return WorkView(job.id, verb, job.message or "beginning", job.progress, shots=shots)
